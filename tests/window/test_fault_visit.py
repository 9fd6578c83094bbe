"""A fault visit from the job list to the evidence, in the real window, at an emulated home; and its verdict by keys."""

from __future__ import annotations

import json

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from hht.diagnosis.knowledge import knowledge
from hht.work.verdict_told import Stretch, verdict_of
from hht.work.view import Outcome, Question, StepState, VisitView
from tests.window.beginning import VisitBeginner, hurry
from tests.window.test_access_devices import AtDevices
from tests.window.test_install_dual_fuel import evidence_of, sample
from ui.window.trace_drawer import TraceDrawer
from ui.window.walkthrough_page import WalkthroughPage

FAULTY = "emulated:dual-fuel-connected?days=1&fault=old-suppliers-credentials@esme-1"
SAID = {
    "find-fault/symptom": "new-supplier",
    "find-fault/let-desk-act": "done",
    "find-fault/more": "stop",
    "fault-done/done": "given-on",
}


class AtFault(AtDevices):
    """An engineer who answers as far as eyes go, and notes what the window shows while looks run."""

    shown: list[tuple[str, ...]]
    opened: Stretch | None = None  # the place in the trace that was opened from the verdict
    by: dict[str, str]  # the panel's rows: by which test a domain stands as it does, or what is missing
    verdict = ""  # everything that the window said then

    def press(self, name: str) -> None:
        """Before the verdict is left, its frames are looked at."""
        view = self.view
        found = view is not None and view.current == "find-fault" and view.step("find-fault").state is StepState.DONE
        if name == "Continue" and found and self.opened is None:
            self.opened = open_the_frames(self)
            self.verdict = self.texts()
        super().press(name)

    def give(self, question: Question, value: str) -> None:
        if question.id.startswith("find-fault/"):
            value = SAID.get(question.id) or _usual(question)
        super(AtDevices, self).give(question, SAID.get(question.id, value))


def _usual(question: Question) -> str:
    """What is so in a home where nothing is to be seen; the fault here shows nowhere but at the desk."""
    name = question.id.partition("/")[2]
    reading = knowledge().readings.get(name)
    return reading.usual if reading is not None else "done"


@pytest.fixture
def at_fault(begin_visit: VisitBeginner, monkeypatch: pytest.MonkeyPatch) -> AtFault:
    hurry(monkeypatch)
    text = sample("fault-visit").replace(_link(sample("fault-visit")), FAULTY)
    shown: list[tuple[str, ...]] = []
    show_view = WalkthroughPage.show_view

    def noted(page: WalkthroughPage, view: VisitView) -> None:
        show_view(page, view)
        if view.current == "find-fault":
            shown.append(tuple(f"{fact.label}: {fact.value}" for fact in view.step("find-fault").facts))

    monkeypatch.setattr(WalkthroughPage, "show_view", noted)  # each one: who looks from time to time may miss some

    def nothing_seen(at: AtFault) -> None:
        at.shown = shown

    return begin_visit(AtFault, text, desk="desk:emulated", first=nothing_seen)


def _link(text: str) -> str:
    return str(json.loads(text)["link"])


def open_the_frames(at: AtFault) -> Stretch:
    """By keys: the domain that signing on excluded, what it rests on, and its place in the trace."""
    panel = at.shell._visit_page().card.verdict
    at.until(lambda: "still trusts the supplier before" in at.texts(), "the verdict")
    rows = [row[0] for row in panel.domains.items.rows]
    at.by = {row[0]: row[2] for row in panel.domains.items.rows}
    assert rows[0] == "Supplier's side", "what is proved comes first"
    panel.domains.setFocus()
    for _down in range(rows.index("Probe of the terminal")):
        QTest.keyClick(panel.domains, Qt.Key.Key_Down)
    QTest.keyClick(panel.domains, Qt.Key.Key_Return)
    assert panel.rests_on.hasFocus()
    assert panel.rests_on.items.rows[0][0] == "Sign on at the meter's optical port"
    QTest.keyClick(panel.rests_on, Qt.Key.Key_Return)
    at.until(lambda: isinstance(at.shell.sheet(), TraceDrawer), "the trace")
    drawer, where = at.shell.sheet(), panel.chosen_place()
    assert isinstance(drawer, TraceDrawer)
    assert where is not None
    assert where.times is not None
    there = [one for one in drawer._shown if one.event.link == where.link and one.event.utc >= where.times[0]]
    assert drawer._shown[drawer.table.currentIndex().row()] is there[0]
    assert there[0].event.utc <= where.times[1]
    assert "from the marked one on" in drawer._said.text()
    at.press("Close the trace")
    at.until(lambda: at.shell.sheet() is None, "the page behind")
    return where


@pytest.mark.timeout(240)
def test_a_fault_is_found_by_hand_shown_with_its_grounds_and_given_on(at_fault: AtFault) -> None:
    at = at_fault
    at.play()
    view = at.view
    assert view is not None
    assert view.outcome is Outcome.INSTALL_AND_LEAVE, "it is the supplier's now"
    assert at.opened is not None
    assert at.opened.link == FAULTY
    running = [line for facts in at.shown for line in facts if "running now" in line]
    assert any(line.startswith("Sign on at the meter's optical port: running now, 1 min") for line in running)
    assert next(filter(None, at.shown))[0].startswith("Time of looks: 0 of at most 25 min")
    told = verdict_of(evidence_of(at)["findings"]["find-fault"])
    assert told is not None
    assert [one.title for one in told.causes] == ["The meter still trusts the supplier before"]
    assert {one.name for one in told.domains if one.state == "proved"} == {"Supplier's side"}
    for words in (told.causes[0].why, told.causes[0].next, told.dont[0]):
        assert words in at.verdict
    still_open = [one for one in told.domains if one.state == "open"]
    assert still_open
    assert all(one.open for one in still_open), "each says which look is missing, and why"
    assert all(at.by[one.name] == "; ".join(one.open) for one in still_open)
    assert "May be tried again" not in at.verdict, "the meter would refuse this signer each time"
