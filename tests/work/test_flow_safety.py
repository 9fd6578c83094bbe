"""No path, however the answers are given, passes a safety stop: every state of every flow that comes with the program,
and every way on from it (`tests.work.flow_search`); the flows are found by looking, and so are jobs that have each of
their safety items in them."""

from __future__ import annotations

import json
from functools import cache
from types import SimpleNamespace
from typing import Any

import pytest

from hht.desk.kinds import AskKind
from hht.resources import resource_text
from hht.work.job import Job, job_from_stored, parse_job
from hht.work.load_step import Verdict, Weighed
from hht.work.load_watch import LoadWatch
from hht.work.view import Outcome
from hht.work.walkthrough import Walkthrough, load_walkthrough, walkthrough_names
from tests.work.flow_model import CAD, GAS, HCALCS, HUB, SOLAR, job, job_text, plain_job
from tests.work.flow_search import explore

HEATERS = {"number": 1, "label": "Heaters", "on": "00:30-07:30", "boost": True, "old_circuit": "Cable 5"}
WATER = {"number": 2, "label": "Hot water"}
OLD = [{"fuel": "electricity", "serial": "OLD-1", "device_id": "00-DB-12-34-56-78-90-B0"}]
OLD_GAS = {"fuel": "gas", "serial": "OLD-2", "device_id": "00-DB-12-34-56-78-90-B1"}
FEATURES: list[dict[str, Any]] = [  # what jobs may have more: a job has those that bring steps to its flow
    {"devices": [HUB]},
    {"devices": [GAS]},
    {"devices": [CAD]},
    {"devices": [HCALCS]},
    {"devices": [SOLAR]},
    {"switches": [HEATERS]},
    {"switches": [HEATERS, WATER]},
    {"old_meters": OLD},
    {"old_meters": [*OLD, OLD_GAS]},
    {"old_hub": {"device_id": "00-DB-12-34-56-78-90-B2", "gpf_id": "00-DB-12-34-56-78-90-B3"}},
    {"payment_mode": "prepayment"},
    {"transformers": "200/5"},
    {"site": "new-build"},
    {"site": "emergency"},
    {"premises": {**plain_job()["premises"], "building": "flat"}},
    {
        "domestic": False,
        "installed": [{"type": "electricity-meter", "specification": "advanced", "fitted": "2013-06-01"}],
    },
]
FIRMWARE = json.loads(resource_text("jobs", "firmware.json"))["firmware"]
VARIANTS = ("single", "twin", "polyphase")
TEXTS: dict[int, str] = {}  # of each job that was made, its file


def made(flow: Walkthrough, features: list[dict[str, Any]], variant: str, *, live: bool) -> Job:
    """A job with these features."""
    return _made(flow.name, tuple(map(FEATURES.index, features)), variant, live)


@cache
def _made(name: str, numbers: tuple[int, ...], variant: str, live: bool) -> Job:
    flow, features = load_walkthrough(name), [FEATURES[number] for number in numbers]
    needed = [one for one in (HUB, GAS, CAD, HCALCS, SOLAR) if one["type"] in flow.requires]
    brought = [one for feature in features for one in feature.get("devices", ())]
    devices = [*needed, *(one for one in brought if one["type"] in {name.rstrip("*") for name in flow.devices})]
    more = {name: value for feature in features for name, value in feature.items() if name != "devices"}
    if live and not flow.training:
        more |= {"training": False, "link": "optical:/dev/ttyUSB0"}
    more |= {"firmware": FIRMWARE} if flow.name == "firmware" else {}
    unique = {one["type"]: one for one in devices}
    text = job_text(flow.name, *unique.values(), variant=variant, **more)
    of = job_from_stored(text)  # of a thousand tried some thirty are chosen, and those are checked
    TEXTS[id(of)] = text
    return of


def steps_of(of: Job) -> set[str]:
    """Everything that is asked or done in its flow."""
    flow = load_walkthrough(of.walkthrough).for_job(of)
    return {f"{step.id}/{item.id}" for step in flow.steps for item in step.items} | {step.id for step in flow.steps}


def safety_of(of: Job) -> set[str]:
    """The safety items of its flow."""
    return {f"{step}/{item}" for step, item in safety_items(load_walkthrough(of.walkthrough).for_job(of))}


def safety_items(flow: Walkthrough, *, numbered: bool = True) -> set[tuple[str, str]]:
    """The safety items as pairs of step and item; without `numbered`, those of the same step for another switch are
    one."""
    return {
        (step.id if numbered else step.id.removesuffix(step.number), item.id)
        for step in flow.steps
        for item in step.items
        if item.stop is not None
    }


def fullest(flow: Walkthrough, variant: str, *, live: bool) -> Job:
    """A job with each feature that brings steps to the flow."""
    chosen: list[dict[str, Any]] = []
    for feature in FEATURES:
        if steps_of(made(flow, [*chosen, feature], variant, live=live)) > steps_of(
            made(flow, chosen, variant, live=live)
        ):
            chosen.append(feature)
    return made(flow, chosen, variant, live=live)


def jobs() -> list[Job]:
    """A live job of every flow; and for training, in the shortest flow, one with each other supply that asks something
    of safety that none before did."""
    flows = [load_walkthrough(name) for name in walkthrough_names()]
    found = [fullest(flow, VARIANTS[0], live=True) for flow in flows]
    searched = set[str]().union(*(safety_of(of) for of in found))
    for variant in VARIANTS[1:]:
        others = [made(flow, [], variant, live=False) for flow in flows if not flow.requires]
        new = [of for of in others if not safety_of(of) <= searched]
        found += sorted(new, key=lambda of: len(steps_of(of)))[:1]
    for feature in FEATURES:  # what takes steps away, and brings others
        others = [made(flow, [feature], VARIANTS[0], live=False) for flow in flows]
        new = [of for of in others if not safety_of(of) <= searched]
        found += sorted(new, key=lambda of: len(steps_of(of)))[:1]
        searched |= set[str]().union(*(safety_of(of) for of in found))
    for of in found:
        assert parse_job(TEXTS[id(of)], "job.json") == of
    return found


JOBS = jobs()
TOLD = (f"{of.walkthrough}-{of.meter.variant}" for of in JOBS)


def mortal(of: Job) -> set[str]:
    """The steps of the job's flow that no job before it has just so."""
    had = [
        step for other in JOBS[: JOBS.index(of)] for step in load_walkthrough(other.walkthrough).for_job(other).steps
    ]
    new = {step.id: step for step in load_walkthrough(of.walkthrough).for_job(of).steps}
    for step in had:
        if step.id in new and (new[step.id].action.name, new[step.id].items) == (step.action.name, step.items):
            del new[step.id]
    return set(new)


@pytest.mark.long
@pytest.mark.requirement("DNO-24", "PPM-02")
@pytest.mark.parametrize("of", JOBS, ids=TOLD)
async def test_no_path_passes_a_safety_stop(of: Job, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nor is there a path to a load without everybody's consent. What a watch of it comes to is no matter here."""

    async def watched(_watch: LoadWatch) -> Weighed:
        return Weighed(Verdict.ELSEWHERE, -12.0, -5.0, (2, 3), (), 0.0)

    monkeypatch.setattr(LoadWatch, "watched", watched)
    found = await explore(of, mortal(of))
    assert found.stopped_at == safety_of(of), "each safety item was stopped at"
    assert found.tried >= 3 * len(found.stopped_at), "and every other way on was tried there"
    assert found.states >= len(found.flow.steps)
    assert found.edges > 3 * found.states
    assert found.deaths >= len(mortal(of))
    assert found.outcomes >= {Outcome.MADE_SAFE, Outcome.ABANDONED}
    assert found.outcomes & {Outcome.COMPLETE, Outcome.INSTALL_AND_LEAVE}
    isolates = any(step.isolates for step in found.flow.steps)
    assert bool(found.endless) is (isolates or any(step.proves for step in found.flow.steps))


def test_every_safety_item_of_every_walkthrough_is_in_a_search() -> None:
    assert {of.walkthrough for of in JOBS} == set(walkthrough_names())
    live = {of.walkthrough for of in JOBS if not of.training}
    assert all(name in live or load_walkthrough(name).training for name in walkthrough_names())
    flows = {name: load_walkthrough(name) for name in walkthrough_names()}
    everything = set().union(*(safety_items(flow, numbered=False) for flow in flows.values()))
    searched = [safety_items(flows[of.walkthrough].for_job(of), numbered=False) for of in JOBS]
    assert set().union(*searched) == everything
    assert len(everything) > 60


async def no_notice(*_whatever: Any) -> str:
    """Asks for none."""
    return ""


@pytest.mark.parametrize(
    ("what", "instead"),
    [
        ("hht.work.actions.ask.fault", lambda *_whatever: None),
        ("hht.work.visit.danger", SimpleNamespace(standing=lambda _progress: None)),
        ("hht.work.step_ends.danger", SimpleNamespace(standing=lambda _progress: None)),
        ("hht.work.ending_early.danger", SimpleNamespace(standing=lambda _progress: None)),
        ("hht.work.stops._notice_left", no_notice),
    ],
)
async def test_an_engine_that_lets_somebody_past_is_found_out(
    what: str, instead: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The search itself: with a hole made into the engine it finds one."""
    of = next(of for of in JOBS if of.walkthrough == "fault-visit")
    monkeypatch.setattr(what, instead)
    with pytest.raises((AssertionError, AttributeError)):
        await explore(of)


async def test_the_search_walks_past_an_activation_and_past_one_that_does_not_start() -> None:
    (of,) = [of for of in JOBS if of.walkthrough == "firmware"]
    found = await explore(of)
    assert found.began == {step.id for step in found.flow.steps}
    assert {"activate-firmware", "firmware-after", "firmware-not-back"} <= found.began
    assert {Outcome.COMPLETE, Outcome.INSTALL_AND_LEAVE, Outcome.MADE_SAFE} <= found.outcomes
    assert found.stopped_at == found.safety


@pytest.mark.parametrize("party", ["supplier", "network-operator"])
async def test_whoever_looks_at_the_network_asks_nothing_of_a_desk(party: str) -> None:
    found = await explore(job("network-view", party=party))
    assert found.stopped_at == found.safety
    assert len(found.safety) >= 3
    assert not found.wanted


@pytest.mark.parametrize("supplier", ["Example Energy (fictional)", "Another Supplier"])
async def test_no_path_decommissions_a_hub_that_another_supplier_leads(supplier: str) -> None:
    found = await explore(job("smets1", HUB, GAS, supplier=supplier))
    assert found.stopped_at == found.safety
    assert AskKind.RAISE_INCIDENT in found.wanted
    assert (AskKind.DECOMMISSION in found.wanted) is (supplier == "Example Energy (fictional)")


@pytest.mark.parametrize("name", ["crossed-meters", "network-view", "survey-before-fitting"])
def test_a_visit_about_whose_supply_it_is_has_no_step_that_changes_one(name: str) -> None:
    steps = load_walkthrough(name).steps
    assert not any(step.isolates or step.restores or step.action.writes or step.action.through for step in steps)
