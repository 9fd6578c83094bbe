"""Scan the meter's label and compare it with the job."""

from __future__ import annotations

from hht.i18n import _
from hht.work.devices import same_device
from hht.work.step import Action, StepContext, StepResult, WrongMeter
from hht.work.view import Fact, QuestionKind, Tone


async def scan_meter(ctx: StepContext) -> StepResult:
    """Ask for the device id on the label. Raises WrongMeter where the job names another."""
    expected = str(ctx.device.device_id)
    scanned = await ctx.ask(QuestionKind.DEVICE_ID, suggestion=expected)
    if not same_device(scanned, expected):
        raise WrongMeter(
            _("The label says {scanned}, the job says {expected}.").format(scanned=scanned, expected=expected),
            remedy=_("Scan the right meter. If this is the only one here, choose Can't do this and call the desk."),
        )
    fact = Fact(_("Label"), _("{device_id}, as in the job").format(device_id=scanned), Tone.GOOD)
    return StepResult((fact,), {"device_id": scanned})


SCAN_METER = Action("scan-meter", scan_meter)
