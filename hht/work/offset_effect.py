"""What a Randomised Offset Limit does: to this meter's day, to its prices, and to a thousand homes.

The rule is the model's own (offset = limit x number, cut to whole seconds; factbook 2.4). The homes' numbers are drawn
by a seed: the same seed, the same homes. Whether a meter's tariff registers wait for the offset as its loads do is not
to be read off it (factbook 9, question 8): both are told.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import date
from decimal import Decimal
from functools import lru_cache
from typing import Any

from hht.client.load_control import LoadControl
from hht.i18n import _
from hht.work.limits import limits
from hht.work.questions import MAX_OFFSET_LIMIT_S
from hht.work.switching import DAY_S, Switching, load_switching, tariff_switching
from hht.work.units import minutes_seconds
from hht.work.view import Fact, Tone

HOMES, SEED = 1000, 1
MINUTES = 30  # columns of the picture: the longest offset is just below that
DRAWN = "offset-effect"  # the kind of the picture
NOTABLE = "randomised-offset"  # the limit in the table of limits from which a person is warned (ALC-16)


@dataclass(frozen=True, slots=True)
class Spread:
    """Homes that would switch at one time. `minutes`: how many of them switch in each minute after it."""

    homes: int
    limit_s: int
    minutes: tuple[int, ...]
    latest_s: int

    @property
    def busiest(self) -> int:
        """The most that switch within one minute."""
        return max(self.minutes)


@dataclass(frozen=True, slots=True)
class LoadRow:
    """A switch's day: seconds of the UTC day between which its calendar has it closed."""

    number: int
    label: str
    spans: tuple[tuple[int, int], ...]


@dataclass(frozen=True, slots=True)
class Switched:
    """One switching of the day, at `time_s` of the UTC day. `register`: the rate in force just before; `turns_to`: the
    rate that begins at the same time, 0: none. `other_rate_s`: how long after it the load may run at another rate than
    just before, at worst, where the registers do not wait; `own_other_rate_s`: the same for this meter."""

    number: int
    label: str
    time_s: int
    closes: bool
    register: int
    turns_to: int
    other_rate_s: int
    own_other_rate_s: int


@dataclass(frozen=True, slots=True)
class OffsetEffect:
    """All of it, for one day. `rates`: (from second, to second, register). `offset_s`: this meter's, under that
    limit."""

    day: date
    limit_s: int
    number: Decimal
    offset_s: int
    loads: tuple[LoadRow, ...]
    rates: tuple[tuple[int, int, int], ...]
    switched: tuple[Switched, ...]
    spread: Spread

    def plain(self) -> dict[str, Any]:
        """As JSON, with its lists: as it comes back from a journal."""
        found = asdict(self) | {"day": self.day.isoformat(), "number": str(self.number)}
        plain: dict[str, Any] = json.loads(json.dumps(found))
        return plain

    @classmethod
    def from_plain(cls, plain: Mapping[str, Any]) -> OffsetEffect:
        """From JSON."""
        spread = plain["spread"]
        return cls(
            date.fromisoformat(plain["day"]),
            plain["limit_s"],
            Decimal(plain["number"]),
            plain["offset_s"],
            tuple(LoadRow(one["number"], one["label"], _pairs(one["spans"])) for one in plain["loads"]),
            tuple((start, end, register) for start, end, register in plain["rates"]),
            tuple(Switched(**one) for one in plain["switched"]),
            Spread(spread["homes"], spread["limit_s"], tuple(spread["minutes"]), spread["latest_s"]),
        )


def _pairs(plain: list[list[int]]) -> tuple[tuple[int, int], ...]:
    return tuple((start, end) for start, end in plain)


@lru_cache(64)  # the same homes in every visit
def spread_of(limit_s: int, homes: int = HOMES, seed: int = SEED) -> Spread:
    """How `homes` meters with that limit (0 to 1799 s) switch; their numbers are drawn by `seed`."""
    from hht.model.electricity_meter.randomised_offset import RandomisedOffset  # the model is large, and seldom needed
    from hht.model.seeded import subseed

    offsets = [RandomisedOffset(subseed(seed, f"home {home}"), limit_s).offset_s for home in range(homes)]
    minutes = [0] * MINUTES
    for offset_s in offsets:
        minutes[offset_s // 60] += 1
    return Spread(homes, limit_s, tuple(minutes), max(offsets, default=0))


def effect_of(
    load: LoadControl, number: Decimal, limit_s: int, day: date, homes: int = HOMES, seed: int = SEED
) -> OffsetEffect:
    """What that limit does to a meter with that number (0 to 1) on `day` (UTC)."""
    assert 0 <= limit_s <= MAX_OFFSET_LIMIT_S, "who asks has checked it"
    offset_s = int(limit_s * number)
    tariff = tariff_switching(load.tariff) if load.tariff is not None else Switching(lambda _day: ())
    rates = tuple((start, end, register or 1) for start, end, register in tariff.spans(day))
    loads, switched = [], []
    for one in load.switches:
        times = load_switching(load, one.number)
        spans = tuple((start, end) for start, end, closed in times.spans(day) if closed)
        loads.append(LoadRow(one.number, one.label, spans))
        for time_s, closes in times.on(day):
            switched.append(_switched(one.number, one.label, time_s, bool(closes), rates, limit_s, offset_s))
    return OffsetEffect(
        day, limit_s, number, offset_s, tuple(loads), rates, tuple(switched), spread_of(limit_s, homes, seed)
    )


def _switched(
    number: int,
    label: str,
    time_s: int,
    closes: bool,
    rates: tuple[tuple[int, int, int], ...],
    limit_s: int,
    offset_s: int,
) -> Switched:
    before = _rate(rates, time_s - 1)
    turns_to = next((register for start, _end, register in rates if start == time_s and time_s), 0)
    worst, own = (0 if closes else _elsewhere(rates, before, time_s, late_s) for late_s in (limit_s, offset_s))
    return Switched(number, label, time_s, closes, before, turns_to, worst, own)


def _rate(rates: tuple[tuple[int, int, int], ...], time_s: int) -> int:
    second = time_s % DAY_S
    return next(register for start, end, register in rates if start <= second < end)


def _elsewhere(rates: tuple[tuple[int, int, int], ...], register: int, time_s: int, late_s: int) -> int:
    """Seconds of the `late_s` from `time_s` on that lie in another rate; what is beyond midnight counts by this day."""
    pieces = [(time_s, min(time_s + late_s, DAY_S)), (0, max(0, time_s + late_s - DAY_S))]
    return sum(
        max(0, min(end, last) - max(start, first))
        for first, last in pieces
        for start, end, rate in rates
        if rate != register
    )


def time_text(time_s: int) -> str:
    """``27000`` as ``07:30``; with seconds where there are any."""
    seconds = time_s % 60
    return f"{time_s // 3600 % 24:02d}:{time_s // 60 % 60:02d}" + (f":{seconds:02d}" if seconds else "")


def switching_words(effect: OffsetEffect, one: Switched) -> str:
    """One switching in words: when, when at last, and what it costs."""
    begins, ends = time_text(one.time_s), time_text(one.time_s + effect.limit_s)
    what = _("on") if one.closes else _("off")
    own = time_text(one.time_s + effect.offset_s)
    words = _("{what} {begins}, at last {ends}, here {own}").format(what=what, begins=begins, ends=ends, own=own)
    if one.turns_to:
        words += "; " + _("with rate {rate}, which begins then").format(rate=one.turns_to)
    if one.other_rate_s:
        late = minutes_seconds(one.other_rate_s)
        words += "; " + _("up to {time} (mm:ss) of it at another rate than {rate}").format(time=late, rate=one.register)
    return words


def spread_words(spread: Spread) -> str:
    """A thousand homes in words."""
    if not spread.limit_s:
        return _("{homes} homes switch in the same second").format(homes=spread.homes)
    words = _("of {homes} homes at most {busiest} switch in one minute, the last after {time} (mm:ss)")
    return words.format(homes=spread.homes, busiest=spread.busiest, time=minutes_seconds(spread.latest_s))


def alignment_words(effect: OffsetEffect) -> str:
    """Whether loads and tariff registers switch together."""
    if not effect.limit_s:
        return _("loads and registers switch at the same second")
    words = _("registers that wait for the same offset switch with the loads ({time}, mm:ss, later); others do not")
    return words.format(time=minutes_seconds(effect.offset_s))


def effect_facts(effect: OffsetEffect) -> tuple[Fact, ...]:
    """What a person should know before such a limit is set, in lines."""
    worst = max((one.other_rate_s for one in effect.switched), default=0)
    facts = [
        Fact(_("Worst case"), _("{clock} late (mm:ss)").format(clock=minutes_seconds(effect.limit_s))),
        Fact(_("This meter"), _("{clock} late (mm:ss)").format(clock=minutes_seconds(effect.offset_s))),
        Fact(_("Many homes"), spread_words(effect.spread)),
    ]
    for one in effect.switched:
        tone = Tone.WARN if one.other_rate_s else Tone.PLAIN
        facts.append(Fact(_name(one.number, one.label), switching_words(effect, one), tone))
    facts.append(Fact(_("Loads and tariff"), alignment_words(effect), Tone.WARN if worst else Tone.PLAIN))
    usual = limits()[NOTABLE]
    if not usual.holds(Decimal(effect.limit_s) / 60):
        words = _("longer than {minutes} min: the customer may pay for it at another rate").format(minutes=usual.high)
        facts.append(Fact(_("Long"), words, Tone.WARN))
    return tuple(facts)


def effect_fact(effect: OffsetEffect) -> Fact:
    """The picture of it, with the sentence for who cannot see."""
    return Fact(_("Many homes"), spread_words(effect.spread), drawn={"kind": DRAWN, **effect.plain()})


def _name(number: int, label: str) -> str:
    return _("Switch {number}: {label}").format(number=number, label=label or _("no label"))
