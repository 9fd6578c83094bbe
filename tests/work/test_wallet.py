"""The wallet's rules: which entry is filled in, how one stands on a day, and what a registration opens."""

from __future__ import annotations

import asyncio
from datetime import date

import pytest

from hht.clock import ManualClock
from hht.work.competence import NotCompetent, refuse_without
from hht.work.view import StepState, Tone
from hht.work.visit import Visit
from hht.work.walkthrough import load_walkthrough
from hht.work.wallet import Standing, Wallet, instrument, registration
from tests.work.flow_model import START, MemoryJournal, entries_before, job
from tests.work.playing import eventually

TODAY = date(2026, 3, 2)
ENDED = registration("GS-1", ["gas"], "2026-03-01")
LATER = registration("GS-2", ["gas"], "2027-03-31", since="2026-03-03")
NOW = registration("GS-3", ["gas", "electricity"], "2026-03-02")


@pytest.mark.parametrize(
    ("entries", "number"),
    [((ENDED, LATER, NOW), "GS-3"), ((LATER, ENDED), "GS-2"), ((ENDED,), "GS-1"), ((), "")],
)
def test_what_holds_is_filled_in_before_what_ends_later(entries: tuple[object, ...], number: str) -> None:
    wallet = Wallet(entries)  # type: ignore[arg-type]
    assert wallet.filled("gas", "", TODAY) == number
    until = {"GS-1": "2026-03-01", "GS-2": "2027-03-31", "GS-3": "2026-03-02", "": ""}
    assert wallet.filled("gas-until", number, TODAY) == until[number]
    assert wallet.filled("gas-until", "GS-99", TODAY) == "", "the last day is of the number that was answered"
    assert wallet.filled("loop", "", TODAY) == ""


@pytest.mark.parametrize(
    ("until", "standing"),
    [
        ("2026-03-01", Standing.ENDED),
        ("2026-03-02", Standing.ENDS_SOON),
        ("2026-04-01", Standing.ENDS_SOON),
        ("2026-04-02", Standing.HOLDS),
    ],
)
def test_an_end_is_warned_of_from_thirty_days_before(until: str, standing: Standing) -> None:
    entry = instrument("loop", "SN-1", until)
    assert entry.standing(TODAY) is standing
    assert bool(Wallet((entry,)).warnings(TODAY)) is (standing is not Standing.HOLDS)


def test_a_registration_opens_a_step_from_its_first_day_to_its_last() -> None:
    refuse_without(("gas", "electricity"), Wallet((NOW,)).competences, TODAY)
    with pytest.raises(NotCompetent, match="begins 2026-03-03"):
        refuse_without(("gas",), Wallet((LATER,)).competences, TODAY)
    with pytest.raises(NotCompetent, match="ended 2026-03-01"):
        refuse_without(("gas",), Wallet((ENDED,)).competences, TODAY)


def test_no_number_stands_in_a_representation() -> None:
    assert "GS-3" not in repr(Wallet((NOW,)))
    assert "GS-3" not in repr(Wallet((NOW,)).competences)


async def no_meter() -> None:
    raise AssertionError("nothing is read here")


async def test_an_instrument_that_is_overdue_is_refused_until_the_wallet_has_another() -> None:
    """By hand: what is filled in stands in the question, and a wallet put right meanwhile counts at the next try."""
    of = job("install-electricity")
    flow = load_walkthrough(of.walkthrough).for_job(of)
    held = [Wallet((instrument("voltage", "AVI-1", "2026-03-01"),))]
    entries = MemoryJournal(await entries_before(of, "instruments"))
    visit = Visit(of, flow, entries, no_meter, ManualClock(START), wallet=lambda: held[0])  # type: ignore[arg-type]
    task = asyncio.create_task(visit.run())

    async def asked(item: str) -> str:
        def there() -> bool:
            question = visit.view.step("instruments").question
            return question is not None and question.id == f"instruments/{item}"

        await eventually(there)
        question = visit.view.step("instruments").question
        assert question is not None
        visit.answer(question.id, question.filled)
        return question.filled

    await eventually(lambda: visit.view.step("instruments").state is StepState.READY)
    visit.proceed()
    assert [await asked("voltage"), await asked("voltage-until")] == ["AVI-1", "2026-03-01"]
    await eventually(lambda: visit.view.step("instruments").state is StepState.FAILED)
    step = visit.view.step("instruments")
    assert (step.code, "2026-03-01 is over" in step.message, "wallet" in step.remedy) == ("past", True, True)
    held[0] = Wallet((*held[0].entries, instrument("voltage", "AVI-2", "2026-03-20")))
    visit.retry()
    assert await asked("voltage") == "AVI-2", "and its last day is known: it is not asked"
    near = "2026-03-20, ends in 18 days, from the wallet"
    await eventually(
        lambda: (near, Tone.WARN) in [(one.value, one.tone) for one in visit.view.step("instruments").facts]
    )
    task.cancel()
    await asyncio.wait({task})
