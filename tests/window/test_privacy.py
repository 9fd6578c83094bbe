"""A customer looks on: no other job is named on any page while a visit is open, and one key covers everything."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QAbstractItemView, QWidget

from hht.clock import ManualClock
from hht.errors import HhtError
from hht.work.timeline import Timer
from hht.work.timer_rules import TimerKind
from tests.packs.at_home import pack_of
from tests.window import day_scenes, outbox_scenes, pack_scenes, samples
from tests.window.keys import focus, press
from tests.window.scenes import Stage
from tests.window.test_lock import seen
from ui.window import files
from ui.window.jobs_page import JobsPage
from ui.window.privacy import SHOWN_S, CoverSheet
from ui.window.row_list import ROW

MakeStage = Callable[..., Stage]
LISTED = {"jobs": "Template Court", "outbox": "J-1050", "packs": "J-2077", "desk": "J-2077", "van": "J-1044"}
OTHERS = ("J-1041", "J-1043", "J-1044", "J-1038", "J-1050", "J-1051", "J-2077", "Template Court", "Old Mock-up",
          "Quay Walk", "3 Sample Row")  # fmt: skip


def everywhere(stage: Stage) -> str:
    """All that is to be seen, rows of lists and what a screen reader says too."""
    return "\n".join([*seen(stage), *listed(stage), stage.shell.windowTitle(), stage.shell.window().windowTitle()])


def listed(stage: Stage) -> Iterator[str]:
    for view in stage.shell.findChildren(QAbstractItemView):
        model = view.model() if view.isVisible() else None
        for line in range(model.rowCount() if model is not None else 0):
            index = model.index(line, 0)
            row = index.data(ROW)
            yield f"{index.data(Qt.ItemDataRole.DisplayRole)} {row} {getattr(row, 'spoken', '')}"


def named(stage: Stage) -> list[str]:
    """The other jobs, and what tells of them, that are to be seen."""
    text = everywhere(stage)
    return [other for other in OTHERS if other in text]


def planted(stage: Stage) -> None:
    """Other people's jobs in everything that the terminal keeps."""
    radio, now = stage.services.radio, samples.NOW
    outbox_scenes.ended_visit(stage, "J-1050")
    day_scenes.with_van(stage)
    radio.desks.new("J-2077", "set-mpan", samples.DEVICE_ID, "ESME", {"mpan": samples.MPAN}, test_identifiers=True)
    radio.link = pack_scenes.ONE_HOME
    radio.packs.take(pack_of(ManualClock(now), *pack_scenes.usual(), job="J-2077"), "visit.pack")
    stage.services.timer_list = (Timer(TimerKind.HUB_WINDOW, "J-1043, the hub", now),)


def at_home(make_stage: MakeStage) -> Stage:
    stage = make_stage(wide=1024, high=640)
    planted(stage)
    stage.visit("check")
    stage.shell.timeline.ask()
    stage.pause()
    return stage


def jobs(stage: Stage) -> JobsPage:
    page = day_scenes.jobs_page(stage)
    stage.pause()
    return page


def test_no_page_names_another_job_while_a_visit_is_open(make_stage: MakeStage) -> None:
    stage = at_home(make_stage)
    for page in ("visit", "devices", "han"):
        stage.shell.go(page)
        stage.pause()
        assert named(stage) == [], page
    for page, other in LISTED.items():
        stage.shell.go(page)
        stage.shell.privacy.toggle()
        stage.wait(lambda: other in named(stage))  # noqa: B023 waited for here: the test sees what there is to be seen
        stage.shell.privacy.toggle()
        stage.wait(lambda: named(stage) == [])
        stage.pause()
        assert named(stage) == [], page
        assert "J-1042 alone" in stage.shell.header.title.text()


def test_no_sheet_names_another_job(make_stage: MakeStage, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    stage = at_home(make_stage)
    for name in ("J-1043-report.pdf", "J-1042-report.pdf"):
        (tmp_path / name).write_bytes(b"%PDF")
    monkeypatch.setattr(files, "home", lambda: tmp_path)
    for open_sheet in (
        stage.shell.show_palette, stage.shell.timeline.open_sheet,
        lambda: stage.shell.pick_file("Open", (".pdf",), lambda _path: None),
        lambda: stage.shell.pick_new_file("Save", "J-1042-report.pdf", lambda _path: None),
    ):  # fmt: skip
        for others in (True, False):
            open_sheet()
            sheet = stage.shell.sheet()
            assert sheet is not None
            assert ("J-1043" in named(stage)) is not others
            assert others is False or named(stage) == []
            sheet.close_sheet()
            stage.shell.privacy.toggle()


def test_the_others_are_shown_when_asked_for_and_hide_again(make_stage: MakeStage) -> None:
    stage = at_home(make_stage)
    page = jobs(stage)
    assert [row.job.reference for row in page.model.rows(page._today())] == ["J-1042"]
    page.others_button.click()
    stage.pause()
    assert "Template Court" in named(stage)
    page.others_button.click()
    stage.pause()
    assert named(stage) == []
    page.others_button.click()
    stage.pause()
    stage.clock.advance(SHOWN_S + 1)
    stage.pause()  # and its clock ticks
    stage.wait(lambda: named(stage) == [])
    page.others_button.click()
    stage.shell.go("visit")
    jobs(stage)
    assert named(stage) == [], "another page was shown"


def test_what_comes_in_meanwhile_is_counted_and_told_when_the_others_are_shown(
    make_stage: MakeStage, tmp_path: Path
) -> None:
    stage = at_home(make_stage)
    page = jobs(stage)
    path = tmp_path / "job.json"
    path.write_text(day_scenes.today_job(reference="J-2077"))
    stage.shell.arrivals.take([path])
    stage.wait(lambda: "1 thing came in" in everywhere(stage))
    assert named(stage) == []
    page.others_button.click()
    stage.wait(lambda: "J-2077 is kept" in everywhere(stage))


def test_one_key_covers_everything_and_shows_it_again_as_it_was(make_stage: MakeStage) -> None:
    stage = at_home(make_stage)
    jobs(stage)
    before = focus()
    press(Qt.Key.Key_F2)
    stage.pause()
    assert isinstance(stage.shell.sheet(), CoverSheet)
    assert named(stage) == []
    assert "J-1042" not in everywhere(stage)
    stage.shell.show_error(HhtError("12 Specimen Street", remedy="", code="x"))  # comes up meanwhile
    stage.shell.go("device")
    stage.pause()
    assert "Specimen" not in everywhere(stage)
    assert not stage.shell.attended
    press(Qt.Key.Key_F2)
    stage.pause()
    assert "12 Specimen Street" in everywhere(stage)
    sheet = stage.shell.sheet()
    assert sheet is not None
    press(Qt.Key.Key_F2)  # over a sheet too
    stage.pause()
    assert "Specimen" not in everywhere(stage)
    press(Qt.Key.Key_Escape)
    stage.pause()
    assert stage.shell.sheet() is sheet, "Escape takes the cover away, and nothing else"
    assert sheet.isAncestorOf(focus())
    assert isinstance(before, QWidget)


def test_a_covered_window_locks_itself_all_the_same(make_stage: MakeStage) -> None:
    stage = make_stage(wide=1024, high=640, live=True)
    press(Qt.Key.Key_F2)
    assert stage.shell.privacy.covered
    stage.clock.advance(301)
    stage.shell._tick()
    assert stage.shell.lock.locked
    press(Qt.Key.Key_F2)
    assert stage.shell.lock.locked
    assert not stage.shell.privacy.covered
    assert not stage.shell.desk.isVisible()
