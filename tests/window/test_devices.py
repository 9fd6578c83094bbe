"""The page of devices: read, zoomed by keys, written and read back, pressed, saved; what is old says so."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from PySide6.QtCore import Qt

from hht.client.api import LogEntry
from hht.history.buckets import Grain, Span
from hht.history.merging import Figure, Source, merged
from hht.work.history_reading import Held, HistoryRead
from tests.window.device_scenes import LONG_HOME, METER, devices_page, read
from tests.window.keys import MakeStage, focus, press
from tests.window.samples import NOW
from ui.log_words import unknown_count
from ui.window.desk_page import DeskPage
from ui.window.devices_model import HistoryView, log_rows
from ui.window.devices_parts import HistoryPart
from ui.window.history_drop import DropHistorySheet
from ui.window.sheet import open_sheets

DAY = 86_400


@pytest.mark.requirement("EED-03", "EED-07")
def test_a_history_is_zoomed_by_keys_and_saved(make_stage: MakeStage, tmp_path: Path) -> None:
    stage = make_stage()
    page = read(stage, devices_page(stage, part="history", home=LONG_HOME))
    view, plot = page.history.view, page.history.plot
    assert view.count == len(view.rows) == 41
    plot.setFocus()
    assert focus() is plot
    place = plot.cursor_words()
    press(Qt.Key.Key_Plus)
    assert (view.count, plot.cursor_words()) == (20, place), "the day that is looked at stays"
    page.show_part("now")
    page.show_part("history")
    assert (view.count, plot.cursor_words()) == (20, place), "and is still looked at when one comes back"
    plot.setFocus()
    press(Qt.Key.Key_Home)
    press(Qt.Key.Key_Left)
    assert view.first == 11
    press(Qt.Key.Key_Minus)
    press(Qt.Key.Key_Minus)
    assert view.count == 41
    file = tmp_path / "days.csv"
    stage.shell.pick_new_file = lambda _title, _name, chosen, _suffixes=(): chosen(str(file))  # type: ignore[method-assign,assignment]
    page.history.save.click()
    stage.wait(lambda: bool(page.notice.message))
    assert len(file.read_text().splitlines()) == 42


def test_what_is_kept_of_a_use_is_dropped_once_that_was_asked(make_stage: MakeStage) -> None:
    stage = make_stage()
    page = read(stage, devices_page(stage, part="history"))
    assert page.drop.isVisible()
    kept = page.history.view.count
    page.drop.click()
    press(Qt.Key.Key_Return)  # what has the keyboard keeps it
    assert page.history.view.count == kept
    page.drop.click()
    (sheet,) = [one for one in open_sheets(stage.shell) if isinstance(one, DropHistorySheet)]
    sheet.go.click()
    stage.wait(lambda: "dropped" in page.notice.message)
    assert not page.history.view.count
    read(stage, page)
    assert page.history.view.count == kept, "the meter keeps its own"
    page.list.mark([row.device.kind for row in page.list.rows].index("in-home-display"))
    assert not page.drop.isVisible()


def test_what_was_confirmed_long_ago_says_so_and_is_not_taken_along(make_stage: MakeStage) -> None:
    stage = make_stage()
    page = devices_page(stage)
    assert page.confirmed.text() == "Not read since this page was opened."
    read(stage, page)
    assert "Confirmed" in page.confirmed.text()
    assert "by the probe" in page.confirmed.text()
    stage.clock.advance(600)
    page.tick()
    assert "read again" in page.confirmed.text()
    stage.shell.go("jobs")
    stage.shell.go("devices")
    stage.pause()
    page.list.mark([row.device.kind for row in page.list.rows].index(METER))
    assert page.confirmed.text() == "Not read since this page was opened."


def test_what_was_said_of_one_part_is_not_said_of_the_next(make_stage: MakeStage) -> None:
    stage = make_stage()
    page = read(stage, devices_page(stage, "in-home-display", "logs"))
    assert page.notice.message, "nobody reads a log of a display"
    page.show_part("logs")
    assert page.notice.message
    page.show_part("display")
    assert not page.notice.message


@pytest.mark.requirement("HHT-17")
def test_a_setting_is_written_and_read_back(make_stage: MakeStage) -> None:
    stage = make_stage()
    page = read(stage, devices_page(stage, part="settings", home="emulated:single-element?days=1"))
    names = [row.item.name for row in page.settings.list.rows]
    page.settings.list.mark(names.index("randomised-offset-limit"))
    page.settings.value.setText("1800")
    page.settings.write.click()
    stage.wait(lambda: not page.busy)
    assert "1799" in page.notice.message
    page.settings.value.setText("602")
    page.settings.write.click()
    stage.wait(lambda: not page.busy)
    assert "602, read back" in page.notice.message
    assert page.settings.list.rows[names.index("randomised-offset-limit")].line == "602"


def test_a_display_is_pressed_where_it_stands(make_stage: MakeStage) -> None:
    stage = make_stage()
    page = read(stage, devices_page(stage, "gas-meter", "display"))
    panel = page.display.panel
    assert panel.display.lines.text()
    control = next(row for row in panel._rows.values() if row.control.enabled and not row.control.typed)
    control.press()
    stage.wait(lambda: not page.busy)
    assert panel.said.text()


def test_a_code_of_a_log_that_nobody_knows_says_so() -> None:
    known, strange = (LogEntry(NOW, code, "event", "", "") for code in (0x8F69, 0xABCD))
    assert [row[1:3] for row in log_rows([strange])] == [("ABCD", "unknown: in no catalogue here")]
    assert (unknown_count([known, strange]), log_rows([known])[0][1]) == (1, "8F69")


def _days_read(by: Grain) -> HistoryRead:
    first = 1_640_995_200  # 2022-01-01
    days = [Figure(first + n * DAY, first + (n + 1) * DAY, 1000) for n in range(60)]
    span = Span(first, first + 60 * DAY)
    return HistoryRead(merged([(Source.DAILY_LOG, days)]), (), span, span.end_s, by)


@pytest.mark.requirement("PRV-01", "PRV-02")
def test_nobody_looks_finer_at_a_history_than_was_agreed_to(make_stage: MakeStage) -> None:
    """Months are made of days: that these were read does not show them to who asked for months."""
    make_stage()
    part = HistoryPart(live=True, save=lambda: None)
    part.choose("month")
    part.show_history(_days_read(Grain.MONTH))
    shown = {}
    for grain in Grain:
        part.choose(grain.value)
        shown[grain.value] = (bool(part.view.rows), part.save.isEnabled())
    yes, no = (True, True), (False, False)
    assert shown == {"half-hour": no, "day": no, "week": no, "month": yes, "year": yes}
    part.show_history(_days_read(Grain.DAY))
    part.choose("week")
    assert part.view.rows, "coarser than what was agreed to"
    trained = HistoryPart(live=False, save=lambda: None)
    trained.show_history(_days_read(Grain.MONTH))
    assert trained.view.rows, "of a training premises nobody has to agree"


@pytest.mark.requirement("PRV-01")
def test_who_agreed_at_one_device_agreed_to_no_other(make_stage: MakeStage) -> None:
    stage = make_stage()
    page = devices_page(stage, part="history")

    def say() -> None:
        page.history.agreed.setText("Mrs Jones")
        page.history.duty.setText("settlement")

    say()
    page.show_part("now")
    page.show_part("history")
    assert page.history.basis.told() == {"agreed": "Mrs Jones", "duty": "settlement"}
    page.list.mark([row.device.kind for row in page.list.rows].index("gas-meter"))
    assert page.history.basis.told() == {}, "another device, perhaps of another home"
    say()
    stage.shell.go("jobs")
    assert page.history.basis.told() == {}, "the page was left"


@pytest.mark.parametrize("grain", [Grain.MONTH, Grain.YEAR])
@pytest.mark.requirement("EED-04")
def test_three_years_add_up(grain: Grain) -> None:
    """A view over three years by month and by year: each figure once, the total at the end."""
    first = 1_640_995_200  # 2022-01-01
    days = [Figure(first + n * DAY, first + (n + 1) * DAY, 1000) for n in range(3 * 365)]
    span = Span(first, first + 3 * 365 * DAY)
    told = Held(Source.KEPT_DAYS, span, len(days))
    view = HistoryView()
    view.show(HistoryRead(merged([(Source.KEPT_DAYS, days)]), (told,), span, span.end_s, grain), grain)
    assert len(view.rows) == (36 if grain is Grain.MONTH else 3)
    assert sum(row.amount or 0 for row in view.rows) == view.rows[-1].total == 3 * 365 * 1000
    assert "1095.000 kWh" in view.summary()


def test_what_is_the_desks_is_asked_with_device_and_ask_filled_in(make_stage: MakeStage) -> None:
    stage = make_stage()
    for name in ("payment-mode", "calorific-value"):
        page = read(stage, devices_page(stage, "gas-meter", "settings"))
        page.settings.list.mark([row.item.name for row in page.settings.list.rows].index(name))
        page.settings.ask.click()
        desk = stage.shell.page("desk")
        assert isinstance(desk, DeskPage)
        kind = f"set-{name}"
        stage.wait(lambda desk=desk, kind=kind: desk.part == "new" and str(getattr(desk.new.what, "kind", "")) == kind)  # type: ignore[misc]
        assert stage.shell.page_name() == "desk"
        assert (desk.new.device.text(), desk.new.type) == (page.device.device_id if page.device else "", "GSME"), (
            "the first type of that ask is another one"
        )


def test_a_gas_meter_that_sleeps_is_counted_down_to(make_stage: MakeStage) -> None:
    stage = make_stage()
    page = devices_page(stage, "gas-meter", "logs")
    page.read()
    stage.wait(lambda: "It sleeps" in page.doing.text())
    before = page.doing.text()
    stage.clock.advance(40)
    page.tick()
    assert seconds_left(before) - seconds_left(page.doing.text()) == 40
    assert not page.notice.message
    page.stop.click()
    stage.wait(lambda: not page.busy)
    assert not page.doing.text()


def seconds_left(words: str) -> int:
    """Of “… in 7 min 5 s …”."""
    found = re.search(r"in (\d+) min (\d+) s", words)
    assert found, words
    return int(found[1]) * 60 + int(found[2])
