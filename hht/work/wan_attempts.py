"""What was done for the WAN connection of a hub: every attempt that a visit of this terminal has on record (OLC-09)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Final

from hht.i18n import _
from hht.work.reasons import Standing
from hht.work.ruling import Ruling
from hht.work.view import StepState

if TYPE_CHECKING:
    from hht.work.job import Job
    from hht.work.progress import VisitProgress
    from hht.work.visit_store import VisitStore

HUB = "communications-hub"
STEPS: Final = ("place", "aerial", "restart")  # the reasonable steps, as the step that asks what was tried has them


@dataclass(frozen=True, slots=True)
class WanAttempt:
    """A visit that waited for the WAN. `tried`: of STEPS; `told`: the network heard why there is none (8.14.2)."""

    reference: str
    day: date
    found: bool
    tried: tuple[str, ...] = ()
    told: bool = False


def step_words(name: str) -> str:
    """A reasonable step in words."""
    words = {"place": _("another place"), "aerial": _("an aerial"), "restart": _("power off and on")}
    return words.get(name, name)


def wan_attempts(visits: VisitStore, job: Job) -> tuple[WanAttempt, ...]:
    """Those of every visit at the job's hub, whatever job it was of, in their order. Raises StoreError."""
    hub = job.device(HUB)
    found: list[WanAttempt] = []
    for stored in visits.jobs() if hub is not None else ():
        same = stored.job.device(HUB)
        if hub is None or same is None or same.device_id != hub.device_id or stored.job.rehearsal:
            continue
        for visit in visits.visits(stored.job_id):
            one = attempt_of(stored.job.reference, visits.progress(visit.visit_id))
            found += [one] if one is not None else []
    return tuple(sorted(found, key=lambda one: one.day))


def attempt_of(reference: str, progress: VisitProgress) -> WanAttempt | None:
    """What a visit did; None where it did not come to wait for the WAN."""
    step = progress.steps.get("hub-wan")
    answer = progress.answers.get("hub-wan/found", "")
    if step is None or step.finished_at is None or answer not in ("yes", "no"):
        return None
    told = progress.steps.get("ask-hub-without-wan")
    return WanAttempt(
        reference,
        step.finished_at.date(),
        answer == "yes",
        tuple(one for one in STEPS if one in progress.answers.get("hub-obstruction/tried", "").split(",")),
        told is not None and told.state is StepState.DONE,
    )


def wan_ruling(job: Job, attempts: Iterable[WanAttempt]) -> Ruling | None:
    """That the supplier takes all reasonable steps, and what the record shows of them; None where there is no hub."""
    label, every = _("WAN connection"), tuple(attempts)
    if job.device(HUB) is None:
        return None
    if not every:
        words = _("The supplier takes all reasonable steps to establish and maintain it; no visit from here has tried.")
        return Ruling("wan-untried", Standing.MAY, label, words, "wan", general=True)
    record = _("On record: {attempts}.").format(attempts="; ".join(map(_attempt_words, every)))
    if every[-1].found:
        words = _("Established {day}; to be maintained.").format(day=every[-1].day)
        return Ruling("wan-established", Standing.MAY, label, f"{words} {record}", "wan")
    done = {name for one in every for name in one.tried}
    left = [step_words(name) for name in STEPS if name not in done]
    words = _("Not established: all reasonable steps are due.")
    told = [words, record, _("Not tried yet: {steps}.").format(steps=", ".join(left)) if left else ""]
    told.append("" if any(one.told for one in every) else _("The network was not told yet (8.14.2)."))
    return Ruling("wan-missing", Standing.CARE, label, " ".join(filter(None, told)), "wan")


def _attempt_words(one: WanAttempt) -> str:
    if one.found:
        return _("{day} {reference}, connected").format(day=one.day, reference=one.reference)
    tried = ", ".join(map(step_words, one.tried)) or _("nothing")
    words = _("{day} {reference}, no WAN, tried {tried}")
    return words.format(day=one.day, reference=one.reference, tried=tried)
