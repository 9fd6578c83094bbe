"""The report: what it says, that it is data and not markup, that it is whole or not there."""

from __future__ import annotations

import io
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pypdf
import pytest

from hht.evidence import SCHEMA, canonical, sealed, verify
from hht.report.files import ReportNotWritten, write_json, write_whole
from hht.report.pdf import render_pdf, write_pdf
from hht.report.words import safe, visible

HOSTILE = '<a href="http://x">OK</a> <img src=x> \u202egnp.exe\x00 <b'


def sample(**changes: Any) -> dict[str, Any]:
    reading = {"obis": "1-0:1.8.0", "value": "1234.567", "unit": "kWh", "label": "Active energy import"}
    step = {
        "id": "write-mpan",
        "title": "Write the MPAN",
        "state": "done",
        "started_at": "2026-11-21T05:50:00Z",
        "finished_at": "2026-11-21T05:50:02Z",
        "authority": "Import Supplier (IS)",
        "attempts": 1,
        "code": "",
        "message": "",
        "facts": [{"label": "MPAN", "value": "written and read back: 1200023305967", "tone": "good"}],
        "answer": "",
        "note": "",
    }
    evidence: dict[str, Any] = {
        "schema": SCHEMA,
        "program": {"name": "hht", "version": "0.1.0"},
        "written_at": "2026-11-21T05:52:00Z",
        "training": False,
        "job": {
            "reference": "J-1042",
            "walkthrough": "commission-electricity",
            "supplier": "Example Energy",
            "address": "12 Specimen Street",
            "expected": {"device_id": "00-DB-12-34-56-78-90-A0", "mpan": "1200023305967"},
            "test_identifiers_allowed": False,
        },
        "visit": {
            "visit_id": "v1",
            "outcome": "complete",
            "started_at": "2026-11-21T05:50:00Z",
            "ended_at": "2026-11-21T05:51:00Z",
            "runs": 1,
            "link": "tcp://127.0.0.1:4059",
        },
        "meter": {"device_id": "00-DB-12-34-56-78-90-A0", "model": "HT100"},
        "readings": {
            "before": {"time": "2026-11-21T05:50:00Z", "registers": [reading]},
            "after": {"time": "2026-11-21T05:51:00Z", "registers": [{**reading, "value": "1234.890"}]},
        },
        "findings": {},
        "writes": [{"item": "mpan", "before": "", "after": "1200023305967", "authority": "Import Supplier (IS)"}],
        "steps": [step],
        "trace": {"events": 12, "sha256": "ab" * 32},
    }
    return sealed({**evidence, **changes})


def text_of(pdf: bytes) -> str:
    return "\n".join(page.extract_text() for page in pypdf.PdfReader(io.BytesIO(pdf)).pages)


def test_it_says_what_was_seen() -> None:
    evidence = sample()
    text = text_of(render_pdf(evidence))
    for words in (
        "J-1042", "Complete", "12 Specimen Street", "00-DB-12-34-56-78-90-A0", "1234.567", "1234.890", "kWh",
        "Write the MPAN", "done", "written and read back", "Import Supplier (IS)", evidence["sha256"], "ab" * 32,
        "Page 1",
    ):  # fmt: skip
        assert words in text, words
    assert "TRAINING" not in text


def test_training_is_watermarked_on_every_page() -> None:
    many = sample(training=True, steps=sample()["steps"] * 80)
    pages = pypdf.PdfReader(io.BytesIO(render_pdf(many))).pages
    assert len(pages) > 2
    assert all("TRAINING" in page.extract_text() for page in pages)


def test_fonts_are_embedded() -> None:
    page = pypdf.PdfReader(io.BytesIO(render_pdf(sample()))).pages[0]
    fonts = page["/Resources"]["/Font"]  # type: ignore[index]
    names = [str(font.get_object()["/BaseFont"]) for font in fonts.values()]
    assert all("/FontFile2" in font.get_object()["/FontDescriptor"].get_object() for font in fonts.values()), names
    assert any("Mono" in name for name in names)


def test_text_of_devices_and_files_is_data() -> None:
    step = sample()["steps"][0] | {"title": HOSTILE, "message": HOSTILE, "note": "x" * 1_000_000}
    hostile = sample(steps=[step], meter={"model": HOSTILE, "device_id": HOSTILE})
    pdf = render_pdf(hostile)
    text = text_of(pdf).replace("\n", "")
    assert '<a href="http://x">OK</a>' in text
    assert "\\u202e" in text
    assert "\\u0000" in text
    assert not any("/Annots" in page for page in pypdf.PdfReader(io.BytesIO(pdf)).pages)
    assert len(pdf) < 200_000
    assert safe("<&>") == "&lt;&amp;&gt;"
    assert visible("a" * 700).endswith("…")


def test_same_evidence_same_bytes() -> None:
    assert render_pdf(sample()) == render_pdf(sample())


def test_empty_visit_has_a_report_too() -> None:
    bare = sample(meter={}, readings={"before": {}, "after": {}}, writes=[], steps=[])
    text = text_of(render_pdf(bare))
    assert "No readings were taken" in text
    assert "Nothing was written to the meter" in text


def test_alteration_is_noticed() -> None:
    evidence = sample()
    assert verify(json.dumps(evidence)) == ""
    assert canonical(evidence) == canonical({k: v for k, v in evidence.items() if k != "sha256"})
    altered = json.loads(json.dumps(evidence))
    altered["readings"]["after"]["registers"][0]["value"] = "1"
    assert "altered" in verify(json.dumps(altered))
    assert "not JSON" in verify("{")
    assert "not evidence" in verify("[]")


def test_verifier_stands_alone(tmp_path: Path) -> None:
    path = tmp_path / "report.json"
    write_json(path, sample())
    command = [sys.executable, "-m", "hht.evidence", "verify", str(path)]
    assert subprocess.run(command, timeout=60, check=False).returncode == 0
    path.write_text(path.read_text().replace("1234.567", "1234.568"))
    assert subprocess.run(command, timeout=60, check=False).returncode == 1


def test_files_are_whole_or_not_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_pdf(tmp_path / "deep" / "report.pdf", sample())
    before = (tmp_path / "deep" / "report.pdf").read_bytes()

    def full(_descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.fsync", full)
    with pytest.raises(ReportNotWritten, match="No space left"):
        write_whole(tmp_path / "deep" / "report.pdf", b"half")
    assert (tmp_path / "deep" / "report.pdf").read_bytes() == before
    assert [p.name for p in (tmp_path / "deep").iterdir()] == ["report.pdf"]


def test_a_folder_that_cannot_be_made(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(ReportNotWritten) as caught:
        write_json(tmp_path / "file" / "report.json", sample())
    assert caught.value.remedy
