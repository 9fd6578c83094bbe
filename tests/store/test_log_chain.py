"""The store's log: each entry is somebody's, and what was deleted, moved, cut off or altered in the file is named."""

from __future__ import annotations

import json
import sqlite3
from dataclasses import asdict
from pathlib import Path

import pytest

from hht import evidence
from hht.evidence import LOG, check_bundle
from hht.report.bundle_lines import EvidenceKey, Item, write_bundle
from hht.store.log_chain import HEAD, LogBroken, LogEntry, whole_log
from hht.store.store import Store
from tests.store.conftest import OpenStore

COUNT = 5
GUARDS = ("log_append_only_update", "log_append_only_delete")


@pytest.fixture
def logged(open_store: OpenStore) -> Store:
    store = open_store()
    store.acting = lambda: "A. Example E-17"
    for number in range(1, COUNT + 1):
        store.log("set-intent", {"number": number})
    return store


def tampered(store: Store, *statements: str) -> None:
    """Somebody with the file, and without the pass phrase."""
    with sqlite3.connect(store.path) as database:
        for guard in GUARDS:
            database.execute(f"DROP TRIGGER {guard}")
        for statement in statements:
            database.execute(statement)
    database.close()


def test_each_entry_is_somebody_s_and_in_its_place(logged: Store) -> None:
    entries = whole_log(logged)
    assert [(entry.number, entry.kind, entry.details["number"]) for entry in entries] == [
        (number, "set-intent", number) for number in range(1, COUNT + 1)
    ]
    assert {entry.by for entry in entries} == {"A. Example E-17"}
    assert "Example" not in repr(entries)
    assert b"A. Example" not in logged.path.read_bytes()


@pytest.mark.parametrize(
    ("statements", "problem", "number"),
    [
        (["DELETE FROM log WHERE key = '3'"], "deleted: entry 3 is missing", 3),
        (["DELETE FROM log WHERE key = '1'"], "deleted: entry 1 is missing", 1),
        (["DELETE FROM log WHERE key = '5'"], "truncated: the log had 5 entries, and 4 are here", 0),
        (["DELETE FROM log"], "truncated: the log had 5 entries, and 0 are here", 0),
        (["UPDATE log SET seq = 99 WHERE key = '2'"], "reordered: in the place of entry 2 stands another", 2),
        (["UPDATE log SET at = '2020-01-01' WHERE key = '4'"], "altered: entry 4 is not as it was written", 4),
        (["UPDATE log SET kind = 'x' WHERE key = '1'"], "altered: entry 1 is not as it was written", 1),
        (["UPDATE log SET by_sealed = NULL WHERE key = '2'"], "altered: entry 2 is not as it was written", 2),
        (["UPDATE log SET hash = NULL", "UPDATE log SET at = '' WHERE key = '5'"],
         "altered: the log does not end as it was written", 0),
        (["DELETE FROM log WHERE key = '3'", "UPDATE log SET key = '3', seq = 3 WHERE key = '4'",
          "UPDATE log SET key = '4', seq = 4 WHERE key = '5'"], "altered: entry 3 is not as it was written", 3),
        ([f"DELETE FROM settings WHERE name = '{HEAD}'", "DELETE FROM log WHERE key = '5'"],
         "altered: the log does not end as it was written", 0),
        (["UPDATE log SET payload_sealed = (SELECT payload_sealed FROM log WHERE key = '1') WHERE key = '2'"],
         "altered: entry 2 is not as it was written", 2),
    ],
)  # fmt: skip
def test_what_was_done_to_it_is_named(logged: Store, statements: list[str], problem: str, number: int) -> None:
    tampered(logged, *statements)
    with pytest.raises(LogBroken) as caught:
        whole_log(logged)
    assert (caught.value.message, caught.value.number) == (problem, number)
    assert caught.value.code == "log-broken"


@pytest.mark.parametrize("statement", ["DELETE FROM log WHERE key = '3'", "UPDATE log SET kind = 'x'"])
def test_the_program_itself_can_neither_alter_nor_delete(logged: Store, statement: str) -> None:
    with sqlite3.connect(logged.path) as database, pytest.raises(sqlite3.IntegrityError, match="append-only"):
        database.execute(statement)
    database.close()
    assert len(whole_log(logged)) == COUNT


def test_entries_of_an_earlier_version_are_taken_into_the_chain(open_store: OpenStore) -> None:
    store = open_store()
    for number in ("1", "2"):
        row = {"at": store.now(), "kind": "override", "key": number}
        store.insert("log", row, key=number, sealed={"payload": json.dumps({"n": number}).encode()})
    assert [entry.by for entry in whole_log(store)] == ["", ""]
    store.log("override", {"n": "3"})
    assert [entry.details["n"] for entry in whole_log(store)] == ["1", "2", "3"]
    tampered(store, "UPDATE log SET at = '' WHERE key = '1'")
    with pytest.raises(LogBroken):
        whole_log(store)


def test_an_export_is_verified_elsewhere(logged: Store, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    def lines(entries: list[LogEntry]) -> list[bytes]:
        items = [Item("log-entry", asdict(entry)) for entry in entries]
        return write_bundle(LOG, items, [], EvidenceKey(bytes(32)), logged.clock.now()).splitlines(keepends=True)

    good = lines(whole_log(logged))
    swapped = [good[0], good[2], good[1], *good[3:]]
    for found, code in ((good, ""), (good[:2] + good[3:], "deleted"), (swapped, "reordered"), (good[:4], "truncated")):
        assert check_bundle(b"".join(found)).code == code
    without_last = [*good[:COUNT], *good[COUNT + 1 :]]
    assert check_bundle(b"".join(without_last)).code == "truncated"
    file = tmp_path / "log.hhtb"
    file.write_bytes(b"".join(good))
    assert evidence.main(["verify", str(file)]) == 0
    assert f"the terminal's log; entries: {COUNT}" in capsys.readouterr().out
    logged.log("set-outcome", {"number": 6})
    longer = lines(whole_log(logged))
    assert longer[: COUNT + 1] == good[: COUNT + 1]  # who kept it sees that
