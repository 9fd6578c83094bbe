"""COSEM conversations: a terminal that hears anything, a meter that hears anything; plain and under keys.

The first message of an input is a setting: its octets choose association, whether the others are sealed with the right
keys (an attacker who has them, or a meter gone wrong) or come as they are, and what the terminal asks for.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable
from dataclasses import dataclass
from functools import cache
from typing import Any, Final

from hht.errors import HhtError
from hht.protocol.cosem import access
from hht.protocol.cosem.apdu import parse_apdu
from hht.protocol.cosem.blocks import BlockExchange
from hht.protocol.cosem.channel import Channel
from hht.protocol.cosem.client import CosemClient, GetListResult, GetResult, NextRequest
from hht.protocol.cosem.codes import Mechanism
from hht.protocol.cosem.data import octets, unsigned
from hht.protocol.cosem.envelopes import Envelope
from hht.protocol.cosem.errors import CosemError
from hht.protocol.cosem.general_block import GeneralBlock
from hht.protocol.cosem.notifications import DataNotification
from hht.protocol.cosem.profile import EntrySelection
from hht.protocol.cosem.security import Protection
from hht.protocol.frames import ProtocolError
from tests.fuzz import corpus
from tests.fuzz.meaning import spoil_apdu
from tests.fuzz.mutation import Messages
from tests.fuzz.target import Target
from tests.protocol.cosem_pair import ECHO, HIGH, LONG, LOW, NAME, PROFILE, PUBLIC, Model, Pair, pair
from tests.protocol.secured_pair import MODES, materials, secured

A_METER, A_NOVEL = octets(b"a meter"), octets(bytes(range(250)) * 2)
_LIMIT: Final = 128  # octets of an APDU, both ways: so blocks are needed
_MOST_ANSWERS: Final = 5000


@dataclass(frozen=True)
class Setting:
    """What an input's first message says."""

    way: int  # which association
    sealed: bool  # what follows is put into the right envelope first
    asked: tuple[int, ...]

    @classmethod
    def of(cls, head: bytes) -> Setting:
        """Any octets are a setting."""
        way, sealed, *asked = (*head[:6], 0, 0, 0)
        return cls(way % len(WAYS), bool(sealed & 1), tuple(asked[: max(1, len(head) - 2)]))

    def begin(self) -> Pair:
        """The two ends, not associated yet."""
        return WAYS[self.way]()


def _plain(sap: int, **kwargs: Any) -> Callable[[], Pair]:
    def make() -> Pair:
        values = {NAME: A_METER, LONG: A_NOVEL, PROFILE: octets(bytes(9))}
        return pair(sap, Model(dict(values)), max_pdu=_LIMIT, server_max_pdu=_LIMIT, **kwargs)

    return make


def _secured(suite: int, envelope: Envelope, signed: bool) -> Callable[[], Pair]:
    def make() -> Pair:
        return secured(suite, Mechanism.GMAC, envelope=envelope, signed=signed, max_pdu=1024, server_max_pdu=1024)

    return make


WAYS: Final[list[Callable[[], Pair]]] = [
    _plain(PUBLIC),
    _plain(LOW),
    _plain(LOW, window=4),
    _plain(HIGH, ciphered=False),
    _plain(HIGH, ciphered=True),
    _plain(HIGH, ciphered=True, window=4),
    *(_secured(*mode) for mode in MODES if mode[0] == 0),
    _secured(1, Envelope.ONE_PASS_KEY, signed=True),
    _secured(2, Envelope.GLOBAL, signed=False),
]

_GET, _SET = access.AccessGet, access.AccessSet
ASKED: Final[list[Callable[[CosemClient], bytes]]] = [
    lambda client: client.get(NAME),
    lambda client: client.get(LONG),
    lambda client: client.get(LONG, stream=True),
    lambda client: client.get_list([NAME, LONG]),
    lambda client: client.set(NAME, A_METER),
    lambda client: client.set(LONG, A_NOVEL),
    lambda client: client.set_list([(NAME, A_METER), (LONG, A_NOVEL)]),
    lambda client: client.action(ECHO, unsigned(7)),
    lambda client: client.action(ECHO, A_NOVEL),
    lambda client: client.action_list([(ECHO, A_METER), (ECHO, None)]),
    lambda client: client.access([(_GET(NAME), None), (_SET(NAME), A_METER)]),
    lambda client: client.get(PROFILE, EntrySelection(1, 3)),
    lambda client: client.associate(),
    lambda client: client.release(),
]


# --- the terminal's end


def client(messages: Messages) -> Hashable:
    """The terminal asks, and hears what the input says instead of an answer. Then it finds a meter that behaves."""
    setting = Setting.of(messages[0] if messages else b"")
    both = setting.begin()
    both.run(both.client.associate())
    seal = _sealer(both, setting)
    ciphered = both.client._channel is not None and not setting.sealed
    waiting = list(reversed(messages[1:]))
    seen: list[Hashable] = []
    for number in setting.asked:
        try:
            ASKED[number % len(ASKED)](both.client)
            seen.append(_hear(both.client, seal, waiting))
        except (ProtocolError, HhtError) as error:
            seen.append(error.code)
        _no_forgery(seen[-1], both, ciphered)
    _recovers(setting, both)
    return tuple(seen)


def _hear(terminal: CosemClient, seal: Callable[[bytes], bytes], waiting: list[bytes]) -> Hashable:
    while waiting:
        heard = seal(waiting.pop())
        terminal.preview(heard[:20])
        terminal.preview(heard[: len(heard) // 2])
        result = terminal.receive(heard)
        if not isinstance(result, NextRequest):
            return type(result).__name__, heard if isinstance(result, GetResult | GetListResult) else b""
    for _turn in range(200):
        if terminal.remind() is None:
            return "silence"
    raise AssertionError("it reminds for ever")


def _no_forgery(seen: Hashable, both: Pair, ciphered: bool) -> None:
    """Under keys a value can only come from what the meter really said."""
    if ciphered and isinstance(seen, tuple) and seen[1]:
        heard = seen[1]
        assert isinstance(heard, bytes)
        assert _genuine(heard, "cosem-answers"), "a forged value was taken"


@cache
def _sent(seeds: str) -> frozenset[object]:
    """Every message of a corpus file, read: one may be written in several ways (its lengths)."""
    return frozenset(parse_apdu(wire) for messages in corpus.load(seeds) for wire in messages[1:])


def _genuine(wire: bytes, seeds: str) -> bool:
    return wire[0] == GeneralBlock.TAG or parse_apdu(wire) in _sent(seeds)  # what a block carries has its own envelope


def _sealer(both: Pair, setting: Setting) -> Callable[[bytes], bytes]:
    """What puts a plain APDU into the meter's envelope; as it is where nothing is to be sealed."""
    standing = both.server._standing
    channel: Channel | None = standing.admitted.channel if standing else None
    if channel is None or not setting.sealed:
        return lambda apdu: apdu
    return lambda apdu: channel.seal(apdu) if apdu else apdu


def _recovers(setting: Setting, both: Pair) -> None:
    """The same terminal, another connection: everything is as it should be."""
    again = Pair(both.client, setting.begin().server)
    _level_counters(again)
    again.run(again.client.associate())
    assert again.run(again.client.get(NAME)) == GetResult(A_METER), "it does not recover"


def _level_counters(both: Pair) -> None:
    """Both ends have kept the other's counters (the meter here may be a new one)."""
    row = both.server._reception._row
    mine, theirs = both.client._request.material, row.material if row else None
    if mine is not None and theirs is not None:
        mine.counters.next_to_send = max(mine.counters.next_to_send, theirs.counters.received + 1)
        theirs.counters.next_to_send = max(theirs.counters.next_to_send, mine.counters.received + 1)


# --- the meter's end


def server(messages: Messages) -> Hashable:
    """The meter hears the input: whoever could not prove anything changed nothing; a true client is served after."""
    setting = Setting.of(messages[0] if messages else b"")
    both = setting.begin()
    associated = not setting.asked[0] & 1
    if associated:
        both.run(both.client.associate())
    channel = both.client._channel
    model = both.server._objects
    assert isinstance(model, Model)
    written, heard = 0, set[bytes]()
    for apdu in messages[1:]:
        told = channel.seal(apdu) if channel and setting.sealed and apdu else apdu
        before = model.writes
        if setting.asked[0] & 2:
            both.server.notify(DataNotification(0x4000_0001, b"", A_METER))
        _answers(both, told)
        if model.writes != before:
            written += 1
            assert setting.way != 0, "a public client wrote"
            forged = channel is not None and not setting.sealed and not _genuine(told, "cosem-requests")
            assert not forged, "a forged message wrote"
            again = channel is not None and told in heard and told[0] != GeneralBlock.TAG
            assert not again, "an old message wrote again"
        heard.add(told)
    both.server.disconnected()
    _served_again(both)
    return setting.way, written, tuple(sorted({octets[:3] for octets in both.to_client[-8:]}))


def _answers(both: Pair, apdu: bytes) -> None:
    count = len(both.to_client)
    both.say(apdu)
    heard = both.to_client[count:]
    assert len(heard) < _MOST_ANSWERS, "a flood of answers"
    standing = both.server._standing
    limit = standing.admitted.client_max_pdu if standing and standing.proved else 0
    for answer in heard:
        parse_apdu(answer)
        assert not 0 < limit < len(answer), f"{len(answer)} octets for a client that takes {limit}"


def _served_again(both: Pair) -> None:
    _level_counters(both)
    both.run(both.client.associate())
    assert isinstance(both.run(both.client.get(NAME)), GetResult), "a true client is not served"


# --- parts


def blocks(messages: Messages) -> Hashable:
    """General block transfer, both ends: whatever is heard, it ends with a message, in silence or with an error."""
    seen: set[Hashable] = set()
    for asks in (True, False):
        exchange = BlockExchange(_LIMIT, 4, asks=asks)
        exchange.say(bytes(600))
        for wire in messages:
            try:
                block = parse_apdu(wire)
                if isinstance(block, GeneralBlock):
                    turn = exchange.hear(block)
                    assert len(turn.send) <= 64
                    seen.add((turn.message is None, bool(turn.send)))
            except ProtocolError as error:
                seen.add(error.code)
                exchange = BlockExchange(_LIMIT, 4, asks=asks)
        _comes_to_an_end(exchange)
    return tuple(sorted(map(str, seen)))


def _comes_to_an_end(exchange: BlockExchange) -> None:
    for _turn in range(200):
        try:
            exchange.remind()
        except CosemError:
            return
    raise AssertionError("it reminds for ever")


def envelopes(messages: Messages) -> Hashable:
    """Every envelope of every suite, opened with keys: nothing that was changed on the way comes through."""
    head = messages[0] if messages else b""
    suite = (head[0] if head else 0) % 3
    ours, _theirs = materials(suite)
    channel = Channel(ours, b"ABCDEFGH", b"GRX12345", Protection.AUTHENTICATED)
    channel.use_dedicated_key(b"D" * len(ours.ek))
    channel._transaction = b"\x00"
    seen: list[Hashable] = []
    for wire in messages[1:]:
        try:
            apdu, _found = channel.open(wire)
        except ProtocolError as error:
            seen.append(error.code)
            continue
        assert _genuine(wire, "envelopes"), "what was changed came through"
        seen.append(apdu[:1])
    return suite, tuple(seen[:3])


_WORDS: Final = (
    b"\xc0\x01\xc1", b"\xc1\x01\xc1", b"\xc3\x01\xc1", b"\xc4\x01\xc1\x00", b"\xc4\x02\xc1", b"\xc5\x01\xc1",
    b"\xc7\x01\xc1",
    b"\xd8\x01\x02", b"\x0e\x01\x00\x00", b"\xe0\x80\x00\x01\x00\x00", b"\xe0\x44\x00\x01\x00\x00", b"\xda", b"\xd9",
    b"\x0f",
    b"\xc2", b"\x61", b"\x60", b"\x62\x00", b"\x63\x00", b"\x02\x01", b"\x01\x02", b"\x13", b"\xdb\x08GRX12345",
    b"\xdd",
    bytes.fromhex("000f0000280000ff02"), bytes.fromhex("000f0000280000ff0101"), bytes.fromhex("00010000600100ff02"),
)  # fmt: skip

_BLOCK_WORDS: Final = (b"\xe0\x80\x00\x01\x00\x00", b"\xe0\x44\x00\x01\x00\x00")

TARGETS: Final = [
    Target("cosem-client", client, "cosem-answers", (), _WORDS, fixed=1, sample=400, meaning=spoil_apdu),
    Target("cosem-server", server, "cosem-requests", (), _WORDS, fixed=1, sample=400, meaning=spoil_apdu),
    Target("cosem-blocks", blocks, "blocks", (), _BLOCK_WORDS, sample=600, meaning=spoil_apdu),
    Target("cosem-envelopes", envelopes, "envelopes", (), _WORDS, fixed=1, sample=400, meaning=spoil_apdu),
]
