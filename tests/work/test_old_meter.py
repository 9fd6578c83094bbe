"""The meter that comes off: another serial number is decided on before anything is isolated, and an odd reading is
asked about; the engine asks, a script of answers is the person."""

from __future__ import annotations

from typing import Any

import pytest

from hht.clock import ManualClock
from hht.errors import HhtError
from hht.work.job import Job
from hht.work.view import Question, StepState
from hht.work.visit import StepFailed, Visit
from hht.work.walkthrough import load_walkthrough
from tests.work.flow_model import (
    START,
    MemoryJournal,
    entries_before,
    good,
    job,
)

OLD = {"fuel": "electricity", "serial": "S79B 54321", "digits": 5, "reading": "08000"}


async def answered(of: Job, **answers: str | list[str]) -> tuple[Visit, list[str]]:
    """The step of the old meter, with these answers (a list: one after the other); and what was asked, in order."""
    flow = load_walkthrough(of.walkthrough).for_job(of)
    journal = MemoryJournal(await entries_before(of, "old-electricity"))
    asked: list[str] = []
    given: dict[str, Any] = {name.replace("__", "?").replace("_", "-"): value for name, value in answers.items()}

    async def ask(question: Question, error: HhtError | None) -> str | None:
        step, _slash, item = question.id.partition("/")
        if step != "old-electricity" or error is not None:
            return None
        asked.append(item)
        told = given.get(item, "yes" if item.endswith("?") else good(question, of))
        return str(told.pop(0) if isinstance(told, list) else told)

    async def connect() -> Any:
        raise AssertionError("no meter is spoken to here")

    visit = Visit(of, flow, journal, connect, ManualClock(START), auto=True, ask=ask)  # type: ignore[arg-type]
    with pytest.raises(StepFailed):  # the step itself, or the next, which nobody answers
        await visit.run()
    return visit, asked


async def test_another_serial_number_is_decided_on_before_anything_is_isolated() -> None:
    of = job("install-electricity", old_meters=[OLD])
    visit, asked = await answered(of, serial="OTHER-9")
    assert asked.index("serial-differs") == asked.index("serial") + 1
    step = visit.view.step("old-electricity")
    assert (step.state, step.code) == (StepState.FAILED, "old-meter-differs"), "wrong premises comes first"
    assert "S79B 54321" in step.message
    assert "desk" in step.remedy

    visit, _asked = await answered(of, serial="OTHER-9", serial_differs="differs")
    step = visit.view.step("old-electricity")
    assert step.state is StepState.DONE
    (fact,) = [one for one in step.facts if "OTHER-9" in one.value]
    assert fact.value == "OTHER-9; the job says S79B 54321: meter found differs"
    assert visit.record.answers["old-electricity/serial-differs"] == "differs"

    visit, asked = await answered(of, serial=["OTHER-9", "S79B54321"], serial_differs="again")
    assert (visit.view.step("old-electricity").state, asked.count("serial")) == (StepState.DONE, 2)
    visit, asked = await answered(of, serial="S79B-54321")
    assert "serial-differs" not in asked, "the same number, however it is spaced"


@pytest.mark.parametrize(
    ("reading", "why"),
    [
        ("08214", ""),
        ("8214", "4 digits before the point; the job says that this meter has 5"),
        ("082140", "6 digits"),
        ("07999", "lower than the last reading that is known, 08000"),
        ("08000", ""),
        ("07999,00012", ""),  # of several registers nobody knows which is meant
    ],
)
async def test_a_reading_that_cannot_well_be_is_asked_about_and_told(reading: str, why: str) -> None:
    visit, asked = await answered(job("install-electricity", old_meters=[OLD]), reading=reading)
    assert ("reading?" in asked) is bool(why)
    (fact,) = [one for one in visit.view.step("old-electricity").facts if one.label.startswith("Reading")]
    assert why in fact.value
    assert fact.value.startswith(f"{reading.replace(',', ', ')} kWh")
    assert visit.record.answers["old-electricity/reading"] == reading, "nothing is mended"


async def test_a_mistyped_reading_is_typed_again() -> None:
    given = {"reading": ["07999", "08214"], "reading__": "no"}
    visit, asked = await answered(job("install-electricity", old_meters=[OLD]), **given)  # type: ignore[arg-type]
    assert asked.count("reading") == 2
    assert visit.record.answers["old-electricity/reading"] == "08214"
