"""What an engineer looks at before leaving: who is heard, who asks without end, whether anybody can top up."""

from __future__ import annotations

import pytest

from hht.clock import ManualClock
from hht.model.communications_hub import CommunicationsHub
from hht.model.consumer_devices.access_device import AccessDevice
from hht.model.consumer_devices.displays import HomeDisplay
from hht.model.device import DeviceKind
from hht.model.electricity_meter.readings import ReadEnergy
from hht.model.gas_meter import GasMeter
from hht.model.han.containment import REQUESTS_A_MINUTE
from hht.model.han.network import HanFailure
from hht.model.han.survey import before_leaving, loss_db, survey
from hht.model.premises import Premises, bring_to_life, load_premises
from hht.model.premises_plan import parse_premises
from hht.model.radio.medium import RadioMedium
from hht.resources import resource_text
from tests.model.wan.homes import after, home_with, hub


def cottage(clock: ManualClock, *, dual: bool) -> Premises:
    text = resource_text("premises", "stone-cottage.toml")
    if not dual:
        text = text.replace('kind = "communications-hub"', 'kind = "communications-hub"\ndual_band = false')
        text = text.replace("dual_band = true\n", "")
        text = text.replace("option = 3", "option = 1")
    return bring_to_life(parse_premises(text, name="cottage", file="cottage.toml"), clock=clock, days=1)


@pytest.mark.requirement("HAN-16", "HAN-17")
def test_a_network_is_fit_when_it_serves_the_other_fuel_too_which_may_take_a_second_band(clock: ManualClock) -> None:
    whole = survey(hub(cottage(clock, dual=True)))
    assert all(one.served for one in whole)
    assert {DeviceKind.ESME, DeviceKind.GSME} <= {one.kind for one in whole}
    single = cottage(clock, dual=False)
    unserved = {one.kind for one in survey(hub(single)) if not one.served}
    assert DeviceKind.GSME in unserved  # the electricity fitter's own kit works, and yet it is not fit
    assert DeviceKind.ESME not in unserved
    assert any("gsme-1 is not heard" in line for line in before_leaving(hub(single), prepaid=False, accessible=True))


@pytest.mark.requirement("HAN-12")
def test_propagation_is_the_signal_lost_between_the_meters_and_to_the_display(clock: ManualClock) -> None:
    home = load_premises("stone-cottage", clock=clock, days=1)
    radio = home.medium
    assert isinstance(radio, RadioMedium)
    for one, other in (("esme-1", "gsme-1"), ("esme-1", "ihd-1")):
        low, high = loss_db(radio, "868", one, other), loss_db(radio, "2400", one, other)
        assert 0 < low < high
        assert loss_db(radio, "2400", other, one) == high
        radio.extra_loss[other] = 100
        assert loss_db(radio, "2400", one, other) == high + 100


@pytest.mark.requirement("CAD-20")
def test_a_device_that_asks_without_end_is_contained_and_found(clock: ManualClock) -> None:
    home = home_with("[mains]\noutages = 0\n", clock)
    rogue, network, gas = home.of(AccessDevice)[0], hub(home).network, home.of(GasMeter)[0]
    for _request in range(REQUESTS_A_MINUTE):
        network.ask(rogue, home.device(), ReadEnergy())
    with pytest.raises(HanFailure, match="without end"):
        network.ask(rogue, home.device(), ReadEnergy())
    others = next(device for device in home.of(HomeDisplay) if device.kind is DeviceKind.IHD)
    assert others.collect().electricity
    gas.wake()
    assert hub(home).gpf.age_s == 0
    (found,) = [one for one in survey(hub(home)) if one.noisy]
    assert (found.device, found.noisy) == (rogue.name, 1)
    assert before_leaving(hub(home), prepaid=False, accessible=True) == (
        f"{rogue.name} asks without end: 1 requests were dropped.",
    )
    after(home, clock, 60)
    assert network.ask(rogue, home.device(), ReadEnergy())  # it is heard again when it calms down


@pytest.mark.requirement("PPM-16")
def test_no_display_in_range_and_a_meter_out_of_reach_is_told_before_leaving(clock: ManualClock) -> None:
    home = home_with("[mains]\noutages = 0\n", clock)
    (box,) = home.of(CommunicationsHub)
    assert before_leaving(box, prepaid=True, accessible=False) == ()
    for device in home.of(HomeDisplay):
        device.switch(False)
    warned = before_leaving(box, prepaid=True, accessible=False)
    assert "Nobody can reach the meters" in warned[-1]
    assert not any("Nobody" in line for line in before_leaving(box, prepaid=True, accessible=True))
    assert not any("Nobody" in line for line in before_leaving(box, prepaid=False, accessible=False))
