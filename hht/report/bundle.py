"""From a visit's record to its evidence: plain JSON values, nothing secret, everything as it was seen."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from math import isfinite
from typing import Any

import hht
from hht.clock import iso_z
from hht.evidence import SCHEMA, sealed
from hht.report.visit_notes import note_values
from hht.work.job import JobDevice, JobMeter
from hht.work.record import VisitRecord
from hht.work.undone import SEALED
from hht.work.view import Fact, StepView


@dataclass(frozen=True, slots=True)
class TraceDigest:
    """What the report says of the trace: how many events, the SHA-256 of the file that is exported as it was, and in
    how many of them an export without secrets has asterisks instead (0 in training, where nothing is masked)."""

    events: int
    sha256: str
    masked_events: int = 0


def build_evidence(record: VisitRecord, trace: TraceDigest, written_at: datetime) -> dict[str, Any]:
    """The evidence of a visit, with its hash. Readings are the meter's own numbers with the meter's units."""
    view, job, links = record.view, record.job, _links(record)
    return sealed(
        plain(
            {
                "schema": SCHEMA,
                "program": {"name": "hht", "version": hht.__version__},
                "written_at": iso_z(written_at),
                "training": view.training,
                "job": {
                    "reference": job.reference,
                    "walkthrough": job.walkthrough,
                    "walkthrough_version": record.walkthrough_version,
                    "supplier": job.supplier,
                    "origin": record.origin.evidence,
                    "address": view.address,
                    "expected": {
                        "device_id": str(job.meter.device_id),
                        "mpan": str(job.meter.mpan),
                        "mpan_is_test_data": job.meter.mpan.test_data,
                    },
                    "untouched": [_device(device) for device in record.untouched],
                    "test_identifiers_allowed": job.allow_test_identifiers,
                },
                "visit": {
                    "visit_id": view.visit_id,
                    "number": view.number,
                    "outcome": view.outcome.value if view.outcome else "",
                    "started_at": _time(record.started_at),
                    "ended_at": _time(record.ended_at),
                    "runs": len(record.runs),
                    **({"home_anew": True} if record.home_anew else {}),
                    "engineers": _engineers(record),
                    "link": links[-1]["link"] if links else "",
                    "links": links,
                },
                "meter": dict(record.data.get("identify", {})),
                "readings": {
                    "before": record.data.get("reading-before", {}),
                    "after": record.data.get("reading-after", {}),
                },
                "findings": dict(record.data),
                "writes": [asdict(write) for write in record.writes],
                "unsettled": {step: list(items) for step, items in record.unsettled.items()},
                "steps": [_step(step, record) for step in view.steps],
                "not_done": [asdict(one) for one in record.undone],
                "notes": note_values(record.noted),
                "trace": asdict(trace),
            }
        )
    )


def _device(device: JobDevice) -> dict[str, str]:
    mpan = {"mpan": str(device.mpan)} if isinstance(device, JobMeter) else {}
    return {"type": device.type, "device_id": str(device.device_id), **mpan}


def _engineers(record: VisitRecord) -> list[dict[str, str]]:
    """Who was there, from when; one who is there again at once only once. Empty where nobody ever said."""
    found: list[dict[str, str]] = []
    for run in record.runs:
        told = run.engineer.as_plain()
        if not found or told != {key: found[-1][key] for key in told}:
            found.append({**told, "from": iso_z(run.began_at)})
    return found if any(run.engineer.stated for run in record.runs) else []


def _links(record: VisitRecord) -> list[dict[str, str]]:
    """Every link over which the meter answered, in order."""
    uses = [use for run in record.runs for use in run.links]
    return [
        {"link": use.link, "from": iso_z(use.first_at), "to": iso_z(use.last_at)}
        | ({"proof": use.proof} if use.proof else {})
        for use in uses
    ]


def _step(step: StepView, record: VisitRecord) -> dict[str, Any]:
    hushed = next((one for one in record.undone if (one.name, one.code) == (step.id, SEALED)), None)
    return {
        "id": step.id,
        "title": step.title,
        "state": step.state.value,
        "started_at": _time(step.started_at),
        "finished_at": _time(step.finished_at),
        "authority": step.authority,
        "attempts": record.attempts.get(step.id, 0),
        "code": hushed.code if hushed else step.code,
        "message": hushed.reason if hushed else step.message,
        "remedy": step.remedy,
        "facts": [_fact(fact) for fact in step.facts],
        "answer": record.answers.get(step.id, ""),
        "note": record.notes.get(step.id, ""),
    }


def _fact(fact: Fact) -> dict[str, Any]:
    """`from_device` tells a device's own words, which are data, from this program's."""
    return {"label": fact.label, "value": fact.value, "tone": fact.tone.value, "from_device": fact.from_device}


def _time(moment: datetime | None) -> str:
    return iso_z(moment) if moment else ""


def plain(value: Any) -> Any:
    """Only what JSON knows; times as text."""
    if isinstance(value, datetime):
        return iso_z(value)
    if isinstance(value, Mapping):
        return {plain(str(key)): plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [plain(item) for item in value]
    if isinstance(value, float) and not isfinite(value):  # JSON has no NaN and no infinity
        return str(value)
    if value is None or isinstance(value, int | float):
        return value
    # A half of a surrogate pair (an undecodable byte, say) is no text that UTF-8 can hold
    return str(value).encode("utf-8", "backslashreplace").decode("utf-8")
