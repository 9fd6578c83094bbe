"""Industry completion flows: what the mapping reaches is there, what is missing is named, sealed is not reached."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime

import pytest

from hht.report.flows import FlowError, as_plain, filled, flow_of, flows
from hht.work.ending_early import ending
from hht.work.journal import JournalKind
from hht.work.noted import NoteKind, payload_of
from hht.work.record import VisitRecord
from hht.work.walkthrough import load_walkthrough
from tests.work.conftest import Rig, make_rig, rig  # noqa: F401 fixtures
from tests.work.flow_model import GAS, HUB, job, job_text

AT = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)


def record(rig: Rig, answers: Mapping[str, str]) -> VisitRecord:  # noqa: F811
    """Of a visit in which these were answered, and the registers read."""
    stored = rig.visits.import_job(job_text("install-dual-fuel", GAS, HUB, reference="J-9"), "job.json")
    journal = rig.visits.create_visit(stored.job_id)
    journal.append("", JournalKind.RESUMED, {"program": "x", "engineer": {}})
    for question, value in answers.items():
        journal.append(question.partition("/")[0], JournalKind.ANSWER, {"question": question, "value": value})
    data = {"time": "2026-03-02T10:00:00Z", "registers": [{"obis": "1-0:1.8.0", "value": "12.5", "unit": "kWh"}]}
    journal.append("reading-before", JournalKind.DONE, {"facts": [], "data": data})
    why = ending("called-away", now=AT, note="=1+1")
    journal.append("fit-meter", JournalKind.NOTED, payload_of(why))
    journal.append("", JournalKind.ENDED, {"outcome": "install-and-leave"})
    journal.release()
    return rig.visits.record(journal.visit_id)


def test_every_place_of_the_mapping_is_one() -> None:
    asked = set(load_walkthrough("install-dual-fuel").for_job(job("install-dual-fuel", GAS, HUB)).asked)
    sealed = load_walkthrough("install-dual-fuel").sealed
    for flow in flows().values():
        assert "(unverified)" in flow.standing
        assert any(one.required for one in flow.fields)
        for one in flow.fields:
            kind, _slash, rest = one.source.partition("/")
            assert kind in ("job", "visit", "answer", "data", "register", "nobody", *NoteKind), one
            assert kind != "nobody" or (one.required and not rest), one
            assert kind != "answer" or (rest in asked and rest not in sealed), one
            assert kind != "register" or rest.split("/")[0] in ("before", "after"), one


def test_what_a_visit_has_fills_a_flow_and_the_rest_is_named(rig: Rig) -> None:  # noqa: F811
    answers = {
        "old-electricity/serial": "S79B-1", "old-electricity/reading": "01234", "network/rating": "a80",
        "network/earthing": "tn-s", "seals/off": "none", "seals/cut-out": "C-7", "occupants/medical": "dependent",
    }  # fmt: skip
    found = record(rig, answers)
    flow = flow_of("d0150")
    told = {one.of.name: one.value for one in filled(flow, found)}
    assert told["MPAN core"] == str(found.job.meter.mpan)
    assert (told["Rating of the cut-out fuse"], told["Kind of earthing"]) == ("80", "TN-S")
    assert (told["Seals taken off"], told["Seal on the cut-out"]) == ("", "C-7")
    assert told["Date of meter installation"] == "2026-03-02"
    reading = {one.of.name: one.value for one in filled(flow_of("D0010"), found)}
    assert reading["First reading of the new meter, import"] == "12.5"
    failure = {one.of.name: one.value for one in filled(flow_of("D0221"), found)}
    assert failure["Reason, this program's code"] == "called-away"
    gas = as_plain(flow_of("ONJOB"), filled(flow_of("ONJOB"), found), "J-9", "v")
    assert "Final index, meter taken off" in gas["missing"]
    assert "Opening index, new meter" in gas["missing"]
    for name in flows():
        text = str(as_plain(flow_of(name), filled(flow_of(name), found), "J-9", "v"))
        assert "dependent" not in text, name
    with pytest.raises(FlowError):
        flow_of("D9999")
