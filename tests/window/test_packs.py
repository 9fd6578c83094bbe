"""The page of command packs over an emulated home's radio: taken in, delivered, stopped, settled, frozen."""

from __future__ import annotations

import json
import re
from datetime import timedelta
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLineEdit, QListView, QPushButton

from hht.clock import ManualClock
from hht.packs.locker import EntryState
from hht.packs.records import RecordKind
from hht.packs.second_proof import Released, code_of, spoken
from hht.packs.training_desk import training_people
from tests.packs.at_home import entry, pack_of, read_mpan, set_clock, set_mpan
from tests.window import samples
from tests.window.keys import MakeStage, click, focus, press
from tests.window.pack_scenes import HUB, cut_off, packs_page, traced, usual, with_codes
from tests.window.radio import ONE_HOME
from tests.window.scenes import Stage
from ui.window.note_sheet import NoteSheet
from ui.window.packs_page import PacksPage
from ui.window.way_sheet import WaySheet
from ui.window.widgets import Text


def rows(stage: Stage) -> list[str]:
    """The commands as a screen reader says them."""
    found = stage.find(QListView, "Commands, in their order")
    assert isinstance(found, QListView)
    return [str(found.model().index(row, 0).data()) for row in range(found.model().rowCount())]


def states(page: PacksPage) -> list[str]:
    """What has become of the commands."""
    assert page.pack is not None
    return [str(one.state) for one in page.pack.entries]


def sheet_of(stage: Stage) -> WaySheet:
    """What is said before anything leaves."""
    stage.wait(lambda: isinstance(stage.shell.sheet(), WaySheet))
    sheet = stage.shell.sheet()
    assert isinstance(sheet, WaySheet)
    return sheet


def note(stage: Stage, sentence: str) -> None:
    """Write a sentence into the sheet that asks for one, and press Enter."""
    sheet = stage.shell.sheet()
    assert sheet is not None
    (field,) = sheet.findChildren(QLineEdit)
    field.setFocus()
    field.selectAll()
    QTest.keyClicks(field, sentence)
    press(Qt.Key.Key_Return)
    assert stage.shell.sheet() is None


@pytest.mark.requirement("HHT-03")
def test_a_pack_is_taken_in_and_delivered_by_keys_alone(make_stage: MakeStage, tmp_path: Path) -> None:
    stage = make_stage()
    stage.services.radio.link = ONE_HOME
    page = packs_page(stage)
    stage.wait(lambda: focus().accessibleName() == "Take in…")
    path = tmp_path / "visit.pack"
    path.write_bytes(pack_of(ManualClock(samples.NOW), *usual()))
    page.take_file(str(path))
    stage.wait(lambda: page.pack is not None and page.part == "locker")
    assert page.notice.message == "training desk made it: it is kept here."
    assert rows(stage)[0].endswith("ESME …95-A0: next")
    assert "after set-mpan" in rows(stage)[1]
    stage.wait(lambda: focus().accessibleName() == "Deliver…")
    press(Qt.Key.Key_Return)
    sheet = sheet_of(stage)
    assert focus() is sheet.hub
    QTest.keyClicks(focus(), "00-DB-12")
    assert not sheet.button.isEnabled()
    assert sheet.problem.isVisible()
    sheet.hub.clear()
    QTest.keyClicks(focus(), HUB)
    press(Qt.Key.Key_Return)
    stage.wait(lambda: page.pack is not None and page.pack.over and not page.busy)
    assert states(page) == ["done"] * 4
    assert page.notice.message == "4 of 4 commands are carried out."
    assert [row.rsplit(": ", 1)[1] for row in rows(stage)] == ["carried out"] * 4
    assert page.pack is not None
    intents = [one.entry for one in stage.services.packs.records(page.pack.key) if one.kind is RecordKind.INTENT]
    assert intents == ["set-mpan", "read-mpan", "read-mprn", "read-again"]  # each once, in order
    assert not page.act.isEnabled()
    click(stage, "Export answers…")
    sheet = stage.shell.sheet()
    assert sheet is not None
    home = tmp_path / "home.json"
    note(stage, str(home))
    stage.wait(lambda: page.notice.message == f"4 answers are in {home}.")
    assert json.loads(home.read_text(encoding="utf-8"))


def test_stop_ends_before_the_next_command_and_again_goes_on(make_stage: MakeStage) -> None:
    stage = make_stage()
    stage.services.radio.link = ONE_HOME
    entries = usual()
    stage.services.radio.when.after = entries[0].command
    page = packs_page(stage, *entries, part="locker")
    page.deliver(ONE_HOME, HUB)
    stage.wait(lambda: page.sending == "set-mpan" and stage.services.radio.when.still)
    click(stage, "Stop")
    assert page.notice.message == "Stopping once set-mpan has its answer."
    stage.services.radio.when.still = False
    stage.wait(lambda: not page.busy and page.pack is not None and page.pack.done == 1)
    assert states(page) == ["done", "waiting", "waiting", "waiting"]
    assert page.notice.message.startswith("Stopped.")
    page.deliver(ONE_HOME, HUB)
    stage.wait(lambda: page.pack is not None and page.pack.over and not page.busy)
    assert states(page) == ["done"] * 4


def test_an_unknown_outcome_is_settled_by_what_was_seen(make_stage: MakeStage) -> None:
    stage = make_stage()
    page = cut_off(stage)
    assert states(page) == ["done", "unknown", "blocked"]
    stage.wait(lambda: page.notice.message == "Nobody knows what became of read-mprn.")
    assert rows(stage)[1].endswith("outcome unknown")
    assert not page.act.isEnabled()  # nothing goes past it
    click(stage, "Settle…")
    settle = stage.find(QPushButton, "Settle")
    assert not settle.isEnabled()
    press(Qt.Key.Key_Space)
    assert not settle.isEnabled()  # who saw what is asked for
    note(stage, "its display shows the MPRN; A. Engineer")
    stage.wait(lambda: states(page) == ["done", "done", "waiting"])
    assert page.act.isEnabled()


def test_the_hub_is_asked_what_became_of_it(make_stage: MakeStage) -> None:
    stage = make_stage()
    page = cut_off(stage)
    stage.services.radio.premises.site.clock.jump(1900)  # the meter has woken
    click(stage, "Ask the hub")
    sheet = sheet_of(stage)
    sheet.hub.setText(HUB)
    click(stage, "Ask")
    stage.wait(lambda: not page.busy and states(page)[1] != "unknown")
    assert states(page) == ["done", "done", "waiting"]


def test_frozen_until_the_desk_confirms(make_stage: MakeStage) -> None:
    stage = make_stage()
    page = packs_page(stage, *usual(), part="locker")
    click(stage, "Freeze…")
    note(stage, "the WAN is back")
    stage.wait(lambda: page.pack is not None and page.pack.frozen == "the WAN is back")
    assert not page.act.isEnabled()
    assert "frozen" in page.doing.text()
    click(stage, "Desk confirms…")
    note(stage, "D-77")
    stage.wait(lambda: page.pack is not None and not page.pack.frozen)
    assert page.act.isEnabled()


def test_passed_over_by_somebody_who_is_named(make_stage: MakeStage) -> None:
    stage = make_stage()
    page = packs_page(stage, *usual(), part="locker")
    click(stage, "Pass over…")
    note(stage, "desk, by phone, D-12")
    stage.wait(lambda: states(page)[0] == "void")
    assert page.pack is not None
    assert "desk, by phone, D-12" in page.pack.entries[0].words
    assert page.pack.entries[1].state is EntryState.BLOCKED


def test_a_held_clock_says_why_and_is_not_used_up(make_stage: MakeStage) -> None:
    stage = make_stage()
    stage.services.radio.link = ONE_HOME
    stage.services.radio.hub.network.time_ms = lambda: None
    clock = entry("clock", set_clock(1, samples.NOW, samples.NOW + timedelta(hours=1)))
    page = packs_page(stage, clock, part="locker")
    assert rows(stage) == ["1  clock · ECS70 Set Clock on ESME, ESME …95-A0 · held: held"]
    page.deliver(ONE_HOME, HUB)  # the hub's time is read, and is not reliable: it has no WAN
    stage.wait(lambda: not page.busy and page.notice.message.startswith("clock is held"))
    assert states(page) == ["waiting"]
    assert page.act.isEnabled()


def test_looked_into_is_not_taken_in(make_stage: MakeStage, tmp_path: Path) -> None:
    stage = make_stage()
    page = packs_page(stage)
    octets = pack_of(ManualClock(samples.NOW), entry("mpan", set_mpan(1)))
    whole, spoilt = tmp_path / "whole.pack", tmp_path / "spoilt.pack"
    whole.write_bytes(octets)
    spoilt.write_bytes(octets.replace(b'"payload": "e', b'"payload": "f', 1))
    page.look_into_file(str(whole))
    stage.wait(lambda: page.part == "about")
    assert page.notice.message.startswith("Only looked into")
    page.show_part("locker")
    assert not page.act.isEnabled()
    page.take_file(str(spoilt))
    stage.wait(lambda: "Only looked into" not in page.notice.message)
    assert page.packs == ()
    page.take_file(str(tmp_path / "nothing.pack"))
    stage.wait(lambda: "cannot be read" in page.notice.message)


def test_leaving_the_page_lets_a_delivery_go_on(make_stage: MakeStage) -> None:
    stage = make_stage()
    stage.services.radio.link = ONE_HOME
    page = packs_page(stage, entry("mpan", set_mpan(1)), entry("read", read_mpan(2)), part="locker")
    page.deliver(ONE_HOME, HUB)
    press(Qt.Key.Key_Escape)  # to Stop, and no further
    assert focus().accessibleName() == "Stop"
    stage.shell.go("jobs")
    stage.wait(lambda: not page.busy and page.pack is not None and page.pack.over)
    assert states(page) == ["done", "done"]


def test_the_trace_says_what_each_radio_frame_is_about_and_shows_its_octets(make_stage: MakeStage) -> None:
    stage = make_stage()
    drawer = traced(stage)
    (row,) = drawer.items.rows
    assert row[3].startswith("ECS39a Set MPAN Value on the ESME: command 1 from ")
    assert row[3].endswith("Tunneling TransferData · AF.DataRequestExt")
    now = drawer.tree.currentIndex()
    assert str(now.data()).startswith("GBCS: ECS39a")
    marked = "".join(one.cursor.selectedText() for one in drawer.hex.extraSelections()).replace(" ", "")
    assert marked.startswith("DD00000000000055")  # its MAC header is where the mark begins
    drawer.search.setText("TransferData")
    stage.wait(lambda: len(drawer.items.rows) >= 3)
    drawer.search.setText("ZDO.JoinCnf")
    stage.wait(lambda: [line[3] for line in drawer.items.rows] == ["ZNP frame  ZDO.JoinCnf"])


def test_what_brings_a_supply_back_on_waits_for_two_codes_read_out_by_telephone(make_stage: MakeStage) -> None:
    stage = make_stage()
    page = with_codes(stage)
    assert page.locker.marked is not None
    assert (page.locker.marked.codes, page.locker.code.isVisible()) == (2, True)
    page.locker.code.click()
    stage.wait(lambda: isinstance(stage.shell.sheet(), NoteSheet))
    sheet = stage.shell.sheet()
    assert isinstance(sheet, NoteSheet)
    told = " ".join(text.text() for text in sheet.findChildren(Text))
    found = re.search(r"challenge (\w{4}-\w{4})", told)
    assert found is not None
    packs, terminal = stage.services.radio.packs, stage.services.radio.packs.terminal_key().public
    assert page.pack is not None
    pack = packs._pack(page.pack.key).pack
    what = Released.of(pack, pack.entries[0], found[1])
    sheet.entry.setText(" ".join(spoken(code_of(person, terminal, what)) for person in training_people()))
    sheet.button.click()
    stage.wait(lambda: page.locker.marked is not None and page.locker.marked.codes == 0)
    assert not page.locker.code.isVisible()
