"""One person after another at the same window: in the real one, over a real store that several people share."""

from __future__ import annotations

import asyncio
import gc
import weakref
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from PySide6.QtCore import QCoreApplication, QEvent, Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLineEdit
from pytestqt.qtbot import QtBot

from hht.access.person import Person
from hht.clock import ManualClock
from hht.errors import HhtError
from hht.store.errors import PassPhraseError
from hht.store.log_chain import whole_log
from hht.store.people import People
from hht.store.throttle import FREE_GUESSES
from hht.work.view import StepState
from hht.work.visit_store import VisitStore
from tests.access.test_matrix import TAKEN, _made, live_job, open_as, phrase_of
from tests.store.conftest import CHEAP
from tests.window import samples
from tests.window.keys import focus, press
from tests.window.people_scenes import shared_store, shared_window
from tests.window.scenes import Stage, settle
from tests.window.scripted import ScriptedServices
from tests.window.test_popups import menu_at, open_popups
from ui.system import SystemClock
from ui.terminal import Terminal
from ui.window.app import make_application
from ui.window.clipboard import copy_out
from ui.window.frame import Frame
from ui.window.jobs_page import JobsPage
from ui.window.lock_sheet import LockSheet
from ui.window.messages import ErrorSheet
from ui.window.pass_phrase_page import PassPhrasePage
from ui.window.shell import Shell
from ui.window.succession import Succession
from ui.window.theme import THEME, load_fonts
from ui.with_people import LOG_KIND, require_left

MakeStage = Callable[..., Stage]
BOTH = Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.ShiftModifier


def _people_of(path: Path) -> str:
    """Make the live store of three people, and one job, whose id is told."""
    with _made(path) as store:
        People(store).rename("owner", "Olga Owner", "S-1")
        for role in ("engineer", "trainee"):
            People(store).add(Person(role, f"Person {role}", "", (role,)), phrase_of(role), cost=CHEAP)
        return VisitStore(store, str).import_job(live_job("J-2042"), "live.json", TAKEN).job_id


def locked(shell: Shell) -> LockSheet:
    sheet = shell.lock.sheet
    assert sheet is not None
    return sheet


class Shared:
    """The window as the program makes it, on a live store of three people with one job."""

    def __init__(self, folder: Path) -> None:
        self.store = folder / "store.db"
        self.job = _people_of(self.store)
        load_fonts(mono=False)
        THEME.choose("day", glove=False, training=False)
        THEME.apply(make_application())
        self.frame = Frame("day")
        self.frame.resize(1024, 640)
        self.who = Succession(self.frame, SystemClock(), training=False)
        self.who.begin(lambda: Terminal(data_dir=folder))
        self.frame.show()
        self.frame.activateWindow()
        self.who.start()

    @property
    def shell(self) -> Shell:
        return self.who.shell

    def here(self, login: str) -> bool:
        """Whether the window is that person's, and has its jobs."""
        jobs = self.shell.page("jobs")
        assert isinstance(jobs, JobsPage)
        return self.shell.whose.login == login and jobs.model.loaded and not self.shell.lock.locked

    def first(self, login: str) -> None:
        """Log in at the start."""
        page = self.shell.page("pass-phrase")
        assert isinstance(page, PassPhrasePage)
        settle(lambda: login in page.logins)
        page.logins[login].click()
        QTest.keyClicks(page.phrase, phrase_of(login).reveal().decode())
        press(Qt.Key.Key_Return)
        settle(lambda: self.here(login))

    def ask_who(self) -> LockSheet:
        """By the keyboard alone: lock the window for another, the names are there."""
        settle(lambda: QApplication.focusWidget() is not None)
        press(Qt.Key.Key_H, BOTH)
        return locked(self.shell)

    def field(self) -> QLineEdit:
        """Where the pass phrase is typed."""
        return locked(self.shell).phrase

    def get_it_wrong(self) -> None:
        """A pass phrase that is not theirs."""
        sheet = locked(self.shell)
        QTest.keyClicks(focus(), "no words of theirs")
        press(Qt.Key.Key_Return)
        settle(lambda: sheet.notice.message == "The pass phrase is wrong." and not sheet._busy)
        assert sheet.phrase.text() == ""

    def choose(self, login: str) -> None:
        """Tab to the name."""
        sheet = locked(self.shell)
        for _tab in range(8):
            if focus() is sheet.logins[login]:
                break
            press(Qt.Key.Key_Tab)
        press(Qt.Key.Key_Space)
        assert focus() is sheet.phrase

    def close(self) -> None:
        self.frame.close()
        self.who.end()
        self.frame.deleteLater()
        QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
        gc.unfreeze()


@pytest.fixture
def shared(qtbot: QtBot, tmp_path: Path) -> Iterator[Shared]:
    window = Shared(tmp_path)
    yield window
    window.close()


@pytest.mark.qt_log_ignore("^This plugin does not support (raise|grabbing the keyboard)")
def test_another_logs_in_and_has_nothing_of_the_one_before_but_the_visit(shared: Shared) -> None:
    shared.first("engineer")
    former, services = weakref.ref(shared.shell), shared.who.bridge._services
    assert isinstance(services, Terminal)
    vault = weakref.ref(services._opened()._vault)
    del services
    jobs = shared.shell.page("jobs")
    assert isinstance(jobs, JobsPage)
    jobs.search.setText("somebody's own search")
    copy_out("what the engineer copied")
    shared.shell.save_settings(replace(shared.shell.settings, link="tcp://127.0.0.1:9"))
    shared.shell.open_visit(shared.job)
    settle(lambda: shared.shell.page_name() == "visit")
    visit = shared.shell.visit_view()
    assert visit is not None
    assert shared.frame.windowTitle().endswith("· engineer")
    assert shared.shell.header.person.accessibleName().startswith("Logged in: engineer.")

    shared.ask_who()
    shared.choose("trainee")
    shared.get_it_wrong()
    assert shared.shell is former()
    del jobs
    left: list[list[str]] = []
    shared.shell.whose.handed_on.connect(lambda _make: left.append(open_popups()))
    QTest.keyClicks(focus(), phrase_of("trainee").reveal().decode())
    menu_at(shared.field())
    press(Qt.Key.Key_Return)
    settle(lambda: shared.here("trainee"))

    assert left == [[]], "a menu of the former's window stays open"
    assert shared.frame.windowTitle().endswith("· trainee")
    assert QGuiApplication.clipboard().text() == ""
    assert (shared.shell.visit_view(), shared.shell.sheet()) == (None, None)
    jobs = shared.shell.page("jobs")
    assert isinstance(jobs, JobsPage)
    assert jobs.search.text() == ""
    gc.collect()
    assert (former(), vault()) == (None, None), "the former's window, or keys, are still held"

    shared.shell.save_settings(replace(shared.shell.settings, lock_minutes=15))
    settle(lambda: isinstance(shared.shell.sheet(), ErrorSheet))
    settle(lambda: QApplication.focusWidget() is not None)
    press(Qt.Key.Key_Escape)
    shared.shell.open_visit(shared.job)
    settle(lambda: shared.shell.page_name() == "visit")
    again = shared.shell.visit_view()
    assert again is not None
    assert again.visit_id == visit.visit_id
    with open_as(shared.store, "owner") as store:
        runs = VisitStore(store, str).record(visit.visit_id).runs
        (changed,) = [entry for entry in whole_log(store) if entry.kind == LOG_KIND]
    assert [run.engineer.name for run in runs] == ["Person engineer", "Person trainee"]
    assert changed.details.items() >= {"from": "engineer", "to": "trainee", "visit": visit.visit_id}.items()


def test_who_logs_in_waits_for_what_is_being_read(make_stage: MakeStage) -> None:
    services = ScriptedServices(training=False)
    services.radio.live_store = shared_store("ann")
    stage = make_stage(services=services, live=True)
    settle(lambda: stage.shell.whose.login == "ann")
    handed: list[object] = []
    stage.shell.whose.handed_on.connect(handed.append)
    said: list[str] = []
    services.try_gate = gate = asyncio.Event()
    stage.bridge.call(lambda services: services.try_probe("serial:///dev/ttyUSB0"), said.append)
    stage.bridge.call(lambda services: services.until_plugged("serial:///dev/ttyUSB1"), idle=True)  # holds up nobody
    stage.shell.whose.change()
    sheet = locked(stage.shell)
    sheet.logins["bob"].click()
    QTest.keyClicks(focus(), "correct horse")
    press(Qt.Key.Key_Return)
    assert sheet.notice.message.startswith("Something is still being read, written or sent")
    sheet.logins["dai"].click()  # called off, and the pass phrase is gone
    assert (sheet.phrase.text(), sheet.notice.message) == ("", "")
    sheet.logins["bob"].click()
    QTest.keyClicks(focus(), "correct horse")
    press(Qt.Key.Key_Return)
    stage.pause()
    assert (services.logged_in, handed) == ("", [])
    stage.bridge.tell(lambda _services: gate.set())
    settle(lambda: len(handed) == 1)
    assert services.logged_in == "bob"
    assert said == ["HHT TRAINER-1E"], "it was read to its end"


def test_who_was_chosen_stays_chosen_when_others_come_or_go(make_stage: MakeStage) -> None:
    stage = make_stage(live=True)
    shared_window(stage)
    stage.shell.whose.change()
    sheet = locked(stage.shell)
    stage.pause()
    sheet.logins["bob"].click()
    for there, chosen in ((("ann", "bob"), "bob"), (("ann", "bob", "eve"), "bob"), (("ann", "dai", "eve"), "ann")):
        sheet._heard(there)
        assert tuple(sheet.logins) == there
        assert [login for login, choice in sheet.logins.items() if choice.isChecked()] == [chosen]


@pytest.mark.parametrize(("state", "supply", "refused"), [
    (StepState.STARTED, False, "at work"), (StepState.STARTED, True, "at work"), (StepState.READY, True, "supply"),
    (StepState.ASKING, True, "supply"), (StepState.UNKNOWN, True, "supply"), (StepState.STOPPED, True, "supply"),
    (StepState.DONE, True, ""), (StepState.LEFT, True, ""), (StepState.ASKING, False, ""), (StepState.READY, False, ""),
])  # fmt: skip
def test_a_visit_is_left_to_another_where_nothing_is_half_done(state: StepState, supply: bool, refused: str) -> None:
    view = samples.visit("registers", state)
    steps = tuple(replace(step, supply=supply and step.id == view.current) for step in view.steps)
    if refused:
        with pytest.raises(HhtError, match=refused) as caught:
            require_left(replace(view, steps=steps))
        assert caught.value.code == "change-visit"
    else:
        require_left(replace(view, steps=steps))


async def test_wrong_pass_phrases_are_slowed_down_as_at_opening_and_nothing_changes(tmp_path: Path) -> None:
    _people_of(tmp_path / "store.db")
    terminal = Terminal(data_dir=tmp_path, clock=ManualClock(samples.NOW))
    await terminal.unlock(phrase_of("engineer").reveal().decode(), "engineer")
    right = phrase_of("trainee").reveal().decode()
    for phrase in (*("wrong",) * FREE_GUESSES, right):
        with pytest.raises(PassPhraseError) as caught:
            await terminal.successor(phrase, "trainee")
    assert caught.value.code == "pass-phrase-wait"
    assert (await terminal.people.all()).here.login == "engineer"
    with pytest.raises(PassPhraseError):
        await terminal.successor(phrase_of("engineer").reveal().decode(), "owner")  # each by their own
    await terminal.close()
    with open_as(tmp_path / "store.db", "owner") as store:
        assert not [entry for entry in whole_log(store) if entry.kind == LOG_KIND]
