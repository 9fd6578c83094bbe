"""Jobs and visits as the store keeps them: taken in, listed, shown, reported on. Nothing is sent to a meter."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from hht.clock import iso_z, readable_times, utc_text
from hht.i18n import _
from hht.work.signed_job import MOST_OCTETS
from hht.work.undone import FOLLOWED, Undone
from hht.work.view import StepState
from ui.cli.common import Output, UsageProblem
from ui.system import SystemClock, new_id

if TYPE_CHECKING:
    from datetime import datetime

    from hht.store.store import Store
    from hht.work.visit_store import StoredJob, VisitStore
    from ui.services import JobSummary, VisitSummary


def stored_job(visits: VisitStore, name: str, output: Output, unsigned: str = "") -> StoredJob:
    """The job in the file `name` (kept from now on), or the kept job with that reference."""
    path = Path(name)
    is_file = path.suffix == ".json" or path.is_file()
    return import_job(visits, path, output, unsigned) if is_file else visits.find(name)


def import_job(visits: VisitStore, path: Path, output: Output, unsigned: str = "") -> StoredJob:
    """The job in the file `path`, kept from now on. `unsigned`: why one without a signature is taken in live work."""
    from ui.jobs import job_door, read_job_file

    stored = job_door(visits.store).let_in(read_job_file(path, MOST_OCTETS), path.name, unsigned=unsigned).stored
    if stored.job.allow_test_identifiers:
        output.warn(_("this training job may hold identifiers with wrong check digits"))
    return stored


def say_where_samples_are(store: Store, output: Output) -> None:
    """Beside an empty list, in training: whoever begins by command has not met the sample jobs."""
    if store.training:
        output.note(_("The sample jobs come with hht tour."))


def list_jobs(_args: argparse.Namespace, output: Output, store: Store) -> int:
    """Every job, and beneath it every visit."""
    from ui.jobs import job_summaries

    summaries = job_summaries(store)
    for one in summaries:
        _tell_job(one, output)
    output.emit("result", "" if summaries else _("No jobs are kept here."), ok=True, jobs=len(summaries))
    if not summaries:
        say_where_samples_are(store, output)
    return 0


def _tell_job(one: JobSummary, output: Output) -> None:
    begins = utc_text(one.appointment) if one.appointment else "-"
    lines = [f"{one.reference:<12} {one.state:<18} {begins:<23} {one.address}"]
    for visit in one.visits:
        text = _("visit {number}").format(number=visit.number)
        times = " – ".join(utc_text(moment) for moment in (visit.began, visit.ended) if moment)
        lines.append(f"  {text:<10} {visit.state:<18} {times}  {visit.report}".rstrip())
        if visit.next_needs:
            lines.append("    " + _("The next visit needs: {needs}.").format(needs="; ".join(visit.next_needs)))
    output.emit(
        "job",
        "\n".join(lines),
        job_id=one.job_id,
        reference=one.reference,
        address=one.address,
        task=one.task,
        appointment=_time(one.appointment),
        training=one.training,
        state=one.state,
        visit_id=one.visit_id,
        resumable=one.resumable,
        report=one.report,
        visits=[_visit_fields(visit) for visit in one.visits],
    )


def _visit_fields(visit: VisitSummary) -> dict[str, Any]:
    return {
        "number": visit.number,
        "visit_id": visit.visit_id,
        "state": visit.state,
        "began": _time(visit.began),
        "ended": _time(visit.ended),
        "report": visit.report,
        "next_needs": list(visit.next_needs),
        "next_at": _time(visit.next_at),
    }


def _time(moment: datetime | None) -> str | None:
    return iso_z(moment) if moment else None


def show_visit(args: argparse.Namespace, output: Output, store: Store) -> int:
    """The steps of a visit as they stand, and how it ended."""
    from hht.work.visit_store import VisitStore
    from ui.jobs import visit_of

    visits = VisitStore(store, new_id)
    stored = stored_job(visits, args.job, output)
    record = visits.record(visit_of(visits, stored, args.visit).visit_id)
    view = record.view
    for step in view.steps:
        message = "  " + readable_times(step.message) if step.message else ""
        text = f"{step.state.value:<8} {step.title}{message}"
        output.emit("step", text, id=step.id, state=step.state.value, code=step.code, message=step.message)
    for fact in view.noted:
        output.emit("note", f"{'':<8} {fact.label}: {fact.value}", label=fact.label, value=fact.value)
    outcome = view.outcome.value if view.outcome else ""
    text = _("visit {number}: {outcome}").format(number=view.number, outcome=outcome or _("in progress"))
    output.emit(
        "result",
        "\n".join([text, *not_done(record.undone)]),
        ok=True,
        visit_id=view.visit_id,
        number=view.number,
        outcome=outcome,
        not_done=[asdict(one) for one in record.undone],
        report=view.report,
    )
    return 0


def not_done(undone: Sequence[Undone]) -> list[str]:
    """A line for each device and step that was planned and not done; steps that another one took along stay out."""
    own = [one for one in undone if one.kind == "device" or one.code not in (*FOLLOWED, StepState.WAITING)]
    return [_("Not done: {what}").format(what=one.words) for one in own]


def report_place(args: argparse.Namespace, stored: StoredJob) -> Callable[[int], Path] | None:
    """The PDF to write, by the visit's number: where the person said; in training else in the data folder, where each
    visit has its own; a live one nowhere by itself."""
    from functools import partial

    from ui.reports import NAME, training_report
    from ui.stores import data_folder

    if args.out:
        said = Path(args.out) / NAME
        return lambda _number: said
    usual = stored.job.training and not stored.job.rehearsal
    return partial(training_report, data_folder(args.data_dir), stored) if usual else None


def _free(path: Path) -> Path:
    """It, or with a number before its ending where something is there: whose visit that is no name tells."""
    stem, ending = path.name.split(".", 1)
    names = (path, *(path.with_name(f"{stem}-{number}.{ending}") for number in range(2, 1000)))
    return next(one for one in names if not one.exists())


def write_visit_report(args: argparse.Namespace, output: Output, store: Store) -> int:
    """The report of a visit, made anew, as files."""
    from hht.work.visit_store import VisitStore
    from ui.jobs import report_command, visit_of
    from ui.reports import OTHERS, own_place, write_redacted, write_report

    visits = VisitStore(store, new_id)
    stored = stored_job(visits, args.job, output)
    visit = visit_of(visits, stored, args.visit)
    place = report_place(args, stored)
    if place is None:
        raise UsageProblem(
            _("A report of live work is written in clear, so say where it is to go."),
            remedy=_("Name a folder: {command}").format(command=report_command(stored)),
            code="out-needed",
        )
    if args.level is not None:
        usual = place(visit.number)
        for_others = usual.with_name(f"{usual.stem}{OTHERS[args.level]}")
        path = str(write_redacted(store, visit.visit_id, _free(for_others), SystemClock(), args.level))
        told = {"report": path, "level": args.level, "visit_id": visit.visit_id, "number": visit.number}
        output.emit("result", path, ok=True, **told)
        return 0
    pdf = own_place(place(visit.number), visit.visit_id)
    path = str(write_report(store, visit.visit_id, pdf, SystemClock(), sheet=args.sheet))
    output.emit("result", path, ok=True, report=path, visit_id=visit.visit_id, number=visit.number)
    return 0


def bind_photo(args: argparse.Namespace, output: Output, store: Store) -> int:
    """Keep a photo of a step, without what the camera wrote beside the picture; its hash binds it to the visit."""
    from hht.work.visit_store import VisitStore
    from ui.evidence_notes import EvidenceNotes, read_photo
    from ui.jobs import visit_of

    visits = VisitStore(store, new_id)
    visit = visit_of(visits, stored_job(visits, args.job, output), args.visit)
    notes = EvidenceNotes(store, SystemClock())
    kept = notes.add_photo(visit.visit_id, args.step, read_photo(args.file), replaces=args.replaces)
    words = _("Photo {number} is kept, {dropped} bytes beside the picture left out. SHA-256: {sha256}")
    told = {"number": kept.number, "dropped": kept.photo.dropped, "sha256": kept.photo.sha256}
    output.emit("result", words.format(**told), ok=True, visit_id=visit.visit_id, **told)
    return 0
