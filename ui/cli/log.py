"""`hht log`: what the store keeps of commands outside of visits: writes with their outcomes, overrides, revealing."""

from __future__ import annotations

import argparse
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

from hht.access.roles import Act
from hht.clock import readable_times
from hht.evidence import LOG, key_print
from hht.i18n import _, ngettext
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
    from hht.store.log_chain import whole_log
    from hht.work.single_write import WriteLog
    from hht.work.visits_noted import require_visits
    from ui.cli.stores import opened_store
    from ui.system import new_id

    with opened_store(args, SystemClock()) as store:
        entries = whole = whole_log(store)
        unknown = {write.write for write in WriteLog(store, new_id).open_writes()}
        if args.export is not None:
            status = export_log(store, entries, args.export, output)
            require_visits(store, entries)  # after: what is wrong is no reason to keep the log back
            return status
        if Act.AUDIT not in store.person.acts:
            entries = [entry for entry in entries if entry.by in own_words(store)]
            output.emit("note", _("Here are your own entries alone: all of them are for roles that may audit."))
        _show(entries, unknown, output)
        require_visits(store, whole)
    output.emit(
        "result", "" if entries else _("The log is empty."), ok=True, entries=len(entries), unknown=len(unknown)
    )
    return 0


def _show(entries: list[LogEntry], unknown: set[str], output: Output) -> None:
    """An entry a line. `unknown`: writes whose outcome is not known."""
    for entry in entries:
        doubtful = entry.kind == "set-intent" and entry.details["write"] in unknown
        text = readable_times(f"{entry.at}  {entry.kind:<16}  {_words(entry)}")
        if doubtful:
            text += "  " + _("(the outcome is not known)")
        more = {"outcome": "unknown"} if doubtful else {}
        output.emit("entry", text, time=entry.at, kind=entry.kind, by=entry.by, details=entry.details, **more)


def own_words(store: Store) -> set[str]:
    """As whom the log names whoever is logged in."""
    return {store.acting(), store.person.words or store.person.login} - {""}


def export_log(store: Store, entries: list[LogEntry], path: Path, output: Output) -> int:
    """Write the log as a signed bundle. That it was is an entry of the log itself, which is in the next bundle."""
    import secrets

    from hht.report.bundle_lines import Item, write_bundle
    from ui.bundles import evidence_key
    from ui.whole_file import check_writable, whole_file

    store.require(Act.AUDIT)
    check_writable(path)  # first: what could not be written is not to stand in the log as exported
    key = evidence_key(store, secrets.token_bytes)
    store.log("log-exported", {"entries": len(entries), "file": path.name, "key": key_print(key.public)})
    items = [Item("log-entry", asdict(entry)) for entry in entries]
    with whole_file(path) as file:
        file.write(write_bundle(LOG, items, [], key, store.clock.now()).decode("ascii"))
    words = ngettext(
        "{count} entry written, signed by the key {print}: {path}",
        "{count} entries written, signed by the key {print}: {path}",
        len(entries),
    )
    text = words.format(count=len(entries), print=key_print(key.public), path=path)
    output.emit("result", text, ok=True, entries=len(entries), file=str(path), key=key_print(key.public))
    return 0


def _words(entry: LogEntry) -> str:
    """What an entry holds, but for the id that ties an outcome to its intent; and whose it is."""
    told = [
        f"{name}: {', '.join(map(str, value)) if isinstance(value, list) else value}"
        for name, value in entry.details.items()
        if name != "write"
    ]
    return ", ".join([*told, *([_("by {who}").format(who=entry.by)] if entry.by else [])])
