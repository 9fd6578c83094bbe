"""What is left for a later visit, and a later visit that picks up exactly that."""

from __future__ import annotations

from collections.abc import Container

from hht.i18n import _, ngettext
from hht.work.conditions import LATER, by_job
from hht.work.progress import AT_BEST, REMARK
from hht.work.step import Action, StepContext, StepResult
from hht.work.view import Fact, Outcome, Tone
from hht.work.walkthrough import StepSpec, load_walkthrough

_PICKED_UP = "left"  # the condition of its steps


def _to_come(ctx: StepContext) -> list[StepSpec]:
    """The steps of the later visit that an earlier one may have done, for this job's devices."""
    steps = [step for step in load_walkthrough(LATER).steps if _PICKED_UP in (step.when or {})]
    return [step for step in steps if by_job(step.when, ctx.job) and ctx.job.device(step.device) is not None]


async def left_for_later(ctx: StepContext) -> StepResult:
    """Says what is left to be commissioned, and that a job that follows this one does just that."""
    left = [step for step in _to_come(ctx) if step.id not in _done(ctx)]
    words = ngettext("{count} step of commissioning", "{count} steps of commissioning", len(left))
    facts = [Fact(_("Left for a later visit"), words.format(count=len(left)), Tone.WARN)]
    facts += [Fact(step.title, step.authority or _("by a person at the device")) for step in left]
    facts.append(Fact(_("The later job"), _("says that it follows {reference}").format(reference=ctx.job.reference)))
    reason = {"new-build": _("no supplier yet"), "emergency": _("exchanged in an emergency")}.get(ctx.job.site, "")
    remark = _("commissioned later: {why}").format(why=reason) if reason else _("commissioned later")
    data = {"left": [step.id for step in left], AT_BEST: Outcome.INSTALL_AND_LEAVE.value, REMARK: remark}
    return StepResult(tuple(facts), data)


def _done(ctx: StepContext) -> set[str]:
    return {name for name, step in ctx.visit.steps.items() if step.done_in_run}


def _over(steps: list[StepSpec], done: Container[str]) -> set[str]:
    """What was done and does not hold any more: a hub lets a device in for an hour, and this one has not joined."""
    lets_in = {step.id for step in steps if step.request.startswith("whitelist-")}
    return {name for step in steps if step.id not in done for name in step.needs if name in lets_in}


async def pick_up(ctx: StepContext) -> StepResult:
    """What the job that this one follows has done: it is not done again. Where nothing is known of it, everything is
    asked for; a device that was told already is told nothing new by it."""
    found = ctx.knowledge.earlier()
    if found is None:
        words = (
            _("this terminal has nothing of {reference} at these devices: every step is done")
            if ctx.job.follows
            else _("the job names none: every step is done")
        )
        told = Fact(_("Earlier job"), words.format(reference=ctx.job.follows), Tone.WARN)
        return StepResult((told,), {"done": [], "follows": ctx.job.follows})
    mine = _to_come(ctx)
    over = _over(mine, found.done)
    done = [step for step in mine if step.id in found.done and step.id not in over]
    left = [step for step in mine if step not in done]
    visits = ngettext("{reference}, {count} visit", "{reference}, {count} visits", found.visits)
    facts = [Fact(_("Earlier job"), visits.format(reference=found.reference, count=found.visits))]
    facts += [Fact(_("Done before"), step.title, Tone.GOOD) for step in done]
    facts += [Fact(_("Left to do"), step.title, Tone.WARN) for step in left]
    return StepResult(tuple(facts), {"done": [step.id for step in done], "follows": found.reference})


LEFT_FOR_LATER = Action("left-for-later", left_for_later)
PICK_UP = Action("pick-up", pick_up)
