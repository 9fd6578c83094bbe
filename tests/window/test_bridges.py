"""BLE bridges in the window: listening, the list, connecting by one press, what stands in the way."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import replace

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QPushButton

from hht.errors import HhtError
from tests.window import samples
from tests.window.keys import click, focus, press
from tests.window.scenes import Stage
from ui.bridges import strength_word
from ui.window.bridges_model import BridgesModel
from ui.window.bridges_sheet import BridgesSheet

MakeStage = Callable[..., Stage]
NEAR, FAR, PHONES = samples.bridges()


def look(stage: Stage) -> BridgesSheet:
    """Open the sheet from the settings."""
    stage.shell.go("settings")
    click(stage, "Look for Bluetooth bridges…")
    sheet = stage.shell.sheet()
    assert isinstance(sheet, BridgesSheet)
    return sheet


def names(sheet: BridgesSheet) -> list[str]:
    """The rows as they stand on the screen."""
    rows = [sheet._list.column.itemAt(at).widget() for at in range(sheet._list.column.count())]
    return [row.accessibleName() for row in rows if row is not None]


def test_connecting_takes_one_press_and_is_chosen_from_then_on(make_stage: MakeStage) -> None:
    stage = make_stage()
    sheet = look(stage)
    stage.wait(lambda: sheet.model.doing == "idle")
    assert names(sheet) == [NEAR.words, FAR.words]
    assert NEAR.words.startswith("OptoP-01 · strong (-52 dBm) · Nordic UART · last used ")
    assert sheet.status.text() == "2 heard"
    press(Qt.Key.Key_Tab)  # from Close round to the top: the keyboard alone
    assert focus().accessibleName() == "Show all devices"
    press(Qt.Key.Key_Tab)
    assert focus().accessibleName() == NEAR.words
    press(Qt.Key.Key_Space)
    stage.wait(lambda: stage.services.saved.link == NEAR.url)
    assert stage.services.tried == [NEAR.url]
    assert stage.shell.sheet() is None
    stage.wait(lambda: any(NEAR.url in button.text() for button in stage.shell.findChildren(QPushButton)))


def asked_of(stage: Stage, code: str) -> BridgesSheet:
    """The first bridge was pressed, and refused for that."""
    sheet = look(stage)
    stage.wait(lambda: sheet.model.doing == "idle")
    stage.services.try_error = HhtError("The bridge is not known.", remedy="See beneath.", code=code)
    press(Qt.Key.Key_Tab)
    press(Qt.Key.Key_Tab)
    press(Qt.Key.Key_Space)
    stage.wait(lambda: bool(sheet.notice.message))
    return sheet


def test_a_bridge_with_a_key_is_paired_by_the_code_on_it(make_stage: MakeStage) -> None:
    stage = make_stage()
    sheet = asked_of(stage, "link-bridge-unknown")
    assert focus() is sheet.code
    assert not sheet.settle.isEnabled()
    stage.services.pair_error = HhtError("The key does not go with it.", remedy="Compare.", code="link-bridge-code")
    sheet.code.setText("AAAAA-BBBBB-CCCCC-DDDDD")
    press(Qt.Key.Key_Return)
    stage.wait(lambda: "does not go with it" in sheet.notice.message)
    assert sheet.code.isVisible()
    assert not sheet.code.text(), "it is read off the bridge anew"
    stage.services.pair_error = None
    sheet.code.setText("ABCDE-FGHIJ-KLMNO-PQRST")
    sheet.settle.click()
    stage.wait(lambda: stage.services.saved.link == NEAR.url)
    assert stage.services.paired[-1] == (NEAR.url, "ABCDE-FGHIJ-KLMNO-PQRST")


def test_live_work_asks_before_a_bridge_without_a_key_is_used(make_stage: MakeStage) -> None:
    stage = make_stage(live=True)
    sheet = asked_of(stage, "link-bridge-unproved")
    assert not sheet.code.isVisible()
    assert focus() is sheet.close_button, "Enter leaves it"
    assert stage.services.paired == []
    sheet.settle.click()
    stage.wait(lambda: stage.services.saved.link == NEAR.url)
    assert stage.services.paired == [(NEAR.url, "")]


def test_all_devices_are_shown_when_asked_for(make_stage: MakeStage) -> None:
    stage = make_stage()
    sheet = look(stage)
    stage.wait(lambda: sheet.model.doing == "idle")
    click(stage, "Show all devices")
    stage.wait(lambda: len(sheet.rows) == 3 and sheet.model.doing == "idle")
    assert names(sheet)[0] == "Head phones · strong (-40 dBm) · no known kind of bridge"
    assert stage.services.bridge_scans == [False, True]
    click(stage, "Listen again")
    stage.wait(lambda: len(stage.services.bridge_scans) == 3)


def test_listening_is_shown_and_ends_with_the_sheet(make_stage: MakeStage) -> None:
    stage = make_stage()
    gate = stage.services.bridge_gate = asyncio.Event()
    sheet = look(stage)
    stage.wait(lambda: sheet.status.text() == "Listening… 2 heard")
    assert not sheet.again.isEnabled()
    call = sheet._call
    assert call is not None
    press(Qt.Key.Key_Escape)
    stage.wait(lambda: not call.running)
    assert stage.shell.sheet() is None
    assert not gate.is_set()


@pytest.mark.parametrize("where", ["listening", "connecting"])
def test_what_stands_in_the_way_is_said_with_what_to_do(make_stage: MakeStage, where: str) -> None:
    stage = make_stage()
    error = HhtError("Bluetooth is switched off.", remedy="Switch it on.", code="link-bluetooth-off")
    if where == "listening":
        stage.services.bridge_error = error
    else:
        stage.services.try_error = error
    sheet = look(stage)
    stage.wait(lambda: sheet.model.doing == "idle")
    if where == "connecting":
        sheet.rows[FAR.url].click()
    stage.wait(lambda: sheet.notice.message == "Bluetooth is switched off." and sheet.model.doing == "idle")
    assert stage.services.saved.link == ""
    assert sheet.again.isEnabled()
    stage.services.bridge_error = None
    click(stage, "Listen again")
    stage.wait(lambda: sheet.model.doing == "idle" and len(sheet.rows) == 2)
    assert sheet.notice.message == ""


def test_rows_stay_where_they_are_while_strengths_change() -> None:
    model = BridgesModel()
    model.listen()
    assert model.status == "Listening…"
    model.take([NEAR, FAR])
    model.take([replace(FAR, rssi=-30), replace(NEAR, rssi=-90), replace(PHONES, rssi=-50)])
    assert [row.url for row in model.rows] == [PHONES.url, NEAR.url, FAR.url]
    assert [row.rssi for row in model.rows] == [-50, -90, -30]
    model.listen()
    model.rest()
    assert "Wake the bridge" in model.status
    assert [strength_word(rssi) for rssi in (-60, -61, -80, -81)] == ["strong", "fair", "fair", "weak"]
