"""`hht visit unsafe|notice|sign|call|end`: what is put on record of a visit beside its steps, headless."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final

from hht.clock import typed_time
from hht.i18n import _
from ui.cli.common import Output, add_visit_number, named_path
from ui.cli.visits_kept import stored_job
from ui.system import SystemClock, new_id

if TYPE_CHECKING:
    from hht.store.store import Store
    from hht.work.noted import Notable
    from hht.work.signing import Signature
    from hht.work.visit_store import StoredJob, StoredVisit
    from ui.evidence_notes import EvidenceNotes

Parser = argparse.ArgumentParser
NOTE_HELP: Final = {
    "unsafe": _("put an unsafe situation on record, with its notice; codes: hht visit codes"),
    "notice": _("write the notice of an unsafe situation as PDF, to be left at the premises"),
    "sign": _("put a signature on record: a typed name with its declaration, or that it was declined"),
    "call": _("whom to ring and what to read out; with --result, that it was done"),
    "end": _("end a visit before its work is done: no access, refused, another day, given up; codes: hht visit codes"),
    "flow": _("fields of an industry's completion flow (D0150, D0221, …), with what is missing named; unverified"),
    "totals": _("how many visits came to what, by walkthrough, outcome and reason: no job, no address"),
    "codes": _("the codes of unsafe situations, endings and signatures"),
}
NOTE_TAILS: Final = {
    "unsafe": " J-1042 --category at-risk --found 'Flue loose' --done labelled --told 'The tenant' --rung desk"
    " --notice N-4711 --receipt refused",
    "notice": " J-1042 --number N-4711 --out notice.pdf",
    "sign": " J-1042 --name 'B. Example' --about work-done --declared",
    "call": " J-1042 --code link-timeout --result 'Try the second port'",
    "end": " J-1042 --code nobody-home --photo door.jpg --flag ladder",
    "flow": " J-1042 --as D0150 --csv",
    "totals": "",
    "codes": "",
}
WITHOUT_JOB: Final = ("codes", "totals")


def add_note_options(verb: str, one: Parser) -> None:
    """The arguments of `verb`, beside those that every verb about a visit has."""
    _OPTIONS[verb](one)
    if verb not in (*WITHOUT_JOB, "end"):
        add_visit_number(one)
    if verb in ("unsafe", "sign", "call"):
        one.add_argument("--step", default="", metavar="ID", help=_("the step at which it was; else the whole visit"))


def _unsafe_options(one: Parser) -> None:
    texts = {
        "--category": _("code of the category"),
        "--found": _("what was found, in words"),
        "--told": _("who was told"),
        "--notice": _("number of the notice that stays"),
    }
    for name, words in texts.items():
        one.add_argument(name, required=True, metavar="TEXT", help=words)
    one.add_argument("--done", required=True, nargs="+", metavar="CODE", help=_("what was done about it"))
    one.add_argument("--rung", required=True, nargs="+", metavar="CODE", help=_("who was rung, or nobody"))
    receipt = _("signed, refused or nobody-there")
    one.add_argument("--receipt", required=True, metavar="HOW", help=receipt)
    one.add_argument("--reference", default="", metavar="TEXT", help=_("the reference that who was rung gave"))
    one.add_argument("--out", type=named_path, metavar="PDF", help=_("write the notice as well"))


def _notice_options(one: Parser) -> None:
    one.add_argument("--number", required=True, metavar="N", help=_("of the notice"))
    one.add_argument("--out", required=True, type=named_path, metavar="PDF", help=_("where it is to go"))


def _sign_options(one: Parser) -> None:
    one.add_argument("--name", default="", metavar="NAME", help=_("who signs"))
    one.add_argument("--role", default="customer", metavar="CODE", help=_("what they are; default: customer"))
    one.add_argument("--about", required=True, metavar="CODE", help=_("what is signed"))
    how = one.add_mutually_exclusive_group(required=True)
    how.add_argument("--declared", action="store_true", help=_("they said that the typed name stands for a signature"))
    how.add_argument("--declined", metavar="WHY", help=_("nobody signs, and why"))


def _call_options(one: Parser) -> None:
    one.add_argument("--code", default="", metavar="CODE", help=_("the error's code that the call is about"))
    one.add_argument("--number", default="", metavar="N", help=_("the desk's number, kept from now on"))
    one.add_argument("--result", default="", metavar="TEXT", help=_("what was said: the call is put on record"))


def _end_options(one: Parser) -> None:
    one.add_argument("--code", required=True, metavar="CODE", help=_("why"))
    one.add_argument("--note", default="", metavar="TEXT", help=_("for the desk"))
    one.add_argument("--flag", action="append", default=[], metavar="CODE", help=_("what the next visit needs"))
    one.add_argument("--next", metavar="TIME", help=_("the next appointment: 2027-03-04T09:00Z"))
    photo = _("photo of the doorstep, JPEG or PNG")
    one.add_argument("--photo", action="append", default=[], type=named_path, metavar="FILE", help=photo)
    one.add_argument("--again", action="store_true", help=_("another visit of a job whose last one has ended"))
    one.add_argument("--no-photo", default="", metavar="WHY", help=_("why there is none"))
    words = _("where a supply was opened: skip what is only work; visit resume then asks what safety still asks for")
    one.add_argument("--break-off", action="store_true", help=words)


def _flow_options(one: Parser) -> None:
    one.add_argument("--as", dest="flow", required=True, metavar="NAME", help=_("the flow's name: D0150, ONJOB, …"))
    one.add_argument("--csv", action="store_true", help=_("name, item, value and “missing” as CSV"))


_OPTIONS: Final[dict[str, Callable[[Parser], None]]] = {
    "unsafe": _unsafe_options,
    "notice": _notice_options,
    "sign": _sign_options,
    "call": _call_options,
    "end": _end_options,
    "flow": _flow_options,
    "totals": lambda _one: None,
    "codes": lambda _one: None,
}


def note_verbs() -> dict[str, Callable[[argparse.Namespace, Output, Store], int]]:
    """What carries each verb out."""
    return {
        "unsafe": _unsafe,
        "notice": _notice,
        "sign": _sign,
        "call": _call,
        "end": _end,
        "flow": _flow,
        "totals": _totals,
    }


def _of(args: argparse.Namespace, output: Output, store: Store) -> tuple[StoredJob, StoredVisit, EvidenceNotes]:
    from hht.work.visit_store import VisitStore
    from ui.evidence_notes import EvidenceNotes
    from ui.jobs import visit_of

    visits = VisitStore(store, new_id)
    stored = stored_job(visits, args.job, output)
    return stored, visit_of(visits, stored, args.visit), EvidenceNotes(store, SystemClock())


def _told(output: Output, visit_id: str, note: Notable, words: str, **more: Any) -> int:
    output.emit("result", words, ok=True, visit_id=visit_id, kind=note.kind.value, note=note.as_plain(), **more)
    return 0


def _unsafe(args: argparse.Namespace, output: Output, store: Store) -> int:
    from hht.work.unsafe import unsafe_situation

    _stored, visit, notes = _of(args, output, store)
    found = unsafe_situation(
        args.category,
        args.found,
        tuple(args.done),
        args.told,
        tuple(args.rung),
        args.notice,
        args.receipt,
        args.reference,
    )
    notes.note(visit.visit_id, found, args.step)
    written = str(notes.save_notice(visit.visit_id, found.notice, args.out)) if args.out else ""
    words = _("On record: notice {number}. {file}").format(number=found.notice, file=written).strip()
    return _told(output, visit.visit_id, found, words, file=written)


def _notice(args: argparse.Namespace, output: Output, store: Store) -> int:
    _stored, visit, notes = _of(args, output, store)
    path = str(notes.save_notice(visit.visit_id, args.number, args.out))
    output.emit("result", path, ok=True, visit_id=visit.visit_id, file=path)
    return 0


def _sign(args: argparse.Namespace, output: Output, store: Store) -> int:
    from hht.work.signing import declined, typed

    _stored, visit, notes = _of(args, output, store)
    signature: Signature = (
        typed(args.name, args.role, args.about, declared=args.declared)
        if args.declined is None
        else declined(args.declined, args.about, args.role, args.name)
    )
    notes.note(visit.visit_id, signature, args.step)
    return _told(output, visit.visit_id, signature, f"{signature.words}\n{signature.answer}")


def _call(args: argparse.Namespace, output: Output, store: Store) -> int:
    from hht.work.ringing import call, emergencies, spelled

    stored, visit, notes = _of(args, output, store)
    if args.number:
        notes.keep_number(stored.job.supplier, args.number)
    found = notes.call_help(stored.job_id, args.step, args.code)
    whom = _("{supplier}: {number}").format(
        supplier=found.supplier or _("The supplier's desk"), number=found.number or _("no number known (--number)")
    )
    lines = [whom, *(f"{row.text}: {row.plain['number']}" for row in emergencies()), ""]
    *before, check = found.said.lines
    lines += [*before, f"{check}   ({spelled(check.rpartition(' ')[2])})"]
    if args.result:
        notes.note(
            visit.visit_id, call(found.supplier or _("The supplier's desk"), found.number, found.said, args.result),
            args.step,
        )  # fmt: skip
    output.emit(
        "result",
        "\n".join(lines),
        ok=True,
        visit_id=visit.visit_id,
        number=found.number,
        read_out=found.said.text,
        logged=bool(args.result),
    )
    return 0


def _end(args: argparse.Namespace, output: Output, store: Store) -> int:
    from hht.work.visit_store import VisitStore
    from ui.cli.visit import engineer
    from ui.evidence_notes import EndingAsked, EvidenceNotes, photos_of

    visits = VisitStore(store, new_id)
    stored = stored_job(visits, args.job, output)
    asked = EndingAsked(
        args.code, args.note, tuple(args.flag), _moment(args.next), photos_of(args.photo), args.no_photo,
        args.break_off,
    )  # fmt: skip
    notes, who = EvidenceNotes(store, SystemClock()), engineer(args, store)
    visit_id = notes.end_job(stored.job_id, asked, who, again=args.again)
    view = visits.record(visit_id).view
    outcome = view.outcome.value if view.outcome else ""
    told = visits.progress(visit_id).notes[-1].told
    words = _("Visit {number} of {reference} has ended: {outcome} ({code}).")
    if args.break_off:
        words = _("Visit {number} of {reference} is broken off ({code}): hht visit resume asks what safety still asks.")
    output.emit(
        "result",
        words.format(number=view.number, reference=view.reference, outcome=outcome, code=args.code),
        ok=True,
        visit_id=visit_id,
        number=view.number,
        outcome=outcome,
        ending=dict(told),
    )
    return 0


def _moment(text: str | None) -> datetime | None:
    """The time of an option. Raises NoteError ``next-time``."""
    from hht.work.coded import NoteError

    if text is None:
        return None
    try:
        return typed_time(text)
    except ValueError as error:
        raise NoteError(
            _("“{text}” is no time.").format(text=text[:40]),
            remedy=_("Type it as 2027-03-04T09:00Z."),
            code="next-time",
        ) from error


def list_codes(output: Output) -> int:
    """Every code of unsafe situations, endings and signatures, out of the catalogues."""
    from hht.work.coded import codes

    tables = (
        ("unsafe_situations", ("category", "done", "rung")),
        ("endings", ("ending", "flag")),
        ("signing", ("role", "about")),
    )
    count = 0
    for file, names in tables:
        for table in names:
            for row in codes(file, table).values():
                text = f"{table:<9} {row.code:<22} {row.title}"
                output.emit("code", text, table=table, code=row.code, title=row.title, text=row.text, source=row.source)
                count += 1
    output.emit("result", "", ok=True, codes=count)
    return 0


def _flow(args: argparse.Namespace, output: Output, store: Store) -> int:
    import csv
    from io import StringIO

    from hht.report.flows import as_plain, filled, flow_of
    from hht.work.visit_store import VisitStore
    from ui.csv_cells import cells

    stored, visit, _notes = _of(args, output, store)
    flow = flow_of(args.flow)
    found = filled(flow, VisitStore(store, new_id).record(visit.visit_id))
    missing = [one.of.name for one in found if one.missing]
    if args.csv:
        text = StringIO()
        writer = csv.writer(text, lineterminator="\n")
        writer.writerow(["name", "item", "value", "missing"])
        for one in found:
            writer.writerow(cells([one.of.name, one.of.item, one.value, "missing" if one.missing else ""]))
        words = text.getvalue().rstrip()
    else:
        lines = [f"{flow.name}  {flow.title}", f"  {flow.standing}"]
        lines += [f"  {one.of.item:<6} {one.of.name}: {one.value or ('?' if one.missing else '-')}" for one in found]
        words = "\n".join([*lines, _("Missing: {names}").format(names="; ".join(missing))] if missing else lines)
    output.emit("result", words, ok=True, **as_plain(flow, found, stored.job.reference, visit.visit_id))
    return 0


def _totals(_args: argparse.Namespace, output: Output, store: Store) -> int:
    from ui.evidence_notes import EvidenceNotes

    totals = EvidenceNotes(store, SystemClock()).totals()
    for (walkthrough, outcome, reason), count in totals.items():
        text = f"{count:>6}  {walkthrough:<24} {outcome:<18} {reason}".rstrip()
        output.emit("total", text, walkthrough=walkthrough, outcome=outcome, reason=reason, count=count)
    output.emit("result", "", ok=True, visits=sum(totals.values()))
    return 0
