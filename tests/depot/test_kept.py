"""What a store keeps of its depot, and what it brings along: the outbox, and the way jobs take in."""

from __future__ import annotations

import asyncio
import contextlib
import json
import shutil
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from random import Random

import pytest

from hht.clock import ManualClock
from hht.depot.cards import OwnKeys, Role
from hht.depot.letters import MEETING_BITS, JobLetter, Offered
from hht.depot.shelf import Shelf
from hht.depot.terminal_end import Fate
from hht.errors import HhtError
from hht.store.store import Store
from hht.work.engineer import Engineer
from hht.work.visit_store import VisitStore
from tests.depot.places import Queue, UnfairPost, depot_in
from tests.window.samples import NOW
from tests.work.flow_model import job_text
from ui.depot_kept import LOOK_BACK, BrokerWay, Brought, StoreLuggage, TerminalDepot, authority_of
from ui.depots import Met, Served, meet, serve
from ui.evidence_notes import EndingAsked, EvidenceNotes
from ui.outbox import Outbox
from ui.outbox_items import OutState
from ui.stores import open_store
from ui.terminal import Terminal

DEPOT = OwnKeys(bytes(32)).card(Role.DEPOT, "North", training=True)


def drawn(count: int) -> bytes:
    return bytes(range(count))


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock(NOW)


@pytest.fixture
def store(tmp_path: Path, clock: ManualClock) -> Iterator[Store]:
    with open_store(tmp_path, "", training=True, clock=clock) as opened:
        yield opened


def ended(store: Store, clock: ManualClock, reference: str) -> str:
    """A visit that has ended: nobody was at home. Its id."""
    visits = VisitStore(store, lambda: f"{reference.lower()}-visit")
    job = visits.import_job(job_text("install-electricity", reference=reference), "job.json")
    return EvidenceNotes(store, clock).end_job(job.job_id, EndingAsked("nobody-home", no_photo="dark"), Engineer())


def gone_home(store: Store) -> tuple[Offered, ...]:
    """All that waits is receipted by the depot; what that was."""
    luggage = StoreLuggage(store, drawn, DEPOT)
    items = luggage.waiting()
    for item in items:
        luggage.octets(item)
        luggage.receipted(item)
    return items


def test_what_was_receipted_is_asked_for_again_for_a_month_and_of_that_depot_alone(
    store: Store, clock: ManualClock
) -> None:
    ended(store, clock, "J-1")
    items = gone_home(store)
    assert items
    assert StoreLuggage(store, drawn, DEPOT).waiting() == ()
    other = OwnKeys(bytes([1]) * 32).card(Role.DEPOT, "South", training=True)
    assert StoreLuggage(store, drawn, other, look=True).waiting() == ()
    again = StoreLuggage(store, drawn, DEPOT, look=True).waiting()
    assert [(one.sha256, one.name, one.octets, one.before) for one in again] == [
        (one.sha256, one.name, one.octets, True) for one in items
    ]
    assert StoreLuggage(store, drawn, DEPOT, look=True, jobs_only=True).waiting() == ()
    clock.advance((LOOK_BACK + timedelta(days=1)).total_seconds())
    assert StoreLuggage(store, drawn, DEPOT, look=True).waiting() == ()


def test_what_the_depot_has_lost_waits_again_and_may_not_be_erased(store: Store, clock: ManualClock) -> None:
    visit = ended(store, clock, "J-1")
    items = gone_home(store)
    outbox = Outbox(store, drawn)
    assert outbox.waiting() == 0
    luggage = StoreLuggage(store, drawn, DEPOT, look=True)
    lost = luggage.waiting()[0]
    assert luggage.missed(lost) is Fate.HERE
    assert luggage.octets(lost)
    (there,) = outbox.list()
    assert [item.state for item in there.items if item.sha256 == lost.sha256] == [OutState.WAITING]
    assert outbox.waiting() == 1
    with pytest.raises(HhtError) as caught:
        outbox.erase(visit)
    assert caught.value.code == "outbox-not-receipted"
    assert gone_home(store) == (Offered(lost.sha256, lost.name, lost.octets),)
    assert outbox.waiting() == 0
    assert len(StoreLuggage(store, drawn, DEPOT, look=True).waiting()) == len(items)


def test_what_was_erased_on_a_lost_receipt_is_said_once_and_stays_said(store: Store, clock: ManualClock) -> None:
    visit = ended(store, clock, "J-1")
    items = gone_home(store)
    outbox = Outbox(store, drawn)
    outbox.erase(visit)
    luggage = StoreLuggage(store, drawn, DEPOT, look=True)
    assert luggage.waiting() == tuple(Offered(one.sha256, one.name, one.octets, before=True) for one in items)
    assert luggage.missed(luggage.waiting()[0]) is Fate.ERASED
    (gone,) = outbox.list()
    assert (gone.missed, gone.erased is not None, outbox.is_begun(visit)) == ("North", True, False)
    assert len(StoreLuggage(store, drawn, DEPOT, look=True).waiting()) == len(items) - 1


async def test_what_a_depot_put_back_to_yesterday_has_lost_is_found_the_next_day_and_what_is_here_goes_again(
    store: Store, clock: ManualClock, tmp_path: Path
) -> None:
    """Terminal with its store, depot with its folder: both as they are, and only the post between them is made up."""
    shelf = depot_in(tmp_path / "depot", Random(1))
    kept = TerminalDepot(store, drawn)
    mine, keys = shelf.know(kept.card("Van 7").write()), kept.keys()
    erased, here = ended(store, clock, "J-1"), ended(store, clock, "J-2")
    shelf.close()
    shutil.copytree(tmp_path / "depot", tmp_path / "yesterday")

    async def day(folder: str) -> tuple[Met, Shelf]:
        depot = Shelf(tmp_path / folder, clock)
        kept.trust(depot.card.write())
        up_, back = Queue(), Queue()
        luggage = StoreLuggage(store, drawn, depot.card, look=not kept.looked_today())
        task = asyncio.create_task(serve(UnfairPost(Random(1), up_, back, 0.0), depot, Served()))
        post = UnfairPost(Random(1), back, up_, 0.0)
        met = await meet(post, luggage, keys, mine, depot.card, kept.next_meeting())
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task
        if met.whole:
            kept.note_looked()
        return met, depot

    met, depot = await day("depot")
    assert met.good
    depot.close()
    Outbox(store, drawn).erase(erased)
    met, depot = await day("yesterday")
    assert (met.receipts, met.missed) == (0, ()), "today it was asked already"
    depot.close()

    clock.advance(86_400)
    met, depot = await day("yesterday")
    assert met.receipts > 0
    assert met.missed
    assert all(item.name.startswith(erased) for item in met.missed)
    assert {row["file"] for row in depot.items()} >= {f"{here}-1.hhtb"}
    assert all(item.state is OutState.RECEIPTED for visit in Outbox(store, drawn).list() for item in visit.items)
    assert [visit.missed for visit in Outbox(store, drawn).list() if visit.erased] == ["North"]
    assert [row["name"] for row in depot.lost()] == sorted(item.name for item in met.missed)
    depot.close()


def test_numbers_of_jobs_are_each_depots_own(store: Store) -> None:
    text = job_text("install-electricity", reference="J-1")
    first = StoreLuggage(store, drawn, DEPOT)
    assert first.take(JobLetter(5, "a.json", text.encode())).state == "new"
    assert first.take(JobLetter(5, "a.json", text.encode())).state == "new", "answered as then"
    older = first.take(JobLetter(4, "a.json", text.encode()))
    assert (older.state, "newer one of J-1" in older.why) == ("refused", True)
    assert [one.state for one in first.jobs] == ["new", "refused"]
    other = StoreLuggage(store, drawn, OwnKeys(bytes([1]) * 32).card(Role.DEPOT, "South", training=True))
    assert other.take(JobLetter(5, "b.json", job_text("install-electricity", reference="J-2").encode())).state == "new"
    assert [one.job.job.reference for one in other.jobs if one.job] == ["J-2"]


def test_a_terminal_keeps_its_name_its_keys_and_counts_its_meetings(store: Store) -> None:
    kept = TerminalDepot(store, drawn)
    assert kept.card().name == kept.card().key
    named = kept.card("Van 7")
    assert (kept.card(), named.name) == (named, "Van 7")
    with pytest.raises(HhtError) as caught:
        kept.card("Van\n7")
    assert caught.value.code == "depot-name"
    assert [kept.next_meeting() >> MEETING_BITS for _turn in range(3)] == [1, 2, 3]
    TerminalDepot(store, lambda count: bytes([9]) * count).new_keys()
    assert kept.card().key != named.key
    assert kept.card().name == "Van 7"


async def test_one_meeting_at_a_time(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The broker knows one connection of a name: a second meeting would push the first one out."""
    there = most = 0

    async def slow(*_args: object, **_more: object) -> Brought:
        nonlocal there, most
        there += 1
        most = max(most, there)
        for _turn in range(5):
            await asyncio.sleep(0)
        there -= 1
        return Brought(Met(0, (), ()), ())

    monkeypatch.setattr("ui.depot_kept.meet_depot", slow)
    terminal = Terminal(data_dir=tmp_path, training=True)
    await terminal.needs_pass_phrase()
    await asyncio.gather(*(terminal.depot.meet() for _asked in range(3)))
    assert most == 1
    await terminal.close()


def test_the_password_of_the_broker_is_on_disk_nowhere_in_clear(store: Store, tmp_path: Path) -> None:
    kept = TerminalDepot(store, drawn)
    way = BrokerWay("mqtts://van7@broker.example", "canary-5f1c-password")
    kept.keep_way(way)
    assert kept.way() == way
    assert (kept.way().address().user, kept.way().address().password) == ("van7", "canary-5f1c-password")
    assert "canary" not in repr(kept.way())
    assert "canary" not in repr(kept.way().address())
    for path in tmp_path.rglob("*"):
        assert not path.is_file() or b"canary-5f1c" not in path.read_bytes(), path
    for wrong, code in (("http://h", "broker-url"), ("mqtt://u:secret@h", "broker-password")):
        with pytest.raises(HhtError) as caught:
            kept.keep_way(BrokerWay(wrong))
        assert caught.value.code == code
    assert kept.way() == way
    with pytest.raises(HhtError) as caught:
        authority_of(b"no certificate", "ca.pem")
    assert caught.value.code == "depot-authority"


def test_check_words_are_of_all_that_stands_in_a_card() -> None:
    words = DEPOT.check_words
    assert ([len(word) for word in words], DEPOT.check_words) == ([3, 3, 3, 3], words)
    others = {
        OwnKeys(bytes([1]) * 32).card(Role.DEPOT, "North", training=True).check_words,
        OwnKeys(bytes(32)).card(Role.DEPOT, "South", training=True).check_words,
        OwnKeys(bytes(32)).card(Role.DEPOT, "North", training=False).check_words,
        OwnKeys(bytes(32)).card(Role.TERMINAL, "North", training=True).check_words,
    }
    assert len(others | {words}) == 5
    assert json.loads(DEPOT.write())["name"] == "North"
