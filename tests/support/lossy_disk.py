"""A disk that loses what was not synced: a layer under SQLite writes down every write, cut and sync, and from that the
files are made as a power cut at any instant may leave them.

The layer stands in SQLite's own place for one (sqlite.org/vfs.html: `sqlite3_vfs`, `sqlite3_io_methods`); everything
goes through it to the usual one. What was written since a file's last sync is there, missing, or torn at a sector.
"""

from __future__ import annotations

import contextlib
import ctypes
import random
import sqlite3
from collections.abc import Callable, Iterator
from ctypes import CFUNCTYPE, POINTER, Structure, c_char_p, c_int, c_int64, c_void_p
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

SECTOR = 512  # bytes that a disk writes wholly or not at all
_OPENED = 0x100 | 0x80000  # SQLITE_OPEN_MAIN_DB, SQLITE_OPEN_WAL
_OPEN = CFUNCTYPE(c_int, c_void_p, c_void_p, c_void_p, c_int, c_void_p)  # the path as it lies: SQLite goes on using it
_WRITE = CFUNCTYPE(c_int, c_void_p, c_void_p, c_int, c_int64)
_TRUNCATE = CFUNCTYPE(c_int, c_void_p, c_int64)
_SYNC = CFUNCTYPE(c_int, c_void_p, c_int)


class _Methods(Structure):
    _fields_ = [
        ("version", c_int), ("close", c_void_p), ("read", c_void_p), ("write", c_void_p), ("truncate", c_void_p),
        ("sync", c_void_p), ("others", c_void_p * 13),
    ]  # fmt: skip


class _Vfs(Structure):
    _fields_ = [
        ("version", c_int), ("file_size", c_int), ("longest_path", c_int), ("next", c_void_p), ("name", c_char_p),
        ("data", c_void_p), ("open", c_void_p), ("others", c_void_p * 17),
    ]  # fmt: skip


@dataclass(frozen=True, slots=True)
class Done:
    """One thing that was done to a file: ``write`` (at, data), ``truncate`` (at: the new length) or ``sync``."""

    what: str
    file: str
    at: int = 0
    data: bytes = field(default=b"", repr=False)


def library() -> ctypes.CDLL | None:
    """The SQLite that Python uses; None where it does not let itself be reached."""
    import _sqlite3

    found = ctypes.CDLL(getattr(_sqlite3, "__file__", None))
    return found if hasattr(found, "sqlite3_vfs_register") else None


@contextlib.contextmanager
def recorded(sqlite: ctypes.CDLL) -> Iterator[list[Done]]:
    """What is done to databases and write-ahead logs that are opened inside; close them before the end."""
    sqlite.sqlite3_vfs_find.restype = c_void_p
    usual = sqlite.sqlite3_vfs_find(None)
    layer = _Vfs.from_address(usual)
    mine = _Vfs.from_buffer_copy(layer)
    mine.name, mine.next = b"hht-recorded", None
    done: list[Done] = []
    kept: list[Any] = []  # what SQLite points to

    def opened(_vfs: int, path: int | None, file: int, flags: int, out: int) -> int:
        status = int(_OPEN(layer.open)(usual, path, file, flags, out))
        if status == 0 and path and flags & _OPENED:
            kept.append(_instead(file, Path(ctypes.string_at(path).decode()).name, done))
        return status

    kept.append(_OPEN(opened))
    mine.open = ctypes.cast(kept[0], c_void_p).value
    assert sqlite.sqlite3_vfs_register(ctypes.byref(mine), 1) == 0
    try:
        yield done
    finally:
        assert sqlite.sqlite3_vfs_unregister(ctypes.byref(mine)) == 0
        assert sqlite.sqlite3_vfs_register(c_void_p(usual), 1) == 0


def _instead(file: int, name: str, done: list[Done]) -> list[Any]:
    """Put methods that write down what they do into an open `file`; what has to live as long as it does."""
    place = ctypes.cast(c_void_p(file), POINTER(c_void_p))
    usual = _Methods.from_address(place[0])
    mine = _Methods.from_buffer_copy(usual)

    def write(one: int, data: int, size: int, at: int) -> int:
        done.append(Done("write", name, at, ctypes.string_at(data, size)))
        return int(_WRITE(usual.write)(one, data, size, at))

    def truncate(one: int, size: int) -> int:
        done.append(Done("truncate", name, size))
        return int(_TRUNCATE(usual.truncate)(one, size))

    def sync(one: int, flags: int) -> int:
        status = int(_SYNC(usual.sync)(one, flags))
        done.append(Done("sync", name))
        return status

    calls: list[Callable[..., int]] = [_WRITE(write), _TRUNCATE(truncate), _SYNC(sync)]
    for part, call in zip(("write", "truncate", "sync"), calls, strict=True):
        setattr(mine, part, ctypes.cast(call, c_void_p).value)  # type: ignore[arg-type]
    place[0] = ctypes.addressof(mine)
    return [mine, *calls]


def after_power_cut(base: dict[str, bytes], done: list[Done], instant: int, rng: random.Random) -> dict[str, bytes]:
    """The files as the disk may hold them when the power goes after `instant` things were done to them: {name: bytes}.

    What a sync covers is there; of what came after it each thing is there, is missing, or is torn.
    """
    synced = {one.file: number for number, one in enumerate(done[:instant]) if one.what == "sync"}
    files = {name: bytearray(data) for name, data in base.items()}
    for number, one in enumerate(done[:instant]):
        content = files.setdefault(one.file, bytearray())
        fate = "there" if number < synced.get(one.file, -1) else rng.choice(("there", "there", "missing", "torn"))
        if one.what == "sync" or fate == "missing":
            continue
        if one.what == "truncate":
            del content[one.at :]
            continue
        data = one.data if fate == "there" else one.data[: rng.randrange(len(one.data) // SECTOR + 1) * SECTOR]
        if data:
            content.extend(bytes(max(0, one.at - len(content))))
            content[one.at : one.at + len(data)] = data
    return {name: bytes(content) for name, content in files.items()}


def rows_of(path: Path) -> dict[str, list[tuple[Any, ...]]]:
    """Every row of every table of a database. AssertionError where SQLite finds it damaged."""
    with contextlib.closing(sqlite3.connect(path)) as database:
        assert database.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        names = [name for (name,) in database.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
        return {name: sorted(database.execute(f"SELECT * FROM [{name}]"), key=repr) for name in names}
