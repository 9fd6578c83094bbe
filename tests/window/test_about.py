"""The page About: who answers for interoperability, the charter saved as a paper, parties, rules."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtCore import Qt

from tests.window.about_scenes import about_page, install_plug_ins
from tests.window.keys import MakeStage, click, press
from ui.window.about_page import AboutPage


@pytest.mark.requirement("HHT-14")
def test_who_answers_for_interoperability_is_found_from_help_by_a_finger_and_from_anywhere_by_a_key(
    make_stage: MakeStage,
) -> None:
    stage = make_stage()
    press(Qt.Key.Key_F1)
    click(stage, "About")
    page = stage.shell.page("about")
    assert isinstance(page, AboutPage)
    assert stage.shell.page_name() == "about"
    assert page.heading.text() == "Who answers for interoperability"
    assert [row.title for row in page.rows.rows][:3] == [
        "The maker of this program", "Whoever gave you this terminal", "The maker of each device",
    ]  # fmt: skip
    assert "speaks each protocol as its specification has it" in page.detail.text()
    press(Qt.Key.Key_Down)
    assert "tried with the models that their engineers meet" in page.detail.text()
    assert "(unverified)" in page.source.text(), "nobody has verified these words"
    press(Qt.Key.Key_Escape)
    press(Qt.Key.Key_F1, Qt.KeyboardModifier.ShiftModifier)
    assert stage.shell.page_name() == "about"


@pytest.mark.requirement("PRV-05")
def test_the_charter_is_read_on_the_page_and_saved_as_a_paper_to_leave_behind(
    make_stage: MakeStage, tmp_path: Path
) -> None:
    stage = make_stage()
    page = about_page(stage, "charter")
    titles = [row.title for row in page.rows.rows]
    assert titles[0] == "Where you live, and whose meter it is"
    assert {"How long it is kept", "Who else sees it", "Whom to ask"} <= set(titles)
    file = tmp_path / "charter.pdf"
    stage.shell.pick_new_file = lambda _title, _name, chosen, _suffixes=(): chosen(str(file))  # type: ignore[method-assign,assignment]
    click(stage, "Save the charter…")
    stage.wait(lambda: page.notice.message.startswith("Written"))
    assert file.read_bytes().startswith(b"%PDF")
    page.show_part("rules")
    assert not page.save.isVisible(), "nothing but the charter is a paper"


def test_rules_name_who_issues_them_and_parties_their_roles(make_stage: MakeStage) -> None:
    page = about_page(make_stage(), "rules")
    assert "Issued by: the Secretary of State" in page.detail.text()
    assert "Changed by a standing committee" in page.detail.text()
    page.show_part("parties")
    at = next(place for place, row in enumerate(page.rows.rows) if row.title == "DCO")
    page.rows.mark(at)
    assert "Dual Control Organisation" in page.detail.text()
    assert "For SMETS1 devices alone" in page.detail.text()


@pytest.mark.requirement("SEC-19")
def test_the_certificates_of_the_premises_in_use_are_listed_with_role_issuer_end_and_renewal(
    make_stage: MakeStage,
) -> None:
    stage = make_stage()
    page = about_page(stage, "certificates")
    stage.wait(lambda: bool(page.rows.rows))
    titles = [row.title for row in page.rows.rows]
    at = next(place for place, title in enumerate(titles) if "esme" in title and ": Supplier, signing" in title)
    page.rows.mark(at)
    told = page.detail.text()
    for words in ("90-B3-D5-1F-30-01-00-00", "issued by HHT training (training alone)", "no end", "6.15.1", "6.23"):
        assert words in told, words
    page.show_part("rules")
    assert titles != [row.title for row in page.rows.rows]


def test_plug_ins_are_listed_with_what_it_means_and_why_one_was_turned_off(make_stage: MakeStage) -> None:
    stage = make_stage()
    page = about_page(stage, "plug-ins")
    stage.wait(lambda: "No plug-in is installed" in page.notice.message)
    install_plug_ins(stage)
    page.show_part("plug-ins")
    stage.wait(lambda: bool(page.rows.rows))
    assert [(row.title, row.word) for row in page.rows.rows] == [
        ("Kestrel HM1 heat meter 1.0.0", "on"),
        ("A title 1.0.0", "off"),
    ]
    assert "Nothing sandboxes it" in page.detail.text()
    assert "SHA-256" in page.source.text()
    page.rows.show_rows(page.rows.rows, 1)
    assert "KeyError in owl/plugin.py" in page.detail.text()
    assert not page.notice.message
