"""From a visit's journal to its evidence: everything that was seen, in values that JSON and UTF-8 can hold."""

from __future__ import annotations

import io
import json
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pypdf

from hht.evidence import verify
from hht.report.bundle import TraceDigest, build_evidence
from hht.report.pdf import render_pdf
from hht.report.words import link_words
from hht.resources import resource_path
from hht.work.job import Job, parse_job
from hht.work.journal import JournalEntry, JournalKind
from hht.work.progress import VisitProgress
from hht.work.record import VisitRecord
from hht.work.view import Fact, StepView, Tone, VisitView
from hht.work.walkthrough import load_walkthrough

START = datetime(2026, 11, 21, 5, 50, tzinfo=UTC)
TRACE = TraceDigest(12, "ab" * 32)


def job(**changes: Any) -> Job:
    plain = json.loads(resource_path("jobs", "demo.json").read_text(encoding="utf-8")) | changes
    return parse_job(json.dumps(plain), "demo.json")


def record(entries: list[tuple[str, JournalKind, dict[str, Any]]], of: Job | None = None) -> VisitRecord:
    of = of or job()
    walkthrough = load_walkthrough(of.walkthrough)
    journal = [
        JournalEntry(number, START + timedelta(seconds=number), step, kind, payload)
        for number, (step, kind, payload) in enumerate(entries, start=1)
    ]
    progress = VisitProgress(walkthrough, journal)
    steps = tuple(
        StepView(
            id=name,
            title=step.spec.title,
            explanation="",
            state=step.state,
            deadline_s=1.0,
            started_at=step.started_at,
            finished_at=step.finished_at,
            facts=step.facts,
            code=step.code,
            message=step.message,
            remedy=step.remedy,
        )
        for name, step in progress.steps.items()
    )
    view = VisitView(
        "v1", "j1", of.reference, of.address, of.training, walkthrough.name, steps, "", "tcp://h:1", progress.outcome
    )
    return VisitRecord.of(of, view, progress)


def evidence_of(*entries: tuple[str, JournalKind, dict[str, Any]], of: Job | None = None) -> dict[str, Any]:
    return build_evidence(record(list(entries), of), TRACE, START + timedelta(hours=1))


def test_a_visit_in_evidence() -> None:
    readings = {"time": "2026-11-21T05:50:01Z", "registers": [{"obis": "1-0:1.8.0", "value": "1.5", "unit": "kWh"}]}
    mpan = {"item": "import-mpan", "target": "1200023305967"}
    written = {"item": "import-mpan", "before": "", "after": "1200023305967", "result": "written", "authority": "IS"}
    evidence = evidence_of(
        ("", JournalKind.RESUMED, {}),
        ("reading-before", JournalKind.STARTED, {}),
        ("reading-before", JournalKind.DONE, {"facts": [], "data": readings}),
        ("write-mpan", JournalKind.STARTED, {}),
        ("write-mpan", JournalKind.INTENT, mpan),
        ("write-mpan", JournalKind.OUTCOME, written),
        ("write-mpan", JournalKind.DONE, {"facts": [], "data": {}}),
        ("", JournalKind.ENDED, {"outcome": "complete"}),
    )
    assert verify(json.dumps(evidence)) == ""
    assert evidence["readings"]["before"] == readings
    assert evidence["readings"]["after"] == {}
    assert evidence["writes"] == [written | {"step": "write-mpan", "at": "2026-11-21T05:50:06Z"}]
    assert evidence["unsettled"] == {}
    assert evidence["visit"]["outcome"] == "complete"
    assert evidence["visit"]["started_at"] == "2026-11-21T05:50:01Z"
    assert evidence["visit"]["ended_at"] == "2026-11-21T05:50:08Z"
    assert evidence["written_at"] == "2026-11-21T06:50:00Z"
    assert evidence["job"]["walkthrough_version"] == load_walkthrough("commission-electricity").version
    assert evidence["trace"] == {"events": 12, "sha256": "ab" * 32, "masked_events": 0}
    step = next(step for step in evidence["steps"] if step["id"] == "write-mpan")
    assert (step["state"], step["attempts"], step["finished_at"]) == ("done", 1, "2026-11-21T05:50:07Z")


def test_who_was_there_and_every_link_that_was_used() -> None:
    ann, nobody = {"engineer": {"name": "Ann Other", "identifier": "E-17"}}, {"program": "0.1.0"}
    optical, tcp = ({"event": "connected", "link": link} for link in ("optical:/dev/ttyUSB0", "tcp://h:1"))
    evidence = evidence_of(
        ("", JournalKind.RESUMED, ann),
        ("connect", JournalKind.LINK, optical),
        ("identify", JournalKind.STARTED, {}),
        ("", JournalKind.RESUMED, ann),
        ("identify", JournalKind.LINK, optical),
        ("", JournalKind.RESUMED, nobody),
        ("identify", JournalKind.LINK, tcp),
        ("identify", JournalKind.LINK, tcp),
        ("identify", JournalKind.DONE, {"facts": [], "data": {}}),
        ("hand-over", JournalKind.STARTED, {}),
    )
    at = [f"2026-11-21T05:50:{second:02}Z" for second in range(11)]
    assert evidence["visit"]["engineers"] == [
        {"name": "Ann Other", "identifier": "E-17", "from": at[1]},
        {"name": "", "identifier": "", "from": at[6]},
    ]
    assert evidence["visit"]["links"] == [
        {"link": "optical:/dev/ttyUSB0", "from": at[2], "to": at[3]},
        {"link": "optical:/dev/ttyUSB0", "from": at[5], "to": at[5]},
        {"link": "tcp://h:1", "from": at[7], "to": at[9]},
    ]
    assert (evidence["visit"]["link"], evidence["visit"]["runs"]) == ("tcp://h:1", 3)
    bare = evidence_of(("", JournalKind.RESUMED, nobody))["visit"]
    assert (bare["engineers"], bare["links"], bare["link"]) == ([], [], "")


def test_what_a_bridge_had_proved_stands_beside_its_link() -> None:
    plain, proved = {"event": "connected", "link": "ble:A"}, {"link": "ble:A", "proof": "not authenticated"}
    evidence = evidence_of(
        ("", JournalKind.RESUMED, {}),
        ("connect", JournalKind.LINK, plain),
        ("connect", JournalKind.LINK, plain | proved),
        ("connect", JournalKind.LINK, plain | proved),
    )
    first, second = evidence["visit"]["links"]
    assert ("proof" in first, second["proof"]) == (False, "not authenticated")
    assert link_words([second])[0].startswith("ble:A, not authenticated, ")


def test_a_visit_that_was_abandoned() -> None:
    reason = {"code": "no-access", "text": "No access to the premises or the meter", "note": "Gate locked"}
    evidence = evidence_of(
        ("", JournalKind.RESUMED, {}),
        ("check-job", JournalKind.LEFT, reason | {"outcome": "abandoned", "ends": True}),
        ("scan-meter", JournalKind.LEFT, {"code": "visit-ended", "text": "Not done: the visit ended before."}),
        ("", JournalKind.ENDED, {"outcome": "abandoned"}),
    )
    step = evidence["steps"][0]
    assert (step["state"], step["code"], step["message"], step["note"]) == ("left", *reason.values())
    assert evidence["visit"]["outcome"] == "abandoned"
    pages = pypdf.PdfReader(io.BytesIO(render_pdf(evidence))).pages
    text = " ".join(page.extract_text() for page in pages).replace("\n", " ")
    for words in (
        "This visit was abandoned",
        "Check the job: No access to the premises or the meter (no-access). Note: Gate locked",
        "The meter was not reached", "No readings were taken", "Nothing was written to the meter",
    ):  # fmt: skip
        assert words in text, words


def test_a_write_without_an_outcome_is_unsettled() -> None:
    evidence = evidence_of(
        ("", JournalKind.RESUMED, {}),
        ("clock", JournalKind.STARTED, {}),
        ("clock", JournalKind.INTENT, {"item": "clock", "target": "now"}),
        ("clock", JournalKind.FAILED, {"code": "link-lost", "message": "The probe is gone.", "remedy": "Put it back."}),
    )
    assert evidence["unsettled"] == {"clock": ["clock"]}
    step = next(step for step in evidence["steps"] if step["id"] == "clock")
    assert (step["state"], step["code"], step["remedy"]) == ("unknown", "link-lost", "Put it back.")
    assert verify(json.dumps(evidence)) == ""
    assert render_pdf(evidence).startswith(b"%PDF-")


def test_customer_is_no_part_of_the_evidence() -> None:
    of = job(customer={"name": "Quirina Sesquipedal", "phone": "01632 960001"})
    text = json.dumps(evidence_of(of=of))
    assert of.customer_name == "Quirina Sesquipedal"
    assert "Sesquipedal" not in text
    assert "960001" not in text


def test_test_identifiers_are_marked() -> None:
    plain = json.loads(resource_path("jobs", "demo.json").read_text(encoding="utf-8"))
    device = plain["devices"][0] | {"mpan": "1312345678111"}
    evidence = evidence_of(of=job(allow_test_identifiers=True, devices=[device]))
    assert evidence["job"]["test_identifiers_allowed"] is True
    assert evidence["job"]["expected"]["mpan_is_test_data"] is True
    assert evidence_of()["job"]["expected"]["mpan_is_test_data"] is False


def test_whatever_a_device_says_becomes_json() -> None:
    odd = {
        "half": "\udcff",
        "\udc80": "key",
        "nan": float("nan"),
        "many": float("inf"),
        "number": Decimal("1.50"),
        "time": START,
        "list": (1, None, True, {"deep": [START]}),
    }
    fact = {"label": "\udcff", "value": "\ud800", "tone": Tone.BAD.value, "from_device": True}
    evidence = evidence_of(
        ("identify", JournalKind.STARTED, {}),
        ("identify", JournalKind.DONE, {"facts": [fact], "data": odd}),
    )
    assert evidence["findings"]["identify"] == {
        "half": "\\udcff", "\\udc80": "key", "nan": "nan", "many": "inf", "number": "1.50",
        "time": "2026-11-21T05:50:00Z", "list": [1, None, True, {"deep": ["2026-11-21T05:50:00Z"]}],
    }  # fmt: skip
    step = next(step for step in evidence["steps"] if step["id"] == "identify")
    assert step["facts"] == [{"label": "\\udcff", "value": "\\ud800", "tone": "bad", "from_device": True}]
    text = json.dumps(evidence, ensure_ascii=False, allow_nan=False).encode("utf-8")
    assert verify(text) == ""
    assert (
        Fact("\udcff", "\ud800", Tone.BAD, True)
        in record([("identify", JournalKind.STARTED, {}), ("identify", JournalKind.DONE, {"facts": [fact]})])
        .view.step("identify")
        .facts
    )
    assert render_pdf(evidence).startswith(b"%PDF-")
