"""An emulated `org.bluez` over a Bumble central, for bleak's own BlueZ backend, unmodified.

What bleak uses of BlueZ's D-Bus interface (doc/org.bluez.*.rst in BlueZ's sources), and errors as BlueZ words them:
the object manager, one adapter, devices as they are heard; their GATT is in `bluez_device`.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
from collections.abc import Callable, Coroutine
from typing import Any, Final

from bumble import att, core
from bumble.device import Advertisement, Device
from dbus_fast import Message, MessageFlag, MessageType, RequestNameReply, Variant
from dbus_fast.aio import MessageBus

from drivers.virtual_ble.bluez_device import ADAPTER, DEVICE, FAILED, PROPERTIES, DBusError, EmulatedDevice, Reply
from drivers.virtual_ble.gatt import advertised_name, advertised_services

_OBJECTS: Final = "org.freedesktop.DBus.ObjectManager"
_UNKNOWN: Final = "org.freedesktop.DBus.Error.Unknown"
_HCI: Final = "/org/bluez/hci0"

Method = Callable[["EmulatedBlueZ", Message], Coroutine[Any, Any, Reply]]


class EmulatedBlueZ:
    """`fail_next`: by the name of a method, the D-Bus error and its text that the next call of it gets.
    `resolves`: whether services are found after a connect. `aborts`: how many connects are aborted at once.
    `late_mtu`: whether the MTU is told only after the first write. `calls`: the methods that were called, in order."""

    def __init__(self, central: Device) -> None:
        self.central = central
        self.fail_next: dict[str, tuple[str, str]] = {}
        self.resolves = True
        self.aborts = 0
        self.late_mtu = False
        self.calls: list[str] = []
        self._objects: dict[str, dict[str, dict[str, Variant]]] = {}
        self._devices: dict[str, EmulatedDevice] = {}
        self._scanners: set[str] = set()
        self._work: set[asyncio.Task[None]] = set()
        self._bus: MessageBus | None = None

    # Life --------------------------------------------------------------------------------------------------------
    async def start(self, address: str, *, adapter: bool = True) -> None:
        """Serve on the bus at that address. Without `adapter`: a computer with BlueZ and no radio."""
        bus = self._bus = MessageBus(bus_address=address, negotiate_unix_fd=True)
        await bus.connect()
        if adapter:
            self._objects[_HCI] = {ADAPTER: self._adapter()}
        bus.add_message_handler(self._take)
        if await bus.request_name("org.bluez") is not RequestNameReply.PRIMARY_OWNER:
            raise RuntimeError("somebody else is org.bluez on this bus")
        self.central.on("advertisement", self._heard)

    async def stop(self) -> None:
        """Off the bus, every connection ended."""
        self.central.remove_listener("advertisement", self._heard)
        for device in self._devices.values():
            await device.disconnect()
        if self._bus is not None:
            with contextlib.suppress(Exception):
                self._bus.disconnect()
                await self._bus.wait_for_disconnect()  # type: ignore[no-untyped-call]
        for task in list(self._work):
            task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await task

    async def power(self, on: bool) -> None:
        """Switch the adapter on or off; off ends every connection, as BlueZ does."""
        if not on:
            for device in self._devices.values():
                await device.disconnect()
            await self._listen(False)
        self.change(_HCI, ADAPTER, Powered=Variant("b", on))

    def _adapter(self) -> dict[str, Variant]:
        return {
            "Address": Variant("s", self.central.random_address.to_string(False)),
            "Name": Variant("s", "virtual"),
            "Alias": Variant("s", "virtual"),
            "Powered": Variant("b", True),
            "Discovering": Variant("b", False),
            "UUIDs": Variant("as", []),
            "Roles": Variant("as", ["central", "peripheral"]),
        }

    # Objects -----------------------------------------------------------------------------------------------------
    def add(self, path: str, interfaces: dict[str, dict[str, Variant]]) -> None:
        """A new object."""
        self._objects[path] = interfaces
        self._signal("/", _OBJECTS, "InterfacesAdded", "oa{sa{sv}}", [path, interfaces])

    def remove_below(self, path: str) -> None:
        """The objects below `path` are no more."""
        for one in [one for one in self._objects if one.startswith(f"{path}/")][::-1]:
            self._remove(one)

    def _remove(self, path: str) -> None:
        interfaces = self._objects.pop(path)
        self._signal("/", _OBJECTS, "InterfacesRemoved", "oas", [path, list(interfaces)])

    def change(self, path: str, interface: str, **properties: Variant) -> None:
        """New values of properties; of an object that is gone: nothing."""
        if path in self._objects:
            self._objects[path][interface].update(properties)
            self._signal(path, PROPERTIES, "PropertiesChanged", "sa{sv}as", [interface, properties, []])

    def _signal(self, path: str, interface: str, member: str, signature: str, body: list[Any]) -> None:
        if self._bus is not None and self._bus.connected:
            self._bus.send(Message.new_signal(path, interface, member, signature, body))

    # Calls -------------------------------------------------------------------------------------------------------
    def _take(self, message: Message) -> bool | None:
        if message.message_type is not MessageType.METHOD_CALL or message.interface in (
            None,
            "org.freedesktop.DBus.Peer",
        ):
            return None
        self.do(self._answer(message))
        return True

    def do(self, work: Coroutine[Any, Any, None]) -> None:
        """Do it meanwhile."""
        task = asyncio.get_running_loop().create_task(work)
        self._work.add(task)
        task.add_done_callback(self._work.discard)

    async def _answer(self, message: Message) -> None:
        member = message.member or ""
        self.calls.append(member)
        try:
            signature, body, descriptors = await self._perform(message, member) or ("", [], [])
            reply = Message.new_method_return(message, signature, body, unix_fds=descriptors)
        except DBusError as error:
            reply = Message.new_error(message, error.name, error.text)
        except att.ATT_Error as error:
            text = f"Operation failed with ATT error: 0x{error.error_code:02x}"
            reply = Message.new_error(message, FAILED, text)
        except (core.BaseBumbleError, KeyError, asyncio.CancelledError):  # the link went: Bumble cancels what waits
            reply = Message.new_error(message, FAILED, "Not connected")
        if self._bus is not None and self._bus.connected and not message.flags & MessageFlag.NO_REPLY_EXPECTED:
            await self._bus.send(reply)
        for descriptor in reply.unix_fds or ():
            os.close(descriptor)

    async def _perform(self, message: Message, member: str) -> Reply:
        if member in self.fail_next:
            raise DBusError(*self.fail_next.pop(member))
        path = message.path or ""
        if path != "/" and path not in self._objects:
            raise DBusError(f"{_UNKNOWN}Object", path)
        device = next((one for one in self._devices.values() if path.startswith(one.path)), None)
        if device is not None and (message.interface or "").startswith("org.bluez."):
            return await device.perform(message)
        method = _METHODS.get(member)
        if method is None:
            raise DBusError(f"{_UNKNOWN}Method", member)
        return await method(self, message)

    async def _managed(self, _message: Message) -> Reply:
        return "a{oa{sa{sv}}}", [self._objects], []

    async def _set(self, message: Message) -> Reply:
        interface, name, value = message.body
        self.change(message.path or "", interface, **{name: value})
        return None

    async def _get(self, message: Message) -> Reply:
        interface, name = message.body
        return "v", [self._objects[message.path or ""][interface][name]], []

    async def _filter(self, _message: Message) -> Reply:
        return None

    async def _start_discovery(self, message: Message) -> Reply:
        if not self._objects[_HCI][ADAPTER]["Powered"].value:
            raise DBusError("org.bluez.Error.NotReady", "Resource Not Ready")
        self._scanners.add(message.sender or "")
        await self._listen(True)
        return None

    async def _stop_discovery(self, message: Message) -> Reply:
        self._scanners.discard(message.sender or "")
        if not self._scanners:
            await self._listen(False)
        return None

    async def _listen(self, on: bool) -> None:
        if on and not self.central.is_scanning:
            await self.central.start_scanning(legacy=True, scan_interval=20, scan_window=20)
        elif not on and self.central.is_scanning:
            await self.central.stop_scanning()
        self.change(_HCI, ADAPTER, Discovering=Variant("b", on))

    async def _remove_device(self, message: Message) -> Reply:
        device = self._devices.pop(message.body[0], None)
        if device is None:
            raise DBusError("org.bluez.Error.DoesNotExist", "Does Not Exist")
        await device.disconnect()
        self._remove(device.path)
        return None

    def _heard(self, heard: Advertisement) -> None:
        address = heard.address.to_string(with_type_qualifier=False)
        path = f"{_HCI}/dev_{address.replace(':', '_')}"
        strength = Variant("n", heard.rssi)
        if path in self._objects:
            self.change(path, DEVICE, RSSI=strength)
            return
        self._devices[path] = EmulatedDevice(self, path, heard.address)
        name = advertised_name(heard.data)
        named = {"Name": Variant("s", name)} if name else {}
        flags = dict.fromkeys(("Paired", "Bonded", "Trusted", "Blocked", "Connected", "ServicesResolved"), False)
        about = {
            "Address": Variant("s", address),
            "AddressType": Variant("s", "random"),
            "Alias": Variant("s", name or address.replace(":", "-")),
            "Adapter": Variant("o", _HCI),
            "UUIDs": Variant("as", advertised_services(heard.data)),
            "RSSI": strength,
        }
        self.add(path, {DEVICE: {**about, **named, **{key: Variant("b", value) for key, value in flags.items()}}})


_METHODS: Final[dict[str, Method]] = {
    "GetManagedObjects": EmulatedBlueZ._managed,
    "Set": EmulatedBlueZ._set,
    "Get": EmulatedBlueZ._get,
    "SetDiscoveryFilter": EmulatedBlueZ._filter,
    "StartDiscovery": EmulatedBlueZ._start_discovery,
    "StopDiscovery": EmulatedBlueZ._stop_discovery,
    "RemoveDevice": EmulatedBlueZ._remove_device,
}
