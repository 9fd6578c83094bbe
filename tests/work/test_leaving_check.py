"""The leaving check holds to what the visit came to: gas as its section left it, and nothing that is wrong unsaid."""

from __future__ import annotations

import asyncio

import pytest

from hht.work.job import Job
from hht.work.journal import JournalEntry
from hht.work.progress import VisitProgress
from hht.work.view import Outcome, StepState
from hht.work.walkthrough import load_walkthrough
from tests.work.flow_model import CAD, GAS, HUB, Choice, Edge, entries_before, job, play

DISPLAY = {"type": "in-home-display", "device_id": "00-DB-12-34-56-78-90-A4"}
OF = job("install-dual-fuel", HUB, GAS)
FLOW = load_walkthrough("install-dual-fuel").for_job(OF)


@pytest.fixture(scope="module")
def before_gas() -> list[JournalEntry]:
    return asyncio.run(entries_before(OF, "gas-warning"))


async def after(entries: list[JournalEntry], **chosen: Choice) -> dict[str, Edge]:
    """The visit played on to its end, all well but for `chosen` (names of steps, _ for -)."""
    edges: dict[str, Edge] = {}
    while (step := VisitProgress(FLOW, entries).current()) is not None:
        name = step.spec.id
        edges[name] = await play(OF, FLOW, entries, name, chosen.get(name.replace("-", "_"), Choice()))
        if len(edges[name].entries) == len(entries):
            break
        entries = edges[name].entries
    return edges


GAS_CASES = [
    ({}, "lit", Outcome.COMPLETE),
    ({"gas_warning": Choice(leave="gas-refused")}, "untouched", Outcome.INSTALL_AND_LEAVE),
    ({"gas_purge": Choice(leave="gas-make-safe")}, "off", Outcome.MADE_SAFE),
]


@pytest.mark.parametrize(("chosen", "fits", "outcome"), GAS_CASES)
async def test_gas_is_left_as_its_section_left_it(
    before_gas: list[JournalEntry], chosen: dict[str, Choice], fits: str, outcome: Outcome
) -> None:
    edges = await after(before_gas, **chosen)
    (gas,) = [question for question in edges["leaving-check"].asked if question.id == "leaving-check/gas"]
    assert gas.choices == (fits, "open")
    assert edges[FLOW.steps[-1].id].outcome is outcome


async def test_gas_that_is_off_at_the_end_is_made_safe_with_its_notice(before_gas: list[JournalEntry]) -> None:
    edges = await after(before_gas, leaving_check=Choice("leaving-check/gas", "open"))
    assert "leaving-check/notice" in [question.id for question in edges["leaving-check"].asked]
    last = [*edges.values()][-1]
    assert last.outcome is Outcome.MADE_SAFE


@pytest.mark.parametrize(
    ("item", "answer"), [("mode", "wrong"), ("tampers", "left"), ("kit", "left"), ("next", "gone")]
)
async def test_what_is_wrong_at_the_end_is_said_without_switching_anything_off(
    before_gas: list[JournalEntry], item: str, answer: str
) -> None:
    edges = await after(before_gas, leaving_check=Choice(f"leaving-check/{item}", answer))
    last = [*edges.values()][-1]
    step = VisitProgress(FLOW, last.entries).steps["leaving-check"]
    assert (last.outcome, step.state) == (Outcome.INSTALL_AND_LEAVE, StepState.DONE)
    assert step.data["remark"]


HANDED = ("display", "reach", "customer_information", "duties", "hand_over")


@pytest.mark.parametrize("left", [*((one,) for one in HANDED), HANDED])
async def test_a_visit_with_nobody_to_hand_over_to_is_not_complete(
    before_gas: list[JournalEntry], left: tuple[str, ...]
) -> None:
    edges = await after(before_gas, **dict.fromkeys(left, Choice(leave="nobody-there")))
    last = [*edges.values()][-1]
    progress = VisitProgress(FLOW, last.entries)
    assert last.outcome is Outcome.INSTALL_AND_LEAVE
    assert {progress.steps[one.replace("_", "-")].state for one in left} == {StepState.LEFT}


@pytest.mark.parametrize(
    ("of", "choice"),
    [
        (job("change-tenancy", HUB), Choice("meter-refuses/reads", "gone")),
        (job("remove-cad", HUB, CAD), Choice("hub-refuses/reads", "gone")),
        (job("remove-cad", HUB, CAD), Choice("hub-refuses", leave="not-at-home")),
        (job("remove-cad", HUB, CAD), Choice("logs-gone", leave="logs-not-read")),
        (job("pair-cad", HUB, CAD), Choice("device-reads/electricity", "later")),
        (job("install-dual-fuel", HUB, GAS), Choice("display/offered", "no-signal")),
    ],
    ids=lambda one: one.walkthrough if isinstance(one, Job) else one.question,
)
async def test_what_was_not_shown_to_work_is_not_complete(of: Job, choice: Choice) -> None:
    flow = load_walkthrough(of.walkthrough).for_job(of)
    step = choice.question.partition("/")[0]
    edge = await play(of, flow, await entries_before(of, step), step, choice)
    progress = VisitProgress(flow, edge.entries)
    assert progress.steps[step].ended
    assert progress.best_outcome(untouched=False) is Outcome.INSTALL_AND_LEAVE


def test_a_display_is_asked_about_where_there_is_one() -> None:
    for of, there in ((OF, False), (job("install-dual-fuel", HUB, DISPLAY), True)):
        step = load_walkthrough("install-dual-fuel").for_job(of).step("customer-information")
        assert ("display" in [item.id for item in step.items]) is there
        assert not [item for item in step.items if "display" in item.prompt and item.id != "display"]
