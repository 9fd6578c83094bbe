"""bleak's scanner and client on a Bumble device: what the terminal's own side of the air is made of in tests."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable
from typing import Any, TypeVar

from bleak.backends.characteristic import BleakGATTCharacteristic
from bleak.backends.client import BaseBleakClient
from bleak.backends.descriptor import BleakGATTDescriptor
from bleak.backends.scanner import AdvertisementData, BaseBleakScanner
from bleak.backends.service import BleakGATTService, BleakGATTServiceCollection
from bleak.exc import BleakDeviceNotFoundError, BleakError
from bumble import att, core
from bumble.device import Device, Peer

from drivers.ble_radio import Radio
from drivers.virtual_ble.connecting import radio_link
from drivers.virtual_ble.gatt import advertised_name, advertised_services, property_names, uuid_text

T = TypeVar("T")


def radio_of(central: Device) -> Radio:
    """The radio whose central `central` is."""
    return Radio({"backend": BumbleScanner, "bumble": central}, {"backend": BumbleClient})


class BumbleScanner(BaseBleakScanner):
    """`bumble=`: the central that scans."""

    def __init__(
        self, detection_callback: Any, service_uuids: Any, scanning_mode: Any, *, bumble: Device, **_others: Any
    ) -> None:
        super().__init__(detection_callback, service_uuids)
        self._central = bumble
        self._active = scanning_mode == "active"

    async def start(self) -> None:
        self.seen_devices = {}
        self._central.on("advertisement", self._heard)
        await self._central.start_scanning(active=self._active, legacy=True, scan_interval=20, scan_window=20)

    async def stop(self) -> None:
        self._central.remove_listener("advertisement", self._heard)
        if self._central.is_scanning:
            await self._central.stop_scanning()

    def _heard(self, heard: Any) -> None:
        name, uuids = advertised_name(heard.data), advertised_services(heard.data)
        if not self.is_allowed_uuid(uuids):
            return
        said = AdvertisementData(name, {}, {}, uuids, None, heard.rssi, (heard,))
        address = heard.address.to_string(with_type_qualifier=False)
        details = {"central": self._central, "address": heard.address}
        self.call_detection_callbacks(self.create_or_update_device(address, address, name, details, said), said)


class BumbleClient(BaseBleakClient):
    """The device's `details` say by which central."""

    most_mtu = 517

    def __init__(self, device: Any, services: Any = None, **options: Any) -> None:
        super().__init__(device, **{key: options[key] for key in ("disconnected_callback", "timeout")})
        self._central: Device = device.details["central"]
        self._peer_address = device.details["address"]
        self._connection: Any = None
        self._heard: dict[int, Any] = {}

    @property
    def name(self) -> str:
        return self.address

    @property
    def mtu_size(self) -> int:
        return int(self._connection.att_mtu) if self._connection else 23

    @property
    def is_connected(self) -> bool:
        return self._connection is not None

    async def connect(self, pair: bool, **options: Any) -> None:
        try:
            connection = await radio_link(self._central, self._peer_address, options.get("timeout", self._timeout))
        except (core.TimeoutError, TimeoutError) as error:
            raise BleakDeviceNotFoundError(self.address, f"{self.address} not reachable") from error
        except core.ConnectionError as error:
            raise BleakError(f"connect failed: {error}") from error
        self._connection = connection
        connection.on("disconnection", self._ended)
        peer = Peer(connection)
        try:
            await self._guarded(peer.request_mtu(self.most_mtu))
            await self._guarded(peer.discover_all())
        except BaseException:
            await self.disconnect()
            raise
        self.services = self._collection(peer)

    def _collection(self, peer: Peer) -> BleakGATTServiceCollection:
        found = BleakGATTServiceCollection()
        for service in peer.services:
            ours = BleakGATTService(service, service.handle, uuid_text(service.uuid))
            found.add_service(ours)
            for one in service.characteristics:
                names = property_names(one.properties)
                characteristic = BleakGATTCharacteristic(
                    one, one.handle, uuid_text(one.uuid), names, lambda: self.mtu_size - 3, ours
                )
                found.add_characteristic(characteristic)
                for descriptor in one.descriptors:
                    found.add_descriptor(
                        BleakGATTDescriptor(descriptor, descriptor.handle, uuid_text(descriptor.type), characteristic)
                    )
        return found

    async def _guarded(self, work: Awaitable[T]) -> T:
        """Bumble ends what waits for an answer by cancelling it when the link goes."""
        if self._connection is None:
            raise BleakError("Not connected")
        try:
            return await work
        except asyncio.CancelledError:
            task = asyncio.current_task()
            if task is not None and task.cancelling():
                raise  # the caller's own
            raise BleakError("disconnected") from None
        except (att.ATT_Error, core.TimeoutError, core.InvalidStateError) as error:
            raise BleakError(str(error)) from error

    def _ended(self, _reason: int) -> None:
        self._connection = None
        self._heard.clear()
        if self._disconnected_callback:
            self._disconnected_callback()

    async def disconnect(self) -> None:
        connection = self._connection
        if connection is not None:
            ended = asyncio.Event()
            connection.on("disconnection", lambda _reason: ended.set())
            await connection.disconnect()
            await ended.wait()

    async def pair(self, *_how: Any, **_options: Any) -> None:
        raise NotImplementedError

    async def unpair(self) -> None:
        raise NotImplementedError

    async def read_gatt_char(self, characteristic: Any, **_options: Any) -> bytearray:
        return bytearray(await self._guarded(characteristic.obj.read_value()))

    async def read_gatt_descriptor(self, descriptor: Any, **_options: Any) -> bytearray:
        return bytearray(await self._guarded(descriptor.obj.read_value()))

    async def write_gatt_char(self, characteristic: Any, data: Any, response: bool) -> None:
        if not response and len(data) > self.mtu_size - 3:
            raise BleakError(f"{len(data)} bytes exceed {self.mtu_size - 3}")
        await self._guarded(characteristic.obj.write_value(bytes(data), with_response=response))

    async def write_gatt_descriptor(self, descriptor: Any, data: Any) -> None:
        await self._guarded(descriptor.obj.write_value(bytes(data), with_response=True))

    async def start_notify(self, characteristic: Any, callback: Any, **_options: Any) -> None:
        def hear(value: bytes) -> None:
            callback(bytearray(value))

        self._heard[characteristic.handle] = hear
        await self._guarded(characteristic.obj.subscribe(hear))

    async def stop_notify(self, characteristic: Any) -> None:
        await self._guarded(characteristic.obj.unsubscribe(self._heard.pop(characteristic.handle, None)))
