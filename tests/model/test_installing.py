"""The same installation with a handheld terminal and without one: both come to their end, and take their time."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from hht.clock import ManualClock
from hht.model.communications_hub import CommunicationsHub
from hht.model.device import DeviceKind
from hht.model.gas_meter import GasMeter
from hht.model.installing import InstallingError, Way, by_terminal, by_wan
from hht.model.meter_clock import TimeStatus
from hht.model.premises import Premises, bring_to_life, load_premises
from hht.model.premises_plan import parse_premises
from hht.resources import resource_text

NOON = datetime(2026, 6, 17, 12, tzinfo=UTC)


def fitted(service: str = "core") -> tuple[Premises, ManualClock]:
    text = resource_text("premises", "new-dual-fuel.toml").replace("[wan]", f'[wan]\nservice = "{service}"')
    clock = ManualClock(NOON)
    return bring_to_life(parse_premises(text, name="new", file="new.toml"), clock=clock, days=1), clock


def stands(home: Premises) -> bool:
    """Meters and display joined, the gas mirrored, both clocks set."""
    meters = [home.device(), home.of(GasMeter)[0]]
    display = next(one for one in home.devices if one.kind is DeviceKind.IHD)
    joined = all(one.node is not None and one.node.joined for one in (*meters, display))
    return joined and all(one.clock.times_set and one.clock.status is TimeStatus.RELIABLE for one in meters)


def seconds(way: Way, words: str) -> float:
    return next(at for title, at in way.ends_s if words in title)


@pytest.mark.requirement("HHT-09")
def test_without_a_terminal_everything_is_installed_over_the_wan_and_the_two_ways_are_held_side_by_side() -> None:
    remote, clock = fitted()
    way = by_wan(remote, clock)
    assert way.whole
    assert stands(remote)
    hub = remote.of(CommunicationsHub)[0]
    assert all(row.kind is not DeviceKind.HHT for row in hub.device_log.entries.values()), "no terminal was ever here"
    at_site, clock = fitted()
    other = by_terminal(at_site, clock)
    assert other.whole
    assert stands(at_site)
    assert [title for title, _at in way.ends_s] == [title for title, _at in other.ends_s], "the same orders"
    assert way.seconds > 1800, "the gas meter is heard when it wakes, twice"
    assert other.seconds < 600, "with a terminal somebody stands there and wakes it"
    assert seconds(way, "set the clock of gsme-1") > 10 * seconds(other, "set the clock of gsme-1")


@pytest.mark.requirement("HHT-09")
def test_where_there_is_no_wan_only_the_terminal_gets_on_and_a_clock_waits_for_it() -> None:
    remote, clock = fitted("none")
    way = by_wan(remote, clock)
    assert not way.whole
    assert way.ends_s == []
    assert "there is no WAN" in way.why
    at_site, clock = fitted("none")
    other = by_terminal(at_site, clock)
    assert [title for title, _at in other.ends_s] == ["list and join esme-1"]
    assert other.why.startswith("set the clock of esme-1"), "the hub itself has no time yet"


def test_where_all_has_joined_there_is_nothing_to_install() -> None:
    clock = ManualClock(NOON)
    for name in ("dual-fuel-connected", "single-element"):
        with pytest.raises(InstallingError, match="Nothing waits"):
            by_wan(load_premises(name, clock=clock, days=1), clock)
