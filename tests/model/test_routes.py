"""Routes by which people get at their own figures: each is tried, and shows what the meter has or why it shows none."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from hht.clock import ManualClock
from hht.model.consumer_devices.bridge import ConsumerBridge
from hht.model.consumer_devices.routes import Route, routes
from hht.model.premises import Premises, load_premises
from hht.model.wan.archive import Span
from tests.model.wan.homes import after, home_with

NAMES = ["display", "local-pc", "mobile-phone", "internet", "supplier"]


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock(datetime(2026, 6, 17, 12, tzinfo=UTC))


def tried(home: Premises) -> dict[str, Route]:
    found = routes(home)
    assert [one.name for one in found] == NAMES
    assert all(bool(one.shows) is one.open for one in found)
    return {one.name: one for one in found}


@pytest.mark.requirement("EED-08")
def test_the_internet_and_a_mobile_phone_show_the_meters_register_by_way_of_a_bridge(clock: ManualClock) -> None:
    home = load_premises("consumer-bridge", clock=clock, days=1)
    found = tried(home)
    register = f"esme-1: {home.device().registers()[0]} Wh"
    for name in ("mobile-phone", "internet"):
        assert (found[name].open, found[name].by) == (True, "bridge-1")
        assert register in found[name].shows
    assert not found["local-pc"].open
    bridge = home.of(ConsumerBridge)[0]
    bridge.network(up=False)
    assert tried(home)["internet"].why == "the home's own network is down"
    bridge.network(up=True)
    assert tried(home)["mobile-phone"].open


@pytest.mark.requirement("EED-08")
def test_a_computer_at_home_reads_by_its_dongle_and_only_while_that_is_on_the_han(clock: ManualClock) -> None:
    home = load_premises("dual-fuel", clock=clock, days=1)
    found = tried(home)
    assert found["local-pc"].by == "cad-1"
    assert f"{home.device().registers()[0]} Wh" in found["local-pc"].shows
    assert found["display"].open
    assert not found["internet"].open
    dongle = home.find("cad-1").node
    assert dongle is not None
    dongle.leave()
    assert tried(home)["local-pc"].why == "no dongle for a computer is paired here"


@pytest.mark.requirement("EED-08")
def test_the_suppliers_site_shows_what_it_collected_by_night(clock: ManualClock) -> None:
    home = home_with("[wan]\nsearch_s = 60\n[centre]\n", clock)
    assert tried(home)["supplier"].why == "no supplier keeps an archive here"
    home = home_with("[wan]\nsearch_s = 60\n[centre]\narchive = true\n", clock)
    after(home, clock, 2 * 86_400)
    found = tried(home)["supplier"]
    assert (found.open, found.by) == (True, "Example Energy (IS)")
    used = home.centre.archives["esme-1"].usage(Span.DAY, date(2026, 6, 18)) if home.centre is not None else None
    assert used is not None
    assert found.shows == f"esme-1: {used.total} on 2026-06-18"
    assert used.total > 0
