"""Find the fault: what was told, look after look, and a verdict by fault domain; nothing is written to a meter."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from hht.diagnosis.course import TIME_BOX_MIN, Step
from hht.diagnosis.knowledge import Look, Reading, knowledge
from hht.diagnosis.verdict import Candidate, Outcome, State, Verdict
from hht.i18n import _
from hht.work.step import Action, StepContext, StepError, StepResult
from hht.work.verdict_told import DRAWN, VerdictTold, open_words, told_words
from hht.work.view import Fact, Question, QuestionKind, Tone

CANNOT_SAY = "cannot-say"
_DONE, _NOT = "done", "not-done"
MORE, SETTLE, _STOP = "more", "settle", "stop"
_MOST_TOLD = 4  # readings of one look on its line; the verdict has all that count


async def find_fault(ctx: StepContext) -> StepResult:
    """Ask for the symptom, then look. Raises StepError ``no-fault-finder`` where this terminal has no links to look
    over."""
    if ctx.finder is None:
        raise StepError(
            _("Nothing can be looked at from here."),
            remedy=_("Choose Can't do this, and ring the desk."),
            code="no-fault-finder",
        )
    symptoms = knowledge().symptoms
    prompt = _("What was told when the visit was ordered?")
    asked = Question(
        f"{ctx.spec.id}/symptom", QuestionKind.CHOICE, prompt, tuple(symptoms), labels=tuple(symptoms.values())
    )
    symptom = await ctx.put(asked)
    facts: list[Fact] = [Fact(_("Told"), symptoms[symptom])]

    def begin(look: Look, minutes: float) -> None:
        now = _("running now, {minutes:g} min").format(minutes=look.minutes)
        ctx.show((spent(minutes), Fact(look.words, now), *reversed(facts)))

    def tell(step: Step) -> None:
        facts.append(looked(step))
        ctx.show((spent(step.minutes), *reversed(facts)))

    person = _Asked(ctx)
    verdict = await ctx.finder.find(symptom, person, tell, begin, person.more)
    return StepResult((*facts, *verdict_facts(verdict)), {"symptom": symptom, **kept(verdict)})


def spent(minutes: float) -> Fact:
    """How much of the time box is gone."""
    words = _("{minutes:g} of at most {most:g} min; it stops sooner when one cause is left")
    return Fact(_("Time of looks"), words.format(minutes=minutes, most=TIME_BOX_MIN))


def looked(step: Step) -> Fact:
    """A look, its cost and what it told."""
    told = "; ".join(map(told_words, step.found[:_MOST_TOLD])) or untold(step)
    return Fact(step.look.words, _("{minutes:g} min: {told}").format(minutes=step.cost, told=told))


def untold(step: Step) -> str:
    """That a look told nothing, with why and what to do where something stood in its way."""
    nothing = _("nothing could be told")
    if step.trouble is None:
        return nothing
    words = _("{nothing}: {why} {remedy}")
    return words.format(nothing=nothing, why=step.trouble.message, remedy=step.trouble.remedy).strip()


class _Asked:
    """A person of the looks: each reading is a question of the step, answered once and journalled."""

    def __init__(self, ctx: StepContext) -> None:
        self._ctx = ctx

    async def tell(self, reading: Reading) -> str | None:
        """One of its values; None where the person cannot say."""
        labels = (*reading.values.values(), _("cannot be said"))
        told = await self._put(reading.name, reading.words, (*reading.values, CANNOT_SAY), labels, CANNOT_SAY)
        return None if told == CANNOT_SAY else told

    async def do(self, deed: str) -> bool:
        """Have it done; whether it was."""
        labels = _("done, or agreed"), _("not done")
        return await self._put(deed, deed_words(deed), (_DONE, _NOT), labels, _NOT) == _DONE

    async def more(self, domains: int, minutes: float) -> bool:
        """Whether to look on for domains that are open, though nothing would tell more of the cause."""
        prompt = _("{domains} fault domains are open. Looks could settle more of them, within {minutes:g} min at most.")
        words = prompt.format(domains=domains, minutes=minutes)
        labels = _("stop here: the verdict says why each is open"), _("settle every domain that can be")
        return await self._put(MORE, words, (_STOP, SETTLE), labels, _STOP) == SETTLE

    async def _put(self, name: str, prompt: str, choices: tuple[str, ...], labels: tuple[str, ...], filled: str) -> str:
        name = f"{self._ctx.spec.id}/{name}"
        return await self._ctx.put(
            Question(name, QuestionKind.CHOICE, prompt, choices, labels=labels, filled=filled, again=True)
        )


def deed_words(deed: str) -> str:
    """What a person is to do."""
    return _deeds()[deed]


def _deeds() -> dict[str, str]:
    """Whatever a look may have a person do, in words."""
    return {
        "let-desk-act": _("The desk would act now: synchronise the meter's clock, or open the hub for joining."),
        "load-on": _("Switch a load of 3 kW on (a kettle)."),
        "load-off": _("Switch the load off again."),
        "wake-gas": _("Press a button of the gas meter, to wake its radio."),
    }


def verdict_facts(verdict: Verdict) -> tuple[Fact, ...]:
    """The verdict as lines of the step: causes, what to do, what not, and each domain. The first has it whole, to be
    shown as a panel in place of all of them."""
    facts = [_candidate(one, sure=verdict.outcome is Outcome.FOUND) for one in verdict.candidates]
    if not facts:
        facts.append(Fact(_("Verdict"), _("not enough evidence"), Tone.WARN))
    for one in verdict.candidates[:1]:
        facts.append(Fact(_("Next"), one.cause.next))
    facts += [Fact(_("Not to be done"), what, Tone.WARN) for what in verdict.dont]
    if verdict.separating is not None:
        facts.append(Fact(_("Would tell the first two apart"), verdict.separating.words))
    for state in verdict.domains:
        words = state.state.words
        by = ", ".join(dict.fromkeys(knowledge().looks[seen.look].words for seen in state.by[:2]))
        by = by or "; ".join(open_words(state)[:2])
        tone = Tone.WARN if state.state is State.PROVED else Tone.PLAIN
        facts.append(Fact(state.domain.words, f"{words}: {by}" if by else words, tone))
    minutes = _("after {minutes:.0f} minutes: {why}").format(minutes=verdict.minutes, why=verdict.why_stopped)
    drawn = {"kind": DRAWN, **VerdictTold.of(verdict).plain()}
    return (replace(facts[0], drawn=drawn), *facts[1:], Fact(_("Stopped"), minutes))


def _candidate(one: Candidate, *, sure: bool) -> Fact:
    label = _("Cause") if sure else _("Fits, {chance:.0%}").format(chance=one.chance)
    return Fact(label, f"{one.cause.title}. {one.cause.why}", Tone.PLAIN if sure else Tone.WARN)


def kept(verdict: Verdict) -> dict[str, Any]:
    """What stands in the record: causes, domains and where the evidence is; no reading itself."""
    return {
        "outcome": verdict.outcome.value,
        "causes": [[one.cause.name, round(one.chance, 3)] for one in verdict.candidates],
        "domains": {one.domain.value: one.state.value for one in verdict.domains},
        "evidence": [
            {"reading": one.reading, "value": one.value, "frames": [frames.plain() for frames in one.frames]}
            for one in verdict.evidence
        ],
        "minutes": verdict.minutes,
        DRAWN: VerdictTold.of(verdict).plain(),
    }


def _questions() -> tuple[str, ...]:
    """The names under which the symptom, each reading, each deed and whether to go on is asked for."""
    return ("symptom", MORE, *knowledge().readings, *_deeds())


FIND_FAULT = Action("find-fault", find_fault, asks_by_data=_questions)

__all__ = ["CANNOT_SAY", "FIND_FAULT", "deed_words", "find_fault", "kept", "looked", "spent", "untold", "verdict_facts"]
