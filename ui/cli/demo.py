"""`hht demo`: a whole visit against an emulated premises, headless; report, journal and trace into one folder."""

from __future__ import annotations

import argparse
import contextlib
import json
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from hht.errors import HhtError
from hht.i18n import _
from hht.private_files import private_folder
from hht.resources import resource_path, resource_text
from ui.cli.answers import asker
from ui.cli.common import DONE, Output, add_json, run_async, run_command
from ui.cli.step_events import StepEvents
from ui.reports import BUNDLE_SUFFIX, NAME
from ui.system import SystemClock, new_id
from ui.whole_file import FileNotWritten, explained, whole_file

if TYPE_CHECKING:
    from hht.store.store import Store

JOURNAL, TRACE = "journal.jsonl", "trace.jsonl"


def add_parser(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """The command's arguments."""
    parser = subparsers.add_parser(
        "demo",
        help=_("the demonstration visit on an emulated premises, headless"),
        epilog=_("Example: hht demo --out proof"),
    )
    parser.add_argument("--out", type=Path, default=Path("hht-demo"), metavar="DIR", help=_("where the evidence goes"))
    add_json(parser)


def run(args: argparse.Namespace) -> int:
    """Run the command; the exit status."""
    return run_command(args, _body)


def _body(args: argparse.Namespace, output: Output) -> int:
    from ui.stores import open_store

    with explained(args.out):
        private_folder(args.out)
    with _scratch() as folder:
        store = open_store(folder, "", training=True, clock=SystemClock())
        try:
            return run_async(_demo(args.out, output, store))
        finally:
            store.close()


@contextlib.contextmanager
def _scratch() -> Iterator[Path]:
    """A folder for the demonstration's own store, gone afterwards."""
    with contextlib.ExitStack() as stack:
        try:
            folder = stack.enter_context(tempfile.TemporaryDirectory(prefix="hht-demo-"))
        except OSError as error:
            raise FileNotWritten(
                _("There is no room for a temporary folder: {why}.").format(why=error.strerror or error),
                remedy=_("Make room on the disk, or set TMPDIR to a folder that can be written."),
            ) from error
        yield Path(folder)


async def _demo(out: Path, output: Output, store: Store) -> int:
    from hht.work.visit_store import VisitStore
    from ui.compose import AssociationOptions, Composer
    from ui.jobs import read_job_file
    from ui.reports import own_place
    from ui.visits import VisitOptions, VisitRunner

    clock = SystemClock()
    path = resource_path("jobs", "demo.json")
    stored = VisitStore(store, new_id).import_job(read_job_file(path), path.name)
    composer = Composer(clock, training=True)
    place = own_place(out / NAME, "", (JOURNAL, TRACE))
    options = VisitOptions(association=AssociationOptions(training=True), auto=True, report=lambda _number: place)
    answers = json.loads(resource_text("samples", "demo-answers.json"))
    runner = VisitRunner(
        store, clock, composer, stored, options, on_view=StepEvents(output), ask=asker(answers, output)
    )
    try:
        outcome = await runner.visit.run()
    finally:
        await composer.close()
    report, error = runner.visit.view.report, runner.visit.report_error
    try:
        write_evidence(store, runner.visit_id, place)
    except FileNotWritten as not_written:
        error = error or not_written
    files = sorted(path.name for path in evidence_files(place) if path.is_file())
    output.emit(
        "result",
        _("{outcome}. Written into {out}: {files}").format(outcome=outcome.value, out=out, files=", ".join(files)),
        ok=error is None,
        outcome=outcome.value,
        report=report,
        notice=runner.visit.view.notice,
        files=files,
    )
    if error is not None:  # this store is gone in a moment: the report can only be had by another demonstration
        remedy = _("Make room or choose another folder, then run it again: hht demo --out DIR")
        raise HhtError(error.message, remedy=remedy, code=error.code)
    return DONE


def evidence_files(report: Path) -> tuple[Path, ...]:
    """The report, the same as JSON and as a bundle, journal and trace: their names have one number, or none."""
    number = report.stem.removeprefix(Path(NAME).stem)
    journal, trace = (report.with_name(f"{Path(name).stem}{number}{Path(name).suffix}") for name in (JOURNAL, TRACE))
    return report, report.with_suffix(".json"), report.with_suffix(BUNDLE_SUFFIX), journal, trace


def write_evidence(store: Store, visit_id: str, report: Path) -> None:
    """Journal and trace of a visit beside its `report`. Raises FileNotWritten."""
    from hht.clock import iso_z
    from hht.store.trace_store import TraceReader
    from hht.work.visit_store import VisitStore
    from ui.trace_files import write_trace_file

    *_report, journal, trace = evidence_files(report)
    write_trace_file(trace, TraceReader.of_visit(store, visit_id), reveal=True)
    with whole_file(journal) as file:
        for entry in VisitStore(store, new_id).journal(visit_id).entries():
            line = {
                "number": entry.number,
                "at": iso_z(entry.at),
                "step": entry.step,
                "kind": entry.kind.value,
                **entry.payload,
            }
            file.write(json.dumps(line, ensure_ascii=False) + "\n")
