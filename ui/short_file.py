"""Small files that a person names: read whole or not at all, whatever stands behind the name."""

from __future__ import annotations

import errno
import sys
from pathlib import Path
from typing import TypeVar

from hht.i18n import _

MAX_BYTES = 1 << 20
_Content = TypeVar("_Content", bytes, str)


def read_short(path: Path, most: int = MAX_BYTES) -> bytes:
    """The bytes of a file of at most `most`; a pipe is read to its end. Raises OSError (EFBIG where it goes on)."""
    with path.open("rb") as file:
        return _bounded(file.read(most + 1), path, most)


def read_short_text(name: str) -> str:
    """UTF-8 text of at most 1 MiB, with or without a byte order mark; "-" is standard input.

    Raises OSError and UnicodeDecodeError.
    """
    if name == "-":
        return _bounded(sys.stdin.read(MAX_BYTES + 1), name).removeprefix("\ufeff")
    return read_short(Path(name)).decode("utf-8-sig")


def why(error: OSError | ValueError) -> str:
    """What `read_short_text` raised, as half a sentence."""
    if isinstance(error, UnicodeDecodeError):
        return _("it is not UTF-8 text")
    return error.strerror or str(error) if isinstance(error, OSError) else str(error)


def _bounded(content: _Content, name: object, most: int = MAX_BYTES) -> _Content:
    if len(content) > most:
        raise OSError(errno.EFBIG, _("it is longer than {limit} bytes").format(limit=most), str(name))
    return content
