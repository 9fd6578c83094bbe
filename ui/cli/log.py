"""`hht log`: what the store keeps of commands outside of visits: writes with their outcomes, overrides, revealing."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from hht.clock import readable_times
from hht.i18n import _
from ui.cli.common import Output, add_json, add_store_options, named_path, run_command
from ui.system import SystemClock

if TYPE_CHECKING:
    from hht.store.log_chain import LogEntry
    from hht.store.store import Store


def add_parser(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """The command's arguments."""
    parser = subparsers.add_parser(
        "log",
        help=_("what the store has noted of work outside of visits, and of who may and did what"),
        description=_(
            "The store's log, oldest entry first: when, what, details, by whom. It has what was written to meters "
            "outside of visits and how that ended, overrides, what was revealed, refused or exported, who logged in, "
            "wrong pass phrases, jobs and product lists that came, what went home and was erased, and changes to "
            "people, keys, wallet, van, plug-ins and to whom this terminal trusts. Whoever may not audit sees their "
            "own. What a visit did stands in its report: hht visit report."
        ),
        epilog=_("Example: hht log --training"),
    )
    parser.add_argument(
        "--export",
        type=named_path,
        metavar="FILE",
        help=_(
            "write it signed, for a check elsewhere (python -m hht.evidence verify FILE); for roles that may audit: "
            "hht people may"
        ),
    )
    add_store_options(parser)
    add_json(parser)


def run(args: argparse.Namespace) -> int:
    """Run the command; the exit status."""
    return run_command(args, _body)


def _body(args: argparse.Namespace, output: Output) -> int:
    from ui.cli.stores import opened_store
    from ui.kept_log import log_facts

    with opened_store(args, SystemClock()) as store:
        if args.export is not None:
            return _export(store, args.export, output)
        facts = log_facts(store)
    if facts.own_only:
        output.emit("note", _("Here are your own entries alone: all of them are for roles that may audit."))
    for entry in facts.entries:
        text = readable_times(f"{entry.at}  {entry.kind:<16}  {_words(entry)}")
        more = {}
        if facts.doubtful(entry):
            text, more = text + "  " + _("(the outcome is not known)"), {"outcome": "unknown"}
        output.emit("entry", text, time=entry.at, kind=entry.kind, by=entry.by, details=entry.details, **more)
    if facts.trouble is not None:
        raise facts.trouble
    count = len(facts.entries)
    output.emit("result", "" if count else _("The log is empty."), ok=True, entries=count, unknown=len(facts.unknown))
    return 0


def _export(store: Store, path: Path, output: Output) -> int:
    from hht.store.log_chain import whole_log
    from hht.work.visits_noted import require_visits
    from ui.kept_log import export_log

    done = export_log(store, path)
    require_visits(store, whole_log(store))  # after: what is wrong is no reason to keep the log back
    output.emit("result", done.words, ok=True, entries=done.entries, file=str(path), key=done.key)
    return 0


def _words(entry: LogEntry) -> str:
    """What an entry holds, and whose it is."""
    from ui.kept_log import held

    return ", ".join([*held(entry), *([_("by {who}").format(who=entry.by)] if entry.by else [])])
