"""What can be wrong with an optical line, each shown as the terminal's end sees it; in virtual time."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from drivers.in_process import FarEnd, InProcessLink
from drivers.line_simulator import LineSettings, LineSimulator
from drivers.uart import UartReceiver
from hht.link import SIGN_ON_LINE, Line, LinkTimeout
from hht.parity import EVEN_PARITY
from tests.drivers.conftest import RealClock
from tests.support.virtual_time import in_virtual_time

AT_300 = Line(300)
REQUEST = b"/?!\r\n".translate(EVEN_PARITY)
ANSWER = b"/HHT5\\2HT100\r\n".translate(EVEN_PARITY)


class Stand:
    """A device that answers `REQUEST` and a terminal, with a line between them."""

    def __init__(self, settings: LineSettings, line: Line = AT_300) -> None:
        self.end = FarEnd()
        self.end.receive = self._heard
        self.settings = settings
        self.simulator = LineSimulator(self.end, settings, rng=random.Random(3))
        self.link = InProcessLink(self.simulator, clock=RealClock(), line=line, paced=True)

    def _heard(self, _data: bytes) -> None:
        if bytes(self.end.heard).endswith(REQUEST):
            self.end.send(ANSWER)

    async def ask(self, limit_s: float = 2.0) -> bytes:
        await self.link.write(REQUEST)
        return await self.listen(limit_s)

    async def listen(self, limit_s: float) -> bytes:
        """All that comes within that time."""
        loop, got = asyncio.get_running_loop(), b""
        until = loop.time() + limit_s
        while True:
            try:
                got += await self.link.read(until - loop.time())
            except LinkTimeout:
                return got


def on(settings: LineSettings, do: Callable[[Stand], Awaitable[Any]], line: Line = AT_300) -> Any:
    async def main() -> Any:
        stand = Stand(settings, line)
        await stand.link.open()
        try:
            return await do(stand)
        finally:
            await stand.link.close()

    return in_virtual_time(main())


@pytest.mark.parametrize("baud", [300, 9600])
def test_one_speed_carries_everything(baud: int) -> None:
    everything = bytes(range(256))
    assert UartReceiver(baud).hear(everything, baud) + UartReceiver(baud).rest() == everything


def test_a_slow_sender_gives_characters_with_one_edge() -> None:
    receiver = UartReceiver(9600)
    heard = receiver.hear(ANSWER, 300) + receiver.rest()
    assert set(heard) <= {0x00, 0x80, 0xC0, 0xE0, 0xF0, 0xF8, 0xFC, 0xFE, 0xFF}
    assert len(heard) >= len(ANSWER)


def test_a_fast_sender_gives_few_characters() -> None:
    receiver = UartReceiver(300)
    heard = receiver.hear(ANSWER * 20, 9600) + receiver.rest()
    assert 0 < len(heard) <= 20 * len(ANSWER) // 32 + 1


def test_a_spike_is_no_start_bit_and_a_long_low_is_one_zero() -> None:
    receiver = UartReceiver(300)
    assert receiver.hear(b"\xff", 9600) + receiver.rest() == b""
    assert receiver.hear(b"\x00" * 3, 30, idle_s=1) + receiver.rest() == b"\0\0\0"  # each a break


def test_sound() -> None:
    assert on(LineSettings(), Stand.ask) == ANSWER


@pytest.mark.parametrize("field", ["even_error", "bit_error"])
def test_flipped_bits_and_what_parity_says_of_them(field: str) -> None:
    async def ask(stand: Stand) -> tuple[bytes, int]:
        setattr(stand.settings, field, 0.4)
        stand.end.send(ANSWER * 4)
        return await stand.listen(5), stand.link.parity_errors

    text, errors = on(LineSettings(), ask, SIGN_ON_LINE)
    assert text != ANSWER.translate(bytes(b & 0x7F for b in range(256))) * 4
    assert len(text) == 4 * len(ANSWER)
    assert bool(errors) == (field == "bit_error")


def test_breaks_are_zeros() -> None:
    heard = on(LineSettings(breaks=0.5), lambda stand: _sent(stand, b"\x55" * 100))
    assert set(heard) == {0x00, 0x55}
    assert len(heard) == 100


async def _sent(stand: Stand, data: bytes) -> bytes:
    stand.end.send(data)
    return await stand.listen(9)


def test_light_comes_unasked_and_lifted_or_not() -> None:
    heard = on(LineSettings(light=20, lifted=True), lambda stand: stand.listen(2))
    assert len(heard) > 5
    assert heard.count(0) + heard.count(255) > len(heard) / 3


def test_an_adapter_that_gathers_hands_over_the_same() -> None:
    pieces: list[bytes] = []

    async def listen(stand: Stand) -> None:
        stand.end.send(bytes(range(200)))
        while sum(map(len, pieces)) < 200:
            pieces.append(await stand.link.read(1))

    on(LineSettings(batch_s=0.016), listen, Line(9600))
    assert b"".join(pieces) == bytes(range(200))
    assert len(pieces) < 200 / 9600 * 10 / 0.016 + 3


def test_a_probe_that_cannot_follow_a_speed() -> None:
    async def both(stand: Stand) -> tuple[bytes, bytes]:
        slow = await _sent(stand, ANSWER)
        await stand.link.set_line(Line(9600))
        return slow, await _sent(stand, ANSWER)

    slow, fast = on(LineSettings(adapter_limit=4800), both, Line(4800))
    assert slow == ANSWER
    assert fast not in (ANSWER, b"")


def test_a_device_that_keeps_its_speed() -> None:
    async def both(stand: Stand) -> tuple[bytes, bytes]:
        wrong = await stand.ask()
        await stand.link.set_line(Line(300))
        return wrong, await stand.ask()

    wrong, right = on(LineSettings(stays_at=300), both, Line(9600))
    assert wrong != ANSWER
    assert right == ANSWER


def test_bytes_that_leave_late_are_garbled_by_a_change_of_speed() -> None:
    async def change(stand: Stand) -> list[str]:
        await stand.link.write(REQUEST)
        await stand.link.set_line(Line(9600))
        await stand.listen(1)
        assert not bytes(stand.end.heard).endswith(REQUEST)
        return stand.simulator.violations

    (violation,) = on(LineSettings(late_s=0.1), change)
    assert "still to send" in violation


@pytest.mark.parametrize(
    ("zeros_s", "pause_s", "woken"), [(2.2, 1.6, True), (1.0, 1.6, False), (2.2, 0.2, False), (0, 0, False)]
)
def test_a_meter_that_sleeps(zeros_s: float, pause_s: float, woken: bool) -> None:
    async def wake(stand: Stand) -> bytes:
        if zeros_s:
            await stand.link.write(bytes(round(zeros_s * 30)))
            await stand.listen(zeros_s + pause_s)
        return await stand.ask()

    assert on(LineSettings(asleep=True), wake) == (ANSWER if woken else b"")
