"""SQLite's write-ahead log (sqlite.org/wal.html): committed is committed, and readers wait for nobody."""

from __future__ import annotations

import sqlite3
import time

_ASK_AGAIN_S = 0.02


def write_ahead(connection: sqlite3.Connection, *, patience_s: float) -> None:
    """Put the file in WAL mode, where it is not. Raises sqlite3.Error, for a lock after `patience_s` seconds.

    Where another one is about to write, SQLite says at once that the file is locked, and does not wait: of two that
    wait for each other none would go on. So it is asked again.
    """
    until = time.monotonic() + patience_s
    while True:
        try:
            connection.execute("PRAGMA journal_mode=WAL")
            return
        except sqlite3.OperationalError as error:
            if getattr(error, "sqlite_errorcode", 0) & 0xFF != sqlite3.SQLITE_BUSY or time.monotonic() > until:
                raise
            time.sleep(_ASK_AGAIN_S)
