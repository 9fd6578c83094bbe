"""What else transmits: on which channels, when, and what coordinator and links make of it."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hht.clock import ManualClock
from hht.model.plan_file import PremisesError
from hht.model.premises import load_premises
from hht.model.premises_plan import parse_premises
from hht.model.radio.bands import BANDS, Material
from hht.model.radio.house import House, Room, Spot
from hht.model.radio.interference import Source, channels, edges_khz, microwave_oven, together, wi_fi
from hht.model.radio.medium import RadioMedium
from hht.resources import resource_path

BAND = BANDS["2400"]
NOON = 12 * 3600 * 1000 + 1800 * 1000
NIGHT = 3 * 3600 * 1000
ALWAYS = 1000


def medium(*sources: Source) -> RadioMedium:
    rooms = (Room("kitchen", 0, 0, 6000, 5000), Room("shed", 30_000, 0, 4000, 4000, 0, Material.METAL))
    spots = {"hub-1": Spot(500, 500), "ihd-1": Spot(4000, 3000)}
    radio = RadioMedium(House(rooms, spots=spots), 1)
    radio.sources.extend(sources)
    return radio


def covered(source: Source) -> list[int]:
    return [channel for channel in channels(BAND) if source.covers(*edges_khz(BAND, channel))]


def test_wi_fi_covers_four_channels_of_the_han_and_leaves_four_free() -> None:
    assert list(channels(BAND)) == list(range(11, 27))
    assert covered(wi_fi(1)) == [11, 12, 13, 14]
    assert covered(wi_fi(6)) == [16, 17, 18, 19]
    assert covered(wi_fi(11)) == [21, 22, 23, 24]
    assert covered(microwave_oven()) == list(range(18, 25))


def test_a_scan_sees_what_is_on_and_the_coordinator_takes_what_is_free() -> None:
    radio = medium(wi_fi(1), wi_fi(6), wi_fi(11))
    scan = {energy.channel: energy for energy in radio.scan(BAND, "hub-1", NIGHT)}
    assert [channel for channel, energy in scan.items() if not energy.busy] == [15, 20, 25, 26]
    assert scan[11].strongest_dbm == 18
    radio.choose("hub-1", NIGHT)
    assert radio.channels == {("hub-1", "2400"): 15}
    assert "channel 15" in radio.title
    assert radio.busy(BAND, "ihd-1", "hub-1", NIGHT) == 0


@pytest.mark.requirement("HAN-14")
def test_busy_air_delays_on_its_own_channel_and_more_so_with_every_source() -> None:
    radio = medium()
    radio.choose("hub-1", NIGHT)
    delays = []
    for number in range(4):
        link = radio.quality("ihd-1", "hub-1", NIGHT)
        assert link.success == 1000
        delays.append(link.delay_ms)
        radio.sources.append(wi_fi(1, f"neighbour {number}"))
    assert delays == sorted(set(delays))
    assert delays[-1] > 5 * delays[0]
    radio.choose("hub-1", NIGHT)  # formed anew, it goes where it is quiet
    assert radio.quality("ihd-1", "hub-1", NIGHT).delay_ms == delays[0]


def test_a_microwave_oven_is_there_at_meal_times() -> None:
    oven = microwave_oven(share=ALWAYS)
    radio = medium(oven)
    radio.channels["hub-1", "2400"] = 20
    assert radio.quality("ihd-1", "hub-1", NIGHT).delay_ms < radio.quality("ihd-1", "hub-1", NOON).delay_ms
    radio.channels["hub-1", "2400"] = 26  # above the oven
    assert radio.busy(BAND, "ihd-1", "hub-1", NOON) == 0


def test_it_runs_in_some_five_minutes_of_them_the_same_on_every_machine() -> None:
    oven = microwave_oven()
    slots = [oven.on(7, day * 86_400_000 + NOON) for day in range(1000)]
    assert 200 < sum(slots) < 300
    assert slots == [oven.on(7, day * 86_400_000 + NOON + 60_000) for day in range(1000)]
    assert not any(oven.on(7, day * 86_400_000 + NIGHT) for day in range(100))
    over_midnight = Source("x", 1, 2, spans=((22 * 3600, 6 * 3600),))
    assert (over_midnight.on(1, NIGHT), over_midnight.on(1, NOON)) == (True, False)


def test_what_is_far_behind_metal_is_not_heard() -> None:
    shed = Spot(32_000, 2000, 0, Material.METAL)
    radio = medium(wi_fi(1, duty=900, spot=shed))
    radio.channels["hub-1", "2400"] = 11
    assert radio.busy(BAND, "ihd-1", "hub-1", NIGHT) == 0
    radio.sources[:] = [wi_fi(1, duty=900, spot=Spot(3000, 3000))]
    assert radio.busy(BAND, "ihd-1", "hub-1", NIGHT) == 900


@given(st.lists(st.integers(0, 1000), max_size=6))
def test_shares_come_together_between_the_largest_and_their_sum(shares: list[int]) -> None:
    assert max(shares, default=0) <= together(shares) + 1
    assert together(shares) <= min(1000, sum(shares) + 1)


SOURCES = """
[[radio.source]]
kind = "wi-fi"
channel = 1
duty = 400
at = { room = "parlour" }

[[radio.source]]
kind = "microwave-oven"
on = [["17:00", "20:00"]]

[[radio.source]]
kind = "other"
name = "baby monitor"
mhz = [867.9, 868.3]
"""


def cottage(sources: str = SOURCES) -> str:
    text = resource_path("premises", "stone-cottage.toml").read_text(encoding="utf-8")
    return text.replace("[[device]]", f"{sources}\n[[device]]", 1)


def test_a_file_says_what_else_transmits() -> None:
    plan = parse_premises(cottage(), name="x", file="x.toml")
    wifi, oven, monitor = plan.radio.sources
    assert (wifi.name, wifi.duty, wifi.spot is not None) == ("Wi-Fi 1", 400, True)
    assert oven.spans == ((17 * 3600, 20 * 3600),)
    assert monitor.covers(868_000, 868_100)


@pytest.mark.parametrize(
    ("old", "new", "field"),
    [
        ("channel = 1", "channel = 14", "channel"),
        ("mhz = [867.9, 868.3]", "mhz = [868.3, 867.9]", "mhz"),
        ("mhz = [867.9, 868.3]", "mhz = [500, 501]", "mhz"),
        ("duty = 400", "duty = 1001", "duty"),
        ('kind = "other"', 'kind = "fridge"', "kind"),
        ('room = "parlour"', 'room = "attic"', "room"),
    ],
)
def test_what_is_wrong_with_a_source_is_told_by_its_field(old: str, new: str, field: str) -> None:
    with pytest.raises(PremisesError, match=field):
        parse_premises(cottage(SOURCES.replace(old, new)), name="x", file="x.toml")


def test_a_bench_hears_no_sources() -> None:
    bench = 'title = "x"\n[[radio.source]]\nkind = "wi-fi"\n[[device]]\n'
    with pytest.raises(PremisesError, match="bench"):
        parse_premises(bench, name="x", file="x.toml")


def test_a_hub_has_its_channels_from_the_start() -> None:
    clock = ManualClock(datetime(2026, 11, 21, 10, tzinfo=UTC))
    home = load_premises("stone-cottage", clock=clock, days=1)
    assert isinstance(home.medium, RadioMedium)
    assert home.medium.channels == {("hub-1", "2400"): 11, ("hub-1", "868"): 1}
