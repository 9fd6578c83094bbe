"""``hht depot``: a day's work goes home over a broker, a job comes, and what was receipted may be erased."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.cli.conftest import Run
from tests.conftest import ROOT
from tests.depot.mosquitto import Mosquitto, needs_mosquitto
from tests.support.command import JOB, visit_words

LINK = "emulated:single-element?days=1"


@contextmanager
def served(folder: Path, broker: Mosquitto) -> Iterator[None]:
    """``hht depot serve`` in a process of its own, as a depot has it."""
    words = [sys.executable, "-m", "ui", "depot", "serve", str(folder), broker.url, "--json"]
    environment = dict(os.environ, PYTHONPATH=str(ROOT))
    process = subprocess.Popen(words, cwd=ROOT, env=environment, stdout=subprocess.PIPE, text=True)
    try:
        assert process.stdout is not None
        assert json.loads(process.stdout.readline())["type"] == "serving"
        yield
    finally:
        process.terminate()
        assert process.wait(60) == 143
        process.stdout.close()


@needs_mosquitto
@pytest.mark.timeout(120)
def test_a_visit_goes_home_and_a_job_comes_over_a_broker(run: Run, tmp_path: Path) -> None:
    where, depot = ["--training", "--data-dir", str(tmp_path / "data")], str(tmp_path / "depot")
    assert run(*visit_words("run", tmp_path, LINK)).status == 0
    assert run("depot", "init", depot, "--name", "North", "--training").status == 0
    card = str(tmp_path / "card.json")
    mine = run("depot", "card", "--out", card, "--name", "Van 7", *where).last["key"]
    assert run("depot", "know", depot, card).last["name"] == "Van 7"
    assert run("depot", "trust", str(tmp_path / "depot" / "card.json"), *where).last["name"] == "North"
    plain = json.loads(JOB.read_text()) | {"reference": "J-7777"}
    (tmp_path / "next.json").write_text(json.dumps(plain))
    assert run("depot", "post", depot, str(tmp_path / "next.json"), "--to", mine).status == 0

    broker = Mosquitto(tmp_path / "broker")
    try:
        with served(tmp_path / "depot", broker):
            met = run("depot", "sync", broker.url, *where)
            assert met.status == 0, met.lines
            assert (met.last["receipts"], [job["state"] for job in met.of("job")]) == (2, ["new"])
            again = run("depot", "sync", broker.url, *where)
            assert (again.status, again.last["receipts"], again.of("job")) == (0, 0, [])
    finally:
        broker.close()

    listed = run("depot", "list", depot)
    assert [one["name"] for one in listed.of("terminal")] == ["Van 7"]
    assert {Path(one["file"]).suffix for one in listed.of("item")} == {".hhtb", ".jsonl"}
    assert [one["state"] for one in listed.of("job")] == ["new"]
    assert [job["reference"] for job in run("job", "list", "--search", "J-7777", *where).of("job")] == ["J-7777"]
    assert run("outbox", "erase", "J-1042", *where).status == 0


def test_what_is_missing_is_said_with_what_to_do(run: Run, tmp_path: Path) -> None:
    where = ["--training", "--data-dir", str(tmp_path / "data")]
    nobody = run("depot", "sync", "mqtt://127.0.0.1:1", *where)
    assert (nobody.status, nobody.last["code"]) == (1, "depot-none")
    assert run("depot", "init", str(tmp_path / "depot"), "--name", "North").status == 0
    live = run("depot", "trust", str(tmp_path / "depot" / "card.json"), *where)
    assert (live.status, live.last["code"]) == (1, "card-trust")
    assert run("depot", "init", str(tmp_path / "two"), "--name", "South", "--training").status == 0
    assert run("depot", "trust", str(tmp_path / "two" / "card.json"), *where).status == 0
    away = run("depot", "sync", "mqtt://127.0.0.1:1", *where)
    assert (away.status, away.last["code"]) == (1, "link-unavailable")
    stranger = run("depot", "post", str(tmp_path / "two"), str(JOB), "--to", "0123456789abcdef")
    assert (stranger.status, stranger.last["code"]) == (1, "depot-terminal")
    assert run("depot", "list", str(tmp_path)).last["code"] == "depot-folder"
    assert run("depot", "forget", str(tmp_path / "two"), "0123456789abcdef").status == 1
