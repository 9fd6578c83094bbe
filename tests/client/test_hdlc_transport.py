"""HDLC below the terminal's conversations: how a meter ends one, in words, and what happens then; server addresses."""

from __future__ import annotations

import asyncio
import secrets
from datetime import UTC, datetime

import pytest

from drivers.in_process import FarEnd, InProcessLink, in_process_pair
from hht.client.association import Association
from hht.client.deadlines import Timing
from hht.client.hdlc_transport import HdlcTransport
from hht.client.meter_session import MeterSession
from hht.clock import ManualClock
from hht.emulation.port_server import INTER_OCTET_S, PortServer
from hht.link import LinkLost, TraceEvent, TraceKind
from hht.model.premises import load_premises
from hht.protocol.frames import FrameError
from hht.protocol.hdlc import Control, Frame, HdlcAddress, HdlcLinkError, HdlcServer, Received, parse_frame
from tests.support.virtual_time import in_virtual_time

CLOCK = ManualClock(datetime(2026, 11, 21, 12, tzinfo=UTC))
TIMING = Timing(reaction_s=0.2, gap_s=0.1, response_s=0.2, slack_s=0.0)
CLIENT, SERVER = HdlcAddress(16), HdlcAddress(1)


class Ending:
    """A meter that answers the first message, and says `last` to the second."""

    def __init__(self, far: FarEnd, last: Frame) -> None:
        self.server, self.far, self.last = HdlcServer(1), far, last
        self.heard: list[Control] = []
        self.asked = 0
        far.receive = self.receive

    def receive(self, data: bytes) -> None:
        self.heard.append(parse_frame(data).control)
        for event in self.server.receive(data):
            if isinstance(event, Received):
                self.asked += 1
                self.server.send(b"answer")
        answer = self.server.data_to_send()
        self.far.send(self.last.encode() if self.asked == 2 and self.heard[-1] is Control.I else answer)


@pytest.mark.parametrize(
    ("control", "info", "code", "words"),
    [
        (Control.DM, b"", "hdlc-disconnected", "knows of no connection (HDLC DM)"),
        (Control.DISC, b"", "hdlc-disconnected", "asked to be disconnected (HDLC RD)"),
        (Control.FRMR, b"\x10\x00\x04", "hdlc-rejected", "FRMR: information too long"),
        (Control.FRMR, b"\x10\x00\x09", "hdlc-rejected", "FRMR: control field not known, impossible N(R)"),
        (Control.FRMR, b"", "hdlc-rejected", "FRMR: none given"),
    ],
)
async def test_a_meter_that_ends_the_connection_is_quoted(control: Control, info: bytes, code: str, words: str) -> None:
    link, far = in_process_pair(clock=CLOCK)
    await link.open()
    meter = Ending(far, Frame(CLIENT, SERVER, control, info=info))
    transport = HdlcTransport(link, 16, 1, timing=TIMING)
    await transport.open()
    assert await transport.exchange(b"one") == b"answer"
    assert transport.is_up
    with pytest.raises(HdlcLinkError) as caught:
        await transport.exchange(b"two")
    assert caught.value.code == code
    assert words in caught.value.message
    assert caught.value.remedy
    assert not transport.is_up
    assert (meter.heard[-1] is Control.DISC) is (control is Control.DISC)  # what RD asks for
    await transport.open()  # SNRM is how the book recovers
    meter.asked = 0
    assert await transport.exchange(b"three") == b"answer"
    await transport.close()
    await link.close()


def test_after_the_meter_has_hung_up_the_session_is_not_open_and_opens_again() -> None:
    async def main() -> None:
        meter = load_premises("single-element", clock=CLOCK, days=1).device()
        port = PortServer(meter, inactivity_s=120)
        association = Association(client_sap=17, security="low", password=b"Gurux", opening="hdlc")
        session = MeterSession(
            lambda: InProcessLink(port, clock=CLOCK), association, clock=CLOCK, random_bytes=secrets.token_bytes
        )
        await session.open()
        await session.read_clock()
        assert session.is_open
        await asyncio.sleep(121)  # the inactivity time, on a clock that only counts
        with pytest.raises(HdlcLinkError) as caught:
            await session.read_clock()
        assert caught.value.code == "hdlc-disconnected"
        assert not session.is_open
        await session.open()
        await session.read_clock()
        await session.close()
        await port.close()

    in_virtual_time(main())


def test_the_meter_gives_up_a_frame_that_pauses() -> None:
    """What is left of one frame does not swallow the beginning of the next."""

    async def main() -> None:
        meter = load_premises("single-element", clock=CLOCK, days=1).device()
        got: list[bytes] = []
        head = PortServer(meter).attach(got.append)
        head.line_speed(9600)
        opening = Frame(SERVER, CLIENT, Control.SNRM).encode()
        head.receive(b"\x7e\xa0\x20\x03")  # a frame of 32 bytes begins
        await asyncio.sleep(INTER_OCTET_S + 0.01)
        head.receive(opening)
        assert [parse_frame(data).control for data in got] == [Control.UA]
        head.receive(opening[:5])
        await asyncio.sleep(INTER_OCTET_S - 0.01)  # slow, and still one frame
        head.receive(opening[5:])
        assert len(got) == 2
        head.closed()

    in_virtual_time(main())


@pytest.mark.parametrize(
    ("physical", "size", "field"),
    [(None, None, "03"), (17, None, "0223"), (17, 4, "00020023"), (0x1234, None, "00024869"), (None, 2, "0201")],
)
async def test_the_server_s_address_is_as_long_as_the_meter_wants(
    physical: int | None, size: int | None, field: str
) -> None:
    port = PortServer(load_premises("single-element", clock=CLOCK, days=1).device())
    events: list[TraceEvent] = []
    association = Association(
        client_sap=17, physical=physical, address_size=size, security="low", password=b"Gurux", opening="hdlc"
    )
    session = MeterSession(
        lambda: InProcessLink(port, clock=CLOCK, sink=events.append),
        association,
        clock=CLOCK,
        random_bytes=secrets.token_bytes,
    )
    await session.open()
    assert (await session.read_clock()).time
    await session.close()
    await port.close()
    sent = [event.data for event in events if event.kind is TraceKind.TX]
    assert len(sent) > 3
    assert all(data[3:].hex().startswith(field + "23") for data in sent)


async def test_an_address_that_does_not_exist_is_told() -> None:
    link, _far = in_process_pair(clock=CLOCK)
    with pytest.raises(FrameError) as caught:
        Association(physical=17, address_size=1, opening="hdlc").transport(link, TIMING)
    assert caught.value.code == "hdlc-address"


def test_of_a_link_that_is_lost_nobody_is_told_that_the_meter_finishes_its_turn() -> None:
    async def main() -> None:
        stopping: list[float] = []
        far = FarEnd()
        link = InProcessLink(far, clock=CLOCK, paced=True, echo="off")
        far.tie(link)
        await link.open()
        meter = Ending(far, Frame(CLIENT, SERVER, Control.DM))
        transport = HdlcTransport(link, 16, 1, timing=TIMING, on_stopping=stopping.append)
        await transport.open()
        far.receive = lambda _data: far.hang_up()
        with pytest.raises(LinkLost):
            await transport.exchange(b"one")
        with pytest.raises(LinkLost):
            await transport.close()
        assert stopping == []
        assert meter.asked == 0

    in_virtual_time(main())
