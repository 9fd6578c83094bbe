"""What is asked before the door closes: display and PPMID, the HAN everywhere, customer information item by item."""

from __future__ import annotations

import pytest

from hht.clock import ManualClock
from hht.errors import HhtError
from hht.work.job import Job
from hht.work.view import Fact, Outcome, Question, StepState, Tone
from hht.work.visit import StepFailed, Visit
from hht.work.walkthrough import load_walkthrough
from tests.work.flow_model import GAS, HUB, START, MemoryJournal, YesDesk, good, job
from tests.work.small_meter import SmallMeter

PPMID = {"type": "prepayment-interface", "device_id": "00-DB-12-34-56-78-90-A4"}
IHD = {"type": "in-home-display", "device_id": "00-DB-12-34-56-78-90-A7"}
DUAL = "install-dual-fuel"


async def visited(of: Job, **answers: str) -> Visit:
    """A visit to its end; all well but for `answers` (__ for - and _ for /)."""
    told = {name.replace("__", "-").replace("_", "/"): value for name, value in answers.items()}
    clock = ManualClock(START)
    meter = SmallMeter(clock)

    async def connect() -> SmallMeter:
        await meter.open()
        return meter

    async def ask(question: Question, error: HhtError | None) -> str | None:
        assert error is None, error
        return told.get(question.id, good(question, of))

    flow = load_walkthrough(of.walkthrough).for_job(of)
    visit = Visit(of, flow, MemoryJournal(), connect, clock, auto=True, ask=ask, desk=YesDesk())  # type: ignore[arg-type]
    await visit.run()
    return visit


def fact(visit: Visit, step: str, label: str) -> Fact:
    return next(one for one in visit.view.step(step).facts if one.label.startswith(label))


def asked(of: Job, step: str) -> list[str]:
    return [item.id for item in load_walkthrough(of.walkthrough).for_job(of).step(step).items]


@pytest.mark.requirement("HAN-16", "PPM-16")
@pytest.mark.parametrize("place", ["electricity", "gas", "display", "interface"])
async def test_a_place_without_the_han_leaves_no_visit_complete(place: str) -> None:
    of = job(DUAL, HUB, GAS, PPMID, IHD)
    visit = await visited(of, **{f"reach_{place}": "none"})
    assert visit.progress.outcome is Outcome.INSTALL_AND_LEAVE
    assert fact(visit, "hand-over", "The HAN at every place").value == "not heard"


async def test_the_other_fuel_s_place_is_looked_at_where_this_visit_fits_no_gas_meter() -> None:
    assert "gas" in asked(job(DUAL, HUB), "reach")


async def test_customer_information_is_held_item_by_item() -> None:
    of = job(DUAL, HUB, GAS, payment_mode="prepayment")
    assert asked(of, "customer-information") == ["electricity", "gas", "credit"]
    visit = await visited(of, customer__information_electricity="supplied,exported,rate")
    short = fact(visit, "customer-information", "Electricity: read on the meter")
    assert (short.value, short.tone) == ("3 of 5; not: Tariff, Standing charge", Tone.WARN)
    whole = fact(visit, "customer-information", "Prepayment: read on the meter")
    assert (whole.value, whole.tone) == ("3 of 3", Tone.PLAIN)
    assert visit.record.data["customer-information"]["gas"] == "supplied,tariff,standing,rate"


@pytest.mark.requirement("CON-07")
async def test_a_display_that_is_refused_may_be_asked_for_within_a_year() -> None:
    visit = await visited(job(DUAL, HUB, GAS, IHD), display_offered="refused")
    assert "asked for, free, within a year" in fact(visit, "display", "The display").value
    assert visit.record.data["display"]["free_until"] == "2027-03-02"


@pytest.mark.requirement("OLC-13")
async def test_no_display_is_due_where_nobody_lives() -> None:
    home, shop = job(DUAL, HUB, GAS), job(DUAL, HUB, GAS, domestic=False)
    assert asked(home, "display")
    flow = load_walkthrough(DUAL)
    assert {step.id for step in flow.for_job(home).steps} - {step.id for step in flow.for_job(shop).steps} == {
        "display"
    }
    visit = await visited(shop)
    assert visit.progress.outcome is Outcome.COMPLETE, "and the visit is whole without one"


@pytest.mark.requirement("PPM-08")
async def test_a_ppmid_is_left_or_it_is_said_why_there_is_none() -> None:
    assert "interface" in asked(job(DUAL, HUB, PPMID), "display")
    without = job(DUAL, HUB, payment_mode="prepayment")
    assert "no-interface" in asked(without, "display")
    visit = await visited(without, display_no__interface="not-planned")
    assert visit.record.data["display"]["no-interface"] == "not-planned"
    assert not {"interface", "no-interface"} & set(asked(job(DUAL, HUB), "display")), "nobody prepays"


@pytest.mark.requirement("CON-02", "CON-03")
@pytest.mark.parametrize("left_out", ["free", "no-sale"])
async def test_nothing_begins_before_it_is_said_that_nothing_is_charged_or_sold(left_out: str) -> None:
    of = job(DUAL, HUB, GAS)
    told = {"work", "data", "free", "no-sale"} - {left_out}
    with pytest.raises(StepFailed) as caught:
        await visited(of, agree_told=",".join(sorted(told)))
    assert (caught.value.code, caught.value.details["step"]) == ("not-ticked", "agree")


async def test_who_may_use_the_data_for_what_is_the_customer_s_choice() -> None:
    visit = await visited(job(DUAL, HUB, GAS), agree_readings="daily", agree_marketing="no")
    kept = visit.record.data["agree"]
    assert (kept["readings"], kept["marketing"]) == ("daily", "no")
    item = load_walkthrough(DUAL).step("agree").items[1]
    assert [one.code for one in item.choices] == ["monthly", "daily", "half-hourly"]


@pytest.mark.requirement("PPM-07")
async def test_whether_prepayment_is_practicable_is_judged_before_work() -> None:
    of = job(DUAL, HUB, payment_mode="prepayment")
    visit = await visited(of, agree_practicable="moved")
    assert visit.progress.outcome is Outcome.INSTALL_AND_LEAVE
    assert fact(visit, "hand-over", "Tell and agree").value == "Only if the meter is moved"
    assert "practicable" not in asked(job(DUAL, HUB), "agree")


async def test_whose_a_number_is_stands_beside_it() -> None:
    visit = await visited(job(DUAL, HUB, GAS))
    for step, number in (("write-mpan", "1200023305967"), ("ask-mprn", "3938424403")):
        assert any(number in one.value for one in visit.view.step(step).facts)
        assert fact(visit, step, "Address").value == visit.job.address
        assert fact(visit, step, "Old meter, serial number").value
        assert fact(visit, step, "New meter, by its label").value.startswith("00-DB-")
    assert visit.view.step("ask-mpan").state is StepState.SKIPPED, "this port lets an installer write"
