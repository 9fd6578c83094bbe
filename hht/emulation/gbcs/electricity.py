"""What an electricity meter is asked: MPANs, clock, randomised offset, supply (GBCS use cases ECS…)."""

from __future__ import annotations

from typing import Any, Final

from hht.emulation.gbcs.translation import (
    Asked,
    Translation,
    a_moment,
    a_number,
    by_access,
    name_of,
    plain,
    request_of,
    told,
    value,
)
from hht.emulation.value_codec import CONTROL_STATES
from hht.i18n import _
from hht.model.electricity_meter.items import SupplyState
from hht.model.electricity_meter.randomised_offset import ReadRandomisedOffset, UpdateRandomisedOffsetLimit
from hht.model.electricity_meter.supply import ArmSupply, DisableSupply, EnableSupply, ReadSupplyState
from hht.model.electricity_meter.supply_points import ReadMpans, SetExportMpan, SetImportMpan
from hht.model.features.clock_setting import ClockAnswer, SetClock
from hht.model.meter_clock import TimeStatus
from hht.model.site import to_ms
from hht.protocol.cosem.access import AccessAction, AccessGet, AccessResponse
from hht.protocol.cosem.datetime import encode_datetime
from hht.protocol.cosem.values import NULL, Data, enumerated, long_unsigned, octets, unsigned
from hht.protocol.gbcs.errors import MalformedPayload

_MPAN: Final = 13
_CLOCK, _ADJUST = "0-0:1.0.0.255", 4  # and the method that adjusts it to the preset time
_STATUS_BITS: Final = {TimeStatus.RELIABLE: 0x00, TimeStatus.INVALID: 0x01, TimeStatus.UNRELIABLE: 0x02}


def _text(found: Any) -> str:
    try:
        return bytes(found).decode("ascii")
    except (UnicodeDecodeError, TypeError, ValueError):
        raise MalformedPayload(_("An MPAN is a text of digits.")) from None


def _set_import(asked: Asked) -> SetImportMpan:
    text = _text(value(asked, 0))
    return SetImportMpan(text[:_MPAN], text[_MPAN:])


def _mpans(asked: Asked, found: tuple[str, str, str]) -> AccessResponse:
    imported, secondary, exported = found
    return told(asked, [octets((imported + secondary).encode()), octets(exported.encode())])


def _set_clock(asked: Asked) -> SetClock:
    """The argument of ECS70's first method: the's structure of preset time, start and end of the validity interval."""
    for data in request_of(asked).data:
        found = plain(data) if isinstance(data, Data) else None
        if isinstance(found, tuple) and len(found) == 3:
            start, end = a_moment(found[1]), a_moment(found[2])
            return SetClock(to_ms(start), int((end - start).total_seconds()))
    raise MalformedPayload(_("There is no validity interval in the command."))


def _clock(asked: Asked, found: ClockAnswer) -> AccessResponse:
    """The clock's time and status, where they are read; what was set or done has no value. Adjusting it failed where
    the clock is not reliable afterwards."""
    items = request_of(asked).items
    known = {
        (_CLOCK, 2): octets(encode_datetime(found.time, status=_STATUS_BITS[found.status])),
        (_CLOCK, 4): unsigned(int(found.status)),
    }
    values = [known.get(name_of(item), NULL) if isinstance(item, AccessGet) else NULL for item in items]
    adjusted = frozenset(
        at for at, item in enumerate(items) if isinstance(item, AccessAction) and name_of(item) == (_CLOCK, _ADJUST)
    )
    return told(asked, values, failed=frozenset() if found.status is TimeStatus.RELIABLE else adjusted)


def _offset(asked: Asked, found: tuple[int, int, int]) -> AccessResponse:
    """Offset, number and limit, in the order asked."""
    return told(asked, [long_unsigned(number) for number in found])


def _state(asked: Asked, found: SupplyState) -> AccessResponse:
    return told(asked, [enumerated(CONTROL_STATES[found])])


TABLE: Final[dict[int, Translation]] = {
    0x004C: by_access(_set_import),
    0x004D: by_access(lambda asked: SetExportMpan(_text(value(asked, 0)))),
    0x004E: by_access(lambda _asked: ReadMpans(), _mpans),
    0x0062: by_access(_set_clock, _clock),
    0x004B: by_access(lambda asked: UpdateRandomisedOffsetLimit(a_number(value(asked, 0)))),
    0x003D: by_access(lambda _asked: ReadRandomisedOffset(), _offset),
    0x004F: by_access(lambda _asked: EnableSupply()),
    0x0050: by_access(lambda _asked: DisableSupply()),
    0x0051: by_access(lambda _asked: ArmSupply()),
    0x0052: by_access(lambda _asked: ReadSupplyState(), _state),
}
