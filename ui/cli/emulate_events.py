"""What ``hht emulate`` tells while it serves: writes of a meter, commands by the HAN, and alerts of a
premises as the centre has them."""

from __future__ import annotations

import argparse
import contextlib
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from hht.i18n import _

if TYPE_CHECKING:
    from hht.model.device import Device
    from hht.model.electricity_meter import ElectricityMeter
    from hht.model.premises import Premises
    from ui.cli.common import Output


def add_events(parser: argparse.ArgumentParser) -> None:
    """--events and --alerts."""
    parser.add_argument(
        "--events",
        action="store_true",
        help=_(
            "one JSON line per write that the meter's port served, and per command that a device answered by the HAN "
            "(its use case, and why it was not carried out where it was not)"
        ),
    )
    parser.add_argument(
        "--alerts",
        action="store_true",
        help=_("one JSON line per alert that leaves a hub for the centre: the GBCS message, hex (see hht gbcs verify)"),
    )


def tell_writes(meter: ElectricityMeter, output: Output) -> None:
    """One line per served write, flushed before the answer leaves; `count` is of that object and attribute alone."""
    from hht.emulation.role_table import write_event

    def tell(served: Any) -> None:
        with contextlib.suppress(BrokenPipeError, ValueError):  # nobody listens any more: the meter goes on
            output.emit("write", "", **write_event(served))

    meter.writes.observe(tell)


def tell_commands(premises: Premises, output: Output) -> Callable[[], None]:
    """One line per command that a device of `premises` answered by the HAN, flushed before the answer leaves, and
    without what the command holds; what is returned ends it."""
    from hht.emulation.gbcs.ends import AnsweredCommand, ends_of
    from hht.identifiers import DeviceId

    def tell(answered: AnsweredCommand) -> None:
        device, command = answered.device, answered.command
        told = {"device": device.name, "device_id": device.identity.device_id}
        told |= {"use_case": command.use_case.name, "title": command.use_case.title}
        told |= {"originator": str(DeviceId(command.originator.hex().upper())), "why": answered.why}
        with contextlib.suppress(BrokenPipeError, ValueError):
            code, done = f"{command.use_case.code:04X}", not answered.why
            output.emit("command", "", **told, message_code=code, counter=command.counter, carried_out=done)

    return ends_of(premises).observe(tell)


def tell_alerts(premises: Premises, output: Output) -> Callable[[], None]:
    """One line per alert; what is returned ends it. Devices count their alerts in one series, whoever hears them."""
    from hht.emulation.gbcs.ends import ends_of

    def tell(device: Device, octets: bytes) -> None:
        with contextlib.suppress(BrokenPipeError, ValueError):
            output.emit("alert", "", device=device.name, device_id=device.identity.device_id, hex=octets.hex().upper())

    return ends_of(premises).listen(premises, tell)
