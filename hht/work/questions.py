"""A person's answers: checked before they count, never silently corrected."""

from __future__ import annotations

from hht.errors import HhtError
from hht.i18n import _
from hht.identifiers import DeviceId, Mpan
from hht.work.view import Question, QuestionKind

MAX_ANSWER = 500  # characters
MAX_OFFSET_LIMIT_S = 1799  # factbook 2.4


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
        case QuestionKind.TEXT:
            return _some(text)


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


def _some(text: str) -> str:
    if text and text.isprintable():
        return text
    raise AnswerError(
        _("The answer is empty or holds control characters."), remedy=_("Type an answer, or choose Can't do this.")
    )
