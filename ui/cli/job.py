"""`hht job list|show|rules|import|watch|qr|sign|check|rehearse`: jobs of the day, how they come in, what differs."""

from __future__ import annotations

import argparse
import asyncio
import sys
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

from hht.clock import iso_z, utc_text
from hht.i18n import _, ngettext
from ui.cli.common import (
    DONE,
    FAILED,
    Output,
    UsageProblem,
    add_json,
    add_store_options,
    named_path,
    run_async,
    run_command,
    whole_number,
)
from ui.cli.job_rules import add_options, run_rules
from ui.cli.job_signing import add_signing, add_unsigned, check, sign
from ui.cli.visits_kept import say_where_samples_are
from ui.job_search import DAYS, FUELS, STATES, JobFilter
from ui.short_file import MAX_BYTES
from ui.system import SystemClock, new_id

if TYPE_CHECKING:
    from hht.store.store import Store
    from ui.intake import Taken
    from ui.job_folder import JobFolder
    from ui.rehearsal import Play, Rehearsal
    from ui.services import JobSummary

_HELP = {
    "list": _("the jobs, by appointment; without options those of today and what is left over"),
    "show": _("one job: what is to be done, what its visits came to"),
    "rules": _("what rules apply at the job's site to its equipment: each with what it comes to and where it is said"),
    "import": _("take jobs in: files, folders, pictures of QR codes; - reads scanned codes or a job"),
    "watch": _("watch a folder and take in each new file once, until stopped"),
    "qr": _("draw a job as QR codes, or print their texts"),
    "sign": _("sign a job, as a desk does; without a key as the desk of training"),
    "check": _("who signed a job, for whom, until when, and whether it would be taken in; nothing is kept"),
    "rehearse": _("play a job against a premises made from it, also with what is likely to go wrong; nothing is kept"),
}
_TAILS = {
    "list": " --search 12000233",
    "show": " J-1042",
    "rules": " J-1042 --on 2030-01-01",
    "import": " job.json photo.jpg jobs/",
    "watch": " ~/jobs",
    "qr": " job.json --out job.pdf",
    "sign": " resources/jobs/demo.json --out demo.signed.json",
    "check": " demo.signed.json",
    "rehearse": " J-1042",
}


def add_parser(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """The command's arguments."""
    parser = subparsers.add_parser(
        "job",
        help=_("jobs: list and search, import from files, folders and QR codes, rehearse"),
        epilog=_("Example: hht job list --all --fuel with-gas --training"),
    )
    verbs = parser.add_subparsers(dest="verb", required=True, metavar=_("VERB"))
    made: dict[str, argparse.ArgumentParser] = {}
    for verb, words in _HELP.items():
        store = "" if verb == "sign" else " --training"  # a desk's work, with no store
        epilog = _("Example: {command}").format(command=f"hht job {verb}{_TAILS[verb]}{store}")
        made[verb] = verbs.add_parser(verb, help=words, description=words, epilog=epilog)
    _list_options(made["list"])
    add_options(made["rules"])
    for verb in ("show", "rehearse"):
        made[verb].add_argument("job", metavar="REFERENCE", help=_("as hht job list shows it"))
    add_signing(made["sign"], made["check"])
    add_unsigned(made["import"])
    made["import"].add_argument("what", nargs="+", metavar="FILE", help=_("a file, a folder, or - for standard input"))
    made["watch"].add_argument("folder", type=named_path, metavar="FOLDER", help=_("where jobs arrive"))
    made["watch"].add_argument(
        "--every", type=whole_number, default=5, metavar="S", help=_("seconds between two looks")
    )
    made["watch"].add_argument("--once", action="store_true", help=_("two looks, then end: for scripts"))
    made["qr"].add_argument("job", metavar="JOB", help=_("a job file, or the reference of one that is kept"))
    made["qr"].add_argument("--out", type=named_path, metavar="FILE", help=_("PNG (one for each part) or PDF"))
    made["qr"].add_argument("--piece", type=whole_number, metavar="N", help=_("characters in a code, 100 to 4000"))
    for verb, one in made.items():
        if verb != "sign":
            add_store_options(one)
        add_json(one)


def _list_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--all", action="store_true", help=_("jobs of every day"))
    parser.add_argument(
        "--search", default="", metavar="TEXT", help=_("reference, name, postcode, MPAN, MPRN, Device ID")
    )
    parser.add_argument("--state", choices=STATES, default="", help=_("how they stand"))
    parser.add_argument("--fuel", choices=FUELS, default="", help=_("what is worked on"))
    parser.add_argument("--walkthrough", default="", metavar="NAME", help=_("the kind of work"))
    words = _("a day (2026-03-02), or one of: {days}").format(days=", ".join(DAYS))
    parser.add_argument("--day", default="", metavar="DAY", help=words)


def run(args: argparse.Namespace) -> int:
    """Run the command; the exit status."""
    return run_command(args, {"sign": sign, "check": check}.get(args.verb, _body))


def _body(args: argparse.Namespace, output: Output) -> int:
    from ui.cli.stores import opened_store

    verbs: dict[str, Callable[[argparse.Namespace, Output, Store], int]] = {
        "list": _list, "show": _show, "rules": run_rules, "import": _import, "watch": _watch, "qr": _qr,
        "rehearse": _rehearse,
    }  # fmt: skip
    with opened_store(args, SystemClock()) as store:
        return verbs[args.verb](args, output, store)


def _list(args: argparse.Namespace, output: Output, store: Store) -> int:
    from ui.job_search import by_appointment, fits, of_today
    from ui.jobs import job_summaries

    _check_day(args.day)
    wanted = JobFilter(args.search, args.state, args.fuel, args.walkthrough, args.day)
    today = SystemClock().now().astimezone().date()
    every = job_summaries(store)
    everyday = args.all or wanted.narrow or bool(wanted.text)
    shown = [job for job in every if fits(job, wanted, today) and (everyday or of_today(job, today))]
    for job in by_appointment(shown):
        _tell(job, today, output)
    words = ngettext("{count} of {all} jobs.", "{count} of {all} jobs.", len(shown)).format(
        count=len(shown), all=len(every)
    )
    output.emit("result", words, ok=True, jobs=len(shown), all=len(every))
    if not every:
        say_where_samples_are(store, output)
    return DONE


def _check_day(text: str) -> None:
    if not text or text in DAYS:
        return
    try:
        date.fromisoformat(text)
    except ValueError:
        raise UsageProblem(
            _("“{day}” is no day.").format(day=text[:40]),
            remedy=_("Write year, month, day (2026-03-02), or one of: {days}.").format(days=", ".join(DAYS)),
        ) from None


def _tell(job: JobSummary, today: date, output: Output) -> None:
    from ui.job_search import overdue

    begins = utc_text(job.appointment) if job.appointment else "-"
    late = overdue(job, today)
    marks = [job.onward and _("next: {step}").format(step=job.onward), late and _("left over"), job.origin_short]
    tail = "  ".join(mark for mark in marks if mark)
    output.emit(
        "job",
        f"{job.reference:<12} {job.state:<18} {begins:<23} {job.task}  {tail}".rstrip(),
        reference=job.reference,
        state=job.state,
        appointment=iso_z(job.appointment) if job.appointment else None,
        task=job.task,
        walkthrough=job.walkthrough,
        gas=job.gas,
        next=job.onward,
        left_over=late,
        address=job.address,
        origin=job.origin_short,
    )


def _show(args: argparse.Namespace, output: Output, store: Store) -> int:
    from hht.work.devices import device_words
    from hht.work.visit_store import VisitStore
    from ui.jobs import summary_of

    visits = VisitStore(store, new_id)
    stored = visits.find(args.job)
    job, summary = stored.job, summary_of(visits, stored)
    devices = [device_words(device) for device in job.devices]
    begins = utc_text(job.appointment_start) if job.appointment_start else "-"
    head = f"{job.reference}  {summary.task}  {summary.state}"
    lines = [head, summary.origin, begins, job.address, *devices, job.notes]
    if summary.onward:
        lines.append(_("next: {step}").format(step=summary.onward))
    output.emit(
        "result",
        "\n".join(line for line in lines if line),
        ok=True,
        reference=job.reference,
        state=summary.state,
        task=summary.task,
        address=job.address,
        appointment=iso_z(job.appointment_start) if job.appointment_start else None,
        devices=devices,
        notes=job.notes,
        next=summary.onward,
        visits=len(summary.visits),
        origin=stored.origin.evidence,
    )
    return DONE


def _import(args: argparse.Namespace, output: Output, store: Store) -> int:
    from ui.intake import Intake

    intake = Intake(store)
    taken: list[Taken] = []
    for name in args.what:
        if name == "-":
            taken += intake.octets(_standard_input(), "-", args.unsigned)
        else:
            taken += intake.files([Path(name)], args.unsigned)
    return _told(taken, output)


def _standard_input() -> bytes:
    text = sys.stdin.read(MAX_BYTES + 1)
    return text.encode("utf-8", "surrogateescape")


def _told(taken: list[Taken], output: Output) -> int:
    for one in taken:
        _tell_taken(one, output)
    refused = sum(one.error is not None for one in taken)
    kept = sum(one.job is not None for one in taken)
    if taken and refused == len(taken) == 1 and taken[0].error is not None:
        raise taken[0].error
    return _counted(kept, refused, output)


def _counted(kept: int, refused: int, output: Output) -> int:
    words = ngettext("{kept} job kept, {refused} refused.", "{kept} jobs kept, {refused} refused.", kept)
    output.emit("result", words.format(kept=kept, refused=refused), ok=not refused, kept=kept, refused=refused)
    return FAILED if refused else DONE


def _tell_taken(one: Taken, output: Output) -> None:
    reference = one.job.job.reference if one.job is not None else ""
    code = one.error.code if one.error is not None else ""
    changes = [change.words for change in one.changes]
    told = {"source": one.source, "state": one.state, "reference": reference, "code": code, "message": one.words}
    told["remark"] = one.remark
    told["origin"] = one.job.origin.short if one.job is not None else ""
    output.emit("taken", f"{one.source}: {one.words}", **told, changes=changes, waits=list(one.waits))


def _watch(args: argparse.Namespace, output: Output, store: Store) -> int:
    from ui.job_folder import JobFolder as Folder

    if not 1 <= args.every <= 3600:
        raise UsageProblem(_("--every is 1 to 3600 seconds."), remedy=_("Leave it out: every 5 seconds."))
    return run_async(_look_again(Folder(args.folder, store), args, output))


async def _look_again(folder: JobFolder, args: argparse.Namespace, output: Output) -> int:
    looks, refused, kept = 0, 0, 0
    while not args.once or looks < 2:
        look = folder.look()
        if look.error is not None and not looks:
            raise look.error
        if look.error is not None:
            output.warn(f"{look.error.message} {look.error.remedy}")
        for one in look.taken:
            _tell_taken(one, output)
        refused += sum(one.error is not None for one in look.taken)
        kept += sum(one.job is not None for one in look.taken)
        looks += 1
        if not args.once or looks < 2:
            await asyncio.sleep(0 if args.once else args.every)
    return _counted(kept, refused, output)


def _qr(args: argparse.Namespace, output: Output, store: Store) -> int:
    from hht.work.job_code import PIECE, job_parts
    from hht.work.signed_job import MOST_OCTETS, job_in
    from hht.work.visit_store import VisitStore
    from ui.job_qr import draw_job
    from ui.jobs import read_job_file

    piece = args.piece if args.piece is not None else PIECE
    if not 100 <= piece <= 4000:
        raise UsageProblem(
            _("--piece is 100 to 4000 characters."), remedy=_("Leave it out: {usual}.").format(usual=PIECE)
        )
    path = Path(args.job)
    if path.suffix == ".json" or path.is_file():
        octets = read_job_file(path, MOST_OCTETS)
        reference, text = job_in(octets, path.name).reference, octets.decode("utf-8-sig", "replace")
    else:
        visits = VisitStore(store, new_id)
        reference = visits.find(args.job).job.reference
        text = visits.file_of(args.job)
    parts = job_parts(text, piece=piece)
    for number, part in enumerate(parts, 1):
        output.emit("part", "" if args.out else part, number=number, count=len(parts), text=part)
    places = [str(one) for one in draw_job(parts, reference, args.out)] if args.out is not None else []
    output.emit("result", "\n".join(places), ok=True, parts=len(parts), files=places)
    return DONE


def _rehearse(args: argparse.Namespace, output: Output, store: Store) -> int:
    from hht.work.visit_store import VisitStore
    from ui.rehearsal import Rehearsal as OfJob
    from ui.stores import data_folder

    stored = VisitStore(store, new_id).find(args.job)
    rehearsal = OfJob(store, stored, data_folder(args.data_dir), SystemClock())
    return run_async(_rehearsed(rehearsal, output))


async def _rehearsed(rehearsal: Rehearsal, output: Output) -> int:
    report = await rehearsal.run(lambda play, _count: _tell_play(play, output))
    for words in report.lacking:
        output.emit("lacking", _("The van: {what}").format(what=words), message=words)
    for device in report.left_out:
        output.warn(_("not rehearsed: {device}").format(device=device))
    count = len(report.blockers) + len(report.lacking)
    words = ngettext("{count} blocker is predicted.", "{count} blockers are predicted.", count).format(count=count)
    output.emit(
        "result",
        words if count else _("Nothing is predicted to block this job."),
        ok=True,
        reference=report.reference,
        plays=len(report.plays),
        blockers=len(report.blockers),
        lacking=len(report.lacking),
    )
    return DONE


def _tell_play(play: Play, output: Output) -> None:
    from ui.rehearsal import play_words

    likely = play.likely
    output.emit(
        "play",
        "\n  ".join(play_words(play)),
        fault=likely.fault if likely is not None else "",
        why=likely.words if likely is not None else "",
        verified=likely.verified if likely is not None else True,
        blocked=play.blocked,
        outcome=play.outcome,
        step=play.step,
        code=play.code,
        message=play.message,
        remedy=play.remedy,
    )
