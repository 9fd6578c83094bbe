"""What stands around a Device ID on labels, in barcodes and in copied documents (factbook 1.3; style of scanning: ux).

A barcode may carry it bare, as GS1 element (240) among others ("additional product identification", GS1 General
Specifications 3.5.1), or as the URN of RFC 9039; scanners add a symbology identifier (ISO/IEC 15424) and controls.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from hht.i18n import _
from hht.identifiers import gs1

_CAPTION = re.compile(r"^(?:EUI-?64|EUI|GUID|DEVICE[ _-]?ID|MAC|IEEE|ID)\s*[:=#]?\s*", re.IGNORECASE)
_URN = re.compile(r"^urn:dev:mac:", re.IGNORECASE)
_DEVICE_ID = "240"
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
    symbology = gs1.symbology_of(left)
    left = left[len(symbology) :].lstrip(_MARKS)
    left = _CAPTION.sub("", left).lstrip(_MARKS)
    offset = len(text) - len(left)
    elements = gs1.elements_of(left.rstrip(_MARKS), offset, symbology)
    if elements is not None:
        return _element(offset, elements)
    if urn := _URN.match(left):
        return Label(left[urn.end() :].rstrip(_MARKS), offset + urn.end(), skip="")
    left = left.lstrip(_QUOTES)
    if left[:2] in ("0x", "0X"):
        left = left[2:]
    return Label(left.rstrip().rstrip(_QUOTES), len(text) - len(left))


def _element(offset: int, elements: list[gs1.Element]) -> Label:
    """The one element that is a Device ID. Raises IdentifierError where there is none, or more than one."""
    found = [element for element in elements if element.identifier == _DEVICE_ID]
    if not found:
        raise gs1.bad_label(
            _("The label holds {elements}, and no Device ID, which would follow (240).").format(
                elements=" ".join(f"({element.identifier})" for element in elements)
            ),
            offset + 1,
        )
    if len(found) > 1:
        raise gs1.bad_label(
            _("A second (240) begins at character {position}: a label holds one Device ID.").format(
                position=offset + found[1].at + 1
            ),
            offset + found[1].at + 1,
        )
    return Label(found[0].value, offset + found[0].value_at)
