"""COSEM's readers: values, profiles, times, APDUs, and every dissector."""

from __future__ import annotations

from collections.abc import Hashable
from contextlib import suppress
from typing import Final

from hht.client.interface_classes import AttributeSpec
from hht.client.object_list import view_entry
from hht.client.object_reader import attribute_text, value_json, value_text
from hht.client.values import time_of, times_of
from hht.errors import HhtError
from hht.protocol.cosem.apdu import apdu_names, parse_apdu, parse_get_response_raw
from hht.protocol.cosem.axdr import decode, encode
from hht.protocol.cosem.data import NULL, Data
from hht.protocol.cosem.datetime import decode_datetime, encode_datetime
from hht.protocol.cosem.descriptors import SelectiveAccess
from hht.protocol.cosem.obis import Obis
from hht.protocol.cosem.profile import ProfileDecoder, Row, parse_selection, selective_access
from hht.protocol.cosem.row_completion import Completion
from hht.protocol.dissect import dissect, guess
from hht.protocol.frames import Node, ProtocolError
from tests.fuzz.meaning import spoil_apdu, spoil_frame, spoil_value
from tests.fuzz.mutation import Messages
from tests.fuzz.target import MEBIBYTE, Target
from tests.fuzz.targets.frames import repair_hdlc, repair_iec, repair_wrapper
from ui.trace_masking import masked_bytes

_THERE_AND_BACK: Final = 4096
_KINDS: Final = (
    "", "obis", "unit", "time", "s", "min", "text", "octets", "count", "clock_status", "objects", "scaled=3",
)  # fmt: skip


def axdr(messages: Messages) -> Hashable:
    """A value, there and back; a long one only here: what it may cost is meant for reading it once."""
    octets = b"".join(messages)
    value = decode(octets)
    if len(octets) > _THERE_AND_BACK:
        return value.tag
    again = decode(encode(value))
    assert again == value or repr(again) == repr(value)  # not-a-number equals nothing
    return value.tag


def object_views(messages: Messages) -> Hashable:
    """A value as every attribute of every kind, in words and for programs."""
    value = decode(messages[0] if messages else b"")
    other = _other(messages[1:])
    for kind in _KINDS:
        attribute_text(AttributeSpec(2, "value", kind), value, {3: other})
    value_text(value)
    value_json(value)
    for read in (view_entry, _as_time, _as_selection):
        try:
            read(value)
        except HhtError:
            continue
        except ValueError as error:
            raise AssertionError(f"{read.__name__}: {error!r}") from error
    return value.tag


def _other(messages: Messages) -> Data:
    try:
        return decode(messages[0] if messages else bytes.fromhex("02020ffe161e"))
    except ProtocolError:
        return NULL


def _as_time(value: Data) -> object:
    return time_of(value.value, "clock"), times_of([value.value] * 2, "clock")


def _as_selection(value: Data) -> object:
    found = [parse_selection(SelectiveAccess(selector, value)) for selector in (1, 2)]
    return [selective_access(selection) for selection in found]


def profile(messages: Messages) -> Hashable:
    """A buffer in pieces is the same as in one; the first message says how many columns, and what may be left out."""
    columns, left_out = (*(messages[0] if messages else b"")[:2], 3, 0)[:2]
    rows = _rows(messages[1:], columns % 8, left_out)
    at_once = _rows((b"".join(messages[1:]),), columns % 8, left_out)
    assert at_once == rows or repr(at_once) == repr(rows)
    return left_out % 3, min(len(rows), 20)


def _rows(pieces: Messages, columns: int, left_out: int) -> list[Row]:
    completion = (None, Completion(1800), Completion(None, None))[left_out % 3]
    decoder = ProfileDecoder(columns, completion=completion)
    rows = [row for octets in pieces for row in decoder.feed(octets)]
    assert all(len(row) == columns for row in rows)
    assert decoder.done == len(rows)
    decoder.finish()
    return rows


def date_time(messages: Messages) -> Hashable:
    octets = b"".join(messages)
    found = decode_datetime(octets)
    if found.time is not None:
        try:
            again = encode_datetime(found.time, status=found.status)
        except OverflowError:
            raise AssertionError("a time that cannot be sent again") from None
        assert decode_datetime(again).time == found.time
    return found.time is None, found.flags


def obis(messages: Messages) -> Hashable:
    text = b"".join(messages).decode("utf-8", "surrogateescape")
    found = Obis.parse(text)
    assert Obis.parse(str(found)) == found == Obis.parse(found.full)
    return found.b == 0


def apdu(messages: Messages) -> Hashable:
    """Any APDU, there and back."""
    octets = b"".join(messages)
    with suppress(ProtocolError):
        parse_get_response_raw(octets)
    found = parse_apdu(octets)
    again = parse_apdu(found.encode())
    assert again == found or repr(again) == repr(found), (found, again)
    return type(found).__name__, octets[1:2]


def whole_tree(protocol: str, octets: bytes) -> Hashable:
    """What a dissector makes of octets: a tree that holds them all."""
    tree = dissect(octets, protocol)
    assert (tree.start, tree.end) == (0, len(octets))
    _within(tree)
    if protocol in ("apdu", "gbcs"):
        _no_gap(tree)
    tree.as_dict()
    list(tree.secrets())
    codes = tuple(sorted({node.code for node in tree.errors()}))
    return tree.label, codes


def _within(node: Node) -> None:
    """Children lie within their parent, in order."""
    at = node.start
    for child in node.children:
        assert at <= child.start <= child.end <= node.end, f"{node.label}: {child.label} leads out of it"
        at = child.start
        _within(child)


def _no_gap(node: Node) -> None:
    """Children leave nothing of their parent out."""
    at = node.start
    for child in node.children:
        assert child.start <= at, f"{node.label}: a gap before {child.label}"
        at = child.end
        _no_gap(child)
    assert not node.children or at == node.end, f"{node.label}: a gap at its end"


def dissect_apdu(messages: Messages) -> Hashable:
    return whole_tree("apdu", b"".join(messages))


def dissect_hdlc(messages: Messages) -> Hashable:
    return whole_tree("hdlc", b"".join(messages))


def dissect_wrapper(messages: Messages) -> Hashable:
    return whole_tree("wrapper", b"".join(messages))


def dissect_iec(messages: Messages) -> Hashable:
    return whole_tree("iec", b"".join(messages))


def masking(messages: Messages) -> Hashable:
    """What is shown of a trace: nothing grows, nothing that is masked stays to be masked."""
    octets = b"".join(messages)
    masked = masked_bytes(octets)
    assert len(masked) == len(octets)
    return guess(octets), masked == octets


_TAGS: Final = tuple(bytes((tag,)) for tag in apdu_names())
_VALUES: Final = (
    b"\x01\x02", b"\x02\x03", b"\x13\x02\x02\x06\x12", b"\x09\x0c", b"\x06\x00\x00\x00\x01", b"\x12\x00\x01", b"\x00",
    b"\x19\x07\xea\x0b\x15\x06\x03\x08\x2a\x00\x00\x00\x00", b"\x04\x10", b"\x17\x7f\xc0\x00\x00", b"\x01\xff\xff",
    b"\x16",
)  # fmt: skip
_WORDS: Final = (*_VALUES, *_TAGS)
_MALFORMED: Final = (ProtocolError,)

TARGETS: Final = [
    Target("axdr", axdr, "values", _MALFORMED, _VALUES, meaning=spoil_value, longest=MEBIBYTE),
    Target(
        "object-views",
        object_views,
        "values",
        _MALFORMED,
        _VALUES,
        sample=500,
        meaning=spoil_value,
        longest=MEBIBYTE // 4,
    ),
    Target("profile", profile, "profiles", _MALFORMED, _VALUES, fixed=1, sample=500, longest=MEBIBYTE, stream=True),
    Target("date-time", date_time, "date-times", _MALFORMED),
    Target("obis", obis, "texts", _MALFORMED),
    Target("apdu", apdu, "apdus", _MALFORMED, _WORDS, meaning=spoil_apdu, longest=MEBIBYTE),
    Target("dissect-apdu", dissect_apdu, "apdus", (), _WORDS, sample=500, meaning=spoil_apdu, longest=MEBIBYTE),
    Target(
        "dissect-hdlc",
        dissect_hdlc,
        "hdlc-requests",
        (),
        _WORDS,
        repair_hdlc,
        sample=300,
        meaning=spoil_frame,
        longest=MEBIBYTE,
    ),
    Target("dissect-wrapper", dissect_wrapper, "wrapper", (), _WORDS, repair_wrapper, sample=500, longest=MEBIBYTE),
    Target(
        "dissect-iec",
        dissect_iec,
        "iec-requests",
        (),
        (b"\x01P1\x02(", b"\x02", b"\x03", b"("),
        repair_iec,
        sample=500,
        longest=MEBIBYTE,
    ),
    Target(
        "masking",
        masking,
        "hdlc-requests",
        (),
        _WORDS,
        repair_hdlc,
        sample=200,
        meaning=spoil_frame,
        longest=MEBIBYTE,
    ),
]
