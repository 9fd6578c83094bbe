"""A dual-fuel installation at an emulated home over its bytes, commissioned by the desk, or left."""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from hht.clock import ManualClock
from hht.desk.course import AskReport
from hht.desk.kinds import AskKind
from hht.errors import HhtError
from hht.identifiers import DeviceId
from hht.link_url import parse_link_url
from hht.model.communications_hub import CommunicationsHub
from hht.model.training.panel import press_control
from hht.protocol.gbcs.device_types import DuisDeviceType
from hht.store.store import Store
from hht.store.vault import TRAINING_PASS_PHRASE
from hht.work.job import Job
from hht.work.supplier import Wanted, course_facts
from hht.work.view import Outcome, Question, StepState
from hht.work.visit import StepFailed, Visit
from hht.work.visit_store import VisitStore
from tests.packs.at_home import SECOND, entry, pack_of, set_clock, set_mpan
from tests.store.conftest import CHEAP
from tests.support.radio import LoopClock
from tests.support.virtual_time import virtual
from tests.work.flow_model import GAS, HUB, YesDesk, good, job_text, plain_job
from ui.compose import Composer
from ui.desks import Desks
from ui.packs import Packs
from ui.visits import VisitOptions, VisitRunner

HOME = "emulated:new-dual-fuel?days=1"
ID = "00-DB-12-34-56-79-0A-"
METER = {**plain_job()["devices"][0], "device_id": ID + "A0", "mpan": "1012345678903"}
DEVICES = [
    METER,
    {**HUB, "device_id": ID + "A2", "gpf_id": ID + "A3"},
    {**GAS, "device_id": ID + "A1"},
    {"type": "in-home-display", "device_id": ID + "A7"},
]


PRESSED = {"join-esme/screen": "esme-1", "join-gsme/screen": "gsme-1", "join-ihd/screen": "ihd-1"}


class Home:
    """A terminal at an emulated home."""

    def __init__(self, store: Store, composer: Composer, clock: LoopClock, link: str, devices: list[Any]) -> None:
        self.store, self.composer, self.clock, self.link = store, composer, clock, link
        text = job_text("install-dual-fuel", devices=devices, link=link, calorific_value="39.5")
        self.stored = VisitStore(store, lambda: "unused").import_job(text, "job.json")

    @property
    def job(self) -> Job:
        return self.stored.job

    @property
    def premises(self) -> Any:
        return self.composer.living.premises(parse_link_url(self.link))

    def asks(self) -> tuple[AskReport, ...]:
        """Every ask of the job, as it is kept."""
        return Desks(self.store, self.composer, self.clock, random.Random(1).randbytes).asks(self.job.reference)

    def visit(
        self, desk: str = "desk:emulated", leaves: dict[str, str] | None = None, han: str = "", **answers: str
    ) -> Visit:
        """A run of the visit; `answers` differ from all well (__ for - and _ for /)."""
        told = {name.replace("__", "-").replace("_", "/"): value for name, value in answers.items()}

        async def ask(question: Question, error: HhtError | None) -> str | None:
            if question.id == "fit-hub/seated" and han:
                power = self.premises.of(CommunicationsHub)[0].power
                power.remove()
                power.fit()  # only now has it power: its hour for a terminal begins
                await asyncio.sleep(180)
            if question.id in PRESSED:
                press_control(self.premises, PRESSED[question.id], "join")
                await asyncio.sleep(120)  # of virtual time: it locates, and establishes its security
            return None if error else told.get(question.id, good(question, self.job))

        options = VisitOptions(auto=True, desk=desk, leaves=leaves or {}, han=han)
        return VisitRunner(self.store, self.clock, self.composer, self.stored, options, ask=ask).visit


@asynccontextmanager
async def home(folder: Path, link: str = HOME, devices: list[Any] = DEVICES) -> AsyncIterator[Home]:
    clock = LoopClock()
    entropy = random.Random(7).randbytes
    path = folder / "data" / "training.db"
    store = Store.open(path, TRAINING_PASS_PHRASE, training=True, clock=clock, entropy=entropy, cost=CHEAP)
    composer = Composer(clock, training=True)
    try:
        yield Home(store, composer, clock, link, devices)
    finally:
        await composer.close()
        store.close()


def facts(visit: Visit, step: str) -> dict[str, str]:
    return {fact.label: fact.value for fact in visit.view.step(step).facts}


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


DARK = "emulated:dual-fuel?days=1"  # two meters on a hub's HAN, and no WAN
AT_DARK = [
    {**METER, "device_id": "00-DB-12-34-56-78-95-A0", "mpan": SECOND},
    {**HUB, "device_id": "00-DB-12-34-56-78-90-A2", "gpf_id": "00-DB-12-34-56-78-90-A3"},
    GAS,
]
NO_WAN = {"hub__wan_found": "no"}


async def brought_by_pack(at: Home, *, knows_time: bool) -> Visit:
    """The visit without a WAN, with a pack of two commands, the second of which sets the clock by the hub's time."""
    now = at.clock.now()
    clock = set_clock(2, now - timedelta(hours=1), now + timedelta(hours=1))
    pack = pack_of(ManualClock(now), entry("mpan", set_mpan(1)), entry("clock", clock), job=at.job.reference)
    Packs(at.store, at.clock, at.composer).take(pack, "visit.pack")
    if not knows_time:
        at.premises.of(CommunicationsHub)[0].network.time_ms = lambda: None
    visit = at.visit("", {"ask-hub-without-wan": "ask-later"}, f"{DARK}&via=han", **NO_WAN)
    assert await visit.run() is Outcome.INSTALL_AND_LEAVE
    states = {step.id: step.state for step in visit.view.steps}
    assert states["ask-let-esme-in"] is StepState.SKIPPED
    assert (states["hub-time"], states["deliver-pack"]) == (StepState.DONE, StepState.DONE)
    assert at.premises.find("esme-1").import_mpan == SECOND
    return visit


@pytest.mark.requirement("HHT-03")
@virtual
async def test_without_a_wan_the_suppliers_pack_is_delivered(tmp_path: Path) -> None:
    async with home(tmp_path, DARK, AT_DARK) as at:
        visit = await brought_by_pack(at, knows_time=True)
        brought = visit.record.data["deliver-pack"]
        assert (brought["done"], brought["entries"]) == (2, 2)
        assert facts(visit, "hub-time")["Reliable"].startswith("yes")


@virtual
async def test_without_a_wan_no_clock_is_set_by_a_hub_that_knows_no_time(tmp_path: Path) -> None:
    async with home(tmp_path, DARK, AT_DARK) as at:
        visit = await brought_by_pack(at, knows_time=False)
        brought = visit.record.data["deliver-pack"]
        assert (brought["done"], brought["entries"]) == (1, 2)
        assert "unconsumed" in facts(visit, "hub-time")["Reliable"]
        waiting = Packs(at.store, at.clock, at.composer).find(at.job.reference).entry("clock")
        assert waiting.state.value == "waiting", "not used up"
        assert facts(visit, "hand-over")["The hub's time"] == "installed, not commissioned, time unreliable"


@virtual
async def test_without_a_wan_and_a_dongle_it_is_installed_and_left(tmp_path: Path) -> None:
    async with home(tmp_path, DARK, AT_DARK) as at:
        visit = at.visit("", {"ask-hub-without-wan": "ask-later"}, **NO_WAN)
        with pytest.raises(StepFailed) as caught:
            await visit.run()
        assert (caught.value.code, caught.value.details["step"]) == ("no-han", "hub-time")
        visit = at.visit("", {"hub-time": "ask-later"}, **NO_WAN)
        assert await visit.run() is Outcome.INSTALL_AND_LEAVE
        assert visit.view.step("deliver-pack").state is StepState.LEFT
