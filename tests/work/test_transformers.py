"""Walkthrough 14: a business outside the DCC, and a meter behind current transformers, held against its plates."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from hht.clock import ManualClock
from hht.model.electricity_meter import ElectricityMeter
from hht.model.electricity_meter.supply import DisableSupply
from hht.model.faults import FaultError
from hht.model.plan_file import PremisesError
from hht.model.premises import load_premises
from hht.model.premises_plan import parse_premises
from hht.model.prepayment.settings import PaymentMode
from hht.model.refusal import DeviceRefusal
from hht.resources import resource_text
from hht.work.actions.outside import ratio_of
from hht.work.view import Outcome, StepState
from hht.work.visit import StepFailed
from tests.support.radio import LoopClock
from tests.support.virtual_time import in_virtual_time
from tests.work.new_home import facts
from tests.work.site_home import site_home

CT = "current-transformers"
AS_FITTED = "fitted = [200, 5]\n"


@pytest.fixture
def workshop(tmp_path: Path) -> Any:
    """A premises file of the workshop with something else in it."""

    def made(old: str = "", new: str = "") -> str:
        text = resource_text("premises", f"{CT}.toml")
        assert old in text
        path = tmp_path / "workshop.toml"
        path.write_text(text.replace(old, new))
        return f"emulated:{path}?days=1"

    return made


@pytest.mark.requirement("CHR-05", "CHR-06", "CHR-09")
def test_it_counts_as_plates_and_clamp_say_and_cannot_switch_anything_off(tmp_path: Path) -> None:
    async def story() -> None:
        async with site_home(tmp_path, CT) as at:
            visit = at.visit()
            assert await visit.run() is Outcome.COMPLETE
            compared = facts(visit, "ct-compare")
            assert compared["Ratio in the meter"] == "200/5 A"
            assert compared["Load switch"].startswith("none, as it has to be")
            assert {"L1 current", "L2 current", "L3 current", "L3 voltage"} <= set(compared)
            steps = {step.id for step in visit.view.steps}
            assert not steps & {"isolate", "fit-hub", "registers", "ask-let-esme-in", "join-esme"}
            assert "cannot be paired" in facts(visit, "outside-why")["Consumer access devices"]
            (meter,) = at.premises.of(ElectricityMeter)
            assert not meter.load_switch.fitted
            before = meter.supply
            meter.load_switch.disable("credit", "nothing is left")
            assert meter.supply is before, "there is nothing to open"

    in_virtual_time(story())


@pytest.mark.parametrize(
    ("new", "said"),
    [
        ("fitted = [200, 5]\nprogrammed = [100, 5]\n", "the meter is set to 100/5 A, the plates say 200/5 A"),
        ("fitted = [400, 5]\nprogrammed = [200, 5]\n", "L1 current"),
    ],
)
def test_a_wrong_ratio_is_found_by_the_meter_or_by_the_clamp(
    tmp_path: Path, workshop: Any, new: str, said: str
) -> None:
    async def story() -> None:
        async with site_home(tmp_path, CT, workshop(AS_FITTED, new)) as at:
            visit = at.visit()
            with pytest.raises(StepFailed, match=said):
                await visit.run()
            assert visit.view.step("ct-compare").state is StepState.FAILED

    in_virtual_time(story())


def test_the_plates_are_held_against_the_job_before_anything_is_undone(tmp_path: Path) -> None:
    async def story() -> None:
        async with site_home(tmp_path, CT) as at:
            with pytest.raises(StepFailed, match="The plates say 250/5 A, the job says 200/5 A") as caught:
                await at.visit(ct__plate_ratio="250/5").run()
            assert caught.value.code == "ct-ratio"
            visit = at.visit(leaves={"ct-plate": "wrong-kit"})
            assert await visit.run() is Outcome.ABANDONED
            assert visit.progress.steps["ct-short"].attempts == 0

    in_virtual_time(story())


@pytest.mark.parametrize(
    ("text", "ratio"),
    [("200/5", (200, 5)), (" 150 / 1 A", (150, 1)), ("200:5", (200, 5)), ("200", None), ("5/200", None), ("0/5", None)],
)
def test_what_a_plate_says(text: str, ratio: tuple[int, int] | None) -> None:
    assert ratio_of(text) == ratio


def test_a_command_to_switch_is_refused_where_nothing_can_be_switched() -> None:
    async def story() -> None:
        premises = load_premises(CT, clock=LoopClock(), days=1)
        meter = premises.find("esme-1")
        supplier = premises.centre.access.users["Business Energy"].party
        with pytest.raises(DeviceRefusal, match="no load switch"):
            meter.execute(DisableSupply(), supplier)
        fair = load_premises("opted-out-shop", clock=LoopClock(), days=1).find("esme-1")
        assert fair.load_switch.fitted

    in_virtual_time(story())


@pytest.mark.requirement("EDG-05")
def test_only_where_there_is_a_load_switch_can_it_fail_and_cut_a_credit_home_off() -> None:
    clock = ManualClock(datetime(2026, 6, 17, 12, tzinfo=UTC))
    home, workshop = (load_premises(name, clock=clock, days=1) for name in ("single-element", CT))
    meter = home.find("esme-1")
    assert meter.prepayment.mode is PaymentMode.CREDIT
    assert meter.consumer.supplied == [True]
    home.faults.on("contact-burnt", "esme-1")
    assert (meter.supply.value, meter.consumer.supplied) == ("enabled", [False]), "no command took it away"
    without = {kind.name for kind, _devices in workshop.faults.offered()}
    assert not {"contact-burnt", "stuck-contactor"} & without
    assert {"contact-burnt", "stuck-contactor"} <= {kind.name for kind, _devices in home.faults.offered()}
    with pytest.raises(FaultError):
        workshop.faults.on("contact-burnt", "esme-1")
    assert workshop.find("esme-1").consumer.supplied == [True, True, True]


@pytest.mark.parametrize("line", ["fitted = [200]", "fitted = 200", "programmed = [200, 5, 1]", "fitted = [0, 5]"])
def test_transformers_that_are_none_are_refused(line: str) -> None:
    text = resource_text("premises", f"{CT}.toml").replace("fitted = [200, 5]", line)
    with pytest.raises(PremisesError):
        parse_premises(text, name="x", file="x.toml")


def test_a_home_is_never_outside_the_dcc(tmp_path: Path) -> None:
    async def story() -> None:
        async with site_home(tmp_path, "opted-out-shop", domestic=True) as at:
            visit = at.visit()
            assert await visit.run() is Outcome.INSTALL_AND_LEAVE
            assert "never outside the DCC" in facts(visit, "hand-over")["What is not done here"]
        async with site_home(tmp_path / "said", "opted-out-shop") as at:
            visit = at.visit(leaves={"opted-out": "not-opted-out"}, opted__out_site="home")
            assert await visit.run() is Outcome.ABANDONED
            assert visit.progress.steps["isolate"].attempts == 0

    in_virtual_time(story())


def test_another_reading_in_the_head_end_is_told_and_what_is_none_is_asked_again(tmp_path: Path) -> None:
    """One after another in one visit, which ends with the right one."""
    wrong = {
        "1": "head-end-differs",
        "NaN": "head-end-reading",
        "Infinity": "head-end-reading",
        "8,214": "head-end-reading",
        "8214 kWh": "head-end-reading",
    }

    async def story() -> None:
        async with site_home(tmp_path, "opted-out-shop") as at:
            told = {}
            for typed in wrong:
                with pytest.raises(StepFailed) as caught:
                    await at.visit(head__end_reading=typed).run()
                told[typed] = caught.value.code
            assert told == wrong
            kwh = at.premises.find("esme-1").registers()[0] / 1000
            right = at.visit(head__end_reading=f"{kwh:.3f}")
            assert await right.run() is Outcome.COMPLETE
            assert "kWh and" in facts(right, "head-end")["Head end and meter"]

    in_virtual_time(story())
