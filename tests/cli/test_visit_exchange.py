"""Walkthrough 7, headless: the sample job of an exchange of meters with its sample answers."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from hht.resources import resource_path, resource_text
from hht.work.walkthrough import load_walkthrough
from tests.cli.conftest import Run
from tests.cli.test_visit_install import evidence, states


@pytest.mark.requirement("CH-21")
def test_a_meter_is_exchanged_with_the_sample_answers(run: Run, tmp_path: Path) -> None:
    plain: dict[str, Any] = json.loads(resource_text("jobs", "meter-exchange.json"))
    (tmp_path / "job.json").write_text(json.dumps({**plain, "link": f"{plain['link']}?days=1"}))
    told = json.loads(resource_path("samples", "meter-exchange-answers.json").read_text(encoding="utf-8"))
    flow = load_walkthrough("meter-exchange")
    through_desk = [step.id for step in flow.steps if step.action.through == "desk"]
    told |= dict.fromkeys(through_desk, "leave:ask-later")  # the WAN takes its time: with a desk in tests/work
    (tmp_path / "answers.json").write_text(json.dumps(told))
    where = ["--training", "--data-dir", str(tmp_path / "data"), "--out", str(tmp_path / "out")]
    words = ["visit", "run", str(tmp_path / "job.json"), *where, "--answers", str(tmp_path / "answers.json")]
    done = run(*words)
    assert (done.status, done.last["outcome"]) == (0, "install-and-leave"), done.last
    assert {states(done).get(step) for step in ("closing-reading", "opening-reading", "dispose-electricity")} == {
        "done"
    }
    found = evidence(tmp_path)
    assert found["findings"]["dispose-electricity"]["fate"] == "returned"
    (closing,) = [one for one in found["steps"] if one["id"] == "closing-reading"]
    assert "agree: 8214.306 kWh" in [fact["value"] for fact in closing["facts"]]
