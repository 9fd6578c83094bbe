"""`hht ports`: what is plugged in, with names that people recognise."""

from __future__ import annotations

import argparse

from hht.i18n import _
from ui.cli.common import Output, add_json, run_async, run_command


def add_parser(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """The command's arguments."""
    parser = subparsers.add_parser(
        "ports", help=_("serial ports that may be a probe; BLE bridges near"), epilog=_("Example: hht ports --json")
    )
    parser.add_argument("--ble", action="store_true", help=_("listen for BLE bridges too, for 5 s"))
    add_json(parser)


def run(args: argparse.Namespace) -> int:
    """Run the command; the exit status."""
    return run_command(args, _body)


def _body(args: argparse.Namespace, output: Output) -> int:
    from drivers.discovery import list_serial_ports

    ports = list_serial_ports()
    for port in ports:
        output.emit("port", f"{port.url:<28} {port.title}", link=port.url, title=port.title)
    bridges = run_async(_bridges(output)) if args.ble else 0
    nothing = _("No serial port is plugged in.") if not args.ble else _("No serial port, and no BLE bridge is heard.")
    counts = {"ports": len(ports), **({"bridges": bridges} if args.ble else {})}
    output.emit("result", "" if ports or bridges else nothing, ok=True, **counts)
    return 0


async def _bridges(output: Output) -> int:
    """Tell every bridge that is heard; how many."""
    from drivers.ble_bridge import scan_bridges

    found = await scan_bridges()
    for bridge in found:
        title = f"{bridge.name or bridge.kind.name} ({bridge.rssi} dBm)"
        output.emit("bridge", f"{bridge.url:<28} {title}", link=bridge.url, title=title, rssi=bridge.rssi)
    return len(found)
