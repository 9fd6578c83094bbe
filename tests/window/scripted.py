"""A terminal by script: implements `ui.services.Services` without meter or store, for tests and screenshots."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import cast

from hht.client.api import Listeners, LogEntry, OnProgress, Progress
from hht.client.meter_objects import ViewEntry
from hht.client.object_reader import ObjectView
from hht.clock import ManualClock
from hht.desk.course import AskReport
from hht.errors import HhtError
from hht.resources import resource_text
from hht.work.job import parse_job
from hht.work.timeline import Timer
from hht.work.view import Fact, Outcome, VisitView
from hht.work.visit_store import StoredJob
from tests.window import sample_objects, samples
from tests.window.radio import Radio
from tests.window.scripted_day import IdleDay, IdleDepot, ScriptedDay, ScriptedDepot, no_rehearsal
from tests.window.scripted_key_slot import ScriptedKeySlot, WithScriptedKeySlot
from tests.window.scripted_visit import ScriptedVisit
from ui.bridges import BridgeChoice, OnBridges
from ui.day import Day
from ui.depot_service import KeptDepot
from ui.desks import Desks
from ui.device_pages import DevicePages
from ui.diagnostics import Diagnostics
from ui.evidence import KeptEvidence
from ui.guard import Guard
from ui.han import HanService, HanState
from ui.hub_facts import DeviceLogFacts
from ui.job_folder import JobFolder
from ui.living import LivingPremises
from ui.pack_facts import PackFacts
from ui.packs import OnPack, Packs
from ui.people import KeptPeople
from ui.plugins import Installed, PlugIns
from ui.rehearsal import OnPlay, RehearsalReport
from ui.scanner import Scanner
from ui.services import DeviceSnapshot, JobSummary, LinkChoice, ObjectList, Settings, TraceLine, TreeNode
from ui.trace_lines import tree_of
from ui.training_ground import TrainingGround
from ui.wallet import KeptWallet
from ui.without_wan import DeskPlace, HubWay, PackWay


def _jobs_known() -> list[StoredJob]:
    """Whose scanned numbers are."""
    return [StoredJob("job-1", "", "", parse_job(resource_text("jobs", "install-dual-fuel.json"), "job"))]


class ScriptedGuard:
    """Asks for the scripted pass phrase; in training for the one there is."""

    def __init__(self, services: ScriptedServices) -> None:
        self._services = services

    async def again(self, pass_phrase: str) -> None:
        if pass_phrase != ("training" if self._services.training else self._services.pass_phrase):
            raise HhtError("That is not the pass phrase.", remedy="Type it again.", code="pass-phrase")

    async def locked(self, why: str) -> None:
        self._services.locks.append(why)


class ScriptedServices(WithScriptedKeySlot):
    """See the module. What a test wants otherwise it sets on the object before the window asks."""

    def __init__(self, *, training: bool = True, locked: bool = False, new: bool = False) -> None:
        self._training = training
        self.locked = locked
        self.new = new
        self.pass_phrase = "correct horse"
        self.login_names: tuple[str, ...] = ()
        self.logged_in = ""
        self.locks: list[str] = []
        self.saved = Settings()
        self.own_scanner = Scanner(Path("/nowhere"), _jobs_known)
        self.job_list = samples.jobs()
        self.visits: list[ScriptedVisit] = []
        self.begun: list[tuple[str, bool]] = []  # job, and whether again
        self.kept_asked: list[str] = []
        self.kept: VisitView | None = None  # None: the sample visit
        self.fail_at = ""
        self.first_view: VisitView | None = None
        self.device_error: Exception | None = None
        self.profile_pause_s = 0.0
        self.listeners: list[Callable[[TraceLine], None]] = []
        self.exported: list[Path] = []
        self.revealed: list[str] = []
        self.objects: ObjectList | None = None  # None: those of the emulated meter
        self.object_reads: list[ViewEntry] = []
        self.object_exports: list[tuple[str, tuple[ViewEntry, ...], Path]] = []
        self.tag_gate: asyncio.Event | None = None  # what proves a ciphered block of a profile
        self.piece_gate: asyncio.Event | None = None  # what the second piece of a profile waits for
        self.turn_gate: asyncio.Event | None = None  # what ends the meter's turn
        self.stopping: list[Callable[[float], None]] = []
        self.object_gate: asyncio.Event | None = None  # what an object's read waits for
        self.saved_reports: list[tuple[str, Path]] = []
        self.report_error: HhtError | None = None
        self._ground = TrainingGround(LivingPremises(ManualClock(samples.NOW)), lambda: self.saved.link)
        self.radio = Radio()
        self.own_trees = False  # of frames that are no sample's
        self.bridge_list = samples.bridges()
        self.bridge_gate: asyncio.Event | None = None  # what ends the listening
        self.bridge_error: HhtError | None = None
        self.bridge_scans: list[bool] = []  # whether everything was asked for
        self.tried: list[str] = []
        self.paired: list[tuple[str, str]] = []  # link and code; no code: accepted without
        self.pair_error: HhtError | None = None
        self.try_error: HhtError | None = None
        self.try_gate: asyncio.Event | None = None
        self.watched: list[str] = []
        self.plug_gate = asyncio.Event()
        self.timer_list: tuple[Timer, ...] = ()
        self.watched_folder: JobFolder | None = None
        self.rehearsal: Callable[[OnPlay], Awaitable[RehearsalReport]] = no_rehearsal
        self.own_depot: ScriptedDepot | None = None
        self.log_trouble: HhtError | None = None
        self.own_key_slot = ScriptedKeySlot()
        self.released = 0
        self.stopped = 0
        self.closed = False

    @property
    def training(self) -> bool:
        return self._training

    async def require_log(self) -> None:
        if self.log_trouble is not None:
            raise self.log_trouble

    async def needs_pass_phrase(self) -> bool:
        return self.locked

    @property
    def store_exists(self) -> bool:
        return not self.new

    async def logins(self) -> tuple[str, ...]:
        return self.login_names

    @property
    def people(self) -> KeptPeople:
        return self.radio.people

    async def successor(self, pass_phrase: str, login: str) -> Callable[[], ScriptedServices]:
        await self.unlock(pass_phrase, login)
        return lambda: self

    async def unlock(self, pass_phrase: str, login: str = "") -> None:
        self.logged_in = login
        if not self.new and pass_phrase != self.pass_phrase:
            raise HhtError(
                "That is not the pass phrase.", remedy="Type it again; mind capitals.", code="wrong-pass-phrase"
            )
        self.locked = False

    @property
    def guard(self) -> Guard:
        return cast("Guard", ScriptedGuard(self))

    async def settings(self) -> Settings:
        return self.saved

    async def save_settings(self, settings: Settings) -> None:
        self.saved = settings

    async def links(self) -> list[LinkChoice]:
        return samples.links()

    async def bridges(self, on_seen: OnBridges, *, everything: bool = False) -> list[BridgeChoice]:
        self.bridge_scans.append(everything)
        if self.bridge_error is not None:
            raise self.bridge_error
        heard = [bridge for bridge in self.bridge_list if everything or bridge.kind]
        for count in range(1, len(heard) + 1):
            on_seen(heard[:count])
        if self.bridge_gate is not None:
            await self.bridge_gate.wait()
        return heard

    async def pair_bridge(self, link: str, code: str) -> str:
        self.paired.append((link, code))
        if self.pair_error is not None:
            raise self.pair_error
        self.try_error = None
        return "authenticated as my probe"

    async def accept_bridge(self, link: str) -> str:
        self.paired.append((link, ""))
        self.try_error = None
        return "not authenticated, accepted by hand"

    async def try_link(self, link: str) -> None:
        self.tried.append(link)
        if self.try_error is not None:
            raise self.try_error

    async def try_probe(self, link: str) -> str:
        self.tried.append(link)
        if self.try_gate is not None:
            await self.try_gate.wait()
        if self.try_error is not None:
            raise self.try_error
        return "HHT TRAINER-1E"

    async def until_plugged(self, link: str) -> str:
        self.watched.append(link)
        await self.plug_gate.wait()
        return "/dev/ttyUSB3"

    async def jobs(self) -> list[JobSummary]:
        return self.job_list

    async def job(self, job_id: str) -> JobSummary:
        return next(job for job in self.job_list if job.job_id == job_id)

    async def kept_visit(self, visit_id: str) -> VisitView:
        self.kept_asked.append(visit_id)
        if self.kept is not None:
            return self.kept
        number = next(visit.number for job in self.job_list for visit in job.visits if visit.visit_id == visit_id)
        return replace(samples.ended(), visit_id=visit_id, number=number)

    @property
    def day(self) -> Day:
        return cast("Day", IdleDay(self)) if self.radio._store is None else ScriptedDay(self)

    async def start_visit(
        self, job_id: str, on_view: Callable[[VisitView], None], link: str = "", *, again: bool = False
    ) -> ScriptedVisit:
        self.begun.append((job_id, again))
        visit = ScriptedVisit(on_view, self.fail_at)
        self.visits.append(visit)
        visit.show(self.first_view or visit.view)
        return visit

    async def stop_visit(self) -> Outcome | None:
        self.stopped += 1
        return None

    async def diagnostics(self) -> Diagnostics:
        if self.report_error is not None:
            raise self.report_error
        return samples.diagnostics()

    async def save_report(self, visit_id: str, path: Path) -> Path:
        if self.report_error is not None:
            raise self.report_error
        self.saved_reports.append((visit_id, path))
        return path

    async def read_device(self, link: str = "") -> DeviceSnapshot:
        if self.device_error is not None:
            raise self.device_error
        return samples.snapshot()

    async def read_profile(self, days: int, listeners: Listeners) -> int:
        assert listeners.on_rows is not None
        assert listeners.on_progress is not None
        assert listeners.on_unproved is not None
        rows = samples.profile(days)
        try:
            for start in range(0, len(rows), 200):
                await asyncio.sleep(self.profile_pause_s)
                if start and self.piece_gate is not None:
                    await self.piece_gate.wait()
                if start and self.tag_gate is not None:
                    listeners.on_unproved(rows[start : start + 200])
                    await self.tag_gate.wait()
                    if self.device_error is not None:
                        raise self.device_error
                listeners.on_rows(rows[start : start + 200])
                listeners.on_progress(Progress(min(len(rows), start + 200), len(rows), start * 26))
        except asyncio.CancelledError:
            if self.turn_gate is not None:
                for hear in self.stopping:
                    hear(9.4)
                await self.turn_gate.wait()
            raise
        return len(rows)

    def subscribe_stopping(self, on_stopping: Callable[[float], None]) -> None:
        self.stopping.append(on_stopping)

    async def read_log(self, log: str) -> list[LogEntry]:
        return samples.log_entries(log)

    async def read_network(self) -> tuple[Fact, ...]:
        from tests.window.looking_scenes import network_sample

        return network_sample()

    async def list_objects(self) -> ObjectList:
        if self.device_error is not None:
            raise self.device_error
        return self.objects or sample_objects.listed()

    async def read_object(self, device_id: str, entry: ViewEntry) -> ObjectView:
        self.object_reads.append(entry)
        if self.object_gate is not None:
            await self.object_gate.wait()
        if self.device_error is not None:
            raise self.device_error
        return sample_objects.view(entry)

    async def export_objects(
        self, device_id: str, entries: Sequence[ViewEntry], path: Path, on_progress: OnProgress
    ) -> int:
        for done in range(1, len(entries) + 1):
            on_progress(Progress(done, len(entries), done * 190))
            if self.object_gate is not None:
                await self.object_gate.wait()
        self.object_exports.append((device_id, tuple(entries), path))
        return len(entries)

    async def release_device(self) -> None:
        self.released += 1

    def subscribe_trace(self, on_line: Callable[[TraceLine], None]) -> Callable[[], None]:
        self.listeners.append(on_line)
        for line in samples.trace():
            on_line(line)
        return lambda: self.listeners.remove(on_line)

    async def recent_trace(self, limit: int = 500) -> list[TraceLine]:
        return samples.trace()[-limit:]

    def decode(self, line: TraceLine) -> TreeNode:
        return tree_of(line) if self.own_trees else samples.tree(line)

    async def reveal_trace(self, line: TraceLine, reason: str) -> TraceLine:
        if not reason:
            raise HhtError("Secrets are shown only for a reason.", remedy="Say why.", code="reveal-reason")
        self.revealed.append(reason)
        return replace(line, event=replace(line.event, data=b"secret" + line.event.data[6:], masked=False))

    async def export_trace(self, path: Path) -> int:
        self.exported.append(path)
        return 10

    @property
    def ground(self) -> TrainingGround:
        return self._ground

    @property
    def han(self) -> HanService:
        return self.radio.han

    async def dongles(self) -> list[LinkChoice]:
        return await self.radio.dongles()

    async def usual_dongle(self) -> str:
        return self.saved.dongle or await self.radio.usual_dongle()

    @property
    def device_pages(self) -> DevicePages:
        return self.radio.device_pages

    @property
    def packs(self) -> Packs:
        return self.radio.packs

    async def timers(self) -> tuple[Timer, ...]:
        return self.timer_list

    async def plug_ins(self) -> tuple[Installed, ...]:
        store = self.radio._opened()
        assert self.radio._folder is not None
        return PlugIns(store, self.radio._folder).installed()

    @property
    def evidence(self) -> KeptEvidence:
        return self.radio.evidence

    @property
    def depot(self) -> KeptDepot:
        if self.radio._store is None:
            return cast("KeptDepot", IdleDepot(self))
        self.own_depot = self.own_depot or ScriptedDepot(self)
        return self.own_depot

    @property
    def scanner(self) -> Scanner:
        return self.own_scanner

    @property
    def wallet(self) -> KeptWallet:
        return self.radio.wallet

    async def take_pack(self, path: Path) -> PackFacts:
        return await self.radio.take_pack(path)

    async def look_into_pack(self, path: Path) -> PackFacts:
        return await self.radio.look_into_pack(path)

    async def deliver_pack(
        self, key: str, way: PackWay, on_event: OnPack, going: Callable[[], bool], *, ask: bool = False
    ) -> PackFacts:
        return await self.radio.deliver_pack(key, way, on_event, going, ask=ask)

    async def export_answers(self, key: str, path: Path) -> int:
        return await self.radio.export_answers(key, path)

    async def read_device_log(
        self,
        way: HubWay,
        times: int,
        every_s: float,
        on_log: Callable[[DeviceLogFacts], None],
        on_state: Callable[[HanState], None] = lambda _state: None,
    ) -> None:
        await self.radio.read_device_log(way, times, every_s, on_log, on_state)

    @property
    def desks(self) -> Desks:
        return self.radio.desks

    def hear_desk(self, on_note: Callable[[str], None]) -> None:
        self.radio.hear_desk(on_note)

    async def relay_ask(
        self, reference: str, place: DeskPlace, way: PackWay, on_event: OnPack, on_report: Callable[[AskReport], None]
    ) -> AskReport:
        return await self.radio.relay_ask(reference, place, way, on_event, on_report)

    async def see_ask(self, reference: str) -> AskReport:
        return await self.radio.see_ask(reference)

    async def usual_desk(self) -> DeskPlace:
        return DeskPlace(self.saved.desk or self.radio.desk)

    async def close(self) -> None:
        await self.radio.close()
        await self._ground.close()
        self.closed = True
