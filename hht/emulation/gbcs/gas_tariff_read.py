"""The tariff of a gas meter, told (GCS21f): attributes, then the switching table as it would be published.

Prices and the standing charge are counted in thousandths of a penny: five digits behind the point of a pound.
Thresholds are in Wh, said as kWh with a divisor of 1000. The reference device tells so of itself.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import date
from typing import Any, Final

from hht.emulation.gbcs.translation import (
    ENUM8,
    UINT16,
    UINT24,
    UINT48,
    Asked,
    Attributes,
    Translation,
    attribute,
    attributes_read,
    components_of,
    zcl_status,
)
from hht.i18n import _
from hht.model.communications_hub.gas_proxy import GasProxyFunction
from hht.model.device import Device
from hht.model.features.calendar import Calendar
from hht.model.features.tariff_plan import TariffPlan
from hht.model.gas_meter import GasMeter
from hht.model.gas_meter.registers import ReadGasTariff
from hht.model.refusal import DeviceRefusal
from hht.protocol.gbcs import zcl
from hht.protocol.gbcs.errors import MalformedPayload
from hht.protocol.gbcs.gbz import EPOCH, Component, Gbz

_PRICE, _CALENDAR = 0x0700, 0x0707
_UINT32, _MAP8 = 0x23, 0x18
_STERLING, _FIVE_DIGITS, _KILOWATT_HOURS, _DIVISOR = 826, 0x50, 0, 1000
_BLOCKS: Final = (0x0400, 0x0401, 0x0402, 0x0403)
_TIERS: Final = (0x0410, 0x0420, 0x0430, 0x0440)
_THRESHOLDS: Final = (0x0100, 0x0101, 0x0102)
_READ, _PUBLISH, _NO = 0x18, 0x19, 0x08  # frame controls of the reference device
_NOT_FOUND: Final = 0x8B
_DAYS, _WEEKS, _SEASONS, _SPECIAL = range(1, 5)
_CURRENT_PRICE: Final = 0x00
_UNTIL_CHANGED: Final = 0xFFFF
_EVERY_YEAR, _FIRST_YEAR, _ANY_WEEKDAY = 0xFF, 1900, 0xFF
_MINUTE_S: Final = 60
_HEAD: Final[dict[str, Any]] = {"providerId": 0, "issuerEventId": 0, "issuerCalendarId": 0}
_WHOLE: Final[dict[str, Any]] = {"commandIndex": 0, "totalNumberOfCommands": 1}
Fields = dict[str, Any]


def _attributes(plan: TariffPlan) -> Attributes:
    blocks = plan.prices[0] if plan.thresholds_wh else ()
    tiers = () if plan.thresholds_wh else tuple(row[0] for row in plan.prices)
    numbers = {
        **{name: _of(blocks, at) for at, name in enumerate(_BLOCKS)},
        **{name: _of(tiers, at) for at, name in enumerate(_TIERS)},
        0x0301: plan.standing_charge,
    }
    found = {(_PRICE, name): attribute(_UINT32, number, 4) for name, number in numbers.items()}
    for at, name in enumerate(_THRESHOLDS):
        found[_PRICE, name] = attribute(UINT48, _of(plan.thresholds_wh, at), 6)
    return found | {
        (_PRICE, 0x0202): attribute(UINT24, 1, 3),
        (_PRICE, 0x0203): attribute(UINT24, _DIVISOR, 3),
        (_PRICE, 0x0615): attribute(ENUM8, _KILOWATT_HOURS, 1),
        (_PRICE, 0x0616): attribute(UINT16, _STERLING, 2),
        (_PRICE, 0x0617): attribute(_MAP8, _FIVE_DIGITS, 1),
    }


def _of(numbers: tuple[int, ...], at: int) -> int:
    return numbers[at] if at < len(numbers) else 0


# --- the switching table, command by command


def _days(calendar: Calendar) -> list[Fields]:
    return [
        {
            "dayId": number,
            "totalNumberOfScheduleEntries": len(profile.entries),
            "calendarType": 0,
            "entries": [{"startTime": at // _MINUTE_S, "priceTier": tier} for at, tier in profile.entries],
        }
        for number, profile in enumerate(calendar.days.values(), 1)
    ]


def _weeks(calendar: Calendar) -> list[Fields]:
    return [
        {"weekId": number, "dayIdRefMondayToSunday": bytes(_day_number(calendar, name) for name in season.week)}
        for number, season in enumerate(calendar.seasons, 1)
    ]


def _seasons(calendar: Calendar) -> list[Fields]:
    entries = [
        {"seasonStartDate": bytes((_EVERY_YEAR, *season.starts, _ANY_WEEKDAY)), "weekIdRef": number}
        for number, season in enumerate(calendar.seasons, 1)
    ]
    return [{"entries": entries}]


def _special_days(calendar: Calendar) -> list[Fields]:
    days = [(_of_one_year(day), name) for day, name in calendar.special.items()]
    days += [(bytes((_EVERY_YEAR, *day, _ANY_WEEKDAY)), name) for day, name in calendar.yearly.items()]
    if not days:
        return []
    entries = [{"specialDayDate": day, "dayIdRef": _day_number(calendar, name)} for day, name in days]
    return [{"startTime": 0, "calendarType": 0, "totalNumberOfSpecialDays": len(days), "entries": entries}]


def _of_one_year(day: date) -> bytes:
    return bytes((day.year - _FIRST_YEAR, day.month, day.day, _ANY_WEEKDAY))


def _day_number(calendar: Calendar, name: str) -> int:
    return list(calendar.days).index(name) + 1


_PUBLISHED: Final[dict[int, Callable[[Calendar], list[Fields]]]] = {
    _DAYS: _days,
    _WEEKS: _weeks,
    _SEASONS: _seasons,
    _SPECIAL: _special_days,
}


def published(asked: Component, calendar: Calendar | None, kind: int = 0) -> Iterable[Component]:
    """What is published of one part of the calendar (Get Day Profiles ...), or that there is none. `kind`: its calendar
    type. Raises MalformedPayload for a part that no calendar has."""
    if (asked.cluster, asked.command in _PUBLISHED) != (_CALENDAR, True):
        raise MalformedPayload(_("This use case asks for parts of a calendar."))
    found = [] if calendar is None else _PUBLISHED[asked.command](calendar)
    for fields in found:
        whole = {} if asked.command == _WEEKS else _WHOLE
        of_kind = {"calendarType": kind} if "calendarType" in fields else {}
        yield _said(asked, asked.command, _HEAD | whole | fields | of_kind)
    if not found:
        yield _default(asked, _NOT_FOUND)


def _said(asked: Component, command: int, fields: Fields) -> Component:
    layout = zcl.layout_of(asked.cluster, _PUBLISH, command)
    assert layout is not None
    return Component(asked.cluster, _PUBLISH, asked.sequence, command, zcl.write(layout, fields))


def _default(asked: Component, status: int) -> Component:
    return Component(asked.cluster, _NO, asked.sequence, zcl.DEFAULT_RESPONSE, bytes((asked.command, status)))


def _price(asked: Component, device: Device, plan: TariffPlan) -> Component:
    """The price in force, of the tier in force (block prices have none)."""
    gas = device if isinstance(device, GasMeter) else None
    tier = 1 if gas is None or plan.thresholds_wh else gas.tariff.register
    block = gas.tariff.block if gas is not None and plan.thresholds_wh else 0
    tiers = 0 if plan.thresholds_wh else len(plan.prices)
    fields = {
        "providerId": 0,
        "rateLabel": b"",
        "issuerEventId": 0,
        "currentTime": max(0, int((device.time_believed() - EPOCH).total_seconds())),
        "unitOfMeasure": _KILOWATT_HOURS,
        "currency": _STERLING,
        "priceTrailingDigitAndPriceTier": _FIVE_DIGITS | (tier if tiers else 0),
        "numberOfPriceTiersAndRegisterTier": tiers << 4 | (tier if tiers else 0),
        "startTime": 0,
        "durationInMinutes": _UNTIL_CHANGED,
        "price": plan.price(tier, block),
    }
    return _said(asked, _CURRENT_PRICE, fields)


def _answer(asked: Asked, plan: TariffPlan) -> Gbz:
    known, found = _attributes(plan), list[Component]()
    for one in components_of(asked):
        if one.cluster == _CALENDAR and one.command in _PUBLISHED:
            found += published(one, plan.calendar)
        elif one.cluster == _PRICE and one.frame_control & zcl.CLUSTER_COMMAND and one.command == _CURRENT_PRICE:
            proxy = isinstance(asked.device, GasProxyFunction)
            found.append(_default(one, _NOT_FOUND) if proxy else _price(one, asked.device, plan))
        else:
            records = attributes_read(one, known)
            found.append(Component(one.cluster, _READ, one.sequence, zcl.READ_RESPONSE, records))
    return Gbz(tuple(found))


def _refused(asked: Asked, refusal: DeviceRefusal) -> Gbz:
    """Attributes one by one, everything else by a Default Response."""
    status = zcl_status(refusal)
    return Gbz(
        tuple(
            _default(one, status)
            if one.frame_control & zcl.CLUSTER_COMMAND
            else Component(one.cluster, _READ, one.sequence, zcl.READ_RESPONSE, attributes_read(one, {}, status))
            for one in components_of(asked)
        )
    )


TABLE: Final[dict[int, Translation]] = {0x009F: Translation(lambda _asked: ReadGasTariff(), _answer, _refused)}
