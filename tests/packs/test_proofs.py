"""What a read of the pack tells of a command whose outcome nobody knows."""

from __future__ import annotations

import asyncio

import pytest

from hht.packs.delivery import Delivery
from hht.packs.errors import PackError
from hht.packs.locker import EntryState, Facts
from hht.packs.pack import Entry, OnFailure
from hht.packs.proofs import proves, told
from hht.packs.records import first_hash
from hht.packs.way import Brought, Found
from hht.protocol.gbcs.building import Header, protect
from hht.protocol.gbcs.envelope import Cra, Envelope, parse
from tests.packs.household import REFUSED, Household, Notebook, answer
from tests.packs.making import ARM, GSME, NOW, READ_MPAN, READ_MPRN, SUPPLIER, command, entry, keys, pack

HELD = bytes.fromhex("DA200003E9 00 00 01 090D 31333132333435363738333333 01 0100")  # the MPAN that `command` sets
OTHER = bytes.fromhex("DA200003E9 00 00 01 090D 32333132333435363738333333 01 0100")
HIDDEN = bytes.fromhex("DA200003E9 00 00 01 00 01 0103")
SET_MPRN = bytes.fromhex("0109 01 01 0708 001A 09 00 03 804A371C 00000000 00000000 0A 31323334353637383930")
MPRN_HELD = bytes.fromhex("0109 01 01 0702 0012 08 00 01 0703 00 41 0A 31323334353637383930")


def gas(payload: bytes, counter: int) -> Envelope:
    return parse(protect(Header(Cra.COMMAND, counter, SUPPLIER, GSME, 0x0087), payload, keys()))


def test_a_later_read_of_all_that_was_written_proves_it() -> None:
    written, read = entry("w", command(counter=1000)), entry("r", command(READ_MPAN, 1001))
    assert proves(read, written)
    assert not proves(written, written)
    assert not proves(entry("r", command(READ_MPAN, 999)), written)  # it was before
    assert not proves(read, entry("arm", command(ARM, 1000)))  # nothing written
    assert [told(answer(read.command, said), read, written) for said in (HELD, OTHER, HIDDEN)] == [True, False, None]
    assert told(b"?", read, written) is None


def test_an_mprn_is_proven_by_reading_it() -> None:
    written, read = entry("w", gas(SET_MPRN, 7)), entry("r", command(READ_MPRN, 8, GSME))
    assert proves(read, written)
    assert told(answer(read.command, MPRN_HELD), read, written) is True
    assert told(answer(read.command, MPRN_HELD[:-1] + b"\x31"), read, written) is False
    assert told(answer(read.command, bytes.fromhex("0109 01 01 0702 0006 08 00 01 0703 86")), read, written) is None


def delivery(house: Household, *entries: Entry) -> Delivery:
    return Delivery(pack(*entries), Notebook(first_hash(b"")), house, lambda: Facts(NOW))


@pytest.mark.parametrize(("said", "state"), [(HELD, EntryState.DONE), (OTHER, EntryState.FAILED)])
def test_a_read_is_delivered_out_of_turn_to_prove_and_for_nothing_else(said: bytes, state: EntryState) -> None:
    first, last = entry("w", command(counter=1000)), entry("last", command(READ_MPAN, 1002))
    read = entry("r", command(READ_MPAN, 1001), "w")
    house = Household({1000: None, 1001: said})
    one = delivery(house, first, read, last)
    assert asyncio.run(one.deliver(first)).state is EntryState.UNKNOWN
    for attempt in (one.deliver(read), one.deliver(last), one.deliver(last, first)):
        with pytest.raises(PackError):
            asyncio.run(attempt)
    assert asyncio.run(one.prove(first)).state is state
    assert house.executed == [first.command, read.command]
    assert one.locker.report(first).why.startswith("by r, the device")
    with pytest.raises(PackError, match="not unknown"):
        asyncio.run(one.prove(first))


def test_a_read_that_tells_nothing_leaves_it_unknown() -> None:
    first, read = entry("w", command(counter=1000)), entry("r", command(READ_MPAN, 1001), "w")
    one = delivery(Household({1000: None, 1001: REFUSED}), first, read)
    asyncio.run(one.deliver(first))
    assert asyncio.run(one.prove(first)).state is EntryState.UNKNOWN


def test_a_way_that_remembers_says_that_it_never_heard_of_one() -> None:
    """Only a way that still knows an earlier message can say so: one that was switched off has forgotten all."""
    for known, brought in (
        ({}, Brought.NEVER_HEARD),
        ({1: Found(Brought.OPEN)}, Brought.NEVER_HEARD),  # it says nothing: silence is no memory
        ({1: Found(Brought.ANSWERED, b"")}, Brought.NOT_BROUGHT),
    ):
        first, second = entry("one", command(READ_MPAN, 1000)), entry("two", command(READ_MPAN, 1001))
        house = Household({1001: None})
        one = delivery(house, first, second)
        for each in (first, second):
            asyncio.run(one.deliver(each))
        house.outcomes = known
        assert asyncio.run(one.ask(second)).brought is brought
        waits = one.locker.report(second).state is EntryState.WAITING
        assert waits is (brought is Brought.NOT_BROUGHT)


def test_what_was_not_brought_is_void_where_a_later_one_has_gone() -> None:
    """Its device would refuse its counter, or do it out of order."""
    keep_on = OnFailure.CONTINUE
    first = entry("one", command(READ_MPAN, 1000), on_failure=keep_on)
    second = entry("two", command(READ_MPAN, 1001), on_failure=keep_on)
    house = Household({1000: None})
    one = delivery(house, first, second)
    for each in (first, second):
        asyncio.run(one.deliver(each))
    house.outcomes = {1: Found(Brought.NOT_BROUGHT, why="it slept")}
    asyncio.run(one.ask(first))
    assert one.locker.report(first).state is EntryState.VOID
    assert one.locker.next is None
    assert house.executed == [first.command, second.command]
