"""A dual-fuel installation at an emulated home over its bytes, commissioned by the desk, or left."""

from __future__ import annotations

import asyncio
import contextlib
from pathlib import Path

import pytest

from hht.desk.asks import Ask
from hht.desk.kinds import AskKind
from hht.emulation import desk_end
from hht.emulation.desk_questions import inventory_row
from hht.identifiers import DeviceId
from hht.model.communications_hub import CommunicationsHub
from hht.model.premises import Premises
from hht.protocol.gbcs.device_types import DuisDeviceType
from hht.work.supplier import Wanted, course_facts
from hht.work.view import Outcome, StepState
from hht.work.visit import StepFailed, Visit
from tests.support.virtual_time import virtual
from tests.work.flow_model import GAS, YesDesk
from tests.work.new_home import (
    AT_DARK,
    DARK,
    DARK_ID,
    ID,
    METER,
    NO_WAN,
    RELAYED,
    Home,
    facts,
    home,
    take_pack,
    wakes_the_gas_meter,
)
from ui.packs import Packs


@pytest.mark.requirement("HHT-02", "CH-04")
@virtual
async def test_dual_fuel_with_wan_is_commissioned_by_the_desk(tmp_path: Path) -> None:
    async with home(tmp_path) as at:
        waits = []
        while True:
            visit = at.visit()
            try:
                outcome = await visit.run()
                break
            except StepFailed as failed:  # a gas meter sleeps: the same ask is heard how it stands
                waits.append((failed.code, failed.details["state"]))
            assert len(waits) < 20
        assert outcome is Outcome.COMPLETE
        assert set(waits) == {("desk-waiting", "unknown")}
        states = {step.id: step.state for step in visit.view.steps}
        assert set(states.values()) == {StepState.DONE, StepState.SKIPPED}
        assert states["clock"] is StepState.SKIPPED, "the port of this meter lets nobody write"
        esme, gsme = at.premises.find("esme-1"), at.premises.find("gsme-1")
        assert (esme.import_mpan, gsme.mprn) == ("1012345678903", "3938424403")
        assert all(device.node.joined for device in (esme, gsme, at.premises.find("ihd-1")))
        told = facts(visit, "ask-mpan")
        assert told["Course"] == "asked, sent, acknowledged, result, device fact seen"
        assert told["Device fact seen"] == "1012345678903"
        assert facts(visit, "ask-mprn")["Device fact seen"].startswith("not yet")
        assert facts(visit, "ask-inventory-esme")["Status in the inventory"] == "Commissioned"
        writes = [write for write in visit.record.writes if write.result == "by-the-desk"]
        asked = [one for one in states if one.startswith("ask-") and states[one] is StepState.DONE]
        assert len(writes) == len(asked)
        assert all(write.authority for write in writes if "inventory" not in write.step)


@virtual
async def test_what_the_inventory_does_not_call_commissioned_is_not_complete(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Every command went through, and the inventory has the gas meter otherwise: the visit says so, and is not done."""

    def row(premises: Premises, ask: Ask) -> tuple[str, str]:
        refused, told = inventory_row(premises, ask)
        assert '"Commissioned"' in told
        return refused, told.replace("Commissioned", "Suspended") if str(ask.device) == ID + "A1" else told

    monkeypatch.setitem(desk_end._QUESTIONS, AskKind.READ_INVENTORY, row)
    async with home(tmp_path) as at:
        for _try in range(20):  # a gas meter sleeps: the same ask is heard how it stands
            visit = at.visit()
            with contextlib.suppress(StepFailed):
                await visit.run()
                break
        assert visit.view.outcome is Outcome.INSTALL_AND_LEAVE
        told = facts(visit, "hand-over")
        assert told["Gas meter in the inventory"] == "Status in the inventory: Suspended"
        assert "Electricity meter in the inventory" not in told


@virtual
async def test_without_a_desk_it_is_said_and_left(tmp_path: Path) -> None:
    async with home(tmp_path) as at:
        visit = at.visit(desk="")
        with pytest.raises(StepFailed) as caught:
            await visit.run()
        assert (caught.value.code, caught.value.details["step"]) == ("ask-the-desk", "ask-hub-installed")
        assert "ask the desk" in caught.value.message
        visit = at.visit(desk="", leaves={"ask-hub-installed": "ask-later"})
        assert await visit.run() is Outcome.INSTALL_AND_LEAVE
        left = [step.code for step in visit.view.steps if step.id.startswith(("ask-", "join-"))]
        assert set(left) == {"ask-later", "needs-not-met", ""}
        assert at.premises.find("esme-1").import_mpan == ""


@virtual
async def test_a_wrong_alert_never_reads_as_commissioned(tmp_path: Path) -> None:
    """8F69 is the device's own word; what the inventory says stands apart."""
    desk = YesDesk()
    wanted = Wanted(AskKind.COMMISSION, DeviceId.parse(ID + "A0"), DuisDeviceType.ESME)
    told = {fact.label: fact.value for fact in course_facts(desk.new("s", wanted))}
    assert "own alert" in told["Alert"]
    assert "Commissioned" not in " ".join(told.values())


@virtual
async def test_a_desk_that_is_lost_leaves_it_unknown_and_asking_again_does_nothing_twice(tmp_path: Path) -> None:
    async with home(tmp_path) as at:
        visit = at.visit(desk="desk:emulated?trouble=drops")
        with pytest.raises(StepFailed) as caught:
            await visit.run()
        step = visit.view.step(str(caught.value.details["step"]))
        assert step.state is StepState.UNKNOWN
        count = len(at.asks())
        for _again in range(20):
            try:
                await at.visit(desk="desk:emulated?trouble=drops").run()
            except StepFailed as failed:
                if failed.details["step"] != step.id:
                    break
        names = [one.ask.step for one in at.asks()]
        assert len(names) == len(set(names)) >= count, "one ask a step, however often it was asked how it stands"


async def brought_by_pack(at: Home, *, knows_time: bool) -> Visit:
    """The visit without a WAN, with the training desk's pack."""
    take_pack(at)
    hub = at.premises.of(CommunicationsHub)[0]
    if knows_time:  # there was a WAN for a moment
        hub.network.time_ms = lambda: at.premises.site.agenda.now_ms
    visit = at.visit(han=f"{DARK}&via=han", **NO_WAN)
    assert await visit.run() is Outcome.INSTALL_AND_LEAVE
    states = {step.id: step.state for step in visit.view.steps}
    assert states["ask-let-esme-in"] is StepState.SKIPPED
    brought = ("hub-time", "let-in-by-pack", "join-esme", "join-gsme", "join-ppmid", "join-ihd", "deliver-pack")
    assert {states[one] for one in brought} == {StepState.DONE}
    listed = set(hub.network.log.entries)
    assert {str(one["device_id"]) for one in AT_DARK if one["type"] != "communications-hub"} <= listed
    esme, gsme, ppmid = (at.premises.find(name) for name in ("esme-1", "gsme-1", "ppmid-1"))
    assert (esme.import_mpan, gsme.mprn) == (METER["mpan"], GAS["mprn"])
    assert {DARK_ID + "A4", DARK_ID + "A7"} <= set(esme.node.partners)
    assert {DARK_ID + "A0", DARK_ID + "A1"} <= set(ppmid.node.partners)
    return visit


@pytest.mark.requirement("HHT-01", "HHT-03")
@virtual
async def test_without_a_wan_the_suppliers_pack_is_delivered(tmp_path: Path) -> None:
    async with home(tmp_path, DARK, AT_DARK) as at:
        visit = await brought_by_pack(at, knows_time=True)
        brought = visit.record.data["deliver-pack"]
        assert brought["done"] == brought["entries"]
        assert visit.record.data["let-in-by-pack"] | {"pack": ""} == {"pack": "", "done": 4, "entries": 4}
        assert facts(visit, "hub-time")["Reliable"].startswith("yes")


@virtual
async def test_without_a_wan_no_clock_is_set_by_a_hub_that_knows_no_time(tmp_path: Path) -> None:
    async with home(tmp_path, DARK, AT_DARK) as at:
        visit = await brought_by_pack(at, knows_time=False)
        brought = visit.record.data["deliver-pack"]
        assert brought["done"] == brought["entries"] - 2, "all but the clocks"
        assert "unconsumed" in facts(visit, "hub-time")["Reliable"]
        kept = Packs(at.store, at.clock, at.composer).find(at.job.reference)
        clocks = {one.name: one.state.value for one in kept.entries if one.name.startswith("set-clock")}
        assert clocks == {"set-clock-esme": "waiting", "set-clock-gsme": "waiting"}, "not used up"
        assert facts(visit, "hand-over")["The hub's time"] == "installed, not commissioned, time unreliable"


@pytest.mark.requirement("CHR-16")
@virtual
async def test_without_a_wan_and_a_dongle_it_is_installed_and_left(tmp_path: Path) -> None:
    async with home(tmp_path, DARK, AT_DARK) as at:
        visit = at.visit("", {"ask-hub-without-wan": "ask-later"}, **NO_WAN)
        with pytest.raises(StepFailed) as caught:
            await visit.run()
        assert (caught.value.code, caught.value.details["step"]) == ("no-han", "hub-time")
        visit = at.visit("", {"hub-time": "ask-later"}, **NO_WAN)
        assert await visit.run() is Outcome.INSTALL_AND_LEAVE
        looked, begun = visit.view.step("hub-wan"), visit.view.steps[0].started_at
        assert looked.finished_at is not None
        assert begun is not None
        assert looked.finished_at.date() == begun.date(), "how the WAN was on the day stands in the evidence"
        assert visit.record.data["hub-wan"] == {
            "found": "no",
            "at_best": "install-and-leave",
            "remark": "without a WAN",
        }
        assert "without a WAN" in [one.value for one in looked.facts]
        assert {visit.view.step(one).state for one in ("let-in-by-pack", "join-esme", "deliver-pack")} == {
            StepState.LEFT
        }


@pytest.mark.parametrize("knows_time", [True, False])
@virtual
async def test_without_a_wan_the_desk_hands_over_each_command(tmp_path: Path, knows_time: bool) -> None:
    async with home(tmp_path, DARK, AT_DARK, without_wan="relay") as at:
        hub = at.premises.of(CommunicationsHub)[0]
        if knows_time:
            hub.network.time_ms = lambda: at.premises.site.agenda.now_ms
        visit = at.visit(leaves=RELAYED, han=f"{DARK}&via=han", **NO_WAN)
        presses = asyncio.create_task(wakes_the_gas_meter(at))
        assert await visit.run() is Outcome.INSTALL_AND_LEAVE
        presses.cancel()
        states = {step.id: step.state for step in visit.view.steps}
        assert (states["let-in-by-pack"], states["deliver-pack"]) == (StepState.SKIPPED, StepState.SKIPPED)
        assert {name for name in states if states[name] is StepState.LEFT} == set(RELAYED)
        esme, gsme, ppmid = (at.premises.find(name) for name in ("esme-1", "gsme-1", "ppmid-1"))
        assert (esme.import_mpan, gsme.mprn) == (METER["mpan"], GAS["mprn"])
        assert {DARK_ID + "A0", DARK_ID + "A1"} <= set(ppmid.node.partners)
        asked = {one.ask.step.rpartition("/")[2]: one for one in at.asks()}
        assert ("ask-commission-esme" in asked) is knows_time, "what sets a clock is not asked for"
        assert str(asked["ask-mpan"].way) == "relay"
        remark = facts(visit, "hand-over").get("Commission the electricity meter", "")
        assert ("time unreliable" in remark) is not knows_time


@virtual
async def test_what_a_pack_has_for_a_gas_meter_that_was_left_holds_nothing_up(tmp_path: Path) -> None:
    async with home(tmp_path, DARK, AT_DARK) as at:
        take_pack(at)
        at.premises.of(CommunicationsHub)[0].network.time_ms = lambda: at.premises.site.agenda.now_ms
        by_han = {"han": f"{DARK}&via=han", **NO_WAN}
        with pytest.raises(StepFailed) as caught:
            await at.visit(leaves={"gas-warning": "gas-refused"}, **by_han).run()  # type: ignore[arg-type]
        assert caught.value.code == "pack-not-done", "the PPMID joins no gas meter that is not there"
        states = {one.name: one.state.value for one in Packs(at.store, at.clock, at.composer).list()[-1].entries}
        assert states.pop("join-ppmid-gsme") == "failed"
        of_gas = {
            name for name in states if name.endswith(("-mprn", "conversion", "clock-gsme")) or "join-gsme" in name
        }
        assert {states[name] for name in of_gas} == {"void"}
        assert {state for name, state in states.items() if name not in of_gas} == {"done"}, states
        assert states["set-clock-esme"] == "done"
        visit = at.visit(leaves={"deliver-pack": "ask-later"}, **by_han)  # type: ignore[arg-type]
        assert await visit.run() is Outcome.INSTALL_AND_LEAVE


@virtual
async def test_what_was_passed_over_is_told_at_the_hand_over(tmp_path: Path) -> None:
    async with home(tmp_path, DARK, [one for one in AT_DARK if one["type"] != "prepayment-interface"]) as at:
        take_pack(at)
        visit = at.visit(leaves={"gas-warning": "gas-refused"}, han=f"{DARK}&via=han", **NO_WAN)
        assert await visit.run() is Outcome.INSTALL_AND_LEAVE
        told = facts(visit, "hand-over")["Deliver the supplier's pack"]
        assert told.startswith("installed, not commissioned: set-clock-esme is held")
        assert "left to the supplier: " in told
