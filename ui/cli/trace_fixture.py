"""`hht trace fixture`: a trace anonymised, to test with."""

from __future__ import annotations

import argparse
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

from hht.i18n import _
from hht.link import TraceEvent
from ui.cli.common import Output, UsageProblem, add_json, add_store_options, add_visit_number, run_async
from ui.system import SystemClock

if TYPE_CHECKING:
    from ui.trace_keys import Entry


def add_fixture(verbs: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """The verb's arguments."""
    parser = verbs.add_parser(
        "fixture",
        help=_("a trace for tests: identifiers, readings and times become others, and it still replays"),
        epilog=_("Example: hht trace fixture J-1042 --out meter.jsonl --training"),
    )
    parser.add_argument(
        "trace",
        nargs="?",
        metavar="FILE|JOB",
        help=_("JSON Lines or pcapng, as exported unmasked; or, with an option of the store, a job's reference"),
    )
    add_visit_number(parser)
    parser.add_argument(
        "--last", action="store_true", help=_("the latest command that was no visit (hht read, set, …)")
    )
    parser.add_argument(
        "--out", type=Path, required=True, metavar="FILE", help=_("JSON Lines; with .pcapng a capture for Wireshark")
    )
    parser.add_argument(
        "--keys",
        metavar="F",
        help=_("the meter's keys, where something is ciphered: the fixture is ciphered with those of training"),
    )
    add_store_options(parser)
    add_json(parser)


def fixture(args: argparse.Namespace, output: Output) -> int:
    """Make it, and say what was made."""
    from ui.fixtures import make_fixture

    if bool(args.trace) == args.last or (args.last and args.visit is not None):
        raise UsageProblem(_("Say which trace."), remedy=_("Name a file or a job, or write --last."))
    events, entries = _source(args)

    async def make() -> int:
        made = await make_fixture(events, entries, args.out, SystemClock())
        told = _("{count} events; the terminal holds it again: {requests} requests").format(
            count=made.events, requests=made.course.requests
        )
        if made.course.left:
            text = _("as with the trace itself, it does not come to the end: {count} bytes are left")
            output.note(text.format(count=made.course.left))
        output.emit("result", told, ok=True, events=made.events, **asdict(made.course))
        return 0

    return run_async(make())


def _source(args: argparse.Namespace) -> tuple[list[TraceEvent], list[Entry]]:
    """The events as they were on the wire, and the keys at hand. That a live trace was used is noted in its log."""
    from hht.store.trace_capture import read_trace
    from ui.cli.stores import opened_store
    from ui.cli.trace_source import trace_of_last_command, trace_of_visit
    from ui.trace_keys import kept_entries, named_entry

    in_store = args.training or args.pass_phrase_file
    if not args.last and args.visit is None and (Path(args.trace).is_file() or not in_store):
        named = [named_entry(args.keys, None)] if args.keys else []
        return read_trace(Path(args.trace)), named
    with opened_store(args, SystemClock()) as store:
        reader, what = trace_of_last_command(store) if args.last else trace_of_visit(store, args.trace, args.visit)
        if not args.training:
            store.log("trace-fixture", {**what, "file": str(args.out)})
        named = [named_entry(args.keys, store)] if args.keys else []
        return list(reader), [*named, *kept_entries(store)]
