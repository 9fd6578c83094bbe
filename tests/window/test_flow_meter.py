"""The meter's page and the trace drawer used: streaming, stopping, errors, export."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from PySide6.QtCore import QEvent, QObject, Qt

from hht.errors import HhtError
from hht.link import TraceEvent, TraceKind
from tests.window import samples
from tests.window.keys import click, press
from tests.window.scenes import Stage
from ui.services import TraceLine
from ui.window.device_page import SLICE, DevicePage
from ui.window.files import SaveSheet
from ui.window.trace_drawer import SPAN, TraceDrawer

MakeStage = Callable[..., Stage]


class _Turns(QObject):
    """What each turn of the window's event loop has done for a profile."""

    def __init__(self, page: DevicePage, monkeypatch: pytest.MonkeyPatch) -> None:
        super().__init__(page)
        self._doing: Counter[str] = Counter()  # the turn that runs
        self.done: list[Counter[str]] = []
        model = page.profile.model
        add, of_day = model.add, model.of_day
        monkeypatch.setattr(model, "add", lambda rows: (self._note("slices"), self._note("rows", len(rows)), add(rows)))
        monkeypatch.setattr(model, "of_day", lambda day: (self._note("days"), of_day(day))[1])
        page.profile.plot.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # noqa: N802 Qt's name
        self._note("paints", event.type() == QEvent.Type.Paint)
        return super().eventFilter(watched, event)

    def _note(self, what: str, count: int = 1) -> None:
        self._doing[what] += count

    def until(self, condition: Callable[[], bool]) -> Callable[[], bool]:
        """That condition, for what asks once in each turn."""

        def asked() -> bool:
            self.done.append(self._doing)
            self._doing = Counter()
            return condition()

        return asked

    def most(self, what: str) -> int:
        """As many in one turn."""
        return max(turn[what] for turn in self.done)

    def total(self, what: str) -> int:
        """In all turns."""
        return sum(turn[what] for turn in self.done)


@pytest.mark.parametrize("covered", [False, True])
def test_thirteen_months_stream_in_without_holding_the_window_up(
    make_stage: MakeStage, monkeypatch: pytest.MonkeyPatch, *, covered: bool
) -> None:
    """No turn of the window's event loop takes in, works out or draws more than a slice of rows brings, whatever the
    meter pours out and also when a sheet closes over what has come meanwhile. (What a turn takes in time is for `make
    bench-links`: a clock in here would measure the machine, and what else its memory holds.)"""
    stage = make_stage()
    stage.shell.go("device")
    page = stage.shell.page("device")
    assert isinstance(page, DevicePage)
    page.show_part("profile")
    page.profile.days = 396
    if covered:
        stage.shell.show_trace()
    turns = _Turns(page, monkeypatch)
    page.read()
    stage.wait(turns.until(lambda: len(page.profile.model) == 396 * 48 and page.read_button.isEnabled()))
    if covered:
        drawer = stage.shell.sheet()
        assert isinstance(drawer, TraceDrawer)
        drawer.close_sheet()
    stage.wait(turns.until(lambda: page.profile.plot.cursor_words().startswith("Tue 17 Mar: ")))
    stage.wait(turns.until(lambda: turns.total("paints") > 0 and not page._redraw.isActive()))
    assert turns.total("rows") == 396 * 48
    assert turns.most("rows") <= SLICE
    assert turns.most("days") <= SLICE // 48 + 2  # those that the rows of a slice touch, and no others
    assert 397 <= turns.total("days") <= 397 + 2 * turns.total("slices")
    assert turns.most("slices") == 1
    assert turns.most("paints") <= 2  # the second where the page is laid out anew


def test_the_meter_is_read_and_its_profile_comes_in_piece_by_piece(make_stage: MakeStage) -> None:
    stage = make_stage()
    gate = stage.services.piece_gate = asyncio.Event()
    press(Qt.Key.Key_P, Qt.KeyboardModifier.ControlModifier)
    page = stage.shell.page("device")
    assert isinstance(page, DevicePage)
    assert page.read_button.accessibleName() == "Read profile"
    press(Qt.Key.Key_Return)
    stage.wait(lambda: page.profile.progress.isVisible() and 0 < len(page.profile.model) < 1440)
    stage.bridge.tell(lambda _services: gate.set())
    stage.wait(lambda: len(page.profile.model) == 1440 and page.read_button.isEnabled())
    assert not page.profile.progress.isVisible()
    page.profile.plot.setFocus()
    press(Qt.Key.Key_Left)
    assert page.profile.plot.cursor_words().startswith("Mon 16 Mar: ")
    click(stage, "Half-hours of this day")
    assert "16 Mar 2026" in page.profile._summary.text()
    click(stage, "Day before")
    assert "15 Mar 2026" in page.profile._summary.text()


def test_a_profile_is_not_drawn_under_a_sheet_and_stands_there_when_it_closes(make_stage: MakeStage) -> None:
    stage = make_stage()
    press(Qt.Key.Key_P, Qt.KeyboardModifier.ControlModifier)
    page = stage.shell.page("device")
    assert isinstance(page, DevicePage)
    empty = page.profile.plot.accessibleName(), page.profile._summary.text()
    page.read()
    stage.shell.show_trace()
    drawer = stage.shell.sheet()
    assert isinstance(drawer, TraceDrawer)
    stage.wait(lambda: len(page.profile.model) == 1440 and not page.busy)
    stage.pause()
    assert (page.profile.plot.accessibleName(), page.profile._summary.text()) == empty
    drawer.close_sheet()
    stage.wait(lambda: "kWh in all" in page.profile._summary.text())


def test_reading_a_profile_can_be_stopped(make_stage: MakeStage) -> None:
    stage = make_stage()
    stage.services.profile_pause_s = 0.05
    press(Qt.Key.Key_P, Qt.KeyboardModifier.ControlModifier)
    page = stage.shell.page("device")
    assert isinstance(page, DevicePage)
    press(Qt.Key.Key_Return)
    stage.wait(lambda: len(page.profile.model) > 0)
    click(stage, "Stop")
    stage.wait(lambda: page.read_button.isEnabled())
    assert len(page.profile.model) < 1440
    assert page.doing.text() == ""
    assert not page.profile.progress.isVisible()


def test_stopping_says_what_is_waited_for(make_stage: MakeStage) -> None:
    stage = make_stage()
    stage.services.profile_pause_s, stage.services.turn_gate = 0.05, asyncio.Event()
    press(Qt.Key.Key_P, Qt.KeyboardModifier.ControlModifier)
    page = stage.shell.page("device")
    assert isinstance(page, DevicePage)
    press(Qt.Key.Key_Return)
    stage.wait(lambda: len(page.profile.model) > 0)
    click(stage, "Stop")
    assert page.doing.text() == "Stopping…"
    stage.wait(lambda: page.doing.text() == "Stopping: letting the meter finish its turn (at most 9 s)…")
    assert page.busy
    page.host.bridge.tell(lambda _services: stage.services.turn_gate and stage.services.turn_gate.set())
    stage.wait(lambda: page.read_button.isEnabled())
    assert page.doing.text() == ""


@pytest.mark.parametrize("genuine", [True, False])
def test_rows_are_shown_before_they_are_proved_and_told_apart(make_stage: MakeStage, *, genuine: bool) -> None:
    stage = make_stage()
    gate = stage.services.tag_gate = asyncio.Event()
    press(Qt.Key.Key_P, Qt.KeyboardModifier.ControlModifier)
    page = stage.shell.page("device")
    assert isinstance(page, DevicePage)
    press(Qt.Key.Key_Return)
    stage.wait(lambda: any(bar.unproved for bar in page.profile.model.days()))
    assert len(page.profile.model) == 200
    assert not all(bar.unproved for bar in page.profile.model.days())
    assert page.profile.plot.cursor_words().endswith(", not proved yet")
    if not genuine:
        stage.services.device_error = HhtError("It was changed.", remedy="Connect again.", code="cosem-tag")
    page.host.bridge.tell(lambda _services: gate.set())
    stage.wait(lambda: page.read_button.isEnabled() and not any(bar.unproved for bar in page.profile.model.days()))
    assert len(page.profile.model) == (1440 if genuine else 200)
    assert page.notice.message == ("" if genuine else "It was changed.")


def test_who_reads_more_than_is_usual_sees_that_it_is_logged_and_reads_all_the_same(make_stage: MakeStage) -> None:
    stage = make_stage()
    press(Qt.Key.Key_M, Qt.KeyboardModifier.ControlModifier)
    page = stage.shell.page("device")
    assert isinstance(page, DevicePage)
    stage.wait(lambda: page.snapshot is not None and page.read_button.isEnabled())
    assert page.notice.message == ""
    page._snapshot_arrived(replace(samples.snapshot(), logged="41 within 24 hours. This is logged."))
    assert page.notice.message == "41 within 24 hours. This is logged."
    assert page.snapshot is not None
    assert page.snapshot.logged


def test_a_meter_that_cannot_be_read_is_a_sentence(make_stage: MakeStage) -> None:
    stage = make_stage()
    stage.services.device_error = HhtError("The probe is silent.", remedy="Press it on.", code="link-timeout")
    press(Qt.Key.Key_M, Qt.KeyboardModifier.ControlModifier)
    page = stage.shell.page("device")
    assert isinstance(page, DevicePage)
    stage.wait(lambda: page.notice.message == "The probe is silent.")
    assert page.read_button.isEnabled()
    stage.shell.go("jobs")
    assert stage.services.released == 0  # nothing was open


def test_the_port_is_set_free_when_the_page_is_left(make_stage: MakeStage) -> None:
    stage = make_stage()
    stage.device("logs")
    stage.shell.go("jobs")
    stage.wait(lambda: stage.services.released == 1)


def test_the_log_says_what_stands_beside_its_codes(make_stage: MakeStage) -> None:
    logs = make_stage().device("logs").logs
    entries = samples.log_entries("security")
    logs.show_entries("event", entries)
    assert {row[3] for row in logs.items.rows} == {entry.information for entry in entries}
    assert "SAP 1 gmac" in {row[3] for row in logs.items.rows}


@pytest.mark.requirement("IDT-03")
def test_both_logs_are_read_and_put_together_by_cause(make_stage: MakeStage) -> None:
    stage = make_stage()
    page = stage.device("logs")
    page.logs.choice.buttons["causes"].click()
    click(stage, "Read log")
    opened = "A cover was opened, or somebody tampered"
    stage.wait(lambda: any(row[2] == opened and "8F76" in row[3] for row in page.logs.items.rows))
    every = [one for log in ("event", "security") for one in samples.log_entries(log)]
    told = page.logs.items.rows
    assert 0 < len(told) < len(every)
    assert "Somebody used the local port" not in {row[2] for row in told}, "routine"


def test_the_trace_is_live_filtered_decoded_and_exported(make_stage: MakeStage, tmp_path: Path) -> None:
    stage = make_stage()
    press(Qt.Key.Key_F12)
    drawer = stage.shell.sheet()
    assert isinstance(drawer, TraceDrawer)
    assert drawer.items.rowCount() == len(samples.trace())
    stage.wait(lambda: drawer._tree_items.rowCount() == 1)
    event = TraceEvent(samples.NOW, 9.0, "x", TraceKind.RX, bytes.fromhex("7ea0"), "")
    stage.services.listeners[0](TraceLine(event, "hdlc", "A <b>frame</b>\u202e"))
    stage.wait(lambda: drawer.items.rowCount() == len(samples.trace()) + 1)
    assert drawer.items.data(drawer.items.index(len(samples.trace()), 3)) == "A <b>frame</b>\\u202e"
    tree = drawer._tree_items.item(0, 0)
    drawer.tree.setCurrentIndex(tree.child(1).index())
    start, end = tree.child(1).data(SPAN)
    marked = " ".join(s.cursor.selectedText() for s in drawer.hex.extraSelections())
    assert 0 < end - start <= 8
    assert bytes.fromhex(marked) == samples.trace()[-1].event.data[start:end]
    drawer.search.setText("aarq")
    assert drawer.items.rowCount() == 1
    click(stage, "Export the trace")
    sheet = stage.shell.sheet()
    assert isinstance(sheet, SaveSheet)
    sheet.path.setText(str(tmp_path / "t.jsonl"))
    click(stage, "Save")
    stage.wait(lambda: stage.services.exported == [tmp_path / "t.jsonl"])


def test_nothing_is_overwritten(make_stage: MakeStage, tmp_path: Path) -> None:
    stage = make_stage()
    chosen: list[str] = []
    (tmp_path / "x.json").write_text("mine")
    stage.shell.pick_new_file("Save", "x.json", chosen.append)
    sheet = stage.shell.sheet()
    assert isinstance(sheet, SaveSheet)
    sheet.path.setText(str(tmp_path / "x.json"))
    click(stage, "Save")
    assert chosen == []
    assert "overwritten" in sheet.trouble.text()
    sheet.path.setText(str(tmp_path))
    click(stage, "Save")
    assert sheet.path.text() == str(tmp_path / "x-2.json")
