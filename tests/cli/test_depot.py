"""``hht depot``: a day's work goes home over a broker, a job comes, and what was receipted may be erased."""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from drivers.broker import Broker, broker_address
from hht.depot.letters import Offered
from hht.depot.shelf import Shelf
from tests.cli.conftest import Run
from tests.conftest import ROOT
from tests.depot.mosquitto import Mosquitto, needs_mosquitto
from tests.support.command import JOB, visit_words
from ui.depots import up
from ui.system import SystemClock

LINK = "emulated:single-element?days=1"


@contextmanager
def served(folder: Path, broker: Mosquitto) -> Iterator[list[dict[str, Any]]]:
    """``hht depot serve`` in a process of its own, as a depot has it; what it has said when the block has ended."""
    words = [sys.executable, "-m", "ui", "depot", "serve", str(folder), broker.url, "--json"]
    environment = dict(os.environ, PYTHONPATH=str(ROOT))
    process = subprocess.Popen(words, cwd=ROOT, env=environment, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    try:
        for line in process.stdout:
            if json.loads(line)["type"] == "serving":
                break
        said: list[dict[str, Any]] = []
        yield said
    finally:
        process.terminate()
        assert process.wait(60) == 143
        said += map(json.loads, process.stdout)
        process.stdout.close()


async def strange_letter(broker: Mosquitto) -> str:
    """Somebody whom nobody knows writes to the depot; under which key."""
    post = Broker(broker_address(broker.url), "hht-strange", [])
    await post.open()
    await post.publish(up("strange"), b"let me in")
    await post.close()
    return "strange"


@needs_mosquitto
@pytest.mark.timeout(120)
def test_a_visit_goes_home_and_a_job_comes_over_a_broker(run: Run, tmp_path: Path) -> None:
    where, depot = ["--training", "--data-dir", str(tmp_path / "data")], str(tmp_path / "depot")
    assert run(*visit_words("run", tmp_path, LINK)).status == 0
    assert run("depot", "init", depot, "--name", "North", "--training").status == 0
    card = str(tmp_path / "card.json")
    wrote = run("depot", "card", "--out", card, "--name", "Van 7", *where)
    mine = wrote.last["key"]
    known = run("depot", "know", depot, card)
    assert known.last["name"] == "Van 7"
    assert known.of("check-words")[0]["words"] == wrote.of("check-words")[0]["words"]
    (tmp_path / "depot" / "terminals" / "note.json").write_text("{}")
    assert run("depot", "trust", str(tmp_path / "depot" / "card.json"), *where).last["name"] == "North"
    plain = json.loads(JOB.read_text()) | {"reference": "J-7777"}
    (tmp_path / "next.json").write_text(json.dumps(plain))
    assert run("depot", "post", depot, str(tmp_path / "next.json"), "--to", mine).status == 0

    broker = Mosquitto(tmp_path / "broker")
    try:
        with served(tmp_path / "depot", broker) as said:
            stranger = asyncio.run(strange_letter(broker))
            assert run("depot", "broker", broker.url, *where).last["broker"] == broker.url
            fetched = run("depot", "sync", "--jobs-only", *where)
            assert (fetched.status, fetched.last["receipts"], [job["state"] for job in fetched.of("job")]) == (
                0,
                0,
                ["new"],
            )
            met = run("depot", "sync", *where)
            assert met.status == 0, met.lines
            assert (met.last["receipts"], met.of("job")) == (2, [])
            again = run("depot", "sync", broker.url, *where)
            assert (again.status, again.last["receipts"], again.of("job")) == (0, 0, [])
    finally:
        broker.close()

    troubles = [(one["kind"], one.get("count")) for one in said if one["type"] == "trouble"]
    assert troubles == [("strangers", 1)], f"{stranger} is nobody it knows"
    (counted,) = [one for one in said if one["type"] == "served"]
    assert (counted["strangers"], counted["broken"], counted["letters"] > 0) == (1, 0, True)
    assert run("depot", "trust", *where).of("contact")[0]["at"]
    listed = run("depot", "list", depot)
    assert [one["file"] for one in listed.of("trouble")] == ["note.json"]
    assert listed.of("terminal")[0]["at"]
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
    (tmp_path / "secret").write_text("canary-91c4\n")
    for url, warned in (("mqtt://me@127.0.0.1:1", True), ("mqtts://me@127.0.0.1:1", False)):
        kept = run("depot", "broker", url, "--password-file", str(tmp_path / "secret"), *where)
        assert (kept.status, kept.last["password"], kept.last["user"]) == (0, True, "me")
        assert ("the password can be read on the way" in kept.errors) is warned
        assert "canary" not in f"{kept.lines}{kept.errors}"
    shelf = Shelf(tmp_path / "two", SystemClock())
    shelf.expect("0123456789abcdef", Offered("a" * 64, "visit-1.hhtb", 9))
    shelf.add("0123456789abcdef", "a" * 64, b"half")
    shelf.close()
    (arriving,) = run("depot", "list", str(tmp_path / "two")).of("arriving")
    assert (arriving["name"], arriving["here"], arriving["octets"]) == ("visit-1.hhtb", 4, 9)
    assert run("depot", "forget", str(tmp_path / "two"), "0123456789abcdef").status == 1
