"""Ask: everything a step wants to know of a person, item by item, judged against limits and what has to be so.

A safety item whose answer is not good is asked about once more (a slip of the finger is none), and then raises
SafetyStop: the engine lets nothing but making safe lead on from there.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date

from hht.i18n import _
from hht.work.actions.old_meter import known_old_meter, meant_serial, reading_doubt
from hht.work.conditions import as_offered
from hht.work.devices import same_serial
from hht.work.items import Finding, ItemSpec, fault
from hht.work.progress import AT_BEST, REMARK, SEVERITY
from hht.work.step import Action, SafetyStop, StepContext, StepError, StepResult
from hht.work.view import NO_PHOTO, SURE, Fact, Question, QuestionKind, Tone
from hht.work.wallet import UNTIL, until_words

_APART = re.compile(r"[\s,;]+")
_MOST_ROUNDS = 20  # an answers file that takes each answer back again comes to an end


async def ask(ctx: StepContext, items: tuple[ItemSpec, ...] | None = None, before: tuple[Fact, ...] = ()) -> StepResult:
    """The answers to `items`, else to the step's. `before` is shown beside them. Raises SafetyStop, and StepError where
    one is not good."""
    facts: list[Fact] = []
    ctx.show(before)
    data: dict[str, str] = {}
    asked = tuple(as_offered(one, ctx.visit, ctx.job) for one in (ctx.spec.items if items is None else items))
    for item in asked:
        value, found = await _asked(ctx, item)
        found = found or _number_twice(ctx, item, value, data)
        facts.append(_fact(ctx, item, value, found))
        data[item.id] = value
        ctx.show((*before, *facts))
        if found is not None:
            _refuse(item, value, found)
    return StepResult(tuple(facts), data | _at_best(ctx, asked, data))


def _number_twice(ctx: StepContext, item: ItemSpec, value: str, given: Mapping[str, str]) -> Finding | None:
    """That another seal of the visit, one taken off too, or a return tag was said to have this number: of this step as
    `given`, else of one that ended."""
    if not (item.seal or item.tag) or item.kind is not QuestionKind.SERIAL:
        return None
    seals = [(step, one) for step in ctx.visit.steps.values() for one in step.spec.items if one.seal or one.tag]
    for step, other in seals:
        own = step.spec.id == ctx.spec.id
        before = given.get(other.id) if own else ctx.visit.answers.get(f"{step.spec.id}/{other.id}")
        if before is not None and (own or step.ended) and any(same_serial(one, value) for one in _seals(other, before)):
            if item.tag or other.tag:
                words = _("{prompt}: {value} was scanned already ({other}).")
                return Finding("tag-twice", words.format(prompt=item.prompt, value=value, other=other.prompt))
            words = _("{prompt}: {value} is the number of another seal already ({other}).")
            return Finding("seal-twice", words.format(prompt=item.prompt, value=value, other=other.prompt))
    return None


def _seals(item: ItemSpec, answer: str) -> tuple[str, ...]:
    """The numbers in an answer: one on a seal, several of seals that were taken off, with commas or spaces between."""
    return (answer,) if item.kind is QuestionKind.SERIAL else (answer, *answer.split(","), *_APART.split(answer))


def _at_best(ctx: StepContext, items: tuple[ItemSpec, ...], data: dict[str, str]) -> dict[str, str]:
    """The worst outcome that an answer leaves open, and why: each answer that does."""
    found = [
        (item.at_best[data[item.id]], item.shown(data[item.id], ctx.visit.answers))
        for item in items
        if data.get(item.id) in item.at_best
    ]
    if not found:
        return {}
    worst = max((outcome for outcome, _words in found), key=SEVERITY.index)
    return {AT_BEST: worst.value, REMARK: "; ".join(words for _outcome, words in found)}


async def _asked(ctx: StepContext, item: ItemSpec) -> tuple[str, Finding | None]:
    """The answer that is meant, and what is wrong with it."""
    again = False
    for _round in range(_MOST_ROUNDS):
        value = await ctx.put(_question(ctx, item, again=again))
        found = fault(item, value, ctx.visit.answers, ctx.clock.now().date())
        if found is None and await meant_serial(ctx, item, value) and await _sure(ctx, item, value, again=again):
            return value, found
        if found is not None and (item.stop is None or await _meant(ctx, item, found, again=again)):
            return value, found
        again = True
    raise StepError(
        _("{prompt}: no answer was meant, {count} times over.").format(prompt=item.prompt, count=_MOST_ROUNDS),
        remedy=_("Try again, or choose Can't do this."),
        code="answer-not-meant",
    )


async def _sure(ctx: StepContext, item: ItemSpec, value: str, *, again: bool) -> bool:
    """Whether a reading that is odd for its meter is what stands on it."""
    doubt = reading_doubt(ctx.job, item, value)
    if not doubt:
        return True
    words = _("{value}: {doubt}. Is it what the meter shows?").format(value=value, doubt=doubt)
    asked = Question(f"{ctx.spec.id}/{item.id}{SURE}", QuestionKind.CONFIRM, words, again=again)
    return await ctx.put(asked) == "yes"


def _question(ctx: StepContext, item: ItemSpec, *, again: bool) -> Question:
    """The item with what stands in its field already. The last day of a number that was given is not asked where the
    wallet knows it and it is not over."""
    filled = _filled(ctx, item)
    ends = bool(filled) and item.kind is QuestionKind.DATE and item.wallet.endswith(UNTIL)
    known = ends and item.stop is None and date.fromisoformat(filled) >= ctx.clock.now().date()
    suggestion = "" if filled else _suggestion(ctx, item)
    return item.question(ctx.spec.id, ctx.visit.answers, again=again, filled=filled, known=known, suggestion=suggestion)


def _suggestion(ctx: StepContext, item: ItemSpec) -> str:
    """What the job knows already: who is to sign, what the old meter is numbered. Of a safety item nothing."""
    if item.stop is not None or item.optional:
        return ""
    match item.kind:
        case QuestionKind.SIGNATURE:
            return ctx.job.customer_name
        case QuestionKind.SERIAL:
            known = known_old_meter(ctx.job, item)
            return known.serial if known is not None else ""
        case _:
            return ""


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
    said = _suggestion(ctx, item) if item.old else ""
    if item.kind is QuestionKind.SERIAL and said and not same_serial(value, said):
        words = _("{value}; the job says {said}: meter found differs")
        shown, tone = words.format(value=value, said=said), Tone.WARN
    if doubt := reading_doubt(ctx.job, item, value):
        shown, tone = _("{value}; {doubt}").format(value=shown, doubt=doubt), Tone.WARN
    if item.kind is QuestionKind.PHOTO and value.startswith(NO_PHOTO):
        tone = Tone.WARN
    if value and value == _filled(ctx, item):
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
    if found.code == "seal-twice":
        remedy = _("Each seal has its own number: read both off once more, then try again.")
    if found.code == "tag-twice":
        remedy = _("A tag tells one old meter from the other: read it off once more, then try again.")
    raise StepError(
        found.words,
        remedy=remedy,
        code=found.code,
    )


ASK = Action("ask", ask, only_asks=True)
