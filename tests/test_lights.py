"""What lights mean: by what is seen, and by tapping along in virtual time."""

from __future__ import annotations

import random
from datetime import UTC, datetime

import pytest

from hht.clock import ManualClock
from hht.lights import LedTable, LightsError, Pattern, by_description, by_taps, led_table, led_tables, likely

SMETS1 = "smets1 meter"


def tapped(pattern: Pattern, rng: random.Random, flashes: int = 8, *, hand_s: float = 0.05) -> list[float]:
    """Somebody watches a light for so many flashes and taps along, by a clock that only the light moves."""
    clock = ManualClock(datetime(2026, 11, 22, tzinfo=UTC))
    clock.advance(rng.uniform(0, 5))
    taps, lit, step_ms = [], pattern.lit_at(round(clock.monotonic() * 1000)), 20
    while len(taps) < flashes:
        clock.advance(step_ms / 1000)
        now = pattern.lit_at(round(clock.monotonic() * 1000))
        if now and not lit:
            taps.append(clock.monotonic() + 0.2 + rng.gauss(0, hand_s))
        lit = now
    return taps


def hub() -> LedTable:
    return led_table("", "")


def test_whoever_taps_along_is_told_the_pattern_and_that_its_meaning_is_unverified() -> None:
    rng = random.Random(11)
    for led, (_colour, states) in hub().leds.items():
        for state, (pattern, meaning) in states.items():
            if not pattern.blinks:
                continue
            for _turn in range(5):
                best = likely(by_taps(hub(), led, tapped(pattern, rng)))
                assert best is not None
                assert (best.state, best.meaning) == (state, meaning)
                assert not best.verified
                assert best.label.startswith("unverified")


def test_a_flash_that_was_missed_does_not_change_what_is_found() -> None:
    rng = random.Random(12)
    taps = tapped(hub().states("WAN")["connected"][0], rng, 9)
    del taps[4]
    best = likely(by_taps(hub(), "wan", taps))
    assert best is not None
    assert best.state == "connected"


def test_taps_at_random_or_of_another_rhythm_find_nothing_that_is_sure() -> None:
    rng = random.Random(13)
    for _turn in range(200):
        at, taps = 0.0, []
        for _tap in range(8):
            at += rng.uniform(0.1, 9)
            taps.append(at)
        assert likely(by_taps(hub(), "WAN", taps)) is None
    for period_s in (1.0, 1.5, 2.0, 3.0, 8.0):
        assert likely(by_taps(hub(), "WAN", [n * period_s for n in range(8)])) is None, period_s


def test_five_flashes_and_a_pause_are_a_pattern_of_their_own() -> None:
    table = led_table("Secure", "Liberty 100", SMETS1)
    best = likely(by_taps(table, "WAN", tapped(table.states("WAN")["connected"][0], random.Random(14), 15)))
    assert best is not None
    assert best.state == "connected"
    assert [Pattern("x", 200, 300, 5, 2500).lit_at(ms) for ms in (0, 250, 2000, 2250, 4999, 5000)] == [
        True, False, True, False, False, True,
    ]  # fmt: skip


@pytest.mark.parametrize(
    "taps",
    [[], [0, 1, 2], [0, 1, 1, 2], [3, 2, 1, 0], [0, 1, 2, 99], [0, 1, float("nan"), 2], list(range(201))],
)
def test_taps_that_say_nothing_are_refused(taps: list[float]) -> None:
    with pytest.raises(LightsError) as refused:
        by_taps(hub(), "WAN", taps)
    assert refused.value.code == "lights-taps"
    assert refused.value.remedy


def test_by_description_and_what_a_light_never_shows() -> None:
    assert by_description(hub(), "gas", "FAST").state == "joining"
    with pytest.raises(LightsError, match="MESH"):
        by_description(hub(), "MESH", "solid")
    with pytest.raises(LightsError, match="POWER"):
        by_description(hub(), "POWER", "solid")
    with pytest.raises(LightsError) as refused:
        led_table("Nobody", "X", SMETS1)
    assert "smets1 meter" in refused.value.remedy


def test_every_table_says_from_where_it_is_and_no_meaning_stands_for_two_things_at_one_light() -> None:
    for table in led_tables():
        assert table.source
        for led, (_colour, states) in table.leds.items():
            names = [pattern.name for pattern, _meaning in states.values()]
            assert len(names) == len(set(names)), led
            assert all(meaning for _pattern, meaning in states.values())
