"""Invocation counters in a small file beside the store: no key uses one twice, whatever dies and whoever else runs.

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
_KEEP = "INSERT INTO counters VALUES (?, ?) ON CONFLICT (key) DO UPDATE SET next = excluded.next"


class CountersNotKept(HhtError):
    """The file of invocation counters cannot be used: nothing is sent under a key whose counters are not known."""

    default_code = "counters-not-kept"


class CounterFile:
    """The book of counters at `path`; made when it is first needed."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def reserve(self, key: str, first: int) -> tuple[int, int]:
        """See `hht.client.counters.CounterBook`. Raises CountersNotKept."""
        try:
            with self._transaction() as database:
                row = database.execute("SELECT next FROM counters WHERE key = ?", (key,)).fetchone()
                start = max(first, row[0] if row else 0)
                limit = max(start, min(start + BLOCK, _END))
                database.execute(_KEEP, (key, limit))
                return start, limit
        except (OSError, sqlite3.Error) as error:
            raise CountersNotKept(
                _("The invocation counters in {path} cannot be kept: {why}.").format(
                    path=self._path, why=getattr(error, "strerror", None) or error
                ),
                remedy=_(
                    "Nothing was sent. Make room on the disk or choose another folder with --data-dir; where the file "
                    "is damaged, remove it and give each meter's invocation_counter in its keys file."
                ),
            ) from error

    @contextlib.contextmanager
    def _transaction(self) -> Iterator[sqlite3.Connection]:
        """Alone with the file; on disk when it ends well."""
        private_folder(self._path.parent)
        if not self._path.exists():
            os.close(os.open(self._path, os.O_CREAT | os.O_RDWR, 0o600))
        with contextlib.closing(sqlite3.connect(self._path, timeout=_BUSY_TIMEOUT_S, isolation_level=None)) as database:
            database.execute("PRAGMA synchronous=FULL")
            database.execute("BEGIN IMMEDIATE")
            database.execute(_TABLE)
            yield database
            database.execute("COMMIT")
