"""Tariff, cost, billing and daily stores as COSEM objects (factbook 2.2, 2.3, 6.1).

A time-of-use register is 1-0:1.8.n, as generic COSEM has it, and all of them stand in GB's collection 0-0:94.44.34.1.
What energy has cost has no object in GBCS (the display works it out): 0-0:96.128.1 and .2 are ours.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from hht.emulation import calendar_values as calendars
from hht.emulation.measuring_objects import EXPORT, IMPORT
from hht.emulation.object_parts import (
    MONEY,
    WATT_HOUR,
    Column,
    CosemObject,
    Read,
    Row,
    ScalerUnit,
    constant,
    data_object,
    plain_object,
    register,
    table,
    value_definition,
)
from hht.emulation.value_codec import energy
from hht.model.electricity_meter import ElectricityMeter, Item
from hht.model.features.billing import SNAPSHOTS, BillingCalendar, BillingLog, Snapshot
from hht.model.features.stores import DAYS_KEPT, READS_KEPT, DailyStores
from hht.model.features.tariff import Tariff
from hht.model.features.tariff_check import ELECTRICITY
from hht.model.features.tariff_plan import TariffPlan
from hht.protocol.cosem import data as cosem
from hht.protocol.cosem.data import Data
from hht.protocol.cosem.obis import Obis

CLASS_DATA, CLASS_REGISTER, CLASS_ACTIVATION, CLASS_SPECIAL_DAYS = 1, 3, 6, 11
CLASS_ACTIVITY_CALENDAR, CLASS_MONITOR, CLASS_SINGLE_ACTION, CLASS_CHARGE = 20, 21, 22, 113
TOU_SCRIPTS: Final = "0-0:10.0.100.255"
TOU_COLLECTION: Final = "0-0:94.44.34.1"
COST, COST_TODAY, CONSUMPTION_TODAY = "0-0:96.128.1.255", "0-0:96.128.2.255", "1-0:1.29.0.255"
PRICE: Final[ScalerUnit] = (-5, 254)  # as GBCS has it: another unit
DAY_S: Final = 86_400
_SMALLEST, _LARGEST = -(1 << 15), (1 << 15) - 1  # of a `long`
_KILO: Final = 3
_NO_COMMODITY: Final = (0, "0-0:0.0.0.0", 0)
_BY_CALENDAR: Final = "billing calendar"


def tariff_objects(meter: ElectricityMeter) -> list[CosemObject]:
    """Those that this meter has."""
    objects = [*_calendar(Item.TARIFF, 0), *_registers(meter), *_prices(), *_blocks(), *_billing(), *_daily()]
    if meter.second_element is not None:
        objects += [*_calendar(Item.SECOND_TARIFF, 1), *_second_prices()]
    return objects


# ------------------------------------------------------------------------------------------------------- calendars


def _calendar(item: Item, number: int) -> list[CosemObject]:
    """Class 20 and its special days; nothing waits to be activated."""
    empty = constant(cosem.array(()))
    reads: dict[int, Read] = {
        2: lambda tariff: cosem.octets(tariff.plan.name.encode("ascii", "replace")),
        3: lambda tariff: calendars.seasons(tariff.plan.calendar),
        4: lambda tariff: calendars.weeks(tariff.plan.calendar),
        5: lambda tariff: calendars.days(tariff.plan.calendar, TOU_SCRIPTS),
        6: constant(cosem.octets(b"")),
        7: empty,
        8: empty,
        9: empty,
        10: constant(cosem.octets(calendars.NEVER)),
    }
    special: dict[int, Read] = {2: lambda tariff: calendars.special_days(tariff.plan.calendar)}
    return [
        plain_object(item, CLASS_ACTIVITY_CALENDAR, f"0-0:13.0.{number}.255", reads),
        plain_object(item, CLASS_SPECIAL_DAYS, f"0-0:11.0.{number}.255", special),
    ]


# ------------------------------------------------------------------------------------------------------- registers


def _registers(meter: ElectricityMeter) -> list[CosemObject]:
    item = Item.TARIFF
    numbers = range(1, len(meter.tariff.plan.prices) + 1)
    objects = [data_object(item, TOU_COLLECTION, _collection), data_object(item, "0-0:94.44.34.2", _block_collection)]
    if len(numbers) > 1:
        objects += [register(item, f"1-0:1.8.{number}.255", _tou(number), WATT_HOUR) for number in numbers]
        objects.append(plain_object(item, CLASS_ACTIVATION, "0-0:14.0.0.255", _activation(list(numbers))))
    return objects


def _tou(number: int) -> Callable[[Any], int]:
    return lambda tariff: int(tariff.tou_wh.get(number, 0))


def _activation(numbers: list[int]) -> dict[int, Read]:
    """Class 6: each mask has one register, and is called by its number."""
    assigned = [
        cosem.structure(cosem.long_unsigned(CLASS_REGISTER), cosem.octets(bytes(Obis.parse(f"1-0:1.8.{n}.255"))))
        for n in numbers
    ]
    masks = [
        cosem.structure(cosem.octets(_mask(n)), cosem.array([cosem.unsigned(at)])) for at, n in enumerate(numbers, 1)
    ]
    return {
        2: constant(cosem.array(assigned)),
        3: constant(cosem.array(masks)),
        4: lambda tariff: cosem.octets(_mask(tariff.register)),
    }


def _mask(number: int) -> bytes:
    return f"T{number}".encode()


def _collection(tariff: Tariff) -> Data:
    """The time-of-use registers, Wh; those of a second element behind them."""
    found = [_wh(tariff.tou_wh, len(tariff.plan.prices))]
    if tariff.beside is not None:
        found.append(_wh(tariff.beside.tou_wh, len(tariff.beside.plan.prices)))
    return cosem.structure(*found)


def _wh(by_register: dict[int, int], least: int) -> Data:
    last = max([least, *by_register])
    return cosem.array([energy(by_register.get(number, 0)) for number in range(1, last + 1)])


def _block_collection(tariff: Tariff) -> Data:
    """Wh by block, and within it by register; nothing where the tariff has no blocks."""
    if not tariff.plan.thresholds_wh:
        return cosem.structure(cosem.array(()))
    held = tariff.block_wh
    pairs = [(n, block) for block in range(1, ELECTRICITY.blocks + 1) for n in range(1, len(tariff.plan.prices) + 1)]
    return cosem.structure(cosem.array([energy(held.get(pair, 0)) for pair in pairs]))


def _blocks() -> list[CosemObject]:
    """The thresholds between the blocks: GBCS has a set for each of eight registers, the model one for all."""
    reads: dict[int, Read] = {
        2: lambda tariff: cosem.array([cosem.double_long_unsigned(wh) for wh in tariff.plan.thresholds_wh]),
        3: constant(value_definition(CLASS_REGISTER, IMPORT)),
        4: constant(cosem.array(())),
    }
    return [plain_object(Item.TARIFF, CLASS_MONITOR, "0-0:16.0.11.255", reads)]


# ---------------------------------------------------------------------------------------------------------- prices


def _prices() -> list[CosemObject]:
    item = Item.TARIFF
    matrix: dict[int, Read] = {
        3: constant(cosem.enumerated(0)),
        5: lambda tariff: unit_charge(price_matrix(tariff.plan), (CLASS_REGISTER, IMPORT, 2), _KILO),
    }
    standing: dict[int, Read] = {
        3: constant(cosem.enumerated(1)),
        5: lambda tariff: unit_charge({0: tariff.plan.standing_charge}),
        8: constant(cosem.double_long_unsigned(DAY_S)),
    }
    return [
        plain_object(item, CLASS_CHARGE, "0-0:19.20.0.255", matrix),
        plain_object(item, CLASS_CHARGE, "0-0:19.20.4.255", standing),
        register(item, "0-0:94.44.1.7", price_in_force, PRICE),
        register(Item.COST, COST, lambda tariff: tariff.cost, MONEY),
        register(Item.COST, COST_TODAY, lambda tariff: tariff.cost_today, MONEY),
    ]


def _second_prices() -> list[CosemObject]:
    item = Item.SECOND_TARIFF
    matrix: dict[int, Read] = {
        3: constant(cosem.enumerated(0)),
        5: lambda tariff: unit_charge(price_matrix(tariff.plan), (CLASS_REGISTER, "1-20:1.8.0.255", 2), _KILO),
    }
    return [
        plain_object(item, CLASS_CHARGE, "0-0:19.20.5.255", matrix),
        register(item, "0-0:94.44.1.8", price_in_force, PRICE),
    ]


def price_in_force(tariff: Tariff) -> int:
    """The price in force, thousandths of a penny per kWh."""
    tariff.give()
    return tariff.plan.price(tariff.register, tariff.block)


def price_matrix(plan: TariffPlan) -> dict[int, int]:
    """Prices by index: a register's number; with blocks A1 to A8 (hexadecimal) for the first block's registers, B1 to
    B8 for the second's, and so on (as reference tariffs have them)."""
    if not plan.thresholds_wh:
        return {number: plan.price(number, 0) for number in range(1, len(plan.prices) + 1)}
    return {
        block_index(block, number): plan.price(number, block)
        for block in range(len(plan.thresholds_wh) + 1)
        for number in range(1, len(plan.prices) + 1)
    }


def block_index(block: int, register: int) -> int:
    """The index of a price of `register` (from 1) in `block` (from 0)."""
    return 0xA0 + 0x10 * block + register


def unit_charge(
    prices: dict[int, int], commodity: tuple[int, str, int] = _NO_COMMODITY, commodity_scale: int = 0
) -> Data:
    """A charge table of `prices` (thousandths of a penny) by index; 0: there is one price. A price is a `long`, so a
    dear tariff is stated in hundredths, or coarser."""
    scale = -5
    while any(not _SMALLEST <= price <= _LARGEST for price in prices.values()):
        prices = {index: round(price / 10) for index, price in prices.items()}
        scale += 1
    table_rows = [
        cosem.structure(cosem.octets(bytes((index,)) if index else b""), cosem.long(price))
        for index, price in prices.items()
    ]
    return cosem.structure(
        cosem.structure(cosem.integer(commodity_scale), cosem.integer(scale)),
        value_definition(*commodity),
        cosem.array(table_rows),
    )


# --------------------------------------------------------------------------------------------------------- billing


def _billing() -> list[CosemObject]:
    columns: list[Column] = [(CLASS_REGISTER, IMPORT, 2), (CLASS_DATA, TOU_COLLECTION, 2), (CLASS_REGISTER, COST, 2)]

    def by_calendar(log: BillingLog) -> list[Row]:
        return [_snapshot(one) for one in log.snapshots if one.why == _BY_CALENDAR]

    def by_change(log: BillingLog) -> list[Row]:
        return [_snapshot(one) for one in log.snapshots if one.why != _BY_CALENDAR]

    times: dict[int, Read] = {
        2: constant(cosem.structure(cosem.octets(bytes(Obis.parse("0-0:98.1.0.255"))), cosem.long_unsigned(2))),
        3: constant(cosem.enumerated(1)),
        4: lambda log: _billing_times(log.calendar),
    }
    return [
        table(Item.BILLING, "0-0:98.1.0.255", columns, by_calendar, SNAPSHOTS),
        table(Item.BILLING, "0-0:98.1.2.255", columns, by_change, SNAPSHOTS),
        plain_object(Item.BILLING, CLASS_SINGLE_ACTION, "0-0:15.0.0.255", times),
    ]


def _billing_times(calendar: BillingCalendar) -> Data:
    each_month = cosem.octets(b"\xff\xff\xff" + bytes((calendar.day,)) + b"\xff")
    return cosem.array([cosem.structure(calendars.time_of_day(calendar.time_s), each_month)])


def _snapshot(one: Snapshot) -> Row:
    collections = [_wh(dict(one.by_register), 1), *([_wh(dict(one.secondary), 1)] if one.secondary else [])]
    cells = (energy(one.import_wh), cosem.structure(*collections))
    return one.time_s, (*cells, cosem.double_long_unsigned(one.cost % (1 << 32)))


# ----------------------------------------------------------------------------------------------------------- daily


def _daily() -> list[CosemObject]:
    item = Item.DAILY_STORES
    return [
        register(item, CONSUMPTION_TODAY, lambda stores: stores.stores().today, WATT_HOUR),
        table(item, "0-0:99.1.3.255", [(CLASS_REGISTER, CONSUMPTION_TODAY, 2)], _consumption, DAYS_KEPT, _a_day),
        table(item, "0-0:98.1.9.255", [(CLASS_REGISTER, IMPORT, 2)], _reads, READS_KEPT, _a_day),
        table(Item.SHORT_PROFILE, "0-0:98.1.10.255", [(CLASS_REGISTER, EXPORT, 2)], _exports, READS_KEPT, _a_day),
    ]


def _a_day(_value: object) -> int:
    return DAY_S


def _consumption(stores: DailyStores) -> list[Row]:
    """Of each whole day, at the midnight that began it."""
    return [(began, (cosem.double_long_unsigned(wh),)) for began, wh in stores.daily_consumption()]


def _reads(stores: DailyStores) -> list[Row]:
    return [(at, (energy(wh),)) for at, wh in stores.midnights()[-READS_KEPT:]]


def _exports(profile: Any) -> list[Row]:
    midnights = [one for one in profile.entries() if one.time_s % DAY_S == 0]
    return [(one.time_s, (energy(one.export_wh),)) for one in midnights[-READS_KEPT:]]
