"""Load control in the window: the day under an offset, a label as it is typed, and the test of a switch."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from functools import cache
from typing import TYPE_CHECKING

from hht.client.load_control import AuxiliarySwitch, LoadControl, ScheduleEntry, TariffCalendar
from hht.work.offset_effect import OffsetEffect, effect_fact, effect_facts, effect_of
from hht.work.view import Fact, StepState, Tone, VisitView
from hht.work.waiting import countdown
from tests.window import samples
from tests.window.flow_scenes import view_at
from tests.work.flow_model import HCALCS, HUB, job

if TYPE_CHECKING:
    from tests.window.scenes import Stage

OF = job(
    "load-control",
    HUB,
    HCALCS,
    switches=[
        {"number": 1, "label": "Storage heaters", "on": "00:30-07:30"},
        {"number": 2, "label": "Hot water", "on": "00:30-07:30,13:00-16:00", "boost": True},
        {"number": 3, "label": "Car charger", "on": "01:00-05:00"},
    ],
)
_WEEK = (True,) * 7
_SPANS = {1: [(1800, 27_000)], 2: [(1800, 27_000), (46_800, 57_600)], 3: [(3600, 18_000)]}


@cache
def effect(limit_s: int = 900) -> OffsetEffect:
    """A bungalow with storage heaters on a night rate."""
    switches = tuple(AuxiliarySwitch(one.number, one.label, one.number == 3, False, "", None) for one in OF.switches)
    entries = [
        ScheduleEntry(number, closes, at, _WEEK, None)
        for number, spans in _SPANS.items()
        for span in spans
        for at, closes in zip(span, (True, False), strict=True)
    ]
    tariff = TariffCalendar("NIGHT", (((1, 1), "W"),), {"W": (1,) * 7}, {1: ((1800, 2), (27_000, 1))}, ())
    load = LoadControl(switches, tuple(entries), (), tariff)
    return effect_of(load, Decimal("0.5233"), limit_s, date(2026, 3, 3))


def with_facts(view: VisitView, step: str, facts: tuple[Fact, ...], state: StepState) -> VisitView:
    """The visit with these facts in the step."""
    steps = (replace(one, facts=facts, state=state) if one.id == step else one for one in view.steps)
    return replace(view, steps=tuple(steps))


def _offset(stage: Stage) -> None:
    found = effect()
    facts = (Fact("Randomised offset limit", "now 0 s → will be 900 s"), effect_fact(found), *effect_facts(found)[3:])
    view = view_at("randomised-offset", of=OF, desk=True)
    stage.show_visit(with_facts(view, "randomised-offset", facts, StepState.READY))


def _waiting(stage: Stage) -> None:
    due = samples.NOW + timedelta(seconds=47)
    facts = (
        Fact("Test", "closed for 1 min, then the meter ends it by itself"),
        Fact("Automatic end", countdown(due, 47.0), Tone.PLAIN, until=due),
    )
    view = view_at("switch-test-1", of=OF, desk=True)
    stage.show_visit(with_facts(view, "switch-test-1", facts, StepState.STARTED))


def _scene(step: str, question: str = "", bad: str = "") -> Callable[[Stage], None]:
    return lambda stage: stage.show_visit(view_at(step, question, bad, of=OF, desk=True))


def _label(stage: Stage) -> None:
    stage.show_visit(view_at("label-switches", "label-switches/label-2", of=OF, desk=True))
    entry = stage.shell._visit_page().card.question._entry
    assert entry is not None
    entry.setText("Château hot water")
    stage.pause()


LOAD_SCENES: dict[str, Callable[[Stage], None]] = {
    "load-offset": _offset,
    "load-label": _label,
    "load-safe": _scene("test-safe-1", "test-safe-1/nobody"),
    "load-not-tested": _scene("test-safe-1", "test-safe-1/cylinder"),
    "load-test": _scene("switch-test-1"),
    "load-test-waiting": _waiting,
}
