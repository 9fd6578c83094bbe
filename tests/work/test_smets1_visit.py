"""Walkthrough 12: a SMETS1 site is recognised, looked up and judged; its hub is the Lead Supplier's alone."""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from hht.model.wan.inventory import SmiStatus
from hht.work import first_generation
from hht.work.actions.first_generation import diagnostics_told
from hht.work.first_generation import linking_of
from hht.work.products import Part
from hht.work.step import StepError
from hht.work.timeline import Timer
from hht.work.timer_rules import TimerKind
from hht.work.timers import grace_timers
from hht.work.view import Outcome, StepState, Tone
from hht.work.visit import StepFailed, Visit
from tests.support.virtual_time import in_virtual_time
from tests.work.new_home import facts
from tests.work.site_home import SiteHome, sample, site_home
from ui.packs import Packs
from ui.timeline import timers_now

DECOMMISSION = {"hub__work_what": "decommission"}
HUB = "00-DB-12-34-56-79-0B-A2"


def told(visit: Visit, step: str) -> list[tuple[str, str]]:
    return [(fact.label, fact.value) for fact in visit.view.step(step).facts]


def data(visit: Visit, step: str) -> dict[str, Any]:
    return visit.progress.steps[step].data


def hubs_awaited(at: SiteHome) -> list[Timer]:
    home = at.at
    found = timers_now(home.store, Packs(home.store, home.clock, home.composer), home.clock)
    return [one for one in found if one.kind is TimerKind.HUB_GRACE]


@pytest.mark.requirement("S1E-01", "S1E-05", "S1E-13", "S1E-27", "S1E-43", "PRV-08")
def test_a_dormant_site_cannot_be_enrolled_yet_and_why(tmp_path: Path) -> None:
    async def story() -> None:
        async with site_home(tmp_path, "smets1") as at:
            visit = at.visit()
            assert await visit.run() is Outcome.COMPLETE
            made = facts(visit, "generation-of")
            assert made["Generation"] == "SMETS1"
            assert made["Assurance certificate"].startswith("none required")
            assert facts(visit, "combination")["Combination on the lists"] == "EPC"
            assert "only processes it for the gas supplier" in facts(visit, "site-record")["Gas data"]
            found = data(visit, "enrolment")
            assert found["decision"] == "later"
            assert [(one["code"], one["whose"]) for one in found["reasons"]] == [("not-tested", "the DCC")]
            (why,) = [value for label, value in told(visit, "enrolment") if label == "Why not"]
            assert why.startswith("Dormant: the system is Early Energy's, and New Energy cannot work it")
            never = ("hub-diagnostics", "raise-incident", "ask-decommission-hub", "hub-grace")
            assert {visit.view.step(step).state for step in never} == {StepState.SKIPPED}
            assert not any(one.ask.kind.to_device for one in at.at.asks()), "no device was sent a command"

    in_virtual_time(story())


@pytest.mark.requirement("CAD-24")
@pytest.mark.parametrize("noted", [True, False])
def test_how_a_customers_own_device_is_linked_is_the_models_note_or_nothing_is_tried(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, *, noted: bool
) -> None:
    if not noted:
        table = {**first_generation._catalogue(), "linking": []}
        monkeypatch.setattr(first_generation, "_catalogue", lambda: table)

    async def story() -> None:
        async with site_home(tmp_path, "smets1") as at:
            visit = at.visit()
            assert await visit.run() is Outcome.COMPLETE
            (linking,) = [one for one in visit.view.step("generation-of").facts if one.label.startswith("Linking")]
            assert "SMETS1" in linking.value
            assert "not say how" in linking.value
            if noted:
                assert "takes its own maker's display alone" in linking.value
                assert "verified: the training premises" in linking.value
            else:
                assert "try nothing, and ask its maker or the desk" in linking.value
                assert linking.tone is Tone.WARN
            assert not any(one.ask.kind.to_device for one in at.at.asks()), "no device is listed or joined for it"
            assert [kind for kind in (one.ask.kind for one in at.at.asks()) if "list" in kind or "join" in kind] == []

    in_virtual_time(story())


@pytest.mark.requirement("CAD-24")
def test_the_note_is_of_one_model_and_another_model_has_none() -> None:
    noted = Part("electricity-meter", "HHT Training", "SMETS1-1E", "00010003")
    other = Part("electricity-meter", "HHT Training", "SMETS1-2E", "00010003")
    assert linking_of(noted).way
    assert linking_of(other).way == linking_of(None).way == ""
    assert "SMETS2 hub in its place" in linking_of(other).words


def test_an_active_site_waits_for_its_supplier_and_for_each_exclusion(tmp_path: Path) -> None:
    async def story() -> None:
        link = "emulated:smets1-active?days=1&fault=smets1-keys-missing"
        devices = json.loads(json.dumps(sample("smets1")["devices"]).replace("-79-09-", "-79-0A-"))
        async with site_home(tmp_path, "smets1", link, devices=devices, supplier="Early Gas") as at:
            visit = at.visit()
            assert await visit.run() is Outcome.COMPLETE
            found = data(visit, "enrolment")
            codes = {one["code"] for one in found["reasons"] if one["bars"]}
            assert codes == {"not-authorised", "excluded-master-keys"}
            assert found["decision"] == "replace", "nobody can take it over without its keys"

    in_virtual_time(story())


@pytest.mark.requirement("S1E-16", "S1E-34")
def test_an_enrolled_sites_security_is_covered_by_the_assessments_that_its_users_have_already(tmp_path: Path) -> None:
    async def story() -> None:
        for name, enrolled in (("smets1-incident", True), ("smets1", False)):
            async with site_home(tmp_path / name, name) as at:
                visit = at.visit()
                assert await visit.run() is Outcome.COMPLETE
                way = facts(visit, "site-record").get("Messages go by", "")
                assert ("the S1SP" in way and "No Parse and Correlate" in way) is enrolled
                told = facts(visit, "site-record").get("Security assessment", "")
                assert ("section G8" in told and "There is no second assessment" in told) is enrolled

    in_virtual_time(story())


@pytest.mark.requirement("S1E-09", "S1E-19", "S1E-22", "S1E-23")
def test_who_does_not_lead_raises_an_incident_and_may_do_no_more(tmp_path: Path) -> None:
    async def story() -> None:
        async with site_home(tmp_path, "smets1-incident") as at:
            visit = at.visit()
            assert await visit.run() is Outcome.COMPLETE
            lead = facts(visit, "site-record")["Lead Supplier"]
            assert lead.startswith("Early Energy, not this job's supplier (Early Gas)")
            raised = facts(visit, "raise-incident")
            assert (raised["Incident"], raised["Assigned to"]) == ("1", "S1SP"), "the diagnostics did not explain it"
            assert "raise-incident" not in at.premises.centre.inventory.assets
            assert at.premises.centre.inventory.asset(HUB).status is SmiStatus.COMMISSIONED

    in_virtual_time(story())


def test_decommissioning_is_not_offered_to_who_does_not_lead(tmp_path: Path) -> None:
    async def story() -> None:
        async with site_home(tmp_path, "smets1-incident") as at:
            visit = at.visit(**DECOMMISSION)
            with pytest.raises(StepFailed) as refused:
                await visit.run()
            assert visit.view.step("hub-work").state is StepState.FAILED, refused.value
            assert at.premises.centre.inventory.asset(HUB).status is SmiStatus.COMMISSIONED

    in_virtual_time(story())


@pytest.mark.requirement("S1E-19", "S1E-20", "S1E-21", "S1E-25")
def test_the_lead_supplier_decommissions_and_another_hub_is_awaited(tmp_path: Path) -> None:
    async def story() -> None:
        async with site_home(tmp_path, "smets1-incident", supplier="Early Energy") as at:
            assert hubs_awaited(at) == []
            visit = at.visit(**DECOMMISSION)
            assert await visit.run() is Outcome.COMPLETE
            books = at.premises.centre.inventory
            assert books.asset(HUB).status is SmiStatus.DECOMMISSIONED
            parts = {row.kind.value: row.status for row in books.assets.values()}
            assert parts["gas-proxy-function"] is SmiStatus.DECOMMISSIONED, "the proxy goes with the hub"
            assert parts["gas-meter"] is SmiStatus.COMMISSIONED, "and the gas meter, which is no part of it, stays"
            assert books.grace_left_days == data(visit, "hub-grace")["days"] == 30
            (timer,) = hubs_awaited(at)
            assert (timer.about, timer.ends.isoformat()) == (
                "J-1111",
                data(visit, "hub-grace")["ends"].replace("Z", "+00:00"),
            )
            assert visit.view.step("raise-incident").state is StepState.SKIPPED

    in_virtual_time(story())


@pytest.mark.requirement("S1E-20")
def test_once_a_visit_tells_of_another_hub_nothing_counts_down_any_more(tmp_path: Path) -> None:
    async def story() -> None:
        async with site_home(tmp_path, "smets1-incident", supplier="Early Energy") as at:
            visit = at.visit(**DECOMMISSION)
            await visit.run()
            gone = visit.progress.steps["hub-grace"].finished_at
            assert gone is not None
            job = at.at.job
            (timer,) = grace_timers(job, visit.progress, gone - timedelta(days=1))
            assert timer.kind is TimerKind.HUB_GRACE
            assert grace_timers(job, visit.progress, gone + timedelta(days=1)) == []

    in_virtual_time(story())


@pytest.mark.parametrize(
    "answer",
    ["", "[]", "{}", "[" * 9999, '{"taken": "2026-01-01T00:00:00", "fresh": true, "parts": {}}',
     '{"taken": "2026-01-01T00:00:00Z", "fresh": "no", "parts": {}}',
     '{"taken": "2026-01-01T00:00:00Z", "fresh": true, "parts": []}'],
)  # fmt: skip
def test_diagnostics_that_cannot_be_read_are_told_as_that(answer: str) -> None:
    with pytest.raises(StepError) as caught:
        diagnostics_told(answer)
    assert caught.value.code == "hub-diagnostics"
