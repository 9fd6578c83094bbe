"""One damaged frame in fifty: a whole profile is read without beginning again, and what it costs is counted."""

from __future__ import annotations

import secrets
import tracemalloc
from dataclasses import dataclass, field

import pytest

from drivers.in_process import InProcessLink
from drivers.serving import Attachable, Connection, Send
from hht.client.association import Association
from hht.client.deadlines import Timing
from hht.client.meter_session import MeterSession
from hht.emulation.port_server import PortServer
from hht.protocol.hdlc import HdlcParameters
from hht.protocol.hdlc.frame import Control, Frame
from hht.protocol.hdlc.reader import FrameReader
from tests.support.counted_read import CLOCK, whole_meter

QUICK = Timing(reaction_s=0.2, gap_s=0.05, response_s=0.03, slack_s=0.0)
EVERY = 50


@dataclass
class DamagingLine:
    """Damages every fiftieth information frame that the meter sends, somewhere behind its header."""

    port: Attachable
    damaged: int = 0
    sent: list[bytes] = field(default_factory=list)  # the information of every frame that the meter sent

    def attach(self, send: Send) -> Connection:
        reader = FrameReader()

        def through(data: bytes) -> None:
            for frame in reader.feed(data):
                assert isinstance(frame, Frame)
                octets = bytearray(frame.encode())
                if frame.control is Control.I:
                    self.sent.append(frame.info)
                    if len(self.sent) % EVERY == 0:
                        self.damaged += 1
                        octets[-4] ^= 0x55
                send(bytes(octets))

        return self.port.attach(through)


@pytest.mark.parametrize(("info", "window"), [(128, 1), (2030, 1), (128, 7), (2030, 7)])
async def test_a_whole_profile_over_a_line_that_damages(info: int, window: int) -> None:
    line = DamagingLine(PortServer(whole_meter(400 if info == 2030 else 60)))
    association = Association(
        client_sap=17, security="low", password=b"Gurux", opening="hdlc",
        proposed=HdlcParameters(info, info, window, window),
    )  # fmt: skip
    session = MeterSession(
        lambda: InProcessLink(line, clock=CLOCK),
        association,
        clock=CLOCK,
        random_bytes=secrets.token_bytes,
        timing=QUICK,
    )
    await session.open()
    rows = await session.read_profile()
    await session.close()
    assert len(rows) == (400 if info == 2030 else 60) * 48
    assert line.damaged >= 4
    repeated = len(line.sent) - len(set(line.sent))
    if window == 1:
        assert repeated == line.damaged
    else:  # go-back-N: what followed in the same window is sent again, for DLMS has no selective reject
        assert line.damaged <= repeated <= line.damaged * window


@pytest.mark.parametrize("security", ["low", "gmac"])
async def test_a_whole_profile_takes_little_memory(security: str) -> None:
    port = PortServer(whole_meter())
    keys = {"ek": bytes(range(16)).hex(), "ak": bytes(range(0xD0, 0xE0)).hex(), "client_title": b"HHTTERM1".hex()}
    association = Association(
        client_sap=17 if security == "low" else 1, security=security, password=b"Gurux", opening="hdlc", keys=keys
    )
    session = MeterSession(
        lambda: InProcessLink(port, clock=CLOCK), association, clock=CLOCK, random_bytes=secrets.token_bytes
    )
    await session.open()
    await session.read_registers()
    tracemalloc.start()
    try:
        before, _peak = tracemalloc.get_traced_memory()
        assert len(await session.read_profile()) == 19_008
        _now, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    await session.close()
    assert peak - before < 20_000_000  # the emulated meter's part included
