"""Without a WAN: the hub's time first, then the supplier's pack. A command that sets a clock by a hub that does not
know the time is not sent and not used up: the visit ends as installed, not commissioned, time unreliable.
"""

from __future__ import annotations

from hht.clock import iso_z
from hht.i18n import _
from hht.work.bearer import Brought, OnNews, PackBearer
from hht.work.progress import AT_BEST, REMARK
from hht.work.step import Action, StepContext, StepError, StepResult
from hht.work.view import Fact, Outcome, Tone


async def hub_time(ctx: StepContext) -> StepResult:
    """Read the hub's time over the HAN. Raises StepError where no way onto the HAN is named."""
    found = await _bearer(ctx).hub_time(_news(ctx))
    said = _("not known") if found.time is None else iso_z(found.time)
    facts = [Fact(_("Hub's time"), said, Tone.GOOD if found.reliable else Tone.WARN, from_device=True)]
    if found.reliable:
        facts.append(Fact(_("Reliable"), _("yes: clocks may be set by it"), Tone.GOOD))
        return StepResult(tuple(facts), {"reliable": True})
    facts.append(Fact(_("Reliable"), _("no: commands that set a clock stay here, unconsumed"), Tone.WARN))
    remark = _("installed, not commissioned, time unreliable")
    return StepResult(tuple(facts), {"reliable": False, AT_BEST: Outcome.INSTALL_AND_LEAVE.value, REMARK: remark})


async def deliver_pack(ctx: StepContext) -> StepResult:
    """Deliver the job's pack. Raises StepError where there is none, or a command was not carried out."""
    brought = await _bearer(ctx).deliver(_news(ctx))
    facts = tuple(
        Fact(one.title, one.held or one.words, Tone.GOOD if one.done else Tone.WARN) for one in brought.entries
    )
    data = {"pack": brought.name, "done": sum(one.done for one in brought.entries), "entries": len(brought.entries)}
    if brought.held:
        remark = _("installed, not commissioned: {why}").format(why=brought.held)
        return StepResult(facts, {**data, AT_BEST: Outcome.INSTALL_AND_LEAVE.value, REMARK: remark})
    _refuse_undone(brought)
    return StepResult(facts, data)


def _refuse_undone(brought: Brought) -> None:
    undone = [f"{one.title}: {one.words}" for one in brought.entries if not one.done]
    if undone:
        raise StepError(
            _("Not carried out: {commands}.").format(commands="; ".join(undone)),
            remedy=_("Look at the pack (hht pack show), or ring the desk; or choose Can't do this."),
            code="pack-not-done",
        )


def _bearer(ctx: StepContext) -> PackBearer:
    if ctx.bearer is None:
        raise StepError(
            _("Cannot be done here: no way onto the hub's HAN is named."),
            remedy=_("Name the dongle with --han, or choose Can't do this: the supplier does it once there is a WAN."),
            code="no-han",
        )
    return ctx.bearer


def _news(ctx: StepContext) -> OnNews:
    return lambda words: ctx.show((Fact(_("Now"), words),))


HUB_TIME = Action("hub-time", hub_time)
DELIVER_PACK = Action("deliver-pack", deliver_pack)
