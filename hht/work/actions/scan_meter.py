"""Scan a device's label and compare it with the job."""

from __future__ import annotations

from hht.i18n import _
from hht.work.devices import same_device
from hht.work.job import JobOther
from hht.work.step import Action, StepContext, StepResult, WrongMeter
from hht.work.view import Fact, QuestionKind, Tone


async def scan_meter(ctx: StepContext) -> StepResult:
    """Ask for the device id on the label. Raises WrongMeter where the job names another."""
    device = ctx.job.device(ctx.spec.device)
    assert device is not None, "its condition is that the job has one"
    expected = str(device.device_id)
    scanned = await ctx.ask(QuestionKind.DEVICE_ID, suggestion=expected)
    if isinstance(device, JobOther) and device.gpf_id is not None and same_device(scanned, str(device.gpf_id)):
        raise WrongMeter(
            _("This is the GPF ID; the CHF ID is needed here."),
            remedy=_("Scan the other number on the hub's label."),
            code="gpf-not-chf",
        )
    if not same_device(scanned, expected):
        raise WrongMeter(
            _("The label says {scanned}, the job says {expected}.").format(scanned=scanned, expected=expected),
            remedy=_("Scan the right device. If this is the only one here, choose Can't do this and call the desk."),
        )
    fact = Fact(_("Label"), _("{device_id}, as in the job").format(device_id=scanned), Tone.GOOD)
    return StepResult((fact,), {"device_id": scanned})


SCAN_METER = Action("scan-meter", scan_meter)
