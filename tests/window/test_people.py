"""Log-in and people in the window: who are you, who is logged in, who was refused and who may."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from PySide6.QtTest import QTest

from hht.evidence import check_bundle
from tests.window.keys import focus
from tests.window.people_scenes import log_sheet, people_sheet, shared_store
from tests.window.scenes import Stage
from tests.window.scripted import ScriptedServices
from tests.work.test_visits_noted import altered
from ui.window.files import SaveSheet
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


def test_an_auditor_looks_at_the_log_finds_in_it_and_exports_it(make_stage: MakeStage, tmp_path: Path) -> None:
    stage = make_stage(live=True)
    sheet = log_sheet(stage, "bob")
    assert sheet.notice.message == "It is whole: no entry is missing, moved or altered."
    told = len(sheet.items.rows)
    assert told > 3
    QTest.keyClicks(sheet.search, "ann added")
    ((_when, who, what),) = sheet.items.rows
    assert (who, what.split(":")[0]) == ("Olga Owner S-1", "added a person")
    assert sheet.count.text() == f"1 of {told} entries"
    assert "people-added" in sheet.whole.text()
    sheet.search.setText("nothing like it")
    assert (sheet.items.rows, sheet.whole.text()) == ([], "Nothing fits. Empty the search.")
    sheet.export.click()
    chosen = stage.shell.sheet()
    assert isinstance(chosen, SaveSheet)
    chosen.path.setText(str(tmp_path / "log.hhtb"))
    chosen.finish()
    stage.wait(lambda: "written" in sheet.notice.message)
    assert check_bundle((tmp_path / "log.hhtb").read_bytes()).problem == ""


def test_an_engineer_sees_their_own_entries_alone_and_exports_nothing(make_stage: MakeStage) -> None:
    stage = make_stage(live=True)
    sheet = log_sheet(stage, "ann")
    assert sheet.notice.message.startswith("Here are your own entries alone")
    assert {who for _when, who, _what in sheet.items.rows} == {"Ann Other E-17"}
    assert not sheet.export.isEnabled()


def test_a_log_that_is_not_whole_says_so_in_the_window(make_stage: MakeStage) -> None:
    stage = make_stage(live=True)
    sheet = log_sheet(stage)
    sheet.close_sheet()
    store = stage.services.radio.live_store
    assert store is not None
    altered(store.path.parent, "DELETE FROM log WHERE key = '2'")
    stage.shell.page("settings").log.click()  # type: ignore[attr-defined]
    sheet = stage.shell.sheet()  # type: ignore[assignment]
    stage.wait(lambda: "deleted: entry 2 is missing" in sheet.notice.message)
    assert sheet.items.rows == []
