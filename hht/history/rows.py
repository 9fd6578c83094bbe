"""A course as rows: by the half-hour, day, week, month or year, with what adds up, and how much of each is known."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Final

from hht.british_time import DAY_S
from hht.history.buckets import Grain, Span, buckets
from hht.history.merging import Course, Piece, Source

_FITS: Final = (
    0.9  # our own number: the share of a figure that lies in a bucket before it counts to it (a UTC day: 23/24)
)
_EDGE_S: Final = 3600  # a UTC day in summer begins an hour off the local one


@dataclass(frozen=True, slots=True)
class Row:
    """A bucket. `amount`: what is known of it, None where nothing is; `known_s`: for how many of its seconds; `total`:
    all so far; `shifted`: by UTC days, an hour off; `wider`: a figure is known that also has neighbours in it, so it
    counts to none; `running`: it has not ended."""

    span: Span
    amount: int | None
    known_s: int
    total: int
    sources: tuple[Source, ...] = ()
    doubtful: bool = False
    shifted: bool = False
    wider: bool = False
    running: bool = False

    @property
    def whole(self) -> bool:
        """Whether all of it is known."""
        return self.known_s >= self.span.length_s - (_EDGE_S if self.shifted else 0)


@dataclass(slots=True)
class _Sum:
    amount: int = 0
    known_s: int = 0
    sources: dict[Source, None] = field(default_factory=dict)
    doubtful: bool = False
    shifted: bool = False
    by_days: bool = False


def rows_of(course: Course, grain: Grain, span: Span, now_s: int) -> tuple[Row, ...]:
    """Every bucket that has a part of `span`, the oldest first, from the first on of which anything is known; the total
    begins with it."""
    known = min((one.figure.start_s for one in course.pieces if one.figure.end_s > span.start_s), default=now_s)
    begins = min(max(span.start_s, known), span.end_s)
    spans = list(buckets(Span(begins, span.end_s), grain))
    starts = [one.start_s for one in spans]
    sums: dict[int, _Sum] = {}
    wide: set[int] = set()
    for piece in course.pieces:
        place, places = _place(piece, spans, starts)
        if place is None:
            wide |= places
        else:
            _add(sums.setdefault(place, _Sum()), piece, spans[place])
    return tuple(_rows(spans, sums, wide, now_s))


def _place(piece: Piece, spans: Sequence[Span], starts: Sequence[int]) -> tuple[int | None, set[int]]:
    """Which bucket it counts to; else those that it has parts of."""
    start_s, end_s = piece.figure.start_s, piece.figure.end_s
    if not spans or end_s <= spans[0].start_s or start_s >= spans[-1].end_s:
        return None, set()
    at = bisect_right(starts, (start_s + end_s) // 2) - 1
    if 0 <= at < len(spans):
        inside = min(end_s, spans[at].end_s) - max(start_s, spans[at].start_s)
        if inside >= _FITS * (end_s - start_s):
            return at, set()
    elif max(starts[0] - start_s, end_s - spans[-1].end_s) >= _FITS * (end_s - start_s):
        return None, set()  # it counts to a bucket that is not asked for
    first, last = bisect_right(starts, start_s) - 1, bisect_right(starts, end_s - 1) - 1
    return None, set(range(max(0, first), last + 1))


def _add(into: _Sum, piece: Piece, span: Span) -> None:
    figure = piece.figure
    into.amount += figure.amount
    into.known_s += min(figure.end_s, span.end_s) - max(figure.start_s, span.start_s)
    into.sources[piece.source] = None
    into.doubtful = into.doubtful or figure.doubtful
    into.by_days = into.by_days or figure.end_s - figure.start_s >= DAY_S
    into.shifted = into.shifted or figure.start_s < span.start_s or figure.end_s > span.end_s


def _rows(spans: Sequence[Span], sums: dict[int, _Sum], wide: set[int], now_s: int) -> Iterable[Row]:
    total = 0
    for place, span in enumerate(spans):
        one = sums.get(place)
        total += one.amount if one is not None else 0
        running = span.start_s <= now_s < span.end_s
        if one is None:
            yield Row(span, None, 0, total, wider=place in wide, running=running)
        else:
            off = one.shifted or (one.by_days and 0 < span.length_s - one.known_s <= _EDGE_S)
            sources = tuple(one.sources)
            yield Row(span, one.amount, one.known_s, total, sources, one.doubtful, off, place in wide, running)
