"""The error that every identifier raises, and the checks that they share."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterator, Sequence

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
    name = unicodedata.name(character, "")
    return name.lower() if name else f"U+{ord(character):04X}"


def digits_only(
    text: str, kind: str, name: str, *, skip: str = " ", places: Sequence[int] | None = None, offset: int = 0
) -> str:
    """`text` without white space around it and the separators in `skip` (a space stands for every white space).

    IdentifierError names the first other character that is no 0-9 digit and its place in what was typed: `offset`
    characters were taken away before `text`, or `places` has the place of each of its characters.
    """
    for position, character in _kept(text, skip, places, offset):
        if character in "0123456789":
            continue
        raise IdentifierError(
            _("{name}: character {position} is {what}, not one of the digits 0 to 9.").format(
                name=name, position=position, what=describe(character)
            ),
            remedy=_foreign_digit(character)
            or _("Use the digits 0 to 9 only. Type it again from the label or the job."),
            code=f"{kind}-character",
            position=position,
        )
    return "".join(character for _place, character in _kept(text, skip, places, offset))


def hex_only(text: str, kind: str, name: str, *, skip: str = " ", offset: int = 0) -> str:
    """As `digits_only`, for hex digits; the value comes back in upper case."""
    for position, character in _kept(text, skip, None, offset):
        if character in "0123456789abcdefABCDEF":
            continue
        raise IdentifierError(
            _("{name}: character {position} is {what}, not a hex digit.").format(
                name=name, position=position, what=describe(character)
            ),
            remedy=_foreign_digit(character) or _hex_remedy(character),
            code=f"{kind}-character",
            position=position,
        )
    return "".join(character for _place, character in _kept(text, skip, None, offset)).upper()


def _kept(text: str, skip: str, places: Sequence[int] | None, offset: int) -> Iterator[tuple[int, str]]:
    """The characters that count, each with its place (from 1) in what was typed."""
    begin, end = len(text) - len(text.lstrip()), len(text.rstrip())
    for index in range(begin, end):
        character = text[index]
        if character in skip or (" " in skip and character.isspace()):
            continue
        yield (places[index] if places else offset + index + 1), character


def _foreign_digit(character: str) -> str:
    """What to do about a digit of another script or style; "" for anything else."""
    digit = unicodedata.digit(character, None)
    if digit is None:
        return ""
    return _("It looks like a {digit} but is another character. Type it with the plain digits 0 to 9.").format(
        digit=digit
    )


def _hex_remedy(character: str) -> str:
    hint = {"O": "0", "o": "0", "I": "1", "l": "1"}.get(character)
    if hint is None:
        return _("Use 0 to 9 and A to F only.")
    return _("Use 0 to 9 and A to F only; {seen} may be the digit {digit}. Compare with the label.").format(
        seen=describe(character), digit=hint
    )


def wrong_length(kind: str, message: str, remedy: str | None = None) -> IdentifierError:
    """The error for a wrong number of characters."""
    return IdentifierError(message, remedy=remedy or _("Type or scan it again, all of it."), code=f"{kind}-length")


def require_form(value: str, pattern: str, kind: str, name: str) -> None:
    """Refuse to hold a `value` that does not have the canonical form; never quotes it. Text goes through ``parse``."""
    if not re.fullmatch(pattern, value):
        raise IdentifierError(
            _("This is no {name} in its checked form.").format(name=name),
            remedy=_("Type or scan it again, all of it."),
            code=f"{kind}-form",
        )
