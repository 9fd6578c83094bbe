"""A tariff set and read in GBCS: time-of-use registers, blocks, special days, prices, dates ahead."""

from __future__ import annotations

from contextlib import suppress
from datetime import date, timedelta
from typing import Any

import pytest

from hht.model.electricity_meter import ElectricityMeter
from hht.model.features.calendar import unix
from hht.model.gas_meter import GasMeter
from hht.model.refusal import DeviceRefusal
from hht.protocol.cosem.datetime import NOW, encode_datetime
from hht.protocol.cosem.obis import Obis
from hht.protocol.cosem.values import (
    Data,
    array,
    boolean,
    double_long_unsigned,
    integer,
    long,
    long_unsigned,
    octets,
    structure,
    unsigned,
)
from hht.protocol.gbcs import zcl
from hht.protocol.gbcs.gbz import Component
from tests.emulation.gbcs_home import Home, read, write

SCRIPT = octets(bytes(Obis.parse("0-0:10.0.100")))
NO_LIMIT = 0xFFFFFFFF
NEVER = b"\xff" * 9 + b"\x80\x00\xff"


@pytest.fixture(scope="module")
def home() -> Home:
    return Home()


def day(number: int, *entries: tuple[int, int]) -> Data:
    times = [structure(octets(bytes((hour, 0, 0, 0))), SCRIPT, long_unsigned(selector)) for hour, selector in entries]
    return structure(unsigned(number), array(times))


def charge(prices: dict[int, int], commodity: int, scale: int = -5) -> Data:
    rows = [structure(octets(bytes((index,)) if index else b""), long(price)) for index, price in prices.items()]
    what = structure(long_unsigned(3), octets(bytes(6)), integer(2))
    return structure(structure(integer(commodity), integer(scale)), what, array(rows))


def tariff(
    days: list[Data], prices: dict[int, int], limits: dict[int, list[int]] | None = None, at: bytes = NOW
) -> list[tuple[Any, ...]]:
    seasons = [
        structure(octets(b"cold"), octets(b"\xff\xff\x0a\x01\xff\0\0\0\0\x80\0\xff"), octets(b"\1")),
        structure(octets(b"warm"), octets(b"\xff\xff\x04\x01\xff\0\0\0\0\x80\0\xff"), octets(b"\2")),
    ]
    weeks = [
        structure(octets(b"\1"), *[unsigned(1)] * 5, *[unsigned(2)] * 2),
        structure(octets(b"\2"), *[unsigned(2)] * 7),
    ]
    special = [
        structure(long_unsigned(1), octets(b"\x07\xeb\x05\x03\xff"), unsigned(2)),
        structure(long_unsigned(2), octets(b"\xff\xff\x0c\x19\xff"), unsigned(2)),
    ]
    blocks = {number: (limits or {}).get(number, []) for number in range(1, 9)}
    return [
        write(20, "0-0:13.0.0", array(seasons), 7),
        write(20, "0-0:13.0.0", array(weeks), 8),
        write(20, "0-0:13.0.0", array(days), 9),
        write(11, "0-1:11.0.0", array(special)),
        *(
            write(21, f"0-0:16.1.{10 + number}", array([double_long_unsigned(wh) for wh in [*found, NO_LIMIT]]))
            for number, found in blocks.items()
        ),
        write(9000, "0-0:94.44.2.0", boolean(True), 4),
        write(113, "0-0:19.20.4", charge({0: 20_000}, 0), 6),
        write(113, "0-0:19.20.0", charge(prices, 3), 6),
        write(20, "0-0:13.0.0", octets(at), 10),
    ]


def meter(home: Home) -> Any:
    return home.device(ElectricityMeter)


READ = (
    *(read(20, "0-0:13.0.0", number) for number in (3, 4, 5)),
    read(11, "0-0:11.0.0"),
    read(21, "0-0:16.0.11"),
    read(113, "0-0:19.20.4", 5),
    read(113, "0-0:19.20.0", 5),
    read(3, "0-0:94.44.1.7"),
)


def shown(data: Data) -> Any:
    return [shown(one) for one in data.value] if isinstance(data.value, tuple) else data.value


def test_a_tariff_by_time_of_use_is_set_and_read_back(home: Home) -> None:
    asked = tariff([day(1, (0, 2), (7, 1)), day(2, (0, 2))], {1: 2121, 2: 3127})
    assert set(home.ask(meter(home), 0x0019, *asked).results) == {0}
    plan = meter(home).tariff.plan
    assert (plan.prices, plan.standing_charge, plan.thresholds_wh) == (((2121,), (3127,)), 20_000, ())
    assert plan.calendar.special == {date(2027, 5, 3): "2"}
    assert plan.calendar.at(unix(home.premises.site.now().replace(2027, 12, 24, 9))) == 1
    assert plan.calendar.at(unix(home.premises.site.now().replace(2027, 12, 25, 9))) == 2  # each year
    told = [shown(one) for one in home.ask(meter(home), 0x003A, *READ).data]
    assert [[row[1][2:4], row[2]] for row in told[0]] == [[b"\x04\x01", b"W1"], [b"\x0a\x01", b"W2"]]
    assert told[1][1][1:] == [1, 1, 1, 1, 1, 2, 2]
    assert [[entry[2] for entry in one[1]] for one in told[2]] == [[2, 1], [2]]
    assert [row[1] for row in told[3]] == [b"\x07\xeb\x05\x03\x01", b"\xff\xff\x0c\x19\xff"]
    assert told[4] == [NO_LIMIT] * 3
    assert told[5][2] == [[b"", 20_000]]
    assert (len(told[6][2]), told[6][2][:3]) == (80, [[b"\1", 2121], [b"\2", 3127], [b"\3", 0]])
    assert told[7] in (2121, 3127)


def test_blocks_have_their_limits_and_prices(home: Home) -> None:
    prices = {0xA1: 2361, 0xB1: 4289, 0xA2: 2000, 0xB2: 3000}
    days = [day(1, (0, 102), (7, 101)), day(2, (0, 101))]
    asked = tariff(days, prices, {1: [10_000], 2: [10_000]})
    assert set(home.ask(meter(home), 0x0019, *asked).results) == {0}
    plan = meter(home).tariff.plan
    assert (plan.prices, plan.thresholds_wh) == (((2361, 4289), (2000, 3000)), (10_000,))
    told = [shown(one) for one in home.ask(meter(home), 0x003A, *READ).data]
    assert [[entry[2] for entry in one[1]] for one in told[2]] == [[102, 101], [101]]
    assert told[4] == [10_000, NO_LIMIT, NO_LIMIT]
    assert {row[0][0]: row[1] for row in told[6][2] if row[1]} == prices
    other = {0xA1: 1, 0xB1: 2, 0xA2: 3, 0xB2: 4}
    change = (
        write(113, "0-0:19.20.4", charge({0: 0}, 0), 6),
        write(113, "0-0:19.20.0", charge(other, 3), 6),
        write(113, "0-0:19.20.0", octets(NOW), 7),
    )
    assert set(home.ask(meter(home), 0x00A2, *change).results) == {0}
    assert meter(home).tariff.plan.prices == ((1, 2), (3, 4))


def test_a_tariff_ahead_comes_at_its_time_and_a_cancelled_one_does_not() -> None:
    home = Home()
    before = meter(home).tariff.plan
    days = [day(1, (0, 1)), day(2, (0, 1))]
    at = [
        encode_datetime(home.premises.site.now().replace(microsecond=0) + timedelta(hours=hours), deviation=None)
        for hours in (1, 3)
    ]
    home.ask(meter(home), 0x0019, *tariff(days, {1: 7000}, at=at[0]))
    home.ask(meter(home), 0x0019, *tariff(days, {1: 8000}, at=NEVER))
    home.clock.advance(2 * 3600)
    home.premises.site.catch_up()
    assert meter(home).tariff.plan is before
    home.ask(meter(home), 0x0019, *tariff(days, {1: 9000}, at=at[1]))
    home.clock.advance(2 * 3600)
    home.premises.site.catch_up()
    assert meter(home).tariff.plan.prices == ((9000,),)


@pytest.mark.parametrize("why", ["both", "other limits", "too dear", "other units", "euros", "no week"])
def test_what_the_meter_cannot_hold_changes_nothing(home: Home, why: str) -> None:
    before = meter(home).tariff.plan
    blocks = [day(1, (0, 102), (7, 101)), day(2, (0, 101))]
    plain = [day(1, (0, 1)), day(2, (0, 1))]
    asked = {
        "both": lambda: tariff([day(1, (0, 101)), day(2, (0, 1))], {1: 1}),
        "other limits": lambda: tariff(blocks, {1: 1}, {1: [10], 2: [20]}),
        "too dear": lambda: tariff(plain, {1: -1}),
        "other units": lambda: tariff(plain, {1: 1}),
        "euros": lambda: tariff(plain, {1: 1}),
        "no week": lambda: tariff([day(1, (0, 1))], {1: 1}),
    }[why]()
    if why == "other units":
        asked = [write(113, "0-0:19.20.0", charge({1: 1}, 0), 6), *(one for one in asked if "19.20.0 " not in str(one))]
    if why == "euros":
        asked = [write(9000, "0-0:94.44.2.0", boolean(False), 4), *asked]
    with suppress(DeviceRefusal):
        assert 0 not in home.ask(meter(home), 0x0019, *asked).results
    assert meter(home).tariff.plan is before


# --- gas


def said(cluster: int, number: int, **fields: Any) -> Component:
    layout = zcl.layout_of(cluster, 0x09, number)
    assert layout is not None
    common = dict.fromkeys(("providerId", "issuerEventId", "issuerTariffId", "issuerCalendarId"), 1)
    common |= {"commandIndex": 0, "totalNumberOfCommands": 1, "numberOfCommands": 1, "startTime": 0, "calendarType": 0}
    known = {member.name for member in layout.fields}
    return Component(
        cluster, 0x09, 0, number, zcl.write(layout, {n: v for n, v in common.items() if n in known} | fields)
    )


def about(tiers: int, thresholds: int, *, currency: int = 826) -> Component:
    return said(
        0x0700, 4, tariffTypeChargingScheme=0, tariffLabel=b"", numberOfPriceTiersInUse=tiers,
        numberOfBlockThresholdsInUse=thresholds, unitOfMeasure=0, currency=currency, priceTrailingDigit=0x40,
        standingCharge=2246, tierBlockMode=0xFF, blockThresholdMultiplier=1, blockThresholdDivisor=1000,
    )  # fmt: skip


def prices(first: int, *found: int) -> Component:
    entries = [{"tierBlockId": number, "price": price} for number, price in enumerate(found, first)]
    return said(0x0700, 5, subPayloadControl=0, entries=entries)


def by_tier() -> list[Component]:
    days = [
        said(0x0707, 1, dayId=number, totalNumberOfScheduleEntries=2, entries=[
            {"startTime": 0, "priceTier": number}, {"startTime": 420, "priceTier": 1}
        ])
        for number in (1, 2)
    ]  # fmt: skip
    week = said(0x0707, 2, weekId=1, dayIdRefMondayToSunday=b"\1\1\1\1\1\2\2")
    seasons = said(0x0707, 3, entries=[{"seasonStartDate": b"\xff\x03\x14\xff", "weekIdRef": 1}])
    special = said(
        0x0707, 4, totalNumberOfSpecialDays=1, entries=[{"specialDayDate": b"\xff\x0c\x19\xff", "dayIdRef": 2}]
    )
    return [*days, week, seasons, special, about(2, 0), prices(1, 960, 1020)]


def results(home: Home, code: int, *components: Component) -> set[bytes]:
    return {one.payload[1:] for one in home.ask(home.device(GasMeter), code, *components).components}


def test_a_gas_tariff_by_time_of_use_and_by_blocks(home: Home) -> None:
    meter = home.device(GasMeter)
    assert results(home, 0x006B, *by_tier()) == {b"\0"}
    plan = meter.tariff.plan
    assert (plan.prices, plan.standing_charge) == (((9600,), (10_200,)), 22_460)
    assert plan.calendar.at(unix(home.premises.site.now().replace(2027, 12, 25, 3))) == 2
    assert results(home, 0x00A3, about(2, 0), prices(1, 1, 2)) == {b"\0"}
    assert meter.tariff.plan.prices == ((10,), (20,))
    assert b"\0" not in results(home, 0x00A3, about(4, 0), prices(1, 1, 2, 3, 4))
    limits = said(0x0700, 6, subPayloadControl=1, entries=[
        {"tierNumberOfBlockThresholds": 2, "blockThreshold": [1_000_000, 2_000_000]}
    ])  # fmt: skip
    assert results(home, 0x006B, about(0, 2), limits, prices(0, 960, 1020, 1075)) == {b"\0"}
    plan = meter.tariff.plan
    assert (plan.prices, plan.thresholds_wh) == (((9600, 10_200, 10_750),), (1_000_000, 2_000_000))
    assert plan.calendar is None


def test_a_gas_tariff_that_makes_no_sense_changes_nothing(home: Home) -> None:
    before = home.device(GasMeter).tariff.plan
    whole = by_tier()
    for spoilt in (whole[:-1], whole[1:], [*whole[:5], about(2, 0, currency=978), whole[6]], [*whole, prices(1, 1, 2)]):
        with suppress(DeviceRefusal):
            assert b"\0" not in results(home, 0x006B, *spoilt)
    assert home.device(GasMeter).tariff.plan is before
