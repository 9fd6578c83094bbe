"""General block transfer: streams both ways, whatever is lost, doubled or overtakes; nonsense is refused."""

from __future__ import annotations

import random
from collections import deque

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hht.protocol.cosem import apdu
from hht.protocol.cosem.blocks import MAX_IDLE_TURNS, MAX_MESSAGE_OCTETS, MAX_STALE, BlockExchange
from hht.protocol.cosem.client import GetListResult, GetResult, NextRequest, Result, SetDone
from hht.protocol.cosem.codes import FIRST_LIGHT, Conformance, DataAccessResult
from hht.protocol.cosem.data import octets
from hht.protocol.cosem.errors import BlockOutOfOrder, CosemError, LengthLies, UnexpectedApdu, ValueOutOfRange
from hht.protocol.cosem.general_block import GeneralBlock
from hht.protocol.cosem.get import GetResponseNormal
from tests.protocol.cosem_pair import HIGH, LONG, LOW, NAME, PUBLIC, Model, Pair, expect, pair, table

BLOB = bytes(range(256)) * 12
OWN_BLOCKS = (
    Conformance.BLOCK_TRANSFER_WITH_GET | Conformance.BLOCK_TRANSFER_WITH_SET | Conformance.BLOCK_TRANSFER_WITH_ACTION
)
ONLY_GENERAL = FIRST_LIGHT & ~OWN_BLOCKS


def block(last: bool, streaming: bool, number: int, acknowledged: int = 0, raw: bytes = b"", window: int = 4) -> bytes:
    return GeneralBlock(last, streaming, window, number, acknowledged, raw).encode()


def heard(exchange: BlockExchange, wire: bytes) -> bytes | None:
    found = apdu.parse_apdu(wire)
    assert isinstance(found, GeneralBlock)
    return exchange.hear(found).message


def standing(sap: int, **kwargs: object) -> Pair:
    both = pair(sap, Model({NAME: octets(b"a meter"), LONG: octets(BLOB)}), **kwargs)  # type: ignore[arg-type]
    both.run(both.client.associate())
    both.to_server.clear()
    both.to_client.clear()
    return both


@pytest.mark.parametrize("sap", [LOW, HIGH])
@pytest.mark.parametrize("window", [0, 1, 3, 63])
@pytest.mark.parametrize("limit", [64, 100, 1024, 0xFFFF])
def test_long_values_both_ways_in_general_blocks(sap: int, window: int, limit: int) -> None:
    both = standing(sap, window=window, conformance=ONLY_GENERAL, max_pdu=limit, server_max_pdu=limit)
    assert both.run(both.client.get(LONG)) == GetResult(octets(BLOB))
    new = octets(BLOB[::-1])
    assert both.run(both.client.set(LONG, new)) == SetDone()
    assert both.run(both.client.get(LONG)) == GetResult(new)
    assert expect(GetListResult, both.run(both.client.get_list([NAME, LONG]))).results == (octets(b"a meter"), new)
    assert all(len(octets_) <= limit for octets_ in both.to_server + both.to_client)
    in_blocks = {wire[0] == GeneralBlock.TAG for wire in both.to_client}
    assert (True in in_blocks) == (window > 0 or limit < len(BLOB))


def test_a_window_saves_turns() -> None:
    turns = {}
    for window in (1, 16):
        both = standing(PUBLIC, window=window, max_pdu=128)
        both.run(both.client.get(LONG))
        turns[window] = len(both.to_server)
    assert turns[16] * 10 < turns[1]


def test_where_both_kinds_of_blocks_are_agreed_a_value_goes_in_its_own() -> None:
    both = standing(PUBLIC, max_pdu=128)
    both.run(both.client.get(LONG))
    assert {wire[0] for wire in both.to_client} == {0xC4}


def test_without_the_agreement_there_are_no_general_blocks() -> None:
    both = standing(LOW, window=8, conformance=FIRST_LIGHT & ~Conformance.GENERAL_BLOCK_TRANSFER, max_pdu=128)
    assert both.run(both.client.get(LONG)) == GetResult(octets(BLOB))
    assert {wire[0] for wire in both.to_server} == {0xC0}
    assert both.server.receive(block(True, False, 1, raw=b"\xc0")) == bytes.fromhex("d80102")
    both.client.get(NAME)
    with pytest.raises(UnexpectedApdu):
        both.client.receive(block(True, False, 1, raw=b"\xc4"))


def test_a_server_without_any_blocks_says_so() -> None:
    both = standing(PUBLIC, conformance=ONLY_GENERAL & ~Conformance.GENERAL_BLOCK_TRANSFER, max_pdu=128)
    with pytest.raises(Exception, match="no longer has the next block"):
        both.run(both.client.get(LONG))


# --- a line that loses, doubles and reorders


class BadLine:
    """Client and server with a line between them that loses, doubles and swaps blocks; silence reminds the client."""

    def __init__(self, both: Pair, seed: int, rate: float) -> None:
        self.both, self.random, self.rate = both, random.Random(seed), rate
        self.reminders = 0

    def _damaged(self, wires: list[bytes]) -> list[bytes]:
        out: list[bytes] = []
        for wire in wires:
            blocks = wire[0] == GeneralBlock.TAG
            luck = self.random.random() if blocks else 1.0
            if luck < self.rate:
                continue
            out += [wire] * (2 if luck < self.rate * 2 else 1)
        if len(out) > 1 and self.random.random() < self.rate:
            at = self.random.randrange(len(out) - 1)
            out[at], out[at + 1] = out[at + 1], out[at]
        return out

    def run(self, request: bytes) -> Result:
        waiting: deque[bytes] = deque(self._ask([request]))
        while True:
            if waiting:
                result = self.both.client.receive(waiting.popleft())
            else:
                self.reminders += 1
                reminder = self.both.client.remind()
                assert reminder is not None
                result = reminder
            if not isinstance(result, NextRequest):
                return result
            waiting += self._ask([wire for wire in (result.apdu, *result.further) if wire])

    def _ask(self, requests: list[bytes]) -> list[bytes]:
        answers = [answer for wire in self._damaged(requests) for answer in self.both.say(wire)]
        return self._damaged(answers)


@settings(max_examples=80, deadline=None)
@given(st.integers(0, 10**6), st.sampled_from([LOW, HIGH]), st.sampled_from([2, 5, 20]))
def test_what_is_lost_doubled_or_overtaken_is_made_good(seed: int, sap: int, window: int) -> None:
    # HIGH: a whole message is protected once, so sending its blocks again needs no new counter
    both = pair(
        sap,
        Model({NAME: octets(b"a meter"), LONG: octets(BLOB)}),
        table(counters_per_association=True),
        window=window,
        max_pdu=256,
        server_max_pdu=256,
    )
    both.run(both.client.associate())
    line = BadLine(both, seed, rate=0.12)
    done = 0
    for turn in range(3):
        value = octets(bytes([turn]) + BLOB)
        try:
            assert line.run(both.client.set(LONG, value)) == SetDone()
            assert line.run(both.client.get(LONG)) == GetResult(value)
        except CosemError:  # given up after a few turns in vain: in words, and never with a wrong value
            assert line.reminders
            break
        done += 1
    assert done == 3 or line.reminders > 0


def test_a_line_that_loses_one_block_in_ten_is_no_reason_to_give_up() -> None:
    whole = 0
    for seed in range(40):
        both = standing(LOW, window=6, max_pdu=256, server_max_pdu=256)
        try:
            whole += BadLine(both, seed, rate=0.1).run(both.client.get(LONG)) == GetResult(octets(BLOB))
        except BlockOutOfOrder:
            continue
    assert whole >= 38


# --- refusals


def test_a_block_twice_is_passed_over_and_with_other_contents_refused() -> None:
    exchange = BlockExchange(0)
    assert heard(exchange, block(False, True, 1, raw=b"ab")) is None
    assert heard(exchange, block(False, True, 1, raw=b"ab")) is None
    with pytest.raises(BlockOutOfOrder, match="twice"):
        heard(exchange, block(False, True, 1, raw=b"xy"))
    early = BlockExchange(0)
    heard(early, block(False, True, 2, raw=b"cd"))
    with pytest.raises(BlockOutOfOrder, match="twice"):
        heard(early, block(False, True, 2, raw=b"xy"))


def test_blocks_that_overtake_are_put_in_order() -> None:
    exchange = BlockExchange(0)
    for number, raw in ((3, b"ef"), (1, b"ab")):
        assert heard(exchange, block(False, True, number, raw=raw)) is None
    assert heard(exchange, block(True, False, 4, raw=b"gh")) is None
    assert heard(exchange, block(False, True, 2, raw=b"cd")) == b"abcdefgh"


def test_blocks_beyond_the_window_or_after_the_last_are_refused() -> None:
    with pytest.raises(BlockOutOfOrder, match="belongs"):
        heard(BlockExchange(0, window=4), block(False, True, 6, raw=b"x"))
    exchange = BlockExchange(0)
    heard(exchange, block(False, True, 3, raw=b"x"))
    heard(exchange, block(False, True, 1, raw=b"x"))
    with pytest.raises(BlockOutOfOrder, match="after the last"):
        heard(exchange, block(True, True, 2, raw=b"x"))


def test_an_acknowledgement_of_what_was_never_sent_is_refused() -> None:
    exchange = BlockExchange(0)
    exchange.say(b"a request")
    with pytest.raises(BlockOutOfOrder, match="acknowledged"):
        heard(exchange, block(False, True, 1, 9, raw=b"x"))


def test_a_message_without_end_is_given_up() -> None:
    exchange = BlockExchange(0, window=63)
    piece = bytes(0xFFF0)
    fit = MAX_MESSAGE_OCTETS // len(piece)
    for number in range(1, fit + 1):
        heard(exchange, block(False, True, number, raw=piece))
    with pytest.raises(LengthLies):
        heard(exchange, block(False, True, fit + 1, raw=piece))


def test_turns_that_bring_nothing_are_given_up() -> None:
    for asks, patience in ((True, MAX_STALE), (False, MAX_IDLE_TURNS)):
        exchange = BlockExchange(0, asks=asks)
        exchange.say(b"a message")
        for _turn in range(patience):
            heard(exchange, block(False, False, 0))
        with pytest.raises(BlockOutOfOrder, match="no further"):
            heard(exchange, block(False, False, 0))
    silent = BlockExchange(0)
    silent.say(b"a request")
    for _turn in range(MAX_IDLE_TURNS):
        assert silent.remind()
    with pytest.raises(BlockOutOfOrder, match="no further"):
        silent.remind()


def test_what_no_blocks_can_carry_is_refused_before_it_leaves() -> None:
    with pytest.raises(ValueOutOfRange):
        BlockExchange(10)
    with pytest.raises(ValueOutOfRange):
        BlockExchange(11).say(bytes(70_000))


def test_after_broken_blocks_the_next_request_is_served() -> None:
    both = standing(PUBLIC, window=4, max_pdu=128)
    both.client.get(LONG)
    both.client.receive(block(False, True, 1, 1, raw=b"\xc4\x01"))
    with pytest.raises(BlockOutOfOrder):
        both.client.receive(block(False, True, 1, 1, raw=b"\xc4\x02"))
    assert both.run(both.client.get(NAME)) == GetResult(octets(b"a meter"))
    assert both.server.receive(block(False, True, 9, raw=b"x" * 9, window=1)) == bytes.fromhex("d80103")
    assert both.run(both.client.get(NAME)) == GetResult(octets(b"a meter"))


def test_a_request_given_up_half_way_does_not_stand_in_the_way() -> None:
    both = standing(LOW, window=4, server_max_pdu=128)
    both.say(both.client.set(LONG, octets(BLOB)))  # only its first block is ever sent
    assert both.run(both.client.get(NAME)) == GetResult(octets(b"a meter"))
    assert both.run(both.client.get(NAME)) == GetResult(octets(b"a meter"))


def test_an_answer_to_another_request_inside_blocks_is_refused() -> None:
    both = standing(PUBLIC, window=4)
    both.client.get(NAME)
    wrong = GetResponseNormal(0xCE, octets(b"x")).encode()
    with pytest.raises(CosemError, match="invoke-id"):
        both.client.receive(block(True, False, 1, 1, raw=wrong))
    assert both.run(both.client.get(NAME)) == GetResult(octets(b"a meter"))


def test_no_association_and_no_blocks_come_in_blocks() -> None:
    both = standing(PUBLIC)
    for inner in (b"\x60\x00", b"\x62\x00", block(True, False, 1, raw=b"\xc0")):
        answer = apdu.parse_apdu(both.server.receive(block(True, False, 1, raw=inner)) or b"")
        assert isinstance(answer, GeneralBlock)
        assert answer.raw == bytes.fromhex("d80102")
    assert both.run(both.client.get(NAME)) == GetResult(octets(b"a meter"))


def test_a_late_block_of_the_exchange_before_is_passed_over() -> None:
    both = standing(PUBLIC, window=4)
    assert both.run(both.client.get(NAME)) == GetResult(octets(b"a meter"))
    assert both.client.receive(both.to_client[-1]) == NextRequest()
    with pytest.raises(UnexpectedApdu):
        both.client.receive(block(True, False, 1, 0, raw=GetResponseNormal(0xC1, DataAccessResult.SUCCESS).encode()))


@settings(max_examples=300, deadline=None)
@given(st.lists(st.tuples(st.booleans(), st.booleans(), st.integers(0, 8), st.integers(0, 4), st.binary(max_size=3))))
def test_no_order_of_blocks_crashes_either_end(blocks: list[tuple[bool, bool, int, int, bytes]]) -> None:
    both = standing(PUBLIC, window=4, max_pdu=128)
    for last, streaming, number, acknowledged, raw in blocks:
        wire = block(last, streaming, number, acknowledged, raw)
        both.say(wire)
        both.client.get(LONG)
        try:
            both.client.receive(wire)
        except CosemError:
            continue
    assert both.run(both.client.get(NAME)) == GetResult(octets(b"a meter"))
