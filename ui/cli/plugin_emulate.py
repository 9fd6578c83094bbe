"""`hht plugin emulate`: a plug-in's emulator offered to any program, as `hht emulate` offers a premises."""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import os
from typing import TYPE_CHECKING

from hht.i18n import _
from ui.cli.common import DONE, Output
from ui.cli.emulate import LOOK_S, offer, stopped
from ui.system import SystemClock

if TYPE_CHECKING:
    from hht.plugins.emulated import EmulatedDevice
    from ui.plugins import PlugIns


def serve(args: argparse.Namespace, output: Output, plugins: PlugIns) -> None:
    """Until SIGINT or SIGTERM. Raises PlugInError where no plug-in that is on has the device, and where it fails."""
    from hht.plugins.api import Surroundings
    from hht.plugins.emulated import EmulatedDevice
    from ui.plugin_devices import no_such_device

    archive = plugins.archive_of_device(args.device)
    if archive is None:
        raise no_such_device(args.device)
    with plugins.running(archive) as loaded:
        kind = next(one for one in loaded.devices if one.name == args.device)
        device = EmulatedDevice(kind, loaded.guard, Surroundings(SystemClock().now, args.seed))
        asyncio.run(_serve(args, output, device))


async def _serve(args: argparse.Namespace, output: Output, device: EmulatedDevice) -> int:
    stop = stopped()
    async with contextlib.AsyncExitStack() as stack:
        url = f"{await offer(args.at, device, stack, output)}?kind={args.device}"
        words = _("{device} is at {url} until Ctrl+C.").format(device=args.device, url=url)
        output.emit("listening", words, link=url, device=args.device, pid=os.getpid())
        while not stop.is_set():
            if device.guard.failure is not None:
                raise device.guard.failure
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(stop.wait(), LOOK_S)
    return DONE
