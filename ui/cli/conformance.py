"""`hht conformance LINK`: requirement rows that a link shows, held against any electricity meter, row by row."""

from __future__ import annotations

import argparse
import tomllib
from collections import Counter
from typing import TYPE_CHECKING, Any

from hht.i18n import _
from hht.plain_text import plain_text
from ui.cli.common import (
    DONE,
    FAILED,
    Output,
    add_meter_options,
    run_async,
    run_command,
)

if TYPE_CHECKING:
    from hht.link import TraceEvent
    from hht.work.conformance.rows import Finding

MOST_FRAMES = 12  # of a row that failed: where it asked, without filling the screen
METER = {"ESME", "all", "SMETS2"}


def add_parser(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """The command's arguments."""
    parser = subparsers.add_parser(
        "conformance",
        help=_("requirement rows that a link shows, held against a meter"),
        description=_(
            "Reads a meter and says of each requirement row that its link shows: pass, fail (with the frames), not "
            "applicable, or not shown. Nothing is written, switched or reset. Exit status 1 where a row fails."
        ),
        epilog=_("Example: hht conformance emulated:single-element"),
    )
    parser.add_argument("link", metavar="LINK", help=_("optical:, tcp://, rfc2217://, emulated: or recorded:"))
    parser.add_argument("--all", action="store_true", help=_("list the rows that no link shows, too"))
    add_meter_options(parser)


def run(args: argparse.Namespace) -> int:
    """Run the command; the exit status."""
    return run_command(args, lambda args, output: run_async(_conformance(args, output)))


async def _conformance(args: argparse.Namespace, output: Output) -> int:
    from hht.work.conformance.course import findings
    from hht.work.conformance.rows import Verdict
    from ui.cli.meter import open_meter_with_store

    events: list[TraceEvent] = []
    counted: Counter[Verdict] = Counter()
    told: set[str] = set()
    rows = _catalogue()
    async with open_meter_with_store(args, output, events.append) as (meter, _store):
        async for found in findings(meter, args.link, lambda: len(events)):
            counted[found.said.verdict] += 1
            told.update(found.rows)
            _tell(output, found, rows, events)
    unseen = [name for name, row in rows.items() if METER & set(row["device"]) and name not in told]
    if args.all:
        for name in unseen:
            output.emit(
                "row", f"{name:<8} {_('no link shows it')}: {rows[name]['statement']}", row=name, verdict="unseen"
            )
    summary = ", ".join(f"{counted[verdict]} {verdict.words}" for verdict in Verdict if counted[verdict])
    words = _("{summary}. {count} further rows for an electricity meter are not seen over a link (--all lists them).")
    totals = {verdict.value: counted[verdict] for verdict in Verdict}
    output.emit(
        "result",
        words.format(summary=summary, count=len(unseen)),
        ok=not counted[Verdict.FAIL],
        unseen=len(unseen),
        **totals,
    )
    return FAILED if counted[Verdict.FAIL] else DONE


def _catalogue() -> dict[str, dict[str, Any]]:
    from hht.resources import resource_text

    rows: dict[str, dict[str, Any]] = tomllib.loads(resource_text("catalogue", "requirements.toml"))["requirement"]
    return rows


def _tell(output: Output, found: Finding, rows: dict[str, dict[str, Any]], events: list[TraceEvent]) -> None:
    """One line a check; of one that failed the frames in which it asked."""
    from hht.work.conformance.electricity import titles
    from hht.work.conformance.rows import Verdict

    verdict = found.said.verdict
    title = titles()[found.check]
    names = ", ".join(found.rows)
    text = f"{verdict.words:<15} {names:<16} {title}: {plain_text(found.said.why)}"
    frames: list[str] = []
    if verdict is Verdict.FAIL:
        asked = events[found.frames.first - 1 : found.frames.last]
        frames = [f"{event.kind.value} {event.data.hex(' ')}" for event in asked if event.data][-MOST_FRAMES:]
        text = "\n".join((text, *(f"    {frame}" for frame in frames)))
    output.emit(
        "row",
        text,
        check=found.check,
        rows=list(found.rows),
        verdict=verdict.value,
        why=found.said.why,
        statements=[rows[name]["statement"] for name in found.rows],
        trace=found.frames.plain(),
        frames=frames or None,
    )
