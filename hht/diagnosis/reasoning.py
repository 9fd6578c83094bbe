"""How likely each cause is by the evidence; and which causes a passed test excludes, whatever else speaks for them.

One fault at a time is assumed: chances of readings are multiplied. Beside the causes stands one that nobody wrote down
(`UNKNOWN`): it explains anything a little, and wins where no known cause fits.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from hht.diagnosis.evidence import Evidence, Observation
from hht.diagnosis.knowledge import Cause, Exclusion, Knowledge, Reading

UNKNOWN: Final = "unknown"
_UNKNOWN_WEIGHT: Final = 0.5
_UNKNOWN_USUAL: Final = 0.72  # how often something unknown leaves a reading as usual
_TOLD: Final = 0.5  # how often a cause is told by one of its symptoms
_NOT_TOLD: Final = 0.004


@dataclass(frozen=True, slots=True)
class Excluded:
    """A cause that a passed test excludes."""

    cause: str
    by: Exclusion
    observation: Observation


@dataclass(frozen=True, slots=True)
class Standing:
    """How things stand: `chances` of every cause that is not excluded, and of `UNKNOWN`; they sum to 1."""

    chances: Mapping[str, float]
    excluded: Mapping[str, Excluded]

    @property
    def ranking(self) -> tuple[tuple[str, float], ...]:
        """The likeliest first."""
        return tuple(sorted(self.chances.items(), key=lambda one: (-one[1], one[0])))


def excluded_by(known: Knowledge, evidence: Evidence) -> dict[str, Excluded]:
    """Every cause that a passed test excludes."""
    found: dict[str, Excluded] = {}
    for exclusion in known.exclusions:
        seen = evidence.of(exclusion.reading)
        if seen is not None and seen.value in exclusion.values:
            for name in exclusion.causes:
                found.setdefault(name, Excluded(name, exclusion, seen))
    return found


def possible_in(cause: Cause, home: frozenset[str]) -> bool:
    """Whether a cause can be in a home with these features: it has what the cause needs ("gas"), and is not known to be
    without ("no-gas")."""
    return set(cause.needs) <= home and f"no-{cause.device}" not in home


def standing(known: Knowledge, evidence: Evidence, home: frozenset[str] = frozenset()) -> Standing:
    """How things stand. `home`: what the home has; a cause that needs more cannot be here."""
    out = excluded_by(known, evidence)
    logs = {UNKNOWN: math.log(_UNKNOWN_WEIGHT) + _unknown(known, evidence)}
    for cause in known.causes.values():
        if cause.name not in out and possible_in(cause, home):
            logs[cause.name] = math.log(cause.weight) + _log_chance(known, cause, evidence)
    most = max(logs.values())
    total = sum(math.exp(one - most) for one in logs.values())
    return Standing({name: math.exp(one - most) / total for name, one in logs.items()}, out)


def chance_of(reading: Reading, value: str, cause: Cause | None) -> float:
    """How likely a value is where `cause` is so; None: something unknown."""
    if cause is None:
        others = max(len(reading.values) - 1, 1)
        return _UNKNOWN_USUAL if value == reading.usual else (1 - _UNKNOWN_USUAL) / others
    return reading.chance(value, cause.expects.get(reading.name))


def speaks(known: Knowledge, observation: Observation, cause: Cause) -> float:
    """How much an observation speaks for (over 0) or against (under 0) a cause: the logarithm of the likelihood ratio
    to something unknown."""
    reading = known.readings[observation.reading]
    return math.log(chance_of(reading, observation.value, cause) / chance_of(reading, observation.value, None))


def _log_chance(known: Knowledge, cause: Cause, evidence: Evidence) -> float:
    told = sum(math.log(_TOLD if one in cause.symptoms else _NOT_TOLD) for one in evidence.symptoms)
    return told + sum(math.log(chance_of(known.readings[one.reading], one.value, cause)) for one in evidence)


def _unknown(known: Knowledge, evidence: Evidence) -> float:
    told = sum(math.log(_TOLD / 12) for _one in evidence.symptoms)
    return told + sum(math.log(chance_of(known.readings[one.reading], one.value, None)) for one in evidence)


__all__ = ["UNKNOWN", "Excluded", "Standing", "chance_of", "excluded_by", "possible_in", "speaks", "standing"]
