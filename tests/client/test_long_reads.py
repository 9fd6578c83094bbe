"""A long read over a slow line is cancelled: the meter finishes its turn and hears goodbye."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import UTC, datetime

import pytest

from drivers.in_process import InProcessLink
from drivers.line_simulator import LineSettings, LineSimulator
from hht.client.api import Listeners, ProfileRow
from hht.client.association import Association
from hht.client.deadlines import Timing
from hht.client.meter_session import MeterSession
from hht.clock import ManualClock
from hht.emulation.port_server import PortServer
from hht.link import Link, TraceEvent, TraceKind
from hht.model.premises import load_premises

CLOCK = ManualClock(datetime(2026, 11, 21, 12, tzinfo=UTC))
TIMING = Timing(reaction_s=0.5, gap_s=0.2, response_s=0.5)


@pytest.mark.parametrize("opening", ["iec", "hdlc"])
async def test_a_cancelled_read_lets_the_meter_finish_and_says_goodbye(opening: str) -> None:
    meter = load_premises("single-element", clock=CLOCK, days=60).device()
    line = LineSimulator(PortServer(meter), LineSettings(pace=0.1, turnaround_s=0.2))
    events: list[TraceEvent] = []

    def make_link() -> Link:
        return InProcessLink(line, clock=CLOCK, sink=events.append, paced=True)

    association = Association(client_sap=17, security="low", password=b"Gurux", opening=opening)
    session = MeterSession(make_link, association, clock=CLOCK, random_bytes=bytes, timing=TIMING)
    await session.open()
    begun = asyncio.Event()

    def rows(_rows: Sequence[ProfileRow]) -> None:
        begun.set()

    reading = asyncio.ensure_future(session.read_profile(listeners=Listeners(rows)))
    await begun.wait()
    await asyncio.sleep(0.05)  # into the next block
    reading.cancel()
    with pytest.raises(asyncio.CancelledError):
        await reading
    await session.close()
    assert line.violations == []  # nobody spoke while the other did
    last = [event for event in events if event.kind is TraceKind.RX][-1]
    assert last.data.endswith(b"\x7e")
    assert b"\x53" in [event for event in events if event.kind is TraceKind.TX][-1].data  # DISC with the poll bit
    await session.open()
    assert await session.read_registers()
    await session.close()
