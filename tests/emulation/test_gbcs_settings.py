"""What becomes of events, calendars of switches, tariffs of gas and objects as they stand: set and read over GBCS."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from hht.emulation.gbcs.behaviours import EVENTS
from hht.model.alert_codes import AlertCode
from hht.model.communications_hub import CommunicationsHub
from hht.model.electricity_meter import ElectricityMeter
from hht.model.features.alert_behaviour import AlertBehaviour
from hht.model.features.calendar import Calendar, DayProfile, Season
from hht.model.features.tariff_plan import TariffPlan
from hht.model.gas_meter import GasMeter
from hht.model.refusal import DeviceRefusal
from hht.protocol.cosem.access import AccessResponse
from hht.protocol.cosem.codes import DataAccessResult
from hht.protocol.cosem.values import (
    CompactArray,
    Data,
    array,
    bit_string,
    boolean,
    double_long_unsigned,
    integer,
    long_unsigned,
    octets,
    structure,
    unsigned,
)
from hht.protocol.gbcs import zcl
from hht.protocol.gbcs.gbz import Component, Gbz
from hht.protocol.gbcs.messages import Role
from hht.protocol.gbcs.payload import parse_payload
from tests.emulation.gbcs_home import Home, act, read, write
from tests.protocol.gbcs_vectors import messages
from tests.support.radio import START

BITS = {code: bit for bit, code in EVENTS.items()}


@pytest.fixture
def home() -> Home:
    return Home()


def mask(on: tuple[int, ...], off: tuple[int, ...] = ()) -> Data:
    bits = ["0"] * 512
    for bit in (*on, *off):
        bits[bit] = "1"
    for bit in on:
        bits[256 + bit] = "1"
    return bit_string("".join(bits))


def routes(meter: Any) -> AlertBehaviour:
    behaviour = meter.elsewhere.__self__
    assert isinstance(behaviour, AlertBehaviour)
    return behaviour


def test_events_of_a_bit_string_are_set_and_read_back_with_those_that_nobody_knows(home: Home) -> None:
    meter = home.device(ElectricityMeter)
    silent, loud = AlertCode(0x8145), AlertCode(0x8161)
    said = home.ask(meter, 0x00AC, write(1, "0-30:97.98.11", mask((BITS[loud], 7), (BITS[silent], 9))))
    assert said.results == (0,)
    assert (routes(meter).route(silent).wan, routes(meter).route(loud).wan) == (False, True)
    assert any("bits 7, 9" in line.why for line in home.premises.site.chronicle)
    home.ask(meter, 0x00EC, write(1, "0-30:97.98.14", mask((), (BITS[loud],))))
    assert not routes(meter).route(loud).logged
    told = home.ask(meter, 0x00EE, *(read(1, f"0-30:97.98.{number}") for number in (15, 16, 17, 18)))
    wan, han, alarm, logged = (one.value for one in told.data)
    assert {7, BITS[loud]} <= {bit for bit in range(256) if wan[bit] == "1"}
    assert (wan[9], wan[BITS[silent]], logged[BITS[loud]], logged[BITS[silent]]) == ("0", "0", "0", "1")
    assert set(han + alarm) == {"0"}


def test_a_network_operators_events_are_its_own(home: Home) -> None:
    meter = home.device(ElectricityMeter)
    operator = Role.NETWORK_OPERATOR
    power_factor = AlertCode(0x8014)
    home.ask(meter, 0x00B0, write(1, "0-33:97.98.11", mask((), (BITS[power_factor],))), role=operator)
    assert not routes(meter).route(power_factor).wan
    told = home.ask(meter, 0x00EF, read(1, "0-33:97.98.15"), read(1, "0-33:97.98.18"), role=operator)
    assert [one.value[BITS[power_factor]] for one in told.data] == ["0", "1"]
    other = home.ask(meter, 0x00AC, write(1, "0-30:97.98.11", mask((BITS[power_factor],))))
    assert other.results == (DataAccessResult.READ_WRITE_DENIED,)
    assert not routes(meter).route(power_factor).wan


def configure(how: int, *codes: int, control: int = 0) -> Component:
    layout = zcl.layout_of(0x0708, 0x09, 0x04)
    assert layout is not None
    fields = {
        "issuerEventId": 1,
        "startDateTime": 0,
        "eventConfiguration": how,
        "configurationControl": control,
        "numberOfEvents": len(codes),
        "eventId": list(codes),
    }
    if not codes:
        del fields["eventId"]
    return Component(0x0708, 0x09, 0, 0x04, zcl.write(layout, fields))


def test_a_gas_meters_events_are_set_all_or_none_and_reported(home: Home) -> None:
    gas = home.device(GasMeter)
    said = home.ask(gas, 0x00AD, configure(0x5B, 0x81AA, 0x81AB), configure(0x43, 0x8161))
    assert [one.payload for one in said.components] == [b"\x04\x00", b"\x04\x00"]
    way = routes(gas).route(AlertCode(0x81AA))
    assert (way.logged, way.wan, way.han, way.alarm) == (True, True, True, True)
    assert not routes(gas).route(AlertCode(0x8161)).wan
    mandated = home.ask(gas, 0x00AD, configure(0x00, 0x81AA), configure(0x00, 0x8F30))
    assert [one.payload[1] for one in mandated.components] == [0x7E, 0x7E]
    assert routes(gas).route(AlertCode(0x81AA)).wan
    for refused in (configure(0x08, 0x7777), configure(0x08, 0x81AA, control=1)):
        with pytest.raises(DeviceRefusal, match="event"):
            home.ask(gas, 0x00AD, refused)
    told = home.ask(gas, 0x00F1, Component(0x0708, 0x09, 0, 0x05, b"\xaa\x81"))
    layout = zcl.layout_of(0x0708, told.components[0].frame_control, 0x05)
    assert layout is not None
    assert zcl.read(layout, told.components[0].payload)["entries"] == [{"eventId": 0x81AA, "eventConfiguration": 0x5B}]
    every = home.ask(gas, 0x00F1, Component(0x0708, 0x09, 0, 0x05, b"\xff\x81"))
    entries = zcl.read(layout, every.components[0].payload)["entries"]
    assert len(entries) > 10
    assert {one["eventId"] >> 8 for one in entries} == {0x81}


def test_a_schedule_for_switches_that_the_meter_has_not_changes_none(vectors: Any) -> None:
    """The reference command sets five; this home has three."""
    home = Home("storage-heaters")
    meter = home.device(ElectricityMeter)
    before = {number: switch.plan.calendar for number, switch in meter.load_control.switches.items()}
    item = next(one for one in messages(vectors) if one["id"].startswith("rtds/ECS46d_6.14.3_IMMEDIATE_ALCS_SUCCESS_C"))
    answer = parse_payload(home.say(meter, 0x011A, item["payload_hex"]))
    assert isinstance(answer, AccessResponse)
    assert set(answer.results) == {DataAccessResult.OTHER_REASON}
    assert {number: switch.plan.calendar for number, switch in meter.load_control.switches.items()} == before


def schedule(*rows: tuple[Any, ...]) -> Data:
    return array(
        [
            structure(
                long_unsigned(index),
                boolean(True),
                octets(bytes.fromhex("00000A0067FF")),
                long_unsigned(selector),
                octets(bytes((hour, 0, 0, 0))),
                long_unsigned(0xFFFF),
                bit_string(weekdays),
                bit_string(special),
                octets(bytes.fromhex(since)),
                octets(bytes.fromhex(until)),
            )
            for index, (selector, hour, weekdays, special, since, until) in enumerate(rows, 1)
        ]
    )


def special_days(*days: tuple[str, int]) -> Data:
    rows = [structure(long_unsigned(at), octets(bytes.fromhex(day)), unsigned(no)) for at, (day, no) in enumerate(days)]
    return array(rows)


def controllers(home: Home, meter: Any, days: Data, entries: Data, at: bytes) -> AccessResponse:
    said: AccessResponse = home.ask(
        meter,
        0x011A,
        write(11, "0-1:11.0.3", days),
        write(10, "0-1:12.0.2", entries),
        write(9000, "0-0:94.44.128.26", octets(at), 6),
        write(9000, "0-0:94.44.128.35", octets(at), 6),
    )
    return said


NOW = bytes.fromhex("0000000000000000008000FF")


def test_a_schedule_holds_by_season_weekday_and_special_day() -> None:
    home = Home("storage-heaters")
    meter = home.device(ElectricityMeter)
    number, *others = sorted(meter.load_control.switches)
    close, open_ = 0x1000 | number << 8 | 0x80 | 100, 0x1000 | number << 8 | 0x80
    summer = ("FFFF0615FF", "FFFF0915FF")
    entries = schedule(
        (close, 1, "1111111", "00", "FFFFFFFFFF", "FFFFFFFFFF"),
        (open_, 7, "1111111", "00", "FFFFFFFFFF", "FFFFFFFFFF"),
        (close, 13, "1111100", "10", *summer),
        (open_, 15, "1111100", "10", *summer),
    )
    said = controllers(home, meter, special_days(("FFFF0C19FF", 2), ("07E30704FF", 1)), entries, NOW)
    assert said.results == (0, 0, 0, 0)
    calendar = meter.load_control.switches[number].plan.calendar
    assert all(meter.load_control.switches[one].plan.calendar is None for one in others)

    def closed(year: int, month: int, day: int, hour: int) -> bool:
        return bool(calendar.at(int(datetime(year, month, day, hour, 30, tzinfo=UTC).timestamp())))

    assert [closed(2020, 2, 5, hour) for hour in (1, 8, 14)] == [True, False, False]  # a Wednesday in winter
    assert [closed(2020, 7, 1, hour) for hour in (1, 8, 14, 16)] == [True, False, True, False]  # one in summer
    assert [closed(2020, 7, 4, hour) for hour in (1, 14)] == [True, False]  # a Saturday
    assert [closed(2019, 7, 4, hour) for hour in (2, 14)] == [False, True]  # special: nothing but the afternoon
    assert not closed(2020, 12, 25, 2)  # special: nothing at all


@pytest.mark.parametrize(
    "row",
    [
        (0x1100 | 0x80 | 50, 1, "1111111", "0", "FFFFFFFFFF", "FFFFFFFFFF"),  # half
        (0x2180, 1, "1111111", "0", "FFFFFFFFFF", "FFFFFFFFFF"),  # another kind
        (0x1F80, 1, "1111111", "0", "FFFFFFFFFF", "FFFFFFFFFF"),  # no such switch
        (0x1180, 1, "1111111", "0", "FFFF0D15FF", "FFFFFFFFFF"),  # a thirteenth month
        (0x1180, 30, "1111111", "0", "FFFFFFFFFF", "FFFFFFFFFF"),  # hour 30
    ],
)
def test_a_schedule_that_cannot_be_changes_nothing(row: tuple[Any, ...]) -> None:
    home = Home("storage-heaters")
    meter = home.device(ElectricityMeter)
    before = {number: switch.plan.calendar for number, switch in meter.load_control.switches.items()}
    try:
        said = controllers(home, meter, special_days(), schedule(row), NOW)
    except DeviceRefusal:
        pass  # no sound payload: an alert, and no answer
    else:
        assert 0 not in said.results
    assert {number: switch.plan.calendar for number, switch in meter.load_control.switches.items()} == before


# --- gas


def tariff(home: Home, vectors: Any, device: Any) -> Gbz:
    item = next(one for one in messages(vectors) if one["use_case"] == "GCS21f" and one["form"] == "COMMAND")
    payload = parse_payload(home.say(device, 0x009F, item["payload_hex"]))
    assert isinstance(payload, Gbz)
    return payload


def published(payload: Gbz) -> list[dict[str, Any]]:
    found = []
    for one in payload.components:
        layout = zcl.layout_of(one.cluster, one.frame_control, one.command)
        if layout is not None:
            found.append(zcl.read(layout, one.payload) | {"": layout.title})
    return found


def test_a_gas_tariff_is_told_as_the_reference_device_tells_it(home: Home, vectors: Any) -> None:
    gas = home.device(GasMeter)
    days = {"work": DayProfile(((0, 1), (6 * 3600, 2))), "rest": DayProfile(((0, 1),))}
    week = ("work",) * 5 + ("rest",) * 2
    calendar = Calendar(days, (Season((3, 20), week), Season((9, 23), ("rest",) * 7)), {}, {(12, 25): "rest"})  # type: ignore[arg-type]
    gas.tariff.fit(TariffPlan("", calendar, ((9_600,), (10_200,)), 22_465))
    told = tariff(home, vectors, gas)
    attributes = told.components[0].payload
    assert bytes.fromhex("10040023 80250000") in attributes  # tier 1: 9600
    assert bytes.fromhex("01030023 C1570000") in attributes  # standing charge
    found = published(told)
    assert [one[""] for one in found] == [
        *["Publish Day Profile"] * 2,
        *["Publish Week Profile"] * 2,
        "Publish Seasons",
        "Publish Special Days",
        "Publish Price",
    ]
    assert found[0]["entries"] == [{"startTime": 0, "priceTier": 1}, {"startTime": 360, "priceTier": 2}]
    assert found[2]["dayIdRefMondayToSunday"] == bytes((1, 1, 1, 1, 1, 2, 2))
    assert [one["seasonStartDate"] for one in found[4]["entries"]] == [b"\xff\x03\x14\xff", b"\xff\x09\x17\xff"]
    assert found[5]["entries"] == [{"specialDayDate": b"\xff\x0c\x19\xff", "dayIdRef": 2}]
    assert found[6]["price"] in (9_600, 10_200)


def test_a_tariff_without_a_calendar_has_none_to_publish(home: Home, vectors: Any) -> None:
    gas = home.device(GasMeter)
    gas.tariff.fit(TariffPlan("", None, ((1, 2, 3, 4),), 5, (1_000, 2_000, 3_000)))
    told = tariff(home, vectors, gas)
    assert [one.payload for one in told.components[1:5]] == [bytes((command, 0x8B)) for command in (1, 2, 3, 4)]
    assert bytes.fromhex("00010025 E80300000000") in told.components[0].payload


def test_the_proxy_tells_the_tariff_that_it_mirrors(home: Home, vectors: Any) -> None:
    told = tariff(home, vectors, home.device(CommunicationsHub).gpf)
    assert told.components[0].command == zcl.READ_RESPONSE
    assert told.components[-1].payload[0] == 0


# --- objects as they stand


def test_objects_are_read_as_they_stand_and_unknown_ones_are_undefined(home: Home) -> None:
    meter = home.device(ElectricityMeter)
    operator = Role.NETWORK_OPERATOR
    told = home.ask(meter, 0x002B, read(4, "1-0:2.6.0"), read(4, "1-0:2.6.9"), role=operator)
    assert told.results == (0, DataAccessResult.OBJECT_UNDEFINED)
    assert told.data[0].value == meter.maximum_demand.registers["active export"].power_w
    power = home.ask(meter, 0x0028, read(1, "0-0:94.44.34.20"))
    assert power.data[0].value[0].value == meter.power_w()


def test_a_profile_is_cut_by_its_times(home: Home, vectors: Any) -> None:
    item = next(one for one in messages(vectors) if one["id"] == "rtds/ECS22c_4.8.2_SUCCESS_COMMAND")
    meter = home.device(ElectricityMeter)
    payload = bytes.fromhex(item["payload_hex"])
    none = parse_payload(home.say(meter, 0x0038, payload))
    assert isinstance(none, AccessResponse)
    assert isinstance(none.data[0].value, CompactArray)  # type: ignore[union-attr]
    assert none.data[0].value.items == ()  # type: ignore[union-attr]
    ever = payload.replace(bytes.fromhex("061BBE7F10061BBFD090"), bytes.fromhex("060000000006FFFFFFF0"))
    every = parse_payload(home.say(meter, 0x0038, ever))
    assert isinstance(every, AccessResponse)
    assert len(every.data[0].value.items) >= 47  # type: ignore[union-attr]


# --- balances, counters, small settings


def test_balances_of_gas_are_adjusted_and_reset_by_their_own_use_cases(home: Home) -> None:
    gas = home.device(GasMeter)

    def adjust(code: int, kind: int, amount: int) -> int:
        layout = zcl.layout_of(0x0705, 0x01, 0x05)
        assert layout is not None
        fields = {"issuerEventId": 1, "startTime": 0, "creditAdjustmentType": kind, "creditAdjustmentValue": amount}
        said = home.ask(gas, code, Component(0x0705, 0x01, 0, 0x05, zcl.write(layout, fields)))
        status: int = said.components[0].payload[1]
        return status

    def balance() -> int:
        said = home.ask(gas, 0x008D, Component(0x0705, 0, 0, 0, b"\x01\x00"))
        return int.from_bytes(said.components[0].payload[4:8], "little", signed=True)

    before = balance()
    mode, other = (
        ((0x00C0, 3), (0x0086, 0)) if gas.prepayment.registers.mode == "credit" else ((0x0086, 0), (0x00C0, 3))
    )
    assert adjust(*mode, 120_000) == 0
    assert balance() == before + 120_000
    assert adjust(*other, 5) == 0
    assert balance() == before + 120_000  # the other mode's
    with pytest.raises(DeviceRefusal):
        adjust(mode[0], other[1], 5)  # a type that is not the use case's
    assert adjust(0x00C2 if mode[1] == 3 else 0x00B4, 2 if mode[1] == 3 else 1, 0) == 0
    assert balance() == 0


def test_a_demand_is_reset_and_says_when(home: Home) -> None:
    meter, operator = home.device(ElectricityMeter), Role.NETWORK_OPERATOR
    assert meter.maximum_demand.registers["active export"].power_w >= 0
    assert home.ask(meter, 0x005A, act(4, "1-0:2.6.0", 1, integer(0)), role=operator).results == (0,)
    assert meter.maximum_demand.registers["active export"].power_w == 0
    told = home.ask(meter, 0x002B, read(1, "0-0:94.44.5.2"), role=operator)
    assert told.data[0].value[:4] == START.year.to_bytes(2, "big") + bytes((START.month, START.day))


def test_the_event_log_of_gas_is_cleared_and_no_other(home: Home) -> None:
    gas = home.device(GasMeter)
    gas.event_log.add(home.premises.site.now(), 0x8F12, "something")
    said = home.ask(gas, 0x0015, Component(0x0709, 0x01, 0, 0x01, b"\x03"))
    assert said.components[0].payload == b"\x08"
    assert not [one for one in gas.event_log if one.code == 0x8F12]
    with pytest.raises(DeviceRefusal):
        home.ask(gas, 0x0015, Component(0x0709, 0x01, 0, 0x01, b"\x04"))


def test_thresholds_and_the_demands_period_are_set(home: Home) -> None:
    meter = home.device(ElectricityMeter)
    numbers = array([double_long_unsigned(2300), double_long_unsigned(4600)])
    assert home.ask(meter, 0x0047, write(21, "0-0:16.0.0", numbers)).results == (0,)
    rows = schedule(
        (1, 17, "1111111", "", "FFFFFFFFFF", "FFFFFFFFFF"), (2, 19, "1111111", "", "FFFFFFFFFF", "FFFFFFFFFF")
    )
    said = home.ask(meter, 0x004A, write(10, "0-0:12.0.0", rows), role=Role.NETWORK_OPERATOR)
    assert said.results == (0,)
    window = meter.maximum_demand.window
    assert (window.start_s, window.end_s) == (17 * 3600, 19 * 3600)
    assert home.ask(meter, 0x0044, act(3, "0-0:94.44.42", 1, integer(0))).results == (0,)


def test_a_command_of_another_use_case_is_a_payload_that_is_none(home: Home) -> None:
    """Known to ZigBee, and without the field that the use case reads."""
    gas = home.device(GasMeter)
    for code in (0x00F1, 0x0087, 0x0015):
        with pytest.raises(DeviceRefusal, match="field"):
            home.ask(gas, code, Component(0x0707, 0x01, 0, 0x03, bytes(8)))
