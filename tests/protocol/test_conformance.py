"""What both ends agree to: the client asks for all that it can do, and uses only what was granted; bit by bit."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from hht.protocol.cosem.access import AccessGet
from hht.protocol.cosem.apdu import parse_apdu
from hht.protocol.cosem.client import ActionDone, Associated, GetResult, SetDone
from hht.protocol.cosem.codes import FIRST_LIGHT, Conformance
from hht.protocol.cosem.data import array, octets
from hht.protocol.cosem.descriptors import CosemAttribute
from hht.protocol.cosem.errors import CosemRefusal, NotSupported
from hht.protocol.cosem.general_block import GeneralBlock
from hht.protocol.cosem.initiate import ExceptionResponse
from hht.protocol.cosem.notifications import DataNotification, EventNotification
from hht.protocol.cosem.profile import EntrySelection
from tests.protocol.cosem_pair import ECHO, HIGH, LONG, LOW, NAME, PROFILE, Model, Pair, expect, pair

BLOB = bytes(2000)
LIMIT = 256
EVERYTHING = CosemAttribute(NAME.class_id, NAME.obis, 0)
# Only for short names, or not spoken: a meter may grant them, nobody here uses them
NOT_SPOKEN = (
    Conformance.READ
    | Conformance.WRITE
    | Conformance.UNCONFIRMED_WRITE
    | Conformance.INFORMATION_REPORT
    | Conformance.PARAMETERIZED_ACCESS
    | Conformance.ATTRIBUTE0_WITH_GET
    | Conformance.ATTRIBUTE0_WITH_SET
    | Conformance.GENERAL_PROTECTION  # asked for in a ciphered association
)

Ask = Callable[[Pair], Any]
USES: dict[str, tuple[Ask, Conformance]] = {
    "get": (lambda both: both.client.get(NAME), Conformance.GET),
    "get a part": (
        lambda both: both.client.get(PROFILE, EntrySelection(1, 2)),
        Conformance.GET | Conformance.SELECTIVE_ACCESS,
    ),
    "get several": (lambda both: both.client.get_list([NAME, NAME]), Conformance.GET | Conformance.MULTIPLE_REFERENCES),
    "get everything": (lambda both: both.client.get(EVERYTHING), Conformance.GET | Conformance.ATTRIBUTE0_WITH_GET),
    "set": (lambda both: both.client.set(NAME, octets(b"x")), Conformance.SET),
    "set a part": (
        lambda both: both.client.set(PROFILE, octets(b"x"), EntrySelection(1, 2)),
        Conformance.SET | Conformance.SELECTIVE_ACCESS,
    ),
    "set several": (
        lambda both: both.client.set_list([(NAME, octets(b"x"))]),
        Conformance.SET | Conformance.MULTIPLE_REFERENCES,
    ),
    "set everything": (
        lambda both: both.client.set(EVERYTHING, octets(b"x")),
        Conformance.SET | Conformance.ATTRIBUTE0_WITH_SET,
    ),
    "action": (lambda both: both.client.action(ECHO), Conformance.ACTION),
    "several actions": (
        lambda both: both.client.action_list([(ECHO, None)]),
        Conformance.ACTION | Conformance.MULTIPLE_REFERENCES,
    ),
    "access": (lambda both: both.client.access([(AccessGet(NAME), None)]), Conformance.ACCESS),
}


def standing(granted: Conformance, **kwargs: Any) -> Pair:
    model = Model({NAME: octets(b"a meter"), LONG: octets(BLOB), PROFILE: array([])})
    both = pair(LOW, model, granted=granted, server_max_pdu=LIMIT, max_pdu=LIMIT, **kwargs)
    both.run(both.client.associate())
    both.to_server.clear()
    both.to_client.clear()
    return both


def test_the_client_asks_for_all_that_it_can_do() -> None:
    every = Conformance((1 << 24) - 1)
    for sap, also in ((LOW, Conformance.NONE), (HIGH, Conformance.GENERAL_PROTECTION)):
        both = pair(sap, granted=every)
        agreed = expect(Associated, both.run(both.client.associate())).conformance
        assert agreed == FIRST_LIGHT | also
    known = Conformance.NONE
    for bit in Conformance:
        known |= bit
    assert known == FIRST_LIGHT | NOT_SPOKEN


@pytest.mark.parametrize("use", USES)
@pytest.mark.parametrize("missing", list(FIRST_LIGHT), ids=lambda bit: bit.name)
def test_nothing_is_used_that_was_not_granted(use: str, missing: Conformance) -> None:
    ask, needs = USES[use]
    both = standing(FIRST_LIGHT & ~missing)
    if needs & ~(FIRST_LIGHT & ~missing):
        with pytest.raises(NotSupported) as refused:
            ask(both)
        assert refused.value.code == "cosem-not-negotiated"
        assert not both.to_server
        return
    try:
        both.run(ask(both))
    except CosemRefusal:
        assert use in ("get a part", "set a part", "several actions")  # lawful requests of what this meter has not
    for wire in (*both.to_server, *both.to_client):
        assert not isinstance(parse_apdu(wire), ExceptionResponse)


LONG_USES: dict[str, tuple[Ask, Conformance, Any]] = {
    "get": (lambda both: both.client.get(LONG), Conformance.BLOCK_TRANSFER_WITH_GET, GetResult(octets(BLOB))),
    "set": (lambda both: both.client.set(LONG, octets(BLOB)), Conformance.BLOCK_TRANSFER_WITH_SET, SetDone()),
    "action": (
        lambda both: both.client.action(ECHO, octets(BLOB)),
        Conformance.BLOCK_TRANSFER_WITH_ACTION,
        ActionDone(octets(BLOB)),
    ),
}


@pytest.mark.parametrize("use", LONG_USES)
@pytest.mark.parametrize("own", [True, False])
@pytest.mark.parametrize("general", [True, False])
def test_long_values_go_the_way_that_was_granted(use: str, own: bool, general: bool) -> None:
    ask, bit, done = LONG_USES[use]
    without = (Conformance.NONE if own else bit) | (Conformance.NONE if general else Conformance.GENERAL_BLOCK_TRANSFER)
    both = standing(FIRST_LIGHT & ~without)
    if not own and not general:
        with pytest.raises((NotSupported, CosemRefusal)):
            both.run(ask(both))
        return
    assert both.run(ask(both)) == done
    in_general_blocks = {isinstance(parse_apdu(wire), GeneralBlock) for wire in both.to_server + both.to_client}
    assert (True in in_general_blocks) == (not own)
    assert all(len(wire) <= LIMIT for wire in both.to_server + both.to_client)


def test_priority_is_not_claimed_where_it_was_not_granted() -> None:
    for granted in (True, False):
        both = standing(FIRST_LIGHT if granted else FIRST_LIGHT & ~Conformance.PRIORITY_MANAGEMENT)
        request = both.client.get(NAME)
        assert bool(request[2] & 0x80) == granted
        both.client.receive(both.server.receive(request) or b"")
        assert bool(both.client.access([(AccessGet(NAME), None)])[1] & 0x80) == granted


@pytest.mark.parametrize("bit", [Conformance.EVENT_NOTIFICATION, Conformance.DATA_NOTIFICATION])
def test_a_meter_tells_only_what_was_agreed(bit: Conformance) -> None:
    both = standing(FIRST_LIGHT & ~bit)
    event = EventNotification(None, NAME, octets(b"x"))
    push = DataNotification(1, b"", octets(b"x"))
    assert both.server.notify(event) == (bit is not Conformance.EVENT_NOTIFICATION)
    assert both.server.notify(push) == (bit is not Conformance.DATA_NOTIFICATION)


USED_ALL_THE_SAME = {
    Conformance.GET: "c001c100010000600100ff0200",
    Conformance.SET: "c101c100010000600100ff02000900",
    Conformance.ACTION: "c301c1000900000a0000ff0100",
    Conformance.MULTIPLE_REFERENCES: "c003c10100010000600100ff0200",
    Conformance.ACCESS: "d900000001000101000100002a0000ff020100",
    Conformance.SELECTIVE_ACCESS: "c001c100070100630100ff0201020204060000000106000000001200011200 00",
    Conformance.GENERAL_BLOCK_TRANSFER: "e081000100000dc001c1000100002a0000ff0200",
    Conformance.BLOCK_TRANSFER_WITH_SET: "c102c100010000600100ff0200000000000101ff",
    Conformance.BLOCK_TRANSFER_WITH_ACTION: "c304c1000900000a0000ff01000000000101ff",
}


@pytest.mark.parametrize("missing", USED_ALL_THE_SAME, ids=lambda bit: bit.name)
def test_a_meter_refuses_what_was_not_agreed(missing: Conformance) -> None:
    request = bytes.fromhex(USED_ALL_THE_SAME[missing])
    both = standing(FIRST_LIGHT & ~missing)
    assert both.server.receive(request) == bytes.fromhex("d80102")
    both = standing(FIRST_LIGHT)
    assert not isinstance(parse_apdu(both.server.receive(request) or b""), ExceptionResponse)


def test_a_meter_refuses_to_write_a_part_where_that_was_not_agreed() -> None:
    request = bytes.fromhex("c101c100070100630100ff0201020204060000000106000000001200011200000900")
    both = standing(FIRST_LIGHT & ~Conformance.SELECTIVE_ACCESS)
    assert both.server.receive(request) == bytes.fromhex("d80102")
