"""The opening of an optical port, both ends."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hht.protocol.frames import FrameError
from hht.protocol.iec62056_21 import (
    EnterHdlc,
    Send,
    SignOnReader,
    SignOnServer,
    SwitchLine,
    acknowledge,
    even_parity,
    parse_identification,
    request_message,
    without_parity,
)

LINE = b"/HHT5\\2HT100\r\n"


IDENTIFIED = {
    "s0012": ("GRX", "5", "ORACLE-1", True), "s0797": ("ABC", "0", "X", False), "s0798": ("LGZ", "9", "X", False),
    "s0799": ("LGZ", "5", "ZMD3104407.B32", True), "s0800": ("KFM", "5", "KAIFA-METER", False),
    "s0802": ("LGZ", "5", "ZMD3104100.B23", False), "s0803": ("PYD", "5", "SCRIPTED", False),
    "s0804": ("ABC", "6", "X", True),
}  # fmt: skip
"""What each outside identification says: manufacturer, baud character, identity, whether it offers mode E."""
SAID = {"s0801": request_message("12345678"), "s0805": acknowledge("5", protocol=2, mode=2)}


def test_outside_sign_on_lines(vectors: Callable[[str], Any]) -> None:
    items = {v["id"]: v for v in vectors("dlms.json")["vectors"] if v["kind"] == "iec62056_21"}
    assert items.keys() == IDENTIFIED.keys() | SAID.keys()
    for name, item in items.items():
        data = bytes.fromhex(item["hex"])
        assert data == item["meaning"]["ascii"].encode("ascii")
        if name in SAID:
            assert data == SAID[name], name
            continue
        reader = SignOnReader(b"/?!\r\n")
        for parsed in (parse_identification(data), reader.feed(data)):
            assert parsed is not None
            assert (parsed.manufacturer, parsed.baud_char, parsed.ident, parsed.mode_e) == IDENTIFIED[name], name


def test_request_with_and_without_address() -> None:
    assert request_message() == b"/?!\r\n"
    assert request_message("00012345") == b"/?00012345!\r\n"
    with pytest.raises(FrameError, match="device address"):
        request_message("1!2")


def test_parity_is_even_and_reversible() -> None:
    assert even_parity(b"/?!\r\n") == bytes([0xAF, 0x3F, 0x21, 0x8D, 0x0A])
    every = bytes(range(128))
    assert without_parity(even_parity(every)) == every
    assert all(byte.bit_count() % 2 == 0 for byte in even_parity(every))


def test_reaction_time_by_the_third_letter() -> None:
    assert parse_identification(b"/HHt5\\2X").reaction_s == 0.02
    assert parse_identification(b"/HHT5\\2X").reaction_s == 0.2


@pytest.mark.parametrize("noise", [b"", b"\x00\x00", b"\xff\xfe", b"/?!\r\n", b"/?!\r\n\x7f", b"/", b"//HH", b"x\r\n"])
def test_reader_finds_the_identification_in_noise(noise: bytes) -> None:
    for cut in range(1, len(noise + LINE)):
        reader = SignOnReader(b"/?!\r\n")
        stream = noise + LINE
        found = [reader.feed(stream[:cut]), reader.feed(stream[cut:])]
        assert any(f is not None and f.ident == "HT100" and f.mode_e for f in found)


def test_reader_tells_silence_echo_and_garbage_apart() -> None:
    request = b"/?!\r\n"
    silent, echo, partial, garbled = (SignOnReader(request) for _ in range(4))
    echo.feed(request)
    partial.feed(request[:3])
    garbled.feed(b"\x12\x9a\x44" * 200)
    assert [r.heard for r in (silent, echo, partial, garbled)] == ["silent", "echo", "echo", "garbled"]


@given(st.lists(st.binary(max_size=300), max_size=20))
def test_reader_and_server_survive_anything(chunks: list[bytes]) -> None:
    reader, server = SignOnReader(b"/?!\r\n"), SignOnServer("/HHT5\\2HT100")
    for chunk in chunks:
        reader.feed(chunk)
        for event in server.receive(chunk):
            assert isinstance(event, Send | SwitchLine | EnterHdlc)
    assert len(reader._buffer) <= 256
    assert len(server._buffer) <= 256


@pytest.mark.parametrize("parity", [False, True])
def test_server_mirrors_the_caller(parity: bool) -> None:
    mirror: Callable[[bytes], bytes] = even_parity if parity else bytes
    server = SignOnServer("/HHT5\\2HT100")
    assert server.receive(mirror(b"\x00\x00/?!\r\n")) == [Send(mirror(LINE))]
    ack = acknowledge("5")
    snrm = bytes.fromhex("7ea0070321930f017e")  # what follows is no text: it keeps its eighth bits
    assert server.receive(mirror(ack) + snrm) == [SwitchLine(9600), Send(mirror(ack)), EnterHdlc(snrm)]


def test_noise_before_the_message_does_not_decide_about_parity() -> None:
    server = SignOnServer("/HHT5\\2HT100")
    assert server.receive(b"\xff\xfe/?!\r\n") == [Send(LINE)]
    assert server.receive(b"\xff\x00" + even_parity(b"/?!\r\n")) == [Send(even_parity(LINE))]


@pytest.mark.parametrize("parity", [False, True])
def test_server_in_single_bytes(parity: bool) -> None:
    mirror: Callable[[bytes], bytes] = even_parity if parity else bytes
    server = SignOnServer("/HHT5\\2HT100", confirms=False)
    events = [event for byte in mirror(b"/?!\r\n" + acknowledge("3")) for event in server.receive(bytes([byte]))]
    assert events == [Send(mirror(LINE)), SwitchLine(2400), EnterHdlc(b"")]


def test_server_answers_only_its_own_address() -> None:
    server = SignOnServer("/HHT5\\2HT100", address="00123")
    assert server.receive(b"/?999!\r\n") == []
    assert server.receive(b"/?123!\r\n") == [Send(LINE)]
    assert server.receive(b"/?!\r\n") == [Send(LINE)]


@pytest.mark.parametrize("option", [b"\x06001\r\n", b"\x06262\r\n", b"\x06292\r\n", b"\x06251\r\n", b"\x06\r\n"])
def test_server_is_silent_about_options_that_it_has_not(option: bytes) -> None:
    assert SignOnServer("/HHT5\\2HT100").receive(option) == []


@pytest.mark.parametrize("line", [b"", b"/", b"/HHT", b"/HHT !x", b"/1HT5abc", b"/HHT5a/b", b"/HHT5\x01", b"/H\xc4T5x"])
def test_what_is_no_identification(line: bytes) -> None:
    with pytest.raises(FrameError) as caught:
        parse_identification(line)
    assert caught.value.code == "iec-identification"
    assert caught.value.remedy
