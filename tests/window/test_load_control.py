"""Load control and a teleswitch's replacement from the job list on, in the real window, at emulated homes."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from hht.work import waiting
from hht.work.view import Outcome, Question, StepState
from tests.window.beginning import VisitBeginner, hurry
from tests.window.test_access_devices import AtDevices
from tests.window.test_install_dual_fuel import sample
from ui.system import SystemClock
from ui.window.offset_plot import OffsetPlot

SMALL = {"switches": [{"number": 1, "label": "Storage heaters", "on": "00:30-07:30", "boost": True}]}


class Noon(SystemClock):
    """Begins at noon, whatever the hour is: switches are closed at night by their calendars."""

    _begun = time.monotonic()

    def now(self) -> datetime:
        return START + timedelta(seconds=self.monotonic() - self._begun)


START = datetime(2026, 3, 2, 12, tzinfo=UTC)


class AtSwitches(AtDevices):
    """An engineer beside heaters, who lets a minute pass where the window waits for the meter."""

    passed = 0
    moved: tuple[bool, str] = (False, "")

    def give(self, question: Question, value: str) -> None:
        if question.id == "switch-test-1/load":
            self.do(lambda ground: setattr(self, "moved", _contact(ground)))
        super(AtDevices, self).give(question, value)

    def settled(self) -> bool:
        view = self.view
        if view is not None and view.current in ("switch-test-1", "verify-switching") and not self.passed:
            step = view.step(view.current)
            counted = [fact for fact in step.facts if fact.until is not None]
            if step.state is StepState.STARTED and counted:
                self.passed = 60 if view.current == "switch-test-1" else 86_400
                self.pass_time(self.passed)
        return super(AtDevices, self).settled()


def _contact(ground: Any) -> tuple[bool, str]:
    switch = ground._opened()[1].premises.find("esme-1").load_control.switches[1]
    return switch.closed, switch.why


def look_at_the_picture(at: AtSwitches) -> None:
    """Back to the step that has it, through it by keys, and forth again."""
    page = at.shell._visit_page()
    at.press("Back")
    plot = page.card.offset
    at.until(plot.isVisible, "the picture")
    assert isinstance(plot, OffsetPlot)
    assert plot.cursor_words() == "Storage heaters off 07:30, at last 07:40: up to 10:00 min not at rate 2"
    plot.setFocus()
    QTest.keyClick(plot, Qt.Key.Key_Home)
    assert plot.cursor_words() == "Storage heaters on 00:30, at last 00:40"
    assert "of 1000 homes at most" in plot.accessibleDescription()
    while page.model.looking_back:
        at.press(page.proceed.accessibleName())


@pytest.fixture
def at_switches(begin_visit: VisitBeginner, monkeypatch: pytest.MonkeyPatch) -> Callable[..., AtSwitches]:
    hurry(monkeypatch)
    for module in ("ui.terminal", "tests.window.test_visit_end_to_end", "ui.cli.visit"):
        monkeypatch.setattr(f"{module}.SystemClock", Noon)
    for name in ("CLOSE_LOOK_S", "LOOK_S"):
        monkeypatch.setattr(waiting, name, 0.05)
    return lambda name, **more: begin_visit(AtSwitches, sample(name, **more), desk="desk:emulated")


@pytest.mark.requirement("ALC-07", "ALC-16")
@pytest.mark.timeout(240)
def test_load_control_is_set_up_by_hand(at_switches: Callable[..., AtSwitches]) -> None:
    at = at_switches("load-control", **SMALL)
    at.play(stop_before="label-switches/label-1")
    box = at.shell._visit_page().card.question
    field = box._entry
    assert field is not None
    assert field.text() == "Storage heaters", "the job's, to be looked at"
    field.selectAll()
    QTest.keyClicks(field, "Heating 12345678901234")
    assert "22 of 22 characters." in box._remark.text()
    QTest.keyClicks(field, "5")
    assert "23 characters; limit 22." in box._remark.text()
    QTest.keyClick(field, Qt.Key.Key_Return)
    assert at.view is not None
    assert at.view.step("label-switches").question is not None, "it was not taken"
    at.play(stop_before="test-safe-1/agrees")
    look_at_the_picture(at)
    at.play()
    assert at.view.outcome is Outcome.COMPLETE
    assert at.moved == (True, "command"), "closed by the supplier's command when the load was asked for"
    assert at.passed == 60
    test = {fact.label: fact.value for fact in at.view.step("switch-test-1").facts}
    assert test["Contact moved"] == "seen by this terminal"
    assert test["Final state"] == "open, as its calendar wants it"
    assert any("Knows: " in one for one in at.seen["partners-esme"])


@pytest.mark.long
@pytest.mark.requirement("ALC-06")
@pytest.mark.timeout(240)
def test_a_teleswitch_is_replaced_by_hand_and_seen_to_switch(at_switches: Callable[..., AtSwitches]) -> None:
    circuit = {**SMALL["switches"][0], "boost": False, "old_circuit": "Cable 5", "old_times": "00:30-07:30"}
    at = at_switches("replace-teleswitch", switches=[circuit])
    at.play(stop_before="test-safe-1/agrees")
    at.play(test__safe__1_agrees="no")
    assert at.view is not None
    assert at.view.outcome is Outcome.INSTALL_AND_LEAVE
    assert at.view.step("switch-test-1").state is StepState.LEFT
    assert at.view.step("verify-switching").state is StepState.DONE
    assert at.moved == (False, ""), "nothing was moved"
    assert "Cable 5: 00:30-07:30 → switch 1 (Storage heaters), 00:30-07:30, tariff NIGHT" in at.seen["old-circuits"]
