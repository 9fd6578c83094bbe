"""``hht demo``: what it says, what it leaves, and what it says when it cannot."""

from __future__ import annotations

import json
import os
import stat
from pathlib import Path

import pypdf
import pytest

from hht.evidence import verify
from tests.cli.conftest import Run
from tests.support.command import hht_on_a_small_disk

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


def test_another_demonstration_in_the_same_folder_takes_nobody_s_place(run: Run, tmp_path: Path) -> None:
    run("demo", "--out", str(tmp_path))
    (tmp_path / "journal-2.jsonl").write_text("mine")
    before = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
    done = run("demo", "--out", str(tmp_path))
    assert done.status == 0
    assert Path(done.last["report"]) == tmp_path / "report-3.pdf"
    assert done.last["files"] == ["journal-3.jsonl", "report-3.hhtb", "report-3.json", "report-3.pdf", "trace-3.jsonl"]
    assert {name: (tmp_path / name).read_bytes() for name in before} == before
    assert verify((tmp_path / "report-3.json").read_text()) == ""


def test_nobody_else_may_read_it(run: Run, tmp_path: Path) -> None:
    out = tmp_path / "deep" / "proof"
    before = os.umask(0)
    try:
        run("demo", "--out", str(out))
    finally:
        os.umask(before)
    modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in [out.parent, out, *out.iterdir()]}
    assert modes == {"deep": 0o700, "proof": 0o700} | dict.fromkeys(
        ("journal.jsonl", "report.hhtb", "report.json", "report.pdf", "trace.jsonl"), 0o600
    )


@pytest.mark.sampled(one_in=2)
@pytest.mark.parametrize("kib", [1, 8, 64, 200, 300])
def test_a_full_disk_is_a_sentence(tmp_path: Path, kib: int) -> None:
    """Wherever the room runs out: at the store, amid the visit, or at its end."""
    out = tmp_path / "proof"
    done = hht_on_a_small_disk(kib, "demo", "--out", str(out))
    assert (done.status, done.last["type"]) == (1, "error"), done.last
    assert done.last["message"]
    assert done.last["remedy"]
    assert not list(out.iterdir()), "half of the evidence"


def test_a_report_that_cannot_be_written(run: Run, tmp_path: Path) -> None:
    (tmp_path / "report.pdf").mkdir()
    done = run("demo", "--out", str(tmp_path))
    (result,) = done.of("result")
    assert (result["ok"], result["outcome"], result["report"]) == (False, "complete", "")
    assert (done.status, done.last["code"]) == (1, "report-not-written")
    assert "hht demo --out" in done.last["remedy"]


@pytest.mark.parametrize("name", ["journal.jsonl", "trace.jsonl"])
def test_a_file_beside_the_report_that_cannot_be_written(run: Run, tmp_path: Path, name: str) -> None:
    (tmp_path / name).mkdir()
    done = run("demo", "--out", str(tmp_path))
    (result,) = done.of("result")
    assert (result["ok"], result["outcome"]) == (False, "complete")
    assert (done.status, done.last["code"]) == (1, "file-not-written")
    assert name in done.last["message"]
    assert Path(result["report"]).exists()


def test_nowhere_for_the_store_of_the_demonstration(run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def none(*_args: object) -> str:
        raise FileNotFoundError(2, "No usable temporary directory found")

    monkeypatch.setattr("tempfile._get_default_tempdir", none)
    monkeypatch.setattr("tempfile.tempdir", None)
    done = run("demo", "--out", str(tmp_path / "proof"))
    assert (done.status, done.last["code"]) == (1, "file-not-written")
    assert "temporary" in done.last["message"]


def test_a_folder_that_is_a_file(run: Run, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("mine")
    done = run("demo", "--out", str(tmp_path / "file"))
    assert done.status == 1
    assert done.last["type"] == "error"
    assert done.last["remedy"]
    assert (tmp_path / "file").read_text() == "mine"
