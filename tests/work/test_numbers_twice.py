"""Numbers that tell one thing from another: of two old meters' return tags, and of a tag and a seal."""

from __future__ import annotations

import functools
from typing import Any

import pytest

from hht.clock import ManualClock
from hht.errors import HhtError
from hht.work.journal import JournalEntry
from hht.work.view import Question, StepState
from hht.work.visit import StepFailed, Visit
from hht.work.walkthrough import load_walkthrough
from tests.work.flow_model import GAS, HUB, START, MemoryJournal, entries_before, good, job

BOTH = job("install-dual-fuel", HUB, GAS)


@functools.cache
def _electricity_done() -> list[list[JournalEntry]]:
    return []


async def tagged(number: str) -> Visit:
    """The gas meter's return tag is said to have this number, once electricity is done."""
    if not _electricity_done():
        _electricity_done().append(await entries_before(BOTH, "gas-exchange"))
    journal = MemoryJournal(list(_electricity_done()[0]))

    async def ask(question: Question, error: HhtError | None) -> str | None:
        if not question.id.startswith("gas-exchange/") or error is not None:
            return None
        return number if question.id.endswith("/tag") else good(question, BOTH)

    async def connect() -> Any:
        raise AssertionError("no meter is spoken to here")

    flow = load_walkthrough(BOTH.walkthrough).for_job(BOTH)
    visit = Visit(BOTH, flow, journal, connect, ManualClock(START), auto=True, ask=ask)
    with pytest.raises(StepFailed):  # the step itself, or the next, which nobody answers
        await visit.run()
    return visit


@pytest.mark.parametrize(
    ("number", "of"),
    [
        ("sn-SEALS/tag", "Return tag of the old meter"),
        ("SN-seals/cut-out", "New seal on the cut-out"),
    ],
)
async def test_two_old_meters_have_two_return_tags(number: str, of: str) -> None:
    step = (await tagged(number)).view.step("gas-exchange")
    assert (step.state, step.code) == (StepState.FAILED, "tag-twice")
    assert of in step.message
    assert "read it off once more" in step.remedy
    assert (await tagged("TAG-OF-GAS")).view.step("gas-exchange").state is StepState.DONE
