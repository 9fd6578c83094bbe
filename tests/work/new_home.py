"""A terminal at an emulated home whose devices were just fitted, in virtual time; with a WAN and without."""

from __future__ import annotations

import asyncio
import contextlib
import random
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from hht.desk.course import AskReport
from hht.emulation.desk import prepare
from hht.emulation.pack_order import PackPart
from hht.errors import HhtError
from hht.identifiers import DeviceId
from hht.link_url import parse_link_url
from hht.model.communications_hub import CommunicationsHub
from hht.model.refusal import DeviceRefusal
from hht.model.training.panel import press_control
from hht.store.store import Store
from hht.work.job import Job
from hht.work.view import Question
from hht.work.visit import Visit
from hht.work.visit_store import VisitStore
from tests.support.radio import LoopClock
from tests.work.flow_model import GAS, HUB, good, job_text, plain_job
from tests.work.terminal import Terminal
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
    {"type": "prepayment-interface", "device_id": ID + "A4"},
    {"type": "in-home-display", "device_id": ID + "A7"},
]


PRESSED = {f"join-{name}/screen": f"{name}-1" for name in ("esme", "gsme", "ppmid", "ihd")}


class Home:
    """A terminal at an emulated home."""

    def __init__(self, terminal: Terminal, link: str, devices: list[Any], **more: Any) -> None:
        self.terminal, self.clock, self.link = terminal, terminal.clock, link
        walkthrough = more.pop("walkthrough", "install-dual-fuel")
        text = job_text(walkthrough, devices=devices, link=link, calorific_value="39.5", **more)
        self.stored = VisitStore(self.store, lambda: "unused").import_job(text, "job.json")

    @property
    def store(self) -> Store:
        return self.terminal.store

    @property
    def composer(self) -> Composer:
        return self.terminal.composer

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
                with contextlib.suppress(DeviceRefusal):  # it has joined already
                    press_control(self.premises, PRESSED[question.id], "join")
                await asyncio.sleep(120)  # of virtual time: it locates, and establishes its security
            return None if error else told.get(question.id, good(question, self.job))

        options = VisitOptions(auto=True, desk=desk, leaves=leaves or {}, han=han)
        return VisitRunner(self.store, self.clock, self.composer, self.stored, options, ask=ask).visit


@asynccontextmanager
async def home(folder: Path, link: str = HOME, devices: list[Any] = DEVICES, **more: Any) -> AsyncIterator[Home]:
    """A terminal at such a home; nothing in it is by chance."""
    terminal = Terminal(folder, LoopClock())
    try:
        yield Home(terminal, link, devices, **more)
    finally:
        await terminal.close()


def facts(visit: Visit, step: str) -> dict[str, str]:
    return {fact.label: fact.value for fact in visit.view.step(step).facts}


DARK = "emulated:beyond-the-wan?days=1"
DARK_ID = "00-DB-12-34-56-79-0B-"
AT_DARK = [{name: str(value).replace(ID, DARK_ID) for name, value in one.items()} for one in DEVICES]
AT_DARK[0] |= {name: METER[name] for name in ("randomised_offset_limit_s", "clock_tolerance_s")}
NO_WAN = {"hub__wan_found": "no"}
PARTS = (PackPart.WHITELIST, PackPart.JOINS, PackPart.IDENTITY, PackPart.CONVERSION, PackPart.LOG, PackPart.CLOCK)


def take_pack(at: Home) -> None:
    """The pack that the training desk makes for the visit: everything that a pack can carry."""
    codes = {
        DeviceId.parse(device.identity.device_id): device.node.install_code
        for device in at.premises.devices
        if device.node is not None and device.node.install_code is not None
    }
    octets = prepare(at.job, at.clock.now(), 1000, PARTS, codes=codes)
    Packs(at.store, at.clock, at.composer).take(octets, "visit.pack")


async def wakes_the_gas_meter(at: Home) -> None:
    """A person beside it, who presses its button each minute."""
    while True:
        await asyncio.sleep(60)
        press_control(at.premises, "gsme-1", "wake")


RELAYED = {"ask-tariff": "desk-said-no", "ask-tariff-gas": "desk-said-no"}  # of these the desk hands over no command
