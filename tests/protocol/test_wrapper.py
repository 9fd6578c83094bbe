"""The TCP wrapper against outside data, and in pieces."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hht.protocol.frames import FrameError
from hht.protocol.wrapper import Packet, WrapperReader, wrap


def test_outside_wrapper_packets(vectors: Callable[[str], Any]) -> None:
    items = [v for v in vectors("dlms.json")["vectors"] if v["kind"] == "wrapper"]
    assert items
    for item in items:
        data, meaning = bytes.fromhex(item["hex"]), item["meaning"]
        (packet,) = WrapperReader().feed(data)
        assert (packet.source, packet.destination) == (meaning["source"], meaning["destination"])
        assert packet.apdu.hex() == meaning["apdu"]
        assert wrap(packet.source, packet.destination, packet.apdu) == data


@given(st.lists(st.builds(Packet, st.integers(0, 0xFFFF), st.integers(0, 0xFFFF), st.binary(max_size=300))), st.data())
def test_any_chunking(packets: list[Packet], data: st.DataObject) -> None:
    stream = b"".join(wrap(p.source, p.destination, p.apdu) for p in packets)
    reader, found, position = WrapperReader(), [], 0
    while position < len(stream):
        step = data.draw(st.integers(1, 400))
        found += reader.feed(stream[position : position + step])
        position += step
    assert found == packets


def test_packets_before_a_damaged_one_are_not_lost() -> None:
    reader = WrapperReader()
    assert reader.feed(wrap(1, 16, b"answer") + b"\x7e\xa0\x07\x03\x21\x93\x0f\x01") == [Packet(1, 16, b"answer")]
    with pytest.raises(FrameError) as caught:
        reader.feed(b"")
    assert caught.value.code == "wrapper-version"
    assert reader.feed(wrap(1, 16, b"next")) == [Packet(1, 16, b"next")]


def test_what_does_not_fit_is_refused() -> None:
    assert len(wrap(1, 16, bytes(0xFFFF))) == 0xFFFF + 8
    with pytest.raises(FrameError) as caught:
        wrap(1, 16, bytes(0x10000))
    assert caught.value.code == "wrapper-overlong"


@given(st.binary(max_size=300))
def test_reader_survives_anything(noise: bytes) -> None:
    code = "wrapper-version"
    try:
        WrapperReader().feed(noise)
    except FrameError as error:
        code = error.code
    assert code == "wrapper-version"
