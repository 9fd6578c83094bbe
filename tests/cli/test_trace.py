"""``hht trace``: what `visit run` recorded, shown and exported."""

from __future__ import annotations

import argparse
import hashlib
import json
import signal
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from hht.link import TraceEvent, TraceKind
from hht.store.trace_export import read_json_lines
from tests.cli.conftest import Run
from tests.conftest import ROOT
from tests.support.command import visit_words
from ui.cli.common import Output
from ui.cli.trace_show import tell

STORE = ["--training", "--data-dir"]


@pytest.fixture
def visited(run: Run, tmp_path: Path) -> list[str]:
    """A store in which a visit has been done; the options that name it."""
    assert run(*visit_words("run", tmp_path, "emulated:single-element?days=1")).status == 0
    return [*STORE, str(tmp_path / "data")]


def test_export_and_show(run: Run, visited: list[str], tmp_path: Path) -> None:
    path = tmp_path / "trace.jsonl"
    done = run("trace", "export", "J-1042", "--out", str(path), *visited)
    assert done.status == 0
    assert done.last == done.last | {"type": "result", "ok": True, "events": len(read_json_lines(path))}
    assert done.last["sha256"] == hashlib.sha256(path.read_bytes()).hexdigest()
    shown = run("trace", "show", str(path))
    frames = shown.of("frame")
    assert shown.last == {"type": "result", "ok": True, "lines": len(frames)}
    sent = b"".join(bytes.fromhex(f["bytes"]) for f in frames if f["direction"] == "tx")
    assert sent == b"".join(event.data for event in read_json_lines(path) if event.kind.value == "tx")
    protocols = [frame["protocol"] for frame in frames if frame["bytes"]]
    assert {"iec", "hdlc"} <= set(protocols)
    assert any("UA" in frame["summary"] for frame in frames)


def test_a_capture_shows_and_replays_as_the_lines_do(run: Run, visited: list[str], tmp_path: Path) -> None:
    lines, capture = tmp_path / "trace.jsonl", tmp_path / "trace.pcapng"
    for path in (lines, capture):
        assert run("trace", "export", "J-1042", "--out", str(path), *visited).status == 0
    shown = run("trace", "show", str(capture))
    assert shown.status == 0
    assert shown.of("frame") == run("trace", "show", str(lines)).of("frame")
    read = run("read", f"recorded:{capture}", "identity")
    assert (read.status, read.last["ok"]) == (0, True)


def test_no_secret_in_a_trace(run: Run, visited: list[str], tmp_path: Path) -> None:
    path = tmp_path / "trace.txt"
    run("trace", "export", "J-1042", "--out", str(path), *visited)
    text = path.read_text().lower()
    assert "7e a0" in text
    assert "d0d1d2d3d4d5d6d7" not in text.replace(" ", "")


@pytest.mark.parametrize("name", ["file/trace.jsonl", "file/trace.txt", "folder.jsonl", "folder.txt"])
def test_what_cannot_be_written(run: Run, visited: list[str], tmp_path: Path, name: str) -> None:
    (tmp_path / "file").write_text("")
    for folder in ("folder.jsonl", "folder.txt"):
        (tmp_path / folder).mkdir()
    done = run("trace", "export", "J-1042", "--out", str(tmp_path / name), *visited)
    assert (done.status, done.last["code"]) == (1, "file-not-written")
    assert done.last["remedy"]
    assert not list(tmp_path.glob("*.part"))


def test_nothing_to_export(run: Run, tmp_path: Path) -> None:
    store = [*STORE, str(tmp_path / "data")]
    done = run("trace", "export", "J-1042", "--out", str(tmp_path / "x"), *store)
    assert (done.status, done.last["code"]) == (1, "job-unknown")
    assert run("visit", "new", "resources/jobs/demo.json", *store).status == 0
    done = run("trace", "export", "J-1042", "--out", str(tmp_path / "x"), *store)
    assert (done.status, done.last["code"]) == (1, "no-visit")


@pytest.mark.parametrize("text", ["", "{", "[" * 100_000, '{"type":"trace"}', json.dumps({"type": "result"}), "\0"])
def test_what_is_no_trace(run: Run, tmp_path: Path, text: str) -> None:
    (tmp_path / "t").write_text(text)
    done = run("trace", "show", str(tmp_path / "t"))
    assert done.status == 1
    assert done.last["remedy"]


def test_a_replay_keeps_the_recorded_pace(run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    waits: list[float] = []
    monkeypatch.setattr("time.sleep", waits.append)
    monkeypatch.setattr("time.monotonic", lambda: sum(waits) + 0.01 * len(waits))  # each of them is 10 ms late
    path = tmp_path / "trace.jsonl"
    head = {"type": "trace", "utc": "2026-11-21T10:00:00.000000Z", "link": "tcp://x:1", "note": ""}
    events = [(5.0, "tx", "7e"), (5.25, "rx", "7e"), (7.75, "tx", "7e")]
    path.write_text("".join(json.dumps({**head, "monotonic_s": s, "kind": k, "data": d}) + "\n" for s, k, d in events))
    shown = run("trace", "show", str(path))
    assert waits == []
    assert run("trace", "replay", str(path), "--pace", "fast").lines == shown.lines
    assert waits == []
    assert run("trace", "replay", str(path)).lines == shown.lines
    assert waits == pytest.approx([0.25, 2.49])
    waits.clear()
    assert run("trace", "replay", str(path), "--pace", "10").lines == shown.lines
    assert waits == pytest.approx([0.025, 0.24])
    for pace in ("0", "slow", "-1", "1e9", "nan"):
        refused = run("trace", "replay", str(path), f"--pace={pace}")
        assert (refused.status, refused.last["code"]) == (1, "pace")


def test_a_replay_ends_at_ctrl_c_however_long_the_pause(tmp_path: Path) -> None:
    path = tmp_path / "trace.jsonl"
    head = {"type": "trace", "utc": "2026-11-21T10:00:00.000000Z", "link": "tcp://x:1", "note": ""}
    events = [(0.0, "tx", "2f3f210d0a"), (9e11, "rx", "7e")]
    path.write_text("".join(json.dumps({**head, "monotonic_s": s, "kind": k, "data": d}) + "\n" for s, k, d in events))
    command = [sys.executable, "-m", "ui", "trace", "replay", str(path), "--json"]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as running:
        assert running.stdout is not None
        assert json.loads(running.stdout.readline())["bytes"] == "2f3f210d0a"
        running.send_signal(signal.SIGINT)
        rest, errors = running.communicate(timeout=60)
    assert (running.returncode, errors) == (130, "")
    assert json.loads(rest)["code"] == "cancelled"


def test_a_fixture_of_a_visit_replays_strictly_and_says_where_it_would_not(
    run: Run, visited: list[str], tmp_path: Path
) -> None:
    out = tmp_path / "fixture.jsonl"
    made = run("trace", "fixture", "J-1042", "--out", str(out), *visited)
    assert made.status == 0, made.last
    assert (made.last["left"], made.last["differences"]) == (0, 0)
    assert made.last["requests"] > 5
    again = run("trace", "replay", str(out), "--strict", "--pace", "fast")
    assert (again.status, again.last["requests"]) == (0, made.last["requests"])
    assert [line["done"] for line in again.of("progress")] == list(range(1, made.last["requests"] + 1))
    changed = another_octet(out, 5)
    differs = run("trace", "replay", str(changed), "--strict", "--pace", "fast")
    assert (differs.status, differs.last["code"]) == (1, "recording-mismatch")
    assert "≠" in differs.last["message"]
    text = run("trace", "fixture", "J-1042", "--out", str(tmp_path / "f.txt"), *visited)
    assert (text.status, text.last["code"]) == (1, "fixture-suffix")


def another_octet(path: Path, number: int) -> Path:
    """The trace at `path` with one octet changed in what was sent as number `number`."""
    lines = path.read_text().splitlines()
    sent = [at for at, line in enumerate(lines) if json.loads(line).get("kind") == "tx"]
    data = json.loads(lines[sent[number]])["data"]
    other = data[:-8] + ("11" if data[-8:-6] == "00" else "00") + data[-6:]
    lines[sent[number]] = lines[sent[number]].replace(data, other)
    path.write_text("\n".join(lines) + "\n")
    return path


def test_a_lenient_replay_counts_what_is_different(run: Run, tmp_path: Path) -> None:
    store = [*STORE, str(tmp_path / "data")]
    meter = ("emulated:single-element?days=1", "--security", "none", *store)
    assert run("read", meter[0], "clock", "registers", *meter[1:]).status == 0
    out = tmp_path / "fixture.pcapng"
    assert run("trace", "fixture", "--last", "--out", str(out), *store).status == 0
    assert run("trace", "replay", str(out), "--lenient", "--pace", "fast").last["differences"] == 0
    path = tmp_path / "fixture.jsonl"
    assert run("trace", "fixture", "--last", "--out", str(path), *store).status == 0
    counted = run("trace", "replay", str(another_octet(path, 5)), "--lenient", "--pace", "fast")
    assert counted.status == 0, counted.last
    assert counted.last["differences"] >= 1


def test_how_much_is_kept_can_be_said(run: Run, tmp_path: Path) -> None:
    store = [*STORE, str(tmp_path / "data")]
    assert run("trace", "bound", *store).last["bound_bytes"] == 1 << 30
    assert run("trace", "bound", "16", *store).last["bound_bytes"] == 16 << 20
    assert run("trace", "bound", *store).last == run("trace", "bound", *store).last | {"bound_bytes": 16 << 20}
    for megabytes in ("0", "-1"):
        refused = run("trace", "bound", megabytes, *store)
        assert refused.status in (1, 2)


class _Enough(Exception):
    """So many lines have been told."""


def test_a_trace_of_any_length_is_told_while_it_is_read(tmp_path: Path) -> None:
    """500,000 frames in constant memory: what comes is told at once, and nothing of it is kept."""
    frame = bytes.fromhex("7ea00703219393 0f7e".replace(" ", ""))
    taken = told = 0

    def endless() -> Iterator[TraceEvent]:
        nonlocal taken
        while True:
            taken += 1
            kind = TraceKind.TX if taken % 2 else TraceKind.RX
            yield TraceEvent(datetime(2026, 1, 31, tzinfo=UTC), taken / 100, "tcp://x:1", kind, frame)

    class Counting(Output):
        def emit(self, kind: str, text: str = "", /, **fields: object) -> None:
            nonlocal told
            told += 1
            assert taken - told <= 2
            if told == 2000:
                raise _Enough

    args = argparse.Namespace(reveal=False, training=False, tree=False, json=True)
    with pytest.raises(_Enough):
        tell(args, Counting(True), endless(), [])
