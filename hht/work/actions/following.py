"""How a step asks the desk and follows what it asked: kept under the step's name, never asked twice.

A command is one thing: the terminal asks, the supplier acts. A log that the desk reads of a device is another: it is
asked anew each time the step is begun, for what was so before tells nothing of now.
"""

from __future__ import annotations

import asyncio
import contextlib
from dataclasses import replace
from datetime import datetime, timedelta

from hht.clock import iso_z
from hht.desk.course import AskReport, AskState
from hht.desk.kinds import AskKind
from hht.desk.messages import Way
from hht.i18n import _
from hht.protocol.gbcs.device_types import DuisDeviceType as Type
from hht.work.devices import shown
from hht.work.read_back import read_of, shown_by
from hht.work.step import StepContext, StepError
from hht.work.supplier import SupplierDesk, Wanted, course_facts, ended_in_vain, plan_facts
from hht.work.timer_rules import TimerKind, timer_rules
from hht.work.view import NOT_MEASURED, Fact, QuestionKind

MARGIN_S = 10  # before the step's deadline: what is known by then is told, rather than that time is over
BY_DESK = "by-the-desk"


def desk_of(ctx: StepContext) -> SupplierDesk:
    """The visit's desk. Raises StepError where there is none."""
    if ctx.desk is None:
        raise StepError(
            _("Cannot be done here: ask the desk."),
            remedy=_("Name the desk's link with --desk or in the settings, ring the desk, or choose Can't do this."),
            code="ask-the-desk",
        )
    return ctx.desk


async def followed(ctx: StepContext, wanted: Wanted, number: int = 1) -> AskReport:
    """What is wanted, done by the desk; `number`: of the step's asks, from 1. Raises StepError where there is no desk,
    or it did not do it, or has not yet."""
    desk = desk_of(ctx)
    name = ctx.spec.id if number == 1 else f"{ctx.spec.id}.{number}"
    report = desk.kept(name)
    if report is None:
        report = desk.new(name, replace(wanted, details={**wanted.details, **await _codes(ctx)}))
    if ended_in_vain(report):
        report = desk.again(report.ask.reference)
    item = wanted.kind.words if number == 1 else f"{wanted.kind.words} ({number})"
    target = str(wanted.device) if number == 1 else wanted.details.get("other", str(wanted.device))
    report = await _ended(ctx, report, item, target, plan_facts(wanted))
    if report.read_back and ended_in_vain(report):  # the device never had it: only now may the same go, once more
        ctx.settle(item, target, report.state.value)
        report = await heard_out(ctx, desk.again(report.ask.reference), item, target, plan_facts(wanted))
    ctx.settle(item, target, BY_DESK if report.state is AskState.DONE else report.state.value)
    if report.state is not AskState.DONE:
        raise not_done(report)
    return report


async def _ended(ctx: StepContext, report: AskReport, item: str, target: str, plan: tuple[Fact, ...]) -> AskReport:
    """`heard_out`; where nobody knows what became of a relayed command, with what the device itself shows. Raises as
    that, and as `looked_up`."""
    if report.state is not AskState.NO_RESPONSE:
        report = await heard_out(ctx, report, item, target, plan)
    read = read_of(report) if report.state is AskState.NO_RESPONSE else None
    if read is None:
        return report
    found = shown_by(report.ask, await looked_up(ctx, f"read-back-{report.ask.reference}", read))
    return report if found is None else desk_of(ctx).settled(report.ask.reference, found.what, done=found.done)


async def heard_out(ctx: StepContext, report: AskReport, item: str, target: str, plan: tuple[Fact, ...]) -> AskReport:
    """The ask with its result, whichever; that it is about to leave is journalled first, as a change of `item`. Raises
    StepError where there is no result yet."""
    if report.state is AskState.DONE:
        return report
    ctx.intend(item, target)
    report = await _heard(ctx, desk_of(ctx), report, plan)
    if report.unknown or not report.state.final:
        raise _waiting(report)
    return report


async def looked_up(ctx: StepContext, name: str, wanted: Wanted) -> AskReport:
    """What the desk reads of a device now; `name`: of the look among the step's. Raises as `followed`."""
    desk = desk_of(ctx)
    step = f"{ctx.spec.id}.{name}"
    report = desk.kept(step)
    if report is None or report.state.final:
        report = desk.new(step, wanted)
    if not report.state.final:
        report = await _heard(ctx, desk, report, plan_facts(wanted))
    if report.unknown or not report.state.final:
        raise _waiting(report)
    if report.state is not AskState.DONE:
        raise not_done(report)
    return report


async def _codes(ctx: StepContext) -> dict[str, str]:
    """The install code that the step asks a person for; it goes into the ask, and nowhere else."""
    for item in ctx.spec.items:
        if item.kind is QuestionKind.INSTALL_CODE:
            value = await ctx.put(item.question(ctx.spec.id, ctx.visit.answers))
            return {} if value == NOT_MEASURED else {"install_code": value}
    return {}


async def _heard(ctx: StepContext, desk: SupplierDesk, report: AskReport, plan: tuple[Fact, ...]) -> AskReport:
    """The ask as it stands when it has ended, or shortly before the step's time is over."""
    latest, now = report, ""
    seconds = ctx.spec.deadline_s - MARGIN_S
    by = ctx.clock.now() + timedelta(seconds=seconds)

    def show(one: AskReport) -> None:
        nonlocal latest
        latest = one
        asleep = one.ask.type is Type.GSME and one.state in (AskState.SENT, AskState.ACKNOWLEDGED)
        news = (Fact(_("Now"), now),) if now else ()
        waits = (_asleep(one),) if asleep else _for_somebody(one, by)
        ctx.show((*waits, *news, *course_facts(one), *plan))  # what changes is seen first

    def tell(words: str) -> None:
        nonlocal now
        now = words
        show(latest)

    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(seconds):
            return await desk.follow(report.ask.reference, show, tell)
    return latest


def _wakes_by(report: AskReport) -> datetime:
    """When a gas meter hears of what was sent, at the latest."""
    sent = report.since.get("sent") or report.since["asked"]
    asleep = timer_rules()[TimerKind.GAS_WAKE].lasts
    assert asleep is not None, "held by a test of the table"
    return sent + asleep


def _asleep(report: AskReport) -> Fact:
    wakes = _wakes_by(report)
    words = _("asleep: it hears of it at its next wake-up, by {time}; its button wakes it at once")
    return Fact(_("Gas meter"), words.format(time=iso_z(wakes)), until=wakes)


def _for_somebody(report: AskReport, by: datetime) -> tuple[Fact, ...]:
    """That a party which is no supplier waits for somebody else, and how long this step waits for it."""
    if report.ask.kind is not AskKind.PAIR_DEVICE or report.state is not AskState.ACKNOWLEDGED:
        return ()
    words = _(
        "the customer's number, said to that party on the phone, or the device's joining; this step waits until {time}"
    )
    return (Fact(_("The party waits for"), words.format(time=iso_z(by)), until=by),)


def _waiting(report: AskReport) -> StepError:
    again = _("Try again: it is heard how it stands, nothing is asked twice.")
    heard = report.state is AskState.ACKNOWLEDGED and not report.unknown
    if report.ask.type is Type.GSME and (heard or report.way is Way.RELAY):
        words = _("The gas meter has not answered yet: it sleeps, and wakes by {time}.")
        return StepError(
            words.format(time=iso_z(_wakes_by(report))),
            remedy=_("Wake it by its button, then try again: it is heard how it stands, nothing is asked twice."),
            code="desk-waiting",
        )
    if not heard:
        words = report.why or _("The desk was not heard to the end: what became of it is not known.")
        return StepError(words, remedy=again, code="desk-unknown")
    words = _("Acknowledged ({code}), no result yet: look whether the device is on.")
    if report.ask.kind is AskKind.PAIR_DEVICE:
        words = _("Acknowledged ({code}): the party waits for the customer's number, or for the device to join.")
    return StepError(words.format(code=report.code), remedy=again, code="desk-waiting")


def not_done(report: AskReport) -> StepError:
    """That it was not done, in the desk's and the device's words."""
    said = shown(report.answer.strip('"').replace("_", " ")) if report.answer else ""
    device = _("The device did not do it: {said}.").format(said=said) if said else ""
    return StepError(
        report.why or device or _("The desk says: {state}.").format(state=report.state.value),
        remedy=report.remedy or _("Ring the desk; then try again, or choose Can't do this."),
        code=f"desk-{report.state.value}",
    )
