"""Walkthrough 14: microgeneration is read with evidence, a missing registration is told; a teleswitch's leftovers."""

from __future__ import annotations

from pathlib import Path

import pytest

from hht.resources import resource_text
from hht.work.view import Outcome, StepState
from hht.work.visit import StepFailed
from tests.support.virtual_time import in_virtual_time
from tests.work.new_home import facts
from tests.work.site_home import site_home

NAME = "generation-visit"


@pytest.mark.requirement("MIC-01", "MIC-04", "MIC-10")
def test_generation_is_read_by_its_own_port_and_from_afar(tmp_path: Path) -> None:
    async def story() -> None:
        async with site_home(tmp_path, NAME) as at:
            visit = at.visit()
            assert await visit.run() is Outcome.COMPLETE
            read = visit.progress.steps["generation-port"].data["registers"]
            generated = at.premises.find("esme-2").registers()[1]
            (export,) = [one for one in read if one["obis"] == "1-0:2.8.0"]
            assert abs(float(export["value"]) * 1000 - generated) < 1000
            assert visit.record.answers["generation-what/reading"] == "08214"
            (asked,) = at.at.asks()
            assert (asked.ask.service, str(asked.ask.device)) == ("6.2.7", "00-DB-12-34-56-79-02-A1")

    in_virtual_time(story())


@pytest.mark.requirement("MIC-06")
def test_without_a_registration_the_dcc_refuses_and_the_visit_says_so(tmp_path: Path) -> None:
    text = resource_text("premises", "solar-generation.toml")
    path = tmp_path / "unregistered.toml"
    path.write_text(text.replace('generation = ["esme-2"]\n', ""))

    async def story() -> None:
        async with site_home(tmp_path, NAME, f"emulated:{path}?days=1") as at:
            with pytest.raises(StepFailed):
                await at.visit().run()
            (asked,) = at.at.asks()
            assert "Feed-in Tariff registration" in asked.why
            left = at.visit(leaves={"ask-generation": "not-registered"})
            assert await left.run() is Outcome.INSTALL_AND_LEAVE

    in_virtual_time(story())


def test_leftovers_are_given_on_and_nothing_of_them_is_undone(tmp_path: Path) -> None:
    async def story() -> None:
        async with site_home(tmp_path, "teleswitch-leftovers") as at:
            visit = at.visit(leftover__box_bridged="yes", leftover__circuits_heating="always")
            assert await visit.run() is Outcome.INSTALL_AND_LEAVE
            told = facts(visit, "hand-over")
            assert told["The teleswitch and its cables"] == "Bridged: what hangs on them is always on"
            assert told["Each old circuit"] == "Always on"
            assert "Switch 1" in facts(visit, "leftover-switches")
            assert at.at.asks() == ()
        async with site_home(tmp_path / "bare", "teleswitch-leftovers") as at:
            visit = at.visit(
                leftover__box_exposed="bare", **{"leftover__box_exposed?": "yes", "leftover__box_notice": "N-1"}
            )
            assert await visit.run() is Outcome.MADE_SAFE
            assert visit.view.step("leftover-switches").state is StepState.LEFT

    in_virtual_time(story())
