"""The HAN page over an emulated home's radio: looking around, the hub, coming on, leaving. By accessible names."""

from __future__ import annotations

import csv
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QAccessible
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLineEdit, QPushButton, QTableView

from hht.errors import HhtError
from hht.model.agenda import HOUR_MS
from hht.model.gas_meter import GasMeter
from tests.window import samples
from tests.window.han_scenes import CHF, GPF, han_page, logged, on_han, surveyed
from tests.window.keys import MakeStage, click, focus, press
from tests.window.radio import ONE_HOME
from tests.window.test_audit import spoken
from ui.han import MOST_LOOKS, TRAINING_CODE, terminal_code
from ui.window.device_log_model import device_facts
from ui.window.dongle_sheet import DongleSheet
from ui.window.energy_plot import EnergyPlot
from ui.window.han_map import HanMap
from ui.window.han_model import Signal, age_words, hour_words, joined_words, signal_words, signals_words
from ui.window.hub_sheet import HubSheet

HUB = "00-DB-12-34-56-78-9D-A3"


def test_one_press_shows_energy_hubs_and_what_is_free(make_stage: MakeStage) -> None:
    stage = make_stage()
    page = han_page(stage)
    assert focus().accessibleName() == "Look around"
    press(Qt.Key.Key_Return)
    stage.wait(lambda: page.shown is not None and page.shown.looks == 3 and not page.busy)
    assert focus().accessibleName() == "Look around"
    plot, table = stage.find(EnergyPlot, "Energy per channel"), stage.find(QTableView, "Channels")
    assert isinstance(plot, EnergyPlot)
    assert isinstance(table, QTableView)
    assert plot.places == table.model().rowCount() == 16
    interface = QAccessible.queryAccessibleInterface(plot)
    assert "busy: 16, 17, 18, 19" in interface.text(QAccessible.Text.Description)
    plot.setFocus()
    press(Qt.Key.Key_Home)
    for _channel in range(4):
        press(Qt.Key.Key_Right)
    assert plot.cursor_words().startswith("channel 15, 2425 MHz: mean ")
    assert plot.cursor_words().endswith("quiet; 2 hubs")
    assert table.currentIndex().row() == plot.cursor_at == 4  # picture and table look at the same
    table.setFocus()
    press(Qt.Key.Key_Down)
    assert plot.cursor_at == 5


def test_a_hub_is_chosen_among_the_networks_and_marked_everywhere(make_stage: MakeStage) -> None:
    stage = make_stage()
    page = surveyed(stage, "networks")
    table = stage.find(QTableView, "Networks")
    assert isinstance(table, QTableView)
    rows = [[table.model().index(row, column).data() for column in range(8)] for row in range(2)]
    assert [row[1] for row in rows] == [HUB, "00-DB-12-34-56-78-9D-B3"]
    assert [row[5] for row in rows] == ["good", "marginal"]
    table.setFocus()
    press(Qt.Key.Key_Down)
    click(stage, "This is my hub")
    assert page.hub == "00-DB-12-34-56-78-9D-B3"
    assert table.model().index(1, 7).data() == "yours"
    assert [bar.channel for bar in page.channels.bars if bar.own] == [15]
    click(stage, "Show: On the HAN")
    field = stage.find(QLineEdit, "GPF ID of the hub")
    assert isinstance(field, QLineEdit)
    assert field.text() == page.hub
    picture = QAccessible.queryAccessibleInterface(page.networks.plot)
    assert picture.text(QAccessible.Text.Description).startswith(f"1: {HUB}, LQI ")


def test_looking_goes_on_until_it_is_stopped_and_every_figure_is_exported(
    make_stage: MakeStage, tmp_path: Path
) -> None:
    stage = make_stage()
    page = han_page(stage)
    click(stage, "Keep looking")
    click(stage, "Look around")
    stage.wait(lambda: page.shown is not None and page.shown.looks >= 4)
    assert page.shown is not None
    assert page.shown.total == MOST_LOOKS
    press(Qt.Key.Key_Escape)
    stage.wait(lambda: not page.busy)
    path = tmp_path / "survey.csv"
    page._export_to(str(path))
    stage.wait(lambda: bool(page.notice.message))
    figures = list(csv.DictReader(path.read_text(encoding="utf-8").splitlines()))
    assert page.notice.message.startswith(f"{len(figures)} figures are in")
    assert {row["look"] for row in figures} == {str(look) for look in range(1, page.shown.looks + 1)}


def test_onto_the_han_and_off_it_again(make_stage: MakeStage) -> None:
    stage = make_stage()
    page = han_page(stage)
    click(stage, "Show: On the HAN")
    button = stage.find(QPushButton, "Come onto the HAN")
    assert not button.isEnabled()  # nobody knows which hub yet
    stage.find(QLineEdit, "GPF ID of the hub").setFocus()
    QTest.keyClicks(focus(), HUB)
    assert button.isEnabled()
    button.setFocus()
    press(Qt.Key.Key_Return)
    stage.wait(lambda: page.on_han and not page.busy)
    assert focus().accessibleName() == "Leave the HAN"
    assert stage.services.radio.hub.handheld.terminal is not None
    assert joined_words(page.state)[:2] == ("On the HAN", "good")
    page.show_part("channels")
    click(stage, "Look around")
    stage.wait(lambda: page.notice.message.startswith("The terminal is on a HAN"))
    page.show_part("join")
    click(stage, "Leave the HAN")
    stage.wait(lambda: not page.on_han and not page.busy)
    assert stage.services.radio.hub.handheld.terminal is None


def test_the_hour_runs_down_and_its_end_is_told(make_stage: MakeStage) -> None:
    stage = make_stage()
    page = han_page(stage, "join")
    click(stage, "Switched on now")
    stage.wait(lambda: page.state is not None and page.state.hour is not None)
    assert page.state is not None
    assert page.state.hour is not None
    assert page.state.hour.exact
    assert hour_words(page.state)[1:] == ("good", "since it was switched on")
    page = on_han(stage)
    premises = stage.services.radio.premises
    premises.site.clock.jump(HOUR_MS / 1000)

    def caught_up() -> bool:
        stage.bridge.call(_catch_up)
        page.tick()
        return not page.on_han

    async def _catch_up(_services: object) -> None:
        premises.site.catch_up()

    stage.wait(caught_up)
    assert page.notice.message.startswith("The terminal is not on the HAN any more")
    assert hour_words(page.state) == ("over", "bad", "switch the hub off and on")


def test_what_fails_is_said_with_its_remedy_and_the_way_is_free_again(make_stage: MakeStage) -> None:
    stage = make_stage()
    page = han_page(stage, "join")
    page.choose_hub("00-DB-12-34-56-78-9D-A2")  # its CHF ID: nobody's network
    click(stage, "Come onto the HAN")
    stage.wait(lambda: bool(page.notice.message) and not page.busy)
    assert page.notice.message.startswith("No network of the hub 00-DB-12-34-56-78-9D-A2 is heard.")
    assert page.act.isEnabled()
    page.choose_hub("no such thing")
    click(stage, "Come onto the HAN")
    stage.wait(lambda: "Device ID" in page.notice.message and not page.busy)
    assert "No network" not in page.notice.message


def test_another_dongle_is_chosen_and_kept(make_stage: MakeStage) -> None:
    stage = make_stage()
    page = han_page(stage)
    click(stage, "Dongle…" if page.dongle.accessibleName() == "Dongle…" else page.dongle.accessibleName())
    field = stage.find(QLineEdit, "Another dongle, by its address")
    field.setFocus()
    QTest.keyClicks(focus(), "optical:/dev/ttyUSB0")
    press(Qt.Key.Key_Return)
    sheet = stage.shell.sheet()
    assert sheet is not None
    assert "leads to no radio dongle" in getattr(sheet, "notice").message  # noqa: B009 typed as Sheet
    getattr(field, "clear")()  # noqa: B009 typed as QWidget
    QTest.keyClicks(field, "dongle:/dev/ttyACM3")
    press(Qt.Key.Key_Return)
    stage.wait(lambda: page.link == "dongle:/dev/ttyACM3")
    assert stage.shell.settings.dongle == "dongle:/dev/ttyACM3"
    assert "ttyACM3" in spoken(page.dongle)


def test_lines_break_where_nothing_was_heard_and_ages_are_told() -> None:
    one, other = Signal(1, "A", (200, None, 180), own=True), Signal(2, "B", (None, 90, None))
    assert (one.last, other.last) == (2, 1)
    assert signal_words((one, other), 1, samples.NOW) == "09:41:12  1: not heard, 2: 90"
    assert signals_words((one, other), "LQI") == "1: A, LQI 180; 2: B, LQI 90"
    ages = [age_words(seconds) for seconds in (0.2, 30, 300, 7300, 200_000)]
    assert ages == ["now", "30 s ago", "5 min ago", "2 h ago", "2 days ago"]


def test_the_device_log_marks_what_never_came_and_is_drawn_and_exported(make_stage: MakeStage, tmp_path: Path) -> None:
    stage = make_stage()
    page = logged(stage, times=1)
    assert page.on_han  # it was on before, and stays
    assert "listed and never joined: …00-77" in page.log._summary.text()
    rows = [row.spoken for row in page.log.list.rows]
    assert rows[0].startswith("1  ESME 00-DB-12-34-56-78-95-A0, ")
    assert rows[0].endswith("heard now: good")
    assert rows[-1] == "6  device 00-DB-12-34-56-78-00-77, no figures: never joined"
    picture = page.log.rssi
    assert "1: ESME …95-A0, dBm -" in QAccessible.queryAccessibleInterface(picture).text(QAccessible.Text.Description)
    click(stage, "Picture: LQI")
    assert page.log.lqi.isVisible()
    click(stage, "Read Device Log")
    stage.wait(lambda: len(page.log.logs) == 2 and not page.busy)
    assert page.log.lqi.places == 2
    path = tmp_path / "log.csv"
    page._export_log_to(str(path))
    stage.wait(lambda: bool(page.notice.message))
    figures = list(csv.DictReader(path.read_text(encoding="utf-8").splitlines()))
    assert len(figures) == 12
    assert [one["joined"] for one in figures[:6]] == ["yes"] * 5 + ["no"]


@pytest.mark.requirement("CH-04")
def test_the_map_leads_to_each_device_and_the_gas_meters_wake_is_counted_down_to_its_second(
    make_stage: MakeStage,
) -> None:
    stage = make_stage()
    page = logged(stage, times=1)
    meter = stage.services.radio.premises.of(GasMeter)[0]
    wakes = datetime.fromtimestamp(meter.next_wake_ms() / 1000, UTC)
    assert f"wakes next at {wakes:%H:%M:%S} UTC" in page.log.waiting.text()
    assert "Gas mirror: at least" in page.log.waiting.text()
    page.log.tick(wakes - timedelta(seconds=61))
    assert "in 1 min 1 s" in page.log.waiting.text()
    page.log.tick(wakes + timedelta(seconds=1))
    assert f"{wakes + timedelta(minutes=30):%H:%M:%S} UTC, in 29 min 59 s" in page.log.waiting.text()
    plot = stage.find(HanMap, "Map of the home network")
    assert isinstance(plot, HanMap)
    assert plot.places == 6
    assert "never joined" in QAccessible.queryAccessibleInterface(plot).text(QAccessible.Text.Description)
    plot.setFocus()
    press(Qt.Key.Key_End)
    assert page.log.list.currentIndex().row() == plot.cursor_at == 5  # picture and list look at the same
    assert plot.cursor_words() == "6  device …00-77: never joined"
    page.log.list.mark(1)
    assert plot.cursor_at == 1
    assert ("Joined to", "…90-A3, …90-A4", "plain", False) in device_facts(page.log.list.rows[1])


def test_the_device_log_asks_which_hub_and_comes_on_by_itself(make_stage: MakeStage) -> None:
    stage = make_stage()
    stage.services.radio.link = ONE_HOME
    page = han_page(stage, "log")
    click(stage, "Read Device Log")
    sheet = stage.shell.sheet()
    assert isinstance(sheet, HubSheet)
    QTest.keyClicks(focus(), GPF)
    sheet.chf.setText(GPF)
    assert not sheet.button.isEnabled()
    assert sheet.problem.text() == "These are the same: a hub has two."
    sheet.chf.setText(CHF)
    sheet.chf.setFocus()
    press(Qt.Key.Key_Return)
    stage.wait(lambda: bool(page.log.logs) and not page.busy)
    assert not page.on_han  # it has left again
    assert stage.services.radio.hub.handheld.terminal is None


def test_lines_that_end_in_one_place_share_it(make_stage: MakeStage) -> None:
    stage = make_stage()
    page = han_page(stage, "networks")
    same = [Signal(number, "x", (100, 100)) for number in (1, 2)]
    page.networks.plot.show_signals([*same, Signal(3, "y", (None, None))], [samples.NOW, samples.NOW])
    stage.pause()
    before = page.networks.plot.grab().toImage()
    page.networks.plot.show_signals(same[:1], [samples.NOW, samples.NOW])
    stage.pause()
    assert page.networks.plot.grab().toImage() != before


def test_what_goes_on_says_for_how_long(make_stage: MakeStage) -> None:
    stage = make_stage()
    stage.services.radio.when.still = True
    page = han_page(stage)
    page.survey()
    stage.wait(lambda: page.busy)
    assert page.doing.text() == "Looking around…"
    stage.clock.advance(12)
    stage.shell._tick()
    assert page.doing.text() == "12 s · Looking around…"
    stage.clock.advance(120)
    stage.shell._tick()
    assert page.doing.text() == "2:12 · Looking around…"
    page.cancel()
    stage.wait(lambda: not page.busy)
    assert page.doing.text() == ""


def test_without_a_dongle_one_is_asked_for(make_stage: MakeStage) -> None:
    stage = make_stage()
    page = han_page(stage)
    page.link = ""
    click(stage, "Look around")
    sheet = stage.shell.sheet()
    assert isinstance(sheet, DongleSheet)
    assert not page.busy


def test_in_live_work_the_terminal_s_code_is_no_secret_of_training(tmp_path: Path) -> None:
    with pytest.raises(HhtError) as unknown:
        terminal_code("dongle:/dev/ttyACM0", "", training=False)
    assert unknown.value.code == "terminal-code"
    file = tmp_path / "code"
    file.write_text("83FED3407A939723A5C639B269161802AEBB", encoding="ascii")
    assert terminal_code("dongle:/dev/ttyACM0", str(file), training=False).reveal() == TRAINING_CODE
