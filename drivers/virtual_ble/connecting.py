"""Connecting over a Bumble central, so that it can be given up."""

from __future__ import annotations

import asyncio
import contextlib

from bumble import core, hci
from bumble.device import Connection, Device
from bumble.hci import Address


async def radio_link(central: Device, address: Address, limit_s: float) -> Connection:
    """Connect within `limit_s` seconds.

    Where that is cancelled or takes too long, the controller hears of it, and what came about all the same is ended
    before this returns: Bumble 0.0.236 only stops waiting, and its controller connects later, to a peer that nobody
    else hears from then on. Raises core.ConnectionError, core.TimeoutError.
    """
    connecting, cancelled = asyncio.ensure_future(central.connect(address, timeout=None)), None
    try:
        await asyncio.wait({connecting}, timeout=limit_s)
    except asyncio.CancelledError as error:
        cancelled = error
    if cancelled is None and connecting.done():
        return connecting.result()
    calling_off = asyncio.ensure_future(_call_off(central, connecting))
    while not calling_off.done():  # that cannot be given up in turn: nobody would end what comes about
        try:
            await asyncio.wait({calling_off})
        except asyncio.CancelledError as error:
            cancelled = error
    raise cancelled or core.TimeoutError


async def _call_off(central: Device, connecting: asyncio.Future[Connection]) -> None:
    with contextlib.suppress(core.BaseBumbleError):
        if not connecting.done():
            with contextlib.suppress(hci.HCI_Error):  # it has come about, and the host was not told yet
                await central.send_sync_command(hci.HCI_LE_Create_Connection_Cancel_Command())
        connection = await connecting
        await connection.disconnect()
