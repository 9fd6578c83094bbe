"""A bridge on the air and the ways in which the driver reaches it, the same tests over each.

`bumble`: bleak with a backend on Bumble. `bluez`: bleak's own BlueZ backend, unmodified, on an emulated `org.bluez` on
a private bus. `bluez-acquire`: the same with notifications through a socket (AcquireNotify).
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, field, replace
from typing import Any

import pytest
from bumble.device import Device

from drivers.ble_bridge import BleBridgeLink
from drivers.ble_radio import Radio
from drivers.serving import Attachable
from drivers.virtual_ble import has_daemon
from drivers.virtual_ble.air import Air, make_device
from drivers.virtual_ble.bluez import EmulatedBlueZ
from drivers.virtual_ble.bridge import ADDRESS, VirtualBridge
from drivers.virtual_ble.private_bus import VARIABLE, PrivateBus, private_bus
from hht.clock import Clock
from hht.link import TraceSink
from tests.support.bumble_bleak import radio_of

WAYS = ("bumble", "bluez", "bluez-acquire")


@dataclass
class Sky:
    """What is on the air. `bus` and `bluez`: on the ways that have them."""

    air: Air
    bridge: VirtualBridge
    central: Device
    radio: Radio
    bus: PrivateBus | None = None
    bluez: EmulatedBlueZ | None = None
    others: list[Device] = field(default_factory=list)

    def link(self, clock: Clock, sink: TraceSink | None = None, **options: Any) -> BleBridgeLink:
        """A link to the bridge, not opened; no chance, no echo unless `options` say so."""
        options = {"echo": "off", "chance": lambda: 0.0, "radio": self.radio, **options}
        return BleBridgeLink(ADDRESS, clock=clock, sink=sink, **options)

    async def other_central(self) -> Radio:
        """Somebody else's radio on the same air: a phone."""
        device = make_device(self.air, "phone", f"C0:C1:C2:C3:C4:{0xC6 + len(self.others):02X}")
        await device.power_on()
        self.others.append(device)
        return radio_of(device)


@contextlib.asynccontextmanager
async def sky_over(way: str, port: Attachable, *, interval_s: float = 0.0, **bridge: Any) -> AsyncIterator[Sky]:
    """A started bridge with `port` behind it, and the central of this computer. `bridge`: as for `VirtualBridge`."""
    air = Air(interval_s)
    probe = VirtualBridge(air, port, **bridge)
    central = make_device(air, "terminal", "C0:C1:C2:C3:C4:C5")
    async with contextlib.AsyncExitStack() as stack:
        stack.push_async_callback(air.close)
        stack.push_async_callback(central.power_off)
        await probe.start()
        stack.push_async_callback(probe.close)
        await central.power_on()
        sky = Sky(air, probe, central, radio_of(central))
        if way != "bumble":
            await _bluez(sky, stack)
        if way == "bluez-acquire":
            sky.radio = replace(sky.radio, notify={"bluez": {"use_start_notify": False}})
        yield sky
        for other in sky.others:
            await other.power_off()


async def _bluez(sky: Sky, stack: contextlib.AsyncExitStack) -> None:
    if not has_daemon():
        pytest.skip("the emulated org.bluez needs dbus-daemon (apt-get install dbus)")
    sky.bus = stack.enter_context(private_bus())
    stack.enter_context(environment(VARIABLE, sky.bus.address))
    sky.bluez, sky.radio = EmulatedBlueZ(sky.central), Radio()
    await sky.bluez.start(sky.bus.address)
    stack.push_async_callback(sky.bluez.stop)


@contextlib.contextmanager
def environment(name: str, value: str) -> Iterator[None]:
    """A variable as long as the context lasts."""
    before = os.environ.get(name)
    os.environ[name] = value
    try:
        yield
    finally:
        if before is None:
            del os.environ[name]
        else:
            os.environ[name] = before
