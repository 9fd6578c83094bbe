"""What an electricity meter is asked: MPANs, clock, randomised offset, supply, identity, notices (use cases ECS…)."""

from __future__ import annotations

from typing import Any, Final

from hht.emulation.gbcs.translation import (
    Asked,
    Translation,
    a_moment,
    a_number,
    by_access,
    entries_of,
    name_of,
    read_items,
    request_of,
    some_octets,
    told,
    value,
    written,
)
from hht.emulation.value_codec import CONTROL_STATES
from hht.i18n import _
from hht.model.electricity_meter.items import SupplyState
from hht.model.electricity_meter.randomised_offset import ReadRandomisedOffset, UpdateRandomisedOffsetLimit
from hht.model.electricity_meter.registers import ReadPower
from hht.model.electricity_meter.supply import ArmSupply, DisableSupply, EnableSupply, ReadSupplyState
from hht.model.electricity_meter.supply_points import ReadMpans, SetExportMpan, SetImportMpan
from hht.model.features.billing import BillingCalendar, SetBillingCalendar
from hht.model.features.clock_setting import ClockAnswer, SetClock
from hht.model.features.device_type import DeviceType, ReadMeterType, SetSupplyTamperState
from hht.model.features.logs_read import ClearEventLog
from hht.model.features.notices import SendCin, SendMessage, WriteContactDetails
from hht.model.features.tenancy import ChangeTenancy, DisablePrivacyPin
from hht.model.meter_clock import TimeStatus
from hht.model.refusal import DeviceRefusal, Reason
from hht.model.site import to_ms
from hht.protocol.cosem.access import AccessAction, AccessGet, AccessResponse
from hht.protocol.cosem.datetime import encode_datetime
from hht.protocol.cosem.values import (
    NULL,
    Data,
    boolean,
    double_long_unsigned,
    enumerated,
    integer,
    long_unsigned,
    octets,
    structure,
    unsigned,
)
from hht.protocol.gbcs.clocks import interval_of
from hht.protocol.gbcs.errors import MalformedPayload

_MPAN: Final = 13
_CLOCK, _ADJUST = "0-0:1.0.0.255", 4  # and the method that adjusts it to the preset time
_IMPORT_MPAN: Final = "0-0:94.44.34.11"
_MESSAGE, _CIN, _TENANCY = "0-2:96.13.1.255", "0-3:96.13.1.255", "0-0:94.44.3.2"
_TAMPER_STATE: Final = "0-0:94.44.0.4"
_CONTACT_TELEPHONE, _CONTACT_NAME = "0-0:96.13.0.255", "0-0:96.13.1.255"
_POWER, _WATT = "0-0:94.44.34.20", 27
_ANY_MONTH: Final = b"\xff\xff\xff"
_STATUS_BITS: Final = {TimeStatus.RELIABLE: 0x00, TimeStatus.INVALID: 0x01, TimeStatus.UNRELIABLE: 0x02}


def _text(found: Any) -> str:
    try:
        return some_octets(found).decode("ascii")
    except UnicodeDecodeError:
        raise MalformedPayload(_("A text of ASCII characters is expected.")) from None


def _set_import(asked: Asked) -> SetImportMpan:
    text = _text(written(asked, _IMPORT_MPAN))
    return SetImportMpan(text[:_MPAN], text[_MPAN:])


def _mpans(asked: Asked, found: tuple[str, str, str]) -> AccessResponse:
    imported, secondary, exported = found
    return told(asked, [octets((imported + secondary).encode()), octets(exported.encode())])


def _set_clock(asked: Asked) -> SetClock:
    interval = interval_of(request_of(asked))
    return SetClock(to_ms(interval.start), interval.tolerance_s)


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


def _power(asked: Asked, found: tuple[int, int]) -> AccessResponse:
    """Of the whole meter, and of its first element."""
    total_w, first_w = found
    unit = structure(integer(0), enumerated(_WATT))
    power = structure(double_long_unsigned(total_w), unit, double_long_unsigned(first_w))
    return read_items(asked, {(_POWER, 2): power})


# --- identity, logs, notices


def _identity(asked: Asked, found: DeviceType) -> AccessResponse:
    return read_items(
        asked,
        {
            ("0-0:96.1.2.255", 2): _written(found.variant),
            ("0-0:96.1.4.255", 2): _written(found.model),
            ("0-0:96.1.6.255", 2): _written(found.manufacturer),
            (_TAMPER_STATE, 2): boolean(bool(found.locks)),
        },
    )


def _written(words: str) -> Data:
    return octets(words.encode("ascii", "replace"))


def _tamper_state(asked: Asked) -> SetSupplyTamperState:
    locks = written(asked, _TAMPER_STATE)
    if not isinstance(locks, bool):
        raise MalformedPayload(_("The Supply Tamper State is true or false."))
    return SetSupplyTamperState(locks)


def _contact(asked: Asked) -> WriteContactDetails:
    return WriteContactDetails(_text(written(asked, _CONTACT_NAME)), _text(written(asked, _CONTACT_TELEPHONE)))


def billing_calendar(asked: Asked) -> SetBillingCalendar:
    """The model bills once in each month: one entry, of any year and any month."""
    entries = entries_of(value(asked, 0), 0)
    if len(entries) != 1:
        raise _not_monthly()
    time, day = entries_of(entries[0], 2)
    hour, minute, second, _hundredths = some_octets(time, 4)
    if some_octets(day, 5)[:3] != _ANY_MONTH:
        raise _not_monthly()
    return SetBillingCalendar(BillingCalendar(day[3], (hour * 60 + minute) * 60 + second))


def _not_monthly() -> DeviceRefusal:
    return DeviceRefusal(
        Reason.OTHER,
        _("The emulated meter bills on one day of every month."),
        remedy=_("Send a monthly billing calendar."),
    )


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
    0x0028: by_access(lambda _asked: ReadPower(), _power),
    0x0052: by_access(lambda _asked: ReadSupplyState(), _state),
    0x00F9: by_access(lambda _asked: ReadMeterType(), _identity),
    0x0068: by_access(_tamper_state),
    0x0021: by_access(lambda asked: SendMessage(_text(written(asked, _MESSAGE)))),
    0x0022: by_access(lambda asked: ChangeTenancy(to_ms(a_moment(written(asked, _TENANCY))))),
    0x0023: by_access(lambda _asked: DisablePrivacyPin()),
    0x0024: by_access(lambda _asked: ClearEventLog()),
    0x0025: by_access(_contact),
    0x0058: by_access(lambda asked: SendCin(_text(written(asked, _CIN)))),
    0x00D7: by_access(billing_calendar),
}
