"""The record of a model in the window: opened from what is on the van, with the question whether it fits."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from datetime import timedelta

import pytest

from tests.window import day_scenes, samples
from tests.window.scenes import Stage
from tests.window.test_day import told
from ui.window.record_sheet import RecordSheet
from ui.window.widgets import Text

MakeStage = Callable[..., Stage]


def words(sheet: RecordSheet, group: str) -> list[str]:
    """What is written in a group's table."""
    return [text.text() for text in sheet.tables[group].findChildren(Text)]


@pytest.mark.requirement("CH-17", "CH-18", "IDT-10", "IDT-11", "ASR-14", "SEC-03")
def test_the_record_of_a_hub_is_read_and_held_against_the_room_at_the_wall(make_stage: MakeStage) -> None:
    stage = make_stage()
    sheet = day_scenes.record_sheet(stage)
    assert "115 × 120 × 45 mm, 25 mm clear around it" in words(sheet, "envelope")
    assert {"Connection", "Mechanical", "Electrical", "Logical"} < set(words(sheet, "envelope"))
    assert {"Insulation", "Protection against electric shock"} < set(words(sheet, "safety"))
    assert "15 years" in words(sheet, "life")
    assert {"300000 hours", "99.7 %", "30 s"} < set(words(sheet, "life"))
    assert "the communications service provider" in words(sheet, "model")
    assert set(words(sheet, "conformance")).isdisjoint(words(sheet, "interoperability"))
    assert any("this component alone" in one for one in words(sheet, "component"))
    assert any("accredited as a whole" in one for one in words(sheet, "system"))
    for typed, answer in (
        ("200x150x90", "It does not fit there: height 150 mm of 170 mm, clearance counted."),
        ("200 x 170 x 90 mm", "It fits there, clearance counted."),
        ("wide", "“wide” is no space at the wall."),
    ):
        sheet.space.setText(typed)
        sheet.fit_button.click()
        assert sheet.notice.message == answer
        said = [text.text() for text in sheet.findChildren(Text) if text.isVisible()]
        assert "Room at the wall, mm: width x height x depth" in said, "what was typed hides what stood in the field"
    sheet.close_sheet()


@pytest.mark.requirement("ASR-08", "PPM-15")
def test_metrology_stands_apart_and_the_accuracy_class_says_whether_prepayment_is_covered(
    make_stage: MakeStage,
) -> None:
    stage = make_stage()
    day_scenes.with_van(stage)
    page = day_scenes.van_page(stage, "stock")
    for model, applies in (("TRAINER-1E", True), ("TRAINER-3P", False)):
        page.list.mark(next(number for number, row in enumerate(page.list.rows) if model in row.title))
        page.record.click()
        sheet = stage.shell.sheet()
        assert isinstance(sheet, RecordSheet)
        assert {"Metrology (MID)", "CE marking"} < set(words(sheet, "metrology"))
        assert "Conformance to its specification" in words(sheet, "conformance")
        assert ("applies to it." in told(sheet)) is applies
        assert ("does not apply to it, only to classes 1 and 2" in told(sheet)) is not applies
        sheet.close_sheet()


def test_without_a_row_there_is_no_record_to_open(make_stage: MakeStage) -> None:
    stage = make_stage()
    page = day_scenes.van_page(stage)
    assert not page.record.isEnabled(), "no product list is kept"
    page.show_record()
    assert stage.shell.sheet() is None


def test_a_list_that_is_over_is_called_so_on_the_page_at_each_device_and_over_a_record(make_stage: MakeStage) -> None:
    stage = make_stage()
    day_scenes.with_van(stage)
    store = stage.services.radio._opened()
    kept = store.setting("product-list")
    plain = json.loads(base64.b64decode(kept["payload"]))
    today = samples.NOW.date()
    plain |= {"issued": str(today - timedelta(days=3)), "good_until": str(today - timedelta(days=1))}
    store.save_setting("product-list", kept | {"payload": base64.b64encode(json.dumps(plain).encode()).decode()})
    words = f"The product list was good until {today - timedelta(days=1)}: that is over"
    page = day_scenes.van_page(stage)
    assert words in page.products.text()
    assert page.products.property("tone") == "warn"
    good = [line for line in page.lines if line.ready]
    assert good
    assert all(words in row.line for row in page.list.rows if row.word == "take care")
    assert "take care" in {row.word for row in page.list.rows}
    page.show_part("stock")
    page.list.mark(next(number for number, row in enumerate(page.list.rows) if "NH-CH2" in row.title))
    page.show_record()
    sheet = stage.shell.sheet()
    assert isinstance(sheet, RecordSheet)
    assert words in told(sheet)
    sheet.close_sheet()
