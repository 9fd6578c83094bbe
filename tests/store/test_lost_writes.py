"""The power goes, and with it what the disk had not yet synced: the store opens clean, and has all that it said it
kept. (`tests/end_to_end/test_killed.py` kills the program; there the system still writes what it was given.)"""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from hht.clock import ManualClock
from hht.store.errors import StoreError
from hht.store.store import Store
from hht.store.vault import TRAINING_PASS_PHRASE
from hht.work.journal import JournalKind
from hht.work.visit_store import VisitStore
from tests.store.conftest import CHEAP, OpenStore
from tests.support.lossy_disk import Done, after_power_cut, library, recorded, rows_of
from tests.work.flow_model import job_text

SAMPLE, FULL = 40, 1000
Rows = dict[str, list[tuple[Any, ...]]]


@dataclass(frozen=True)
class Played:
    """Store operations: the files before, what was done to them, and after how much of that each was acknowledged."""

    base: dict[str, bytes]
    done: list[Done]
    acknowledged: list[int]
    states: list[Rows]  # before the first operation, after each


def operations(store: Store) -> list[Callable[[], object]]:
    """What a day writes: each is one transaction, or a checkpoint."""
    numbers = iter(range(1000))
    visits = VisitStore(store, lambda: f"id-{next(numbers)}")
    stored = visits.import_job(job_text("install-dual-fuel", reference="J-9"), "job.json")
    journal = visits.create_visit(stored.job_id)
    day: list[Callable[[], object]] = []
    for number in range(6):
        day += [
            lambda number=number: store.log("override", {"number": number, "padding": "x" * 3000}),
            lambda number=number: store.save_setting("window", {"number": number}),
            lambda number=number: journal.append("s", JournalKind.ANSWER, {"question": "q", "value": str(number)}),
            lambda number=number: store.insert(
                "meter_keys", {"key": f"k{number}", "at": store.now()}, key=f"k{number}",
                sealed={"name": b"n", "entry": bytes(9000)},
            ),
        ]  # fmt: skip
        if number in (2, 4):
            day.append(store.checkpoint)
    return day


@pytest.fixture
def played(open_store: OpenStore) -> Played:
    sqlite = library()
    if sqlite is None:
        pytest.skip("this Python's SQLite lets nobody stand under it")
    with open_store():
        pass
    with recorded(sqlite) as done, open_store() as store:
        day = operations(store)
        store.checkpoint()
        base = {path.name: path.read_bytes() for path in store.path.parent.iterdir() if path.name in BASE}
        begin = len(done)
        acknowledged, states = [0], [rows_of(store.path)]
        for operation in day:
            operation()
            acknowledged.append(len(done) - begin)
            states.append(rows_of(store.path))
        end = len(done)
        assert (store.path.parent / "training.db-shm").exists()  # the layer hands each name on as it was given
    return Played(base, done[begin:end], acknowledged, states)


BASE = ("training.db", "training.db-wal")


def lost(played: Played, instant: int, folder: Path, clock: ManualClock, rng: random.Random) -> bool:
    """Cut the power there; whether anything acknowledged is gone, or anything half there, once the store is open."""
    folder.mkdir()
    for name, content in after_power_cut(played.base, played.done, instant, rng).items():
        (folder / name).write_bytes(content)
    path = folder / BASE[0]
    with Store.open(path, TRAINING_PASS_PHRASE, training=True, clock=clock, entropy=rng.randbytes, cost=CHEAP) as store:
        store.log_entries()
        number = sum(position <= instant for position in played.acknowledged) - 1
        return rows_of(path) not in played.states[number : number + 2]


def cut_at(played: Played, count: int, folder: Path, clock: ManualClock) -> list[int]:
    """Cut the power at `count` instants; those at which something was lost."""
    rng = random.Random(41)
    instants = [rng.randrange(len(played.done) + 1) for _number in range(count)]
    return [one for number, one in enumerate(instants) if lost(played, one, folder / str(number), clock, rng)]


def test_no_acknowledged_record_is_lost(played: Played, tmp_path: Path, clock: ManualClock) -> None:
    assert len([one for one in played.done if one.what == "sync"]) >= len(played.states) - 1
    assert cut_at(played, SAMPLE, tmp_path, clock) == []


@pytest.mark.soak
def test_no_acknowledged_record_is_lost_a_thousand_times(played: Played, tmp_path: Path, clock: ManualClock) -> None:
    assert cut_at(played, FULL, tmp_path, clock) == []


def test_a_disk_that_only_says_that_it_synced_is_noticed(played: Played, tmp_path: Path, clock: ManualClock) -> None:
    """The simulation can fail: without the syncs that the store asks for, records are gone."""
    unsynced = [one if one.what != "sync" else Done("write", one.file) for one in played.done]
    liar = Played(played.base, unsynced, played.acknowledged, played.states)
    rng = random.Random(41)
    damage = 0
    for number in range(6):
        try:
            damage += lost(liar, len(unsynced), tmp_path / str(number), clock, rng)
        except (StoreError, AssertionError):  # torn in the middle of the file itself: it does not even open
            damage += 1
    assert damage >= 4
