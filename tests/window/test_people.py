"""Log-in and people in the window: who are you, who is logged in, who was refused and who may."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtTest import QTest

from tests.window.keys import focus
from tests.window.people_scenes import people_sheet, shared_store
from tests.window.scenes import Stage
from tests.window.scripted import ScriptedServices
from ui.window.lock import Why
from ui.window.pass_phrase_page import PassPhrasePage
from ui.window.widgets import Text

MakeStage = Callable[..., Stage]


def test_where_several_share_the_store_each_says_who_they_are(make_stage: MakeStage) -> None:
    services = ScriptedServices(training=False, locked=True)
    services.login_names = ("ann", "bob")
    services.radio.live_store = shared_store("bob")
    stage = make_stage(services=services, live=True)
    page = stage.shell.page("pass-phrase")
    assert isinstance(page, PassPhrasePage)
    stage.wait(lambda: list(page.logins) == ["ann", "bob"])
    page.phrase.setText("correct horse")
    assert not page.unlock.isEnabled()
    page.logins["bob"].click()
    assert focus() is page.phrase
    page.unlock.click()
    stage.wait(lambda: stage.shell.whose.person == "bob")
    assert services.logged_in == "bob"
    assert stage.shell.windowTitle().endswith("· bob")
    stage.shell.lock.lock(Why.HAND)
    sheet = stage.shell.sheet()
    assert sheet is not None
    assert any("Logged in: bob." in text.text() for text in sheet.findChildren(Text))


def test_who_may_not_is_told_who_may_and_nothing_changes(make_stage: MakeStage) -> None:
    stage = make_stage(live=True)
    sheet = people_sheet(stage, "ann")
    sheet.rows["bob"].click()
    stage.wait(lambda: bool(sheet.notice.message))
    assert "may not say who works at this terminal" in sheet.notice.message
    assert "bob" in sheet.rows
    sheet.mine.setText("another phrase of ann")
    sheet.change.click()
    stage.wait(lambda: sheet.notice.message == "Your pass phrase is changed.")


def test_a_supervisor_adds_and_takes_out(make_stage: MakeStage) -> None:
    stage = make_stage(live=True)
    sheet = people_sheet(stage)
    for entry, text in ((sheet.login, "eve"), (sheet.called, "Eve Newid"), (sheet.phrase, "words of eve herself")):
        QTest.keyClicks(entry, text)
    sheet.roles["support"].click()
    sheet.add.click()
    stage.wait(lambda: "eve" in sheet.rows)
    assert sheet.phrase.text() == ""
    sheet.rows["eve"].click()
    stage.wait(lambda: "eve" not in sheet.rows)
