"""What runs out, found in what is known: a visit's journal and its job, the wallet, the packs."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, time, timedelta

from hht.i18n import _
from hht.work.job import Job
from hht.work.progress import VisitProgress
from hht.work.timeline import Timer
from hht.work.timer_rules import TimerKind, timer_rules
from hht.work.view import StepState
from hht.work.wallet import Wallet

_DOOR, _READY, _STARTED = "arrive", "arrive/ready", "timer"  # where the engineer says that the timer runs
_GRACE, _HUB_IN = "hub-grace", "ask-hub-installed"
_BEGUN = (StepState.STARTED, StepState.ASKING, StepState.FAILED, StepState.UNKNOWN)


def visit_timers(job: Job, progress: VisitProgress) -> list[Timer]:
    """What runs in a visit that has not ended; nothing in one that has."""
    if progress.outcome is not None:
        return []
    by_steps = (one for kind in TimerKind for one in _by_steps(kind, job, progress))
    return [*by_steps, *_supply_off(job, progress), *_gas_wakes(job, progress), *_lone_worker(job, progress)]


def appointment_timer(job: Job, progress: VisitProgress | None) -> list[Timer]:
    """When the engineer has to be at the door; over with the first step that was begun there."""
    arrived = progress is not None and any(step.attempts for step in progress.steps.values())
    if job.appointment_end is None or arrived or (progress is not None and progress.outcome is not None):
        return []
    return [Timer(TimerKind.APPOINTMENT, job.reference, job.appointment_end)]


def grace_timers(job: Job, progress: VisitProgress, replaced: datetime | None = None) -> list[Timer]:
    """Until when another hub has to be commissioned, where a visit of the job has decommissioned one, ended or not;
    `replaced`: when one was installed there, None where none was."""
    done = progress.steps.get(_GRACE)
    if done is None or done.state is not StepState.DONE or "ends" not in done.data:
        return []
    if replaced is not None and done.finished_at is not None and replaced > done.finished_at:
        return []
    return [Timer(TimerKind.HUB_GRACE, job.reference, datetime.fromisoformat(str(done.data["ends"])))]


def hub_installed_at(progress: VisitProgress) -> datetime | None:
    """When a visit told the network that a hub is in; None where it did not."""
    done = progress.steps.get(_HUB_IN)
    return done.finished_at if done is not None and done.state is StepState.DONE else None


def wallet_timers(wallet: Wallet) -> list[Timer]:
    """Registrations and calibrations: each holds to the end of its last day (UTC)."""
    return [
        Timer(
            TimerKind.REGISTRATION if entry.registration else TimerKind.INSTRUMENT,
            _("{what} {number}").format(what=entry.words, number=entry.number),
            datetime.combine(entry.until, time(), UTC) + timedelta(days=1),
        )
        for entry in wallet.entries
    ]


def pack_timers(packs: Iterable[tuple[str, datetime]]) -> list[Timer]:
    """Of packs of which something still waits: (what people call it, when it expires)."""
    return [Timer(TimerKind.PACK, name, expires) for name, expires in packs]


def _timer(kind: TimerKind, about: str, began: datetime) -> Timer:
    lasts = timer_rules()[kind].lasts
    assert lasts is not None, "held by a test of the table"
    return Timer(kind, about, began + lasts)


def _by_steps(kind: TimerKind, job: Job, progress: VisitProgress) -> Iterator[Timer]:
    """Those that the table says by steps."""
    for begins, ends in timer_rules()[kind].steps:
        first, last = progress.steps.get(begins), progress.steps.get(ends)
        began = None if first is None else first.began_at if last is None else first.started_at
        if first is None or began is None or first.state in (StepState.LEFT, StepState.SKIPPED):
            continue
        if ends and last is None:  # the job has no such device
            continue
        if last is None or not last.ended:
            about = job.reference if last is None else f"{job.reference}, {last.spec.title}"
            yield _timer(kind, about, began)


def _supply_off(job: Job, progress: VisitProgress) -> Iterator[Timer]:
    """From isolating a fuel until the step that switches it on has ended, or it was left off on purpose."""
    ended = {step.spec.restores for step in progress.steps.values() if step.ended}
    for fuel, step in progress.fuels_off().items():
        if fuel in ended or step.state is StepState.LEFT or step.began_at is None:
            continue
        words = {"electricity": _("electricity"), "gas": _("gas"), "metering": _("metering")}
        yield _timer(TimerKind.SUPPLY_OFF, f"{job.reference}, {words.get(fuel, fuel)}", step.began_at)


def _gas_wakes(job: Job, progress: VisitProgress) -> Iterator[Timer]:
    """While something that was asked for a gas meter waits for it to wake."""
    for step in progress.steps.values():
        if step.spec.device == "gas-meter" and step.spec.request and step.state in _BEGUN and step.began_at:
            yield _timer(TimerKind.GAS_WAKE, f"{job.reference}, {step.spec.title}", step.began_at)


def _lone_worker(job: Job, progress: VisitProgress) -> Iterator[Timer]:
    """From the door on, anew with each sign of life: whatever was entered last."""
    if _STARTED in progress.answers.get(_READY, "").split(",") and progress.last_at is not None:
        yield _timer(TimerKind.LONE_WORKER, job.reference, progress.last_at)
