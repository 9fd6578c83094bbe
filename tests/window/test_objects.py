"""The object browser used: listed, searched, read once, copied, exported; with the mouse and with keys alone."""

from __future__ import annotations

import asyncio
import csv
import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLineEdit, QListView, QPushButton, QTableView
from pytestqt.qtbot import QtBot

from hht.client.meter_objects import ViewEntry
from hht.client.meter_session import MeterSession
from hht.client.object_reader import AttributeValue, ObjectView
from hht.clock import ManualClock
from hht.emulation.object_table import build_objects
from hht.errors import HhtError
from hht.model.premises import load_premises
from hht.protocol.cosem.data import Data, DataType
from hht.protocol.cosem.obis import Obis
from tests.window import sample_objects
from tests.window.keys import LEFT, click, press
from tests.window.scenes import Stage
from tests.window.test_visit_end_to_end import Hands
from ui.services import ObjectList
from ui.terminal import Terminal
from ui.whole_file import FileNotWritten
from ui.window.device_page import DevicePage
from ui.window.files import SaveSheet
from ui.window.objects_part import ObjectsPart

MakeStage = Callable[..., Stage]
# The single-element meter's, and the association itself
METER = load_premises("single-element", clock=ManualClock(datetime(2026, 11, 21, tzinfo=UTC)), days=1).device()
SHOWN = 1 + len(build_objects(METER))
CTRL = Qt.KeyboardModifier.ControlModifier


def page_of(stage: Stage) -> DevicePage:
    """The device page, with the objects shown."""
    press(Qt.Key.Key_B, CTRL)
    page = stage.shell.page("device")
    assert isinstance(page, DevicePage)
    return page


def listed(stage: Stage) -> tuple[DevicePage, ObjectsPart]:
    """The objects listed and the first one read."""
    page = page_of(stage)
    press(Qt.Key.Key_Return)
    stage.wait(lambda: page.objects.attributes.rows != [] and not page.busy)
    return page, page.objects


def obis_of(reads: list[ViewEntry]) -> list[str]:
    """Which objects were read."""
    return [str(entry.obis) for entry in reads]


def test_with_keys_alone_an_object_is_found_read_and_its_value_copied(make_stage: MakeStage) -> None:
    stage = make_stage()
    page, part = listed(stage)
    assert page.read_button.accessibleName() == "Read again"
    assert QApplication.focusWidget() is part.list
    press(Qt.Key.Key_F, CTRL)
    assert QApplication.focusWidget() is part.search
    QTest.keyClicks(part.search, "REGISTER 32.7")
    assert [row.obis for row in part.items.rows] == ["1-0:32.7.0"]
    press(Qt.Key.Key_Return)
    assert QApplication.focusWidget() is part.list
    stage.wait(lambda: len(part.attributes.rows) == 3 and not page.busy)  # Escape stops what is still being read
    press(Qt.Key.Key_Return)
    assert QApplication.focusWidget() is part.table
    press(Qt.Key.Key_C, CTRL)
    copied = QGuiApplication.clipboard().text()
    assert copied == part.attributes.rows[1][2]
    assert copied.endswith(" V")
    assert copied in page.doing.text()
    press(Qt.Key.Key_Escape)
    assert part.search.text() == ""
    assert stage.shell.page_name() == "device"
    assert len(part.items.rows) == SHOWN
    press(Qt.Key.Key_Escape)
    assert stage.shell.page_name() == "jobs"


def test_what_is_chosen_with_the_mouse_is_read_once_and_again_when_asked(make_stage: MakeStage) -> None:
    stage = make_stage()
    page, part = listed(stage)

    def pick(row: int) -> None:
        middle = part.list.visualRect(part.items.index(row, 0)).center()
        QTest.mouseClick(part.list.viewport(), LEFT, pos=QPoint(middle.x(), middle.y()))

    pick(2)
    stage.wait(lambda: len(stage.services.object_reads) == 2 and not page.busy)
    pick(0)
    assert part.attributes.rows != []  # kept: shown at once
    pick(2)
    assert [row[1] for row in part.attributes.rows] == ["logical_name", "value"]
    stage.wait(lambda: not part.waits)
    assert obis_of(stage.services.object_reads) == ["0-0:40.0.0", "0-0:96.1.1"]
    click(stage, "Read again")
    stage.wait(lambda: len(stage.services.object_reads) == 3 and not page.busy)
    assert stage.services.object_reads[2].obis == Obis.parse("0-0:96.1.1")


def test_going_down_the_list_reads_only_where_one_stops_and_never_two_at_a_time(make_stage: MakeStage) -> None:
    stage = make_stage()
    page, part = listed(stage)
    for _step in range(4):
        press(Qt.Key.Key_Down)
    stage.wait(lambda: len(stage.services.object_reads) == 2 and not page.busy)
    assert obis_of(stage.services.object_reads)[1] == part.items.rows[4].obis
    gate = stage.services.object_gate = asyncio.Event()
    press(Qt.Key.Key_Down)
    stage.wait(lambda: page.busy)
    press(Qt.Key.Key_Down)
    stage.wait(lambda: not part.waits)
    assert len(stage.services.object_reads) == 3
    stage.bridge.tell(lambda _services: gate.set())
    stage.wait(lambda: len(stage.services.object_reads) == 4 and not page.busy)
    assert obis_of(stage.services.object_reads)[3] == part.items.rows[6].obis


def test_a_read_that_was_stopped_does_not_begin_again_by_itself(make_stage: MakeStage) -> None:
    stage = make_stage()
    page, part = listed(stage)
    stage.services.object_gate = asyncio.Event()
    press(Qt.Key.Key_Down)
    stage.wait(lambda: page.busy)
    click(stage, "Stop")
    stage.wait(lambda: not page.busy)
    stage.services.object_gate = None
    stage.wait(lambda: not part.waits)
    assert len(stage.services.object_reads) == 2
    assert part.attributes.rows == []
    click(stage, "Read object")
    stage.wait(lambda: part.attributes.rows != [])


def test_words_that_fit_nothing_leave_nothing_to_export(make_stage: MakeStage) -> None:
    stage = make_stage()
    page, part = listed(stage)
    part.search.setFocus()
    QTest.keyClicks(part.search, "toaster")
    assert part.chosen is None
    assert not part.export_button.isEnabled()
    assert not part.copy_button.isEnabled()
    assert part.attributes.rows == []
    press(Qt.Key.Key_Escape)
    assert part.chosen is not None
    assert page.read_button.accessibleName() in ("Read object", "Read again")


def test_an_object_that_cannot_be_read_is_a_sentence_and_tried_again_when_asked(make_stage: MakeStage) -> None:
    stage = make_stage()
    page, part = listed(stage)
    stage.services.device_error = HhtError("The meter is silent.", remedy="Hold it straight.", code="link-timeout")
    press(Qt.Key.Key_Down)
    stage.wait(lambda: page.notice.message == "The meter is silent." and not page.busy)
    stage.wait(lambda: not part.waits)
    assert len(stage.services.object_reads) == 2
    stage.services.device_error = None
    click(stage, "Read object")
    stage.wait(lambda: part.attributes.rows != [] and page.notice.message == "")


def test_another_meter_at_the_probe_empties_the_list(make_stage: MakeStage) -> None:
    stage = make_stage()
    page, part = listed(stage)
    stage.services.device_error = HhtError("This is another meter.", remedy="List again.", code="wrong-meter")
    press(Qt.Key.Key_Down)
    stage.wait(lambda: page.notice.message == "This is another meter." and not page.busy)
    assert part.items.rows == []
    assert page.read_button.accessibleName() == "List objects"


def test_the_list_of_a_meter_without_a_name_goes_with_the_page(make_stage: MakeStage) -> None:
    stage = make_stage()
    stage.services.objects = replace(sample_objects.listed(), device_id="")
    _page, part = listed(stage)
    stage.shell.go("jobs")
    assert part.items.rows == []
    stage.wait(lambda: stage.services.released == 1)


def test_text_of_a_meter_stays_text(make_stage: MakeStage, monkeypatch: pytest.MonkeyPatch) -> None:
    stage = make_stage()
    entry = ViewEntry(40000, 0, Obis(1, 1, 1, 1, 1, 1), (1, 2, 3))
    hostile = "<b>OK</b>\u202e\x1b]0;x\x07" + "9" * 5000
    attributes = (
        AttributeValue(1, "attribute 1", hostile, Data(DataType.UTF8_STRING, hostile)),
        AttributeValue(2, "attribute 2", "", None, "<i>refused</i>\u202e"),
    )
    stage.services.objects = ObjectList("<b>who</b>/../x", (entry,))
    monkeypatch.setattr(sample_objects, "view", lambda entry: ObjectView(entry, attributes))
    _page, part = listed(stage)
    shown = part.attributes.data(part.attributes.index(0, 2))
    assert shown.startswith("<b>OK</b>\\u202e\\x1b]0;x\\x07999")
    assert shown.endswith("…")
    assert part.attributes.data(part.attributes.index(1, 2)) == "<i>refused</i>\\u202e"
    spoken = part.attributes.data(part.attributes.index(1, 2), Qt.ItemDataRole.AccessibleTextRole)
    assert spoken == "no value: <i>refused</i>\\u202e"
    assert part.table.rowHeight(0) <= 4 * part.table.verticalHeader().minimumSectionSize()
    part.table.selectRow(0)
    click(stage, "Copy the value")
    copied = QGuiApplication.clipboard().text()
    assert copied.isprintable()
    assert copied.endswith("9" * 5000)  # the whole value, not what had room
    part.table.selectRow(1)
    click(stage, "Copy the value")
    assert QGuiApplication.clipboard().text() == copied
    assert part.model.file_name() == "objects-bwhobx.json"


def test_an_export_waits_for_the_read_that_runs_shows_how_far_it_is_and_can_be_stopped(
    make_stage: MakeStage, tmp_path: Path
) -> None:
    stage = make_stage()
    page, part = listed(stage)
    QTest.keyClicks(part.search, "register")
    registers = tuple(row.entry for row in part.items.rows)
    stage.wait(lambda: part.attributes.rows != [] and not page.busy)
    gate = stage.services.object_gate = asyncio.Event()
    click(stage, "Read again")
    stage.wait(lambda: page.busy)

    def export_to(path: Path) -> None:
        click(stage, "Export…")
        sheet = stage.shell.sheet()
        assert isinstance(sheet, SaveSheet)
        sheet.path.setText(str(path))
        click(stage, "Save")

    export_to(tmp_path / "some.json")
    assert not part.progress.isVisible()
    stage.bridge.tell(lambda _services: gate.set())
    stage.wait(lambda: stage.services.object_exports != [] and not page.busy)
    device = sample_objects.listed().device_id
    assert stage.services.object_exports == [(device, registers, tmp_path / "some.json")]
    assert page.notice.message == f"{len(registers)} objects are written to {tmp_path}/some.json."
    stage.services.object_gate = asyncio.Event()
    export_to(tmp_path / "more.json")
    stage.wait(lambda: part.progress.isVisible() and part.progress.value() == 1)
    assert page.doing.text().startswith(f"1 of {len(registers)} objects")
    click(stage, "Stop")
    stage.wait(lambda: not page.busy)
    assert not part.progress.isVisible()
    assert len(stage.services.object_exports) == 1


def test_the_kind_of_file_is_chosen_by_touch_or_typed(make_stage: MakeStage, tmp_path: Path) -> None:
    stage = make_stage()
    listed(stage)
    click(stage, "Export…")
    sheet = stage.shell.sheet()
    assert isinstance(sheet, SaveSheet)
    (tmp_path / "meter.csv").touch()
    sheet.path.setText(str(tmp_path / "meter.json"))
    click(stage, "Kind of file: CSV")
    assert sheet.path.text() == str(tmp_path / "meter-2.csv")
    sheet.path.setText(str(tmp_path / "mine.json"))
    assert sheet.kinds.buttons[".json"].isChecked()
    click(stage, "Kind of file: CSV")
    sheet.path.setText(str(tmp_path))
    click(stage, "Save")
    assert sheet.path.text().endswith(".csv")


# The real terminal, over real bytes ----------------------------------------------------------------------------------


@pytest.fixture
def hands(qtbot: QtBot, tmp_path: Path) -> Iterator[Hands]:
    hands = Hands(tmp_path / "data")
    yield hands
    hands.close()


def part_of(hands: Hands) -> tuple[DevicePage, ObjectsPart]:
    """The part, shown."""
    hands.until(lambda: hands.shell.open, "the store")
    hands.press("Meter")
    hands.press("Show: Objects")
    page = hands.shell.page("device")
    assert isinstance(page, DevicePage)
    return page, page.objects


@pytest.mark.timeout(120)
def test_the_meters_objects_are_browsed_and_exported(hands: Hands, tmp_path: Path) -> None:
    page, part = part_of(hands)
    hands.press("List objects")
    hands.until(lambda: part.attributes.rows != [] and not page.busy, "the list, and its first object")
    assert len(part.items.rows) == SHOWN
    search = hands.see(QLineEdit, "Search the objects")
    assert search is not None
    QTest.mouseClick(search, LEFT)
    QTest.keyClicks(search, "1-0:1.8.0")
    hands.until(lambda: len(part.attributes.rows) == 3 and not page.busy, "the register")
    table, rows = hands.see(QTableView, "Attributes"), hands.see(QListView, "Objects")
    assert isinstance(table, QTableView)
    assert isinstance(rows, QListView)
    assert rows.model().rowCount() == 1
    assert table.model().index(1, 2).data().endswith(" kWh")
    received = hands.shell.link.bytes_rx
    assert received > 0
    for suffix in ("JSON", "CSV"):
        hands.press("Export…")
        hands.press(f"Kind of file: {suffix}")
        sheet = hands.shell.sheet()
        assert isinstance(sheet, SaveSheet)
        sheet.path.setText(str(tmp_path / f"energy.{suffix.lower()}"))
        hands.press("Save")
        hands.until(lambda: page.notice.message != "" and not page.busy, "the export")
        assert "1 object is written" in page.notice.message
        page.notice.say("plain", "")
    (written,) = json.loads((tmp_path / "energy.json").read_text())["objects"]
    assert (written["obis"], written["attributes"][1]["name"]) == ("1-0:1.8.0", "value")
    assert [row["obis"] for row in csv.DictReader((tmp_path / "energy.csv").open())] == ["1-0:1.8.0"] * 3
    assert hands.shell.link.bytes_rx > received


@pytest.mark.timeout(120)
def test_an_export_that_is_stopped_leaves_no_file(
    hands: Hands, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    page, part = part_of(hands)
    quick = MeterSession.read_object_view

    async def as_over_a_line(session: MeterSession, entry: ViewEntry) -> ObjectView:
        await asyncio.sleep(0.1)
        return await quick(session, entry)

    monkeypatch.setattr(MeterSession, "read_object_view", as_over_a_line)
    hands.press("List objects")
    hands.until(lambda: part.attributes.rows != [] and not page.busy, "the list")
    hands.press("Export…")
    sheet = hands.shell.sheet()
    assert isinstance(sheet, SaveSheet)
    sheet.path.setText(str(tmp_path / "all.json"))
    hands.press("Save")
    hands.until(lambda: part.progress.value() > 0, "the first object")
    stop = hands.see(QPushButton, "Stop")
    assert stop is not None
    QTest.mouseClick(stop, LEFT)
    hands.until(lambda: not page.busy, "the end")
    assert list(tmp_path.glob("all*")) == []
    hands.press("Read again")
    hands.until(lambda: not page.busy, "the object again")
    assert page.notice.message == ""


@pytest.mark.parametrize("name", ["all", "all.txt", "all.json.bak"])
async def test_a_file_of_no_known_kind_is_refused_before_the_meter_is_asked(tmp_path: Path, name: str) -> None:
    terminal = Terminal(data_dir=tmp_path, training=True)
    with pytest.raises(FileNotWritten) as refused:
        await terminal.export_objects("", (), tmp_path / name, lambda _progress: None)
    assert refused.value.code == "file-kind"
    assert not (tmp_path / name).exists()


async def test_a_list_is_never_asked_of_another_meter(tmp_path: Path) -> None:
    terminal = Terminal(data_dir=tmp_path, training=True)
    try:
        await terminal.unlock("")
        seen = await terminal.list_objects()
        entry = next(e for e in seen.entries if e.class_id == 3)
        assert (await terminal.read_object(seen.device_id, entry)).attributes[1].text
        with pytest.raises(HhtError) as failure:
            await terminal.read_object("00-DB-12-34-56-78-90-FF", entry)
        assert failure.value.code == "wrong-meter"
        with pytest.raises(HhtError) as failure:
            await terminal.export_objects(seen.device_id, [entry], tmp_path / "no" / "x.json", lambda _progress: None)
        assert failure.value.code == "file-not-written"
    finally:
        await terminal.close()


async def test_between_the_steps_of_a_visit_its_own_session_is_used(tmp_path: Path) -> None:
    terminal = Terminal(data_dir=tmp_path, training=True)
    try:
        await terminal.unlock("")
        job = next(job for job in await terminal.jobs() if job.reference == "J-1042")
        await terminal.start_visit(job.job_id, lambda _view: None)
        seen = await terminal.list_objects()
        view = await terminal.read_object(seen.device_id, seen.entries[0])
        assert view.attributes[0].text == "0-0:40.0.0"
        assert terminal._meter is None
    finally:
        await terminal.close()


async def test_a_session_that_the_meter_has_left_by_now_is_opened_anew(tmp_path: Path) -> None:
    terminal = Terminal(data_dir=tmp_path, training=True)
    try:
        await terminal.unlock("")
        seen = await terminal.list_objects()
        first = terminal._meter
        await terminal.read_object(seen.device_id, seen.entries[1])
        assert terminal._meter is first
        terminal._used_at -= 61
        await terminal.read_object(seen.device_id, seen.entries[1])
        assert terminal._meter is not first
    finally:
        await terminal.close()
