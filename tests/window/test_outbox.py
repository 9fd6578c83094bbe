"""The outbox in the window: what waits, exported, receipted, sent with a way to stop, erased with its proof."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtCore import Qt

from tests.window.desk_scenes import DESK
from tests.window.keys import MakeStage, focus, press
from tests.window.outbox_scenes import ended_visit, outbox_page, weighed_as_live
from tests.window.scenes import Stage
from ui.receipts import acknowledge
from ui.window.outbox_page import OutboxPage
from ui.window.outbox_sheets import ErasedSheet, EraseSheet, PlaceSheet, UnsignedReceiptSheet
from ui.window.widgets import Text


def words(page: OutboxPage) -> list[str]:
    return [row.word for row in page.list.rows]


def waiting(stage: Stage) -> int:
    chip = stage.shell.header.outbox
    return chip.waiting if chip.isVisible() else 0


@pytest.mark.requirement("HHT-11")
def test_a_visit_goes_home_through_a_folder_and_is_erased(make_stage: MakeStage, tmp_path: Path) -> None:
    stage = make_stage()
    ended_visit(stage, "J-1050", photo=True)
    page = outbox_page(stage)
    stage.wait(lambda: waiting(stage) == 1)
    assert stage.shell.header.outbox.accessibleName() == "Outbox: 1 visit waits to go home"
    assert words(page) == ["waits", "waits"]
    assert focus() is page.list
    page.export.click()
    sheet = stage.shell.sheet()
    assert isinstance(sheet, PlaceSheet)
    sheet.path.setText(str(tmp_path / "no" / "home"))
    press(Qt.Key.Key_Return)
    assert sheet.trouble.isVisible()
    sheet.path.setText(str(tmp_path / "home"))
    press(Qt.Key.Key_Return)
    stage.wait(lambda: words(page) == ["exported", "exported"])
    assert not page.erase.isVisible()
    receipt = tmp_path / "receipt.json"
    receipt.write_bytes(b"{}")
    page.take_receipt(str(receipt))
    stage.wait(lambda: page.notice.message == "This is no receipt.")
    receipt.write_bytes(acknowledge(tmp_path / "home", "A. Clerk"))
    page.take_receipt(str(receipt))
    stage.wait(lambda: words(page) == ["receipted", "receipted"] and waiting(stage) == 0)
    assert not page.send.isEnabled()
    page.erase.click()
    asked = stage.shell.sheet()
    assert isinstance(asked, EraseSheet)
    assert focus().accessibleName() == "Keep it", "what cannot be taken back is not what Enter does"
    asked.go.click()
    stage.wait(lambda: isinstance(stage.shell.sheet(), ErasedSheet))
    shown = stage.shell.sheet()
    assert isinstance(shown, ErasedSheet)
    told = {label: value for label, value, _tone, _device in shown.facts._shown}
    assert (told["Found now"], int(told["Found before"]) > 5) == ("0", True)
    assert "training.db" in told["Searched"]
    press(Qt.Key.Key_Escape)
    stage.wait(lambda: words(page) == ["erased"])


def test_a_receipt_of_live_work_that_nobody_signed_is_taken_for_a_reason_alone(
    make_stage: MakeStage, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ui.outbox.word_of", weighed_as_live)
    stage = make_stage()
    ended_visit(stage, "J-1050")
    page = outbox_page(stage)
    page.export_to(str(tmp_path / "home"))
    stage.wait(lambda: words(page) == ["exported"])
    receipt = tmp_path / "receipt.json"
    receipt.write_bytes(acknowledge(tmp_path / "home", "A. Clerk"))
    page.take_receipt(str(receipt))
    stage.wait(lambda: stage.shell.sheet() is not None)
    sheet = stage.shell.sheet()
    assert isinstance(sheet, UnsignedReceiptSheet)
    assert sheet.leave.hasFocus()
    sheet.reason.setText("   because   ")
    assert not sheet.take_button.isEnabled()
    sheet.reason.setText("The clerk has shown me the files")
    sheet.take_button.click()
    stage.wait(lambda: words(page) == ["receipted"])
    assert "unsigned: The clerk has shown me the files" in page.list.rows[0].line
    page.list.mark(0)
    page.ask_erase()
    asked = stage.shell.sheet()
    assert isinstance(asked, EraseSheet)
    assert "The clerk has shown me the files" in " ".join(one.text() for one in asked.findChildren(Text))


def test_sending_is_stopped_and_goes_on(make_stage: MakeStage) -> None:
    stage = make_stage()
    stage.services.radio.desk = DESK
    ended_visit(stage, "J-1050", photo=True)
    page = outbox_page(stage)
    page.send.click()
    assert page.busy
    assert focus() is page.stop
    press(Qt.Key.Key_Escape)  # before the desk is heard
    stage.wait(lambda: not page.busy)
    assert page.notice.message.startswith("Stopped.")
    assert "waits" in words(page)
    page.send.click()
    stage.wait(lambda: not page.busy and set(words(page)) == {"receipted"})
    assert "The desk has" in page.notice.message
    assert page.list.rows[0].item is not None
    assert page.list.rows[0].item.by


def test_without_a_desk_that_is_said(make_stage: MakeStage) -> None:
    stage = make_stage()
    stage.services.radio.desk = ""
    ended_visit(stage, "J-1050")
    page = outbox_page(stage)
    page.send.click()
    stage.wait(lambda: page.notice.message == "No desk is chosen.")


def test_an_address_is_read_whole_before_the_head_says_what_waits(make_stage: MakeStage) -> None:
    stage = make_stage("day", 1024, 640)
    ended_visit(stage, "J-1050")
    stage.shell.look_at_outbox()
    stage.wait(lambda: waiting(stage) == 1)
    stage.visit("registers")
    stage.pause()
    title = stage.shell.header.title
    assert not stage.shell.header.outbox.isVisible()
    assert title.lines()[-1].endswith("ZZ9 9ZZ")
    stage.shell.go("jobs")
    stage.pause()
    assert stage.shell.header.outbox.isVisible()
