"""Files that a person asked for: whole or not there, and for their owner alone (they tell of a home and its meter)."""

from __future__ import annotations

import errno
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO

from hht.i18n import _


@contextmanager
def private_file(path: Path) -> Iterator[BinaryIO]:
    """A file to write, mode 0600; it takes the place of `path`, synced to the disk, when the block ends well.

    What was there before stays until the new file is whole. A device, pipe or folder of that name is never replaced.
    What a process that died has left half-written for `path` goes.
    Raises OSError, and ValueError for a name that no file can have; nothing is then left half-written.
    """
    partial = _partial(path)
    _tidy(path)
    try:
        with open(_opened(partial), "wb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        partial.replace(path)
    except BaseException:
        with suppress(OSError, ValueError):
            partial.unlink(missing_ok=True)
        raise
    _sync_folder(path.parent)


def check_private_file(path: Path) -> None:
    """Find out whether `private_file` could begin; nothing is left behind. Raises OSError and ValueError as it does."""
    partial = _partial(path)
    os.close(_opened(partial))
    partial.unlink()


def _partial(path: Path) -> Path:
    """Where the new file grows. Raises FileExistsError where `path` is there and no file."""
    if path.exists() and not path.is_file():
        raise FileExistsError(errno.EEXIST, _("there is something of this name that is no file"))
    return path.with_name(half_written(path.name[:100], str(os.getpid())))


def half_written(name: str, process: str = "*") -> str:
    """How a file is called that grows to be `name`, written by the process with that number."""
    return f".{name}.{process}.part"


def _tidy(path: Path) -> None:
    """Take away what grew to be `path` when its process died: it may tell of a home, and nobody knows of it."""
    with suppress(OSError):
        for name in os.listdir(path.parent):
            number = name.removesuffix(".part").rpartition(".")[2]
            if name == half_written(path.name[:100], number) and number.isdecimal() and not _lives(int(number)):
                with suppress(OSError):
                    path.with_name(name).unlink()


def _lives(process: int) -> bool:
    """Whether the process lives. Windows cannot be asked so; there a file that is being written cannot be removed."""
    if os.name == "nt":
        return False
    try:
        os.kill(process, 0)
    except PermissionError:  # somebody else's
        return True
    except (OSError, OverflowError):
        return False
    return True


def _opened(partial: Path) -> int:
    """Private from its first byte on, and never through a link that somebody laid there."""
    partial.unlink(missing_ok=True)
    return os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0), 0o600)


def private_folder(folder: Path) -> None:
    """Make `folder` and those above it that are missing, mode 0700; what is there stays as it is. Raises OSError."""
    missing = []
    above = folder
    while not above.exists() and above != above.parent:
        missing.append(above)
        above = above.parent
    for one in reversed(missing):
        one.mkdir(mode=0o700, exist_ok=True)
    if not folder.is_dir():
        raise NotADirectoryError(errno.ENOTDIR, _("there is something of this name that is no folder"))


def _sync_folder(folder: Path) -> None:
    """The name survives a power cut too, where the system can promise that."""
    with suppress(OSError):
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
