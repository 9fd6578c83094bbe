"""A meter of mode C at the end of a simulated line, on a pty served in a thread of its own."""

from __future__ import annotations

import asyncio
import random
import threading
from collections.abc import Iterator
from contextlib import contextmanager

from drivers.line_simulator import LineSettings, LineSimulator
from drivers.serve_pty import PtyServer
from hht.emulation.port_server import PortServer
from tests.client.test_plain_text import meter_of


@contextmanager
def served_line(settings: LineSettings, seed: int = 1) -> Iterator[str]:
    """The link's URL, as long as the block runs."""
    ready, urls = threading.Event(), list[str]()
    loop = asyncio.new_event_loop()
    over = asyncio.Event()

    async def serve() -> None:
        line = LineSimulator(PortServer(meter_of("C")), settings, rng=random.Random(seed))
        async with PtyServer(line) as server:
            urls.append(server.url)
            ready.set()
            await over.wait()

    def run() -> None:
        try:
            loop.run_until_complete(serve())
        finally:
            ready.set()
            loop.close()

    thread = threading.Thread(target=run, name="served line")
    thread.start()
    try:
        ready.wait(30)
        yield urls[0]
    finally:
        loop.call_soon_threadsafe(over.set)
        thread.join()
