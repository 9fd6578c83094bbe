"""Switch test: one auxiliary switch is moved for a minute or a few, seen to move, and proved to be back.

What makes it safe is asked by the step before (`test-safe-N`), whose every item is a hard stop. What ends it is the
meter: the command has a duration, after which the meter gives the switch back to its calendar, whatever becomes of this
terminal. So nothing here switches back, a terminal that died in the middle reads where the contact is, and the step is
done only when that is where the calendar wants it. One command leaves in an attempt; another only when a person begins
the test anew, and says again that it is safe. The first one, too, leaves on a word of just now: where the visit was
taken up since, or some time has passed, it is asked once more.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

from hht.client.api import Meter
from hht.clock import utc_text
from hht.desk.course import AskReport, AskState
from hht.desk.kinds import AskKind
from hht.i18n import _
from hht.work import waiting
from hht.work.actions.following import BY_DESK, desk_of, heard_out, not_done
from hht.work.job import JobSwitch
from hht.work.limits import limits
from hht.work.step import Action, StepContext, StepError, StepResult
from hht.work.supplier import SupplierDesk, course_facts, ended_in_vain
from hht.work.supplier_requests import held_switch, released_switch
from hht.work.switch_facts import calendar_wants, contact_words, late_until, next_switching, switch_named, switches_of
from hht.work.view import Fact, Question, QuestionKind, Tone

TEST = "switch-test-"  # the steps of this action
SAFE = "test-safe-"  # the step that asks what makes it safe
MINUTES = "minutes"  # ... and its item with the on-time
SAID = "switch-safe-said"  # the limit of how long ago that may have been
LOAD, AGAIN = "load", "again"
UNPROVED = "not-proved"  # the switch is back, and it was not seen to work
SPARE_S = 300  # no test where the calendar switches before it can have ended


@dataclass(frozen=True, slots=True)
class Look:
    """A switch as it was just read. `wanted`: where its calendar wants the contact; `next`: when that changes;
    `late`: by when it has followed the calendar's latest switching, where its Randomised Offset may still delay it."""

    closed: bool
    wanted: bool
    at: datetime
    next: datetime | None
    late: datetime | None = None
    limit_s: int = 0  # of the Randomised Offset


async def switch_test(ctx: StepContext) -> StepResult:
    """Move it, see it move, ask for the load, wait, prove. Raises StepError where one of these is not so."""
    planned, minutes, desk = _planned(ctx), _agreed(ctx), desk_of(ctx)
    report = desk.kept(ctx.spec.id)
    if report is None or _result(ctx, report) == UNPROVED:
        look = await _begin(ctx, planned, minutes)
        report = desk.new(ctx.spec.id, held_switch(ctx.job, planned.number, minutes, closed=not look.closed))
    elif not (report.state.final or "acknowledged" in report.since):
        await _safe_again(ctx, planned)  # perhaps it has not left yet: to ask how it stands may move it now
    moved = contact_words(report.ask.kind is AskKind.CLOSE_SWITCH)
    words = _("{state} for {minutes} min, then the meter ends it by itself")
    plan = Fact(_("Test"), words.format(state=moved, minutes=report.ask.details["minutes"]))
    if _result(ctx, report) != BY_DESK:
        report = await _tested(ctx, desk, planned, report, plan, moved)
    final = await _at_rest(ctx, planned)
    return StepResult(*_told(plan, report, planned, final))


async def _tested(
    ctx: StepContext, desk: SupplierDesk, planned: JobSwitch, report: AskReport, plan: Fact, moved: str
) -> AskReport:
    """The ask, carried out, seen and ended. Raises StepError; what is known by then is settled."""
    report = await heard_out(ctx, report, _item(report), moved, (plan,))
    report = await _seen(ctx, desk, report)
    load = await _load(ctx, planned, report) if report.state is AskState.DONE else ""
    final = await _ended(ctx, desk, report, plan)
    ctx.settle(_item(report), contact_words(final.closed), BY_DESK if load == "yes" else UNPROVED)
    if report.state is not AskState.DONE:
        raise not_done(report)
    if load != "yes":
        raise StepError(
            _("Switch {number}: the load did not follow.").format(number=planned.number),
            remedy=_("Look at circuit, breaker and label; test again, or choose Can't do this."),
            code="load-not-there",
        )
    return report


# --- before anything leaves


def _planned(ctx: StepContext) -> JobSwitch:
    return next(one for one in ctx.job.switches if str(one.number) == ctx.spec.number)


def _agreed(ctx: StepContext) -> int:
    """For how many minutes. Raises StepError where the step before is not done: nobody said that it is safe."""
    agreed = ctx.data(f"{SAFE}{ctx.spec.number}")
    if MINUTES not in agreed:
        raise StepError(
            _("Nobody has said that this switch may be moved."),
            remedy=_("Do the step before; without it there is no test."),
            code="not-agreed",
        )
    return int(agreed[MINUTES])


async def _begin(ctx: StepContext, planned: JobSwitch, minutes: int) -> Look:
    """What has to be so right before the command; the switch as it is. Raises StepError."""
    look = await _at_rest(ctx, planned)  # which may take its time: what was said before may be old then
    if ctx.visit.steps[ctx.spec.id].attempts > 1 or not _just_said(ctx):
        await _safe_again(ctx, planned)
        look = await _at_rest(ctx, planned)
    if look.next is not None and (look.next - look.at).total_seconds() < minutes * 60 + SPARE_S:
        raise StepError(
            _("Its calendar switches it in a moment ({time}): a test would prove nothing.").format(
                time=utc_text(look.next)
            ),
            remedy=_("Try again in some minutes."),
            code="calendar-switches-soon",
        )
    return look


def _just_said(ctx: StepContext) -> bool:
    """Whether what makes it safe was said in this run of the visit, and not longer ago than the limit."""
    said = ctx.visit.steps[f"{SAFE}{ctx.spec.number}"]
    if said.finished_at is None or said.done_in_run != len(ctx.visit.runs):
        return False
    return limits()[SAID].holds(Decimal(round((ctx.clock.now() - said.finished_at).total_seconds())) / 60)


async def _at_rest(ctx: StepContext, planned: JobSwitch) -> Look:
    """The switch, where its calendar wants it; one that follows it late, by its own Randomised Offset, is waited for.
    Raises StepError where it is not there."""
    look = await _look(await ctx.meter(), planned.number)
    if look.closed is not look.wanted and look.late is not None:
        look = await _followed(ctx, planned, look)
    if look.closed is look.wanted:
        return look
    words = _("The switch is {state}, and its calendar wants it otherwise: something else holds it.")
    raise StepError(
        words.format(state=contact_words(look.closed)),
        remedy=_("A boost, a command or a fault: let it end, then try again."),
        code="switch-held",
    )


async def _followed(ctx: StepContext, planned: JobSwitch, late: Look) -> Look:
    """The switch once its Randomised Offset delays it no more. Raises StepError ``switch-late`` where that is later
    than the step has time for."""
    due = late.late or late.at
    latest = late

    async def look() -> tuple[Look | None, datetime]:
        nonlocal latest
        latest = await _look(await ctx.meter(), planned.number)
        return (latest if latest.closed is latest.wanted else None), latest.at

    what = _("It switches late by its own Randomised Offset (up to {limit} s), at last")
    found = await waiting.looked_for(ctx, look, lambda: due, what.format(limit=late.limit_s), patience_s=0)
    if found is None and latest.at < due:
        words = _(
            "The switch is {state}: it follows its calendar late, by its own Randomised Offset of up to {limit} s."
        )
        raise StepError(
            words.format(state=contact_words(latest.closed), limit=late.limit_s),
            remedy=_("Try again after {time}: nothing is wrong with it so far.").format(time=utc_text(due)),
            code="switch-late",
        )
    return found or latest


async def _safe_again(ctx: StepContext, planned: JobSwitch) -> None:
    """A test is begun anew, or may begin only now: what was said before may be so no longer. Raises StepError."""
    prompt = _("Once more, now: the occupant agrees, nobody works on switch {number} ({label}), and it may run?")
    words = prompt.format(number=planned.number, label=planned.label)
    name = f"{ctx.spec.id}/{AGAIN}"
    if await ctx.put(Question(name, QuestionKind.CONFIRM, words, safety=True, again=True)) != "yes":
        raise StepError(
            _("Not moved: it is not safe now."),
            remedy=_("Try again when it is, or choose Can't do this."),
            code="not-safe-now",
        )


async def _look(meter: Meter, number: int) -> Look:
    load = await switches_of(meter)
    offset = await meter.read_randomised_offset()
    now = (await meter.read_clock()).time
    wanted, following = calendar_wants(load, number, now, offset), next_switching(load, number, now, offset)
    late = late_until(load, number, now, offset)
    return Look(switch_named(load, number).closed, wanted, now, following, late, offset.limit_s)


# --- once it has left


def _item(report: AskReport) -> str:
    """What the journal calls this one test: another one is another change."""
    number, reference = report.ask.details["switch"], report.ask.reference
    return _("test of switch {number} ({reference})").format(number=number, reference=reference)


def _result(ctx: StepContext, report: AskReport) -> str:
    """What came of that test, once its final state was proved; "" while it is not."""
    known = ctx.visit.last_write(ctx.spec.id, _item(report))
    return "" if known is None else known.result


def _ends_at(report: AskReport) -> datetime:
    """When the meter ends it at last, by the terminal's clock."""
    began = report.since.get("result") or report.since.get("sent") or report.since["asked"]
    return began + timedelta(minutes=int(report.ask.details["minutes"]))


async def _seen(ctx: StepContext, desk: SupplierDesk, report: AskReport) -> AskReport:
    """The ask with what the terminal itself saw of the contact, where it moved and there is still time to see it."""
    closed = report.ask.kind is AskKind.CLOSE_SWITCH
    while report.state is AskState.DONE and report.fact is None:
        look = await _look(await ctx.meter(), int(report.ask.details["switch"]))
        if look.closed is closed:
            by = _("read by the optical port")
            return desk.seen(report.ask.reference, contact_words(closed), agrees=True, by=by)
        if ctx.clock.now() >= _ends_at(report) or look.at >= _ends_at(report):
            break
        await asyncio.sleep(waiting.CLOSE_LOOK_S)
    return report


async def _load(ctx: StepContext, planned: JobSwitch, report: AskReport) -> str:
    """Whether the load went along: a person's word."""
    prompt = _("Switch {number} ({label}) is {state}, or was until the meter ended it: did its load follow?")
    state = contact_words(report.ask.kind is AskKind.CLOSE_SWITCH)
    words = prompt.format(number=planned.number, label=planned.label, state=state)
    return await ctx.put(Question(f"{ctx.spec.id}/{LOAD}", QuestionKind.CONFIRM, words))


async def _ended(ctx: StepContext, desk: SupplierDesk, report: AskReport, plan: Fact) -> Look:
    """The switch where its calendar wants it, after the time of the command. Where it is not, the desk is asked to
    give it back. Raises StepError where even that does not help."""
    number = int(report.ask.details["switch"])
    settled = report.fact is not None or ended_in_vain(report)  # else it may still be on its way
    due: list[datetime] = []

    async def look() -> tuple[Look | None, datetime]:
        found = await _look(await ctx.meter(), number)
        due[:] = due or [found.at + (_ends_at(report) - ctx.clock.now())]
        if found.late is not None and found.closed is not found.wanted:  # given back, and late by its own offset
            due[0] = max(due[0], found.late)
        over = settled or found.at >= due[0]
        return (found if over and found.closed is found.wanted else None), found.at

    final = await waiting.looked_for(ctx, look, lambda: due[0], _("Automatic end"), (plan,))
    if final is None:
        await _give_back(ctx, desk, number)
        final, _at = await look()
    if final is None:
        raise StepError(
            _("Switch {number} is not where its calendar wants it.").format(number=number),
            remedy=_("Isolate the circuit at its own switch, ring the desk, and try again: the contact is read first."),
            code="not-given-back",
        )
    return final


async def _give_back(ctx: StepContext, desk: SupplierDesk, number: int) -> None:
    name = f"{ctx.spec.id}-release"
    report = desk.kept(name) or desk.new(name, released_switch(ctx.job, number))
    if not report.state.final:
        now = _("Now")
        await desk.follow(
            report.ask.reference, lambda one: ctx.show(course_facts(one)), lambda words: ctx.show((Fact(now, words),))
        )


def _told(
    plan: Fact, report: AskReport, planned: JobSwitch, final: Look
) -> tuple[tuple[Fact, ...], dict[str, str | int | bool]]:
    seen = report.fact is not None
    words = _("seen by this terminal") if seen else _("not seen: this terminal was away while it was so")
    state = contact_words(final.closed)
    facts = (
        plan,
        Fact(_("Contact moved"), words, Tone.GOOD if seen else Tone.WARN),
        Fact(_("Load followed"), _("yes")),
        Fact(_("Final state"), _("{state}, as its calendar wants it").format(state=state), Tone.GOOD, from_device=True),
    )
    data: dict[str, str | int | bool] = {"switch": planned.number, "label": planned.label, "seen": seen}
    return facts, {**data, "final": state, "reference": report.ask.reference}


async def switches_at_rest(ctx: StepContext) -> StepResult:
    """Each switch that a test may have moved, however that test ended: where its calendar wants it. Raises StepError
    where one is not, and what reading raises."""
    moved = [one for one in ctx.job.switches if ctx.visit.may_have_changed(f"{TEST}{one.number}")]
    facts: list[Fact] = []
    for one in moved:
        look = await _at_rest(ctx, one)
        words = _("{state}, as its calendar wants it").format(state=contact_words(look.closed))
        facts.append(Fact(_("Switch {number}").format(number=one.number), words, Tone.GOOD, from_device=True))
    if not moved:
        facts.append(Fact(_("Tested"), _("none: nothing was moved")))
    return StepResult(tuple(facts), {"at_rest": [one.number for one in moved]})


async def _preview(ctx: StepContext) -> AsyncIterator[tuple[Fact, ...]]:
    planned = _planned(ctx)
    label = Fact(_("Switch {number}").format(number=planned.number), planned.label)
    minutes = ctx.data(f"{SAFE}{ctx.spec.number}").get(MINUTES, "")
    ends = _("after {minutes} min, by the meter itself").format(minutes=minutes)
    yield (label, Fact(_("Automatic end"), ends))
    meter = ctx.conversation()
    if meter is not None:
        look = await _look(meter, planned.number)
        words = _("now {state} → will be {other}").format(
            state=contact_words(look.closed), other=contact_words(not look.closed)
        )
        yield (label, Fact(_("Contact"), words), Fact(_("Automatic end"), ends))


SWITCH_TEST = Action("switch-test", switch_test, through="desk", asks=(LOAD, AGAIN), preview=_preview)
SWITCHES_AT_REST = Action("switches-at-rest", switches_at_rest)
