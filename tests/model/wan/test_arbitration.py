"""Where the centre decides who keeps a supply off: one party's disablement is lifted by that party's role only."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from hht.model.electricity_meter.items import SupplyState
from hht.model.electricity_meter.load_limit import LoadLimitSettings, SetLoadLimit
from hht.model.electricity_meter.supply import ArmSupply, DisableSupply, EnableSupply, ReadSupplyState
from hht.model.prepayment.commands import AdjustBalance, SetPrepaymentMode
from hht.model.prepayment.settings import ModeTerms
from hht.model.wan import Service
from hht.model.wan.access import Denial
from hht.model.wan.change_of_supplier import change_supplier
from hht.model.wan.desk import Desk
from hht.model.wan.requests import Outcome
from tests.model.wan.conftest import Site

SiteWith = Callable[..., Site]
SEVERAL = (
    "arbitration = 'centre'\n[[party]]\nname = 'P'\nrole = 'IS'\n[[party]]\nname = 'G'\nrole = 'GS'\n"
    "[[party]]\nname = 'N'\nrole = 'ED'\ncertified = 'critical'\n"
)


@pytest.mark.requirement("DNO-20")
def test_the_centre_lets_nobody_enable_what_another_disabled(site_with: SiteWith) -> None:
    site = site_with(SEVERAL)
    meter = site.home.device()
    site.network_desk.send("esme-1", DisableSupply("tampering"))
    site.desk.send("esme-1", DisableSupply())
    site.wait(5)
    assert meter.load_switch.state is SupplyState.DISABLED
    denied = site.desk.send("esme-1", ArmSupply())
    assert (denied.code, denied.why) == (Denial.OTHER_PARTY, "the supply is kept off by: N (ED)")
    assert site.network_desk.send("esme-1", ArmSupply()).why == "the supply is kept off by: P (IS)"


@pytest.mark.requirement("DNO-19", "DNO-20")
def test_when_each_has_enabled_in_turn_the_supply_comes_back(site_with: SiteWith) -> None:
    site = site_with(SEVERAL)
    meter = site.home.device()
    view = site.centre.arbiter.view(meter.identity.device_id)
    site.network_desk.send("esme-1", DisableSupply("tampering"))
    site.desk.send("esme-1", DisableSupply())
    site.wait(5)
    first = site.desk.send("esme-1", EnableSupply())
    site.wait(5)
    told = "what P (IS) disabled is lifted; the supply is kept off by: N (ED)"
    assert (first.code, first.why, meter.load_switch.closed) == (Denial.OTHER_PARTY, told, False)
    assert {str(party) for party in view.holds} == {"N (ED)"}
    second = site.network_desk.send("esme-1", EnableSupply())
    site.wait(5)
    assert (second.outcome, view.holds, meter.load_switch.closed) == (Outcome.ANSWERED, set(), True)


@pytest.mark.requirement("DNO-19", "DNO-20")
def test_a_disablement_that_did_not_arrive_takes_back_no_earlier_one(site_with: SiteWith) -> None:
    site = site_with(SEVERAL)
    module = site.home.wan[0]
    view = site.centre.arbiter.view(site.home.device().identity.device_id)
    site.desk.send("esme-1", DisableSupply())
    site.wait(5)
    module.change(service=Service.NONE)
    assert site.desk.send("esme-1", DisableSupply()).code == "N12"
    assert {str(party) for party in view.holds} == {"P (IS)"}
    module.change(service=Service.CORE)
    site.wait(120)
    assert site.network_desk.send("esme-1", EnableSupply()).why == "the supply is kept off by: P (IS)"
    site.desk.send("esme-1", EnableSupply())
    site.wait(5)
    assert (view.holds, site.home.device().load_switch.closed) == (set(), True)


@pytest.mark.requirement("DNO-20")
def test_a_disablement_sent_after_an_enablement_counts_when_that_is_answered(site_with: SiteWith) -> None:
    site = site_with(SEVERAL)
    site.desk.send("esme-1", EnableSupply())
    site.desk.send("esme-1", DisableSupply())
    site.wait(20)
    assert site.home.device().load_switch.state is SupplyState.DISABLED
    assert site.network_desk.send("esme-1", EnableSupply()).code == Denial.OTHER_PARTY


@pytest.mark.requirement("DNO-20")
def test_the_next_supplier_lifts_what_the_one_before_disabled(site_with: SiteWith) -> None:
    site = site_with(SEVERAL)
    site.desk.send("esme-1", DisableSupply())
    site.wait(5)
    gaining = change_supplier(site.centre, "P", "Q").gaining
    enabled = Desk(site.centre, gaining).send("esme-1", EnableSupply())
    site.wait(5)
    assert (enabled.outcome, site.home.device().load_switch.closed) == (Outcome.ANSWERED, True)


@pytest.mark.requirement("DNO-20", "DNO-24")
def test_what_one_party_merely_armed_no_other_enables_from_afar(site_with: SiteWith) -> None:
    site = site_with(SEVERAL)
    meter = site.home.device()
    view = site.centre.arbiter.view(meter.identity.device_id)
    site.network_desk.send("esme-1", DisableSupply("tampering"))
    site.wait(5)
    site.network_desk.send("esme-1", ArmSupply())
    site.wait(5)
    denied = site.desk.send("esme-1", EnableSupply())
    told = "the supply is armed, and not enabled, by: N (ED)"
    assert (denied.code, denied.why, meter.load_switch.state) == (Denial.OTHER_PARTY, told, SupplyState.ARMED)
    assert site.desk.send("esme-1", ArmSupply()).outcome is Outcome.SENT  # leaves it to the same person
    site.wait(5)
    site.network_desk.send("esme-1", EnableSupply())
    assert "by: P (IS)" in site.network_desk.send("esme-1", EnableSupply()).why
    site.desk.send("esme-1", EnableSupply())
    site.wait(5)
    assert (meter.load_switch.closed, view.armed) == (True, set())


@pytest.mark.requirement("DNO-20")
def test_when_somebody_has_pressed_the_button_nobody_has_armed_it_any_more(site_with: SiteWith) -> None:
    site = site_with(SEVERAL)
    meter = site.home.device()
    view = site.centre.arbiter.view(meter.identity.device_id)
    site.network_desk.send("esme-1", DisableSupply("tampering"))
    site.wait(5)
    site.network_desk.send("esme-1", ArmSupply())
    site.wait(5)
    meter.load_switch.press()
    site.desk.send("esme-1", ReadSupplyState())
    site.wait(5)
    assert (view.state, view.armed) == (SupplyState.ENABLED, set())
    assert site.desk.send("esme-1", EnableSupply()).outcome is Outcome.SENT


@pytest.mark.requirement("DNO-19", "DNO-20")
@pytest.mark.parametrize("topped_up", [True, False])
def test_a_network_operator_lifts_nothing_that_the_meter_does_for_its_supplier(
    site_with: SiteWith, topped_up: bool
) -> None:
    site = site_with(SEVERAL)
    meter = site.home.device()
    meter.execute(SetPrepaymentMode(ModeTerms()), site.desk.party)  # without credit: switched off
    site.wait(60)
    told = "the supply is kept off by: the meter itself"
    assert site.network_desk.send("esme-1", EnableSupply()).why == told
    if topped_up:
        meter.execute(AdjustBalance(1_000_000), site.desk.party)
        site.wait(60)
        told = "the supply is armed, and not enabled, by: the meter itself"
        assert site.network_desk.send("esme-1", EnableSupply()).why == told
        meter.display.press("enable")
        site.desk.send("esme-1", ReadSupplyState())
    else:
        site.network_desk.send("esme-1", DisableSupply("tampering"))
        site.wait(5)
        assert site.network_desk.send("esme-1", EnableSupply()).why == f"what N (ED) disabled is lifted; {told}"
        assert not meter.load_switch.closed
        site.desk.send("esme-1", EnableSupply())
    site.wait(30)
    view = site.centre.arbiter.view(meter.identity.device_id)
    assert meter.load_switch.closed
    assert (view.holds, view.armed, view.state) == (set(), set(), SupplyState.ENABLED)


@pytest.mark.requirement("DNO-19")
def test_a_load_limit_that_was_restored_keeps_nothing_off(site_with: SiteWith) -> None:
    site = site_with(SEVERAL)
    meter = site.home.device()
    view = site.centre.arbiter.view(meter.identity.device_id)
    meter.execute(SetLoadLimit(LoadLimitSettings(1, 5, 60)), site.desk.party)
    site.wait(40)
    assert {str(party) for party in view.holds} == {"the meter itself (IS)"}
    meter.execute(SetLoadLimit(LoadLimitSettings()), site.desk.party)
    site.wait(60)
    assert (view.holds, view.confirmed, meter.load_switch.closed) == (set(), SupplyState.ENABLED, True)


@pytest.mark.requirement("DNO-19")
def test_a_network_operator_enables_nothing_that_it_did_not_disable(site_with: SiteWith) -> None:
    site = site_with(SEVERAL)
    site.home.device().load_switch.disable("it came so", "nobody told the centre")
    assert site.network_desk.send("esme-1", EnableSupply()).why == "the supply is not kept off by N (ED)"
