"""However much a link pours out, a turn of the window's loop takes in a slice of it; what is left out is told."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime

import pytest
from PySide6.QtCore import QCoreApplication, QObject
from pytestqt.qtbot import QtBot

from hht.link import TraceEvent, TraceKind
from tests.window.scenes import Stage
from ui.services import TraceLine
from ui.window.trace_drawer import BATCH, TraceDrawer
from ui.window.trace_flow import TURN, WAITING, Gathered, Parcel, TraceFlow

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)


def line(number: int) -> TraceLine:
    return TraceLine(TraceEvent(NOON, number / 1000, "tcp:x", TraceKind.RX, b"\x7e"), "hdlc", f"line {number}")


def lines(count: int) -> list[TraceLine]:
    return [line(number) for number in range(count)]


class Shown:
    """What a flow shows, slice by slice."""

    def __init__(self, qtbot: QtBot) -> None:
        self.slices: list[list[str]] = []
        self._parent = QObject()
        self.flow = TraceFlow(self._parent, lambda found: self.slices.append([one.summary for one in found]))
        self._qtbot = qtbot

    def wait(self, count: int) -> list[str]:
        """Until so many lines are shown; all of them."""
        self._qtbot.waitUntil(lambda: sum(map(len, self.slices)) >= count)
        for _turn in range(3):
            QCoreApplication.processEvents()
        return [words for slice_ in self.slices for words in slice_]


def test_a_parcel_is_shown_slice_by_slice_in_its_order(qtbot: QtBot) -> None:
    shown = Shown(qtbot)
    shown.flow.arrived((lines(3 * TURN + 1), 0))
    assert len(shown.slices) == 1, "one slice in the turn in which it came"
    shown.flow.arrived(([line(9999)], 0))
    assert len(shown.slices) == 1, "what comes behind it waits too"
    told = shown.wait(3 * TURN + 2)
    assert told == [*(one.summary for one in lines(3 * TURN + 1)), "line 9999"]
    assert max(map(len, shown.slices)) == TURN


@pytest.mark.parametrize(("parcels", "lost_before"), [([WAITING + 500], 0), ([WAITING, WAITING], 7)])
def test_what_has_no_room_is_left_out_the_oldest_first_and_a_line_says_how_much(
    qtbot: QtBot, parcels: list[int], lost_before: int
) -> None:
    shown = Shown(qtbot)
    all_lines = lines(sum(parcels))
    at = 0
    for count in parcels:
        shown.flow.arrived((all_lines[at : at + count], lost_before if not at else 0))
        at += count
    told = shown.wait(WAITING)
    said = [words for words in told if "left out" in words]
    lost = sum(int(words.split()[0].replace(",", "")) for words in said)
    kept = [words for words in told if "left out" not in words]
    assert len(kept) + lost == sum(parcels) + lost_before
    assert kept[-1] == all_lines[-1].summary
    assert said


async def test_what_one_turn_of_the_core_brings_is_one_parcel() -> None:
    parcels: list[Parcel] = []
    gathered = Gathered(parcels.append)
    for one in lines(50):
        gathered.hear(one)
    assert parcels == []
    await asyncio.sleep(0)
    assert [(len(found), lost) for found, lost in parcels] == [(50, 0)]
    for one in lines(WAITING + 3):
        gathered.hear(one)
    await asyncio.sleep(0)
    found, lost = parcels[-1]
    assert (len(found), lost, found[-1].summary) == (WAITING, 3, f"line {WAITING + 2}")


async def test_a_line_from_elsewhere_goes_over_at_once() -> None:
    parcels: list[Parcel] = []
    gathered = Gathered(parcels.append)
    await asyncio.to_thread(gathered.hear, line(1))
    assert [len(found) for found, _lost in parcels] == [1]


def test_a_flood_reaches_the_open_trace_in_slices(
    make_stage: Callable[..., Stage], monkeypatch: pytest.MonkeyPatch
) -> None:
    stage = make_stage()
    stage.shell.show_trace()
    drawer = stage.shell.sheet()
    assert isinstance(drawer, TraceDrawer)
    added: list[int] = []
    real = drawer.items.append
    monkeypatch.setattr(drawer.items, "append", lambda rows: (added.append(len(rows)), real(rows)))
    before = len(drawer.items.rows)
    stage.shell.trace_flow.arrived((lines(5 * BATCH), 0))
    stage.wait(lambda: len(drawer.items.rows) == before + 5 * BATCH)
    assert max(added) <= BATCH
    assert drawer.items.rows[-1][-1].endswith(f"line {5 * BATCH - 1}")
