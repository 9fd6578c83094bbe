"""A device behind a simulated line, and a link to it over each transport; the same faults for all of them.

Real descriptors, sockets and radios (virtual ones) in real time: only waits that a person would notice are shortened.
"""

from __future__ import annotations

import contextlib
import random
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from drivers.base import BaseLink
from drivers.ble_bridge import BleBridgeLink
from drivers.ble_radio import BridgeKind
from drivers.in_process import InProcessLink
from drivers.line_simulator import LineSettings, LineSimulator
from drivers.optical_probe import OpticalProbeLink
from drivers.rfc2217 import Rfc2217Link
from drivers.serve_pty import PtyServer
from drivers.serve_tcp import TcpServer
from drivers.serving import Attachable
from drivers.tcp import TcpLink
from hht.client.deadlines import Timing
from hht.link import LinkState, LinkTimeout, TraceKind
from tests.drivers.conftest import AT_ONCE_S, RealClock, Trace
from tests.support.com_port_server import ComPortServer, PtyPort
from tests.support.sky import Sky, sky_over

TRANSPORTS = ("serial", "rfc2217", "tcp", "ble", "in-process")
# Where an answer is to come: as long as a busy machine may need. Where none is, or any end will do: tenths of a second.
PATIENT = Timing(reaction_s=8.0, gap_s=0.5, confirmation_s=0.3, response_s=8.0, octet_s=1.0, slack_s=1.0, listen_s=0.1)
HASTY = Timing(reaction_s=0.3, gap_s=0.1, confirmation_s=0.1, response_s=0.1, octet_s=0.05, slack_s=0.05, listen_s=0.1)
BRIDGE = BridgeKind(
    "with a line",
    "f0de0001-0000-1000-8000-00805f9b34fb",
    "f0de0002-0000-1000-8000-00805f9b34fb",
    "f0de0003-0000-1000-8000-00805f9b34fb",
    "f0de0004-0000-1000-8000-00805f9b34fb",
)


@dataclass
class Stand:
    """A link, not opened, and what is at its other end. `cut` ends the transport from there."""

    transport: str
    link: BaseLink
    line: LineSimulator
    trace: Trace
    cut: Callable[[], Any]
    make: Callable[[], BaseLink]
    sky: Sky | None = None
    others: list[BaseLink] = field(default_factory=list)

    @property
    def settings(self) -> LineSettings:
        """Of the line."""
        return self.line.settings

    def another(self) -> BaseLink:
        """A second link to the same end; closed with the stand."""
        self.others.append(self.make())
        return self.others[-1]

    def told(self, word: str) -> bool:
        """Whether the trace says `word` in a note of any kind."""
        return any(word in event.note for event in self.trace)

    def lost(self) -> bool:
        """Whether link and trace say that the link has gone."""
        return (
            self.link.state is LinkState.LOST
            and bool(self.trace.notes(TraceKind.ERROR))
            and "lost" in self.trace.notes(TraceKind.STATE)
        )

    @property
    def sent(self) -> bytes:
        """What the trace says that was sent."""
        return self.trace.bytes_of(TraceKind.TX)

    @property
    def heard(self) -> bytes:
        """What the trace says that came."""
        return self.trace.bytes_of(TraceKind.RX)


@contextlib.asynccontextmanager
async def stand_on(
    transport: str, device: Attachable, clock: RealClock, *, settings: LineSettings | None = None, **options: Any
) -> AsyncIterator[Stand]:
    """`device` behind a line without faults, on that transport. `options`: the link's."""
    line = LineSimulator(device, settings or LineSettings(pace=0, turnaround_s=0.0), rng=random.Random(5))
    async with AsyncExitStack() as stack:
        stand = await _MAKERS[transport](stack, line, clock, options)
        yield stand
        for link in (stand.link, *stand.others):
            await link.close()


async def _serial(stack: AsyncExitStack, line: LineSimulator, clock: RealClock, options: dict[str, Any]) -> Stand:
    pty, trace = await stack.enter_async_context(PtyServer(line)), Trace()
    make = partial(OpticalProbeLink, pty.path, clock=clock, sink=trace, **options)
    return Stand("serial", make(), line, trace, pty.unplug, make)


async def _rfc2217(stack: AsyncExitStack, line: LineSimulator, clock: RealClock, options: dict[str, Any]) -> Stand:
    pty, trace = await stack.enter_async_context(PtyServer(line)), Trace()
    server = stack.enter_context(ComPortServer(PtyPort(pty.path, timeout=0.02)))
    make = partial(Rfc2217Link, "127.0.0.1", server.tcp_port, clock=clock, sink=trace, **options)
    return Stand("rfc2217", make(), line, trace, server.drop, make)


async def _tcp(stack: AsyncExitStack, line: LineSimulator, clock: RealClock, options: dict[str, Any]) -> Stand:
    server, trace = await stack.enter_async_context(TcpServer(line)), Trace()
    options = {key: value for key, value in options.items() if key != "echo"}
    make = partial(TcpLink, "127.0.0.1", server.port, clock=clock, sink=trace, **options)
    return Stand("tcp", make(), line, trace, lambda: [talk.end() for talk in list(server.conversations)], make)


async def _ble(stack: AsyncExitStack, line: LineSimulator, clock: RealClock, options: dict[str, Any]) -> Stand:
    options = dict(options)
    mtu = options.pop("mtu", 247)
    sky, trace = await stack.enter_async_context(sky_over("bumble", line, kind=BRIDGE, mtu=mtu)), Trace()
    options = {key: value for key, value in options.items() if key != "line"}

    def make() -> BaseLink:
        link: BleBridgeLink = sky.link(clock, trace, kinds=(BRIDGE,), **{"echo": "auto", **options})
        return link

    return Stand("ble", make(), line, trace, sky.air.sever, make, sky)


async def _in_process(stack: AsyncExitStack, line: LineSimulator, clock: RealClock, options: dict[str, Any]) -> Stand:
    trace = Trace()
    make = partial(InProcessLink, line, clock=clock, sink=trace, **{"echo": "auto", **options})
    link = make()
    return Stand("in-process", link, line, trace, link.drop, make)


_MAKERS = {"serial": _serial, "rfc2217": _rfc2217, "tcp": _tcp, "ble": _ble, "in-process": _in_process}


async def hear(link: BaseLink, count: int, limit_s: float = AT_ONCE_S) -> bytes:
    """`count` bytes, or what there is when nothing more comes."""
    got = b""
    while len(got) < count:
        try:
            got += await link.read(limit_s)
        except LinkTimeout:
            break
    return got


async def silent(link: BaseLink, limit_s: float = 0.1) -> bool:
    """Whether nothing comes."""
    try:
        await link.read(limit_s)
    except LinkTimeout:
        return True
    return False


async def settled(link: BaseLink) -> None:
    """Hear out what is still on its way, and forget it."""
    with contextlib.suppress(LinkTimeout):
        while True:
            await link.read(0.05)
