"""A meter that says again and again that it is not ready: mentioned, waited for, given up in time. Virtual time."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from datetime import UTC, datetime
from typing import Any

import pytest

from drivers.in_process import FarEnd, in_process_pair
from hht.client.deadlines import Timing
from hht.client.hdlc_transport import HdlcTransport
from hht.client.remarks import Remark
from hht.clock import ManualClock
from hht.link import Line
from hht.protocol.hdlc import Control, Frame, HdlcAddress, HdlcLinkError, HdlcServer, Received, parse_frame
from tests.support.virtual_time import in_virtual_time

CLOCK = ManualClock(datetime(2026, 11, 21, 12, tzinfo=UTC))


class Busy:
    """Answers each message with `saying` for `seconds`, then as it should."""

    def __init__(self, far: FarEnd, saying: Control, seconds: float) -> None:
        self.server, self.far, self.saying, self.seconds = HdlcServer(1), far, saying, seconds
        self.asked_at: float | None = None
        self.polls = 0
        self.heard: list[Control] = []
        far.receive = self.receive

    def receive(self, data: bytes) -> None:
        now = asyncio.get_running_loop().time()
        frame = parse_frame(data)
        self.heard.append(frame.control)
        if frame.control is Control.I:
            self.asked_at = now
        if self.asked_at is not None and now - self.asked_at < self.seconds and frame.control is not Control.DISC:
            self.polls += 1
            taken = self.saying is Control.RR
            if frame.control is Control.I and taken:
                self._take(data)
            self.far.send(Frame(HdlcAddress(16), HdlcAddress(1), self.saying, receive_number=int(taken)).encode())
            return
        self._take(data)
        self.far.send(self.server.data_to_send())

    def _take(self, data: bytes) -> None:
        for event in self.server.receive(data):
            if isinstance(event, Received):
                self.server.send(b"answer")


class Talk:
    """A connection to a busy meter."""

    def __init__(self, saying: Control, seconds: float, **timing: float) -> None:
        link, far = in_process_pair(clock=CLOCK)
        self.link, self.meter = link, Busy(far, saying, seconds)
        self.remarks: list[Remark] = []
        self.transport = HdlcTransport(link, 16, 1, timing=Timing(**timing), on_remark=self.remarks.append)

    async def ask(self) -> tuple[bytes, float]:
        """The answer, and the seconds that it took."""
        await self.link.open()
        await self.link.set_line(Line(9600))
        await self.transport.open()
        began = asyncio.get_running_loop().time()
        answer = await self.transport.exchange(b"ask")
        return answer, asyncio.get_running_loop().time() - began


def run(main: Coroutine[Any, Any, None]) -> None:
    in_virtual_time(main)


def test_a_short_while_costs_little_and_is_not_mentioned() -> None:
    async def main() -> None:
        talk = Talk(Control.RR, 0.5)
        answer, seconds = await talk.ask()
        assert answer == b"answer"
        assert seconds < 1.0
        assert talk.remarks == []

    run(main())


def test_a_long_while_is_mentioned_now_and_then() -> None:
    async def main() -> None:
        talk = Talk(Control.RR, 25.0)
        answer, seconds = await talk.ask()
        assert answer == b"answer"
        assert 25 <= seconds < 26.5
        assert talk.meter.polls < 40
        assert [remark.code for remark in talk.remarks] == ["meter-not-ready"] * 3
        assert "nothing to say yet (HDLC RR), for 4 s" in talk.remarks[0].text
        assert "up to 30 s" in talk.remarks[0].text

    run(main())


@pytest.mark.parametrize(("saying", "words"), [(Control.RNR, "not ready (HDLC RNR)"), (Control.RR, "(HDLC RR)")])
@pytest.mark.parametrize("limit", [5.0, 30.0])
def test_for_ever_is_given_up_in_words(saying: Control, words: str, limit: float) -> None:
    async def main() -> None:
        talk = Talk(saying, 1e9, busy_s=limit)
        began = asyncio.get_running_loop().time()
        with pytest.raises(HdlcLinkError) as caught:
            await talk.ask()
        assert limit <= asyncio.get_running_loop().time() - began < limit + 1.5
        assert caught.value.code == "hdlc-no-progress"
        assert words in caught.value.message
        assert words in talk.remarks[0].text
        await talk.transport.close()
        assert talk.meter.heard[-1] is Control.DISC

    run(main())


def test_a_write_is_waited_for_longer() -> None:
    async def main() -> None:
        talk = Talk(Control.RR, 45.0)
        talk.transport.patience_s = Timing().busy_writing_s
        answer, seconds = await talk.ask()
        assert answer == b"answer"
        assert seconds >= 45

    run(main())
