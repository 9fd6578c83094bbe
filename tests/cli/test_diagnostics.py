"""``hht diagnostics``: what helps whoever mends the program, shown before it is written, and nobody's."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.cli.conftest import Run
from tests.support.canary import found_in
from tests.support.command import ANSWERS, visit_words
from ui.diagnostics import Diagnostics, DiagnosticsRefused, code, refuse_personal
from ui.stores import open_store
from ui.system import SystemClock

LINK = "emulated:single-element?days=1"
PERSONAL = {
    "job": b"J-1042", "MPAN": b"1200023305967", "Device ID": b"00-DB-12-34-56-78-90-A0", "address": b"Specimen",
    "place": b"Sampleton", "engineer": b"Ann Other", "folder": b"of-the-depot", "host": b"probe-of-bob",
}  # fmt: skip


@pytest.fixture
def where(run: Run, tmp_path: Path) -> list[str]:
    """A training store after a visit that failed at its last step, in a settled terminal."""
    words = visit_words("run", tmp_path, LINK)
    (tmp_path / "answers.json").write_text(json.dumps({key: ANSWERS[key] for key in ("scan-meter", "write-mpan")}))
    assert run(*words).last["step"] == "hand-over"
    with open_store(tmp_path / "data", "", training=True, clock=SystemClock()) as store:
        kept = {"engineer": "Ann Other", "job_folder": "/home/of-the-depot", "link": "tcp://probe-of-bob:4059"}
        store.save_setting("window", {"theme": "sun", **kept})
    return ["--training", "--data-dir", str(tmp_path / "data")]


def test_what_is_shown_is_what_is_written_and_it_is_nobodys(run: Run, tmp_path: Path, where: list[str]) -> None:
    path = tmp_path / "for-help.json"
    done = run("diagnostics", str(path), *where)
    assert done.status == 0, done.last
    (shown,) = done.of("diagnostics")
    written = json.loads(path.read_text())
    assert shown == {"type": "diagnostics", **written}
    assert done.lines.index(shown) < done.lines.index(done.last), "shown first"
    assert path.stat().st_mode & 0o077 == 0
    assert found_in(path.read_bytes(), PERSONAL) == set()
    assert (written["settings"]["theme"], written["settings"]["engineer"]) == ("sun", "set")
    assert written["settings"]["link"] == "tcp"
    (link,) = written["links"]
    assert (link["kind"], link["of"], link["opened"]["security"]) == ("emulated", "visit", "gmac")
    assert link["sent"] > 1000 < link["received"]
    assert written["errors"] == {"commission-electricity hand-over failed answer-needed": 1}
    (visit,) = written["visits"]
    assert visit["entries"][0] == "0.0 - resumed"
    assert any(entry.endswith("clock intent") for entry in visit["entries"])
    assert all(word in str(written["left_out"]) for word in ("pass phrase", "MPANs", "who the engineer is"))
    assert written["program"]["libraries"]["cryptography"][0].isdigit()


def test_without_a_file_it_is_shown_and_nothing_is_written(run: Run, tmp_path: Path, where: list[str]) -> None:
    before = set(tmp_path.rglob("*"))
    assert run("diagnostics", *where).last["file"] == ""
    assert {path for path in tmp_path.rglob("*") if path.parent != tmp_path / "data"} <= before


def test_a_locked_store_is_said_and_nothing_of_it_told(run: Run) -> None:
    (told, _result) = run("diagnostics").lines
    assert "which is locked" in told["left_out"][0]
    assert not {"settings", "links", "errors", "visits"} & set(told)
    assert told["program"]["hht"]


def test_a_trace_goes_along_as_nobodys(run: Run, where: list[str]) -> None:
    (told, _result) = run("diagnostics", "--with-trace", "J-1042", *where).lines
    kinds = {event.get("kind") for event in told["trace"]}
    assert {"tx", "rx"} <= kinds
    octets = b"".join(bytes.fromhex(event["data"]) for event in told["trace"] if event.get("data"))
    assert found_in(octets + json.dumps(told).encode(), PERSONAL) == set()
    assert "00db1234567890a0" not in json.dumps(told["trace"])
    locked = run("diagnostics", "--with-trace", "J-1042")
    assert (locked.status, locked.last["code"]) == (2, "usage")
    assert run("diagnostics", "--visit", "1", *where).status == 2


def test_what_is_personal_is_refused_at_the_last_look() -> None:
    refuse_personal(Diagnostics({"links": ["optical"]}, ()), ["J-1042", "1 High St"])
    for told in ({"links": ["j-1042"]}, {"1 High St": 1}):
        with pytest.raises(DiagnosticsRefused) as refused:
            refuse_personal(Diagnostics(told, ()), ["J-1042", "1 High St"])
        assert refused.value.code == "diagnostics-personal"


@pytest.mark.parametrize("text", ["1200023305967", "Ann Other", "ann other", "a-1234-b", "", "x" * 61, "naïve", "a\nb"])
def test_only_words_of_the_programs_own_are_codes(text: str) -> None:
    assert code(text) == "…"
    assert code("link-timeout") == "link-timeout"
