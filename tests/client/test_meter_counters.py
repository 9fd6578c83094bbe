"""The meter's own counters are kept between conversations: an old answer is no answer, whenever it comes."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from drivers.in_process import InProcessLink
from hht.client.counters import CounterBook, CountersInMemory, MeterCounters, key_name
from hht.client.meter_session import Association, MeterSession
from hht.clock import ManualClock
from hht.emulation.port_server import PortServer, secured
from hht.model.premises import load_premises
from hht.protocol.cosem.errors import CounterReplayed
from hht.protocol.cosem.security import InvocationCounters
from hht.store.counter_file import CounterFile, CountersNotKept
from ui.compose import AssociationOptions, Composer
from ui.meter_keys import training_keys

CLOCK = ManualClock(datetime(2026, 11, 21, 10, 12, 33, tzinfo=UTC))
Books = Callable[[], CounterBook]


def meter() -> PortServer:
    """A meter whose counters begin at nought, and do not go back while it lives."""
    return PortServer(secured(load_premises("single-element", clock=CLOCK, days=1).device(), None, "strict"))


async def read(port: PortServer, book: CounterBook, *, accept_reset: bool = False, remembers: bool = True) -> None:
    """One conversation: associate and read the clock."""
    keys = training_keys("gmac", 0) | {"invocation_counter": book.reserve("the test's own", 1000)[0]}
    how = Association(
        1, opening="hdlc", security="gmac", keys=keys, counters=book, remembers=remembers, accept_reset=accept_reset
    )
    session = MeterSession(lambda: InProcessLink(port, clock=CLOCK), how, clock=CLOCK, random_bytes=bytes)
    await session.open()
    try:
        await session.read_clock()
    finally:
        await session.close()


async def test_a_meter_that_begins_anew_is_refused_until_somebody_says_that_it_may(tmp_path: Path) -> None:
    book, same = CounterFile(tmp_path / "counters.db"), meter()
    await read(same, book)
    await read(same, CounterFile(tmp_path / "counters.db"))  # another program
    with pytest.raises(CounterReplayed) as refused:
        await read(meter(), book)
    assert refused.value.code == "cosem-counter-went-back"
    assert "--accept-counter-reset" in (refused.value.remedy or "")
    replaced = meter()
    await read(replaced, book, accept_reset=True)
    await read(replaced, book)  # once was enough
    identity = load_premises("single-element", clock=CLOCK, days=1).device().identity
    key = key_name(bytes.fromhex(training_keys("gmac", 0)["ek"]), identity.system_title)
    ((before, after),) = book.resets(key)
    assert after < before


async def test_the_permission_does_nothing_where_the_meter_goes_on(tmp_path: Path) -> None:
    book, same = CounterFile(tmp_path / "counters.db"), meter()
    await read(same, book)
    await read(same, book, accept_reset=True)
    identity = load_premises("single-element", clock=CLOCK, days=1).device().identity
    assert not book.resets(key_name(bytes.fromhex(training_keys("gmac", 0)["ek"]), identity.system_title))


async def test_where_nothing_is_remembered_a_meter_may_begin_anew(tmp_path: Path) -> None:
    book = CounterFile(tmp_path / "counters.db")
    for _time in range(2):
        await read(meter(), book, remembers=False)


@pytest.mark.parametrize(
    ("link", "training", "remembers"),
    [
        ("tcp://127.0.0.1:4059", False, True),
        ("tcp://127.0.0.1:4059", True, False),
        ("emulated:single-element", False, False),
        ("emulated:single-element?counters=strict", False, True),
    ],
)
def test_who_is_held_to_it(link: str, training: bool, remembers: bool) -> None:
    from hht.link_url import parse_link_url

    options = AssociationOptions(security="none", training=training)
    assert Composer(CLOCK, training=False).association(parse_link_url(link), options).remembers is remembers


@pytest.mark.parametrize("kind", ["file", "memory"])
def test_a_book_of_received_counters(tmp_path: Path, kind: str) -> None:
    book: CounterBook = CounterFile(tmp_path / "counters.db") if kind == "file" else CountersInMemory()
    assert book.highest("key") == -1
    for counter in (7, 5, 9):
        book.seen("key", counter)
    assert (book.highest("key"), book.highest("other")) == (9, -1)
    book.seen("key", 3, reset=True)
    assert book.highest("key") == 3
    assert book.reserve("key", 1)[0] == 1  # the other direction is another matter


def test_what_no_tag_vouches_for_is_not_remembered() -> None:
    """Otherwise anybody could shut a meter out with one message whose counter is the highest there is."""
    book = CountersInMemory()
    counters = InvocationCounters(peers=MeterCounters(book, b"key"))
    counters.begin(b"GRX12345")
    counters.accept(2**32 - 1, proved=False)
    assert book.highest(key_name(b"key", b"GRX12345")) == -1
    counters = InvocationCounters(peers=MeterCounters(book, b"key"))
    counters.begin(b"GRX12345")
    counters.accept(4)
    assert book.highest(key_name(b"key", b"GRX12345")) == 4
    assert book.highest(key_name(b"key", b"another ")) == -1


def test_a_damaged_file_is_not_taken_for_an_empty_one(tmp_path: Path) -> None:
    path = tmp_path / "counters.db"
    path.write_bytes(b"no database at all, but long enough to look at" * 20)
    with pytest.raises(CountersNotKept):
        CounterFile(path).highest("key")
    with pytest.raises(CountersNotKept):
        CounterFile(path).seen("key", 1)
