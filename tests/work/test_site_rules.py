"""A visit at a site whose rules say something: what must not be done stops at the first step; the customer is asked."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from hht.errors import HhtError
from hht.resources import resource_text
from hht.work.compatibility import Standing, verdict
from hht.work.job import Job, parse_job
from hht.work.rule_book import rule_book, rule_book_of
from hht.work.site_rules import rulings
from hht.work.view import Outcome, Question, StepState
from hht.work.visit import StepFailed, Visit
from hht.work.walkthrough import load_walkthrough
from tests.support.virtual_time import in_virtual_time
from tests.work import test_compatibility as devices_case
from tests.work.conftest import START, Rig
from tests.work.new_home import AT_DARK, DARK, NO_WAN, Home, facts, home
from tests.work.site_home import sample, site_home
from tests.work.test_other_sites import follow
from ui.job_rules import job_rules


def job_of(name: str, **fields: Any) -> Job:
    plain = {**sample(name), **fields}
    return parse_job(json.dumps({key: value for key, value in plain.items() if value is not None}), "job.json")


async def checked(rig: Rig, **fields: Any) -> Visit:
    """A visit of the demo job with these fields, gone as far as the first step."""
    plain = {**json.loads(resource_text("jobs", "demo.json")), "reference": "J-RULES", **fields}
    rig.job = rig.visits.import_job(json.dumps(plain), "job.json")
    visit = rig.visit(ask=_nobody)
    with pytest.raises(StepFailed):
        await visit.run()
    return visit


async def _nobody(_question: Question, _error: HhtError | None) -> str | None:
    return None


@pytest.mark.requirement("CHR-11")
@pytest.mark.parametrize(
    ("reason", "outweighs", "why"),
    [
        ("newer-specification", True, "because a newer specification is in force"),
        ("security-threat", False, "its loss does not outweigh the cost"),
        ("other", False, "its loss does not outweigh the cost"),
        ("security-threat", True, ""),
    ],
)
async def test_installed_equipment_is_changed_in_exceptional_circumstances_alone(
    rig: Rig, reason: str, outweighs: bool, why: str
) -> None:
    visit = await checked(rig, retrofit={"reason": reason, "loss_outweighs_cost": outweighs})
    step = visit.view.step("check-job")
    if why:
        assert (step.state, step.code) == (StepState.FAILED, "retrofit-not-exceptional")
        assert why in step.message
        assert "ring the desk" in step.remedy
    else:
        assert step.state is StepState.DONE
        told = facts(visit, "check-job")["Retrofit"]
        assert told.startswith("Exceptional: a threat to security, and the loss that threatens outweighs the cost.")
    assert not rig.connections, "the meter was not spoken to"


@pytest.mark.requirement("ARC-17")
def test_field_service_at_a_hub_is_the_supplier_s_but_in_exceptional_circumstances(tmp_path: Path) -> None:
    other = {"party": "hub-provider", "supplier": "Hub Provider (fictional)"}
    why = "the supplier has failed, and the hub smoulders"

    def told(**fields: Any) -> dict[str, Any]:
        return {one.code: one for one in rulings(job_of("hub-exchange", **fields), START.date())}

    assert "are the supplier's, whoever owns it" in told()["hub-supplier"].words
    assert "hub-supplier" in told(supplier="Another Energy")

    async def story() -> None:
        async with site_home(tmp_path, "hub-exchange", **other) as at:
            visit = at.visit()
            with pytest.raises(StepFailed):
                await visit.run()
            step = visit.view.step("check-job")
            assert (step.state, step.code) == (StepState.FAILED, "hub-not-supplier")
            assert "no exceptional circumstance is named" in step.message

    in_virtual_time(story())
    rare = told(**other, exceptional=why)
    assert rare["hub-exceptional"].standing is Standing.CARE
    assert why in rare["hub-exceptional"].words
    assert "hub-not-supplier" not in rare


@pytest.mark.requirement("CON-12")
def test_a_customer_may_keep_an_advanced_meter_from_before_april_2014(tmp_path: Path) -> None:
    there = {"type": "electricity-meter", "specification": "advanced", "fitted": "2014-03-31"}

    async def story() -> None:
        async with site_home(tmp_path, "opted-out-shop", installed=[there]) as at:
            visit = at.visit(**{"agree_advanced": "keep", "agree_advanced?": "yes"})
            assert await visit.run() is Outcome.ABANDONED
            assert "the customer may keep it" in facts(visit, "check-job")["Electricity meter"]
            assert visit.progress.steps["agree"].stop == "advanced-kept"
            assert visit.progress.steps["isolate"].attempts == 0, "nothing is switched off"
            assert any("the site is exempt" in one.message for one in visit.view.steps)

    in_virtual_time(story())


@pytest.mark.requirement("CON-12")
@pytest.mark.parametrize(
    ("installed", "domestic", "asked"),
    [
        ({"fitted": "2014-03-31"}, False, True),
        ({"fitted": "2014-04-01"}, False, False),
        ({"fitted": "2015-06-01", "contract": "2013-06-01"}, False, True),
        ({"fitted": "2014-03-31"}, True, False),
        ({}, False, False),
    ],
)
def test_of_which_advanced_meters_the_customer_is_asked(installed: Any, domestic: bool, asked: bool) -> None:
    there = [{"type": "electricity-meter", "specification": "advanced", **installed}]
    job = job_of("opted-out-shop", installed=there, domestic=domestic)
    agree = load_walkthrough(job.walkthrough).for_job(job).step("agree")
    assert ("advanced" in [item.id for item in agree.items]) is asked
    told = {one.code for one in rulings(job, START.date())}
    assert ("advanced-may-stay" in told) is asked


@pytest.mark.requirement("ASR-16")
def test_a_smets1_meter_on_the_van_may_not_be_fitted_where_the_list_names_no_period() -> None:
    from dataclasses import replace

    row = replace(devices_case.ROW, specification="SMETS1 V1.2")
    listed = replace(devices_case.LIST, products=(row,))
    found = verdict(devices_case.METER, devices_case.NEED, listed, START.date(), START.date())
    assert found.standing is Standing.MUST_NOT
    assert "not-extant" in found.codes
    assert "validity-unknown" in found.codes


def test_the_book_s_days_are_data_with_a_source_and_what_is_from_memory_says_so() -> None:
    book = rule_book()
    rules = [*book.rules.values(), *(one.rule for one in book.specifications), *(one.rule for one in book.updates)]
    assert all(rule.source for rule in rules)
    assert all(rule.label.startswith("unverified") for rule in rules if "memory" in rule.source)
    assert not any(one.training for one in book.updates_of(training=False)), "what is made up stays in training"
    with pytest.raises(KeyError):
        rule_book_of({"rule": {"access": {"source": "S0"}}, "specification": []})


@pytest.mark.requirement("OLC-09")
def test_all_reasonable_steps_for_the_wan_are_asked_for_kept_and_told_to_the_next_visit(tmp_path: Path) -> None:
    leaves = {"ask-hub-without-wan": "ask-later", "hub-time": "ask-later"}
    tried = "hub__obstruction_tried"

    async def story() -> None:
        async with home(tmp_path, DARK, AT_DARK) as at:
            assert "all reasonable steps" in ruled(at)["wan-untried"]
            visit = at.visit(leaves=leaves, **NO_WAN, **{tried: ""})
            with pytest.raises(StepFailed):
                await visit.run()
            step = visit.view.step("hub-obstruction")
            assert (step.state, step.code) == (StepState.FAILED, "wan-not-tried")
            visit = at.visit(leaves=leaves, **NO_WAN, **{tried: "place,restart"})
            assert await visit.run() is Outcome.INSTALL_AND_LEAVE
            assert facts(visit, "hub-obstruction")["Reasonable steps"] == "not tried for the WAN: an aerial"
            assert "not tried for the WAN: an aerial" in facts(visit, "hand-over").values()
            told = ruled(at)["wan-missing"]
            day = START.date().isoformat()
            assert f"{day} {at.job.reference}, no WAN, tried another place, power off and on" in told
            assert "Not tried yet: an aerial." in told
            assert "The network was not told yet (8.14.2)." in told
            follow(at, AT_DARK, at.job.reference)
            later = at.visit(leaves={"arrive": "rescheduled"})
            await later.run()
            assert "Not tried yet: an aerial." in facts(later, "check-job")["WAN connection"], "on its first page"

    in_virtual_time(story())


def ruled(at: Home) -> dict[str, str]:
    """What the rules say of the home's job, by code."""
    told = job_rules(at.store, at.job.reference, at.clock.now().date()).told
    return {one.code: one.words for one in told}
