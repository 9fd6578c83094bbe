"""Rows come at short, steady intervals whatever carries them; of a ciphered block on approval, until its tag came."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest

from drivers.serving import Attachable, Connection, Send
from hht.link import LinkLost
from hht.protocol.cosem.errors import TagMismatch
from hht.protocol.hdlc import Control, Frame, FrameReader, HdlcParameters
from tests.support.slow_meter import Heard, SlowMeter
from tests.support.virtual_time import in_virtual_time

DAYS = 20
A_FRAME_S = (2030 + 16) * 10 / 9600 + 0.1  # the longest frame, and what is around it
WAYS: dict[str, dict[str, Any]] = {
    "hdlc, as agreed": {},
    "hdlc, one long answer": {"max_pdu": 0},
    "hdlc, general blocks": {"window": 8},
    "hdlc, small frames": {"proposed": HdlcParameters(128, 128, 1, 1)},
    "wrapper": {"opening": "wrapper"},
    "wrapper, one long answer": {"opening": "wrapper", "max_pdu": 0xFFFF},
    "wrapper, general blocks": {"opening": "wrapper", "window": 8},
}


def heard(days: int, **options: Any) -> Heard:
    """A whole read over 9600 baud."""

    async def main() -> Heard:
        found = Heard()
        async with SlowMeter(days).session(**options) as meter:
            began = asyncio.get_running_loop().time()
            rows = await meter.read_profile(listeners=found.hearing)
            assert rows == found.rows
            found.times = [time - began for time in found.times]
        return found

    return in_virtual_time(main())


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("security", ["low", "gmac"])
def test_rows_come_with_every_frame(security: str, way: str) -> None:
    found = heard(DAYS, security=security, **WAYS[way])
    assert len(found.rows) == DAYS * 48
    gaps = [after - before for before, after in zip(found.times, found.times[1:], strict=False)]
    assert max(gaps) < A_FRAME_S + 0.1
    assert found.times[-1] > 24  # seconds: the line was as slow as it says
    assert [p.bytes for p in found.progress] == sorted(p.bytes for p in found.progress)
    assert [p.done for p in found.progress] == sorted(p.done for p in found.progress)
    assert found.progress[-1].done == found.progress[-1].total == DAYS * 48
    assert found.progress[-1].unproved == 0


@pytest.mark.parametrize(
    "options",
    [
        {"envelope": "ded"},
        {"envelope": "general-glo"},
        {"envelope": "identified-key"},
        {"protection": "authenticated"},
    ],
)
def test_every_envelope_can_be_looked_into(options: dict[str, Any]) -> None:
    found = heard(14, security="gmac", **options)
    assert len(found.unproved) > 5
    for rows in found.unproved:
        assert rows == found.rows[: len(rows)]


def test_unproved_rows_are_what_is_proved_later() -> None:
    found = heard(DAYS, security="gmac")
    assert len(found.unproved) > 8
    assert len({len(rows) for rows in found.unproved}) > 8
    for rows in found.unproved:
        assert rows == found.rows[: len(rows)]
    assert not heard(DAYS, security="low").unproved  # there is nothing to wait for


class Forger:
    """Changes one octet of the ciphertext in the sixth long frame, and makes its checksums right again."""

    def __init__(self, port: Attachable) -> None:
        self.port, self.long = port, 0

    def attach(self, send: Send) -> Connection:
        reader = FrameReader()

        def through(data: bytes) -> None:
            for frame in reader.feed(data):
                assert isinstance(frame, Frame)
                send(self._passed(frame))

        return self.port.attach(through)

    def _passed(self, frame: Frame) -> bytes:
        self.long += len(frame.info) > 2000
        if self.long == 6 and frame.control is Control.I:
            frame = replace(frame, info=bytes((frame.info[0] ^ 0x40, *frame.info[1:])))
        return frame.encode()


def test_forged_rows_are_never_handed_over() -> None:
    async def main() -> None:
        found = Heard()
        async with SlowMeter(DAYS, through=Forger).session("gmac") as meter:
            with pytest.raises(TagMismatch):
                await meter.read_profile(listeners=found.hearing)
        assert found.unproved  # shown on approval
        assert found.rows == []  # and never given out

    in_virtual_time(main())


def test_a_break_in_mid_block_leaves_what_was_proved() -> None:
    async def main(security: str) -> Sequence[object]:
        slow, found = SlowMeter(DAYS), Heard()
        async with slow.session(security) as meter:
            asyncio.get_running_loop().call_later(20, slow.cut)
            with pytest.raises(LinkLost):
                await meter.read_profile(listeners=found.hearing)
        return found.rows

    plain, ciphered = (len(in_virtual_time(main(security))) for security in ("low", "gmac"))
    assert plain > (20 - 2 * A_FRAME_S) * 960 / 26  # all but what stood in the frame that was cut
    assert 500 < ciphered < 600  # one turn's block, whole
