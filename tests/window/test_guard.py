"""What affects supply asks for the pass phrase again where it was given long ago; nothing else does."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any, cast

import pytest

from hht.clock import ManualClock
from hht.desk.kinds import AskKind
from hht.errors import HhtError
from hht.packs.locker import Facts, Locker
from hht.work.actions import ACTIONS
from hht.work.supplier_requests import REQUESTS
from hht.work.supply_acts import affects_supply, supply_acts
from hht.work.view import StepState, VisitView
from hht.work.walkthrough import load_walkthrough, walkthrough_names
from tests.packs.making import ARM, READ_MPAN, command, entry
from tests.packs.making import pack as a_pack
from tests.window import samples
from tests.window.scenes import Stage
from ui.guard import AGAIN, Guard, GuardedVisit
from ui.pack_facts import pack_facts
from ui.window.lock_sheet import LockSheet

NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)
LATER_S = 60 * supply_acts().minutes + 1


class Played:
    """A visit whose step in turn stands as told."""

    def __init__(self, view: VisitView) -> None:
        self.view = view
        self.done: list[str] = []

    def proceed(self) -> None:
        self.done.append("proceed")

    def retry(self) -> None:
        self.done.append("retry")


def guarded(
    state: StepState, *, supply: bool, training: bool = False
) -> tuple[GuardedVisit, Played, Guard, ManualClock]:
    view = samples.visit("registers", state)
    view = replace(view, steps=tuple(replace(step, supply=supply and step.id == view.current) for step in view.steps))
    played, clock = Played(view), ManualClock(NOW)
    guard = Guard(clock, cast(Any, None), training=training)
    return GuardedVisit(cast(Any, played), guard), played, guard, clock


@pytest.mark.parametrize("act", ["proceed", "retry"])
@pytest.mark.parametrize("state", [StepState.READY, StepState.FAILED, StepState.UNKNOWN])
def test_a_step_that_affects_supply_does_not_begin_long_after_the_pass_phrase(act: str, state: StepState) -> None:
    visit, played, guard, clock = guarded(state, supply=True)
    clock.advance(LATER_S - 1)
    getattr(visit, act)()
    clock.advance(1)
    with pytest.raises(HhtError) as caught:
        getattr(visit, act)()
    assert (caught.value.code, played.done) == (AGAIN, [act])
    guard.given()
    getattr(visit, act)()
    assert played.done == [act, act]


def test_nothing_else_is_held_up_and_training_never() -> None:
    for supply, training in ((False, False), (True, True)):
        visit, played, _guard, clock = guarded(StepState.READY, supply=supply, training=training)
        clock.advance(LATER_S)
        visit.proceed()
        assert played.done == ["proceed"]


def test_nor_does_it_begin_by_continuing_from_the_step_before() -> None:
    visit, played, _guard, clock = guarded(StepState.DONE, supply=False)
    steps = list(played.view.steps)
    after = [step.id for step in steps].index(played.view.current) + 1
    steps[after] = replace(steps[after], state=StepState.WAITING, supply=True)
    played.view = replace(played.view, steps=tuple(steps))
    clock.advance(LATER_S)
    with pytest.raises(HhtError):
        visit.proceed()
    assert played.done == []


@pytest.mark.parametrize(("kind", "held"), [(AskKind.ENABLE_SUPPLY, True), (AskKind.READ_BALANCE, False)])
def test_of_asks_and_packs_those_that_affect_supply_are_held_up(kind: AskKind, held: bool) -> None:
    clock = ManualClock(NOW)
    guard = Guard(clock, cast(Any, None))
    clock.advance(LATER_S)
    plain, told = entry("mpan", command()), entry("arm", command(ARM if held else READ_MPAN, 1001))
    made = a_pack(plain, told)
    pack = pack_facts(made, Locker(made, ()), Facts(NOW))
    acts: list[Callable[[], None]] = [
        lambda: guard.require_for_ask(cast(Any, SimpleNamespace(ask=SimpleNamespace(kind=kind)))),
        lambda: guard.require_for_pack([cast(Any, pack)]),
    ]
    for act in acts:
        if held:
            with pytest.raises(HhtError, match="affects the supply"):
                act()
        else:
            act()


def test_setting_the_clock_back_or_sleeping_wins_no_time() -> None:
    class Two:
        def __init__(self) -> None:
            self.wall, self.steady = ManualClock(NOW), 0.0

        def now(self) -> datetime:
            return self.wall.now()

        def monotonic(self) -> float:
            return self.steady

    for asleep in (True, False):
        clock = Two()
        guard = Guard(clock, cast(Any, None))
        if asleep:
            clock.wall.advance(LATER_S)
        else:
            clock.steady = LATER_S
        with pytest.raises(HhtError):
            guard.require()


def test_the_catalogue_names_what_there_is() -> None:
    acts = supply_acts()
    assert acts.actions <= set(ACTIONS)
    assert acts.requests <= set(REQUESTS)
    assert acts.asks <= {kind.value for kind in AskKind}
    steps = [step for name in walkthrough_names() for step in load_walkthrough(name).steps if affects_supply(step)]
    assert {step.request for step in steps} - {""} == acts.requests
    assert {step.action.name for step in steps} >= acts.actions


def test_the_window_asks_for_it_where_it_is_wanted(make_stage: Callable[..., Stage]) -> None:
    stage = make_stage(live=True)
    stage.shell.show_error(HhtError("x", remedy="y", code=AGAIN))
    sheet = stage.shell.sheet()
    assert isinstance(sheet, LockSheet)
    assert stage.shell.lock.locked
