"""Stores for tests: cheap key derivation, seeded entropy, a clock that moves when told."""

from __future__ import annotations

import random
import sqlite3
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from hht.clock import ManualClock
from hht.store.store import Store
from hht.store.vault import TRAINING_PASS_PHRASE, KdfCost, PassPhrase, SlotSecret

CHEAP = KdfCost(memory_kib=64, iterations=1)
OpenStore = Callable[..., Store]


class FailingCommit(sqlite3.Connection):
    """A disk that fails when told: the n-th COMMIT raises what a full or dying disk makes SQLite raise."""

    failing = ""

    def execute(self, sql: str, *rest: Any) -> sqlite3.Cursor:  # type: ignore[override]
        if sql == "COMMIT" and FailingCommit.failing:
            error = sqlite3.OperationalError("disk trouble")
            error.sqlite_errorcode = getattr(sqlite3, FailingCommit.failing)
            raise error
        return super().execute(sql, *rest)


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock(datetime(2026, 3, 2, 9, 0, tzinfo=UTC))


@pytest.fixture
def open_store(tmp_path: Path, clock: ManualClock) -> Iterator[OpenStore]:
    """Open the store of this test's folder; every one is closed at the end."""
    opened: list[Store] = []
    entropy = random.Random(7).randbytes

    def open_it(
        pass_phrase: PassPhrase | SlotSecret = TRAINING_PASS_PHRASE,
        *,
        training: bool = True,
        path: Path = tmp_path / "data" / "training.db",
        factory: type[sqlite3.Connection] = sqlite3.Connection,
        login: str = "",
    ) -> Store:
        store = Store.open(
            path, pass_phrase, training=training, clock=clock, entropy=entropy, login=login, cost=CHEAP, factory=factory
        )
        opened.append(store)
        return store

    yield open_it
    for store in opened:
        store.close()
