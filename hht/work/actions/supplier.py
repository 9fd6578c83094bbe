"""Supplier: ask the desk for a command, follow it, and look at the device itself where this terminal can.

Where no desk is at hand the step cannot be done here, and says so; nothing is pretended.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator
from datetime import timedelta

from hht.clock import iso_z
from hht.desk.course import AskReport, AskState
from hht.desk.kinds import AskKind
from hht.i18n import _
from hht.protocol.gbcs.device_types import DuisDeviceType as Type
from hht.work.desk_sight import can_be_seen, look
from hht.work.step import Action, StepContext, StepError, StepResult
from hht.work.supplier import SupplierDesk, Wanted, course_facts, ended_in_vain, plan_facts
from hht.work.supplier_requests import REQUESTS
from hht.work.view import Fact, Tone

ASLEEP_S = 1800  # a gas meter wakes each half-hour (requirement CH-04)
MARGIN_S = 10  # before the step's deadline: what is known by then is told, rather than that time is over
BY_DESK = "by-the-desk"


async def supplier(ctx: StepContext) -> StepResult:
    """Ask, follow, look. Raises StepError where there is no desk, or it did not do it, or has not yet."""
    if ctx.desk is None:
        raise StepError(
            _("Cannot be done here: ask the desk."),
            remedy=_("Name the desk's link with --desk or in the settings, ring the desk, or choose Can't do this."),
            code="ask-the-desk",
        )
    wanted = REQUESTS[ctx.spec.request](ctx.job, ctx.visit)
    report = await _followed(ctx, ctx.desk, wanted)
    facts = [*plan_facts(wanted), *course_facts(await _looked(ctx, ctx.desk, report))]
    facts += _inventory(report)
    return StepResult(tuple(facts), {"request": wanted.service, "reference": report.ask.reference})


async def _followed(ctx: StepContext, desk: SupplierDesk, wanted: Wanted) -> AskReport:
    report = desk.kept(ctx.spec.id) or desk.new(ctx.spec.id, wanted)
    if ended_in_vain(report):
        report = desk.again(report.ask.reference)
    item, target = wanted.kind.words, str(wanted.device)
    if report.state is not AskState.DONE:
        ctx.intend(item, target)
        report = await _heard(ctx, desk, report, plan_facts(wanted))
        if report.unknown or not report.state.final:
            raise _waiting(report)
    ctx.settle(item, target, BY_DESK if report.state is AskState.DONE else report.state.value)
    if report.state is not AskState.DONE:
        raise StepError(
            report.why or _("The desk says: {state}.").format(state=report.state.value),
            remedy=report.remedy or _("Ring the desk; then try again, or choose Can't do this."),
            code=f"desk-{report.state.value}",
        )
    return report


async def _heard(ctx: StepContext, desk: SupplierDesk, report: AskReport, plan: tuple[Fact, ...]) -> AskReport:
    """The ask as it stands when it has ended, or shortly before the step's time is over."""
    latest = report

    def show(one: AskReport) -> None:
        nonlocal latest
        latest = one
        asleep = one.state is AskState.ACKNOWLEDGED and one.ask.type is Type.GSME
        ctx.show((*plan, *course_facts(one), *((_asleep(ctx),) if asleep else ())))

    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(ctx.spec.deadline_s - MARGIN_S):
            return await desk.follow(report.ask.reference, show)
    return latest


def _asleep(ctx: StepContext) -> Fact:
    wakes = iso_z(ctx.clock.now() + timedelta(seconds=ASLEEP_S))
    words = _("asleep: it hears of it at its next wake-up, by {time}; its button wakes it at once")
    return Fact(_("Gas meter"), words.format(time=wakes))


def _waiting(report: AskReport) -> StepError:
    if report.state is AskState.ACKNOWLEDGED and not report.unknown:
        return StepError(
            _("Acknowledged ({code}), no result yet: the device may sleep for half an hour.").format(code=report.code),
            remedy=_("Wake it by its button, then try again: it is heard how it stands, nothing is asked twice."),
            code="desk-waiting",
        )
    return StepError(
        report.why or _("The desk was not heard to the end: what became of it is not known."),
        remedy=_("Try again: it is heard how it stands, nothing is asked twice."),
        code="desk-unknown",
    )


async def _looked(ctx: StepContext, desk: SupplierDesk, report: AskReport) -> AskReport:
    """The report with the fact at the device, where it can be read by the probe that identified the meter."""
    if not can_be_seen(report.ask.kind) or not ctx.visit.identity or report.ask.device != ctx.device.device_id:
        return report
    found = await look(report.ask, await ctx.meter(), ctx.device.clock_tolerance_s)
    assert found is not None
    return desk.seen(report.ask.reference, found.what, agrees=found.agrees, by=_("read by the optical port"))


def _inventory(report: AskReport) -> list[Fact]:
    """What the inventory says of the device: the only word on whether it counts as commissioned."""
    if report.ask.kind is not AskKind.READ_INVENTORY or not report.answer:
        return []
    answer = json.loads(report.answer)
    status = str(answer.get("status", "")) if isinstance(answer, dict) else ""
    good = status.casefold() == "commissioned"
    return [Fact(_("Status in the inventory"), status or _("not told"), Tone.GOOD if good else Tone.WARN)]


async def _preview(ctx: StepContext) -> AsyncIterator[tuple[Fact, ...]]:
    where = _("Deliver supplier's command") if ctx.desk is not None else _("Cannot be done here: ask the desk")
    yield (Fact(_("How"), where), *plan_facts(REQUESTS[ctx.spec.request](ctx.job, ctx.visit)))


SUPPLIER = Action("supplier", supplier, preview=_preview)
