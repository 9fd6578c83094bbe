"""`hht ports`: what is plugged in, with names that people recognise."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from hht.clock import iso_z
from hht.i18n import _
from hht.plain_text import plain_text
from ui.cli.common import Output, UsageProblem, add_json, named_path, run_async, run_command

if TYPE_CHECKING:
    from drivers.discovery import SerialPortInfo
    from ui.known_ports import KnownPort


def add_parser(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """The command's arguments."""
    parser = subparsers.add_parser(
        "ports", help=_("serial ports that may be a probe; BLE bridges near"), epilog=_("Example: hht ports --json")
    )
    parser.add_argument("--ble", action="store_true", help=_("listen for BLE bridges too, for 5 s"))
    parser.add_argument("--all", action="store_true", help=_("with --ble: every Bluetooth device, known bridge or not"))
    parser.add_argument("--data-dir", type=named_path, metavar="DIR", help=_("the store's folder (or HHT_HOME)"))
    add_json(parser)


def run(args: argparse.Namespace) -> int:
    """Run the command; the exit status."""
    return run_command(args, _body)


def _body(args: argparse.Namespace, output: Output) -> int:
    if args.all and not args.ble:
        raise UsageProblem(_("--all says which Bluetooth devices are listed."), remedy=_("Use it with --ble."))
    from drivers.discovery import list_serial_ports
    from ui.known_ports import by_use, known_ports, port_words
    from ui.stores import data_folder
    from ui.system import SystemClock

    known = known_ports(data_folder(args.data_dir), SystemClock()).read()
    ports = by_use(list_serial_ports(), known)
    for port in ports:
        tell_port(output, port, known, port_words(port, known))
    bridges = run_async(_bridges(args, output, known)) if args.ble else 0
    nothing = _("No serial port is plugged in.") if not args.ble else _("No serial port, and no BLE bridge is heard.")
    counts = {"ports": len(ports), **({"bridges": bridges} if args.ble else {})}
    output.emit("result", "" if ports or bridges else nothing, ok=True, **counts)
    return 0


def tell_port(output: Output, port: SerialPortInfo, known: dict[str, KnownPort], words: str) -> None:
    """One port: for people in a line, for programs with everything that is known of it."""
    from ui.known_ports import name_of

    before = known.get(name_of(port))
    output.emit(
        "port",
        f"{port.url:<34} {plain_text(words)}",
        link=port.url,
        title=port.title,
        device=port.device,
        maker=port.maker,
        product=port.product,
        serial_number=port.serial_number,
        location=port.location,
        vid=port.vid,
        pid=port.pid,
        hint=port.hint,
        last_used=None if before is None else iso_z(before.used),
    )


async def _bridges(args: argparse.Namespace, output: Output, known: dict[str, KnownPort]) -> int:
    """Tell every bridge that is heard; how many."""
    from ui.bridge_trust import known_bridges_of
    from ui.bridges import bridges_near
    from ui.stores import data_folder
    from ui.system import SystemClock

    training = bool(getattr(args, "all_training", False))
    keys = known_bridges_of(data_folder(args.data_dir), SystemClock(), training=training)
    found = await bridges_near(known, everything=args.all, keys=keys)
    for bridge in found:
        output.emit(
            "bridge",
            f"{bridge.url:<34} {bridge.words}",
            link=bridge.url,
            title=bridge.title,
            rssi_dbm=bridge.rssi,
            kind=bridge.kind or None,
            proof=bridge.proof or None,
            last_used=None if bridge.used is None else iso_z(bridge.used),
        )
    return len(found)
