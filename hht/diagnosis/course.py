"""One diagnosis: from the symptom, look by look, to the verdict; never longer than its time box."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Final, Protocol

from hht.diagnosis.clearing import settling_look, telling_of_faults, unreached
from hht.diagnosis.evidence import Evidence, Observation
from hht.diagnosis.knowledge import NOTHING_WRONG, Cause, Knowledge, Look
from hht.diagnosis.missing import Why, unmade_looks
from hht.diagnosis.next_look import best_look, hazardous
from hht.diagnosis.reasoning import UNKNOWN, Standing, standing
from hht.diagnosis.verdict import SURE, State, Verdict, conclude
from hht.errors import HhtError
from hht.i18n import _

TIME_BOX_MIN: Final = 25.0  # painpoints P29: after so long, stop and escalate
ENOUGH: Final = 0.95
LEAST_LOOKS: Final = 2
SETTLING_MIN: Final = 5.0  # so long is spent, once the cause is found, to have other domains excluded by tests


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

    def minutes(self, look: Look) -> float:
        """What the look, made last, has cost: its minutes, or the time that was lost where it told nothing."""
        ...

    def why_not(self, look: Look) -> HhtError | None:
        """Why the look, made last, told nothing; None where it was made, or a person could not say."""
        ...


@dataclass(frozen=True, slots=True)
class Step:
    """A look was made: what it found, how things stand now, minutes so far. `trouble`: why it could not be made (None
    where it was, or a person could not say); `spent`: the minutes that this look cost (None: what it costs)."""

    look: Look
    found: tuple[Observation, ...]
    now: Standing
    minutes: float
    trouble: HhtError | None = None
    spent: float | None = None

    @property
    def cost(self) -> float:
        """Minutes of this look."""
        return self.look.minutes if self.spent is None else self.spent


OnStep = Callable[[Step], None]
OnLook = Callable[[Look, float], None]  # a look begins, after so many minutes
More = Callable[[int, float], Awaitable[bool]]  # whether to go on for so many open domains, so many minutes at most


async def enough(_domains: int, _minutes: float) -> bool:
    """`More` of who stops there."""
    return False


async def every_domain(_domains: int, _minutes: float) -> bool:
    """`More` of who wants every domain settled."""
    return True


async def diagnose(
    known: Knowledge,
    symptoms: Sequence[str],
    looker: Looker,
    *,
    time_box_min: float = TIME_BOX_MIN,
    more: More = enough,
    on_step: OnStep = lambda _step: None,
    on_look: OnLook = lambda _look, _minutes: None,
) -> Verdict:
    """Look until one cause is left, no look is worth its minutes, or the time box is full; then, for a few minutes, as
    long as looks can exclude further domains. `more`: asked once, where they could exclude more of them within the time
    box. Raises KeyError for a symptom that is not known, and what looks and `more` raise beyond `HhtError`."""
    for symptom in symptoms:
        known.symptoms[symptom]
    course = _Course(known, tuple(symptoms), looker, time_box_min)
    for cause in known.causes.values():
        if cause.at_once and cause.at_once in symptoms:
            course.now = Standing({cause.name: 1.0, UNKNOWN: 0.0}, {})
            return course.verdict(_("nothing is tested before people are safe"), Why.SAFETY)
    while (look := course.next() or await course.further(more)) is not None:
        on_look(look, course.minutes)
        found = await course.make(look)
        on_step(Step(look, found, course.now, course.minutes, looker.why_not(look), looker.minutes(look)))
        if any(one.value in look.ends.get(one.reading, ()) for one in found):
            why = _("what was wrong has come right by this look: others would see another home")
            return course.verdict(why, Why.ENDED)
    return course.verdict(*course.why_stopped())


class _Course:
    """How far a diagnosis has come."""

    def __init__(self, known: Knowledge, symptoms: tuple[str, ...], looker: Looker, time_box_min: float) -> None:
        self._known, self._looker = known, looker
        self._time_box_min = time_box_min
        self._thorough: bool | None = None  # None: nobody was asked
        self.evidence, self.minutes = Evidence(symptoms), 0.0
        self.now = standing(known, self.evidence, looker.home)
        self._settling = False
        self._settling_min = 0.0  # spent on excluding domains, once the cause was found or no look told more

    def next(self) -> Look | None:
        """The look that comes next; None where there is none."""
        waiting, left_min = self._waiting(), self._time_box_min - self.minutes
        self._settling = self._settled()
        if not self._settling:
            look = best_look(self._known, self.now, waiting, left_min, made=self.evidence.looked)
            if look is not None or self._late():
                return look
            self._settling = True
        budget = left_min if self._thorough else min(left_min, SETTLING_MIN - self._settling_min)
        return self._settling_look(budget, upsetting=bool(self._thorough))

    async def further(self, more: More) -> Look | None:
        """The look that comes next where somebody wants every domain settled, and one more can be."""
        left_min = self._time_box_min - self.minutes
        look = self._settling_look(left_min, upsetting=True) if self._settling else None
        if look is None or self._thorough is not None:
            return None
        told = conclude(self._known, self.now, self.evidence, self.minutes, "", self._looker.home)
        domains = sum(one.state is State.OPEN for one in told.domains)
        self._thorough = await more(domains, left_min)
        return look if self._thorough else None

    def _settling_look(self, minutes: float, *, upsetting: bool) -> Look | None:
        safe = [one for one in self._waiting() if one.name not in self._harmful() and (upsetting or not one.upsets)]
        return settling_look(self._known, self.evidence, self._looker.home, safe, minutes, self._found())

    async def make(self, look: Look) -> tuple[Observation, ...]:
        """Make it."""
        found = tuple(await self._looker.look(look))
        spent = self._looker.minutes(look)
        self.minutes += spent
        self._settling_min += spent if self._settling else 0.0
        self.evidence = self.evidence.after(look.name, found)
        self.now = standing(self._known, self.evidence, self._looker.home)
        return found

    def why_stopped(self) -> tuple[str, Why]:
        """In words for people, and of each look that was not made."""
        rest = Why.NOT_WORTH if self._found() is None else Why.PROVEN
        if self._settled():
            return _("the evidence is enough"), rest
        if self._late():
            return _("the time box is full: stop here and escalate"), Why.TIME
        return _("no other look would tell more"), rest

    def verdict(self, why_stopped: str, rest: Why) -> Verdict:
        """What is said in the end; `rest`: why looks that could have been made were not."""
        known, looker = self._known, self._looker
        able = {one.name for one in known.looks.values() if looker.able(one)}
        every = ((name, looker.why_not(known.looks[name])) for name in self.evidence.looked)
        trouble = {name: error for name, error in every if error is not None}
        unmade = unmade_looks(known, self.evidence, looker.home, able, self._harmful(), rest, trouble)
        return conclude(known, self.now, self.evidence, self.minutes, why_stopped, looker.home, unmade)

    def _waiting(self) -> list[Look]:
        every = self._known.looks.values()
        return [one for one in every if one.name not in self.evidence.looked and self._looker.able(one)]

    def _harmful(self) -> set[str]:
        return {one.name for one in self._known.looks.values() if hazardous(self._known, self.now, one)}

    def _late(self) -> bool:
        """Whether a look would tell more, and does not fit into the time box."""
        return best_look(self._known, self.now, self._waiting(), made=self.evidence.looked) is not None

    def _settled(self) -> bool:
        name, chance = self.now.ranking[0]
        if name == NOTHING_WRONG and self._doubtful():
            return False  # nobody may say so: it is followed up instead
        return chance >= ENOUGH and name != UNKNOWN and len(self.evidence.looked) >= LEAST_LOOKS

    def _doubtful(self) -> bool:
        """Whether a reading tells of a fault, or what was told cannot be looked at."""
        known, home = self._known, self._looker.home
        shut = {one.name for one in known.looks.values() if not self._looker.able(one)} | self._harmful()
        return bool(telling_of_faults(known, self.evidence, home) or unreached(known, self.evidence, home, shut))

    def _found(self) -> Cause | None:
        """The cause that the verdict would say was found."""
        name, chance = self.now.ranking[0]
        return self._known.causes[name] if chance >= SURE and name not in (UNKNOWN, NOTHING_WRONG) else None


__all__ = ["TIME_BOX_MIN", "Looker", "More", "OnLook", "OnStep", "Step", "diagnose", "enough", "every_domain"]
