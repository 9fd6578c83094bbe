"""`hht ports`: what is plugged in, with names that people recognise."""

from __future__ import annotations

import argparse

from hht.i18n import _
from ui.cli.common import Output, add_json, run_command


def add_parser(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """The command's arguments."""
    parser = subparsers.add_parser(
        "ports", help=_("serial ports that may be a probe"), epilog=_("Example: hht ports --json")
    )
    add_json(parser)


def run(args: argparse.Namespace) -> int:
    """Run the command; the exit status."""
    return run_command(args, _body)


def _body(_args: argparse.Namespace, output: Output) -> int:
    from drivers.discovery import list_serial_ports

    ports = list_serial_ports()
    for port in ports:
        output.emit("port", f"{port.url:<28} {port.title}", link=port.url, title=port.title)
    output.emit("result", "" if ports else _("No serial port is plugged in."), ok=True, ports=len(ports))
    return 0
