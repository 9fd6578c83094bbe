"""The air, and controllers on it. Only the air is simulated: latency, loss, links that end."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable
from typing import Any

from bumble import hci
from bumble.controller import Controller
from bumble.device import Device
from bumble.hci import Address
from bumble.host import Host
from bumble.link import LocalLink
from bumble.transport.common import AsyncPipeSink


class Air(LocalLink):
    """`interval_s`: between radio events, 0: none. `passes`: whether a piece of data arrives."""

    def __init__(self, interval_s: float = 0.0) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self.interval_s = interval_s
        self.passes: Callable[[bytes], bool] = lambda _data: True
        self._queue: asyncio.Queue[tuple[Any, ...]] = asyncio.Queue()
        self._pump: asyncio.Task[None] | None = None

    def send_acl_data(self, sender_controller: Any, destination_address: Any, transport: Any, data: bytes) -> None:
        """A controller sends."""
        if not self.passes(data):
            return
        if not self.interval_s:
            self._deliver(sender_controller, destination_address, transport, data)
            return
        if self._pump is None:
            self._pump = asyncio.get_running_loop().create_task(self._run())
        self._queue.put_nowait((sender_controller, destination_address, transport, data))

    async def _run(self) -> None:
        while True:
            batch = [await self._queue.get()]
            await asyncio.sleep(self.interval_s)
            while not self._queue.empty() and len(batch) < 6:  # what fits into one event
                batch.append(self._queue.get_nowait())
            for item in batch:
                with contextlib.suppress(Exception):
                    self._deliver(*item)

    def _deliver(self, sender: Any, destination_address: Any, transport: Any, data: bytes) -> None:
        """Bumble 0.0.236 stamps data with the sender's random address even on a connection by the public one."""
        connection = sender.le_connections.get(destination_address)
        receiver = self.find_le_controller(destination_address)
        if connection is not None and receiver is not None:
            loop = asyncio.get_running_loop()
            loop.call_soon(receiver.on_link_acl_data, connection.self_address, transport, data)

    def sever(self) -> None:
        """Both ends see the radio vanish (supervision timeout)."""
        for controller in list(self.controllers):
            for connection in list(controller.le_connections.values()):
                controller.on_le_disconnected(connection, hci.HCI_CONNECTION_TIMEOUT_ERROR)

    async def close(self) -> None:
        """End the air's own task."""
        if self._pump is not None:
            self._pump.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._pump


class MendedController(Controller):
    """Bumble 0.0.236 acknowledges that a connect is given up, and never completes it: whoever waits, hangs."""

    def on_hci_le_create_connection_cancel_command(self, _command: Any) -> Any:
        """Complete the pending connection, as the specification says."""
        if self.pending_le_connection is None:
            return hci.HCI_StatusReturnParameters(hci.HCI_ErrorCode.COMMAND_DISALLOWED_ERROR)
        pending, self.pending_le_connection = self.pending_le_connection, None
        event = hci.HCI_LE_Connection_Complete_Event(
            status=hci.HCI_ErrorCode.UNKNOWN_CONNECTION_IDENTIFIER_ERROR,
            connection_handle=0,
            role=hci.Role.CENTRAL,
            peer_address_type=pending.peer_address_type,
            peer_address=pending.peer_address,
            connection_interval=0,
            peripheral_latency=0,
            supervision_timeout=0,
            central_clock_accuracy=0,
        )
        asyncio.get_running_loop().call_soon(self.send_hci_packet, event)
        return hci.HCI_StatusReturnParameters(hci.HCI_ErrorCode.SUCCESS)


def make_device(air: Air, name: str, address: str) -> Device:
    """A device on the air."""
    controller = MendedController(name, link=air, public_address=address)
    controller.le_acl_data_packet_length = 251
    return Device(name=name, address=Address(address), host=Host(controller, AsyncPipeSink(controller)))
