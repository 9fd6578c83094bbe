"""When a step applies: what the job says decides before the visit, what is found on site while it goes on.

A condition is a name and the values of which one must hold: ``when = { fuel = "gas", wan = "no" }``. A safety item may
only have conditions of the job (`hht.work.walkthrough_rules`): nothing said on site can make it go away.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from hht.work.items import When

if TYPE_CHECKING:
    from hht.work.job import Job
    from hht.work.progress import VisitProgress

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


BY_JOB: Mapping[str, Callable[[Job], frozenset[str]]] = {
    "fuel": _fuel,
    "supply": _supply,  # single, twin, polyphase
    "device": _device,
    "payment": _payment,
    "domestic": _domestic,
    "calorific": _calorific,
}


def _wan(progress: VisitProgress) -> frozenset[str]:
    """What the step that waits for the WAN came to; nothing before."""
    answer = progress.answers.get("hub-wan/found", "")
    return frozenset({answer}) if answer else frozenset()


def _access(progress: VisitProgress) -> frozenset[str]:
    """What the meter's optical port allows; "none" where no meter was identified over it."""
    return frozenset({str(progress.identity.get("local_access", "none"))})


ON_SITE: Mapping[str, Callable[[VisitProgress], frozenset[str]]] = {
    "wan": _wan,
    "access": _access,
}


def by_job(when: When | None, job: Job) -> bool:
    """Whether the job's conditions hold. Those that are found out on site count as if they held."""
    tests = [(BY_JOB[name](job), wanted) for name, wanted in (when or {}).items() if name in BY_JOB]
    return all(held & set(wanted) for held, wanted in tests)


def on_site(when: When | None, progress: VisitProgress) -> bool:
    """Whether what was found out on site so far fulfils the conditions."""
    tests = [(ON_SITE[name](progress), wanted) for name, wanted in (when or {}).items() if name in ON_SITE]
    return all(held & set(wanted) for held, wanted in tests)
