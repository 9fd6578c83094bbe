"""The window in live work, with a planted secret of every kind: neither what it writes, nor the clipboard, nor what is
told of a fault holds one (T16)."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLineEdit
from pytestqt.qtbot import QtBot

from hht.work.job import parse_job
from hht.work.walkthrough import load_walkthrough
from tests.end_to_end.lived_in import ENGINEER, PHRASE, Computer, job
from tests.support.canary import found_in, found_under
from tests.support.emulate import Emulated
from tests.window.test_install_flow import Engineer
from tests.window.test_visit_end_to_end import Hands
from ui.services import Services
from ui.system import SystemClock
from ui.terminal import Terminal
from ui.window.app import make_application
from ui.window.appearance import write
from ui.window.bridge import Bridge
from ui.window.files import SaveSheet
from ui.window.messages import CrashSheet
from ui.window.shell import Shell
from ui.window.theme import THEME, load_fonts


class LiveEngineer(Engineer):
    """In front of a live store."""

    def __init__(self, computer: Computer, text: str) -> None:
        self.computer = computer
        self.of = parse_job(text, "job.json")
        self.flow = load_walkthrough(self.of.walkthrough).for_job(self.of)
        app = make_application()
        for mono in (False, True):
            load_fonts(mono=mono)
        THEME.choose("day", glove=False, training=False)
        THEME.apply(app)
        self.bridge = Bridge(lambda: Terminal(data_dir=computer.data, training=False))
        remember = str(computer.folder / "config" / "appearance")
        write(remember, "day", glove=False)
        self.shell = Shell(self.bridge, SystemClock(), training=False, remember=remember)
        self.shell.show()
        self.shell.activateWindow()
        self.bridge.start()

    def unlock(self) -> None:
        """With the pass phrase, by the keyboard."""
        self.until(lambda: isinstance(QApplication.focusWidget(), QLineEdit), "the pass phrase's field")
        self.type(PHRASE)

    def settle_in(self) -> None:
        """Who it is, and how the meter is reached."""
        done: list[object] = []

        async def choose(services: Services) -> None:
            chosen = replace(await services.settings(), engineer=ENGINEER, link=self.computer.meter)
            await services.save_settings(chosen)

        self.bridge.call(choose, done.append, done.append)
        self.until(lambda: bool(done), "the settings")

    def meet_a_bug(self) -> CrashSheet:
        """Something in the core quotes all that it knows."""
        said = {name: secret.decode("latin-1") for name, secret in self.computer.secrets.items()}

        async def bug(_services: object) -> None:
            raise RuntimeError(f"cannot {said}")

        self.bridge.call(bug)
        self.until(lambda: isinstance(self.shell.sheet(), CrashSheet), "the sheet about the bug")
        sheet = self.shell.sheet()
        assert isinstance(sheet, CrashSheet)
        return sheet

    def clipboard(self) -> bytes:
        return QGuiApplication.clipboard().text().encode()


@pytest.fixture(scope="module")
def meter() -> Iterator[Emulated]:
    with Emulated("single-element", "--optical", "tcp://127.0.0.1:0", "--days", "1") as running:
        yield running


@pytest.mark.timeout(240)
def test_a_visit_in_the_window(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, meter: Emulated, qtbot: QtBot) -> None:
    computer = Computer(tmp_path, monkeypatch, meter.url)
    text = job("install-dual-fuel.json", "J-77342")
    electricity, gas = (one for one in json.loads(text)["devices"] if "meter" in one["type"])
    own = {"MPAN": electricity["mpan"], "MPRN": gas["mprn"], "Device ID": electricity["device_id"]}
    computer.secrets |= {name: value.encode() for name, value in own.items()}
    computer.hht("job", "import", computer.signed("job.json", text))
    at = LiveEngineer(computer, text)
    try:
        at.unlock()
        at.until(lambda: at.shell.open and at._jobs().model.loaded, "the job list")
        at.settle_in()
        at.open_job()
        at.until(at.settled, "the first step")
        at.play(stop_before="agree/told", occupants_needs="hearing-sight")
        shutil.copytree(computer.folder, tmp_path / "while it is open")
        sheet = at.meet_a_bug()
        at.press("Copy")
        assert at.clipboard().startswith(b"RuntimeError: cannot")
        assert found_in(at.clipboard(), computer.secrets) == set()
        at.press("Save session file…")
        saving = at.shell.sheet()
        assert isinstance(saving, SaveSheet)
        saving.path.setText(str(computer.asked / "session.json"))
        at.press("Save")
        at.until((computer.asked / "session.json").is_file, "the session file")
        assert found_in((computer.asked / "session.json").read_bytes(), computer.secrets) == set()
        sheet.close_sheet()
        QTest.keyClick(at.shell, Qt.Key.Key_L, Qt.KeyboardModifier.ControlModifier)
        at.until(lambda: at.shell.lock.locked, "the lock")
        assert at.clipboard() == b""
    finally:
        Hands.close(at)
    asked = {"name", "address", "MPAN", "MPRN", "Device ID", "vulnerability", "answer on vulnerability", "engineer"}
    assert asked & computer.never_sealed() == set()
    shutil.copytree(computer.folder, tmp_path / "afterwards")
    for copy in ("while it is open", "afterwards"):
        assert found_under(tmp_path / copy, computer.secrets) == {}
