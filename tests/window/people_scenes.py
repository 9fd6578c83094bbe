"""The screens of log-in and people: a live store that several people share."""

from __future__ import annotations

import random
import tempfile
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtWidgets import QPushButton

from hht.access.person import Person
from hht.clock import ManualClock
from hht.i18n import _
from hht.store.people import People
from hht.store.store import Store
from hht.store.vault import KdfCost, PassPhrase
from tests.window import samples
from ui.system_key_store import KeyStoreError
from ui.window.log_sheet import LogSheet
from ui.window.pass_phrase_page import PassPhrasePage
from ui.window.people_sheet import PeopleSheet
from ui.window.settings_page import SettingsPage

if TYPE_CHECKING:
    from tests.window.scenes import Stage

LOGINS = ("ann", "bob", "dai", "olga")
CHEAP = KdfCost(memory_kib=64, iterations=1)


def shared_store(login: str = "olga") -> Store:
    """Four people's store, `login` logged in: Ann is an engineer, Bob an auditor, Dai a trainee, Olga the owner."""
    path = Path(tempfile.mkdtemp(prefix="hht-people-")) / "store.db"
    entropy, clock, phrase = random.Random(3).randbytes, ManualClock(samples.NOW), PassPhrase("correct horse")
    with Store.open(path, phrase, training=False, clock=clock, entropy=entropy, cost=CHEAP) as store:
        store.acting = lambda: store.person.words
        who = People(store)
        who.rename("owner", "Olga Owner", "S-1")
        who.add(Person("ann", "Ann Other", "E-17", ("engineer",)), phrase, cost=CHEAP)
        who.add(Person("bob", "Bob Bychan", "A-3", ("auditor",)), phrase, cost=CHEAP)
        who.add(Person("dai", "Dai Newydd", "", ("trainee",)), phrase, cost=CHEAP)
    login = "owner" if login == "olga" else login
    opened = Store.open(path, phrase, training=False, clock=clock, entropy=entropy, login=login)
    opened.acting = lambda: opened.person.words
    opened.note("logged-in", {"login": login})
    return opened


def _login(stage: Stage) -> None:
    stage.services.login_names = LOGINS
    stage.shell.open = False
    stage.shell.go("pass-phrase")
    page = stage.shell.page("pass-phrase")
    assert isinstance(page, PassPhrasePage)
    stage.wait(lambda: len(page.logins) == len(LOGINS))
    page.logins["bob"].click()
    stage.pause()


def people_sheet(stage: Stage, login: str = "olga") -> PeopleSheet:
    """The sheet, over the settings, with four people."""
    stage.services.radio.live_store = shared_store(login)
    stage.shell.go("settings")
    stage.find(QPushButton, "People…").click()  # type: ignore[attr-defined]
    sheet = stage.shell.sheet()
    assert isinstance(sheet, PeopleSheet)
    stage.wait(lambda: len(sheet.rows) == len(LOGINS))
    return sheet


def _people(stage: Stage) -> None:
    """Four people, and a refusal."""
    sheet = people_sheet(stage)
    sheet.rows["owner"].click()
    stage.wait(lambda: bool(sheet.notice.message))
    stage.pause()


def log_sheet(stage: Stage, login: str = "olga") -> LogSheet:
    """The log of the store that four people share, over the settings."""
    stage.services.radio.live_store = shared_store(login)
    stage.shell.go("settings")
    stage.find(QPushButton, "Log…").click()  # type: ignore[attr-defined]
    sheet = stage.shell.sheet()
    assert isinstance(sheet, LogSheet)
    stage.wait(lambda: bool(sheet.notice.message))
    return sheet


def _log(stage: Stage) -> None:
    """Who was added, and by whom."""
    log_sheet(stage)
    stage.pause()


def shared_window(stage: Stage, login: str = "ann") -> None:
    """The window is that person's, of four."""
    stage.services.radio.live_store = shared_store(login)
    stage.services.login_names = (*LOGINS[:3], "owner")
    stage.shell.whose.ask()
    stage.wait(lambda: stage.shell.whose.login == login)


def _shared(stage: Stage) -> None:
    """A visit, in whose head stands who is logged in."""
    shared_window(stage)
    stage.visit("registers")


def _change(stage: Stage) -> None:
    """Somebody else is to log in, and gave a wrong pass phrase."""
    _shared(stage)
    stage.shell.whose.change()
    sheet = stage.shell.lock.sheet
    assert sheet is not None
    sheet.logins["dai"].click()
    sheet.phrase.setText("not theirs")
    sheet.go_on()
    stage.wait(lambda: sheet.notice.message.startswith("That is not"))
    stage.pause()


def _key_store(stage: Stage) -> None:
    """Settings: this computer's key store opens the terminal for whoever is logged in."""
    slot = stage.services.own_key_slot
    slot.now = replace(slot.now, on=True, ends=samples.NOW + timedelta(days=30))
    stage.shell.go("settings")
    page = stage.shell.page("settings")
    assert isinstance(page, SettingsPage)
    part = page.key_slot
    assert part is not None
    stage.wait(part.turn.isEnabled)
    stage.pause()
    page._scroll.ensureWidgetVisible(part.turn)
    stage.pause()


def _key_store_silent(stage: Stage) -> None:
    """The start: the key store has refused, and the pass phrase is asked for."""
    stage.services.own_key_slot.whose = ("owner",)
    stage.services.own_key_slot.error = KeyStoreError(
        _("This computer's key store does not answer."),
        remedy=_("Go on with the pass phrase; it may be asking for its own password in another window."),
    )
    stage.shell.open = False
    stage.shell.go("pass-phrase")
    page = stage.shell.page("pass-phrase")
    assert isinstance(page, PassPhrasePage)
    stage.wait(lambda: bool(page.notice.message))
    stage.pause()


PEOPLE_SCENES: dict[str, Callable[[Stage], None]] = {
    "live-login": _login,
    "live-people": _people,
    "live-log": _log,
    "live-shared": _shared,
    "live-change": _change,
    "live-key-store": _key_store,
    "live-key-store-silent": _key_store_silent,
}
