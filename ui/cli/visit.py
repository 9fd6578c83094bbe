"""`hht visit new|list|show|run|resume|report|photo`: jobs and their visits, headless."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable, Iterable
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from hht.clock import readable_times
from hht.errors import HhtError
from hht.i18n import _
from hht.work.view import SURE, Fact, Question, StepState, VisitView
from ui.cli.common import (
    Output,
    UsageProblem,
    add_association_options,
    add_json,
    add_store_options,
    add_visit_number,
    named_path,
    run_async,
    run_command,
)
from ui.cli.visits_kept import (
    bind_photo,
    import_job,
    list_jobs,
    not_done,
    report_place,
    show_visit,
    stored_job,
    write_visit_report,
)
from ui.short_file import read_short_text, why
from ui.system import SystemClock, new_id

if TYPE_CHECKING:
    from hht.identifiers import InstallCode
    from hht.store.store import Store
    from hht.work.engineer import Engineer
    from hht.work.view import Outcome
    from hht.work.visit import Visit
    from hht.work.walkthrough import Walkthrough

_HELP = {
    "new": _("check a job file and keep it"),
    "list": _("jobs, and every visit of them"),
    "show": _("a visit as it stands"),
    "run": _("begin (or go on with) the visit of a job; one that has ended only --again"),
    "resume": _("go on with an unfinished visit"),
    "report": _("write the report of a visit, ended or not, as files"),
    "photo": _("bind a photo to a step of a visit; where and with what it was taken is left out of it"),
}
_OUT = _(
    "where the report goes as files, beside those of other visits; without it live reports stay sealed in the store"
)


def add_parser(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """The command's arguments."""
    parser = subparsers.add_parser(
        "visit",
        help=_("jobs and visits: new, list, show, run, resume, report, photo"),
        epilog=_("Example: hht visit run job.json --training --answers answers.json"),
    )
    verbs = parser.add_subparsers(dest="verb", required=True, metavar=_("VERB"))
    for verb, words in _HELP.items():
        example = {"list": "", "new": " job.json", "show": " J-1042", "report": " J-1042 --visit 1 --out proof"}
        example["photo"] = " J-1042 old-meter.jpg --step old-electricity"
        tail = example.get(verb, " J-1042 --link optical:/dev/ttyUSB0 --answers answers.json")
        epilog = _("Example: {command}").format(command=f"hht visit {verb}{tail} --training")
        one = verbs.add_parser(verb, help=words, description=words, epilog=epilog)
        if verb != "list":
            either = _("a job file, or the reference of one that is kept")
            one.add_argument("job", metavar="JOB", help=_("a job file") if verb == "new" else either)
        if verb in ("run", "resume"):
            one.add_argument("--link", default="", metavar="URL", help=_("how to reach the meter"))
            one.add_argument(
                "--desk", default="", metavar="URL", help=_("the supplier's desk: desk:emulated, desk:tcp://…")
            )
            one.add_argument(
                "--han", default="", metavar="URL", help=_("the radio dongle, to deliver a pack without a WAN")
            )
            one.add_argument("--install-code-file", metavar="F", help=_("file with the terminal's own install code"))
            answers = _("JSON: step or step/item -> answer; leave:CODE leaves the step (- is standard input)")
            one.add_argument("--answers", metavar="FILE", help=answers)
            one.add_argument(
                "--engineer", metavar="NAME", help=_("who is at the meter; else as in the window's settings")
            )
            one.add_argument("--engineer-id", metavar="ID", help=_("the identifier that the employer knows them by"))
            add_association_options(one)
        if verb == "run":
            one.add_argument("--again", action="store_true", help=_("visit a job once more whose last visit has ended"))
        if verb == "photo":
            one.add_argument("file", type=named_path, metavar="FILE", help=_("the photo, JPEG or PNG"))
            one.add_argument("--step", default="", metavar="ID", help=_("the step it belongs to; else the whole visit"))
        if verb in ("show", "report", "photo"):
            add_visit_number(one)
        if verb == "report":
            words = _("also the customer's sheet in large print: …-customer.pdf")
            one.add_argument("--sheet", action="store_true", help=words)
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
        "list": list_jobs,
        "show": show_visit,
        "run": _run,
        "resume": _run,
        "report": write_visit_report,
        "photo": bind_photo,
    }
    with opened_store(args, SystemClock()) as store:
        return verbs[args.verb](args, output, store)


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


def _run(args: argparse.Namespace, output: Output, store: Store) -> int:
    return run_async(run_visit(args, output, store, resume=args.verb == "resume"))


async def run_visit(args: argparse.Namespace, output: Output, store: Store, *, resume: bool) -> int:
    """Play a visit headless; steps as events, the outcome as the result."""
    from hht.work.visit_store import VisitStore
    from hht.work.walkthrough import load_walkthrough
    from ui.cli.meter import show_notice, show_stopping
    from ui.compose import Composer, association_from_options
    from ui.known_ports import known_ports
    from ui.stores import counter_book
    from ui.visits import VisitOptions, VisitRunner

    clock = SystemClock()
    stored = stored_job(VisitStore(store, new_id), args.job, output)
    book = counter_book(store.path.parent, training=store.training)
    composer = Composer(
        clock,
        training=store.training,
        counters=book,
        on_notice=partial(show_notice, output),
        on_remark=output.remark,
        on_stopping=partial(show_stopping, output),
        on_port=known_ports(store.path.parent, clock).used,
    )
    options = VisitOptions(
        link=args.link,
        association=association_from_options(args),
        auto=True,
        report=report_place(args, stored),
        engineer=engineer(args, store),
        resume_only=resume,
        desk=args.desk,
        han=args.han,
        han_code=_own_code(args),
        again=bool(getattr(args, "again", False)),
    )
    answers = read_answers(args.answers)
    walkthrough = load_walkthrough(stored.job.walkthrough).for_job(stored.job)
    warn_of_answers_to_nothing(answers, walkthrough, output)
    options = replace(options, leaves=leaves_of(answers))
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
    for warning in runner.visit.wallet.warnings(clock.now().date()):
        output.warn(warning)
    try:
        outcome = await runner.visit.run()
    finally:
        await composer.close()
    return tell_outcome(outcome, runner.visit, output)


def _own_code(args: argparse.Namespace) -> InstallCode | None:
    """The terminal's own install code, where a file with it is named. Raises UsageProblem, IdentifierError."""
    if args.install_code_file is None:
        return None
    from hht.identifiers import InstallCode
    from ui.meter_keys import read_secret

    return InstallCode.parse(read_secret(args.install_code_file).strip())


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
            known = () if state is StepState.STARTED else step.facts  # what was shown before, or comes at the end
            facts = "".join(f"\n    {fact.label}: {_shown(fact)}" for fact in known)
            message = "  " + readable_times(step.message) if step.message else ""
            self._output.emit(
                "step",
                f"{state.value:<8} {step.title}{message}{facts}",
                id=step.id,
                state=state.value,
                code=step.code,
                message=step.message,
                remedy=step.remedy,
                facts=[{"label": f.label, "value": f.value} for f in known],
            )


def _shown(fact: Fact) -> str:
    """A fact for people; a device's own words stay as they are."""
    return fact.value if fact.from_device else readable_times(fact.value)


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
    asked = walkthrough.asked
    if unknown := [name for name in answers if name not in asked]:
        output.warn(
            _("no step of this visit is called {unknown}; there are {asked}").format(
                unknown=", ".join(unknown), asked=", ".join(asked)
            )
        )


LEAVE = "leave:"  # an answer that begins so leaves the step for the reason that follows


def leaves_of(answers: dict[str, str]) -> dict[str, str]:
    """The steps that the answers leave on purpose: step id -> reason code."""
    return {name: value.removeprefix(LEAVE) for name, value in answers.items() if value.startswith(LEAVE)}


def asker(answers: dict[str, str], output: Output) -> Callable[[Question, HhtError | None], Any]:
    """Answers from the file; else a person at a terminal; else none, and the step fails saying so."""

    async def ask(question: Question, error: HhtError | None) -> str | None:
        if question.id in answers and error is None:
            return answers[question.id]
        if question.id.endswith(SURE) and question.id.removesuffix(SURE) in answers:
            return "yes"  # the file means what it says
        if question.id not in answers and not sys.stdin.isatty() and error is None:
            return question.filled or None
        if question.id in answers or not sys.stdin.isatty():
            return None
        from drivers.loop_safe import in_thread

        offered = question.filled or question.suggestion
        hint = f" [{offered}]" if offered else ""
        words = question.labels or question.choices
        pairs = zip(question.choices, words, strict=True)
        shown = "".join(f"\n  {code}" + (f"  {word}" if word != code else "") for code, word in pairs)
        limits = f" {question.unit}, {question.limits}" if question.limits else ""
        choices = f"{limits}{shown}"
        if error is not None:
            output.complain(error)
        output.say(f"{question.prompt}{choices}{hint}: ", end="")  # standard output is for the result
        answer = await in_thread("answer", sys.stdin.readline)  # asyncio's own threads would be waited for at the end
        return (answer.rstrip("\r\n") or question.filled) if answer else None

    return ask
