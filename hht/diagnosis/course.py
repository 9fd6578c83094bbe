"""One diagnosis: from the symptom, look by look, to the verdict; never longer than its time box."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final, Protocol

from hht.diagnosis.clearing import clearing_look
from hht.diagnosis.evidence import Evidence, Observation
from hht.diagnosis.knowledge import Knowledge, Look
from hht.diagnosis.next_look import best_look
from hht.diagnosis.reasoning import UNKNOWN, Standing, standing
from hht.diagnosis.verdict import Verdict, conclude
from hht.errors import HhtError
from hht.i18n import _

TIME_BOX_MIN: Final = 25.0  # painpoints P29: after so long, stop and escalate
ENOUGH: Final = 0.95
LEAST_LOOKS: Final = 2
CLEARING_MIN: Final = 5.0  # so long is spent, once the cause is found, to have other domains excluded by tests


class Looker(Protocol):
    """Who makes looks: over links, or by asking a person."""

    @property
    def home(self) -> frozenset[str]:
        """What the home has, by the job: "gas", "prepayment", "ihd"…"""
        ...

    def able(self, look: Look) -> bool:
        """Whether it can be made here: there is a link for it, and the home has what it looks at."""
        ...

    async def look(self, look: Look) -> Sequence[Observation]:
        """Make it. What cannot be told is left out; a link that fails is a reading where the look has one for it."""
        ...

    def why_not(self, look: Look) -> HhtError | None:
        """Why the look, made last, told nothing; None where it was made, or a person could not say."""
        ...


@dataclass(frozen=True, slots=True)
class Step:
    """A look was made: what it found, how things stand now, minutes so far. `trouble`: why it could not be made (None
    where it was, or a person could not say)."""

    look: Look
    found: tuple[Observation, ...]
    now: Standing
    minutes: float
    trouble: HhtError | None = None


OnStep = Callable[[Step], None]
OnLook = Callable[[Look, float], None]  # a look begins, after so many minutes


async def diagnose(
    known: Knowledge,
    symptoms: Sequence[str],
    looker: Looker,
    *,
    time_box_min: float = TIME_BOX_MIN,
    on_step: OnStep = lambda _step: None,
    on_look: OnLook = lambda _look, _minutes: None,
) -> Verdict:
    """Look until one cause is left, no look is worth its minutes, or the time box is full. Raises KeyError for a
    symptom that is not known, and what looks raise beyond `HhtError`."""
    for symptom in symptoms:
        known.symptoms[symptom]
    evidence, minutes = Evidence(tuple(symptoms)), 0.0
    for cause in known.causes.values():
        if cause.at_once and cause.at_once in symptoms:
            told = Standing({cause.name: 1.0, UNKNOWN: 0.0}, {})
            return conclude(known, told, evidence, 0.0, _("nothing is tested before people are safe"), looker.home)
    now = standing(known, evidence, looker.home)
    cleared_min = 0.0  # spent on clearing domains, once the cause was found
    while True:
        waiting = [one for one in known.looks.values() if one.name not in evidence.looked and looker.able(one)]
        left_min = time_box_min - minutes
        settled = _settled(now, evidence)
        if settled:
            why = _("the evidence is enough")
            look = clearing_look(known, evidence, looker.home, waiting, min(left_min, CLEARING_MIN - cleared_min))
            cleared_min += 0.0 if look is None else look.minutes
        else:
            look = best_look(known, now, waiting, left_min, made=evidence.looked)
            late = look is None and best_look(known, now, waiting, made=evidence.looked) is not None
            why = _("the time box is full: stop here and escalate") if late else _("no other look would tell more")
        if look is None:
            return conclude(known, now, evidence, minutes, why, looker.home)
        on_look(look, minutes)
        found = tuple(await looker.look(look))
        minutes += look.minutes
        evidence = evidence.after(look.name, found)
        now = standing(known, evidence, looker.home)
        on_step(Step(look, found, now, minutes, looker.why_not(look)))
        if any(one.value in look.ends.get(one.reading, ()) for one in found):
            why = _("what was wrong has come right by this look: others would see another home")
            return conclude(known, now, evidence, minutes, why, looker.home)


def _settled(now: Standing, evidence: Evidence) -> bool:
    name, chance = now.ranking[0]
    return chance >= ENOUGH and name != UNKNOWN and len(evidence.looked) >= LEAST_LOOKS


__all__ = ["TIME_BOX_MIN", "Looker", "OnLook", "OnStep", "Step", "diagnose"]
