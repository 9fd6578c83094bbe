"""Figures of several sources as one course without overlap: the finest source first, and of a coarser one what the
finer ones leave open. Nothing is counted twice, nothing is made up, and where two sources contradict each other that is
said."""

from __future__ import annotations

import enum
from bisect import bisect_left
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from hht.i18n import _


class Source(enum.StrEnum):
    """Where a figure is from, the finest first."""

    PROFILE = "profile"
    KEPT_PROFILE = "kept-profile"
    DAILY_LOG = "daily-log"
    KEPT_DAYS = "kept-days"
    MIRROR_PROFILE = "mirror-profile"
    MIRROR_DAYS = "mirror-days"
    BILLING_LOG = "billing-log"
    READINGS = "readings"

    @property
    def words(self) -> str:
        """For people."""
        return {
            Source.PROFILE: _("the meter's half-hourly profile"),
            Source.KEPT_PROFILE: _("half-hours that this terminal kept of an earlier read"),
            Source.DAILY_LOG: _("the meter's Daily Consumption Log (UTC days)"),
            Source.KEPT_DAYS: _("days that this terminal kept of an earlier read (UTC days)"),
            Source.MIRROR_PROFILE: _("the hub's mirror of the gas meter's half-hours"),
            Source.MIRROR_DAYS: _("the hub's mirror of the gas meter's days (UTC days)"),
            Source.BILLING_LOG: _("the meter's Billing Data Log"),
            Source.READINGS: _("readings that this terminal kept"),
        }[self]


@dataclass(frozen=True, slots=True)
class Figure:
    """So much (`amount`: Wh, or litres of gas) was used from `start_s` to `end_s`; `doubtful` where the clock was."""

    start_s: int
    end_s: int
    amount: int
    doubtful: bool = False


@dataclass(frozen=True, slots=True)
class Piece:
    """A part of the course: `figure` is of `source`. `rest`: it is what a coarser figure has beyond finer ones."""

    figure: Figure
    source: Source
    rest: bool = False


@dataclass(frozen=True, slots=True)
class Conflict:
    """A coarser figure has less than the finer ones within it add up to, by `less`."""

    figure: Figure
    source: Source
    less: int


@dataclass(frozen=True, slots=True)
class Course:
    """What is known, in order of time, without overlap; and what contradicts it."""

    pieces: tuple[Piece, ...]
    conflicts: tuple[Conflict, ...] = ()
    sources: tuple[Source, ...] = field(default=())


def differences(readings: Iterable[tuple[int, int, bool]]) -> list[Figure]:
    """Figures between the readings of a register: (Unix s, register, doubtful), in order of time. Where the register
    went back (a meter was exchanged, or begun anew), or time did, nothing is said of that span."""
    found: list[Figure] = []
    before: tuple[int, int, bool] | None = None
    for one in readings:
        if before is not None and one[0] > before[0] and one[1] >= before[1]:
            found.append(Figure(before[0], one[0], one[1] - before[1], before[2] or one[2]))
        before = one
    return found


def merged(told: Sequence[tuple[Source, Sequence[Figure]]]) -> Course:
    """Put together, each source's own figures in order and without overlap; the first source counts most."""
    course: list[Piece] = []
    conflicts: list[Conflict] = []
    used: list[Source] = []
    for source, figures in told:
        added, against = _beside(course, source, figures)
        conflicts += against
        if added:
            used.append(source)
            course = sorted([*course, *added], key=lambda piece: piece.figure.start_s)
    return Course(tuple(course), tuple(conflicts), tuple(used))


def _beside(course: Sequence[Piece], source: Source, figures: Sequence[Figure]) -> tuple[list[Piece], list[Conflict]]:
    """What `figures` add to `course`, and which of them contradict it."""
    ends = [piece.figure.end_s for piece in course]
    added: list[Piece] = []
    against: list[Conflict] = []
    for figure in figures:
        within = _overlapping(course, ends, figure)
        gaps = _gaps(figure, within)
        if not gaps:
            continue
        known = sum(_part(piece.figure, figure) for piece in within)
        rest = figure.amount - known
        if rest < 0:
            against.append(Conflict(figure, source, -rest))
            continue
        added += _spread(figure, gaps, rest, source, is_rest=bool(within))
    return added, against


def _overlapping(course: Sequence[Piece], ends: Sequence[int], figure: Figure) -> list[Piece]:
    at = bisect_left(ends, figure.start_s + 1)
    found = []
    while at < len(course) and course[at].figure.start_s < figure.end_s:
        found.append(course[at])
        at += 1
    return found


def _gaps(figure: Figure, within: Sequence[Piece]) -> list[tuple[int, int]]:
    gaps, at_s = [], figure.start_s
    for piece in within:
        if piece.figure.start_s > at_s:
            gaps.append((at_s, piece.figure.start_s))
        at_s = max(at_s, piece.figure.end_s)
    if at_s < figure.end_s:
        gaps.append((at_s, figure.end_s))
    return gaps


def _part(finer: Figure, figure: Figure) -> int:
    """How much of `finer` falls into `figure`: all of it, but where it reaches beyond."""
    inside = min(finer.end_s, figure.end_s) - max(finer.start_s, figure.start_s)
    length = finer.end_s - finer.start_s
    return finer.amount if inside >= length else finer.amount * inside // length


def _spread(
    figure: Figure, gaps: Sequence[tuple[int, int]], rest: int, source: Source, *, is_rest: bool
) -> list[Piece]:
    """The rest over the gaps, by their length; not a unit is lost."""
    whole, left, found = sum(end - start for start, end in gaps), rest, []
    for start, end in gaps:
        share = left if end == gaps[-1][1] else rest * (end - start) // whole
        left -= share
        found.append(Piece(Figure(start, end, share, figure.doubtful), source, is_rest))
    return found
