"""How a typed or scanned answer is looked at: characters at each keystroke, check digits at leaving. Plain Python.

Nothing is corrected and nothing is lost: the text stays as it was typed, and the engine has the last word.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from hht.errors import HhtError
from hht.i18n import _
from hht.work.questions import LABEL_MOST, label_fault
from hht.work.view import NOT_MEASURED, Question, QuestionKind
from ui.window.safe_text import safe_text

if TYPE_CHECKING:
    from hht.scan.values import Field

# Never filled in: the person is to look at the meter
SCANNED = (
    QuestionKind.MPAN,
    QuestionKind.DEVICE_ID,
    QuestionKind.MPRN,
    QuestionKind.SERIAL,
    QuestionKind.INSTALL_CODE,
    QuestionKind.UTRN,
)
TYPED = (
    *SCANNED,
    QuestionKind.TEXT,
    QuestionKind.SECONDS,
    QuestionKind.LABEL,
    QuestionKind.COUNTER,
    QuestionKind.MEASURE,
    QuestionKind.DATE,
    QuestionKind.READING,
    QuestionKind.PHOTO,
    QuestionKind.SIGNATURE,
)
_CLASS_PLACES = range(6, 9)  # of the 21 characters of an MPAN with its top line: those of its line loss factor class
_FREE = (QuestionKind.TEXT, QuestionKind.SERIAL)  # without a check of their own
_SPACING = " -\t"
_HEX = set("0123456789abcdefABCDEF")
OFFSET_LIMIT_S = 1799  # greatest randomised offset limit (factbook 2.4)


@dataclass(frozen=True, slots=True)
class Remark:
    """What is said beneath the field while one types. `tone`: "plain" | "good" | "warn" | "bad"."""

    text: str = ""
    tone: str = "plain"


def first_value(question: Question) -> str:
    """What the field holds at first: what the wallet says; the job's suggestion, except where it is to be scanned."""
    return question.filled or ("" if question.kind in SCANNED else question.suggestion)


def scan_fields(kind: QuestionKind) -> tuple[Field, ...]:
    """What of a label answers such a question; () where none does."""
    from hht.scan.values import DEVICE_IDS, Field

    return {
        QuestionKind.DEVICE_ID: DEVICE_IDS,
        QuestionKind.MPAN: (Field.MPAN,),
        QuestionKind.MPRN: (Field.MPRN,),
        QuestionKind.SERIAL: (Field.SERIAL,),
        QuestionKind.INSTALL_CODE: (Field.INSTALL_CODE,),
        QuestionKind.UTRN: (Field.UTRN,),
        QuestionKind.TEXT: (Field.SERIAL,),
    }.get(kind, ())


def place_of(error: HhtError, text: str) -> int:
    """The place (from 1) in `text` of the character that is wrong; 0 where the error names none."""
    place = error.details.get("position")
    return place if isinstance(place, int) and 0 < place <= len(text) else 0


def here(error: HhtError, text: str) -> str:
    """The text with the wrong character in brackets; "" where the error names none."""
    place = place_of(error, text)
    if not place:
        return ""
    marked = f"{text[max(0, place - 25) : place - 1]}[{text[place - 1]}]{text[place : place + 24]}"
    return _("Here: {marked}").format(marked=safe_text(marked, 80))


def remark(kind: QuestionKind, text: str) -> Remark:
    """What can be said of `text` so far, character by character."""
    if kind is QuestionKind.MPAN:
        return _mpan(text)
    if kind is QuestionKind.DEVICE_ID:
        return _device_id(text)
    if kind is QuestionKind.INSTALL_CODE:
        return _install_code(text)
    if kind is QuestionKind.MPRN:
        return _mprn(text)
    if kind is QuestionKind.UTRN:
        return _token(text)
    if kind is QuestionKind.SECONDS:
        return _seconds(text)
    if kind is QuestionKind.MEASURE:
        return _number(text)
    if kind is QuestionKind.DATE:
        return _day(text)
    if kind is QuestionKind.READING:
        return _register(text)
    if kind is QuestionKind.LABEL:
        return _label(text)
    return Remark()


def _label(text: str) -> Remark:
    if fault := label_fault(text):
        return Remark(fault, "bad")
    return Remark(_("{count} of {total} characters.").format(count=len(text), total=LABEL_MOST))


def _number(text: str) -> Remark:
    for place, char in enumerate(text.strip(), 1):
        if char == ",":
            return Remark(_("The point of a number is “.”, not “,”."), "bad")
        if not (char.isascii() and (char.isdigit() or char in "+-.")):
            return Remark(_("“{char}” at place {place} belongs to no number.").format(char=char, place=place), "bad")
    return Remark(_("As the instrument shows it, such as 0.35.") if not text.strip() else "")


def _register(text: str) -> Remark:
    for place, char in enumerate(text.strip(), 1):
        if not ((char.isascii() and (char.isdigit() or char in ".,")) or char == " "):
            return Remark(_("“{char}” at place {place} belongs to no reading.").format(char=char, place=place), "bad")
    return Remark(_("Every digit as the meter shows it, leading zeros too.") if not text.strip() else "")


def _install_code(text: str) -> Remark:
    digits = [char for char in text if char not in " -:."]
    if any(char not in _HEX for char in digits):
        return Remark(_("An install code has the digits 0 to 9 and A to F alone."), "bad")
    return Remark(_("{count} digits; 32, or 36 with the check digits behind.").format(count=len(digits)))


def _day(text: str) -> Remark:
    stripped = text.strip()
    if not stripped:
        return Remark(_("Year, month, day: 2027-03-31."))
    if not all(char.isascii() and (char.isdigit() or char == "-") for char in stripped) or len(stripped) > 10:
        return Remark(_("Year, month, day: 2027-03-31."), "bad")
    return Remark(_("{count} of {total} characters.").format(count=len(stripped), total=10))


def _mpan(text: str) -> Remark:
    digits, letter = 0, ""  # characters that are no white space, and the last one that is no digit
    for place, char in enumerate(text, 1):
        if char.isspace():
            continue
        digits += 1
        if char.isascii() and char.isdigit():
            continue
        if not (char.isascii() and char.isalpha() and digits in _CLASS_PLACES):
            return Remark(_("“{char}” at place {place} is not a digit.").format(char=char, place=place), "bad")
        letter = char
    if letter and digits < 21:
        return Remark(
            _("“{char}”: only a top line, 21 characters in all, has a letter there.").format(char=letter), "warn"
        )
    if not digits:
        return Remark(_("13 digits, or 21 with the top line."))
    if digits in (13, 21):
        return Remark(_("{count} digits.").format(count=digits))
    if digits > 21:
        return Remark(_("{count} digits: more than an MPAN has.").format(count=digits), "bad")
    return Remark(_("{count} of {total} digits.").format(count=digits, total=13 if digits < 13 else 21))


def _mprn(text: str) -> Remark:
    for place, char in enumerate(text, 1):
        if not (char.isspace() or (char.isascii() and char.isdigit())):
            return Remark(_("“{char}” at place {place} is not a digit.").format(char=char, place=place), "bad")
    digits = sum(char.isdigit() for char in text)
    if not digits:
        return Remark(_("6 to 10 digits."))
    if digits > 10:
        return Remark(_("{count} digits: more than an MPRN has.").format(count=digits), "bad")
    return Remark((_("{count} digits.") if digits >= 6 else _("{count} of 6 to 10 digits.")).format(count=digits))


def _token(text: str) -> Remark:
    for place, char in enumerate(text, 1):
        if char not in _SPACING and not (char.isascii() and char.isdigit()):
            return Remark(_("“{char}” at place {place} is not a digit.").format(char=char, place=place), "bad")
    digits = sum(char.isdigit() for char in text)
    return Remark(_("{count} of {total} digits.").format(count=digits, total=20), "bad" if digits > 20 else "plain")


def _device_id(text: str) -> Remark:
    if not check(QuestionKind.DEVICE_ID, text) and text.strip():  # a label's text may be longer
        return Remark(_("{count} of {total} characters.").format(count=16, total=16))
    digits = sum(char in _HEX for char in text)
    for place, char in enumerate(text, 1):
        if char not in _HEX and char not in _SPACING + ":.":
            words = _("“{char}” at place {place} does not belong to a device ID; a label's prefix is taken off.")
            return Remark(words.format(char=char, place=place), "warn")
    if not digits:
        return Remark(_("16 characters 0 to 9 and A to F, as on the label."))
    if digits > 16:
        return Remark(_("{count} characters: more than a device ID has.").format(count=digits), "warn")
    return Remark(_("{count} of {total} characters.").format(count=digits, total=16))


def _seconds(text: str) -> Remark:
    stripped = text.strip()
    for place, char in enumerate(stripped, 1):
        if not (char.isascii() and char.isdigit()):
            return Remark(_("“{char}” at place {place} is not a digit.").format(char=char, place=place), "bad")
    if not stripped:
        return Remark(_("Whole seconds, 0 to {limit}.").format(limit=OFFSET_LIMIT_S))
    if len(stripped) > 4 or int(stripped) > OFFSET_LIMIT_S:
        return Remark(_("More than {limit} s cannot be set.").format(limit=OFFSET_LIMIT_S), "bad")
    seconds = int(stripped)
    words = _("Worst case: switching comes {minutes}:{rest:02d} (mm:ss) late.")
    return Remark(words.format(minutes=seconds // 60, rest=seconds % 60))


def check(kind: QuestionKind, text: str) -> HhtError | None:
    """What is wrong with `text` as a whole (check digits), None if nothing is. Called when the field is left. Of a
    label with marks of its own the piece counts that answers; which one that is, the visit knows."""
    from hht.scan.labels import read_label
    from hht.scan.values import value_of

    wanted = scan_fields(kind)
    if not text.strip() or text.strip().lower() == NOT_MEASURED or not wanted or kind in _FREE:
        return None
    scan = read_label(text)
    values = scan.values(*wanted) if scan.labels and scan.labels[0].format.kind != "plain" else ()
    return (values[0] if values else value_of(wanted[0], text)).error
