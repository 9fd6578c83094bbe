"""A device as the emulated `org.bluez` shows it: `Device1`, and its GATT once it is connected."""

from __future__ import annotations

import asyncio
import contextlib
import socket
from collections.abc import Callable, Coroutine
from typing import Any, Final, Protocol

from bumble import core
from bumble.device import Connection, Device, Peer
from bumble.gatt_client import CharacteristicProxy
from bumble.hci import Address
from dbus_fast import Message, Variant

from drivers.virtual_ble.connecting import radio_link
from drivers.virtual_ble.gatt import property_names, uuid_text

ADAPTER: Final = "org.bluez.Adapter1"
DEVICE: Final = "org.bluez.Device1"
PROPERTIES: Final = "org.freedesktop.DBus.Properties"
FAILED: Final = "org.bluez.Error.Failed"
_SERVICE: Final = "org.bluez.GattService1"
_CHARACTERISTIC: Final = "org.bluez.GattCharacteristic1"
_DESCRIPTOR: Final = "org.bluez.GattDescriptor1"
_MOST_MTU: Final = 517  # what BlueZ asks for
_CONNECT_S: Final = 2.0

Reply = tuple[str, list[Any], list[int]] | None
"""Signature, body, descriptors; None: an empty answer."""
Method = Callable[["EmulatedDevice", Message], Coroutine[Any, Any, Reply]]


class DBusError(Exception):
    """An error as an answer."""

    def __init__(self, name: str, text: str = "") -> None:
        super().__init__(name, text)
        self.name, self.text = name, text


class Manager(Protocol):
    """What a device needs of the `EmulatedBlueZ` that it belongs to."""

    central: Device
    resolves: bool
    aborts: int
    late_mtu: bool

    def add(self, path: str, interfaces: dict[str, dict[str, Variant]]) -> None:
        """Show a new object, and tell everybody."""
        ...

    def remove_below(self, path: str) -> None:
        """Take away the objects below `path`, and tell everybody."""
        ...

    def change(self, path: str, interface: str, **properties: Variant) -> None:
        """Give an object's properties new values, and tell everybody; nothing where it is gone."""
        ...

    def do(self, work: Coroutine[Any, Any, None]) -> None:
        """Have `work` done meanwhile; it ends with the manager."""
        ...


class EmulatedDevice:
    """One device that was heard."""

    def __init__(self, manager: Manager, path: str, address: Address) -> None:
        self._manager, self.path, self._address = manager, path, address
        self._connection: Connection | None = None
        self._connecting: asyncio.Future[Connection] | None = None
        self._characteristics: dict[str, CharacteristicProxy[bytes]] = {}
        self._subscribed: dict[str, Callable[[bytes], None]] = {}
        self._pipes: list[socket.socket] = []

    async def perform(self, message: Message) -> Reply:
        """Do what a message asks of the device or of one of its characteristics. Raises DBusError, ATT_Error."""
        method = _METHODS.get(message.member or "")
        if method is None:
            raise DBusError("org.freedesktop.DBus.Error.UnknownMethod", message.member or "")
        return await method(self, message)

    async def disconnect(self) -> None:
        """End the connection, if there is one, or the attempt at one."""
        if self._connecting is not None:
            self._connecting.cancel()
            await asyncio.wait({self._connecting})
        if self._connection is not None:
            with contextlib.suppress(Exception):
                await self._connection.disconnect()

    # Device1 -----------------------------------------------------------------------------------------------------
    async def _connect(self, _message: Message) -> Reply:
        if self._connection is not None:
            return None
        if self._manager.aborts:
            self._manager.aborts -= 1
            for connected in (True, False):  # BlueZ does connect, and drops it again
                self._manager.change(self.path, DEVICE, Connected=Variant("b", connected))
            raise DBusError(FAILED, "le-connection-abort-by-local")
        try:
            connection = await self._radio_link()
        except core.ConnectionError as error:
            raise DBusError(FAILED, "le-connection-abort-by-local") from error
        except (core.BaseBumbleError, TimeoutError) as error:
            raise DBusError(FAILED, "br-connection-page-timeout") from error
        self._connection = connection
        connection.on("disconnection", self._ended)
        self._manager.change(self.path, DEVICE, Connected=Variant("b", True))
        if self._manager.resolves:
            self._manager.do(self._resolve(connection))  # as BlueZ does: after Connect was answered
        return None

    async def _radio_link(self) -> Connection:
        """A connection; an attempt that `Disconnect` ends meanwhile fails as BlueZ's does."""
        if self._connecting is not None:
            raise DBusError("org.bluez.Error.InProgress", "In Progress")
        connecting = self._connecting = asyncio.ensure_future(
            radio_link(self._manager.central, self._address, _CONNECT_S)
        )
        try:
            await asyncio.wait({connecting})
        finally:
            self._connecting = None
            connecting.cancel()  # nothing to a task that is done
        if connecting.cancelled():
            raise DBusError(FAILED, "br-connection-canceled")
        return connecting.result()

    async def _disconnect(self, _message: Message) -> Reply:
        await self.disconnect()
        return None

    def _ended(self, _reason: int) -> None:
        self._connection = None
        for pipe in self._pipes:
            pipe.close()
        self._pipes.clear()
        self._subscribed.clear()
        self._characteristics.clear()
        for name in ("ServicesResolved", "Connected"):
            self._manager.change(self.path, DEVICE, **{name: Variant("b", False)})
        self._manager.remove_below(self.path)

    async def _resolve(self, connection: Connection) -> None:
        peer = Peer(connection)
        try:
            await peer.request_mtu(_MOST_MTU)
            await peer.discover_all()  # type: ignore[no-untyped-call]
        except (core.BaseBumbleError, TimeoutError):
            return  # it ended meanwhile: Connected says so
        for service in peer.services:
            path = f"{self.path}/service{service.handle:04x}"
            about = {"Primary": Variant("b", True), "Device": Variant("o", self.path), "Includes": Variant("ao", [])}
            self._manager.add(path, {_SERVICE: {"UUID": Variant("s", uuid_text(service.uuid)), **about}})
            for characteristic in service.characteristics:
                self._show(path, characteristic, connection.att_mtu)
        self._manager.change(self.path, DEVICE, ServicesResolved=Variant("b", True))

    def _show(self, service: str, characteristic: CharacteristicProxy[bytes], mtu: int) -> None:
        path = f"{service}/char{characteristic.handle - 1:04x}"
        flags = property_names(characteristic.properties)
        about = {
            "UUID": Variant("s", uuid_text(characteristic.uuid)),
            "Service": Variant("o", service),
            "Value": Variant("ay", b""),
            "Flags": Variant("as", flags),
            "Notifying": Variant("b", False),
            "MTU": Variant("q", 23 if self._manager.late_mtu else mtu),
        }
        if "notify" in flags:
            about["NotifyAcquired"] = Variant("b", False)
        self._characteristics[path] = characteristic
        self._manager.add(path, {_CHARACTERISTIC: about})
        for descriptor in characteristic.descriptors:
            shown = {
                "UUID": Variant("s", uuid_text(descriptor.type)),
                "Value": Variant("ay", b""),
                "Characteristic": Variant("o", path),
                "Flags": Variant("as", []),
            }
            self._manager.add(f"{path}/desc{descriptor.handle:04x}", {_DESCRIPTOR: shown})

    # GattCharacteristic1 -----------------------------------------------------------------------------------------
    def _reached(self, message: Message) -> tuple[str, CharacteristicProxy[bytes], int]:
        """The characteristic that a message is for: path, characteristic, MTU of the connection."""
        if self._connection is None:
            raise DBusError(FAILED, "Not connected")
        path = message.path or ""
        return path, self._characteristics[path], self._connection.att_mtu

    async def _write(self, message: Message) -> Reply:
        path, characteristic, mtu = self._reached(message)
        value, options = message.body
        command = options.get("type", Variant("s", "request")).value == "command"
        if command and len(value) > mtu - 3:
            raise DBusError(FAILED, "Failed to initiate write")
        await characteristic.write_value(bytes(value), with_response=not command)
        if self._manager.late_mtu:
            self._manager.change(path, _CHARACTERISTIC, MTU=Variant("q", mtu))
        return None

    async def _read(self, message: Message) -> Reply:
        _path, characteristic, _mtu = self._reached(message)
        return "ay", [bytes(await characteristic.read_value())], []

    async def _start_notify(self, message: Message) -> Reply:
        path, characteristic, _mtu = self._reached(message)

        def tell(value: bytes) -> None:
            self._manager.change(path, _CHARACTERISTIC, Value=Variant("ay", bytes(value)))

        self._subscribed[path] = tell
        await characteristic.subscribe(tell)
        self._manager.change(path, _CHARACTERISTIC, Notifying=Variant("b", True))
        return None

    async def _stop_notify(self, message: Message) -> Reply:
        path, characteristic, _mtu = self._reached(message)
        await characteristic.unsubscribe(self._subscribed.pop(path, None))
        self._manager.change(path, _CHARACTERISTIC, Notifying=Variant("b", False))
        return None

    async def _acquire_notify(self, message: Message) -> Reply:
        path, characteristic, mtu = self._reached(message)
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self._pipes.append(ours)

        def tell(value: bytes) -> None:
            with contextlib.suppress(OSError):
                ours.send(bytes(value))

        self._subscribed[path] = tell
        await characteristic.subscribe(tell)
        return "hq", [0, mtu], [theirs.detach()]


_METHODS: Final[dict[str, Method]] = {
    "Connect": EmulatedDevice._connect,
    "Disconnect": EmulatedDevice._disconnect,
    "WriteValue": EmulatedDevice._write,
    "ReadValue": EmulatedDevice._read,
    "StartNotify": EmulatedDevice._start_notify,
    "StopNotify": EmulatedDevice._stop_notify,
    "AcquireNotify": EmulatedDevice._acquire_notify,
}
