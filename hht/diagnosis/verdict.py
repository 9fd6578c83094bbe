"""What a diagnosis says in the end. A verdict is made of a `Standing`, which has no excluded cause in it, and refuses
to be made of anything else: that it names what a passed test excludes is impossible, and no question of care."""

from __future__ import annotations

import enum
from dataclasses import dataclass
from typing import Any, Final

from hht.diagnosis.clearing import clearing, telling_of_faults, unreached
from hht.diagnosis.domains import Domain
from hht.diagnosis.evidence import Evidence, Observation
from hht.diagnosis.knowledge import NOTHING_WRONG, Cause, Knowledge, Look
from hht.diagnosis.missing import Missing, Unmade, missing
from hht.diagnosis.next_look import separating
from hht.diagnosis.reasoning import UNKNOWN, Excluded, Standing, speaks
from hht.i18n import _

SURE: Final = 0.8
FITS: Final = 0.08  # from here on a second cause is told beside the first
_FOR: Final = 0.3


class Outcome(enum.StrEnum):
    """What kind of verdict it is."""

    FOUND = "found"
    SEVERAL = "several"  # more than one cause fits: the look that would separate them is named
    NOTHING_WRONG = "nothing-wrong"
    NOT_ENOUGH = "not-enough-evidence"

    @property
    def words(self) -> str:
        """For people."""
        return {
            Outcome.FOUND: _("Found"),
            Outcome.SEVERAL: _("More than one cause fits"),
            Outcome.NOTHING_WRONG: _("Nothing is wrong now"),
            Outcome.NOT_ENOUGH: _("Not enough evidence"),
        }[self]


class State(enum.StrEnum):
    """How a domain stands."""

    PROVED = "proved"
    EXCLUDED = "excluded"
    OPEN = "open"

    @property
    def words(self) -> str:
        """For people."""
        return {State.PROVED: _("proved"), State.EXCLUDED: _("excluded"), State.OPEN: _("open")}[self]


@dataclass(frozen=True, slots=True)
class DomainState:
    """How a domain stands, and which observations say so (none where it is open). Where it is open, `missing` says
    which looks would exclude it and why they have not, `odd` which readings of it nothing explains."""

    domain: Domain
    state: State
    by: tuple[Observation, ...]
    missing: tuple[Missing, ...] = ()
    odd: tuple[Observation, ...] = ()

    def plain(self) -> dict[str, Any]:
        """For JSON."""
        return {
            "domain": self.domain.value,
            "state": self.state.value,
            "by": [seen.plain() for seen in self.by],
            "missing": [
                {
                    "look": None if one.look is None else one.look.name,
                    "why": one.why.value,
                    "words": one.words,
                    "causes": [cause.name for cause in one.causes],
                }
                for one in self.missing
            ],
            "unexplained": [seen.plain() for seen in self.odd],
        }


@dataclass(frozen=True, slots=True)
class Candidate:
    """A cause that is possible, how likely it is, and what speaks for it."""

    cause: Cause
    chance: float
    reasons: tuple[Observation, ...]


@dataclass(frozen=True, slots=True)
class Verdict:
    """`candidates`: the likeliest first, at most three. `separating`: the look that would tell the first two apart
    (None: only one fits, or no look would). `excluded`: what passed tests exclude; a candidate among them is a
    ValueError. `dont`: what must not be tried again; `retry`: what may be ("": nothing is offered)."""

    outcome: Outcome
    candidates: tuple[Candidate, ...]
    domains: tuple[DomainState, ...]
    excluded: tuple[Excluded, ...]
    evidence: Evidence
    separating: Look | None
    minutes: float
    why_stopped: str

    def __post_init__(self) -> None:
        gone = {one.cause for one in self.excluded}
        named = {one.cause.name for one in self.candidates}
        if gone & named:
            raise ValueError(f"a verdict against a passed test: {sorted(gone & named)}")

    @property
    def cause(self) -> Cause | None:
        """The cause, where one was found."""
        return self.candidates[0].cause if self.outcome is Outcome.FOUND else None

    @property
    def dont(self) -> tuple[str, ...]:
        """What must not be tried again, of every cause that fits."""
        return tuple(dict.fromkeys(one.cause.dont for one in self.candidates if one.cause.dont))

    @property
    def retry(self) -> str:
        """What may be tried again; "" where nothing may: also where any cause that fits makes it a hazard."""
        if self.outcome is not Outcome.FOUND or any(one.cause.hazard for one in self.candidates):
            return ""
        return self.candidates[0].cause.retry

    def plain(self) -> dict[str, Any]:
        """For JSON."""
        return {
            "outcome": self.outcome.value,
            "candidates": [_plain(one) for one in self.candidates],
            "domains": [one.plain() for one in self.domains],
            "excluded": [
                {"cause": one.cause, "by": one.by.name, "words": one.by.words, "observation": one.observation.plain()}
                for one in self.excluded
            ],
            "separating": None if self.separating is None else self.separating.name,
            "dont_retry": list(self.dont),
            "retry": self.retry,
            "minutes": round(self.minutes, 2),
            "stopped": self.why_stopped,
        }


def _plain(one: Candidate) -> dict[str, Any]:
    cause = one.cause
    return {
        "cause": cause.name,
        "domain": None if cause.domain is None else cause.domain.value,
        "title": cause.title,
        "chance": round(one.chance, 4),
        "why": cause.why,
        "next": cause.next,
        "rows": list(cause.rows),
        "reasons": [seen.plain() for seen in one.reasons],
    }


def conclude(
    known: Knowledge,
    now: Standing,
    evidence: Evidence,
    minutes: float,
    why_stopped: str,
    home: frozenset[str] = frozenset(),
    unmade: Unmade = Unmade(),  # noqa: B008 - frozen
) -> Verdict:
    """The verdict on how things stand. `home`: what the home has; `unmade`: why looks were not made."""
    ranked = [(known.causes[name], chance) for name, chance in now.ranking if name != UNKNOWN]
    fitting = [(cause, chance) for cause, chance in ranked[:3] if chance >= FITS]
    outcome = _outcome(now, fitting, looked=bool(evidence.observations))
    if outcome is Outcome.NOTHING_WRONG and telling_of_faults(known, evidence, home):
        outcome = Outcome.SEVERAL if len(fitting) > 1 else Outcome.NOT_ENOUGH
    unseen = missing(known, evidence, unreached(known, evidence, home, unmade.closed), unmade)
    if outcome is Outcome.NOTHING_WRONG and unseen:
        outcome, fitting = Outcome.NOT_ENOUGH, []
        looks = "; ".join(one.words for one in unseen)
        why_stopped = _("{why}; of what was told could not be looked at: {looks}").format(why=why_stopped, looks=looks)
    shown = fitting if outcome in (Outcome.FOUND, Outcome.SEVERAL, Outcome.NOTHING_WRONG) else []
    found = shown[0][0] if outcome is Outcome.FOUND else None
    apart = None
    if len(shown) > 1:
        untried = [look for look in known.looks.values() if look.name not in evidence.looked]
        apart = separating(known, shown[0][0].name, shown[1][0].name, untried)
    return Verdict(
        outcome,
        tuple(Candidate(cause, chance, _reasons(known, cause, evidence)) for cause, chance in shown),
        tuple(_domain(known, evidence, domain, found, home, unmade) for domain in Domain),
        tuple(now.excluded.values()),
        evidence,
        apart,
        minutes,
        why_stopped,
    )


def _outcome(now: Standing, fitting: list[tuple[Cause, float]], *, looked: bool) -> Outcome:
    if not fitting or now.chances[UNKNOWN] >= fitting[0][1]:
        return Outcome.NOT_ENOUGH
    if not looked and not fitting[0][0].at_once:  # a symptom alone proves nothing, and clears nobody
        return Outcome.NOT_ENOUGH
    if fitting[0][1] < SURE:
        return Outcome.SEVERAL if len(fitting) > 1 else Outcome.NOT_ENOUGH
    return Outcome.NOTHING_WRONG if fitting[0][0].name == NOTHING_WRONG else Outcome.FOUND


def _reasons(known: Knowledge, cause: Cause, evidence: Evidence) -> tuple[Observation, ...]:
    told = [(speaks(known, one, cause), one) for one in evidence]
    told = [(much, one) for much, one in told if much >= _FOR and one.reading in cause.expects]
    if not told:
        told = [(speaks(known, one, cause), one) for one in evidence]
        told = [(much, one) for much, one in told if much > 0]
    return tuple(one for _much, one in sorted(told, key=lambda found: -found[0]))


def _domain(
    known: Knowledge,
    evidence: Evidence,
    domain: Domain,
    found: Cause | None,
    home: frozenset[str],
    unmade: Unmade,
) -> DomainState:
    if found is not None and found.domain is domain and (reasons := _reasons(known, found, evidence)):
        return DomainState(domain, State.PROVED, reasons)  # what is only told, as a smell of gas, no test has proved
    told = clearing(known, evidence, domain, home, found)
    if told.cleared:
        return DomainState(domain, State.EXCLUDED, told.by)
    return DomainState(domain, State.OPEN, (), missing(known, evidence, told.left, unmade), told.odd)


__all__ = ["SURE", "Candidate", "DomainState", "Outcome", "State", "Verdict", "conclude"]
