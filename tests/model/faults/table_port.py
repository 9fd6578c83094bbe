"""Scenarios: what meets a probe at the optical port, and meters that nobody gets to."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

from drivers.in_process import InProcessLink
from hht.emulation.head_trouble import FLAG, HeadTrouble, frame_length
from hht.emulation.meter_server import MeterServer
from hht.emulation.optical_port import OpticalPort
from hht.emulation.port_server import PortHead, PortServer
from hht.link import LinkState
from hht.model.consumer_devices.access_device import AccessDevice
from hht.model.refusal import DeviceRefusal
from hht.protocol.cosem.descriptors import CosemAttribute
from hht.protocol.cosem.obis import Obis
from hht.protocol.hdlc import Received
from hht.protocol.iec62056_21 import Send, even_parity, parse_identification, request_message, without_parity
from tests.emulation.terminal_end import TerminalEnd
from tests.model.faults.worlds import HALF_HOUR, Scenario, World, dual_fuel

SIGN_ON = even_parity(request_message())
CLOCK = CosemAttribute(8, Obis.parse("0-0:1.0.0.255"), 2)


class Through:
    """An optical port behind its head on an event loop, as `TerminalEnd` speaks to one."""

    def __init__(self, server: PortServer) -> None:
        self.out: list[bytes] = []
        self._head = server.attach(self.out.append)

    def receive(self, data: bytes) -> list[Send]:
        self.out.clear()
        self._head.receive(data)
        return [Send(part) for part in self.out]


def at_port(look: Callable[[World, TerminalEnd], bool]) -> Callable[[World], bool]:
    async def talk(world: World) -> bool:
        server = PortServer(world.esme)
        try:
            return look(world, TerminalEnd(world.esme, port=Through(server)))  # type: ignore[arg-type]
        finally:
            await server.close()

    return lambda world: asyncio.run(talk(world))


def echo(_world: World, end: TerminalEnd) -> bool:
    return end.exchange(SIGN_ON) == SIGN_ON


def parity_wrong(_world: World, end: TerminalEnd) -> bool:
    answer = end.exchange(SIGN_ON)
    return answer != b"" and even_parity(without_parity(answer)) != answer


def nothing_comes(_world: World, end: TerminalEnd) -> bool:
    return end.exchange(SIGN_ON) == b""


def no_mode_e(_world: World, end: TerminalEnd) -> bool:
    return not parse_identification(without_parity(end.exchange(SIGN_ON))).mode_e


def a_frame_ends_early(world: World, end: TerminalEnd) -> bool:
    """Read the clock until an answer has a 7E in its check sums: that one does not come whole."""
    end.associate(16)
    through = end.port
    for _second in range(600):
        world.wait(1)
        end.hdlc.send(end.client.get(CLOCK))
        events = end._turn()
        raw = b"".join(through.out)  # type: ignore[attr-defined]
        whole = [event for event in events if isinstance(event, Received)]
        if not whole:
            assert raw[0] == raw[-1] == FLAG
            assert not frame_length(raw, 0)
            return True
        end.client.receive(whole[0].apdu)
    return False


def on_the_loop(look: Callable[[World], Awaitable[bool]]) -> Callable[[World], bool]:
    async def run(world: World) -> bool:
        return await look(world)

    return lambda world: asyncio.run(run(world))


def the_mpan_has_a_blank(_world: World, end: TerminalEnd) -> bool:
    end.associate(16)
    answer = end.transfer(end.client.get(CosemAttribute(1, Obis.parse("0-0:94.44.34.11"), 2)))
    return answer.endswith(b" ")


async def link_lost(world: World) -> bool:
    link = InProcessLink(PortServer(world.esme), clock=world.clock)
    await link.open()
    try:
        return link.state is LinkState.LOST
    finally:
        await link.close()


async def comes_late(world: World) -> bool:
    came = asyncio.Event()
    if world.esme.fault_amounts:
        world.esme.fault_amounts["answers-late"] = 20  # ms: nobody here waits 2.5 s
    trouble = HeadTrouble(world.esme, lambda _data: came.set())
    head = PortHead(OpticalPort(MeterServer(world.esme)), trouble, 120.0, lambda _head: None)
    head.receive(SIGN_ON)
    late = not came.is_set()
    await asyncio.wait_for(came.wait(), 60)
    head.closed()
    return late


def out_of_reach(world: World) -> bool:
    """Nothing at the meter, everything over the HAN."""
    silent = at_port(nothing_comes)(world)
    try:
        world.esme.display.press("enable")
    except DeviceRefusal as refusal:
        kept_off = "Nobody gets" in refusal.message
    else:
        kept_off = False
    assert world.one(AccessDevice).read()
    return silent and kept_off and world.esme.display.pages() == []


def gas_out_of_reach(world: World) -> bool:
    world.wait(HALF_HOUR)
    age = world.hub.gpf.age_s
    assert age is not None
    assert age <= HALF_HOUR
    return world.gsme.display.pages() == []


home = dual_fuel()
SCENARIOS = {
    "probe-hears-itself": Scenario(home, at_port(echo)),
    "probe-garbled": Scenario(home, at_port(parity_wrong)),
    "port-silent": Scenario(home, at_port(nothing_comes)),
    "head-mode-c": Scenario(home, at_port(no_mode_e)),
    "bridge-cuts-frames": Scenario(home, at_port(a_frame_ends_early)),
    "probe-unplugged": Scenario(home, on_the_loop(link_lost)),
    "answers-late": Scenario(home, on_the_loop(comes_late)),
    "fields-oddly-written": Scenario(home, at_port(the_mpan_has_a_blank)),
    "box-locked": Scenario(home, out_of_reach, "esme-1"),
    "too-high": Scenario(home, gas_out_of_reach, "gsme-1"),
}
