"""A terminal at an emulated home with auxiliary switches: the sample jobs of load control, over their bytes."""

from __future__ import annotations

import asyncio
import json
import random
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from typing import Any

from hht.desk.course import AskReport
from hht.emulation.desk import prepare
from hht.emulation.pack_order import PackPart
from hht.errors import HhtError
from hht.link_url import parse_link_url
from hht.model.electricity_meter.load_control import SetSwitch
from hht.model.training.panel import press_control
from hht.resources import resource_text
from hht.store.store import Store
from hht.store.vault import TRAINING_PASS_PHRASE
from hht.work.engineer import Engineer
from hht.work.view import Outcome, Question
from hht.work.visit import Visit
from hht.work.visit_store import VisitStore
from tests.store.conftest import CHEAP
from tests.support.radio import LoopClock
from tests.work.flow_model import good
from ui.compose import Composer
from ui.desks import Desks
from ui.evidence_notes import EndingAsked, EvidenceNotes
from ui.packs import Packs
from ui.visits import VisitOptions, VisitRunner

JOINS = {"join-esme/screen": "esme-1", "join-hcalcs/screen": "hcalcs-1"}


class Dead(BaseException):
    """The terminal dies: nothing that the program could catch."""


def dies_at(point: str) -> Callable[[str], None]:
    """Ends the terminal at that point of the journal; the dead write nothing any more."""
    dead = False

    def die(name: str) -> None:
        nonlocal dead
        dead = dead or name == point
        if dead:
            raise Dead

    return die


class LoadHome:
    """`commands`: every switching command that the meter carried out, in order."""

    def __init__(self, folder: Path, clock: LoopClock, composer: Composer, plain: dict[str, Any]) -> None:
        self.folder, self.clock, self.composer, self.link = folder, clock, composer, plain["link"]
        self.text = json.dumps(plain)
        self.premises = composer.living.premises(parse_link_url(self.link))
        self.esme = self.premises.find("esme-1")
        self.commands: list[SetSwitch] = []
        self.asked: list[str] = []
        self._watch()

    def _watch(self) -> None:
        for switch in self.esme.load_control.switches.values():
            take = switch.take

            def taken(command: SetSwitch, take: Callable[[SetSwitch], None] = take) -> None:
                self.commands.append(command)
                take(command)

            switch.take = taken

    @asynccontextmanager
    async def visit(
        self, desk: str = "desk:emulated", on_point: Any = None, on_view: Any = None, han: str = "", **told: str
    ) -> AsyncIterator[Visit]:
        """A process with the store open; `told` are answers that differ from all well (__ for -, _ for /)."""
        answers = {name.replace("__", "-").replace("_", "/"): value for name, value in told.items()}
        leaves = {name: value.removeprefix("leave:") for name, value in answers.items() if value.startswith("leave:")}
        with self._store() as store:
            stored = VisitStore(store, lambda: "unused").import_job(self.text, "job.json")

            async def ask(question: Question, error: HhtError | None) -> str | None:
                self.asked.append(question.id)
                if question.id in JOINS:
                    press_control(self.premises, JOINS[question.id], "join")
                    await asyncio.sleep(120)  # of virtual time: it locates, and establishes its security
                return None if error else answers.get(question.id, good(question, stored.job))

            options = VisitOptions(auto=True, desk=desk, leaves=leaves, han=han)
            yield VisitRunner(
                store, self.clock, self.composer, stored, options, ask=ask, on_point=on_point, on_view=on_view
            ).visit

    def end(self, code: str) -> Outcome | None:
        """End the visit that is kept, for that reason; what it came to. Raises NotNow."""
        with self._store() as store:
            visits = VisitStore(store, lambda: "unused")
            notes = EvidenceNotes(store, self.clock)
            return visits.progress(notes.end_job(visits.jobs()[0].job_id, EndingAsked(code), Engineer())).outcome

    def take_pack(self) -> None:
        """What the training desk puts into a pack for the job: the limit among it."""
        with self._store() as store:
            stored = VisitStore(store, lambda: "unused").import_job(self.text, "job.json")
            octets = prepare(stored.job, self.clock.now(), 1000, (PackPart.IDENTITY, PackPart.LABELS))
            Packs(store, self.clock, self.composer).take(octets, "visit.pack")

    def asks(self) -> tuple[AskReport, ...]:
        """Every ask of the job, as it is kept."""
        with self._store() as store:
            desks = Desks(store, self.composer, self.clock, random.Random(7).randbytes)
            return desks.asks(json.loads(self.text)["reference"])

    @contextmanager
    def _store(self) -> Iterator[Store]:
        entropy = random.Random(7).randbytes
        path = self.folder / "data" / "training.db"
        store = Store.open(path, TRAINING_PASS_PHRASE, training=True, clock=self.clock, entropy=entropy, cost=CHEAP)
        try:
            yield store
        finally:
            store.close()

    @property
    def contacts(self) -> dict[int, tuple[bool, str]]:
        """Where each contact is, and who decides."""
        self.premises.site.catch_up()
        return {number: (one.closed, one.why) for number, one in self.esme.load_control.switches.items()}


def sample(name: str, **more: Any) -> dict[str, Any]:
    """The sample job, at a premises with a history of a day."""
    plain: dict[str, Any] = json.loads(resource_text("jobs", f"{name}.json"))
    return {**plain, "link": f"{plain['link']}?days=1", **more}


def small(count: int = 1) -> dict[str, Any]:
    """The sample of load control with that many switches, all in the meter, and no times."""
    plain = {name: value for name, value in sample("load-control").items() if name != "training_kit"}
    switches = [{"number": number, "label": f"Load {number}"} for number in range(1, count + 1)]
    devices = [one for one in plain["devices"] if one["type"] != "load-control-switch"]
    return {**plain, "switches": switches, "devices": devices}


@asynccontextmanager
async def load_home(folder: Path, plain: dict[str, Any]) -> AsyncIterator[LoadHome]:
    clock = LoopClock()
    composer = Composer(clock, training=True)
    try:
        yield LoadHome(folder, clock, composer, plain)
    finally:
        await composer.close()


def facts(visit: Visit, step: str) -> dict[str, str]:
    return {fact.label: fact.value for fact in visit.view.step(step).facts}


__all__ = ["Dead", "LoadHome", "dies_at", "facts", "load_home", "sample", "small"]
