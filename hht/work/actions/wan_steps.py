"""Why there is no WAN, and what was tried for it: nothing is no reasonable step (OLC-09)."""

from __future__ import annotations

from hht.i18n import _
from hht.work.actions.ask import ask
from hht.work.progress import REMARK
from hht.work.step import Action, StepContext, StepError, StepResult
from hht.work.view import Fact, Tone
from hht.work.wan_attempts import STEPS, step_words


async def wan_steps(ctx: StepContext) -> StepResult:
    """The step's items. What was not tried is told at the end. Raises StepError where nothing was."""
    told = await ask(ctx)
    tried = str(told.data.get("tried", "")).split(",")
    left = [step_words(name) for name in STEPS if name not in tried]
    if len(left) == len(STEPS):
        raise StepError(
            _("Nothing was tried for the WAN, and the supplier owes all reasonable steps."),
            remedy=_("Try another place, an aerial, or power off and on; then try again. Or choose Can't do this."),
            code="wan-not-tried",
        )
    if not left:
        return StepResult((*told.facts, Fact(_("Reasonable steps"), _("all tried"), Tone.GOOD)), told.data)
    words = _("not tried for the WAN: {steps}").format(steps=", ".join(left))
    return StepResult((*told.facts, Fact(_("Reasonable steps"), words, Tone.WARN)), {**told.data, REMARK: words})


WAN_STEPS = Action("wan-steps", wan_steps, only_asks=True)
