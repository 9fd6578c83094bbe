"""Taking something out of the store so that nothing of it is left in its files, and looking whether that is so.

SQLite overwrites what is deleted (``secure_delete``); what still stands in its write-ahead log goes with a checkpoint
that cuts it off. Then the files are searched for pieces of what was there. The same search is made before: one that
does not find what is there would prove nothing.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Final

from hht.i18n import _
from hht.store.errors import StoreError

if TYPE_CHECKING:
    from hht.store.store import Store

PIECE: Final = 24  # octets: long enough that chance brings none of them
_STRIDE: Final = 512  # octets from piece to piece: a page of the file holds 4096
_MANY: Final = 256
_BESIDE: Final = ("", "-wal", "-journal")


@dataclass(frozen=True, slots=True)
class Erased:
    """What was erased and where it was looked for. `found_before` and `found_after`: pieces found in the files then;
    `octets_searched`: in how much. `sha256`: of what was erased, as it stood (sealed)."""

    sha256: str
    octets: int
    pieces: int
    found_before: int
    found_after: int
    files: tuple[str, ...]
    octets_searched: int


def first_piece(store: Store, table: str, column: str, key_column: str, key: str) -> bytes:
    """What to look for, should it be erased and the terminal die before it has looked: `only_look` takes it."""
    return bytes(store.rows(table, f"{key_column} = ?", (key,))[0][f"{column}_sealed"])[:PIECE]


def erase(store: Store, table: str, column: str, key_column: str, key: str, also: Iterable[bytes] = ()) -> Erased:
    """Erase the row of `key` in `table`, whose sealed `column` is what is looked for afterwards; `also`: octets that
    must stand in no file in the clear. Raises StoreError ``store-erasure`` where something of it is left, or where the
    search could not see what was there (nothing is erased then)."""
    sealed = bytes(store.rows(table, f"{key_column} = ?", (key,))[0][f"{column}_sealed"])
    pieces = [sealed[at : at + PIECE] for at in range(0, max(1, len(sealed) - PIECE + 1), PIECE)]
    store.checkpoint()
    before = _found(store.path, pieces)[0]
    if not before:
        raise _left(_("the search does not find what is to be erased"))
    with store.transaction() as database:
        empty = f"UPDATE [{table}] SET [{column}_sealed] = zeroblob(?) WHERE [{key_column}] = ?"
        database.execute(empty, [len(sealed), key])
        database.execute(f"DELETE FROM [{table}] WHERE [{key_column}] = ?", [key])
    sha256 = hashlib.sha256(sealed).hexdigest()
    return _looked(store, [*pieces, *also], Erased(sha256, len(sealed), len(pieces), before, 0, (), 0))


def only_look(store: Store, *pieces: bytes) -> Erased:
    """It was erased before, and the terminal died: look for the pieces that were noted. Raises as `erase`."""
    return _looked(store, [*pieces], Erased("", 0, len(pieces), 0, 0, (), 0))


@dataclass(frozen=True, slots=True)
class Rows:
    """Rows that go: those of `table` whose `column` is `value`."""

    table: str
    column: str
    value: str


def sealed_values(store: Store, rows: Sequence[Rows]) -> list[bytes]:
    """Every sealed value of the rows. Raises StoreError."""
    found = (row for of in rows for row in store.rows(of.table, f"[{of.column}] = ?", (of.value,)))
    return [
        bytes(value) for row in found for name, value in row.items() if name.endswith("_sealed") and value is not None
    ]


def erase_rows(
    store: Store, rows: Sequence[Rows], also: Iterable[bytes] = (), within: Callable[[], object] = lambda: None
) -> Erased:
    """Erase rows of several tables, in this order, in one transaction, in which `within` is called too; every
    sealed value of them is looked for before and afterwards, and `also` afterwards. Raises StoreError as `erase`."""
    values = sealed_values(store, rows)
    pieces = [piece for value in values for piece in _pieces(value)]
    store.checkpoint()
    before = _found(store.path, pieces)[0]
    if before < len(set(pieces)) // 2:  # a page may end within a piece; it does not do so within most of them
        raise _left(_("the search does not find what is to be erased"))
    with store.transaction() as database:
        for of in rows:
            database.execute(f"DELETE FROM [{of.table}] WHERE [{of.column}] = ?", [of.value])
        within()
    digest = hashlib.sha256(b"".join(values)).hexdigest()
    erased = Erased(digest, sum(map(len, values)), len(set(pieces)), before, 0, (), 0)
    return _looked(store, [*pieces, *also], erased)


def _pieces(value: bytes) -> list[bytes]:
    """Enough of them that each page on which some of the value stands has one."""
    last = max(0, len(value) - PIECE)
    return [value[at : at + PIECE] for at in {*range(0, last, _STRIDE), last}]


def _looked(store: Store, pieces: list[bytes], erased: Erased) -> Erased:
    store.checkpoint()
    after, files, searched = _found(store.path, pieces)
    if after:
        raise _left(_("{count} pieces of it are still in {files}").format(count=after, files=", ".join(files)))
    return replace(erased, files=files, octets_searched=searched)


def _found(path: Path, pieces: list[bytes]) -> tuple[int, tuple[str, ...], int]:
    """How many pieces stand in the store's files, which files those are, and how many octets they have."""
    there = [file for file in (path.with_name(path.name + beside) for beside in _BESIDE) if file.exists()]
    contents = [file.read_bytes() for file in there]
    return _count(contents, pieces), tuple(file.name for file in there), sum(map(len, contents))


def _count(contents: Sequence[bytes], pieces: Iterable[bytes]) -> int:
    """How many of the pieces stand in the contents: few are looked for one by one, many in one pass."""
    wanted = set(pieces)
    long = {piece for piece in wanted if len(piece) == PIECE}
    found: set[bytes] = set()
    if len(long) > _MANY:
        for octets in contents:
            found.update(one for at in range(len(octets)) if (one := octets[at : at + PIECE]) in long)
        wanted -= long
    found |= {piece for piece in wanted if any(piece in octets for octets in contents)}
    return len(found)


def _left(why: str) -> StoreError:
    return StoreError(
        _("It is not certain that nothing is left: {why}.").format(why=why),
        remedy=_("Let no other program have the store open, then try again. If it stays, hand the terminal in."),
        code="store-erasure",
    )
