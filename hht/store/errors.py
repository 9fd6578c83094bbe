"""What can go wrong with the store, as sentences for the engineer."""

from __future__ import annotations

import contextlib
import errno
import shutil
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from hht.errors import HhtError
from hht.i18n import _


class StoreError(HhtError):
    """The store cannot do what was asked; what it held before is untouched."""

    default_code = "store-error"


class PassPhraseError(StoreError):
    """The pass phrase is wrong, too weak, or must wait after too many wrong ones."""

    default_code = "pass-phrase-wrong"


class SealBroken(StoreError):
    """A sealed value does not open: altered, moved from another row, or damaged."""

    default_code = "seal-broken"


# SQLite's primary result codes (the low byte of an extended code): sqlite.org/rescode.html
_FULL, _BUSY, _LOCKED, _READONLY, _IOERR, _CORRUPT, _CANTOPEN, _PERM, _NOTADB = 13, 5, 6, 8, 10, 11, 14, 3, 26

# Extended codes of a write: on a disk without room each of them may come instead of SQLITE_FULL (the file of shared
# memory beside the store grows by 32 KiB at a time: sqlite.org/walformat.html). An error of a read never means that.
_WRITES: Final = (
    sqlite3.SQLITE_IOERR, sqlite3.SQLITE_IOERR_WRITE, sqlite3.SQLITE_IOERR_FSYNC, sqlite3.SQLITE_IOERR_DIR_FSYNC,
    sqlite3.SQLITE_IOERR_TRUNCATE, sqlite3.SQLITE_IOERR_SHMOPEN, sqlite3.SQLITE_IOERR_SHMSIZE,
    sqlite3.SQLITE_IOERR_SHMMAP,
)  # fmt: skip
_LEAST_ROOM: Final = 64 * 1024  # octets; below, the write that failed may have wanted more than there was

_NO_ROOM = (errno.ENOSPC, errno.EFBIG, getattr(errno, "EDQUOT", errno.ENOSPC))


def _sentences() -> dict[tuple[int, ...], tuple[str, str, str]]:
    """Result codes -> code, message, remedy (in the language in use)."""
    writable = _("Make the file and its folder writable for you, or choose another folder with --data-dir.")
    full = _("Free some space on this disk, then try again. What was kept before is safe.")
    damaged = _(
        "The file was left as it is: keep it for the depot. Bring back a copy of it if there is one, or go on with an "
        "empty folder (--data-dir) and import the jobs again; what was exported (reports, traces) is not touched."
    )
    folder = _("Check that the folder exists and that you may write there, or choose another with --data-dir.")
    disk = _("Check the disk and its cable. Nothing that was confirmed before is lost; try again.")
    other = _("Close the other window or command of this terminal, then try again.")
    return {
        (_FULL,): ("store-disk-full", _("The disk is full: nothing more can be kept in “{path}”."), full),
        (_BUSY, _LOCKED): ("store-busy", _("Another program holds “{path}”."), other),
        (_READONLY, _PERM): ("store-read-only", _("“{path}” may not be written."), writable),
        (_CORRUPT, _NOTADB): ("store-damaged", _("“{path}” is damaged, or is no store of this terminal."), damaged),
        (_CANTOPEN,): ("store-unreachable", _("“{path}” cannot be opened."), folder),
        (_IOERR,): ("store-io-error", _("The disk reported an error while “{path}” was used."), disk),
    }


def _told(primary: int, path: Path, name: str = "") -> StoreError:
    """The result code in words; `name` is what SQLite calls one that has no words here."""
    for codes, (code, message, remedy) in _sentences().items():
        if primary in codes:
            return StoreError(message.format(path=path), remedy=remedy, code=code)
    return StoreError(
        _("The store “{path}” refused an operation ({name}).").format(path=path, name=name),
        remedy=_("Try again; if it happens again, save the trace and send it to the depot."),
    )


def explain(error: sqlite3.Error, path: Path) -> StoreError:
    """`error` of SQLite as a StoreError with a remedy."""
    extended = getattr(error, "sqlite_errorcode", None)
    name = getattr(error, "sqlite_errorname", None) or type(error).__name__
    primary = extended & 0xFF if isinstance(extended, int) else -1
    return _told(_FULL if extended in _WRITES and _is_full(path) else primary, path, name)


def _is_full(path: Path) -> bool:
    """Whether the disk of `path` has (nearly) no room left."""
    try:
        return shutil.disk_usage(path.parent).free < _LEAST_ROOM
    except OSError:
        return False  # it cannot be asked: then it is what SQLite said


PHRASE_FIRST: Final = "pass-phrase-first"  # the code of the error


def phrase_first() -> StoreError:
    """That the store was opened by a key store, which is not enough for what is to be done."""
    return StoreError(
        _("This needs your pass phrase: the terminal was opened by this computer's key store."),
        remedy=_("Lock the window (Ctrl+L) and unlock it with the pass phrase, or give the command the pass phrase."),
        code=PHRASE_FIRST,
    )


def damaged(path: Path) -> StoreError:
    """That the file at `path` cannot be what it was."""
    return _told(_NOTADB, path)


def cut(path: Path, lost: int, whole: int) -> StoreError:
    """That `lost` of the `whole` bytes that the file at `path` should have are missing at its end."""
    text = _("“{path}” is cut short: the last {lost} of {whole} bytes are missing.")
    told = damaged(path)
    return StoreError(text.format(path=path, lost=lost, whole=whole), remedy=told.remedy, code=told.code)


@contextlib.contextmanager
def explained(path: Path) -> Iterator[None]:
    """Turn every SQLite and file error inside into a StoreError about `path`."""
    try:
        yield
    except sqlite3.Error as error:
        raise explain(error, path) from error
    except PermissionError as error:
        raise StoreError(
            _("“{path}” may not be written.").format(path=path),
            remedy=_("Make the file and its folder writable for you, or choose another folder with --data-dir."),
            code="store-read-only",
        ) from error
    except OSError as error:
        if error.errno in _NO_ROOM:
            raise _told(_FULL, path) from error
        raise StoreError(
            _("“{path}” cannot be used: {reason}.").format(path=path, reason=error.strerror or error),
            remedy=_("Check the disk and the folder, or choose another with --data-dir."),
            code="store-unreachable",
        ) from error
