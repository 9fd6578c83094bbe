"""What is known of a visit: a pure function of its journal. Live and resumed visits go through the same code."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from hht.i18n import _
from hht.work.competence import Competence
from hht.work.engineer import Engineer
from hht.work.items import Ends
from hht.work.journal import JournalEntry, JournalKind
from hht.work.noted import NoteKind, VisitNote, of_kind
from hht.work.runs import Run
from hht.work.view import Fact, Outcome, StepState, Tone
from hht.work.walkthrough import StepSpec, Walkthrough

ENDED = (StepState.DONE, StepState.LEFT, StepState.SKIPPED)
_NOT_BEGUN = (StepState.WAITING, StepState.READY, StepState.SKIPPED, StepState.LEFT)  # where no attempt was made
SEVERITY = (Outcome.COMPLETE, Outcome.INSTALL_AND_LEAVE, Outcome.MADE_SAFE, Outcome.ABANDONED)
INTERRUPTED = "interrupted"
NEEDS_NOT_MET = "needs-not-met"
VISIT_ENDED = "visit-ended"
BROKEN_OFF = "broken-off"
AT_BEST = "at_best"  # in a step's data: the outcome that the visit has at best, though the step is done
REMARK = "remark"  # beside it: why, in words
SECTION_ENDED = "section-ended"


@dataclass(slots=True)
class StepProgress:
    """One step as the journal tells it."""

    spec: StepSpec
    state: StepState = StepState.WAITING
    attempts: int = 0
    began_at: datetime | None = None  # its first attempt; `started_at` is that of the latest
    started_at: datetime | None = None
    finished_at: datetime | None = None
    facts: tuple[Fact, ...] = ()
    data: dict[str, Any] = field(default_factory=dict)
    code: str = ""
    message: str = ""
    remedy: str = ""
    note: str = ""
    answers: dict[str, str] = field(default_factory=dict)
    open_intents: dict[str, str] = field(default_factory=dict)  # item -> target: writes with no known outcome
    stop: str = ""  # code of the safety stop it stands at, or was made safe from
    locked: bool = False  # ... which a named person has to clear first
    cleared_by: str = ""
    notice: str = ""  # number of the notice that was left
    stopped_after: int = 0  # how many notes stood beside the steps when it was stopped
    done_in_run: int = 0  # the run (from 1) in which it was done

    @property
    def ended(self) -> bool:
        """Done, or left on purpose."""
        return self.state in ENDED

    @property
    def sealed(self) -> bool:
        """Whether what it ended with follows from what was answered under seal: its reason tells the answer."""
        return any(item.sealed and item.stop is not None and item.stop.code == self.code for item in self.spec.items)

    @property
    def begun(self) -> bool:
        """Whether an attempt of it was ever made: one that was left with its section or the visit had perhaps none."""
        return self.attempts > 0 or self.state not in _NOT_BEGUN


@dataclass(frozen=True, slots=True)
class WriteRecord:
    """A write whose outcome is known. `result`: written, written-earlier, held-already, or an error's code."""

    step: str
    at: datetime
    item: str
    before: str
    after: str
    result: str
    authority: str

    @property
    def by_this_visit(self) -> bool:
        """Whether this visit changed the meter here."""
        return self.result in ("written", "written-earlier")


class VisitProgress:
    """A visit as its journal tells it. `apply` entries in order; read the attributes."""

    def __init__(self, walkthrough: Walkthrough, entries: Iterable[JournalEntry] = ()) -> None:
        self.walkthrough = walkthrough
        self.steps = {spec.id: StepProgress(spec) for spec in walkthrough.steps}
        self.writes: list[WriteRecord] = []
        self.home_anew = False  # the emulated home that it was done at began anew since
        self.outcome: Outcome | None = None
        self.report = ""
        self.started_at: datetime | None = None
        self.ended_at: datetime | None = None
        self.last_at: datetime | None = None  # of the newest entry ...
        self.latest_at: datetime | None = None  # ... and the latest of all: they differ where the clock went back
        self.runs: list[Run] = []
        self._left_outcomes: list[Outcome] = []
        self._ends_early = False
        self._ended_sections: set[str] = set()
        self._stand_ins: dict[str, str] = {}  # a step that is gone -> the one that is stopped in its place
        self.notes: list[VisitNote] = []  # beside the steps
        self.answers: dict[str, str] = {}  # question id -> the answer that counts, over all steps
        for entry in entries:
            self.apply(entry)

    @property
    def resumed(self) -> bool:
        """Whether more than one run was needed."""
        return len(self.runs) > 1

    @property
    def link(self) -> str:
        """The link over which the meter last answered; "" where it never did."""
        return next((run.links[-1].link for run in reversed(self.runs) if run.links), "")

    @property
    def identity(self) -> Mapping[str, Any]:
        """What the identified meter said of itself (data of the step that identifies); empty before."""
        for step in self.steps.values():
            if step.spec.action.identifies and step.state is StepState.DONE:
                return step.data
        return {}

    @property
    def competences(self) -> tuple[Competence, ...] | None:
        """What the engineer may do, as the steps that are done have established it; None where none has."""
        done = [step.data for step in self.steps.values() if step.state is StepState.DONE]
        found = [data["competences"] for data in done if "competences" in data]
        return tuple(Competence.from_plain(one) for plain in found for one in plain) if found else None

    def current(self) -> StepProgress | None:
        """The first step that is neither done nor left; None when all have ended."""
        return next((step for step in self.steps.values() if not step.ended), None)

    def photos_of(self, step_id: str) -> frozenset[str]:
        """The SHA-256 of every photo that was bound to the step."""
        found = of_kind(self.notes, NoteKind.PHOTO)
        return frozenset(str(note.told["sha256"]) for note in found if note.step == step_id)

    def unmet_need(self, spec: StepSpec) -> StepSpec | None:
        """A step that `spec` needs and that was left."""
        for name in spec.needs:
            if self.steps[name].state is StepState.LEFT:
                return self.steps[name].spec
        return None

    def last_write(self, step: str, item: str) -> WriteRecord | None:
        """The latest known outcome of writing `item` in `step`."""
        return next((w for w in reversed(self.writes) if (w.step, w.item) == (step, item)), None)

    def fuels_off(self) -> dict[str, StepProgress]:
        """The fuels that a step of the visit has (or may have) switched off, and none has switched on again, or made
        safe with its notice; each with the step that switches it off."""
        off: dict[str, StepProgress] = {}
        for step in self.steps.values():
            if step.spec.isolates and step.begun:
                off[step.spec.isolates] = step
            if step.stop and step.state is StepState.LEFT:
                off.pop(step.spec.section.name, None)  # a fuel's section is called after it
            if step.spec.restores and step.state is StepState.DONE:
                off.pop(step.spec.restores, None)
        return off

    def may_have_changed(self, step_id: str) -> bool:
        """Whether something of the step left this terminal, whatever is known of what came of it."""
        step = self.steps.get(step_id)
        return step is not None and (bool(step.open_intents) or any(one.step == step_id for one in self.writes))

    def ended_section(self, spec: StepSpec) -> bool:
        """Whether the section of the step, or one that it follows, has ended before its end."""
        return bool(self._ended_sections & {spec.section.name, *spec.after})

    @property
    def ends_early(self) -> bool:
        """A reason was given that ends the visit."""
        return self._ends_early

    def best_outcome(self, *, untouched: bool) -> Outcome:
        """The outcome that the steps left so far still allow; never complete where a device is `untouched`."""
        best = Outcome.INSTALL_AND_LEAVE if untouched else Outcome.COMPLETE
        done = (step.data.get(AT_BEST) for step in self.steps.values() if step.state is StepState.DONE)
        return max([best, *self._left_outcomes, *(Outcome(one) for one in done if one)], key=SEVERITY.index)

    def apply(self, entry: JournalEntry) -> None:
        """Take one entry into account. Of steps that this walkthrough no longer has, nothing counts but that they were
        stopped: what is to be done next stands stopped in their place."""
        self.last_at, self.latest_at = entry.at, max(entry.at, self.latest_at or entry.at)
        self.started_at = self.started_at or entry.at
        if entry.kind is JournalKind.LINK:  # connections are evidence; they change no step's state
            self._connected(entry)
        elif entry.kind is JournalKind.NOTED:
            self.notes.append(VisitNote.of(entry))
        elif entry.step:
            step = self.steps.get(entry.step) or self._in_place_of(entry)
            if step is not None:
                self._apply_to(step, entry)
                self._noted(step.spec, entry.at)
        elif entry.kind is JournalKind.RESUMED:
            self._run(entry)
            self._take_up()
        elif entry.kind is JournalKind.ENDED:
            self.outcome = Outcome(entry.payload["outcome"])
            self.ended_at = entry.at
        elif entry.kind is JournalKind.REPORT:
            self.report = str(entry.payload["path"])

    def _run(self, entry: JournalEntry) -> None:
        """A process takes it up. An emulated home ends with the program that it lives in: what was done there before is
        gone where it lives another life now."""
        home = str(entry.payload.get("home", ""))
        self.home_anew = self.home_anew or self.elsewhere(home)
        self.runs.append(Run(entry.at, Engineer.from_plain(entry.payload.get("engineer")), home=home))

    def elsewhere(self, home: str) -> bool:
        """Whether what was done was done in another life of the emulated home than `home`."""
        before = next((run.home for run in reversed(self.runs) if run.home), "")
        been_there = bool(self.writes) or any(run.links for run in self.runs)
        return been_there and "" not in (home, before) and home != before

    def _in_place_of(self, entry: JournalEntry) -> StepProgress | None:
        """What stands for a step that is gone, once that was stopped."""
        if entry.kind is JournalKind.STOPPED and (current := self.current()) is not None:
            self._stand_ins[entry.step] = current.spec.id
        return self.steps.get(self._stand_ins.get(entry.step, ""))

    def _connected(self, entry: JournalEntry) -> None:
        if self.runs:
            link, proof = (str(entry.payload.get(name, "")) for name in ("link", "proof"))
            self.runs[-1] = self.runs[-1].connected(link, entry.at, proof)

    def _noted(self, spec: StepSpec, at: datetime) -> None:
        asks_only = spec.question is not None and not spec.action.writes
        if self.runs and not asks_only:
            self.runs[-1] = self.runs[-1].noted(at)

    def _apply_to(self, step: StepProgress, entry: JournalEntry) -> None:
        match entry.kind:
            case JournalKind.STARTED:
                _on_started(step, entry)
            case JournalKind.ANSWER:
                step.answers[entry.payload["question"]] = entry.payload["value"]
                self.answers[entry.payload["question"]] = entry.payload["value"]
            case JournalKind.INTENT:
                step.open_intents[entry.payload["item"]] = entry.payload["target"]
            case JournalKind.OUTCOME:
                self._on_outcome(step, entry)
            case JournalKind.DONE:
                _on_done(step, entry)
                step.done_in_run = len(self.runs)
            case JournalKind.FAILED:
                for question in _on_failed(step, entry):
                    self.answers.pop(question, None)
            case JournalKind.STOPPED:
                _on_stopped(step, entry)
                step.stopped_after = len(self.notes)
            case JournalKind.CLEARED:
                step.locked, step.cleared_by = False, str(entry.payload["person"])
            case JournalKind.SKIPPED:
                step.state, step.finished_at = StepState.SKIPPED, entry.at
                step.message = str(entry.payload["text"])
            case JournalKind.LEFT:
                self._on_left(step, entry)
            case _:
                pass

    def _take_up(self) -> None:
        """Another process goes on: what was running is interrupted, and unknown where a write had no outcome."""
        for step in self.steps.values():
            if step.state is not StepState.STARTED:
                continue
            if step.open_intents:
                step.state = StepState.UNKNOWN
                step.code = INTERRUPTED
                step.message = _("The program stopped while {items} was being written.").format(items=_items(step))
                step.remedy = _("Try again: the meter is read first, and written only if it needs it.")
            else:
                step.state = StepState.READY
                step.code = INTERRUPTED
                step.message = _("The program stopped during this step; nothing was being written.")
                step.remedy = _("Continue: the step begins again.")

    def _on_outcome(self, step: StepProgress, entry: JournalEntry) -> None:
        payload = entry.payload
        step.open_intents.pop(payload["item"], None)
        texts = [str(payload.get(name, "")) for name in ("item", "before", "after", "result", "authority")]
        self.writes.append(WriteRecord(step.spec.id, entry.at, *texts))

    def _on_left(self, step: StepProgress, entry: JournalEntry) -> None:
        payload = entry.payload
        step.state = StepState.LEFT
        step.finished_at = entry.at
        step.notice = str(payload.get("notice", ""))
        step.facts = (*step.facts, *_stop_facts(step))
        step.code, step.message, step.note = payload["code"], payload["text"], payload.get("note", "")
        step.remedy = ""
        if step.open_intents:
            text = _("not known whether it was written: {items}").format(items=_items(step))
            step.facts = (Fact(_("Outcome unknown"), text, Tone.BAD),)
        if payload.get("outcome"):
            self._left_outcomes.append(Outcome(payload["outcome"]))
        ends = payload.get("ends", False)
        if ends == Ends.SECTION:
            self._ended_sections.add(step.spec.section.name)
        else:
            self._ends_early = self._ends_early or bool(ends)


def _stop_facts(step: StepProgress) -> Iterator[Fact]:
    """What is on record of a stop that the step was made safe from."""
    if not step.stop:
        return
    yield Fact(_("Stopped by"), step.message, Tone.BAD)
    if step.cleared_by:
        yield Fact(_("Lock cleared by"), step.cleared_by)
    if step.notice:
        yield Fact(_("Notice"), step.notice)


def _on_started(step: StepProgress, entry: JournalEntry) -> None:
    step.state = StepState.STARTED
    step.attempts += 1
    step.began_at = step.began_at or entry.at
    step.started_at, step.finished_at = entry.at, None
    step.facts, step.data = (), {}
    step.code = step.message = step.remedy = ""


def _on_done(step: StepProgress, entry: JournalEntry) -> None:
    step.state = StepState.DONE
    step.finished_at = entry.at
    step.facts = facts_from_plain(entry.payload.get("facts", ()))
    step.data = entry.payload.get("data", {})


def _on_failed(step: StepProgress, entry: JournalEntry) -> list[str]:
    """The questions whose answers do not count any more."""
    step.state = StepState.UNKNOWN if step.open_intents else StepState.FAILED
    step.finished_at = entry.at
    step.code, step.message, step.remedy = (str(entry.payload.get(k, "")) for k in ("code", "message", "remedy"))
    void = list(step.answers)
    step.answers.clear()
    return void


def _on_stopped(step: StepProgress, entry: JournalEntry) -> None:
    payload = entry.payload
    step.state, step.finished_at = StepState.STOPPED, entry.at
    step.stop, step.locked = str(payload["stop"]), bool(payload["locked"])
    step.code, step.message, step.remedy = (str(payload[key]) for key in ("code", "message", "remedy"))


def _items(step: StepProgress) -> str:
    return ", ".join(step.open_intents)


def facts_to_plain(facts: Iterable[Fact]) -> list[dict[str, Any]]:
    """Facts as JSON."""
    return [
        {"label": f.label, "value": f.value, "tone": f.tone.value, "from_device": f.from_device}
        | ({"drawn": dict(f.drawn)} if f.drawn is not None else {})
        for f in facts
    ]


def facts_from_plain(plain: Iterable[Mapping[str, Any]]) -> tuple[Fact, ...]:
    """Facts from JSON."""
    return tuple(Fact(f["label"], f["value"], Tone(f["tone"]), f["from_device"], drawn=f.get("drawn")) for f in plain)
