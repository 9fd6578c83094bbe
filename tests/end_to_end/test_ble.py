"""A meter behind a virtual BLE bridge in a process of its own, and the terminal as it is, with plain bleak."""

from __future__ import annotations

import asyncio
import json
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from drivers.virtual_ble import has_daemon
from drivers.virtual_ble.private_bus import VARIABLE
from hht.clock import iso_z
from tests.conftest import ROOT
from tests.support.command import here, hht, visit_words
from tests.support.emulate import Emulated
from tests.window.test_visit_end_to_end import Hands
from ui.bridges import BridgeChoice
from ui.system import SystemClock
from ui.terminal import Terminal
from ui.window.bridges_sheet import BridgesSheet
from ui.window.device_page import DevicePage

pytestmark = pytest.mark.skipif(not has_daemon(), reason="needs dbus-daemon (apt-get install dbus)")


@pytest.fixture(scope="module")
def emulated() -> Iterator[Emulated]:
    with Emulated(
        "single-element", "--days", "1", "--speed", "0", "--optical", "tcp://127.0.0.1:0", "--ble"
    ) as running:
        yield running


@pytest.fixture(autouse=True)
def _on_its_bus(emulated: Emulated, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in emulated.listening["environment"].items():
        monkeypatch.setenv(name, value)


def test_who_is_there(emulated: Emulated) -> None:
    done = hht("identify", emulated.listening["ble"], "--training")
    assert (done.status, done.last["ok"]) == (0, True), done.errors
    assert done.last["device_id"] == emulated.listening["device_id"]


def test_a_whole_read_is_the_same_over_the_bridge(emulated: Emulated) -> None:
    words = ("clock", "registers", "profile", "events", "--rows", "--training")
    over_air, over_wire = (here("read", emulated.listening[way], *words) for way in ("ble", "optical"))
    assert over_air.status == over_wire.status == 0, over_air.errors
    assert len(over_air.of("row")) >= 47
    for kind in ("register", "row"):
        assert over_air.of(kind) == over_wire.of(kind) != []
    assert over_air.of("event")
    assert all(event in over_wire.of("event") for event in over_air.of("event"))
    assert over_air.last["bytes_rx"] > 5000


def test_after_a_kill_in_the_middle_the_next_one_gets_through(emulated: Emulated) -> None:
    """BlueZ keeps the dead one's connection, and the meter its conversation."""
    words = ("read", emulated.listening["ble"], "clock", "registers", "profile", "--rows", "--training", "--json")
    with subprocess.Popen([sys.executable, "-m", "ui", *words], cwd=ROOT, stdout=subprocess.PIPE) as reading:
        assert reading.stdout is not None
        assert reading.stdout.readline()
        reading.kill()
    done = here("identify", emulated.listening["ble"], "--training")
    assert (done.status, done.last.get("device_id")) == (0, emulated.listening["device_id"]), done.last


async def in_the_window(url: str, folder: Path) -> BridgeChoice:
    """The bridge as the window lists it, once it was connected to there."""
    terminal = Terminal(data_dir=folder, training=True, clock=SystemClock())
    try:
        await terminal.needs_pass_phrase()
        heard: list[list[BridgeChoice]] = []
        (near,) = await terminal.bridges(heard.append)
        assert (near.url, near.title, near.kind, near.used) == (url, "OptoP-01", "Nordic UART", None)
        assert heard[-1][0].url == url
        await terminal.try_link(url)
        remembered = [choice for choice in await terminal.links() if choice.url.startswith("ble:")]
        assert [choice.url for choice in remembered] == [url]
        assert remembered[0].title.startswith("OptoP-01 · last used ")
        (near,) = await terminal.bridges(heard.append, everything=True)
        return near
    finally:
        await terminal.close()


def test_window_and_command_line_list_the_same_and_remember_it(
    emulated: Emulated, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr("drivers.ble_radio.LISTEN_S", 0.3)
    monkeypatch.setattr("drivers.discovery.list_serial_ports", list)
    url = emulated.listening["ble"]
    near = asyncio.run(in_the_window(url, tmp_path))
    done = here("ports", "--ble", "--data-dir", str(tmp_path))
    (told,) = done.of("bridge")
    assert (told["link"], told["title"], told["rssi_dbm"], told["kind"]) == (url, near.title, near.rssi, near.kind)
    assert near.used is not None
    assert told["last_used"] == iso_z(near.used)
    assert done.last["bridges"] == 1


def test_in_the_window_with_two_presses(emulated: Emulated, qtbot: QtBot, tmp_path: Path) -> None:
    """One looks, one connects; then the meter is read. bleak runs in the core thread."""
    hands = Hands(tmp_path)
    try:
        hands.until(lambda: hands.shell.page_name() == "jobs", "the jobs")
        hands.shell.go("settings")
        hands.press("Look for Bluetooth bridges…")
        sheet = hands.shell.sheet()
        assert isinstance(sheet, BridgesSheet)
        hands.until(lambda: bool(sheet.rows), "a bridge that is heard")
        QTest.mouseClick(next(iter(sheet.rows.values())), Qt.MouseButton.LeftButton)  # it need not listen to the end
        hands.until(lambda: hands.shell.settings.link == emulated.listening["ble"], "the bridge as the chosen link")
        assert hands.shell.sheet() is None
        hands.shell.go("device")
        page = hands.shell.page("device")
        assert isinstance(page, DevicePage)
        hands.press("Read meter")
        hands.until(lambda: page.snapshot is not None or bool(page.notice.message), "what the meter says")
        assert page.snapshot is not None, page.notice.message
        assert page.snapshot.identity.device_id == emulated.listening["device_id"]
    finally:
        hands.close()


def test_a_bridge_is_paired_by_its_code_proves_itself_and_the_report_says_so(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    with Emulated("single-element", "--days", "1", "--speed", "0", "--ble", "--bridge-key") as keyed:
        monkeypatch.setenv(VARIABLE, keyed.listening["environment"][VARIABLE])
        url, code = keyed.listening["ble"], keyed.listening["bridge_code"]
        data = ("--data-dir", str(tmp_path / "data"))
        stranger = here("identify", url, "--training", *data)
        assert (stranger.status, stranger.last["code"]) == (1, "link-bridge-unknown")
        (tmp_path / "phrase").write_text("four unrelated words")
        live_data = (*data, "--pass-phrase-file", str(tmp_path / "phrase"))
        live = here("bridge", "pair", url, "--code", code, *live_data)
        assert (live.status, live.last["code"]) == (1, "link-bridge-training"), "everybody has that key"
        wrong = here("bridge", "pair", url, "--code", f"{code[:-1]}{'A' if code[-1] != 'A' else 'B'}", *live_data)
        assert (wrong.status, wrong.last["code"]) == (1, "link-bridge-code")
        paired = here("bridge", "pair", url, "--code", code.lower(), "--name", "my probe", "--training", *data)
        assert (paired.status, paired.of("bridge")[0]["authenticated"]) == (0, True)
        done = here(*visit_words("run", tmp_path, url))
        assert (done.status, done.last["outcome"]) == (0, "complete"), done.last
        report = json.loads(Path(done.last["report"]).with_suffix(".json").read_text())
        (link,) = report["visit"]["links"]
        assert (link["link"], link["proof"]) == (url, f"authenticated as my probe ({code})")
    assert [one["name"] for one in here("bridge", "list", "--training", *data).of("bridge")] == ["my probe"]
    assert here("bridge", "list", *data).of("bridge") == []
    assert here("bridge", "forget", "my probe", "--training", *data).status == 0
    assert here("bridge", "forget", "my probe", "--training", *data).last["code"] == "bridge-unknown"
    accepted = here("bridge", "accept", url, *live_data)
    assert (accepted.status, accepted.of("bridge")[0]["authenticated"]) == (0, False)
    assert here("bridge", "accept", "tcp://h:1", *data).status == 2


def test_all_is_about_bluetooth() -> None:
    done = here("ports", "--all")
    assert (done.status, done.last["type"]) == (2, "error")


def test_a_killed_emulator_leaves_no_bus_behind() -> None:
    with Emulated("single-element", "--days", "1", "--ble") as running:
        assert running.url == running.listening["ble"]
        folder = Path(running.listening["environment"][VARIABLE].removeprefix("unix:path=")).parent
        assert folder.is_dir()
        running.stop(signal.SIGKILL)
        deadline = time.monotonic() + 60
        while folder.exists():
            assert time.monotonic() < deadline, "the daemon and its folder are still there"
            time.sleep(0.01)


@pytest.mark.parametrize(
    ("lacks", "says"), [("find_spec", "pip install bumble=="), ("has_daemon", "apt-get install dbus")]
)
def test_what_is_missing_is_said(lacks: str, says: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(f"drivers.serve_ble.{lacks}", lambda *_name: None)
    done = here("emulate", "single-element", "--days", "1", "--ble")
    assert (done.status, done.last["code"]) == (1, "virtual-radio-missing")
    assert says in done.last["remedy"]


def test_the_version_of_bumble_that_is_asked_for_is_the_one_that_is_tested_with() -> None:
    from drivers.serve_ble import BUMBLE

    assert f'"{BUMBLE}"' in (ROOT / "pyproject.toml").read_text()
