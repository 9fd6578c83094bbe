"""Which domains passed tests clear, and which look would clear another.

A domain is cleared by tests that passed, never by a fault that was found elsewhere: of its causes that the symptom
speaks for (all, where it speaks for none), nine tenths by weight have to be excluded by a passed test, or be
contradicted by readings that were as usual.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from hht.diagnosis.domains import Domain
from hht.diagnosis.evidence import Evidence, Observation
from hht.diagnosis.knowledge import Cause, Knowledge, Look, Reading
from hht.diagnosis.reasoning import Excluded, chance_of, excluded_by

CLEARED: Final = 0.1
ARGUED_ABOUT: Final = (
    Domain.METER,
    Domain.HAN,
    Domain.HUB,
    Domain.WAN,
    Domain.CENTRE,
    Domain.SUPPLIER,
    Domain.CONSUMER,
)
_SAYS: Final = 0.5  # an observation that halves a cause's chance speaks against it


@dataclass(frozen=True, slots=True)
class Clearing:
    """How much of a domain is left after the tests that passed (0 to 1), and which of them spoke against it."""

    left: float
    by: tuple[Observation, ...]

    @property
    def cleared(self) -> bool:
        """Whether the domain is excluded."""
        return bool(self.by) and self.left <= CLEARED


def clearing(known: Knowledge, evidence: Evidence, domain: Domain, home: frozenset[str]) -> Clearing:
    """What passed tests have left of a domain."""
    out = excluded_by(known, evidence)
    passed = [one for one in evidence if one.value == known.readings[one.reading].usual]
    spoke: dict[str, Observation] = {}
    before = after = 0.0
    for cause in _causes(known, evidence, domain, home):
        before += cause.weight
        after += cause.weight * _left(known, cause, passed, out, spoke)
    return Clearing(after / before if before else 1.0, tuple(spoke.values()))


def _causes(known: Knowledge, evidence: Evidence, domain: Domain, home: frozenset[str]) -> list[Cause]:
    every = [one for one in known.causes.values() if one.domain is domain and set(one.needs) <= home]
    told = [one for one in every if set(one.symptoms) & set(evidence.symptoms)]
    return told or every


def _left(
    known: Knowledge,
    cause: Cause,
    passed: Iterable[Observation],
    out: dict[str, Excluded],
    spoke: dict[str, Observation],
) -> float:
    """How much of a cause is left; `spoke` gets what says so."""
    gone = out.get(cause.name)
    if gone is not None:
        spoke[gone.observation.reading] = gone.observation
        return 0.0
    left = 1.0
    for one in passed:
        share = _share(known.readings[one.reading], one.value, cause)
        if share <= _SAYS:
            spoke[one.reading] = one
            left *= share
    return left


def _share(reading: Reading, value: str, cause: Cause) -> float:
    return min(1.0, chance_of(reading, value, cause) / reading.chance(value, None))


def clearing_look(
    known: Knowledge, evidence: Evidence, home: frozenset[str], looks: Iterable[Look], minutes: float
) -> Look | None:
    """The look that, where all it reads is as usual, clears most of the open domains by the minute; None where none
    clears any within so many minutes. It tells nothing that may do harm: looks with a hazard are left out."""
    at = next(iter(evidence.observations)).at if evidence.observations else None
    open_ = [one for one in ARGUED_ABOUT if not clearing(known, evidence, one, home).cleared]
    best: tuple[float, str, Look] | None = None
    for look in looks:
        if look.hazard or look.minutes > minutes or at is None or not set(look.after) <= set(evidence.looked):
            continue
        seen = tuple(Observation(look.name, name, known.readings[name].usual, at) for name in look.reads)
        then = evidence.after(look.name, seen)
        count = sum(clearing(known, then, one, home).cleared for one in open_)
        if count and (best is None or (count / look.minutes, look.name) > best[:2]):
            best = count / look.minutes, look.name, look
    return None if best is None else best[2]


__all__ = ["ARGUED_ABOUT", "Clearing", "clearing", "clearing_look"]
