"""A person's answers: checked before they count, never silently corrected."""

from __future__ import annotations

import contextlib
import re
from datetime import date
from decimal import Decimal

from hht.errors import HhtError
from hht.i18n import _
from hht.identifiers import DeviceId, Mpan
from hht.identifiers.mprn import Mprn
from hht.work.view import NOT_MEASURED, Question, QuestionKind

MAX_ANSWER = 500  # characters
MAX_OFFSET_LIMIT_S = 1799  # factbook 2.4
_NUMBER = re.compile(r"[+-]?[0-9]{1,6}(?:\.[0-9]{1,6})?")
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
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
        case QuestionKind.TEXT | QuestionKind.SIGNATURE:
            return _some(text)
        case QuestionKind.MPRN:
            return str(Mprn.parse(text, allow_test=allow_test))
        case QuestionKind.CHECKLIST:
            return _ticked(text, question.choices)
        case QuestionKind.MEASURE:
            return _measured(text, question)
        case QuestionKind.DATE:
            return _date(text)
        case QuestionKind.SERIAL | QuestionKind.PHOTO:
            return _name(text)


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


def _date(text: str) -> str:
    with contextlib.suppress(ValueError):
        if _DAY.fullmatch(text):
            return date.fromisoformat(text).isoformat()
    raise AnswerError(
        _("“{text}” is not a date.").format(text=text),
        remedy=_("Type it as year, month, day: 2027-03-31."),
        code="answer-date",
    )


def _name(text: str) -> str:
    if _NAME.fullmatch(text):
        return text
    raise AnswerError(
        _("“{text}” is no number or name of a thing.").format(text=text[:60]),
        remedy=_("Use 1 to 60 letters, digits and . _ / # -, without spaces."),
        code="answer-name",
    )


def _some(text: str) -> str:
    if text and text.isprintable():
        return text
    raise AnswerError(
        _("The answer is empty or holds control characters."), remedy=_("Type an answer, or choose Can't do this.")
    )
