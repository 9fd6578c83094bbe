"""A profile read over a paced line of 9600 baud in virtual time, with frames that are damaged: what that costs."""

from __future__ import annotations

import asyncio
import secrets
from collections import Counter
from dataclasses import dataclass

from drivers.in_process import InProcessLink
from drivers.line_simulator import LineSettings, LineSimulator
from hht.client.association import Association
from hht.client.meter_session import MeterSession
from hht.emulation.port_server import PortServer
from hht.link import Line
from hht.protocol.hdlc import HdlcParameters
from tests.support.counted_read import BAUD, CLOCK, PIECE_S, TURNAROUND_S, Counted, whole_meter
from tests.support.damaging_meter import Damage, DamagingMeter
from tests.support.virtual_time import in_virtual_time


@dataclass(frozen=True)
class Timed:
    """A read on the paced line."""

    counted: Counted
    seconds: float
    damaged: int
    repeated: list[bytes]  # the frames that were sent again

    @property
    def repeated_s(self) -> float:
        """What they take on the line."""
        return sum(map(len, self.repeated)) * 10 / BAUD


def sound(octets: bytes, _number: int) -> bytes:
    """No damage."""
    return octets


def timed_read(days: int, info: int, window: int, damage: Damage = sound) -> Timed:
    """Read `days` days; what else the terminal must know has been read before."""

    async def main() -> Timed:
        meter = DamagingMeter(PortServer(whole_meter(days)), damage)
        line = LineSimulator(meter, LineSettings(turnaround_s=TURNAROUND_S, piece_s=PIECE_S))
        association = Association(
            client_sap=17, security="low", password=b"Gurux", opening="hdlc",
            proposed=HdlcParameters(info, info, window, window),
        )  # fmt: skip
        session = MeterSession(
            lambda: InProcessLink(line, clock=CLOCK, paced=True, line=Line(BAUD)),
            association,
            clock=CLOCK,
            random_bytes=secrets.token_bytes,
        )
        await session.open()
        await session.read_clock()
        before, began, first = session.counters, asyncio.get_running_loop().time(), len(meter.sent)
        already = meter.damaged
        rows = await session.read_profile()
        after, seconds = session.counters, asyncio.get_running_loop().time() - began
        sent, damaged = _information(meter.sent[first:]), meter.damaged - already
        await session.close()
        assert line.violations == []
        counted = Counted(
            len(rows),
            after.bytes_tx - before.bytes_tx,
            after.bytes_rx - before.bytes_rx,
            after.round_trips - before.round_trips,
        )
        return Timed(counted, seconds, damaged, list((Counter(sent) - Counter(set(sent))).elements()))

    return in_virtual_time(main())


def _information(frames: list[bytes]) -> list[bytes]:
    """The same frame sent again may have another N(R) and final bit: those fields are blanked."""
    return [octets[:5] + b"\0\0\0" + octets[8:-3] + b"\0\0\x7e" for octets in frames]
