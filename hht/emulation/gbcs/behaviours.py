"""What becomes of each event, set and read: bit strings of electricity (ECS25...), codes of gas (GCS20).

A bit string of 512 has 256 that say which events are meant and 256 that say on or off; one that is read has 256. Which
bit stands for which event is published nowhere that we know: those here follow from reference commands beside the
requests that they were made from (within 8154/8155, 8161/8162 and 8145/81C6 the order is our guess). Bits that are not
known are kept and read back, and change nothing; the chronicle says so.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, Final

from hht.emulation.gbcs.gas import defaults
from hht.emulation.gbcs.translation import (
    Asked,
    Translation,
    answered,
    by_access,
    components_of,
    default_response,
    fields_in,
    fields_of,
    name_of,
    read_items,
    request_of,
    value,
    zcl_status,
)
from hht.i18n import _
from hht.model.alert_codes import AlertCode
from hht.model.commands import Command
from hht.model.features.alert_behaviour import (
    Behaviours,
    ReadBehaviours,
    ReadGasBehaviours,
    ReadNetworkBehaviours,
    SetAudibleAlarms,
    SetBehaviour,
    SetGasBehaviour,
    SetGasBehaviours,
    SetHanSharing,
    SetLogging,
    SetNetworkAlerts,
    SetNetworkLogging,
    SetWanAlerts,
)
from hht.protocol.cosem.access import AccessResponse
from hht.protocol.cosem.values import Data, bit_string
from hht.protocol.gbcs import zcl
from hht.protocol.gbcs.errors import MalformedPayload
from hht.protocol.gbcs.gbz import Gbz

_BITS: Final = 256
EVENTS: Final = {
    57: AlertCode(0x8145), 157: AlertCode(0x8161), 158: AlertCode(0x8162), 170: AlertCode(0x8154),
    171: AlertCode(0x8155), 186: AlertCode(0x81C6), 234: AlertCode(0x8015), 235: AlertCode(0x8014),
}  # fmt: skip
_KINDS: Final = {"11": "wan", "12": "han", "13": "alarm", "14": "logged"}  # group E of what is set; read: 4 higher
# A gas meter's event configuration: which log, in the low three bits; sent out, shared at home, sounded.
_LOG_BITS, _TO_WAN, _TO_HAN, _ALARM = 0x07, 0x08, 0x10, 0x40
_EVENT_LOG: Final = 3
_TO_SERVER, _TO_CLIENT = 0x00, 0x08
_REPORT, _FROM_CLIENT = 0x05, 0x11
_EVERY, _GROUP = 0xFFFF, 0x00FF  # identifiers of all events, and of those that begin with the same octet
_BY_LIST: Final = 0
_MOST: Final = 255


# --- electricity


def _mask(asked: Asked) -> tuple[str, str, str]:
    """Which of the four masks, which events are meant, and which of them are on. Raises MalformedPayload."""
    said = value(asked, 0)  # there is an item, then
    name = name_of(request_of(asked).items[0])[0]
    if not isinstance(said, str) or len(said) != 2 * _BITS:
        raise MalformedPayload(_("A bit string of 512 bits is expected."))
    return name, said[:_BITS], said[_BITS:]


def _set(command: type[SetBehaviour]) -> Callable[[Asked], SetBehaviour]:
    def ask(asked: Asked) -> SetBehaviour:
        name, meant, on = _mask(asked)
        _keep(asked, name, meant, on)
        codes = {code: on[bit] == "1" for bit, code in EVENTS.items() if meant[bit] == "1"}
        return command(
            frozenset(code for code, value in codes.items() if value),
            frozenset(code for code, value in codes.items() if not value),
        )

    return ask


def _keep(asked: Asked, name: str, meant: str, on: str) -> None:
    """The bits that stand for nothing we know, so that they are read back."""
    kept: str = asked.memory.get(name, "0" * _BITS)
    now = "".join(new if one == "1" else old for old, one, new in zip(kept, meant, on, strict=True))
    asked.memory[name] = "".join("0" if bit in EVENTS else one for bit, one in enumerate(now))
    unknown = [str(bit) for bit, one in enumerate(meant) if one == "1" and bit not in EVENTS]
    if unknown:
        words = f"alert behaviour of events that are not known here: bits {', '.join(unknown)}"
        asked.device.site.tell(asked.device.name, "kept", words)


def _told(asked: Asked, found: Behaviours) -> AccessResponse:
    known: dict[tuple[str, int], Data] = {}
    for group in ("0-30", "0-33"):
        for number, kind in _KINDS.items():
            codes: frozenset[AlertCode] = getattr(found, kind)
            kept: str = asked.memory.get(f"{group}:97.98.{number}.255", "0" * _BITS)
            bits = "".join(str(int(EVENTS[bit] in codes)) if bit in EVENTS else one for bit, one in enumerate(kept))
            known[f"{group}:97.98.{int(number) + 4}.255", 2] = bit_string(bits)
    return read_items(asked, known)


# --- gas


def _events(numbers: Iterable[int]) -> frozenset[AlertCode]:
    try:
        return frozenset(map(AlertCode, numbers))
    except ValueError:
        raise MalformedPayload(_("The meter has no event of this code.")) from None


def _gas(asked: Asked) -> SetGasBehaviours:
    """One setting for each ZigBee command: which log, and who is told."""
    settings = []
    for one in components_of(asked):
        said = fields_in(one)
        if said["configurationControl"] != _BY_LIST:
            raise MalformedPayload(_("The meter takes events by a list of them, in no other way."))
        how = said["eventConfiguration"]
        settings.append(
            SetGasBehaviour(
                _events(said["eventId"]),
                wan=bool(how & _TO_WAN),
                han=bool(how & _TO_HAN),
                alarm=bool(how & _ALARM),
                logged=bool(how & _LOG_BITS),
            )
        )
    return SetGasBehaviours(tuple(settings))


def _reported(asked: Asked, found: Behaviours) -> Gbz:
    """Of one event, or of all that can be set; the first 255 of them."""
    wanted = fields_of(asked)["eventId"]
    codes = sorted(found.wan | found.han | found.alarm | found.logged)
    if wanted & _GROUP == _GROUP:
        codes = [code for code in codes if wanted in (_EVERY, code | _GROUP)]
    else:
        codes = [code for code in codes if code == wanted]
    layout = zcl.layout_of(0x0708, _FROM_CLIENT, _REPORT)
    assert layout is not None
    entries = [{"eventId": int(code), "eventConfiguration": _configuration(found, code)} for code in codes[:_MOST]]
    told: dict[str, Any] = {"commandIndex": 0, "totalCommands": 1, "entries": entries}
    return answered(asked, _FROM_CLIENT, _REPORT, zcl.write(layout, told))


def _configuration(found: Behaviours, code: AlertCode) -> int:
    return (
        _EVENT_LOG * (code in found.logged)
        | _TO_WAN * (code in found.wan)
        | _TO_HAN * (code in found.han)
        | _ALARM * (code in found.alarm)
    )


_SET: Final[dict[int, type[SetBehaviour]]] = {
    0x00AC: SetWanAlerts,
    0x00EA: SetHanSharing,
    0x00EB: SetAudibleAlarms,
    0x00EC: SetLogging,
    0x00B0: SetNetworkAlerts,
    0x00ED: SetNetworkLogging,
}


def _read(command: type[Command]) -> Translation:
    return by_access(lambda _asked: command(), _told)


TABLE: Final[dict[int, Translation]] = {
    **{code: by_access(_set(command)) for code, command in _SET.items()},
    0x00EE: _read(ReadBehaviours),
    0x00EF: _read(ReadNetworkBehaviours),
    0x00AD: defaults(_gas, _TO_SERVER),
    0x00F1: Translation(
        lambda _asked: ReadGasBehaviours(),
        _reported,
        lambda asked, refusal: default_response(asked, zcl_status(refusal), _TO_CLIENT),
    ),
}
