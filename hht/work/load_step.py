"""Does a meter count the load that is being switched on and off? A likelihood ratio over what it counted; no I/O.

A meter is read while an appliance of known rating runs and rests by turns. Two stories are told of the same readings:
the meter counts that appliance (``counts``), or it does not (``elsewhere``). In both something else draws as well, at a
level that stays for a while and then becomes another one, which nobody announces: appliances of a home that cycle. A
third story has a load follow the turns that is of another size: it is no proof of either, and keeps the verdict open.

What the stories leave open (the load within what its rating allows, the level below it) is summed over, so nothing
has to be tuned to a home; the verdict is the ratio of the two sums, never a threshold of watts. Energy is in Wh, power
in W, time in seconds of the meter's own clock.
"""

from __future__ import annotations

import enum
import itertools
import math
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

LEAST_W: Final = 500.0  # the smallest load that a test is made with
FACTORS: Final = tuple(0.72 + 0.07 * number for number in range(7))  # rated at 230 or 240 V, at 216 to 253 V there
OTHER_SIZES: Final = (0.2, 0.333, 0.5, 1.4, 1.7, 2.2, 3.0)  # a meter that counts wrongly, a heater at half power
MOST_W: Final = 14_000.0  # of whatever else there is
CLOCK_S: Final = 0.6  # how well the time of a reading is known: a meter's clock shows whole seconds
WOBBLE: Final = 0.02  # of a level: the mains moves, and so does what hangs on it
BURST_W: Final = 5_000.0  # the most that something that runs for a moment comes to, over a piece
DROPS: Final = 0.02  # how often a load was off although it was said to run
DECIDED: Final = math.log(1_000)
ALONE: Final = math.log(10_000_000)  # on one meter alone: a false alarm costs two homes their peace, a missed one money
MARGIN: Final = math.log(10)  # by which this meter has to explain it better than a load of another size does
TURNS: Final = 2  # of running, and of rest, that a verdict takes at least
SHORTEST_S: Final = 15.0  # of a piece: anything shorter is noise
_FLOOR: Final = 1e-12  # no single piece weighs more than this: readings may be garbled


@dataclass(frozen=True, slots=True)
class Habit:
    """How else a home draws: levels that wobble by `steady_w`, stay for `stays_s` on average, and what runs for a
    moment in a share of the pieces (`bursts`), after which the level is what it was."""

    steady_w: float
    stays_s: float
    bursts: float

    @property
    def grain_w(self) -> float:
        """Levels nearer than this are not told apart."""
        return max(20.0, self.steady_w / 2)


# Nobody knows beforehand which of these it is: all are summed over, so a restless home takes more turns by itself.
HABITS: Final = (Habit(12, 200, 0.1), Habit(12, 60, 0.3), Habit(160, 120, 0.2), Habit(600, 240, 0.1))


@dataclass(frozen=True, slots=True)
class Reading:
    """What had been counted by `at_s`: `wh`, from wherever the count began."""

    at_s: float
    wh: float


@dataclass(frozen=True, slots=True)
class Turn:
    """A time in which the load ran (`on`) or rested all the while, with the readings that lie within it."""

    on: bool
    readings: tuple[Reading, ...]


@dataclass(frozen=True, slots=True)
class Piece:
    """Energy counted from one reading to a later one of the same turn. `grain_wh`: how far it may be off, since a
    register tells whole steps alone (standard deviation)."""

    on: bool
    from_s: float
    to_s: float
    wh: float
    grain_wh: float

    @property
    def watts(self) -> float:
        """Average power, W."""
        return self.wh * 3600 / (self.to_s - self.from_s)


class Verdict(enum.StrEnum):
    """Whose meter it is, as far as the load tells."""

    THIS_METER = "this-meter"
    ELSEWHERE = "elsewhere"  # this meter does not count the load
    NEIGHBOURS = "neighbours"  # ... and the neighbour's does
    NOT_ENOUGH = "not-enough"


@dataclass(frozen=True, slots=True)
class Weighed:
    """What the readings come to. `counts` is the natural logarithm of how much better they fit a meter that counts the
    load than one that does not; `other_size` the same for a load of another size. `turns`: of running, of rest."""

    verdict: Verdict
    counts: float
    other_size: float
    turns: tuple[int, int]
    pieces: tuple[Piece, ...]
    watts: float  # by how much the count rose faster while the load ran, on average

    @property
    def decided(self) -> bool:
        """Whether more turns would tell no more."""
        return self.verdict is not Verdict.NOT_ENOUGH


def turn_s(rated_w: float, resolution_wh: float) -> float:
    """How long a turn has to last for the load alone to move the register by four steps, and to be told from what else
    cycles: a minute at least, and the longer the smaller the load."""
    return max(60.0, 60_000 / rated_w, 4 * resolution_wh * 3600 / rated_w)


def pieces_of(turn: Turn, resolution_wh: float) -> list[Piece]:
    """A turn in pieces, cut where the register was just seen to move: there its time is known better than its energy,
    where it moves seldom. What is left after the last of them belongs to it: nothing counted is thrown away."""
    if len(turn.readings) < 2:
        return []
    first, *later = turn.readings
    begun, off, found = first, resolution_wh, list[tuple[Reading, Reading, float, float]]()
    for before, reading in itertools.pairwise(turn.readings):
        if reading.wh == before.wh or reading.at_s - begun.at_s < SHORTEST_S:
            continue
        moved = (reading.wh - begun.wh) / (reading.at_s - begun.at_s)  # Wh a second
        ends = min(resolution_wh, moved * (reading.at_s - before.at_s))
        found.append((begun, reading, off, ends))
        begun, off = reading, ends
    if found and later[-1] is not begun:
        begun, _end, off, _ends = found.pop()
    if not found or later[-1] is not found[-1][1]:
        found.append((begun, later[-1], off, resolution_wh))
    return [
        Piece(turn.on, begun.at_s, ended.at_s, ended.wh - begun.wh, math.sqrt((off**2 + ends**2) / 12))
        for begun, ended, off, ends in found
        if ended.at_s - begun.at_s >= SHORTEST_S
    ]


def weigh(turns: Iterable[Turn], rated_w: float, resolution_wh: float) -> Weighed:
    """Whether the meter counts the load. `rated_w`: what its plate says; `resolution_wh`: the last digit of the
    register, or the energy of one flash. Raises ValueError where the load is smaller than 500 W."""
    scales = Scales(rated_w, resolution_wh)
    for turn in turns:
        scales.add(turn)
    return scales.weighed()


class Scales:
    """Weighs turn after turn, as `weigh` does all of them at once: what a turn came to is weighed once."""

    def __init__(self, rated_w: float, resolution_wh: float) -> None:
        if rated_w < LEAST_W:
            raise ValueError(f"a load of {rated_w} W proves nothing: at least {LEAST_W} W")
        self._resolution_wh = resolution_wh
        self._pieces: list[Piece] = []
        self._told = {True: 0, False: 0}
        self._none = [_Story(0.0, habit) for habit in HABITS]
        self._counts = [_Story(rated_w * one, habit) for habit in HABITS for one in FACTORS]
        self._other = [_Story(rated_w * one, habit) for habit in HABITS for one in OTHER_SIZES]

    def add(self, turn: Turn) -> None:
        """One more turn, later than those before."""
        pieces = pieces_of(turn, self._resolution_wh)
        self._told[turn.on] += bool(pieces)
        self._pieces += pieces
        for story in (*self._none, *self._counts, *self._other):
            for piece in pieces:
                story.hear(piece)

    def weighed(self) -> Weighed:
        """What all turns so far come to."""
        none = _mean(one.log_fit for one in self._none)
        counts = _mean(one.log_fit for one in self._counts) - none
        other = _mean(one.log_fit for one in self._other) - none
        told = self._told[True], self._told[False]
        moves = any(piece.wh for piece in self._pieces)  # a register that stands still may be a faulty one: no proof
        verdict = _verdict(counts, other) if min(told) >= TURNS and moves else Verdict.NOT_ENOUGH
        return Weighed(verdict, counts, other, told, tuple(self._pieces), _rise(self._pieces))


def both(own: Weighed, beside: Weighed | None) -> Verdict:
    """The verdict of two meters that were watched with the same load; `beside`: the neighbour's, None where nobody
    looked. What speaks for the one speaks against the other; a load that neither counts is counted elsewhere."""
    if beside is None or min(beside.turns) < TURNS or min(own.turns) < TURNS:
        return own.verdict
    if own.verdict is beside.verdict and own.decided:
        return Verdict.ELSEWHERE if own.verdict is Verdict.ELSEWHERE else Verdict.NOT_ENOUGH
    rather = own.counts - beside.counts
    if rather > DECIDED and own.counts > max(0.0, own.other_size + MARGIN):
        return Verdict.THIS_METER
    if rather < -(DECIDED + 1) and beside.counts > max(MARGIN, beside.other_size):  # it speaks for itself, too
        return Verdict.NEIGHBOURS
    return own.verdict if not beside.decided else Verdict.NOT_ENOUGH


def _verdict(counts: float, other: float) -> Verdict:
    if counts > ALONE and counts > other + MARGIN:
        return Verdict.THIS_METER
    return Verdict.ELSEWHERE if counts < -ALONE and other < DECIDED / 2 else Verdict.NOT_ENOUGH


def _rise(pieces: Iterable[Piece]) -> float:
    sums = {True: [0.0, 0.0], False: [0.0, 0.0]}
    for piece in pieces:
        sums[piece.on][0] += piece.wh * 3600
        sums[piece.on][1] += piece.to_s - piece.from_s
    (ran, ran_s), (rested, rested_s) = sums[True], sums[False]
    return ran / ran_s - rested / rested_s if ran_s and rested_s else 0.0


def _mean(logs: Iterable[float]) -> float:
    """The logarithm of the mean of what these are logarithms of."""
    found = list(logs)
    top = max(found)
    return top + math.log(sum(math.exp(one - top) for one in found) / len(found))


class _Level:
    """What else is drawn, as far as the pieces so far tell: chances by level, and of every level alike."""

    def __init__(self) -> None:
        self.near: dict[int, float] = {}
        self.any = 1.0  # all told


class _Story:
    """How well the pieces so far fit a meter that counts a load of `load_w` besides everything else (`log_fit`)."""

    def __init__(self, load_w: float, habit: Habit) -> None:
        self._load_w, self._habit, self._level = load_w, habit, _Level()
        self._until: float | None = None
        self.log_fit = 0.0

    def hear(self, piece: Piece) -> None:
        """One more piece."""
        until = piece.from_s if self._until is None else self._until
        stays = math.exp(-(piece.to_s - until) / self._habit.stays_s)
        self._until = piece.to_s
        self.log_fit += math.log(_step(self._level, piece, self._load_w, self._habit, stays))


def _step(level: _Level, piece: Piece, load_w: float, habit: Habit, stays: float) -> float:
    """Let the level learn from a piece; returns how well that fitted, as a density by W of average power."""
    running = [(1.0, 0.0)]
    if piece.on and load_w:
        running = [(1 - DROPS, load_w), (DROPS, 0.0)]
    grain, watts = habit.grain_w, piece.watts
    spread, each = _spread_w(piece, habit), level.any * grain / MOST_W
    reach, quiet, burst = 3.5 * spread, stays * (1 - habit.bursts), stays * habit.bursts / BURST_W
    found: dict[int, float] = {}
    moved = 0.0
    for chance, load in running:
        left = watts - load
        low, high = max(0, round((left - reach) / grain)), min(round(MOST_W / grain), round((left + reach) / grain))
        for number in range(low, high + 1):
            held = level.near.get(number, 0.0) + each
            share = chance * quiet * held * _normal(left - number * grain, spread)
            found[number] = found.get(number, 0.0) + share
        for number, held in level.near.items():
            if -2 * spread <= left - number * grain <= BURST_W:
                found[number] = found.get(number, 0.0) + chance * burst * held
        if -2 * spread <= left <= MOST_W:
            moved += chance / MOST_W
    jumped = (1 - stays) * moved + _FLOOR
    total = sum(found.values()) + jumped
    level.near = {number: share / total for number, share in found.items() if share > total * 1e-6}
    level.any = jumped / total
    return total


def _spread_w(piece: Piece, habit: Habit) -> float:
    """How far the average power of a piece may be from the level that it was drawn at, W."""
    lasts_s, watts = piece.to_s - piece.from_s, max(piece.watts, 0.0)
    grain, clock = piece.grain_wh * 3600 / lasts_s, watts * CLOCK_S / lasts_s
    return math.sqrt(grain**2 + clock**2 + (WOBBLE * watts) ** 2 + habit.steady_w**2 + habit.grain_w**2 / 12)


def _normal(off: float, spread: float) -> float:
    return math.exp(-0.5 * (off / spread) ** 2) / (spread * math.sqrt(2 * math.pi))


__all__ = [
    "DECIDED",
    "LEAST_W",
    "TURNS",
    "Piece",
    "Reading",
    "Scales",
    "Turn",
    "Verdict",
    "Weighed",
    "both",
    "pieces_of",
    "turn_s",
    "weigh",
]
