"""A rehearsal: the premises made from a job, what is likely there, and what is left of it: nothing."""

from __future__ import annotations

import json
import os
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from hht.errors import HhtError
from hht.model.faults.catalogue import fault_kinds
from hht.model.premises import read_premises
from hht.model.premises_plan import parse_premises
from hht.resources import resource_text
from hht.work.engineer import Engineer
from hht.work.job import Job, JobError, parse_job
from hht.work.job_origin import unsigned_because
from hht.work.rehearsal import _table, left_out, likely_faults, premises_of, rehearsal_job
from hht.work.van_file import parse_van_file
from hht.work.visit_store import VisitStore
from tests.work.flow_model import GAS, HUB, SOLAR, job
from ui import rehearsal
from ui.evidence_notes import EndingAsked, EvidenceNotes
from ui.jobs import add_sample_jobs, jobs_of_day
from ui.outbox import Outbox
from ui.reports import ReportNotWritten, write_report
from ui.stores import SCRATCH, open_store, scratch_lock
from ui.system import SystemClock, new_id

DUAL = resource_text("jobs", "install-dual-fuel.json")
LIVE = {name: value for name, value in json.loads(DUAL).items() if name != "training_kit"} | {"training": False}
VAN = {str(one.device_id): one for one in parse_van_file(resource_text("samples", "van.json"), "van.json")}


def placed(building: str, **more: Any) -> Job:
    premises = {"address": ["1 Row"], "postcode": "ZZ9 9ZZ", "building": building}
    return job("install-dual-fuel", HUB, GAS, premises=premises, **more)


@pytest.mark.parametrize("variant", ["single", "twin", "polyphase"])
@pytest.mark.parametrize("building", ["", "house", "bungalow", "flat", "high-rise", "stone", "farm", "shop"])
def test_a_premises_can_be_made_of_every_job(variant: str, building: str) -> None:
    made = replace(placed("house", variant=variant), building=building)
    plan = parse_premises(premises_of(made, VAN.get), name="home", file="home.toml")
    assert [str(device.identity.device_id) for device in plan.devices] == [  # type: ignore[attr-defined]
        HUB["device_id"], str(made.meter.device_id), GAS["device_id"]
    ]  # fmt: skip
    alone = job("install-electricity", SOLAR, variant=variant)
    text = premises_of(replace(alone, building=building), VAN.get)
    assert len(parse_premises(text, name="home", file="home.toml").devices) == 2
    assert not any(told in text for told in (str(made.meter.mpan), GAS["mprn"], "1 Row", "ZZ9"))


def test_the_devices_are_of_the_models_that_are_known_of_them() -> None:
    text = premises_of(parse_job(DUAL, "job.json"), VAN.get)
    assert all(model in text for model in ("SMETS2-1E", "NH-CH2", "VG-4", "GLANCE-3", "TRAINER-PPMID"))
    control = {"type": "load-control-switch", "device_id": "00-DB-12-34-56-78-90-B1"}
    assert left_out(job("install-electricity", control)) == ("load control switch",)


def test_what_is_likely_depends_on_hub_and_building_and_every_row_names_a_fault_there_is() -> None:
    kinds = fault_kinds()
    for row in _table()["likely"]:
        assert row["fault"].partition("=")[0] in kinds
        assert row["verified"] is False
        assert row["source"]

    def tried(of: Job) -> list[str]:
        return [one.kind for one in likely_faults(of, VAN.get)]

    assert tried(placed("stone"))[0] == "weak-signal"
    assert "hub-in-metal-box" in tried(placed("flat"))
    assert "hub-in-metal-box" not in tried(placed("house"))
    assert "full-device-log" in tried(parse_job(DUAL, "job.json")), "its hub is of that model"
    assert "full-device-log" not in tried(placed("house"))
    assert tried(job("commission-electricity")) == ["probe-garbled", "port-silent"]
    assert len(tried(placed("high-rise"))) == _table()["most"]
    (first, *_rest) = likely_faults(placed("stone"), VAN.get)
    assert first.words.endswith("(unverified)")


def test_a_live_job_goes_in_without_what_tells_whose_it_is() -> None:
    live = LIVE | {"vulnerability": ["PSR-12"], "link": "optical:/dev/ttyUSB0"}
    live["premises"] |= {"region": "north", "building": "flat"}
    made = rehearsal_job(json.dumps(live), "REHEARSAL-0", "emulated:home.toml", b"seed")
    played = parse_job(made, "rehearsal")
    assert (played.training, played.region, played.building) == (True, "north", "flat")
    was = parse_job(json.dumps(live), "live.json")
    assert [one.device_id for one in played.devices] == [one.device_id for one in was.devices]
    personal = ("C. Example", "16 Specimen", str(was.meter.mpan), "3938424403", "S79B 54321", "PSR-12", "cupboard")
    assert not [told for told in personal if told in made]
    train = json.loads(rehearsal_job(DUAL, "R", "emulated:x.toml", b""))
    assert train["customer"] == json.loads(DUAL)["customer"], "nothing of a training job is anybody's"


def test_what_a_job_comes_to_hold_later_stays_out_of_a_live_job_s_rehearsal() -> None:
    twin = json.loads(resource_text("jobs", "install-twin.json")) | {"training": False, "link": "optical:/dev/ttyUSB0"}
    made = json.loads(rehearsal_job(json.dumps(twin | {"later": "personal"}), "R", "emulated:x.toml", b"seed"))
    assert "later" not in made
    second = [one["secondary_mpan"] for one in twin["devices"] if "secondary_mpan" in one]
    assert len(second) == 1
    assert second[0] not in json.dumps(made)


def test_the_scratch_of_a_killed_rehearsal_goes_when_the_store_is_opened(tmp_path: Path) -> None:
    dead, alive = tmp_path / f"{SCRATCH}dead", tmp_path / f"{SCRATCH}alive"
    for place in (dead, alive):
        (place / "0").mkdir(parents=True)
        (place / "home.toml").write_text("J-1044")
    lock = scratch_lock(alive)
    lock.acquire()
    with open_store(tmp_path, "", training=True, clock=SystemClock()):
        assert (dead.exists(), alive.exists()) == (False, True)
    lock.release()


async def test_a_rehearsal_tells_what_stops_the_visit_and_leaves_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = SystemClock()
    only = [one for one in likely_faults(parse_job(DUAL, "job.json"), VAN.get) if one.kind == "not-pre-notified"]
    monkeypatch.setattr(rehearsal, "likely_faults", lambda *_given: tuple(only))
    with open_store(tmp_path, "", training=True, clock=clock) as store:
        add_sample_jobs(store, clock.now().date())
        visits = VisitStore(store, new_id)
        stored = visits.find("J-1044")
        before = sorted(os.listdir(tmp_path))
        told: list[rehearsal.Play] = []
        report = await rehearsal.Rehearsal(store, stored, tmp_path, clock).run(lambda play, _count: told.append(play))
        assert sorted(os.listdir(tmp_path)) == before, "the scratch folder is gone"
        assert visits.visits(stored.job_id) == [], "no visit, so no evidence"
        assert [one.reference for one in (kept.job for kept in visits.jobs())].count("J-1044") == 1
    well, bad = report.plays
    assert (well.blocked, well.outcome) == (False, "complete")
    assert (bad.step, bad.code) == ("Let the electricity meter join", "desk-refused")
    assert "not in the inventory" in bad.message
    assert report.blockers == (bad,)
    assert told == list(report.plays)
    assert report.lacking == ()
    assert all(rehearsal.play_words(play) for play in told)


async def test_a_live_job_is_rehearsed_in_training_and_the_live_store_holds_nothing_of_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rehearsal, "likely_faults", lambda *_given: ())
    clock = SystemClock()
    live = LIVE | {"reference": "L-1", "link": "optical:/dev/ttyUSB0"}
    with open_store(tmp_path, "correct horse battery staple", training=False, clock=clock) as store:
        visits = VisitStore(store, new_id)
        stored = visits.import_job(json.dumps(live), "live.json", unsigned_because("Given by the test itself", ""))
        report = await rehearsal.Rehearsal(store, stored, tmp_path, clock).run()
        assert [play.outcome for play in report.plays] == ["complete"]
        assert len(report.lacking) == 5, "nothing is on the van"
        assert visits.visits(stored.job_id) == []
    assert [name for name in os.listdir(tmp_path) if not name.startswith(("store.db", "log-head.json"))] == []


def test_a_rehearsal_that_somebody_walks_through_is_no_evidence(tmp_path: Path) -> None:
    clock = SystemClock()
    with open_store(tmp_path, "", training=True, clock=clock) as store:
        add_sample_jobs(store, clock.now().date())
        visits = VisitStore(store, new_id)
        stored = visits.find("J-1044")
        walked = rehearsal.job_to_walk(store, stored, tmp_path)
        assert walked.job.rehearsal
        assert walked.job.reference == "REHEARSAL-J-1044"
        assert walked.job.devices == stored.job.devices, "the job's own"
        assert read_premises(walked.job.link.removeprefix("emulated:").partition("?")[0]).devices
        assert rehearsal.job_to_walk(store, stored, tmp_path).job_id == walked.job_id
        asked = EndingAsked("nobody-home", no_photo="dark")
        own = EvidenceNotes(store, clock).end_job(stored.job_id, asked, Engineer())
        played = EvidenceNotes(store, clock).end_job(walked.job_id, asked, Engineer())
        box = Outbox(store, lambda count: bytes(count))
        assert [one.visit_id for one in box.list()] == [own]
        assert box.waiting() == 1
        with pytest.raises(ReportNotWritten) as refused:
            write_report(store, played, tmp_path / "report.pdf", clock)
        assert refused.value.code == "rehearsal"
        assert write_report(store, own, tmp_path / "report.pdf", clock).is_file()
        assert "REHEARSAL-J-1044" not in [one.reference for one in jobs_of_day(store, clock.now().date())]
        with pytest.raises(HhtError):
            rehearsal.job_to_walk(store, walked, tmp_path)
    live = LIVE | {"link": "optical:/dev/ttyUSB0", "rehearsal": True}
    with pytest.raises(JobError) as wrong:
        parse_job(json.dumps(live), "live.json")
    assert "rehearsal is for training only" in wrong.value.message


@pytest.mark.parametrize("name", ["pair-cad", "change-tenancy"])
async def test_a_visit_to_a_home_at_work_is_rehearsed_at_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    monkeypatch.setattr(rehearsal, "likely_faults", lambda *_given: ())
    clock, text = SystemClock(), resource_text("jobs", f"{name}.json")
    premises = premises_of(parse_job(text, "job.json"), VAN.get)
    assert premises.count("joined = true") == 2, "both meters"
    assert premises.count("looks = true") == premises.count("cad-1")
    with open_store(tmp_path, "", training=True, clock=clock) as store:
        stored = VisitStore(store, new_id).import_job(text, "job.json")
        report = await rehearsal.Rehearsal(store, stored, tmp_path, clock).run()
    assert [play.outcome for play in report.plays] == ["complete"], report.plays
