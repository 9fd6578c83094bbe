"""The error that every identifier raises, and the checks that they share."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable

from hht.errors import HhtError
from hht.i18n import _

LogOverride = Callable[[str], None]


class IdentifierError(HhtError):
    """What was typed or scanned is not that identifier. `details` may hold ``expected`` and ``position`` (from 1).

    The typed text stays with the caller; nothing is ever corrected silently.
    """

    default_code = "identifier"


def describe(character: str) -> str:
    """A character so that a person recognises it: its name when it cannot be seen or looks like another."""
    if character.isascii() and character.isprintable() and character != " ":
        return f"“{character}”"
    return unicodedata.name(character, f"U+{ord(character):04X}").lower()


def digits_only(text: str, kind: str, name: str, *, skip: str = " ") -> str:
    """`text` without the separators in `skip`; IdentifierError names the first other character that is no 0-9 digit."""
    for position, character in enumerate(text, start=1):
        if character in skip or (character.isascii() and character.isdigit()):
            continue
        raise IdentifierError(
            _("{name}: character {position} is {what}, not a digit.").format(
                name=name, position=position, what=describe(character)
            ),
            remedy=_("Use the digits 0 to 9 only. Type it again from the label or the job."),
            code=f"{kind}-character",
            position=position,
        )
    return "".join(c for c in text if c not in skip)


def hex_only(text: str, kind: str, name: str, *, skip: str = " ") -> str:
    """`text` in upper case without the separators in `skip`; IdentifierError names the first that is no hex digit."""
    for position, character in enumerate(text, start=1):
        if character in skip or character in "0123456789abcdefABCDEF":
            continue
        hint = {"O": "0", "o": "0", "I": "1", "l": "1"}.get(character)
        remedy = _("Use 0 to 9 and A to F only.")
        if hint:
            remedy = _("Use 0 to 9 and A to F only; {seen} may be the digit {digit}. Compare with the label.").format(
                seen=describe(character), digit=hint
            )
        raise IdentifierError(
            _("{name}: character {position} is {what}, not a hex digit.").format(
                name=name, position=position, what=describe(character)
            ),
            remedy=remedy,
            code=f"{kind}-character",
            position=position,
        )
    return "".join(c for c in text if c not in skip).upper()


def wrong_length(kind: str, message: str, remedy: str | None = None) -> IdentifierError:
    """The error for a wrong number of characters."""
    return IdentifierError(message, remedy=remedy or _("Type or scan it again, all of it."), code=f"{kind}-length")
