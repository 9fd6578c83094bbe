"""Identify: does the meter on the wall match the job? If not, nothing is written to it."""

from __future__ import annotations

from dataclasses import asdict

from hht.client.api import LocalAccess
from hht.i18n import _
from hht.link_remedies import Trouble, remedy_for
from hht.work.devices import same_device, shown
from hht.work.step import Action, StepContext, StepResult, WrongMeter
from hht.work.view import Fact, Tone


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
    )
    return StepResult(facts, {**asdict(identity), "device_id": expected, "local_access": identity.local_access.value})


IDENTIFY = Action("identify", identify, identifies=True)
