"""Scan a device's label and compare it with the job."""

from __future__ import annotations

from hht.i18n import _
from hht.work.devices import same_device
from hht.work.job import JobDevice
from hht.work.reasons import Standing
from hht.work.scanned import difference
from hht.work.step import Action, StepContext, StepError, StepResult, WrongMeter
from hht.work.view import Fact, QuestionKind, Tone


async def scan_meter(ctx: StepContext) -> StepResult:
    """Ask for the device id on the label. Raises WrongMeter where the job names another, StepError ``must-not-install``
    where it must not be installed."""
    device = ctx.job.device(ctx.spec.device)
    assert device is not None, "its condition is that the job has one"
    expected = str(device.device_id)
    scanned = await ctx.ask(QuestionKind.DEVICE_ID, suggestion=expected)
    mixup = ctx.knowledge.wrong_device(device, scanned)
    if mixup is not None:
        raise WrongMeter(mixup.message, remedy=mixup.remedy, code=mixup.code) from mixup
    if not same_device(scanned, expected):
        said = _("The label says {scanned}, the job says {expected}.").format(scanned=scanned, expected=expected)
        raise WrongMeter(
            " ".join(filter(None, (said, difference(scanned, expected)))),
            remedy=_("Scan the right device. If this is the only one here, choose Can't do this and call the desk."),
        )
    fact = Fact(_("Label"), _("{device_id}, as in the job").format(device_id=scanned), Tone.GOOD)
    return StepResult((fact, *_compatibility(ctx, device)), {"device_id": scanned})


def _compatibility(ctx: StepContext, device: JobDevice) -> tuple[Fact, ...]:
    """What is to be said of the device by product list and van; it leaves the van. Nothing where neither is kept."""
    told = ctx.van.judge(ctx.job, device) if ctx.van is not None else None
    if ctx.van is None or told is None:
        return ()
    if told.standing is Standing.MUST_NOT:
        raise StepError(
            told.words,
            remedy=_("Do not fit it. Take one that may be installed, or choose Can't do this and call the desk."),
            code="must-not-install",
            reasons=sorted(told.codes),
        )
    ctx.van.take(ctx.job, device)
    return (Fact(_("May be installed"), told.words, told.standing.tone),)


SCAN_METER = Action("scan-meter", scan_meter)
