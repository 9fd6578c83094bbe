"""How much work an electricity-only visit is with the hands: each tap and each key, counted as the window gets them.

What counts, and why:

- a *tap* is one press on a button, a tick or a choice; a *keystroke* is one key, Enter too. Both are counted by a
  filter on the application, as they arrive: not as the test means them.
- a *scan* is one pull of the trigger. The keys that a wedge scanner then types are its own, and nobody's work; scans
  are told apart.
- a *safety entry* (a question marked so: what is measured, seen or proved where somebody could be hurt) is counted
  apart. It is to be made with care, and nothing may shorten it: no default, no "All of these".

From the job opened (that tap counts) to the visit's outcome. The wallet is filled, as it is in a van.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import QEvent, QObject, Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractButton, QApplication
from pytestqt.qtbot import QtBot

from hht.resources import resource_path, resource_text
from hht.work.job import parse_job
from hht.work.timer_rules import TimerKind
from hht.work.view import Outcome, Question, QuestionKind, StepState, StepView
from tests.support.command import here
from tests.window.test_install_flow import Engineer
from tests.work.flow_model import good
from ui.window.photo_sheet import PhotoSheet
from ui.window.question_model import SCANNED, TYPED

SAMPLE = resource_path("samples", "label.png")
MOST = 40  # taps and keystrokes beyond the safety entries: fewer than that
WALLET = (
    ("registration", "MOC-77", "--for", "electricity", "--until", "2027-03-31"),
    ("instrument", "AVI-1", "--kind", "voltage", "--until", "2027-03-31"),
    ("instrument", "LOOP-1", "--kind", "loop", "--until", "2027-03-31"),
)
_MODIFIERS = (Qt.Key.Key_Shift, Qt.Key.Key_Control, Qt.Key.Key_Alt)


class Counter(QObject):
    """Counts what the window receives, into what is being done now."""

    def __init__(self) -> None:
        super().__init__()
        self.doing = "work"
        self.taps: dict[str, int] = {}
        self.keys: dict[str, int] = {}
        self.scans = 0
        self.by_step: dict[str, int] = {}
        self.step = ""

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # noqa: N802  (Qt's name)
        if event.type() == QEvent.Type.MouseButtonPress and isinstance(watched, QAbstractButton):
            self._count(self.taps)
        here = watched is QApplication.focusWidget()  # a key climbs from there to the parents, and passes again
        pressed = isinstance(event, QKeyEvent) and event.type() == QEvent.Type.KeyPress
        if here and pressed and event.key() not in _MODIFIERS:  # type: ignore[attr-defined]
            self._count(self.keys)
        return False

    def _count(self, kind: dict[str, int]) -> None:
        kind[self.doing] = kind.get(self.doing, 0) + 1
        if self.doing == "work":
            self.by_step[self.step] = self.by_step.get(self.step, 0) + 1


class CountedEngineer(Engineer):
    """Answers with real taps and real keys, and scans whatever has a bar code."""

    counter: Counter

    def give(self, question: Question, value: str) -> None:
        box = self.shell._visit_page().card.question
        self.until(lambda: box.question == question, f"the question {question.id}")
        self.counter.doing = "safety" if question.safety else "work"
        if question.filled or (question.suggestion and question.kind not in SCANNED):
            self.on()  # it stands there already, and it is so
        elif question.kind in SCANNED or question.id == "seals/off":  # a seal has its number as a bar code
            self._scan(value)
        elif question.kind is QuestionKind.PHOTO:
            self._photograph()
        elif question.kind is QuestionKind.CONFIRM:
            self.press("Yes" if value == "yes" else "No")
        elif question.kind is QuestionKind.CHECKLIST and not question.safety:
            self.press("All of these")
        elif question.kind in TYPED:
            QTest.keyClicks(QApplication.focusWidget(), value)
            QTest.keyClick(QApplication.focusWidget(), Qt.Key.Key_Return)
        else:
            self._choose(value.split(","))
            if question.safety:
                self.on()
        self.counter.doing = "work"

    def _photograph(self) -> None:
        """The picture is chosen in the system's own dialogue (in its place here), looked at, and kept."""
        page = self.shell._visit_page()
        page.notes._page.host.pick_file = lambda _title, _kinds, taken: taken(str(SAMPLE))
        self.press("Add the photo…")
        self.until(lambda: isinstance(self.shell.sheet(), PhotoSheet), "the photo's sheet")
        sheet = self.shell.sheet()
        assert isinstance(sheet, PhotoSheet)
        self.until(lambda: sheet.keep.isEnabled(), "the picture")
        self.press("Keep the photo")

    def on(self) -> None:
        """Press what leads on."""
        self.press(self.shell._visit_page().proceed.accessibleName())

    def _choose(self, values: list[str]) -> None:
        choices = self.shell._visit_page().card.question._choices
        assert choices is not None
        for button in choices.buttons():
            if button.property("value") in values:
                QTest.mouseClick(button, Qt.MouseButton.LeftButton)

    def _scan(self, value: str) -> None:
        self.counter.doing, self.counter.scans = "scanner", self.counter.scans + 1
        QTest.keyClicks(QApplication.focusWidget(), value)
        QTest.keyClick(QApplication.focusWidget(), Qt.Key.Key_Return)

    def play(self, stop_before: str = "", **answers: str) -> None:
        """As `Engineer.play`, all well, one tap at a time."""
        while (view := self.view) is not None and view.outcome is None:
            step = view.step(view.current)
            self.counter.step = step.id
            assert step.state not in (StepState.FAILED, StepState.UNKNOWN), f"{step.id}: {step.message}"
            if step.state is StepState.ASKING and step.question is not None:
                self.give(step.question, good(step.question, self.of))
            elif step.state is StepState.READY or (self.flow.step(step.id).pause and step is not view.steps[-1]):
                self.on()
            self.until(lambda before=step: self._turned(before), f"what follows {step.id}")  # type: ignore[misc]
            self.until(self.settled, f"the end of {step.id}", 90)

    def _turned(self, before: StepView) -> bool:
        """Whether it is another step's turn, or something else is asked: more facts to look at are no turn."""
        view = self.view
        if view is None or view.current != before.id:
            return True
        now = view.step(view.current)
        return (now.state, now.question) != (before.state, before.question)


def ready_in(folder: Path) -> CountedEngineer:
    """The window on a store with a filled wallet and the sample job; nothing is counted yet."""
    plain = json.loads(resource_text("jobs", "install-electricity.json"))
    text = json.dumps({**plain, "link": "emulated:single-element?days=1"})
    (folder / "job.json").write_text(text)
    where = ("--training", "--data-dir", str(folder))
    for words in WALLET:
        done = here("wallet", "add", *words, *where)
        assert done.status == 0, done.lines
    assert here("visit", "new", str(folder / "job.json"), *where).status == 0
    made = CountedEngineer(folder, parse_job(text, "job.json"))
    made.counter = Counter()
    return made


@pytest.fixture
def engineer(qtbot: QtBot, tmp_path: Path) -> Iterator[CountedEngineer]:
    made = ready_in(tmp_path)
    app = QApplication.instance()
    assert app is not None
    app.installEventFilter(made.counter)
    yield made
    app.removeEventFilter(made.counter)
    made.close()


@pytest.mark.timeout(240)
def test_an_electricity_only_visit_takes_fewer_than_forty_taps_and_keys(engineer: CountedEngineer) -> None:
    engineer.counter.step = "open-job"
    engineer.open_job()
    engineer.until(engineer.settled, "the first step")
    engineer.play()
    assert engineer.view is not None
    assert engineer.view.outcome is Outcome.COMPLETE
    assert engineer.shell.timeline.error is None, "what expires next was told all the while"
    kinds = {one.kind for one in engineer.shell.timeline.timers}
    assert {TimerKind.REGISTRATION, TimerKind.INSTRUMENT} <= kinds
    taps, keys = engineer.counter.taps, engineer.counter.keys
    print(f"\nwork: {taps['work']} taps, {keys.get('work', 0)} keystrokes; {engineer.counter.scans} scans")
    print(f"safety entries: {taps['safety']} taps, {keys['safety']} keystrokes")
    print({step: count for step, count in engineer.counter.by_step.items() if count})
    assert taps["safety"] > 20, "the safety entries are made one by one"
    assert engineer.counter.scans == 6, "old meter, new meter, three seals, return tag"
    assert taps["work"] + keys.get("work", 0) < MOST, engineer.counter.by_step
