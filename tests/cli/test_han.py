"""`hht han check`: onto an emulated hub's HAN and off again, through another program's dongle; and what it refuses."""

from __future__ import annotations

import io
import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.support.emulate import Emulated
from ui.cli.main import main

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="ptys are POSIX's")
GPF_ID = "00-DB-12-34-56-78-90-A3"
CODE = "83FED3407A939723A5C639B269161802AEBB"


@pytest.fixture(scope="module")
def dongle() -> Iterator[str]:
    words = ("--han", "pty", "--days", "1", "--speed", "100", "--hub-fresh")
    with Emulated("dual-fuel", *words) as emulated:
        yield str(emulated.listening["han"])


def check(capsys: pytest.CaptureFixture[str], *words: str) -> tuple[int, list[dict[str, Any]], str]:
    status = main(["han", "check", *words, "--json"])
    shown = capsys.readouterr()
    return status, [json.loads(line) for line in shown.out.splitlines()], shown.out + shown.err


def test_it_comes_on_and_leaves(dongle: str, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    path = tmp_path / "code"
    path.write_text(CODE, encoding="ascii")
    words = (dongle, "--hub", GPF_ID, "--install-code-file", str(path))
    refused, why, _everything = check(capsys, *words)
    assert (refused, why[-1]["code"], why[-1]["device"]) == (1, "live-training-device", GPF_ID), "not in live work"
    status, told, everything = check(capsys, *words, "--training", "--data-dir", str(tmp_path / "data"))
    assert status == 0, told
    assert [one["step"] for one in told[:-1]] == [
        "looking-for-hub", "agreeing-key", "introducing", "joining", "joined",
    ]  # fmt: skip
    assert told[-1]["ok"]
    assert told[-1]["gpf_id"] == GPF_ID
    assert told[-1]["longest_message"] > 1400
    assert CODE[:8] not in everything


def test_the_chf_id_is_the_wrong_one(dongle: str, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    words = (dongle, "--hub", "00-DB-12-34-56-78-90-A2", "--training", "--data-dir", str(tmp_path))
    status, told, _everything = check(capsys, *words)
    assert (status, told[-1]["code"], told[-1]["seen"]) == (1, "hub-not-found", [GPF_ID])


@pytest.mark.parametrize(
    ("words", "given", "status", "code"),
    [
        (["--hub", "12"], "", 1, "device-id-length"),
        (["--hub", GPF_ID], "", 2, "usage"),
        (["--hub", GPF_ID, "--install-code-file", "-"], CODE[:-1] + "C", 1, "install-code-crc"),
        (["--hub", GPF_ID, "--install-code-file", "/nowhere"], "", 1, "file-not-read"),
    ],
)
def test_what_it_refuses(
    words: list[str],
    given: str,
    status: int,
    code: str,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(given.encode())))
    told_status, told, everything = check(capsys, "dongle:/dev/ttyACM0", *words)
    assert (told_status, told[-1]["code"]) == (status, code)
    assert CODE[:8] not in everything
