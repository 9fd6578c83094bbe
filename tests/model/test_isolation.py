"""Who may work behind a meter, and what the contactor is no good for."""

from __future__ import annotations

import pytest

from hht.clock import ManualClock
from hht.model.consumer import ApplianceShape
from hht.model.electricity_meter import ElectricityMeter, SupplyState
from hht.model.electricity_meter.isolation import CONTACTOR, ISOLATOR, Conductor
from hht.model.electricity_meter.supply import ArmSupply, DisableSupply, EnableSupply
from hht.model.parties import Party, UserRole
from hht.model.premises import bring_to_life
from hht.model.premises_plan import parse_premises
from hht.model.refusal import DeviceRefusal
from hht.resources import resource_text

SUPPLIER = Party("Example Energy", UserRole.IMPORT_SUPPLIER)


def meter_of(clock: ManualClock, *, isolator: bool) -> ElectricityMeter:
    kind = 'kind = "electricity-meter"'
    text = resource_text("premises", "single-element.toml")
    text = text.replace(kind, f"{kind}\nisolator = {str(isolator).lower()}")
    return bring_to_life(parse_premises(text, name="home", file="home.toml"), clock=clock, days=1).device()


@pytest.mark.requirement("DNO-26")
def test_an_open_contactor_is_no_isolation(clock: ManualClock) -> None:
    meter = meter_of(clock, isolator=False)
    isolation = meter.load_switch.isolation
    assert isolation.hazards() == ("The supply is on.",)
    meter.execute(DisableSupply(), SUPPLIER)
    assert meter.supply is SupplyState.DISABLED
    assert meter.power_w() == 0  # nothing flows, and yet:
    assert len(isolation.hazards()) == 3
    assert "only the live conductor" in isolation.hazards()[0]
    assert "no safe gap" in isolation.hazards()[1]
    assert (CONTACTOR.breaks, CONTACTOR.safe_gap, CONTACTOR.isolates) == (frozenset({Conductor.LIVE}), False, False)
    with pytest.raises(DeviceRefusal, match="no isolating switch"):
        isolation.switch(open_=True)


@pytest.mark.requirement("DNO-31")
def test_a_local_switch_lets_somebody_work_whatever_the_meter_is_told(clock: ManualClock) -> None:
    meter = meter_of(clock, isolator=True)
    isolation = meter.load_switch.isolation
    meter.consumer.plug(ApplianceShape("heater", 9000))
    assert ISOLATOR.isolates
    isolation.switch(open_=True)
    assert isolation.hazards() == ()
    before = meter.registers()[0]
    for command in (DisableSupply(), ArmSupply(), EnableSupply()):
        meter.execute(command, SUPPLIER)
    clock.advance(3600)
    assert (meter.registers()[0], isolation.hazards()) == (before, ())
    isolation.switch(open_=False)
    clock.advance(3600)
    assert meter.registers()[0] >= before + 2000
    assert isolation.hazards() == ("The supply is on.",)
