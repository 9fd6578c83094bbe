"""When a step applies: what the job says decides before the visit, what is found on site while it goes on.

A condition is a name and the values of which one must hold: ``when = { fuel = "gas", wan = "no" }``. A safety item may
only have conditions of the job (`hht.work.walkthrough_rules`): nothing said on site can make it go away.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING

from hht.work.fitted_rules import advanced_may_stay
from hht.work.items import ItemSpec, When
from hht.work.view import StepState

if TYPE_CHECKING:
    from hht.work.job import Job
    from hht.work.progress import VisitProgress

METER_EXCHANGE = "meter-exchange"  # the walkthroughs
GAS_FIRST = "gas-first"
LATER = "commission-later"
_yes_no = {True: frozenset({"yes"}), False: frozenset({"no"})}


def _fuel(job: Job) -> frozenset[str]:
    fuels = {"electricity-meter": "electricity", "gas-meter": "gas"}
    return frozenset(fuels[device.type] for device in job.devices if device.type in fuels)


def _supply(job: Job) -> frozenset[str]:
    return frozenset({job.meter.variant})


def _device(job: Job) -> frozenset[str]:
    return frozenset(device.type for device in job.devices)


def _payment(job: Job) -> frozenset[str]:
    return frozenset({job.payment_mode})


def _domestic(job: Job) -> frozenset[str]:
    return _yes_no[job.domestic]


def _calorific(job: Job) -> frozenset[str]:
    return _yes_no[bool(job.calorific_value)]


def _export(job: Job) -> frozenset[str]:
    meter = job.device("generation-meter")
    return _yes_no[getattr(meter, "export_mpan", None) is not None]


def _switch(job: Job) -> frozenset[str]:
    return frozenset(str(switch.number) for switch in job.switches)


def _teleswitch(job: Job) -> frozenset[str]:
    return _yes_no[any(switch.old_circuit for switch in job.switches)]


def _boost(job: Job) -> frozenset[str]:
    return _yes_no[any(switch.boost for switch in job.switches)]


def _timed(job: Job) -> frozenset[str]:
    return _yes_no[any(switch.on or switch.weekend for switch in job.switches)]


def _interface(job: Job) -> frozenset[str]:
    """Whether a PPMID belongs to the job; "prepayment-without" where none does and the customer prepays."""
    if job.device("prepayment-interface") is not None:
        return frozenset({"yes"})
    return frozenset({"prepayment-without"} if job.payment_mode == "prepayment" else ())


def _old(job: Job) -> frozenset[str]:
    return frozenset(old.fuel for old in job.old_meters if old.device_id is not None)


def _hub(job: Job) -> frozenset[str]:
    """Whether the hub is another one than before: an exchange of meters leaves the one that is there."""
    return frozenset({"stays" if job.walkthrough == METER_EXCHANGE else "new"})


def _shared(job: Job) -> frozenset[str]:
    """Whether a neighbour's meter may be beside this one: in flats, and where the job does not say what it is."""
    return _yes_no[job.building in ("flat", "high-rise", "")]


def _first(job: Job) -> frozenset[str]:
    """Which fuel's smart meter is in first: with gas first, no display has anything to join yet."""
    return frozenset({"gas" if job.walkthrough == GAS_FIRST else "electricity"})


def _metering(job: Job) -> frozenset[str]:
    return frozenset({"current-transformer" if job.transformers else "whole-current"})


def _site(job: Job) -> frozenset[str]:
    return frozenset({job.site})


def _advanced(job: Job) -> frozenset[str]:
    """Whether an advanced meter is there that its customer may keep."""
    return frozenset({"may-stay"} if advanced_may_stay(job) else ())


BY_JOB: Mapping[str, Callable[[Job], frozenset[str]]] = {
    "fuel": _fuel,
    "supply": _supply,  # single, twin, polyphase
    "device": _device,
    "payment": _payment,
    "domestic": _domestic,
    "calorific": _calorific,
    "interface": _interface,
    "export": _export,  # whether the job says the export MPAN of the microgeneration meter
    "switch": _switch,  # numbers of the auxiliary switches
    "teleswitch": _teleswitch,  # a radio teleswitch is replaced
    "boost": _boost,
    "old": _old,  # the fuels of which a smart meter comes off the HAN
    "hub": _hub,  # new, stays
    "shared": _shared,  # yes, no: whether a neighbour's meter may be beside it
    "first": _first,  # gas, electricity
    "metering": _metering,  # whole-current, current-transformer
    "site": _site,  # usual, new-build, emergency
    "advanced": _advanced,  # may-stay
    "timed": _timed,  # a switch has times of its own
}


def _wan(progress: VisitProgress, _job: Job) -> frozenset[str]:
    """What the step that waits for the WAN came to; nothing before."""
    answer = progress.answers.get("hub-wan/found", "")
    return frozenset({answer}) if answer else frozenset()


def _commands(progress: VisitProgress, job: Job) -> frozenset[str]:
    """How the supplier's commands come to the devices: by the WAN, else as the job says; nothing before it is known."""
    found = _wan(progress, job)
    return frozenset({"wan"}) if "yes" in found else frozenset({job.without_wan}) if found else frozenset()


def _access(progress: VisitProgress, _job: Job) -> frozenset[str]:
    """What the meter's optical port allows; "none" where no meter was identified over it."""
    return frozenset({str(progress.identity.get("local_access", "none"))})


def _found(progress: VisitProgress, _job: Job) -> frozenset[str]:
    """Whether a step that looked for devices has found any; nothing before."""
    step = progress.steps.get("find-devices")
    return _yes_no[bool(step.data.get("devices"))] if step is not None and step.data else frozenset()


def _supply_of(step_id: str) -> Callable[[VisitProgress, Job], frozenset[str]]:
    """The Supply State that a step has read; nothing before."""

    def read(progress: VisitProgress, _job: Job) -> frozenset[str]:
        step = progress.steps.get(step_id)
        return frozenset({str(step.data["supply"])} if step is not None and "supply" in step.data else ())

    return read


def _load(progress: VisitProgress, _job: Job) -> frozenset[str]:
    """What the load step at the customer's own meter came to; nothing before."""
    step = progress.steps.get("load-step")
    return frozenset({str(step.data["verdict"])}) if step is not None and step.data else frozenset()


def _generation(progress: VisitProgress, _job: Job) -> frozenset[str]:
    """What the devices were made to, as far as it was recognised; nothing before."""
    step = progress.steps.get("generation-of")
    return frozenset({str(step.data["made"])} if step is not None and "made" in step.data else ())


def _lead(progress: VisitProgress, job: Job) -> frozenset[str]:
    """Whether the job's supplier leads at the hub, by the desk's record; nothing before, and where nobody does."""
    step = progress.steps.get("site-record")
    lead = str(step.data.get("lead", "")) if step is not None else ""
    return _yes_no[lead.casefold() == job.supplier.casefold()] if lead else frozenset()


def _enrolled(progress: VisitProgress, _job: Job) -> frozenset[str]:
    """Whether a SMETS1 site is enrolled with the DCC, as the desk's record has it; nothing before."""
    step = progress.steps.get("site-record")
    return _yes_no[step.data["state"] == "enrolled"] if step is not None and step.data else frozenset()


def _left(progress: VisitProgress, _job: Job) -> frozenset[str]:
    """The steps that no earlier visit has done, as the step that looked it up found; all of them before."""
    step = progress.steps.get("pick-up")
    done = set(step.data.get("done", ())) if step is not None else set()
    return frozenset(name for name in progress.steps if name not in done)


def _hub_work(progress: VisitProgress, _job: Job) -> frozenset[str]:
    """What is to be done at the hub, as it was answered."""
    answer = progress.answers.get("hub-work/what", "")
    return frozenset({answer}) if answer else frozenset()


def _option(progress: VisitProgress, _job: Job) -> frozenset[str]:
    """What the HAN is to be made of, as a survey's person chose; nothing before."""
    answer = progress.answers.get("survey-options/option", "")
    return frozenset({answer}) if answer else frozenset()


def _firmware(progress: VisitProgress, _job: Job) -> frozenset[str]:
    """Whether everything came back as ordered once firmware was activated; nothing before."""
    step = progress.steps.get("firmware-after")
    return _yes_no[bool(step.data["back"])] if step is not None and "back" in step.data else frozenset()


def _gas(progress: VisitProgress, _job: Job) -> frozenset[str]:
    """What the work on gas came to: lit again, left off by a stop, or nobody began it."""
    steps = [step for step in progress.steps.values() if step.spec.section.name == "gas"]
    if any(step.stop for step in steps):
        return frozenset({"off"})
    if any(step.spec.restores == "gas" and step.state is StepState.DONE for step in steps):
        return frozenset({"lit"})
    begun = any(step.spec.isolates == "gas" and step.attempts for step in steps)
    return frozenset() if begun else frozenset({"untouched"})


ON_SITE: Mapping[str, Callable[[VisitProgress, Job], frozenset[str]]] = {
    "wan": _wan,  # yes, no
    "commands": _commands,  # wan, pack, relay
    "access": _access,
    "supply-state": _supply_of("supply-state"),  # enabled, armed, disabled
    "gas-state": _supply_of("gas-state"),
    "load": _load,  # this-meter, elsewhere, not-enough: the load step at the customer's own meter
    "firmware-back": _firmware,  # yes, no: versions and joins after an activation
    "option": _option,  # single-band, dual-band, repeater, second-hub, wired, abort
    "gas": _gas,  # lit, off, untouched
    "made": _generation,  # SMETS1, SMETS2+, unknown
    "lead": _lead,  # yes, no: whether the job's supplier manages the hub (Lead Supplier)
    "enrolled": _enrolled,  # yes, no: a SMETS1 site, with the DCC
    "hub-work": _hub_work,  # nothing, incident, decommission
    "left": _left,  # ids of steps: what no earlier visit has done
    "found": _found,  # yes, no: whether devices were found that are to go
}


def by_job(when: When | None, job: Job) -> bool:
    """Whether the job's conditions hold. Those that are found out on site count as if they held."""
    if not when:
        return True
    tests = [(BY_JOB[name](job), wanted) for name, wanted in (when or {}).items() if name in BY_JOB]
    return all(held & set(wanted) for held, wanted in tests)


def on_site(when: When | None, progress: VisitProgress, job: Job) -> bool:
    """Whether what was found out on site so far fulfils the conditions."""
    tests = [(ON_SITE[name](progress, job), wanted) for name, wanted in (when or {}).items() if name in ON_SITE]
    return all(held & set(wanted) for held, wanted in tests)


def as_offered(item: ItemSpec, progress: VisitProgress, job: Job) -> ItemSpec:
    """The item with the choices that fit what was found out on site so far."""
    if not item.offered:
        return item
    left = tuple(one for one in item.choices if on_site(item.offered.get(one.code), progress, job))
    return replace(item, choices=left)
