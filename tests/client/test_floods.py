"""A peer that keeps sending and never answers: every wait ends, with a sentence."""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import random
from collections.abc import Callable, Iterator
from datetime import UTC, datetime

import pytest

from drivers.in_process import FarEnd, InProcessLink, in_process_pair
from hht.client.deadlines import Timing
from hht.client.hdlc_transport import HdlcTransport
from hht.client.sign_on import SignOnFailed, sign_on
from hht.client.transport import WrapperTransport
from hht.clock import ManualClock
from hht.link import Line, LinkTimeout
from hht.protocol.hdlc import HdlcLinkError, HdlcParameters, HdlcServer
from hht.protocol.hdlc.frame import Control, Frame, HdlcAddress
from hht.protocol.wrapper import wrap
from tests.support.virtual_time import virtual

QUICK = Timing(
    listen_s=0.1,
    reaction_s=0.1,
    gap_s=0.1,
    confirmation_s=0.05,
    response_s=0.1,
    slack_s=0.0,
    sign_on_tries=1,
    packet_s=0.5,
)
CLOCK = ManualClock(datetime(2026, 11, 21, tzinfo=UTC))
PATIENCE_S = 20.0  # far above what the waits above come to; a wait without end fails here
RNG = random.Random(21)
READY = Frame(HdlcAddress(16), HdlcAddress(1), Control.RR, False, 0, 0).encode()
BUSY = Frame(HdlcAddress(16), HdlcAddress(1), Control.RNR, True, 0, 1).encode()

Noise = Callable[[], Iterator[bytes]]
NOISES: dict[str, Noise] = {
    "flags": lambda: itertools.repeat(b"\x7e"),
    "zeros": lambda: itertools.repeat(b"\x00"),
    "half frames": lambda: itertools.repeat(b"\x7e\xa0\x7a\x03"),
    "random": lambda: (RNG.randbytes(7) for _ in itertools.count()),
    "much": lambda: itertools.repeat(b"\x55" * 2000),
    "ready": lambda: itertools.repeat(READY),
    "busy": lambda: itertools.repeat(BUSY),
    "slashes": lambda: itertools.repeat(b"/"),
}


class Flood:
    """Sends from `noise` every few milliseconds from the moment that it is opened."""

    def __init__(self, far: FarEnd, noise: Noise) -> None:
        self._far, self._noise = far, noise
        self._task: asyncio.Task[None] | None = None

    def open(self) -> None:
        if self._task is None:
            self._task = asyncio.ensure_future(self._run())

    async def _run(self) -> None:
        for piece in self._noise():
            self._far.send(piece)
            await asyncio.sleep(0.01)

    async def stop(self) -> None:
        if self._task is not None:
            self._task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._task


async def opened() -> tuple[InProcessLink, FarEnd]:
    link, far = in_process_pair(clock=CLOCK)
    await link.open()
    await link.set_line(Line(115200))
    return link, far


@pytest.mark.parametrize(
    ("noise", "code"),
    [
        ("flags", "sign-on-garbled"),
        ("zeros", "sign-on-light"),
        ("random", "sign-on-speed"),
        ("much", "sign-on-garbled"),
        ("slashes", "sign-on-garbled"),
    ],
)
@virtual
async def test_a_sign_on_ends(noise: str, code: str) -> None:
    link, far = await opened()
    flood = Flood(far, NOISES[noise])
    far.receive = lambda _data: flood.open()
    try:
        async with asyncio.timeout(PATIENCE_S):
            with pytest.raises(SignOnFailed) as caught:
                await sign_on(link, QUICK)
        assert caught.value.code == code
    finally:
        await flood.stop()
        await link.close()


@pytest.mark.parametrize("noise", NOISES)
@virtual
async def test_a_connection_is_given_up(noise: str) -> None:
    link, far = await opened()
    flood = Flood(far, NOISES[noise])
    far.receive = lambda _data: flood.open()
    transport = HdlcTransport(link, 16, 1, timing=QUICK, proposed=HdlcParameters())
    try:
        async with asyncio.timeout(PATIENCE_S):
            with pytest.raises(HdlcLinkError) as caught:
                await transport.open()
        assert caught.value.remedy
    finally:
        await flood.stop()
        await link.close()


@pytest.mark.parametrize("noise", NOISES)
@virtual
async def test_an_answer_that_never_comes_and_a_farewell(noise: str) -> None:
    link, far = await opened()
    flood, server = Flood(far, NOISES[noise]), HdlcServer(1)

    def receive(data: bytes) -> None:
        if far.heard.count(b"\xe6\xe6\x00"):
            flood.open()
            return
        server.receive(data)
        far.send(server.data_to_send())

    far.receive = receive
    transport = HdlcTransport(link, 16, 1, timing=QUICK, proposed=HdlcParameters())
    try:
        async with asyncio.timeout(PATIENCE_S):
            await transport.open()
            with pytest.raises(HdlcLinkError):
                await transport.exchange(b"\xc0\x01\xc1")
            await transport.close()
    finally:
        await flood.stop()
        await link.close()


@pytest.mark.parametrize(
    "noise",
    [
        lambda: itertools.repeat(wrap(1, 99, b"for another")),
        lambda: itertools.chain([b"\x00\x01\x00\x01\x00\x10\xff\xff"], itertools.repeat(b"\x00")),
        lambda: itertools.repeat(wrap(1, 99, bytes(60000))),
    ],
    ids=["packets for another", "one byte after the other", "much"],
)
@virtual
async def test_a_wrapper_s_answer(noise: Noise) -> None:
    link, far = await opened()
    flood = Flood(far, noise)
    far.receive = lambda _data: flood.open()
    transport = WrapperTransport(link, 16, 1, timing=QUICK)
    try:
        async with asyncio.timeout(PATIENCE_S):
            with pytest.raises(LinkTimeout) as caught:
                await transport.exchange(b"\xc0\x01\xc1")
        assert caught.value.code == "noise"
    finally:
        await flood.stop()
        await link.close()
