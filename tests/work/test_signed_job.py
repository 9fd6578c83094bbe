"""Jobs that a desk signed: who may sign for whom, what was here before, and what live work refuses."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Iterator
from datetime import timedelta

import pytest

from hht.clock import ManualClock, utc_text
from hht.errors import HhtError
from hht.packs import envelope
from hht.packs.envelope import DeskKey
from hht.packs.training_desk import training_desk, training_desk_key
from hht.report.bundle import TraceDigest, build_evidence
from hht.store.store import Store
from hht.work.job_door import JobDoor
from hht.work.job_origin import JobOrigin
from hht.work.signed_job import LONGEST_LIFE, PAYLOAD_TYPE, job_in, open_signed, signed_job_schema
from hht.work.visit_store import StoredJob, VisitStore
from tests.protocol.gbcs_vectors import training_key
from tests.store.conftest import OpenStore, clock, open_store
from tests.store.test_store import LIVE
from tests.work.signing import ISSUED, SUPPLIER, desk_key, live_job, pem, signed, signed_in_training
from ui.desk_trust import DeskTrust
from ui.intake import Intake

__all__ = ["clock", "open_store"]
DESK = DeskKey("Supplier One", desk_key().public_key(), False, (SUPPLIER,))


@pytest.fixture
def live(open_store: OpenStore) -> Iterator[Store]:
    with open_store(LIVE, training=False) as store:
        DeskTrust(store).add("Supplier One", pem(desk_key()), [SUPPLIER])
        store.acting = lambda: "A. Engineer"
        yield store


def door(store: Store) -> JobDoor:
    return JobDoor(store, VisitStore(store, iter(map(str, range(99))).__next__), DeskTrust(store).trusted)


def refused(store: Store, octets: bytes, **said: str) -> str:
    before = [one.job for one in VisitStore(store, str).jobs()]
    with pytest.raises(HhtError) as caught:
        door(store).let_in(octets, "job.json", **said)
    assert caught.value.remedy
    assert [one.job for one in VisitStore(store, str).jobs()] == before
    return caught.value.code


def refusals(store: Store) -> list[str]:
    return [said["code"] for _at, _kind, said in store.log_entries("job-refused")]


def test_a_signed_job_says_who_answers_for_it(live: Store) -> None:
    let_in = door(live).let_in(signed(version=3), "job.json")
    assert let_in.changes is None
    kept = VisitStore(live, str).find("L-7")
    assert kept.job == let_in.stored.job
    for words in ("Supplier One", envelope.key_name(desk_key().public_key()), SUPPLIER, "version 3", "2026-03-31"):
        assert words in kept.origin.words
    assert kept.origin.short == "signed by Supplier One"
    assert VisitStore(live, str).file_of("L-7").encode() == signed(version=3), "it is handed on with its signature"
    assert Intake(live).octets(signed(version=3), "job.json")[0].state == "same"


def test_live_work_takes_no_unsigned_job_unless_somebody_says_why(live: Store) -> None:
    plain = live_job().encode()
    assert refused(live, plain) == "job-unsigned"
    assert refused(live, plain, unsigned="because") == "job-unsigned-reason"
    assert refused(live, plain, unsigned="no\nline\x07 may be forged here") == "job-unsigned-reason"
    with pytest.raises(HhtError) as around:  # no other way in leads past it
        VisitStore(live, str).import_job(plain, "job.json")
    assert around.value.code == "job-unsigned"
    reason = "The desk read it out by telephone, call 4711"
    origin = door(live).let_in(plain, "job.json", unsigned=reason).stored.origin
    assert (origin.short, origin.reason, origin.who) == ("unsigned", reason, "A. Engineer")
    assert VisitStore(live, str).find("L-7").origin == origin
    ((_at, _kind, said),) = live.log_entries("job-unsigned")
    assert said == {"reference": "L-7", "reason": reason, "source": "job.json"}
    assert refusals(live) == ["job-unsigned"]


def test_the_report_says_who_answers_for_the_job(live: Store) -> None:
    reason = "The desk read it out by telephone, call 4711"
    stored = door(live).let_in(live_job().encode(), "job.json", unsigned=reason).stored
    visits = VisitStore(live, lambda: "visit-1")
    visits.create_visit(stored.job_id)
    evidence = build_evidence(visits.record("visit-1"), TraceDigest(0, ""), live.clock.now())
    assert evidence["job"]["origin"]["reason"] == reason
    assert reason in evidence["job"]["origin"]["words"]


def test_training_takes_a_plain_job_and_calls_it_unsigned(open_store: OpenStore) -> None:
    with open_store() as store:
        plain = json.dumps(json.loads(job_file(signed_in_training())))
        assert door(store).let_in(plain.encode(), "job.json").stored.origin.short == "unsigned"
        better = door(store).let_in(signed_in_training(), "job.json").stored.origin
        assert better.short == "signed by training desk", "the same job comes with its signature"


def job_file(octets: bytes) -> str:
    text: str = open_signed(octets, [training_desk()], "job.json").text
    return text


def test_an_older_version_another_content_and_a_missing_signature_are_refused(live: Store) -> None:
    door(live).let_in(signed(version=2), "job.json")
    changed = live_job(supplier="Somebody Else")
    assert refused(live, signed(version=1)) == "job-older"
    assert refused(live, signed(changed, version=2)) == "job-altered"
    assert refused(live, signed(version=2, days=40)) == "job-altered", "a later end is another content"
    assert refused(live, changed.encode(), unsigned="It looks right enough to me") == "job-signed-before"
    let_in = door(live).let_in(signed(changed, version=3), "job.json")
    assert [change.path for change in let_in.changes or ()] == ["supplier"]
    assert refused(live, signed(version=2)) == "job-older"
    assert refusals(live) == ["job-older", "job-altered", "job-altered", "job-signed-before", "job-older"]


def test_one_supplier_s_desk_replaces_no_job_of_another_s(live: Store) -> None:
    DeskTrust(live).add("Supplier Two", pem(training_key(2)), ["OTHR"])
    door(live).let_in(signed(), "job.json")
    other = signed(live_job(supplier="Other"), training_key(2), version=9, supplier="OTHR")
    assert refused(live, other) == "job-other-supplier"
    assert refusals(live) == ["job-other-supplier"]


def test_what_was_here_is_remembered_when_the_job_is_gone_until_it_has_expired(live: Store) -> None:
    door(live).let_in(signed(version=2), "job.json")
    with live.transaction() as database:
        database.execute("DELETE FROM jobs")
    assert refused(live, signed(version=1)) == "job-older"
    late = ISSUED + timedelta(days=60)
    live.clock = ManualClock(late)
    door(live).let_in(signed(live_job("L-8"), issued=late), "job.json")
    kept = live.setting("job-versions")
    assert list(kept["seen"]) == [VisitStore(live, str).id_of("L-8")], "what has expired needs no memory"
    assert refused(live, signed(version=1)) == "job-expired"


def test_an_expired_job_is_neither_taken_nor_begun_also_with_the_clock_set_back(live: Store) -> None:
    stored = door(live).let_in(signed(days=5), "job.json").stored
    door(live).require_current(stored)
    assert refused(live, signed(live_job("L-8"), issued=ISSUED - timedelta(days=20), days=20)) == "job-expired"
    assert refused(live, signed(live_job("L-8"), issued=ISSUED + timedelta(days=9))) == "job-clock"
    late = ISSUED + timedelta(days=5)
    live.clock = ManualClock(late)
    assert not_begun(live, stored) == "job-expired"
    door(live).let_in(signed(live_job("L-9"), issued=late), "job.json")
    live.clock = ManualClock(ISSUED)
    assert not_begun(live, stored) == "job-expired", "a desk has written a later day"
    assert refused(live, signed(live_job("L-8"), days=4)) == "job-expired"


def test_what_the_log_has_noted_is_no_more_to_come_and_a_clock_that_was_ahead_is_told(live: Store) -> None:
    stored = door(live).let_in(signed(days=5), "job.json").stored
    late = ISSUED + timedelta(days=20)
    live.clock = ManualClock(late)
    other = signed(live_job("L-8"), days=5)
    assert refused(live, other) == "job-expired"
    live.clock = ManualClock(ISSUED)
    live.log("override", {})  # the log goes on, by the clock that was set back
    assert refused(live, other) == "job-expired"
    with pytest.raises(HhtError) as caught:
        door(live).require_current(stored)
    assert caught.value.code == "job-expired"
    assert utc_text(late) in caught.value.message
    assert "clock" in caught.value.remedy
    door(live).let_in(signed(live_job("L-8"), version=2, days=21), "job.json")  # as the remedy says


def not_begun(store: Store, stored: StoredJob) -> str:
    with pytest.raises(HhtError) as caught:
        door(store).require_current(stored)
    return caught.value.code


def test_an_unknown_signer_another_role_and_another_supplier_are_refused(live: Store) -> None:
    assert refused(live, signed(key=training_key(2))) == "job-desk-unknown"
    assert refused(live, signed(supplier="OTHR")) == "job-supplier"
    pack = envelope.close(payload(signed()), desk_key())  # the same desk, as a pack
    assert refused(live, pack) == "job-envelope"
    renamed = pack.replace(b"vnd.hht.pack", b"vnd.hht.job")
    assert refused(live, renamed) == "job-signature"
    DeskTrust(live).add("Packs only", pem(training_key(2)))
    assert refused(live, signed(key=training_key(2))) == "job-supplier", "who signs packs signs no jobs by that"
    DeskTrust(live).add("Packs only", pem(training_key(2)), [SUPPLIER, "OTHR"])
    assert door(live).let_in(signed(key=training_key(2)), "job.json").stored.origin.who == "Packs only"
    DeskTrust(live).remove("Supplier One")
    assert refused(live, signed(live_job("L-8"))) == "job-desk-unknown"


def payload(octets: bytes) -> bytes:
    return base64.b64decode(json.loads(octets)["payload"])


def test_training_and_live_signatures_never_mix(live: Store, open_store: OpenStore) -> None:
    assert refused(live, signed(key=training_desk_key())) == "job-desk-unknown", "everybody has that key"
    assert refused(live, signed_in_training()) == "job-desk-unknown"
    with open_store(path=live.path.with_name("other.db")) as training:
        assert refused(training, signed()) == "job-desk-unknown"
        assert refused(training, signed(key=training_desk_key())) == "job-trust"
        assert refused(training, live_job().encode()) == "wrong-trust"
        DeskTrust(training).add("Supplier One", pem(desk_key()), [SUPPLIER])
        assert refused(training, signed()) == "job-trust"
    as_training = signed(json.dumps(json.loads(payload(signed_in_training()))["job"]))
    assert refused(live, as_training) == "job-trust"


def test_what_is_changed_after_signing_is_refused(live: Store) -> None:
    stolen = json.loads(signed())
    stolen["payload"] = base64.b64encode(payload(signed(live_job(supplier="Somebody Else")))).decode()
    assert refused(live, json.dumps(stolen).encode()) == "job-signature"


@pytest.mark.parametrize(
    ("spoil", "field"),
    [
        (lambda plain: plain.update(code="import os"), "this field is not known"),
        (lambda plain: plain.pop("expires"), "expires"),
        (lambda plain: plain.update(version=0), "version"),
        (lambda plain: plain.update(expires="2026-02-30T00:00:00Z"), "does not exist"),
        (lambda plain: plain.update(expires=plain["issued"]), "within 92 days"),
        (lambda plain: plain.update(expires="2026-12-01T00:00:00Z"), "within 92 days"),
        (lambda plain: plain.update(supplier=""), "supplier"),
        (lambda plain: plain["job"].update(script="rm -rf"), "this field is not known"),
        (lambda plain: plain["job"].update(devices=[]), "devices"),
    ],
)
def test_what_a_desk_signs_has_to_be_a_job_all_the_same(
    live: Store, spoil: Callable[[dict[str, object]], object], field: str
) -> None:
    plain = json.loads(payload(signed()))
    spoil(plain)
    octets = envelope.close(json.dumps(plain).encode(), desk_key(), PAYLOAD_TYPE)
    with pytest.raises(HhtError) as caught:
        door(live).let_in(octets, "job.json")
    assert caught.value.code == "job-file"
    assert field in caught.value.message


def test_a_letter_of_the_depot_brings_plain_jobs_that_replace_no_signed_one(live: Store) -> None:
    assert door(live).let_in(live_job().encode(), "job.json", depot="North").stored.origin == JobOrigin(
        "depot", who="North"
    )
    door(live).let_in(signed(), "job.json")
    assert VisitStore(live, str).find("L-7").origin.signed
    assert refused(live, live_job(supplier="Else").encode(), depot="North") == "job-signed-before"


def test_a_job_that_was_kept_before_signatures_is_unsigned(live: Store) -> None:
    door(live).let_in(signed(), "job.json")
    with live.transaction() as database:
        database.execute("UPDATE jobs SET origin_sealed = NULL")
    assert VisitStore(live, str).find("L-7").origin.short == "unsigned"


def test_signed_jobs_are_named_whoever_signed_them_and_their_schema_is_one() -> None:
    from jsonschema import Draft202012Validator

    Draft202012Validator.check_schema(signed_job_schema())
    assert job_in(signed(key=training_key(9)), "job.json").reference == "L-7"
    assert job_in(live_job("L-8").encode(), "job.json").reference == "L-8"
    assert timedelta(days=92) == LONGEST_LIFE
