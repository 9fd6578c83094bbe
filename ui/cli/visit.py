"""`hht visit new|list|show|run|resume|report|photo|…`: jobs and their visits, headless."""

from __future__ import annotations

import argparse
import asyncio
import shlex
from collections.abc import Callable
from dataclasses import asdict, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from hht.i18n import _
from ui.cli.answered_photos import AnsweredPhotos
from ui.cli.answers import asker, known_leaves, read_answers, warn_of_answers_to_nothing
from ui.cli.common import (
    Output,
    add_association_options,
    add_json,
    add_store_options,
    add_visit_number,
    named_path,
    run_async,
    run_command,
)
from ui.cli.hastened import HastenedClock, HastenedLoop, add_hasten
from ui.cli.job_signing import add_unsigned
from ui.cli.step_events import StepEvents
from ui.cli.visit_notes import NOTE_HELP, NOTE_TAILS, WITHOUT_JOB, add_note_options, list_codes, note_verbs
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
from ui.system import SystemClock, new_id
from ui.training_hands import BESIDE, TrainingHands

if TYPE_CHECKING:
    from hht.identifiers import InstallCode
    from hht.store.store import Store
    from hht.work.engineer import Engineer
    from hht.work.view import Outcome
    from hht.work.visit import Visit

_HELP = {
    "new": _("check a job file and keep it"),
    "list": _("jobs, and every visit of them"),
    "show": _("a visit as it stands"),
    "run": _("begin (or go on with) the visit of a job; one that has ended only --again"),
    "resume": _("go on with an unfinished visit"),
    "report": _("write the report of a visit, ended or not, as files"),
    "photo": _("bind a photo to a step of a visit; where and with what it was taken is left out of it"),
    **NOTE_HELP,
}
_OUT = _(
    "where the report goes as files, beside those of other visits; without it live reports stay sealed in the store"
)


def add_parser(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """The command's arguments."""
    parser = subparsers.add_parser(
        "visit",
        help=_("jobs and visits: new, list, run, resume, report, photo, unsafe, sign, call, end, flow, …"),
        epilog=_("Example: hht visit run job.json --training --answers answers.json"),
    )
    verbs = parser.add_subparsers(dest="verb", required=True, metavar=_("VERB"))
    for verb, words in _HELP.items():
        example = {"list": "", "new": " job.json", "show": " J-1042", "report": " J-1042 --visit 1 --out proof"}
        example |= NOTE_TAILS
        example["photo"] = " J-1042 old-meter.jpg --step old-electricity"
        tail = example.get(verb, " J-1042 --link tcp://127.0.0.1:4059 --answers answers.json")
        epilog = _("Example: {command}").format(command=f"hht visit {verb}{tail} --training")
        one = verbs.add_parser(verb, help=words, description=words, epilog=epilog)
        if verb not in ("list", *WITHOUT_JOB):
            either = _("a job file, or the reference of one that is kept")
            one.add_argument("job", metavar="JOB", help=_("a job file") if verb == "new" else either)
        if verb in NOTE_HELP:
            add_note_options(verb, one)
        if verb in ("run", "resume"):
            one.add_argument("--link", default="", metavar="URL", help=_("how to reach the meter"))
            one.add_argument(
                "--desk", default="", metavar="URL", help=_("the supplier's desk: desk:emulated, desk:tcp://…")
            )
            one.add_argument(
                "--han", default="", metavar="URL", help=_("the radio dongle, to deliver a pack without a WAN")
            )
            one.add_argument("--install-code-file", metavar="F", help=_("file with the terminal's own install code"))
            answers = _(
                "JSON: step or step/item -> answer (a photo: its file, or “none: why”); leave:CODE leaves the step; in "
                "training hands:QUESTION presses at "
                "the emulated devices before it, such as “cad-1 join; wait 60; until 09:30”, beside:STEP "
                "as long as it runs (- is standard input)"
            )
            one.add_argument("--answers", metavar="FILE", help=answers)
            add_association_options(one)
        if verb in ("run", "resume", "end"):
            one.add_argument(
                "--engineer", metavar="NAME", help=_("who is at the meter; else as in the window's settings")
            )
            one.add_argument("--engineer-id", metavar="ID", help=_("the identifier that the employer knows them by"))
        if verb in ("run", "resume"):
            add_hasten(one)
        if verb in ("new", "run", "resume"):
            add_unsigned(one)
        if verb == "run":
            one.add_argument("--again", action="store_true", help=_("visit a job once more whose last visit has ended"))
        if verb == "resume":
            words = _("begin this training visit again: its emulated home began anew with another program")
            one.add_argument("--again", action="store_true", help=words)
        if verb == "photo":
            one.add_argument("file", type=named_path, metavar="FILE", help=_("the photo, JPEG or PNG"))
            one.add_argument("--step", default="", metavar="ID", help=_("the step it belongs to; else the whole visit"))
            replaces = _("number of the photo that was taken again: it goes")
            one.add_argument("--replaces", type=int, default=0, metavar="N", help=replaces)
        if verb in ("show", "report", "photo"):
            add_visit_number(one)
        if verb == "report":
            words = _("also the customer's sheet in large print: …-customer.pdf")
            which = one.add_mutually_exclusive_group()
            which.add_argument("--sheet", action="store_true", help=words)
            words = _("for whom instead: one signed file without what is not theirs, report.LEVEL.hhtb")
            which.add_argument("--level", choices=("customer", "public"), help=words)
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
        **note_verbs(),
    }
    if args.verb == "codes":  # of the catalogues: no store is opened for them
        return list_codes(output)
    clock = HastenedClock() if getattr(args, "hasten", False) else SystemClock()
    with opened_store(args, clock) as store:
        return verbs[args.verb](args, output, store)


def _new(args: argparse.Namespace, output: Output, store: Store) -> int:
    from hht.work.visit_store import VisitStore

    stored = import_job(VisitStore(store, new_id), Path(args.job), output, args.unsigned)
    output.emit(
        "result",
        _("{reference} is kept.").format(reference=stored.job.reference),
        ok=True,
        job_id=stored.job_id,
        reference=stored.job.reference,
    )
    return 0


def _run(args: argparse.Namespace, output: Output, store: Store) -> int:
    resume, clock = args.verb == "resume", store.clock
    if not isinstance(clock, HastenedClock):
        return run_async(run_visit(args, output, store, resume=resume))
    try:
        return run_async(run_visit(args, output, store, resume=resume), partial(HastenedLoop, clock))
    finally:
        words = _("{minutes:.0f} min of waiting were passed over: the visit's times are ahead of this computer's.")
        output.note(words.format(minutes=clock.led_s / 60))


async def run_visit(args: argparse.Namespace, output: Output, store: Store, *, resume: bool) -> int:
    """Play a visit headless; steps as events, the outcome as the result."""
    from hht.work.supply_acts import affects_supply
    from hht.work.visit_store import VisitStore
    from hht.work.walkthrough import load_walkthrough
    from ui.bridge_trust import known_bridges_of
    from ui.cli.meter import show_notice, show_stopping
    from ui.compose import Composer, association_from_options
    from ui.known_ports import known_ports
    from ui.stores import counter_book
    from ui.visits import VisitOptions, VisitRunner

    clock = store.clock
    stored = stored_job(VisitStore(store, new_id), args.job, output, args.unsigned)
    book = counter_book(store.path.parent, training=store.training)
    composer = Composer(
        clock,
        training=store.training,
        counters=book,
        on_notice=partial(show_notice, output),
        on_remark=output.remark,
        on_stopping=partial(show_stopping, output),
        on_port=known_ports(store.path.parent, clock).used,
        bridges=known_bridges_of(store.path.parent, clock, training=store.training),
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
        hastened=isinstance(clock, HastenedClock),
    )
    answers = read_answers(args.answers)
    walkthrough = load_walkthrough(stored.job.walkthrough).for_job(stored.job)
    warn_of_answers_to_nothing(answers, walkthrough, output)
    options = replace(options, leaves=known_leaves(answers, walkthrough))
    if any(affects_supply(step) for step in walkthrough.steps):
        store.require_phrase()  # now, and not while a meter waits
    photo = AnsweredPhotos(store, clock, args.answers, lambda: runner.visit).answer
    runner = VisitRunner(
        store,
        clock,
        composer,
        stored,
        options,
        on_view=StepEvents(output),
        ask=asker(answers, output, hands := TrainingHands(composer.living, lambda: runner.link, output.note), photo),
        on_point=on_point(),
    )
    for warning in runner.visit.wallet.warnings(clock.now().date()):
        output.warn(warning)
    _warn_of_a_desk_that_forgot(runner.visit, args.desk or "", output)
    try:
        outcome = await _with_hands(runner.visit, hands, answers)
    finally:
        await composer.close()
    return tell_outcome(outcome, runner.visit, output)


def _warn_of_a_desk_that_forgot(visit: Visit, desk: str, output: Output) -> None:
    """An emulated desk and its premises live as long as the process: what an earlier run of the visit had them do is
    gone, and the steps that build on it are refused, whatever is answered."""
    asked = any(step.ended and step.spec.action.name == "supplier" for step in visit.progress.steps.values())
    if not asked or not desk.startswith("desk:emulated"):
        return
    output.warn(
        _(
            "The emulated desk and its premises began anew: what this visit asked them for before is not there any "
            "more, and steps that build on it will be refused. To begin this training visit again: "
            "hht visit resume {reference} --again"
        ).format(reference=shlex.quote(visit.job.reference))
    )


async def _with_hands(visit: Visit, hands: TrainingHands, answers: dict[str, str]) -> Outcome:
    """Run it, with somebody beside the devices where the answers have a step for them. Raises HhtError."""
    if not any(name.startswith(BESIDE) for name in answers):
        return await visit.run()
    running = asyncio.ensure_future(visit.run())
    beside = asyncio.ensure_future(hands.beside(answers, lambda: visit.view))
    try:
        await asyncio.wait((running, beside), return_when=asyncio.FIRST_COMPLETED)
        if beside.done():
            beside.result()
        return await running
    finally:
        for task in (running, beside):
            task.cancel()
        await asyncio.gather(running, beside, return_exceptions=True)


def _own_code(args: argparse.Namespace) -> InstallCode | None:
    """The terminal's own install code, where a file with it is named. Raises UsageProblem, IdentifierError."""
    if args.install_code_file is None:
        return None
    from hht.identifiers import InstallCode
    from ui.meter_keys import read_secret

    return InstallCode.parse(read_secret(args.install_code_file).strip())


def engineer(args: argparse.Namespace, store: Store) -> Engineer:
    """Who is at the meter: in live work whoever is logged in; in training as said now, else as kept in the window's
    settings. Raises EngineerError, also where live work is to be noted under another name (``engineer-logged-in``)."""
    from hht.work.engineer import Engineer, EngineerError
    from ui.stores import engineer_of

    kept = engineer_of(store)
    if args.engineer is None and args.engineer_id is None:
        return kept
    said = Engineer.of(args.engineer or "", args.engineer_id or "")
    if store.training:
        return said
    if (said.name or kept.name, said.identifier or kept.identifier) == (kept.name, kept.identifier):
        return kept
    raise EngineerError(
        _("Live work is noted under the name of whoever is logged in ({login}).").format(login=store.person.login),
        remedy=_("Leave --engineer out; log in as yourself (--person), or say once who you are: hht people name."),
        code="engineer-logged-in",
    )


def tell_outcome(outcome: Outcome, visit: Visit, output: Output) -> int:
    """How the visit ended, as the result; then raises ReportNotWritten where its report is missing."""
    view, error, undone = visit.view, visit.report_error, visit.record.undone
    report = view.report or _("sealed in the store (hht visit report JOB --out DIR writes it)")
    words = _("{outcome}. Report: {report}").format(outcome=outcome.value, report="-" if error else report)
    output.emit(
        "result",
        "\n".join([words, *not_done(undone)]),
        ok=error is None,
        outcome=outcome.value,
        not_done=[asdict(one) for one in undone],
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
