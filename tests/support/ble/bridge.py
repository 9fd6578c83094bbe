"""A BLE bridge with a Nordic UART service: bytes over the air on one side, a meter's port on the other."""

from __future__ import annotations

import asyncio
import contextlib
import random
from typing import Any

from bumble import data_types, hci
from bumble.core import UUID, AdvertisingData
from bumble.device import Connection as RadioConnection
from bumble.gatt import Characteristic, CharacteristicValue, Service

from drivers.serving import Attachable, Connection
from tests.support.ble.air import Air, make_device

SERVICE = "6e400001-b5a3-f393-e0a9-e50e24dcca9e"
WRITE = "6e400002-b5a3-f393-e0a9-e50e24dcca9e"
NOTIFY = "6e400003-b5a3-f393-e0a9-e50e24dcca9e"
ADDRESS = "F0:F1:F2:F3:F4:F5"


class VirtualBridge:
    """`mtu`: the most that it agrees to. `loses`: how likely a write without response is lost in its buffer."""

    def __init__(self, air: Air, port: Attachable, *, mtu: int = 247, service: str = SERVICE) -> None:
        self.port, self.loses = port, 0.0
        self.pieces: list[bytes] = []
        self.connects = 0
        self.device = make_device(air, "OptoP-01", ADDRESS)
        self._chance = random.Random(1)
        self._radio: RadioConnection | None = None
        self._serial: Connection | None = None
        self._outgoing: asyncio.Queue[bytes] = asyncio.Queue()
        self._pump: asyncio.Task[None] | None = None
        properties = Characteristic.Properties
        self._notify = Characteristic(UUID(NOTIFY), properties.NOTIFY, Characteristic.READABLE, b"")
        write = Characteristic(
            UUID(WRITE),
            properties.WRITE | properties.WRITE_WITHOUT_RESPONSE,
            Characteristic.WRITEABLE,
            CharacteristicValue(write=self._written),
        )
        self.device.add_service(Service(UUID(service), [write, self._notify]))
        self.device.gatt_server.max_mtu = mtu
        flags = AdvertisingData.Flags
        self.device.advertising_data = bytes(
            AdvertisingData(
                [
                    data_types.Flags(flags.LE_GENERAL_DISCOVERABLE_MODE | flags.BR_EDR_NOT_SUPPORTED),
                    data_types.IncompleteListOf128BitServiceUUIDs([UUID(service)]),
                    data_types.CompleteLocalName("OptoP-01"),  # in the first packet: Bumble delivers no scan response
                ]
            )
        )
        self.device.on("connection", self._connected)

    async def start(self) -> None:
        """On the air, and heard."""
        await self.device.power_on()
        await self.wake()
        self._pump = asyncio.create_task(self._notify_all())

    async def wake(self) -> None:
        """Advertise."""
        await self.device.start_advertising(advertising_interval_min=20, advertising_interval_max=20, auto_restart=True)

    async def sleep(self) -> None:
        """Advertise no more."""
        await self.device.stop_advertising()

    async def hang_up(self) -> None:
        """End the radio connection from this side."""
        if self._radio is not None:
            with contextlib.suppress(Exception):
                await self._radio.disconnect(hci.HCI_REMOTE_USER_TERMINATED_CONNECTION_ERROR)

    async def close(self) -> None:
        """Off the air."""
        await self.hang_up()
        if self._pump is not None:
            self._pump.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._pump
        with contextlib.suppress(Exception):
            await self.device.power_off()

    def _connected(self, connection: RadioConnection) -> None:
        self.connects += 1
        self._radio = connection
        self._serial = self.port.attach(self._outgoing.put_nowait)
        connection.on("disconnection", self._disconnected)

    def _disconnected(self, *_reason: Any) -> None:
        self._radio = None
        serial, self._serial = self._serial, None
        if serial is not None:
            serial.closed()

    async def _written(self, _connection: Any, value: bytes) -> None:
        if self.loses and self._chance.random() < self.loses:
            return
        self.pieces.append(bytes(value))
        if self._serial is not None:
            self._serial.receive(bytes(value))

    async def _notify_all(self) -> None:
        """From the meter into the air, in pieces that fit, as a bridge's firmware does."""
        while True:
            data = await self._outgoing.get()
            while data and self._radio is not None:
                room = min(self._radio.att_mtu - 3, 512)
                with contextlib.suppress(Exception):
                    await self.device.notify_subscribers(self._notify, data[:room])
                data = data[room:]
