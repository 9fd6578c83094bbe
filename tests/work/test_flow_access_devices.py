"""Consumers' devices at an emulated home over its bytes: paired in three ways, removed, gone with the people before."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from hht.model.alert_codes import AlertCode
from hht.model.training.panel import press_control
from hht.work.timer_rules import TimerKind
from hht.work.timers import visit_timers
from hht.work.view import Outcome, StepState
from hht.work.visit import StepFailed, Visit
from hht.work.walkthrough import WalkthroughError, load_walkthrough
from tests.support.virtual_time import virtual
from tests.work.access_home import access_home, devices, facts
from tests.work.flow_model import job

ID = "00-DB-12-34-56-79-0B-"
NEW, OLD, OLDER = ID + "A8", ID + "A9", ID + "AA"
CODE = "00112233445566778899AABBCCDD0B04"
HAN = "emulated:consumer-devices?days=1&via=han"


def states(visit: Visit) -> set[StepState]:
    return {step.state for step in visit.view.steps}


@pytest.mark.requirement("CAD-04", "CAD-07", "CAD-11", "CAD-19")
@virtual
async def test_a_device_is_paired_in_todays_way(tmp_path: Path) -> None:
    async with access_home(tmp_path, "pair-cad") as at:
        visit = at.visit(han=HAN)
        assert await visit.run() is Outcome.COMPLETE
        assert states(visit) == {StepState.DONE}
        device = at.premises.find("cad-1")
        assert device.indicator == "paired"  # type: ignore[attr-defined]
        listed = facts(visit, "ask-list-device")
        assert listed["Who may send it"] == "import supplier, gas supplier, other user"
        joined = facts(visit, "ask-join-esme-device")
        assert joined["Course"] == "asked, sent, acknowledged, result, device fact seen"
        assert NEW in joined["Device fact seen"], "the meter's own Event Log, by the probe"
        assert "not yet" in facts(visit, "ask-join-gpf-device")["Device fact seen"], "a gas proxy has no port"
        assert "joined to electricity meter, gas proxy" in facts(visit, "logs-joined")["Customer's device"]
        assert facts(visit, "hub-lists")["Hub's own log"].startswith(NEW)
        (ask,) = [one for one in at.desks.asks() if one.ask.kind == "whitelist"]
        assert ask.fact is not None
        assert ask.fact.agrees
        assert ask.secrets_erased


@virtual
async def test_until_when_the_device_may_join_is_counted_down(tmp_path: Path) -> None:
    async with access_home(tmp_path, "pair-cad") as at:
        visit = at.visit(join__device_shown="no")
        with pytest.raises(StepFailed):
            await visit.run()
        (timer,) = [one for one in visit_timers(at.stored.job, visit.progress) if one.kind is TimerKind.JOIN]
        began = visit.progress.steps["ask-list-device"].began_at
        assert began is not None
        assert timer.ends == began + timedelta(hours=1)


@virtual
async def test_an_install_code_stays_in_no_journal_and_a_wrong_one_is_told_by_the_device(tmp_path: Path) -> None:
    async with access_home(tmp_path, "pair-cad") as at:
        wrong = "FF" + CODE[2:]
        visit = at.visit(ask__list__device_code=wrong)
        with pytest.raises(StepFailed) as failed:
            await visit.run()
        assert failed.value.details["step"] == "ask-join-esme-device"
        journal = str([entry.payload for entry in visit.journal.entries()])
        assert wrong not in journal
        assert "given" in journal
        assert at.premises.find("cad-1").node.failure.value == "the keys do not agree: wrong install code"  # type: ignore[union-attr]


@pytest.mark.requirement("CAD-13")
@virtual
async def test_another_users_desk_pairs_but_changes_no_tenancy(tmp_path: Path) -> None:
    async with access_home(tmp_path, "pair-cad") as at:
        visit = at.visit("desk:emulated?role=other-user")
        assert await visit.run() is Outcome.COMPLETE
        assert at.premises.find("cad-1").indicator == "paired"  # type: ignore[attr-defined]
        assert facts(visit, "hub-lists")["Hub's own log"].startswith("not read")
    async with access_home(tmp_path / "other", "change-tenancy", told=devices(cads=())) as at:
        with pytest.raises(StepFailed) as failed:
            await at.visit("desk:emulated?role=other-user").run()
        assert (failed.value.code, failed.value.details["step"]) == ("desk-refused", "ask-tenancy-esme")


@pytest.mark.requirement("CAD-05", "CAD-09", "CAD-16", "CAD-26")
@virtual
async def test_option_1_pairs_by_button_and_passkey(tmp_path: Path) -> None:
    async with access_home(tmp_path, "pair-cad-passkey", "passkey-pairing", devices("0C")) as at:
        visit = at.visit()
        assert await visit.run() is Outcome.COMPLETE
        assert at.premises.find("cad-1").indicator == "paired"  # type: ignore[attr-defined]
        assert [one.ask.kind.value for one in at.desks.asks()] == ["read-device-log"] * 3, (
            "nothing is asked to be changed"
        )


@pytest.mark.parametrize(("item", "answer"), [("keypad", "none"), ("place", "shared"), ("passkey", "lost")])
def test_option_1_ends_without_keypad_or_privacy(tmp_path: Path, item: str, answer: str) -> None:
    @virtual
    async def story() -> None:
        async with access_home(tmp_path, "pair-cad-passkey", "passkey-pairing", devices("0C")) as at:
            with pytest.raises(StepFailed) as failed:
                await at.visit(**{f"passkey__ready_{item}": answer}).run()
            assert failed.value.details["step"] == "passkey-ready"

    story()


@pytest.mark.requirement("CAD-06", "CAD-10")
@virtual
async def test_option_2_pairs_for_who_says_the_number(tmp_path: Path) -> None:
    async with access_home(tmp_path, "pair-cad-remote") as at:
        shown: list[str] = []
        visit = at.visit("desk:emulated?role=other-user")
        visit._log._on_view = lambda view: shown.extend(
            fact.value for fact in view.step("ask-pair-device").facts if fact.label == "Customer Identification Number"
        )
        assert await visit.run() is Outcome.COMPLETE
        assert at.premises.find("cad-1").indicator == "paired"  # type: ignore[attr-defined]
        assert "never asks for one" in shown[0]
        hops = [fact.value for fact in visit.view.step("ask-pair-device").facts if fact.label == "Hop"]
        assert [hop.split()[2] for hop in hops] == ["9.1", "8.11", "8.7.2", "8.7.2"]
        assert not [one for one in at.asked if "number" in one or "cin" in one]


@pytest.mark.requirement("CAD-01")
@virtual
async def test_one_device_is_removed_and_the_other_reads_on(tmp_path: Path) -> None:
    async with access_home(tmp_path, "remove-cad", told=devices(cads=("A9",))) as at:
        visit = at.visit()
        outcome = await visit.run()
        assert outcome is Outcome.COMPLETE
        assert at.hands.said[0].count("refused") == 2, "hub and meters refuse it"
        assert "refused" not in at.hands.said[1]
        hub = at.premises.find("hub-1")
        assert OLD not in hub.device_log  # type: ignore[attr-defined]
        assert OLDER in hub.device_log  # type: ignore[attr-defined]
        assert OLD in facts(visit, "meter-refuses")["Refused by the meter"]


@pytest.mark.requirement("CAD-03", "PRV-07")
@virtual
async def test_a_change_of_tenancy_removes_every_earlier_device_and_proves_it(tmp_path: Path) -> None:
    async with access_home(tmp_path, "change-tenancy", told=devices(cads=())) as at:
        visit = at.visit(han=HAN)
        assert await visit.run() is Outcome.COMPLETE
        assert visit.record.data["find-devices"]["devices"] == [OLD, OLDER]
        assert "tenancy" in facts(visit, "ask-tenancy-esme")["Device fact seen"]
        told = visit.view.step("meter-refuses").facts
        refused = [fact.value for fact in told if fact.label == "Refused by the meter"]
        assert [line.split()[-1] for line in refused] == [OLD, OLDER]
        assert all(said.count("refused") == 2 for said in at.hands.said)
        assert {OLD, OLDER}.isdisjoint(at.premises.find("hub-1").device_log.entries)  # type: ignore[attr-defined]
        own = [fact.value for fact in visit.view.step("hub-forgot").facts if fact.from_device]
        assert own == [f"{OLD}: not listed", f"{OLDER}: not listed"]
        removed = [one for one in at.desks.asks() if one.ask.kind == "remove"]
        assert all(one.fact is not None and one.fact.agrees for one in removed)
        assert len(removed) == 2


@virtual
async def test_a_refusal_of_long_ago_proves_nothing(tmp_path: Path) -> None:
    async with access_home(tmp_path, "change-tenancy", told=devices(cads=())) as at:
        at.premises.find("esme-1").alert(AlertCode.UNAUTHORISED_COMMUNICATION, OLD)
        at.hands.read = lambda: "gone"  # type: ignore[method-assign]
        visit = at.visit()
        assert await visit.run() is Outcome.INSTALL_AND_LEAVE, "nobody saw it refused"
        assert facts(visit, "meter-refuses")["Refused by the meter"] == "its own log shows none"


@pytest.mark.parametrize(("reading", "unseen"), [((), (OLD, OLDER)), (("cad-2",), (OLDER,))])
@virtual
async def test_a_refusal_that_the_meter_did_not_log_is_no_proof(
    tmp_path: Path, reading: tuple[str, ...], unseen: tuple[str, ...]
) -> None:
    """Somebody says that each device was refused; of those that never read the meter's own log knows nothing."""
    async with access_home(tmp_path, "change-tenancy", told=devices(cads=())) as at:

        def read() -> str:
            for name in reading:
                press_control(at.premises, name, "read")
            return "refused"

        at.hands.read = read  # type: ignore[method-assign]
        visit = at.visit(han=HAN)
        assert await visit.run() is Outcome.INSTALL_AND_LEAVE
        told = [fact.value for fact in visit.view.step("meter-refuses").facts if fact.label == "Refused by the meter"]
        assert [line.split()[-1] for line in told[:-1]] == [OLD, OLDER][: len(reading)]
        assert "its own log shows none" in told[-1]
        left = facts(visit, "hand-over")["The meter refuses it"]
        assert left == f"Refused by the meter: {', '.join(unseen)}: its own log shows none"


@virtual
async def test_where_nobody_left_a_device_there_is_nothing_to_remove(tmp_path: Path) -> None:
    async with access_home(tmp_path, "change-tenancy", "passkey-pairing", devices("0C", cads=())) as at:
        visit = at.visit()
        assert await visit.run() is Outcome.COMPLETE
        skipped = {step.id for step in visit.view.steps if step.state is StepState.SKIPPED}
        assert skipped == {step.id for step in visit.view.steps if step.section == "Change of tenancy"} - {
            "tenancy-told",
            "ask-tenancy-esme",
            "ask-tenancy-gpf",
            "find-devices",
        }
        assert facts(visit, "find-devices") == {"Customers' devices": "none is known here"}


@pytest.mark.requirement("CHR-09")
@virtual
async def test_where_no_hub_serves_the_site_it_is_said_before_anything_is_listed(tmp_path: Path) -> None:
    async with access_home(tmp_path, "pair-cad", "opted-out-shop", devices("06", gas=False)) as at:
        with pytest.raises(StepFailed) as failed:
            await at.visit().run()
        assert (failed.value.code, failed.value.details["step"]) == ("desk-beyond-reach", "ask-list-device")
        assert failed.value.message.startswith("The desk cannot reach this home: ")


@virtual
async def test_a_device_that_still_reads_ends_nothing(tmp_path: Path) -> None:
    async with access_home(tmp_path, "change-tenancy", told=devices(cads=())) as at:
        with pytest.raises(StepFailed) as failed:
            await at.visit(meter__refuses_reads="reads").run()
        assert (failed.value.code, failed.value.details["step"]) == ("bad-answer", "meter-refuses")
        assert OLD in at.premises.find("hub-1").device_log  # type: ignore[attr-defined]


def test_the_ways_of_the_consultation_are_for_training_alone() -> None:
    for name in ("pair-cad-passkey", "pair-cad-remote"):
        of = job(name, *devices()[1:], training=False, link="optical:/dev/ttyUSB0")
        with pytest.raises(WalkthroughError) as refused:
            load_walkthrough(name).for_job(of)
        assert refused.value.code == "walkthrough-training"
    with pytest.raises(WalkthroughError) as refused:
        load_walkthrough("pair-cad").for_job(job("pair-cad"))
    assert refused.value.code == "walkthrough-device"
    assert "communications hub, consumer access device" in refused.value.message
