"""The locker: in order, once, and never a guess about what became of a command."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hht.link import LinkLost
from hht.packs.delivery import Delivery
from hht.packs.errors import PackError
from hht.packs.locker import EntryReport, EntryState, Facts
from hht.packs.pack import Entry, OnFailure, Pack
from hht.packs.records import RecordKind, check_chain, first_hash
from hht.protocol.gbcs.answers import AnswerRefused
from hht.protocol.gbcs.certificates import KeyUsage
from tests.packs.household import DONE, PARTLY, REFUSED, Died, Household, Notebook, answer
from tests.packs.making import (
    ARM,
    ESME,
    GSME,
    NOW,
    READ_MPAN,
    READ_SWITCH,
    command,
    entry,
    keys,
    pack,
)

SET_CLOCK = 0x0062
WELL = Facts(NOW, hub_time_reliable=True)


class Visit:
    """A delivery in memory, and what it sees of the moment."""

    def __init__(self, *entries: Entry, house: Household | None = None, facts: Facts = WELL) -> None:
        self.pack: Pack = pack(*entries)
        self.house = house or Household()
        self.facts = facts
        self.notes = Notebook(first_hash(b"envelope"))
        self.delivery = Delivery(self.pack, self.notes, self.house, lambda: self.facts)

    def send(self, name: str) -> EntryReport:
        return asyncio.run(self.delivery.deliver(self.pack.entry(name)))

    def state(self, name: str) -> EntryState:
        return self.delivery.locker.report(self.pack.entry(name)).state

    def refused(self, name: str) -> str:
        before = len(self.house.executed)
        with pytest.raises(PackError) as refused:
            self.send(name)
        assert len(self.house.executed) == before
        assert refused.value.remedy
        return refused.value.code


def three(on_failure: OnFailure = OnFailure.STOP) -> tuple[Entry, ...]:
    return (
        entry("one", command(counter=1000), on_failure=on_failure),
        entry("two", command(READ_MPAN, 1001), on_failure=on_failure),
        entry("gas", command(READ_MPAN, 1000, GSME), on_failure=on_failure),
    )


def test_commands_go_in_their_order_and_once() -> None:
    visit = Visit(*three())
    assert visit.refused("two") == "pack-order"
    report = visit.send("one")
    assert (report.state, report.operations[0].done) == (EntryState.DONE, True)
    assert visit.refused("one") == "pack-once"
    assert [visit.send(name).state for name in ("two", "gas")] == [EntryState.DONE] * 2
    assert visit.delivery.locker.next is None
    assert [note.kind for note in visit.notes.kept] == [RecordKind.INTENT, RecordKind.ANSWER] * 3
    assert visit.house.executed == [one.command for one in visit.pack.entries]


@pytest.mark.parametrize(("said", "state"), [(REFUSED, EntryState.FAILED), (PARTLY, EntryState.PARTLY)])
@pytest.mark.parametrize("on_failure", OnFailure)
def test_what_fails_stops_what_the_desk_said(said: bytes, state: EntryState, on_failure: OnFailure) -> None:
    visit = Visit(*three(on_failure), house=Household({1000: said}))
    visit.house.says = {1000: said}
    assert visit.send("one").state is state
    other_goes = on_failure is not OnFailure.STOP
    same_goes = on_failure is OnFailure.CONTINUE
    assert (visit.state("two") is EntryState.WAITING) is same_goes
    assert (visit.state("gas") is EntryState.WAITING) is other_goes
    if not same_goes:
        assert visit.refused("two") == "pack-blocked"


def test_what_depends_on_something_undone_never_goes() -> None:
    first = entry("one", command(counter=1000), on_failure=OnFailure.CONTINUE)
    second = entry("two", command(READ_MPAN, 1001), "one", on_failure=OnFailure.CONTINUE)
    visit = Visit(first, second, house=Household({1000: REFUSED}))
    visit.send("one")
    assert visit.refused("two") == "pack-blocked"
    assert "depends on" in visit.delivery.locker.report(second).why


SILENT: dict[str, bytes | type[LinkLost] | None] = {
    "nothing": None,
    "a broken way": LinkLost,
    "no message": b"?",
    "another command's answer": answer(command(READ_MPAN, 1001).raw),
    "a changed answer": answer(command(ARM, 1000).raw)[:-1] + b"\x00",
}


@pytest.mark.parametrize("silence", SILENT)
def test_an_answer_that_does_not_come_leaves_the_outcome_unknown(silence: str) -> None:
    visit = Visit(entry("one", command(ARM, 1000)), *three()[1:], house=Household({1000: SILENT[silence]}))
    key = keys().private(ESME, KeyUsage.DIGITAL_SIGNATURE).public_key()
    visit.delivery._keys.add_public(ESME, KeyUsage.DIGITAL_SIGNATURE, key)
    if SILENT[silence] is LinkLost:
        with pytest.raises(LinkLost):
            visit.send("one")
    else:
        assert visit.send("one").state is EntryState.UNKNOWN
    assert visit.delivery.locker.unknown == (visit.pack.entry("one"),)
    assert visit.refused("one") == "pack-once"  # never a retry
    assert visit.refused("two") == "pack-blocked"


def test_a_read_settles_what_was_unknown() -> None:
    for done in (True, False):
        visit = Visit(*three(), house=Household({1000: None}))
        visit.send("one")
        report = visit.delivery.settle(visit.pack.entry("one"), done=done, by="the MPAN that the meter holds")
        assert report.state is (EntryState.DONE if done else EntryState.FAILED)
        assert visit.house.times[visit.pack.entries[0].command] == 1
        with pytest.raises(PackError, match="not unknown"):
            visit.delivery.settle(visit.pack.entry("one"), done=True, by="again")


def test_the_devices_own_late_answer_settles_too_and_nobody_elses() -> None:
    visit = Visit(*three(), house=Household({1000: None}))
    first = visit.pack.entry("one")
    visit.send("one")
    with pytest.raises(AnswerRefused, match="answers the command 999"):
        visit.delivery.late_answer(first, answer(command(counter=999).raw))
    assert visit.delivery.late_answer(first, answer(first.command)).state is EntryState.DONE
    assert visit.send("two").state is EntryState.DONE


def test_a_higher_counter_makes_lower_ones_void_and_says_so_before() -> None:
    first = entry("one", command(counter=1000), on_failure=OnFailure.CONTINUE)
    second = entry("two", command(READ_MPAN, 1001), "one", on_failure=OnFailure.CONTINUE)
    third = entry("three", command(READ_SWITCH, 1002), on_failure=OnFailure.CONTINUE)
    visit = Visit(first, second, third, house=Household({1000: REFUSED}))
    visit.send("one")
    assert visit.delivery.locker.would_void(third) == (second,)
    assert visit.send("three").state is EntryState.DONE
    assert visit.state("two") is EntryState.VOID


def test_clocks_are_set_by_a_reliable_hub_alone_and_once_a_day() -> None:
    clock = entry("clock", command(SET_CLOCK, 1000))
    again = entry("again", command(SET_CLOCK, 1001))
    visit = Visit(clock, again, entry("read", command(READ_MPAN, 1002)), facts=Facts(NOW))
    for reliable in (None, False):
        visit.facts = Facts(NOW, reliable)
        assert visit.refused("clock") == "pack-held"
        assert visit.state("clock") is EntryState.WAITING  # unconsumed
    visit.facts = WELL
    assert visit.send("clock").state is EntryState.DONE
    visit.facts = replace(WELL, now=NOW + timedelta(hours=23))
    assert visit.refused("again") == "pack-held"
    visit.facts = replace(WELL, now=NOW + timedelta(hours=24))
    assert visit.send("again").state is EntryState.DONE


def test_a_command_that_waits_can_be_passed_over_for_good() -> None:
    clock = entry("clock", command(SET_CLOCK, 1000))
    visit = Visit(clock, entry("read", command(READ_MPAN, 1001)), facts=Facts(NOW, hub_time_reliable=False))
    assert visit.delivery.pass_over(visit.pack.entry("clock"), "engineer").state is EntryState.VOID
    assert visit.send("read").state is EntryState.DONE
    assert visit.refused("clock") == "pack-once"
    with pytest.raises(PackError, match="waits no more"):
        visit.delivery.pass_over(visit.pack.entry("read"), "engineer")


def test_a_frozen_pack_waits_for_the_desk() -> None:
    visit = Visit(*three())
    visit.send("one")
    visit.delivery.freeze("the WAN is back")
    assert visit.refused("two") == "pack-frozen"
    visit.delivery.confirm("D-77")
    assert visit.send("two").state is EntryState.DONE


def test_nothing_is_delivered_after_the_expiry() -> None:
    visit = Visit(*three(), facts=replace(WELL, now=pack().expires))
    assert visit.refused("one") == "pack-expired"


def test_an_answer_is_vouched_for_where_the_devices_key_is_held() -> None:
    visit = Visit(entry("arm", command(ARM, 1000)), entry("read", command(READ_MPAN, 1001)))
    key = keys().private(ESME, KeyUsage.DIGITAL_SIGNATURE).public_key()
    visit.delivery._keys.add_public(ESME, KeyUsage.DIGITAL_SIGNATURE, key)
    assert visit.send("arm").vouched  # signed by the device
    report = visit.send("read")
    assert (report.state, report.vouched) == (EntryState.DONE, False)  # its MAC is for the supplier alone


outcomes = st.sampled_from([DONE, REFUSED, PARTLY, None, LinkLost, b"?"])
plans = st.lists(st.tuples(st.booleans(), st.sampled_from(list(OnFailure)), outcomes), min_size=1, max_size=6)


@settings(max_examples=60)
@given(plans, st.integers(0, 14), st.booleans())
def test_a_visit_killed_at_any_record_resumes_exactly(
    plan: list[tuple[bool, OnFailure, bytes | type[LinkLost] | None]], dies_at: int, after: bool
) -> None:
    """Whatever is answered, wherever the process dies: nothing goes twice or out of order, nothing is guessed."""
    entries = tuple(
        entry(f"e{n}", command(READ_MPAN, 1000 + n, GSME if gas else ESME), on_failure=on_failure)
        for n, (gas, on_failure, _said) in enumerate(plan)
    )
    house = Household({1000 + n: said for n, (_gas, _on_failure, said) in enumerate(plan)})
    made = pack(*entries)
    notes = Notebook(first_hash(b"envelope"), dies_at, after=after)

    async def play() -> None:
        delivery = Delivery(made, notes, house, lambda: WELL)
        while (waiting := delivery.locker.next) is not None:
            try:
                await delivery.deliver(waiting)
            except LinkLost:
                continue

    try:
        asyncio.run(play())
    except Died:
        notes.dies_at = -1
        told = list(notes.kept)
        asyncio.run(play())  # another process takes it up
        assert notes.kept[: len(told)] == told
    assert max(house.times.values(), default=1) == 1
    order = [one.command for one in made.entries]
    assert house.executed == sorted(house.executed, key=order.index)
    locker = Delivery(made, notes, house, lambda: WELL).locker
    left = {note.entry for note in notes.kept if note.kind is RecordKind.INTENT}
    for report in locker.reports():
        known = report.state in (EntryState.DONE, EntryState.FAILED, EntryState.PARTLY)
        sent = report.entry.command in house.times
        assert sent or report.entry.name in left or report.state is not EntryState.DONE
        assert not sent or report.entry.name in left  # the intent was on disk before anything left
        if known:
            said = house.says[report.entry.message.counter]
            assert {EntryState.DONE: DONE, EntryState.FAILED: REFUSED, EntryState.PARTLY: PARTLY}[report.state] == said
        stopping = [one for one in made.entries[: made.entries.index(report.entry)] if one.on_failure is OnFailure.STOP]
        if sent:
            undone = (EntryState.UNKNOWN, EntryState.FAILED, EntryState.PARTLY)
            assert not any(locker.report(one).state in undone for one in stopping)
    check_chain(notes.kept, b"envelope")
