"""What a report needs to know of a visit: the view, every write, and what the steps found, as data."""

from __future__ import annotations

from collections.abc import Container, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from hht.work.job import Job, JobDevice
from hht.work.job_origin import UNSIGNED, JobOrigin
from hht.work.noted import VisitNote
from hht.work.progress import StepProgress, VisitProgress, WriteRecord
from hht.work.runs import Run
from hht.work.undone import Undone, undone
from hht.work.view import VisitView


@dataclass(frozen=True, slots=True)
class VisitRecord:
    """A visit for the record. `data` holds each done step's findings by step id (JSON values).

    Keys of `data` (see the actions): ``identify`` device_id, model, manufacturer, firmware, variant, logical_name,
    local_access; ``reading-before`` and ``reading-after`` time, registers [{obis, value, unit, label}]; ``clock``
    drift_before_s, drift_after_s, status, written; ``randomised-offset`` limit_s, number, offset_s; ``registers``
    registers, supply.
    """

    job: Job
    view: VisitView
    writes: tuple[WriteRecord, ...] = field(repr=False)
    data: Mapping[str, Mapping[str, Any]] = field(repr=False)
    notes: Mapping[str, str] = field(repr=False)  # step id -> what was noted when it was left
    answers: Mapping[str, str] = field(repr=False)  # step id -> answer
    attempts: Mapping[str, int]
    runs: tuple[Run, ...]
    started_at: datetime | None
    ended_at: datetime | None
    walkthrough_version: int = 0
    unsettled: Mapping[str, tuple[str, ...]] = field(default_factory=dict)  # step id -> writes with no known outcome
    untouched: tuple[JobDevice, ...] = ()  # devices of the job that no step works on
    undone: tuple[Undone, ...] = ()  # planned devices and steps that were not done, each with its reason
    sealed: Mapping[str, str] = field(default_factory=dict, repr=False)  # question id -> code, in no sheet of anybody's
    noted: tuple[VisitNote, ...] = field(default=(), repr=False)
    origin: JobOrigin = UNSIGNED  # who answers for the job
    home_anew: bool = False  # the emulated home began anew amid the visit

    @classmethod
    def of(cls, job: Job, view: VisitView, progress: VisitProgress, origin: JobOrigin = UNSIGNED) -> VisitRecord:
        """The record of a visit as it stands."""
        steps, sealed = progress.steps, progress.walkthrough.sealed
        return cls(
            job=job,
            view=view,
            writes=tuple(progress.writes),
            data={name: _open(step, sealed) for name, step in steps.items() if step.data},
            notes={name: step.note for name, step in steps.items() if step.note},
            answers={k: v for step in steps.values() for k, v in step.answers.items() if k not in sealed},
            sealed={k: v for step in steps.values() for k, v in step.answers.items() if k in sealed},
            untouched=job.untouched(progress.walkthrough.devices),
            undone=undone(job, progress),
            attempts={name: step.attempts for name, step in steps.items()},
            runs=tuple(progress.runs),
            started_at=progress.started_at,
            ended_at=progress.ended_at,
            walkthrough_version=progress.walkthrough.version,
            noted=tuple(progress.notes),
            origin=origin,
            home_anew=progress.home_anew,
            unsettled={name: tuple(step.open_intents) for name, step in steps.items() if step.open_intents},
        )


def _open(step: StepProgress, sealed: Container[str]) -> dict[str, Any]:
    """What a step found, without what stays sealed."""
    return {name: value for name, value in step.data.items() if f"{step.spec.id}/{name}" not in sealed}
