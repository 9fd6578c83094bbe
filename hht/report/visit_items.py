"""What a bundle tells of a visit, item by item; short and important first, as it goes home in this order.

What belongs to a step that asks under seal is of a kind of its own (``…-sealed``): who may not see the answers does not
see either what came of them.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict
from typing import Any

import hht
from hht.clock import iso_z
from hht.report.bundle import plain
from hht.report.bundle_lines import Item
from hht.report.levels import SEALED
from hht.report.visit_notes import note_items
from hht.work.journal import JournalEntry, JournalKind
from hht.work.progress import VisitProgress
from hht.work.record import VisitRecord
from hht.work.view import StepView


def items_of_visit(record: VisitRecord, progress: VisitProgress, entries: Sequence[JournalEntry]) -> Iterator[Item]:
    """The visit itself, safety values, notices and notes, sealed codes, readings, writes, findings, steps, journal."""
    hidden = frozenset(question.partition("/")[0] for question in progress.walkthrough.sealed)
    found = [
        _visit(record),
        *_safety(progress),
        *_notices(entries, hidden),
        *note_items(record.noted),
        *_sealed(record),
        *_readings(record),
        *(Item("write", asdict(write)) for write in record.writes),
        *(Item(_kind("finding", step, hidden), {"step": step, **data}) for step, data in record.data.items()),
        *(_step(step, record, hidden) for step in record.view.steps),
        *(_entry(entry, hidden) for entry in entries),
    ]
    yield from (Item(item.kind, plain(item.fields)) for item in found)


def _kind(kind: str, step: str, hidden: frozenset[str]) -> str:
    return f"{kind}-{SEALED}" if step in hidden else kind


def _visit(record: VisitRecord) -> Item:
    view, job = record.view, record.job
    runs = [{"began_at": run.began_at, "engineer": run.engineer.as_plain()} for run in record.runs]
    return Item(
        "visit",
        {
            "program": f"hht {hht.__version__}",
            "training": view.training,
            "reference": job.reference,
            "supplier": job.supplier,
            "job_origin": record.origin.evidence,
            "address": view.address,
            "walkthrough": job.walkthrough,
            "walkthrough_version": record.walkthrough_version,
            "device_id": str(job.meter.device_id),
            "mpan": str(job.meter.mpan),
            "untouched": [str(device.device_id) for device in record.untouched],
            "outcome": view.outcome.value if view.outcome else "",
            "number": view.number,
            "started_at": record.started_at,
            "ended_at": record.ended_at,
            "runs": runs,
            "links": [use.link for run in record.runs for use in run.links],
            "unsettled": {step: list(items) for step, items in record.unsettled.items()},
        },
    )


def _safety(progress: VisitProgress) -> Iterator[Item]:
    """Each safety value as it was answered, with its limit and the instrument that measured it."""
    answers = progress.answers
    for step in progress.steps.values():
        for item in step.spec.items:
            value = step.answers.get(f"{step.spec.id}/{item.id}")
            if value is None or item.stop is None or item.sealed:
                continue
            limit = item.limit_for(answers)
            yield Item(
                "safety",
                {
                    "step": step.spec.id,
                    "item": item.id,
                    "prompt": item.prompt,
                    "value": value,
                    "unit": limit.unit if limit else "",
                    "limit": limit.words if limit else "",
                    "instrument": answers.get(item.instrument, ""),
                    "calibrated_until": answers.get(f"{item.instrument}-until", ""),
                },
            )


def _notices(entries: Sequence[JournalEntry], hidden: frozenset[str]) -> Iterator[Item]:
    """Each safety stop, and with which notice it was left, by whom its lock was cleared."""
    for entry in entries:
        told = entry.payload
        if entry.kind is JournalKind.STOPPED:
            fields = {"stop": told["stop"], "number": "", "message": told["message"], "value": told.get("value", "")}
        elif entry.kind is JournalKind.CLEARED:
            fields = {"stop": "", "number": "", "cleared_by": told["person"]}
        elif entry.kind is JournalKind.LEFT and told.get("notice"):
            fields = {"stop": told["code"], "number": told["notice"]}
        else:
            continue
        yield Item(_kind("notice", entry.step, hidden), {"step": entry.step, "at": entry.at, **fields})


def _sealed(record: VisitRecord) -> Iterator[Item]:
    """Vulnerability and medical need: codes, never words."""
    if record.job.vulnerability:
        yield Item(SEALED, {"question": "job", "code": list(record.job.vulnerability)})
    for question, code in record.sealed.items():
        yield Item(SEALED, {"question": question, "code": code})


def _readings(record: VisitRecord) -> Iterator[Item]:
    for when in ("before", "after"):
        data = record.data.get(f"reading-{when}")
        if data:
            yield Item("reading", {"when": when, **data})


def _step(step: StepView, record: VisitRecord, hidden: frozenset[str]) -> Item:
    return Item(
        _kind("step", step.id, hidden),
        {
            "id": step.id,
            "title": step.title,
            "state": step.state.value,
            "started_at": step.started_at,
            "finished_at": step.finished_at,
            "attempts": record.attempts.get(step.id, 0),
            "code": step.code,
            "message": step.message,
            "note": record.notes.get(step.id, ""),
            "authority": step.authority,
        },
    )


def _entry(entry: JournalEntry, hidden: frozenset[str]) -> Item:
    fields: Mapping[str, Any] = {f"payload.{name}": value for name, value in entry.payload.items()}
    told = {"at": iso_z(entry.at), "step": entry.step, "kind": entry.kind.value}
    return Item(_kind("journal", entry.step, hidden), {"number": entry.number, **told, **fields})
