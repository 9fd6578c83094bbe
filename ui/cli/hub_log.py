"""``hht han log``, ``add``, ``remove``, ``join``, ``unjoin`` and ``links``: the hub's Device Log and its devices."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING, Any, Final

from hht.i18n import _
from ui.cli.common import DONE, FAILED, Output, UsageProblem, named_path, run_async, whole_number
from ui.cli.hub_reach import (
    add_desk,
    add_ends,
    add_hub,
    add_kinds,
    add_link,
    add_network,
    hub_at_work,
    hub_service,
    kinds_of,
    named_device,
    place_of,
    tell_sleeper,
)

if TYPE_CHECKING:
    from hht.work.hub_links import LinkReport
    from ui.hub_facts import DeviceLogFacts, DeviceRow, OrderFacts

MOST_TIMES: Final = 1000
LONGEST_PAUSE_S: Final = 3600
_LINK: Final = "--hub 00-DB-12-34-56-78-90-A3 --chf 00-DB-12-34-56-78-90-A2"


def add_verbs(verbs: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """The arguments of each."""
    _add_log(verbs)
    _add_device_verbs(verbs)
    for name, words in (
        ("join", _("join two devices, at both ends; again: go on where it stopped")),
        ("unjoin", _("have two devices forget one another")),
    ):
        parser = verbs.add_parser(
            name,
            help=words,
            description=_(
                "Both ends are asked whom they know, before and after. What the join matrix has not is refused."
            ),
            epilog=_("Example: hht han {name} dongle:/dev/ttyACM0 {hub} ID=ESME ID=PPMID").format(name=name, hub=_LINK),
        )
        add_link(parser)
        add_desk(parser)
        add_hub(parser)
        add_network(parser)
        parser.add_argument("one", metavar="ID=KIND", help=_("a device, for example 00-DB-12-34-56-78-90-A4=PPMID"))
        parser.add_argument("other", metavar="ID=KIND", help=_("the other one"))
        add_ends(parser)
    links = verbs.add_parser(
        "links",
        help=_("joins that are not as they were wanted: one end did it, the other did not"),
        description=_("Tells what the store knows, with what is still to be done; no device is asked."),
        epilog=_("Example: hht han links --training"),
    )
    links.add_argument("--chf", metavar="ID", help=_("of this hub alone"))
    add_ends(links)


def _add_log(verbs: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    log = verbs.add_parser(
        "log",
        help=_("read the hub's Device Log: who is on it, joined or never come, and how well each is heard"),
        description=_("RSSI in dBm and LQI (0 to 255) as the hub heard each device: least, average, most."),
        epilog=_("Example: hht han log dongle:/dev/ttyACM0 {hub} --times 10 --every 60 --csv signal.csv").format(
            hub=_LINK
        ),
    )
    add_link(log)
    add_desk(log)
    add_hub(log)
    add_network(log)
    add_kinds(log)
    log.add_argument("--times", type=whole_number, metavar="N", default=1, help=_("how often to read it; default 1"))
    log.add_argument("--every", type=whole_number, metavar="S", default=30, help=_("seconds in between; default 30"))
    log.add_argument("--csv", type=named_path, metavar="FILE", help=_("every figure of every reading into FILE"))
    add_ends(log)


def _add_device_verbs(verbs: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    add = verbs.add_parser(
        "add",
        help=_("list a device in the hub's Device Log, and let it join"),
        epilog=_("Example: hht han add dongle:/dev/ttyACM0 {hub} 00-DB-12-34-56-78-00-77=PPMID").format(hub=_LINK),
    )
    add_link(add)
    add_desk(add)
    add_hub(add)
    add_network(add)
    add.add_argument("device", metavar="ID=KIND", help=_("the device: ESME, GSME, PPMID, HCALCS, IHD or CAD"))
    add.add_argument(
        "--join-for",
        type=whole_number,
        metavar="S",
        default=3600,
        help=_("seconds for which it may join; default 3600"),
    )
    add.add_argument(
        "--device-code-file",
        metavar="F",
        help=_("file with the device's install code, for the training desk; - is standard input"),
    )
    add_ends(add)
    remove = verbs.add_parser(
        "remove",
        help=_("take a device off the hub's Device Log"),
        epilog=_("Example: hht han remove dongle:/dev/ttyACM0 {hub} 00-DB-12-34-56-78-00-77").format(hub=_LINK),
    )
    add_link(remove)
    add_desk(remove)
    add_hub(remove)
    add_network(remove)
    remove.add_argument("device", metavar="ID", help=_("the device"))
    add_ends(remove)


def read_log(args: argparse.Namespace, output: Output) -> int:
    """``hht han log``."""
    from ui.device_log_file import write_device_logs
    from ui.whole_file import check_writable

    if not 1 <= args.times <= MOST_TIMES or not 0 <= args.every <= LONGEST_PAUSE_S:
        raise UsageProblem(
            _("It cannot be read {times} times, every {seconds} s.").format(times=args.times, seconds=args.every),
            remedy=_("Say 1 to {most} times, every 0 to {longest} s.").format(most=MOST_TIMES, longest=LONGEST_PAUSE_S),
        )
    if args.csv:
        check_writable(args.csv)

    async def read() -> int:
        async with hub_at_work(args, output) as (service, store):
            place = place_of(args, service, store)
            logs = await service.watch(
                place, args.times, args.every, lambda log: _tell_log(output, log), kinds_of(args)
            )
        if args.csv:
            lines = write_device_logs(args.csv, logs)
            output.note(_("{lines} lines of figures stand in {file}.").format(lines=lines, file=args.csv))
        never = [row.device for row in logs[-1].rows if row.never_joined]
        said = "" if logs[-1].rows else _("No device is on the log: the hub has lost it, or nobody ever joined.")
        output.emit("result", said, ok=True, devices=len(logs[-1].rows), readings=len(logs), never_joined=never)
        return DONE

    return run_async(read())


def _tell_log(output: Output, log: DeviceLogFacts) -> None:
    from hht.clock import iso_z

    if not output.as_json:
        output.emit("head", _("Device Log of {hub}, read {time}").format(hub=log.chf, time=iso_z(log.read_at)))
        output.emit(
            "head", _("Device                   kind    RSSI dBm (least average most)  LQI          last heard")
        )
    for row in log.rows:
        output.emit("device", _row_words(row), read_at=iso_z(log.read_at), **row.plain())


def _row_words(row: DeviceRow) -> str:
    rssi = "    -    -    -" if row.rssi_dbm is None else "".join(f"{figure:>5}" for figure in row.rssi_dbm)
    lqi = "   -   -   -" if row.lqi is None else "".join(f"{figure:>4}" for figure in row.lqi)
    heard = "-" if row.last_heard is None else f"{row.last_heard:%Y-%m-%d %H:%M}"
    return f"{row.device}  {row.kind or '?':<7} {rssi}               {lqi}  {heard:<16}  {row.words}"


def add_device(args: argparse.Namespace, output: Output) -> int:
    """``hht han add``."""
    from hht.identifiers import InstallCode
    from hht.protocol.gbcs.device_types import to_device_log
    from ui.meter_keys import read_secret

    device, kind = named_device(args.device)
    codes = {}
    if args.device_code_file is not None:
        codes[device] = InstallCode.parse(read_secret(args.device_code_file).strip())

    async def add() -> int:
        async with hub_at_work(args, output, codes) as (service, store):
            place = place_of(args, service, store)
            return _tell_order(output, await service.add(place, device, to_device_log(kind), args.join_for))

    return run_async(add())


def remove_device(args: argparse.Namespace, output: Output) -> int:
    """``hht han remove``."""
    from hht.identifiers import DeviceId

    device = DeviceId.parse(args.device)

    async def remove() -> int:
        async with hub_at_work(args, output) as (service, store):
            return _tell_order(output, await service.remove(place_of(args, service, store), device))

    return run_async(remove())


def _tell_order(output: Output, facts: OrderFacts) -> int:
    """Each operation, then the whole."""
    from hht.work.hub_ways import OutcomeState

    for what, done, words in facts.operations:
        mark = {True: _("done"), False: _("not done"), None: _("not known")}[done]
        output.emit("operation", f"  {what}: {mark} ({words})", what=what, done=done, words=words)
    ok = facts.state is OutcomeState.DONE
    said = "\n".join(text for text in (facts.words, facts.seen, facts.remedy) if text)
    output.emit("result", said, ok=ok, **facts.plain())
    return DONE if ok else FAILED


def join_devices(args: argparse.Namespace, output: Output) -> int:
    """``hht han join`` and ``unjoin``."""
    from hht.protocol.gbcs.device_types import GbcsDeviceType, to_gbcs
    from hht.work.hub_links import HanDevice
    from hht.work.join_matrix import link_between

    (one, kind), (other, other_kind) = named_device(args.one), named_device(args.other)
    ends = HanDevice(one, to_gbcs(kind)), HanDevice(other, to_gbcs(other_kind))
    link_between(ends[0].kind, ends[1].kind)  # what is never joined is said before anything else
    if any(end.kind is GbcsDeviceType.GSME for end in ends):
        tell_sleeper(output)

    async def join() -> int:
        async with hub_at_work(args, output) as (service, store):
            place = place_of(args, service, store)
            do = service.join if args.verb == "join" else service.unjoin
            return _tell_link(output, await do(place, *ends))

    return run_async(join())


def _tell_link(output: Output, report: LinkReport) -> int:
    plain = report.plain()
    for end in plain["ends"]:
        knows = {True: _("knows the other"), False: _("does not know the other"), None: _("cannot be asked")}
        told = "" if end["told"] is None else _("; the latest command to it: {state}").format(state=end["told"])
        output.emit("end", f"  {end['kind']} {end['device']}: {knows[end['knows']]}{told}", **end)
    said = "\n".join(text for text in (report.words, report.remedy) if text)
    rest = {name: value for name, value in plain.items() if name != "ends"}
    output.emit("result", said, ok=report.complete, **rest)
    return DONE if report.complete else FAILED


def tell_links(args: argparse.Namespace, output: Output) -> int:
    """``hht han links``."""
    from hht.identifiers import DeviceId

    with hub_service(args, output) as (service, _store):
        found: tuple[dict[str, Any], ...] = service.half_done(DeviceId.parse(args.chf) if args.chf else None)
    for link in found:
        output.emit("link", f"{link['message']}\n  {link['remedy']}", **link)
    said = _("Every join is as it was wanted.") if not found else ""
    output.emit("result", said, ok=not found, links=len(found))
    return FAILED if found else DONE


VERBS: Final = {
    "log": read_log,
    "add": add_device,
    "remove": remove_device,
    "join": join_devices,
    "unjoin": join_devices,
    "links": tell_links,
}
