"""`hht network LINK`: what a network operator looks at: maxima recomputed, voltage with its thresholds, outages."""

from __future__ import annotations

import argparse
import csv
from pathlib import Path
from typing import TYPE_CHECKING, Any

from hht.i18n import _
from hht.plain_text import plain_text
from ui.cli.common import (
    DONE,
    Output,
    add_meter_options,
    named_path,
    run_async,
    run_command,
)
from ui.csv_cells import cells
from ui.whole_file import check_writable, whole_file

if TYPE_CHECKING:
    from hht.client.network_data import NetworkData


def add_parser(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """The command's arguments."""
    parser = subparsers.add_parser(
        "network",
        help=_("maximum demand, voltage and outages, as the network operator sees them"),
        description=_(
            "Reads the maxima with their window, voltage thresholds, counters and averages, and the power events, and "
            "recomputes each maximum from the meter's own half-hours. Setting and resetting are the network operator's "
            "(service requests 6.5, 6.18.1, 6.18.2, 6.27): nothing is written."
        ),
        epilog=_("Example: hht network emulated:single-element --csv voltage.csv"),
    )
    parser.add_argument("link", metavar="LINK", help=_("optical:, tcp://, rfc2217://, emulated: or recorded:"))
    parser.add_argument("--csv", type=named_path, metavar="FILE", help=_("voltage averages and days into FILE"))
    add_meter_options(parser)


def run(args: argparse.Namespace) -> int:
    """Run the command; the exit status."""
    return run_command(args, _body)


def _body(args: argparse.Namespace, output: Output) -> int:
    if args.csv is not None:
        check_writable(args.csv)
    return run_async(_network(args, output))


async def _network(args: argparse.Namespace, output: Output) -> int:
    from hht.work.actions.network import read_view
    from hht.work.network_told import changes_facts, kept_network, network_facts
    from hht.work.network_view import Agreement, changes
    from hht.work.supplier import senders
    from ui.cli.meter import open_meter_with_store

    async with open_meter_with_store(args, output) as (meter, _store):
        view = await read_view(meter, (await meter.read_clock()).time)
    data, registers, daily, since = view
    kept = kept_network(data, registers, daily, since)
    if output.as_json:
        _emit(output, kept)
        for change in changes():
            output.emit("change", change=change.name, service=change.service, senders=senders(change.service))
    facts = (*network_facts(data, registers, daily, since), *changes_facts())
    wrong = sum(one.agreement is Agreement.DIFFERENT for one in registers)
    text = "\n".join(f"{fact.label:<36} {plain_text(fact.value)}" for fact in facts)
    output.emit("result", text, ok=True, since=kept["since"], different=wrong)
    if args.csv is not None:
        _save(args.csv, data, daily)
        output.note(_("Voltage and days stand in {file}.").format(file=args.csv))
    return DONE


def _emit(output: Output, kept: dict[str, Any]) -> None:
    """What is kept of a visit, line by line."""
    for name, kind in (
        ("registers", "register"),
        ("thresholds", "threshold"),
        ("phases", "phase"),
        ("outages", "outage"),
    ):
        for one in kept[name]:
            output.emit(kind, **one)
    output.emit("window", window_s=kept["window_s"], average_period_s=kept["average_period_s"], alerts=kept["alerts"])
    for day, watts in kept["daily_highest_w"].items():
        output.emit("day", day=day, highest_w=watts)


def _save(path: Path, data: NetworkData, daily: dict[str, int]) -> None:
    """A line for each average of voltage and for each day's highest half-hour. Raises FileNotWritten."""
    from hht.clock import iso_z

    with whole_file(path, newline="") as file:
        writer = csv.writer(file)
        writer.writerow(("kind", "time", "phase", "value", "unit"))
        for phase in data.phases:
            for time, volts in phase.averages:
                writer.writerow(cells(("voltage", iso_z(time), phase.number, str(volts), "V")))
        for day, watts in sorted(daily.items()):
            writer.writerow(cells(("day-highest", day, "", watts, "W")))
