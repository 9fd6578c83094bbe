"""The tour goes by the sample job and its walkthrough as they are."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from hht.resources import resource_text
from hht.work.job import parse_job
from hht.work.view import Outcome, StepState, StepView, VisitView
from hht.work.walkthrough import load_walkthrough
from ui.tour import COUNTED, JOB, LABEL, Stop, stop_of, words_of

WALKTHROUGH = load_walkthrough("commission-electricity")
STEPS = tuple(step.id for step in WALKTHROUGH.steps)


def at(step: str, reference: str = JOB, outcome: Outcome | None = None) -> VisitView:
    shown = StepView(step, "", "", StepState.READY, 60.0)
    return VisitView("v", "j", reference, "", True, "", (shown,), step, "", outcome)


def test_it_goes_by_the_first_sample_job() -> None:
    job = parse_job(resource_text("jobs", "demo.json"), "demo.json")
    assert (job.reference, job.walkthrough) == (JOB, "commission-electricity")
    (meter,) = json.loads(resource_text("jobs", "demo.json"))["devices"]
    assert meter["device_id"].replace("-", "") == LABEL
    assert job.link.startswith("emulated:"), "there is nothing to configure"


def test_each_step_of_its_visit_is_a_stop_and_they_come_in_order() -> None:
    stops = [stop_of(None), *(stop_of(at(step)) for step in STEPS), stop_of(at("", outcome=Outcome.COMPLETE))]
    assert list(dict.fromkeys(stops)) == [*COUNTED, Stop.END]
    writes = {step.id for step in WALKTHROUGH.steps if step.id in ("clock", "write-mpan", "randomised-offset")}
    assert {step for step in STEPS if stop_of(at(step)) is Stop.WRITE} == writes


def test_another_job_is_told_as_that() -> None:
    assert stop_of(at("arrive", "J-1043")) is Stop.OTHER
    assert stop_of(replace(at("", "J-1043"), outcome=Outcome.COMPLETE)) is Stop.JOB
    assert JOB in words_of(Stop.OTHER)[1]


@pytest.mark.parametrize("stop", Stop)
def test_every_stop_has_its_words(stop: Stop) -> None:
    title, text = words_of(stop)
    assert 0 < len(title) <= 40
    assert len(text) <= 130, "two lines beside its buttons"
