"""The premises page: plan, devices, time, log. Everything is found by its accessible name."""

from __future__ import annotations

import asyncio
import itertools
import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QAccessible
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractButton, QApplication, QLabel, QLineEdit, QListView, QPushButton, QTableView
from pytestqt.qtbot import QtBot

from hht.errors import HhtError
from hht.model.communications_hub import CommunicationsHub
from hht.model.consumer_devices.displays import HomeDisplay
from hht.model.electricity_meter.supply import ArmSupply, DisableSupply
from hht.model.parties import Party, UserRole
from hht.model.premises import Premises
from hht.model.site import to_datetime, to_ms
from hht.model.training.session import Pace
from hht.work.view import Outcome, StepState, StepView
from tests.window.keys import LEFT, MakeStage, click, focus, press
from tests.window.scenes import Stage
from tests.window.test_visit_end_to_end import Hands
from ui.compose import AssociationOptions
from ui.system import SystemClock
from ui.terminal import Terminal
from ui.training_ground import SLICE_S, TrainingGround
from ui.training_views import PremisesView
from ui.window.premises_fault_plan import FaultPlanSheet
from ui.window.premises_page import PremisesPage
from ui.window.premises_time import DateSheet
from ui.window.walkthrough_page import SECOND_TAP_S

SUPPLIER = Party("Supplier", UserRole.IMPORT_SUPPLIER)


def opened(stage: Stage, name: str = "dual-fuel") -> PremisesPage:
    """The page with that premises, a day's history."""
    stage.shell.go("premises")
    page = stage.shell.page("premises")
    assert isinstance(page, PremisesPage)
    page.open(f"emulated:{name}?days=1")
    stage.wait(lambda: page.view is not None and page.view.panel is not None and bool(page.log.model.lines))
    return page


def living(stage: Stage) -> Premises:
    """What lives behind the page."""
    return stage.services.ground._opened()[1].premises


def go_to_device(stage: Stage, page: PremisesPage, name: str) -> None:
    """Touch the tile of that name."""
    tile = stage.find(QAbstractButton, name)
    QTest.mouseClick(tile, LEFT)
    stage.wait(lambda: page.panel.device == name.split()[-1])


def test_a_premises_is_chosen_from_the_list(make_stage: MakeStage) -> None:
    stage = make_stage()
    stage.shell.go("premises")
    page = stage.shell.page("premises")
    assert isinstance(page, PremisesPage)
    rows = stage.find(QListView, "Premises")
    assert isinstance(rows, QListView)
    stage.wait(lambda: rows.model().rowCount() > 10 and rows.hasFocus())
    page.choice.mark("single-element")
    press(Qt.Key.Key_Return)
    stage.wait(lambda: page.view is not None)
    assert stage.shell.header.title.text() == "Single-element meter, ready to commission"
    click(stage, "Other premises…")
    assert rows.isVisible()
    press(Qt.Key.Key_Escape)
    assert not rows.isVisible()


@pytest.mark.parametrize("wrong", [True, False])
def test_where_the_chosen_file_cannot_be_read_those_that_come_along_are_offered(
    make_stage: MakeStage, tmp_path: Path, wrong: bool
) -> None:
    stage = make_stage()
    if wrong:
        (tmp_path / "mine.toml").write_text("title = 1")
    stage.shell.save_settings(replace(stage.shell.settings, link=f"emulated:{tmp_path / 'mine.toml'}"))
    stage.wait(lambda: "mine.toml" in stage.services.saved.link)
    stage.shell.go("premises")
    page = stage.shell.page("premises")
    assert isinstance(page, PremisesPage)
    rows = page.choice.list
    stage.wait(lambda: rows.model().rowCount() > 10 and rows.hasFocus())
    assert "mine.toml" in page.notice.message
    assert page.notice.isVisible()
    page.choice.mark("single-element")
    stage.wait(page.open_button.isEnabled)
    click(stage, "Open")
    stage.wait(lambda: page.view is not None)
    assert page.part == "house"


def test_the_plan_is_gone_through_by_keyboard_alone(make_stage: MakeStage) -> None:
    stage = make_stage()
    page = opened(stage)
    assert focus().accessibleName() == "Communications hub hub-1"
    seen = {page.panel.device}
    for key in (Qt.Key.Key_Down, Qt.Key.Key_Down, Qt.Key.Key_Right, Qt.Key.Key_Right, Qt.Key.Key_Up):
        press(key)
        wanted = focus().accessibleName().split()[-1]
        stage.wait(lambda wanted=wanted: page.panel.device == wanted)  # type: ignore[misc]
        seen.add(page.panel.device)
    assert len(seen) >= 4
    interface = QAccessible.queryAccessibleInterface(page.plan.tiles["gsme-1"])
    assert interface.text(QAccessible.Text.Name) == "Gas meter gsme-1"
    said = interface.text(QAccessible.Text.Description)
    assert "link good, -45 dBm, LQI 240, sleeps between wakes" in said


@pytest.mark.parametrize(("name", "assumed"), [("dual-fuel", True), ("stone-cottage", False)])
def test_places_that_are_assumed_are_said_to_be(make_stage: MakeStage, name: str, assumed: bool) -> None:
    stage = make_stage()
    page = opened(stage, name)
    said = [label for label in page.findChildren(QLabel) if label.isVisible() and "places are assumed" in label.text()]
    assert [label.text() for label in said] == ["The places are assumed: the file describes no house."] * assumed
    for label in said:
        assert label.mapTo(page, label.rect().topLeft()).y() >= page.plan.geometry().bottom()
        assert label.height() >= label.fontMetrics().height()


def test_a_supply_that_is_armed_is_switched_on_at_the_meter(make_stage: MakeStage) -> None:
    stage = make_stage()
    page = opened(stage)
    go_to_device(stage, page, "Electricity meter esme-1")
    button = stage.find(QPushButton, "Switch the supply on")
    assert not button.isEnabled()
    meter = living(stage).device()

    def arm() -> None:
        meter.execute(DisableSupply(), SUPPLIER)
        meter.execute(ArmSupply(), SUPPLIER)

    stage.bridge.tell(lambda _services: arm())
    stage.wait(button.isEnabled)
    assert page.panel.state.text() == "supply armed"
    assert page.panel.display.title.text().startswith("Supply")
    click(stage, "Switch the supply on")
    stage.wait(lambda: page.panel.said.text() == "Done")
    assert page.panel.state.text().endswith(" W")
    stage.wait(lambda: page.log.model.lines[0].what == "pressed: Switch the supply on")


def test_credit_is_bought_and_typed_in(make_stage: MakeStage) -> None:
    stage = make_stage()
    page = opened(stage, "prepayment-flat")
    go_to_device(stage, page, "Electricity meter esme-1")
    amount = stage.find(QLineEdit, "Buy credit at a shop: Amount in pounds")
    amount.setFocus()
    QTest.keyClicks(amount, "ten")
    press(Qt.Key.Key_Return)
    stage.wait(lambda: "no amount" in page.panel.said.text())
    assert isinstance(amount, QLineEdit)
    assert amount.text() == "ten"  # what was typed is not lost
    amount.selectAll()
    QTest.keyClicks(amount, "10")
    press(Qt.Key.Key_Return)
    stage.wait(lambda: page.panel.said.text().startswith("Receipt: "))
    digits = page.panel.said.text().removeprefix("Receipt: ")
    entry = stage.find(QLineEdit, "Add credit: UTRN, 20 digits")
    entry.setFocus()
    QTest.keyClicks(entry, digits)
    click(stage, "Add credit")
    stage.wait(lambda: page.panel.said.text() == "Done")
    assert isinstance(entry, QLineEdit)
    assert entry.text() == ""
    stage.wait(lambda: any("top-up of 1000 pence" in line.what for line in page.log.model.lines))


def test_time_is_paused_stepped_and_sent_to_a_date(make_stage: MakeStage) -> None:
    stage = make_stage()
    page = opened(stage)
    click(stage, "Time: Pause")
    stage.wait(lambda: page.time.text().endswith("· paused"))
    assert page.view is not None
    before = page.view.time_ms
    click(stage, "To the end of this half-hour")
    stage.wait(lambda: page.view is not None and page.view.time_ms % 1_800_000 == 0)
    assert 0 < page.view.time_ms - before <= 1_800_000
    click(stage, "To a date…")
    sheet = stage.shell.sheet()
    assert isinstance(sheet, DateSheet)
    for wrong in ("tomorrow", "2020-01-01"):
        sheet.entry.setText(wrong)
        click(stage, "Go there")
        assert stage.shell.sheet() is sheet
        assert sheet.trouble.text()
    sheet.entry.setText("2026-04-01 12:30")
    press(Qt.Key.Key_Return)
    wanted = to_ms(datetime(2026, 4, 1, 12, 30, tzinfo=UTC))
    stage.wait(lambda: page.view is not None and not page.view.going and abs(page.view.time_ms - wanted) <= 1)
    stage.wait(lambda: page.log.model.lines[0].time_ms > before)
    assert stage.shell.sheet() is None


def test_time_goes_to_the_next_thing_that_happens(make_stage: MakeStage) -> None:
    stage = make_stage()
    page = opened(stage, "storage-heaters")
    known = page.log.model.known
    click(stage, "To the next thing that happens")
    stage.wait(lambda: page.log.model.known > known)
    assert page.log.model.lines[0].why == "switch 2 closed by calendar"


def test_the_log_is_searched_and_filtered_by_device(make_stage: MakeStage) -> None:
    stage = make_stage()
    page = opened(stage)
    click(stage, "Show: Log")
    table = stage.find(QTableView, "Log of the premises")
    assert isinstance(table, QTableView)
    everything = table.model().rowCount()
    times = [table.model().index(row, 0).data() for row in range(everything)]
    assert times == sorted(times, reverse=True)
    QTest.keyClicks(stage.find(QLineEdit, "Search the log"), "cover")
    assert 0 < table.model().rowCount() < everything
    press_escape_in(stage, page)
    assert table.model().rowCount() == everything
    click(stage, "Whose log: All devices")
    click(stage, "gsme-1 · Gas meter")
    assert {table.model().index(row, 1).data() for row in range(table.model().rowCount())} == {"gsme-1"}
    QTest.keyClicks(stage.find(QLineEdit, "Search the log"), "no such thing")
    assert not table.isVisible()


def press_escape_in(stage: Stage, page: PremisesPage) -> None:
    """Escape, where the keyboard is."""
    page.log.search.setFocus()
    press(Qt.Key.Key_Escape)
    assert stage.shell.page_name() == "premises"


def test_the_probe_is_held_to_a_meter(make_stage: MakeStage) -> None:
    stage = make_stage()
    page = opened(stage, "two-flats")
    go_to_device(stage, page, "Electricity meter esme-2")
    click(stage, "Probe here")
    assert stage.shell.settings.link == "emulated:two-flats?days=1&device=esme-2"
    assert "esme-2" in page.panel.said.text()
    stage.wait(lambda: page.view is not None and page.view.probe == "esme-2")
    assert not stage.find(QPushButton, "Probe is here").isEnabled()
    assert "the probe is here" in page.plan.tiles["esme-2"].accessibleDescription()
    assert "the probe is here" not in page.plan.tiles["esme-1"].accessibleDescription()


def test_the_page_follows_the_link_that_is_in_use(make_stage: MakeStage) -> None:
    """What a person opened stays open; another link in the settings brings its own premises onto the page."""
    stage = make_stage()
    page = opened(stage, "dual-fuel")
    click(stage, "Back")
    stage.shell.go("premises")
    stage.wait(lambda: page._end is not None)
    assert page.view is not None
    assert page.view.link == "emulated:dual-fuel?days=1"
    click(stage, "Back")
    stage.shell.save_settings(replace(stage.shell.settings, link="emulated:single-element?days=1&opening=direct"))
    stage.shell.go("premises")
    stage.wait(lambda: page.view is not None and page.view.link == "emulated:single-element?days=1")
    assert page.view.probe == "esme-1"


def test_a_premises_that_is_none_is_told_with_what_to_do(make_stage: MakeStage) -> None:
    stage = make_stage()
    stage.shell.go("premises")
    page = stage.shell.page("premises")
    assert isinstance(page, PremisesPage)
    page.open("no-such-premises")
    stage.wait(lambda: "There is no premises" in page.notice.message)
    assert page.open_button.isEnabled()


def test_a_premises_is_started_again(make_stage: MakeStage) -> None:
    stage = make_stage()
    page = opened(stage, "single-element")
    page.faults_desk.switch("refuses-writes", "esme-1", True)
    stage.wait(lambda: page.view is not None and bool(page.view.faults))
    before = living(stage)
    click(stage, "Other premises…")
    click(stage, "Start again")
    stage.wait(lambda: page.part == "house" and page.view is not None and not page.view.faults)
    assert living(stage) is not before
    stage.wait(lambda: bool(page.log.model.lines))
    assert "fault refuses-writes begins" not in [line.what for line in page.log.model.lines]


def test_the_link_of_a_device_is_said_in_figures(make_stage: MakeStage) -> None:
    stage = make_stage()
    page = opened(stage, "stone-cottage")
    go_to_device(stage, page, "In-home display ihd-1")
    assert re.fullmatch(r"Link \w+: -\d+ dBm, LQI \d+", page.panel.link.text())
    go_to_device(stage, page, "Communications hub hub-1")
    assert page.panel.link.text() == "no WAN here"


def test_faults_are_switched_and_show_on_the_plan(make_stage: MakeStage) -> None:
    stage = make_stage()
    page = opened(stage, "stone-cottage")
    go_to_device(stage, page, "Gas meter gsme-1")
    click(stage, "Faults here")
    rows = page.faults.list
    stage.wait(lambda: rows.isVisible() and rows.model().rowCount() > 3)
    assert stage.find(QListView, "Faults") is rows
    assert all("gsme-1" in page.faults._items.rows[row].fault.devices for row in range(rows.model().rowCount()))
    page.faults.search.setText("weak-signal")
    assert rows.model().rowCount() == 1
    click(stage, "Weak signal at a device, gsme-1: off")
    stage.wait(lambda: page.faults.model.is_on("weak-signal", "gsme-1"))
    assert stage.find(QPushButton, "Weak signal at a device, gsme-1: on").isVisible()
    assert stage.find(QPushButton, "Show: Faults (1)").isVisible()
    stage.wait(lambda: page.log.model.lines[0].what == "fault weak-signal begins")
    click(stage, "Show: House")
    said = page.plan.tiles["gsme-1"].accessibleDescription()
    assert "1 fault is on" in said
    assert "link good" not in said
    click(stage, "Show: Faults (1)")
    click(stage, "Weak signal at a device, gsme-1: on")
    stage.wait(lambda: not page.faults.model.on)
    page.faults.search.setText("no such fault")
    assert not rows.isVisible()
    page.faults.search.setFocus()
    press(Qt.Key.Key_Escape)
    assert rows.isVisible()


def test_a_fault_is_switched_by_keyboard_alone(make_stage: MakeStage) -> None:
    stage = make_stage()
    page = opened(stage, "single-element")
    page.faults_at("esme-1")
    stage.wait(lambda: page.faults.list.hasFocus() and bool(page.faults.model.offered))
    before = page.faults.chosen
    press(Qt.Key.Key_Down)
    fault = page.faults.chosen
    assert fault is not None
    assert fault != before
    press(Qt.Key.Key_Return)
    stage.wait(lambda: page.faults.model.is_on(fault.name, "esme-1"))
    assert page.faults.chosen == fault


def test_everything_about_time_is_in_the_menu_too(make_stage: MakeStage) -> None:
    stage = make_stage()
    assert not stage.shell.registry["premises-pause"].enabled()
    page = opened(stage)
    shell = stage.shell
    shell.registry["premises-fast"].run()
    stage.wait(lambda: page.view is not None and page.view.pace is Pace.FAST)
    shell.registry["premises-pause"].run()
    stage.wait(lambda: page.view is not None and page.view.pace is Pace.PAUSED)
    shell.registry["premises-step"].run()
    stage.wait(lambda: page.view is not None and page.view.time_ms % 1_800_000 == 0)
    known = page.log.model.known
    shell.registry["premises-next"].run()
    stage.wait(lambda: page.log.model.known > known)
    for part, field in (("premises-log", page.log.search), ("premises-faults", page.faults.search)):
        shell.registry[part].run()
        shell.registry["search"].run()
        assert focus() is field
    shell.registry["premises-real"].run()
    shell.registry["premises-date"].run()
    assert isinstance(shell.sheet(), DateSheet)


def test_a_title_too_long_for_a_big_line_is_painted_small(make_stage: MakeStage) -> None:
    title = make_stage(wide=1024, high=640).shell.header.title
    title.setText("House with solar and a generation meter")
    assert not title.big
    assert title.lines() == [title.text()]
    image = title.grab().toImage()
    edge = {image.pixelColor(image.width() - 2, row).name() for row in range(image.height())}
    assert len(edge) == 1  # nothing is cut at the right


def test_live_work_has_no_premises(make_stage: MakeStage) -> None:
    stage = make_stage(live=True)
    assert not stage.shell.registry["go-premises"].enabled()
    names = [one.accessibleName() for one in stage.shell.findChildren(QPushButton) if one.isVisible()]
    assert "Premises" not in names
    stage.close()
    training = make_stage()
    assert training.shell.registry["go-premises"].enabled()
    click(training, "Premises")
    assert training.shell.page_name() == "premises"


async def test_the_terminal_refuses_premises_in_live_work(tmp_path: Path) -> None:
    terminal = Terminal(data_dir=tmp_path, training=False)
    with pytest.raises(HhtError) as refusal:
        _ = terminal.ground
    assert refusal.value.code == "not-in-live-work"
    await terminal.close()


# The real terminal, over real bytes ----------------------------------------------------------------------------------


@pytest.fixture
def hands(qtbot: QtBot, tmp_path: Path) -> Iterator[Hands]:
    hands = Hands(tmp_path / "data")
    yield hands
    hands.close()


@pytest.mark.timeout(120)
def test_what_is_done_at_the_premises_is_met_over_the_link(hands: Hands) -> None:
    """Time is moved ahead, the meter is read over its port: it is the same meter, and its clock is right there."""
    hands.until(lambda: hands.shell.open, "the store")
    hands.shell.go("premises")
    page = hands.shell.page("premises")
    assert isinstance(page, PremisesPage)
    page.open("emulated:smets2-read-only?days=1")
    hands.until(lambda: page.view is not None and bool(page.log.model.lines), "the premises")
    hands.until(lambda: page.panel.device == "esme-1", "the only device")
    began = page.view.time_ms if page.view is not None else 0
    hands.press("Probe here")
    hands.press("To a date…")
    hands.press("A week on")
    week_on = began + 7 * 86_400_000
    hands.until(lambda: page.view is not None and not page.view.going and page.view.time_ms >= week_on, "a week on")
    hands.press("Time: Pause")
    hands.until(lambda: page.time.text().endswith("paused"), "the pause")
    for _page in range(9):
        if page.panel.display.title.text().startswith("Electricity"):
            break
        hands.press("Next page")
    shown = page.panel.display.lines.text().split("\n")[0].removeprefix("Import ").removesuffix(" kWh")
    hands.shell.go("device")
    device = hands.shell.page("device")
    hands.press("Read meter")
    hands.until(lambda: getattr(device, "snapshot", None) is not None, "the meter over its port")
    snapshot = getattr(device, "snapshot")  # noqa: B009 typed as Page
    assert abs(snapshot.clock.drift_s) < 5
    assert (snapshot.clock.time - datetime.now(UTC)).days >= 6
    readings = {register.obis: register for register in snapshot.registers}
    assert float(shown) == pytest.approx(float(readings["1-0:1.8.0"].value), abs=0.01)


async def test_link_and_page_have_one_life(tmp_path: Path) -> None:
    """A write over the link is seen on the display; a fault that is switched on is met over the link."""
    terminal = Terminal(data_dir=tmp_path, training=True)
    link = "emulated:single-element?days=1"
    try:
        ground = terminal.ground
        await ground.open(link)
        ground.set_pace(Pace.PAUSED)
        meter = terminal._composer.meter(f"{link}&device=esme-1", AssociationOptions(training=True), None)
        await meter.open()
        view = ground.look_at("esme-1")
        assert clock_shown(view) != f"{to_datetime(view.time_ms):%Y-%m-%d %H:%M:%S} UTC"  # it is 37 s adrift
        ground.switch_fault("refuses-writes", "esme-1", True)
        with pytest.raises(HhtError):
            await meter.set_clock(tolerance_s=1)
        assert clock_shown(ground.view()) == clock_shown(view)
        ground.switch_fault("refuses-writes", "esme-1", False)
        await meter.set_clock(tolerance_s=1)
        shown = datetime.strptime(clock_shown(ground.view()), "%Y-%m-%d %H:%M:%S UTC").replace(tzinfo=UTC)
        assert abs((shown - to_datetime(ground.view().time_ms)).total_seconds()) <= 1
        told = [line.what for line in ground.lines(0)]
        assert "fault refuses-writes begins" in told
        await meter.close()
        again = await ground.start_again()
        assert again.faults == ()
        assert again.lines < view.lines + 5
    finally:
        await terminal.close()


def clock_shown(view: PremisesView) -> str:
    """The clock on the meter's display."""
    assert view.panel is not None
    return next(page for page in view.panel.pages if page.title == "Electricity").lines[-1]


async def test_a_fault_of_the_program_in_the_premises_is_told(tmp_path: Path) -> None:
    terminal = Terminal(data_dir=tmp_path, training=True)
    told: asyncio.Future[object] = asyncio.get_running_loop().create_future()
    asyncio.get_running_loop().set_exception_handler(lambda _loop, context: told.set_result(context["exception"]))
    try:
        ground = terminal.ground
        await ground.open("emulated:single-element?days=1")
        site = ground._opened()[1].site

        def fail() -> None:
            raise ZeroDivisionError

        site.agenda.after(3_600_000, fail)
        ground.go_to(to_datetime(site.now_ms) + timedelta(hours=2))
        assert isinstance(await asyncio.wait_for(told, 60), ZeroDivisionError)
    finally:
        await terminal.close()


async def test_a_goal_is_given_up_where_another_premises_is_opened(tmp_path: Path) -> None:
    terminal = Terminal(data_dir=tmp_path, training=True)
    try:
        ground = terminal.ground
        view = await ground.open("emulated:single-element?days=1")
        session = ground._opened()[1]
        ground.go_to(to_datetime(view.time_ms) + timedelta(days=3000))
        await ground.open("emulated:next-door?days=1")
        assert session.goal is None
        assert session.site.clock.speed == 1
    finally:
        await terminal.close()


async def test_a_goal_leaves_the_loop_quick(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """While time goes ahead by months, a turn of the loop sees no more of it than fits into a slice of time: by a clock
    that goes on by a quarter of that at each look, a hundred happenings."""
    terminal = Terminal(data_dir=tmp_path, training=True)
    try:
        ground = terminal.ground
        assert isinstance(ground, TrainingGround)
        view = await ground.open("emulated:dual-fuel?days=1")
        session = ground._opened()[1]
        agenda, looks, happenings = session.site.agenda, itertools.count(), 0
        run_to = agenda.run_to

        def happen(when_ms: int) -> None:
            nonlocal happenings
            happenings += 1
            run_to(when_ms)

        monkeypatch.setattr(agenda, "run_to", happen)
        monkeypatch.setattr(session, "_monotonic", lambda: next(looks) * SLICE_S / 4)
        ground.go_to(datetime.fromtimestamp(view.time_ms / 1000 + 20 * 86_400, UTC))
        turns: list[int] = []
        while ground.view().going:
            happenings = 0
            await asyncio.sleep(0)
            turns.append(happenings)
        assert sum(turns) > 1000
        assert max(turns) <= 200, "a slice, and what the meters' own clocks have due in the same turn"
    finally:
        await terminal.close()


def test_nothing_of_the_premises_has_the_keyboard_when_it_is_left(make_stage: MakeStage) -> None:
    stage = make_stage()
    page = opened(stage)
    click(stage, "Back")
    assert stage.shell.page_name() == "jobs"
    assert QApplication.focusWidget() is None or not page.isAncestorOf(QApplication.focusWidget())
    stage.shell.go("premises")
    stage.wait(lambda: page.part == "house" and page._end is not None)


@pytest.mark.timeout(240)
def test_a_walkthrough_meets_the_fault_and_the_pace_of_the_premises(hands: Hands) -> None:
    """A fault that is switched on fails the step; cured, it is done; at sixty times the pace, and a week later, the
    visit is completed."""
    hands.until(lambda: hands._jobs().model.loaded, "the job list")
    link = "emulated:single-element?days=1"
    hands.shell.save_settings(replace(hands.shell.settings, link=link))
    hands.open_job()
    while hands.view is not None and hands.view.current != "clock":
        hands.until(hands.settled, "the step")
        hands.do_next()
    hands.shell.go("premises")
    page = hands.shell.page("premises")
    assert isinstance(page, PremisesPage)
    hands.until(lambda: page.view is not None and page.view.link == link, "the premises of the visit")
    page.faults_desk.switch("refuses-writes", "esme-1", True)
    hands.until(lambda: page.view is not None and bool(page.view.faults), "the fault")
    hands.press("Back")
    step = play(hands, "clock")
    assert step.state is StepState.FAILED, step
    assert step.message
    hands.shell.go("premises")
    page.faults_desk.switch("refuses-writes", "esme-1", False)
    hands.until(lambda: page.view is not None and not page.view.faults, "the cure")
    page.ask(lambda ground: ground.set_pace(Pace.FAST))
    hands.press("Back")
    failed, visit = hands.view, hands.shell._visit_page()
    hands.until(lambda: SystemClock().monotonic() - visit._stop_gone_s >= SECOND_TAP_S, "a hand that has moved on")
    hands.press("Try again")
    hands.until(lambda: hands.view != failed, "another try")
    assert play(hands, "clock").state is StepState.DONE
    hands.shell.go("premises")
    began = page.view.time_ms if page.view is not None else 0
    page.go_to(to_datetime(began) + timedelta(days=7))
    hands.until(lambda: page.view is not None and page.view.time_ms > began + 6 * 86_400_000, "a week on")
    hands.press("Back")
    for _turn in range(40):
        hands.until(hands.settled, "the next question")
        if hands.view is not None and hands.view.outcome is not None:
            break
        hands.do_next()
    assert hands.view is not None
    assert hands.view.outcome is Outcome.COMPLETE


def play(hands: Hands, step_id: str) -> StepView:
    """Go on with that step until it has ended, one way or the other."""
    ended = (StepState.DONE, StepState.FAILED)
    for _turn in range(4):
        hands.until(hands.settled, "the step")
        assert hands.view is not None
        step = hands.view.step(step_id)
        if step.state in ended:
            return step
        hands.press("Continue")
        hands.until(lambda: hands.view is not None and hands.view.step(step_id) != step, "an answer")  # noqa: B023
    assert hands.view is not None
    return hands.view.step(step_id)


def test_so_much_of_a_fault_as_was_typed(make_stage: MakeStage) -> None:
    stage = make_stage()
    page = opened(stage, "stone-cottage")
    page.faults_at("weak-signal gsme-1")
    stage.wait(lambda: page.faults.list.hasFocus() and bool(page.faults.model.offered))
    assert page.faults.amount.isVisible()
    assert page.faults.amount.text() == "52"
    page.faults.amount.setText("200")
    click(stage, "Weak signal at a device, gsme-1: off")
    assert page.faults.amount.hasFocus()
    assert not page.faults.model.on
    page.faults.amount.setText("30")
    click(stage, "Weak signal at a device, gsme-1: off")
    stage.wait(lambda: page.faults.model.amount_at("weak-signal", "gsme-1") == 30)
    page.faults.amount.setText("44")
    page.faults.amount.setFocus()
    press(Qt.Key.Key_Return)
    stage.wait(lambda: page.faults.model.amount_at("weak-signal", "gsme-1") == 44)
    page.faults.search.setText("never-wakes")
    assert not page.faults.amount.isVisible()


def test_a_fault_is_planned_and_the_plan_given_up(make_stage: MakeStage) -> None:
    stage = make_stage()
    page = opened(stage, "stone-cottage")
    assert page.view is not None
    page.faults_at("weak-signal")
    stage.wait(lambda: page.faults.list.hasFocus() and bool(page.faults.model.offered))
    click(stage, "Plan…")
    sheet = next(iter(stage.shell.findChildren(FaultPlanSheet)))
    for begins, ends, much, complaint in (
        ("soon", "", "52", "no date"),
        ("2020-01-01 00:00", "", "52", "has passed"),
        ("2030-01-02 00:00", "2030-01-01 00:00", "52", "ends before"),
        ("2030-01-02 00:00", "", "500", "1 to 120 dB"),
    ):
        sheet.begins.setText(begins)
        sheet.ends.setText(ends)
        assert sheet.amount is not None
        sheet.amount.setText(much)
        sheet.finish()
        assert complaint in sheet.trouble.text()
    begins = to_datetime(page.view.time_ms) + timedelta(hours=1)
    sheet.places["gsme-1"].click()
    sheet.begins.setText(f"{begins:%Y-%m-%d %H:%M}")
    sheet.ends.setText(f"{begins + timedelta(hours=2):%Y-%m-%d %H:%M}")
    sheet.amount.setText("61")
    sheet.finish()
    stage.wait(lambda: bool(page.faults.model.plans))
    (plan,) = page.faults.model.plans
    assert (plan.name, plan.device, plan.amount) == ("weak-signal", "gsme-1", "61 dB")
    page.go_to(begins + timedelta(minutes=1))
    stage.wait(lambda: page.faults.model.amount_at("weak-signal", "gsme-1") == 61)
    words = f"Give up the plan: gsme-1, until {begins + timedelta(hours=2):%d %b %H:%M}, 61 dB"
    click(stage, words)
    stage.wait(lambda: not page.faults.model.plans)
    assert page.faults.model.is_on("weak-signal", "gsme-1")


@pytest.mark.requirement("CH-19")
def test_a_hubs_defect_radio_is_swapped_by_hand_and_the_display_reads_again(make_stage: MakeStage) -> None:
    stage = make_stage()
    page = opened(stage, "modular-hub")
    home = living(stage)
    home.faults.on("han-radio-defect", "hub-1")
    hub, display = home.find("hub-1"), home.find("ihd-1")
    assert isinstance(hub, CommunicationsHub)
    assert isinstance(display, HomeDisplay)
    assert display.collect().missing
    listed = dict(hub.device_log.entries)
    go_to_device(stage, page, "Communications hub hub-1")
    entry = stage.find(QLineEdit, "Swap its HAN module: its serial number and interface version")
    entry.setFocus()
    QTest.keyClicks(entry, "H-0002 2.1")
    press(Qt.Key.Key_Return)
    stage.wait(lambda: page.panel.said.text() == "Done")
    stage.wait(lambda: any("HAN module H-0001 was replaced by H-0002" in line.what for line in page.log.model.lines))
    assert home.find("hub-1") is hub
    assert hub.device_log.entries == listed
    assert not home.faults.active()
