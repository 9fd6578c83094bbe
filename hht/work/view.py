"""What window and command line see of a visit: frozen facts, never the engine's own objects.

The engine (`hht.work.visit.Visit`) emits a `VisitView` after each change; it also journals the outcome *before* it
emits it (architecture rule 4), so whatever a screen shows is on disk already.
"""

from __future__ import annotations

import enum
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any


class StepState(enum.StrEnum):
    """Where a step is. `UNKNOWN`: a write left this terminal and no answer came; a read settles it, never a retry."""

    WAITING = "waiting"  # not its turn yet
    READY = "ready"  # its turn; waits for Continue (window only, the command line goes on by itself)
    STARTED = "started"
    ASKING = "asking"  # waits for a person's answer
    DONE = "done"
    FAILED = "failed"  # code, message, remedy say why; Try again or Can't do this
    LEFT = "left"  # left on purpose, with a coded reason
    UNKNOWN = "unknown"
    STOPPED = "stopped"  # a safety value failed or is missing: nothing but making safe leads on (`hht.work.stops`)
    SKIPPED = "skipped"  # what was found out on site makes it needless (`hht.work.conditions`)


class Outcome(enum.StrEnum):
    """How a visit ended (command line contract)."""

    COMPLETE = "complete"
    INSTALL_AND_LEAVE = "install-and-leave"
    MADE_SAFE = "made-safe"
    ABANDONED = "abandoned"


class QuestionKind(enum.StrEnum):
    """How an answer is entered and checked."""

    CONFIRM = "confirm"  # "yes" | "no"
    TEXT = "text"
    CHOICE = "choice"
    MPAN = "mpan"
    DEVICE_ID = "device-id"
    SECONDS = "seconds"
    MPRN = "mprn"
    CHECKLIST = "checklist"  # the codes that are true, with commas between them
    MEASURE = "measure"  # a number in `unit`, or NOT_MEASURED
    DATE = "date"  # 2026-03-02
    SERIAL = "serial"  # a serial number, as scanned
    PHOTO = "photo"  # SHA-256 of one that is bound to the step; NO_PHOTO and why; NOT_MEASURED where it is optional
    INSTALL_CODE = "install-code"  # of a device's label, or NOT_MEASURED; it is given on, and stays in no journal
    UTRN = "utrn"  # a top-up token, or NOT_MEASURED; it is checked, and stays in no journal
    COUNTER = "counter"  # a whole number of at most 64 bits, or NOT_MEASURED
    LABEL = "label"  # of an auxiliary switch: at most 22 printable ASCII characters
    READING = "reading"  # of a register or an index: digits, with a point where the meter shows one
    SIGNATURE = "signature"  # who signed, or what the signature is called


NOT_MEASURED = "none"  # the answer that there is no value or no photo
NO_PHOTO = "none:"  # before the reason why there is no photo
GIVEN = "given"  # stands in the journal for an answer that is a secret
SURE = "?"  # behind a question's id: whether an answer that is not good is meant


class Tone(enum.StrEnum):
    """How a fact is shown: always with a glyph and a word, never colour alone."""

    PLAIN = "plain"
    GOOD = "good"
    WARN = "warn"
    BAD = "bad"


@dataclass(frozen=True, slots=True)
class Question:
    """Something only a person at the meter can say. `id` is the key in an answers file."""

    id: str
    kind: QuestionKind
    prompt: str
    choices: tuple[str, ...] = ()
    suggestion: str = field(default="", repr=False)  # from the job; shown, never filled in where it is to be scanned
    labels: tuple[str, ...] = ()  # what people read in place of `choices`, which are codes then
    unit: str = ""  # of a MEASURE
    limits: str = ""  # of a MEASURE, in words: what it has to lie within
    plausible: tuple[str, str] | None = None  # lowest and highest MEASURE that can be one at all, as decimals
    safety: bool = False  # a bad answer stops the visit (or its section) for good
    optional: bool = False  # of a PHOTO: there may be none without a reason
    several: bool = False  # of a READING: one for each register, with commas between
    again: bool = False  # ask anew, whatever was answered before
    person: bool = False  # it names a person: the one who clears a lock
    numbered: bool = False  # of a SERIAL: the number of a paper; that there is none is no answer
    filled: str = field(default="", repr=False)  # from the wallet: stands in the field, to be looked at and changed
    known: bool = False  # ... of the very number that was just given: a screen takes it and does not ask

    @property
    def secret(self) -> bool:
        """Whether its answer stays in no journal: it is asked again after an interruption."""
        return self.kind in (QuestionKind.INSTALL_CODE, QuestionKind.UTRN)


@dataclass(frozen=True, slots=True)
class Fact:
    """One line of what was seen: "Meter clock", "3 s behind", GOOD. `until`: what it waits for comes by then; a screen
    counts down to it, and the journal does not keep it."""

    label: str
    value: str
    tone: Tone = Tone.PLAIN
    from_device: bool = False  # shown in a quoted box: text of a device is data
    until: datetime | None = None
    # What a picture is drawn of, as JSON; its kind stands under "kind"
    drawn: Mapping[str, Any] | None = field(default=None, repr=False, hash=False)


@dataclass(frozen=True, slots=True)
class LeaveReason:
    """A coded reason for "Can't do this..."."""

    code: str
    text: str


@dataclass(frozen=True, slots=True)
class StepView:
    """One step as it stands. Times are UTC; `deadline_s` counts from `started_at` and stands still while asking."""

    id: str
    title: str
    explanation: str
    state: StepState
    deadline_s: float
    authority: str = ""  # whose authority a write uses; "" for a step that writes nothing
    started_at: datetime | None = None
    finished_at: datetime | None = None
    facts: tuple[Fact, ...] = ()
    question: Question | None = None
    code: str = ""
    message: str = ""
    remedy: str = ""
    progress_done: int | None = None
    progress_total: int | None = None
    can_leave: bool = True
    leave_reasons: tuple[LeaveReason, ...] = ()
    deadline_at: datetime | None = None  # when the running step gives up; None while it does not run or is asking
    section: str = ""  # the title of the part of the visit that it belongs to
    onward: str = ""  # what Continue does, where that is worth saying; "" usually
    barred: bool = False  # ready, and it cannot be begun here: ask the desk, or leave it
    commanded: bool = False  # it has somebody else's command carried out: this terminal writes nothing of its own
    locked: bool = False  # stopped, and only a named person lets it go on
    supply: bool = False  # it switches a supply or a load, or has somebody do it


@dataclass(frozen=True, slots=True)
class VisitView:
    """A visit as it stands."""

    visit_id: str
    job_id: str
    reference: str  # the job's own reference, "J-1042"
    address: str
    training: bool
    walkthrough: str
    steps: tuple[StepView, ...]
    current: str  # id of the step whose turn it is; "" when the visit has ended
    link: str
    outcome: Outcome | None = None
    resumed: bool = False
    report: str = ""  # path of the report once written
    untouched: tuple[str, ...] = ()  # devices of the job that no step works on, in words
    notice: str = ""  # something beside the steps that a person must know (the report could not be written, ...)
    number: int = 1  # of the visits of its job, from 1
    noted: tuple[Fact, ...] = ()  # what was put on record beside the steps
    home_anew: bool = False  # its emulated home began anew since: it can be begun again

    def step(self, step_id: str) -> StepView:
        """The step with this id; KeyError if there is none."""
        for step in self.steps:
            if step.id == step_id:
                return step
        raise KeyError(step_id)
