"""What a probe hears instead of a meter, told apart in words."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from drivers.in_process import in_process_pair
from hht.client.api import MeterError
from hht.client.deadlines import Timing
from hht.client.sign_on import SignOnFailed, sign_on
from hht.clock import ManualClock
from hht.protocol.iec62056_21 import even_parity

QUICK = Timing(listen_s=0.2, reaction_s=0.15, gap_s=0.05, confirmation_s=0.05, slack_s=0.0, sign_on_tries=2)
CLOCK = ManualClock(datetime(2026, 11, 21, tzinfo=UTC))


async def heard(answer: bytes, *, echo: bool = False) -> SignOnFailed:
    link, far = in_process_pair(clock=CLOCK, echo="auto" if echo else "off")
    await link.open()
    far.receive = lambda data: far.send((data if echo else b"") + answer)
    try:
        with pytest.raises(SignOnFailed) as caught:
            await sign_on(link, QUICK)
        return caught.value
    finally:
        await link.close()


async def test_silence_garbage_and_echo_are_told_apart() -> None:
    assert (await heard(b"")).code == "sign-on-silent"
    assert (await heard(b"\x12\x9a\x44\xff")).code == "sign-on-garbled"
    echo = await heard(b"", echo=True)
    assert echo.code == "sign-on-echo"
    assert "not on the meter" in echo.remedy


async def test_a_meter_without_mode_e_is_named() -> None:
    link, far = in_process_pair(clock=CLOCK)
    await link.open()
    far.receive = lambda _data: far.send(even_parity(b"/ABC5OLDMETER\r\n"))
    try:
        with pytest.raises(MeterError) as caught:
            await sign_on(link, QUICK)
    finally:
        await link.close()
    assert caught.value.code == "no-mode-e"
    assert "OLDMETER" in caught.value.message


async def test_an_identification_that_lost_a_character_is_asked_for_again() -> None:
    link, far = in_process_pair(clock=CLOCK)
    await link.open()
    told = [b"/HHTHT100\r\n", b"/HHT5\\2HT100\r\n"]  # without its speed and its mode it reads as one of mode A
    far.receive = lambda data: far.send(even_parity(told.pop(0))) if told else None
    try:
        found = await sign_on(link, QUICK)
    finally:
        await link.close()
    assert (found.ident, link.line.baud) == ("HT100", 9600)


async def test_an_identification_with_a_wrong_parity_bit_is_asked_for_again() -> None:
    """Nothing else guards it: HT100 with one bit flipped is as good a name."""
    link, far = in_process_pair(clock=CLOCK)
    await link.open()
    sound = even_parity(b"/HHT5\\2HT100\r\n")
    damaged = [sound[:at] + bytes([sound[at] ^ 2]) + sound[at + 1 :] for at in (8, 10)]
    answers = [*damaged, sound]

    far.receive = lambda _data: far.send(answers.pop(0))
    try:
        found = await sign_on(link, QUICK)
        assert (found.ident, answers) == ("HT100", [])
        answers[:] = damaged * 4
        with pytest.raises(SignOnFailed) as caught:
            await sign_on(link, QUICK)
        assert caught.value.code == "sign-on-weak"
    finally:
        await link.close()


async def test_a_second_try_when_the_first_is_lost() -> None:
    link, far = in_process_pair(clock=CLOCK)
    await link.open()
    asked = []

    def answer(data: bytes) -> None:
        asked.append(data)
        if len(asked) == 2:
            far.send(even_parity(b"/HHT5\\2HT100\r\n"))

    far.receive = answer
    try:
        found = await sign_on(link, QUICK)
    finally:
        await link.close()
    assert found.ident == "HT100"
    assert link.line.baud == 9600
