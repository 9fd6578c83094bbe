"""What stands around a Device ID on labels, in barcodes and in copied documents (factbook 1.3; style of scanning: ux).

A barcode may carry it bare, as GS1 element (240) among others ("additional product identification", GS1 General
Specifications 3.5.1), or as the URN of RFC 9039; scanners add a symbology identifier (ISO/IEC 15424) and controls.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from hht.i18n import _
from hht.identifiers.errors import IdentifierError, describe

_CAPTION = re.compile(r"^(?:EUI-?64|EUI|GUID|DEVICE[ _-]?ID|MAC|IEEE|ID)\s*[:=#]?\s*", re.IGNORECASE)
_SYMBOLOGY = re.compile(r"^\][A-Za-z][0-9]")
_GS1_SYMBOLOGIES = ("]C1", "]d2", "]e0", "]J1", "]Q3")  # GS1-128, DataMatrix, DataBar, DotCode, QR
_URN = re.compile(r"^urn:dev:mac:", re.IGNORECASE)
_ELEMENT = re.compile(r"\(([0-9]{2,4})\)([^()]*)")
# Of an element string without brackets: those of a fixed length, and those that end at a GS or at the end of it
_FIXED = {"00": 18, "01": 14, "02": 14, "11": 6, "12": 6, "13": 6, "15": 6, "16": 6, "17": 6, "20": 2}
_OPEN_ENDED = ("10", "21", "22", "240", "241", "250", "251", "8004")
_DEVICE_ID = "240"
_GS = "\x1d"
_NOISE = "\x00\x02\x03\x1d\x1e\x04\r\n\t \ufeff\u200b\u200e\u200f"
_MARKS = _NOISE + "*\"'<>[]{};,“”‘’"
_QUOTES = _MARKS + "()"
_SEPARATORS = " -:._\u2010\u2011\u2012\u2013\u2014\u2212"  # word processors make dashes of hyphens


@dataclass(frozen=True, slots=True)
class Label:
    """The piece of what was scanned that should be the hex digits: what may separate them, where the piece began."""

    digits: str
    offset: int = 0  # characters before `digits`
    skip: str = _SEPARATORS


def look_at(text: str) -> Label:
    """Take off what stands around the sixteen digits. Raises IdentifierError where GS1 elements hold no Device ID."""
    left = text.lstrip().lstrip(_NOISE)
    symbology = _SYMBOLOGY.match(left)
    left = left[symbology.end() if symbology else 0 :].lstrip(_MARKS)
    left = _CAPTION.sub("", left).lstrip(_MARKS)
    offset = len(text) - len(left)
    if _ELEMENT.match(left):
        return _element(offset, _bracketed(left.rstrip(_MARKS), offset))
    if symbology and symbology[0] in _GS1_SYMBOLOGIES and _is_element_string(left):
        return _element(offset, _strung(left.rstrip(_MARKS), offset))
    if urn := _URN.match(left):
        return Label(left[urn.end() :].rstrip(_MARKS), offset + urn.end(), skip="")
    left = left.lstrip(_QUOTES)
    if left[:2] in ("0x", "0X"):
        left = left[2:]
    return Label(left.rstrip().rstrip(_QUOTES), len(text) - len(left))


@dataclass(frozen=True, slots=True)
class _Element:
    """One element of a GS1 string."""

    identifier: str
    value: str
    at: int  # where the identifier begins in the string
    value_at: int


def _element(offset: int, elements: list[_Element]) -> Label:
    """The one element that is a Device ID. Raises IdentifierError where there is none, or more than one."""
    found = [element for element in elements if element.identifier == _DEVICE_ID]
    if not found:
        raise _bad_label(
            _("The label holds {elements}, and no Device ID, which would follow (240).").format(
                elements=" ".join(f"({element.identifier})" for element in elements)
            ),
            offset + 1,
        )
    if len(found) > 1:
        raise _bad_label(
            _("A second (240) begins at character {position}: a label holds one Device ID.").format(
                position=offset + found[1].at + 1
            ),
            offset + found[1].at + 1,
        )
    return Label(found[0].value, offset + found[0].value_at)


def _bracketed(string: str, offset: int) -> list[_Element]:
    """The elements of ``(01)05012345678900(240)00DB…``, as it is printed beneath a code."""
    elements, at = [], 0
    while at < len(string):
        match = _ELEMENT.match(string, at)
        if match is None:
            raise _no_element(string[at], offset + at + 1)
        elements.append(_Element(match[1], match[2], at, match.start(2)))
        at = match.end()
    return elements


def _is_element_string(string: str) -> bool:
    """Whether it begins with an element; sixteen hex digits alone are the Device ID itself, however they begin."""
    bare = string.rstrip(_MARKS)
    return re.fullmatch("[0-9A-Fa-f]{16}", bare) is None and bare.startswith((*_FIXED, *_OPEN_ENDED))


def _strung(string: str, offset: int) -> list[_Element]:
    """The elements of ``010501234567890024000DB…``, as a scanner sends it."""
    elements, at = [], 0
    while at < len(string):
        begin = at + (string[at] == _GS)
        name = next((n for n in (*_FIXED, *_OPEN_ENDED) if string.startswith(n, begin)), "")
        if not name:
            raise _no_element(string[begin : begin + 1] or _GS, offset + begin + 1)
        value_at = begin + len(name)
        end = string.find(_GS, value_at)
        at = value_at + _FIXED[name] if name in _FIXED else (end if end >= 0 else len(string))
        elements.append(_Element(name, string[value_at:at], begin, value_at))
    return elements


def _no_element(character: str, position: int) -> IdentifierError:
    return _bad_label(
        _("Device ID: at character {position}, {what}, an element of a GS1 label should begin.").format(
            position=position, what=describe(character)
        ),
        position,
    )


def _bad_label(message: str, position: int) -> IdentifierError:
    return IdentifierError(
        message,
        remedy=_("Scan the barcode of the Device ID, or type the sixteen hex digits that are printed beside it."),
        code="device-id-label",
        position=position,
    )
