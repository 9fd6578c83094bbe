"""UTRNs wherever they stand in the clear: twenty digits with a right check digit are one (factbook 1.5).

The first three digits are no secret: every UTRN begins with 739 to 753.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from hht.identifiers.errors import IdentifierError
from hht.identifiers.utrn import Utrn

LENGTH: Final = 20
_TOKEN: Final = re.compile(rb"(?<![0-9])7[345][0-9]{18}(?![0-9])")
_BEGUN: Final = re.compile(rb"(?<![0-9])7(?:39|4[0-9]|5[0-3])[0-9]{0,16}\Z")


def tokens(text: bytes) -> Iterator[tuple[int, int]]:
    """Where UTRNs stand in `text`, 7 bits a character."""
    for match in _TOKEN.finditer(text):
        try:
            Utrn(match[0].decode("ascii"))
        except IdentifierError:
            continue
        yield match.span()


def has_token(text: bytes) -> bool:
    """Whether a UTRN stands in `text`."""
    return next(tokens(text), None) is not None


def begun_token(text: bytes) -> int | None:
    """Where digits begin at the end of `text` that may go on as a UTRN; None where none do."""
    match = _BEGUN.search(text, max(0, len(text) - LENGTH))
    return match.start() if match else None
