"""The probe pulled at any byte of a visit: the step says so, and the visit goes on without a lost or repeated write.

Everything is real but the wire: store, journal, engine, client, codecs, emulated meter. A cut is at one byte of both
directions together; what was on its way is gone.
"""

from __future__ import annotations

import random
import secrets
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import pytest

from drivers.serve_pty import PtyServer
from drivers.serving import Connection, Send
from hht.clock import ManualClock
from hht.emulation.port_server import PortServer
from hht.link import Link, TraceSink
from hht.model.electricity_meter import ElectricityMeter, Item
from hht.model.premises import load_premises
from hht.resources import resource_text
from hht.store.store import Store
from hht.store.vault import TRAINING_PASS_PHRASE, KdfCost
from hht.work.view import Outcome, Question
from hht.work.visit import StepFailed
from hht.work.visit_store import StoredJob, VisitStore
from tests.support.faulty_wire import FaultyWire
from ui.compose import AssociationOptions, Composer
from ui.system import SystemClock, new_id
from ui.visits import VisitOptions, VisitRunner

ONCE = {Item.CLOCK: 1, Item.IMPORT_MPAN: 1, Item.RANDOMISED_OFFSET_LIMIT: 1}
ANSWERS = {"scan-meter": "00-DB-12-34-56-78-90-A0", "hand-over": "yes", "write-mpan": "yes"}
WRITING_STEPS = ("clock", "write-mpan", "randomised-offset")


class WireComposer(Composer):
    """A composer whose links all run over one wire."""

    def __init__(self, clock: ManualClock, wire: FaultyWire) -> None:
        super().__init__(clock, training=True)
        self._wire, self._manual = wire, clock

    def link(self, text: str, sink: TraceSink | None) -> Link:
        return self._wire.link(clock=self._manual, sink=sink, name=text)


async def answer(question: Question, _error: object) -> str | None:
    return ANSWERS[question.id]


@dataclass
class Site:
    """One premises, one store, one job; visits over whatever wire is given."""

    folder: Path
    clock: ManualClock = field(default_factory=lambda: ManualClock(datetime(2026, 11, 21, 10, 12, tzinfo=UTC)))

    def __post_init__(self) -> None:
        self.folder.mkdir(exist_ok=True)
        self.meter: ElectricityMeter = load_premises("single-element", clock=self.clock, days=1).device()
        self.port = PortServer(self.meter)
        self.store = Store.open(
            self.folder / "training.db",
            TRAINING_PASS_PHRASE,
            training=True,
            clock=self.clock,
            entropy=secrets.token_bytes,
            cost=KdfCost(64, 1),
        )
        self.job: StoredJob = VisitStore(self.store, new_id).import_job(resource_text("jobs", "demo.json"), "demo.json")

    def runner(self, wire: FaultyWire, on_point: Callable[[str], None] | None = None) -> VisitRunner:
        options = VisitOptions(link="emulated:wire", association=AssociationOptions(training=True), auto=True)
        composer = WireComposer(self.clock, wire)
        return VisitRunner(self.store, self.clock, composer, self.job, options, ask=answer, on_point=on_point)

    def written(self) -> Counter[Item]:
        return Counter(entry.item for entry in self.meter.writes.entries)


async def whole_visit(folder: Path) -> tuple[int, dict[str, tuple[int, int]]]:
    """How many bytes a visit passes, and the bytes between a write's intent and its outcome, by step."""
    site = Site(folder)
    wire = FaultyWire(site.port)
    at: dict[str, int] = {}
    runner = site.runner(wire, lambda name: at.__setitem__(name, sum(wire.passed.values())))
    assert await runner.visit.run() is Outcome.COMPLETE
    site.store.close()
    spans = {step: (at[f"{step}/intent/after"], at[f"{step}/outcome/before"]) for step in WRITING_STEPS}
    return sum(wire.passed.values()), spans


async def failure(runner: VisitRunner) -> StepFailed | None:
    """How the visit failed; None when it did not (the cut came after the last byte that mattered)."""
    try:
        await runner.visit.run()
    except StepFailed as failed:
        return failed
    return None


async def pulled_at(byte: int, folder: Path) -> str:
    """Pull the probe at `byte`, put it back, go on; the state in which the interrupted step was left."""
    site = Site(folder)
    wire = FaultyWire(site.port, cut_at=byte)
    state = ""
    failed = await failure(site.runner(wire))
    if failed is not None:
        state = str(failed.details["state"])
        assert failed.code == "link-lost", failed
        assert failed.message
        assert failed.remedy
        assert await site.runner(wire).visit.run() is Outcome.COMPLETE
    assert site.written() == ONCE, f"cut at byte {byte}"
    assert site.meter.import_mpan == "1200023305967"
    assert site.meter.randomised_offset.limit_s == 600
    site.store.close()
    return state


@pytest.mark.long
async def test_pulled_amid_each_write(tmp_path: Path) -> None:
    _total, spans = await whole_visit(tmp_path)
    rng = random.Random(2)
    for step, (first, last) in spans.items():
        assert last - first > 60, "a write and its read-back pass this wire"
        for byte in sorted(rng.sample(range(first, last), 4)):
            state = await pulled_at(byte, tmp_path / f"{step}-{byte}")
            assert state == "unknown", f"{step}: byte {byte}"


@pytest.mark.long
async def test_pulled_anywhere(tmp_path: Path) -> None:
    total, _spans = await whole_visit(tmp_path)
    for byte in sorted(random.Random(3).sample(range(total), 10)):
        await pulled_at(byte, tmp_path / str(byte))


@pytest.mark.soak
@pytest.mark.timeout(7200)
async def test_pulled_at_every_byte(tmp_path: Path) -> None:
    total, _spans = await whole_visit(tmp_path)
    for byte in range(total):
        await pulled_at(byte, tmp_path / str(byte))


class Pulled:
    """A port whose probe is pulled a few bytes after `armed` was set."""

    def __init__(self, port: PortServer) -> None:
        self.port = port
        self.armed = False
        self.pull: Callable[[], None] = lambda: None

    def attach(self, send: Send) -> Connection:
        return _PulledConnection(self, self.port.attach(send))


class _PulledConnection:
    def __init__(self, owner: Pulled, inner: Connection) -> None:
        self._owner, self._inner = owner, inner

    def receive(self, data: bytes) -> None:
        if self._owner.armed:
            self._owner.armed = False
            self._inner.receive(data[:9])
            self._owner.pull()
        else:
            self._inner.receive(data)

    def line_speed(self, baud: int) -> None:
        self._inner.line_speed(baud)

    def closed(self) -> None:
        self._inner.closed()


async def test_a_serial_probe_unplugged_amid_a_write(tmp_path: Path) -> None:
    site = Site(tmp_path)
    port, name = Pulled(site.port), tmp_path / "ttyMETER"
    options = VisitOptions(link=f"optical:{name}", association=AssociationOptions(training=True), auto=True)

    def runner(on_point: Callable[[str], None] | None = None) -> VisitRunner:
        composer = Composer(SystemClock(), training=True)
        return VisitRunner(site.store, site.clock, composer, site.job, options, ask=answer, on_point=on_point)

    def arm(point: str) -> None:
        port.armed = port.armed or point == "write-mpan/intent/after"

    async with PtyServer(port, symlink=name) as pty:
        port.pull = pty.unplug
        with pytest.raises(StepFailed) as caught:
            await runner(arm).visit.run()
        assert caught.value.code == "link-lost"
        assert caught.value.details["state"] == "unknown"
        assert caught.value.details["step"] == "write-mpan"
        assert caught.value.remedy
    async with PtyServer(site.port, symlink=name):
        assert await runner().visit.run() is Outcome.COMPLETE
    assert site.meter.import_mpan == "1200023305967"
    assert site.written()[Item.IMPORT_MPAN] == 1
    site.store.close()
