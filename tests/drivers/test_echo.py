"""Echo cancelling: all or nothing, learnt once, never eating a byte of an answer."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.echo import EchoCanceller

SIGN_ON = b"/?!\r\n"
IDENT = b"/LGZ5\\2ZMD120AP.E\r\n"
ACK = b"\x062Z2\r\n"


def learnt(echoes: bool) -> EchoCanceller:
    echo = EchoCanceller()
    echo.sent(SIGN_ON)
    assert echo.received((SIGN_ON if echoes else b"") + IDENT) == IDENT
    assert echo.echoes is echoes
    return echo


@pytest.mark.parametrize("echoes", [True, False])
def test_learns_on_sign_on_and_keeps_it(echoes: bool) -> None:
    echo = learnt(echoes)
    echo.sent(ACK)
    # Mode E: the meter's answer equals the request. One copy is the answer, whichever way the probe is built.
    assert echo.received(ACK * (1 + echoes)) == ACK
    assert echo.echoes is echoes


def test_shared_beginning_is_not_eaten() -> None:
    echo = EchoCanceller()
    echo.sent(SIGN_ON)
    assert echo.received(b"/") == b""  # may yet be an echo
    assert echo.received(b"LGZ5") == b"/LGZ5"
    assert echo.received(b"\\2") == b"\\2"


@given(st.lists(st.integers(1, 6), min_size=1, max_size=20), st.booleans())
def test_any_chunking_delivers_exactly_the_answer(sizes: list[int], echoes: bool) -> None:
    echo, wire, out = EchoCanceller(), (SIGN_ON if echoes else b"") + IDENT, b""
    echo.sent(SIGN_ON)
    for size in sizes * 30:
        piece, wire = wire[:size], wire[size:]
        if piece:
            out += echo.received(piece)
    assert out == IDENT
    assert echo.echoes is echoes


@pytest.mark.parametrize("lost", range(len(SIGN_ON)))
def test_an_echo_with_a_missing_byte_still_teaches(lost: int) -> None:
    echo = EchoCanceller()
    echo.sent(SIGN_ON)
    damaged = SIGN_ON[:lost] + SIGN_ON[lost + 1 :]
    out = echo.received(damaged) + echo.received(IDENT)
    assert out == damaged + IDENT, "a damaged echo is passed on whole, and no byte of the answer is lost"
    echo.sent(ACK)
    assert echo.echoes is True
    assert echo.received(ACK + ACK) == ACK


def test_a_damaged_echo_later_is_passed_on_whole() -> None:
    echo = learnt(True)
    frame, answer = bytes.fromhex("7EA00703219300017E"), bytes.fromhex("7EA00721037300017E")
    echo.sent(frame)
    assert echo.received(frame[:3] + frame[4:] + answer) == frame[:3] + frame[4:] + answer
    assert echo.damaged == 1
    echo.sent(frame)
    assert echo.received(frame + answer) == answer


def test_time_passed_gives_back_what_was_held() -> None:
    echo = learnt(True)
    echo.sent(ACK)
    assert echo.received(ACK[:4]) == b""
    assert echo.expire() == ACK[:4]
    assert not echo.pending


def test_silence_teaches_nothing() -> None:
    echo = EchoCanceller()
    echo.sent(SIGN_ON)
    assert echo.expire() == b""
    assert echo.echoes is None
    echo.sent(SIGN_ON)
    assert echo.received(SIGN_ON + IDENT) == IDENT


def test_hdlc_answers_are_not_taken_for_damaged_echoes() -> None:
    snrm = bytes.fromhex("7EA00703219300017E")
    ua = bytes.fromhex("7EA01E210373C37A81801205018006018007040000000108040000000153 3B7E")
    echo = EchoCanceller()
    echo.sent(snrm)
    assert echo.received(ua) == ua
    assert echo.echoes is False


def test_an_answer_that_agrees_to_everything_is_no_echo() -> None:
    proposed = bytes.fromhex("8180140502 07EE 0602 07EE 0704 00000007 0804 00000007 4EE9")
    echo = EchoCanceller()
    echo.sent(bytes.fromhex("7EA020030393FEC9") + proposed + b"\x7e")
    ua = bytes.fromhex("7EA020030373F02E") + proposed + b"\x7e"  # of server 1 to client 1, as it came off a line
    assert echo.received(ua) == ua
    assert echo.echoes is False


@pytest.mark.parametrize("answer", ["7EA0070303731EF67E", "7EA00703031FE85F7E"], ids=["UA", "DM"])
def test_an_answer_to_a_disconnection_is_no_echo(answer: str) -> None:
    """Server 1 and client 1 have the same address: six bytes of nine are those of the DISC."""
    echo = EchoCanceller()
    echo.sent(bytes.fromhex("7EA00703035380D77E"))
    assert echo.received(bytes.fromhex(answer)) == bytes.fromhex(answer)
    assert echo.echoes is False


@given(st.binary(max_size=60), st.binary(max_size=60))
def test_off_changes_nothing(sent: bytes, received: bytes) -> None:
    echo = EchoCanceller("off")
    echo.sent(sent)
    assert echo.received(received) == received


def test_wake_up_characters_before_the_request() -> None:
    echo = EchoCanceller()
    echo.sent(bytes(20))
    assert echo.received(bytes(20)) == b""
    echo.sent(SIGN_ON)
    assert echo.received(SIGN_ON + IDENT) == IDENT
    silent = EchoCanceller()
    silent.sent(bytes(20))
    silent.sent(SIGN_ON)
    assert silent.received(IDENT) == IDENT
    silent.sent(ACK)
    assert silent.received(ACK) == ACK
    assert silent.echoes is False


def test_unknown_mode() -> None:
    with pytest.raises(ValueError, match="auto, on, off"):
        EchoCanceller("perhaps")
