"""Our terminal reads a meter whose frames, APDUs and ciphering are made by somebody else's program."""

from __future__ import annotations

import contextlib
import json
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.conftest import ROOT
from tests.peers.environment import peers_python
from tests.support.command import hht

ROWS = 300


@contextlib.contextmanager
def running_meter(peers: Path, info: int, window: int, *options: str) -> Iterator[str]:
    """The link URL of a running meter."""
    script = peers / "dlms" / "gurux_meter.py"
    line = ["--tcp", "127.0.0.1:0", "--rows", str(ROWS), "--max-info", str(info), "--window", str(window), "--quiet"]
    command = [str(peers_python()), str(script), *line, *options]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as running:
        assert running.stdout is not None
        yield "tcp://" + json.loads(running.stdout.readline())["tcp"]
        running.terminate()


def access(security: str, folder: Path) -> list[str]:
    """Its password or keys, which are those of training premises: it is none, so it gets them in a file."""
    (folder / "password").write_text("Gurux")
    files = {
        "none": [],
        "low": ["--password-file", str(folder / "password"), "--client", "17"],
        "gmac": ["--keys", str(ROOT / "resources" / "samples" / "training-keys.json"), "--client", "1"],
    }
    return ["--security", security, "--data-dir", str(folder), *files[security]]


@pytest.fixture(
    params=[(128, 1), (128, 7), (2030, 1), (2030, 7)],
    ids=["window 1", "window 7", "long, window 1", "long, window 7"],
)
def meter(request: pytest.FixtureRequest, peers: Path) -> Iterator[str]:
    """Another meter, with fields of which its frames' lengths come out right."""
    with running_meter(peers, *request.param) as url:
        yield url


@pytest.mark.sampled(one_in=2)
@pytest.mark.parametrize("security", ["none", "low", "gmac"])
def test_clock_registers_and_profile(meter: str, security: str, tmp_path: Path) -> None:
    done = hht("read", meter, "clock", "registers", "profile", "--rows", *access(security, tmp_path))
    assert done.status == 0, done.last
    assert done.of("clock")[0]["status"] == "reliable"
    registers = {line["obis"]: line for line in done.of("register")}
    assert registers["1-0:1.8.0"]["unit"] == "kWh"
    rows = done.of("row")
    assert len(rows) == done.last["rows"] == ROWS
    times = [row["time"] for row in rows]
    assert times == sorted(times)
    assert len(set(times)) == ROWS


@pytest.mark.sampled(one_in=2)
@pytest.mark.parametrize("security", ["low", "gmac"])
@pytest.mark.parametrize(("info", "window"), [(1018, 1), (1018, 7), (506, 7)])
def test_wrong_lengths_are_got_around(peers: Path, info: int, window: int, security: str, tmp_path: Path) -> None:
    """It forgets a carry in the length of frames whose field is so long: they never arrive, 128 octets do."""
    with running_meter(peers, info, window, "--max-pdu", "65535") as url:
        done = hht("read", url, "profile", "--rows", *access(security, tmp_path))
    assert done.status == 0, done.last
    assert [line["code"] for line in done.of("remark")] == ["short-frames"]
    times = [row["time"] for row in done.of("row")]
    assert len(times) == done.last["rows"] == ROWS
    assert times == sorted(set(times))
    assert done.last["seconds"] < 20


def test_a_meter_that_does_not_say_it_may_be_written_is_not_written(meter: str, tmp_path: Path) -> None:
    (tmp_path / "phrase").write_text("four unrelated words here")
    live = ["--pass-phrase-file", str(tmp_path / "phrase")]
    done = hht("set", meter, "clock", "now", *access("gmac", tmp_path), *live)
    assert (done.status, done.last["code"]) == (1, "local-access")


def test_it_says_nothing_that_makes_it_one_of_training(meter: str, tmp_path: Path) -> None:
    done = hht("set", meter, "clock", "now", "--security", "gmac", "--training", "--data-dir", str(tmp_path))
    assert (done.status, done.last["code"]) == (1, "training-unknown-device")
