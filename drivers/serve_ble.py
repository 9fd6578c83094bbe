"""Offers a device's end behind a virtual BLE bridge, to bleak in any other program on this computer.

No radio and no rights: an `org.bluez` of its own on a bus of its own (Linux; `drivers.virtual_ble`). A program whose
environment is extended by `environment` finds the bridge as it would find one in the room.
"""

from __future__ import annotations

import contextlib
import sys
from importlib.util import find_spec
from typing import Final

from drivers.serving import Attachable
from drivers.virtual_ble import VirtualRadioMissing, has_daemon
from hht.i18n import _

BUMBLE: Final = "bumble==0.0.236"  # exactly: what is mended in drivers/virtual_ble is of this version


class BleServer:
    """Serves `port` (the device's). Usable as ``async with``."""

    def __init__(self, port: Attachable, *, keyed: bool = False) -> None:
        """`keyed`: the bridge has a key, which everybody has, and proves who it is; `code` is what is printed on it."""
        self._port, self._keyed = port, keyed
        self.code = ""
        self._stack = contextlib.AsyncExitStack()
        self.environment: dict[str, str] = {}
        self.url = ""  # the link URL, once it is served

    async def __aenter__(self) -> BleServer:
        """Put it on the air. Raises VirtualRadioMissing."""
        _require_radio()
        async with contextlib.AsyncExitStack() as stack:
            await self._start(stack)
            self._stack = stack.pop_all()
        return self

    async def __aexit__(self, *_exception: object) -> None:
        await self._stack.aclose()

    async def _start(self, stack: contextlib.AsyncExitStack) -> None:
        from drivers.bridge_session import code_of, training_identity
        from drivers.virtual_ble.air import Air, make_device
        from drivers.virtual_ble.bluez import EmulatedBlueZ
        from drivers.virtual_ble.bridge import ADDRESS, VirtualBridge
        from drivers.virtual_ble.private_bus import VARIABLE, private_bus

        bus = stack.enter_context(private_bus())
        air = Air()
        stack.push_async_callback(air.close)
        identity = training_identity() if self._keyed else None
        bridge = VirtualBridge(air, self._port, identity=identity)
        central = make_device(air, "computer", "C0:C1:C2:C3:C4:C5")
        stack.push_async_callback(central.power_off)
        await bridge.start()
        stack.push_async_callback(bridge.close)
        await central.power_on()
        bluez = EmulatedBlueZ(central)
        stack.push_async_callback(bluez.stop)
        await bluez.start(bus.address)
        self.code = code_of(identity.public_key().public_bytes_raw()) if identity is not None else ""
        self.environment, self.url = {VARIABLE: bus.address}, f"ble:{ADDRESS}"


def _require_radio() -> None:
    if sys.platform != "linux":
        raise VirtualRadioMissing(
            _("A virtual BLE bridge can be had on Linux only."),
            remedy=_("Offer the meter over TCP instead: {words}.").format(words="--optical tcp://127.0.0.1:4059"),
        )
    if find_spec("bumble") is None:
        raise VirtualRadioMissing(
            _("A virtual BLE bridge needs Bumble, and it is not installed."),
            remedy=_("Install it beside this program: {command}.").format(command=f"pip install {BUMBLE}"),
        )
    if not has_daemon():
        raise VirtualRadioMissing(
            _("A virtual BLE bridge needs dbus-daemon, and it is not installed."),
            remedy=_("Install it; on Debian and Ubuntu: {command}.").format(command="apt-get install dbus"),
        )
