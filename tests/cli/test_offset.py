"""``hht offset preview``: a day under a limit, without writing anything."""

from __future__ import annotations

import pytest

from tests.cli.conftest import METER, Run
from ui.cli.main import main

HEATERS = "emulated:storage-heaters?days=1"


@pytest.mark.requirement("ALC-16")
def test_a_day_under_a_limit(run: Run, capsys: pytest.CaptureFixture[str]) -> None:
    done = run("offset", "preview", HEATERS, "--limit", "600", "--day", "2026-03-02")
    assert done.status == 0, done.lines
    assert (done.last["limit_s"], done.last["held_limit_s"], done.last["day"]) == (600, 900, "2026-03-02")
    assert done.last["offset_s"] == int(600 * float(done.last["number"]))
    spread = [line for line in done.lines if line["type"] == "spread"]
    assert sum(line["homes"] for line in spread) == done.last["homes"] == 1000
    assert max(line["homes"] for line in spread) == done.last["busiest_minute"]
    loads = {line["label"]: line["spans"] for line in done.lines if line["type"] == "load"}
    assert loads["Hot water"] == [[1800, 27_000], [46_800, 57_600]]
    assert main(["offset", "preview", HEATERS]) == 0
    shown = capsys.readouterr().out
    assert "limit 900 s; the meter holds 900 s" in shown
    assert "Hot water" in shown


def test_a_meter_without_switches_says_so(run: Run, capsys: pytest.CaptureFixture[str]) -> None:
    done = run("offset", "preview", METER, "--limit", "0")
    assert done.last["other_rate_s"] == 0
    assert not [line for line in done.lines if line["type"] == "load"]
    assert main(["offset", "preview", METER]) == 0
    assert "no auxiliary switches" in capsys.readouterr().out


@pytest.mark.requirement("ALC-08")
@pytest.mark.parametrize(
    "words",
    [
        ["--limit", "1800"],
        ["--limit=-1"],
        ["--limit", "1_0"],
        ["--homes", "0"],
        ["--day", "2026-02-30"],
        ["--day", "2.3.2026"],
    ],
)
def test_what_is_refused_before_anything_is_opened(words: list[str]) -> None:
    with pytest.raises(SystemExit) as caught:
        main(["offset", "preview", "tcp://127.0.0.1:1", *words])
    assert caught.value.code == 2
