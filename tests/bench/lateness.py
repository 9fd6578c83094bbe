"""How late the core's event loop is while a 13-month profile is read from a meter in another process, beside idle."""

from __future__ import annotations

import asyncio
import secrets
import statistics
from collections.abc import Awaitable, Iterator

from hht.client.association import Association
from hht.client.meter_session import MeterSession
from tests.support.emulate import Emulated
from ui.compose import Composer
from ui.system import SystemClock

BEAT_S = 0.005


async def heartbeat(late: list[float]) -> None:
    """Note how late each beat is, in milliseconds."""
    loop = asyncio.get_running_loop()
    while True:
        due = loop.time() + BEAT_S
        await asyncio.sleep(BEAT_S)
        late.append((loop.time() - due) * 1000)


async def while_doing(work: Awaitable[object]) -> list[float]:
    """Lateness of the heartbeat while `work` runs."""
    late: list[float] = []
    beat = asyncio.create_task(heartbeat(late))
    await work
    beat.cancel()
    return late


async def measure(url: str) -> tuple[list[float], list[float], int]:
    """Idle and busy lateness, and the rows read."""
    clock = SystemClock()
    composer = Composer(clock, training=True)
    idle = await while_doing(asyncio.sleep(1.0))
    meter = MeterSession(
        lambda: composer.link(url, None), Association(opening="hdlc"), clock=clock, random_bytes=secrets.token_bytes
    )
    await meter.open()
    rows: list[int] = []

    async def reads() -> None:
        for _read in range(4):
            rows.append(len(await meter.read_profile()))

    busy = await while_doing(reads())
    await meter.close()
    return idle, busy, sum(rows)


def run() -> Iterator[str]:
    """Medians and worst, in milliseconds."""
    with Emulated("single-element", "--optical", "tcp://127.0.0.1:0") as meter:
        idle, busy, rows = asyncio.run(measure(meter.url))
    for name, late in (("idle", idle), ("reading", busy)):
        ninety_nine = statistics.quantiles(late, n=100, method="inclusive")[-1]
        middle = statistics.median(late)
        yield f"{name:<8} {len(late)} beats, median {middle:.2f} ms, p99 {ninety_nine:.2f} ms, worst {max(late):.2f} ms"
    yield f"rows read meanwhile: {rows:,}"
