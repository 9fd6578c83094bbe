"""A terminal at an emulated home with consumers' devices, in virtual time; somebody's hands are there too."""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from hht.errors import HhtError
from hht.link_url import parse_link_url
from hht.model.communications_hub import CommunicationsHub
from hht.model.premises import Premises
from hht.model.training.panel import press_control
from hht.store.store import Store
from hht.work.journal import OnPoint
from hht.work.view import Outcome, Question
from hht.work.visit import Visit
from hht.work.visit_store import VisitStore
from tests.support.radio import LoopClock
from tests.work.flow_model import good, job_text, plain_job
from tests.work.terminal import Terminal
from ui.compose import Composer
from ui.desks import Desks
from ui.visits import VisitOptions, VisitRunner

PASSKEY = "4815162342"  # of the premises "passkey-pairing"


def devices(prefix: str = "0B", cads: tuple[str, ...] = ("A8",), *, gas: bool = True) -> list[dict[str, Any]]:
    """Those of a job at the emulated home whose Device IDs begin so."""
    start = f"00-DB-12-34-56-79-{prefix}-"
    found = [
        {**plain_job()["devices"][0], "device_id": start + "A0", "mpan": "1012345678903"},
        {"type": "communications-hub", "device_id": start + "A2", "gpf_id": start + "A3"},
        *([{"type": "gas-meter", "device_id": start + "A1", "mprn": "3938424403"}] if gas else []),
    ]
    return [*found, *({"type": "consumer-access-device", "device_id": start + cad} for cad in cads)]


class Hands:
    """Somebody at the home: switches on, types, presses, rings; and says what is to be seen."""

    def __init__(self, premises: Premises, meant: set[str]) -> None:
        """`meant`: the devices that are to go, by Device ID; empty: all."""
        self.premises = premises
        self.meant = meant
        self.said: list[str] = []  # what devices said when they were let read
        self.ringing: asyncio.Task[None] | None = None

    async def before(self, question: str) -> str | None:
        """Do what the question is about; the answer where it is seen, None where it is as ever."""
        match question:
            case "arrive/smell":
                self.ringing = asyncio.create_task(self.ring())
            case "join-device/shown":
                await asyncio.sleep(60)  # plugged in, it looks for a network by itself
            case "passkey-type/result":
                press_control(self.premises, "hub-1", "pair")
                press_control(self.premises, "cad-1", "pair", PASSKEY)
                await asyncio.sleep(60)
            case "meter-refuses/reads" | "hub-refuses/reads":
                return self.read()
            case "device-reads/electricity":
                return "same" if "Wh" in press_control(self.premises, "cad-1", "read") else "none"
        return None

    def read(self) -> str:
        """Let each device that was paired once read."""
        known = [one for one in self.premises.devices if one.name.startswith("cad") and one.node and one.node.partners]
        self.said = [press_control(self.premises, one.name, "read") for one in known]
        meant = [
            said
            for one, said in zip(known, self.said, strict=True)
            if not self.meant or one.identity.device_id in self.meant
        ]
        return "refused" if all("esme-1: refused" in said for said in meant) else "reads"

    async def ring(self) -> None:
        """The customer waits for a number on the meter, and says it to the party."""
        meter: Any = self.premises.find("esme-1")
        while not meter.notices.cin:  # noqa: ASYNC110 - a person looks at a display now and then
            await asyncio.sleep(5)
        press_control(self.premises, "esme-1", "tell-cin", meter.notices.cin)


class AccessHome:
    """A terminal there, and one job."""

    def __init__(self, terminal: Terminal, walkthrough: str, link: str, told: list[dict[str, Any]]) -> None:
        self.terminal, self.clock, self.link = terminal, terminal.clock, link
        text = job_text(walkthrough, devices=told, link=link)
        self.stored = VisitStore(self.store, lambda: "unused").import_job(text, "job.json")
        named = {one["device_id"] for one in told if one["type"] == "consumer-access-device"}
        self.hands = Hands(self.composer.living.premises(parse_link_url(link)), named)
        self.asked: list[str] = []

    @property
    def store(self) -> Store:
        return self.terminal.store

    @property
    def composer(self) -> Composer:
        return self.terminal.composer

    @property
    def premises(self) -> Premises:
        return self.hands.premises

    @property
    def desks(self) -> Desks:
        """Every ask of the store."""
        return Desks(self.store, self.composer, self.clock, random.Random(1).randbytes)

    def outcome(self) -> Outcome | None:
        """What the latest visit of the job came to, from the store; None: nothing yet."""
        visits = VisitStore(self.store, lambda: "unused")
        latest = visits.latest_visit(self.stored.job_id)
        return visits.progress(latest.visit_id).outcome if latest is not None else None

    def visit(
        self, desk: str = "desk:emulated", han: str = "", on_point: OnPoint | None = None, **answers: str
    ) -> Visit:
        """A run of the visit; `answers` differ from all well (__ for - and _ for /); leave_STEP leaves one."""
        told = {name.replace("__", "-").replace("_", "/"): value for name, value in answers.items()}
        leaves = {name.removeprefix("leave/"): why for name, why in told.items() if name.startswith("leave/")}

        async def ask(question: Question, error: HhtError | None) -> str | None:
            if question.id == "arrive/smell" and han:
                power = self.premises.of(CommunicationsHub)[0].power
                power.remove()
                power.fit()  # its hour for terminals begins
                await asyncio.sleep(180)
            seen = await self.hands.before(question.id) if error is None else None
            self.asked.append(question.id)
            return None if error else told.get(question.id, seen or good(question, self.stored.job))

        options = VisitOptions(auto=True, desk=desk, leaves=leaves, han=han)
        runner = VisitRunner(self.store, self.clock, self.composer, self.stored, options, ask=ask, on_point=on_point)
        return runner.visit


@asynccontextmanager
async def access_home(
    folder: Path, walkthrough: str, home: str = "consumer-devices", told: list[dict[str, Any]] | None = None
) -> AsyncIterator[AccessHome]:
    """A store, a premises with a day's history, and the job."""
    terminal = Terminal(folder, LoopClock())
    found = AccessHome(terminal, walkthrough, f"emulated:{home}?days=1", told if told is not None else devices())
    try:
        yield found
    finally:
        if found.hands.ringing is not None:
            found.hands.ringing.cancel()
        await terminal.close()


def facts(visit: Visit, step: str) -> dict[str, str]:
    """What a step shows, by label."""
    return {fact.label: fact.value for fact in visit.view.step(step).facts}
