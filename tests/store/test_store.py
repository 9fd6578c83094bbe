"""The store: trust, pass phrases, migrations, failing disks, and what a thief finds."""

from __future__ import annotations

import contextlib
import errno
import os
import shutil
import sqlite3
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from hht.clock import ManualClock
from hht.store.database import open_database
from hht.store.errors import PassPhraseError, SealBroken, StoreError
from hht.store.people import People
from hht.store.schema import APPLICATION_ID, MIGRATION_NAMES
from hht.store.store import Store
from hht.store.throttle import wait_after
from hht.store.vault import TRAINING_PASS_PHRASE, PassPhrase
from tests.store.conftest import CHEAP, FailingCommit, OpenStore

LIVE = PassPhrase("four unrelated words")


def _add_job(store: Store, job_id: str = "j1", body: bytes = b"{}") -> None:
    row = {"job_id": job_id, "imported_at": store.now()}
    store.insert("jobs", row, key=job_id, sealed={"body": body, "source": b"test"})


def test_what_was_kept_is_there_after_opening_again(open_store: OpenStore) -> None:
    with open_store() as store:
        store.save_setting("theme", "night")
        store.save_setting("theme", "sun")
        _add_job(store, body=b'{"reference":"J-1042"}')
        store.log("override", {"kind": "test-identifiers"})
    store = open_store()
    assert store.setting("theme") == "sun"
    assert store.setting("glove") is None
    (row,) = store.rows("jobs")
    assert store.unseal("jobs", "body", "j1", row) == b'{"reference":"J-1042"}'
    assert store.log_entries() == [("2026-03-02T09:00:00Z", "override", {"kind": "test-identifiers"})]


def test_the_file_is_durable_and_private(open_store: OpenStore) -> None:
    store = open_store()
    with store.transaction() as database:
        values = {name: database.execute(f"PRAGMA {name}").fetchone()[0] for name in ("journal_mode", "synchronous")}
        assert values == {"journal_mode": "wal", "synchronous": 2}
        assert database.execute("PRAGMA secure_delete").fetchone()[0] == 1
        assert database.execute("PRAGMA application_id").fetchone()[0] == APPLICATION_ID
    assert store.path.stat().st_mode & 0o077 == 0


def test_an_error_inside_a_transaction_undoes_all_of_it(open_store: OpenStore) -> None:
    store = open_store()

    def half_done() -> None:
        with store.transaction():
            _add_job(store)
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        half_done()
    assert store.rows("jobs") == []


def test_moving_a_sealed_value_to_another_row_is_noticed(open_store: OpenStore) -> None:
    store = open_store()
    _add_job(store, "j1", b"one")
    _add_job(store, "j2", b"two")
    first, second = store.rows("jobs", order="job_id")
    with pytest.raises(SealBroken):
        store.unseal("jobs", "body", "j1", second)
    with pytest.raises(SealBroken):
        store.unseal("jobs", "source", "j1", {"source_sealed": first["body_sealed"]})


def test_blind_indexes_differ_from_store_to_store(open_store: OpenStore, tmp_path: Path) -> None:
    one, two = open_store(), open_store(path=tmp_path / "other.db")
    assert one.blind_index("jobs", "reference", "J-1") == one.blind_index("jobs", "reference", "J-1")
    assert one.blind_index("jobs", "reference", "J-1") != two.blind_index("jobs", "reference", "J-1")


def test_training_and_live_stores_refuse_each_other(open_store: OpenStore, tmp_path: Path) -> None:
    open_store().close()
    with pytest.raises(StoreError) as caught:
        open_store(LIVE, training=False)
    assert caught.value.code == "wrong-trust"
    open_store(LIVE, training=False, path=tmp_path / "live.db").close()
    with pytest.raises(StoreError) as caught:
        open_store(TRAINING_PASS_PHRASE, path=tmp_path / "live.db")
    assert caught.value.code == "wrong-trust"
    with pytest.raises(PassPhraseError) as refused:
        open_store(LIVE, training=True, path=tmp_path / "new.db")
    assert refused.value.code == "training-fixed"


def test_wrong_pass_phrases_make_one_wait(open_store: OpenStore, clock: ManualClock) -> None:
    def attempt(phrase: PassPhrase) -> str:
        try:
            open_store(phrase, training=False).close()
        except PassPhraseError as error:
            return error.code
        return "open"

    assert attempt(LIVE) == "open"
    wrong = PassPhrase("some other words")
    assert [attempt(wrong) for _number in range(5)] == ["pass-phrase-wrong"] * 5
    assert attempt(LIVE) == "pass-phrase-wait"
    clock.advance(2)
    assert attempt(wrong) == "pass-phrase-wrong"
    clock.advance(3)
    assert attempt(LIVE) == "pass-phrase-wait"
    clock.advance(1)
    assert attempt(LIVE) == "open"
    assert attempt(wrong) == "pass-phrase-wrong"


def test_setting_the_clock_back_neither_skips_the_wait_nor_locks_for_ever(
    open_store: OpenStore, clock: ManualClock, tmp_path: Path
) -> None:
    path = tmp_path / "live.db"
    open_store(LIVE, training=False, path=path).close()
    with sqlite3.connect(path) as database:
        database.execute("UPDATE vault SET failed = 5, failed_at = '2027-01-01T00:00:00Z'")
    database.close()
    with pytest.raises(PassPhraseError) as caught:
        open_store(LIVE, training=False, path=path)
    assert caught.value.details["wait_s"] == 3
    clock.advance(2)
    open_store(LIVE, training=False, path=path)


def test_the_wait_doubles_and_has_an_end() -> None:
    assert [wait_after(n) for n in (0, 4, 5, 6, 7, 14, 10_000)] == [0, 0, 2, 4, 8, 900, 900]


def test_the_pass_phrase_can_be_changed(open_store: OpenStore) -> None:
    store = open_store(LIVE, training=False)
    _add_job(store, body=b"kept")
    People(store).change_pass_phrase("owner", PassPhrase("quite another phrase"), cost=CHEAP)
    store.close()
    with pytest.raises(PassPhraseError):
        open_store(LIVE, training=False)
    store = open_store(PassPhrase("quite another phrase"), training=False)
    assert store.unseal("jobs", "body", "j1", store.rows("jobs")[0]) == b"kept"


def test_whether_there_is_a_store_is_told_without_the_pass_phrase(open_store: OpenStore, tmp_path: Path) -> None:
    assert not Store.exists(tmp_path / "data" / "training.db")
    store = open_store()
    assert Store.exists(store.path)


@pytest.mark.requirement("HHT-12")
def test_a_copied_folder_yields_nothing(open_store: OpenStore, tmp_path: Path) -> None:
    canaries = [
        b"1200023305967",
        b"12 Sample Street",
        b"04217.318",
        b"\x7e\xa0\x07\x03\x21\x93\x0f\x01\x7e",
        b"Jo Bloggs",
    ]
    store = open_store(LIVE, training=False)
    _add_job(store, body=b"|".join(canaries))
    store.save_setting("last", {"address": "12 Sample Street"})
    store.log("override", {"mpan": "1200023305967", "reading": "04217.318"})
    copy = tmp_path / "copy"
    shutil.copytree(store.path.parent, copy)
    files = {path.name: path.read_bytes() for path in copy.iterdir()}
    assert {"training.db", "training.db-wal", "training.db-shm"} <= set(files)
    found = [(name, canary) for name, data in files.items() for canary in canaries if canary in data]
    assert found == []


def test_a_file_of_the_first_version_still_opens(open_store: OpenStore, tmp_path: Path) -> None:
    """The fixture was made by the first migration; whatever comes later must carry it along."""
    path = tmp_path / "old.db"
    shutil.copy(Path(__file__).parent.parent / "data" / "db" / "store-m0001.db", path)
    store = open_store(path=path)
    (row,) = store.rows("jobs")
    assert store.unseal("jobs", "body", row["job_id"], row) == b'{"reference":"J-0001"}'
    applied = {row["name"] for row in store.rows("_sqlite_migrations")}
    assert applied == set(MIGRATION_NAMES)


def test_a_file_of_a_newer_version_is_left_alone(open_store: OpenStore) -> None:
    store = open_store()
    path = store.path
    with store.transaction() as database:
        database.execute(
            "INSERT INTO _sqlite_migrations (migration_set, name, applied_at) VALUES ('hht-store', 'm9999_future', 'x')"
        )
    store.close()
    before = path.read_bytes()
    with pytest.raises(StoreError) as caught:
        open_store()
    assert caught.value.code == "store-newer"
    assert "m9999_future" in caught.value.message
    assert path.read_bytes() == before


def test_another_programs_database_is_left_alone(open_store: OpenStore, tmp_path: Path) -> None:
    path = tmp_path / "other.db"
    with sqlite3.connect(path) as database:
        database.execute("CREATE TABLE theirs (x)")
    database.close()
    before = path.read_bytes()
    with pytest.raises(StoreError) as caught:
        open_store(path=path)
    assert caught.value.code == "store-foreign"
    assert path.read_bytes() == before


@pytest.mark.parametrize("garbage", [b"not a database at all" * 50, b"SQLite format 3\x00" + b"\xff" * 4096])
def test_a_damaged_file_is_a_sentence(open_store: OpenStore, tmp_path: Path, garbage: bytes) -> None:
    path = tmp_path / "bad.db"
    path.write_bytes(garbage)
    with pytest.raises(StoreError) as caught:
        open_store(path=path)
    assert caught.value.code == "store-damaged"
    assert path.read_bytes() == garbage


def test_a_folder_in_the_files_place_is_a_sentence(open_store: OpenStore, tmp_path: Path) -> None:
    with pytest.raises(StoreError) as caught:
        open_store(path=tmp_path)
    assert caught.value.code == "store-unreachable"
    blocked = tmp_path / "file"
    blocked.write_text("")
    with pytest.raises(StoreError) as caught:
        open_store(path=blocked / "x.db")
    assert caught.value.code == "store-unreachable"


def test_a_full_disk_is_a_sentence_and_loses_nothing(open_store: OpenStore) -> None:
    store = open_store()
    _add_job(store, "j1", b"kept")
    with store.transaction() as database:
        pages = database.execute("PRAGMA page_count").fetchone()[0]
    with store.transaction() as database:
        database.execute(f"PRAGMA max_page_count = {pages}")
    with pytest.raises(StoreError) as caught:
        _add_job(store, "j2", bytes(1_000_000))
    assert caught.value.code == "store-disk-full"
    assert "Free some space" in caught.value.remedy
    with store.transaction() as database:
        database.execute("PRAGMA max_page_count = 1000000")
    _add_job(store, "j3", b"again")
    assert [row["job_id"] for row in store.rows("jobs", order="job_id")] == ["j1", "j3"]


@pytest.mark.parametrize(
    ("failing", "code"),
    [
        ("SQLITE_FULL", "store-disk-full"),
        ("SQLITE_IOERR_FSYNC", "store-io-error"),
        ("SQLITE_READONLY", "store-read-only"),
        ("SQLITE_CORRUPT", "store-damaged"),
        ("SQLITE_BUSY", "store-busy"),
        ("SQLITE_CANTOPEN", "store-unreachable"),
        ("SQLITE_MISUSE", "store-error"),
    ],
)
def test_a_failing_commit_is_a_sentence_and_leaves_no_half_row(
    open_store: OpenStore, monkeypatch: pytest.MonkeyPatch, failing: str, code: str
) -> None:
    store = open_store(factory=FailingCommit)
    _add_job(store, "j1")
    monkeypatch.setattr(FailingCommit, "failing", failing)
    with pytest.raises(StoreError) as caught:
        _add_job(store, "j2")
    assert caught.value.code == code
    assert caught.value.remedy
    monkeypatch.setattr(FailingCommit, "failing", "")
    _add_job(store, "j3")
    assert [row["job_id"] for row in store.rows("jobs", order="job_id")] == ["j1", "j3"]


@pytest.mark.parametrize(
    ("failing", "code"),
    [
        ("SQLITE_IOERR_WRITE", "store-disk-full"),
        ("SQLITE_IOERR_SHMSIZE", "store-disk-full"),
        ("SQLITE_IOERR_READ", "store-io-error"),
    ],
)
def test_an_error_of_writing_on_a_disk_without_room_is_no_broken_disk(
    open_store: OpenStore, monkeypatch: pytest.MonkeyPatch, failing: str, code: str
) -> None:
    store = open_store(factory=FailingCommit)
    monkeypatch.setattr(FailingCommit, "failing", failing)
    usage = shutil.disk_usage(store.path.parent)
    for free, told in ((usage.free, "store-io-error"), (4096, code)):
        monkeypatch.setattr(shutil, "disk_usage", lambda _path, free=free: usage._replace(free=free))
        with pytest.raises(StoreError) as caught:
            _add_job(store, "j1")
        assert caught.value.code == told


def test_a_read_only_connection_is_a_sentence(open_store: OpenStore) -> None:
    store = open_store()
    with store.transaction() as database:
        database.execute("PRAGMA query_only = 1")
    with pytest.raises(StoreError) as caught:
        _add_job(store)
    assert caught.value.code == "store-read-only"


def test_a_locked_file_is_a_sentence(open_store: OpenStore) -> None:
    store = open_store()
    with store.transaction() as database:
        database.execute("PRAGMA busy_timeout = 10")
    other = sqlite3.connect(store.path, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises(StoreError) as caught:
        _add_job(store)
    assert caught.value.code == "store-busy"
    other.close()
    _add_job(store)


def test_only_one_process_works_on_visits(open_store: OpenStore) -> None:
    one, two = open_store(), open_store()
    one.hold_visits()
    one.hold_visits()
    with pytest.raises(StoreError) as caught:
        two.hold_visits()
    assert caught.value.code == "visit-in-use"
    one.close()
    two.hold_visits()


def test_who_holds_visits_for_a_moment_leaves_them_to_who_began_meanwhile(open_store: OpenStore) -> None:
    store, inside, go_on = open_store(), threading.Event(), threading.Event()

    def erase() -> None:
        with store.holding_visits():
            store.hold_visits()  # as a journal does that is written to inside
            inside.set()
            go_on.wait(10)

    for begin, end, held in ((True, False, True), (True, True, False), (False, False, False)):
        thread = threading.Thread(target=erase)
        thread.start()
        assert inside.wait(10)
        if begin:
            store.hold_visits()
        if end:
            store.release_visits()
        assert store.holds_visits
        go_on.set()
        thread.join()
        assert store.holds_visits == held, (begin, end)
        store.release_visits()
        inside.clear()
        go_on.clear()


def test_the_journal_cannot_be_rewritten(open_store: OpenStore) -> None:
    store = open_store()
    _add_job(store)
    with store.transaction() as database:
        database.execute("INSERT INTO visits VALUES ('v', 'j1', 1, 'x', 'w')")
        database.execute("INSERT INTO visit_journal VALUES (1, 'v', 1, 'x', 's', 'k', x'00')")
    with pytest.raises(StoreError), store.transaction() as database:
        database.execute("UPDATE visit_journal SET kind = 'other'")
    assert store.rows("visit_journal")[0]["kind"] == "k"


def test_migrations_all_stand_in_the_list_of_known_names(tmp_path: Path) -> None:
    database = open_database(tmp_path / "x.db")
    names = [row["name"] for row in database["_sqlite_migrations"].rows]
    database.close()
    assert tuple(names) == MIGRATION_NAMES


_OPENER = """
import random, sys, time
from datetime import UTC, datetime
from pathlib import Path
from hht.clock import ManualClock
from hht.store.store import Store
from hht.store.vault import TRAINING_PASS_PHRASE
import sqlite_utils, sqlite_utils.migrations, cryptography.hazmat.primitives.kdf.argon2
sys.stdin.readline()
clock = ManualClock(datetime(2026, 3, 2, tzinfo=UTC))
with Store.open(Path(sys.argv[1]), TRAINING_PASS_PHRASE, training=True, clock=clock,
                entropy=random.SystemRandom().randbytes) as store:
    store.save_setting(sys.argv[2], sys.argv[2])
"""


def test_several_processes_may_make_the_store_at_the_same_moment(open_store: OpenStore, tmp_path: Path) -> None:
    path = tmp_path / "fresh" / "training.db"
    command = [sys.executable, "-c", _OPENER, str(path)]
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])}
    children = [
        subprocess.Popen([*command, str(number)], stdin=subprocess.PIPE, env=environment) for number in range(6)
    ]
    for child in children:
        assert child.stdin is not None
        child.stdin.write(b"go\n")
        child.stdin.close()
    for child in children:
        child.wait(timeout=60)
    assert [child.returncode for child in children] == [0] * 6
    store = open_store(path=path)
    assert [store.setting(str(number)) for number in range(6)] == [str(number) for number in range(6)]


class _WhileAnotherIsAboutToWrite(sqlite3.Connection):
    """Lets go of the other one once this one has been told that the file is locked."""

    other: sqlite3.Connection
    refused = 0

    def execute(self, sql: str, *parameters: object) -> sqlite3.Cursor:  # type: ignore[override]
        try:
            return super().execute(sql, *parameters)  # type: ignore[arg-type]
        except sqlite3.OperationalError:
            type(self).refused += 1
            self.other.rollback()
            raise


def test_a_store_opens_though_another_process_is_about_to_write_the_file_that_has_no_log_yet(tmp_path: Path) -> None:
    path = tmp_path / "training.db"
    with contextlib.closing(open_database(path).conn) as made:
        made.execute("PRAGMA journal_mode=DELETE")
    other = sqlite3.connect(path, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    _WhileAnotherIsAboutToWrite.other, _WhileAnotherIsAboutToWrite.refused = other, 0
    with contextlib.closing(open_database(path, factory=_WhileAnotherIsAboutToWrite).conn) as opened:
        assert opened.execute("PRAGMA journal_mode").fetchone() == ("wal",)
    assert _WhileAnotherIsAboutToWrite.refused == 1


def test_an_empty_file_is_told_as_such_and_not_taken_for_a_new_store(open_store: OpenStore, tmp_path: Path) -> None:
    path = tmp_path / "emptied.db"
    path.touch()
    with pytest.raises(StoreError) as caught:
        open_store(path=path)
    assert caught.value.code == "store-emptied"
    assert str(path) in caught.value.message
    assert "left as it is" in caught.value.remedy
    assert path.read_bytes() == b""
    assert [one.name for one in tmp_path.iterdir()] == ["emptied.db"]


_DIE_WHILE_MAKING = """
import os, sys
from pathlib import Path
from hht.store import database
point = sys.argv[2]
real = getattr(os, point)
def die(*args, **kwargs):
    if ".part" in str(args[0]):
        os._exit(9)
    return real(*args, **kwargs)
setattr(os, point, die)
database.open_database(Path(sys.argv[1]))
"""


@pytest.mark.parametrize("point", ["open", "link"])
def test_a_terminal_that_dies_while_it_makes_its_store_leaves_no_empty_one(
    open_store: OpenStore, tmp_path: Path, point: str
) -> None:
    path = tmp_path / "store" / "made.db"
    died = subprocess.run([sys.executable, "-c", _DIE_WHILE_MAKING, str(path), point], check=False, timeout=60)
    assert died.returncode == 9
    assert not path.exists()
    open_store(path=path).save_setting("theme", "sun")
    assert open_store(path=path).setting("theme") == "sun"


def test_a_store_is_made_where_a_disk_knows_no_hard_links(
    open_store: OpenStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def no_links(*_args: object, **_options: object) -> None:
        raise PermissionError(errno.EPERM, "no hard links here")

    monkeypatch.setattr(os, "link", no_links)
    path = tmp_path / "fat" / "store.db"
    open_store(path=path).save_setting("theme", "sun")
    assert open_store(path=path).setting("theme") == "sun"
    assert path.stat().st_mode & 0o077 == 0


def test_a_damaged_store_is_told_and_left_as_it_is(open_store: OpenStore, tmp_path: Path) -> None:
    whole = open_store(path=tmp_path / "whole.db")
    _add_job(whole, body=b"x" * 20_000)
    whole.close()
    content = whole.path.read_bytes()
    damaged = {
        "garbage": bytes(range(256)) * 40,
        "text": b"not a database\n",
        "header gone": b"\0" * 512 + content[512:],
        **{f"cut to {size}": content[:size] for size in (1, 15, 16, 99, 100, 512, 4095, 4096, 4097, 20_000)},
        "last page gone": content[:-4096],
        **{f"last page cut by {lost}": content[:-lost] for lost in (1, 100, 4000, 4095)},
    }
    for what, left in damaged.items():
        path = tmp_path / "damaged.db"
        path.write_bytes(left)
        with pytest.raises(StoreError) as caught:
            open_store(path=path)
        assert caught.value.code == "store-damaged", what
        assert str(path) in caught.value.message
        assert "left as it is" in caught.value.remedy
        assert "copy" in caught.value.remedy
        assert path.read_bytes() == left, what


def test_a_cut_store_says_how_much_is_missing(open_store: OpenStore, tmp_path: Path) -> None:
    store = open_store()
    _add_job(store, body=b"x" * 20_000)
    store.close()
    whole = store.path.stat().st_size
    os.truncate(store.path, whole - 100)
    with pytest.raises(StoreError) as caught:
        open_store()
    assert caught.value.code == "store-damaged"
    assert f"100 of {whole} bytes" in caught.value.message


def _left_open(open_store: OpenStore, tmp_path: Path) -> Path:
    """A copy of a store as a killed program leaves it: what was kept last stands in the log beside it (WAL)."""
    path = tmp_path / "killed" / "training.db"
    path.parent.mkdir()
    with open_store() as first:
        _add_job(first, "j1", b"x" * 20_000)
    store = open_store()
    _add_job(store, "j2", b"y" * 100)
    for end in ("", "-wal"):
        shutil.copy(f"{store.path}{end}", f"{path}{end}")
    return path


def test_a_store_that_was_not_closed_is_whole(open_store: OpenStore, tmp_path: Path) -> None:
    with open_store(path=_left_open(open_store, tmp_path)) as store:
        assert [row["job_id"] for row in store.rows("jobs", order="job_id")] == ["j1", "j2"]


@pytest.mark.parametrize("lost", [1, 100, 4000, 4096, 8192])
def test_a_store_that_was_not_closed_and_is_cut_is_told(open_store: OpenStore, tmp_path: Path, lost: int) -> None:
    path = _left_open(open_store, tmp_path)
    os.truncate(path, path.stat().st_size - lost)
    left = [Path(f"{path}{end}").read_bytes() for end in ("", "-wal")]
    with pytest.raises(StoreError) as caught:
        open_store(path=path)
    assert caught.value.code == "store-damaged"
    assert [Path(f"{path}{end}").read_bytes() for end in ("", "-wal")] == left


def test_every_file_of_a_store_is_for_its_owner(open_store: OpenStore) -> None:
    old_mask = os.umask(0o022)
    try:
        store = open_store()
        store.path.with_name(store.path.name + ".lock").touch(0o644)  # as an earlier version left it
        store.hold_visits()
        _add_job(store)
        files = sorted(store.path.parent.iterdir())
        assert {file.name for file in files} >= {"training.db", "training.db.lock", "training.db-wal"}
        assert {file.name: oct(file.stat().st_mode & 0o777) for file in files} == {file.name: "0o600" for file in files}
        store.release_visits()
        lock = store.path.with_name(store.path.name + ".lock")
        lock.unlink()
        store.hold_visits()
        assert lock.stat().st_mode & 0o777 == 0o600
    finally:
        os.umask(old_mask)


_DIE_AMID_A_CHANGE = """
import os, sqlite3, sys
database = sqlite3.connect(sys.argv[1], isolation_level=None)
database.execute("PRAGMA journal_mode=DELETE")
database.execute("PRAGMA cache_size=1")
database.execute("BEGIN")
for number in range(50):
    database.execute("INSERT INTO settings (name, value_sealed) VALUES (?, ?)", [str(number), bytes(4000)])
os._exit(9)
"""


def test_a_change_that_a_dying_program_left_is_taken_back(open_store: OpenStore) -> None:
    """As where it dies before the file knows its log: SQLite must write before anybody can read."""
    with open_store() as store:
        store.save_setting("theme", "sun")
    died = subprocess.run([sys.executable, "-c", _DIE_AMID_A_CHANGE, str(store.path)], check=False, timeout=60)
    assert died.returncode == 9
    assert Path(f"{store.path}-journal").stat().st_size > 0
    with open_store() as again:
        assert again.setting("theme") == "sun"
        assert len(again.rows("settings")) == 1


def test_asking_again_has_the_patience_of_opening(open_store: OpenStore, clock: ManualClock) -> None:
    store = open_store(LIVE, training=False)

    def ask(phrase: PassPhrase) -> str:
        try:
            store.check_pass_phrase(phrase)
        except PassPhraseError as error:
            return error.code
        return "right"

    assert ask(LIVE) == "right"
    wrong = PassPhrase("some other words")
    assert [ask(wrong) for _number in range(5)] == ["pass-phrase-wrong"] * 5
    assert ask(LIVE) == "pass-phrase-wait"
    with pytest.raises(PassPhraseError) as caught:  # nor does another window of the same store get free guesses
        open_store(LIVE, training=False)
    assert caught.value.code == "pass-phrase-wait"
    clock.advance(2)
    assert ask(LIVE) == "right"
    _add_job(store, "j1")
    assert [row["job_id"] for row in store.rows("jobs")] == ["j1"]
