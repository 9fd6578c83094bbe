"""A store that was put back to an older copy is found: by what the terminal remembers of its log outside of it."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from hht import evidence
from hht.clock import ManualClock
from hht.store.errors import StoreError
from hht.store.log_chain import hash_of, whole_log
from hht.store.log_memory import LogMemory, LogPutBack
from tests.store.conftest import FailingCommit, OpenStore
from ui.stores import open_store as opened
from ui.terminal import Terminal

NOTED = {"command": "read", "accepted": ["1"]}
Logged = Callable[[int], str]


@pytest.fixture
def home(tmp_path: Path) -> Path:
    return tmp_path / "home"


@pytest.fixture
def logged(home: Path, clock: ManualClock) -> Logged:
    """Open the training store as every command does, add so many entries; what was said at opening."""

    def add(count: int) -> str:
        with opened(home, "", training=True, clock=clock) as store:
            for _entry in range(count):
                store.log("test-identifiers", NOTED)
            return store.log_trouble.message if store.log_trouble else ""

    return add


def put_back(home: Path, copy: Path) -> None:
    for name in ("training.db-wal", "training.db-shm"):
        (home / name).unlink(missing_ok=True)
    shutil.copyfile(copy, home / "training.db")


def test_what_is_remembered_may_lag_behind_and_raises_no_alarm(home: Path, logged: Logged) -> None:
    """What a terminal leaves that is killed after the entry is on disk, and before that is remembered."""
    logged(0)
    file = home / "training-log-head.json"
    before = {0: file.read_bytes()}
    for count in (1, 2):
        logged(1)
        before[count] = file.read_bytes()
    assert [json.loads(one)["entries"] for one in before.values()] == [0, 1, 2]
    for lagging in before.values():
        file.write_bytes(lagging)
        assert logged(0) == ""
        assert file.read_bytes() == before[2]
    assert set(json.loads(before[2])) == {"format", "store", "entries", "hash"}


def test_what_the_disk_did_not_take_is_not_remembered(open_store: OpenStore, tmp_path: Path) -> None:
    store = open_store(factory=FailingCommit)
    file = tmp_path / "head.json"
    store.remember_log(file)
    store.log("test-identifiers", NOTED)
    before = file.read_bytes()
    FailingCommit.failing = "SQLITE_FULL"
    try:
        with pytest.raises(StoreError):
            store.log("test-identifiers", NOTED)
    finally:
        FailingCommit.failing = ""
    assert file.read_bytes() == before
    assert LogMemory(file).check(store) is None
    with store.transaction():
        store.log("test-identifiers", NOTED)
        assert file.read_bytes() == before, "nothing is remembered before it is on disk"
    assert json.loads(file.read_bytes())["entries"] == 2


def test_a_log_that_went_on_from_an_older_copy_is_found_though_it_is_as_long(
    home: Path, tmp_path: Path, logged: Logged, clock: ManualClock
) -> None:
    logged(1)
    shutil.copyfile(home / "training.db", tmp_path / "yesterday.db")
    logged(2)
    file = home / "training-log-head.json"
    remembered = file.read_bytes()
    for more in (2, 5):
        put_back(home, tmp_path / "yesterday.db")
        file.unlink()
        clock.advance(60)
        logged(more)
        file.write_bytes(remembered)
        assert "entry 3 is not the one that this terminal remembered" in logged(0)


async def test_the_window_is_told_once(home: Path, tmp_path: Path, logged: Logged) -> None:
    logged(1)
    shutil.copyfile(home / "training.db", tmp_path / "yesterday.db")
    logged(1)
    put_back(home, tmp_path / "yesterday.db")
    window = Terminal(data_dir=home, training=True)
    await window.unlock("")
    try:
        with pytest.raises(LogPutBack, match="put back to an earlier copy") as told:
            await window.require_log()
        assert "verify NEW --after OLD" in told.value.remedy
        await window.require_log()
    finally:
        await window.close()


def test_another_store_in_its_place_and_a_memory_that_is_gone_are_told(
    home: Path, logged: Logged, clock: ManualClock
) -> None:
    logged(0)
    file = home / "training-log-head.json"
    file.unlink()
    assert "is gone (training-log-head.json)" in logged(0), "of a store with nothing in its log, too"
    logged(1)
    (home / "training.db").unlink()
    assert "another store than the one that was here. Entries of that one's log: 2." in logged(0)
    for spoilt in (None, b"", b"{", b"[]", b'{"format": "hht-log-head/1", "store": "", "entries": "0", "hash": ""}'):
        if spoilt is None:
            file.unlink()
        else:
            file.write_bytes(spoilt)
        assert "is gone (training-log-head.json)" in logged(0)
        assert logged(0) == ""
    with opened(home, "", training=True, clock=clock) as store:
        assert [entry.kind for entry in whole_log(store)] == [evidence.PUT_BACK, *[evidence.MEMORY_GONE] * 5]


def test_a_log_of_a_version_that_remembered_nothing_raises_no_alarm(open_store: OpenStore, tmp_path: Path) -> None:
    """And rows that have no hash of their own are held against what is remembered all the same."""
    store = open_store()
    for number in ("1", "2"):
        row = {"at": store.now(), "kind": "override", "key": number}
        store.insert("log", row, key=number, sealed={"payload": b"{}"})
    file = tmp_path / "head.json"
    store.remember_log(file)
    assert (store.log_trouble, json.loads(file.read_bytes())["entries"]) == (None, 2)
    store.log("override", {})
    two = {**json.loads(file.read_bytes()), "entries": 2}
    for hash_, trouble in (("0" * 64, True), (hash_of(store, 2), False)):
        file.write_text(json.dumps({**two, "hash": hash_}))
        assert (LogMemory(file).check(store) is not None) is trouble
