"""Jobs and visits in the store: import, look-up, trust, and what a thief finds."""

from __future__ import annotations

import io
import json
from typing import Any

import pypdf
import pytest

from hht.evidence import sealed, verify
from hht.report.bundle import TraceDigest, build_evidence
from hht.report.pdf import render_pdf
from hht.resources import resource_text
from hht.store.errors import SealBroken, StoreError
from hht.work.job import JobError
from hht.work.journal import JournalKind
from hht.work.view import Outcome, StepState
from hht.work.visit import StepFailed
from hht.work.walkthrough import WalkthroughError
from tests.support.earlier_jobs import SECOND, add_second_meter
from tests.support.journal_bench import appends_per_second
from tests.work.conftest import Rig

DEMO = resource_text("jobs", "demo.json")


def _changed(**changes: Any) -> str:
    return json.dumps({**json.loads(DEMO), **changes})


def test_a_job_is_found_by_reference_and_by_id(rig: Rig) -> None:
    assert rig.visits.find("J-1042") == rig.job
    assert rig.visits.find(rig.job.job_id) == rig.job
    assert rig.visits.jobs() == [rig.job]
    assert rig.job.source == "demo.json"
    with pytest.raises(StoreError) as caught:
        rig.visits.find("J-9")
    assert caught.value.code == "job-unknown"


def test_the_same_job_again_is_no_second_job(rig: Rig) -> None:
    assert rig.visits.import_job(json.dumps(json.loads(DEMO)), "again.json").job_id == rig.job.job_id
    assert len(rig.visits.jobs()) == 1


def test_a_corrected_job_replaces_the_old_one_until_a_visit_has_begun(rig: Rig) -> None:
    rig.store.close()
    fresh = Rig(rig.store.path.parent / "fresh")
    with fresh.store.transaction() as database:
        database.execute("DELETE FROM visits")
    corrected = fresh.visits.import_job(_changed(supplier="Other Energy"), "new.json")
    assert corrected.job.supplier == "Other Energy"
    fresh.visits.create_visit(corrected.job_id)
    with pytest.raises(StoreError) as caught:
        fresh.visits.import_job(_changed(supplier="Third Energy"), "newer.json")
    assert caught.value.code == "job-exists"
    assert fresh.visits.job(corrected.job_id).job.supplier == "Other Energy"
    fresh.store.close()


def test_live_jobs_stay_out_of_the_training_store(rig: Rig) -> None:
    with pytest.raises(StoreError) as caught:
        rig.visits.import_job(_changed(training=False, reference="L-1", link="optical:/dev/ttyUSB0"), "live.json")
    assert caught.value.code == "wrong-trust"
    assert len(rig.visits.jobs()) == 1


def test_a_bad_job_and_an_unknown_walkthrough_leave_nothing(rig: Rig) -> None:
    with pytest.raises(JobError):
        rig.visits.import_job(DEMO.replace("1200023305967", "1200023305969"), "bad.json")
    with pytest.raises(WalkthroughError):
        rig.visits.import_job(_changed(reference="W-1", walkthrough="juggle"), "odd.json")
    assert len(rig.visits.jobs()) == 1


def test_test_identifiers_are_logged(rig: Rig) -> None:
    device = {**json.loads(DEMO)["devices"][0], "mpan": "1312345678111"}
    rig.visits.import_job(_changed(reference="T-1", devices=[device], allow_test_identifiers=True), "test.json")
    ((_at, kind, payload),) = rig.store.log_entries()
    assert kind == "test-identifiers"
    assert payload == {"reference": "T-1", "accepted": ["1312345678111"]}


def test_nothing_personal_is_readable_in_the_files(rig: Rig) -> None:
    for path in rig.store.path.parent.iterdir():
        data = path.read_bytes()
        for canary in (b"J-1042", b"1200023305967", b"Specimen", b"ZZ9", b"A. Example", b"cupboard", b"00-DB"):
            assert canary not in data, (path.name, canary)


async def test_a_device_that_no_step_works_on_is_never_complete_and_named(rig: Rig) -> None:
    add_second_meter(rig.store, rig.job.job_id)
    visit = rig.visit()
    assert await visit.run() is Outcome.INSTALL_AND_LEAVE
    record = rig.visits.record(rig.journal.visit_id)
    (named,) = record.view.untouched
    assert SECOND["device_id"] in named
    asked = [view for view in rig.views if view.step("hand-over").state is StepState.ASKING]
    for view in (asked[0], visit.view):  # a person confirms what they have been told
        assert [fact.value for fact in view.step("hand-over").facts if fact.label == "Not done"] == [named]
    assert rig.meter.operations.count("identify") == 1
    evidence = build_evidence(record, TraceDigest(0, ""), rig.clock.now())
    assert evidence["job"]["untouched"] == [{key: SECOND[key] for key in ("type", "device_id", "mpan")}]
    text = " ".join(page.extract_text() for page in pypdf.PdfReader(io.BytesIO(render_pdf(evidence))).pages)
    assert "Not done" in text
    assert str(SECOND["device_id"]) in text


async def test_the_report_says_which_visit_of_the_job_it_was(rig: Rig) -> None:
    await rig.visit().run()
    second = rig.visits.create_visit(rig.job.job_id)
    for number, visit_id in enumerate((rig.journal.visit_id, second.visit_id), 1):
        evidence = build_evidence(rig.visits.record(visit_id), TraceDigest(0, ""), rig.clock.now())
        assert evidence["visit"]["number"] == number
        assert verify(json.dumps(evidence)) == ""
        del evidence["visit"]["number"]  # as an earlier version wrote it
        assert verify(json.dumps(sealed(evidence))) == ""


async def test_visits_of_a_job_are_counted(rig: Rig) -> None:
    first = rig.visits.latest_visit(rig.job.job_id)
    assert first is not None
    assert await rig.visit().run() is Outcome.COMPLETE
    second = rig.visits.create_visit(rig.job.job_id)
    assert [visit.number for visit in rig.visits.visits(rig.job.job_id)] == [1, 2]
    latest = rig.visits.latest_visit(rig.job.job_id)
    assert latest is not None
    assert latest.visit_id == second.visit_id != first.visit_id
    with pytest.raises(StoreError) as caught:
        rig.visits.journal("nonsense")
    assert caught.value.code == "visit-unknown"


async def test_a_visit_can_be_looked_at_without_taking_it_up(rig: Rig) -> None:
    visit = rig.visit(link="tcp://127.0.0.1:4059")
    rig.meter.refuses = {"read-clock"}
    with pytest.raises(StepFailed):
        await visit.run()
    visit_id = rig.journal.visit_id
    assert rig.visits.progress(visit_id).outcome is None
    assert rig.visits.record(visit_id) == visit.record
    assert rig.visits.record(visit_id).view.link == "tcp://127.0.0.1:4059"
    rig.meter.refuses = set()
    assert await rig.visit().run() is Outcome.COMPLETE
    record = rig.visits.record(visit_id)
    assert record.view.outcome is Outcome.COMPLETE
    assert len(record.runs) == 2
    assert record.attempts["clock"] == 2


@pytest.mark.parametrize(
    "damage",
    [
        "DELETE FROM visit_journal WHERE number = 3",
        "DROP TRIGGER visit_journal_append_only_update; UPDATE visit_journal SET kind = 'done' WHERE number = 2",
        "DROP TRIGGER visit_journal_append_only_update; UPDATE visit_journal SET step = 'clock' WHERE number = 2",
        "DROP TRIGGER visit_journal_append_only_update; UPDATE visit_journal SET at = '2020-01-01T00:00:00Z'",
    ],
)
async def test_a_journal_that_was_meddled_with_is_refused(rig: Rig, damage: str) -> None:
    await rig.visit().run()
    for statement in damage.split("; "):
        with rig.store.transaction() as database:
            database.execute(statement)
    with pytest.raises(SealBroken) as caught:
        rig.visit()
    assert caught.value.remedy


def test_entries_come_back_as_they_went(rig: Rig) -> None:
    payload = {"item": "import-mpan", "target": "1200023305967", "ŵ": [1, None, True]}
    made = rig.journal.append("write-mpan", JournalKind.INTENT, payload)
    assert rig.journal.entries() == [made]
    assert made.payload == payload
    assert "1200023305967" not in repr(made)


def test_appends_can_be_measured(tmp_path: Any) -> None:
    assert appends_per_second(tmp_path, 20) > 0
