"""A program not written here, the Gurux client, reads the emulated meter: clock, registers, profile.

Skipped, visibly, where the peers' scripts are absent or their environment cannot be made (`environment.py`).
"""

from __future__ import annotations

import itertools
import json
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from tests.peers.environment import peers_python
from tests.support.emulate import Emulated

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="the peers run on POSIX")

ASSOCIATIONS = {
    "none": ("--sap", "16", "--auth", "none"),
    "low": ("--sap", "17", "--auth", "low", "--password", "Gurux"),
    "gmac": ("--sap", "1", "--auth", "gmac", "--security", "none"),
    "gmac-ciphered": ("--sap", "1", "--auth", "gmac", "--security", "both"),
}


@pytest.fixture(scope="module")
def gurux(peers: Path) -> list[str]:
    """The command that runs the Gurux client."""
    return [str(peers_python()), str(peers / "dlms" / "gurux_client.py")]


@pytest.fixture(scope="module")
def meter() -> Iterator[Emulated]:
    with Emulated("single-element", "--optical", "tcp://127.0.0.1:0", "--days", "3", "--events") as emulated:
        yield emulated


def talk(command: list[str], *args: str, timeout_s: float = 60) -> dict[str, list[dict[str, Any]]]:
    """Run the client; its JSON lines by event. Every step must have been ok."""
    done = subprocess.run([*command, *args], capture_output=True, text=True, timeout=timeout_s, check=False)
    lines = [json.loads(line) for line in done.stdout.splitlines()]
    failed = [line for line in lines if line.get("ok") is False]
    assert done.returncode == 0, (failed, done.stderr[-2000:])
    assert not failed
    said: dict[str, list[dict[str, Any]]] = {}
    for line in lines:
        said.setdefault(line["ev"], []).append(line)
    return said


_COUNTERS = itertools.count(1, 10_000)


def invocation_counter() -> str:
    """Above everything that an earlier conversation of this test run can have used."""
    return str(next(_COUNTERS))


def check(said: dict[str, list[dict[str, Any]]], rows: int) -> None:
    """Clock 37 s ahead, registers and profile that agree."""
    shown = datetime.fromisoformat(said["clock"][0]["value"]).replace(tzinfo=UTC)
    assert abs((shown - datetime.now(UTC)).total_seconds() - 37) < 20
    registers = {line["ln"]: line["value"] for line in said["register"]}
    assert {"1.0.1.8.0.255", "1.0.2.8.0.255", "1.0.1.7.0.255", "1.0.32.7.0.255"} <= registers.keys()
    profile = said["profile"][0]
    assert profile["entries_in_use"] >= 144
    assert profile["rows"] == rows
    _time, imported, exported = profile["last"]
    assert imported <= registers["1.0.1.8.0.255"]
    assert exported <= registers["1.0.2.8.0.255"]
    assert profile["first"][1] <= imported


@pytest.mark.sampled(one_in=2)
@pytest.mark.parametrize("framing", ["hdlc", "wrapper"])
@pytest.mark.parametrize("association", ASSOCIATIONS)
def test_reads_over_tcp(gurux: list[str], meter: Emulated, association: str, framing: str) -> None:
    said = talk(
        gurux, "--tcp", meter.address, "--framing", framing, *ASSOCIATIONS[association],
        "--ic", invocation_counter(), "--profile", "1.0.99.1.0.255", "--last", "96",
    )  # fmt: skip
    check(said, 96)
    assert said["association_view"][0]["objects"] > 20


def test_reads_the_whole_profile_by_gb_name(gurux: list[str], meter: Emulated) -> None:
    said = talk(gurux, "--tcp", meter.address, "--no-view", "--profile", "0.0.99.1.0.255")
    assert said["profile"][0]["rows"] == said["profile"][0]["entries_in_use"] >= 144


def test_reads_a_range_with_a_window(gurux: list[str], meter: Emulated) -> None:
    now = datetime.now(UTC)
    start = now.timestamp() // 86400 * 86400 - 86400
    said = talk(
        gurux, "--tcp", meter.address, "--no-view", "--max-info", "2030", "--profile", "1.0.99.1.0.255",
        "--from", datetime.fromtimestamp(start, UTC).strftime("%Y-%m-%dT%H:%M:%S"),
        "--to", datetime.fromtimestamp(start + 5400, UTC).strftime("%Y-%m-%dT%H:%M:%S"),
    )  # fmt: skip
    assert said["profile"][0]["rows"] == 4


@pytest.mark.parametrize("association", ["none", "gmac-ciphered"])
def test_reads_over_a_pty_in_mode_e(gurux: list[str], tmp_path: Path, association: str) -> None:
    name = str(tmp_path / "meter.pty")
    with Emulated("single-element", "--optical", name, "--days", "3") as emulated:
        assert emulated.url == f"optical:{name}"
        for _visit in range(2):  # after the disconnect the port wants its sign-on again
            said = talk(
                gurux, "--serial", name, "--mode-e", *ASSOCIATIONS[association],
                "--ic", invocation_counter(), "--profile", "1.0.99.1.0.255", "--last", "48",
            )  # fmt: skip
            check(said, 48)
            assert said["iec_identification"]
        assert emulated.stop() == 0
    assert not Path(name).is_symlink()


def test_writes_are_told_and_refused_by_role(gurux: list[str], meter: Emulated) -> None:
    mpan = b"1200023305967"
    meter.events()
    talk(
        gurux, "--tcp", meter.address, *ASSOCIATIONS["low"], "--no-view", "--no-registers",
        "--set", f"0.0.94.44.34.11={mpan.hex()}", "--read", "1,0.0.94.44.34.11,2",
    )  # fmt: skip
    told = [event for event in meter.events() if event["type"] == "write"]
    assert [(event["object"], event["attribute"], event["value"], event["count"]) for event in told] == [
        ("0-0:94.44.34.11", 2, mpan.decode(), 1)
    ]
    refused = subprocess.run(
        [*gurux, "--tcp", meter.address, "--no-view", "--no-registers", "--set", f"0.0.94.44.34.11={mpan.hex()}"],
        capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    assert refused.returncode == 1
    assert '"ok": false' in refused.stdout
    assert meter.events() == []
