"""A visit that is broken off while safety still asks for something: only work is skipped."""

from __future__ import annotations

from typing import Any

import pytest

from hht.clock import ManualClock
from hht.errors import HhtError
from hht.work.asking import NotNow
from hht.work.ending_early import SAFETY_FIRST, ending
from hht.work.journal import JournalEntry
from hht.work.view import Outcome, Question, StepState
from hht.work.visit import StepFailed, Visit
from hht.work.walkthrough import load_walkthrough
from tests.work.flow_model import GAS, HUB, START, MemoryJournal, entries_before, good, job

OF = job("install-dual-fuel", HUB, GAS)
AWAY = ending("called-away", now=START)


def visit_from(entries: list[JournalEntry], asked: list[str], **answers: str) -> tuple[Visit, MemoryJournal]:
    """A visit that goes on from a journal, with all well but for `answers` (__ for -, _ for /)."""
    journal = MemoryJournal(entries)
    told = {name.replace("__", "-").replace("_", "/"): value for name, value in answers.items()}

    async def ask(question: Question, error: HhtError | None) -> str | None:
        asked.append(question.id)
        return (
            None
            if error is not None
            else told.get(question.id, "yes" if question.id.endswith("?") else good(question, OF))
        )

    async def connect() -> Any:
        raise AssertionError("the probe is not needed any more")

    flow = load_walkthrough(OF.walkthrough).for_job(OF)
    return Visit(OF, flow, journal, connect, ManualClock(START), auto=True, ask=ask), journal  # type: ignore[arg-type]


async def test_amid_commissioning_it_goes_straight_to_the_leaving_check() -> None:
    asked: list[str] = []
    visit, _journal = visit_from(await entries_before(OF, "connect"), asked)
    with pytest.raises(NotNow) as caught:
        visit.end(AWAY)
    assert caught.value.code == SAFETY_FIRST
    assert "--break-off" in caught.value.remedy
    visit.break_off(AWAY)
    assert await visit.run() is Outcome.INSTALL_AND_LEAVE
    steps = [name.partition("/")[0] for name in asked]
    assert list(dict.fromkeys(steps)) == ["leaving-check", "hand-over"]
    assert "leaving-check/gas" in asked, "each fuel that was worked on"
    skipped = visit.view.step("ask-commission-esme")
    assert (skipped.state, skipped.code) == (StepState.LEFT, "broken-off")
    told = {one.name: one.reason for one in visit.record.undone}
    assert AWAY.row.text in told["ask-commission-esme"]
    assert "load" not in told


async def test_while_a_supply_is_off_what_switches_it_on_again_is_asked_first() -> None:
    """At each step of the fuel; and one that was broken off is taken up as that."""
    entries = await entries_before(OF, "fit-meter")
    asked: list[str] = []
    visit, journal = visit_from(entries, asked)
    visit.break_off(AWAY)
    visit, _journal = visit_from(journal.entries(), asked)
    assert await visit.run() is Outcome.INSTALL_AND_LEAVE
    steps = list(dict.fromkeys(name.partition("/")[0] for name in asked))
    assert steps == ["fit-meter", "energise", "live-tests", "load", "seals", "leaving-check", "hand-over"]
    assert visit.view.step("gas-warning").state is StepState.LEFT, "nobody opens another meter"


async def test_a_stop_stays_one_in_a_visit_that_was_broken_off() -> None:
    asked: list[str] = []
    visit, _journal = visit_from(await entries_before(OF, "energise"), asked, live__tests_loop="9.5")
    visit.break_off(AWAY)
    assert await visit.run() is Outcome.MADE_SAFE
    assert "live-tests/notice" in asked
    assert "leaving-check/safe" not in asked


async def test_where_nothing_was_opened_it_just_ends_and_at_a_stop_it_does_not() -> None:
    visit, _journal = visit_from(await entries_before(OF, "isolate"), [])
    with pytest.raises(NotNow) as caught:
        visit.break_off(AWAY)
    assert "nothing more" in caught.value.message
    stopped: list[str] = []
    visit, journal = visit_from(
        await entries_before(OF, "live-tests"), stopped, live__tests_loop="9.5", live__tests_notice=""
    )
    with pytest.raises(StepFailed):
        await visit.run()
    with pytest.raises(NotNow) as caught:
        visit_from(journal.entries(), [])[0].break_off(AWAY)
    assert "safety stop" in caught.value.message
