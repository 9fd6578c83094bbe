"""Who is responsible for a hub, what fitting one takes, and how the centre sees from afar that one has failed."""

from __future__ import annotations

import pytest

from hht.clock import ManualClock
from hht.model.alert_codes import AlertCode
from hht.model.communications_hub.fitting import Need, fitting_needs
from hht.model.communications_hub.power import Mounting
from hht.model.consumer_devices.displays import HomeDisplay
from hht.model.plan_file import PremisesError
from hht.model.wan import Service, WanState, WanTrouble
from hht.model.wan.coverage import HubDuty, Ownership
from hht.model.wan.self_service import SelfService
from tests.model.wan.homes import after, home_with, hub

WAN = "[mains]\noutages = 0\n[wan]\nsearch_s = 60\n"


@pytest.mark.requirement("CHR-03")
@pytest.mark.parametrize("duty", list(HubDuty))
@pytest.mark.parametrize("ownership", list(Ownership))
def test_each_function_is_assignable_to_provider_or_supplier(
    clock: ManualClock, duty: HubDuty, ownership: Ownership
) -> None:
    for owner in Ownership:
        top = f'{WAN}ownership = "{ownership}"\n{owner}_duties = ["{duty}"]\n'
        home = home_with(top, clock)
        assert home.plan.wan is not None
        assert home.plan.wan.duties[duty] is owner
        others = {one: who for one, who in home.plan.wan.duties.items() if one is not duty}
        usual = home_with(f'{WAN}ownership = "{ownership}"\n', clock).plan.wan
        assert usual is not None
        assert others == {one: who for one, who in usual.duties.items() if one is not duty}
    with pytest.raises(PremisesError, match="both the provider's and the supplier's"):
        home_with(f'{WAN}csp_duties = ["{duty}"]\nsupplier_duties = ["{duty}"]\n', clock)


@pytest.mark.requirement("CHR-13")
def test_gas_first_needs_a_safe_supply_somebody_competent_and_leave_from_the_networks_side() -> None:
    alone = fitting_needs(Mounting.ALONE, gas_first=True)
    assert alone == (Need.SAFE_SUPPLY, Need.ELECTRICALLY_COMPETENT)
    before_the_meter = fitting_needs(Mounting.CRADLE, gas_first=True)
    assert before_the_meter == (*alone, Need.OPERATOR_AUTHORISATION)
    assert Need.SMART_ELECTRICITY_METER in fitting_needs(Mounting.HOT_SHOE, gas_first=True)
    assert fitting_needs(Mounting.HOT_SHOE, gas_first=False) == (Need.ELECTRICALLY_COMPETENT,)


@pytest.mark.requirement("CH-13")
@pytest.mark.parametrize("ownership", ["csp", "supplier"])
def test_the_centre_finds_a_faulty_hub_from_afar_whoever_owns_it(clock: ManualClock, ownership: str) -> None:
    home = home_with(f'{WAN}ownership = "{ownership}"\n[centre]\n', clock)
    assert home.centre is not None
    service = SelfService(home.centre)
    fresh = service.diagnostics(hub(home))
    assert fresh.fresh
    assert fresh.parts["han"].startswith("formed")
    hub(home).network.open_joining(60)
    assert service.diagnostics(hub(home)).parts["han"] == "lets devices join"
    hub(home).power.remove()
    after(home, clock, 200)
    seen = service.diagnostics(hub(home))
    assert (seen.fresh, seen.taken_ms <= home.site.now_ms - 200_000) == (False, True)
    assert service.raise_incident(home.centre.own_party, hub(home), "silent").assigned == (
        "csp" if ownership == "csp" else "Example Energy"
    )


@pytest.mark.requirement("IDT-02")
def test_logs_and_what_waits_for_the_wan_are_bounded(clock: ManualClock) -> None:
    home = home_with("[mains]\noutages = 0\n", clock)
    for _number in range(700):
        home.device().alert(AlertCode.BATTERY_LOW)
        home.device().alert(AlertCode.AUXILIARY_SWITCH_CHANGED)  # kept in its log, sent to nobody
    assert {len(log) for log in home.device().logs.values()} <= set(range(101))
    assert len(home.device().event_log) == 100
    assert len(hub(home).outbox) == 500
    assert all(alert.code != AlertCode.AUXILIARY_SWITCH_CHANGED for alert in hub(home).outbox)


@pytest.mark.requirement("EDG-06", "EDG-09")
def test_the_home_works_without_wan_and_lost_is_not_never(clock: ManualClock) -> None:
    never = home_with(f'{WAN}service = "none"\n', clock)
    lost = home_with(WAN, clock)
    lost.wan[0].change(service=Service.NONE)
    assert [home.wan[0].trouble for home in (never, lost)] == [WanTrouble.NEVER, WanTrouble.LOST]
    assert [home.wan[0].state for home in (never, lost)] == [WanState.NO_SERVICE] * 2
    for home in (never, lost):
        collected = home.of(HomeDisplay)[0].collect()
        assert collected.electricity
        assert collected.missing == ()
