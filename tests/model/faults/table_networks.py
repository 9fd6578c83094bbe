"""Scenarios: a whole network through which nothing comes."""

from __future__ import annotations

from hht.model.consumer_devices.displays import HomeDisplay
from hht.model.intelligent_hub import AccountingGasProxy
from hht.model.intelligent_hub.commands import GasCommunication, ReadGasCommunication
from tests.model.faults.worlds import GAS_SUPPLIER, HALF_HOUR, Scenario, World, named


def counted_down(world: World) -> bool:
    world.wait(3 * HALF_HOUR)
    account = world.hub.gpf
    assert isinstance(account, AccountingGasProxy)
    answer = account.execute(ReadGasCommunication(), GAS_SUPPLIER)
    assert isinstance(answer, GasCommunication)
    return answer.failed and answer.timeout - answer.left >= 3 and bool(account.warning)


def displays_blind_and_meters_read(world: World) -> bool:
    world.wait(3 * HALF_HOUR)
    collected = world.one(HomeDisplay).collect()
    fresh = (world.hub.gpf.age_s or 0) <= HALF_HOUR
    return fresh and collected.gas is None and not collected.electricity


SCENARIOS = {
    "han-jammed": Scenario(named("intelligent-hub"), counted_down),
    "consumer-network-jammed": Scenario(named("gas-apart"), displays_blind_and_meters_read),
}
