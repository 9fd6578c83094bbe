"""GS1 element strings: as they are printed beneath a code, and as a scanner sends them (GS1 General Specifications).

``(01)05012345678900(21)0042`` or ``]C10105012345678900210042``: an element is an application identifier and its value.
What no printed bracket parts ends by its length (section 7.8.5) or at the control GS. Symbology identifiers: ISO/IEC
15424.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Final

from hht.i18n import _
from hht.identifiers.errors import IdentifierError, describe

GS: Final = "\x1d"
_SYMBOLOGY: Final = re.compile(r"\][A-Za-z][0-9]")
_SYMBOLOGIES: Final = ("]C1", "]d2", "]e0", "]J1", "]Q3")  # GS1-128, DataMatrix, DataBar, DotCode, QR
_ELEMENT: Final = re.compile(r"\(([0-9]{2,4})\)([^()]*)")
_FIXED: Final = {"00": 18, "01": 14, "02": 14, "11": 6, "12": 6, "13": 6, "15": 6, "16": 6, "17": 6, "20": 2}
_OPEN_ENDED: Final = (
    "10", "21", "22", "240", "241", "250", "251", "8004",
    "90", "91", "92", "93", "94", "95", "96", "97", "98", "99",  # what companies agree on among themselves
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Element:
    """One element. `value` may be a secret where two companies agreed on it; places count from 0 in the string."""

    identifier: str
    value: str = field(repr=False)
    at: int  # where the identifier begins
    value_at: int


def symbology_of(text: str) -> str:
    """The symbology identifier that `text` begins with; "" where it has none."""
    found = _SYMBOLOGY.match(text)
    return found[0] if found else ""


def elements_of(string: str, offset: int = 0, symbology: str = "") -> list[Element] | None:
    """The elements of `string`, before which `offset` characters were taken off; None where it is no element string.

    Without brackets only a `symbology` of GS1 makes it one, and sixteen hex digits alone are a Device ID, however they
    begin. Raises IdentifierError ``device-id-label`` where an element should begin and none does.
    """
    if _ELEMENT.match(string):
        return _bracketed(string, offset)
    if symbology not in _SYMBOLOGIES or re.fullmatch("[0-9A-Fa-f]{16}", string):
        return None
    return _strung(string, offset) if string.startswith((*_FIXED, *_OPEN_ENDED)) else None


def _bracketed(string: str, offset: int) -> list[Element]:
    elements, at = [], 0
    while at < len(string):
        match = _ELEMENT.match(string, at)
        if match is None:
            raise _no_element(string[at], offset + at + 1)
        elements.append(Element(match[1], match[2], at, match.start(2)))
        at = match.end()
    return elements


def _strung(string: str, offset: int) -> list[Element]:
    elements, at = [], 0
    while at < len(string):
        begin = at + (string[at] == GS)
        name = next((n for n in (*_FIXED, *_OPEN_ENDED) if string.startswith(n, begin)), "")
        if not name:
            raise _no_element(string[begin : begin + 1] or GS, offset + begin + 1)
        value_at = begin + len(name)
        end = string.find(GS, value_at)
        at = value_at + _FIXED[name] if name in _FIXED else (end if end >= 0 else len(string))
        elements.append(Element(name, string[value_at:at], begin, value_at))
    return elements


def _no_element(character: str, position: int) -> IdentifierError:
    return bad_label(
        _("At character {position}, {what}, an element of a GS1 label should begin.").format(
            position=position, what=describe(character)
        ),
        position,
    )


def bad_label(message: str, position: int) -> IdentifierError:
    """The error for a label that does not hold what it should, from `position` (from 1) on."""
    return IdentifierError(
        message,
        remedy=_("Scan the barcode of the Device ID, or type the sixteen hex digits that are printed beside it."),
        code="device-id-label",
        position=position,
    )


def gtin_check_digit(first_thirteen: str) -> int:
    """The 14th digit that belongs to thirteen: weights 3 and 1 from the left (section 7.9.1)."""
    return -sum(int(digit) * (1 if place % 2 else 3) for place, digit in enumerate(first_thirteen)) % 10
