"""The dongle's frames and commands: there and back, in any pieces, behind noise, and everything that is refused."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from hht.protocol.dissect import dissect, guess
from hht.protocol.little_endian import RecordError
from hht.protocol.znp import Damage, Frame, ZnpReader, command_of, frame_of
from hht.protocol.znp.af import LONGEST_SENT, DataRequestExt, DataStore, IncomingMsgExt
from hht.protocol.znp.frame import LONGEST, ZnpFrameError, fcs
from hht.protocol.znp.messages import Address, Command, RpcError, ZnpError, answer_to, commands
from hht.protocol.znp.sys import Item, OsalNvReadExt, OsalNvWrite, Ping, PingRsp, ResetInd, VersionRsp
from hht.protocol.znp.util import KeyEstInd, KeyEstInitEst
from hht.protocol.znp.zdo import ALL_CHANNELS, Beacon, BeaconNotifyInd, JoinReq, channel_mask, channels_of
from tests.protocol.test_tiles import check_tiles
from tests.protocol.znp_strategies import records

FRAMES = st.builds(Frame, st.integers(0, 255), st.integers(0, 255), st.binary(max_size=LONGEST))
COMMANDS = st.sampled_from(sorted(commands())).flatmap(lambda header: records(commands()[header]))


def read(octets: bytes) -> list[Frame | Damage]:
    reader = ZnpReader()
    return reader.feed(octets) + reader.pause()


@pytest.mark.parametrize(
    ("octets", "message"),
    [
        ("FE 00 21 01 20", Ping()),
        ("FE 02 61 01 79 05 1E", PingRsp(0x0579)),
        ("FE 03 60 00 02 21 30 70", RpcError(2, 0x3021)),
        ("FE 06 41 80 00 02 01 02 07 01 C0", ResetInd(0, 2, 1, 2, 7, 1)),
        ("FE 04 21 1C 84 00 00 00 BD", OsalNvReadExt(Item.CHANNEL_LIST, 0)),
        (
            "FE 0C 27 80 01 02 0A 03 A3 90 78 56 34 12 DB 00 41",
            KeyEstInitEst(1, 2, 10, Address.of("00DB1234567890A3")),
        ),
        (
            "FE 0F 25 27 14 34 12 A3 90 78 56 34 12 DB 00 00 00 00 02 DD",
            JoinReq(20, 0x1234, "00DB1234567890A3", 0, 0, 2),
        ),
    ],
)
def test_frames_as_the_api_has_them(octets: str, message: Command) -> None:
    """Laid out by hand from the notes on the dongle: little-endian, addresses least significant octet first."""
    whole = bytes.fromhex(octets)
    (frame,) = ZnpReader().feed(whole)
    assert isinstance(frame, Frame)
    assert command_of(frame) == message
    assert frame_of(message).encode() == whole


@settings(max_examples=150)
@given(COMMANDS)
def test_every_command_there_and_back(message: Command) -> None:
    frame = frame_of(message)
    assert command_of(frame) == message
    tree = dissect(frame.encode(), "znp")
    check_tiles(tree, 0, len(frame.encode()))
    assert not list(tree.errors())
    assert tree.value == message.title
    assert guess(frame.encode()) == "znp"


@settings(max_examples=60)
@given(st.lists(FRAMES, max_size=6), st.data())
def test_frames_come_in_any_pieces(frames: list[Frame], data: st.DataObject) -> None:
    stream = b"".join(frame.encode() for frame in frames)
    reader, found, at = ZnpReader(), [], 0
    while at < len(stream):
        step = data.draw(st.integers(1, 90))
        found += reader.feed(stream[at : at + step])
        at += step
    assert found == frames
    assert not reader.in_frame


@settings(max_examples=60)
@given(st.lists(st.binary(min_size=1, max_size=20).map(lambda noise: noise.replace(b"\xfe", b"\xfd")) | FRAMES))
def test_frames_are_found_behind_noise(items: list[bytes | Frame]) -> None:
    stream = b"".join(item.encode() if isinstance(item, Frame) else item for item in items)
    found = read(stream)
    assert [item for item in found if isinstance(item, Frame)] == [item for item in items if isinstance(item, Frame)]
    told = b"".join(item.octets if isinstance(item, Damage) else item.encode() for item in found)
    assert told == stream  # no octet is lost without a word


@given(FRAMES, st.binary(max_size=3))
def test_a_false_start_swallows_no_frame(frame: Frame, noise: bytes) -> None:
    """A start octet in the noise takes the frame behind it for its own data, until its check does not fit. (It fits by
    chance in one of 256: then nobody can tell.)"""
    length = len(noise) + 3
    stream = b"\xfe" + bytes((length,)) + noise + frame.encode()
    assume(len(stream) < length + 5 or fcs(stream[1 : length + 4]) != stream[length + 4])
    assert frame in read(stream)


@settings(max_examples=40)
@given(st.binary(max_size=300))
def test_any_octets_become_a_tree(octets: bytes) -> None:
    check_tiles(dissect(octets, "znp"), 0, len(octets))
    read(octets)


@pytest.mark.parametrize(
    ("octets", "code"),
    [
        (b"\x00\x11\x22", "znp-noise"),
        (b"\xfe\xfb\x21\x01", "znp-length"),
        (b"\xfe\x00\x21\x01\x21", "znp-check"),
        (b"\xfe\x02\x61\x01\x79", "znp-cut"),
    ],
)
def test_octets_that_are_no_frame_are_told(octets: bytes, code: str) -> None:
    (damage,) = read(octets)
    assert isinstance(damage, Damage)
    assert (damage.octets, damage.error.code) == (octets, code)
    assert damage.error.remedy
    assert [node.code for node in dissect(octets, "znp").errors()]


@pytest.mark.parametrize(
    ("frame", "code"),
    [
        (Frame(0x61, 0x01, b"\x79"), "record-cut"),
        (Frame(0x61, 0x01, b"\x79\x05\x00"), "record-trailing"),
        (Frame(0x45, 0xC5, b"\x02" + bytes(21)), "record-cut"),
        (Frame(0x44, 0x82, bytes(31)), "record-trailing"),
        (Frame(0x44, 0x82, bytes(20)), "record-cut"),
        (Frame(0x7F, 0x33), "znp-unknown"),
    ],
)
def test_frames_that_hold_something_else_are_refused(frame: Frame, code: str) -> None:
    with pytest.raises((RecordError, ZnpError)) as refused:
        command_of(frame)
    assert refused.value.code == code
    assert refused.value.remedy
    if code.startswith("record"):
        assert [node.code for node in dissect(frame.encode(), "znp").errors()] == [code]


@pytest.mark.parametrize(
    "message",
    [
        PingRsp(0x10000),
        VersionRsp(-1, 0, 0, 0, 0, 0, 0, 0),
        KeyEstInitEst(0, 0, 1, Address.of("00db1234567890a3")),
        DataStore(0, bytes(248)),
        BeaconNotifyInd((Beacon(0, 0, 11, 0, 0, 0, 2, 2, 255, 0, 0, "12"),)),
    ],
)
def test_values_that_do_not_fit_are_refused(message: Command) -> None:
    with pytest.raises(RecordError) as refused:
        message.encode()
    assert refused.value.code == "record-value"


def test_what_is_too_long_for_a_frame_is_refused() -> None:
    with pytest.raises(ZnpFrameError):
        Frame(0x21, 0x09, bytes(LONGEST + 1)).encode()


def test_long_messages_say_their_length_and_come_in_pieces() -> None:
    def request(data: bytes | int) -> DataRequestExt:
        return DataRequestExt(Address.near(0), 1, 0, 1, 0x0704, 5, 0x10, 30, data)

    assert len(frame_of(request(bytes(LONGEST_SENT))).data) <= LONGEST
    assert command_of(frame_of(request(1200))) == request(1200)
    incoming = IncomingMsgExt(0, 0x0704, Address.near(0), 1, 0x1234, 1, 0, 200, 1, 7, 3, 900, 0, 30)
    assert command_of(frame_of(incoming)) == incoming


def test_answers_are_found_for_every_request() -> None:
    for (cmd0, _cmd1), request in commands().items():
        if cmd0 & 0xE0 == 0x20:
            assert answer_to(request).cmd1 == request.cmd1


def test_a_key_is_not_shown() -> None:
    key = bytes(range(0x40, 0x50))
    octets = frame_of(OsalNvWrite(Item.PRECONFIGURED_KEY, 0, key)).encode()
    tree = dissect(octets, "znp")
    assert key.hex(" ").upper() not in str(tree)
    (secret,) = tree.secrets()
    assert octets[secret.start : secret.end] == b"\x10" + key


def test_channels_and_their_bits() -> None:
    assert channel_mask(range(11, 27)) == ALL_CHANNELS
    assert channels_of(channel_mask([11, 20, 26])) == (11, 20, 26)


def test_statuses_are_named() -> None:
    tree: Any = dissect(frame_of(KeyEstInd(0, 0, 0xAD, 0, 2)).encode(), "znp").as_dict()
    assert [child["value"] for child in tree["children"] if child["label"] in ("status", "suite")] == [
        "0xAD SEC_FAILURE", "0x0002 sect283k1",
    ]  # fmt: skip
