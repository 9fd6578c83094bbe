"""A verdict as it is told: for the step's panel, the report and the evidence. It holds the catalogue's words and where
the evidence stands in which trace; never what was read (`Observation.shown`), which may be a number of the home."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any, Final

from hht.diagnosis.evidence import Frames, Observation
from hht.diagnosis.knowledge import knowledge
from hht.diagnosis.missing import Missing
from hht.diagnosis.verdict import Candidate, DomainState, Verdict
from hht.i18n import _

DRAWN: Final = "verdict"  # the kind of the fact that has it (`Fact.drawn`)


@dataclass(frozen=True, slots=True)
class Stretch:
    """Where an observation stands in a link's trace: events `first` to `last`, counted from 1 since the finding began;
    `since` and `until`: the times of both (ISO 8601, UTC), "" where a record stands for a trace (an ask of a desk)."""

    link: str
    first: int
    last: int
    since: str = ""
    until: str = ""

    @property
    def times(self) -> tuple[datetime, datetime] | None:
        """When its first and its last event was; None where no trace was kept of it."""
        if not self.since or not self.until:
            return None
        return datetime.fromisoformat(self.since), datetime.fromisoformat(self.until)

    @property
    def words(self) -> str:
        """For people."""
        words = _("{link}, events {first} to {last}") if self.since else _("{link}, records {first} to {last}")
        return words.format(link=self.link, first=self.first, last=self.last)


@dataclass(frozen=True, slots=True)
class Seen:
    """An observation: which test made it, what it told, where it stands (nowhere: a person saw it)."""

    test: str
    told: str
    frames: tuple[Stretch, ...] = ()


@dataclass(frozen=True, slots=True)
class CauseTold:
    """A cause that fits: whose it is, how sure (0 to 1), why, what to do next, what speaks for it."""

    title: str
    domain: str
    chance: float
    why: str
    next: str
    reasons: tuple[Seen, ...]


@dataclass(frozen=True, slots=True)
class DomainTold:
    """A fault domain: its name, "proved" | "excluded" | "open" and the word for it, and the tests that say so. `open`:
    why it is open, in sentences (none in records of an earlier version)."""

    name: str
    state: str
    state_words: str
    by: tuple[Seen, ...]
    open: tuple[str, ...] = ()

    @property
    def tests(self) -> str:
        """The names of those tests."""
        return ", ".join(dict.fromkeys(one.test for one in self.by))


@dataclass(frozen=True, slots=True)
class VerdictTold:
    """See the module. `outcome`: an `hht.diagnosis.verdict.Outcome`; `separating`: the one test that would tell the
    first two causes apart, with what it costs, or ""."""

    outcome: str
    words: str
    causes: tuple[CauseTold, ...]
    domains: tuple[DomainTold, ...]
    dont: tuple[str, ...]
    retry: str
    separating: str
    minutes: float
    stopped: str

    @classmethod
    def of(cls, verdict: Verdict) -> VerdictTold:
        """Of a verdict."""
        apart = verdict.separating
        cost = "" if apart is None else _("{look} ({minutes:g} min)").format(look=apart.words, minutes=apart.minutes)
        return cls(
            verdict.outcome.value,
            verdict.outcome.words,
            tuple(map(_cause, verdict.candidates)),
            tuple(map(_domain, verdict.domains)),
            verdict.dont,
            verdict.retry,
            cost,
            verdict.minutes,
            verdict.why_stopped,
        )

    def plain(self) -> dict[str, Any]:
        """For JSON."""
        return asdict(self)

    @classmethod
    def from_plain(cls, plain: Mapping[str, Any]) -> VerdictTold:
        """Of what `plain` gave, before or after JSON. Raises KeyError, TypeError for anything else."""
        causes = (CauseTold(**{**one, "reasons": _all_seen(one["reasons"])}) for one in plain["causes"])
        domains = (
            DomainTold(**{**one, "by": _all_seen(one["by"]), "open": tuple(one.get("open", ()))})
            for one in plain["domains"]
        )
        names = ("outcome", "words", "retry", "separating", "minutes", "stopped")
        return cls(
            causes=tuple(causes),
            domains=tuple(domains),
            dont=tuple(plain["dont"]),
            **{name: plain[name] for name in names},
        )


def verdict_of(data: Mapping[str, Any]) -> VerdictTold | None:
    """The verdict in what a step found; None where there is none."""
    return VerdictTold.from_plain(data[DRAWN]) if isinstance(data.get(DRAWN), Mapping) else None


def told_words(seen: Observation) -> str:
    """What was asked, and the answer, in the catalogue's words: no number of the home."""
    reading = knowledge().readings[seen.reading]
    mark = "" if reading.words.endswith("?") else ":"
    return f"{reading.words}{mark} {reading.values[seen.value]}"


def _cause(one: Candidate) -> CauseTold:
    cause = one.cause
    domain = "" if cause.domain is None else cause.domain.words
    return CauseTold(cause.title, domain, round(one.chance, 3), cause.why, cause.next, tuple(map(_seen, one.reasons)))


def open_words(one: DomainState) -> tuple[str, ...]:
    """Why a domain is open: what nothing explains, then which looks are missing and why; without a number of the
    home."""
    odd = _("{told}: not as usual, and no known cause shows it")
    return (*(odd.format(told=told_words(seen)) for seen in one.odd), *map(_missing, one.missing))


def _missing(one: Missing) -> str:
    return one.words if one.seen is None else f"{one.words} ({told_words(one.seen)})"


def _domain(one: DomainState) -> DomainTold:
    return DomainTold(one.domain.words, one.state.value, one.state.words, tuple(map(_seen, one.by)), open_words(one))


def _seen(one: Observation) -> Seen:
    known = knowledge()
    test = known.looks[one.look].words if one.look in known.looks else _("What was told")
    return Seen(test, told_words(one), tuple(map(_stretch, one.frames)))


def _stretch(one: Frames) -> Stretch:
    return Stretch(**one.plain())


def _all_seen(plain: Any) -> tuple[Seen, ...]:
    return tuple(
        Seen(one["test"], one["told"], tuple(Stretch(**stretch) for stretch in one["frames"])) for one in plain
    )


__all__ = [
    "DRAWN",
    "CauseTold",
    "DomainTold",
    "Seen",
    "Stretch",
    "VerdictTold",
    "open_words",
    "told_words",
    "verdict_of",
]
