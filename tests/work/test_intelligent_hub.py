"""Walkthrough 14, training: what the terminal works out of an intelligent hub's account is what the hub works out."""

from __future__ import annotations

import itertools
from decimal import Decimal
from pathlib import Path

import pytest

from hht.model.communications_hub import CommunicationsHub
from hht.model.premises import load_premises
from hht.work.actions.intelligent_hub import button_works, cut_off_m3
from hht.work.view import Outcome
from hht.work.visit import StepFailed
from hht.work.walkthrough import WalkthroughError, load_walkthrough
from tests.support.radio import LoopClock
from tests.support.virtual_time import in_virtual_time
from tests.work.flow_model import HUB, job
from tests.work.new_home import facts
from tests.work.site_home import site_home


@pytest.mark.requirement("IH-03")
def test_the_cut_off_volume_is_the_hubs_own() -> None:
    async def story() -> None:
        premises = load_premises("intelligent-hub", clock=LoopClock(), days=1)
        (hub,) = premises.of(CommunicationsHub)
        own = hub.gpf.calculate()  # type: ignore[attr-defined]
        assert own.cut_off_nl is not None
        worked = cut_off_m3(
            Decimal(own.register_nl) / 10**12,
            Decimal(own.credit) / 100_000,
            Decimal(own.price) / 1000,
            Decimal(own.conversion.calorific_value) / 10,
            Decimal(own.conversion.factor) / 100_000,
        )
        assert abs(worked - Decimal(own.cut_off_nl) / 10**12) < Decimal("0.001")

    in_virtual_time(story())


@pytest.mark.requirement("IH-17")
def test_the_button_works_in_one_case_of_eight() -> None:
    cases = itertools.product((True, False), (True, False), (144, 0))
    works = [case for case in cases if button_works(shut=case[0], off_line=case[1], half_hours=case[2])]
    assert works == [(True, True, 144)]


@pytest.mark.requirement("IH-15", "IH-16")
def test_the_training_visit_goes_to_its_end_and_says_what_it_is(tmp_path: Path) -> None:
    async def story() -> None:
        async with site_home(tmp_path, "intelligent-hub") as at:
            visit = at.visit()
            assert await visit.run() is Outcome.COMPLETE
            assert facts(visit, "ih-account")["Training"].endswith("never rolled out")
            assert facts(visit, "ih-account")["Cut-off volume, worked out"] == "443.876 m³"
            assert facts(visit, "ih-counters")["Until the valve shuts without a HAN"] == "3.0 days"

    in_virtual_time(story())


@pytest.mark.parametrize(
    ("other", "said"),
    [
        ({"ih__account_shown": "444"}, "worked out are 443.876"),
        ({"ih__counters_hub": "143"}, "The meter counts 144 half-hours, the hub 143"),
        ({"ih__button_line": "on-line"}, "it does nothing"),
    ],
)
def test_what_differs_is_told(tmp_path: Path, other: dict[str, str], said: str) -> None:
    async def story() -> None:
        async with site_home(tmp_path, "intelligent-hub") as at:
            with pytest.raises(StepFailed, match=said):
                await at.visit(**other).run()

    in_virtual_time(story())


def test_it_is_for_training_alone() -> None:
    live = job("intelligent-hub", HUB, training=False, link="optical:/dev/ttyUSB0")
    with pytest.raises(WalkthroughError, match="training alone"):
        load_walkthrough("intelligent-hub").for_job(live)
