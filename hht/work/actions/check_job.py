"""Check the job: what is to be done, where, on which meter. Nothing is sent."""

from __future__ import annotations

from collections.abc import AsyncIterator

from hht.clock import iso_z
from hht.i18n import _
from hht.work.ruling import Ruling
from hht.work.site_rules import refuse_what_must_not_be, rulings
from hht.work.step import Action, StepContext, StepResult
from hht.work.terminal_clock import suspicion
from hht.work.units import minutes_seconds
from hht.work.view import Fact, Tone


async def check_job(ctx: StepContext) -> StepResult:
    """The job as facts, which the person has compared with what they see, and the rules of its site. Raises
    NotByTheRules where one of them says that what the job asks for must not be done."""
    told = _rulings(ctx)
    refuse_what_must_not_be(told)
    facts = (*_facts(ctx), *_rule_facts(told))
    return StepResult(facts, {"reference": ctx.job.reference, "rules": [one.code for one in told]})


async def _preview(ctx: StepContext) -> AsyncIterator[tuple[Fact, ...]]:
    yield (*_facts(ctx), *_rule_facts(_rulings(ctx)))


def _rulings(ctx: StepContext) -> tuple[Ruling, ...]:
    return rulings(ctx.job, ctx.clock.now().date(), ctx.knowledge.others(), ctx.knowledge.attempts())


def _rule_facts(told: tuple[Ruling, ...]) -> tuple[Fact, ...]:
    """What is so at this site, not what is so at every one."""
    return tuple(one.fact for one in told if not one.general)


def _facts(ctx: StepContext) -> tuple[Fact, ...]:
    """The job, to be compared; the terminal's clock and test identifiers are warned about."""
    job, device = ctx.job, ctx.device
    limit_s = device.randomised_offset_limit_s
    facts = [
        Fact(_("Reference"), job.reference),
        Fact(_("Address"), job.address),
        Fact(_("Device ID"), str(device.device_id)),
        Fact(_("Import MPAN"), str(device.mpan)),
        Fact(
            _("Randomised offset limit"),
            _("{seconds} s ({clock} at worst)").format(seconds=limit_s, clock=minutes_seconds(limit_s)),
        ),
    ]
    if job.notes:
        facts.append(Fact(_("Notes"), job.notes))
    if job.appointment_start is not None and job.appointment_end is not None:
        window = f"{iso_z(job.appointment_start)} – {iso_z(job.appointment_end)}"
        facts.append(Fact(_("Appointment"), window))
    if device.mpan.test_data:
        facts.append(Fact(_("Test data"), _("the MPAN's check digit is wrong; accepted in training"), Tone.WARN))
    doubt = suspicion(ctx.clock.now(), ctx.visit.latest_at)
    if doubt:
        facts.append(Fact(_("Terminal's clock"), doubt, Tone.WARN))
    return tuple(facts)


CHECK_JOB = Action("check-job", check_job, preview=_preview)
