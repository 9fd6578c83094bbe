"""Every frame as a labelled tree: the outside frames with their meaning, and any bytes at all without an exception."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hht.protocol.dissect import dissect, guess, protocols
from hht.protocol.frames import Node, ProtocolError
from hht.protocol.hdlc import Control, Frame, HdlcAddress, HdlcServer
from hht.protocol.iec62056_21 import even_parity

WIRE = ("hdlc", "wrapper", "iec")


def walk(node: Node) -> Iterator[Node]:
    """The node and everything below it."""
    yield node
    for child in node.children:
        yield from walk(child)


def check_places(node: Node) -> None:
    """Each node lies within its parent."""
    assert node.start <= node.end
    for child in node.children:
        assert node.start <= child.start <= child.end <= node.end, (node.label, child.label)
        check_places(child)


def find(node: Node, label: str) -> Node:
    """The first node with that label."""
    return next(item for item in walk(node) if item.label == label)


def labels(node: Node) -> list[str]:
    """The labels of the node's children."""
    return [child.label for child in node.children]


def wire_errors(tree: Node) -> list[str]:
    """The codes of what is wrong on the wire; what stands in APDUs is somebody else's to judge."""
    return [node.code for node in tree.errors() if node.code.startswith(WIRE)]


def of_kind(vectors: Callable[[str], Any], *kinds: str) -> list[dict[str, Any]]:
    return [item for item in vectors("dlms.json")["vectors"] if item["kind"] in kinds]


def test_outside_frames(vectors: Callable[[str], Any]) -> None:
    for item in of_kind(vectors, "hdlc_frame"):
        data, meaning = bytes.fromhex(item["hex"]), item["meaning"]
        tree = dissect(data, "hdlc")
        assert (tree.start, tree.end) == (0, len(data))
        check_places(tree)
        assert not wire_errors(tree), item["id"]
        assert tree.label == f"HDLC frame {meaning['frame']}"
        control = find(tree, "Control").value.split()
        assert control[0] == meaning["frame"]
        assert control[-1] == f"P/F={int(meaning['pf'])}"
        for key, name in (("ns", "N(S)"), ("nr", "N(R)")):
            assert (f"{name}={meaning[key]}" in control) == (key in meaning) if key in meaning else True
        assert find(tree, "Destination address").value.split("/")[0] == str(meaning["dest"]["upper"])
        assert find(tree, "Source address").value.split("/")[0] == str(meaning["src"]["upper"])
        if "parameters" in meaning:
            length = find(tree, "Maximum information field length, transmit").value
            assert int(length) == meaning["parameters"]["max_info_tx"]
        if "llc" in meaning:
            node = find(tree, "LLC header")
            assert data[node.start : node.end].hex() == meaning["llc"]
        assert guess(data) == "hdlc"


def test_outside_frames_with_a_bad_checksum(vectors: Callable[[str], Any]) -> None:
    for item in of_kind(vectors, "hdlc_frame_bad_checksum"):
        tree = dissect(bytes.fromhex(item["hex"]), "hdlc")
        assert wire_errors(tree) == ["hdlc-fcs"]
        assert find(tree, "Frame check sequence (FCS)").error.startswith("should be ")


def test_outside_packets_and_lines(vectors: Callable[[str], Any]) -> None:
    for item in of_kind(vectors, "wrapper"):
        data, meaning = bytes.fromhex(item["hex"]), item["meaning"]
        tree = dissect(data, "wrapper")
        check_places(tree)
        assert guess(data) == "wrapper"
        assert find(tree, "Source wPort").value == str(meaning["source"])
        assert find(tree, "Destination wPort").value == str(meaning["destination"])
        assert not tree.error
    for item in of_kind(vectors, "iec62056_21"):
        data = bytes.fromhex(item["hex"])
        for wire in (data, even_parity(data)):
            tree = dissect(wire, "iec")
            assert guess(wire) == "iec"
            check_places(tree)
            assert not list(tree.errors()), item["id"]
            assert (tree.start, tree.end) == (0, len(data))


def test_outside_apdus_are_not_taken_for_something_else(vectors: Callable[[str], Any]) -> None:
    others = [item["id"] for item in of_kind(vectors, "apdu") if guess(bytes.fromhex(item["hex"])) != "apdu"]
    assert others == []


def test_sessions(vectors: Callable[[str], Any]) -> None:
    for session in of_kind(vectors, "session"):
        for step in session["steps"]:
            data = bytes.fromhex(step["hex"])
            tree = dissect(data, guess(data))
            check_places(tree)
            assert not wire_errors(tree), session["name"]


def test_a_stream_of_frames_with_noise_between() -> None:
    frame = Frame(HdlcAddress(16), HdlcAddress(1, 17, 2), Control.RR, receive_number=3).encode()
    tree = dissect(b"\x00\xff" + frame + frame[1:] + b"\x01" + b"\x7e\x7e" + frame[:-3], "hdlc")
    check_places(tree)
    assert tree.value == "3 frames"
    assert labels(tree) == [
        "Bytes outside frames",
        "HDLC frame RR",
        "HDLC frame RR",
        "Bytes outside frames",
        "Flags between frames",
        "HDLC frame RR",
    ]
    assert [node.code for node in tree.errors()] == ["hdlc-noise", "hdlc-noise", "hdlc-length"]
    assert tree.children[1].value == "16 ← 1/17"


def test_reasons_of_a_frame_reject_in_words() -> None:
    server = HdlcServer(1)
    server.receive(Frame(HdlcAddress(1), HdlcAddress(16), Control.SNRM).encode())
    server.data_to_send()
    server.receive(Frame(HdlcAddress(1), HdlcAddress(16), Control.RR, receive_number=5).encode())
    tree = dissect(server.data_to_send(), "hdlc")
    assert find(tree, "Reason").value == "impossible N(R)"
    assert find(tree, "Numbers").value == "V(S)=0 V(R)=0"


def test_segments_are_not_taken_for_whole_messages() -> None:
    first = Frame(HdlcAddress(16), HdlcAddress(1), Control.I, segmented=True, info=b"\xe6\xe7\x00\xc4\x01\xc1").encode()
    later = Frame(HdlcAddress(16), HdlcAddress(1), Control.I, send_number=1, info=b"\x00\x09\x02\x01\x02").encode()
    assert find(dissect(first, "hdlc"), "Segment of an APDU").value == "C4 01 C1"
    assert find(dissect(later, "hdlc"), "Segment of an APDU").value == "00 09 02 01 02"


def test_a_damaged_header_shows_which_checks_fail() -> None:
    frame = bytearray(Frame(HdlcAddress(16), HdlcAddress(1), Control.I, info=b"\xe6\xe7\x00abc").encode())
    frame[5] ^= 0x02
    assert wire_errors(dissect(bytes(frame), "hdlc")) == ["hdlc-hcs", "hdlc-fcs"]
    frame[2] += 3
    assert "hdlc-length" in wire_errors(dissect(bytes(frame), "hdlc"))


def test_a_sign_on_and_what_follows() -> None:
    stream = b"\x00/?123!\r\n/HHT5\\2HT100\r\n\x06252\r\n\x06252\r\n" + bytes.fromhex("7ea0070321930f017e")
    tree = dissect(stream, "iec")
    check_places(tree)
    assert labels(tree) == [
        "Bytes outside messages",
        "Request message",
        "Identification message",
        "Option select message",
        "Option select message",
        "HDLC frame SNRM",
    ]
    assert find(tree, "Device address").value == "123"
    assert find(tree, "Escape").value == "\\2 HDLC can be chosen (mode E)"
    assert find(tree, "Baud rate").value == "5 (9600 baud, mode E)"
    assert find(tree, "Mode control").value == "2 binary, HDLC"


def test_a_readout_and_its_check_character() -> None:
    message = b"\x021.8.0(0001.5*kWh)\r\n!\r\n\x03"
    bcc = 0
    for byte in message[1:]:
        bcc ^= byte
    tree = dissect(message + bytes([bcc]), "iec")
    assert find(tree, "Data set").value == "1.8.0 = 0001.5 kWh"
    assert not list(tree.errors())
    (wrong,) = dissect(message + bytes([bcc ^ 1]), "iec").errors()
    assert wrong.code == "iec-bcc"
    (missing,) = dissect(message, "iec").errors()
    assert missing.code == "iec-truncated"


def test_a_password_is_not_shown() -> None:
    tree = dissect(b"\x01P1\x02(SECRET99)\x03\x41", "iec")
    assert "SECRET99" not in str(tree.as_dict())
    assert find(tree, "Command").value == "P1 password"


def test_wrong_parity_is_found() -> None:
    wire = bytearray(even_parity(b"/HHT5\\2HT100\r\n"))
    wire[8] ^= 0x80
    tree = dissect(bytes(wire), "iec")
    assert tree.code == "iec-parity"
    assert "byte 8" in tree.error
    assert tree.value == "HT100"


def test_control_characters_of_a_device_are_not_passed_on() -> None:
    tree = dissect(b"\x021.8.0(\x1b[2J)\x03\x00", "iec")
    assert find(tree, "Data set").value == "1.8.0 = <1B>[2J"


def test_wrapper_streams_and_damage() -> None:
    packet = bytes.fromhex("00010011000100020102")
    tree = dissect(packet + packet[:9] + b"", "wrapper")
    check_places(tree)
    assert wire_errors(tree) == ["wrapper-truncated"]
    assert dissect(b"\x7e\xa0", "wrapper").code == "wrapper-version"


def test_an_unknown_protocol_is_named() -> None:
    with pytest.raises(ProtocolError) as caught:
        dissect(b"", "morse")
    assert caught.value.code == "protocol-unknown"
    assert "hdlc" in caught.value.remedy
    assert set(WIRE) < set(protocols())


def test_shape_of_the_json() -> None:
    tree = dissect(bytes.fromhex("7ea0070321930f017e"), "hdlc").as_dict()
    assert (tree["label"], tree["start"], tree["end"]) == ("HDLC frame SNRM", 0, 9)
    assert "error" not in tree
    children = tree["children"]
    assert isinstance(children, list)
    assert children[0] == {"label": "Opening flag", "start": 0, "end": 1, "value": "7E"}


FRAGMENTS = st.one_of(
    st.binary(max_size=40),
    st.sampled_from(
        [
            b"\x7e",
            b"\x7e\xa0",
            bytes.fromhex("7ea0070321930f017e"),
            bytes.fromhex("7ea01e210373c37a818012050180060180070400000001080400000001533b7e"),
            bytes.fromhex("7ea02b032110fbafe6e600601da109060760857405080101be10040e01000000065f1f0400401e5dffff91237e"),
            bytes.fromhex("000100110001000dc001c100080000010000ff0200"),
            b"/?!\r\n",
            b"/HHT5\\2HT100\r\n",
            b"\x06252\r\n",
            b"\x01P1\x02(0)\x03a",
            b"\x021.8.0(1)\r\n!\r\n\x03\x11",
        ]
    ),
)


@settings(max_examples=600, deadline=None)
@given(st.lists(FRAGMENTS, max_size=8), st.data())
def test_any_bytes_in_any_protocol(fragments: list[bytes], data: st.DataObject) -> None:
    wire = bytearray(b"".join(fragments))
    if wire and data.draw(st.booleans()):
        wire[data.draw(st.integers(0, len(wire) - 1))] ^= 1 << data.draw(st.integers(0, 7))
    for protocol in (*WIRE, guess(bytes(wire))):
        tree = dissect(bytes(wire), protocol)
        check_places(tree)
        assert (tree.start, tree.end) == (0, len(wire))
        tree.as_dict()
