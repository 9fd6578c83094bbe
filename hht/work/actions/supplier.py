"""Supplier: ask the desk for a command, follow it, and look at the device itself where this terminal can.

Where no desk is at hand the step cannot be done here, and says so; nothing is pretended.
"""

from __future__ import annotations

from collections.abc import AsyncIterator

from hht.desk.course import AskReport
from hht.desk.kinds import AskKind
from hht.i18n import _
from hht.work.actions.following import desk_of, followed
from hht.work.actions.whose_supply import whose_supply
from hht.work.desk_sight import can_be_seen, look
from hht.work.device_logs import told_of
from hht.work.devices import shown
from hht.work.progress import AT_BEST, REMARK
from hht.work.step import Action, StepContext, StepError, StepResult
from hht.work.supplier import SupplierDesk, Wanted, course_facts, plan_facts
from hht.work.supplier_requests import CLOSED, PARTNERS, REQUESTS
from hht.work.view import Fact, Outcome, Tone

_HOP = ("service", "device", "outcome")
SETS_CLOCK = (AskKind.COMMISSION, AskKind.SYNCHRONISE_CLOCK)


async def supplier(ctx: StepContext) -> StepResult:
    """Ask, follow, look; one thing, or one for each device. Raises StepError where there is no desk, or it did not do
    it, or has not yet."""
    desk = desk_of(ctx)
    facts: list[Fact] = []
    references: list[str] = []
    service = ""
    left: dict[str, str] = {}
    for number, wanted in enumerate(_wanted(ctx), 1):
        service = wanted.service
        if wanted.kind in SETS_CLOCK and time_unreliable(ctx):
            return _held(wanted)
        report = await followed(ctx, wanted, number)
        facts += [*plan_facts(wanted), *_whose(ctx, wanted), *course_facts(await _looked(ctx, desk, report))]
        facts += [*(stands := _inventory(ctx, report)), *_hops(report), *_partner(ctx, report)]
        for fact in stands:
            if fact.tone is Tone.WARN:  # what the inventory does not count as commissioned is not done here
                left = {AT_BEST: Outcome.INSTALL_AND_LEAVE.value, REMARK: f"{fact.label}: {fact.value}"}
        references.append(report.ask.reference)
    if not references:
        return StepResult((Fact(_("Nothing to do"), _("no device is joined there"), Tone.GOOD),), {})
    more = {"references": references} if len(references) > 1 else {}
    return StepResult(tuple(facts), {"request": service, "reference": references[0], **more, **left})


def _wanted(ctx: StepContext) -> tuple[Wanted, ...]:
    """What the step asks for: one thing, or one for each device that was found."""
    found = REQUESTS[ctx.spec.request](ctx.job, ctx.visit)
    return found if isinstance(found, tuple) else (found,)


def _whose(ctx: StepContext, wanted: Wanted) -> tuple[Fact, ...]:
    """Of whom the number is that a meter is given."""
    return whose_supply(ctx, ctx.spec.device) if wanted.kind in (AskKind.SET_MPAN, AskKind.SET_MPRN) else ()


def _held(wanted: Wanted) -> StepResult:
    remark = _("installed, not commissioned, time unreliable")
    held = Fact(_("Held"), _("not asked for: the hub's time is unreliable, and the clock is set by it"), Tone.WARN)
    left = {AT_BEST: Outcome.INSTALL_AND_LEAVE.value, REMARK: remark}
    return StepResult((*plan_facts(wanted), held), {"request": wanted.service, **left})


def time_unreliable(ctx: StepContext) -> bool:
    """Whether the hub's time was read, and no clock may be set by it."""
    return ctx.data("hub-time").get("reliable") is False


async def _looked(ctx: StepContext, desk: SupplierDesk, report: AskReport) -> AskReport:
    """The report with the fact at the device, where it can be read by the probe that identified the meter."""
    if not can_be_seen(report.ask.kind) or not ctx.visit.identity or report.ask.device != ctx.device.device_id:
        return report
    found = await look(report.ask, await ctx.meter(), ctx.device.clock_tolerance_s)
    if found is None:
        return report
    return desk.seen(report.ask.reference, found.what, agrees=found.agrees, by=_("read by the optical port"))


def _inventory(ctx: StepContext, report: AskReport) -> list[Fact]:
    """What the inventory says of the device: the only word on whether it counts as commissioned."""
    if report.ask.kind is not AskKind.READ_INVENTORY or not report.answer:
        return []
    answer = told_of(report.answer)
    status = str(answer.get("status", "")) if isinstance(answer, dict) else ""
    if ctx.spec.request in CLOSED:
        return [_closed(status)]
    good = status.casefold() == "commissioned"
    return [Fact(_("Status in the inventory"), shown(status) or _("not told"), Tone.GOOD if good else Tone.WARN)]


def _closed(status: str) -> Fact:
    """That the record of a meter which is gone is closed. Raises StepError where it is not."""
    if status.casefold() != "decommissioned":
        raise StepError(
            _("The old meter is still {status} in the inventory: two records stand for one supply.").format(
                status=shown(status) or _("not told")
            ),
            remedy=_("Ask the desk to decommission it, then try again; or choose Can't do this."),
            code="old-record-open",
        )
    return Fact(_("Status in the inventory"), shown(status), Tone.GOOD)


def _hops(report: AskReport) -> list[Fact]:
    """What a party did for a customer who rang, request by request."""
    if report.ask.kind is not AskKind.PAIR_DEVICE or not report.answer:
        return []
    told = told_of(report.answer)
    rows = [one for one in told if isinstance(one, dict)] if isinstance(told, list) else []
    words = _("service request {service} to {device}: {outcome}")
    return [Fact(_("Hop"), words.format(**{key: shown(str(one.get(key, ""))) for key in _HOP})) for one in rows]


def _partner(ctx: StepContext, report: AskReport) -> list[Fact]:
    """Where a device is asked whom it knows: that it knows the partner. Raises StepError where it does not."""
    partner = ctx.job.device(PARTNERS.get(ctx.spec.request, ""))
    if partner is None:
        return []
    if str(partner.device_id) not in report.answer:
        raise StepError(
            _("This end does not know {partner}: the join is not whole.").format(partner=partner.device_id),
            remedy=_("Join it again at this end; or choose Can't do this."),
            code="join-not-whole",
        )
    return [Fact(_("Knows"), str(partner.device_id), Tone.GOOD, from_device=True)]


async def _preview(ctx: StepContext) -> AsyncIterator[tuple[Fact, ...]]:
    where = _("Deliver supplier's command") if ctx.desk is not None else _("Cannot be done here: ask the desk")
    yield (Fact(_("How"), where), *(fact for one in _wanted(ctx) for fact in (*plan_facts(one), *_whose(ctx, one))))


SUPPLIER = Action("supplier", supplier, through="desk", preview=_preview)
