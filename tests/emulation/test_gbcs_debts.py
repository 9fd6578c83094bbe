"""Debts adjusted over GBCS, by the published commands and by such as make no sense."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from hht.model.electricity_meter import ElectricityMeter
from hht.model.gas_meter import GasMeter
from hht.model.prepayment.settings import RecoveryPeriod
from hht.model.refusal import DeviceRefusal
from hht.protocol.cosem.access import AccessResponse
from hht.protocol.gbcs import zcl
from hht.protocol.gbcs.envelope import Cra
from hht.protocol.gbcs.gbz import parse_gbz
from hht.protocol.gbcs.payload import parse_payload
from tests.emulation.gbcs_home import Home
from tests.protocol.gbcs_vectors import messages


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
