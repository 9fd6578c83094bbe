"""`hht ports`, and what is remembered of adapters: the window lists the same."""

from __future__ import annotations

import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from drivers.discovery import SerialPortInfo
from hht.clock import ManualClock
from tests.cli.conftest import Run
from tests.drivers.test_plugging import plugged
from ui.known_ports import KnownPorts, by_use, known_ports, port_words
from ui.services import Settings
from ui.terminal import Terminal

NOW = datetime(2026, 11, 21, 9, 0, tzinfo=UTC)


@pytest.fixture
def ports(monkeypatch: pytest.MonkeyPatch) -> list[SerialPortInfo]:
    """Two adapters of one kind, at COM9 and COM7."""
    found = plugged("COM9", "COM7")
    monkeypatch.setattr("drivers.discovery.list_serial_ports", lambda: found)
    monkeypatch.setattr("drivers.discovery.lasting_url.__defaults__", (lambda: found,))
    return found


def test_ports_are_told_with_everything_that_is_known(run: Run, ports: list[SerialPortInfo], tmp_path: Path) -> None:
    clock = ManualClock(NOW)
    known_ports(tmp_path / "home", clock).used(ports[1])
    done = run("ports")
    assert (done.status, [line["type"] for line in done.lines]) == (0, ["port", "port", "result"])
    first, second, result = done.lines
    assert (first["device"], first["last_used"]) == ("COM9", "2026-11-21T09:00:00Z")
    assert (second["device"], second["last_used"]) == ("COM7", None)
    assert first["link"] == "optical:usb:0403:6015/DK0FLAG1"
    assert (first["maker"], first["product"], first["serial_number"]) == ("FTDI", "FT230X", "DK0FLAG1")
    assert (first["vid"], first["pid"], result["ports"]) == (0x0403, 0x6015, 2)


@pytest.mark.skipif(sys.platform != "linux", reason="BlueZ is Linux's")
def test_without_bluetooth_the_ports_are_told_all_the_same(
    run: Run, ports: list[SerialPortInfo], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DBUS_SYSTEM_BUS_ADDRESS", f"unix:path={tmp_path}/nobody")
    done = run("ports", "--ble")
    assert (done.status, [line["type"] for line in done.lines]) == (1, ["port", "port", "error"])
    assert done.last["code"] == "link-no-bluetooth"
    assert "systemctl start bluetooth" in done.last["remedy"]


async def test_the_window_lists_the_same_and_keeps_no_port_name(ports: list[SerialPortInfo], tmp_path: Path) -> None:
    terminal = Terminal(data_dir=tmp_path, training=True, clock=ManualClock(NOW))
    try:
        await terminal.needs_pass_phrase()
        known_ports(tmp_path, ManualClock(NOW)).used(ports[0])
        choices = [choice for choice in await terminal.links() if choice.url.startswith("optical:")]
        assert [choice.url for choice in choices] == [ports[0].url, ports[1].url]
        assert "last used" in choices[0].title
        assert choices[0].title.startswith("FTDI FT230X, no. DK0FLAG")
        await terminal.save_settings(Settings(link="optical:COM7?baud=4800"))
        assert (await terminal.settings()).link == "optical:usb:0403:6015/DK0FLAG2?baud=4800"
    finally:
        await terminal.close()


def test_the_one_used_last_comes_first(tmp_path: Path) -> None:
    clock = ManualClock(NOW)
    known, ports = KnownPorts(tmp_path / "new" / "ports.json", clock), plugged("COM3", "COM4", "COM5")
    assert known.read() == {}
    for port in (ports[2], ports[1]):
        known.used(port)
        clock.advance(60)
    assert [port.device for port in by_use(ports, known.read())] == ["COM4", "COM5", "COM3"]
    assert "last used" in port_words(ports[1], known.read())
    assert "often in optical probes" in port_words(ports[0], known.read())
    assert known.read()[str(ports[1].identity)].used == NOW + timedelta(seconds=60)


@pytest.mark.parametrize(
    "text", ["", "[]", "{", '{"a": 3}', '{"a": {"used": "x"}}', '{"a": {"used": "2026-11-21", "title": 1}}', "[" * 9999]
)
def test_a_damaged_file_is_nothing_known(text: str, tmp_path: Path) -> None:
    path = tmp_path / "ports.json"
    path.write_text(text)
    known = KnownPorts(path, ManualClock(NOW))
    assert known.read() == {}
    known.used(plugged("COM3")[0])
    assert [entry.device for entry in known.read().values()] == ["COM3"]


def test_so_many_are_remembered(tmp_path: Path) -> None:
    clock = ManualClock(NOW)
    known = KnownPorts(tmp_path / "ports.json", clock)
    for port in plugged(*(f"COM{n}" for n in range(55))):
        known.used(port)
        clock.advance(1)
    assert len(known.read()) == 50
