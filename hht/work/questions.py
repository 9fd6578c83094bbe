"""A person's answers: checked before they count, never silently corrected."""

from __future__ import annotations

import contextlib
import re
from datetime import date
from decimal import Decimal

from hht.errors import HhtError
from hht.i18n import _
from hht.identifiers import DeviceId, InstallCode, Mpan
from hht.identifiers.mprn import Mprn
from hht.identifiers.utrn import Utrn
from hht.work.view import GIVEN, NO_PHOTO, NOT_MEASURED, Question, QuestionKind

MAX_ANSWER = 500  # characters
MAX_OFFSET_LIMIT_S = 1799  # factbook 2.4
LABEL_MOST = 22  # characters of an auxiliary switch's label
_NUMBER = re.compile(r"[+-]?[0-9]{1,6}(?:\.[0-9]{1,6})?")
_SHA256 = re.compile(r"[0-9a-f]{64}")
_LEAST_REASON = 3  # letters
_REGISTER = re.compile(r"[0-9]{1,9}(?:\.[0-9]{1,3})?")
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_SERIAL = re.compile(r"[A-Za-z0-9][A-Za-z0-9._/#-]*(?: [A-Za-z0-9._/#-]+)*")  # as on plates: in groups, too
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._/#-]{0,59}")


class AnswerError(HhtError):
    """The answer is not acceptable; the question stays."""

    default_code = "answer"


def check_answer(question: Question, value: str, *, allow_test: bool = False) -> str:
    """`value` in its canonical form. Raises AnswerError or IdentifierError, with a remedy."""
    text = value.strip()
    if len(text) > MAX_ANSWER:
        raise AnswerError(
            _("The answer has {count} characters.").format(count=len(text)),
            remedy=_("Type at most {limit}.").format(limit=MAX_ANSWER),
        )
    match question.kind:
        case QuestionKind.CONFIRM:
            return _one_of(text.lower(), ("yes", "no"))
        case QuestionKind.CHOICE:
            return _one_of(text, question.choices)
        case QuestionKind.DEVICE_ID:
            return str(DeviceId.parse(text))
        case QuestionKind.MPAN:
            return str(Mpan.parse(text, allow_test=allow_test))
        case QuestionKind.SECONDS:
            return _seconds(text)
        case QuestionKind.TEXT if question.person:
            return _named(text)
        case QuestionKind.TEXT | QuestionKind.SIGNATURE:
            return _some(text)
        case QuestionKind.INSTALL_CODE:
            return NOT_MEASURED if text.lower() == NOT_MEASURED else InstallCode.parse(text).reveal()
        case QuestionKind.UTRN:
            return NOT_MEASURED if text.lower() == NOT_MEASURED else Utrn.parse(text).reveal()
        case QuestionKind.COUNTER:
            return _counter(text)
        case QuestionKind.MPRN:
            return str(Mprn.parse(text, allow_test=allow_test))
        case QuestionKind.CHECKLIST:
            return _ticked(text, question.choices)
        case QuestionKind.MEASURE:
            return _measured(text, question)
        case QuestionKind.DATE:
            return _date(text)
        case QuestionKind.READING:
            return _reading(text, several=question.several)
        case QuestionKind.SERIAL if question.numbered and not any(sign.isdigit() for sign in text):
            raise AnswerError(
                _("“{text}” is no number of a notice.").format(text=text[:60]),
                remedy=_("Fill in a notice, leave it at the premises, and type the number printed on it."),
            )
        case QuestionKind.SERIAL if text.lower() == NOT_MEASURED:
            return NOT_MEASURED
        case QuestionKind.SERIAL if len(text) <= 60 and _SERIAL.fullmatch(text):
            return text
        case QuestionKind.SERIAL:
            return _name(text)
        case QuestionKind.PHOTO:
            return _photo(text, optional=question.optional)
        case QuestionKind.LABEL:
            return _label(text)


def _named(text: str) -> str:
    """Who clears a lock: a name, or a reference of several digits. A single letter is nobody."""
    letters, digits = sum(map(str.isalpha, text)), sum(map(str.isdigit, text))
    if letters < 3 and digits < 5:
        raise AnswerError(
            _("“{text}” names nobody.").format(text=text[:60]),
            remedy=_("Type the name and position of who clears it, or the reference of the emergency service."),
        )
    return _some(text)


def kept_answer(question: Question, value: str) -> str:
    """What stands in the journal: the answer, or that a secret was given."""
    return GIVEN if question.secret and value != NOT_MEASURED else value


def _one_of(text: str, choices: tuple[str, ...]) -> str:
    if text in choices:
        return text
    raise AnswerError(
        _("“{text}” is none of the answers.").format(text=text),
        remedy=_("Answer one of: {choices}.").format(choices=", ".join(choices)),
    )


def _seconds(text: str) -> str:
    if text.isascii() and text.isdigit() and len(text) <= 9 and int(text) <= MAX_OFFSET_LIMIT_S:
        return str(int(text))
    raise AnswerError(
        _("“{text}” is not a whole number of seconds from 0 to {limit}.").format(text=text, limit=MAX_OFFSET_LIMIT_S),
        remedy=_("The limit is {limit} s (29 min 59 s). Type digits only.").format(limit=MAX_OFFSET_LIMIT_S),
        code="answer-seconds",
    )


def _counter(text: str) -> str:
    if text.lower() == NOT_MEASURED:
        return NOT_MEASURED
    if text.isascii() and text.isdigit() and len(text) <= 20 and int(text) < 1 << 64:
        return str(int(text))
    raise AnswerError(
        _("“{text}” is no counter.").format(text=text[:40]),
        remedy=_("Type digits only, as the supplier's record has it; or say that it is not known."),
        code="answer-counter",
    )


def _ticked(text: str, choices: tuple[str, ...]) -> str:
    ticked = [code.strip() for code in text.split(",") if code.strip()]
    for code in ticked:
        _one_of(code, choices)
    return ",".join(code for code in choices if code in ticked)


def _measured(text: str, question: Question) -> str:
    """A decimal as it was typed, without leading zeros; NOT_MEASURED stays. A comma is no point: it is refused."""
    if text.lower() == NOT_MEASURED:
        return NOT_MEASURED
    if not _NUMBER.fullmatch(text):
        raise AnswerError(
            _("“{text}” is not a number.").format(text=text),
            remedy=_("Type what the instrument shows, such as 0.35; or say that it cannot be measured."),
            code="answer-number",
        )
    value = Decimal(text)
    low, high = question.plausible or (text, text)
    if not Decimal(low) <= value <= Decimal(high):
        raise AnswerError(
            _("{value} {unit} cannot be: the instrument shows {low} to {high}.").format(
                value=text, unit=question.unit, low=low, high=high
            ),
            remedy=_("Look at the point and the unit, and type it again."),
            code="answer-implausible",
        )
    return format(value, "f")


def _reading(text: str, *, several: bool) -> str:
    """Registers as they stand, leading zeros too, with a comma and nothing else between two of them."""
    registers = [one.strip() for one in text.split(",")]
    wrong = next((one for one in registers if not _REGISTER.fullmatch(one)), None)
    if wrong is not None:
        raise AnswerError(
            _("“{text}” is not a reading.").format(text=wrong[:40]),
            remedy=_("Type the digits that the meter shows, such as 08214 or 8214.306; its unit and words stay away."),
            code="answer-reading",
        )
    if len(registers) > 1 and not several:
        raise AnswerError(
            _("{count} readings were typed; this meter has one register.").format(count=len(registers)),
            remedy=_("Type one; the point of a number is “.”, not “,”."),
            code="answer-reading",
        )
    return ",".join(registers)


def _date(text: str) -> str:
    with contextlib.suppress(ValueError):
        if _DAY.fullmatch(text):
            return date.fromisoformat(text).isoformat()
    raise AnswerError(
        _("“{text}” is not a date.").format(text=text),
        remedy=_("Type it as year, month, day: 2027-03-31."),
        code="answer-date",
    )


def _photo(text: str, *, optional: bool) -> str:
    """The hash of a picture, or why there is none. Whether that picture is bound to the step, the visit knows."""
    if optional and text.lower() == NOT_MEASURED:
        return NOT_MEASURED
    if _SHA256.fullmatch(text.lower()):
        return text.lower()
    if text.lower().startswith(NO_PHOTO):
        why = " ".join(text[len(NO_PHOTO) :].split())
        if sum(map(str.isalpha, why)) >= _LEAST_REASON and why.isprintable():
            return f"{NO_PHOTO} {why}"
    raise photo_refused(text, optional=optional)


def photo_refused(text: str, *, optional: bool = False) -> AnswerError:
    """That `text` is neither a picture of the step nor a reason why there is none; `optional`: none needs no reason."""
    words = _("“{text}” is no picture that was added to this step, and no reason why there is none.")
    remedy = _("Add the photo; or say why there is none: “{none} the camera does not work”.").format(none=NO_PHOTO)
    if optional:
        remedy = _("Add the photo; or type “{none}”: there has to be none here.").format(none=NOT_MEASURED)
    return AnswerError(
        words.format(text=text[:60]),
        remedy=remedy,
        code="photo-not-bound",
    )


def no_photo_reasons() -> tuple[str, ...]:
    """Reasons that are one press away."""
    return (
        _("the camera does not work"),
        _("the occupant allows no picture"),
        _("it cannot be reached with the camera"),
    )


def _name(text: str) -> str:
    if _NAME.fullmatch(text):
        return text
    raise AnswerError(
        _("“{text}” is no number or name of a thing.").format(text=text[:60]),
        remedy=_("Use 1 to 60 letters, digits and . _ / # -, without spaces."),
        code="answer-name",
    )


def label_fault(text: str) -> str:
    """What is wrong with the label of an auxiliary switch as typed so far, in words; "" where nothing is (DUIS schema;
    factbook 8)."""
    for place, char in enumerate(text, 1):
        if not " " <= char <= "~":
            return _("“{char}” at place {place} is no printable ASCII character.").format(char=char, place=place)
    if len(text) > LABEL_MOST:
        return _("{count} characters; limit {most}.").format(count=len(text), most=LABEL_MOST)
    return _("“//” cannot be read out to a desk.") if "//" in text else ""


def _label(text: str) -> str:
    fault = label_fault(text) or ("" if text else _("The label is empty."))
    if fault:
        remedy = _("Use 1 to {most} letters, digits, spaces and signs without accents.").format(most=LABEL_MOST)
        raise AnswerError(fault, remedy=remedy, code="answer-label")
    return text


def _some(text: str) -> str:
    if text and text.isprintable():
        return text
    raise AnswerError(
        _("The answer is empty or holds control characters."), remedy=_("Type an answer, or choose Can't do this.")
    )
