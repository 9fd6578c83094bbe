"""What the product list says of the meter on the wall, of a combination and of directions, as visits tell it."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from hht.packs.training_desk import training_desk
from hht.resources import resource_text
from hht.work.products_kept import ProductListStore
from hht.work.van import VanStock
from hht.work.view import Outcome, StepState
from hht.work.visit import StepFailed, Visit
from tests.support.virtual_time import in_virtual_time
from tests.work.new_home import facts
from tests.work.site_home import SiteHome, sample, site_home
from ui.van import signed_list

METER = "00-DB-12-34-56-78-90-A0"
SMART_TYPE = "00-DB-12-34-56-79-17-A0"
ORDER = {"by": "SEC Panel", "reference": "DIR-0099", "since": "2020-01-01", "reason": "a flaw was found"}


def relist(at: SiteHome, change: Callable[[dict[str, Any]], None]) -> None:
    """Another edition of the sample list, changed."""
    today = at.at.clock.now().date()
    plain = json.loads(resource_text("samples", "products.json"))
    change(plain)
    plain |= {"number": today.toordinal() + 1, "issued": today.isoformat()}
    lists = ProductListStore(at.at.store)
    lists.take(signed_list(json.dumps(plain).encode()), "list", (training_desk(),))


def directed(model: str, **order: str) -> Callable[[dict[str, Any]], None]:
    def change(plain: dict[str, Any]) -> None:
        rows = [one for one in plain["products"] if one["model"] == model]
        assert rows
        for one in rows:
            one.setdefault("record", {})["directions"] = [ORDER | order]

    return change


def reasons(visit: Visit) -> dict[str, str]:
    return {one["code"]: one["whose"] for one in visit.progress.steps["enrolment"].data["reasons"]}


def why_not(visit: Visit) -> str:
    return " ".join(fact.value for fact in visit.view.step("enrolment").facts if fact.label == "Why not")


async def commission(at: SiteHome, device_id: str, step: str = "identify") -> StepFailed:
    """Commission the meter on the wall, which has to fail at that step, and no step that writes is reached."""
    visit = at.visit(**{"scan__meter": device_id})
    with pytest.raises(StepFailed) as failed:
        await visit.run()
    assert visit.view.step(step).state is StepState.FAILED
    writes = [one for one in visit.view.steps if one.id.startswith("write-")]
    assert writes
    assert {one.state for one in writes} == {StepState.WAITING}
    return failed.value


@pytest.mark.requirement("ARC-09")
def test_a_smart_type_meter_is_recognised_and_not_commissioned(tmp_path: Path) -> None:
    async def story() -> None:
        devices = [sample("demo")["devices"][0] | {"device_id": SMART_TYPE}]
        async with site_home(tmp_path, "demo", "emulated:smart-type-shop?days=1", devices=devices) as at:
            error = await commission(at, SMART_TYPE)
            assert error.code == "not-smets"
            assert "It is a smart-type meter, not fully compliant with SMETS" in error.message
            assert "it lacks: load switch, prepayment, home area network" in error.message
            assert "cannot be enrolled with the DCC" in error.message
            assert at.premises.device().import_mpan == "1012345678903", "nothing was written"

    in_virtual_time(story())


@pytest.mark.requirement("SEC-22")
def test_a_non_compliant_meter_on_the_wall_is_to_be_replaced_and_its_manufacturer_pays(tmp_path: Path) -> None:
    async def story() -> None:
        async with site_home(tmp_path, "demo") as at:
            relist(at, directed("TRAINER-1E", action="remove", payer="manufacturer"))
            fitted = await commission(at, METER, "scan-meter")
            assert fitted.code == "must-not-install", "one from the van is not fitted"
        async with site_home(tmp_path / "wall", "demo") as at:
            relist(at, directed("TRAINER-1E", action="remove", payer="manufacturer"))
            VanStock(at.at.store).remove(METER)  # it has hung there for years
            error = await commission(at, METER)
            assert error.code == "directed-remove"
            for one in (fitted, error):
                assert "SEC Panel has directed (DIR-0099): not compliant, a flaw was found" in one.message
                assert "removed and replaced, and the manufacturer pays for it" in one.message
            assert "ask the desk for an exchange" in error.remedy

    in_virtual_time(story())


@pytest.mark.requirement("S1E-30")
def test_a_combination_is_listed_by_its_proof_and_a_suppliers_own_test_is_its_choice(tmp_path: Path) -> None:
    async def story() -> None:
        async with site_home(tmp_path, "smets1") as at:
            visit = at.visit()
            assert await visit.run() is Outcome.COMPLETE
            told = facts(visit, "combination")
            assert told["Combination on the lists"] == "EPC"
            assert told["Interoperates with the DCC"] == "proven by the DCC, 2019-06-14 (EPCT-0001)"
            assert told["Tested from end to end"].startswith("by no supplier: listed on interoperation with the DCC")
        async with site_home(tmp_path / "again", "smets1") as at:
            relist(at, lambda plain: plain["combinations"][0]["proof"].update(end_to_end_by="New Energy"))
            visit = at.visit()
            assert await visit.run() is Outcome.COMPLETE
            assert facts(visit, "combination")["Tested from end to end"] == "by New Energy"
            assert facts(visit, "combination")["Combination on the lists"] == "EPC", "either way"

    in_virtual_time(story())


@pytest.mark.requirement("S1E-18")
def test_the_panel_directs_and_the_dcc_does_not_commission_a_smets1_device(tmp_path: Path) -> None:
    async def story() -> None:
        link = "emulated:smets1-active?days=1"
        devices = json.loads(json.dumps(sample("smets1")["devices"]).replace("-79-09-", "-79-0A-"))
        async with site_home(tmp_path, "smets1", link, devices=devices) as at:
            at.premises.centre.register.direct("its keys were published")
            visit = at.visit()
            assert await visit.run() is Outcome.COMPLETE
            assert reasons(visit)["excluded-direction"] == "the SEC Panel"
            assert "directed the DCC not to commission it: its keys were published" in why_not(visit)
            assert visit.progress.steps["enrolment"].data["decision"] == "later"

    in_virtual_time(story())


def test_a_direction_of_the_product_list_keeps_a_site_out_too(tmp_path: Path) -> None:
    async def story() -> None:
        async with site_home(tmp_path, "smets1") as at:
            relist(at, directed("EM-HUB", action="not-commission"))
            visit = at.visit()
            assert await visit.run() is Outcome.COMPLETE
            assert reasons(visit)["directed-not-commission"] == "the SEC Panel"
            assert "Communications hub: SEC Panel has directed the DCC not to commission it (DIR-0099)" in why_not(
                visit
            )

    in_virtual_time(story())
