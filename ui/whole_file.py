"""Files that a person asked for: written whole or not at all, and never in the place of what is no file."""

from __future__ import annotations

import contextlib
import io
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO, TextIO

from hht.errors import HhtError
from hht.i18n import _
from hht.private_files import check_private_file, private_file


class FileNotWritten(HhtError):
    """Disk, folder or permission do not let a file be written."""

    default_code = "file-not-written"


@contextlib.contextmanager
def whole_file(path: Path, *, newline: str | None = None) -> Iterator[TextIO]:
    """A UTF-8 text file (mode 0600) to write; it takes the place of `path` when the block ends well.

    What was there before stays until the new file is whole. A device, pipe or folder of that name is never replaced.
    Raises FileNotWritten.
    """
    with whole_binary_file(path) as file:
        text = io.TextIOWrapper(file, encoding="utf-8", newline=newline, write_through=True)
        try:
            yield text
        finally:
            text.detach()


@contextlib.contextmanager
def whole_binary_file(path: Path) -> Iterator[BinaryIO]:
    """As `whole_file`, for octets. Raises FileNotWritten."""
    with explained(path), private_file(path) as file:
        yield file


def check_writable(path: Path) -> None:
    """Find out before a long read that nothing could be written at its end. Raises FileNotWritten."""
    with explained(path):
        check_private_file(path)


@contextlib.contextmanager
def explained(path: Path) -> Iterator[None]:
    """Turn what the system says about `path` into a sentence."""
    try:
        yield
    except OSError as error:
        raise FileNotWritten(
            _("{path} could not be written: {why}.").format(path=path, why=error.strerror or error),
            remedy=_("Choose another folder, or make room on the disk; nothing was left half-written."),
        ) from error
