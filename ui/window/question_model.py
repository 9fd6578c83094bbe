"""How a typed or scanned answer is looked at: characters at each keystroke, check digits at leaving. Plain Python.

Nothing is corrected and nothing is lost: the text stays as it was typed, and the engine has the last word.
"""

from __future__ import annotations

from dataclasses import dataclass

from hht.errors import HhtError
from hht.i18n import _
from hht.work.view import Question, QuestionKind

# Never filled in: the person is to look at the meter
SCANNED = (QuestionKind.MPAN, QuestionKind.DEVICE_ID, QuestionKind.MPRN, QuestionKind.SERIAL)
TYPED = (
    *SCANNED,
    QuestionKind.TEXT,
    QuestionKind.SECONDS,
    QuestionKind.MEASURE,
    QuestionKind.DATE,
    QuestionKind.PHOTO,
    QuestionKind.SIGNATURE,
)
_CLASS_PLACES = range(6, 9)  # of the 21 characters of an MPAN with its top line: those of its line loss factor class
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


def remark(kind: QuestionKind, text: str) -> Remark:
    """What can be said of `text` so far, character by character."""
    if kind is QuestionKind.MPAN:
        return _mpan(text)
    if kind is QuestionKind.DEVICE_ID:
        return _device_id(text)
    if kind is QuestionKind.SECONDS:
        return _seconds(text)
    if kind is QuestionKind.MEASURE:
        return _number(text)
    if kind is QuestionKind.DATE:
        return _day(text)
    return Remark()


def _number(text: str) -> Remark:
    for place, char in enumerate(text.strip(), 1):
        if char == ",":
            return Remark(_("The point of a number is “.”, not “,”."), "bad")
        if not (char.isascii() and (char.isdigit() or char in "+-.")):
            return Remark(_("“{char}” at place {place} belongs to no number.").format(char=char, place=place), "bad")
    return Remark(_("As the instrument shows it, such as 0.35.") if not text.strip() else "")


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
    """What is wrong with `text` as a whole (check digits), None if nothing is. Called when the field is left."""
    from hht.identifiers import DeviceId, Mpan, Mprn

    if not text.strip():
        return None
    try:
        if kind is QuestionKind.MPAN:
            Mpan.parse(text)
        elif kind is QuestionKind.DEVICE_ID:
            DeviceId.parse(text)
        elif kind is QuestionKind.MPRN:
            Mprn.parse(text)
    except HhtError as error:
        return error
    return None
