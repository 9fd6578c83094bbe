"""Anything at all, against everything that listens; and every APDU that we can make, there and back."""

from __future__ import annotations

import contextlib
import random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hht.protocol.cosem import acse, action, apdu, ciphered, codes, fields, get, initiate, notifications, put
from hht.protocol.cosem.descriptors import CosemAttribute, CosemMethod, SelectiveAccess
from hht.protocol.cosem.dissect import dissect_apdu
from hht.protocol.cosem.errors import CosemRefusal
from hht.protocol.cosem.obis import Obis
from hht.protocol.frames import Node, ProtocolError
from tests.protocol.cosem_pair import ECHO, HIGH, LONG, LOW, NAME, PUBLIC, Model, Pair, pair
from tests.protocol.test_cosem_data import values
from tests.protocol.test_cosem_vectors import assert_no_gap

octet = st.integers(0, 255)
names = st.builds(Obis, octet, octet, octet, octet, octet, octet)
attributes = st.builds(CosemAttribute, st.integers(0, 65535), names, st.integers(-128, 127))
methods = st.builds(CosemMethod, st.integers(0, 65535), names, st.integers(-128, 127))
accesses = st.none() | st.builds(SelectiveAccess, octet, values)
blocks = st.builds(fields.Block, st.booleans(), st.integers(0, 2**32 - 1), st.binary(max_size=300))
numbers = st.integers(0, 2**32 - 1)
results = octet.map(codes.DataAccessResult)
outcomes = values | results
selected = st.lists(st.tuples(attributes, accesses), max_size=3).map(tuple)
lists = st.lists(values, max_size=3).map(tuple)
acted = st.builds(action.ActionOutcome, octet.map(codes.ActionResult), st.none() | outcomes)
titles = st.none() | st.binary(min_size=1, max_size=10)
conformance = st.integers(0, 2**24 - 1).map(codes.Conformance)
pdu_size = st.integers(0, 65535)
qualities = st.none() | st.integers(-128, 127)
contexts = octet.map(codes.ApplicationContext)
mechanisms = st.none() | octet.map(codes.Mechanism)
challenges = st.none() | st.binary(max_size=64)
bodies = st.binary(min_size=12, max_size=60)

messages: st.SearchStrategy[Any] = st.one_of(
    st.builds(get.GetRequestNormal, octet, attributes, accesses),
    st.builds(get.GetRequestNext, octet, numbers),
    st.builds(get.GetRequestWithList, octet, selected),
    st.builds(get.GetResponseNormal, octet, outcomes),
    st.builds(get.GetResponseWithDatablock, octet, st.booleans(), numbers, st.binary(max_size=300) | results),
    st.builds(get.GetResponseWithList, octet, st.lists(outcomes, max_size=3).map(tuple)),
    st.builds(put.SetRequestNormal, octet, attributes, values, accesses),
    st.builds(put.SetRequestWithFirstDatablock, octet, attributes, blocks, accesses),
    st.builds(put.SetRequestWithDatablock, octet, blocks),
    st.builds(put.SetRequestWithList, octet, selected, lists),
    st.builds(put.SetRequestWithListAndFirstDatablock, octet, selected, blocks),
    st.builds(put.SetResponseNormal, octet, results),
    st.builds(put.SetResponseDatablock, octet, numbers),
    st.builds(put.SetResponseLastDatablock, octet, results, numbers),
    st.builds(put.SetResponseLastDatablockWithList, octet, st.lists(results, max_size=3).map(tuple), numbers),
    st.builds(put.SetResponseWithList, octet, st.lists(results, max_size=3).map(tuple)),
    st.builds(action.ActionRequestNormal, octet, methods, st.none() | values),
    st.builds(action.ActionRequestNextPblock, octet, numbers),
    st.builds(action.ActionRequestWithList, octet, st.lists(methods, max_size=3).map(tuple), lists),
    st.builds(action.ActionRequestWithFirstPblock, octet, methods, blocks),
    st.builds(action.ActionRequestWithListAndFirstPblock, octet, st.lists(methods, max_size=3).map(tuple), blocks),
    st.builds(action.ActionRequestWithPblock, octet, blocks),
    st.builds(action.ActionResponseNormal, octet, acted),
    st.builds(action.ActionResponseWithPblock, octet, blocks),
    st.builds(action.ActionResponseWithList, octet, st.lists(acted, max_size=3).map(tuple)),
    st.builds(action.ActionResponseNextPblock, octet, numbers),
    st.builds(acse.Aarq, contexts, st.binary(max_size=40), mechanisms, challenges, titles, titles),
    st.builds(
        acse.Aare, contexts, octet.map(codes.AssociationResult), st.sampled_from(codes.DiagnosticSource),
        octet.map(codes.UserDiagnostic), st.binary(max_size=40), mechanisms, challenges, titles, titles,
    ),
    st.builds(acse.Rlrq, st.none() | octet, st.binary(max_size=40)),
    st.builds(acse.Rlre, st.none() | octet, st.binary(max_size=40)),
    st.builds(
        initiate.InitiateRequest, conformance, pdu_size, st.none() | st.binary(max_size=32), st.booleans(), qualities,
        octet,
    ),
    st.builds(initiate.InitiateResponse, conformance, pdu_size, qualities, octet, pdu_size),
    st.builds(initiate.ConfirmedServiceError, octet, octet, octet),
    st.builds(initiate.ExceptionResponse, octet.map(codes.StateError), st.integers(0, 5).map(codes.ServiceError)),
    st.builds(
        initiate.ExceptionResponse, octet.map(codes.StateError), st.just(codes.ServiceError(6)), st.none() | numbers
    ),
    st.builds(notifications.DataNotification, numbers, st.sampled_from([b"", bytes(12)]), values, st.booleans()),
    st.builds(notifications.EventNotification, st.none() | st.binary(max_size=12), attributes, values),
    st.builds(ciphered.Ciphered, st.sampled_from([0xC8, 0xCC, 0x21, 0xD4]), octet, numbers, bodies),
    st.builds(ciphered.Ciphered, st.sampled_from([0xDB, 0xDC]), octet, numbers, bodies, st.binary(max_size=9)),
)  # fmt: skip


@given(messages)
@settings(max_examples=500, deadline=None)
def test_every_apdu_comes_back_as_it_went(message: Any) -> None:
    octets = message.encode()
    assert apdu.parse_apdu(octets) == message
    tree = dissect_apdu(octets)
    assert_no_gap(tree)


@given(messages, st.data())
@settings(max_examples=300, deadline=None)
def test_every_cut_or_stretched_apdu_is_an_error(message: Any, data: st.DataObject) -> None:
    octets = message.encode()
    with pytest.raises(ProtocolError):
        apdu.parse_apdu(octets + b"\x00")
    cut = octets[: data.draw(st.integers(0, len(octets) - 1))]
    with contextlib.suppress(ProtocolError):
        assert apdu.parse_apdu(cut) != message


def _spoiled(message: Any, data: st.DataObject) -> bytes:
    octets = bytearray(message.encode())
    for _change in range(data.draw(st.integers(0, 3))):
        octets[data.draw(st.integers(0, len(octets) - 1))] = data.draw(octet)
    return bytes(octets[: data.draw(st.integers(0, len(octets)))]) if data.draw(st.booleans()) else bytes(octets)


anything = st.binary(max_size=200) | st.builds(
    lambda head, rest: bytes((head,)) + rest, st.sampled_from(sorted(apdu.apdu_names())), st.binary(max_size=200)
)


@given(anything)
@settings(max_examples=700, deadline=None)
def test_any_octets_parse_or_raise_a_protocol_error(octets: bytes) -> None:
    with contextlib.suppress(ProtocolError):
        apdu.parse_apdu(octets)
    with contextlib.suppress(ProtocolError):
        apdu.parse_get_response_raw(octets)
    tree = dissect_apdu(b"\x00\x01" + octets, 2)
    assert (tree.start, tree.end) == (2, 2 + len(octets))
    assert_no_gap(tree)
    tree.as_dict()


@given(messages, st.data())
@settings(max_examples=400, deadline=None)
def test_spoiled_messages_everywhere(message: Any, data: st.DataObject) -> None:
    octets = _spoiled(message, data)
    with contextlib.suppress(ProtocolError):
        apdu.parse_apdu(octets)
    assert_no_gap(dissect_apdu(octets))
    sap = data.draw(st.sampled_from([PUBLIC, LOW, HIGH]))
    both = _associated(sap, ciphered=data.draw(st.booleans()) if sap == HIGH else None)
    answer = both.server.receive(octets)
    assert answer is None or apdu.parse_apdu(answer)
    both = _associated(sap, ciphered=False if sap == HIGH else None)
    _ask(both, data.draw(st.integers(0, 4)))
    with contextlib.suppress(ProtocolError, CosemRefusal):
        both.client.receive(octets)


def _associated(sap: int, ciphered: bool | None) -> Pair:
    both = pair(sap, Model({NAME: get_value()}), ciphered=ciphered, max_pdu=128, server_max_pdu=128)
    both.run(both.client.associate())
    return both


def get_value() -> Any:
    from hht.protocol.cosem.data import octets

    return octets(bytes(300))


def _ask(both: Pair, what: int) -> bytes:
    long = get_value()
    return [
        lambda: both.client.get(NAME),
        lambda: both.client.get_list([NAME, LONG]),
        lambda: both.client.set(NAME, long),
        lambda: both.client.action(ECHO, long),
        both.client.release,
    ][what]()


def test_a_server_survives_noise() -> None:
    """Seeded: 20,000 random and half-right messages; every answer is an APDU, the association still serves after."""
    source = random.Random(7)
    both = _associated(LOW, None)
    genuine = [both.client.get(NAME), both.client.set(NAME, get_value()), both.client.action(ECHO, get_value())]
    for _index in range(20_000):
        octets = bytearray(source.choice(genuine) if source.random() < 0.7 else source.randbytes(source.randrange(80)))
        for _change in range(source.randrange(4)):
            if octets:
                octets[source.randrange(len(octets))] = source.randrange(256)
        if octets and octets[0] in (0x60, 0x62):
            continue  # these end the association, lawfully
        answer = both.server.receive(bytes(octets))
        assert answer is None or apdu.parse_apdu(answer)
    both.run(both.client.get(NAME))


def test_passwords_and_challenges_never_show_in_a_tree() -> None:
    password = b"OpenSesame"
    secret = password.hex(" ").upper()
    for sap, kwargs in ((LOW, {"password": password}), (HIGH, {})):
        both = pair(sap, **kwargs)  # type: ignore[arg-type]
        whole = both.client.associate()
        for size in range(len(whole) + 1):
            shown = str(dissect_apdu(whole[:size]).as_dict())
            assert secret not in shown
            assert secret[:11] not in shown
            assert "OpenSesame" not in shown
            if sap == HIGH:
                challenge = apdu.parse_apdu(whole).authentication  # type: ignore[union-attr]
                assert challenge is not None
                assert challenge[:4].hex(" ").upper() not in shown


@pytest.mark.parametrize("sap", [LOW, HIGH])
def test_one_damaged_octet_does_not_bring_a_secret_to_light(sap: int) -> None:
    password = b"OpenSesame"
    both = pair(sap, **({"password": password} if sap == LOW else {}))  # type: ignore[arg-type]
    whole = both.client.associate()
    message = apdu.parse_apdu(whole)
    assert isinstance(message, apdu.Aarq)
    assert message.authentication
    secret = message.authentication[:3]
    for at in range(len(whole)):
        for changed in range(at % 4, 256, 4):  # each octet by itself takes a quarter of what it could be
            damaged = whole[:at] + bytes((changed,)) + whole[at + 1 :]
            if secret not in damaged:
                continue
            shown = str(dissect_apdu(damaged).as_dict())
            assert secret.hex(" ").upper() not in shown
            assert secret.hex().upper() not in shown
            assert "Ope" not in shown or sap == HIGH


def test_text_from_a_meter_cannot_steer_a_terminal() -> None:
    from hht.protocol.cosem.data import utf8, visible

    for text in (visible("a\x1b[2Jb\n"), utf8("a\x9b2Jb\u202e")):
        shown = str(dissect_apdu(get.GetResponseNormal(0xC1, text).encode()).as_dict()["children"])
        assert "\\x1b" not in shown
        assert "\\x9b" not in shown
        assert "\\n" not in shown
        assert "\\u202e" not in shown


def test_secrets_in_services_are_masked() -> None:
    from hht.protocol.cosem.data import octets

    secret = octets(b"TOPSECRET")
    token_gateway = CosemMethod(115, Obis.parse("0-0:19.40.0"), 1)
    for message in (
        put.SetRequestNormal(0xC1, CosemAttribute(15, Obis.parse("0-0:40.0.0"), 7), secret),
        action.ActionRequestNormal(0xC1, CosemMethod(15, Obis.parse("0-0:40.0.0"), 1), secret),
        action.ActionRequestNormal(0xC1, CosemMethod(15, Obis.parse("0-0:40.0.0"), 2), secret),
        action.ActionRequestNormal(0xC1, CosemMethod(64, Obis.parse("0-0:43.0.0"), 2), secret),
        action.ActionRequestNormal(0xC1, token_gateway, secret),
        action.ActionRequestWithFirstPblock(0xC1, token_gateway, fields.Block(False, 1, b"TOPSECRET")),
        put.SetRequestWithDatablock(0xC1, fields.Block(True, 2, b"TOPSECRET")),
        initiate.InitiateRequest(codes.FIRST_LIGHT, 0, b"TOPSECRET1234567"),
    ):
        whole = message.encode()
        for size in range(len(whole) + 1):
            shown = str(dissect_apdu(whole[:size]).as_dict())
            assert "TOPSECRET" not in shown
            assert b"TOPS".hex(" ").upper() not in shown


def test_a_tree_says_in_words_what_a_message_is() -> None:
    tree = dissect_apdu(bytes.fromhex("c001c100080000010000ff0200"))
    assert tree.label == "get-request"
    found = [child for child in tree.children if child.label == "attribute"]
    assert [child.value for child in found] == ["8 0-0:1.0.0 attribute 2"]
    assert "8 Clock" in [leaf.value for leaf in found[0].children]
    tree = dissect_apdu(bytes.fromhex("c401c100090c07ea0b150603082a00000000"))
    assert "2026-11-21 03:08:42+00:00" in str(tree.as_dict())
    tree = dissect_apdu(bytes.fromhex("c401c1010300"))
    assert "3 = read-write-denied" in str(tree.as_dict())
    assert tree.error


def test_a_long_list_is_summed_up() -> None:
    rows = b"\x01\x82\x03\xe8" + b"\x11\x05" * 1000
    tree = dissect_apdu(b"\xc4\x01\xc1\x00" + rows)
    assert_no_gap(tree)
    assert _count(tree) < 100
    assert "936 more elements" in str(tree.as_dict())


def _count(node: Node) -> int:
    return 1 + sum(_count(child) for child in node.children)
