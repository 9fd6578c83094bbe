"""`hht visit new|list|show|run|resume|report`: jobs and their visits, headless."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable, Iterable
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from hht.clock import iso_z
from hht.errors import HhtError
from hht.i18n import _
from hht.work.view import Question, StepState, VisitView
from ui.cli.common import (
    Output,
    UsageProblem,
    add_association_options,
    add_json,
    add_store_options,
    named_path,
    run_async,
    run_command,
)
from ui.short_file import read_short_text, why
from ui.system import SystemClock, new_id

if TYPE_CHECKING:
    from hht.store.store import Store
    from hht.work.engineer import Engineer
    from hht.work.view import Outcome
    from hht.work.visit import Visit
    from hht.work.visit_store import StoredJob, VisitStore
    from hht.work.walkthrough import Walkthrough

_HELP = {
    "new": _("check a job file and keep it"),
    "list": _("jobs and where their visits stand"),
    "show": _("a visit as it stands"),
    "run": _("begin (or go on with) the visit of a job"),
    "resume": _("go on with an unfinished visit"),
    "report": _("write the report of a visit, ended or not, as files"),
}
_OUT = _("where the report goes as files; without it live reports stay sealed in the store")


def add_parser(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """The command's arguments."""
    parser = subparsers.add_parser(
        "visit",
        help=_("jobs and visits: new, list, show, run, resume, report"),
        epilog=_("Example: hht visit run job.json --training --answers answers.json"),
    )
    verbs = parser.add_subparsers(dest="verb", required=True, metavar=_("VERB"))
    for verb, words in _HELP.items():
        example = {"list": "", "new": " job.json", "show": " J-1042", "report": " J-1042 --out proof"}
        tail = example.get(verb, " J-1042 --link optical:/dev/ttyUSB0 --answers answers.json")
        epilog = _("Example: {command}").format(command=f"hht visit {verb}{tail} --training")
        one = verbs.add_parser(verb, help=words, description=words, epilog=epilog)
        if verb != "list":
            either = _("a job file, or the reference of one that is kept")
            one.add_argument("job", metavar="JOB", help=_("a job file") if verb == "new" else either)
        if verb in ("run", "resume"):
            one.add_argument("--link", default="", metavar="URL", help=_("how to reach the meter"))
            one.add_argument("--answers", metavar="FILE", help=_("JSON: step id -> answer (- reads standard input)"))
            one.add_argument(
                "--engineer", metavar="NAME", help=_("who is at the meter; else as in the window's settings")
            )
            one.add_argument("--engineer-id", metavar="ID", help=_("the identifier that the employer knows them by"))
            add_association_options(one)
        if verb in ("run", "resume", "report"):
            one.add_argument("--out", type=named_path, metavar="DIR", help=_OUT)
        add_store_options(one)
        add_json(one)


def run(args: argparse.Namespace) -> int:
    """Run the command; the exit status."""
    return run_command(args, _body)


def _body(args: argparse.Namespace, output: Output) -> int:
    from ui.cli.stores import opened_store

    verbs: dict[str, Callable[[argparse.Namespace, Output, Store], int]] = {
        "new": _new,
        "list": _list,
        "show": _show,
        "run": _run,
        "resume": _run,
        "report": _report,
    }
    with opened_store(args, SystemClock()) as store:
        return verbs[args.verb](args, output, store)


def stored_job(visits: VisitStore, name: str, output: Output) -> StoredJob:
    """The job in the file `name` (kept from now on), or the kept job with that reference."""
    path = Path(name)
    return import_job(visits, path, output) if path.suffix == ".json" or path.is_file() else visits.find(name)


def import_job(visits: VisitStore, path: Path, output: Output) -> StoredJob:
    """The job in the file `path`, kept from now on."""
    from ui.jobs import read_job_file

    stored = visits.import_job(read_job_file(path), path.name)
    if stored.job.allow_test_identifiers:
        output.warn(_("this training job may hold identifiers with wrong check digits"))
    return stored


def _new(args: argparse.Namespace, output: Output, store: Store) -> int:
    from hht.work.visit_store import VisitStore

    stored = import_job(VisitStore(store, new_id), Path(args.job), output)
    output.emit(
        "result",
        _("{reference} is kept.").format(reference=stored.job.reference),
        ok=True,
        job_id=stored.job_id,
        reference=stored.job.reference,
    )
    return 0


def _list(_args: argparse.Namespace, output: Output, store: Store) -> int:
    from ui.jobs import job_summaries

    summaries = job_summaries(store)
    for one in summaries:
        begins = iso_z(one.appointment) if one.appointment else None
        fields: dict[str, Any] = {**asdict(one), "appointment": begins}
        output.emit("job", f"{one.reference:<12} {one.state:<18} {begins or '-':<20} {one.address}", **fields)
    output.emit("result", "" if summaries else _("No jobs are kept here."), ok=True, jobs=len(summaries))
    return 0


def _show(args: argparse.Namespace, output: Output, store: Store) -> int:
    from hht.work.progress import VisitProgress
    from hht.work.show import Transient, visit_view
    from hht.work.visit_store import VisitStore

    visits = VisitStore(store, new_id)
    stored = stored_job(visits, args.job, output)
    latest = visits.latest_visit(stored.job_id)
    if latest is None:
        raise UsageProblem(
            _("Job {reference} has no visit yet.").format(reference=stored.job.reference),
            remedy=_("Begin one: hht visit run {reference}").format(reference=stored.job.reference),
            code="no-visit",
        )
    journal = visits.journal(latest.visit_id)
    progress = VisitProgress(visits.walkthrough(latest.visit_id), journal.entries())
    view = visit_view(stored.job, journal, progress, Transient(link=stored.job.link))
    for step in view.steps:
        text = f"{step.state.value:<8} {step.title}" + (f"  {step.message}" if step.message else "")
        output.emit("step", text, id=step.id, state=step.state.value, code=step.code, message=step.message)
    outcome = view.outcome.value if view.outcome else ""
    output.emit(
        "result",
        "\n".join([outcome, *not_done(view)]),
        ok=True,
        visit_id=view.visit_id,
        outcome=outcome,
        not_done=view.untouched,
        report=progress.report,
    )
    return 0


def _run(args: argparse.Namespace, output: Output, store: Store) -> int:
    return run_async(run_visit(args, output, store, resume=args.verb == "resume"))


async def run_visit(args: argparse.Namespace, output: Output, store: Store, *, resume: bool) -> int:
    """Play a visit headless; steps as events, the outcome as the result."""
    from hht.work.visit_store import VisitStore
    from hht.work.walkthrough import load_walkthrough
    from ui.compose import Composer, association_from_options
    from ui.stores import counter_book
    from ui.visits import VisitOptions, VisitRunner

    clock = SystemClock()
    stored = stored_job(VisitStore(store, new_id), args.job, output)
    book = counter_book(store.path.parent, training=store.training)
    composer = Composer(clock, training=store.training, counters=book)
    options = VisitOptions(
        link=args.link,
        association=association_from_options(args),
        auto=True,
        report=report_path(args, stored),
        engineer=engineer(args, store),
        resume_only=resume,
    )
    answers = read_answers(args.answers)
    warn_of_answers_to_nothing(answers, load_walkthrough(stored.job.walkthrough), output)
    runner = VisitRunner(
        store,
        clock,
        composer,
        stored,
        options,
        on_view=StepEvents(output),
        ask=asker(answers, output),
        on_point=on_point(),
    )
    try:
        outcome = await runner.visit.run()
    finally:
        await composer.close()
    return tell_outcome(outcome, runner.visit, output)


def engineer(args: argparse.Namespace, store: Store) -> Engineer:
    """Who is at the meter: as said now, else as kept in the window's settings. Raises EngineerError."""
    from hht.work.engineer import Engineer
    from ui.stores import kept_settings

    if args.engineer is not None or args.engineer_id is not None:
        return Engineer.of(args.engineer or "", args.engineer_id or "")
    kept = kept_settings(store)
    return Engineer.of(kept.engineer, kept.engineer_id)


def tell_outcome(outcome: Outcome, visit: Visit, output: Output) -> int:
    """How the visit ended, as the result; then raises ReportNotWritten where its report is missing."""
    view, error = visit.view, visit.report_error
    report = view.report or _("sealed in the store (hht visit report JOB --out DIR writes it)")
    words = _("{outcome}. Report: {report}").format(outcome=outcome.value, report="-" if error else report)
    output.emit(
        "result",
        "\n".join([words, *not_done(view)]),
        ok=error is None,
        outcome=outcome.value,
        not_done=view.untouched,
        report=view.report,
        notice=view.notice,
        visit_id=view.visit_id,
    )
    if error is not None:
        raise error
    return 0


def not_done(view: VisitView) -> list[str]:
    """A line for each device of the job that no step worked on."""
    return [_("Not done: {device}").format(device=device) for device in view.untouched]


def report_path(args: argparse.Namespace, stored: StoredJob) -> Path | None:
    """The PDF to write: where the person said; in training else in the data folder; a live one nowhere by itself."""
    from ui.reports import NAME, training_report
    from ui.stores import data_folder

    if args.out:
        return Path(args.out) / NAME
    return training_report(data_folder(args.data_dir), stored) if stored.job.training else None


def on_point() -> Callable[[str], None] | None:
    """Where a test ends the process; nothing in normal use (see tests/support/killed_visit.py)."""
    return None


class StepEvents:
    """Turns views into one event per change of a step."""

    def __init__(self, output: Output) -> None:
        self._output = output
        self._last: dict[str, tuple[object, ...]] = {}
        self._started = False

    def __call__(self, view: VisitView) -> None:
        if not self._started:
            self._started = True
            self._output.emit("visit", visit_id=view.visit_id, reference=view.reference, resumed=view.resumed)
        for step in view.steps:
            state = step.state
            seen = (state, step.code, step.message, step.started_at)
            if self._last.get(step.id) == seen or state in (StepState.WAITING, StepState.READY):
                continue
            self._last[step.id] = seen
            facts = "".join(f"\n    {fact.label}: {fact.value}" for fact in step.facts)
            self._output.emit(
                "step",
                f"{state.value:<8} {step.title}{'  ' + step.message if step.message else ''}{facts}",
                id=step.id,
                state=state.value,
                code=step.code,
                message=step.message,
                remedy=step.remedy,
                facts=[{"label": f.label, "value": f.value} for f in step.facts],
            )


def read_answers(name: str | None) -> dict[str, str]:
    """Answers for the questions a walkthrough asks: JSON, step id -> text. Raises UsageProblem."""
    if name is None:
        return {}
    remedy = _('Write JSON: {"scan-meter": "00-DB-…", "hand-over": "yes"}.')
    try:
        answers = json.loads(read_short_text(name))
    except (OSError, ValueError, RecursionError) as error:
        cause = why(error) if isinstance(error, OSError | UnicodeDecodeError) else _("it is not JSON ({error})")
        raise UsageProblem(
            _("The answers file {name} cannot be used: {why}.").format(name=name, why=cause.format(error=error)),
            remedy=remedy,
            code="answers-file",
        ) from error
    if not isinstance(answers, dict) or not all(isinstance(v, str) for v in answers.values()):
        raise UsageProblem(
            _("The answers file {name} is not a JSON object of texts.").format(name=name),
            remedy=remedy,
            code="answers-file",
        )
    return answers


def warn_of_answers_to_nothing(answers: Iterable[str], walkthrough: Walkthrough, output: Output) -> None:
    """Say which answers no step will ask for: a mistyped name would otherwise be found out on site."""
    asked = [step.id for step in walkthrough.steps]
    if unknown := [name for name in answers if name not in asked]:
        output.warn(
            _("no step of this visit is called {unknown}; there are {asked}").format(
                unknown=", ".join(unknown), asked=", ".join(asked)
            )
        )


def asker(answers: dict[str, str], output: Output) -> Callable[[Question, HhtError | None], Any]:
    """Answers from the file; else a person at a terminal; else none, and the step fails saying so."""

    async def ask(question: Question, error: HhtError | None) -> str | None:
        if question.id in answers and error is None:
            return answers[question.id]
        if question.id in answers or not sys.stdin.isatty():
            return None
        from drivers.loop_safe import in_thread

        hint = f" [{question.suggestion}]" if question.suggestion else ""
        choices = f" ({'/'.join(question.choices)})" if question.choices else ""
        if error is not None:
            output.complain(error)
        output.say(f"{question.prompt}{choices}{hint}: ", end="")  # standard output is for the result
        answer = await in_thread("answer", sys.stdin.readline)  # asyncio's own threads would be waited for at the end
        return answer.rstrip("\r\n") if answer else None

    return ask


def _report(args: argparse.Namespace, output: Output, store: Store) -> int:
    from hht.work.visit_store import VisitStore
    from ui.reports import write_report

    visits = VisitStore(store, new_id)
    stored = stored_job(visits, args.job, output)
    latest = visits.latest_visit(stored.job_id)
    if latest is None:
        raise UsageProblem(_("That job has no visit yet."), remedy=_("Run it first."), code="no-visit")
    target = report_path(args, stored)
    if target is None:
        raise UsageProblem(
            _("A report of live work is written in clear, so say where it is to go."),
            remedy=_("Name a folder: hht visit report {reference} --out DIR").format(reference=stored.job.reference),
            code="out-needed",
        )
    path = str(write_report(store, latest.visit_id, target, SystemClock()))
    output.emit("result", path, ok=True, report=path)
    return 0
