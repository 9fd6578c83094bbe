"""Invocation counters in a small file beside the store: no key uses one twice, whatever dies and whoever else runs,
and a meter's never go back from one conversation to the next.

It needs no pass phrase: it holds no secret, only names made from keys, and how far each key was used.
"""

from __future__ import annotations

import contextlib
import os
import sqlite3
from collections.abc import Iterator
from pathlib import Path

from hht.errors import HhtError
from hht.i18n import _
from hht.private_files import private_folder

BLOCK = 64  # counters put down at once: one write to the disk for so many messages, at most so many lost each time
_END = 1 << 32
_BUSY_TIMEOUT_S = 5.0
_TABLE = "CREATE TABLE IF NOT EXISTS counters (key TEXT PRIMARY KEY, next INTEGER NOT NULL) WITHOUT ROWID"
_RECEIVED = "CREATE TABLE IF NOT EXISTS received (key TEXT PRIMARY KEY, highest INTEGER NOT NULL) WITHOUT ROWID"
_RESETS = "CREATE TABLE IF NOT EXISTS resets (key TEXT NOT NULL, before INTEGER NOT NULL, after INTEGER NOT NULL)"
_KEEP = "INSERT INTO counters VALUES (?, ?) ON CONFLICT (key) DO UPDATE SET next = excluded.next"
_SEEN = "INSERT INTO received VALUES (?, ?) ON CONFLICT (key) DO UPDATE SET highest = excluded.highest"


class CountersNotKept(HhtError):
    """The file of invocation counters cannot be used: nothing is sent under a key whose counters are not known."""

    default_code = "counters-not-kept"


class CounterFile:
    """The book of counters at `path`; made when it is first needed."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def reserve(self, key: str, first: int) -> tuple[int, int]:
        """See `hht.client.counters.CounterBook`. Raises CountersNotKept."""
        with self._transaction() as database:
            row = database.execute("SELECT next FROM counters WHERE key = ?", (key,)).fetchone()
            start = max(first, row[0] if row else 0)
            limit = max(start, min(start + BLOCK, _END))
            database.execute(_KEEP, (key, limit))
            return start, limit

    def highest(self, key: str) -> int:
        """See there. Raises CountersNotKept."""
        if not self._path.exists():
            return -1
        with self._transaction() as database:
            return _highest(database, key)

    def seen(self, key: str, counter: int, *, reset: bool = False) -> None:
        """See there; a reset stays in the file, with what was kept before. Raises CountersNotKept."""
        with self._transaction() as database:
            before = _highest(database, key)
            if reset and before >= counter:
                database.execute("INSERT INTO resets VALUES (?, ?, ?)", (key, before, counter))
            if reset or counter > before:
                database.execute(_SEEN, (key, counter))

    def resets(self, key: str) -> list[tuple[int, int]]:
        """Every time that a counter was allowed to go back: from, to. Raises CountersNotKept."""
        with self._transaction() as database:
            rows = database.execute("SELECT before, after FROM resets WHERE key = ? ORDER BY rowid", (key,))
            return [(before, after) for before, after in rows]

    @contextlib.contextmanager
    def _transaction(self) -> Iterator[sqlite3.Connection]:
        """Alone with the file; on disk when it ends well. Raises CountersNotKept."""
        try:
            with self._opened() as database:
                yield database
        except (OSError, sqlite3.Error) as error:
            raise CountersNotKept(
                _("The invocation counters in {path} cannot be kept: {why}.").format(
                    path=self._path, why=getattr(error, "strerror", None) or error
                ),
                remedy=_(
                    "Nothing more was sent. Make room on the disk or choose another folder with --data-dir; where the "
                    "file is damaged, remove it and give each meter's invocation_counter in its keys file."
                ),
            ) from error

    @contextlib.contextmanager
    def _opened(self) -> Iterator[sqlite3.Connection]:
        private_folder(self._path.parent)
        if not self._path.exists():
            os.close(os.open(self._path, os.O_CREAT | os.O_RDWR, 0o600))
        with contextlib.closing(sqlite3.connect(self._path, timeout=_BUSY_TIMEOUT_S, isolation_level=None)) as database:
            database.execute("PRAGMA synchronous=FULL")
            database.execute("BEGIN IMMEDIATE")
            for table in (_TABLE, _RECEIVED, _RESETS):
                database.execute(table)
            yield database
            database.execute("COMMIT")


def _highest(database: sqlite3.Connection, key: str) -> int:
    row = database.execute("SELECT highest FROM received WHERE key = ?", (key,)).fetchone()
    return int(row[0]) if row else -1
