"""What an earlier job's visits have done, for a visit that picks up exactly what they left (`commission-later`)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from hht.store.errors import StoreError
from hht.work.view import StepState

if TYPE_CHECKING:
    from hht.work.job import Job
    from hht.work.visit_store import VisitStore


@dataclass(frozen=True, slots=True)
class EarlierWork:
    """`done`: ids of steps that some visit of the job has done, in their order; `left`: of those that all of them left,
    or never came to."""

    reference: str
    visits: int
    done: tuple[str, ...]
    left: tuple[str, ...]


Earlier = Callable[[], EarlierWork | None]


def earlier_work(visits: VisitStore, job: Job) -> EarlierWork | None:
    """Of the job that `job` follows; None where it follows none, where this terminal does not have that one, or where
    it was at other devices. Raises StoreError where the store fails."""
    if not job.follows:
        return None
    try:
        stored = visits.find(job.follows)
    except StoreError as error:
        if error.code != "job-unknown":
            raise
        return None
    if stored.job.meter.device_id != job.meter.device_id:
        return None
    played = [visits.progress(one.visit_id) for one in visits.visits(stored.job_id)]
    steps: dict[str, bool] = {}
    for progress in played:
        for name, step in progress.steps.items():
            steps[name] = steps.get(name, False) or step.state is StepState.DONE
    done = tuple(name for name, was in steps.items() if was)
    left = tuple(name for name, was in steps.items() if not was)
    return EarlierWork(stored.job.reference, len(played), done, left)
