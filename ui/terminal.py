"""`Terminal`: the services that the window asks for (`ui.services.Services`), over the command line's own core."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from hht.client.api import Listeners, LogEntry, Meter, MeterError, OnProgress
from hht.errors import HhtError
from hht.i18n import _, use_language
from hht.work.session import IDLE_LIMIT_S
from hht.work.view import Fact, Outcome, VisitView
from ui.bridge_trust import known_bridges_of
from ui.compose import AssociationOptions, Composer
from ui.guard import Guard, GuardedVisit
from ui.jobs import job_summaries, summary_of
from ui.known_ports import known_ports
from ui.link_choices import link_choices
from ui.live_trace import LiveTrace
from ui.services import DeviceSnapshot, JobSummary, LinkChoice, ObjectList, Settings, TraceLine, VisitControl
from ui.stores import (
    counter_book,
    data_folder,
    engineer_of,
    no_store,
    save_settings,
)
from ui.system import SystemClock, new_id
from ui.trace_of_this_run import TraceOfThisRun
from ui.trace_reveal import note_reveal, said_by
from ui.what_expires import WhatExpires
from ui.what_is_logged import WhatIsLogged
from ui.with_bridges import WithBridges
from ui.with_day import WithDay
from ui.with_devices import WithDevices
from ui.with_evidence import WithEvidence
from ui.with_people import WithPeople
from ui.with_plugins import WithPlugIns
from ui.without_wan import WithoutWan

if TYPE_CHECKING:
    from hht.client.meter_objects import ViewEntry
    from hht.client.meter_session import MeterSession
    from hht.client.object_reader import ObjectView
    from hht.clock import Clock
    from hht.store.store import Store
    from hht.work.visit import Visit
    from ui.training_ground import TrainingGround
    from ui.visits import VisitRunner


class Terminal(
    WithoutWan,
    WithEvidence,
    WithDay,
    WithDevices,
    WithPeople,
    WithPlugIns,
    WithBridges,
    TraceOfThisRun,
    WhatExpires,
    WhatIsLogged,
):
    """See `ui.services.Services`. Used from one event loop; blocking work goes to threads."""

    def __init__(
        self,
        *,
        data_dir: Path | None = None,
        training: bool = False,
        clock: Clock | None = None,
        opened: Store | None = None,
    ) -> None:
        """`opened`: the store, by whoever takes the place of somebody else; else it is opened by `unlock`."""
        super().__init__()
        self._training = training
        self._clock = clock or SystemClock()
        self._folder = data_folder(data_dir)
        self._known_ports = known_ports(self._folder, self._clock)
        self._known_bridges = known_bridges_of(self._folder, self._clock, training=training, store=self._opened)
        book = counter_book(self._folder, training=training)
        self._store: Store | None = None
        self._handed, self._unlocking = opened, asyncio.Lock()
        self.guard = Guard(self._clock, self._opened, training=training)
        self._trace = LiveTrace(self._clock, lambda: self._store, training=training)
        self._composer = Composer(
            self._clock,
            training=training,
            counters=book,
            on_notice=self._trace.notice,
            on_remark=lambda remark: self._trace.say(remark.text),
            on_stopping=self._on_stopping,
            on_port=self._known_ports.used,
            bridges=self._known_bridges,
        )
        self._settings = Settings()
        self._runner: VisitRunner | None = None
        self._running: asyncio.Task[Outcome] | None = None
        self._meter: MeterSession | None = None
        self._used_at = 0.0  # monotonic time at which the device page's own session was last used
        self._stopping: list[Callable[[float], None]] = []
        self._ground: TrainingGround | None = None

    @property
    def training(self) -> bool:
        """Whether this is the training store and trust."""
        return self._training

    # ------------------------------------------------------------------ store, settings

    def _opened(self) -> Store:
        return no_store() if self._store is None else self._store

    async def settings(self) -> Settings:
        """What the engineer chose."""
        return self._settings

    async def save_settings(self, settings: Settings) -> None:
        """Keep `settings`."""
        from drivers.discovery import lasting_url

        lasting = await asyncio.to_thread(
            lasting_url, settings.link
        )  # never a port name that may be another's tomorrow
        settings = replace(settings, link=lasting)
        save_settings(self._opened(), self._settings, settings)
        self._settings = settings
        use_language(settings.language or None)

    async def links(self) -> list[LinkChoice]:
        """Links that can be chosen now."""
        return await link_choices(self._known_ports, training=self._training)

    async def try_link(self, link: str) -> None:
        """Connect, and let go again."""
        await self.release_device()
        tried = self._composer.link(link, self._trace.hear)
        await tried.open()
        await tried.close()

    async def try_probe(self, link: str) -> str:
        """Sign on, and let go again."""
        from ui.probe_trial import sign_on_once

        await self.release_device()
        return await sign_on_once(self._composer, link, self._trace.hear)

    async def until_plugged(self, link: str) -> str:
        """Wait for a probe that was pulled out."""
        from ui.link_watch import until_plugged

        return await until_plugged(link)

    # ------------------------------------------------------------------ jobs and visits

    async def jobs(self) -> list[JobSummary]:
        """Every job, by appointment."""
        return job_summaries(self._opened())

    async def job(self, job_id: str) -> JobSummary:
        """One job, as it stands now."""
        from hht.work.visit_store import VisitStore

        visits = VisitStore(self._opened(), new_id)
        return summary_of(visits, visits.job(job_id))

    async def kept_visit(self, visit_id: str) -> VisitView:
        """A visit as the store keeps it; its report only where the file is still there."""
        from hht.work.visit_store import VisitStore

        view = VisitStore(self._opened(), new_id).record(visit_id).view
        there = bool(view.report) and await asyncio.to_thread(Path(view.report).is_file)
        return view if there else replace(view, report="")

    async def start_visit(
        self, job_id: str, on_view: Callable[[VisitView], None], link: str = "", *, again: bool = False
    ) -> VisitControl:
        """Start the job's visit, or go on with the unfinished one; of a finished job only `again`."""
        from hht.work.visit_store import VisitStore
        from ui.reports import training_report
        from ui.visits import VisitOptions, VisitRunner, with_han

        await self.stop_visit()
        await self.release_device()
        store = self._opened()
        stored = VisitStore(store, new_id).job(job_id)
        reports = self._training and not stored.job.rehearsal
        home = "" if stored.job.rehearsal else link or self._settings.link  # it has a premises of its own
        emulated = self._training and (home or stored.job.link).startswith("emulated:")
        options = VisitOptions(
            link=home,
            desk=self._settings.desk or stored.job.kit.desk or ("desk:emulated" if emulated else ""),
            han=self._settings.dongle
            or ("" if stored.job.kit.dongle or not emulated else with_han(home or stored.job.link)),
            association=AssociationOptions(training=self._training),
            engineer=engineer_of(store),
            report=partial(training_report, self._folder, stored) if reports else None,
            again=again,
        )
        runner = VisitRunner(
            store, self._clock, self._composer, stored, options, on_view=on_view, on_trace=self._trace.hear
        )
        self._runner = runner
        self._running = asyncio.get_running_loop().create_task(runner.visit.run(), name=f"visit {runner.visit_id}")
        self._running.add_done_callback(_retrieve)
        return runner.visit if self._training else GuardedVisit(runner.visit, self.guard)

    async def stop_visit(self) -> Outcome | None:
        """Close the running visit; it can be resumed. Its outcome if it had ended."""
        task, self._running, self._runner = self._running, None, None
        if task is None:
            return None
        if not task.done():
            task.cancel()
        with contextlib.suppress(asyncio.CancelledError, HhtError):
            return await task
        return None

    # ------------------------------------------------------------------ the device page

    async def read_device(self, link: str = "") -> DeviceSnapshot:
        """Connect, or use the visit's session between steps, and read what the page shows."""
        async with self._device(link) as meter:
            return DeviceSnapshot(
                identity=await meter.identify(),
                clock=await meter.read_clock(),
                registers=tuple(await meter.read_registers()),
                supply=await meter.read_supply_state(),
                import_mpan=await meter.read_import_mpan(),
                offset=await meter.read_randomised_offset(),
                logged=self._take_logged(),
            )

    async def read_profile(self, days: int, listeners: Listeners) -> int:
        """The last `days` of the profile; the number of rows. What the store keeps of it is not asked for."""
        from hht.work.kept_profile import read_kept_profile
        from ui.stores import kept_profile

        async with self._device("") as meter:
            now = (await meter.read_clock()).time
            device = (await meter.identify()).device_id
            kept = kept_profile(self._opened(), device)
            start, end = now - timedelta(days=days), now + timedelta(days=1)
            if kept is None:
                return await meter.stream_profile(start, end, listeners)

            async def meter_time() -> datetime:
                return now

            read = await read_kept_profile(meter, kept, start, end, listeners=listeners, now=now, meter_time=meter_time)
            return read.rows

    async def read_log(self, log: str) -> list[LogEntry]:
        """The "event" or "security" log."""
        async with self._device("") as meter:
            return await meter.read_log(log)

    async def read_network(self) -> tuple[Fact, ...]:
        """Maxima recomputed, voltage, outages, and who may change any of it."""
        from hht.work.actions.network import read_view
        from hht.work.network_told import changes_facts, network_facts

        async with self._device("") as meter:
            return (*network_facts(*await read_view(meter, (await meter.read_clock()).time)), *changes_facts())

    async def list_objects(self) -> ObjectList:
        """What the meter shows, and who it says it is."""
        async with self._device("") as meter:
            return ObjectList(await meter.read_device_id(), tuple(await meter.association_view()))

    async def read_object(self, device_id: str, entry: ViewEntry) -> ObjectView:
        """One of these objects, of the same meter. Raises WrongMeter where another one answers."""
        async with self._device_of(device_id) as meter:
            return await meter.read_object_view(entry)

    async def export_objects(
        self, device_id: str, entries: Sequence[ViewEntry], path: Path, on_progress: OnProgress
    ) -> int:
        """Read these objects into `path`, which is whole or not there; how many."""
        from ui.object_list import check_ending, read_objects, write_objects
        from ui.whole_file import check_writable

        check_ending(path)
        await asyncio.to_thread(check_writable, path)
        async with self._device_of(device_id) as meter:
            views = await read_objects(meter, entries, on_progress)
        await asyncio.to_thread(write_objects, path, views)
        return len(views)

    @contextlib.asynccontextmanager
    async def _device_of(self, device_id: str) -> AsyncIterator[Meter]:
        """As `_device`; what was listed of one meter is never asked of another."""
        from ui.object_list import check_same_meter

        async with self._device("") as meter:
            check_same_meter(await meter.read_device_id(), device_id)
            yield meter

    async def release_device(self) -> None:
        """End the device page's own conversation."""
        meter, self._meter = self._meter, None
        if meter is not None:
            await meter.close()

    @contextlib.asynccontextmanager
    async def _device(self, link: str) -> AsyncIterator[Meter]:
        """The visit's meter between its steps, or a session of the device page's own."""
        if self._runner is not None and self._running is not None and not self._running.done() and not link:
            async with self._runner.visit.borrow() as meter:
                yield meter
            return
        idle = self._clock.monotonic() - self._used_at > IDLE_LIMIT_S  # the meter has hung up, or is about to
        if self._meter is None or not self._meter.is_open or idle or link:
            await self.release_device()
            self._meter = self._composer.meter(
                link or self._device_link(), AssociationOptions(training=self._training), self._trace.hear
            )
            await self._meter.open()
            self._count_read(link or self._device_link())
        try:
            yield self._meter
        except BaseException as error:
            if not isinstance(error, MeterError):
                await self.release_device()
            raise
        finally:
            self._used_at = self._clock.monotonic()

    def _visit_now(self) -> VisitView | None:
        runs = self._running is not None and not self._running.done()
        return self._runner.visit.view if runs and self._runner is not None else None

    def _played(self, visit_id: str) -> Visit | None:
        runs = self._running is not None and not self._running.done()
        return self._runner.visit if runs and self._runner is not None and self._runner.visit_id == visit_id else None

    def _link_in_use(self) -> str:
        return self._settings.link or (self._runner.link if self._runner else "")

    def _device_link(self) -> str:
        link = self._link_in_use()
        if not link and self._training:
            link = "emulated:single-element"
        if not link:
            raise HhtError(_("No link is chosen."), remedy=_("Choose a link in the settings."), code="no-link")
        return link

    # ------------------------------------------------------------------ trace

    async def reveal_trace(self, line: TraceLine, reason: str) -> TraceLine:
        """A masked line as it was on the wire; see `ui.services.Services`."""
        shown = self._trace.revealed(line)
        note_reveal(self._opened(), {"trace": line.event.link, "file": "-"}, who=said_by(self._settings), why=reason)
        return shown

    def subscribe_stopping(self, on_stopping: Callable[[float], None]) -> None:
        """Hear whenever the meter is heard out; see `ui.services.Services`."""
        self._stopping.append(on_stopping)

    def _on_stopping(self, limit_s: float) -> None:
        for hear in self._stopping:
            hear(limit_s)

    @property
    def ground(self) -> TrainingGround:
        """The premises that can be trained with. Raises HhtError ``not-in-live-work``: the two never mix."""
        if not self._training:
            raise HhtError(
                _("Premises are for training only."), remedy=_("Start hht --training."), code="not-in-live-work"
            )
        if self._ground is None:
            from ui.training_ground import TrainingGround

            self._ground = TrainingGround(self._composer.living, self._link_in_use)
        return self._ground

    async def close(self) -> None:
        """End every conversation and close the store."""
        await self.stop_visit()
        await self.release_device()
        await self._leave_han()
        if self._ground is not None:
            await self._ground.close()
        await self._composer.close()
        for store in (self._store, self._handed):
            if store is not None:
                store.close()
        self._store = self._handed = None


def _retrieve(task: asyncio.Task[Outcome]) -> None:
    """Take a finished visit's error out of its task: the view has shown it already."""
    if not task.cancelled():
        task.exception()
