"""Each octet stands in exactly one leaf of its tree: outside frames and sessions, whole, cut and damaged; and any."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from hht.protocol.cosem.general import (
    AgreedKey,
    GeneralCiphering,
    GeneralHeader,
    GeneralSigning,
    IdentifiedKey,
    WrappedKey,
)
from hht.protocol.cosem.general_block import GeneralBlock
from hht.protocol.cosem.get import GetResponseNormal
from hht.protocol.dissect import dissect, protocols
from hht.protocol.frames import Node
from hht.protocol.hdlc import Control, Frame, HdlcAddress
from hht.protocol.iec62056_21.messages import command, data_message
from hht.protocol.wrapper import wrap
from tests.protocol.test_cosem_data import values

PROTOCOLS = {
    "hdlc_frame": "hdlc", "hdlc_frame_bad_checksum": "hdlc", "apdu": "apdu", "wrapper": "wrapper", "iec62056_21": "iec",
}  # fmt: skip
Vectors = Callable[[str], Any]


def leaves(node: Node) -> Iterator[Node]:
    """What has no children, in the order of the tree."""
    if not node.children:
        yield node
    for child in node.children:
        yield from leaves(child)


def check_tiles(node: Node, start: int, end: int) -> None:
    """The leaves lie one behind the other, from `start` to `end`, and so do the children of every node."""
    assert (node.start, node.end) == (start, end), node
    at = start
    for leaf in leaves(node):
        assert leaf.start == at, f"{leaf.label} begins at {leaf.start}, and {at} is where the last leaf ended"
        at = leaf.end
    assert at == end, f"the leaves end at {at}, the input at {end}"


def check(data: bytes, protocol: str) -> None:
    check_tiles(dissect(data, protocol), 0, len(data))


def of_vectors(vectors: Vectors) -> Iterator[tuple[bytes, str]]:
    for item in vectors("dlms.json")["vectors"]:
        if item["kind"] in PROTOCOLS:
            yield bytes.fromhex(item["hex"]), PROTOCOLS[item["kind"]]


def test_outside_frames_whole_cut_and_damaged(vectors: Vectors) -> None:
    for count, (data, protocol) in enumerate(of_vectors(vectors)):
        check(data, protocol)
        for end in range(1 + count % 7, len(data), max(7, len(data) // 8)):
            check(data[:end], protocol)
            check(data[:end] + bytes([data[end] ^ 1 << count % 8]) + data[end + 1 :], protocol)


def test_outside_sessions(vectors: Vectors) -> None:
    """Everything that one end sent, in one stream: frames one behind the other, and what came before them."""
    sessions = [item for item in vectors("dlms.json")["vectors"] if item["kind"] == "session"]
    assert sessions
    for session in sessions:
        for way in ("tx", "rx"):
            stream = b"".join(bytes.fromhex(step["hex"]) for step in session["steps"] if step["dir"] == way)
            first = {0x2F: "iec", 0x7E: "hdlc"}.get(stream[0], "wrapper")
            check(stream, first)
            check(stream.replace(b"\x7e\x7e", b"\x7e"), first)  # flags shared


def test_the_group_of_parameters_is_shown_to_its_last_octet() -> None:
    info = bytes.fromhex("818012050180060180070400000001080400000001")
    frame = Frame(HdlcAddress(16), HdlcAddress(1), Control.UA, info=info, final=True).encode()
    tree = dissect(frame, "hdlc")
    check_tiles(tree, 0, len(frame))
    shown = {leaf.label: leaf.value for leaf in leaves(tree)}
    assert shown["Group identifier"] == "80"
    assert shown["Group length"] == "18"


def test_a_flag_between_two_frames_is_shown_once() -> None:
    frame = Frame(HdlcAddress(1), HdlcAddress(16), Control.SNRM, final=True).encode()
    tree = dissect(frame + frame[1:], "hdlc")
    flags = [leaf for leaf in leaves(tree) if "flag" in leaf.label]
    assert [(leaf.label, leaf.start) for leaf in flags] == [
        ("Opening flag", 0),
        ("Closing flag", len(frame) - 1),
        ("Closing flag", 2 * len(frame) - 2),
    ]
    assert "its opening flag closes the frame before" in tree.children[1].value
    assert "flag" not in tree.children[0].value


# ------------------------------------------------------------------------------------------------------- any input

_frames = st.builds(
    lambda control, info, segmented: Frame(
        HdlcAddress(1), HdlcAddress(16), control, info=info, final=True, segmented=segmented
    ).encode(),
    st.sampled_from([Control.I, Control.SNRM, Control.UA, Control.FRMR, Control.UI]),
    st.binary(max_size=24) | st.builds(lambda rest: b"\x81\x80" + rest, st.binary(max_size=12)),
    st.just(False),
)


@given(st.lists(_frames | st.binary(max_size=4) | st.just(b"\x7e"), max_size=5), st.booleans())
@settings(deadline=None)
def test_any_stream_of_frames(pieces: list[bytes], shared: bool) -> None:
    stream = b"".join(pieces)
    check(stream.replace(b"\x7e\x7e", b"\x7e") if shared else stream, "hdlc")


_text = st.text(st.sampled_from("0123456789.-:&*()!/?PRWEB\r\n "), max_size=40).map(str.encode)
_lines = st.lists(st.sampled_from([b"1-0:1.8.0(0012.3*kWh)", b"C.1(1)(2*)(*)()", b"(ER07)", b"!", b"x"]), max_size=4)
_iec = st.one_of(
    _text,
    _lines.map(lambda lines: data_message(b"\r\n".join(lines))),
    _lines.map(lambda lines: b"".join(line + b"\r\n" for line in lines)),
    st.sampled_from(
        [command("P1", "(secret)"), command("B0"), b"/?1!\r\n", b"/?1\r\n", b"/ABC5\\2X\r\n", b"\x06052\r\n"]
    ),
)


@given(st.lists(_iec, max_size=4), st.integers(0, 20), st.integers(-20, 0))
@settings(deadline=None)
def test_any_text_of_a_plain_text_meter(pieces: list[bytes], start: int, end: int) -> None:
    stream = b"".join(pieces)[start:]
    check(stream[:end] if end else stream, "iec")


@given(st.binary(max_size=80), st.sampled_from(protocols()))
@settings(deadline=None)
def test_any_bytes(data: bytes, protocol: str) -> None:
    check(data, protocol)


@given(st.lists(st.binary(max_size=30), max_size=4), st.integers(-9, 0))
@settings(deadline=None)
def test_any_stream_of_packets(apdus: list[bytes], end: int) -> None:
    stream = b"".join(wrap(1, 16, apdu) for apdu in apdus)
    check(stream[:end] if end else stream, "wrapper")


_header = st.builds(GeneralHeader, *[st.binary(max_size=9)] * 5)
_keys = st.one_of(
    st.none(),
    st.builds(IdentifiedKey, st.integers(0, 1)),
    st.builds(WrappedKey, st.binary(max_size=40)),
    st.builds(AgreedKey, st.binary(max_size=2), st.binary(max_size=70)),
)
_plain = values.map(lambda value: GetResponseNormal(0xC1, value).encode())
_ciphered = st.one_of(
    st.builds(
        lambda tag, control, body: bytes((tag, 5 + len(body), control)) + b"\0\0\0\x07" + body,
        st.sampled_from([0x21, 0x28, 0xC8, 0xC9, 0xCC, 0xD0, 0xD4]),
        st.sampled_from([0x10, 0x20, 0x30, 0x31, 0xB2]),
        st.binary(min_size=12, max_size=40),
    ),
    st.builds(
        lambda *parts: GeneralCiphering(*parts).encode(),
        _header,
        _keys,
        st.sampled_from([0x10, 0x20, 0x30, 0x31]),
        st.integers(0, 2**32 - 1),
        st.binary(min_size=12, max_size=40),
    ),
)
_apdus = st.one_of(
    _plain,
    _ciphered,
    st.builds(
        lambda header, content, signature: GeneralSigning(header, content, signature).encode(),
        _header,
        _plain | _ciphered,
        st.binary(max_size=64),
    ),
    st.builds(
        lambda last, number, apdu: GeneralBlock(last, False, 1, number, 0, apdu).encode(),
        st.booleans(),
        st.integers(1, 3),
        _plain | _ciphered,
    ),
)


@given(_apdus, st.data())
@settings(deadline=None, max_examples=300)
def test_any_message_whole_cut_and_damaged(apdu: bytes, data: st.DataObject) -> None:
    """Every data type, compact arrays among them; ciphered, signed and in blocks; alone and under HDLC and wrapper."""
    check(apdu, "apdu")
    end = data.draw(st.integers(0, len(apdu) - 1))
    check(apdu[:end], "apdu")
    damaged = apdu[:end] + bytes([apdu[end] ^ data.draw(st.integers(1, 255))]) + apdu[end + 1 :]
    check(damaged, "apdu")
    check(wrap(1, 16, damaged), "wrapper")
    frame = Frame(HdlcAddress(16), HdlcAddress(1), Control.I, info=b"\xe6\xe7\x00" + damaged[:1500]).encode()
    check(frame, "hdlc")


def test_outside_gbcs_messages(vectors: Vectors) -> None:
    messages = [item for item in vectors("gbcs.json")["vectors"] if item["kind"] == "gbcs_message"]
    assert messages
    for item in messages[::5]:
        data = bytes.fromhex(item["hex"])
        check(data, "apdu")
        check(data[: len(data) * 2 // 3], "apdu")
