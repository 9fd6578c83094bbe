"""``hht demo``: what it says, what it leaves, and what it says when it cannot."""

from __future__ import annotations

import json
from pathlib import Path

import pypdf

from hht.evidence import verify
from tests.cli.conftest import Run

STEPS = [
    "check-job", "scan-meter", "connect", "identify", "reading-before", "clock", "write-mpan", "randomised-offset",
    "registers", "reading-after", "hand-over",
]  # fmt: skip


def test_events_first_result_last(run: Run, tmp_path: Path) -> None:
    out = tmp_path / "proof"
    done = run("demo", "--out", str(out))
    assert done.status == 0
    assert [line["type"] for line in done.lines].count("result") == 1
    assert done.last == done.last | {"type": "result", "ok": True, "outcome": "complete"}
    assert Path(done.last["report"]) == out / "report.pdf"
    finished = [step["id"] for step in done.of("step") if step["state"] == "done"]
    assert finished == STEPS
    for step in done.of("step"):
        assert step["state"] in ("started", "asking", "done")
    assert sorted(path.name for path in out.iterdir()) == done.last["files"]
    assert not (tmp_path / "home").exists(), "the demonstration keeps out of the person's own store"


def test_the_evidence_fits_together(run: Run, tmp_path: Path) -> None:
    run("demo", "--out", str(tmp_path))
    report = (tmp_path / "report.json").read_text()
    assert verify(report) == ""
    entries = [json.loads(line) for line in (tmp_path / "journal.jsonl").read_text().splitlines()]
    assert [entry["number"] for entry in entries] == list(range(1, len(entries) + 1))
    intents = [entry["step"] for entry in entries if entry["kind"] == "intent"]
    outcomes = [entry["step"] for entry in entries if entry["kind"] == "outcome" and entry["result"] == "written"]
    assert intents == outcomes == ["clock", "write-mpan", "randomised-offset"]
    text = "".join(page.extract_text() for page in pypdf.PdfReader(tmp_path / "report.pdf").pages)
    assert "1200023305967" in text


def test_a_folder_that_is_a_file(run: Run, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("mine")
    done = run("demo", "--out", str(tmp_path / "file"))
    assert done.status == 1
    assert done.last["type"] == "error"
    assert done.last["remedy"]
    assert (tmp_path / "file").read_text() == "mine"
