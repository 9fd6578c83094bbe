"""ZCL frames, tunnels, prefixes, frames in the air and our own framing: there and back, and what is refused."""

from __future__ import annotations

import contextlib
from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hht.identifiers import InstallCode
from hht.protocol.dissect import dissect
from hht.protocol.frames import FrameError
from hht.protocol.zigbee.aps import air_frame, aps_frame, inter_pan_frame
from hht.protocol.zigbee.gas_meter import Get, GetResponse, Put, parse_prefixed
from hht.protocol.zigbee.handheld import LISTED, LOG_FULL, Envelope, Introduction, OwnFraming
from hht.protocol.zigbee.tunnelling import (
    CloseTunnel,
    RequestTunnel,
    RequestTunnelResponse,
    TransferData,
    TransferDataBack,
    TransferDataError,
    TransferDataErrorBack,
    TunnelClosureNotification,
    tunnel_command,
)
from hht.protocol.zigbee.zcl import CLUSTER, DEFAULT_RESPONSE, GLOBAL, DefaultResponse, ZclFrame
from hht.protocol.znp import frame_of
from hht.protocol.znp.af import DataRequestExt
from hht.protocol.znp.messages import Address
from tests.protocol.test_tiles import check_tiles
from tests.protocol.znp_strategies import IEEE, records

OCTET = st.integers(0, 255)
FRAMES = st.builds(
    ZclFrame,
    st.sampled_from((GLOBAL, CLUSTER)),
    OCTET,
    OCTET,
    st.binary(max_size=60),
    st.booleans(),
    st.none() | st.integers(0, 0xFFFF),
    st.booleans(),
)
TUNNEL = st.sampled_from(
    (
        RequestTunnel,
        CloseTunnel,
        TransferData,
        TransferDataError,
        RequestTunnelResponse,
        TransferDataBack,
        TransferDataErrorBack,
        TunnelClosureNotification,
    )
).flatmap(records)
CODE = InstallCode("83FED3407A939723A5C639B26916D505")
GPF_ID = "00DB1234567890A3"


@settings(max_examples=60)
@given(FRAMES)
def test_zcl_frames_there_and_back(frame: ZclFrame) -> None:
    octets = frame.encode()
    assert ZclFrame.decode(octets) == frame
    check_tiles(dissect(octets, "zcl"), 0, len(octets))


@settings(max_examples=60)
@given(TUNNEL, OCTET)
def test_commands_of_a_tunnel_there_and_back(command: TransferData, sequence: int) -> None:
    frame = ZclFrame.decode(command.frame(sequence).encode())
    assert tunnel_command(frame) == command
    octets = frame.encode()
    tree = dissect(octets, "zcl")
    check_tiles(tree, 0, len(octets))
    assert type(command).__name__ in tree.value


def test_a_tunnel_is_asked_for_as_the_profile_has_it() -> None:
    """Cluster command 0, protocol 6 (GB-HRGP), no manufacturer, no flow control, at most 1500 octets; its answer."""
    assert RequestTunnel().frame(7).encode().hex(" ") == "11 07 00 06 ff ff 00 dc 05"
    assert RequestTunnelResponse(1, 0, 1500).frame(7).encode().hex(" ") == "19 07 00 01 00 00 dc 05"
    assert TransferData(1, b"\xdd").frame(8).encode().hex(" ") == "11 08 02 01 00 dd"


@given(st.binary(max_size=80))
def test_any_octets_become_a_tree_or_are_refused(octets: bytes) -> None:
    check_tiles(dissect(octets, "zcl"), 0, len(octets))
    readers: tuple[Callable[[bytes], object], ...] = (
        ZclFrame.decode,
        parse_prefixed,
        air_frame,
        OwnFraming().introduced,
        OwnFraming().welcomed,
        OwnFraming().unwrap,
    )
    for read in readers:
        with contextlib.suppress(FrameError):
            read(octets)


@pytest.mark.parametrize(
    ("octets", "code"),
    [
        ("", "zcl-cut"),
        ("11 07", "zcl-cut"),
        ("05 07 00 00", "zcl-cut"),
        ("02 07 00", "zcl-control"),
        ("91 07 00", "zcl-control"),
    ],
)
def test_octets_that_are_no_zcl_frame(octets: str, code: str) -> None:
    with pytest.raises(FrameError) as refused:
        ZclFrame.decode(bytes.fromhex(octets))
    assert refused.value.code == code
    if octets:
        (node,) = dissect(bytes.fromhex(octets), "zcl").errors()
        assert node.code == code


def test_commands_that_are_not_of_this_cluster_are_no_tunnels() -> None:
    assert tunnel_command(ZclFrame(CLUSTER, 1, 0x55)) is None
    assert tunnel_command(ZclFrame(GLOBAL, 1, 0)) is None
    assert tunnel_command(ZclFrame(CLUSTER, 1, 0, manufacturer=5)) is None
    with pytest.raises(FrameError):
        tunnel_command(ZclFrame(CLUSTER, 1, 0, b"\x06"))


@given(st.binary(min_size=1, max_size=90), st.integers(0, 255))
def test_what_goes_to_a_gas_meter_has_its_prefix(message: bytes, remaining: int) -> None:
    for one in (Get(), GetResponse(remaining), GetResponse(remaining, message), Put(message)):
        assert parse_prefixed(one.encode()) == one
    assert (Get().encode(), Put(b"\xdd").encode()) == (b"\x01", b"\x03\xdd")
    assert GetResponse(2, b"\xdf").encode() == b"\x02\x02\xdf"


@pytest.mark.parametrize("octets", [b"", b"\x01\x00", b"\x02", b"\x03", b"\x04\xdd", b"\xdd\x00"])
def test_other_prefixes_are_refused(octets: bytes) -> None:
    with pytest.raises(FrameError) as refused:
        parse_prefixed(octets)
    assert refused.value.code == "gas-prefix"


@given(st.integers(0, 0xFFFF), st.integers(0, 0xFFFF), st.binary(max_size=50), st.booleans())
def test_frames_in_the_air_there_and_back(cluster: int, profile: int, payload: bytes, secured: bool) -> None:
    within = aps_frame(cluster, profile, payload, endpoint=1, source=2, counter=300, secured=secured)
    across = inter_pan_frame(cluster, profile, payload, secured=secured)
    for frame in (within, across):
        found = air_frame(frame.encode())
        assert found == frame
        assert found.secured is secured


@pytest.mark.parametrize("octets", [b"", b"\x02\x00", b"\x0b\x00\x00", b"\x80" + bytes(8), b"\x40\x01\x04"])
def test_other_frames_in_the_air_are_refused(octets: bytes) -> None:
    with pytest.raises(FrameError):
        air_frame(octets)


def test_our_framing_there_and_back() -> None:
    framing = OwnFraming()
    introduction = Introduction(GPF_ID, CODE)
    assert framing.introduced(framing.introduce(introduction, 3)) == introduction
    for status in (LISTED, LOG_FULL):
        assert framing.welcomed(framing.welcome(status, 4)) == status
    with pytest.raises(FrameError):
        framing.introduced(framing.introduce(introduction, 3)[:-1])


@given(IEEE, st.integers(0, 0xFFFF), OCTET, st.binary(max_size=100))
def test_envelopes_there_and_back(device: str, reference: int, kind: int, body: bytes) -> None:
    envelope = Envelope(device, reference, kind, body)
    assert OwnFraming().unwrap(OwnFraming().wrap(envelope)) == envelope


def test_the_install_code_is_nowhere_to_be_seen() -> None:
    framing = OwnFraming()
    introduction = Introduction(GPF_ID, CODE)
    assert CODE.reveal() not in repr(introduction)
    zcl = framing.introduce(introduction, 3)
    request = DataRequestExt(Address.of(GPF_ID), 1, 0x1234, 1, framing.introduction_cluster, 1, 0x50, 30, zcl)
    octets = frame_of(request).encode()
    for tree in (dissect(zcl, "zcl"), dissect(octets, "znp")):
        assert bytes.fromhex(CODE.reveal()).hex(" ").upper() not in str(tree)
        (secret,) = tree.secrets()
        assert secret.end - secret.start == 16
        assert not list(tree.errors())


def test_default_responses() -> None:
    frame = ZclFrame(GLOBAL, 5, DEFAULT_RESPONSE, DefaultResponse(2, 0x81).encode(), from_server=True)
    tree = dissect(frame.encode(), "zcl")
    assert "UNSUP_CLUSTER_COMMAND" in str(tree.as_dict())
