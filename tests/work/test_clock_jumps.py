"""The terminal's clock leaps by a day, or stands still while it sleeps: what runs out is told as it is, or that it is
not known; a step that fails meanwhile says so, and nothing goes into a meter by a clock that went back."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from pathlib import Path

import pytest

from hht.clock import ManualClock
from hht.link import LinkLost
from hht.work.progress import VisitProgress
from hht.work.timeline import Timer, Urgency, Watch, worth_telling
from hht.work.timer_rules import TimerKind
from hht.work.timers import visit_timers
from hht.work.view import StepState
from hht.work.visit import StepFailed
from hht.work.walkthrough import load_walkthrough
from tests.work.conftest import START as BEGAN
from tests.work.conftest import Rig, answers
from tests.work.flow_model import GAS, HUB, START, entries_before, job
from tests.work.small_meter import SmallMeter

DAY = timedelta(days=1)
OF = job("install-dual-fuel", HUB, GAS)
FLOW = load_walkthrough(OF.walkthrough).for_job(OF)
RUNNING = {  # the step that the visit stands before -> what runs then, all of it begun at START
    "energise": {TimerKind.SUPPLY_OFF, TimerKind.LONE_WORKER},
    "ask-let-esme-in": {TimerKind.HUB_WINDOW, TimerKind.LONE_WORKER},
}


class SetClock(ManualClock):
    """One that somebody may set."""

    def set(self, by: timedelta) -> None:
        self._now += by


def running(step: str) -> dict[TimerKind, Timer]:
    entries = asyncio.run(entries_before(OF, step))
    return {timer.kind: timer for timer in visit_timers(OF, VisitProgress(FLOW, entries))}


@pytest.mark.parametrize("step", RUNNING)
def test_set_back_by_a_day_nothing_claims_to_know_what_is_left(step: str) -> None:
    timers = running(step)
    assert RUNNING[step] <= set(timers)
    for kind in RUNNING[step]:
        timer, now = timers[kind], START - DAY
        assert timer.unclear(now)
        assert (timer.urgency(now), timer.left_words(now)) == (Urgency.NEAR, "not known")
        assert "the terminal's clock went back since it began" in timer.words(now)
        assert timer.words(now).endswith(kind.before)
        assert not timer.unclear(START), "put right, it is as it was"
        assert timer.urgency(START) is Urgency.AHEAD
    watch = Watch()
    first = watch.look(timers.values(), START - DAY)
    assert {one.timer.kind for one in first} >= RUNNING[step]
    assert not [one for one in watch.look(timers.values(), START - DAY) if one.timer.kind in RUNNING[step]], "said once"


@pytest.mark.parametrize("step", RUNNING)
def test_a_day_ahead_it_is_over_and_a_supply_that_is_off_still_told(step: str) -> None:
    """The same as after a night asleep."""
    timers = running(step)
    for kind in RUNNING[step]:
        timer, now = timers[kind], START + DAY
        assert (timer.urgency(now), timer.left_words(now)) == (Urgency.OVER, "over")
        assert "is over since" in timer.words(now)
    told = {timer.kind for timer in worth_telling(timers.values(), START + DAY)}
    assert (TimerKind.SUPPLY_OFF in told) is (step == "energise")
    assert {one.timer.kind for one in Watch().look(timers.values(), START + DAY) if one.over} >= RUNNING[step]


@pytest.mark.parametrize(
    ("by", "code", "words"),
    [
        (DAY, "computer-slept", "slept for 1440 min, or its clock was set"),
        (-DAY, "clock-set", "was set back by 1440 min"),
    ],
)
async def test_a_step_that_fails_as_the_clock_leaps_says_so_and_the_visit_goes_on(
    tmp_path: Path, by: timedelta, code: str, words: str
) -> None:
    clock = SetClock(BEGAN)
    meter = SmallMeter(clock)
    rig = Rig(tmp_path, meter, clock)

    def lost(name: str) -> None:
        if name == "read-registers":
            clock.set(by)
            meter.disturb = lambda _name: None
            raise LinkLost("The probe was unplugged.", remedy="Plug it in again.")

    meter.disturb = lost
    with pytest.raises(StepFailed) as caught:
        await rig.visit(ask=answers).run()
    assert caught.value.code == code
    assert words in caught.value.message
    visit = rig.visit(ask=answers)
    if by > timedelta(0):
        await visit.run()
        assert {step.state for step in visit.view.steps} == {StepState.DONE}
        return
    with pytest.raises(StepFailed) as caught:
        await visit.run()
    assert (caught.value.code, caught.value.details["step"]) == ("terminal-clock", "clock")
    assert "went back: this visit has an entry of" in caught.value.message
    assert meter.writes == {}
    clock.set(DAY + timedelta(minutes=1))
    await rig.visit(ask=answers).run()
    assert meter.writes["clock"] == 1
