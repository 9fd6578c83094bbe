"""The answers file of a visit on the command line, and the person at the keyboard where it has no answer."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterable
from difflib import get_close_matches
from typing import TYPE_CHECKING, Any

from hht.errors import HhtError
from hht.i18n import _
from hht.work.view import SURE, Question, QuestionKind
from ui.cli.common import Output, UsageProblem
from ui.cli.typed import TypedLines
from ui.short_file import read_short_text, why
from ui.training_hands import BESIDE, HANDS, TrainingHands

if TYPE_CHECKING:
    from hht.work.walkthrough import Walkthrough


def read_answers(name: str | None) -> dict[str, str]:
    """Answers for the questions a walkthrough asks: JSON, step id -> text. Raises UsageProblem."""
    if name is None:
        return {}
    remedy = _('Write JSON: {"scan-meter": "00-DB-…", "hand-over": "yes"}.')
    try:
        answers = json.loads(read_short_text(name))
    except (OSError, ValueError, RecursionError) as error:
        cause = why(error) if isinstance(error, OSError | UnicodeDecodeError) else _("it is not JSON ({error})")
        raise UsageProblem(
            _("The answers file {name} cannot be used: {why}.").format(name=name, why=cause.format(error=error)),
            remedy=remedy,
            code="answers-file",
        ) from error
    if not isinstance(answers, dict) or not all(isinstance(v, str) for v in answers.values()):
        raise UsageProblem(
            _("The answers file {name} is not a JSON object of texts.").format(name=name),
            remedy=remedy,
            code="answers-file",
        )
    return answers


def warn_of_answers_to_nothing(answers: Iterable[str], walkthrough: Walkthrough, output: Output) -> None:
    """Say which answers no step will ask for: a mistyped name would otherwise be found out on site."""
    asked = walkthrough.asked
    for name in answers:
        plain = name.removeprefix(HANDS).removeprefix(BESIDE).removesuffix(SURE)
        if plain in asked:
            continue
        near = ", ".join(get_close_matches(plain, asked)) or ", ".join(step.id for step in walkthrough.steps)
        output.warn(_("this visit never asks for “{name}”; near it are: {near}").format(name=name, near=near))


LEAVE = "leave:"  # an answer that begins so leaves the step for the reason that follows


def leaves_of(answers: dict[str, str]) -> dict[str, str]:
    """The steps that the answers leave on purpose: step id -> reason code."""
    return {name: value.removeprefix(LEAVE) for name, value in answers.items() if value.startswith(LEAVE)}


def known_leaves(answers: dict[str, str], walkthrough: Walkthrough) -> dict[str, str]:
    """Those steps, each for a reason that it offers. Raises UsageProblem ``leave-code``.

    To go on with a step that somebody said to leave, perhaps as unsafe, would be the opposite of what was said.
    """
    leaves = leaves_of(answers)
    for step in walkthrough.steps:
        if step.id in leaves and step.leave_spec(leaves[step.id]) is None:
            offered = ", ".join(reason.code for reason in step.leave) or _("none")
            raise UsageProblem(
                _("“{step}” cannot be left for “{code}”.").format(step=step.id, code=leaves[step.id]),
                remedy=_("Its reasons are: {codes}.").format(codes=offered),
                code="leave-code",
            )
    return leaves


def asker(
    answers: dict[str, str],
    output: Output,
    hands: TrainingHands | None = None,
    photo: Callable[[str, str], str] | None = None,
) -> Callable[[Question, HhtError | None], Any]:
    """Answers from the file; else a person at a terminal; else none, and the step fails saying so. `hands` do what the
    file says before each; `photo` keeps the picture in the file that answers a step, and gives what stands for it."""
    lines = TypedLines()

    async def ask(question: Question, error: HhtError | None) -> str | None:
        told = await said(question, error)
        if told is None or photo is None or question.kind is not QuestionKind.PHOTO:
            return told
        return photo(question.id.partition("/")[0], told)

    async def said(question: Question, error: HhtError | None) -> str | None:
        if hands is not None and error is None and f"{HANDS}{question.id}" in answers:
            hands.do(answers[f"{HANDS}{question.id}"])
        if question.id in answers and error is None:
            return answers[question.id]
        if question.id.endswith(SURE) and question.id.removesuffix(SURE) in answers:
            return "yes"  # the file means what it says
        if question.id not in answers and not sys.stdin.isatty() and error is None:
            return question.filled or None
        if question.id in answers or not sys.stdin.isatty():
            return None
        offered = question.filled or question.suggestion
        hint = f" [{offered}]" if offered else ""
        words = question.labels or question.choices
        pairs = zip(question.choices, words, strict=True)
        shown = "".join(f"\n  {code}" + (f"  {word}" if word != code else "") for code, word in pairs)
        limits = f" {question.unit}, {question.limits}" if question.limits else ""
        choices = f"{limits}{shown}"
        if error is not None:
            output.complain(error)
        output.say(f"{question.prompt}{choices}{hint}: ", end="")  # standard output is for the result
        answer = await lines.next()
        return None if answer is None else answer or question.filled

    return ask
