"""What a link costs against the bare descriptor, and how smooth the window stays: ``python -m tests.bench.links``.

All figures of a kind come from one run, in turns, so that other load hits each alike. The other end of every pty is a
process of its own and paces what it sends, as a UART would.
"""

from __future__ import annotations

import asyncio
import multiprocessing
import os
import secrets
import select
import statistics
import sys
import tempfile
import time
import tty
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from drivers.optical_probe import OpticalProbeLink
from hht.link import Line, TraceEvent
from hht.store.store import Store
from hht.store.trace_store import TraceRecorder
from hht.store.vault import TRAINING_PASS_PHRASE, KdfCost
from tests.bench import window_gap
from tests.bench.waits import Waits
from ui.live_trace import LiveTrace
from ui.system import SystemClock

BAUD = 921_600
TURNS = 5
TRIPS = 600
REQUEST = 64  # bytes
STREAM = 150_000  # bytes: 1.6 s at that speed
FREE_STREAM = 8 << 20
THROUGHPUT_BAR, TRACE_BAR, ADDED_BAR_MS = 0.95, 0.95, 1.0

Sink = Callable[[TraceEvent], None]
Trip = tuple[float, float]  # seconds, and of these without a core because other programs had them
Turn = tuple[list[Trip], float]  # and bytes a second


@dataclass
class Figures:
    """Of one way of reading, turn by turn: round trips, and bytes a second."""

    trips: list[list[Trip]]
    rates: list[float]

    @property
    def rate(self) -> float:
        """The middle one."""
        return statistics.median(self.rates)

    def percentiles_ms(self, part: float, *, own: bool) -> list[float]:
        """Of the round trips of each turn, in milliseconds; `own`: less what other programs took."""
        turns = [sorted(took - own * waited for took, waited in trips) for trips in self.trips]
        return [trips[int(part * (len(trips) - 1))] * 1000 for trips in turns]

    def percentile_ms(self, part: float, *, own: bool) -> float:
        """That of the middle turn."""
        return statistics.median(self.percentiles_ms(part, own=own))

    def added_ms(self, bare: Figures, part: float, *, own: bool) -> float:
        """To what it is without a link, in the middle one of the turns: the two stand side by side in each."""
        pairs = zip(self.percentiles_ms(part, own=own), bare.percentiles_ms(part, own=own), strict=True)
        return statistics.median(here - there for here, there in pairs)


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
def peer(pace_baud: int, size: int) -> Iterator[tuple[str, int]]:
    """The path of a pty with the other end at work, and that one's process id."""
    master, slave = os.openpty()
    tty.setraw(slave)
    process = multiprocessing.get_context("fork").Process(target=_peer, args=(master, pace_baud, size), daemon=True)
    process.start()
    try:
        assert process.pid is not None
        yield os.ttyname(slave), process.pid
    finally:
        process.kill()
        process.join()
        os.close(master)
        os.close(slave)


def bare(path: str, pid: int, size: int) -> Turn:
    """With nothing but select and read."""
    port = os.open(path, os.O_RDWR | os.O_NOCTTY | os.O_NONBLOCK)

    def take(count: int) -> None:
        while count > 0:
            select.select([port], [], [])
            count -= len(os.read(port, 65536))

    trips = []
    with Waits([pid]) as waits:
        for _trip in range(TRIPS):
            waited, began = waits.seconds(), time.perf_counter()
            os.write(port, b"x" * REQUEST)
            take(REQUEST)
            trips.append((time.perf_counter() - began, waits.seconds() - waited))
    began = time.perf_counter()
    os.write(port, b"S")
    take(size)
    rate = size / (time.perf_counter() - began)
    os.close(port)
    return trips, rate


async def linked(path: str, pid: int, size: int, sink: Sink | None) -> Turn:
    """The same through the link."""
    link = OpticalProbeLink(path, clock=SystemClock(), sink=sink, line=Line(BAUD), echo="off")
    await link.open()

    async def take(count: int) -> None:
        while count > 0:
            count -= len(await link.read(5))

    trips = []
    with Waits([pid]) as waits:
        for _trip in range(TRIPS):
            waited, began = waits.seconds(), time.perf_counter()
            await link.write(b"x" * REQUEST)
            await take(REQUEST)
            trips.append((time.perf_counter() - began, waits.seconds() - waited))
    began = time.perf_counter()
    await link.write(b"S")
    await take(size)
    rate = size / (time.perf_counter() - began)
    await link.close()
    return trips, rate


@contextmanager
def traced() -> Iterator[Sink]:
    """What the program does with every event of a visit: sealed into a store, and shown line by line."""
    clock = SystemClock()
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "trace.db")
        store = Store.open(
            path, TRAINING_PASS_PHRASE, training=True, clock=clock, entropy=secrets.token_bytes, cost=KdfCost(64, 1)
        )
        recorder, live = TraceRecorder(store, "bench"), LiveTrace(clock, lambda: store, training=True)

        def sink(event: TraceEvent) -> None:
            recorder(event)
            live.hear(event)

        yield sink
        recorder.flush()
        store.close()


def measure(pace_baud: int, size: int, turns: int) -> dict[str, Figures]:
    """Bare, linked, linked with the trace; in turns."""
    found = {name: Figures([], []) for name in ("bare", "link", "traced")}

    def add(name: str, trips: list[Trip], rate: float) -> None:
        found[name].trips.append(trips)
        found[name].rates.append(rate)

    for _turn in range(turns):
        with peer(pace_baud, size) as end:
            add("bare", *bare(*end, size))
        with peer(pace_baud, size) as end:
            add("link", *asyncio.run(linked(*end, size, None)))
        with peer(pace_baud, size) as end, traced() as sink:
            add("traced", *asyncio.run(linked(*end, size, sink)))
    return found


def run() -> Iterator[str]:
    """Ratios, added latency, and the ceiling without pace (which has no bar)."""
    load = os.getloadavg()[0]
    yield f"load of the machine before: {load:.1f} on {os.cpu_count()} cores"
    found = measure(BAUD, STREAM, TURNS)
    one, link, trace = found["bare"], found["link"], found["traced"]
    yield f"throughput at {BAUD:,} baud: {link.rate / one.rate:.3f} of the bare descriptor (bar {THROUGHPUT_BAR})"
    yield f"throughput with the trace: {trace.rate / link.rate:.3f} of without (bar {TRACE_BAR})"
    for own in (False, True):
        for name, figures in (("link", link), ("link and trace", trace)):
            yield (
                f"round trip of {REQUEST} bytes, {name}{', less what other programs took' * own}: "
                f"p99 {figures.percentile_ms(0.99, own=own):.2f} ms, bare {one.percentile_ms(0.99, own=own):.2f} ms, "
                f"added {figures.added_ms(one, 0.99, own=own):.2f} ms (bar {ADDED_BAR_MS} ms); "
                f"medians {figures.percentile_ms(0.5, own=own):.3f} and {one.percentile_ms(0.5, own=own):.3f} ms"
            )
    free = measure(0, FREE_STREAM, 1)
    rates = " / ".join(f"{free[name].rate / 1e6:.1f}" for name in free)
    yield f"without pace: {rates} MB/s bare / linked / traced (no bar: no optical line is as fast)"
    yield from window_gap.run()


def main() -> int:
    """Print them."""
    for line in run():
        print(f"links     {line}", flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
