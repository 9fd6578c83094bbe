"""`hht identify LINK`: who is there."""

from __future__ import annotations

import argparse

from hht.i18n import _
from hht.plain_text import plain_text
from ui.cli.common import Output, add_meter_options, run_async, run_command


def add_parser(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """The command's arguments."""
    parser = subparsers.add_parser(
        "identify",
        help=_("who is there: device id, model, firmware"),
        epilog=_("Example: hht identify tcp://127.0.0.1:4059"),
    )
    parser.add_argument("link", metavar="LINK", help=_("optical:, tcp://, rfc2217://, emulated: or recorded:"))
    add_meter_options(parser)


def run(args: argparse.Namespace) -> int:
    """Run the command; the exit status."""
    return run_command(args, _body)


def _body(args: argparse.Namespace, output: Output) -> int:
    return run_async(_identify(args, output))


async def _identify(args: argparse.Namespace, output: Output) -> int:
    from hht.client.plain_text_session import PlainTextSession
    from ui.cli.meter import open_any_meter
    from ui.cli.plugin_device import identify_device, open_plugin_device
    from ui.cli.read_plain import identify_plain
    from ui.cli.unsettled import tell_unsettled

    async with open_plugin_device(args, output) as device:
        if device is not None:
            await identify_device(output, device)
            return 0
    async with open_any_meter(args, output) as (meter, store):
        if isinstance(meter, PlainTextSession):
            await identify_plain(meter, output)
            return 0
        if store is not None:
            await tell_unsettled(output, meter, store, args.link)
        identity = await meter.identify()
        access = _("{access} (what its optical port allows)").format(access=identity.local_access.value)
        lines = [
            (_("Device ID"), identity.device_id),
            (_("Model"), identity.model),
            (_("Manufacturer"), identity.manufacturer),
            (_("Firmware"), identity.firmware),
            (_("Variant"), identity.variant),
            (_("Logical name"), identity.logical_name),
            (_("Local access"), access),
        ]
        output.emit(
            "result",
            "\n".join(f"{label:<14} {plain_text(value)}" for label, value in lines if value),
            ok=True,
            device_id=identity.device_id,
            model=identity.model,
            manufacturer=identity.manufacturer,
            firmware=identity.firmware,
            variant=identity.variant,
            logical_name=identity.logical_name,
            local_access=identity.local_access.value,
        )
    return 0
