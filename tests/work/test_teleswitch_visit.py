"""A radio teleswitch is replaced: old circuits mapped, the meter exchanged and commissioned, each seen to switch."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from hht.work.view import Outcome, StepState, VisitView
from hht.work.visit import StepFailed
from tests.support.virtual_time import virtual
from tests.work.load_home import Dead, LoadHome, dies_at, facts, load_home, sample

LEFT = {f"test__safe__{number}": "leave:not-tested" for number in (1, 2, 3)}


async def waiting(at: LoadHome) -> str:
    """The visit up to the wait, which is further off than the step may wait; what it is told then."""
    async with at.visit(**LEFT) as visit:
        with pytest.raises(StepFailed) as caught:
            await visit.run()
        assert caught.value.details["step"] == "verify-switching", caught.value.message
        rows = visit.record.data["next-switching"]["rows"]
    assert [row["closed"] for row in rows] == [False, False]
    return str(caught.value.code)


@pytest.mark.requirement("ALC-06", "EDG-12")
@virtual
async def test_a_teleswitch_is_replaced_and_verified_when_the_visit_is_taken_up_again(tmp_path: Path) -> None:
    async with load_home(tmp_path, sample("replace-teleswitch")) as at:
        assert await waiting(at) == "not-yet"
        await asyncio.sleep(13 * 3600)  # the night has come: 00:30 and the offset are over
        before = list(at.asked)
        async with at.visit(**LEFT) as visit:
            assert await visit.run() is Outcome.INSTALL_AND_LEAVE  # for the tests that were left
            found = facts(visit, "verify-switching")
        assert found == {
            "Off-peak heating (cable 5)": "closed, as its calendar wants it",
            "Immersion (cable 6)": "closed, as its calendar wants it",
        }
        assert not set(at.asked[len(before) :]) & set(before), "nothing was asked again"
        mapped = facts(visit, "old-circuits")["Off-peak heating (cable 5)"]
        assert mapped == "00:30-07:30 → switch 1 (Storage heaters), 00:30-07:30, tariff NIGHT"
        assert at.esme.tariff.plan.name == "NIGHT", "the tariff of the map is the meter's"
        assert at.contacts[1] == (True, "calendar")
        assert visit.view.step("verify-switching").state is StepState.DONE


@virtual
async def test_a_circuit_that_did_not_switch_is_found_and_one_that_is_soon_is_waited_for(tmp_path: Path) -> None:
    """The terminal dies as it begins to wait; taken up again it counts down, reads, and finds a stuck contact."""
    plain = sample("replace-teleswitch")
    plain["switches"] = [{"number": 1, "label": "Heaters", "on": "13:10-14:00", "old_circuit": "Cable 5"}]
    plain["devices"] = [one for one in plain["devices"] if one["type"] != "load-control-switch"]
    async with load_home(tmp_path, plain) as at:
        die = dies_at("verify-switching/started/after")
        async with at.visit(on_point=die, test__safe__1="leave:not-tested") as visit:
            with pytest.raises(Dead):
                await visit.run()
        at.premises.faults.on("stuck-switch-1", "esme-1")
        await asyncio.sleep(3900 - at.clock.monotonic())  # 13:05
        shown: list[str] = []

        def look(view: VisitView) -> None:
            facts_now = {fact.label: fact.value for fact in view.step("verify-switching").facts}
            shown.append(facts_now.get("Next switching", ""))

        async with at.visit(on_view=look) as visit:
            with pytest.raises(StepFailed) as caught:
                await visit.run()
        assert caught.value.code == "not-switched"
        assert "Cable 5" in caught.value.message
        counted = [words for words in dict.fromkeys(shown) if words]
        assert len(counted) > 5
        assert all(words.startswith("2026-03-02 13:1") for words in counted)
        at.premises.faults.off("stuck-switch-1", "esme-1")
        at.esme.load_control.settle(at.esme.load_control.switches[1])
        async with at.visit() as visit:
            assert await visit.run() is Outcome.INSTALL_AND_LEAVE
        assert facts(visit, "verify-switching") == {"Cable 5": "closed, as its calendar wants it"}
