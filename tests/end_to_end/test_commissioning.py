"""The issue of it all: an emulated meter in one process, a visit in another, over a pty and over TCP."""

from __future__ import annotations

import hashlib
import json
import socket
import time
from pathlib import Path

import pypdf
import pytest

from hht.evidence import verify
from tests.support.command import hht, visit_words
from tests.support.emulate import Emulated

WRITTEN = ["0-0:1.0.0", "0-0:94.44.0.1", "0-0:94.44.34.11"]


def writes(meter: Emulated) -> list[str]:
    """Objects that the meter was told to change, sorted."""
    return sorted(event["object"] for event in meter.events() if event["type"] == "write")


@pytest.mark.requirement("HHT-08")
@pytest.mark.parametrize("where", ["pty", "tcp://127.0.0.1:0"])
def test_a_visit_over_a_pty_and_over_tcp(where: str, tmp_path: Path) -> None:
    with Emulated("single-element", "--optical", where, "--events", "--days", "30") as meter:
        done = hht(*visit_words("run", tmp_path, meter.url))
        assert done.status == 0, done.lines[-3:]
        assert done.last["outcome"] == "complete"
        assert writes(meter) == WRITTEN
        states = {step["id"]: step["state"] for step in done.of("step")}
        assert set(states.values()) == {"done"}
        check_evidence(tmp_path, done.last["report"])
        assert hht(*visit_words("run", tmp_path, meter.url)).last["code"] == "visit-finished"
        again = hht(*visit_words("run", tmp_path, meter.url), "--again")
        assert again.last["outcome"] == "complete"
        assert writes(meter) == [], "a second visit wrote what the meter held already"


def test_an_emulated_meter_on_tcp_that_is_as_slow_as_a_real_line() -> None:
    """A visit to one is played in virtual time: `tests/soak`."""
    with Emulated("single-element", "--optical", "tcp://127.0.0.1:0", "--days", "1", "--paced") as meter:
        host, _colon, port = meter.address.rpartition(":")
        with socket.create_connection((host, int(port))) as line:
            began_s = time.monotonic()
            line.sendall(b"/?!\r\n")
            heard = b""
            while not heard.endswith(b"\n"):
                heard += line.recv(100)
    assert heard.startswith(b"/HHT5")
    assert time.monotonic() - began_s > (5 + len(heard)) * 10 / 300, "the line was faster than 300 baud"


def check_evidence(folder: Path, report: str) -> None:
    """The report says what was done; its hashes are those of the files."""
    text = "".join(page.extract_text() for page in pypdf.PdfReader(report).pages)
    for words in ("1200023305967", "00-DB-12-34-56-78-90-A0", "Active energy import", "10:00"):
        assert words in text
    evidence = json.loads((folder / "out" / "report.json").read_text())
    assert verify(json.dumps(evidence)) == ""
    exported = folder / "trace.jsonl"
    store = ["--training", "--data-dir", str(folder / "data")]
    done = hht("trace", "export", "J-1042", "--out", str(exported), *store)
    assert done.status == 0
    assert hashlib.sha256(exported.read_bytes()).hexdigest() == evidence["trace"]["sha256"]
    shown = hht("trace", "show", str(exported))
    assert any("SNRM" in line.get("summary", "") for line in shown.of("frame"))


@pytest.mark.parametrize("framing", ["hdlc", "wrapper", "iec"])
def test_every_framing_over_tcp(framing: str) -> None:
    with Emulated("single-element", "--optical", "tcp://127.0.0.1:0", "--days", "2") as meter:
        done = hht("identify", f"{meter.url}?framing={framing}")
        assert done.status == 0, done.last
        assert done.last["device_id"] == "00-DB-12-34-56-78-90-A0"
        assert done.last["ok"] is True


def test_direct_hdlc_on_a_pty() -> None:
    with Emulated("single-element", "--optical", "pty", "--days", "2") as meter:
        assert hht("identify", f"{meter.url}?opening=direct&baud=9600").status == 0


def test_a_recorded_session_replays(tmp_path: Path) -> None:
    store = ["--training", "--data-dir", str(tmp_path / "data")]
    with Emulated("single-element", "--optical", "tcp://127.0.0.1:0", "--days", "2") as meter:
        words = visit_words("run", tmp_path, meter.url)
        assert hht(*words, "--security", "none", "--client", "16").status == 1  # this client may not write
    exported = tmp_path / "trace.jsonl"
    assert hht("trace", "export", "J-1042", "--out", str(exported), *store).status == 0
    done = hht("identify", f"recorded:{exported}")
    assert done.status == 0, done.last
    assert done.last["device_id"] == "00-DB-12-34-56-78-90-A0"
    other = hht("read", f"recorded:{exported}", "profile")
    assert other.status == 1
    assert other.last["remedy"]


def test_a_recorded_session_with_keys_replays_as_it_was_opened(tmp_path: Path) -> None:
    """High security: the challenge, the counter, the title and the addresses come from the recording itself."""
    with Emulated("single-element", "--optical", "pty", "--days", "1") as meter:
        done = hht(*visit_words("run", tmp_path, meter.url))
    assert done.last["outcome"] == "complete", done.last
    exported = tmp_path / "keys.jsonl"
    store = ["--training", "--data-dir", str(tmp_path / "data")]
    assert hht("trace", "export", "J-1042", "--out", str(exported), *store).status == 0
    for words in ([], ["--training", "--data-dir", str(tmp_path / "data")]):  # it says itself that it is of training
        replayed = hht("identify", f"recorded:{exported}", *words)
        assert replayed.last["device_id"] == "00-DB-12-34-56-78-90-A0"
    live = tmp_path / "live.jsonl"
    live.write_text(exported.read_text().replace('"training":true', '"training":false'))
    without = hht("identify", f"recorded:{live}")
    assert (without.status, without.last["code"]) == (1, "keys-needed")


def test_the_demonstration(tmp_path: Path) -> None:
    done = hht("demo", "--out", str(tmp_path / "proof"))
    assert done.status == 0
    assert done.last["files"] == ["journal.jsonl", "report.hhtb", "report.json", "report.pdf", "trace.jsonl"]
    for name in done.last["files"]:
        content = (tmp_path / "proof" / name).read_bytes()
        assert b"D0D1D2D3" not in content
        assert b"d0d1d2d3d4d5" not in content
