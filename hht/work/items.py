"""What a step asks, item by item, and whether an answer is good: rules over data, with no engine in them."""

from __future__ import annotations

import enum
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

from hht.i18n import _
from hht.work.limits import Limit, limits
from hht.work.view import NO_PHOTO, NOT_MEASURED, Outcome, Question, QuestionKind

Answers = Mapping[str, str]  # question id ("step/item") -> answer, over the whole visit
When = Mapping[str, tuple[str, ...]]  # condition -> the values of which one must hold


class Ends(enum.StrEnum):
    """What is over once a step was left or stopped."""

    NOTHING = ""
    SECTION = "section"
    VISIT = "visit"


@dataclass(frozen=True, slots=True)
class StopSpec:
    """A hard stop: what to do now, and what the visit comes to. Nothing but that leads on from it."""

    code: str
    title: str
    text: str
    outcome: Outcome
    ends: Ends
    lock: bool = False  # a named person who is not the engineer has to clear it first
    notice: bool = True  # the number of the notice that was left at the premises is asked for


@dataclass(frozen=True, slots=True)
class Choice:
    """An answer of a CHOICE or a line of a CHECKLIST."""

    code: str
    text: str


@dataclass(frozen=True, slots=True)
class ItemSpec:
    """One thing asked by a step. With `stop` it is a safety item: an answer that is not good stops there."""

    id: str
    kind: QuestionKind
    prompt: str
    choices: tuple[Choice, ...] = ()
    good: tuple[str, ...] = ()  # codes that are good; () any
    limit: str = ""  # name in the table of limits
    limit_by: str = ""  # or: id of the question whose answer says which of `limit_of` holds
    limit_of: Mapping[str, str] | None = None
    instrument: str = ""  # id of the step/item that holds its serial number; "-until" beside it its calibration
    not_past: bool = False  # a DATE of today or later
    sealed: bool = False  # a code that stays sealed: in no customer's sheet
    neighbours: bool = False  # of somebody who is no party to the visit: sealed, and erased first
    seal: bool = False  # a SERIAL of a seal, or a TEXT of those taken off: no new one has the number of another
    tag: bool = False  # a SERIAL of a return tag: no other tag has it, and no seal
    optional: bool = False  # NOT_MEASURED is as good as any
    old: str = ""  # a SERIAL or READING: that of the meter which comes off, by its fuel; the job may know it
    unit: str = ""  # of a READING
    several: bool = False  # a READING of more than one register
    wallet: str = ""  # what the wallet calls it: a kind, or KIND-until for the last day of what was answered before
    at_best: Mapping[str, Outcome] = field(default_factory=dict)  # code -> the outcome that the visit then has at best
    when: When | None = None
    stop: StopSpec | None = None
    offered: Mapping[str, When] = field(default_factory=dict)  # code -> what was found on site, for it to be a choice

    def limit_for(self, answers: Answers) -> Limit | None:
        """The limit of a MEASURE; None where what decides about it was not answered."""
        name = (self.limit_of or {}).get(answers.get(self.limit_by, ""), "") if self.limit_by else self.limit
        return limits().get(name)

    def question(
        self,
        step: str,
        answers: Answers,
        *,
        again: bool = False,
        filled: str = "",
        known: bool = False,
        suggestion: str = "",
    ) -> Question:
        """As a person is asked it; `filled`, or else `suggestion`, stands in the field already."""
        limit = self.limit_for(answers) if self.kind is QuestionKind.MEASURE else None
        return Question(
            f"{step}/{self.id}",
            self.kind,
            self.prompt,
            choices=tuple(choice.code for choice in self.choices),
            labels=tuple(choice.text for choice in self.choices),
            unit=limit.unit if limit else self.unit,
            several=self.several,
            optional=self.optional,
            limits=limit.words if limit else "",
            plausible=(str(limit.plausible[0]), str(limit.plausible[1])) if limit else None,
            safety=self.stop is not None,
            again=again,
            filled=filled,
            known=known,
            suggestion=suggestion,
        )

    def shown(self, value: str, answers: Answers) -> str:
        """An answer as people read it; nothing of a sealed one."""
        if self.sealed:
            return _("recorded, sealed")
        texts = {choice.code: choice.text for choice in self.choices}
        if value == NOT_MEASURED and value not in texts:
            return _("not measured") if self.kind is QuestionKind.MEASURE else _("none")
        match self.kind:
            case QuestionKind.CONFIRM:
                return _("yes") if value == "yes" else _("no")
            case QuestionKind.CHOICE:
                return texts.get(value, value)
            case QuestionKind.CHECKLIST:
                ticked = [code for code in value.split(",") if code]
                done = _("{done} of {total}").format(done=len(ticked), total=len(self.choices))
                missing = ", ".join(text for code, text in texts.items() if code not in ticked)
                return _("{done}; not: {missing}").format(done=done, missing=missing) if missing else done
            case QuestionKind.INSTALL_CODE:
                return _("given on, and kept nowhere else")
            case QuestionKind.MEASURE:
                limit = self.limit_for(answers)
                return f"{value} {limit.unit}" if limit else value
            case QuestionKind.PHOTO if value.startswith(NO_PHOTO):
                return _("no photo, because {why}").format(why=value.removeprefix(NO_PHOTO).strip())
            case QuestionKind.PHOTO:
                return _("bound, SHA-256 {sha256}").format(sha256=value)
            case QuestionKind.READING:
                return f"{value.replace(',', ', ')} {self.unit}".rstrip()
            case _:
                return value


@dataclass(frozen=True, slots=True)
class Finding:
    """What is wrong with an answer: `code` is stable, `words` for people."""

    code: str
    words: str


def fault(item: ItemSpec, value: str, answers: Answers, today: date) -> Finding | None:
    """What is wrong with an answer that was acceptable as such; None where it is good."""
    match item.kind:
        case QuestionKind.CONFIRM:
            return _wanted(item, value, item.good or ("yes",) if item.stop or item.good else ())
        case QuestionKind.CHOICE:
            return _wanted(item, value, item.good)
        case QuestionKind.CHECKLIST:
            return _unticked(item, value)
        case QuestionKind.MEASURE:
            return _measured(item, value, answers, today)
        case QuestionKind.DATE if item.not_past and date.fromisoformat(value) < today:
            return Finding("past", _("{prompt}: {value} is over.").format(prompt=item.prompt, value=value))
        case _ if value == NOT_MEASURED and not item.optional:
            return Finding("missing", _("{prompt}: there is none.").format(prompt=item.prompt))
        case _:
            return None


def _wanted(item: ItemSpec, value: str, good: tuple[str, ...]) -> Finding | None:
    if not good or value in good:
        return None
    words = {choice.code: choice.text for choice in item.choices} | {"no": _("No"), "yes": _("Yes")}
    shown = words.get(value, value)
    said = _("{prompt} {answer}.") if item.prompt.endswith("?") else _("{prompt}: {answer}.")
    return Finding("bad-answer", said.format(prompt=item.prompt, answer=shown))


def _unticked(item: ItemSpec, value: str) -> Finding | None:
    ticked = value.split(",")
    missing = [choice.text for choice in item.choices if choice.code not in ticked]
    if not missing or item.optional:
        return None
    return Finding("not-ticked", _("Not so: {items}.").format(items="; ".join(missing)))


def _measured(item: ItemSpec, value: str, answers: Answers, today: date) -> Finding | None:
    limit = item.limit_for(answers)
    if limit is None:
        words = _("{prompt}: there is no limit to hold it against.").format(prompt=item.prompt)
        return Finding("no-limit", words)
    if value == NOT_MEASURED:
        if item.optional:
            return None
        return Finding("missing", _("{prompt}: not measured.").format(prompt=item.prompt))
    if item.instrument and (why := _instrument_fault(item, answers, today)):
        return why
    if limit.holds(Decimal(value)):
        return None
    words = _("{prompt}: {value} {unit}, must be {limit}.")
    return Finding("out-of-limits", words.format(prompt=item.prompt, value=value, unit=limit.unit, limit=limit.words))


def _instrument_fault(item: ItemSpec, answers: Answers, today: date) -> Finding | None:
    serial, until = answers.get(item.instrument, ""), answers.get(f"{item.instrument}-until", "")
    if not serial or not until:
        return Finding("no-instrument", _("{prompt}: the instrument is not on record.").format(prompt=item.prompt))
    if date.fromisoformat(until) < today:
        words = _("{prompt}: the calibration of {serial} ended {until}.")
        return Finding("calibration", words.format(prompt=item.prompt, serial=serial, until=until))
    return None
