"""Vulnerability and medical need: codes that the supplier alone gets. Whatever else is made of a visit holds none."""

from __future__ import annotations

import io
import json
from datetime import UTC, datetime

import pypdf

from hht.report.bundle import TraceDigest, build_evidence
from hht.report.bundle_lines import EvidenceKey
from hht.report.files import json_bytes
from hht.report.flows import as_plain, filled, flows
from hht.report.notice import unsafe_notice
from hht.report.pdf import render_pdf
from hht.report.sheet import customer_sheet
from hht.work.journal import JournalKind
from hht.work.noted import payload_of
from hht.work.unsafe import unsafe_situation
from tests.work.conftest import Rig, make_rig, rig  # noqa: F401 fixtures
from tests.work.flow_model import GAS, HUB, job_text
from ui.bundles import visit_bundle

AT = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
KEY = EvidenceKey(b"k" * 32)
CANARIES = ("CANARY-PSR-9", "hearing-sight", "covered", "Hearing or sight", "runs on without the supply")


def text_of(pdf: bytes) -> str:
    return " ".join(" ".join(page.extract_text() for page in pypdf.PdfReader(io.BytesIO(pdf)).pages).split())


def test_no_paper_and_no_file_but_the_supplier_s_holds_a_sealed_code(rig: Rig) -> None:  # noqa: F811
    text = job_text("install-dual-fuel", GAS, HUB, reference="J-9", vulnerability=[CANARIES[0]])
    stored = rig.visits.import_job(text, "job.json")
    journal = rig.visits.create_visit(stored.job_id)
    journal.append("", JournalKind.RESUMED, {"program": "x", "engineer": {}})
    journal.append("occupants", JournalKind.STARTED)
    answers = {"medical": "covered", "needs": "hearing-sight"}
    for item, code in answers.items():
        journal.append("occupants", JournalKind.ANSWER, {"question": f"occupants/{item}", "value": code})
    journal.append("occupants", JournalKind.DONE, {"facts": [], "data": answers})
    found = unsafe_situation("at-risk", "Flue loose", ("labelled",), "The tenant", ("nobody",), "N-1", "refused")
    journal.append("occupants", JournalKind.NOTED, payload_of(found))
    journal.append("", JournalKind.ENDED, {"outcome": "made-safe"})
    journal.release()
    record = rig.visits.record(journal.visit_id)

    def bundle(level: str) -> bytes:
        return visit_bundle(rig.store, journal.visit_id, KEY, AT, level)

    whole = bundle("supplier").decode()
    assert all(code in whole for code in CANARIES[:3]), "what is looked for below is there to be found"
    evidence = build_evidence(record, TraceDigest(0, ""), AT)
    made = {
        "report bundle": bundle("report").decode(),
        "customer bundle": bundle("customer").decode(),
        "public bundle": bundle("public").decode(),
        "report": text_of(render_pdf(evidence)),
        "evidence": json_bytes(evidence).decode(),
        "sheet": text_of(customer_sheet(bundle("customer"))),
        "notice": text_of(unsafe_notice(bundle("customer"), "N-1")),
        **{name: json.dumps(as_plain(flow, filled(flow, record), "J-9", "v")) for name, flow in flows().items()},
    }
    assert "Flue loose" in made["notice"]
    for name, words in made.items():
        assert [code for code in CANARIES if code in words] == [], name
