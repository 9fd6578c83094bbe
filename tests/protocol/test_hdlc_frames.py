"""HDLC frames and parameters against outside data, and every way to damage them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hht.protocol.frames import FrameError
from hht.protocol.hdlc import Control, Frame, FrameFault, FrameReader, HdlcAddress, HdlcParameters, parse_frame
from hht.protocol.hdlc.fcs import fcs16, fcs16_bytes
from tests.support.calls import calls_at_most

ADDRESSES = st.one_of(
    st.builds(HdlcAddress, st.integers(0, 127)),
    st.builds(HdlcAddress, st.integers(0, 127), st.integers(0, 127), st.just(2)),
    st.builds(HdlcAddress, st.integers(0, 0x3FFF), st.integers(0, 0x3FFF), st.just(4)),
)
I_FRAMES = st.builds(
    Frame,
    ADDRESSES,
    ADDRESSES,
    st.just(Control.I),
    st.booleans(),
    st.integers(0, 7),
    st.integers(0, 7),
    st.booleans(),
    st.binary(min_size=1, max_size=200),
)


def test_check_value_of_the_fcs() -> None:
    assert fcs16(b"123456789") == 0x906E


def test_outside_frames(vectors: Callable[[str], Any]) -> None:
    items = [v for v in vectors("dlms.json")["vectors"] if v["kind"] == "hdlc_frame"]
    assert len(items) > 200
    refused: list[tuple[str, str]] = []
    for item in items:
        data, meaning = bytes.fromhex(item["hex"]), item["meaning"]
        try:
            frame = parse_frame(data)
        except FrameError as error:
            refused.append((item["id"], error.code))
            continue
        assert frame.control.value == meaning["frame"], item["id"]
        assert frame.final == meaning["pf"]
        assert frame.segmented == meaning["segmented"]
        assert (frame.destination.upper, frame.destination.size) == (meaning["dest"]["upper"], meaning["dest"]["size"])
        assert (frame.source.upper, frame.source.size) == (meaning["src"]["upper"], meaning["src"]["size"])
        assert frame.info.hex() == meaning.get("info", "")
        if "parameters" in meaning:
            parsed = HdlcParameters.parse(frame.info)
            assert {k: getattr(parsed, k) for k in meaning["parameters"]} == meaning["parameters"]
        assert frame.encode() == data
    assert refused == []


def test_outside_frames_with_a_bad_checksum(vectors: Callable[[str], Any]) -> None:
    items = [v for v in vectors("dlms.json")["vectors"] if v["kind"] == "hdlc_frame_bad_checksum"]
    assert items
    for item in items:
        with pytest.raises(FrameError) as caught:
            parse_frame(bytes.fromhex(item["hex"]))
        assert caught.value.code in ("hdlc-fcs", "hdlc-hcs")


@given(I_FRAMES)
def test_round_trip(frame: Frame) -> None:
    assert parse_frame(frame.encode()) == frame


@given(st.lists(I_FRAMES, min_size=1, max_size=5), st.data())
def test_any_chunking_and_shared_flags(frames: list[Frame], data: st.DataObject) -> None:
    stream = b"".join(f.encode() for f in frames)
    if data.draw(st.booleans()):
        stream = b"\x7e" + b"".join(f.encode()[1:] for f in frames)  # one flag closes and opens
    reader, found, position = FrameReader(), [], 0
    while position < len(stream):
        step = data.draw(st.integers(1, 40))
        found += reader.feed(stream[position : position + step])
        position += step
    assert found == frames


def test_flag_inside_the_checksum() -> None:
    """A frame whose FCS holds 7E: a reader that searches for the closing flag stalls on it."""
    hits = 0
    for number in range(3000):
        frame = Frame(HdlcAddress(16), HdlcAddress(1), Control.I, info=number.to_bytes(4, "big"))
        data = frame.encode()
        if 0x7E in data[-3:-1]:
            hits += 1
            assert FrameReader().feed(data + data) == [frame, frame]
    assert hits > 5


def test_every_single_bit_flip_is_refused() -> None:
    good = Frame(HdlcAddress(16), HdlcAddress(1), Control.I, info=b"\xe6\xe7\x00hello").encode()
    for bit in range(len(good) * 8):
        bad = bytearray(good)
        bad[bit // 8] ^= 1 << bit % 8
        with pytest.raises(FrameError):
            parse_frame(bytes(bad))
        assert not any(isinstance(f, Frame) for f in FrameReader().feed(bytes(bad)))


def test_reader_finds_the_next_frame_after_each_kind_of_damage() -> None:
    """Whatever is cut off, the frame behind it is found: a lying length is not believed, so nothing waits for it."""
    informed = Frame(HdlcAddress(16), HdlcAddress(1), Control.I, info=b"\xe6\xe7\x00hello")
    for good in (informed, Frame(HdlcAddress(16), HdlcAddress(1), Control.RR)):
        data = good.encode()
        for cut in range(len(data)):
            assert good in FrameReader().feed(data[:cut] + data + data), f"truncated at {cut}"
            assert good in FrameReader().feed(data[cut + 1 :] + data), f"begun at {cut}"
            assert good in FrameReader().feed(data[:cut] + data[cut + 1 :] + data), f"lost {cut}"
            assert good in FrameReader().feed(data[:cut] + bytes([data[cut] ^ 0xFF]) + data[cut + 1 :] + data)
    data = informed.encode()
    for noise in (b"\x00\xff" * 50, b"\x7e\xa0", b"\x7e\xa0\x03", b"\x7e" * 9, b"\x7e\xa7\xff\x03\x21\x10"):
        assert informed in FrameReader().feed(noise + data + data[:8]), noise


def test_reset_forgets_what_has_begun() -> None:
    good = Frame(HdlcAddress(16), HdlcAddress(1), Control.I, info=bytes(100))
    reader = FrameReader()
    assert reader.feed(good.encode()[:60]) == []
    reader.reset()
    assert reader.feed(good.encode()) == [good]


def test_a_length_is_believed_only_with_its_check_sequence() -> None:
    good = Frame(HdlcAddress(16), HdlcAddress(1), Control.I, info=bytes(20))
    lie = bytearray(good.encode())
    lie[2] ^= 0x40
    found = FrameReader().feed(bytes(lie) + good.encode())
    assert [item.code for item in found if isinstance(item, FrameFault)] == ["hdlc-hcs"]
    assert found[-1] == good


def test_a_fault_says_whose_turn_it_is_where_the_header_is_sound() -> None:
    good = Frame(HdlcAddress(16), HdlcAddress(1), Control.I, True, 3, 5, True, bytes(20))
    data = bytearray(good.encode())
    data[12] ^= 1
    (fault,) = FrameReader().feed(bytes(data))
    assert isinstance(fault, FrameFault)
    assert fault.code == "hdlc-fcs"
    assert fault.header == Frame(HdlcAddress(16), HdlcAddress(1), Control.I, True, 3, 5, True)


@pytest.mark.parametrize(
    ("data", "code"),
    [
        ("7ea0070321930f007e", "hdlc-fcs"),
        ("7e90070321930f017e", "hdlc-format"),
        ("7ea0060321930f7e7e", "hdlc-format"),
        ("7ea0080321930f01017e", "hdlc-truncated"),
        ("7ea00702020202020202020202027e", "hdlc-address"),
        ("7ea7ff0321930f017e", "hdlc-overlong"),
        ("0102037e", "hdlc-noise"),
    ],
)
def test_faults_are_told_apart(data: str, code: str) -> None:
    found = FrameReader(128).feed(bytes.fromhex(data))
    assert next(item.code for item in found if isinstance(item, FrameFault)) == code
    assert all(isinstance(item, FrameFault) and item.message.endswith(".") for item in found)


def test_unknown_control_field() -> None:
    header = bytes.fromhex("a00703212f")
    (fault,) = FrameReader().feed(b"\x7e" + header + fcs16_bytes(header) + b"\x7e")
    assert isinstance(fault, FrameFault)
    assert fault.code == "hdlc-control"


def test_the_work_is_in_proportion_to_the_bytes() -> None:
    """Streams made to be read again and again: each byte is looked at a bounded number of times."""
    header = bytes.fromhex("a7f0032110")
    believed = b"\x7e" + header + fcs16_bytes(header)
    for pattern in (b"\x7e", b"\x7e\xa0\x07", b"\x7e\xa7\xff", believed, b"\x00", b"\x7e\xa0"):
        reader = FrameReader()
        stream = pattern * (100_000 // len(pattern))
        with calls_at_most(20 * len(stream), pattern):  # nine for each byte at most
            for start in range(0, len(stream), 1000):
                reader.feed(stream[start : start + 1000])


@given(st.binary(max_size=600))
def test_reader_survives_anything(noise: bytes) -> None:
    reader = FrameReader(128)
    for item in reader.feed(noise):
        assert isinstance(item, Frame | FrameFault)
    assert len(reader._buffer) <= 150


def test_addresses_that_do_not_fit() -> None:
    for address in (HdlcAddress(128), HdlcAddress(1, 128, 2), HdlcAddress(0x4000, 1, 4), HdlcAddress(1, 1, 3)):
        with pytest.raises(FrameError):
            address.to_bytes()
    with pytest.raises(FrameError):
        HdlcAddress.parse(b"\x02\x02\x03", 0)


@given(st.integers(1, 2030), st.integers(1, 2030), st.integers(1, 7), st.integers(1, 7))
def test_parameters_round_trip(tx: int, rx: int, wtx: int, wrx: int) -> None:
    parameters = HdlcParameters(tx, rx, wtx, wrx)
    assert HdlcParameters.parse(parameters.encode()) == parameters


@pytest.mark.parametrize(
    "info", ["81", "8180", "818001", "81800305", "8180040501ff05", "82800405018006", "8180030702ff"]
)
def test_damaged_parameters(info: str) -> None:
    with pytest.raises(FrameError):
        HdlcParameters.parse(bytes.fromhex(info))


def test_parameters_left_out_are_the_defaults() -> None:
    assert HdlcParameters.parse(b"") == HdlcParameters(128, 128, 1, 1)
    assert HdlcParameters.parse(bytes.fromhex("818003050180")) == HdlcParameters(128, 128, 1, 1)
    with pytest.raises(FrameError):
        HdlcParameters(128, 128, 8, 1)
