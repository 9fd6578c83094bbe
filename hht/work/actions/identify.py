"""Identify: does the meter on the wall match the job? If not, nothing is written to it."""

from __future__ import annotations

from dataclasses import asdict

from hht.client.api import Identity, LocalAccess
from hht.i18n import _
from hht.link_remedies import Trouble, remedy_for
from hht.work.actions.listed import list_facts
from hht.work.compatibility import OUTSIDE, listed_row
from hht.work.devices import same_device, shown
from hht.work.equipment import Level
from hht.work.equipment_check import directed, directions_for, level_words
from hht.work.job import Job
from hht.work.step import Action, StepContext, StepError, StepResult, WrongMeter
from hht.work.van import VanDevice
from hht.work.view import Fact, Tone
from hht.work.walkthrough import load_walkthrough


def access_words(access: str) -> str:
    """What a meter's optical port allows, in words; what this program does not know, as it is."""
    words = {
        LocalAccess.INSTALLER.value: _("reads and writes for an installer"),
        LocalAccess.READ.value: _("reads only: changes are the supplier's"),
        LocalAccess.NONE.value: _("gives nothing away"),
    }
    return words.get(access, access)


def _access_fact(access: LocalAccess) -> Fact:
    tone = Tone.GOOD if access is LocalAccess.INSTALLER else Tone.WARN
    return Fact(_("Optical port"), access_words(access.value), tone)


def _listed(ctx: StepContext, identity: Identity) -> tuple[Fact, ...]:
    """What the product list has of the meter that is there. Raises StepError where such a meter is not commissioned: it
    is no smart meter (ARC-09), or it was so directed (S1E-18, SEC-22)."""
    products = ctx.van.products() if ctx.van is not None else None
    if products is None:
        return ()
    about = list_facts(ctx, products)
    said = VanDevice(
        "electricity-meter", ctx.device.device_id, identity.manufacturer, identity.model, identity.firmware
    )
    today = ctx.clock.now().date()
    row = listed_row(said, products, today)
    if row is None or row.record is None:
        return about
    orders = [directed(one) for one in directions_for(row.record, identity.device_id, today)]
    facts = [Fact(_("Direction"), one.words, Tone.BAD) for one in orders]
    level = row.level is not Level.SMETS
    outside = ctx.job.walkthrough == OUTSIDE
    if level:
        facts.insert(0, Fact(_("Recognised as"), level_words(row.record), Tone.GOOD if outside else Tone.BAD))
    if not outside and (orders or level) and commissions(ctx.job):
        raise StepError(
            " ".join(one.value for one in (*facts, *about)),
            remedy=_("Do not commission it. Choose Can't do this, and ask the desk for an exchange."),
            code=orders[0].code if orders else "not-smets",
        )
    return (*facts, *about)


def commissions(job: Job) -> bool:
    """Whether the job's meter is to be commissioned with the DCC."""
    return job.walkthrough.startswith("commission") or "electricity-meter" in load_walkthrough(job.walkthrough).from_van


async def identify(ctx: StepContext) -> StepResult:
    """Ask the meter who it is. Raises WrongMeter where it is not the job's."""
    identity = await (await ctx.meter()).identify()
    expected = str(ctx.device.device_id)
    if not same_device(identity.device_id, expected):
        raise WrongMeter(
            _("The meter on the wall says {found}, the job says {expected}.").format(
                found=shown(identity.device_id), expected=expected
            ),
            remedy=remedy_for(Trouble.WRONG_METER, ctx.link),
        )
    facts = (
        Fact(_("Device ID"), shown(identity.device_id), Tone.GOOD, from_device=True),
        Fact(_("Maker"), shown(identity.manufacturer), from_device=True),
        Fact(_("Model"), shown(identity.model), from_device=True),
        Fact(_("Firmware"), shown(identity.firmware), from_device=True),
        Fact(_("Variant"), shown(identity.variant), from_device=True),
        _access_fact(identity.local_access),
        *_listed(ctx, identity),
    )
    return StepResult(facts, {**asdict(identity), "device_id": expected, "local_access": identity.local_access.value})


IDENTIFY = Action("identify", identify, identifies=True)
