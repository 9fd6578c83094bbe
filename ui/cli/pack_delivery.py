"""``hht pack deliver``: a pack's commands brought to their devices by radio, each recorded before it leaves."""

from __future__ import annotations

import argparse
import json
from typing import TYPE_CHECKING, Any

from hht.clock import iso_z
from hht.errors import HhtError
from hht.i18n import _
from ui.cli.common import DONE, FAILED, Output, add_store_options, named_path, run_async
from ui.system import SystemClock

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from hht.client.radio.dongle import Dongle
    from hht.identifiers import DeviceId, InstallCode
    from hht.packs.delivery import Delivery
    from hht.packs.kept import KeptPack
    from hht.packs.locker import EntryReport
    from hht.packs.records import Record
    from hht.store.store import Store


def add_delivery(parser: argparse.ArgumentParser) -> None:
    """How the devices are reached."""
    parser.add_argument(
        "link", metavar="LINK", help=_("dongle:PORT, dongle:tcp://, dongle:ble: or emulated:NAME?via=han")
    )
    parser.add_argument("--hub", required=True, metavar="ID", help=_("the GPF ID printed on the hub (not its CHF ID)"))
    parser.add_argument(
        "--install-code-file",
        metavar="F",
        help=_("file with the terminal's own install code; - is standard input; in training everybody's"),
    )
    parser.add_argument(
        "--answers", type=named_path, metavar="FILE", help=_("where to write what the devices answered (JSON lines)")
    )
    add_store_options(parser)


def deliver_pack(args: argparse.Namespace, output: Output) -> int:
    """Deliver; exit status 1 where a command was not carried out, or is still to go."""
    return run_async(_deliver(args, output))


async def _deliver(args: argparse.Namespace, output: Output) -> int:
    from hht.identifiers import DeviceId
    from hht.packs.kept import PackStore
    from hht.packs.locker import Locker
    from ui.cli.han import terminal_code
    from ui.cli.pack import accepted, read_pack
    from ui.cli.stores import is_made_up, opened_store, trace_sink
    from ui.compose import Composer

    gpf_id, code, clock = DeviceId.parse(args.hub), terminal_code(args), SystemClock()
    if args.live and is_made_up(args.link):
        raise _live_on_emulated()
    args.training = not args.live  # training and live packs, links and stores never mix
    octets = read_pack(args)
    with opened_store(args, clock) as store, trace_sink(store) as sink:
        packs = PackStore(store)
        job = accepted(args, octets, clock.now()).pack.job
        found = accepted(args, octets, clock.now(), packs.newest_edition(job))
        kept = packs.take(octets, found.pack)
        locker = Locker(kept.pack, packs.records(kept).all())
        if locker.next is None:  # nothing is left that could go: no device is disturbed
            return _tell(locker.reports(), None, output)
        composer = Composer(clock, training=not args.live)
        try:
            async with composer.dongle(args.link, sink) as dongle:
                return await _by_radio(dongle, gpf_id, code, kept, store, args, output)
        finally:
            await composer.close()


def _live_on_emulated() -> HhtError:
    return HhtError(
        _("An emulated home takes no commands of live work."),
        remedy=_("Leave --live out, with a pack for training."),
        code="training-only",
    )


async def _by_radio(
    dongle: Dongle, gpf_id: DeviceId, code: InstallCode, kept: KeptPack, store: Store, args: Any, output: Output
) -> int:
    """Come on, deliver what may go, leave."""
    from hht.client.radio.carrier import TunnelCarrier
    from hht.client.radio.joining import HanMember
    from hht.client.radio.tunnel import HanTunnel
    from hht.packs.delivery import Delivery
    from hht.packs.kept import PackStore
    from hht.packs.locker import Facts

    clock = SystemClock()
    records = PackStore(store).records(kept)
    sleepers = {device.device for device in kept.pack.devices if device.type == "GSME"}
    member = HanMember(dongle, code)
    try:
        await member.join(gpf_id)
        async with HanTunnel(member) as tunnel:
            carrier = TunnelCarrier(tunnel, sleepers, reference=len(records.all()))
            delivery = Delivery(kept.pack, records, carrier, lambda: Facts(clock.now()))
            trouble = await _all_that_may_go(delivery, output)
    finally:
        await member.leave()
    reports = delivery.locker.reports()
    if args.answers is not None:
        _write_answers(args.answers, records.all())
    return _tell(reports, trouble, output)


async def _all_that_may_go(delivery: Delivery, output: Output) -> HhtError | None:
    """Each command in its order; what ended it, None: nothing is left that could go."""
    while (waiting := delivery.locker.next) is not None:
        output.progress(_("Delivering {name}").format(name=waiting.name), entry=waiting.name)
        try:
            report = await delivery.deliver(waiting)
        except HhtError as error:
            return error
        output.emit("entry", _words(report), **_fields(report))
    return None


def _tell(reports: tuple[EntryReport, ...], trouble: HhtError | None, output: Output) -> int:
    """What is done and what is not; the exit status."""
    from hht.packs.locker import EntryState

    left = [report for report in reports if report.state is not EntryState.DONE]
    for report in left:
        if report.state in (EntryState.WAITING, EntryState.BLOCKED, EntryState.UNKNOWN):
            output.emit("entry", _words(report), **_fields(report))
    if trouble is not None:
        raise trouble
    done = sum(report.state is EntryState.DONE for report in reports)
    said = _("{done} of {all} commands are carried out.").format(done=done, all=len(reports))
    output.emit("result", said, ok=not left, done=done, entries=len(reports))
    return FAILED if left else DONE


def _words(report: EntryReport) -> str:
    from hht.packs.locker import EntryState

    names = {
        EntryState.WAITING: _("has not gone yet"),
        EntryState.UNKNOWN: _("left, and nobody knows what became of it: read the device, never send it again"),
        EntryState.DONE: _("carried out"),
        EntryState.PARTLY: _("carried out in part"),
        EntryState.FAILED: _("refused by the device"),
        EntryState.ANSWERED: _("answered; only the supplier can read what"),
        EntryState.VOID: _("void: a later command has gone before it"),
        EntryState.BLOCKED: _("cannot go: {why}").format(why=report.why),
    }
    checked = _(" (the device's own signature fits)") if report.vouched else ""
    return f"{report.entry.name}: {names[report.state]}{checked}"


def _fields(report: EntryReport) -> dict[str, Any]:
    return {
        "entry": report.entry.name,
        "device": str(report.entry.device),
        "state": str(report.state),
        "why": report.why,
        "vouched": report.vouched,
        "operations": [{"done": one.done, "words": one.words} for one in report.operations],
    }


def _write_answers(path: Path, records: Sequence[Record]) -> None:
    """What goes home: each answer as the device sent it, with the hash of its record."""
    from hht.packs.records import RecordKind
    from ui.whole_file import whole_file

    with whole_file(path) as file:
        for record in records:
            if record.kind is RecordKind.ANSWER:
                told = {"entry": record.entry, "at": iso_z(record.at), "response": record.payload["response"]}
                file.write(json.dumps(told | {"record": record.number, "hash": record.hash}) + "\n")
