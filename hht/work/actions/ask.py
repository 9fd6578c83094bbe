"""Ask: everything a step wants to know of a person, item by item, judged against limits and what has to be so.

A safety item whose answer is not good is asked about once more (a slip of the finger is none), and then raises
SafetyStop: the engine lets nothing but making safe lead on from there.
"""

from __future__ import annotations

from hht.i18n import _
from hht.work.items import Finding, ItemSpec, fault
from hht.work.progress import AT_BEST, REMARK
from hht.work.step import Action, SafetyStop, StepContext, StepError, StepResult
from hht.work.view import SURE, Fact, Question, QuestionKind, Tone
from hht.work.wallet import UNTIL, until_words


async def ask(ctx: StepContext, items: tuple[ItemSpec, ...] | None = None, before: tuple[Fact, ...] = ()) -> StepResult:
    """The answers to `items`, else to the step's. `before` is shown beside them. Raises SafetyStop, and StepError where
    one is not good."""
    facts: list[Fact] = []
    ctx.show(before)
    data: dict[str, str] = {}
    for item in ctx.spec.items if items is None else items:
        value, found = await _asked(ctx, item)
        facts.append(_fact(ctx, item, value, found))
        data[item.id] = value
        ctx.show((*before, *facts))
        if found is not None:
            _refuse(item, value, found)
    for item in items or ctx.spec.items:
        if data.get(item.id) in item.at_best:
            data |= {AT_BEST: item.at_best[data[item.id]].value, REMARK: item.shown(data[item.id], ctx.visit.answers)}
    return StepResult(tuple(facts), data)


async def _asked(ctx: StepContext, item: ItemSpec) -> tuple[str, Finding | None]:
    """The answer that is meant, and what is wrong with it."""
    again = False
    while True:
        value = await ctx.put(item.question(ctx.spec.id, ctx.visit.answers, again=again, filled=_filled(ctx, item)))
        found = fault(item, value, ctx.visit.answers, ctx.clock.now().date())
        if found is None or item.stop is None or await _meant(ctx, item, found, again=again):
            return value, found
        again = True


async def _meant(ctx: StepContext, item: ItemSpec, found: Finding, *, again: bool) -> bool:
    words = _("{finding} This is a hard stop. Is it what you meant to enter?").format(finding=found.words)
    question = Question(f"{ctx.spec.id}/{item.id}{SURE}", QuestionKind.CONFIRM, words, safety=True, again=again)
    return await ctx.put(question) == "yes"


def _fact(ctx: StepContext, item: ItemSpec, value: str, found: Finding | None) -> Fact:
    tone = Tone.BAD if found else Tone.GOOD if item.stop else Tone.PLAIN
    shown = item.shown(value, ctx.visit.answers)
    near = until_words(value, ctx.clock.now().date()) if item.wallet and item.kind is QuestionKind.DATE else ""
    if near:
        shown, tone = near, Tone.WARN
    if value == _filled(ctx, item):
        shown = _("{value}, from the wallet").format(value=shown)
    return Fact(item.prompt, shown, tone)


def _filled(ctx: StepContext, item: ItemSpec) -> str:
    """What the wallet answers to the item."""
    if not item.wallet:
        return ""
    number = ctx.visit.answers.get(f"{ctx.spec.id}/{item.id.removesuffix(UNTIL)}", "")
    return ctx.wallet.filled(item.wallet, number, ctx.clock.now().date())


def _refuse(item: ItemSpec, value: str, found: Finding) -> None:
    if item.stop is not None:
        if item.sealed:  # what is said of a stop stands in the report
            value, found = "", Finding(found.code, _("What was answered is kept sealed."))
        raise SafetyStop(item.stop, item.id, value, found)
    remedy = _("Put it right, then try again; or choose Can't do this.")
    if item.wallet and found.code == "past":
        remedy = _("Renew it (hht wallet add) or use another, then try again; or choose Can't do this.")
    raise StepError(
        found.words,
        remedy=remedy,
        code=found.code,
    )


ASK = Action("ask", ask, only_asks=True)
