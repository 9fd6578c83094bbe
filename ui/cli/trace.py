"""`hht trace show|export`: recorded sessions, decoded, and taken out of the store."""

from __future__ import annotations

import argparse
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

from hht.clock import iso_z
from hht.i18n import _
from hht.link import TraceEvent
from ui.cli.common import Output, UsageProblem, add_json, add_store_options, run_command
from ui.system import SystemClock, new_id
from ui.whole_file import whole_file

if TYPE_CHECKING:
    from ui.services import TreeNode


def add_parser(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """The command's arguments."""
    parser = subparsers.add_parser(
        "trace",
        help=_("recorded sessions: show (decoded), export"),
        epilog=_("Example: hht trace show trace.jsonl"),
    )
    verbs = parser.add_subparsers(dest="verb", required=True, metavar=_("VERB"))
    show = verbs.add_parser(
        "show", help=_("a trace file, decoded"), epilog=_("Example: hht trace show trace.jsonl --tree")
    )
    show.add_argument("file", type=Path, metavar="FILE", help=_("JSON Lines, as exported"))
    show.add_argument("--tree", action="store_true", help=_("each frame as a labelled tree"))
    add_json(show)
    export = verbs.add_parser(
        "export",
        help=_("the trace of a job's latest visit, from the store; it replays as recorded:FILE"),
        epilog=_("Example: hht trace export J-1042 --out trace.jsonl --training"),
    )
    export.add_argument("job", metavar="JOB", help=_("the job's reference"))
    export.add_argument("--out", type=Path, required=True, metavar="FILE", help=_("JSON Lines, or text with .txt"))
    add_store_options(export)
    add_json(export)


def run(args: argparse.Namespace) -> int:
    """Run the command; the exit status."""
    return run_command(args, {"show": _show, "export": _export}[args.verb])


def _show(args: argparse.Namespace, output: Output) -> int:
    from hht.store.trace_export import read_json_lines
    from ui.trace_lines import FrameAssembler, tree_of

    assembler, count = FrameAssembler(), 0
    lines = [line for event in read_json_lines(args.file) for line in assembler.feed(event)] + assembler.flush()
    for line in lines:
        count += 1
        event, text = line.event, line.summary
        shown = f"{iso_z(event.utc)} {event.kind.value:<5} {text or event.note}"
        if args.tree and event.data:
            shown += "\n" + "\n".join(_tree_lines(tree_of(line), 1))
        output.emit(
            "frame",
            shown,
            time=iso_z(event.utc),
            direction=event.kind.value,
            protocol=line.protocol,
            bytes=event.data.hex(),
            summary=text,
            note=event.note,
        )
    output.emit("result", _("{count} lines").format(count=count), ok=True, lines=count)
    return 0


def _tree_lines(node: TreeNode, depth: int) -> Iterable[str]:
    value = f": {node.value}" if node.value else ""
    error = f"  !! {node.error}" if node.error else ""
    yield f"{'  ' * depth}{node.label}{value}{error}"
    for child in node.children:
        yield from _tree_lines(child, depth + 1)


def _export(args: argparse.Namespace, output: Output) -> int:
    from hht.store.trace_store import TraceReader
    from hht.work.visit_store import VisitStore
    from ui.cli.stores import opened_store

    with opened_store(args, SystemClock()) as store:
        visits = VisitStore(store, new_id)
        latest = visits.latest_visit(visits.find(args.job).job_id)
        if latest is None:
            raise UsageProblem(_("That job has no visit yet."), remedy=_("Run it first."), code="no-visit")
        reader = TraceReader.of_visit(store, latest.visit_id)
        count = _write(args.out, reader)
        digest = reader.sha256()
    output.emit(
        "result",
        _("{count} events, SHA-256 {digest}").format(count=count, digest=digest),
        ok=True,
        events=count,
        sha256=digest,
    )
    return 0


def _write(path: Path, events: Iterable[TraceEvent]) -> int:
    from hht.store.trace_export import write_text
    from ui.jobs import write_trace_file

    if path.suffix != ".txt":
        return write_trace_file(path, events)
    with whole_file(path) as file:
        return write_text(events, file)
