"""Walkthrough 5 from start to end: switches labelled, joined, timed, boosted and tested at an emulated meter."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from hht.desk.course import AskState
from hht.desk.kinds import AskKind
from hht.model.communications_hub import CommunicationsHub
from hht.model.electricity_meter.items import LocalAccess
from hht.model.electricity_meter.load_control import SetSwitch
from hht.work.asking import NotNow
from hht.work.view import Outcome, StepState, VisitView
from hht.work.visit import StepFailed
from tests.support.virtual_time import VirtualTimeLoop, virtual
from tests.work.load_home import Dead, dies_at, facts, load_home, sample, small

TESTED = [SetSwitch(number, True, 1) for number in (1, 2, 3)]
AT_REST = {1: (False, "calendar"), 2: (False, "calendar"), 3: (False, "calendar")}
NO_TESTS = {f"test__safe__{number}": "leave:not-tested" for number in (1, 2, 3)}


@pytest.mark.requirement("ALC-03", "ALC-07", "ALC-12", "ALC-16")
@virtual
async def test_load_control_is_set_up_and_each_switch_tested(tmp_path: Path) -> None:
    async with load_home(tmp_path, sample("load-control")) as at, at.visit() as visit:
        assert await visit.run() is Outcome.COMPLETE
        assert {step.state for step in visit.view.steps} == {StepState.DONE, StepState.SKIPPED}
        plans = {number: switch.plan for number, switch in at.esme.load_control.switches.items()}
        assert [plan.label for plan in plans.values()] == ["Storage heaters", "Hot water", "Car charger"]
        assert [plan.boost for plan in plans.values()] == [False, True, False]
        hcalcs = at.premises.find("hcalcs-1")
        assert hcalcs.identity.device_id in at.esme.node.partners
        assert at.esme.identity.device_id in hcalcs.node.partners
        for end, partner in (("partners-hcalcs", at.esme), ("partners-esme", hcalcs)):
            assert facts(visit, end)["Knows"] == partner.identity.device_id, "both ends were asked"
        seen = facts(visit, "ask-switch-times")["Device fact seen"]
        assert seen == "1: 00:30-07:30; 2: 00:30-07:30,13:00-16:00; 3: 01:00-05:00"
        offset = facts(visit, "randomised-offset")
        assert offset["Randomised offset limit"] == "written and read back: 600"
        assert "up to 10:00 (mm:ss) of it at another rate than 2" in str(visit.view.step("randomised-offset").facts)
        (drawn,) = [fact.drawn for fact in visit.view.step("offset-effect").facts if fact.drawn]
        assert sum(drawn["spread"]["minutes"]) == 1000
        assert (at.commands, at.contacts) == (TESTED, AT_REST)
        for number in (1, 2, 3):
            found = visit.record.data[f"switch-test-{number}"]
            assert (found["seen"], found["final"]) == (True, "open")
        writes = {write.item.partition(" (")[0] for write in visit.record.writes if write.step.startswith("switch-")}
        assert writes == {"test of switch 1", "test of switch 2", "test of switch 3"}


@pytest.mark.parametrize(
    ("question", "answer"),
    [
        ("cylinder", "empty"),
        ("nobody", "working,covers"),
    ],
)
@virtual
async def test_what_is_not_safe_moves_nothing(tmp_path: Path, question: str, answer: str) -> None:
    """Each safety item by itself: the switch stays, its test is over, the others go on."""
    async with load_home(tmp_path, small(2)) as at:
        told = {f"test__safe__1_{question}": answer, f"test__safe__1_{question}?": "yes"}
        async with at.visit(**told) as visit:
            assert await visit.run() is Outcome.INSTALL_AND_LEAVE
        assert at.commands == [TESTED[1]]
        assert visit.view.step("switch-test-1").state is StepState.LEFT
        kinds = [one.ask.details["switch"] for one in at.asks() if one.ask.kind is AskKind.CLOSE_SWITCH]
        assert kinds == ["2"], "the desk was not even asked"


@virtual
async def test_a_load_that_does_not_follow_is_tested_again_only_when_a_person_says_that_it_is_safe(
    tmp_path: Path,
) -> None:
    async with load_home(tmp_path, small(2)) as at:
        async with at.visit(switch__test__1_load="no") as visit:
            with pytest.raises(StepFailed) as caught:
                await visit.run()
        assert (caught.value.code, caught.value.details["state"]) == ("load-not-there", "failed")
        assert at.contacts == AT_REST, "proved before it is told"
        async with at.visit(switch__test__1_again="no") as visit:
            with pytest.raises(StepFailed) as caught:
                await visit.run()
        assert caught.value.code == "not-safe-now"
        assert at.commands == TESTED[:1], "nothing was moved again"
        async with at.visit() as visit:
            assert await visit.run() is Outcome.COMPLETE
        assert at.commands == [TESTED[0], *TESTED[:2]]


@virtual
async def test_without_a_desk_nothing_is_moved_and_it_is_said(tmp_path: Path) -> None:
    async with load_home(tmp_path, small()) as at:
        async with at.visit(desk="", ask__labels="leave:ask-later") as visit:
            with pytest.raises(StepFailed) as caught:
                await visit.run()
        assert (caught.value.code, caught.value.details["step"]) == ("ask-the-desk", "switch-test-1")
        assert at.commands == []


@virtual
async def test_a_switch_that_something_else_holds_is_not_tested(tmp_path: Path) -> None:
    async with load_home(tmp_path, small()) as at:
        at.esme.load_control.switches[1].command(True, 300)
        async with at.visit() as visit:
            with pytest.raises(StepFailed) as caught:
                await visit.run()
        assert (caught.value.code, at.commands) == ("switch-held", [])


@virtual
async def test_a_switch_that_follows_its_calendar_late_is_waited_for_and_not_blamed(tmp_path: Path) -> None:
    """Its times are set first, and the limit after them: by the offset of now it is not its time yet, though it closed
    by that of before."""
    plain = small() | {"switches": [{"number": 1, "label": "Heaters", "on": "11:58-13:00"}]}
    async with load_home(tmp_path, plain) as at:
        at.esme.randomised_offset.number = 9000
        shown: list[str] = []

        def look(view: VisitView) -> None:
            step = view.step("switch-test-1")
            shown.extend(fact.label for fact in step.facts if step.state is StepState.STARTED)

        async with at.visit(on_view=look) as visit:
            assert await visit.run() is Outcome.COMPLETE
        assert at.commands == [SetSwitch(1, False, 1)]
        assert any("late by its own Randomised Offset" in label for label in shown)
        assert facts(visit, "switch-test-1")["Final state"] == "closed, as its calendar wants it"


@virtual
async def test_close_to_its_own_switching_time_a_switch_is_not_tested(tmp_path: Path) -> None:
    plain = small()
    plain["switches"] = [{"number": 1, "label": "Heaters", "on": "12:09-13:00"}]
    async with load_home(tmp_path, plain) as at:
        at.esme.randomised_offset.number = 0
        async with at.visit(test__safe__1_minutes="5") as visit:
            with pytest.raises(StepFailed) as caught:
                await visit.run()
            assert (caught.value.code, at.commands) == ("calendar-switches-soon", [])
        await asyncio.sleep(1800)
        async with at.visit(test__safe__1_minutes="1") as visit:
            assert await visit.run() is Outcome.COMPLETE
        assert at.commands == [SetSwitch(1, False, 5)], "closed by its calendar: the test opens it, for what was agreed"
        assert at.contacts[1] == (True, "calendar")
        assert facts(visit, "switch-test-1")["Final state"] == "closed, as its calendar wants it"


@virtual
async def test_a_join_that_one_end_does_not_know_is_not_taken_for_one(tmp_path: Path) -> None:
    async with load_home(tmp_path, sample("load-control")) as at:
        hcalcs = at.premises.find("hcalcs-1")

        def forget(point: str) -> None:
            hcalcs.node.partners.clear()

        async with at.visit(on_point=forget, **NO_TESTS) as visit:
            with pytest.raises(StepFailed) as caught:
                await visit.run()
        assert (caught.value.code, caught.value.details["step"]) == ("join-not-whole", "partners-hcalcs")


@virtual
async def test_a_terminal_that_dies_in_a_test_reads_and_proves_the_final_state(tmp_path: Path) -> None:
    """At every fifth journalled point of a test; taken up at once, or when the meter has long ended it."""
    points: list[str] = []
    for place in range(0, 40, 5):
        folder = tmp_path / str(place)
        async with load_home(folder, small()) as at:
            count = 0

            def die(point: str, place: int = place) -> None:
                nonlocal count
                step = point.split("/")[0]
                if step != "switch-test-1":
                    return
                count += 1
                if count > place:
                    points.append(point)
                    raise Dead

            async with at.visit(on_point=die) as visit:
                try:
                    outcome = await visit.run()
                except Dead:
                    outcome = None
            if outcome is not None:
                break
            closed = at.contacts[1][0]
            await asyncio.sleep(600 if place % 2 else 0)
            assert at.contacts[1] == ((False, "calendar") if place % 2 or not closed else (True, "command"))
            async with at.visit() as visit:
                assert await visit.run() is Outcome.COMPLETE
            assert at.commands == TESTED[:1], f"{points[-1]}: moved once, whenever the terminal died"
            assert at.contacts[1] == (False, "calendar")
            asks = [one for one in at.asks() if one.ask.kind is AskKind.CLOSE_SWITCH]
            assert [one.state for one in asks] == [AskState.DONE]
            told = visit.record.data["switch-test-1"]
            assert told["final"] == "open"
    assert len(points) >= 3, points
    assert outcome is Outcome.COMPLETE


@virtual
async def test_where_the_port_lets_nobody_write_the_supplier_sets_the_limit(tmp_path: Path) -> None:
    async with load_home(tmp_path, small()) as at:
        at.esme.local_access = LocalAccess.READ
        async with at.visit(test__safe__1="leave:not-tested") as visit:
            assert await visit.run() is Outcome.INSTALL_AND_LEAVE
        assert visit.view.step("randomised-offset").state is StepState.SKIPPED
        assert facts(visit, "ask-offset")["Device fact seen"] == "600 s"
        assert facts(visit, "offset-effect")["Randomised offset limit"] == "600 s (10:00 at worst)"


@virtual
async def test_without_a_wan_the_limit_comes_by_a_pack_and_is_read_back_by_the_probe(tmp_path: Path) -> None:
    async with load_home(tmp_path, small()) as at:
        at.esme.local_access = LocalAccess.READ
        at.premises.of(CommunicationsHub)[0].power.remove()
        at.premises.of(CommunicationsHub)[0].power.fit()  # its hour for a terminal begins
        await asyncio.sleep(180)
        at.take_pack()
        left = {"hub__wan_found": "no", "test__safe__1": "leave:not-tested"}
        async with at.visit(desk="", han=f"{at.link}&via=han", **left) as visit:
            assert await visit.run() is Outcome.INSTALL_AND_LEAVE
        states = {step.id: step.state for step in visit.view.steps}
        assert (states["deliver-pack"], states["ask-offset"]) == (StepState.DONE, StepState.SKIPPED)
        assert at.esme.randomised_offset.limit_s == 600
        assert at.esme.load_control.switches[1].plan.label == "Load 1", "the labels come with it"
        assert facts(visit, "offset-effect")["Randomised offset limit"] == "600 s (10:00 at worst)"


@virtual
async def test_a_limit_that_never_came_is_told_and_the_visit_is_not_whole(tmp_path: Path) -> None:
    async with load_home(tmp_path, small()) as at:
        async with at.visit(randomised__offset="leave:desk-said-no", test__safe__1="leave:not-tested") as visit:
            assert await visit.run() is Outcome.INSTALL_AND_LEAVE
        said = facts(visit, "offset-effect")["Not as the job says"]
        assert said == "the meter holds a limit of 0 s, the job says 600 s"
        assert said in facts(visit, "hand-over")["The day under the offset"]


@virtual
async def test_a_desk_that_refuses_moves_nothing_and_another_one_is_asked_anew(tmp_path: Path) -> None:
    async with load_home(tmp_path, small()) as at:
        began = at.clock.monotonic()
        async with at.visit("desk:emulated?trouble=refuses", ask__labels="leave:ask-later") as visit:
            with pytest.raises(StepFailed) as caught:
                await visit.run()
        assert (caught.value.code, caught.value.details["state"]) == ("desk-refused", "failed"), "known, not unknown"
        assert at.clock.monotonic() - began < 60, "what was refused is not waited for"
        async with at.visit() as visit:
            assert await visit.run() is Outcome.INSTALL_AND_LEAVE
        assert at.commands == TESTED[:1]
        assert "switch-test-1/again" in at.asked, "and a person said once more that it is safe"


@virtual
async def test_an_answer_that_never_comes_is_settled_by_reading(tmp_path: Path) -> None:
    """The desk says nothing: whether the switch was moved is unknown, and stays so until somebody hears."""
    async with load_home(tmp_path, small()) as at:
        async with at.visit("desk:emulated?trouble=silent", ask__labels="leave:ask-later") as visit:
            with pytest.raises(StepFailed) as caught:
                await visit.run()
        assert (caught.value.code, caught.value.details["state"]) == ("desk-unknown", "unknown")
        async with at.visit("desk:emulated?trouble=silent", switch__test__1_again="no") as visit:
            with pytest.raises(StepFailed) as caught:
                await visit.run()
        assert caught.value.code == "not-safe-now", "to ask how it stands might move it now"
        assert at.commands == []


@virtual
async def test_a_test_that_is_left_in_the_middle_does_not_end_the_visit_before_the_switch_is_back(
    tmp_path: Path,
) -> None:
    async with load_home(tmp_path, small()) as at:
        die = dies_at("switch-test-1/answer/after")
        async with at.visit(on_point=die, test__safe__1_minutes="5") as visit:
            with pytest.raises(Dead):
                await visit.run()
        assert at.contacts[1] == (True, "command")
        async with at.visit(switch__test__1="leave:not-proved") as visit:
            with pytest.raises(StepFailed) as caught:
                await visit.run()
        assert (caught.value.details["step"], caught.value.code) == ("switches-at-rest", "switch-held")
        async with at.visit(switches__at__rest="leave:not-at-rest") as visit:
            assert await visit.run() is Outcome.MADE_SAFE, "with a notice, and no other way"
        assert facts(visit, "switches-at-rest")["Notice"] == "SN-1001"
        assert visit.view.step("hand-over").state is StepState.DONE


@virtual
async def test_once_it_is_back_a_test_that_was_left_lets_the_visit_end(tmp_path: Path) -> None:
    async with load_home(tmp_path, small()) as at:
        die = dies_at("switch-test-1/answer/after")
        async with at.visit(on_point=die) as visit:
            with pytest.raises(Dead):
                await visit.run()
        await asyncio.sleep(120)
        async with at.visit(switch__test__1="leave:not-proved") as visit:
            assert await visit.run() is Outcome.INSTALL_AND_LEAVE
        assert facts(visit, "switches-at-rest") == {"Switch 1": "open, as its calendar wants it"}
        assert at.commands == TESTED[:1]


@virtual
async def test_no_ending_of_the_visit_walks_past_a_contact_that_a_test_still_holds(tmp_path: Path) -> None:
    async with load_home(tmp_path, small()) as at:
        async with at.visit(on_point=dies_at("switch-test-1/answer/after")) as visit:
            with pytest.raises(Dead):
                await visit.run()
        assert at.contacts[1] == (True, "command")
        with pytest.raises(NotNow):
            at.end("refused-work")
        async with at.visit(switch__test__1="leave:not-proved") as visit:
            with pytest.raises(StepFailed):
                await visit.run()  # it is left, and the contact is still held
        with pytest.raises(NotNow):
            at.end("refused-work")
        await asyncio.sleep(300)
        async with at.visit(on_point=dies_at("leaving-loads/started/before")) as visit:
            with pytest.raises(Dead):
                await visit.run()
        assert at.contacts[1][1] != "command"
        assert at.end("refused-work") is Outcome.ABANDONED, "once it was read back"


@virtual
async def test_a_switch_moves_only_on_a_word_of_just_now(tmp_path: Path) -> None:
    """What was said to be safe was said by another process, or long ago: it is asked once more, right before."""
    async with load_home(tmp_path, small()) as at:
        async with at.visit(on_point=dies_at("switch-test-1/started/before")) as visit:
            with pytest.raises(Dead):
                await visit.run()
        await asyncio.sleep(20 * 3600)
        async with at.visit(switch__test__1_again="no") as visit:
            with pytest.raises(StepFailed) as caught:
                await visit.run()
        assert (caught.value.code, at.commands) == ("not-safe-now", [])


@pytest.mark.parametrize(("minutes", "again"), [(14, 0), (16, 1)])
@virtual
async def test_what_is_safe_is_asked_once_more_where_that_is_older_than_the_limit(
    tmp_path: Path, minutes: int, again: int
) -> None:
    async with load_home(tmp_path, small()) as at:
        loop = asyncio.get_running_loop()
        assert isinstance(loop, VirtualTimeLoop)
        waited: list[int] = []

        def wait(visit: VisitView) -> None:
            if visit.step("test-safe-1").state is StepState.DONE and not waited:
                waited.append(minutes)
                loop.sleep_through(minutes * 60)

        async with at.visit(on_view=wait) as visit:
            assert await visit.run() is Outcome.COMPLETE
        assert at.asked.count("switch-test-1/again") == again
        assert at.commands == TESTED[:1]
