"""The wallet in the window: what is kept, added and refused, and what a visit then shows of it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

from pytestqt.qtbot import QtBot

from hht.work.view import Question, QuestionKind
from tests.window import samples
from tests.window.keys import click
from tests.window.scenes import Stage
from ui.window.question_box import QuestionBox
from ui.window.wallet_sheet import WalletSheet
from ui.window.widgets import Text

MakeStage = Callable[..., Stage]
TODAY = samples.NOW.date()


def told(sheet: WalletSheet) -> str:
    """Everything that the sheet says."""
    return "\n".join(text.text() for text in sheet.findChildren(Text))


def test_an_instrument_is_added_refused_when_overdue_and_removed(make_stage: MakeStage) -> None:
    stage = make_stage()
    stage.shell.go("settings")
    click(stage, "Wallet…")
    sheet = stage.shell.sheet()
    assert isinstance(sheet, WalletSheet)
    sheet.kinds["loop"].click()
    sheet.number.setText("LOOP-2")
    sheet.until.setText((TODAY - timedelta(days=1)).isoformat())
    sheet.add.click()
    stage.wait(lambda: "nothing was kept" in sheet.notice.message)
    sheet.until.setText("31/03/2027")
    sheet.add.click()
    assert "is not a date" in sheet.notice.message
    assert sheet.number.text() == "LOOP-2", "what was typed stays"
    sheet.until.setText((TODAY + timedelta(days=20)).isoformat())
    sheet.add.click()
    stage.wait(lambda: list(sheet.rows) == ["LOOP-2"])
    assert sheet.notice.message == ""
    assert "Loop impedance tester · LOOP-2" in told(sheet)
    assert "ends in 20 days" in told(sheet)
    sheet.rows["LOOP-2"].click()
    stage.wait(lambda: not sheet.rows)
    assert "LOOP-2" not in told(sheet)


def test_what_the_wallet_says_stands_in_the_field_and_can_be_changed(qtbot: QtBot) -> None:
    box = QuestionBox()
    qtbot.addWidget(box)
    answers: list[tuple[str, str]] = []
    box.answered.connect(lambda name, value: answers.append((name, value)))
    box.ask(Question("instruments/loop", QuestionKind.SERIAL, "Loop tester", filled="LOOP-2"))
    assert any("From your wallet" in text.text() for text in box.findChildren(Text))
    box.submit()
    box.scanned("OTHER-9")
    assert answers == [("instruments/loop", "LOOP-2"), ("instruments/loop", "OTHER-9")]
