"""``hht timeline``: what expires next, of the visits that are under way, the appointments and the wallet."""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path

import pytest

from hht.clock import iso_z
from hht.work.job import parse_job
from tests.cli.conftest import Run
from tests.cli.test_visit_install import LINK
from tests.cli.test_wallet import keep
from tests.work.flow_model import all_well, job_text
from ui.system import SystemClock


@pytest.mark.requirement("CON-09")
def test_what_runs_out_is_told_with_what_is_near_and_what_to_do(run: Run, tmp_path: Path) -> None:
    where = keep(run, tmp_path)
    now = SystemClock().now().replace(microsecond=0)
    due = {"start": iso_z(now), "end": iso_z(now + timedelta(minutes=50))}
    for reference in ("J-1", "J-2"):
        path = tmp_path / f"{reference}.json"
        path.write_text(job_text("install-electricity", reference=reference, appointment=due))
        assert run("visit", "new", str(path), *where).status == 0
    told = run("timeline", *where)
    found = {(one["timer"], one["about"]): one for one in told.of("timer")}
    assert [about for kind, about in found if kind == "appointment"] == ["J-1", "J-2"]
    appointment = found["appointment", "J-1"]
    assert (appointment["urgency"], appointment["pounds"], appointment["verified"]) == ("near", "40", False)
    assert 0 < appointment["left_s"] <= 3000
    assert {kind for kind, _about in found} == {"appointment", "registration", "instrument"}
    assert told.last["near"] == 3, "two appointments, and the indicator that ends in 20 days"
    assert "Be at the door before it ends" in told.errors
    text = (tmp_path / "J-1.json").read_text()
    given = {name: one for name, one in all_well(parse_job(text, "job.json")).items() if one}
    answers = tmp_path / "answers.json"
    answers.write_text(json.dumps({name: one for name, one in given.items() if not name.startswith("prove-dead")}))
    stopped = run("visit", "run", "J-1", *where, "--answers", str(answers), "--link", LINK)
    assert stopped.status == 1
    kinds = [(one["timer"], one["about"]) for one in run("timeline", "J-1", *where).of("timer")]
    assert ("supply-off", "J-1, electricity") in kinds
    assert ("lone-worker", "J-1") in kinds
    assert "appointment" not in {kind for kind, _about in kinds}, "somebody is at the door"


def test_nothing_runs_out_in_an_empty_store_and_no_job_is_none(run: Run, tmp_path: Path) -> None:
    where = ["--training", "--data-dir", str(tmp_path / "data")]
    told = run("timeline", *where)
    assert (told.status, told.last["timers"]) == (0, 0)
    assert run("timeline", "J-9", *where).status == 1
