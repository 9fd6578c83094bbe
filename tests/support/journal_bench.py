"""Journal appends per second, each one committed and synced: for `make bench`, as a ratio to bare commits."""

from __future__ import annotations

import secrets
import sqlite3
import time
from datetime import UTC, datetime
from pathlib import Path

from hht.clock import ManualClock
from hht.resources import resource_text
from hht.store.store import Store
from hht.store.vault import TRAINING_PASS_PHRASE, KdfCost
from hht.work.journal import JournalKind
from hht.work.visit_store import VisitStore

_PAYLOAD = {"item": "import-mpan", "before": "", "after": "1200023305967", "result": "written", "authority": "x" * 60}


def appends_per_second(folder: Path, count: int) -> float:
    """How many journal entries a second go to a fresh store in `folder`."""
    clock = ManualClock(datetime(2026, 3, 2, 9, 0, tzinfo=UTC))
    path = folder / "bench.db"
    with Store.open(
        path, TRAINING_PASS_PHRASE, training=True, clock=clock, entropy=secrets.token_bytes, cost=KdfCost(64, 1)
    ) as store:
        visits = VisitStore(store, lambda: "visit-1")
        journal = visits.create_visit(visits.import_job(resource_text("jobs", "demo.json"), "demo.json").job_id)
        started_s = time.perf_counter()
        for _number in range(count):
            journal.append("write-mpan", JournalKind.OUTCOME, _PAYLOAD)
        return count / (time.perf_counter() - started_s)


def bare_commits_per_second(folder: Path, count: int) -> float:
    """The same with bare sqlite3: one plain row of the same size per synced transaction."""
    connection = sqlite3.connect(folder / "bare.db", isolation_level=None)
    connection.execute("PRAGMA journal_mode=WAL")
    connection.execute("PRAGMA synchronous=FULL")
    connection.execute("CREATE TABLE t (number INTEGER PRIMARY KEY, body BLOB)")
    started_s = time.perf_counter()
    for number in range(count):
        connection.execute("INSERT INTO t VALUES (?, ?)", [number, bytes(300)])
    rate = count / (time.perf_counter() - started_s)
    connection.close()
    return rate
