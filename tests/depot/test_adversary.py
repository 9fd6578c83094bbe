"""The depot as its adversary sees it: a broker that is away, a disk that is full, strangers, letters said again, two
laptops of one key, and backups of yesterday, at either end."""

from __future__ import annotations

import asyncio
import contextlib
import errno
import shutil
from collections.abc import AsyncIterator
from pathlib import Path
from random import Random

import pytest

from hht.clock import ManualClock
from hht.depot.depot_end import DepotEnd
from hht.depot.letters import MEETING_BITS, Gone, Offer, Offered, Part, Receipt, Told, Want, write
from hht.depot.shelf import Shelf
from hht.depot.terminal_end import Fate, TerminalEnd
from hht.errors import HhtError
from hht.link import LinkTimeout
from tests.depot.places import DiedError, Queue, UnfairPost, Van, depot_in
from tests.window.samples import NOW
from ui.depots import Served, down, meet, serve, up
from ui.system import SystemClock


@pytest.fixture
def shelf(tmp_path: Path) -> Shelf:
    return depot_in(tmp_path / "depot", Random(5))


def offer(van: Van, shelf: Shelf, meeting: int) -> tuple[str, bytes]:
    """What the van says when it comes."""
    return up(van.card.key), van.keys.close(write(Offer(van.waiting()), meeting), van.card, shelf.card)


class Trouble:
    """Hears what a depot says is odd."""

    def __init__(self) -> None:
        self.told: list[tuple[str, int, HhtError]] = []

    def __call__(self, kind: str, count: int, error: HhtError) -> None:
        self.told.append((kind, count, error))

    @property
    def kinds(self) -> list[str]:
        return [kind for kind, _count, _error in self.told]


class LostPost(UnfairPost):
    """Takes nothing that is sent the first times: its broker is away."""

    away = 2

    async def publish(self, topic: str, octets: bytes) -> None:
        if self.away:
            self.away -= 1
            raise LinkTimeout("The broker does not take what is sent.", remedy="Try again.")
        await super().publish(topic, octets)


@contextlib.asynccontextmanager
async def serving(shelf: Shelf, post: UnfairPost, trouble: Trouble) -> AsyncIterator[Served]:
    """A depot that answers, until the block ends; it may not end by itself."""
    served = Served()
    task = asyncio.create_task(serve(post, shelf, served, on_trouble=trouble))
    yield served
    assert not task.done(), "the depot ended by itself"
    task.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await task


# A server goes on --------------------------------------------------------------------------------------------------


async def test_a_broker_that_was_away_ends_no_depot(shelf: Shelf) -> None:
    chance, van, trouble = Random(1), Van(1, Random(1)), Trouble()
    shelf.know(van.card.write())
    up_, back = Queue(), Queue()
    async with serving(shelf, LostPost(chance, up_, back, 0.0), trouble) as served:
        met = await meet(UnfairPost(chance, back, up_, 0.0), van, van.keys, van.card, shelf.card, van.meeting())
    assert (met.receipts, met.good, served.unsent) == (3, True, 2)
    assert trouble.kinds == ["unsent", "unsent"]


async def test_a_full_disk_is_said_and_what_was_not_receipted_comes_again(
    shelf: Shelf, monkeypatch: pytest.MonkeyPatch
) -> None:
    chance, van, trouble = Random(1), Van(1, Random(1), items=1), Trouble()
    shelf.know(van.card.write())
    keep, full = shelf.keep, [OSError(errno.ENOSPC, "No space left on device")]

    def no_room(terminal: str, item: Offered) -> None:
        if full:
            raise full.pop()
        keep(terminal, item)

    monkeypatch.setattr(shelf, "keep", no_room)
    up_, back = Queue(), Queue()
    async with serving(shelf, UnfairPost(chance, up_, back, 0.0), trouble):
        met = await meet(UnfairPost(chance, back, up_, 0.0), van, van.keys, van.card, shelf.card, van.meeting())
    assert (met.receipts, trouble.kinds) == (1, ["failed"]), "all of it was in the spool already: it is looked at again"
    assert "No space left" in trouble.told[0][2].message
    assert trouble.told[0][2].remedy


async def test_a_card_that_is_none_is_named_and_hinders_no_other(shelf: Shelf) -> None:
    chance, van = Random(1), Van(1, Random(1))
    (shelf.folder / "terminals" / "a-note.json").write_text("{}")
    shelf.know(van.card.write())
    up_, back = Queue(), Queue()
    async with serving(shelf, UnfairPost(chance, up_, back, 0.0), Trouble()):
        met = await meet(UnfairPost(chance, back, up_, 0.0), van, van.keys, van.card, shelf.card, van.meeting())
    assert met.good
    assert list(shelf.unreadable) == ["a-note.json"]
    assert "a-note.json" in shelf.unreadable["a-note.json"].message


def test_a_terminal_is_forgotten_whatever_its_cards_file_is_called(shelf: Shelf) -> None:
    van = Van(1, Random(1))
    (shelf.folder / "terminals" / "van7.json").write_bytes(van.card.write())
    assert shelf.forget_terminal(van.card.key)
    assert shelf.terminal(van.card.key) is None


# Letters that are somebody else's, or of another time ---------------------------------------------------------------


async def test_rubbish_without_end_ends_no_meeting_late(shelf: Shelf) -> None:
    """A stranger writes to the terminal's topic all the time: the depot is silent all the same, and that is told."""

    class Flood(UnfairPost):
        async def next(self, _limit_s: float) -> tuple[str, bytes] | None:
            await asyncio.sleep(0)
            return down("k"), b"rubbish"

    van = Van(1, Random(1))
    post = Flood(Random(1), Queue(), Queue(), 0.0)
    with pytest.raises(HhtError) as caught:
        await meet(post, van, van.keys, van.card, shelf.card, 1, patience_s=0.01)
    assert caught.value.code == "depot-silent"
    assert "somebody else writes" in caught.value.remedy


async def test_what_the_depot_said_in_another_meeting_is_no_receipt_in_this_one(shelf: Shelf) -> None:
    """Letters were kept by the broker and are said again, after the depot has lost what they receipted."""
    van = Van(1, Random(1))
    old = shelf.keys.close(write(Receipt(tuple(van.has)), 1 << MEETING_BITS), shelf.card, van.card)
    told = shelf.keys.close(write(Told(0), 1 << MEETING_BITS), shelf.card, van.card)
    inbox = Queue()
    for octets in (old, told):
        inbox.put_nowait((down(van.card.key), octets))
    post = UnfairPost(Random(1), inbox, Queue(), 0.0)
    with pytest.raises(HhtError) as caught:
        await meet(post, van, van.keys, van.card, shelf.card, 2 << MEETING_BITS)
    assert (caught.value.code, van.done) == ("depot-silent", [])


async def test_a_meeting_that_was_over_is_told_of_by_name_and_answered(shelf: Shelf) -> None:
    """A copied laptop counts its meetings from where it was copied; whoever repeats an offer repeats its number."""
    van, trouble = Van(1, Random(1)), Trouble()
    shelf.know(van.card.write())
    up_, back, count = Queue(), Queue(), MEETING_BITS
    for meeting in (7 << count | 1, 7 << count | 1, 8 << count | 1, 8 << count | 2, 7 << count | 1, 9 << count):
        up_.put_nowait(offer(van, shelf, meeting))
    with pytest.raises(DiedError):
        await serve(UnfairPost(Random(1), up_, back, 0.0, 7 + 6 * 4), shelf, Served(), on_trouble=trouble)
    assert trouble.kinds == ["repeated", "repeated"], "of the same number as before twice, and of an earlier one"
    assert "Van 1" in trouble.told[0][2].message
    assert back.qsize() >= 20, "all of them are answered: evidence comes home"
    assert shelf.meetings()[van.card.key][1] == 2


# Yesterday's backup -----------------------------------------------------------------------------------------------


class Remembering(Van):
    """A van that asks again for what was receipted, as `StoreLuggage` does."""

    erased = False

    def waiting(self) -> tuple[Offered, ...]:
        before = (Offered(one, self.has[one][0], len(self.has[one][1]), before=True) for one in self.done)
        return (*super().waiting(), *before)

    def missed(self, item: Offered) -> Fate:
        self.done.remove(item.sha256)
        return Fate.ERASED if self.erased else Fate.HERE


async def one_meeting(van: Van, shelf: Shelf, trouble: Trouble | None = None) -> tuple[int, list[str]]:
    """How many receipts it brought, and what is lost."""
    chance, up_, back = Random(1), Queue(), Queue()
    async with serving(shelf, UnfairPost(chance, up_, back, 0.0), trouble or Trouble()):
        met = await meet(UnfairPost(chance, back, up_, 0.0), van, van.keys, van.card, shelf.card, van.meeting())
        for _turn in range(200):  # what the terminal said last is still on its way
            await asyncio.sleep(0)
    return met.receipts, [item.sha256 for item in met.missed]


@pytest.mark.parametrize("erased", [False, True])
async def test_a_depot_of_yesterday_gets_again_what_is_there_and_both_say_what_is_lost(
    shelf: Shelf, tmp_path: Path, *, erased: bool
) -> None:
    van = Remembering(1, Random(1))
    shelf.know(van.card.write())
    shelf.close()
    shutil.copytree(shelf.folder, tmp_path / "yesterday")
    shelf = Shelf(shelf.folder, SystemClock())
    assert await one_meeting(van, shelf) == (3, [])
    assert await one_meeting(van, shelf) == (0, []), "it is asked again, and has it"
    shelf.close()

    van.erased = erased
    old = Shelf(tmp_path / "yesterday", SystemClock())
    trouble = Trouble()
    receipts, lost = await one_meeting(van, old, trouble)
    if erased:
        assert trouble.kinds == ["lost"] * 3
        assert all("Van 1" in error.message and "visit-1-" in error.message for _kind, _count, error in trouble.told)
        assert (receipts, sorted(lost)) == (0, sorted(van.has))
        assert sorted(row["sha256"] for row in old.lost()) == sorted(van.has)
        assert old.expected(van.card.key, lost[0]) is None
    else:
        assert (receipts, lost, [*old.lost()]) == (3, [], [])
        assert sorted(row["sha256"] for row in old.items()) == sorted(van.has)
    old.close()


def test_what_was_changed_since_is_neither_sent_nor_lost() -> None:
    class Changed(Remembering):
        def missed(self, item: Offered) -> Fate:
            return Fate.CHANGED

    van = Changed(1, Random(1), items=1)
    van.done = [*van.has]
    end = TerminalEnd(van)
    (said,) = end.letters()
    assert said == Offer((van.waiting()[0],))
    assert list(end.heard(Want(van.done[0], 0, 9))) == [Gone(van.done[0], erased=False)]
    assert (end.missed, end.left) == ([], ())


def test_rows_and_files_of_different_days_are_brought_together(shelf: Shelf) -> None:
    end, octets = DepotEnd(shelf), {}
    import hashlib

    for name in ("a.jsonl", "b.jsonl"):
        one = name.encode()
        octets[name] = item = Offered(hashlib.sha256(one).hexdigest(), name, len(one))
        list(end.heard("0123456789abcdef", Offer((item,))))
        list(end.heard("0123456789abcdef", Part(item.sha256, 0, one)))
    folder = shelf.folder / "evidence" / "0123456789abcdef"
    (folder / "a.jsonl").unlink()  # the files are of an earlier day than the rows
    shelf._run("DELETE FROM items WHERE file = 'b.jsonl'")  # and the other way about
    looked = shelf.look()
    assert (looked.found, looked.missing) == (1, ("0123456789abcdef/a.jsonl",))
    assert [row["sha256"] for row in shelf.items()] == [octets["b.jsonl"].sha256]
    assert shelf.look() == type(looked)(0, ())


def test_a_file_that_no_row_tells_of_is_not_written_over(shelf: Shelf) -> None:
    import hashlib

    folder = shelf.folder / "evidence" / "k"
    folder.mkdir()
    (folder / "visit.jsonl").write_bytes(b"evidence of another day")
    item = Offered(hashlib.sha256(b"new").hexdigest(), "visit.jsonl", 3)
    end = DepotEnd(shelf)
    list(end.heard("k", Offer((item,))))
    list(end.heard("k", Part(item.sha256, 0, b"new")))
    assert (folder / "visit.jsonl").read_bytes() == b"evidence of another day"
    assert (folder / f"visit-{item.sha256[:8]}.jsonl").read_bytes() == b"new"


def test_nor_is_what_was_made_to_have_the_same_name(shelf: Shelf) -> None:
    """Eight digits of a hash can be made to fit."""
    import hashlib

    new, folder = hashlib.sha256(b"new").hexdigest(), shelf.folder / "evidence" / "k"
    folder.mkdir()
    for name in ("visit.jsonl", f"visit-{new[:8]}.jsonl"):
        (folder / name).write_bytes(b"evidence of another day")
    end, item = DepotEnd(shelf), Offered(new, "visit.jsonl", 3)
    list(end.heard("k", Offer((item,))))
    list(end.heard("k", Part(new, 0, b"new")))
    kept = {path.name: path.read_bytes() for path in folder.iterdir()}
    assert kept.pop(f"visit-{new}.jsonl") == b"new"
    assert [*kept.values()] == [b"evidence of another day"] * 2


def test_no_jobs_number_is_given_twice_by_a_depot_of_yesterday(tmp_path: Path) -> None:
    depot_in(tmp_path / "depot", Random(5)).close()
    clock = ManualClock(NOW)
    van, shelf = Van(1, Random(1)), Shelf(tmp_path / "depot", clock)
    shelf.know(van.card.write())
    first = shelf.post(van.card.key, "job.json", b"{}")
    shelf.close()
    shutil.copytree(tmp_path / "depot", tmp_path / "yesterday")
    clock.advance(60)
    shelf = Shelf(tmp_path / "depot", clock)
    given = [shelf.post(van.card.key, "job.json", b"{}") for _job in range(3)]
    shelf.close()
    clock.advance(3600)
    old = Shelf(tmp_path / "yesterday", clock)
    assert old.post(van.card.key, "job.json", b"{}") > max(given) > min(given) > first
    clock = ManualClock(NOW.replace(year=2001))  # a clock that is wrong: above what was given all the same
    behind = Shelf(tmp_path / "yesterday", clock)
    assert behind.post(van.card.key, "job.json", b"{}") > max(given)
    old.close()
    behind.close()
