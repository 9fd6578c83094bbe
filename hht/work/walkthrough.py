"""Walkthroughs as data: ``resources/walkthroughs/NAME.toml``, validated when loaded.

A step names its action (`hht.work.actions`), its deadline, the steps it needs, whose authority a write uses, and the
coded reasons for leaving it, each with the outcome it leads to.
"""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass
from typing import Any

from hht.errors import HhtError
from hht.i18n import _
from hht.resources import resource_path
from hht.work.actions import ACTIONS, Action
from hht.work.view import LeaveReason, Outcome, QuestionKind

FORMAT = "hht-walkthrough/1"
_NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,59}")
_STEP_KEYS = {
    "id": str,
    "title": str,
    "explanation": str,
    "action": str,
    "deadline_s": int,
    "authority": str,
    "needs": list,
    "confirm": bool,
    "leave": list,
    "question": dict,
}
_OPTIONAL = {"authority", "needs", "confirm", "question"}


class WalkthroughError(HhtError):
    """A walkthrough that is missing or cannot be used; `details["problems"]` lists everything wrong."""

    default_code = "walkthrough"


@dataclass(frozen=True, slots=True)
class LeaveSpec:
    """A coded reason and the outcome that the visit can then have at best. `ends`: the visit ends here."""

    code: str
    text: str
    outcome: Outcome
    ends: bool = False

    @property
    def reason(self) -> LeaveReason:
        """As a screen shows it."""
        return LeaveReason(self.code, self.text)


@dataclass(frozen=True, slots=True)
class QuestionSpec:
    """The question a step asks. Its id in an answers file is the step's id."""

    kind: QuestionKind
    prompt: str
    choices: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class StepSpec:
    """One step as the walkthrough describes it. `deadline_s` stands still while a person is asked."""

    id: str
    title: str
    explanation: str
    action: Action
    deadline_s: int
    authority: str
    needs: tuple[str, ...]
    confirm: bool  # in the window, wait for Continue before it begins
    leave: tuple[LeaveSpec, ...]
    question: QuestionSpec | None

    def leave_spec(self, code: str) -> LeaveSpec | None:
        """The reason with this code."""
        return next((spec for spec in self.leave if spec.code == code), None)


@dataclass(frozen=True, slots=True)
class Walkthrough:
    """The steps of a kind of visit, in order."""

    name: str
    version: int
    title: str
    steps: tuple[StepSpec, ...]

    def step(self, step_id: str) -> StepSpec:
        """The step with this id; KeyError if there is none."""
        for step in self.steps:
            if step.id == step_id:
                return step
        raise KeyError(step_id)


def walkthrough_names() -> list[str]:
    """The walkthroughs that come with the program."""
    return sorted(path.stem for path in resource_path("walkthroughs").glob("*.toml"))


def load_walkthrough(name: str) -> Walkthrough:
    """The walkthrough `name`. Raises WalkthroughError where there is none or it is wrong."""
    if not _NAME.fullmatch(name) or name not in walkthrough_names():
        raise WalkthroughError(
            _("This terminal has no walkthrough “{name}”.").format(name=name),
            remedy=_("It has: {names}. Update the terminal or ask the desk.").format(
                names=", ".join(walkthrough_names())
            ),
            code="walkthrough-unknown",
        )
    return parse_walkthrough(resource_path("walkthroughs", f"{name}.toml").read_text(encoding="utf-8"), name)


def parse_walkthrough(text: str, name: str) -> Walkthrough:
    """The walkthrough in `text` (TOML). Raises WalkthroughError with everything that is wrong."""
    try:
        plain = tomllib.loads(text)
    except (ValueError, RecursionError) as error:
        raise _error(name, [str(error)]) from error
    problems = _check(plain, name)
    if problems:
        raise _error(name, problems)
    reasons = {code: _leave_spec(code, reason) for code, reason in plain["leave_reasons"].items()}
    steps = tuple(_step(step, reasons) for step in plain["steps"])
    problems = _check_order(steps)
    if problems:
        raise _error(name, problems)
    return Walkthrough(name, plain["version"], _(plain["title"]), steps)


def _error(name: str, problems: list[str]) -> WalkthroughError:
    head = _("The walkthrough “{name}” is wrong:").format(name=name)
    remedy = _("This is a fault of the installation: install the terminal again.")
    return WalkthroughError("\n".join([head, *problems]), remedy=remedy, problems=problems)


def _check(plain: dict[str, Any], name: str) -> list[str]:
    problems = []
    expected: dict[str, type] = {
        "format": str,
        "name": str,
        "version": int,
        "title": str,
        "leave_reasons": dict,
        "steps": list,
    }
    problems += _keys("", plain, expected, set())
    if problems:
        return problems
    if plain["format"] != FORMAT:
        problems.append(f"format: {FORMAT} expected")
    if plain["name"] != name:
        problems.append(f"name: {name} expected")
    for code, reason in plain["leave_reasons"].items():
        problems += _check_reason(code, reason)
    for index, step in enumerate(plain["steps"]):
        problems += _check_step(f"steps[{index}]", step, set(plain["leave_reasons"]))
    return problems


def _keys(where: str, table: Any, expected: dict[str, type], optional: set[str]) -> list[str]:
    """What is missing, unknown or of the wrong type in `table`."""
    if not isinstance(table, dict):
        return [f"{where}: a table expected"]
    dot = f"{where}." if where else ""
    problems = [f"{dot}{key}: missing" for key in expected if key not in table and key not in optional]
    problems += [f"{dot}{key}: unknown" for key in table if key not in expected]
    return problems + [
        f"{dot}{key}: {kind.__name__} expected"
        for key, kind in expected.items()
        if key in table and type(table[key]) is not kind
    ]


def _texts(where: str, table: dict[str, Any], *keys: str) -> list[str]:
    """Which of these lists hold something else than texts."""
    lists = {key: table[key] for key in keys if isinstance(table.get(key), list)}
    return [f"{where}.{key}: texts expected" for key, items in lists.items() if not all(type(i) is str for i in items)]


def _check_reason(code: str, reason: Any) -> list[str]:
    where = f"leave_reasons.{code}"
    problems = _keys(where, reason, {"text": str, "outcome": str, "ends": bool}, {"ends"})
    if not problems and reason["outcome"] not in list(Outcome):
        problems.append(f"{where}.outcome: one of {', '.join(Outcome)} expected")
    return problems


def _check_step(where: str, step: Any, reasons: set[str]) -> list[str]:
    problems = _keys(where, step, _STEP_KEYS, _OPTIONAL) or _texts(where, step, "leave", "needs")
    if problems:
        return problems
    where = f"{where} ({step['id']})"
    if not _NAME.fullmatch(step["id"]):
        problems.append(f"{where}: id must be lower-case letters, digits and -")
    if step["action"] not in ACTIONS:
        problems.append(f"{where}.action: “{step['action']}” is not known")
    if step["deadline_s"] < 1:
        problems.append(f"{where}.deadline_s: at least 1 s expected")
    if not step["leave"] or not set(step["leave"]) <= reasons:
        problems.append(f"{where}.leave: at least one of leave_reasons expected, and no other")
    question = step.get("question")
    if question is not None:
        problems += _keys(f"{where}.question", question, {"kind": str, "prompt": str, "choices": list}, {"choices"})
        problems += _texts(f"{where}.question", question, "choices")
        if question.get("kind") not in list(QuestionKind):
            problems.append(f"{where}.question.kind: one of {', '.join(QuestionKind)} expected")
    return problems


def _leave_spec(code: str, reason: dict[str, Any]) -> LeaveSpec:
    return LeaveSpec(code, _(reason["text"]), Outcome(reason["outcome"]), reason.get("ends", False))


def _step(step: dict[str, Any], reasons: dict[str, LeaveSpec]) -> StepSpec:
    question = step.get("question")
    return StepSpec(
        id=step["id"],
        title=_(step["title"]),
        explanation=_(step["explanation"]),
        action=ACTIONS[step["action"]],
        deadline_s=step["deadline_s"],
        authority=_(step["authority"]) if step.get("authority") else "",
        needs=tuple(step.get("needs", ())),
        confirm=step.get("confirm", False),
        leave=tuple(reasons[code] for code in step["leave"]),
        question=_question(question) if question else None,
    )


def _question(plain: dict[str, Any]) -> QuestionSpec:
    return QuestionSpec(QuestionKind(plain["kind"]), _(plain["prompt"]), tuple(_(c) for c in plain.get("choices", ())))


def _check_order(steps: tuple[StepSpec, ...]) -> list[str]:
    """Each id once; needs name earlier steps; nothing writes without authority and before the meter is identified."""
    problems: list[str] = []
    needs: dict[str, set[str]] = {}
    identifies: set[str] = set()
    for step in steps:
        if step.id in needs:
            problems.append(f"{step.id}: the id stands twice")
        problems += [f"{step.id}.needs: {name} is no earlier step" for name in step.needs if name not in needs]
        needs[step.id] = set(step.needs).union(*(needs.get(name, set()) for name in step.needs))
        if step.action.identifies:
            identifies.add(step.id)
        if step.action.writes and not step.authority:
            problems.append(f"{step.id}.authority: a step that writes must name whose authority it uses")
        if step.action.writes and not needs[step.id] & identifies:
            problems.append(f"{step.id}.needs: a step that writes must need the step that identifies the meter")
    return problems
