"""Seeds for the line to a desk: what either end says, and what is said on the phone."""

from __future__ import annotations

from collections.abc import Iterator

from hht.desk.kinds import KINDS, AskKind
from hht.desk.messages import AskReach, Hello, Message, Outcome, PutAsk, Way, encode
from hht.desk.spoken import desk_reference, read_out
from hht.protocol.gbcs.device_types import DuisDeviceType
from tests.desk.making import HUB, an_ask
from tests.desk.test_course import ALL
from tests.desk.test_messages import EACH
from tests.emulation.test_broker import ask_of
from tests.fuzz.mutation import Messages


def lines() -> Iterator[Messages]:
    """Each message, and all of them in one."""
    for message in EACH:
        yield (encode(message),)
    yield tuple(map(encode, EACH))


def answers() -> Iterator[Messages]:
    """A desk's answers to the ask of `an_ask`."""
    for count in range(1, len(ALL) + 1):
        yield tuple(map(encode, ALL[:count]))
    yield tuple(map(encode, reversed(ALL)))


def asks() -> Iterator[Messages]:
    """What a terminal asks, one of a kind."""
    hello: Message = Hello("HHT", True)
    yield encode(hello), encode(AskReach(HUB))
    for kind in AskKind:
        ask = ask_of(kind, next(iter(KINDS[kind].services))) if kind not in _NAMED else an_ask(kind, **_NAMED[kind])
        yield encode(hello), encode(PutAsk(ask, Way.WAN))
    yield encode(PutAsk(an_ask(), Way.RELAY)), encode(PutAsk(an_ask(), Way.WAN))


_NAMED = {
    AskKind.RESTORE_DEVICE_LOG: {"old": str(HUB)},
    AskKind.SET_TARIFF: {"tariff": "SAVER"},
    AskKind.SET_PAYMENT_MODE: {"mode": "credit"},
    AskKind.CONFIRM_PACK: {"pack": "J-1042/1"},
}


def readouts() -> Iterator[Messages]:
    """Read-outs."""
    yield (read_out(an_ask()).text.encode(),)
    placed = ask_of(AskKind.HUB_INSTALLED_NO_WAN, DuisDeviceType.CHF)
    yield (read_out(placed).text.encode(),)


def references() -> Iterator[Messages]:
    """References of `an_ask`."""
    for outcome in (None, Outcome.DONE, Outcome.FAILED):
        yield (desk_reference(an_ask(), 77, outcome).encode(),)
