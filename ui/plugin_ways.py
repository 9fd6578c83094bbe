"""The ways over which the kit reaches a plug-in's emulator: within the process, and through a socket."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator, Callable

from hht.clock import Clock
from hht.link import Link, TraceSink
from hht.plugins.emulated import EmulatedDevice
from hht.plugins.kit.course import Way


def ways(clock: Clock, sink: TraceSink | None = None) -> dict[str, Way]:
    """By name. `sink` hears every octet."""

    @contextlib.asynccontextmanager
    async def in_process(device: EmulatedDevice) -> AsyncIterator[Callable[[], Link]]:
        from drivers.in_process import InProcessLink

        yield lambda: InProcessLink(device, clock=clock, sink=sink)

    @contextlib.asynccontextmanager
    async def tcp(device: EmulatedDevice) -> AsyncIterator[Callable[[], Link]]:
        from drivers.serve_tcp import TcpServer
        from drivers.tcp import TcpLink

        async with TcpServer(device) as server:
            yield lambda: TcpLink("127.0.0.1", server.port, clock=clock, sink=sink)

    return {"in-process": in_process, "tcp": tcp}
