"""Walkthrough 14: what is only installed now is commissioned later, exactly what was left; gas goes first, or waits."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import Any

import pytest

from hht.work.view import Outcome, StepState
from hht.work.visit_store import VisitStore
from hht.work.walkthrough import WalkthroughError, load_walkthrough, parse_walkthrough
from tests.support.virtual_time import in_virtual_time
from tests.work.flow_model import job
from tests.work.new_home import Home, facts, home
from tests.work.site_home import sample, site_home

BURNT = "emulated:burnt-meter?days=1"


def follow(at: Home, devices: list[Any], follows: str, reference: str = "J-LATER") -> None:
    """The job of a later visit takes the place of the one before."""
    plain = {**sample("commission-later"), "link": at.link, "devices": devices, "follows": follows}
    text = json.dumps({**plain, "reference": reference})
    at.stored = VisitStore(at.store, lambda: "later").import_job(text, "later.json")


@pytest.mark.requirement("CHR-12")
def test_a_later_visit_does_exactly_what_the_first_one_left(tmp_path: Path) -> None:
    async def story() -> None:
        devices = sample("emergency-exchange")["devices"]
        async with home(tmp_path, BURNT, devices, walkthrough="install-electricity", reference="J-FIRST") as at:
            first = at.visit(leaves={"ask-tariff": "ask-later", "ask-inventory-esme": "ask-later"})
            assert await first.run() is Outcome.INSTALL_AND_LEAVE
            before = [one.ask.service for one in at.asks()]
            assert {"8.14.1", "8.11", "8.1.1"} <= set(before)
            follow(at, devices, "J-FIRST")
            later = at.visit()
            assert await later.run() is Outcome.COMPLETE
            asked = [one.ask.service for one in at.asks()]
            assert asked == ["1.1.1", "8.2"], "what was left, and how it stands now: no device is told a thing twice"
            told = [(fact.label, fact.value) for fact in later.view.step("pick-up").facts]
            assert ("Left to do", "Electricity tariff") in told
            assert ("Done before", "Commission the electricity meter") in told
            assert later.view.step("ask-commission-esme").state is StepState.SKIPPED
            assert at.premises.centre.status(at.premises.find("esme-1")).value == "Commissioned"

    in_virtual_time(story())


@pytest.mark.requirement("ARC-20")
def test_after_an_exchange_in_an_emergency_all_of_it_is_left_and_then_done(tmp_path: Path) -> None:
    all_is_left_and_then_done(tmp_path, "emergency-exchange", "commissioned later: exchanged in an emergency")


@pytest.mark.requirement("ARC-19")
def test_in_a_new_build_nothing_is_commissioned_until_there_is_a_supplier(tmp_path: Path) -> None:
    all_is_left_and_then_done(tmp_path, "new-build", "commissioned later: no supplier yet")


def all_is_left_and_then_done(tmp_path: Path, name: str, why: str) -> None:
    async def story() -> None:
        async with site_home(tmp_path, name) as at:
            first = at.visit()
            assert await first.run() is Outcome.INSTALL_AND_LEAVE
            left = first.progress.steps["left-for-later"].data["left"]
            assert {"ask-hub-installed", "ask-let-esme-in", "join-esme", "ask-commission-esme", "ask-mpan"} <= set(left)
            assert at.at.asks() == (), "nothing is asked of a desk"
            assert facts(first, "hand-over")["What is left"] == why
            assert at.premises.centre.status(at.premises.find("esme-1")).value != "Commissioned"
            reference = sample(name)["reference"]
            follow(at.at, sample(name)["devices"], reference)
            later = at.at.visit()
            assert await later.run() is Outcome.COMPLETE
            assert facts(later, "pick-up")["Earlier job"] == f"{reference}, 1 visit"
            assert at.premises.centre.status(at.premises.find("esme-1")).value == "Commissioned"

    in_virtual_time(story())


@pytest.mark.parametrize("follows", ["J-NOBODY", "J-OTHER"])
def test_where_nothing_is_known_of_the_first_visit_everything_is_left(tmp_path: Path, follows: str) -> None:
    """Also where the job that is named was at other devices."""

    async def story() -> None:
        devices = sample("emergency-exchange")["devices"]
        async with home(tmp_path, BURNT, sample("new-build")["devices"], reference="J-OTHER") as at:
            follow(at, devices, follows)
            visit = at.visit(leaves={"connect": "no-answer", "ask-hub-installed": "ask-later"})
            assert await visit.run() is Outcome.INSTALL_AND_LEAVE
            assert facts(visit, "pick-up")["Earlier job"].endswith("every step is done")
            assert visit.progress.steps["pick-up"].data["done"] == []

    in_virtual_time(story())


@pytest.mark.requirement("CHR-14")
def test_gas_waits_for_electricity_and_nothing_is_touched(tmp_path: Path) -> None:
    async def story() -> None:
        async with site_home(tmp_path, "gas-first") as at:
            visit = at.visit(leaves={"gas-first-choice": "wait-for-electricity"})
            assert await visit.run() is Outcome.ABANDONED
            assert visit.progress.steps["hub-supply"].attempts == 0
            assert at.at.asks() == ()

    in_virtual_time(story())


@pytest.mark.requirement("CHR-13")
def test_gas_first_needs_authority_for_the_network_side(tmp_path: Path) -> None:
    async def story() -> None:
        async with site_home(tmp_path, "gas-first") as at:
            visit = at.visit(hub__supply_fed="without", **{"hub__supply_fed?": "yes"})
            assert await visit.run() is Outcome.ABANDONED
            assert visit.progress.steps["hub-supply"].stop == "no-authority"
            assert visit.progress.steps["scan-hub"].attempts == 0

    in_virtual_time(story())


def test_with_gas_first_no_display_is_joined_to_a_meter_that_is_not_there() -> None:
    extra = [{"type": "prepayment-interface", "device_id": "00-DB-12-34-56-79-13-A4"}]
    of = job("gas-first", *sample("gas-first")["devices"][1:], *extra)
    steps = {step.id for step in load_walkthrough("gas-first").for_job(of).steps}
    assert "ask-join-gsme" in steps
    assert not {step for step in steps if "ppmid" in step or "ihd" in step or "esme" in step}
    usual = load_walkthrough("install-dual-fuel").for_job(
        job("install-dual-fuel", *sample("gas-first")["devices"][1:], *extra)
    )
    assert "ask-join-gsme-ppmid" in {step.id for step in usual.steps}


HEAD = """format = "hht-walkthrough/2"
name = "x"
version = 1
title = "X"
devices = ["electricity-meter"]
parts = ["reasons", "door", "pick-up", "goodbye"]
"""


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ('without = ["load"]', "no part needs it"),
        ('without = ["arrive"]', "or it is here"),
        ("without = [1]", "names expected"),
        ("[only.cellar]\nfuel = 'gas'", "a part of this walkthrough"),
        ("[only.door]\nwan = 'yes'", "conditions of the job"),
        ("[only.door]", "conditions of the job"),
        ("[only.pick-up]\ndevice = 'gas-meter'", "says already"),
        ("picks_up = 1", "bool expected"),
        ("only = 5", "dict expected"),
    ],
)
def test_what_a_walkthrough_says_of_its_parts_is_checked(more: str, said: str) -> None:
    parse_walkthrough(HEAD, "x")
    with pytest.raises(WalkthroughError) as refused:
        parse_walkthrough(HEAD + more, "x")
    assert any(said in str(one) for one in refused.value.details["problems"]), refused.value  # type: ignore[union-attr]


def test_a_part_is_taken_under_a_condition_of_the_job() -> None:
    flow = parse_walkthrough(HEAD + "[only.door]\nfuel = 'gas'", "x")
    of = job("commission-later", *sample("emergency-exchange")["devices"][1:])
    kept = {step.id for step in flow.for_job(of).steps}
    assert "arrive" not in kept


def test_who_was_let_in_and_never_joined_is_let_in_again(tmp_path: Path) -> None:
    """A hub lets a device in for an hour: by the later visit that is over."""

    async def story() -> None:
        devices = sample("emergency-exchange")["devices"]
        async with home(tmp_path, BURNT, devices, walkthrough="install-electricity", reference="J-FIRST") as at:
            first = at.visit(leaves={"join-esme": "ask-later"})
            assert await first.run() is Outcome.INSTALL_AND_LEAVE
            await asyncio.sleep(7200)
            follow(at, devices, "J-FIRST")
            later = at.visit()
            assert await later.run() is Outcome.COMPLETE
            asked = [one.ask.service for one in at.asks()]
            assert "8.11" in asked
            assert "8.14.1" not in asked, "the network knows of the hub"

    in_virtual_time(story())
