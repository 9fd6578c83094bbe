"""The microgeneration meter beside the new one: what stands on it, whose it is, and what it says by its own port."""

from __future__ import annotations

from hht.clock import iso_z
from hht.i18n import _
from hht.work.actions.ask import ask
from hht.work.actions.readings import Elsewhere, energy_beside, register_fact, registers_data
from hht.work.job import JobOther
from hht.work.step import Action, StepContext, StepError, StepResult
from hht.work.view import Fact, Tone

GENERATION = "generation-meter"
EXPORT_MPAN = "export-mpan"  # the item that asks for it


async def generation_record(ctx: StepContext) -> StepResult:
    """The step's items. Raises StepError where the export MPAN is not the job's: an import MPAN is never one."""
    told = await ask(ctx)
    said, device = told.data.get(EXPORT_MPAN, ""), ctx.job.device(GENERATION)
    if said and isinstance(device, JobOther) and said != str(device.export_mpan):
        own = said == str(ctx.device.mpan)
        words = _("That is the import MPAN: the export has one of its own.") if own else ""
        raise StepError(
            words
            or _("The export MPAN here is {said}, the job says {wanted}.").format(said=said, wanted=device.export_mpan),
            remedy=_("Look at the export statement or agreement; if it is so, choose Can't do this and ring the desk."),
            code="export-mpan",
        )
    return told


async def read_generation(ctx: StepContext) -> StepResult:
    """Every energy register that the microgeneration meter shows by its own optical port. Raises WrongMeter where
    another meter answers, StepError where it shows none."""
    device = ctx.job.device(GENERATION)
    assert device is not None, "its condition is that the job has one"
    expected = str(device.device_id)
    energy = await energy_beside(
        ctx,
        expected,
        Elsewhere(
            _("The probe is on {found}; the microgeneration meter is {expected}."),
            _("Move over to the microgeneration meter, then try again."),
            _("The microgeneration meter shows no energy register."),
            _("What stands on its display was written down already: choose Can't do this."),
        ),
    )
    facts = [Fact(_("Microgeneration meter"), expected, Tone.GOOD), *(register_fact(one) for one in energy)]
    if not any(one.value for one in energy):
        facts.append(Fact(_("Generation"), _("none counted yet: is it wired in, and does it make any?"), Tone.WARN))
    data = {"device_id": expected, "time": iso_z(ctx.clock.now()), "registers": registers_data(energy)}
    return StepResult(tuple(facts), data)


GENERATION_RECORD = Action("generation-record", generation_record, only_asks=True)
READ_GENERATION = Action("read-generation", read_generation)
