"""What devices seal for whoever asks: profiles, daily consumption, prepayment; opened with the asker's keys."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from hht.model.communications_hub import CommunicationsHub
from hht.model.electricity_meter import ElectricityMeter
from hht.model.gas_meter import GasMeter
from hht.protocol.cosem.axdr import decode_at
from hht.protocol.cosem.codes import DataAccessResult
from hht.protocol.cosem.datetime import encode_datetime
from hht.protocol.cosem.values import CompactArray
from hht.protocol.gbcs import zcl
from hht.protocol.gbcs.envelope import Envelope, parse
from hht.protocol.gbcs.gbz import EPOCH, TAG_LENGTH, Component, Gbz
from hht.protocol.gbcs.messages import Role
from hht.protocol.gbcs.payload import parse_payload
from hht.protocol.gbcs.segments import opened, segments
from tests.emulation.gbcs_home import Home, keys
from tests.protocol.gbcs_vectors import messages
from tests.support.radio import START


@pytest.fixture(scope="module")
def home() -> Home:
    """Lived in for a day, so that there is something to tell."""
    made = Home()
    made.clock.advance(26 * 3600)
    made.premises.site.catch_up()
    return made


def now(home: Home) -> datetime:
    found: datetime = home.premises.site.now()
    return found


def plain(home: Home, device: Any, message: Envelope) -> list[bytes]:
    """What was sealed, in order."""
    shown = opened(message, keys(device))
    return [shown[one.start : one.end - TAG_LENGTH] for one in segments(message)]


def reference(vectors: Any, use_case: str, form: str = "COMMAND") -> Envelope:
    found = [one for one in messages(vectors) if one["use_case"] == use_case and one["form"] == form]
    return parse(bytes.fromhex(found[0]["hex"]))


def ask(home: Home, vectors: Any, use_case: str, since: datetime, until: datetime) -> Envelope:
    """The reference command, for other times."""
    command, meter = reference(vectors, use_case), home.device(ElectricityMeter)
    payload = command.payload
    times = [one for one in (payload[at : at + 12] for at in range(len(payload) - 12)) if one[9:] == b"\x80\x00\xff"]
    for old, new in zip(dict.fromkeys(times), (since, until), strict=False):
        payload = payload.replace(old, encode_datetime(new, deviation=None, status=0xFF))
    return home.say(meter, command.message_code, payload)


def table(octets: bytes) -> tuple[list[str], list[tuple[int, ...]]]:
    (found,) = decode_at(octets, 0)[0].value  # type: ignore[union-attr, misc]
    assert isinstance(found.value, CompactArray)
    kinds = [one.tag.name for one in found.value.description.members]
    return kinds, [tuple(cell.value for cell in row.value) for row in found.value.items]


@pytest.mark.parametrize("use_case", ["ECS22b", "ECS66", "ECS21b"])
def test_a_log_is_sealed_as_the_reference_device_seals_it(home: Home, vectors: Any, use_case: str) -> None:
    end = now(home)
    said = ask(home, vectors, use_case, end - timedelta(days=2), end)
    kinds, rows = table(plain(home, home.device(ElectricityMeter), said)[0])
    assert (
        kinds
        == {
            "ECS22b": ["DOUBLE_LONG_UNSIGNED"] * 2,
            "ECS66": ["DOUBLE_LONG_UNSIGNED"] * 2,
            "ECS21b": ["DOUBLE_LONG_UNSIGNED", *["DOUBLE_LONG"] * 6],
        }[use_case]
    )
    assert rows
    times = [row[0] for row in rows]
    assert times == sorted(times)
    if use_case == "ECS21b":
        assert all(row[-1] == sum(row[3:6]) for row in rows)  # the debts, and their sum


def test_the_profile_says_the_energy_of_each_half_hour(home: Home, vectors: Any) -> None:
    meter, end = home.device(ElectricityMeter), now(home)
    since = (end - timedelta(hours=6)).replace(minute=0, second=0, microsecond=0)
    _kinds, rows = table(plain(home, meter, ask(home, vectors, "ECS22b", since, since + timedelta(hours=2)))[0])
    assert [row[0] - int((since - EPOCH).total_seconds()) for row in rows] == [0, 1800, 3600, 5400, 7200]
    kept = dict(
        meter.profile.rows_between(0, 1 << 40)[index][:2]
        for index in range(len(meter.profile.rows_between(0, 1 << 40)))
    )
    at = int(since.timestamp())
    assert [row[1] for row in rows] == [kept[at + 1800 * step] - kept[at + 1800 * (step - 1)] for step in range(5)]


def test_balances_are_sealed_in_gbcs_order(home: Home, vectors: Any) -> None:
    meter, command = home.device(ElectricityMeter), reference(vectors, "ECS19")
    said = home.say(meter, 0x002D, command.payload)
    (found,) = decode_at(plain(home, meter, said)[0], 0)[0].value  # type: ignore[union-attr, misc]
    held = meter.prepayment.registers
    assert [one.value for one in found.value][:2] == [held.meter_balance, held.emergency_credit]
    assert len(found.value) == 6


def test_what_a_message_cannot_hold_is_refused_item_by_item(home: Home, vectors: Any) -> None:
    """A month too many at once: an answer that says so, and no silence."""
    meter = home.device(ElectricityMeter)
    real, rows = meter.profile.rows_between, [(1_600_000_000 + 1800 * at, at, 0) for at in range(9000)]
    try:
        meter.profile.rows_between = lambda _since, _until: rows
        said = ask(home, vectors, "ECS22b", datetime.fromtimestamp(0, START.tzinfo), now(home))
    finally:
        meter.profile.rows_between = real
    assert parse_payload(said).results == (DataAccessResult.OTHER_REASON,)  # type: ignore[union-attr]


# --- gas


def samples(home: Home, device: Any, code: int, since: datetime, count: int) -> dict[str, Any]:
    layout = zcl.layout_of(0x0702, 0x01, 0x08)
    answer = zcl.layout_of(0x0702, 0x19, 0x07)
    assert layout is not None and answer is not None  # noqa: PT018
    start = int((since - EPOCH).total_seconds())
    fields = {"sampleId": 1, "earliestSampleTime": start, "sampleType": 0, "numberOfSamples": count}
    payload = Gbz((Component(0x0702, 0x01, 0, 0x08, zcl.write(layout, fields)),)).encode()
    said = home.say(device, code, payload)
    return zcl.read(answer, plain(home, device, said)[0])


def test_gas_tells_its_half_hours_and_the_proxy_its_days(home: Home) -> None:
    gas, gpf, end = home.device(GasMeter), home.device(CommunicationsHub).gpf, now(home)
    found = samples(home, gas, 0x0078, end - timedelta(hours=5), 6)
    assert (found["numberOfSamples"], found["sampleRequestInterval"], len(found["sample"])) == (6, 1800, 6)
    days = samples(home, gpf, 0x00A0, end - timedelta(days=3), 2)
    assert days["numberOfSamples"] == len(days["sample"]) >= 1


def test_gas_tells_its_flow_while_it_was_asked_to_watch_it(vectors: Any) -> None:
    home = Home()
    gas, began = home.device(GasMeter), now(home)
    started = home.say(gas, 0x0080, reference(vectors, "GCS31").payload, role=Role.ACCESS_CONTROL_BROKER)
    assert isinstance(parse_payload(started), Gbz)
    home.clock.advance(1800)
    home.premises.site.catch_up()
    found = samples(home, gas, 0x0079, began, 41)
    assert (found["numberOfSamples"], found["sampleRequestInterval"]) == (5, 360)
    assert found["sample"] == [litres for _time, litres in gas.network_log.samples]
    later = samples(home, gas, 0x0079, began + timedelta(minutes=13), 41)
    assert later["sample"] == found["sample"][2:]


def test_gas_tells_the_days_of_prepayment_by_their_places(home: Home, vectors: Any) -> None:
    """The reference command asks for 31 days; as the reference device, each answers for itself, sealed or not found."""
    gas, command = home.device(GasMeter), reference(vectors, "GCS16b")
    asked = parse_payload(command)
    assert isinstance(asked, Gbz)
    never = bytes(4) + b"\xff\xff\xff\xff"
    payload = Gbz(tuple(replace(one, payload=never + one.payload[8:]) for one in asked.components)).encode()
    said = home.say(gas, 0x0096, payload)
    answer = parse_payload(said)
    assert isinstance(answer, Gbz)
    days = list(gas.prepayment.daily)
    assert days
    assert [one.sealed for one in answer.components] == [True] * len(days) + [False] * (31 - len(days))
    assert {one.payload for one in answer.components[len(days) :]} == {b"\x07\x8b"}
    layout = zcl.layout_of(0x0705, 0x19, 0x01)
    assert layout is not None
    for row, octets in zip(days, plain(home, gas, said), strict=True):
        found = zcl.read(layout, octets)
        assert found["snapshotTime"] == row.time_s - int(EPOCH.timestamp())
        held = row.registers
        assert (found["meterBalance"], found["paymentDebt"]) == (held.meter_balance, held.payment_debt)
        assert (found["totalSnapshotsFound"], found["snapshotCause"]) == (len(days), 1)


def test_gas_seals_its_money_and_says_how_it_counts(home: Home, vectors: Any) -> None:
    gas, command = home.device(GasMeter), reference(vectors, "GCS14")
    said = home.say(gas, 0x0075, command.payload)
    payload = parse_payload(said)
    assert isinstance(payload, Gbz)
    assert [one.sealed for one in payload.components] == [False, True]
    held = gas.prepayment.registers
    octets = plain(home, gas, said)[0]
    at = octets.index(bytes.fromhex("0100002B")) + 4
    assert int.from_bytes(octets[at : at + 4], "little", signed=True) == held.meter_balance


def test_there_is_nothing_of_a_time_that_is_still_to_come(home: Home) -> None:
    gas = home.device(GasMeter)
    layout = zcl.layout_of(0x0702, 0x01, 0x08)
    assert layout is not None
    fields = {"sampleId": 1, "earliestSampleTime": 0xF0000000, "sampleType": 0, "numberOfSamples": 4}
    said = home.ask(gas, 0x0078, Component(0x0702, 0x01, 0, 0x08, zcl.write(layout, fields)))
    assert said.components[0].payload == b"\x08\x8b"
