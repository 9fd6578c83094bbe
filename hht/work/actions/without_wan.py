"""Without a WAN: the hub's time first, then the supplier's pack. A command that sets a clock by a hub that does not
know the time is not sent and not used up: the visit ends as installed, not commissioned, time unreliable.
"""

from __future__ import annotations

from hht.clock import iso_z
from hht.i18n import _, ngettext
from hht.work.bearer import Brought, OnNews, PackBearer
from hht.work.devices import device_words
from hht.work.progress import AT_BEST, REMARK
from hht.work.step import Action, StepContext, StepError, StepResult
from hht.work.view import Fact, Outcome, Question, QuestionKind, StepState, Tone

_JOINS = ("join-esme", "join-gsme", "join-ppmid", "join-ihd")  # the steps in which a device is seen to join


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


async def let_in(ctx: StepContext) -> StepResult:
    """Deliver what the pack has for the hub itself: whom it lets in. Raises StepError as `deliver_pack`."""
    brought = await _bearer(ctx).let_in(_news(ctx))
    _refuse_undone(brought)
    data = {"pack": brought.name, "done": len(brought.entries), "entries": len(brought.entries)}
    if not brought.entries:
        return StepResult((Fact(_("Pack"), _("lets nobody in: what is to join has to be listed already")),), data)
    return StepResult(_told(brought), data)


async def deliver_pack(ctx: StepContext) -> StepResult:
    """Deliver the job's pack. What it has for a device that did not join is passed over, where a person says so: the
    rest would wait behind it. Raises StepError where there is none, or a command was not carried out."""
    await _without_the_absent(ctx, _bearer(ctx))
    brought = await _bearer(ctx).deliver(_news(ctx))
    facts = _told(brought)
    data = {"pack": brought.name, "done": sum(one.done for one in brought.entries), "entries": len(brought.entries)}
    if not brought.held:
        _refuse_undone(brought)
    if remark := _remark(brought):
        return StepResult(facts, {**data, AT_BEST: Outcome.INSTALL_AND_LEAVE.value, REMARK: remark})
    return StepResult(facts, data)


def _remark(brought: Brought) -> str:
    """What the visit left to the supplier; "" where that is nothing."""
    void = [one.title for one in brought.entries if one.void]
    told = [_("installed, not commissioned: {why}").format(why=brought.held)] if brought.held else []
    told += [_("left to the supplier: {commands}").format(commands="; ".join(void))] if void else []
    return " ".join(told)


async def _without_the_absent(ctx: StepContext, bearer: PackBearer) -> None:
    for name in _JOINS:
        step = ctx.visit.steps.get(name)
        device = None if step is None else ctx.job.device(step.spec.device)
        if step is None or step.state is not StepState.LEFT or device is None:
            continue
        count = bearer.waiting_for(device.device_id)
        words = ngettext(
            "The pack has {count} command for a device that did not join ({device}). Leave it to the supplier?",
            "The pack has {count} commands for a device that did not join ({device}). Leave them to the supplier?",
            count,
        )
        said = words.format(count=count, device=device_words(device))
        question = Question(f"{ctx.spec.id}/{name}", QuestionKind.CONFIRM, said)
        if count and await ctx.put(question) == "yes":
            bearer.pass_over(device.device_id, _("the engineer: the device did not join"))


def _told(brought: Brought) -> tuple[Fact, ...]:
    return tuple(
        Fact(one.title, one.held or one.words, Tone.GOOD if one.done else Tone.WARN) for one in brought.entries
    )


def _refuse_undone(brought: Brought) -> None:
    undone = [f"{one.title}: {one.words}" for one in brought.entries if not one.done and not one.void]
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


HUB_TIME = Action("hub-time", hub_time, through="han")
LET_IN = Action("let-in-by-pack", let_in, through="han")
DELIVER_PACK = Action("deliver-pack", deliver_pack, through="han", asks=_JOINS)
