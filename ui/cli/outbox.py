"""`hht outbox list|export|send|acknowledge|receipt|erase|key`: what waits to go home, and what of it has arrived."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from hht.clock import iso_z, utc_text
from hht.i18n import _, ngettext
from ui.cli.common import (
    Output,
    add_json,
    add_store_options,
    add_visit_number,
    named_path,
    run_async,
    run_command,
)
from ui.system import SystemClock, new_id, random_bytes

if TYPE_CHECKING:
    from hht.store.store import Store
    from ui.outbox_items import OutVisit

_HELP = {
    "list": _("what waits to go home, what was exported, what was receipted, what was erased"),
    "export": _("write what is not receipted into a folder, for the supplier alone"),
    "send": _(
        "send what is not receipted to the supplier's desk, what matters first; in training its word is the receipt"
    ),
    "acknowledge": _("at the depot: check what an export brought, and write the receipt for it"),
    "receipt": _("take a receipt in; in live work one that the trusted depot signed, or an unsigned one for a reason"),
    "erase": _("erase a visit that is receipted, and look whether anything of it is left"),
    "key": _("the fingerprint of the key that signs this terminal's bundles"),
}
_TAILS = {
    "export": " --out to-the-depot",
    "acknowledge": " to-the-depot --by 'A. Clerk' --out receipt.json",
    "send": " desk:emulated",
    "receipt": " receipt.json",
    "erase": " J-1042",
}


def add_parser(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """The command's arguments."""
    parser = subparsers.add_parser(
        "outbox",
        help=_("what waits to go home: list, export, send, acknowledge, receipt, erase, key"),
        epilog=_("Example: hht outbox export --out to-the-depot --training"),
    )
    verbs = parser.add_subparsers(dest="verb", required=True, metavar=_("VERB"))
    for verb, words in _HELP.items():
        example = _("Example: {command}").format(command=f"hht outbox {verb}{_TAILS.get(verb, '')}")
        one = verbs.add_parser(verb, help=words, description=words, epilog=example)
        if verb == "receipt":
            one.add_argument("file", type=named_path, metavar="FILE", help=_("as hht outbox acknowledge wrote it"))
            one.add_argument(
                "--reason",
                default="",
                metavar="REASON",
                help=_("take a receipt that nobody signed into live work; the reason stands in the log and the outbox"),
            )
        if verb == "send":
            one.add_argument("desk", metavar="DESK", help=_("the supplier's desk: desk:emulated, desk:tcp://…"))
        if verb == "acknowledge":
            one.add_argument("folder", type=named_path, metavar="DIR", help=_("where the export arrived"))
            one.add_argument("--by", required=True, metavar="NAME", help=_("who has it now"))
            one.add_argument(
                "--depot",
                type=named_path,
                metavar="DEPOT",
                help=_("the depot's folder (hht depot init), whose keys sign the receipt; without it nobody does"),
            )
        if verb in ("export", "acknowledge"):
            one.add_argument("--out", required=True, type=named_path, metavar="PATH", help=_("where it is to go"))
        if verb == "erase":
            one.add_argument("job", metavar="JOB", help=_("its reference; or the visit's id, to end what was begun"))
            add_visit_number(one)
        if verb != "acknowledge":
            add_store_options(one)
        add_json(one)


def run(args: argparse.Namespace) -> int:
    """Run the command; the exit status."""
    return run_command(args, _acknowledge if args.verb == "acknowledge" else _with_store)


def _with_store(args: argparse.Namespace, output: Output) -> int:
    from ui.cli.stores import opened_store

    verbs = {"list": _list, "export": _export, "send": _send, "receipt": _receipt, "erase": _erase, "key": _key}
    with opened_store(args, SystemClock()) as store:
        return verbs[args.verb](args, output, store)


def _list(_args: argparse.Namespace, output: Output, store: Store) -> int:
    from ui.outbox import Outbox
    from ui.outbox_items import OutState

    visits = Outbox(store, random_bytes).list()
    for visit in visits:
        _tell(visit, output)
    waiting = sum(item.state is not OutState.RECEIPTED for visit in visits for item in visit.items)
    words = ngettext("{count} item is not receipted.", "{count} items are not receipted.", waiting)
    output.emit("result", words.format(count=waiting), ok=True, visits=len(visits), waiting=waiting)
    return 0


def _tell(visit: OutVisit, output: Output) -> None:
    items = [
        {"name": one.name, "kind": one.kind, "octets": one.octets, "sha256": one.sha256, "state": one.state.value}
        | {"since": iso_z(one.since) if one.since else None, "by": one.by, "who": one.who, "sent_to": one.sent_to}
        | ({"signed": one.receipt.signed, "unsigned": one.receipt.unsigned} if one.receipt else {})
        for one in visit.items
    ]
    head = _("{reference}, visit {number}").format(reference=visit.reference, number=visit.number)
    if visit.erased is not None:
        head = _("{visit}: erased {when}").format(visit=visit.visit_id, when=utc_text(visit.erased))
    lines = [head]
    for one in visit.items:
        since = f"  {utc_text(one.since)}" if one.since else ""
        by = one.receipt.words if one.receipt else _("at {name}").format(name=one.sent_to) if one.sent_to else ""
        lines.append(f"  {one.state.value:<10} {one.octets:>10}  {one.name}{since}  {by}".rstrip())
    if visit.receipts:
        words = ", ".join(dict.fromkeys(one.words for one in visit.receipts))
        lines.append("  " + _("receipted by {names}").format(names=words))
    if visit.erased is not None and visit.erased_by:
        lines.append("  " + _("erased by {who}").format(who=visit.erased_by))
    if visit.missed:
        lines.append(_("  {name} had receipted some of it, and has that no more: it is lost").format(name=visit.missed))
    if visit.warning:
        lines.append(f"  {visit.warning}")
    if visit.unbound:
        words = _("  no photo was bound to {steps}, though an answer names one (hht visit photo)")
        lines.append(words.format(steps=", ".join(visit.unbound)))
    output.emit(
        "visit",
        "\n".join(lines),
        visit_id=visit.visit_id,
        reference=visit.reference,
        number=visit.number,
        erased=iso_z(visit.erased) if visit.erased else None,
        erased_by=visit.erased_by,
        receipts=[one.told for one in visit.receipts],
        items=items,
        missed=visit.missed,
        unbound=list(visit.unbound),
        list_needed=visit.list_needed,
    )


def _export(args: argparse.Namespace, output: Output, store: Store) -> int:
    from ui.outbox import Outbox

    files = Outbox(store, random_bytes).export(args.out)
    names = [path.name for path in files]
    words = "\n".join(map(str, files)) or _("Nothing waits to go home.")
    output.emit("result", words, ok=True, folder=str(args.out), files=names)
    return 0


def _send(args: argparse.Namespace, output: Output, store: Store) -> int:
    from ui.compose import Composer
    from ui.desks import Desks
    from ui.outbox import Outbox

    clock = SystemClock()

    async def body() -> int:
        composer = Composer(clock, training=store.training)
        desks = Desks(store, composer, clock, random_bytes)

        def going(name: str, number: int, total: int) -> None:
            output.progress(name, name=name, number=number, total=total)

        try:
            names = await Outbox(store, random_bytes).send(desks, args.desk, going)
        finally:
            await composer.close()
        words = _("The desk has: {names}").format(names=", ".join(names)) if names else _("Nothing waits to go home.")
        if names and not store.training:
            words += "\n" + _("Nothing of it is erased before a receipt is taken in: hht outbox receipt.")
        output.emit("result", words, ok=True, sent=list(names), receipted=list(names) if store.training else [])
        return 0

    return run_async(body())


def _acknowledge(args: argparse.Namespace, output: Output) -> int:
    from hht.depot.shelf import depot_keys
    from hht.report.files import write_all
    from ui.receipts import acknowledge

    depot = depot_keys(args.depot) if args.depot is not None else None
    write_all({Path(args.out): acknowledge(args.folder, args.by, depot)})
    signed = depot[1].key if depot is not None else ""
    output.emit("result", str(args.out), ok=True, receipt=str(args.out), signed=signed)
    return 0


def _receipt(args: argparse.Namespace, output: Output, store: Store) -> int:
    from ui.outbox import Outbox
    from ui.receipts import read_receipt_file

    names = Outbox(store, random_bytes).receipt(read_receipt_file(args.file), args.reason)
    words = _("Receipted: {names}").format(names=", ".join(names))
    output.emit("result", words, ok=True, receipted=list(names))
    return 0


def _erase(args: argparse.Namespace, output: Output, store: Store) -> int:
    from hht.work.visit_store import VisitStore
    from ui.jobs import visit_of
    from ui.outbox import Outbox

    visits, outbox = VisitStore(store, new_id), Outbox(store, random_bytes)
    begun = args.visit is None and outbox.is_begun(args.job)
    visit_id = args.job if begun else visit_of(visits, visits.find(args.job), args.visit).visit_id
    erased = outbox.erase(visit_id)
    words = _(
        "Erased: {octets} bytes. Of {pieces} pieces looked for, {before} were found before and none now, in "
        "{searched} bytes of {files}. SHA-256 of what was erased: {sha256}"
    ).format(
        octets=erased.octets,
        pieces=erased.pieces,
        before=erased.found_before,
        searched=erased.octets_searched,
        files=", ".join(erased.files),
        sha256=erased.sha256 or "-",
    )
    output.emit(
        "result",
        words,
        ok=True,
        visit_id=visit_id,
        octets=erased.octets,
        pieces=erased.pieces,
        found_before=erased.found_before,
        found_after=erased.found_after,
        files=list(erased.files),
        octets_searched=erased.octets_searched,
        sha256=erased.sha256,
    )
    return 0


def _key(_args: argparse.Namespace, output: Output, store: Store) -> int:
    from hht.evidence import key_print
    from ui.bundles import evidence_key

    public = evidence_key(store, random_bytes).public
    output.emit("result", key_print(public), ok=True, fingerprint=key_print(public), public=public)
    return 0
