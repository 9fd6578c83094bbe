"""Auxiliary load switches of an electricity meter: labels, and switching them by command (ECS46a, ECS47, ECS47a)."""

from __future__ import annotations

from typing import Final

from hht.emulation.gbcs.translation import (
    Asked,
    Translation,
    a_moment,
    a_number,
    by_access,
    name_of,
    request_of,
    value,
    written,
)
from hht.i18n import _
from hht.model.electricity_meter.load_control import SWITCHES, SetLabels, SetSwitch
from hht.model.refusal import DeviceRefusal, Reason
from hht.model.site import to_ms
from hht.protocol.gbcs.errors import MalformedPayload

_SCRIPT: Final = "0-0:10.0.103.255"
_EXECUTE: Final = 1
_LABELS: Final = {f"0-0:94.44.0.{10 + number}": number for number in range(1, SWITCHES + 1)}
_ACTIVATE, _DEACTIVATE, _RESET = 0x11, 0x12, 0x20
_OF_A_SWITCH: Final = 1  # the kind of controller, beside proportional ones
_OPEN, _CLOSED = 0, 100  # levels
_MINUTE_MS: Final = 60_000


def _labels(asked: Asked) -> SetLabels:
    labels = []
    for at, item in enumerate(request_of(asked).items):
        number, label = _LABELS.get(name_of(item)[0]), value(asked, at)
        if number is None or not isinstance(label, str):
            raise MalformedPayload(_("A label of one of the five switches is expected."))
        labels.append((number, label))
    return SetLabels(tuple(labels))


def _object(number: int, part: int) -> str:
    """Of one switch: how long it is closed, or when from (1); how long it is open, or when until (2)."""
    return f"0-0:94.44.{116 + number}.{part}"


def _switch(asked: Asked) -> SetSwitch:
    """ECS47: the number of the switch, and what is to be done with it."""
    number, what = divmod(a_number(written(asked, _SCRIPT, _EXECUTE)), 0x100)
    if what == _RESET:
        return SetSwitch(number, None)
    if what not in (_ACTIVATE, _DEACTIVATE):
        raise MalformedPayload(_("A switch is closed, opened or given back to its calendar."))
    closed = what == _ACTIVATE
    return SetSwitch(number, closed, a_number(written(asked, _object(number, 1 if closed else 2))))


def _state(asked: Asked) -> SetSwitch:
    """ECS47a: the kind of controller, its number and the level, from now until a time. The model keeps no state that
    begins later, and has no proportional controllers."""
    said = a_number(written(asked, _SCRIPT, _EXECUTE))
    kind, number, level = said >> 12, said >> 8 & 0x0F, said & 0xFF
    start, end = (to_ms(a_moment(written(asked, _object(number, part)))) for part in (1, 2))
    now_ms = asked.device.site.now_ms
    if kind != _OF_A_SWITCH or level not in (_OPEN, _CLOSED) or not start <= now_ms < end:
        raise DeviceRefusal(
            Reason.OTHER,
            _("The emulated meter opens or closes a switch at once, for a time that has begun and is not over."),
            remedy=_("Send the command when it is to begin."),
        )
    return SetSwitch(number, level == _CLOSED, -(-(end - now_ms) // _MINUTE_MS))


TABLE: Final[dict[int, Translation]] = {
    0x0053: by_access(_labels),
    0x0055: by_access(_switch),
    0x011E: by_access(_state),
}
