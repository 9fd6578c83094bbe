"""Opening the file: durable settings, private permissions, migrations, and words for whatever goes wrong."""

from __future__ import annotations

import contextlib
import os
import sqlite3
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from hht.i18n import _
from hht.store.errors import StoreError, damaged, explained
from hht.store.schema import APPLICATION_ID, MIGRATION_NAMES, migrations
from hht.store.wholeness import check_whole
from hht.write_ahead import write_ahead

if TYPE_CHECKING:
    from sqlite_utils.db import Database

_BUSY_TIMEOUT_S = 5.0
_HEADER_BYTES = 100  # sqlite.org/fileformat.html, 1.3


def open_database(path: Path, *, factory: type[sqlite3.Connection] = sqlite3.Connection) -> Database:
    """Open (or make) the file with today's tables. `factory` lets a test put failing hardware underneath.

    WAL with synchronous=FULL: a committed transaction survives a power cut. Deleted content is overwritten, temporary
    tables stay in memory, the file is for its owner only. Raises StoreError.
    """
    from sqlite_utils.db import Database as SqliteUtilsDatabase

    with explained(path):
        _prepare_file(path)
        connection = sqlite3.connect(
            path, timeout=_BUSY_TIMEOUT_S, isolation_level=None, check_same_thread=False, factory=factory
        )
        try:
            _refuse_foreign(connection, path)
            write_ahead(connection, patience_s=_BUSY_TIMEOUT_S)
            for pragma in ("synchronous=FULL", "foreign_keys=ON", "secure_delete=ON", "temp_store=MEMORY"):
                connection.execute(f"PRAGMA {pragma}")
            database = SqliteUtilsDatabase(connection)
            _migrate(database, path)
        except BaseException:
            connection.close()
            raise
        return database


def _prepare_file(path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    if not path.exists():
        _make_file(path)
    elif path.is_file():
        _refuse_stump(path, path.stat().st_size)
        check_whole(path)


def _refuse_stump(path: Path, size: int) -> None:
    """Refuse a file without content, or with less than a header: SQLite would begin some of them anew."""
    if size == 0:
        raise StoreError(
            _("“{path}” is empty: if it was a store, its content is gone.").format(path=path),
            remedy=_(
                "The file was left as it is. Bring back a copy of it; or, if it never held anything, move it away; or "
                "go on with an empty folder (--data-dir) and import the jobs again."
            ),
            code="store-emptied",
        )
    if size < _HEADER_BYTES:
        raise damaged(path)


def _make_file(path: Path) -> None:
    """A database of ours with nothing in it, for its owner only; there whole or not at all.

    So an empty file is never a store that was about to be made. Where two make it at once, the first one's stays.
    """
    with contextlib.closing(sqlite3.connect(":memory:")) as fresh:
        fresh.execute(f"PRAGMA application_id={APPLICATION_ID}")
        image = fresh.serialize()
    partial = path.with_name(f".{path.name}.{os.getpid()}.{threading.get_ident()}.part")
    try:
        partial.unlink(missing_ok=True)
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0)
        with open(os.open(partial, flags, 0o600), "wb") as file:
            file.write(image)
            file.flush()
            os.fsync(file.fileno())
        try:
            os.link(partial, path)
        except FileExistsError:
            pass  # somebody was quicker
        except OSError:  # a disk without hard links (FAT)
            if not path.exists():
                partial.rename(path)
    finally:
        partial.unlink(missing_ok=True)


def lock_path(path: Path) -> Path:
    """The file beside the store that a process holds while it works on a visit."""
    return path.with_name(path.name + ".lock")


def pack_lock_path(path: Path) -> Path:
    """The file beside the store that a process holds while it delivers a command pack."""
    return path.with_name(path.name + ".packs.lock")


def visit_in_use() -> StoreError:
    """Another process works on a visit."""
    return StoreError(
        _("Another window or command of this terminal is at work on a visit."),
        remedy=_("Finish or close it there first, so that nothing is done twice."),
        code="visit-in-use",
    )


def pack_in_use() -> StoreError:
    """Another process delivers a pack."""
    return StoreError(
        _("Another window or command of this terminal is delivering a command pack."),
        remedy=_("Wait until it has ended, or end it there first, so that nothing is delivered twice."),
        code="pack-in-use",
    )


def _refuse_foreign(connection: sqlite3.Connection, path: Path) -> None:
    (application,) = connection.execute("PRAGMA application_id").fetchone()
    (objects,) = connection.execute("SELECT count(*) FROM sqlite_master").fetchone()
    if application == APPLICATION_ID or (application == 0 and objects == 0):
        return
    raise StoreError(
        _("“{path}” is a database of another program.").format(path=path),
        remedy=_("Choose another folder with --data-dir; this file was left as it is."),
        code="store-foreign",
    )


def _migrate(database: Database, path: Path) -> None:
    steps = migrations()
    newer = sorted({migration.name for migration in steps.applied(database)} - set(MIGRATION_NAMES))
    if newer:
        raise StoreError(
            _("“{path}” was written by a newer version of this program ({steps}).").format(
                path=path, steps=", ".join(newer)
            ),
            remedy=_("Install that version or a later one; the file was left as it is."),
            code="store-newer",
        )
    if steps.pending(database):
        with one_at_a_time(database):
            steps.apply(database)
            database.execute(f"PRAGMA application_id={APPLICATION_ID}")


@contextlib.contextmanager
def one_at_a_time(database: Database) -> Iterator[None]:
    """A transaction that no other process writes beside: committed and on disk at its end, or undone."""
    database.execute("BEGIN IMMEDIATE")
    try:
        yield
        database.execute("COMMIT")
    except BaseException:
        with contextlib.suppress(sqlite3.Error):
            database.rollback()
        raise


class ExclusiveLock:
    """One process does something at a time (works on a visit): an empty file beside the store, locked by SQLite.

    The operating system lets go of it when the process ends, however it ends. `busy`: what is said to another one.
    """

    def __init__(self, path: Path, busy: Callable[[], StoreError] = visit_in_use) -> None:
        self._path = path
        self._busy = busy
        self._connection: sqlite3.Connection | None = None

    @property
    def held(self) -> bool:
        """Whether it is held here."""
        return self._connection is not None

    def acquire(self) -> None:
        """Take the lock; harmless when held already. Raises StoreError where another process holds it."""
        if self._connection is not None:
            return
        with explained(self._path):
            self._make_private()
            connection = sqlite3.connect(self._path, timeout=0, isolation_level=None, check_same_thread=False)
            try:
                connection.execute("BEGIN EXCLUSIVE")
            except sqlite3.OperationalError as error:
                connection.close()
                if getattr(error, "sqlite_errorname", "") != "SQLITE_BUSY":
                    raise
                raise self._busy() from error
            self._connection = connection

    def _make_private(self) -> None:
        """For its owner only, like the store. What SQLite puts beside it takes the mode from it."""
        try:
            os.close(os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600))
        except FileExistsError:  # never opened here: to close it beside SQLite would let go of its locks
            if self._path.stat().st_mode & 0o077:  # as an earlier version made it
                self._path.chmod(0o600)

    def release(self) -> None:
        """Let go; harmless when not held."""
        if self._connection is not None:
            with contextlib.suppress(sqlite3.Error):
                self._connection.close()
            self._connection = None
