"""A person who reads, asks and reveals more than is usual is told so, and the log says it; nothing is refused."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from hht.work import unusual
from tests.cli.conftest import METER, Run
from ui.terminal import Terminal

METER_ID = "00-DB-12-34-56-79-01-A0"


@pytest.fixture
def few(monkeypatch: pytest.MonkeyPatch) -> None:
    """One of each is usual."""
    found = {name: replace(one, most=1) for name, one in unusual.usual().items()}
    monkeypatch.setattr(unusual, "usual", lambda: found)


@pytest.mark.usefixtures("few")
def test_reading_on_is_told_logged_and_counted_in_the_diagnostics(run: Run, tmp_path: Path) -> None:
    first, second = (run("read", METER, "clock", "--training") for _time in range(2))
    assert [first.status, second.status] == [0, 0]
    assert second.of("clock"), "it is read all the same"
    assert "This is logged" not in first.errors
    assert "Meters read outside of visits: 2 within 24 hours" in second.errors
    kinds = [entry["kind"] for entry in run("log", "--training").of("entry")]
    assert kinds == ["meter-read", "meter-read", "unusual-number"]
    assert "single-element" not in str([entry["details"] for entry in run("log", "--training").of("entry")])
    file = tmp_path / "diagnostics.json"
    assert run("diagnostics", str(file), "--training").status == 0
    assert '"said": 1' in file.read_text(encoding="utf-8")
    assert run("set", METER, "randomised-offset-limit", "600", "--training").status == 0
    assert run("log", "--training").of("entry")[-1]["kind"].startswith("set-"), "a write stands there as a write"


@pytest.mark.usefixtures("few")
def test_asking_a_desk_about_people_or_to_take_supplies_away_counts_too(run: Run, tmp_path: Path) -> None:
    """By files that are carried: nobody answers, and what was asked counts."""
    folder = tmp_path / "desk"
    folder.mkdir()
    words = (METER_ID, "--type", "ESME", "--job", "J-1", "--desk", f"desk:{folder}", "--training")
    asked = [run("desk", "ask", "read-inventory", *words) for _time in range(2)]
    assert len({one.last["reference"] for one in asked}) == 2, "both are asked"
    assert "Look-ups" in asked[1].errors
    assert "This is logged" not in asked[0].errors
    offs = [run("desk", "ask", "disable-supply", *words) for _time in range(2)]
    assert "Supplies to be taken away: 2" in offs[1].errors
    said = [e["details"]["kind"] for e in run("log", "--training").of("entry") if e["kind"] == "unusual-number"]
    assert said == ["lookups", "disables"]


@pytest.mark.usefixtures("few")
async def test_the_window_s_own_readings_count_one_a_conversation(tmp_path: Path) -> None:
    terminal = Terminal(data_dir=tmp_path, training=True)
    try:
        await terminal.unlock("")
        told = [(await terminal.read_device("emulated:single-element?days=1")).logged for _time in range(2)]
        assert (await terminal.read_device()).logged == "", "the same conversation is no other reading"
    finally:
        await terminal.close()
    assert told[0] == ""
    assert "This is logged" in told[1]
