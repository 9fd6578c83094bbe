"""`hht conformance LINK`: requirement rows that a link shows, held against any meter, hub or device, row by row.

At a meter's own port the electricity meter is asked; through a radio dongle the hub, the gas meter and what else is on
the HAN, by commands of a pack, of a desk, or in training of the training desk.
"""

from __future__ import annotations

import argparse
import tomllib
from collections import Counter
from collections.abc import AsyncIterator, Mapping
from typing import TYPE_CHECKING, Any

from hht.i18n import _
from hht.plain_text import plain_text
from ui.cli.common import (
    DONE,
    FAILED,
    Output,
    UsageProblem,
    add_meter_options,
    run_async,
    run_command,
)
from ui.cli.hub_reach import add_desk, add_kinds, add_network, add_way, hub_at_work, kinds_of, place_of

if TYPE_CHECKING:
    from hht.link import TraceEvent
    from hht.work.conformance.rows import Finding

MOST_FRAMES = 12  # of a row that failed: where it asked, without filling the screen
AT_PORT = frozenset({"ESME", "all", "SMETS2"})
BY_RADIO = frozenset({"CH", "GSME", "IHD", "PPMID", "HCALCS", "CAD", "HAN", "all", "SMETS2"})


def add_parser(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """The command's arguments."""
    parser = subparsers.add_parser(
        "conformance",
        help=_("requirement rows that a link shows, held against a meter, or a hub and its devices"),
        description=_(
            "Reads a meter at its own port, or through a dongle a hub, the gas meter and what else is on its HAN, and "
            "says of each requirement row that the link shows: pass, fail (with the frames), not applicable, or not "
            "shown. Nothing is written, switched, listed or reset. Exit status 1 where a row fails."
        ),
        epilog=_(
            "Examples: hht conformance emulated:single-element; hht conformance 'emulated:dual-fuel?via=han&hub=fresh' "
            "--hub 00-DB-12-34-56-78-90-A3 --chf 00-DB-12-34-56-78-90-A2"
        ),
    )
    parser.add_argument(
        "link", metavar="LINK", help=_("optical:, tcp://, rfc2217://, emulated:, recorded:, or a dongle's link")
    )
    parser.add_argument("--all", action="store_true", help=_("list the rows that no link shows too, each with why"))
    group = parser.add_argument_group(_("through a dongle"))
    group.add_argument("--hub", metavar="ID", help=_("the GPF ID printed on the hub"))
    group.add_argument("--chf", metavar="ID", help=_("the CHF ID printed on the hub"))
    add_way(group)
    add_desk(group)
    add_network(group)
    add_kinds(group)
    add_meter_options(parser)


def run(args: argparse.Namespace) -> int:
    """Run the command; the exit status."""
    return run_command(args, lambda args, output: run_async(_conformance(args, output)))


async def _conformance(args: argparse.Namespace, output: Output) -> int:
    from hht.link_url import parse_link_url, reaches_han

    if (status := await _plug_in(args, output)) is not None:
        return status
    by_radio = reaches_han(parse_link_url(args.link))
    if by_radio and not (args.hub and args.chf):
        raise UsageProblem(
            _("Through a dongle, the hub has to be named."),
            remedy=_("Give the two Device IDs printed on it: --hub GPF-ID --chf CHF-ID."),
        )
    events: list[TraceEvent] = []
    told = _by_radio(args, output, events) if by_radio else _at_port(args, output, events)
    return await _tell_all(args, output, told, events, BY_RADIO if by_radio else AT_PORT)


async def _plug_in(args: argparse.Namespace, output: Output) -> int | None:
    """Of a plug-in's emulated device the kit's own rows; None where something else is at the link."""
    from hht.link_url import parse_link_url
    from ui.cli.plugin_device import emulated_there
    from ui.cli.stores import store_of_command
    from ui.plugin_devices import device_named
    from ui.stores import data_folder
    from ui.system import SystemClock

    if device_named(parse_link_url(args.link)) is None:
        return None
    with store_of_command(args, SystemClock(), output) as store:
        archive = emulated_there(args.link, store, data_folder(args.data_dir))
    if archive is None:
        return None
    from ui.cli.plugin_check import tell

    return await tell(archive, output)


async def _at_port(args: argparse.Namespace, output: Output, events: list[TraceEvent]) -> AsyncIterator[Finding]:
    from hht.work.conformance.course import findings
    from ui.cli.meter import open_meter_with_store

    async with open_meter_with_store(args, output, events.append) as (meter, _store):
        async for found in findings(meter, args.link, lambda: len(events)):
            yield found


async def _by_radio(args: argparse.Namespace, output: Output, events: list[TraceEvent]) -> AsyncIterator[Finding]:
    from hht.client.radio.hub_time import read_hub_time
    from hht.protocol.gbcs.device_types import GbcsDeviceType
    from hht.work.conformance.course import found_at
    from hht.work.conformance.hub import CHECKS
    from hht.work.conformance.hub_subject import HubAt, HubSubject

    kinds = kinds_of(args)
    async with hub_at_work(args, output, also=events.append) as (service, store):
        place = place_of(args, service, store)
        async with service.at(place, kinds) as here:
            joined = here.member.joined
            assert joined is not None
            subject = HubSubject(
                service.hand(place, here),
                HubAt(place.chf, place.gpf, joined.network, here.terminal),
                lambda: read_hub_time(here.member),
                kinds,
                patient=GbcsDeviceType.GSME in kinds.values(),
            )
            async for found in found_at(subject, args.link, lambda: len(events), CHECKS):
                yield found


async def _tell_all(
    args: argparse.Namespace,
    output: Output,
    told: AsyncIterator[Finding],
    events: list[TraceEvent],
    devices: frozenset[str],
) -> int:
    from hht.work.conformance.rows import Verdict
    from hht.work.conformance.unseen import why_unseen

    counted: Counter[Verdict] = Counter()
    seen: set[str] = set()
    rows = _catalogue()
    async for found in told:
        counted[found.said.verdict] += 1
        seen.update(found.rows)
        _tell(output, found, rows, events)
    unseen = [name for name, row in rows.items() if devices & set(row["device"]) and name not in seen]
    for name in unseen if args.all else ():
        why = why_unseen(name)
        output.emit("row", f"{name:<8} {rows[name]['statement']} ({why})", row=name, verdict="unseen", why=why)
    summary = ", ".join(f"{counted[verdict]} {verdict.words}" for verdict in Verdict if counted[verdict])
    words = _("{summary}. {count} further rows are not seen over this link (--all tells each and why).")
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


def _tell(output: Output, found: Finding, rows: Mapping[str, dict[str, Any]], events: list[TraceEvent]) -> None:
    """One line a check; of one that failed the frames in which it asked."""
    from hht.work.conformance.rows import Verdict
    from hht.work.conformance.titles import titles

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
