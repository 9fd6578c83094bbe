"""Crossed meters in the window: the picture of a load step."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from hht.work.load_step import Reading, Turn, weigh
from hht.work.load_watch import picture, watch_facts
from hht.work.view import StepState
from tests.window.flow_scenes import view_at
from tests.window.load_scenes import with_facts
from tests.work.flow_model import job

if TYPE_CHECKING:
    from tests.window.scenes import Stage

OF = job("crossed-meters")


def _turn(number: int) -> Turn:
    wh = [number * 50.0 + look * (2.0 if number % 2 else 0.25) for look in range(21)]
    return Turn(bool(number % 2), tuple(Reading(number * 70.0 + 3 * at, float(int(one))) for at, one in enumerate(wh)))


def _picture(stage: Stage) -> None:
    weighed = weigh([_turn(number) for number in range(5)], 2000, 1)
    facts = (*watch_facts(weighed), picture(weighed, 2000))
    stage.show_visit(with_facts(view_at("load-step", of=OF), "load-step", facts, StepState.READY))


CROSSED_SCENES: dict[str, Callable[[Stage], None]] = {"crossed-load-step": _picture}
