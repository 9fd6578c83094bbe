"""Is the file whole? What SQLite itself does not notice when it opens one: an end that is cut off.

SQLite reads a page that is cut as if zeros followed, and finds out only where they make no sense. So every page that
the file should have must be there in full, or stand in the log beside it (WAL) where the last program did not close it
(sqlite.org/fileformat.html, 1.3 and 4). Nothing here changes the file, and it is never opened but by SQLite: to close
it beside SQLite would let go of the locks that this process holds on it (sqlite.org/howtocorrupt.html, 2.2).
"""

from __future__ import annotations

import contextlib
import sqlite3
import struct
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from hht.store.errors import cut, damaged

_BUSY_TIMEOUT_S = 5.0
_LOG_HEADER = struct.Struct(">8xI4x8s8x")  # page size, salt (4.1)
_FRAME = struct.Struct(">II8s8x")  # page number, pages of the file after a commit (else 0), salt


def check_whole(path: Path) -> None:
    """Refuse a file whose end is missing, and one that was not closed and does not fit together.

    Raises StoreError ``store-damaged``; OSError and sqlite3.Error where the file cannot be read.
    """
    unclosed = _size(_log_of(path)) > 0
    try:
        _check(path, "ro", unclosed=unclosed)  # closing it writes nothing into a damaged file
    except sqlite3.OperationalError as error:
        if error.sqlite_errorcode & 0xFF != sqlite3.SQLITE_READONLY:
            raise
        _check(path, "rw", unclosed=True)  # a program died amid a change that must be taken back before anybody reads


def _check(path: Path, mode: str, *, unclosed: bool) -> None:
    uri = f"{path.absolute().as_uri()}?mode={mode}"
    with contextlib.closing(sqlite3.connect(uri, uri=True, timeout=_BUSY_TIMEOUT_S, isolation_level=None)) as database:
        (page_size,) = database.execute("PRAGMA page_size").fetchone()
        (pages,) = database.execute("PRAGMA page_count").fetchone()
        logged = _logged(_log_of(path))  # before the size: what leaves the log is in the file by then
        size = _size(path)
        if any(page not in logged for page in range(size // page_size + 1, pages + 1)):
            raise cut(path, pages * page_size - size, pages * page_size)
        if unclosed and database.execute("PRAGMA quick_check(1)").fetchone() != ("ok",):
            raise damaged(path)


def _log_of(path: Path) -> Path:
    return path.with_name(path.name + "-wal")


def _logged(log: Path) -> set[int]:
    """The pages that stand in the log and are committed there."""
    logged: set[int] = set()
    if not _size(log):
        return logged
    with log.open("rb") as file:
        waiting: set[int] = set()
        for page, committed in _frames(file):
            waiting.add(page)
            if committed:
                logged |= waiting
    return logged


def _frames(file: BinaryIO) -> Iterator[tuple[int, int]]:
    """Page number and, for the last of a commit, the number of pages, frame by frame of the log's present round."""
    head = file.read(_LOG_HEADER.size)
    if len(head) < _LOG_HEADER.size:
        return
    page_size, salt = _LOG_HEADER.unpack(head)
    while len(frame := file.read(_FRAME.size)) == _FRAME.size:
        page, committed, frame_salt = _FRAME.unpack(frame)
        if frame_salt != salt or len(file.read(page_size)) < page_size:
            return
        yield page, committed


def _size(file: Path) -> int:
    try:
        return file.stat().st_size
    except FileNotFoundError:
        return 0
