"""Hand over: the person says that everything is as it should be; what was left is named."""

from __future__ import annotations

from hht.i18n import _
from hht.work.devices import device_words
from hht.work.job import JobDevice
from hht.work.progress import REMARK
from hht.work.step import Action, StepContext, StepError, StepResult
from hht.work.view import Fact, Outcome, QuestionKind, StepState, Tone


def outcome_words(outcome: Outcome) -> str:
    """An outcome as people read it."""
    words = {
        Outcome.COMPLETE: _("complete"),
        Outcome.INSTALL_AND_LEAVE: _("done in part: what is left is named (of an installation: install and leave)"),
        Outcome.MADE_SAFE: _("made safe, left off"),
        Outcome.ABANDONED: _("abandoned"),
    }
    return words[outcome]


async def hand_over(ctx: StepContext) -> StepResult:
    """Say what the visit comes to and ask for the leaving check. Raises StepError where it is not all true yet."""
    outcome = ctx.visit.best_outcome(untouched=bool(_untouched(ctx)))
    facts = _facts(ctx, outcome)
    ctx.show(facts)
    if await ctx.ask(QuestionKind.CONFIRM) != "yes":
        raise StepError(
            _("Something is not as it should be yet."),
            remedy=_("Put it right, then try again; or choose Can't do this."),
            code="hand-over-no",
        )
    return StepResult(facts, {"outcome": outcome.value})


def _untouched(ctx: StepContext) -> tuple[JobDevice, ...]:
    return ctx.job.untouched(ctx.visit.walkthrough.devices)


def _facts(ctx: StepContext, outcome: Outcome) -> tuple[Fact, ...]:
    """The outcome, what was left, and the devices that no step worked on."""
    facts = [Fact(_("Outcome"), outcome_words(outcome), Tone.GOOD if outcome is Outcome.COMPLETE else Tone.WARN)]
    for step in ctx.visit.steps.values():
        if step.state is StepState.LEFT:
            facts.append(Fact(step.spec.title, step.message, Tone.WARN))
        elif step.state is StepState.DONE and REMARK in step.data:
            facts.append(Fact(step.spec.title, step.data[REMARK], Tone.WARN))
    facts += [Fact(_("Not done"), device_words(device), Tone.WARN) for device in _untouched(ctx)]
    return tuple(facts)


HAND_OVER = Action("hand-over", hand_over)
