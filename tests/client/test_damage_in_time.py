"""What damage costs in seconds on a line of 9600 baud with 20 ms turnaround, and what a sound line takes: virtual time.

Nothing may be waited for that can be seen to be lost: the cost is that of the frames that are sent again.
"""

from __future__ import annotations

import asyncio
import random
import secrets
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cache

import pytest

from drivers.in_process import InProcessLink
from drivers.line_simulator import LineSettings, LineSimulator
from drivers.serving import Attachable, Connection, Send
from hht.client.association import Association
from hht.client.deadlines import Timing
from hht.client.meter_session import MeterSession
from hht.emulation.port_server import PortServer
from hht.link import Line
from hht.protocol.hdlc import HdlcParameters
from hht.protocol.hdlc.frame import Control, Frame
from hht.protocol.hdlc.reader import FrameReader
from tests.support.counted_read import BAUD, CLOCK, TURNAROUND_S, Counted, whole_meter
from tests.support.virtual_time import in_virtual_time

EVERY = 20
DAYS = 12
AROUND_INFO = 11  # flags, format, addresses, control, check sequences
POLL_S = 0.05  # an RR, and the turnaround: what it takes to ask again
PAUSE_S = 0.08  # in a turn, once it is known how evenly this meter talks
LOST_REPLY_S = Timing().slack_s + 5 * TURNAROUND_S  # once it is known how quickly it answers
Damage = Callable[[bytearray, random.Random], bytes]


def _flip(octets: bytearray, at: int) -> bytes:
    octets[at] ^= 0x55
    return bytes(octets)


DAMAGES: dict[str, Damage] = {
    "information": lambda frame, rng: _flip(frame, rng.randrange(8, len(frame) - 3)),
    "header": lambda frame, rng: _flip(frame, rng.randrange(3, 8)),
    "length": lambda frame, _rng: _flip(frame, 2),
    "a lost byte": lambda frame, rng: bytes(frame[: (at := rng.randrange(1, len(frame)))] + frame[at + 1 :]),
    "a byte twice": lambda frame, rng: bytes(frame[: (at := rng.randrange(1, len(frame)))] + frame[at - 1 :]),
    "all of it": lambda _frame, _rng: b"",
    "its end": lambda frame, rng: bytes(frame[: rng.randrange(5, len(frame) - 1)]),
}


@dataclass
class DamagingMeter:
    """Damages every twentieth information frame that the meter sends (`damage` None: none)."""

    port: Attachable
    damage: Damage | None
    rng: random.Random = field(default_factory=lambda: random.Random(5))
    damaged: int = 0
    sent: list[bytes] = field(default_factory=list)  # the information of every frame that the meter sent

    def attach(self, send: Send) -> Connection:
        reader = FrameReader()

        def through(data: bytes) -> None:
            out = b""
            for frame in reader.feed(data):
                assert isinstance(frame, Frame)
                out += self._passed(frame)
            send(out)

        return self.port.attach(through)

    def _passed(self, frame: Frame) -> bytes:
        octets = frame.encode()
        if frame.control is not Control.I:
            return octets
        self.sent.append(frame.info)
        if self.damage is None or len(self.sent) % EVERY:
            return octets
        self.damaged += 1
        return self.damage(bytearray(octets), self.rng)


@dataclass(frozen=True)
class Timed:
    """A read on the paced line."""

    counted: Counted
    seconds: float
    damaged: int
    repeated: list[bytes]  # the information of the frames that were sent again


@cache
def timed_read(info: int, window: int, damage: Damage | None) -> Timed:
    """Read `DAYS` days on the paced line."""

    async def main() -> Timed:
        meter = DamagingMeter(PortServer(whole_meter(DAYS)), damage)
        line = LineSimulator(meter, LineSettings(turnaround_s=TURNAROUND_S))
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
        await session.association_view()
        before, began, first = session.counters, asyncio.get_running_loop().time(), len(meter.sent)
        already = meter.damaged
        rows = await session.read_profile()
        after, seconds = session.counters, asyncio.get_running_loop().time() - began
        repeated = list((Counter(meter.sent[first:]) - Counter(set(meter.sent[first:]))).elements())
        damaged = meter.damaged - already
        await session.close()
        assert line.violations == []
        counted = Counted(
            len(rows),
            after.bytes_tx - before.bytes_tx,
            after.bytes_rx - before.bytes_rx,
            after.round_trips - before.round_trips,
        )
        return Timed(counted, seconds, damaged, repeated)

    return in_virtual_time(main())


@pytest.mark.parametrize(("info", "window"), [(2030, 7), (128, 7), (128, 1)])
def test_a_sound_line_takes_what_was_counted(info: int, window: int) -> None:
    timed = timed_read(info, window, None)
    assert timed.counted.rows == DAYS * 48
    assert timed.repeated == []
    assert timed.seconds == pytest.approx(timed.counted.seconds, rel=0.01)


@pytest.mark.parametrize("damage", DAMAGES)
@pytest.mark.parametrize("window", [1, 7])
def test_damage_costs_what_is_sent_again(window: int, damage: str) -> None:
    clean, spoilt = timed_read(128, window, None), timed_read(128, window, DAMAGES[damage])
    assert spoilt.counted.rows == DAYS * 48
    assert spoilt.damaged >= 4
    if window == 1:
        assert len(spoilt.repeated) == spoilt.damaged
    else:  # go-back-N: what followed in the same window is sent again, for DLMS has no selective reject
        assert spoilt.damaged <= len(spoilt.repeated) <= spoilt.damaged * window
    sent_again_s = sum(len(info) + AROUND_INFO for info in spoilt.repeated) * 10 / BAUD
    over_s = spoilt.seconds - clean.seconds - sent_again_s
    # Where the header is sound it tells whose turn it is; else the line's silence does, or that nothing begins
    pause_s = {"information": 0.0, "all of it": LOST_REPLY_S}.get(damage, PAUSE_S)
    before_it_is_known_s = Timing().octet_s + Timing().slack_s
    assert over_s <= before_it_is_known_s + spoilt.damaged * (POLL_S + pause_s)
