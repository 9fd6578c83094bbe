"""`hht survey`: the dongle of an emulated premises, in this process, behind a pty or TCP; and what it refuses."""

from __future__ import annotations

import csv
import json
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.support.emulate import Emulated
from ui.cli.main import main

HERE = "emulated:dual-fuel?via=han&days=1"


def survey(capsys: pytest.CaptureFixture[str], *words: str) -> tuple[int, list[dict[str, Any]]]:
    status = main(["survey", *words, "--json"])
    return status, [json.loads(line) for line in capsys.readouterr().out.splitlines()]


def test_channels_and_networks_as_json_and_csv(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    from hht.clock import ManualClock
    from hht.emulation.radio.air import Air
    from hht.model.premises import load_premises
    from tests.support.radio import START

    (heard,) = Air(load_premises("dual-fuel", clock=ManualClock(START), days=1)).networks()
    path = tmp_path / "survey.csv"
    words = ("--looks", "2", "--channels", f"{heard.channel}-{heard.channel}", "--csv", str(path))
    status, told = survey(capsys, HERE, *words)
    assert status == 0
    assert [one["type"] for one in told] == ["progress", "progress", "channel", "network", "result"]
    channel, network, result = told[2:]
    assert channel["frequency_mhz"] == 2405 + 5 * (heard.channel - 11)
    assert channel["verdict"] == "quiet"
    assert network["gpf_id"] == "00-DB-12-34-56-78-90-A3"
    assert (network["heard"], network["lets_join"], network["verdict"]) == (2, False, "good")
    assert (result["ok"], result["looks"], result["networks"]) == (True, 2, 1)
    rows = list(csv.DictReader(path.read_text(encoding="utf-8").splitlines()))
    assert [(row["look"], row["kind"]) for row in rows] == [
        ("1", "channel"), ("1", "network"), ("2", "channel"), ("2", "network"),
    ]  # fmt: skip
    assert rows[1]["gpf_id"] == network["gpf_id"]
    assert rows[0]["utc"].endswith("Z")


def test_as_a_table_for_people(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["survey", HERE, "--looks", "1", "--channels", "11,26"]) == 0
    shown = capsys.readouterr()
    assert "2405" in shown.out
    assert "2480" in shown.out
    assert "2410" not in shown.out
    assert "No network is heard" in shown.out


@pytest.mark.skipif(sys.platform == "win32", reason="ptys are POSIX's")
@pytest.mark.parametrize("way", ["pty", "tcp://127.0.0.1:0"])
def test_another_program_s_dongle(way: str, capsys: pytest.CaptureFixture[str]) -> None:
    with Emulated("dual-fuel", "--han", way, "--days", "1", "--speed", "60", "--hub-fresh") as emulated:
        link = emulated.listening["han"]
        assert link.startswith("dongle:tcp://" if way != "pty" else "dongle:/dev/")
        assert "optical" not in emulated.listening
        status, told = survey(capsys, link, "--looks", "1")
    assert status == 0
    assert sum(one["type"] == "channel" for one in told) == 16
    assert told[-1]["dongle_id"] == emulated.listening["dongle_id"]
    assert told[-1]["networks"] == 1


@pytest.mark.parametrize(
    ("words", "status", "code"),
    [
        (["optical:/dev/ttyUSB0"], 1, "link-not-a-dongle"),
        (["emulated:dual-fuel"], 1, "link-not-a-dongle"),
        (["emulated:single-element?via=han&days=1"], 1, "device-refusal"),
        (["dongle:"], 1, "link-url"),
        (["dongle:tcp://nowhere"], 1, "link-url"),
        (["dongle:ble:12"], 1, "link-url"),
        (["dongle:/dev/nowhere"], 1, "link-absent"),
        ([HERE, "--looks", "0"], 2, "usage"),
        ([HERE, "--every", "-1"], 2, "usage"),
        ([HERE, "--channels", "10"], 2, "usage"),
        ([HERE, "--channels", "20-15"], 2, "usage"),
        ([HERE, "--channels", "11,,12"], 2, "usage"),
        ([HERE, "--csv", "/nowhere/at/all.csv"], 1, "file-not-written"),
    ],
)
def test_what_it_refuses(words: list[str], status: int, code: str, capsys: pytest.CaptureFixture[str]) -> None:
    told_status, told = survey(capsys, *words)
    assert (told_status, told[-1]["code"]) == (status, code)
    assert told[-1]["remedy"]


@pytest.mark.parametrize("link", ["dongle:/dev/ttyACM0", HERE])
def test_a_dongle_is_no_meter(link: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["identify", link, "--json"]) == 1
    assert json.loads(capsys.readouterr().out.splitlines()[-1])["code"] == "link-not-a-meter"
