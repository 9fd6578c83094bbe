"""Command packs as files: read with a bound, explained where they cannot be."""

from __future__ import annotations

from pathlib import Path

from hht.errors import HhtError
from hht.i18n import _
from hht.packs.envelope import MAX_OCTETS
from ui.short_file import read_short, why


def read_pack_file(path: Path, most: int = MAX_OCTETS) -> bytes:
    """The octets of the file. Raises HhtError ``pack-unreadable``."""
    try:
        return read_short(path, most)
    except OSError as error:
        raise HhtError(
            _("“{file}” cannot be read: {why}.").format(file=path, why=why(error)),
            remedy=_("Check the name of the file, and that it may be read."),
            code="pack-unreadable",
        ) from None
