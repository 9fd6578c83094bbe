"""Both ends over a post that loses, doubles and swaps letters, with ends that die: everything arrives once."""

from __future__ import annotations

import asyncio
import contextlib
from pathlib import Path
from random import Random

import pytest

from hht.depot.depot_end import DepotEnd
from hht.depot.letters import JobLetter, Offer, Offered, Part, Receipt, Refusal, Told, Want, write
from hht.depot.shelf import Shelf, new_depot
from hht.errors import HhtError
from tests.depot.places import DiedError, Queue, UnfairPost, Van, arrived, depot_in
from ui.depots import Served, down, meet, serve
from ui.system import SystemClock


async def one_meeting(van: Van, shelf: Shelf, chance: Random, trouble: float) -> None:
    """The terminal comes; now and then the depot or it dies amid."""
    up, back = Queue(), Queue()
    at_terminal = UnfairPost(chance, back, up, trouble, chance.randrange(2, 60) if trouble else 0)

    async def answering() -> None:
        while True:  # its process dies and is started again: only what is on disk is left
            with contextlib.suppress(DiedError):
                post = UnfairPost(chance, up, back, trouble, chance.randrange(2, 40) if trouble else 0)
                await serve(post, shelf, Served())

    depot = asyncio.create_task(answering())
    with contextlib.suppress(HhtError, DiedError):
        await meet(at_terminal, van, van.keys, van.card, shelf.card, van.meeting())
    for _turn in range(0 if trouble else 200):  # what the terminal said last is still on its way
        await asyncio.sleep(0)
    depot.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await depot


@pytest.mark.parametrize("seed", range(6))
async def test_everything_arrives_once_whatever_the_post_does(seed: int, tmp_path: Path) -> None:
    chance = Random(seed)
    shelf = depot_in(tmp_path / "depot", chance)
    vans = [Van(number, chance, items=2, most=300_000) for number in range(3)]
    posted = {}
    for van in vans:
        shelf.know(van.card.write())
        posted[van.card.key] = [shelf.post(van.card.key, f"job-{n}.json", b"{%d}" % n) for n in range(2)]
    for turn in range(60):
        trouble = 0.25 if turn < 20 else 0.0
        left = [van for van in vans if van.waiting() or set(van.jobs) != set(posted[van.card.key])]
        if not left:
            break
        await one_meeting(chance.choice(left), shelf, chance, trouble)
    arrived(shelf, vans)
    for van in vans:
        assert sorted(van.jobs) == posted[van.card.key]
        await one_meeting(van, shelf, chance, 0.0)  # what a lost answer left open is said once more
    assert {job["state"] for job in shelf.jobs()} <= {"new", "same"}
    shelf.close()


async def test_strangers_and_changed_letters_are_counted_and_nothing_else(tmp_path: Path) -> None:
    chance = Random(1)
    shelf = depot_in(tmp_path / "depot", chance)
    known, stranger = Van(1, chance), Van(2, chance)
    shelf.know(known.card.write())
    up, back = Queue(), Queue()
    up.put_nowait((f"hht/1/up/{stranger.card.key}", stranger.keys.close(b"x", stranger.card, shelf.card)))
    up.put_nowait((f"hht/1/up/{known.card.key}", b"rubbish"))
    up.put_nowait((f"hht/1/up/{known.card.key}", known.keys.close(b"no letter", known.card, shelf.card)))
    told = known.keys.close(write(Told(0), 1), known.card, shelf.card)
    up.put_nowait((f"hht/1/up/{known.card.key}", told))
    served = Served()
    with pytest.raises(DiedError):  # at the fifth look into its letters
        await serve(UnfairPost(chance, up, back, 0.0, 5), shelf, served)
    assert (served.strangers, served.broken, served.letters) == (1, 3, 0)
    assert back.empty()
    assert list(shelf.items()) == []


async def test_a_depot_that_is_silent_is_told_of_and_nothing_is_lost() -> None:
    chance = Random(2)
    van = Van(1, chance)
    post = UnfairPost(chance, Queue(), Queue(), 0.0)
    depot = Van(2, chance)
    with pytest.raises(HhtError) as caught:
        await meet(post, van, van.keys, van.card, depot.card, 1)
    assert caught.value.code == "depot-silent"
    assert len(van.waiting()) == 3


async def test_receipts_of_somebody_else_are_none(tmp_path: Path) -> None:
    """A rogue broker, or another depot, makes a receipt: the terminal keeps what it has."""
    chance = Random(3)
    van, rogue = Van(1, chance), Van(9, chance)
    shelf = depot_in(tmp_path / "depot", chance)
    inbox: Queue = Queue()
    receipt = write(Receipt((next(iter(van.has)),)), 1)
    inbox.put_nowait((down(van.card.key), rogue.keys.close(receipt, shelf.card, van.card)))
    with pytest.raises(HhtError) as caught:
        await meet(UnfairPost(chance, inbox, Queue(), 0.0), van, van.keys, van.card, shelf.card, 1)
    assert caught.value.code == "depot-silent"
    assert van.done == []


# The depot's end, letter by letter -------------------------------------------------------------------------------


@pytest.fixture
def shelf(tmp_path: Path) -> Shelf:
    return depot_in(tmp_path / "depot", Random(5))


def test_what_comes_again_is_receipted_again_and_kept_once(shelf: Shelf) -> None:
    van = Van(1, Random(6), items=1, most=1000)
    shelf.know(van.card.write())
    end, (item,) = DepotEnd(shelf), van.waiting()
    key = van.card.key
    assert list(end.heard(key, Offer((item,)))) == [Want(item.sha256, 0, 16 * 128 * 1024), Told(0)]
    part = Part(item.sha256, 0, van.octets(item))
    assert list(end.heard(key, part)) == [Receipt((item.sha256,))]
    assert list(end.heard(key, part)) == [Receipt((item.sha256,))]
    assert list(end.heard(key, Offer((item,)))) == [Receipt((item.sha256,)), Told(0)]
    arrived(shelf, [van])


def test_octets_that_are_others_are_refused_and_leave_nothing(shelf: Shelf) -> None:
    item = Offered("0" * 64, "visit.jsonl", 4)
    end = DepotEnd(shelf)
    list(end.heard("k", Offer((item,))))
    (told,) = end.heard("k", Part(item.sha256, 0, b"abcd"))
    assert isinstance(told, Refusal)
    assert list(shelf.items()) == []
    assert not list((shelf.folder / "spool").iterdir())


def test_a_bundle_that_is_not_as_it_was_signed_is_refused(shelf: Shelf) -> None:
    import hashlib

    octets = b'{"format": "hht-bundle/1", "visit": "v"}\n'
    item = Offered(hashlib.sha256(octets).hexdigest(), "visit-1.hhtb", len(octets))
    end = DepotEnd(shelf)
    list(end.heard("k", Offer((item,))))
    (told,) = end.heard("k", Part(item.sha256, 0, octets))
    assert isinstance(told, Refusal)
    assert told.why


def test_an_empty_item_and_one_that_is_too_large_are_refused_at_once(shelf: Shelf) -> None:
    items = Offered("0" * 64, "a.jsonl", 0), Offered("1" * 64, "b.jsonl", 256 * 1024 * 1024 + 1)
    told = list(DepotEnd(shelf).heard("k", Offer(items)))
    assert [type(one) for one in told] == [Refusal, Refusal, Told]


def test_a_part_beyond_what_was_offered_is_not_taken(shelf: Shelf) -> None:
    item = Offered("0" * 64, "a.jsonl", 3)
    end = DepotEnd(shelf)
    list(end.heard("k", Offer((item,))))
    assert list(end.heard("k", Part(item.sha256, 0, b"abcd"))) == []
    assert list(end.heard("other", Part(item.sha256, 0, b"abc"))) == []  # it was not offered by that one
    assert shelf.spooled("k", item.sha256) == 0


def test_two_items_of_one_name_are_two_files(shelf: Shelf) -> None:
    import hashlib

    end = DepotEnd(shelf)
    for octets in (b"one", b"two"):
        item = Offered(hashlib.sha256(octets).hexdigest(), "visit-1.jsonl", 3)
        list(end.heard("k", Offer((item,))))
        assert list(end.heard("k", Part(item.sha256, 0, octets))) == [Receipt((item.sha256,))]
    files = {row["file"]: row["sha256"] for row in shelf.items()}
    assert len(files) == 2
    for name, sha256 in files.items():
        assert hashlib.sha256((shelf.folder / "evidence" / "k" / name).read_bytes()).hexdigest() == sha256


def test_a_job_goes_until_it_is_taken(shelf: Shelf) -> None:
    van = Van(1, Random(6))
    shelf.know(van.card.write())
    number = shelf.post(van.card.key, "job.json", b"{}")
    end = DepotEnd(shelf)
    for _again in range(2):
        assert list(end.heard(van.card.key, Offer(()))) == [JobLetter(number, "job.json", b"{}"), Told(1)]
    list(end.heard(van.card.key, van.take(JobLetter(number, "job.json", b"{}"))))
    assert list(end.heard(van.card.key, Offer(()))) == [Told(0)]
    (job,) = shelf.jobs()
    assert (job["number"], job["state"]) == (number, "new")


def test_a_folder_of_something_else_is_no_depot(tmp_path: Path) -> None:
    (tmp_path / "thesis.txt").write_text("mine")
    for attempt in (
        lambda: Shelf(tmp_path, SystemClock()),
        lambda: new_depot(tmp_path, "North", Random(1).randbytes, training=True),
    ):
        with pytest.raises(HhtError) as caught:
            attempt()
        assert caught.value.code == "depot-folder"
    assert [path.name for path in tmp_path.iterdir()] == ["thesis.txt"]
