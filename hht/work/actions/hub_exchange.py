"""Exchange of a hub, step by step (`hht.work.hub_exchange`): the journal has counts and a fingerprint, never a list of
who is on the HAN, so that the receipt of the erasure is true of the whole store."""

from __future__ import annotations

from typing import Final

from hht.i18n import _
from hht.work.actions.ask import ask
from hht.work.bearer import OnNews
from hht.work.exchanger import HubExchanger
from hht.work.hub_exchange_state import Blocker, ExchangeState, Phase
from hht.work.hub_hand import HubWorkError
from hht.work.progress import AT_BEST, REMARK
from hht.work.step import Action, StepContext, StepError, StepResult
from hht.work.view import NOT_MEASURED, Fact, Outcome, Question, QuestionKind, StepState, Tone

_BLOCKERS: Final = ("supply-off", "balance-not-read", "balance-low", "meters-not-read")
REMOVAL: Final = "fit-hub"  # the step in which the old hub comes off: from then on nothing is forgotten unproved
_MARGIN_S: Final = 120  # before the deadline: what is known by then is told
_BEFORE: Final = (Phase.BEGUN, Phase.SNAPSHOT, Phase.PROVEN, Phase.CHECKED, Phase.EXPECTED)


async def snapshot(ctx: StepContext) -> StepResult:
    """Keep who is on the old hub's HAN, unless it is kept already."""
    exchanger = _exchanger(ctx)
    state = exchanger.state()
    if state is None or not state.reached(Phase.SNAPSHOT):
        state = await exchanger.snapshot(_news(ctx))
    facts = (
        Fact(_("On the old hub's Device Log"), str(state.devices), Tone.GOOD),
        Fact(_("Fingerprint"), state.fingerprint),
        Fact(_("Kept"), _("sealed, without keys; erased at the end, with a receipt")),
    )
    return StepResult(facts, {"devices": state.devices, "fingerprint": state.fingerprint})


async def prove(ctx: StepContext) -> StepResult:
    """The desk's word on the centre's copy: what the new hub will be restored from."""
    exchanger = _exchanger(ctx)
    state = _begun(exchanger)
    if not state.reached(Phase.PROVEN):
        state = await exchanger.prove(_news(ctx))
    fact = Fact(_("The centre's copy"), _("as new as the hub's own log ({how})").format(how=state.reference), Tone.GOOD)
    return StepResult((fact,), {"reference": state.reference})


async def check(ctx: StepContext) -> StepResult:
    """Money and supply of the meters; a person answers each thing that speaks against taking the hub off."""
    exchanger = _exchanger(ctx)
    if not _begun(exchanger).reached(Phase.EXPECTED):
        await exchanger.check(_news(ctx))
        await _answered(ctx, exchanger)
    state = _begun(exchanger)
    facts = [Fact(one.words, one.answered, Tone.WARN) for one in state.blockers]
    if not facts:
        facts = [Fact(_("Money and supply"), _("nothing speaks against it"), Tone.GOOD)]
    return StepResult(tuple(facts), {"blockers": len(state.blockers)})


async def _answered(ctx: StepContext, exchanger: HubExchanger) -> None:
    for blocker in _begun(exchanger).open_blockers:
        why = await ctx.put(_about(ctx, blocker))
        if why == NOT_MEASURED or not why.strip():
            raise StepError(blocker.words, remedy=blocker.remedy, code="hub-blocked")
        exchanger.answer(blocker.code, blocker.device, why)


def _about(ctx: StepContext, blocker: Blocker) -> Question:
    prompt = _("{words} {remedy}").format(words=blocker.words, remedy=blocker.remedy)
    return Question(f"{ctx.spec.id}/{blocker.code}", QuestionKind.TEXT, prompt)


async def expect(ctx: StepContext) -> StepResult:
    """The tamper is announced, right before the removal. What was read too long ago is read once more."""
    exchanger = _exchanger(ctx)
    told = await ask(ctx)
    if not _begun(exchanger).reached(Phase.SWAPPED):
        try:
            exchanger.expect()
        except HubWorkError as error:
            if error.code != "hub-check-old":
                raise
            await exchanger.check(_news(ctx))
            await _answered(ctx, exchanger)
            exchanger.expect()
    fact = Fact(_("Announced"), _("taking the hub off raises a tamper at the meter"), Tone.GOOD)
    return StepResult((*told.facts, fact), told.data)


async def restore(ctx: StepContext) -> StepResult:
    """The new hub gets log and partners of the old one; what it has already is not given again."""
    exchanger = _exchanger(ctx)
    state = _begun(exchanger)
    if not state.reached(Phase.SWAPPED):
        state = exchanger.swapped()
    if not state.reached(Phase.RESTORED):
        state = await exchanger.restore(_news(ctx))
    facts = [Fact(_("Restored"), _("{count} devices on the new hub's log").format(count=state.devices), Tone.GOOD)]
    if state.to_add_again:
        words = _("{count}: had never joined, and no copy has their install codes").format(
            count=len(state.to_add_again)
        )
        facts.append(Fact(_("To be listed again"), words, Tone.WARN))
    return StepResult(tuple(facts), {"devices": state.devices, "to_add_again": len(state.to_add_again)})


async def prove_devices(ctx: StepContext) -> StepResult:
    """Every device is shown to talk: it answers, or it has joined. The gas meter when it wakes."""
    exchanger = _exchanger(ctx)
    state = _begun(exchanger)
    if not state.reached(Phase.DEVICES_PROVED):
        state = await exchanger.prove_devices(_news(ctx), ctx.spec.deadline_s - _MARGIN_S)
    facts = [Fact(_("Shown to talk"), str(len(state.proved)), Tone.GOOD)]
    remarks = []
    if state.given_up:
        remarks.append(_("{count} devices are not waited for any more").format(count=len(state.given_up)))
    if state.lost_joins:
        remarks.append(_("{count} joins are gone: join them again").format(count=len(state.lost_joins)))
    if state.tampers:
        remarks.append(_("{count} tampers at the meters were not announced").format(count=len(state.tampers)))
    facts += [Fact(_("After the exchange"), words, Tone.WARN) for words in remarks]
    data = {"proved": len(state.proved), "hub_removed": state.hub_removed}
    if remarks:
        return StepResult(tuple(facts), {**data, AT_BEST: Outcome.INSTALL_AND_LEAVE.value, REMARK: "; ".join(remarks)})
    return StepResult(tuple(facts), data)


async def finish(ctx: StepContext) -> StepResult:
    """The snapshot is erased and the store searched. Before the removal that gives the exchange up."""
    exchanger = _exchanger(ctx)
    state = exchanger.state()
    if state is None:
        return StepResult((Fact(_("Snapshot"), _("none was taken"), Tone.GOOD),), {})
    if state.phase is Phase.DEVICES_PROVED:
        state = exchanger.finish()
    elif state.phase in _BEFORE and ctx.visit.steps[REMOVAL].state is not StepState.DONE:
        state = exchanger.abandon(_("the old hub stays where it is"))
    if not state.over:
        raise StepError(
            _("Not every device has been shown to talk: what they were joined to is still needed."),
            remedy=_("Go on with it later (hht han exchange devices, then finish), and choose Can't do this."),
            code="hub-snapshot-needed",
        )
    return _receipt(state)


def _receipt(state: ExchangeState) -> StepResult:
    receipt = state.receipt
    if not receipt:
        return StepResult((Fact(_("Snapshot"), _("none was taken"), Tone.GOOD),), {"phase": state.phase.value})
    words = _("erased: {found} of {pieces} pieces of it are left in {octets} bytes of the store").format(
        found=receipt["found_after"], pieces=receipt["pieces"], octets=receipt["octets_searched"]
    )
    data = {"phase": state.phase.value, "found_after": receipt["found_after"], "pieces": receipt["pieces"]}
    return StepResult((Fact(_("Snapshot"), words, Tone.GOOD),), data)


def _exchanger(ctx: StepContext) -> HubExchanger:
    if ctx.exchanger is None:
        raise StepError(
            _("Cannot be done here: no way onto the hub's HAN is named, or the job does not say which hub goes."),
            remedy=_("Name the dongle with --han; a job for an exchange has old_hub."),
            code="no-han",
        )
    return ctx.exchanger


def _begun(exchanger: HubExchanger) -> ExchangeState:
    state = exchanger.state()
    if state is None:
        raise StepError(
            _("No snapshot of the old hub's HAN was taken."),
            remedy=_("Leave the old hub where it is, and begin with the snapshot."),
            code="hub-no-snapshot",
        )
    return state


def _news(ctx: StepContext) -> OnNews:
    return lambda words: ctx.show((Fact(_("Now"), words),))


HUB_SNAPSHOT = Action("hub-snapshot", snapshot, through="han")
HUB_COPY = Action("hub-copy", prove, through="han")
HUB_CHECK = Action("hub-check", check, through="han", asks=_BLOCKERS)
HUB_EXPECT = Action("hub-expect", expect, through="han")
HUB_RESTORE = Action("hub-restore", restore, through="han")
HUB_DEVICES = Action("hub-devices", prove_devices, through="han")
HUB_FORGET = Action("hub-forget", finish, through="han")
