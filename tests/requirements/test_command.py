"""``python -m tests.requirements`` over small suites of its own: what it prints and when it fails."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.requirements.catalogue import catalogue
from tests.support import forked

ROOT = Path(__file__).resolve().parents[2]
Run = Callable[..., "subprocess.CompletedProcess[str]"]


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    def command(suite: str, *words: str, columns: int = 100) -> subprocess.CompletedProcess[str]:
        (tmp_path / "test_suite.py").write_text(f"import pytest\n{suite}\n", encoding="utf-8")
        monkeypatch.setenv("COLUMNS", str(columns))
        monkeypatch.setenv("PYTHONPATH", str(ROOT))  # for processes of its own
        return forked.run("tests.requirements", "--tests", str(tmp_path), *words, timeout_s=60)

    return command


TRUE = """
@pytest.mark.requirement("ALC-08", "ALC-14")
@pytest.mark.parametrize("offset", [0, 1799])
def test_true(offset): pass
"""


def test_every_row_is_printed_and_what_is_shown_is_counted(run: Run) -> None:
    done = run(TRUE)
    assert done.returncode == 0, done.stderr
    lines = done.stdout.splitlines()
    assert lines[-1] == "requirements: core 1 of 166, should 1 of 262, stretch 0 of 40"
    assert [line.split()[1] for line in lines if not line.startswith(" ")][:-1] == list(catalogue())
    at = next(at for at, line in enumerate(lines) if " ALC-08 " in line)
    assert lines[at].startswith("core     ALC-08  Randomised offset range is 0 to 1799")
    assert lines[at + 1].strip().startswith("passed ")
    assert lines[at + 1].endswith("test_suite.py::test_true (2 passed)")
    assert lines[at + 3].strip() == "-"
    assert max(len(line) for line in lines if not line.startswith(" ")) == 100


def test_the_claims_of_coroutines_count(run: Run) -> None:
    done = run("@pytest.mark.requirement('ALC-09')\nasync def test_claims(): pass")
    assert "test_suite.py::test_claims" in done.stdout
    assert done.stdout.splitlines()[-1] == "requirements: core 1 of 166, should 0 of 262, stretch 0 of 40"


@pytest.mark.parametrize("body", ["assert False", "pytest.skip('no meter here')", "pytest.xfail('not yet')"])
def test_a_claim_that_no_test_shows_fails(run: Run, body: str) -> None:
    done = run(f"@pytest.mark.requirement('ALC-09')\ndef test_claims(): {body}\n{TRUE}")
    assert done.returncode == 1
    assert done.stdout.splitlines()[-1] == "requirements: core 1 of 166, should 1 of 262, stretch 0 of 40"
    assert "NOT SHOWN: ALC-09" in done.stdout


def test_a_process_that_dies_is_told_and_the_other_files_count(run: Run, tmp_path: Path) -> None:
    """Two files run in two processes (xdist); the results of one come home although the other died."""
    (tmp_path / "test_dies.py").write_text(
        "import os, pytest\n@pytest.mark.requirement('ALC-09')\ndef test_claims(): os._exit(3)\n", encoding="utf-8"
    )
    done = run(TRUE)
    assert (done.returncode, "did not end well" in done.stdout) == (1, True)
    assert done.stdout.splitlines()[-1] == "requirements: core 1 of 166, should 1 of 262, stretch 0 of 40"


def test_a_failure_in_tearing_down_is_a_failure(run: Run) -> None:
    done = run(
        "@pytest.fixture\ndef meter():\n    yield\n    raise OSError\n"
        "@pytest.mark.requirement('ALC-09')\ndef test_claims(meter): pass"
    )
    assert (done.returncode, "NOT SHOWN: ALC-09" in done.stdout) == (1, True)


@pytest.mark.parametrize(
    ("mark", "told"),
    [
        ("requirement('ALC-99')", "test_claims: no requirement 'ALC-99' in"),
        ("requirement('ALC-08', 'alc-08')", "test_claims: no requirement 'alc-08' in"),
        ("requirement()", "test_claims: requirement(...) takes ids"),
        ("requirement(id='ALC-08')", "test_claims: requirement(...) takes ids"),
        ("requirement(['ALC-08'])", "test_claims: no requirement ['ALC-08'] in"),
    ],
)
def test_a_mark_that_cannot_count_is_a_collection_error(run: Run, mark: str, told: str) -> None:
    done = run(f"@pytest.mark.{mark}\ndef test_claims(): pass")
    assert done.returncode == 1
    assert told in done.stderr
    assert "did not end well" in done.stdout


def test_marks_of_classes_and_modules_are_marks_of_their_tests(run: Run) -> None:
    done = run(
        "pytestmark = pytest.mark.requirement('ALC-08')\n@pytest.mark.requirement('ALC-14')\n"
        "class TestMeter:\n    @pytest.mark.requirement('ALC-09', 'ALC-08')\n    def test_claims(self): pass"
    )
    assert done.stdout.splitlines()[-1] == "requirements: core 2 of 166, should 1 of 262, stretch 0 of 40"
    assert done.stdout.count("::TestMeter::test_claims\n") == 3


def test_a_test_of_the_long_runs_shows_nothing(run: Run) -> None:
    done = run("@pytest.mark.soak\n@pytest.mark.requirement('ALC-08')\ndef test_long(): pass")
    assert (done.returncode, "test_long: a test of the long runs" in done.stderr) == (1, True)


def test_rows_that_nothing_shows(run: Run) -> None:
    done = run(TRUE, "--missing", "core", "--device", "HCALCS")
    named = [line.split()[1] for line in done.stdout.splitlines()[:-1] if not line.startswith(" ")]
    assert named == ["ALC-03", "ALC-09"]
    assert done.stdout.splitlines()[-1].startswith("requirements: core 1 of 166")


def test_a_row_that_nothing_shows_is_told_with_the_reason(run: Run) -> None:
    lines = run(TRUE, "--missing", "should").stdout.splitlines()
    at = next(at for at, line in enumerate(lines) if " IDT-14 " in line)
    assert lines[at + 1].strip().startswith("- not so in GBCS as it came to be")


def test_a_program_reads_it(run: Run) -> None:
    done = run(TRUE, "--json")
    *rows, result = (json.loads(line) for line in done.stdout.splitlines())
    assert [row["id"] for row in rows] == list(catalogue())
    (row,) = (row for row in rows if row["id"] == "ALC-08")
    (test,) = row["tests"]
    assert (row["state"], row["importance"], row["device"]) == ("covered", "core", ["ESME", "HCALCS"])
    assert (test["result"], test["cases"]) == ("passed", {"passed": 2})
    assert result == {
        "type": "result",
        "ok": True,
        "run": True,
        "core": {"shown": 1, "of": 166},
        "should": {"shown": 1, "of": 262},
        "stretch": {"shown": 0, "of": 40},
    }


def test_claims_are_printed_without_running_anything(run: Run) -> None:
    done = run("@pytest.mark.requirement('ALC-09')\ndef test_claims(): assert False", "--claims-only")
    assert done.returncode == 0, done.stderr
    assert "not run" in done.stdout
    assert done.stdout.splitlines()[-1] == "claimed, nothing run: core 1 of 166, should 0 of 262, stretch 0 of 40"


def test_a_suite_without_claims(run: Run) -> None:
    done = run("def test_nothing(): pass")
    assert (done.returncode, done.stdout.splitlines()[-1].split(":")[0]) == (0, "requirements")
    assert " 0 of 166" in done.stdout.splitlines()[-1]
