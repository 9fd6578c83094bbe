"""Rehearsing a job: played headless against a premises made from it, once as it should go and once with each likely
fault; what stops it is told, beside what the van lacks.

It is played in a training store of its own, in a folder that is taken away at the end: nothing of it is in the store
that one trains with, or in that of live work, and there is nothing left that could pass for evidence. Everybody knows
the pass phrase of a training store, so a live job goes in without what tells whose it is. The premises' time runs fast
while somebody waits for the supplier or for a device to join.
"""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from hht.clock import Clock
from hht.errors import HhtError
from hht.i18n import _
from hht.link_url import parse_link_url
from hht.private_files import private_folder
from hht.work.depot import line_title
from hht.work.rehearsal import Likely, good_answer, left_out, likely_faults, premises_of, rehearsal_job
from hht.work.van import VanStock
from hht.work.visit import StepFailed
from hht.work.visit_store import StoredJob, VisitStore
from ui.compose import AssociationOptions, Composer
from ui.stores import SCRATCH, open_store, scratch_lock
from ui.system import new_id, random_bytes
from ui.visits import VisitOptions, VisitRunner, with_han

if TYPE_CHECKING:
    from hht.model.device import Device
    from hht.store.store import Store
    from hht.work.depot import DepotLine
    from hht.work.view import Outcome, Question, VisitView

_FAST: Final = 20_000.0  # seconds of the premises in one of the computer's while a gas meter that sleeps is waited for
_BRISK: Final = 500.0  # while anything else is: the hour in which a hub lets a device join must not be over meanwhile
_JOIN_MINUTES: Final = 60  # of the premises, that a device is given to join
_LONGEST_S: Final = 90.0  # of the computer's, for one play
_NOT_HERE: Final = ("fault-device", "fault-unknown")  # a fault of the table that this premises cannot have
_TO_THE_HUB: Final = "whitelist-"  # what is asked about a gas meter, and needs none that is awake
# the actions for which somebody waits
_ASKS: Final = ("supplier", "deliver-pack")
_LOOKS: Final = ("find-each-device", "find-jobs-devices", "device-joined", "devices-gone")  # the desk reads logs
_WAITING: Final = ("gas-state", "gas-proved", *_ASKS, *_LOOKS)


@dataclass(frozen=True, slots=True)
class Play:
    """One play. `likely` None: as it should go. `step`: the title of the step that stopped it, with its error; ""
    where it came to an end, which `outcome` says."""

    likely: Likely | None
    outcome: str = ""
    step: str = ""
    code: str = ""
    message: str = ""
    remedy: str = ""
    fault: str = ""  # the fault's own words: what is seen, what cures it

    @property
    def blocked(self) -> bool:
        """Whether something stopped it."""
        return bool(self.step)


@dataclass(frozen=True, slots=True)
class RehearsalReport:
    """What a rehearsal came to. `lacking`: what the van lacks, in words; `left_out`: devices that were not played."""

    reference: str
    task: str
    plays: tuple[Play, ...]
    lacking: tuple[str, ...] = ()
    left_out: tuple[str, ...] = ()

    @property
    def blockers(self) -> tuple[Play, ...]:
        """The plays that were stopped."""
        return tuple(play for play in self.plays if play.blocked)


OnPlay = Callable[[Play, int], None]  # a play that is over, and how many there will be


class Rehearsal:
    """Of one job. `folder`: the data folder, in which the scratch one is made."""

    def __init__(self, store: Store, stored: StoredJob, folder: Path, clock: Clock) -> None:
        self._store, self._stored, self._clock = store, stored, clock
        self._scratch = folder / f"{SCRATCH}{new_id()[:8]}"
        self._text = VisitStore(store, new_id).text_of(stored.job_id)

    async def run(self, on_play: OnPlay = lambda _play, _count: None) -> RehearsalReport:
        """Play all of it. Raises StoreError, and HhtError where the job cannot be played at all. Cancelled, it leaves
        nothing behind."""
        from ui.jobs import visits_title

        job, find = self._stored.job, VanStock(self._store).find
        likely = likely_faults(job, find)
        plays: list[Play] = []
        lock = scratch_lock(self._scratch)
        try:
            home = private_folder_with(self._scratch, premises_of(job, find))
            lock.acquire()
            for number, one in enumerate((None, *likely)):
                play = await self._play(one, number, home)
                if play.code not in _NOT_HERE:
                    plays.append(play)
                    on_play(play, 1 + len(likely))
        finally:
            lock.release()
            shutil.rmtree(self._scratch, ignore_errors=True)
        lacking = tuple(f"{line_title(line)}: {line.words}" for line in self._depot() if not line.ready)
        return RehearsalReport(job.reference, visits_title(job.walkthrough), tuple(plays), lacking, left_out(job))

    def _depot(self) -> tuple[DepotLine, ...]:
        from ui.van import Van

        return Van(self._store).check_job(self._stored.job)

    async def _play(self, likely: Likely | None, number: int, home: Path) -> Play:
        link = f"emulated:{home}?days=1" + (f"&fault={likely.fault}" if likely is not None else "")
        composer = Composer(self._clock, training=True)
        try:
            with open_store(self._scratch / str(number), "", training=True, clock=self._clock) as store:
                text = rehearsal_job(self._text, f"REHEARSAL-{number}", link, random_bytes(16))
                stored = VisitStore(store, new_id).import_job(text, "rehearsal")
                return await _Player(store, stored, composer, self._clock, likely).play()
        finally:
            await composer.close()


def job_to_walk(store: Store, stored: StoredJob, folder: Path) -> StoredJob:
    """The rehearsal of a job for somebody to walk through by hand: a job of its own in the training store, against the
    premises made from it. Nothing of it is evidence. Raises HhtError ``not-in-live-work``."""
    if not store.training or stored.job.rehearsal:
        raise HhtError(
            _("Only a job in training can be walked through as a rehearsal."),
            remedy=_("In live work its rehearsal is played, and what would block it is told."),
            code="not-in-live-work",
        )
    visits = VisitStore(store, new_id)
    place = private_folder_with(folder / "rehearsals" / stored.job_id, premises_of(stored.job, VanStock(store).find))
    reference = f"REHEARSAL-{stored.job.reference}"[:40]
    text = rehearsal_job(visits.text_of(stored.job_id), reference, f"emulated:{place}?days=1", b"")
    return visits.import_job(text, "rehearsal")


def play_words(play: Play) -> tuple[str, ...]:
    """A play on a few lines: what was tried, where it stopped, what to do."""
    likely = play.likely
    head = _("As it should go") if likely is None else f"{play.fault.partition(':')[0]} · {likely.words}"
    if not play.blocked:
        return (_("{what}: it comes to its end ({outcome}).").format(what=head, outcome=play.outcome),)
    stopped = _("stops at “{step}”: {message}").format(step=play.step, message=play.message)
    return (head, stopped, play.remedy, play.fault.partition(": ")[2])


class _Player:
    """One play of the visit."""

    def __init__(
        self, store: Store, stored: StoredJob, composer: Composer, clock: Clock, likely: Likely | None
    ) -> None:
        self._stored, self._composer, self._likely = stored, composer, likely
        self._url = parse_link_url(stored.job.link)
        options = VisitOptions(
            association=AssociationOptions(training=True),
            auto=True,
            desk="desk:emulated",
            # a hub is new to a terminal's radio for an hour: elsewhere than in an installation that is long over; who
            # surveys a place joins nothing
            han=with_han(stored.job.link) if stored.job.walkthrough.startswith(("install", "survey")) else "",
        )
        self._runner = VisitRunner(store, clock, composer, stored, options, on_view=self._seen, ask=self._answer)

    async def play(self) -> Play:
        fault = self._fault_words()
        try:
            async with asyncio.timeout(_LONGEST_S):
                outcome: Outcome = await self._runner.visit.run()
        except StepFailed as failed:
            title = self._runner.visit.view.step(str(failed.details["step"])).title
            message = failed.message.replace(self._stored.job.link, _("the rehearsed premises"))
            return Play(self._likely, "", title, failed.code, message, failed.remedy, fault)
        except TimeoutError:
            view = self._runner.visit.view
            title = view.step(view.current).title if view.current else view.walkthrough
            words = _("It did not get on from here.")
            return Play(self._likely, "", title, "rehearsal-stuck", words, _("Look what may hold it up."), fault)
        return Play(self._likely, outcome.value, fault=fault)

    def _fault_words(self) -> str:
        if self._likely is None:
            return ""
        from hht.model.faults.catalogue import fault_kinds

        kind = fault_kinds()[self._likely.kind]
        return f"{kind.title}: {kind.symptom} {kind.remedy}"

    def _seen(self, view: VisitView) -> None:
        """While the supplier is asked the premises' time runs fast."""
        step = self._runner.visit.progress.steps.get(view.current) if hasattr(self, "_runner") else None
        speed = 1.0
        if step is not None and step.spec.action.name in _WAITING:
            sleeps = step.spec.device == "gas-meter" and not step.spec.request.startswith(_TO_THE_HUB)
            speed = _FAST if sleeps else _BRISK
        if self._composer.living.known:
            self._composer.living.premises(self._url).site.clock.set_speed(speed)

    async def _answer(self, question: Question, error: HhtError | None) -> str | None:
        if error is not None:
            return None
        step = question.id.partition("/")[0]
        if step.startswith("join-"):
            self._join(step)
        return good_answer(question, self._stored.job)

    def _join(self, step: str) -> None:
        """Press the device's button, and wait until it has joined, or for an hour of the premises' time."""
        device = self._device(step)
        if device is None or device.node is None:
            return
        site = self._composer.living.premises(self._url).site
        if not device.node.joined:
            device.node.locate()
        for _minute in range(_JOIN_MINUTES):
            if device.node.joined:
                return
            site.clock.jump(60)
            site.catch_up()

    def _device(self, step: str) -> Device | None:
        of_job = self._stored.job.device(self._runner.visit.progress.steps[step].spec.device)
        home = self._composer.living.premises(self._url)
        wanted = str(of_job.device_id) if of_job is not None else ""
        return next((one for one in home.devices if one.identity.device_id == wanted), None)


def private_folder_with(folder: Path, premises: str) -> Path:
    """The file of the premises, in a folder that only its owner can look into. Raises HhtError."""
    try:
        private_folder(folder)
        home = folder / "home.toml"
        home.write_text(premises, encoding="utf-8")
    except OSError as error:
        raise HhtError(
            _("The folder {folder} cannot be made: {why}.").format(folder=folder, why=error.strerror),
            remedy=_("Make room on the disk."),
            code="data-folder",
        ) from error
    return home
