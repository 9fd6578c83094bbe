"""Secrets are masked wherever they come by: in pieces, in segments, and in the echo that an optical probe hears."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hht.link import TraceEvent, TraceKind
from hht.parity import EVEN_PARITY
from hht.protocol.cosem.codes import Mechanism
from hht.protocol.dissect import dissect
from hht.protocol.hdlc.frame import Control, Frame, HdlcAddress
from hht.protocol.iec62056_21.programming import Password, password_command
from hht.protocol.wrapper import wrap
from tests.cli.test_trace_masking import aarq, frame
from ui.trace_masking import masked_events

SECRET = b"Gu7rux99"
LLC = b"\xe6\xe6\x00"
REQUEST = frame(LLC + aarq(Mechanism.LOW, SECRET))
ANSWER = Frame(HdlcAddress(17), HdlcAddress(1), Control.I, True, 0, 1, info=b"\xe6\xe7\x00\x61\x00").encode()


def event(kind: TraceKind, data: bytes, at: float = 0.0) -> TraceEvent:
    return TraceEvent(datetime(2026, 11, 21, tzinfo=UTC), at, "optical:/dev/ttyUSB0", kind, data)


def masked(steps: Iterable[tuple[TraceKind, bytes]]) -> list[TraceEvent]:
    return list(masked_events(event(kind, data) for kind, data in steps))


def pieces(data: bytes, cuts: Iterable[int]) -> list[bytes]:
    ends = sorted({cut for cut in cuts if 0 < cut < len(data)} | {len(data)})
    return [data[start:end] for start, end in zip([0, *ends], ends, strict=False)]


def together(events: Iterable[TraceEvent], kind: TraceKind) -> bytes:
    return b"".join(event.data for event in events if event.kind is kind)


cuts = st.lists(st.integers(1, len(REQUEST)), max_size=12)


@given(cuts, cuts)
def test_pieces_sent_and_their_echo_hide_what_the_whole_hides(sent: list[int], heard: list[int]) -> None:
    steps = [(TraceKind.TX, piece) for piece in pieces(REQUEST, sent)]
    steps += [(TraceKind.RX, piece) for piece in pieces(REQUEST + ANSWER, heard)]
    shown = masked(steps)
    (whole,) = masked([(TraceKind.TX, REQUEST)])
    assert together(shown, TraceKind.TX) == whole.data
    assert together(shown, TraceKind.RX) == whole.data + ANSWER
    assert list(dissect(whole.data, "hdlc").errors()) == []
    assert SECRET not in whole.data
    assert whole.masked


def test_only_what_was_changed_is_marked() -> None:
    shown = masked([(TraceKind.TX, b"/?!\r\n"), (TraceKind.TX, REQUEST), (TraceKind.RX, ANSWER), (TraceKind.LINE, b"")])
    assert [one.masked for one in shown] == [False, True, False, False]
    assert shown[2].data == ANSWER


@pytest.mark.parametrize("at", range(0, len(REQUEST), 5))
@pytest.mark.parametrize("size", [1, 7, 200])
def test_a_damaged_echo_hides_it_too(at: int, size: int) -> None:
    echo = bytearray(REQUEST)
    echo[at] ^= 0x40
    heard = pieces(bytes(echo) + ANSWER, range(0, 200, size))
    shown = together(masked([(TraceKind.TX, REQUEST), *((TraceKind.RX, one) for one in heard)]), TraceKind.RX)
    start = REQUEST.index(SECRET)
    assert shown[start : start + len(SECRET)] == b"\x2a" * len(SECRET)
    assert shown[len(REQUEST) :] == ANSWER


@pytest.mark.parametrize("lost", [1, 10, 33])
def test_an_echo_with_a_byte_lost_hides_it_too(lost: int) -> None:
    echo = REQUEST[:lost] + REQUEST[lost + 1 :]
    shown = masked([(TraceKind.TX, REQUEST), (TraceKind.RX, echo)])
    assert SECRET not in shown[1].data
    assert SECRET[1:] not in shown[1].data


SIGN_ON = b"/?!\r\n"
PASSWORD = password_command(Password(SECRET.decode()))


Echo = list[tuple[int, bool]]  # octets, and whether they are the secret's


def echo_of(sent: bytes) -> Echo:
    start = sent.index(SECRET)
    return [(byte, start <= at < start + len(SECRET)) for at, byte in enumerate(sent)]


def leaked(sent: bytes, echo: Echo, size: int, *, echoes: bool) -> bytes:
    """What a damaged echo of `sent`, heard `size` bytes at a time, shows of the secret."""
    raw = bytes(byte for byte, _secret in echo)
    before = [(TraceKind.TX, SIGN_ON), (TraceKind.RX, SIGN_ON)] if echoes else []
    steps = [*before, (TraceKind.TX, sent), *((TraceKind.RX, one) for one in pieces(raw, range(0, 300, size)))]
    shown = together(masked(steps), TraceKind.RX)[len(SIGN_ON) * echoes :]
    assert len(shown) == len(raw)
    return bytes(byte for (byte, secret), out in zip(echo, shown, strict=True) if secret and byte == out)


@pytest.mark.parametrize("size", [1, 3, 300])
@pytest.mark.parametrize("sent", [REQUEST, PASSWORD])
@pytest.mark.parametrize("echoes", [False, True])
def test_no_character_of_a_password_is_seen_where_one_byte_was_lost_or_added(
    sent: bytes, size: int, echoes: bool
) -> None:
    whole = echo_of(sent)
    for at in range(len(sent)):
        assert leaked(sent, whole[:at] + whole[at + 1 :], size, echoes=echoes) == b"", f"byte {at} lost"
        for noise in (0x00, 0x7F, sent[at]):
            added = [*whole[:at], (noise, False), *whole[at:]]
            assert leaked(sent, added, size, echoes=echoes) == b"", f"{noise} added before {at}"


@pytest.mark.parametrize("size", [1, 300])
@pytest.mark.parametrize("sent", [REQUEST, PASSWORD])
def test_nor_where_several_were_lost_together(sent: bytes, size: int) -> None:
    whole, start = echo_of(sent), sent.index(SECRET)
    for count in range(2, min(start, 12) + 1):
        for at in range(max(1, start - 12), min(start + len(SECRET), len(sent) - count)):
            assert leaked(sent, whole[:at] + whole[at + count :], size, echoes=True) == b"", f"{count} from {at}"


def test_an_answer_to_a_password_stays_as_it_is_where_nothing_echoes() -> None:
    answer = frame(b"\xe6\xe7\x00" + b"Gas 7 rooms, 9 u and x, 9")  # octets of the secret, in another order
    assert masked([(TraceKind.TX, REQUEST), (TraceKind.RX, answer)])[1].data == answer


@given(st.integers(1, 60), st.integers(1, 60))
def test_segments_hide_their_part(first: int, second: int) -> None:
    info = LLC + aarq(Mechanism.LOW, SECRET)
    parts = pieces(info, (first, first + second))
    addresses = HdlcAddress(1), HdlcAddress(17)
    frames = [
        Frame(*addresses, Control.I, True, n, 0, segmented=n < len(parts) - 1, info=part).encode()
        for n, part in enumerate(parts)
    ]
    steps = []
    for one in frames:
        steps += [(TraceKind.TX, one), (TraceKind.TX, one), (TraceKind.RX, ANSWER)]  # each is sent twice
    shown = [one.data for one in masked(steps) if one.kind is TraceKind.TX]
    assert shown[::2] == shown[1::2]
    assert all(list(dissect(one, "hdlc").errors()) == [] for one in shown)
    start = info.index(SECRET)
    (whole,) = masked([(TraceKind.TX, frame(info))])
    seen = b"".join(one[len(one) - 3 - len(part) : len(one) - 3] for one, part in zip(shown[::2], parts, strict=True))
    assert seen[start : start + len(SECRET)] == b"\x2a" * len(SECRET)
    assert seen in whole.data


@pytest.mark.parametrize("parity", [False, True])
def test_a_programming_password_leaves_neither_itself_nor_its_checksum(parity: bool) -> None:
    def shown(password: str) -> bytes:
        command = password_command(Password(password))
        raw = command.translate(EVEN_PARITY) if parity else command
        out = masked([(TraceKind.TX, raw[:9]), (TraceKind.TX, raw[9:]), (TraceKind.RX, raw)])
        assert together(out, TraceKind.RX) == together(out, TraceKind.TX)
        return together(out, TraceKind.TX)

    assert shown("12345678") == shown("SeCrEt77")
    seven = bytes(byte & 0x7F for byte in shown("12345678"))
    assert seven.translate(EVEN_PARITY) == shown("12345678") if parity else seven == shown("12345678")
    assert list(dissect(seven, "iec").errors()) == []


def test_a_secret_attribute_that_is_set_and_a_secret_in_a_wrapper() -> None:
    request = bytes.fromhex("c101c1000f0000280000ff0700") + b"\x09\x08" + SECRET
    for raw in (frame(LLC + request), wrap(17, 1, request), wrap(17, 1, aarq(Mechanism.LOW, SECRET))):
        (out,) = masked([(TraceKind.TX, raw)])
        assert SECRET not in out.data
        assert len(out.data) == len(raw)
        assert out.masked


@given(st.lists(st.tuples(st.sampled_from([TraceKind.TX, TraceKind.RX]), st.binary(max_size=40)), max_size=20))
def test_any_bytes_keep_their_length(steps: list[tuple[TraceKind, bytes]]) -> None:
    for (kind, data), out in zip(steps, masked(steps), strict=True):
        assert (out.kind, len(out.data)) == (kind, len(data))
        if kind is TraceKind.RX:
            assert out.masked == (out.data != data)
