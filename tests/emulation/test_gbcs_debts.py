"""Debts, prepayment configuration and load limit, set over GBCS: published commands, and such as make no sense."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from hht.model.communications_hub import CommunicationsHub
from hht.model.electricity_meter import ElectricityMeter
from hht.model.electricity_meter.load_limit import LoadLimitSettings
from hht.model.gas_meter import GasMeter
from hht.model.prepayment.settings import RecoveryPeriod
from hht.model.refusal import DeviceRefusal
from hht.protocol.cosem.access import AccessResponse
from hht.protocol.cosem.datetime import encode_datetime
from hht.protocol.gbcs import zcl
from hht.protocol.gbcs.envelope import Cra
from hht.protocol.gbcs.gbz import EPOCH, parse_gbz
from hht.protocol.gbcs.payload import parse_payload
from tests.emulation.gbcs_home import Home
from tests.protocol.gbcs_vectors import messages
from tests.support.radio import START


@pytest.fixture
def home() -> Home:
    return Home()


def reference(vectors: Any, use_case: str) -> bytes:
    (command,) = (one for one in messages(vectors) if (one["use_case"], one["form"]) == (use_case, "COMMAND"))
    return bytes.fromhex(command["payload_hex"])


def owed(meter: Any) -> list[tuple[int, int, RecoveryPeriod]]:
    return [(debt.amount, debt.rate, debt.period) for debt in meter.prepayment.accounts.time_debts]


def test_debts_are_adjusted_as_the_reference_commands_say(home: Home, vectors: Any) -> None:
    """The published commands, as they stand: amounts are added, rates and periods replaced."""
    meter, gas = home.device(ElectricityMeter), home.device(GasMeter)
    before = [debt.amount for debt in meter.prepayment.accounts.time_debts]
    payment = meter.prepayment.accounts.payment_debt
    said = parse_payload(home.say(meter, 0x001E, reference(vectors, "ECS07")))
    assert isinstance(said, AccessResponse)
    assert [int(one) for one in said.results] == [0] * 10
    daily, hourly = RecoveryPeriod.DAILY, RecoveryPeriod.HOURLY
    assert owed(meter) == [(before[0] + 30_000, 30_000, daily), (before[1] + 15_000, 150_000, daily)]
    accounts = meter.prepayment.accounts
    assert (accounts.payment_debt, accounts.per_payment) == (payment + 50_000, 1000)
    begun = [debt.amount for debt in gas.prepayment.accounts.time_debts]
    payment = gas.prepayment.accounts.payment_debt
    answer = parse_payload(home.say(gas, 0x006E, reference(vectors, "GCS04")))
    assert [one.payload for one in answer.components] == [b"\x02\x00"] * 3  # type: ignore[union-attr]
    assert owed(gas) == [(begun[0] + 1_000_000, 50_000, daily), (begun[1] + 500_000, 50_000, hourly)]
    accounts = gas.prepayment.accounts
    assert (accounts.payment_debt, accounts.per_payment) == (payment + 1_000_000, 100)


@pytest.mark.parametrize(
    ("old", "new", "understood"),
    [
        ("06000151800600015180", "06000151800600000E11", False),  # a period that is neither an hour nor a day
        ("090010000F", "09010110000F", False),  # a rate of another index
        ("1203E8", "122711", True),  # more than the whole of a top-up
        ("0500003A98", "05FF000000", True),  # less than nothing owed
    ],
)
def test_debts_that_make_no_sense_change_nothing(
    home: Home, vectors: Any, old: str, new: str, understood: bool
) -> None:
    meter, payload = home.device(ElectricityMeter), reference(vectors, "ECS07").hex().upper()
    before = owed(meter)
    assert payload.count(old) == 1
    if understood:
        said = parse_payload(home.say(meter, 0x001E, payload.replace(old, new)))
        assert isinstance(said, AccessResponse)
        assert 0 not in said.results
    else:
        with pytest.raises(DeviceRefusal):
            home.say(meter, 0x001E, payload.replace(old, new))
    assert owed(meter) == before


@pytest.mark.parametrize(
    ("number", "field", "told"),
    [(1, "debtAmountType", 2), (2, "debtRecoveryMethod", 0), (0, "debtRecoveryFrequency", 2), (0, "debtAmount", -1)],
)
def test_gas_debts_that_make_no_sense_change_nothing(
    home: Home, vectors: Any, number: int, field: str, told: int
) -> None:
    gas, layout = home.device(GasMeter), zcl.layout_of(0x0705, 0x01, 0x02)
    assert layout is not None
    before, commands = owed(gas), list(parse_gbz(reference(vectors, "GCS04"), Cra.COMMAND).components)
    fields = zcl.read(layout, commands[number].payload) | {field: told - before[0][0] * (field == "debtAmount")}
    commands[number] = replace(commands[number], payload=zcl.write(layout, fields))
    if field == "debtAmount":
        answer = home.ask(gas, 0x006E, *commands)
        assert {one.payload for one in answer.components} == {b"\x02\x01"}
    else:
        with pytest.raises(DeviceRefusal):
            home.ask(gas, 0x006E, *commands)
    assert owed(gas) == before


# --- the prepayment configuration of gas


def at_once(vectors: Any, seconds: int = 0) -> Any:
    """The published command, with nothing dated ahead, or dated to other `seconds` since 2000."""
    commands = [one for one in messages(vectors) if one["id"].endswith("GCS05_2.1_FUTURE_DATED_SUCCESS_COMMAND")]
    payload = bytes.fromhex(commands[0]["payload_hex"]).replace(bytes.fromhex(LATER), seconds.to_bytes(4, "little"))
    payload = payload.replace(bytes.fromhex(LATER)[::-1], seconds.to_bytes(4, "big"))
    return parse_gbz(payload, Cra.COMMAND).components


LATER = "90888138"  # when the published command takes effect


def test_gas_prepayment_is_configured_as_one_and_told_as_it_was_published(home: Home, vectors: Any) -> None:
    gas = home.device(GasMeter)
    answer = home.ask(gas, 0x006F, *at_once(vectors))
    assert [one.payload for one in answer.components] == [bytes((one.command, 0)) for one in at_once(vectors)]
    assert [one.frame_control for one in answer.components] == [8] * 4 + [0] * 8  # as the reference device answers
    held = gas.prepayment.settings
    assert (held.emergency_credit_limit, held.emergency_credit_threshold) == (10_000_000, 100_000)
    assert (held.low_credit_threshold, held.debt_recovery_rate_cap) == (5_000_000, 100_000)
    assert (held.max_meter_balance, held.max_credit) == (25_000_000, 25_000_000)
    (asked,) = (one for one in messages(vectors) if (one["use_case"], one["form"]) == ("GCS21b", "COMMAND"))
    said = parse_payload(home.say(gas, 0x00B5, bytes.fromhex(asked["payload_hex"])))
    (reference_said,) = (one for one in messages(vectors) if (one["use_case"], one["form"]) == ("GCS21b", "RESPONSE"))
    theirs = parse_gbz(bytes.fromhex(reference_said["payload_hex"]), Cra.RESPONSE).components
    ours = said.components  # type: ignore[union-attr]
    assert [(one.cluster, one.frame_control, one.command) for one in ours[:2]] == [(0x0705, 8, 1), (0x0700, 8, 1)]
    assert len(ours[0].payload) == len(theirs[0].payload)
    assert ours[1].payload == theirs[1].payload
    published = [one for one in at_once(vectors) if one.cluster == 0x0707][1:]
    assert [tail(one) for one in ours[2:]] == [tail(one) for one in published]


def tail(one: Any) -> tuple[int, dict[str, Any]]:
    """A part of a calendar without its issuer's numbers, and seasons of every year."""
    layout = zcl.layout_of(one.cluster, one.frame_control, one.command)
    assert layout is not None
    told = zcl.read(layout, one.payload)
    for name in ("issuerEventId", "issuerCalendarId"):
        told.pop(name)
    for entry in told.get("entries", []):
        if "seasonStartDate" in entry:
            entry["seasonStartDate"] = entry["seasonStartDate"][1:]
    return one.command, told


def test_gas_prepayment_of_several_times_or_another_calendar_changes_nothing(home: Home, vectors: Any) -> None:
    gas = home.device(GasMeter)
    before, commands = gas.prepayment.settings, list(at_once(vectors))
    for number, at, octet in ((0, 4, 1), (4, 16, 0), (5, 15, 0)):
        payload = bytearray(commands[number].payload)
        payload[at] = octet
        with pytest.raises(DeviceRefusal):
            home.ask(
                gas,
                0x006F,
                *commands[:number],
                replace(commands[number], payload=bytes(payload)),
                *commands[number + 1 :],
            )
    assert gas.prepayment.settings == before


def test_the_proxy_tells_what_it_has_of_the_configuration(home: Home, vectors: Any) -> None:
    (asked,) = (one for one in messages(vectors) if (one["use_case"], one["form"]) == ("GCS21b", "COMMAND"))
    proxy = home.device(CommunicationsHub).gpf
    said = parse_payload(home.say(proxy, 0x00B5, bytes.fromhex(asked["payload_hex"])))
    first, *rest = said.components  # type: ignore[union-attr]
    assert bytes.fromhex("06 00 00 2B") in first.payload
    assert bytes.fromhex("39 02 86") in first.payload  # how debts are collected it does not know
    assert [one.payload for one in rest[1:]] == [bytes((command, 0x8B)) for command in (1, 2, 3, 4)]


@pytest.mark.parametrize("called_off", [False, True])
def test_a_configuration_that_is_dated_ahead_waits_and_can_be_called_off(
    home: Home, vectors: Any, called_off: bool
) -> None:
    gas = home.device(GasMeter)
    before = gas.prepayment.settings
    home.ask(gas, 0x006F, *at_once(vectors, int((START - EPOCH).total_seconds()) + 3600))
    assert gas.prepayment.settings == before
    if called_off:
        (command,) = (one for one in messages(vectors) if one["id"].endswith("GCS05_2.1_CANCELLATION_SUCCESS_COMMAND"))
        said = parse_payload(home.say(gas, 0x006F, bytes.fromhex(command["payload_hex"])))
        assert {one.payload[1] for one in said.components} == {0}  # type: ignore[union-attr]
    home.clock.advance(7200)
    home.premises.site.catch_up()
    assert (gas.prepayment.settings == before) is called_off


# --- the load limit of electricity


def test_the_load_limit_is_set_at_once_or_called_off_as_the_reference_commands_say(home: Home, vectors: Any) -> None:
    meter = home.device(ElectricityMeter)
    for what in ("CANCELLATION_SUCCESS", "IMMEDIATE_ERROR"):
        assert meter.load_limit.settings == LoadLimitSettings()
        (command,) = (one for one in messages(vectors) if one["id"].endswith(f"ECS28a_6.4.1_{what}_COMMAND"))
        said = parse_payload(home.say(meter, 0x0043, command["payload_hex"]))
        assert [int(one) for one in said.results] == [0] * 8  # type: ignore[union-attr]
    assert meter.load_limit.settings == LoadLimitSettings(6900, 300, 30, True)


def test_a_load_limit_of_several_times_is_refused(home: Home, vectors: Any) -> None:
    meter = home.device(ElectricityMeter)
    before = meter.load_limit.settings
    (command,) = (one for one in messages(vectors) if one["id"].endswith("ECS28a_6.4.1_IMMEDIATE_ERROR_COMMAND"))
    payload = bytearray.fromhex(command["payload_hex"])
    payload[-12:] = encode_datetime(START.replace(year=2030))
    with pytest.raises(DeviceRefusal):
        home.say(meter, 0x0043, bytes(payload))
    assert meter.load_limit.settings == before
