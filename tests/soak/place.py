"""One commissioning visit's place: meter, clocks, store and job, all on virtual time and seeded chance."""

from __future__ import annotations

import asyncio
import os
import random
import shutil
import tempfile
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path

from drivers.line_simulator import LineSettings
from hht.clock import ManualClock
from hht.emulation.port_server import PortServer
from hht.link import Link, TraceEvent, TraceSink
from hht.model.electricity_meter import ElectricityMeter, Item
from hht.model.electricity_meter.write_ledger import ServedWrite
from hht.model.premises import load_premises
from hht.resources import resource_text
from hht.store.store import Store
from hht.store.vault import TRAINING_PASS_PHRASE, KdfCost
from hht.work.view import Question
from hht.work.visit_store import StoredJob, VisitStore
from tests.soak.com_port import ComPortPlug
from tests.soak.links import BlePlug, Plug, ProbePlug, TcpPlug
from tests.soak.way import Way
from ui.compose import AssociationOptions, Composer
from ui.visits import VisitOptions, VisitRunner

START = datetime(2026, 11, 21, 10, 12, tzinfo=UTC)
MPAN, LIMIT_S, TOLERANCE_S = "1200023305967", 600, 10
ANSWERS = {"scan-meter": "00-DB-12-34-56-78-90-A0", "hand-over": "yes", "write-mpan": "yes"}
URLS = {
    "probe": "optical:/dev/ttyUSB0",
    "tcp": "tcp://meter:4059",
    "rfc2217": "rfc2217://meter:4000",
    "ble": "ble:F0:F1:F2:F3:F4:F5",
}
SCRATCH_IN = "HHT_SOAK_SCRATCH"
TURNAROUND_S = 0.02
PIECE_S = 0.03  # characters that come together: a visit has thousands
USUAL = LineSettings(turnaround_s=TURNAROUND_S, piece_s=PIECE_S)
LINED = ("probe", "rfc2217")  # whose line is set from here
PLUGS: dict[str, Callable[[Way], Plug]] = {
    "probe": ProbePlug,
    "tcp": TcpPlug,
    "rfc2217": ComPortPlug,
    "ble": BlePlug,
}


class RunClock:
    """True time, and the terminal's: seconds of the loop, and those that the computer slept through."""

    def __init__(self, *, stops: bool) -> None:
        """`stops`: the monotonic clock does not count sleep, as on Linux and macOS; else it does, as on Windows."""
        self._loop = asyncio.get_running_loop()
        self._stops = stops
        self.slept_s = 0.0

    def now(self) -> datetime:
        """UTC."""
        return START + timedelta(seconds=self._loop.time() + self.slept_s)

    def monotonic(self) -> float:
        """Seconds of the loop; with the sleep, where it does not stop."""
        return self._loop.time() + (0.0 if self._stops else self.slept_s)


class RunComposer(Composer):
    """A composer all of whose links are the plug's."""

    def __init__(self, place: Place) -> None:
        super().__init__(place.terminal_clock, training=True, random_bytes=place.rng.randbytes)
        self._place = place

    def link(self, text: str, sink: TraceSink | None) -> Link:
        return self._place.plug.link(self._place.terminal_clock, sink, text.partition("?")[0])


async def answer(question: Question, _error: object) -> str | None:
    """The engineer."""
    return ANSWERS[question.id]


class Place:
    """Everything of one run. `writes`: what the meter was told, whether it held what the job wants before and after."""

    def __init__(self, seed: int, way: str, folder: Path) -> None:
        self.rng = random.Random(f"place {seed}")
        self.folder, self.kind = folder, way
        self.terminal_clock, self.true_clock = RunClock(stops=True), RunClock(stops=False)
        self.meter: ElectricityMeter = load_premises("single-element", clock=self.true_clock, days=1).device()
        self.port = PortServer(self.meter)
        self.settings = replace(USUAL, match_speeds=way in LINED)
        self.way = Way(self.port, random.Random(f"line {seed}"), self.settings)
        self.plug: Plug = PLUGS[way](self.way)
        self.writes: list[tuple[ServedWrite, bool, bool]] = []
        self.held = dict.fromkeys((Item.CLOCK, Item.IMPORT_MPAN, Item.RANDOMISED_OFFSET_LIMIT), False)
        self.meter.writes.observe(self._written)
        self.events: list[TraceEvent] = []
        self._stores = 0
        self.store = self._open(template())

    def _written(self, write: ServedWrite) -> None:
        before, self.held = self.held, self.holds()
        self.writes.append((write, before.get(write.item, False), self.held.get(write.item, False)))

    def drift_s(self) -> float:
        """Of the meter's clock, in seconds."""
        return (self.meter.clock.now() - self.true_clock.now()).total_seconds()

    def holds(self) -> dict[Item, bool]:
        """Which of the job's values the meter holds."""
        return {
            Item.CLOCK: abs(self.drift_s()) <= TOLERANCE_S,
            Item.IMPORT_MPAN: self.meter.import_mpan == MPAN,
            Item.RANDOMISED_OFFSET_LIMIT: self.meter.randomised_offset.limit_s == LIMIT_S,
        }

    def _open(self, source: Path) -> Store:
        """A store with the files of another one, which may be open."""
        self._stores += 1
        path = self.folder / f"{self._stores}.db"
        for ending in ("", "-wal"):
            if source.with_name(source.name + ending).exists():
                shutil.copyfile(source.with_name(source.name + ending), path.with_name(path.name + ending))
        return Store.open(
            path, TRAINING_PASS_PHRASE, training=True, clock=self.terminal_clock, entropy=self.rng.randbytes
        )

    def kill(self) -> Store:
        """The terminal dies: what is on disk now is all that the next one finds. The old store, to be closed once
        what is left of its terminal has ended; nothing of that reaches the meter."""
        old = self.store
        self.store = self._open(old.path)
        self.way.sever()
        return old

    def job(self) -> StoredJob:
        """The demonstration's job."""
        (job,) = VisitStore(self.store, self.new_id).jobs()
        return job

    def new_id(self) -> str:
        """An id."""
        return self.rng.randbytes(13).hex()

    def runner(self, on_point: Callable[[str], None] | None = None) -> VisitRunner:
        """A terminal that begins the visit or goes on with it."""
        options = VisitOptions(link=URLS[self.kind], association=AssociationOptions(training=True), auto=True)
        return VisitRunner(
            self.store,
            self.terminal_clock,
            RunComposer(self),
            self.job(),
            options,
            ask=answer,
            on_trace=self.events.append,
            on_point=on_point,
        )

    async def close(self) -> None:
        """The end of the run."""
        await self.plug.close()
        self.way.close()
        self.store.close()


def memory() -> str | None:
    """A folder that is in memory, where the system has such a place; else None, which stands for any."""
    return "/dev/shm" if Path("/dev/shm").is_dir() else None


@cache
def scratch() -> Path:
    """A folder of this process's own, within `SCRATCH_IN` if that is set."""
    return Path(tempfile.mkdtemp(prefix="hht-soak-", dir=os.environ.get(SCRATCH_IN) or memory()))


@cache
def template() -> Path:
    """A store that holds the job and has seen no visit."""
    path = scratch() / "template.db"
    rng = random.Random("template")
    clock = ManualClock(START - timedelta(minutes=5))
    with Store.open(
        path, TRAINING_PASS_PHRASE, training=True, clock=clock, entropy=rng.randbytes, cost=KdfCost(64, 1)
    ) as store:
        VisitStore(store, lambda: rng.randbytes(13).hex()).import_job(resource_text("jobs", "demo.json"), "demo.json")
    return path
