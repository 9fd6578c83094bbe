"""What expires next: a warning in the head, and the sheet with all of it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import TYPE_CHECKING

from hht.work.timeline import Timer
from hht.work.timer_rules import TimerKind
from tests.window import samples

if TYPE_CHECKING:
    from tests.window.scenes import Stage

LEFT = {
    TimerKind.HUB_WINDOW: timedelta(minutes=9, seconds=41),
    TimerKind.JOIN: timedelta(minutes=41),
    TimerKind.GAS_WAKE: timedelta(minutes=12),
    TimerKind.SUPPLY_OFF: timedelta(minutes=31),
    TimerKind.LONE_WORKER: timedelta(minutes=28),
    TimerKind.APPOINTMENT: timedelta(hours=3, minutes=20),
    TimerKind.PACK: timedelta(hours=30),
    TimerKind.REGISTRATION: timedelta(days=120),
    TimerKind.INSTRUMENT: timedelta(days=-2),
}
ABOUT = {
    TimerKind.JOIN: "J-1042, The display joins",
    TimerKind.SUPPLY_OFF: "J-1042, electricity",
    TimerKind.APPOINTMENT: "J-1044",
    TimerKind.PACK: "Pack 7 of Example Energy (fictional)",
    TimerKind.REGISTRATION: "MOCOPA (electricity) EL-7",
    TimerKind.INSTRUMENT: "Loop impedance tester LOOP-2",
}


def timers() -> tuple[Timer, ...]:
    """One of each kind."""
    return tuple(Timer(kind, ABOUT.get(kind, "J-1042"), samples.NOW + left) for kind, left in LEFT.items())


def _warned(scene: str) -> Callable[[Stage], None]:
    def play(stage: Stage) -> None:
        stage.services.timer_list = timers()
        stage.shell.timeline.ask()
        if scene == "jobs":
            stage.pause()
        else:
            stage.visit(scene)
        stage.pause()  # ends with a tick, which may ask
        stage.pause()

    return play


def _sheet(stage: Stage) -> None:
    _warned("jobs")(stage)
    stage.shell.timeline.open_sheet()
    stage.pause()


def _nothing(stage: Stage) -> None:
    stage.shell.timeline.open_sheet()
    stage.pause()


TIMELINE_SCENES: dict[str, Callable[[Stage], None]] = {
    "jobs-warned": _warned("jobs"),
    "visit-warned": _warned("confirm"),
    "timeline": _sheet,
    "timeline-empty": _nothing,
}
