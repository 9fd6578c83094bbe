"""``hht tour``: what it says to type does what it says, from a store that was never there."""

from __future__ import annotations

import json
import shlex
from pathlib import Path

from hht.evidence import check_bundle
from tests.cli.conftest import Run
from tests.conftest import ROOT
from tests.support.command import ANSWERS


def test_every_command_of_the_tour_can_be_typed(run: Run, tmp_path: Path) -> None:
    data = tmp_path / "a store"
    done = run("tour", "--data-dir", str(data))
    assert done.status == 0, done.last
    stops = done.of("stop")
    assert [one["stop"] for one in stops] == ["job", "link", "read", "write", "evidence"]
    assert [one["number"] for one in stops] == [1, 2, 3, 4, 5]
    asked = {name: ANSWERS[name] for name in ("scan-meter", "hand-over")}  # what it says, and the customer's part
    (tmp_path / "answers.json").write_text(json.dumps(asked))
    out = {}
    for one in stops:
        program, *words = shlex.split(one["command"])
        assert program == "hht"
        if "proof" in words:
            words[words.index("proof")] = str(tmp_path / "proof")
        if words[:2] == ["visit", "run"]:  # nobody is at the keyboard here
            words += ["--answers", str(tmp_path / "answers.json"), "--link", "emulated:single-element?days=1"]
        out[one["stop"]] = run(*words)
        assert out[one["stop"]].status == 0, (one["command"], out[one["stop"]].last)
    assert "J-1042" in {job["reference"] for job in out["job"].of("job")}
    assert out["write"].last["outcome"] == "complete"
    assert check_bundle((tmp_path / "proof" / "report.hhtb").read_bytes()).code == ""


def test_where_other_jobs_are_it_puts_its_own_beside_them(run: Run, tmp_path: Path) -> None:
    assert run("job", "import", str(ROOT / "resources" / "jobs" / "change-tenancy.json"), "--training").status == 0
    stops = run("tour").of("stop")
    references = {job["reference"] for job in run(*shlex.split(stops[0]["command"])[1:]).of("job")}
    assert references == {"J-1042", "J-1064"}
    (tmp_path / "answers.json").write_text(json.dumps({name: ANSWERS[name] for name in ("scan-meter", "hand-over")}))
    answered = ("--answers", str(tmp_path / "answers.json"), "--link", "emulated:single-element?days=1")
    assert run(*shlex.split(stops[3]["command"])[1:], *answered).last["outcome"] == "complete"


def test_it_leaves_what_is_there_as_it_is(run: Run) -> None:
    assert run("tour").status == 0
    before = run("job", "list", "--training").lines
    assert run("tour").status == 0
    assert run("job", "list", "--training").lines == before
    assert not any("--data-dir" in one["command"] for one in run("tour").of("stop"))
