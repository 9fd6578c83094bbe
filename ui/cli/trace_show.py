"""What `hht trace show` and `hht trace replay` tell of a trace, line by line as it comes."""

from __future__ import annotations

import argparse
import math
import time
from collections.abc import Callable, Iterable
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

from hht.clock import iso_z
from hht.i18n import _
from hht.link import TraceEvent
from hht.link_url import pace_factor
from ui.cli.common import Output, UsageProblem, run_async
from ui.system import SystemClock

if TYPE_CHECKING:
    from hht.store.store import Store
    from ui.services import TraceLine, TreeNode
    from ui.trace_keys import Entry

LONGEST_SLEEP_S = 3600.0  # at once: a file may name more than the system's own sleep takes
STEPS = 20  # of progress in a whole replay
LEAST_STEP = 100  # events
Wait = Callable[[float], None]


def show(args: argparse.Namespace, output: Output) -> int:
    """`hht trace show`: a file, or a visit's trace from the store."""
    if args.visit is None and (args.file.is_file() or not (args.training or args.pass_phrase_file)):
        from hht.store.trace_capture import stream_trace

        if not args.file.exists():
            raise UsageProblem(
                _("There is no file “{file}” here.").format(file=args.file),
                remedy=_("A visit's trace is in the store: say --training, or --pass-phrase-file F."),
                code="trace-file",
            )
        entries = _entries_for_file(args)
        return tell(args, output, stream_trace(args.file), entries)
    from ui.cli.stores import opened_store
    from ui.cli.trace_source import note_revealing, trace_of_visit
    from ui.trace_keys import kept_entries

    with opened_store(args, SystemClock()) as store:
        reader, what = trace_of_visit(store, str(args.file), args.visit)
        if not len(reader):
            raise UsageProblem(
                _("Nothing was sent or received in that visit."),
                remedy=_("Choose another with --visit (hht visit list names them)."),
                code="no-trace",
            )
        if args.reveal and not args.training:
            note_revealing(args, store, {**what, "file": "-"})
        return tell(args, output, reader, [*_named(args, store), *kept_entries(store)])


def replay(args: argparse.Namespace, output: Output) -> int:
    """`hht trace replay`: a file, at the pace at which it was recorded or another."""
    from hht.store.trace_capture import read_trace
    from ui.recordings import refuse_masked

    factor = pace_factor(args.pace)
    entries = _entries_for_file(args)
    events = read_trace(args.file)
    refuse_masked(events, args.file)
    if args.strict or args.lenient:
        return _hold_again(args, output, events, entries)
    step = max(LEAST_STEP, len(events) // STEPS)

    def on_event(count: int) -> None:
        if count % step == 0:
            text = _("{done:,} of {total:,} events").format(done=count, total=len(events))
            output.progress(text, done=count, total=len(events))

    return tell(args, output, events, entries, wait=_waiting(factor), on_event=on_event)


def _hold_again(args: argparse.Namespace, output: Output, events: list[TraceEvent], entries: list[Entry]) -> int:
    """The terminal itself against the recording."""
    from ui.course import follow, left_over

    def on_progress(done: int, total: int) -> None:
        text = _("{done:,} of {total:,} requests").format(done=done, total=total)
        output.progress(text, done=done, total=total)

    async def hold() -> int:
        course = await follow(
            events,
            args.file,
            SystemClock(),
            strict=args.strict,
            pace=args.pace,
            entries=entries,
            on_progress=on_progress,
        )
        if course.left and args.strict:
            raise left_over(course, args.file)
        words = _("{requests} requests in {conversations} conversations, {differences} differences, {left} bytes left")
        output.emit("result", words.format(**asdict(course)), ok=True, **asdict(course))
        return 0

    return run_async(hold())


def _waiting(factor: float) -> Wait:
    """Waits until so many more seconds of the recording have passed: what comes late makes nothing after it later."""
    if math.isinf(factor):
        return lambda _seconds: None
    due = time.monotonic()

    def wait(seconds: float) -> None:
        nonlocal due
        due += seconds / factor
        while (left := due - time.monotonic()) > 0:
            time.sleep(min(left, LONGEST_SLEEP_S))

    return wait


def _entries_for_file(args: argparse.Namespace) -> list[Entry]:
    """Keys for a trace that lies in a file; that its secrets are to be shown is noted in the live store first."""
    from ui.cli.stores import opened_store
    from ui.cli.trace_source import note_revealing

    unlocked = args.training or args.pass_phrase_file
    if args.reveal and not unlocked:
        raise UsageProblem(
            _("Secrets of live work are shown only where the log can keep who asked for it, and why."),
            remedy=_("Unlock the store (--pass-phrase-file) and say why (--reason); for training neither is needed."),
            code="reveal-not-noted",
        )
    from_store = args.keys and not Path(args.keys).exists() and unlocked
    if not from_store and not (args.reveal and not args.training):
        return _named(args, None)
    with opened_store(args, SystemClock()) as store:
        if args.reveal and not args.training:
            note_revealing(args, store, {"trace": str(args.file), "file": "-"})
        return _named(args, store)


def _named(args: argparse.Namespace, store: Store | None) -> list[Entry]:
    """The keys of ``--keys``. Raises AssociationError."""
    from ui.trace_keys import named_entry

    return [named_entry(args.keys, store)] if args.keys else []


def tell(
    args: argparse.Namespace,
    output: Output,
    events: Iterable[TraceEvent],
    entries: list[Entry],
    *,
    wait: Wait = lambda _seconds: None,
    on_event: Callable[[int], None] = lambda _count: None,
) -> int:
    """Every line of the trace, after the time that passed before it; nothing is kept of what has been told."""
    from ui.trace_keys import materials
    from ui.trace_lines import FrameAssembler
    from ui.trace_reveal import shown_events

    assembler = FrameAssembler(lambda facts: materials(facts, entries))
    reveal = args.reveal and not args.training  # what is of training is shown as it is anyway
    count = 0
    for number, event in enumerate(shown_events(_in_time(events, wait), reveal=reveal), 1):
        for line in assembler.feed(event):
            count += 1
            _tell_line(args, output, line)
        on_event(number)
    for line in assembler.flush():
        count += 1
        _tell_line(args, output, line)
    output.emit("result", _("{count} lines").format(count=count), ok=True, lines=count)
    return 0


def _in_time(events: Iterable[TraceEvent], wait: Wait) -> Iterable[TraceEvent]:
    before_s: float | None = None
    for event in events:
        wait(0.0 if before_s is None else max(0.0, event.monotonic_s - before_s))
        before_s = event.monotonic_s
        yield event


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
