"""This computer's key store in the window: it opens it at the start and at no other time, or says why not."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import pytest
from PySide6.QtTest import QTest

from hht.errors import HhtError
from hht.store.errors import phrase_first
from tests.window.keys import focus
from tests.window.scenes import Stage
from tests.window.scripted import ScriptedServices
from ui.services import Settings
from ui.window.lock import Why
from ui.window.lock_sheet import LockSheet
from ui.window.messages import ErrorSheet
from ui.window.pass_phrase_page import PassPhrasePage
from ui.window.settings_page import SettingsPage
from ui.window.widgets import Text

MakeStage = Callable[..., Stage]
NOTHING = HhtError("It has nothing for this terminal.", remedy="Give the pass phrase.", code="key-slot")


def locked(*whose: str, logins: tuple[str, ...] = ()) -> ScriptedServices:
    services = ScriptedServices(training=False, locked=True)
    services.login_names, services.own_key_slot.whose = logins, whose
    return services


def page_of(stage: Stage) -> PassPhrasePage:
    stage.wait(lambda: stage.shell.page_name() == "pass-phrase")
    page = stage.shell.page("pass-phrase")
    assert isinstance(page, PassPhrasePage)
    return page


def test_it_opens_the_window_of_one_person_and_never_unlocks_it(make_stage: MakeStage) -> None:
    services = locked("owner")
    stage = make_stage(services=services, live=True)
    stage.wait(lambda: stage.shell.open)
    assert services.own_key_slot.asked == [""]
    stage.shell.lock.lock(Why.HAND)
    stage.pause()
    assert isinstance(stage.shell.sheet(), LockSheet)
    assert services.own_key_slot.asked == [""]
    stage.shell.lock._opened()
    stage.shell.show_error(phrase_first())
    sheet = stage.shell.sheet()
    assert isinstance(sheet, LockSheet)
    assert any("This needs your pass phrase" in text.text() for text in sheet.findChildren(Text))


def test_where_several_share_it_only_for_who_says_who_they_are(make_stage: MakeStage) -> None:
    services = locked("bob", logins=("ann", "bob"))
    stage = make_stage(services=services, live=True)
    page = page_of(stage)
    stage.wait(lambda: list(page.logins) == ["ann", "bob"])
    page.logins["ann"].click()
    stage.pause()
    assert (services.own_key_slot.asked, stage.shell.open) == ([], False)
    page.logins["bob"].click()
    stage.wait(lambda: stage.shell.open)
    assert services.own_key_slot.asked == ["bob"]


def test_what_it_does_not_give_is_said_and_while_it_is_silent_the_phrase_opens(make_stage: MakeStage) -> None:
    services = locked("owner")
    services.own_key_slot.error = NOTHING
    stage = make_stage(services=services, live=True)
    page = page_of(stage)
    stage.wait(lambda: page.notice.message == NOTHING.message)
    assert focus() is page.phrase
    services = locked("owner")
    services.own_key_slot.gate = asyncio.Event()
    stage = make_stage(services=services, live=True)
    page = page_of(stage)
    stage.wait(lambda: services.own_key_slot.asked == [""])
    QTest.keyClicks(page.phrase, services.pass_phrase)
    page.unlock.click()
    stage.wait(lambda: stage.shell.open)
    assert services.own_key_slot.now.on is False, "nobody chose it"


def test_it_is_turned_on_at_the_unlocking_and_off_in_the_settings(make_stage: MakeStage) -> None:
    services = locked()
    stage = make_stage(services=services, live=True)
    page = page_of(stage)
    assert not page.keep.isChecked()
    page.keep.click()
    page.phrase.setText(services.pass_phrase)
    page.unlock.click()
    stage.wait(lambda: stage.shell.open and services.own_key_slot.now.on)
    stage.wait(lambda: stage.shell._settings is not None)
    stage.shell.go("settings")
    settings = stage.shell.page("settings")
    assert isinstance(settings, SettingsPage)
    part = settings.key_slot
    assert part is not None
    stage.wait(lambda: part.turn.isEnabled())
    assert part.words.text().startswith("On: whoever is in your account")
    part.turn.click()
    stage.wait(lambda: part.words.text().startswith("Off:"))
    part.rule.click()
    stage.wait(lambda: "forbidden" in part.words.text())
    assert not part.turn.isEnabled()
    part.rule.click()
    stage.wait(lambda: part.turn.isEnabled())
    services.own_key_slot.error = no_key_store()
    part.turn.click()
    stage.wait(lambda: not part.problem.isHidden())
    assert not services.own_key_slot.now.on


def no_key_store() -> HhtError:
    return HhtError("This computer has no key store.", remedy="Go on with the pass phrase.", code="no-key-store")


def test_where_there_is_none_the_terminal_opens_all_the_same(make_stage: MakeStage) -> None:
    services = locked()
    services.own_key_slot.error = no_key_store()
    stage = make_stage(services=services, live=True)
    page = page_of(stage)
    page.keep.click()
    page.phrase.setText(services.pass_phrase)
    page.unlock.click()
    stage.wait(lambda: isinstance(stage.shell.sheet(), ErrorSheet))
    assert stage.shell.open


def test_a_setting_that_asks_for_the_phrase_first_does_not_hold_before(
    make_stage: MakeStage, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def refuse(_services: ScriptedServices, _settings: Settings) -> None:
        raise phrase_first()

    stage = make_stage(live=True)
    stage.shell.go("settings")
    page = stage.shell.page("settings")
    assert isinstance(page, SettingsPage)
    monkeypatch.setattr(ScriptedServices, "save_settings", refuse)
    page.lock_choice.buttons["15"].click()
    stage.wait(lambda: stage.shell.lock.locked and stage.shell.settings.lock_minutes == 5)
    stage.pause()
    assert page.lock_choice.buttons["5"].isChecked()
    sheet = stage.shell.sheet()
    assert isinstance(sheet, LockSheet)
    assert focus() is sheet.phrase
