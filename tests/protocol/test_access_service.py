"""The access service, lists of methods, and what a meter sends unasked: both ends, plain and protected."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from hht.protocol.cosem import access, apdu
from hht.protocol.cosem.access import AccessAction, AccessGet, AccessItem, AccessRequest, AccessResponse, AccessSet
from hht.protocol.cosem.acse import Aarq, Rlrq
from hht.protocol.cosem.action import ActionOutcome, ActionResponseNormal
from hht.protocol.cosem.client import (
    MAX_BESIDE,
    AccessListResult,
    AccessOutcome,
    ActionListResult,
    GetResult,
    NextRequest,
    SetDone,
)
from hht.protocol.cosem.codes import FIRST_LIGHT, ActionResult, Conformance, DataAccessResult
from hht.protocol.cosem.data import NULL, Data, array, double_long_unsigned, octets, unsigned
from hht.protocol.cosem.datetime import NOW
from hht.protocol.cosem.descriptors import CosemAttribute, CosemMethod, SelectiveAccess
from hht.protocol.cosem.errors import (
    CosemError,
    CosemRefusal,
    MethodError,
    NotSupported,
    PlaintextRefused,
    UnexpectedApdu,
    WrongInvokeId,
)
from hht.protocol.cosem.notifications import DataNotification, DataNotificationConfirm, EventNotification
from hht.protocol.cosem.obis import Obis
from hht.protocol.cosem.profile import EntrySelection, selective_access
from hht.protocol.cosem.put import SetResponseNormal
from tests.protocol.cosem_pair import ECHO, HIGH, LONG, LOW, NAME, PROFILE, PUBLIC, SECRET, Model, Pair, expect, pair

UNKNOWN = CosemAttribute(1, Obis.parse("0-0:99.99.99"), 2)
NOWHERE = CosemMethod(9, Obis.parse("0-0:99.99.99"), 1)
BLOB = bytes(range(256)) * 20
EVENT = EventNotification(NOW, NAME, double_long_unsigned(0x8F01))
PUSH = DataNotification(5, NOW, octets(b"pushed"))
CONFIRMED_PUSH = DataNotification(access.LONG_CONFIRMED | 6, b"", octets(b"confirm me"))


def standing(sap: int, **kwargs: Any) -> Pair:
    model = Model({NAME: octets(b"a meter"), LONG: octets(BLOB), PROFILE: array([])})
    both = pair(sap, model, **kwargs)
    both.run(both.client.associate())
    both.to_server.clear()
    both.to_client.clear()
    return both


MIXED: list[tuple[AccessItem, Data | None]] = [
    (AccessGet(NAME), None),
    (AccessGet(UNKNOWN), None),
    (AccessSet(LONG), octets(b"new")),
    (AccessSet(LONG), unsigned(1)),
    (AccessAction(ECHO), octets(b"hello")),
    (AccessAction(NOWHERE), None),
    (AccessGet(LONG), None),
]
DONE = (
    AccessOutcome(DataAccessResult.SUCCESS, octets(b"a meter")),
    AccessOutcome(DataAccessResult.OBJECT_UNDEFINED, NULL),
    AccessOutcome(DataAccessResult.SUCCESS, NULL),
    AccessOutcome(DataAccessResult.TYPE_UNMATCHED, NULL),
    AccessOutcome(ActionResult.SUCCESS, octets(b"hello")),
    AccessOutcome(ActionResult.OBJECT_UNDEFINED, NULL),
    AccessOutcome(DataAccessResult.SUCCESS, octets(b"new")),
)


@pytest.mark.parametrize("sap", [LOW, HIGH])
@pytest.mark.parametrize("window", [0, 5])
@pytest.mark.parametrize("limit", [64, 0xFFFF])
def test_reads_writes_and_methods_in_one_exchange(sap: int, window: int, limit: int) -> None:
    both = standing(sap, window=window, max_pdu=limit, server_max_pdu=limit)
    assert both.run(both.client.access(MIXED)) == AccessListResult(DONE)
    assert all(len(wire) <= limit for wire in both.to_server + both.to_client)
    if sap == HIGH and limit > 64 and not window:
        assert both.to_server[0][0] == 0xDB  # access has no ciphered form of its own: general-glo-ciphering


def test_a_request_may_break_at_the_first_failure() -> None:
    both = standing(LOW)
    outcomes = expect(AccessListResult, both.run(both.client.access(MIXED, break_on_error=True))).outcomes
    assert outcomes[:2] == DONE[:2]
    assert [int(outcome.result) for outcome in outcomes[2:]] == [250] * 5
    assert both.run(both.client.get(LONG)) == GetResult(octets(BLOB))  # nothing after the failure was done


def test_a_selection_goes_with_its_item() -> None:
    both = standing(LOW)
    selection = selective_access(EntrySelection(1, 2))
    both.run(both.client.access([(AccessGet(PROFILE, selection), None)]))
    assert both.server._objects.selections == [EntrySelection(1, 2)]  # type: ignore[attr-defined]


def test_a_self_descriptive_request_is_answered_with_its_items() -> None:
    both = standing(LOW)
    request = AccessRequest(access.SELF_DESCRIPTIVE | 9, (AccessGet(NAME),), (NULL,))
    answer = apdu.parse_apdu(both.server.receive(request.encode()) or b"")
    assert isinstance(answer, AccessResponse)
    assert answer.items == (AccessGet(NAME),)


def test_lists_of_different_lengths_are_refused_item_by_item() -> None:
    both = standing(LOW)
    request = AccessRequest(9, (AccessGet(NAME), AccessSet(LONG)), (NULL,))
    answer = apdu.parse_apdu(both.server.receive(request.encode()) or b"")
    assert isinstance(answer, AccessResponse)
    assert [int(result) for result in answer.results] == [250, 250]


def test_a_short_request_does_not_make_an_endless_answer() -> None:
    both = pair(LOW, Model({LONG: octets(bytes(300_000))}), window=8)
    both.run(both.client.associate())
    outcomes = expect(AccessListResult, both.run(both.client.access([(AccessGet(LONG), None)] * 9))).outcomes
    assert [int(outcome.result) for outcome in outcomes] == [0, 0, 0] + [250] * 6


@pytest.mark.parametrize(
    ("wire", "error"),
    [
        ("da400000020000010001" + "0100", WrongInvokeId),
        ("da400000010000020000" + "0101" + "00", UnexpectedApdu),  # two values, one result
        ("da40000001000001000" + "10200", UnexpectedApdu),  # the result of a set
        ("da40000001000001000" + "10400", CosemError),  # of nothing known
        ("c501c100", UnexpectedApdu),
    ],
)
def test_answers_that_do_not_fit_are_refused_and_the_next_request_is_served(wire: str, error: type[CosemError]) -> None:
    both = standing(LOW)
    both.client.access([(AccessGet(NAME), None)])
    with pytest.raises(error):
        both.client.receive(bytes.fromhex(wire))
    assert both.run(both.client.get(NAME)) == GetResult(octets(b"a meter"))


def test_access_is_not_asked_for_where_it_was_not_agreed() -> None:
    both = standing(LOW, granted=FIRST_LIGHT & ~Conformance.ACCESS)
    with pytest.raises(NotSupported) as refused:
        both.client.access([(AccessGet(NAME), None)])
    assert refused.value.code == "cosem-not-negotiated"
    request = AccessRequest(9, (AccessGet(NAME),), (NULL,)).encode()
    assert both.server.receive(request) == bytes.fromhex("d80102")
    both = standing(LOW, granted=FIRST_LIGHT & ~Conformance.SELECTIVE_ACCESS)
    with pytest.raises(NotSupported):
        both.client.access([(AccessGet(PROFILE, SelectiveAccess(2, array([]))), None)])


# --- lists of methods


@pytest.mark.parametrize("limit", [64, 0xFFFF])
def test_several_methods_in_one_exchange(limit: int) -> None:
    both = standing(LOW, max_pdu=limit)
    result = both.run(both.client.action_list([(ECHO, octets(bytes(100))), (NOWHERE, None), (ECHO, None)]))
    outcomes = expect(ActionListResult, result).outcomes
    assert outcomes[0] == ActionOutcome(ActionResult.SUCCESS, octets(bytes(100)))
    assert outcomes[1] == ActionOutcome(ActionResult.OBJECT_UNDEFINED)
    assert outcomes[2].result is ActionResult.SUCCESS


def test_a_list_of_methods_refused_as_a_whole_or_miscounted() -> None:
    both = standing(LOW)
    both.client.action_list([(ECHO, None)])
    with pytest.raises(MethodError):
        both.client.receive(ActionResponseNormal(0xC1, ActionOutcome(ActionResult.TEMPORARY_FAILURE)).encode())
    both.client.action_list([(ECHO, None), (ECHO, None)])
    with pytest.raises(UnexpectedApdu, match="2 items"):
        both.client.receive(bytes.fromhex("c703c2010000"))
    both.client.action_list([(ECHO, None)])
    with pytest.raises(UnexpectedApdu):
        both.client.receive(SetResponseNormal(0xC3, DataAccessResult.SUCCESS).encode())


# --- what the meter sends unasked


@pytest.mark.parametrize("sap", [LOW, HIGH])
@pytest.mark.parametrize("window", [0, 4])
def test_notifications_come_between_requests_and_end_nothing(sap: int, window: int) -> None:
    both = standing(sap, window=window, max_pdu=256)
    for notice in (EVENT, PUSH, CONFIRMED_PUSH):
        assert both.server.notify(notice)
    assert both.server.unconfirmed == {6}
    assert both.run(both.client.get(LONG)) == GetResult(octets(BLOB))
    assert both.run(both.client.get(NAME)) == GetResult(octets(b"a meter"))
    assert both.notified == [EVENT, PUSH, CONFIRMED_PUSH]
    assert both.server.unconfirmed == frozenset()


@pytest.mark.parametrize("sap", [LOW, HIGH])
def test_a_notification_between_the_request_and_its_answer(sap: int) -> None:
    both = standing(sap)
    request = both.client.get(NAME)
    both.server.notify(CONFIRMED_PUSH)
    notice = both.server.more()
    answer = both.server.receive(request)
    assert notice
    assert answer
    step = both.client.receive(notice)
    assert isinstance(step, NextRequest)
    assert step.notification == CONFIRMED_PUSH
    assert both.server.unconfirmed == {6}
    assert both.server.receive(step.apdu) is None  # the confirmation is no request
    assert both.server.unconfirmed == frozenset()
    assert both.client.receive(answer) == GetResult(octets(b"a meter"))


def test_a_notification_in_the_middle_of_a_long_value() -> None:
    both = standing(LOW, max_pdu=128)
    step = both.client.receive(both.server.receive(both.client.get(LONG)) or b"")
    both.server.notify(EVENT)
    told = both.client.receive(both.server.more() or b"")
    assert isinstance(told, NextRequest)
    assert (told.apdu, told.notification) == (b"", EVENT)
    assert isinstance(step, NextRequest)
    assert both.run(step.apdu) == GetResult(octets(BLOB))


def test_only_who_agreed_is_told_and_only_what_fits() -> None:
    deaf = standing(LOW, conformance=FIRST_LIGHT & ~Conformance.EVENT_NOTIFICATION & ~Conformance.DATA_NOTIFICATION)
    assert not deaf.server.notify(EVENT)
    assert not deaf.server.notify(PUSH)
    stranger = pair(LOW)
    assert not stranger.server.notify(EVENT)
    small = standing(LOW, max_pdu=64)
    assert not small.server.notify(DataNotification(1, b"", octets(bytes(64))))
    assert small.server.notify(EVENT)
    full = standing(LOW)
    taken = sum(full.server.notify(EVENT) for _index in range(100))
    assert taken == 32


def test_notification_after_notification_is_not_listened_to_for_ever() -> None:
    both = standing(LOW)
    both.client.get(NAME)
    for _index in range(MAX_BESIDE):
        both.client.receive(EVENT.encode())
    with pytest.raises(UnexpectedApdu, match="notification after notification"):
        both.client.receive(EVENT.encode())
    assert both.run(both.client.get(NAME)) == GetResult(octets(b"a meter"))


def test_an_unprotected_notification_inside_a_protected_association_is_refused() -> None:
    both = standing(HIGH)
    both.client.get(NAME)
    with pytest.raises(PlaintextRefused):
        both.client.receive(EVENT.encode())


def test_a_damaged_notification_ends_the_request_and_not_the_association() -> None:
    both = standing(LOW)
    both.client.get(NAME)
    with pytest.raises(CosemError):
        both.client.receive(EVENT.encode()[:-1])
    assert both.run(both.client.set(LONG, octets(b"x"))) == SetDone()


def test_a_confirmation_goes_to_the_meter_only() -> None:
    both = standing(PUBLIC)
    both.client.get(SECRET)
    with pytest.raises(UnexpectedApdu):
        both.client.receive(DataNotificationConfirm(access.LONG_CONFIRMED | 6).encode())
    assert both.server.receive(DataNotificationConfirm(1).encode()) is None


@settings(max_examples=300, deadline=None)
@given(st.integers(0, 40), st.integers(0, 255), st.integers(1, 60), st.booleans())
def test_a_damaged_access_is_answered_or_refused_and_the_association_goes_on(
    at: int, octet: int, size: int, to_server: bool
) -> None:
    both = standing(LOW)
    request = both.client.access([(AccessGet(NAME), None), (AccessSet(LONG), octets(b"new"))])
    wire = bytearray(request if to_server else both.server.receive(request) or b"")
    wire[at % len(wire)] = octet
    assume(wire[0] not in (Aarq.TAG, Rlrq.TAG))  # these end the association, whatever follows them
    if to_server:
        assert both.server.receive(bytes(wire[:size])) is not None
    else:
        try:
            both.client.receive(bytes(wire[:size]))
        except (CosemError, CosemRefusal):
            assert both.client.associated
    assert both.run(both.client.get(NAME)) == GetResult(octets(b"a meter"))
