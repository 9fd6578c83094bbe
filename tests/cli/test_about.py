"""``hht about``: who answers for what, the charter in plain words, parties, assessments, whose rules."""

from __future__ import annotations

import io
import re
from pathlib import Path

import pypdf
import pytest

from hht.report.levels import _CUSTOMER
from hht.resources import resource_path
from hht.work.about import TABLES, beside, rows_of
from tests.cli.conftest import Run
from tests.conftest import ROOT
from tests.report.test_report import sample
from tests.support.plainness import hard_sentences


def pdf_text(octets: bytes) -> str:
    pages = pypdf.PdfReader(io.BytesIO(octets)).pages
    return " ".join(" ".join(page.extract_text() for page in pages).split())


@pytest.mark.requirement("HHT-14")
def test_who_answers_for_interoperability_is_told_and_stands_in_every_report(run: Run) -> None:
    from hht.report.pdf import render_pdf

    done = run("about")
    rows = done.of("row")
    assert [row["code"] for row in rows] == ["maker", "employer", "device", "supplier", "dcc"]
    report = pdf_text(render_pdf(sample()))
    at = report.index("Who answers for interoperability")
    for row in rows:
        assert f"{row['title']}: {row['text']}" in report[at:], row["code"]  # at the foot of it


@pytest.mark.requirement("PRV-05")
def test_the_charter_speaks_of_everything_that_is_kept_in_plain_words_and_is_left_behind(
    run: Run, tmp_path: Path
) -> None:
    file = tmp_path / "charter.pdf"
    done = run("about", "charter", "--pdf", str(file))
    rows = done.of("row")
    spoken_of = {kind for row in rows for kind in row["kinds"]}
    assert set(_CUSTOMER) <= spoken_of, "what a customer is shown of the evidence, and no row says why it is held"
    assert [one for row in rows for one in hard_sentences(row["text"])] == []
    paper = pdf_text(file.read_bytes())
    for row in rows:
        assert row["title"] in paper
        assert row["text"] in paper
    for words in ("How long it is kept", "Whom to ask", "Information Commissioner"):
        assert words in paper


def test_every_kind_of_evidence_has_its_row_in_the_charter() -> None:
    made = (ROOT / "hht/report/visit_items.py", ROOT / "ui/bundles.py")
    kinds = {one for path in made for one in re.findall(r'(?:Item|_kind)\(\s*"([a-z-]+)"', path.read_text("utf-8"))}
    assert {"visit", "reading", "desk", "pack"} <= kinds
    assert kinds <= {kind for row in rows_of("charter") for kind in row.plain["kinds"]}


def test_the_charter_is_the_same_octets_each_time(run: Run, tmp_path: Path) -> None:
    one, other = tmp_path / "1.pdf", tmp_path / "2.pdf"
    for file in (one, other):
        assert run("about", "charter", "--pdf", str(file)).status == 0
    assert one.read_bytes() == other.read_bytes()
    refused = run("about", "rules", "--pdf", str(one))
    assert refused.status == 2
    assert "Only the charter" in refused.last["message"]


@pytest.mark.requirement("ASR-11")
def test_each_rule_set_names_its_issuing_body_and_how_its_committee_sits(run: Run) -> None:
    rows = run("about", "rules").of("row")
    files = [file for row in rows for file in row["files"]]
    held = {path.name for path in resource_path("catalogue").iterdir() if not path.name.startswith(("_", "."))}
    assert sorted(files) == sorted(held), "each catalogue stands in one rule set, and no rule set names another"
    own = next(row["files"] for row in rows if row["code"] == "own")
    assert {"about.toml", "glossary.toml", "diagnosis"} <= set(own)
    assert not {"alerts.json", "interface_classes.toml"} & set(own)
    assert all(row["body"] and row["changed"] for row in rows)
    assert {row["committee"] for row in rows} == {"standing", "convened", "none"}
    (smets1,) = (row for row in rows_of("rules") if row.code == "smets1")
    assert "Changed by a committee convened when needed: groups convened for the time of migration" in beside(
        "rules", smets1
    )


def test_every_topic_has_rows_with_a_source(run: Run) -> None:
    for topic in TABLES:
        rows = run("about", topic).of("row")
        assert rows
        assert all(row["source"] for row in rows)
