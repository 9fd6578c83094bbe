"""The detector: a likelihood ratio over readings, over seeded flats of the model."""

from __future__ import annotations

import math

import pytest

from hht.work.load_step import (
    DECIDED,
    Reading,
    Turn,
    Verdict,
    Weighed,
    both,
    pieces_of,
    turn_s,
    weigh,
)
from tests.crossed.flats import Case, played

KINDS = (Verdict.ELSEWHERE, Verdict.NEIGHBOURS)


def steps(load_w: float, *, turns: int = 5, seconds: int = 60, resolution: float = 1, base_w: int = 200) -> list[Turn]:
    """Turns of a home that draws `base_w` besides a load that rests first."""
    told, wh, at = [], 0.0, 0
    for number in range(turns):
        found = []
        for _look in range(0, seconds + 1, 3):
            found.append(Reading(float(at), math.floor(wh / resolution) * resolution))
            wh += (base_w + load_w * (number % 2)) * 3 / 3600
            at += 3
        told.append(Turn(bool(number % 2), tuple(found)))
    return told


def test_a_load_that_the_meter_counts_is_its_own_and_one_that_it_does_not_is_elsewhere() -> None:
    assert weigh(steps(2000), 2000, 1).verdict is Verdict.THIS_METER
    assert weigh(steps(0), 2000, 1).verdict is Verdict.NOT_ENOUGH, "of one meter alone more turns are wanted"
    assert weigh(steps(0, turns=7), 2000, 1).verdict is Verdict.ELSEWHERE
    assert weigh(steps(500, turns=7), 500, 1).verdict is Verdict.THIS_METER
    assert weigh(steps(0, turns=15, seconds=300, resolution=10), 500, 10).verdict is Verdict.ELSEWHERE
    assert abs(weigh(steps(2000), 2000, 1).watts - 2000) < 60


def test_one_step_is_not_enough_whatever_it_looks_like() -> None:
    """The neighbour's kettle goes on once, too."""
    assert weigh(steps(2000, turns=3), 2000, 1).verdict is Verdict.NOT_ENOUGH
    assert weigh([], 2000, 1).verdict is Verdict.NOT_ENOUGH
    assert weigh([Turn(True, (Reading(0, 5),))], 2000, 1).turns == (0, 0)


def test_a_load_of_another_size_is_no_verdict() -> None:
    """A meter that counts a third of it (a transformer's ratio) is faulty, not crossed."""
    third = weigh(steps(667, turns=9), 2000, 1)
    assert third.verdict is Verdict.NOT_ENOUGH
    assert third.other_size > DECIDED


def test_a_register_that_stands_still_is_no_proof() -> None:
    """A frozen register counts nobody's load."""
    frozen = [Turn(one.on, tuple(Reading(look.at_s, 5) for look in one.readings)) for one in steps(2000, turns=9)]
    assert weigh(frozen, 2000, 1).verdict is Verdict.NOT_ENOUGH


def test_a_load_below_half_a_kilowatt_is_refused() -> None:
    with pytest.raises(ValueError, match="at least 500"):
        weigh(steps(300), 300, 1)


def test_nothing_counted_is_lost_between_pieces() -> None:
    for turn in steps(900, seconds=100):
        pieces = pieces_of(turn, 1)
        assert sum(one.wh for one in pieces) == turn.readings[-1].wh - turn.readings[0].wh
        assert pieces[0].from_s == turn.readings[0].at_s
        assert pieces[-1].to_s == turn.readings[-1].at_s
    assert turn_s(500, 10) == 288, "a coarse register needs longer turns"
    assert turn_s(3000, 1) == 60


def test_two_meters_together() -> None:
    def weighed(verdict: Verdict, counts: float) -> Weighed:
        return Weighed(verdict, counts, 0.0, (2, 3), (), 0.0)

    yes, no = weighed(Verdict.THIS_METER, 12), weighed(Verdict.ELSEWHERE, -12)
    perhaps, hardly = weighed(Verdict.NOT_ENOUGH, 4.5), weighed(Verdict.NOT_ENOUGH, -4.5)
    assert both(no, yes) is Verdict.NEIGHBOURS
    assert both(yes, no) is Verdict.THIS_METER
    assert both(yes, yes) is Verdict.NOT_ENOUGH, "no two meters count one load"
    assert both(no, no) is Verdict.ELSEWHERE, "a third one counts it"
    assert both(hardly, perhaps) is Verdict.NEIGHBOURS, "what each alone does not tell both do"
    assert both(perhaps, hardly) is Verdict.THIS_METER
    assert both(hardly, hardly) is Verdict.NOT_ENOUGH
    unlike, silent = weighed(Verdict.NOT_ENOUGH, -9.3), weighed(Verdict.NOT_ENOUGH, 0.4)
    assert both(unlike, silent) is Verdict.NOT_ENOUGH, "a meter that says nothing is accused by no other (seed 200855)"
    assert both(no, None) is Verdict.ELSEWHERE
    assert both(no, hardly) is Verdict.ELSEWHERE


@pytest.mark.parametrize("seed", range(5))
def test_seeded_flats_are_told_apart(seed: int) -> None:
    """A sample of what `python -m tests.crossed` plays a thousand of."""
    assert played(Case.of(300_000 + seed, crossed=True))[0] in KINDS
    assert played(Case.of(300_000 + seed, crossed=False))[0] is Verdict.THIS_METER
