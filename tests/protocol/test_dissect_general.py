"""Access service, notifications and general blocks as trees: every octet labelled, secrets masked, damage survived."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hht.protocol.cosem import access
from hht.protocol.cosem.access import AccessAction, AccessGet, AccessRequest, AccessResponse, AccessSet
from hht.protocol.cosem.apdu import parse_apdu
from hht.protocol.cosem.codes import ActionResult, DataAccessResult
from hht.protocol.cosem.data import (
    NULL,
    CompactArray,
    Data,
    DataType,
    TypeDescription,
    array,
    double_long_unsigned,
    long_unsigned,
    octets,
    structure,
)
from hht.protocol.cosem.datetime import NOW
from hht.protocol.cosem.descriptors import CosemAttribute, CosemMethod, SelectiveAccess
from hht.protocol.cosem.dissect import dissect_apdu
from hht.protocol.cosem.errors import NotSupported
from hht.protocol.cosem.general_block import GeneralBlock
from hht.protocol.cosem.get import GetRequestNext, GetResponseNormal
from hht.protocol.cosem.notifications import DataNotification, DataNotificationConfirm, EventNotification
from hht.protocol.cosem.obis import Obis
from hht.protocol.frames import Node, ProtocolError
from tests.protocol.test_dissect import check_places, find, labels, walk

REGISTER = CosemAttribute(3, Obis.parse("1-0:1.8.0"), 2)
ASSOCIATION_SECRET = CosemAttribute(15, Obis.parse("0-0:40.0.0"), 7)
RECONNECT = CosemMethod(70, Obis.parse("0-0:96.3.10"), 2)
SECRET = b"TOP-SECRET-0001"

REQUEST = AccessRequest(
    access.LONG_CONFIRMED | access.BREAK_ON_ERROR | 7,
    (
        AccessGet(REGISTER),
        AccessGet(REGISTER, SelectiveAccess(2, long_unsigned(5))),
        AccessSet(ASSOCIATION_SECRET),
        AccessAction(RECONNECT),
    ),
    (NULL, NULL, octets(SECRET), long_unsigned(0)),
    NOW,
)
RESPONSE = AccessResponse(
    7,
    (double_long_unsigned(9), NULL),
    (DataAccessResult.SUCCESS, ActionResult.TEMPORARY_FAILURE),
    (access.GET, access.ACTION),
    (AccessGet(REGISTER), AccessAction(RECONNECT)),
)
EVENT = EventNotification(NOW, REGISTER, double_long_unsigned(1))
PUSH = DataNotification(access.LONG_CONFIRMED | 3, NOW, long_unsigned(8))
CONFIRM = DataNotificationConfirm(access.LONG_CONFIRMED | 3)
BLOCK = GeneralBlock(True, False, 4, 1, 0, GetRequestNext(0xC1, 3).encode())
PIECE = GeneralBlock(False, True, 4, 2, 1, SECRET)
ALL = (REQUEST, RESPONSE, EVENT, PUSH, CONFIRM, BLOCK, PIECE)


def leaves(node: Node) -> list[Node]:
    return [item for item in walk(node) if not item.children]


@pytest.mark.parametrize("message", ALL, ids=lambda message: type(message).__name__)
def test_every_octet_of_every_message_has_its_label(message: access.AccessRequest) -> None:
    wire = message.encode()
    assert parse_apdu(wire) == message
    tree = dissect_apdu(b"\x00" + wire, 1)
    check_places(tree)
    assert not list(tree.errors())
    at = 1
    for leaf in leaves(tree):
        assert leaf.start == at
        at = leaf.end
    assert at == 1 + len(wire)
    assert SECRET.decode() not in str(tree.as_dict())
    assert SECRET.hex(" ").upper() not in str(tree.as_dict())


def test_what_an_access_asks_and_answers_is_said_in_words() -> None:
    tree = dissect_apdu(REQUEST.encode())
    assert tree.label == "access-request"
    assert find(tree, "long invoke-id and priority").value == "7, confirmed, normal priority, break on error"
    kinds = [node.value for node in find(tree, "specifications").children[1:]]
    assert kinds == ["get", "get-with-selection", "set", "action"]
    answer = dissect_apdu(RESPONSE.encode())
    assert [node.value for node in find(answer, "results").children[1:]] == ["get", "action"]
    assert find(answer, "action result").value == "2 = temporary-failure"


def test_a_block_says_how_the_stream_stands_and_a_whole_one_what_it_holds() -> None:
    tree = dissect_apdu(PIECE.encode())
    assert find(tree, "block control").value == "44 = window 4, streaming"
    assert find(tree, "piece of the message").value == f"masked, {len(SECRET)} octets"
    whole = dissect_apdu(BLOCK.encode())
    assert "get-request" in labels(whole)


def test_blocks_inside_blocks_are_not_followed() -> None:
    wire = PIECE.encode()
    for _level in range(3000):
        wire = GeneralBlock(True, False, 1, 1, 0, wire).encode()
    tree = dissect_apdu(wire)
    assert "does not belong here" in tree.error


@pytest.mark.parametrize("tag", [0x05, 0x06, 0x0C, 0x0D, 0x16, 0x18])
def test_short_names_are_refused_with_a_sentence(tag: int) -> None:
    with pytest.raises(NotSupported, match="short name referencing"):
        parse_apdu(bytes((tag, 0, 0)))
    assert dissect_apdu(bytes((tag, 0, 0))).error


@settings(max_examples=300, deadline=None)
@given(st.sampled_from(ALL), st.data())
def test_damage_is_an_error_never_a_crash(message: AccessRequest, data: st.DataObject) -> None:
    wire = bytearray(message.encode())
    del wire[data.draw(st.integers(1, len(wire))) :]
    at = data.draw(st.integers(0, len(wire) - 1))
    wire[at] ^= data.draw(st.integers(0, 255))
    try:
        again = parse_apdu(bytes(wire)).encode()
    except ProtocolError:
        again = b""
    assert not again or parse_apdu(again)
    tree = dissect_apdu(bytes(wire))
    check_places(tree)
    assert (tree.start, tree.end) == (0, len(wire))


def test_a_compact_array_shows_its_type_and_its_elements() -> None:
    members = (
        TypeDescription(DataType.OCTET_STRING),
        TypeDescription(DataType.ARRAY, element=TypeDescription(DataType.DELTA_UNSIGNED), count=2),
    )
    steps = array([Data(DataType.DELTA_UNSIGNED, 3), Data(DataType.DELTA_UNSIGNED, 4)])
    items = tuple(structure(octets(time), steps) for time in (NOW, b"", b""))
    value = Data(DataType.COMPACT_ARRAY, CompactArray(TypeDescription(DataType.STRUCTURE, members), items * 30))
    wire = GetResponseNormal(0xC1, value).encode()
    tree = dissect_apdu(wire)
    check_places(tree)
    assert not list(tree.errors())
    assert find(tree, "value: compact-array").value == "90 elements"
    assert [node.value for node in find(tree, "type description").children[2:]] == ["octet-string", "array"]
    shown = {node.label: node for node in find(tree, "value: compact-array").children}
    assert shown["2"].value == "{octet-string, {3, 4}}"
    assert (shown["1"].end - shown["1"].start, shown["2"].end - shown["2"].start) == (15, 3)
    assert shown["26 more elements"].end == len(wire)
    at = 0
    for leaf in leaves(tree):
        assert leaf.start == at
        at = leaf.end
    assert at == len(wire)


def test_a_length_written_longer_than_it_need_be_keeps_its_place() -> None:
    tree = dissect_apdu(bytes.fromhex("c401c100" + "1302010906" + "8102aaaa" + "01bb"))
    assert not list(tree.errors())
    assert [node.value for node in find(tree, "value: compact-array").children[3:]] == ["{AA AA}", "{BB}"]


def test_a_damaged_compact_array_is_an_error_in_the_tree() -> None:
    for octets_ in ("c401c100130201110203", "c401c10013020111", "c401c1001301ffff01ffff000107"):
        tree = dissect_apdu(bytes.fromhex(octets_))
        check_places(tree)
        assert tree.error
