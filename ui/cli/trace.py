"""`hht trace show|replay|export`: recorded sessions, decoded, shown again, and taken out of the store."""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable, Iterable
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

from hht.clock import iso_z
from hht.i18n import _
from hht.link import TraceEvent, TraceKind
from ui.cli.common import Output, UsageProblem, add_json, add_store_options, add_visit_number, run_command
from ui.system import SystemClock, new_id

LONGEST_SLEEP_S = 3600.0  # at once: a file may name more than the system's own sleep takes

if TYPE_CHECKING:
    from hht.store.store import Store
    from hht.store.trace_store import TraceReader
    from ui.services import TraceLine, TreeNode
    from ui.trace_keys import Entry


def add_parser(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """The command's arguments."""
    parser = subparsers.add_parser(
        "trace",
        help=_("recorded sessions: show (decoded), replay, export"),
        epilog=_("Example: hht trace show trace.jsonl"),
    )
    verbs = parser.add_subparsers(dest="verb", required=True, metavar=_("VERB"))
    show = verbs.add_parser(
        "show",
        help=_("a trace file, or the trace of a visit, decoded"),
        epilog=_("Example: hht trace show trace.jsonl --tree; hht trace show J-1042 --visit 1 --training"),
    )
    show.add_argument(
        "file",
        type=Path,
        metavar="FILE|JOB",
        help=_("JSON Lines or pcapng, as exported; or, with --visit or an option of the store, a job's reference"),
    )
    add_visit_number(show)
    show.add_argument("--reveal", action="store_true", help=_("passwords too, which a trace of training shows anyway"))
    show.add_argument("--tree", action="store_true", help=_("each frame as a labelled tree"))
    _add_keys(show)
    add_store_options(show)
    add_json(show)
    replay = verbs.add_parser(
        "replay",
        help=_("a trace file again, at the pace at which it was recorded"),
        epilog=_("Example: hht trace replay trace.jsonl --pace fast"),
    )
    replay.add_argument("file", type=Path, metavar="FILE", help=_("JSON Lines or pcapng, as exported"))
    replay.add_argument("--pace", choices=("real", "fast"), default="real", help=_("default: real"))
    replay.add_argument(
        "--reveal", action="store_true", help=_("passwords too, which a trace of training shows anyway")
    )
    replay.add_argument("--tree", action="store_true", help=_("each frame as a labelled tree"))
    _add_keys(replay)
    add_store_options(replay)
    add_json(replay)
    export = verbs.add_parser(
        "export",
        help=_("the trace of a job's visit, or of the last command, from the store; it replays as recorded:FILE"),
        epilog=_("Example: hht trace export J-1042 --out trace.jsonl --training"),
    )
    export.add_argument("job", nargs="?", metavar="JOB", help=_("the job's reference"))
    add_visit_number(export)
    export.add_argument(
        "--last", action="store_true", help=_("the latest command that was no visit (hht read, set, …)")
    )
    export.add_argument(
        "--out",
        type=Path,
        required=True,
        metavar="FILE",
        help=_("JSON Lines; text with .txt; with .pcapng a capture that Wireshark opens"),
    )
    export.add_argument(
        "--reveal",
        action="store_true",
        help=_("exactly what was on the wire, passwords too; this is noted in the store"),
    )
    add_store_options(export)
    add_json(export)


def _add_keys(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--keys",
        metavar="F",
        help=_(
            "decipher with these keys: a file as for hht read --keys, or a name in the vault; those of training, and "
            "with --visit all that the vault has, are tried by themselves"
        ),
    )


def run(args: argparse.Namespace) -> int:
    """Run the command; the exit status."""
    return run_command(args, {"show": _show, "replay": _replay, "export": _export}[args.verb])


def _show(args: argparse.Namespace, output: Output) -> int:
    if args.visit is None and (args.file.is_file() or not (args.training or args.pass_phrase_file)):
        return _tell_file(args, output, lambda _seconds: None)
    from ui.cli.stores import opened_store
    from ui.trace_keys import kept_entries

    with opened_store(args, SystemClock()) as store:
        reader, what = _of_visit(store, str(args.file), args.visit)
        if args.reveal and not args.training:
            store.log("trace-revealed", {**what, "file": "-"})
        events = list(reader)
        entries = [*_named(args, store), *kept_entries(store)]
    if not events:
        raise UsageProblem(
            _("Nothing was sent or received in that visit."),
            remedy=_("Choose another with --visit (hht visit list names them)."),
            code="no-trace",
        )
    return _tell(args, output, events, entries, lambda _seconds: None)


def _replay(args: argparse.Namespace, output: Output) -> int:
    return _tell_file(args, output, _wait if args.pace == "real" else lambda _seconds: None)


def _wait(seconds: float) -> None:
    """Let `seconds` pass, however many a file says there are."""
    while seconds > LONGEST_SLEEP_S:
        time.sleep(LONGEST_SLEEP_S)
        seconds -= LONGEST_SLEEP_S
    time.sleep(seconds)


def _tell_file(args: argparse.Namespace, output: Output, wait: Callable[[float], None]) -> int:
    from hht.store.trace_capture import read_trace
    from ui.cli.stores import opened_store

    if args.keys and not Path(args.keys).exists() and (args.training or args.pass_phrase_file):
        with opened_store(args, SystemClock()) as store:
            entries = _named(args, store)
    else:
        entries = _named(args, None)
    return _tell(args, output, read_trace(args.file), entries, wait)


def _named(args: argparse.Namespace, store: Store | None) -> list[Entry]:
    """The keys of ``--keys``. Raises AssociationError."""
    from ui.trace_keys import named_entry

    return [named_entry(args.keys, store)] if args.keys else []


def _tell(
    args: argparse.Namespace,
    output: Output,
    events: list[TraceEvent],
    entries: list[Entry],
    wait: Callable[[float], None],
) -> int:
    """Every line of the trace, after the time that passed before it."""
    from hht.store.trace_export import header_facts
    from ui.trace_keys import materials
    from ui.trace_lines import FrameAssembler
    from ui.trace_masking import TraceMasker

    headers = [header_facts(event) for event in events if event.kind is TraceKind.HEADER]
    reveal = args.reveal or (bool(headers) and all(facts.get("training") is True for facts in headers))
    assembler = FrameAssembler(lambda facts: materials(facts, entries))
    mask, count, before_s = TraceMasker(), 0, events[0].monotonic_s
    for event in [*events, None]:
        if event is not None:
            wait(max(0.0, event.monotonic_s - before_s))
            before_s = event.monotonic_s
            shown = event if reveal else mask(event)
        for line in assembler.feed(shown) if event is not None else assembler.flush():
            count += 1
            _tell_line(args, output, line)
    output.emit("result", _("{count} lines").format(count=count), ok=True, lines=count)
    return 0


def _tell_line(args: argparse.Namespace, output: Output, line: TraceLine) -> None:
    from hht.protocol.opened_trees import opened_name
    from ui.trace_lines import tree_of

    event, text = line.event, line.summary
    shown = f"{iso_z(event.utc)} {event.kind.value:<5} {text or event.note}"
    if args.tree and event.data:
        shown += "\n" + "\n".join(_tree_lines(tree_of(line), 1))
    marks: dict[str, object] = {"masked": True} if event.masked else {}
    if line.opened:
        marks["deciphered"] = [{"message": opened_name(one), "tag": one.verdict.value} for one in line.opened]
    if args.tree and event.data:
        marks["tree"] = asdict(tree_of(line))
    output.emit(
        "frame",
        shown,
        time=iso_z(event.utc),
        direction=event.kind.value,
        protocol=line.protocol,
        bytes=event.data.hex(),
        summary=text,
        note=event.note,
        **marks,
    )


def _tree_lines(node: TreeNode, depth: int) -> Iterable[str]:
    value = f": {node.value}" if node.value else ""
    error = f"  !! {node.error}" if node.error else ""
    yield f"{'  ' * depth}{node.label}{value}{error}"
    for child in node.children:
        yield from _tree_lines(child, depth + 1)


def _export(args: argparse.Namespace, output: Output) -> int:
    from ui.cli.stores import opened_store
    from ui.trace_files import write_trace_file

    if bool(args.job) == args.last or (args.last and args.visit is not None):
        raise UsageProblem(_("Say which trace."), remedy=_("Name a job, or write --last for the latest command's."))
    with opened_store(args, SystemClock()) as store:
        reader, what = _of_last_command(store) if args.last else _of_visit(store, args.job, args.visit)
        reveal = args.reveal or args.training  # training passwords are everybody's
        if args.reveal and not args.training:
            store.log("trace-revealed", {**what, "file": str(args.out)})
        written = write_trace_file(args.out, reader, reveal=reveal)
        digest = reader.sha256()
    text = (
        _("{count} events, passwords masked: no evidence, no replay")
        if written.masked
        else _("{count} events, SHA-256 {digest}")
    )
    output.emit(
        "result",
        text.format(count=written.events, digest=digest),
        ok=True,
        events=written.events,
        sha256=digest,
        masked=written.masked,
    )
    return 0


def _of_visit(store: Store, job: str, number: int | None) -> tuple[TraceReader, dict[str, str]]:
    """The trace of a job's visit, the latest without a number, and what the log calls it. Raises NoSuchVisit."""
    from hht.store.trace_store import TraceReader
    from hht.work.visit_store import VisitStore
    from ui.jobs import visit_of

    visits = VisitStore(store, new_id)
    visit = visit_of(visits, visits.find(job), number)
    return TraceReader.of_visit(store, visit.visit_id), {"visit": visit.visit_id}


def _of_last_command(store: Store) -> tuple[TraceReader, dict[str, str]]:
    """The trace of the latest command outside of visits. Raises UsageProblem ``no-trace``."""
    from hht.store.trace_store import TraceReader, trace_sessions

    sessions = trace_sessions(store, "")
    if not sessions:
        raise UsageProblem(
            _("No command has left a trace here."),
            remedy=_("Read a meter with the store unlocked: --training or --pass-phrase-file."),
            code="no-trace",
        )
    last = sessions[-1].session_id
    return TraceReader(store, last), {"session": last}
