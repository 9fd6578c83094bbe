"""A visit's report as files: PDF, JSON and signed bundle side by side, made anew from the sealed store when wanted."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING, Final

from hht.access.roles import Act
from hht.clock import Clock
from hht.errors import HhtError
from hht.i18n import _
from hht.private_files import half_written
from hht.report.files import ReportNotWritten
from hht.store.trace_store import TraceReader
from hht.work.visit_store import StoredJob, VisitStore
from ui.jobs import visit_command
from ui.system import new_id, random_bytes

if TYPE_CHECKING:
    from hht.store.store import Store

NAME = "report.pdf"
BUNDLE_SUFFIX = ".hhtb"
OTHERS: Final = {level: f".{level}{BUNDLE_SUFFIX}" for level in ("customer", "public")}  # how files for them end


def write_report(store: Store, visit_id: str, path: Path, clock: Clock, *, sheet: bool = False) -> Path:
    """The report of a visit, ended or not, as the PDF `path`, a JSON and a signed bundle of the same name; they are
    readable by anybody who may read the files (mode 0600), so call it only where a person asked for files. `path`.
    `sheet`: also the customer's sheet in large print, ``…-customer.pdf``.

    Raises ReportNotWritten, and StoreError where the store cannot be read.
    """
    from hht.report.bundle import TraceDigest, build_evidence
    from hht.report.files import write_report_files
    from hht.report.pdf import render_pdf
    from ui.bundles import evidence_key, visit_bundle

    store.require(Act.EXPORT)
    visits = VisitStore(store, new_id)
    _refuse_rehearsed(visits, visit_id)
    trace = TraceReader.of_visit(store, visit_id)
    record = visits.record(visit_id)
    digest = TraceDigest(len(trace), trace.sha256(), 0 if store.training else _masked(trace))
    now = clock.now()
    evidence = build_evidence(record, digest, now)
    key = evidence_key(store, random_bytes)
    beside = {path.with_suffix(BUNDLE_SUFFIX): visit_bundle(store, visit_id, key, now, "report")}
    if sheet:
        from hht.report.sheet import customer_sheet

        shown = visit_bundle(store, visit_id, key, now, "customer")
        beside[path.with_stem(f"{path.stem}-customer")] = customer_sheet(shown)
    write_report_files(path, _noted(store, visit_id, path, "report", render_pdf(evidence)), evidence, beside)
    return path


def write_redacted(store: Store, visit_id: str, path: Path, clock: Clock, level: str) -> Path:
    """The signed bundle of a visit for readers of `level`, one of `OTHERS`, as the file `path` (mode 0600): what is not
    theirs is left out, and whoever has it can check the rest. `path`.

    Raises ReportNotWritten, BundleError ``bundle-level``, StoreError.
    """
    from hht.report.files import write_all
    from ui.bundles import evidence_key, visit_bundle

    _refuse_rehearsed(VisitStore(store, new_id), visit_id)
    bundle = visit_bundle(store, visit_id, evidence_key(store, random_bytes), clock.now(), level)
    write_all({path: _noted(store, visit_id, path, level, bundle)})
    return path


def _noted(store: Store, visit_id: str, path: Path, readers: str, content: bytes) -> Callable[[], bytes]:
    """What is written last. The log has it before that has its name, and not where a file could not be begun."""

    def made() -> bytes:
        store.note("report-written", {"visit": visit_id, "file": path.name, "for": readers})
        return content

    return made


def _refuse_rehearsed(visits: VisitStore, visit_id: str) -> None:
    if visit_id in visits.rehearsed():
        raise ReportNotWritten(
            _("This visit was a rehearsal: there is no report of it, so that nobody takes it for evidence."),
            remedy=_("Report on the visit that was rehearsed, once it has been made."),
            code="rehearsal",
        )


def _masked(trace: TraceReader) -> int:
    """In how many events a masked export has asterisks."""
    from ui.trace_masking import masked_events

    return sum(event.masked for event in masked_events(trace))


def save_report(store: Store, visit_id: str, path: Path, clock: Clock) -> Path:
    """`write_report` where a person chose a name, by whose ending it is for others (`OTHERS`): nothing that is there is
    overwritten. The PDF's path, or that of the one file for others."""
    for level, ending in OTHERS.items():
        if path.name.lower().endswith(ending):
            _refuse_there(path, _("Choose another name."))
            return write_redacted(store, visit_id, path, clock, level)
    pdf = path if path.suffix.lower() == ".pdf" else path.with_name(path.name + ".pdf")
    for one in (pdf, pdf.with_suffix(".json"), pdf.with_suffix(BUNDLE_SUFFIX)):
        _refuse_there(one, _("Choose another name. The report is three files of that name: .pdf, .json and .hhtb."))
    return write_report(store, visit_id, pdf, clock)


def _refuse_there(path: Path, remedy: str) -> None:
    if path.exists():
        words = _("{path} exists already; nothing is overwritten.").format(path=path)
        raise ReportNotWritten(words, remedy=remedy, code="file-exists")


def own_place(pdf: Path, visit_id: str, beside: Sequence[str] = ()) -> Path:
    """`pdf`, where nothing is there but an earlier report of the same visit; else the first name-2.pdf, name-3.pdf, …
    of which that is so. `beside`: names of files in the same folder that get the same number (see `with_number`), and
    must not be there either. What is no file is left to whoever writes."""
    for number in count(1):
        place = with_number(pdf, number)
        evidence = place.with_suffix(".json")
        others = [place, *(with_number(pdf.with_name(name), number) for name in beside)]
        if _visit_in(evidence) == visit_id if evidence.is_file() else not any(one.is_file() for one in others):
            return place
    raise AssertionError("numbers end")


def with_number(path: Path, number: int) -> Path:
    """The name of the `number`-th of its kind: the first has none."""
    return path if number == 1 else path.with_stem(f"{path.stem}-{number}")


def _visit_in(evidence: Path) -> str | None:
    """The visit that a report's JSON is about; None where it is none."""
    try:
        found = json.loads(evidence.read_text(encoding="utf-8"))["visit"]["visit_id"]
    except (OSError, ValueError, LookupError, TypeError, RecursionError):
        return None
    return found if isinstance(found, str) else None


def training_report(data_folder: Path, stored: StoredJob, number: int) -> Path:
    """Where the report of visit `number` of a training job goes when nobody says where; each visit has its own folder.
    A live one goes nowhere by itself."""
    reference = stored.job.reference
    plain = reference.isascii() and reference.replace("-", "").replace("_", "").isalnum() and len(reference) <= 60
    return data_folder / "reports" / (reference if plain else stored.job_id) / f"visit-{number}" / NAME


def not_written(error: HhtError, stored: StoredJob) -> ReportNotWritten:
    """`error` as what it means at the end of a visit: the visit is safe, only its report is missing."""
    message = error.message
    if not isinstance(error, ReportNotWritten):
        message = _("The report could not be written: {message}").format(message=message)
    command = visit_command(stored, "report", "--out DIR")
    remedy = _("The visit is safe in the store. Make room or choose another folder, then write its report: {command}")
    return ReportNotWritten(message, remedy=remedy.format(command=command))


def forget_training_report(data_folder: Path, stored: StoredJob, number: int) -> None:
    """Take away what was written of a training visit when it ended: the report, its JSON, its bundle, and what a
    terminal that died meanwhile left of them. Other files there stay. Raises OSError where one cannot be removed."""
    folder = training_report(data_folder, stored, number).parent
    stem = Path(NAME).stem
    for written in (*folder.glob(f"{stem}.*"), *folder.glob(half_written(f"{stem}.*"))):
        written.unlink()
    for empty in (folder, folder.parent):
        if empty.is_dir() and not any(empty.iterdir()):
            empty.rmdir()
