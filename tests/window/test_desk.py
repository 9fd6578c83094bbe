"""The desk's page over an emulated desk's own words: asked, followed, seen, read out, typed in. By accessible names."""

from __future__ import annotations

from dataclasses import replace

from PySide6.QtCore import Qt
from PySide6.QtGui import QAccessible
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLineEdit, QPushButton

from hht.desk.asks import Ask
from hht.desk.course import AskReport, AskState
from hht.desk.kinds import AskKind
from hht.desk.messages import Outcome, Way
from hht.desk.spoken import desk_reference
from hht.identifiers import DeviceId
from hht.model.electricity_meter import ElectricityMeter
from hht.protocol.gbcs.device_types import DuisDeviceType
from tests.window import samples
from tests.window.desk_scenes import DESK, ESME, HUB, MPAN, NO_WAN, asked, desk_page, kept, premises_of_desk
from tests.window.han_scenes import CHF, GPF, logged
from tests.window.keys import MakeStage, click, focus, press
from tests.window.radio import ONE_HOME
from tests.window.scenes import Stage
from ui.window.desk_model import can_again, follow_word, stages
from ui.window.desk_sheet import DeskSheet
from ui.window.stage_row import StageRow
from ui.window.way_sheet import WaySheet


def lamps(stage: Stage) -> str:
    """The five stages as a screen reader says them."""
    row = stage.find(StageRow, "How far it is")
    return QAccessible.queryAccessibleInterface(row).text(QAccessible.Text.Description)


def test_an_ask_is_put_together_and_followed_by_keys(make_stage: MakeStage) -> None:
    stage = make_stage()
    page = desk_page(stage)
    page.keyboard()
    assert focus().accessibleName() == "New ask"
    press(Qt.Key.Key_Return)
    assert focus().accessibleName() == "What can be asked"
    page.new.list.mark([str(row.what.kind) for row in page.new.list.rows].index("set-mpan"))
    stage.pause()
    assert page.new.job.text() == "J-1042"  # that of the visit which is not over
    for name, text in (("Device ID", ESME), ("MPAN", MPAN)):
        assert not page.act.isEnabled()
        field = stage.find(QLineEdit, name)
        field.setFocus()
        QTest.keyClicks(field, text)
    page.act.setFocus()
    press(Qt.Key.Key_Return)
    stage.wait(lambda: bool(page.reports) and page.reports[0].state is AskState.DONE and not page.busy)
    (meter,) = premises_of_desk(stage).of(ElectricityMeter)
    assert meter.import_mpan == MPAN
    assert "Result: yes, I0" in lamps(stage)
    assert lamps(stage).endswith("Seen at device: not yet")  # the desk's word is no fact
    click(stage, "Note what was seen at the device…")
    press(Qt.Key.Key_Space)
    (field,) = stage.shell.sheet().findChildren(QLineEdit)  # type: ignore[union-attr]
    field.setFocus()
    QTest.keyClicks(field, f"{MPAN} on its display")
    press(Qt.Key.Key_Return)
    stage.wait(lambda: page.reports[0].settled)
    assert lamps(stage).endswith("Seen at device: not yet, a person's note")


def test_without_a_wan_the_way_is_told_and_the_same_may_be_asked_anew(make_stage: MakeStage) -> None:
    stage = make_stage()
    page = desk_page(stage, url=NO_WAN)
    asked(stage, page, "set-mpan", ESME, mpan=MPAN)
    assert "Result: in doubt, N12" in lamps(stage)
    click(stage, "Which way?")
    stage.wait(lambda: stage.shell.sheet() is not None)
    (field,) = stage.shell.sheet().findChildren(QLineEdit)  # type: ignore[union-attr]
    field.setText(HUB)
    field.setFocus()
    press(Qt.Key.Key_Return)
    stage.wait(lambda: page.ways is not None and not page.busy)
    assert page.mode.label.text() == "Mobile data"
    assert page.notice.message.startswith("The WAN does not reach the hub")
    click(stage, "Ask anew")
    stage.wait(lambda: len(page.reports) == 2)
    assert page.asks.marked is not None
    assert page.asks.marked.state is AskState.ASKED
    assert follow_word(page.asks.marked) == "Ask the desk"


def test_nobody_answers_and_the_phone_is_left(make_stage: MakeStage) -> None:
    stage = make_stage()
    page = kept(stage, "phone")
    assert page.phone.said[0].startswith("ASK ")
    assert page.phone.said[-1].startswith("CHECK ")
    assert page.phone.said[4] == f"ESME {ESME}"
    assert page.asks.marked is not None
    ask = page.asks.marked.ask
    field = stage.find(QLineEdit, "The desk's reference")
    field.setFocus()
    QTest.keyClicks(focus(), "D000-0000")
    press(Qt.Key.Key_Return)
    stage.wait(lambda: "check characters do not fit" in page.notice.message)
    assert page.part == "phone"
    field.clear()  # type: ignore[attr-defined]
    QTest.keyClicks(field, desk_reference(ask, 7, Outcome.DONE).lower())
    press(Qt.Key.Key_Return)
    stage.wait(lambda: page.part == "asks" and page.reports[0].state is AskState.DONE)
    assert page.reports[0].spoken == (desk_reference(ask, 7, Outcome.DONE),)


def test_a_wrong_value_is_told_and_nothing_is_asked(make_stage: MakeStage) -> None:
    stage = make_stage()
    page = desk_page(stage)
    page.show_part("new")
    page.new.list.mark([str(row.what.kind) for row in page.new.list.rows].index(str(AskKind.SET_OFFSET_LIMIT)))
    page.new.job.setText("J-1")
    page.new.device.setText(ESME)
    page.new.fields["seconds"].setText("1800")
    page.go_on()
    stage.wait(lambda: "0 to 1799" in page.notice.message)
    assert page.reports == ()
    assert stage.services.radio.desks.asks() == ()


def test_a_line_that_drops_makes_it_unknown_and_it_is_asked_again(make_stage: MakeStage) -> None:
    stage = make_stage()
    page = desk_page(stage, url=f"{DESK}&trouble=drops")
    page.show_part("new")
    page.new.list.mark([str(row.what.kind) for row in page.new.list.rows].index("read-supply"))
    page.new.job.setText("J-1")
    page.new.device.setText(ESME)
    page.go_on()
    stage.wait(lambda: bool(page.reports) and not page.busy and bool(page.notice.message))
    assert page.reports[0].unknown
    assert not can_again(page.reports[0])  # it may be done yet
    assert "not heard since" in lamps(stage)
    for _turn in range(3):
        if not page.reports[0].state.final:
            click(stage, "How does it stand?")
            stage.wait(lambda: not page.busy)
    assert page.reports[0].state is AskState.DONE


def test_another_desk_is_named(make_stage: MakeStage) -> None:
    stage = make_stage()
    page = desk_page(stage)
    click(stage, "Desk…")
    sheet = stage.shell.sheet()
    assert isinstance(sheet, DeskSheet)
    QTest.keyClicks(sheet.url, "tcp://127.0.0.1:1")
    press(Qt.Key.Key_Return)
    assert "leads to no desk" in sheet.notice.message
    sheet.url.clear()
    QTest.keyClicks(sheet.url, "desk:tcp://127.0.0.1:1")
    press(Qt.Key.Key_Return)
    stage.wait(lambda: page.place.url == "desk:tcp://127.0.0.1:1")
    assert stage.find(QPushButton, "New ask").isEnabled()


def test_the_five_stages_as_far_as_the_desk_has_told() -> None:
    ask = Ask("ABCDEFGH", "J-1", AskKind.SET_MPAN, DeviceId.parse(ESME), DuisDeviceType.ESME, {"mpan": MPAN})
    since = {"asked": samples.NOW, "sent": samples.NOW, "acknowledged": samples.NOW}
    report = AskReport(ask, AskState.ACKNOWLEDGED, since, code="I99")
    assert [(one.tone, one.note) for one in stages(report)] == [
        ("good", "09:41:12"), ("good", "09:41:12"), ("good", "I99"), ("plain", ""), ("plain", "")
    ]  # fmt: skip
    lost = replace(report, state=AskState.UNKNOWN, unknown=True)
    assert stages(lost)[3].words == "Result: in doubt, not heard since"
    failed = replace(report, state=AskState.FAILED, since=since | {"result": samples.NOW}, code="E12", alert="")
    assert (stages(failed)[3].tone, stages(failed)[3].note) == ("bad", "E12")


def test_with_data_and_no_wan_this_terminal_brings_the_command(make_stage: MakeStage) -> None:
    stage = make_stage()
    radio = stage.services.radio
    radio.link = ONE_HOME
    page = desk_page(stage, url="desk:emulated?premises=dual-fuel&days=1")
    page.look_ways(GPF)
    stage.wait(lambda: page.ways is not None and not page.busy)
    assert page.mode.label.text() == "Mobile data"
    page.show_part("new")
    page.new.list.mark([str(row.what.kind) for row in page.new.list.rows].index("set-mpan"))
    page.new.job.setText("J-1")
    page.new.device.setText("00-DB-12-34-56-78-95-A0")
    page.new.fields["mpan"].setText("2000000000015")
    page.go_on()
    stage.wait(lambda: isinstance(stage.shell.sheet(), WaySheet))
    QTest.keyClicks(focus(), GPF)
    press(Qt.Key.Key_Return)
    stage.wait(lambda: bool(page.reports) and page.reports[0].state is AskState.DONE and not page.busy)
    (meter,) = radio.premises.of(ElectricityMeter)
    assert meter.import_mpan == "2000000000015"
    assert page.reports[0].way is Way.RELAY
    assert "Seen at device: not yet" in lamps(stage)
    radio.premises.site.clock.set_speed(1)  # bytes at a meter's port take the time that they take
    click(stage, "Read the meter")
    stage.wait(lambda: bool(page.notice.message) or (page.reports[0].fact is not None and not page.busy))
    assert page.notice.message == ""
    assert "Seen at device: yes" in lamps(stage)
    meter.import_mpan = ""
    click(stage, "Read the meter")
    stage.wait(lambda: page.reports[0].fact is not None and not page.reports[0].fact.agrees and not page.busy)
    assert "Seen at device: no" in lamps(stage)


def test_a_device_log_that_is_read_shows_what_was_asked_of_it(make_stage: MakeStage) -> None:
    stage = make_stage()
    page = logged(stage, times=0)  # on the HAN; a device that the log lists never came
    desks = stage.services.radio.desks
    asked = desks.new("J-1", "remove", CHF, "CHF", {"other": "00-DB-12-34-56-78-00-77"})
    desks.typed(asked.ask.reference, desk_reference(asked.ask, 1, Outcome.DONE))
    page.read_log(GPF, CHF)
    stage.wait(lambda: len(page.log.logs) == 1 and not page.busy)
    fact = desks.report(asked.ask.reference).fact
    assert fact is not None
    assert (fact.read, fact.agrees) == (True, False)  # the desk says it is done, and it is listed still


def test_in_training_the_emulated_desk_hears_the_phone(make_stage: MakeStage) -> None:
    stage = make_stage()
    page = kept(stage, "phone")
    click(stage, "Let the emulated desk hear it")
    stage.wait(lambda: bool(page.phone.field.text()))
    click(stage, "Note it")
    stage.wait(lambda: page.part == "asks" and bool(page.reports[0].spoken))
    assert page.reports[0].state in (AskState.TAKEN, AskState.DONE)
