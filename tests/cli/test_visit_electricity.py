"""Walkthrough 3, headless: the sample jobs of one element, two, three phases, and a microgeneration meter beside."""

from __future__ import annotations

import contextlib
import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from hht.clock import ManualClock
from hht.resources import resource_path, resource_text
from hht.work.actions.generation import read_generation
from hht.work.job import parse_job
from hht.work.job_check import check_job
from hht.work.step import WrongMeter
from hht.work.supplier_requests import REQUESTS
from tests.cli.conftest import Run
from tests.cli.test_visit_install import evidence, states
from tests.support.command import Done
from tests.work.flow_model import START, all_well
from tests.work.small_meter import SmallMeter
from tests.work.test_timeline import visit_of

SAMPLES = ("electricity", "twin", "polyphase", "solar")


def sample(name: str) -> dict[str, Any]:
    """A sample job, at a premises whose history is short."""
    plain: dict[str, Any] = json.loads(resource_text("jobs", f"install-{name}.json"))
    return {**plain, "link": f"{plain['link']}?days=1"}


def install(run: Run, folder: Path, name: str, verb: str = "run", **answers: str) -> Done:
    """The visit of a sample job with its own sample answers, but for `answers`."""
    (folder / "job.json").write_text(json.dumps(sample(name)))
    told = json.loads(resource_text("samples", f"install-{name}-answers.json"))
    told |= {one.replace("__", "-").replace("_", "/"): value for one, value in answers.items()}
    (folder / "answers.json").write_text(json.dumps(told))
    where = ["--training", "--data-dir", str(folder / "data"), "--out", str(folder / "out")]
    return run("visit", verb, str(folder / "job.json"), *where, "--answers", str(folder / "answers.json"))


def facts(folder: Path, step: str) -> dict[str, str]:
    """What stands in the report of a step."""
    (found,) = [one for one in evidence(folder)["steps"] if one["id"] == step]
    return {fact["label"]: fact["value"] for fact in found["facts"]}


@pytest.mark.parametrize("name", SAMPLES)
def test_the_sample_answers_are_those_of_a_visit_where_all_is_well(name: str) -> None:
    told = json.loads(resource_path("samples", f"install-{name}-answers.json").read_text())
    numbers = {asked: told[asked] for asked in ("seals/cut-out", "seals/meter", "seals/tag")}
    assert len(set(numbers.values())) == len(numbers) == 3, "each has its own"
    assert told == all_well(parse_job(json.dumps(sample(name)), "job.json"), photo="label.png") | numbers


@pytest.mark.requirement("ALC-05")
def test_a_twin_element_meter_is_installed_and_both_its_elements_are_read(run: Run, tmp_path: Path) -> None:
    done = install(run, tmp_path, "twin")
    assert (done.status, done.last["outcome"]) == (0, "complete"), done.last
    first, second = facts(tmp_path, "registers")["Both elements"].split(" · ")
    assert float(first.removesuffix(" kWh")) > float(second.removesuffix(" kWh")) > 0
    assert "Active energy import, second element" in facts(tmp_path, "reading-after")
    found = evidence(tmp_path)["findings"]
    assert (found["fit-meter"]["elements"], found["load"]["moves-second"]) == ("yes", "yes")
    assert "rotation" not in found["live-tests"]


@pytest.mark.requirement("EDG-12")
def test_three_phases_are_proved_in_their_order_and_each_is_read(run: Run, tmp_path: Path) -> None:
    done = install(run, tmp_path, "polyphase")
    assert (done.status, done.last["outcome"]) == (0, "complete"), done.last
    found = evidence(tmp_path)["findings"]
    live = found["live-tests"]
    assert live["rotation"] == "right"
    assert {"voltage-l1", "voltage-l2", "voltage-l3", "between", "neutral-earth"} <= set(live)
    assert (found["prove-dead"]["dead-polyphase"], found["load"]["moves-phases"]) == ("0", "yes")
    assert facts(tmp_path, "registers")["Three phases"].count(" V") == 3
    assert {f"Active energy import, phase {number}" for number in (1, 2, 3)} <= set(facts(tmp_path, "reading-after"))


@pytest.mark.parametrize(
    ("item", "value", "code"),
    [("live__tests_rotation", "wrong", "bad-answer"), ("live__tests_neutral__earth", "30", "out-of-limits")],
)
def test_rotation_and_neutral_of_three_phases_are_hard_stops(
    run: Run, tmp_path: Path, item: str, value: str, code: str
) -> None:
    done = install(run, tmp_path, "polyphase", **{item: value})
    assert (done.status, done.last["code"], done.last["state"]) == (1, code, "stopped"), done.last
    stopped = [name for name, state in states(done).items() if state == "stopped"]
    safe = install(run, tmp_path, "polyphase", "resume", **{f"{stopped[0].replace('-', '__')}_notice": "N-1"})
    assert safe.last["outcome"] == "made-safe"


@pytest.mark.requirement("MIC-01", "MIC-10")
def test_a_microgeneration_meter_beside_is_scanned_recorded_and_read_by_its_own_port(run: Run, tmp_path: Path) -> None:
    done = install(run, tmp_path, "solar")
    assert (done.status, done.last["outcome"]) == (0, "complete"), done.last
    record = evidence(tmp_path)["findings"]["generation-record"]
    assert (record["export-mpan"], record["connection"], record["register"]) == ("1012345678912", "g98", "yes")
    assert record["reading"] == "08214"
    read = facts(tmp_path, "generation-reading")
    assert read["Microgeneration meter"] == "00-DB-12-34-56-79-02-A1"
    assert read["Active energy export"] != facts(tmp_path, "reading-after")["Active energy export"]
    assert float(read["Active energy export"].removesuffix(" kWh")) > 11_802


def test_the_import_mpan_is_never_taken_for_the_export_s(run: Run, tmp_path: Path) -> None:
    done = install(run, tmp_path, "solar", generation__record_export__mpan="1012345678903")
    assert (done.status, done.last["code"]) == (1, "export-mpan")
    assert "import MPAN" in done.last["message"]
    again = install(run, tmp_path, "solar", "resume")
    assert again.last["outcome"] == "complete"


async def test_a_probe_that_stayed_on_the_first_meter_is_told_so() -> None:
    of = parse_job(json.dumps(sample("solar")), "job.json")
    first = SmallMeter(ManualClock(START))

    class Host:
        """Whatever meter is asked for, the first answers."""

        job, clock = of, ManualClock(START)

        @contextlib.asynccontextmanager
        async def beside(self, _device_id: str) -> AsyncIterator[SmallMeter]:
            await first.open()
            yield first

    with pytest.raises(WrongMeter, match="The probe is on") as told:
        await read_generation(Host())  # type: ignore[arg-type]
    assert "Move over to the microgeneration meter" in told.value.remedy
    assert first.operations == ["open", "identify"], "nothing more is asked of it"


def test_only_a_twin_has_a_second_mpan_and_the_desk_is_asked_for_both() -> None:
    plain = sample("twin")
    of = parse_job(json.dumps(plain), "job.json")
    wanted = REQUESTS["set-mpan"](of, visit_of(of))
    assert wanted.details == {"mpan": "1200023305967", "secondary": "1200023305976"}
    plain["devices"][0]["variant"] = "single"
    with pytest.raises(Exception, match="only a meter with two elements"):
        check_job(json.dumps(plain), "job.json")
    plain["devices"][0] |= {"variant": "twin", "secondary_mpan": "1200023305967"}
    with pytest.raises(Exception, match="each device has its own"):
        check_job(json.dumps(plain), "job.json")
