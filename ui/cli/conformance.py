"""`hht conformance LINK`: requirement rows that a link shows, held against any meter, hub or device, row by row.

At a meter's own port the electricity meter is asked; through a radio dongle the hub, the gas meter and what else is on
the HAN, by commands of a pack, of a desk, or in training of the training desk.
"""

from __future__ import annotations

import argparse
import asyncio
import tomllib
from collections import Counter
from collections.abc import AsyncGenerator, Mapping
from contextlib import aclosing
from functools import partial
from typing import TYPE_CHECKING, Any

from hht.errors import HhtError
from hht.i18n import _, ngettext
from hht.plain_text import plain_text
from ui.cli.common import (
    DONE,
    FAILED,
    Output,
    UsageProblem,
    add_meter_options,
    run_command,
)
from ui.cli.hastened import add_hasten, run_hastened
from ui.cli.hub_reach import add_desk, add_kinds, add_network, add_way, hub_at_work, kinds_of, place_of
from ui.cli.waiting import Waiting, told_while_waiting

if TYPE_CHECKING:
    from hht.clock import Clock
    from hht.link import TraceEvent
    from hht.work.conformance.hub_subject import HubSubject
    from hht.work.conformance.rows import Finding, Verdict

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
            "shown. Nothing is written, switched, listed or reset. A gas meter sleeps: it is asked itself only where "
            "--device ID=GSME names it, and answers at its next wake, in 35 minutes at most. Ctrl+C ends it with what "
            "was found so far. Exit status 1 where a row fails."
        ),
        epilog=_(
            "Examples: hht conformance emulated:single-element; hht conformance 'emulated:dual-fuel?via=han&hub=fresh' "
            "--hub 00-DB-12-34-56-78-90-A3 --chf 00-DB-12-34-56-78-90-A2 --device 00-DB-12-34-56-78-90-A1=GSME --hasten"
        ),
    )
    parser.add_argument(
        "link",
        metavar="LINK",
        help=_(
            "a meter's port (optical:, tcp://, rfc2217://, emulated:, recorded:), or a dongle (dongle:PORT, "
            "dongle:tcp://, emulated:NAME?via=han)"
        ),
    )
    parser.add_argument("--all", action="store_true", help=_("list the rows that no link shows too, each with why"))
    group = parser.add_argument_group(_("through a dongle"))
    group.add_argument("--hub", metavar="ID", help=_("the GPF ID printed on the hub; needed there"))
    group.add_argument("--chf", metavar="ID", help=_("the CHF ID printed on the hub; needed there"))
    add_way(group)
    add_desk(group)
    add_network(group)
    add_kinds(group)
    add_hasten(group)
    add_meter_options(parser)


def run(args: argparse.Namespace) -> int:
    """Run the command; the exit status."""
    return run_command(args, _body)


def _body(args: argparse.Namespace, output: Output) -> int:
    from hht.link_url import parse_link_url, reaches_han

    by_radio = reaches_han(parse_link_url(args.link))
    if args.hasten and not by_radio:
        raise UsageProblem(
            _("At a meter's own port nothing is waited for that could be passed over."),
            remedy=_("Leave --hasten out."),
            code="cannot-hasten",
        )
    if by_radio and not (args.hub and args.chf):
        raise UsageProblem(
            _("Through a dongle, the hub has to be named."),
            remedy=_("Give the two Device IDs printed on it: --hub GPF-ID --chf CHF-ID."),
        )
    main = partial(_conformance, args, output, by_radio)
    return run_hastened(main, output, (args.link, args.desk or ""), hasten=args.hasten)


async def _conformance(args: argparse.Namespace, output: Output, by_radio: bool, clock: Clock) -> int:
    if (status := await _plug_in(args, output)) is not None:
        return status
    events: list[TraceEvent] = []
    async with told_while_waiting(output) as waiting:
        if by_radio:
            told = _by_radio(args, output, events, waiting, clock)
            return await _tell_all(args, output, told, events, BY_RADIO)
        return await _tell_all(args, output, _at_port(args, output, events, waiting), events, AT_PORT)


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


async def _at_port(
    args: argparse.Namespace, output: Output, events: list[TraceEvent], waiting: Waiting
) -> AsyncGenerator[Finding, None]:
    from hht.work.conformance.course import findings
    from hht.work.conformance.titles import titles
    from ui.cli.meter import open_meter_with_store

    waiting.begins(_("the meter is opened"))
    async with open_meter_with_store(args, output, events.append) as (meter, _store):
        asked = findings(meter, args.link, lambda: len(events), on_check=lambda name: waiting.begins(titles()[name]))
        async with aclosing(asked):
            async for found in asked:
                yield found
    waiting.begins("")


async def _by_radio(
    args: argparse.Namespace, output: Output, events: list[TraceEvent], waiting: Waiting, clock: Clock
) -> AsyncGenerator[Finding, None]:
    from hht.client.radio.hub_time import read_hub_time
    from hht.protocol.gbcs.device_types import GbcsDeviceType
    from hht.work.conformance.course import found_at
    from hht.work.conformance.hub import CHECKS
    from hht.work.conformance.hub_subject import HubAt, HubSubject

    kinds = kinds_of(args)
    patient = GbcsDeviceType.GSME in kinds.values()
    _tell_how_long(args, output, patient=patient)
    waiting.begins(_("the terminal comes onto the hub's HAN"))
    async with hub_at_work(args, output, also=events.append, clock=clock) as (service, store):
        place = place_of(args, service, store)
        async with service.at(place, kinds) as here:
            joined = here.member.joined
            assert joined is not None
            subject = HubSubject(
                service.hand(place, here),
                HubAt(place.chf, place.gpf, joined.network, here.terminal),
                lambda: read_hub_time(here.member),
                kinds,
                patient=patient,
                together=not args.desk,
            )
            begins = partial(_begins, waiting, subject)
            async with aclosing(found_at(subject, args.link, lambda: len(events), CHECKS, begins)) as asked:
                async for found in asked:
                    yield found
            waiting.begins(_("the terminal leaves the HAN"))


def _begins(waiting: Waiting, subject: HubSubject, name: str) -> None:
    """What is waited for in a check of that name."""
    from hht.client.radio.carrier import GAS_WAKE_S
    from hht.work.conformance.gas import GAS
    from hht.work.conformance.titles import titles

    if subject.sleeps and name in {check.name for check in GAS}:
        waiting.begins(
            _("the gas meter sleeps, and answers when it wakes (a press of its button wakes it)"), GAS_WAKE_S
        )
    else:
        waiting.begins(titles()[name])


def _tell_how_long(args: argparse.Namespace, output: Output, *, patient: bool) -> None:
    """How long this takes at most, before it begins."""
    from hht.client.radio.carrier import GAS_WAKE_S
    from hht.work.conformance.hub_subject import GAS_READS
    from ui.hub_relay import hands_over

    wakes = sum(map(hands_over, GAS_READS)) if args.desk else 1
    words = _(
        "Coming onto the HAN takes about a minute, and the questions some seconds each (30 where nobody answers)."
    )
    if patient:
        words = _(
            "The gas meter is asked itself, and answers when it wakes: that takes {minutes} minutes at most, all else "
            "some minutes. Ctrl+C ends it; what was found by then is told."
        ).format(minutes=round(wakes * GAS_WAKE_S / 60))
        if args.pack:
            words += " " + _("A pack that lets none go before the other is done needs a wake for each of four.")
        if not args.hasten and args.link.startswith("emulated:"):
            words += " " + _("At an emulated home --hasten passes over the waiting.")
    output.note(words)


async def _tell_all(
    args: argparse.Namespace,
    output: Output,
    told: AsyncGenerator[Finding, None],
    events: list[TraceEvent],
    devices: frozenset[str],
) -> int:
    from hht.work.conformance.rows import Verdict
    from hht.work.conformance.unseen import why_unseen

    counted: Counter[Verdict] = Counter()
    seen: set[str] = set()
    rows = _catalogue()
    asked: list[str] = []
    try:
        async with aclosing(told):  # where nobody reads on, the meter is released before the loop ends
            async for found in told:
                asked.append(found.check)
                counted[found.said.verdict] += 1
                seen.update(found.rows)
                _tell(output, found, rows, events)
    except (HhtError, asyncio.CancelledError):
        _tell_part(output, counted, asked, by_radio=devices is BY_RADIO)
        raise
    unseen = [name for name, row in rows.items() if devices & set(row["device"]) and name not in seen]
    for name in unseen if args.all else ():
        why = why_unseen(name)
        output.emit("row", f"{name:<8} {rows[name]['statement']} ({why})", row=name, verdict="unseen", why=why)
    words = _("{summary}. {count} further rows are not seen over this link (--all tells each and why).")
    output.emit(
        "result",
        words.format(summary=_summary(counted), count=len(unseen)),
        ok=not counted[Verdict.FAIL],
        complete=True,
        unseen=len(unseen),
        **{verdict.value: counted[verdict] for verdict in Verdict},
    )
    return FAILED if counted[Verdict.FAIL] else DONE


def _summary(counted: Counter[Verdict]) -> str:
    return ", ".join(f"{count} {verdict.words}" for verdict, count in sorted(counted.items(), key=_as_declared))


def _as_declared(one: tuple[Verdict, int]) -> int:
    return list(type(one[0])).index(one[0])


def _tell_part(output: Output, counted: Counter[Verdict], asked: list[str], *, by_radio: bool) -> None:
    """It was cut short: what there is, and that it is not all."""
    from hht.work.conformance import electricity, hub
    from hht.work.conformance.rows import Verdict
    from hht.work.conformance.titles import titles

    names = [check.name for check in (hub.CHECKS if by_radio else electricity.CHECKS)]
    missing = [name for name in names if name not in asked]
    if not missing:
        return
    words = ngettext(
        "NOT COMPLETE: {count} check was not made. So far: {summary}.",
        "NOT COMPLETE: {count} checks were not made. So far: {summary}.",
        len(missing),
    ).format(count=len(missing), summary=_summary(counted) or _("nothing"))
    lines = [words, *(_("not asked: {title}").format(title=titles()[name]) for name in missing)]
    totals = {verdict.value: counted[verdict] for verdict in Verdict}
    output.emit("partial", "\n    ".join(lines), ok=False, complete=False, not_asked=missing, **totals)


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
