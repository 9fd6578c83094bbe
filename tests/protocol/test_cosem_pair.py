"""Client and server face to face: associations, services, blocks at every size, refusals."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest

from hht.protocol.cosem import apdu
from hht.protocol.cosem.action import ActionRequestWithList, ActionResponseWithList
from hht.protocol.cosem.client import (
    ActionDone,
    Associated,
    GetListResult,
    GetResult,
    GetStreamed,
    NextRequest,
    Released,
    SetDone,
    SetListResult,
)
from hht.protocol.cosem.codes import (
    FIRST_LIGHT,
    ActionResult,
    AssociationResult,
    Conformance,
    DataAccessResult,
    Mechanism,
)
from hht.protocol.cosem.data import Data, Encoded, array, encode, octets, structure, unsigned
from hht.protocol.cosem.descriptors import CosemAttribute, CosemMethod, SelectiveAccess
from hht.protocol.cosem.errors import (
    AssociationRejected,
    BlockOutOfOrder,
    CosemError,
    DataAccessError,
    MethodError,
    NotSupported,
    ServiceRejected,
    TrailingOctets,
    UnexpectedApdu,
    UnprotectedRefusal,
    ValueOutOfRange,
    WrongInvokeId,
)
from hht.protocol.cosem.fields import Block
from hht.protocol.cosem.get import GetResponseNormal, GetResponseWithDatablock
from hht.protocol.cosem.obis import Obis
from hht.protocol.cosem.profile import EntrySelection, RangeSelection
from hht.protocol.cosem.put import SetRequestWithDatablock
from hht.protocol.cosem.security import Protection
from tests.protocol.cosem_pair import (
    ECHO,
    HIGH,
    LONG,
    LOW,
    NAME,
    PROFILE,
    PUBLIC,
    SECRET,
    SERVER_TITLE,
    Model,
    client_material,
    expect,
    pair,
    table,
)

BLOB = bytes(index * 7 & 0xFF for index in range(1500))
EVERY_CLIENT = pytest.mark.parametrize("sap", [PUBLIC, LOW, HIGH])
OBJECT_LIST = CosemAttribute(15, Obis.parse("0-0:40.0.0"), 2)


@EVERY_CLIENT
def test_associate_read_release(sap: int) -> None:
    both = pair(sap)
    associated = expect(Associated, both.run(both.client.associate()))
    protected = Conformance.GENERAL_PROTECTION if sap == HIGH else Conformance.NONE
    assert associated.conformance == FIRST_LIGHT | protected
    assert associated.max_pdu == 0xFFFF
    assert associated.system_title == (SERVER_TITLE if sap == HIGH else b"")
    assert both.server.client is not None
    assert both.server.client.sap == sap
    assert expect(GetResult, both.run(both.client.get(NAME))).data == octets(b"a meter")
    assert both.run(both.client.release()) == Released()
    assert not both.client.associated
    assert both.server.client is None


def test_a_ciphered_association_shows_nothing_on_the_wire() -> None:
    both = pair(HIGH)
    both.run(both.client.associate())
    both.run(both.client.get(NAME))
    both.run(both.client.action(ECHO, octets(b"very secret")))
    wire = b"".join(both.to_server + both.to_client)
    assert b"a meter" not in wire
    assert b"very secret" not in wire
    assert all(message[0] in (0x60, 0x61, 0xC8, 0xCB, 0xCC, 0xCF) for message in both.to_server + both.to_client)


def test_gmac_in_a_plain_context_and_authentication_only() -> None:
    both = pair(HIGH, ciphered=False)
    both.run(both.client.associate())
    assert expect(GetResult, both.run(both.client.get(NAME))).data == octets(b"a meter")
    assert both.to_server[-1][0] == 0xC0
    both = pair(HIGH, protection=Protection.AUTHENTICATED)
    both.run(both.client.associate())
    assert expect(GetResult, both.run(both.client.get(NAME))).data == octets(b"a meter")
    assert b"a meter" in both.to_client[-1]
    assert both.to_client[-1][2] == Protection.AUTHENTICATED


@EVERY_CLIENT
@pytest.mark.parametrize(
    "limit", [64, 65, 66, 127, 128, 129, 130, 150, 151, 152, 153, 200, 255, 256, 257, 258, 300, 1024]
)
def test_blocks_both_ways_at_every_boundary(sap: int, limit: int) -> None:
    model = Model({NAME: octets(b"x"), LONG: octets(b"")})
    both = pair(sap, model, server_max_pdu=limit, max_pdu=limit)
    both.run(both.client.associate())
    opening = len(both.to_client), len(both.to_server)
    for size in {
        0,
        1,
        limit - 30,
        limit - 16,
        limit - 15,
        limit - 3,
        limit,
        2 * limit,
        999,
        *range(limit - 14, limit - 8),
    }:
        value = octets(BLOB[: max(0, size)])
        model.values[LONG] = value
        assert expect(GetResult, both.run(both.client.get(LONG))).data == value
        streamed = expect(GetStreamed, both.run(both.client.get(LONG, stream=True)))
        assert bytes(both.partial) + streamed.partial == encode(value)
        if sap != PUBLIC:
            assert both.run(both.client.set(LONG, value)) == SetDone()
            assert model.values[LONG] == value
        assert both.run(both.client.action(ECHO, value)) == ActionDone(value)
    assert max(len(message) for message in both.to_client[opening[0] :]) <= limit
    assert max(len(message) for message in both.to_server[opening[1] :]) <= limit


def test_every_length_of_a_value_at_one_limit() -> None:
    model = Model({LONG: octets(b"")})
    both = pair(LOW, model, server_max_pdu=64, max_pdu=64)
    both.run(both.client.associate())
    for size in range(300):
        value = octets(BLOB[:size])
        assert both.run(both.client.set(LONG, value)) == SetDone()
        assert model.values[LONG] == value
        assert expect(GetResult, both.run(both.client.get(LONG))).data == value
        assert both.run(both.client.action(ECHO, value)) == ActionDone(value)


def test_blocks_are_as_long_as_they_may_be() -> None:
    both = pair(PUBLIC, Model({LONG: octets(BLOB * 40)}), max_pdu=1024)
    both.run(both.client.associate())
    both.run(both.client.get(LONG))
    assert all(len(message) == 1024 for message in both.to_client[1:-1])
    assert len(both.to_server) == 1 + -(-(len(BLOB) * 40 + 4) // (1024 - 9 - 3))


@EVERY_CLIENT
def test_lists_whole_and_in_blocks(sap: int) -> None:
    values: dict[CosemAttribute, Data | Encoded] = {
        NAME: octets(b"x"),
        LONG: Encoded(encode(octets(BLOB))),
        SECRET: octets(b"s"),
    }
    for limit in (200, 0xFFFF):
        both = pair(sap, Model(dict(values)), server_max_pdu=limit, max_pdu=limit)
        both.run(both.client.associate())
        result = expect(GetListResult, both.run(both.client.get_list([NAME, PROFILE, LONG, SECRET])))
        assert result.results[:3] == (octets(b"x"), DataAccessResult.OBJECT_UNDEFINED, octets(BLOB))
        denied = DataAccessResult.READ_WRITE_DENIED
        assert result.results[3] == (denied if sap == PUBLIC else octets(b"s"))
        written = expect(SetListResult, both.run(both.client.set_list([(NAME, octets(BLOB)), (LONG, unsigned(3))])))
        ours = (denied, denied) if sap == PUBLIC else (DataAccessResult.SUCCESS, DataAccessResult.TYPE_UNMATCHED)
        assert written.results == ours


def test_a_client_without_limits_gets_all_at_once() -> None:
    both = pair(PUBLIC, Model({LONG: octets(BLOB * 60)}), max_pdu=0)
    both.run(both.client.associate())
    both.run(both.client.get(LONG))
    assert len(both.to_client) == 2


def test_selections_reach_the_model_decoded() -> None:
    model = Model({PROFILE: array([]), LONG: octets(b"")})
    both = pair(PUBLIC, model)
    both.run(both.client.associate())
    span = (datetime(2026, 10, 1, tzinfo=UTC), datetime(2026, 10, 2, 12, 30, tzinfo=UTC))
    for selection in (RangeSelection.between(*span), EntrySelection(1, 48, 1, 2)):
        both.run(both.client.get(PROFILE, selection))
        assert model.selections[-1] == selection
    first = model.selections[0]
    assert isinstance(first, RangeSelection)
    assert first.times() == span


def test_a_selection_that_makes_no_sense_is_refused() -> None:
    both = pair(PUBLIC, Model({PROFILE: array([])}))
    both.run(both.client.associate())
    for access in (SelectiveAccess(1, unsigned(1)), SelectiveAccess(9, array([]))):
        with pytest.raises(DataAccessError) as refused:
            both.run(both.client.get(PROFILE, access))
        assert refused.value.result is DataAccessResult.TYPE_UNMATCHED


# --- refusals of the association


@pytest.mark.parametrize(
    ("sap", "kwargs", "code"),
    [
        (LOW, {"password": b"gurux"}, "cosem-authentication-failure"),
        (LOW, {"mechanism": Mechanism.NONE}, "cosem-authentication-failure"),
        (HIGH, {"mechanism": Mechanism.LOW, "password": b"Gurux"}, "cosem-authentication-failure"),
        (PUBLIC, {"mechanism": Mechanism.LOW, "password": b"Gurux"}, "cosem-authentication-failure"),
        (PUBLIC, {"ciphered": True, "material": client_material()}, "cosem-context-refused"),
        (PUBLIC, {"conformance": Conformance.READ}, "cosem-conformance-refused"),
        (PUBLIC, {"max_pdu": 20}, "cosem-pdu-refused"),
    ],
)
def test_a_wrong_association_is_rejected_in_words(sap: int, kwargs: dict[str, Any], code: str) -> None:
    both = pair(sap, **kwargs)
    with pytest.raises(AssociationRejected) as rejected:
        both.run(both.client.associate())
    assert rejected.value.code == code
    assert rejected.value.remedy
    assert both.server.client is None
    assert both.server.receive(bytes.fromhex("c001c100080000010000ff0200")) == bytes.fromhex("d80101")


def test_an_unknown_client_is_rejected_for_good() -> None:
    stranger = pair(PUBLIC, associations=table()[1:])
    with pytest.raises(AssociationRejected) as rejected:
        stranger.run(stranger.client.associate())
    assert rejected.value.code == "cosem-client-refused"
    aare = apdu.parse_apdu(stranger.to_client[-1])
    assert isinstance(aare, apdu.Aare)
    assert aare.result is AssociationResult.REJECTED_PERMANENT


def test_ciphering_can_be_required() -> None:
    both = pair(HIGH, associations=table(require_ciphering=True), ciphered=False)
    with pytest.raises(AssociationRejected) as rejected:
        both.run(both.client.associate())
    assert rejected.value.code == "cosem-context-refused"


# --- refusals of services


def test_services_before_association() -> None:
    both = pair(PUBLIC)
    for request in ("c001c100080000010000ff0200", "c101c100010000600d00ff0200090548656c6c6f", "6203800100", "db", "ff"):
        assert both.server.receive(bytes.fromhex(request)) == bytes.fromhex("d80101")
    assert both.server.receive(b"") is None
    with pytest.raises(UnexpectedApdu) as refused:
        both.client.get(NAME)
    assert refused.value.code == "cosem-not-associated"
    with pytest.raises(UnexpectedApdu):
        both.client.receive(bytes.fromhex("c401c1000f00"))


@pytest.mark.parametrize(
    ("attribute", "value", "result"),
    [
        (SECRET, None, DataAccessResult.READ_WRITE_DENIED),
        (PROFILE, None, DataAccessResult.OBJECT_UNDEFINED),
        (NAME, octets(b""), DataAccessResult.READ_WRITE_DENIED),
        (OBJECT_LIST, octets(b""), DataAccessResult.READ_WRITE_DENIED),
        (CosemAttribute(15, Obis.parse("0-0:40.0.0"), 7), None, DataAccessResult.READ_WRITE_DENIED),
    ],
)
def test_access_refused_in_words(attribute: CosemAttribute, value: Data | None, result: DataAccessResult) -> None:
    both = pair(PUBLIC)
    both.run(both.client.associate())
    request = both.client.get(attribute) if value is None else both.client.set(attribute, value)
    with pytest.raises(DataAccessError) as refused:
        both.run(request)
    assert refused.value.result is result
    assert refused.value.remedy
    assert str(attribute) in refused.value.message


def test_methods_refused_in_words() -> None:
    both = pair(PUBLIC)
    both.run(both.client.associate())
    for method, code in (
        (CosemMethod(9, Obis.parse("0-0:10.0.9"), 1), ActionResult.OBJECT_UNDEFINED),
        (CosemMethod(15, Obis.parse("0-0:40.0.0"), 1), ActionResult.READ_WRITE_DENIED),
        (CosemMethod(15, Obis.parse("0-0:40.0.0"), 2), ActionResult.READ_WRITE_DENIED),
    ):
        with pytest.raises(MethodError) as refused:
            both.run(both.client.action(method, octets(b"x")))
        assert refused.value.result is code
    assert both.run(both.client.action(ECHO)) == ActionDone(None)


def test_a_service_that_was_not_negotiated() -> None:
    only_get = Conformance.GET
    both = pair(LOW, conformance=only_get)
    assert expect(Associated, both.run(both.client.associate())).conformance == only_get
    calls: list[Callable[[], bytes]] = [
        lambda: both.client.set(NAME, octets(b"")),
        lambda: both.client.action(ECHO),
        lambda: both.client.get_list([NAME]),
        lambda: both.client.get(PROFILE, EntrySelection(1)),
    ]
    for call in calls:
        with pytest.raises(NotSupported) as refused:
            call()
        assert refused.value.code == "cosem-not-negotiated"
    for request in ("c101c100010000600d00ff0200090548656c6c6f", "c301c100090000 0a0000ff0100", "c003c100"):
        assert both.server.receive(bytes.fromhex(request)) == bytes.fromhex("d80102")


def test_a_long_value_without_block_transfer() -> None:
    both = pair(
        LOW, Model({LONG: octets(BLOB)}), max_pdu=200, server_max_pdu=200, conformance=Conformance.GET | Conformance.SET
    )
    both.run(both.client.associate())
    with pytest.raises(DataAccessError) as refused:
        both.run(both.client.get(LONG))
    assert refused.value.result is DataAccessResult.DATA_BLOCK_UNAVAILABLE
    with pytest.raises(NotSupported):
        both.client.set(LONG, octets(BLOB))


def test_a_request_that_is_too_long() -> None:
    both = pair(LOW, server_max_pdu=100, conformance=FIRST_LIGHT & ~Conformance.GENERAL_BLOCK_TRANSFER)
    both.run(both.client.associate())
    with pytest.raises(ValueOutOfRange) as refused:
        both.client.get_list([NAME] * 20)
    assert refused.value.code == "cosem-request-too-long"
    answer = both.server.receive(bytes.fromhex("c101c100010000600d00ff020009ff") + bytes(255))
    assert answer == bytes.fromhex("d80104")


@pytest.mark.parametrize(
    ("answer", "code"),
    [
        ("d80101", "cosem-not-possible"),
        ("d80102", "cosem-service-not-supported"),
        ("d80103", "cosem-service-rejected"),
        ("d80104", "cosem-pdu-too-long"),
        ("d80105", "cosem-deciphering"),
        ("d8010600000009", "cosem-counter-refused"),
        ("0e010601", "cosem-version-refused"),
    ],
)
@EVERY_CLIENT
def test_exceptions_are_told_apart(sap: int, answer: str, code: str) -> None:
    both = pair(sap)
    both.run(both.client.associate())
    both.client.get(NAME)
    with pytest.raises((ServiceRejected, UnprotectedRefusal)) as rejected:
        both.client.receive(bytes.fromhex(answer))
    if sap == HIGH:  # anybody may have said it: told, not believed
        assert (rejected.value.code, rejected.value.details["said"]) == ("cosem-unprotected-refusal", code)
    else:
        assert rejected.value.code == code
    assert rejected.value.remedy


# --- answers that break a rule


def asking(sap: int = PUBLIC, **kwargs: object) -> tuple[Any, int]:
    """A client that waits for the answer to GET, and the request's invoke-id octet."""
    both = pair(sap, **kwargs)  # type: ignore[arg-type]
    both.run(both.client.associate())
    request = apdu.parse_apdu(both.client.get(NAME))
    return both.client, request.invoke  # type: ignore[union-attr]


def test_answers_that_answer_something_else() -> None:
    for answer, error in (
        ("c501c100", UnexpectedApdu),
        ("c403c10100", CosemError),
        ("c701c10000", UnexpectedApdu),
        ("c001c100080000010000ff0200", UnexpectedApdu),
        ("100000000000", UnexpectedApdu),
        ("6303800100", UnexpectedApdu),
        ("c404c100", NotSupported),
        ("", CosemError),
    ):
        client, _invoke = asking()
        with pytest.raises(error):
            client.receive(bytes.fromhex(answer))
        with pytest.raises(UnexpectedApdu):  # the operation is over
            client.receive(bytes.fromhex("c401c1000f00"))


def test_an_answer_with_another_invoke_id() -> None:
    client, invoke = asking()
    with pytest.raises(WrongInvokeId) as refused:
        client.receive(GetResponseNormal(invoke ^ 3, octets(b"x")).encode())
    assert refused.value.code == "cosem-invoke-id"
    assert refused.value.remedy
    client, invoke = asking()
    assert client.receive(GetResponseNormal(invoke & 0x7F, octets(b"x")).encode()) == GetResult(octets(b"x"))


def test_octets_after_a_value() -> None:
    client, invoke = asking()
    with pytest.raises(TrailingOctets):
        client.receive(GetResponseNormal(invoke, octets(b"x")).encode() + b"\x00")
    client, invoke = asking()
    client.receive(GetResponseWithDatablock(invoke, False, 1, b"\x09\x01").encode())
    with pytest.raises(TrailingOctets):
        client.receive(GetResponseWithDatablock(invoke, True, 2, b"xy").encode())


@pytest.mark.parametrize("number", [0, 1, 3, 0xFFFFFFFF])
def test_blocks_out_of_order(number: int) -> None:
    client, invoke = asking()
    first = client.receive(GetResponseWithDatablock(invoke, False, 1, b"\x09\x02a").encode())
    assert isinstance(first, NextRequest)
    assert first.partial == b"\x09\x02a"
    with pytest.raises(BlockOutOfOrder):
        client.receive(GetResponseWithDatablock(invoke, True, number, b"b").encode())


def test_a_meter_that_never_comes_to_an_end() -> None:
    client, invoke = asking()
    with pytest.raises(BlockOutOfOrder):
        client.receive(GetResponseWithDatablock(invoke, False, 1, b"").encode())


def test_a_short_request_for_too_much_is_bounded() -> None:
    both = pair(PUBLIC, Model({LONG: Encoded(encode(octets(bytes(500_000))))}), max_pdu=0)
    both.run(both.client.associate())
    result = expect(GetListResult, both.run(both.client.get_list([LONG] * 100)))
    assert [isinstance(one, Data) for one in result.results] == [True] * 3 + [False] * 97
    assert result.results[3] is not DataAccessResult.SUCCESS
    assert len(both.to_client[-1]) < 2_000_000


def test_a_long_read_that_the_meter_breaks_off() -> None:
    client, invoke = asking()
    client.receive(GetResponseWithDatablock(invoke, False, 1, b"\x09\x02a").encode())
    with pytest.raises(DataAccessError) as refused:
        client.receive(GetResponseWithDatablock(invoke, True, 2, DataAccessResult.LONG_GET_ABORTED).encode())
    assert refused.value.result is DataAccessResult.LONG_GET_ABORTED
    client, invoke = asking()
    client.receive(GetResponseWithDatablock(invoke, False, 1, b"\x09\x02a").encode())
    with pytest.raises(UnexpectedApdu):  # a whole value in the middle of blocks
        client.receive(GetResponseNormal(invoke, octets(b"x")).encode())


def test_the_server_keeps_block_numbers() -> None:
    both = pair(LOW, Model({LONG: octets(BLOB)}), max_pdu=100, server_max_pdu=100)
    both.run(both.client.associate())
    next_block = bytes.fromhex("c002c1") + (7).to_bytes(4, "big")
    no_long_get = apdu.parse_apdu(both.server.receive(next_block) or b"")
    assert isinstance(no_long_get, GetResponseWithDatablock)
    assert no_long_get.result is DataAccessResult.NO_LONG_GET_IN_PROGRESS
    both.server.receive(both.client.get(LONG))
    invalid = apdu.parse_apdu(both.server.receive(bytes.fromhex("c002c1") + (7).to_bytes(4, "big")) or b"")
    assert isinstance(invalid, GetResponseWithDatablock)
    assert invalid.result is DataAccessResult.DATA_BLOCK_NUMBER_INVALID
    stray = SetRequestWithDatablock(0xC1, Block(False, 2, b"")).encode()
    assert both.server.receive(stray) == bytes.fromhex("c503c1") + bytes([18]) + (2).to_bytes(4, "big")
    both.server.receive(both.client.set(LONG, octets(BLOB)))
    skipping = SetRequestWithDatablock(0xC2, Block(False, 3, b"")).encode()
    assert both.server.receive(skipping) == bytes.fromhex("c503c2") + bytes([19]) + (3).to_bytes(4, "big")
    assert both.server.receive(bytes.fromhex("c306c30100000002 00")) == bytes.fromhex("c701c31000")


def test_the_object_list_shows_the_clients_rights() -> None:
    for sap, mode in ((PUBLIC, 1), (LOW, 3)):
        both = pair(sap)
        both.run(both.client.associate())
        rows = expect(GetResult, both.run(both.client.get(OBJECT_LIST))).data.as_items()
        names = [Obis.from_bytes(row.as_items(4)[2].as_bytes()) for row in rows]
        assert names == [Obis.parse("0-0:40.0.0"), NAME.obis, ECHO.obis]
        class_id, version, _name, rights = rows[1].as_items(4)
        assert (class_id.plain(), version.plain()) == (1, 0)
        attributes, methods = rights.as_items(2)
        assert attributes.plain() == ((1, 1, None), (2, mode, None))
        assert methods.plain() == ()


def test_the_other_attributes_of_the_association() -> None:
    both = pair(HIGH)
    both.run(both.client.associate())
    seen = {}
    for number in (1, 3, 4, 5, 6, 8, 9):
        attribute = CosemAttribute(15, Obis.parse("0-0:40.0.0"), number)
        seen[number] = expect(GetResult, both.run(both.client.get(attribute))).data.plain()
    assert seen[1] == bytes(Obis.parse("0-0:40.0.0"))
    assert seen[3] == (HIGH, 1)
    assert seen[4] == (2, 16, 756, 5, 8, 1, 3)
    assert seen[5] == (f"{int(FIRST_LIGHT | Conformance.GENERAL_PROTECTION):024b}", 0xFFFF, 0xFFFF, 6, 0, b"")
    assert seen[6] == (2, 16, 756, 5, 8, 2, 5)
    assert (seen[8], seen[9]) == (2, bytes(Obis.parse("0-0:43.0.0")))


def test_lists_of_methods_are_served_too() -> None:
    both = pair(PUBLIC)
    both.run(both.client.associate())
    other = CosemMethod(9, Obis.parse("0-0:10.0.9"), 1)
    request = ActionRequestWithList(0xC1, (ECHO, other), (octets(b"x"), structure())).encode()
    answer = apdu.parse_apdu(both.server.receive(request) or b"")
    assert isinstance(answer, ActionResponseWithList)
    assert [outcome.result for outcome in answer.outcomes] == [ActionResult.SUCCESS, ActionResult.OBJECT_UNDEFINED]
    assert answer.outcomes[0].returned == octets(b"x")


def test_a_connection_that_went_away_takes_the_association_along() -> None:
    both = pair(LOW)
    both.run(both.client.associate())
    both.server.disconnected()
    with pytest.raises(ServiceRejected):
        both.run(both.client.get(NAME))
    both.run(both.client.associate())
    assert both.client.associated
