"""Where a hub is fitted, what feeds it, what it has in reserve, what is sensed when somebody takes it off."""

from __future__ import annotations

import pytest

from hht.clock import ManualClock
from hht.model.alert_codes import AlertCode
from hht.model.communications_hub.commands import ReadDeviceLog
from hht.model.communications_hub.power import Feed
from hht.model.electricity_meter import SupplyState
from hht.model.electricity_meter.supply import DisableSupply, EnableSupply
from hht.model.gas_meter import GasMeter
from hht.model.gas_meter.valve import CloseValve
from hht.model.han.network import HanFailure
from hht.model.parties import Party, UserRole
from hht.model.plan_file import PremisesError
from hht.model.premises import Premises, bring_to_life
from hht.model.premises_plan import parse_premises
from hht.model.wan import WanState, WanTrouble
from hht.resources import resource_text
from tests.model.wan.homes import after, home_with, hub

SUPPLIER = Party("Example Energy", UserRole.IMPORT_SUPPLIER)
GAS_SUPPLIER = Party("Example Gas", UserRole.GAS_SUPPLIER)
DCC = Party("DCC", UserRole.DCC)
WAN = "[mains]\noutages = 0\n[wan]\nsearch_s = 100\n"


def fitted(clock: ManualClock, line: str, *, top: str = WAN) -> Premises:
    """The dual-fuel home with one more line in the hub's table."""
    kind = 'kind = "communications-hub"'
    head, mark, devices = resource_text("premises", "dual-fuel.toml").partition("[[device]]")
    text = head + top + mark + devices.replace(kind, f"{kind}\n{line}", 1)
    return bring_to_life(parse_premises(text, name="home", file="home.toml"), clock=clock, days=1)


def codes(home: Premises) -> list[int]:
    return [alert.code for alert in hub(home).outbox if alert.device == "hub-1"]


@pytest.mark.requirement("CH-08")
@pytest.mark.parametrize(("mounting", "stays"), [("hot-shoe", True), ("cradle", True), ("alone", False)])
def test_a_hub_before_the_meter_stays_on_when_the_contactor_opens(
    clock: ManualClock, mounting: str, stays: bool
) -> None:
    home = fitted(clock, f'mounting = "{mounting}"')
    home.device().execute(DisableSupply(), SUPPLIER)
    assert home.device().supply is SupplyState.DISABLED
    assert hub(home).powered is stays
    assert home.wan[0].listening is stays
    home.device().execute(EnableSupply(), SUPPLIER)
    assert hub(home).powered


def test_what_feeds_it(clock: ManualClock) -> None:
    feeds = {mounting: hub(fitted(clock, f'mounting = "{mounting}"')).power.feed for mounting in ("hot-shoe", "cradle")}
    assert feeds == {"hot-shoe": Feed.METER, "cradle": Feed.CRADLE}
    home = fitted(clock, 'mounting = "alone"')
    assert hub(home).power.feed is Feed.SOCKET
    hub(home).power.meter = None
    assert hub(home).power.feed is Feed.MAINS


@pytest.mark.requirement("CH-10")
def test_a_hub_comes_off_its_meter_and_none_is_built_in(clock: ManualClock) -> None:
    home = fitted(clock, 'mounting = "hot-shoe"')
    meter, power = home.device(), hub(home).power
    before = meter.registers()[0]
    power.remove()
    power.remove()  # twice is once
    assert not hub(home).powered
    assert [entry.code for entry in meter.security_log][-1] == AlertCode.COMMUNICATIONS_HUB_DISCONNECTED
    after(home, clock, 7200)
    assert meter.registers()[0] > before  # the meter is whole without it
    assert AlertCode.TAMPER_DETECTED not in codes(home)
    power.fit()
    power.fit()
    assert hub(home).powered
    assert list(meter.event_log)[-1].code == AlertCode.COMMUNICATIONS_HUB_CONNECTED
    with pytest.raises(PremisesError, match="mounting"):
        fitted(clock, 'mounting = "integrated"')


def test_a_hub_out_of_its_cradle_tells_so_itself_and_one_alone_tells_nothing(clock: ManualClock) -> None:
    told = {}
    for mounting in ("cradle", "alone"):
        home = fitted(clock, f'mounting = "{mounting}"', top="[mains]\noutages = 0\n")
        hub(home).power.remove()
        told[mounting] = codes(home)
        assert AlertCode.COMMUNICATIONS_HUB_DISCONNECTED not in [one.code for one in home.device().security_log]
        after(home, clock, 180)
        assert codes(home)[-1] == AlertCode.SUPPLY_INTERRUPTED
    assert told == {"cradle": [AlertCode.TAMPER_DETECTED], "alone": []}


def test_an_opened_case_is_told_when_there_is_power(clock: ManualClock) -> None:
    home = fitted(clock, "", top="[mains]\noutages = 0\n")
    hub(home).power.open_case()
    assert codes(home) == [AlertCode.TAMPER_DETECTED]
    assert list(hub(home).security_log)[-1].code == AlertCode.TAMPER_DETECTED
    home.mains.switch(False)
    hub(home).power.open_case()
    assert codes(home) == [AlertCode.TAMPER_DETECTED]
    home.mains.switch(True)
    assert codes(home) == [AlertCode.TAMPER_DETECTED] * 2


@pytest.mark.requirement("CH-12")
@pytest.mark.parametrize(("reserve", "told"), [(300, True), (180, True), (179, False), (0, False)])
def test_the_last_message_needs_stored_energy(clock: ManualClock, reserve: int, told: bool) -> None:
    home = fitted(clock, f"reserve_s = {reserve}", top="[mains]\noutages = 0\n")
    home.mains.switch(False)
    after(home, clock, 200)
    assert codes(home) == ([AlertCode.SUPPLY_INTERRUPTED] if told else [])
    home.mains.switch(True)
    assert codes(home) == ([AlertCode.SUPPLY_INTERRUPTED, AlertCode.SUPPLY_OUTAGE_RESTORED_LONG] if told else [])


@pytest.mark.requirement("CH-12")
def test_a_worn_or_half_charged_reserve_tells_nothing(clock: ManualClock) -> None:
    home = fitted(clock, "", top="[mains]\noutages = 0\n")
    home.mains.switch(False)
    after(home, clock, 170)
    home.mains.switch(True)
    after(home, clock, 30)  # 130 s were left, and 30 s were charged
    assert hub(home).power.lasts_ms == 160_000
    home.mains.switch(False)
    after(home, clock, 300)
    assert codes(home) == []
    home.mains.switch(True)
    after(home, clock, 3600)
    assert hub(home).power.lasts_ms == 300_000
    hub(home).faults.add("reserve-worn")
    home.mains.switch(False)
    after(home, clock, 300)
    assert codes(home) == []


def test_without_mains_it_saves_its_power_for_the_last_message(clock: ManualClock) -> None:
    home = home_with(WAN, clock)
    (module,) = home.wan
    home.mains.switch(False)
    after(home, clock, 60)
    assert not hub(home).network.powered
    assert module.state is WanState.CONNECTED
    assert (module.passing, module.listening, module.trouble) == (True, False, WanTrouble.NO_POWER)
    after(home, clock, 121)
    assert module.state is WanState.OFF
    home.mains.switch(True)
    after(home, clock, 101)
    assert module.listening


def test_queued_messages_outlast_a_power_cut(clock: ManualClock) -> None:
    home = home_with("[mains]\noutages = 0\n", clock)
    box, gas = hub(home), home.of(GasMeter)[0]
    home.device().alert(AlertCode.BATTERY_LOW)
    delivery = box.deliveries.deliver(gas.identity.device_id, CloseValve(), GAS_SUPPLIER)
    home.mains.switch(False)
    after(home, clock, 600)
    assert gas.supply is SupplyState.ENABLED
    home.mains.switch(True)
    assert AlertCode.BATTERY_LOW in [alert.code for alert in box.outbox]
    after(home, clock, 1800)
    assert gas.supply is SupplyState.DISABLED
    assert delivery.answer is not None
    for _number in range(600):
        box.alert(AlertCode.TAMPER_DETECTED)
    assert len(box.outbox) == 500
    assert box.execute(ReadDeviceLog(), DCC)


def test_a_hub_in_the_dark_counts_no_frames_that_failed(clock: ManualClock) -> None:
    home = fitted(clock, 'mounting = "hot-shoe"')
    heard = hub(home).device_log.entries[home.device().identity.device_id].statistics
    before = heard.failed
    hub(home).power.remove()
    with pytest.raises(HanFailure):
        hub(home).network.carry("esme-1")
    assert heard.failed == before, "13 months of street outages would look like a link that fails"
    hub(home).power.fit()
    hub(home).network.jammed = True
    with pytest.raises(HanFailure):
        hub(home).network.carry("esme-1")
    assert heard.failed > before
