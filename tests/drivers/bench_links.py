"""What a link costs, against the bare descriptor on the same pty: ``python -m tests.drivers.bench_links``.

The other end is a process of its own. Throughput at 921,600 baud is paced by that end; without pace it shows the
ceiling. Latency is that of a 64-byte echo. One JSON object per line.
"""

from __future__ import annotations

import asyncio
import json
import multiprocessing
import os
import select
import sys
import time
import tty
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from drivers.optical_probe import OpticalProbeLink
from hht.link import Line, TraceEvent
from tests.drivers.conftest import RealClock

BAUD = 921_600
ROUNDS = 1000
PACED_BYTES = 200_000
FREE_BYTES = 8 << 20


def _peer(master: int, pace_baud: int, size: int) -> None:
    """Echo single requests; on "S" send `size` bytes, at `pace_baud` if that is not 0."""
    while True:
        try:
            data = os.read(master, 4096)
        except OSError:
            return
        if data != b"S":
            os.write(master, data)
            continue
        began, sent, piece = time.perf_counter(), 0, bytes(512)
        while sent < size:
            if pace_baud and (ahead := sent * 10 / pace_baud - (time.perf_counter() - began)) > 0:
                time.sleep(ahead)
            sent += os.write(master, piece)


@contextmanager
def peer(pace_baud: int, size: int) -> Iterator[str]:
    """The path of a pty with the other end at work."""
    master, slave = os.openpty()
    tty.setraw(slave)
    process = multiprocessing.get_context("fork").Process(target=_peer, args=(master, pace_baud, size), daemon=True)
    process.start()
    try:
        yield os.ttyname(slave)
    finally:
        process.kill()
        process.join()
        os.close(master)
        os.close(slave)


def bare(path: str, size: int) -> tuple[list[float], float]:
    """Round trips in seconds, and bytes per second, with nothing but select and read."""
    port = os.open(path, os.O_RDWR | os.O_NOCTTY | os.O_NONBLOCK)

    def take(count: int) -> None:
        while count > 0:
            select.select([port], [], [])
            count -= len(os.read(port, 65536))

    trips = []
    for _round in range(ROUNDS):
        began = time.perf_counter()
        os.write(port, b"x" * 64)
        take(64)
        trips.append(time.perf_counter() - began)
    began = time.perf_counter()
    os.write(port, b"S")
    take(size)
    rate = size / (time.perf_counter() - began)
    os.close(port)
    return trips, rate


async def linked(path: str, size: int, sink: Callable[[TraceEvent], None] | None) -> tuple[list[float], float]:
    """The same through the link."""
    link = OpticalProbeLink(path, clock=RealClock(), sink=sink, line=Line(BAUD), echo="off")
    await link.open()

    async def take(count: int) -> None:
        while count > 0:
            count -= len(await link.read(5))

    trips = []
    for _round in range(ROUNDS):
        began = time.perf_counter()
        await link.write(b"x" * 64)
        await take(64)
        trips.append(time.perf_counter() - began)
    began = time.perf_counter()
    await link.write(b"S")
    await take(size)
    rate = size / (time.perf_counter() - began)
    await link.close()
    return trips, rate


def microseconds(trips: list[float], part: float) -> int:
    """A percentile."""
    return round(sorted(trips)[int(part * (len(trips) - 1))] * 1e6)


def measure(pace_baud: int, size: int) -> dict[str, object]:
    """Bare, linked, linked with trace; as figures and ratios."""
    with peer(pace_baud, size) as path:
        bare_trips, bare_rate = bare(path, size)
    with peer(pace_baud, size) as path:
        trips, rate = asyncio.run(linked(path, size, None))
    events: list[TraceEvent] = []
    with peer(pace_baud, size) as path:
        traced_trips, traced_rate = asyncio.run(linked(path, size, events.append))
    return {
        "type": "bench-links",
        "paced_baud": pace_baud or None,
        "throughput_ratio": round(rate / bare_rate, 3),
        "traced_throughput_ratio": round(traced_rate / rate, 3),
        "bytes_per_s": round(rate),
        "rtt_us_p50_p99_bare": [microseconds(bare_trips, 0.5), microseconds(bare_trips, 0.99)],
        "rtt_us_p50_p99_link": [microseconds(trips, 0.5), microseconds(trips, 0.99)],
        "rtt_us_p50_p99_traced": [microseconds(traced_trips, 0.5), microseconds(traced_trips, 0.99)],
    }


def main() -> None:
    """Print both measurements."""
    for pace_baud, size in ((BAUD, PACED_BYTES), (0, FREE_BYTES)):
        sys.stdout.write(json.dumps(measure(pace_baud, size)) + "\n")


if __name__ == "__main__":
    main()
