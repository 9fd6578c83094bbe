"""Who notices that a premises is off supply and who tells it; a street's restoration; who need not report."""

from __future__ import annotations

import pytest

from hht.clock import ManualClock
from hht.model.alert_codes import AlertCode
from hht.model.alert_routes import LogName
from hht.model.communications_hub import CommunicationsHub
from hht.model.device import Alert
from hht.model.parties import UserRole
from hht.model.plan_file import PremisesError
from hht.model.premises import Premises, bring_to_life
from hht.model.premises_plan import parse_premises
from hht.model.wan.mailbox import Notice
from hht.model.wan.outage_map import OutageMap
from hht.resources import resource_text
from tests.model.wan.homes import after, home_with

CENTRE = "[mains]\noutages = 0\n[wan]\nsearch_s = 60\n"


def home_of(clock: ManualClock, line: str = "", *, regime: str = "mass-roll-out") -> Premises:
    text = resource_text("premises", "dual-fuel.toml")
    text = text.replace("[[device]]", f'{CENTRE}[centre]\nregime = "{regime}"\n\n[[device]]', 1)
    text = text.replace('kind = "communications-hub"', f'kind = "communications-hub"\n{line}')
    return bring_to_life(parse_premises(text, name="home", file="home.toml"), clock=clock, days=1)


def told(home: Premises) -> list[Notice]:
    """What the network operator has been told of outages."""
    assert home.centre is not None
    name = next(
        one.party.name for one in home.centre.configuration.users if one.party.role is UserRole.ELECTRICITY_DISTRIBUTOR
    )
    return home.centre.mailboxes.of(name)


@pytest.mark.requirement("DNO-04")
@pytest.mark.parametrize(
    ("placed", "device", "after_s", "information"),
    [
        ("hub", "hub-1", 180, ""),
        ("meter", "esme-1", 180, ""),
        ("network", "hub-1", 600, "missed by the network"),
    ],
)
def test_detection_is_placed_in_hub_meter_or_network(
    clock: ManualClock, placed: str, device: str, after_s: int, information: str
) -> None:
    home = home_of(clock, f'outage_detection = "{placed}"')
    lost_ms = home.site.now_ms
    home.mains.switch(False)
    after(home, clock, after_s - 1)
    assert told(home) == []
    after(home, clock, 5)
    (notice,) = told(home)
    assert (notice.alert.device, notice.code) == (device, "AD1")
    assert notice.alert.time_ms - lost_ms == after_s * 1000
    assert notice.alert.information == information
    home.mains.switch(True)
    after(home, clock, 120)
    restored = [one.alert for one in told(home) if one.alert.code == AlertCode.SUPPLY_OUTAGE_RESTORED_LONG]
    assert device in {one.device for one in restored}


def test_the_network_misses_a_hub_without_a_reserve_and_no_short_outage(clock: ManualClock) -> None:
    home = home_of(clock, 'outage_detection = "network"\nreserve_s = 0')
    home.mains.switch(False)
    after(home, clock, 300)
    home.mains.switch(True)
    after(home, clock, 600)
    assert [one for one in told(home) if one.code] == []
    home.mains.switch(False)
    after(home, clock, 601)
    assert [one.code for one in told(home) if one.code] == ["AD1"]
    with pytest.raises(PremisesError, match="outage_detection"):
        home_of(clock, 'outage_detection = "neighbour"')


@pytest.mark.requirement("DNO-05")
def test_the_meter_senses_the_loss_and_the_hub_sends_the_notice(clock: ManualClock) -> None:
    home = home_of(clock, 'outage_detection = "meter"')
    home.mains.switch(False)
    sensed = list(home.device().logs[LogName.POWER_EVENT])[-1]
    assert sensed.code == AlertCode.SUPPLY_INTERRUPTED
    (hub,) = home.of(CommunicationsHub)
    assert not hub.network.powered  # the meter itself has no way out now
    after(home, clock, 190)
    (notice,) = told(home)
    assert notice.alert.device_id == home.device().identity.device_id
    assert notice.received_ms - notice.alert.time_ms == home.wan[0].configuration.latency_ms


@pytest.mark.requirement("DNO-07")
def test_first_breath_shows_who_has_a_fault_of_its_own(clock: ManualClock) -> None:
    street = {name: home_of(clock) for name in ("no-1", "no-2", "no-3")}
    street["far"] = home_of(clock)
    feeds = {"no-1": "feeder-a", "no-2": "feeder-a", "no-3": "feeder-a", "far": "feeder-b"}
    for home in street.values():
        home.mains.switch(False)
    clock.advance(200)
    for name in ("no-1", "no-3"):
        street[name].mains.switch(True)
    clock.advance(120)
    for home in street.values():
        home.site.catch_up()
    seen = OutageMap(feeds)
    for name, home in street.items():
        seen.take(name, told(home))
    assert set(seen.since_ms) == {"no-2", "far"}
    assert seen.secondary_faults() == ("no-2",)  # the far feeder is simply still off


def test_the_last_of_the_neighbours_to_come_back_tells_of_a_fault(clock: ManualClock) -> None:
    def alert(code: AlertCode, time_ms: int) -> Notice:
        return Notice(Alert("hub-1", "00-DB-12-34-56-78-AA-A3", code, time_ms), time_ms)

    seen = OutageMap(dict.fromkeys(("no-1", "no-2", "no-3"), "feeder-a"))
    for name in ("no-1", "no-2"):
        seen.take(name, [alert(AlertCode.SUPPLY_INTERRUPTED, 1000)])
    seen.take("no-2", [alert(AlertCode.SUPPLY_OUTAGE_RESTORED, 2000)])
    seen.take("no-3", [alert(AlertCode.SUPPLY_INTERRUPTED, 3000)])
    assert seen.secondary_faults() == ("no-1",)  # nobody came back since no-3 went off
    seen.take("no-1", [alert(AlertCode.SUPPLY_OUTAGE_RESTORED, 4000)])
    assert seen.secondary_faults() == ("no-3",)


@pytest.mark.requirement("DNO-08")
@pytest.mark.parametrize("regime", ["mass-roll-out", "opted-out", "foundation"])
def test_outside_the_dcc_no_operator_is_told(clock: ManualClock, regime: str) -> None:
    home = home_of(clock, regime=regime)
    home.mains.switch(False)
    after(home, clock, 300)
    assert bool(told(home)) is (regime == "mass-roll-out")


def test_without_a_centre_the_notice_of_the_network_goes_nowhere(clock: ManualClock) -> None:
    home = home_with("[mains]\noutages = 0\n", clock)
    home.mains.switch(False)
    after(home, clock, 700)
    assert home.of(CommunicationsHub)[0].outbox


@pytest.mark.parametrize(("outages", "days"), [("0", 0), ("1e-320", 0), ("90", 10), ("100", 10)])
def test_a_street_fails_as_often_as_the_file_says(clock: ManualClock, outages: str, days: int) -> None:
    home = home_with(f"[mains]\noutages = {outages}\n", clock, base="single-element", days=10)
    lost = [one for one in home.site.chronicle if one.what == "supply lost"]
    assert len(lost) == days
