"""What the window may ask of the program: the services of `ui.terminal.Terminal`, and the frozen facts it hands out.

All coroutines run in the core thread's event loop; the window reaches them through one bridge
(`ui.window.bridge.Bridge`). Callbacks are called in the core thread and must only hand the value on.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from hht.client.api import (
    ClockReading,
    Identity,
    Listeners,
    LogEntry,
    OnProgress,
    RandomisedOffset,
    RegisterReading,
    SupplyState,
)
from hht.link import TraceEvent
from hht.work.view import Fact, Outcome, VisitView
from ui.opens_store import OpensStore

if TYPE_CHECKING:
    from hht.client.meter_objects import ViewEntry
    from hht.client.object_reader import ObjectView
    from hht.desk.course import AskReport
    from hht.protocol.cosem.overheard import Opened
    from hht.work.timeline import Timer
    from ui.bridges import BridgeChoice, OnBridges
    from ui.day import Day
    from ui.depot_service import KeptDepot
    from ui.desks import Desks
    from ui.device_pages import DevicePages
    from ui.diagnostics import Diagnostics
    from ui.evidence import KeptEvidence
    from ui.han import HanService, HanState
    from ui.hub_facts import DeviceLogFacts
    from ui.pack_facts import PackFacts
    from ui.packs import OnPack, Packs
    from ui.plugins import Installed
    from ui.scanner import Scanner
    from ui.training_ground import TrainingGround
    from ui.wallet import KeptWallet
    from ui.without_wan import DeskPlace, HubWay, PackWay


@dataclass(frozen=True, slots=True)
class VisitSummary:
    """One visit of a job. `state`: "in progress", or the outcome's name."""

    number: int  # of the visits of its job, from 1
    visit_id: str
    state: str
    began: datetime | None
    ended: datetime | None
    report: str = ""  # where its report was written, if it was
    next_needs: tuple[str, ...] = ()  # what the next visit needs, in words: a ladder, a key
    next_at: datetime | None = None  # the appointment that was agreed for it


@dataclass(frozen=True, slots=True)
class JobSummary:
    """A job as the job list shows it. `state`: "new", "in progress", "complete", or another outcome's name."""

    job_id: str
    reference: str
    address: str
    task: str  # "Commission electricity meter"
    appointment: datetime | None
    training: bool
    state: str
    visit_id: str = ""  # the latest visit, if there is one
    resumable: bool = False
    report: str = ""
    visits: tuple[VisitSummary, ...] = ()  # oldest first
    walkthrough: str = ""
    gas: bool = False  # it has a gas meter
    rehearsal: bool = False
    onward: str = ""  # the title of the step whose turn it is in an unfinished visit
    # What it is found by besides: name, MPANs, MPRN, Device IDs, old serials
    found_by: tuple[str, ...] = field(default=(), repr=False)
    origin: str = ""  # who answers for the job, in a sentence
    origin_short: str = ""  # "signed by Supplier One", "unsigned"

    @property
    def open(self) -> bool:
        """Whether there is something left to do: not begun, or begun and not ended."""
        return self.state in ("new", "in progress")

    @property
    def number(self) -> int:
        """The latest visit's number; 0 where none has begun."""
        return self.visits[-1].number if self.visits else 0

    @property
    def finished(self) -> bool:
        """Its latest visit has ended: a new one begins only where a person says so."""
        return bool(self.visit_id) and not self.resumable


@dataclass(frozen=True, slots=True)
class LinkChoice:
    """A link that can be chosen in the settings: `url` as on the command line, `title` as people recognise it."""

    url: str
    title: str


@dataclass(frozen=True, slots=True)
class DeviceSnapshot:
    """Everything the device page shows at once (profile and logs are read on demand). `logged`: what the store's log
    says of this reading, for whoever reads."""

    identity: Identity
    clock: ClockReading
    registers: tuple[RegisterReading, ...]
    supply: SupplyState
    import_mpan: str
    offset: RandomisedOffset
    logged: str = ""


@dataclass(frozen=True, slots=True)
class ObjectList:
    """Every object that a meter shows to this client. `device_id`: who said so (its Device ID, or the logical device
    name of a meter that shows none; "" where it shows neither)."""

    device_id: str
    entries: tuple[ViewEntry, ...]


@dataclass(frozen=True, slots=True)
class TraceLine:
    """One trace event with its decoding. `summary` is the plain-English line; `tree` the labelled tree as nested
    (label, value, start, end, children) tuples, made lazily by `Services.decode`."""

    event: TraceEvent
    protocol: str
    summary: str
    notice: str = ""  # the gist of what the meter said unasked, where the line tells that; `summary` has all of it
    opened: tuple[Opened, ...] = field(default=(), repr=False)  # what was deciphered in it, secrets masked


@dataclass(frozen=True, slots=True)
class Settings:
    """What the engineer chose; kept in the store."""

    theme: str = "day"  # day | night | sun
    glove: bool = False
    link: str = ""  # link URL; "" means the one that stands in the job
    dongle: str = ""  # link URL of the radio dongle
    desk: str = ""  # link URL of the supplier's desk
    job_folder: str = ""  # a folder that is watched for new jobs; "" none
    language: str = ""  # "" follows the system
    engineer: str = ""  # who stands at the meter: a name ...
    engineer_id: str = ""  # ... and the identifier that the employer knows it by
    tour: str = ""  # the tour of training: "done", "left", or "": it offers itself
    lock_minutes: int = 5  # untouched for so long the window locks itself; 0, in training alone: never


@dataclass(frozen=True, slots=True)
class TreeNode:
    """A node of a decoded frame."""

    label: str
    value: str
    start: int
    end: int
    children: tuple[TreeNode, ...] = ()
    error: str = ""


class VisitControl(Protocol):
    """A running visit. The methods are called in the core thread and return at once."""

    @property
    def view(self) -> VisitView: ...

    def proceed(self) -> None:
        """Continue: start the step that is READY, or go on after a DONE one."""

    def answer(self, question_id: str, value: str) -> None:
        """Answer the question that is being asked; raises HhtError where the value cannot be (nothing changes)."""

    def retry(self) -> None: ...
    def leave(self, reason_code: str, note: str = "") -> None: ...

    def cancel(self) -> None:
        """Stop the step that runs; it becomes FAILED with code "cancelled" and can be retried."""


class Services(OpensStore, Protocol):
    """Application services. Implemented by `ui.terminal.Terminal`."""

    async def settings(self) -> Settings: ...
    async def save_settings(self, settings: Settings) -> None: ...
    async def links(self) -> list[LinkChoice]: ...
    async def bridges(self, on_seen: OnBridges, *, everything: bool = False) -> list[BridgeChoice]:
        """BLE bridges, the nearest first; `on_seen` hears of each change. `everything`: other Bluetooth devices too."""

    async def pair_bridge(self, link: str, code: str) -> str:
        """Learn the key of the bridge at that link, if it goes with the code that is printed on it; what it has proved.
        Raises LinkUnavailable."""

    async def accept_bridge(self, link: str) -> str:
        """Use the bridge though it proves nothing; what is said of it from now on. Raises LinkUnavailable."""

    async def try_link(self, link: str) -> None:
        """Connect by that link, and let go again. Raises LinkUnavailable."""

    async def try_probe(self, link: str) -> str:
        """Sign on through a probe and let go again: how the meter calls itself; "" where the link has no sign-on."""

    async def until_plugged(self, link: str) -> str:
        """Wait until the serial adapter of `link` is plugged in; the name of its port ("" for what is none)."""

    async def jobs(self) -> list[JobSummary]: ...
    async def job(self, job_id: str) -> JobSummary:
        """One job, as it stands now."""

    async def kept_visit(self, visit_id: str) -> VisitView:
        """A visit as the store keeps it, without taking it up. `report` is empty where no such file is there."""

    @property
    def day(self) -> Day:
        """Jobs that come in, the van, the check before leaving, a rehearsal."""

    async def start_visit(
        self, job_id: str, on_view: Callable[[VisitView], None], link: str = "", *, again: bool = False
    ) -> VisitControl:
        """Start the job's visit, or resume the unfinished one; every change arrives at `on_view`. With an empty `link`
        the settings' or the job's is used. A finished job: only with `again` (VisitError ``visit-finished``)."""

    async def stop_visit(self) -> Outcome | None:
        """Close the running visit cleanly (it can be resumed); None if it had not ended."""

    async def save_report(self, visit_id: str, path: Path) -> Path:
        """Write the report of a visit as the PDF `path`, a JSON beside it. Raises HhtError; nothing is overwritten."""

    async def read_device(self, link: str = "") -> DeviceSnapshot:
        """Connect (or use the visit's open session between steps), read, and keep the session for what follows."""

    async def read_profile(self, days: int, listeners: Listeners) -> int:
        """Read the last `days` of the half-hourly profile of the connected device; the number of rows."""

    def subscribe_stopping(self, on_stopping: Callable[[float], None]) -> None:
        """Hear, whenever something is stopped in the middle of the meter's turn, for how many seconds at most the meter
        is heard out. Called in the core thread."""

    async def read_log(self, log: str) -> list[LogEntry]: ...
    async def read_network(self) -> tuple[Fact, ...]: ...
    async def list_objects(self) -> ObjectList:
        """The association view of the connected device, or of the one that the link reaches."""

    async def read_object(self, device_id: str, entry: ViewEntry) -> ObjectView:
        """Every readable attribute of an object of `device_id`'s list. Raises WrongMeter where another one answers."""

    async def export_objects(
        self, device_id: str, entries: Sequence[ViewEntry], path: Path, on_progress: OnProgress
    ) -> int:
        """Read these objects of `device_id`'s list and write them as JSON, or CSV where `path` ends so; how many.
        `on_progress` hears of objects and bytes received. Raises WrongMeter, FileNotWritten (also for
        a name with another ending)."""

    async def release_device(self) -> None: ...
    def subscribe_trace(self, on_line: Callable[[TraceLine], None]) -> Callable[[], None]:
        """Hear of every trace event from now on; the returned function ends it. Called in the core thread."""

    async def recent_trace(self, limit: int = 500) -> list[TraceLine]: ...

    def decode(self, line: TraceLine) -> TreeNode: ...

    async def reveal_trace(self, line: TraceLine, reason: str) -> TraceLine:
        """A masked line as it was on the wire; who asked for it and why is in the store's log before it is shown.
        Raises HhtError ``reveal-reason``, and ``reveal-gone`` where it is kept no more."""

    async def export_trace(self, path: Path) -> int:
        """Write the running session's trace as JSON Lines; how many."""

    @property
    def han(self) -> HanService:
        """The HAN side: survey, coming onto a hub's HAN, leaving."""

    async def dongles(self) -> list[LinkChoice]:
        """Radio dongles that may be at this computer's ports; in training those of emulated premises too."""

    async def usual_dongle(self) -> str:
        """The link of the dongle that was chosen; in training else of the one at the premises in use; "" for none."""

    async def timers(self) -> tuple[Timer, ...]:
        """Everything that runs out, the nearest end first."""

    async def plug_ins(self) -> tuple[Installed, ...]:
        """The plug-ins of this store, by name."""

    @property
    def depot(self) -> KeptDepot:
        """The depot over a broker: who both are, the way there, a meeting."""

    @property
    def evidence(self) -> KeptEvidence:
        """What is put on record of visits beside their steps, and what waits to go home."""

    async def diagnostics(self) -> Diagnostics:
        """What whoever mends the program needs to know, redacted."""

    @property
    def scanner(self) -> Scanner:
        """What was scanned, and whose it is."""

    @property
    def wallet(self) -> KeptWallet:
        """The engineer's registrations and test instruments."""

    @property
    def packs(self) -> Packs:
        """Command packs that are kept; its methods that are no coroutines belong into a thread (`ui.threads`)."""

    async def take_pack(self, path: Path) -> PackFacts:
        """Take a pack in from a file."""

    async def look_into_pack(self, path: Path) -> PackFacts:
        """What is in a pack, whoever made it."""

    async def deliver_pack(
        self, key: str, way: PackWay, on_event: OnPack, going: Callable[[], bool], *, ask: bool = False
    ) -> PackFacts:
        """Deliver what may go of a pack; `ask`: only ask the hub what became of unknown outcomes. Once `going` says no,
        nothing more leaves (PackStopped); cancelled, what is on its way is unknown."""

    async def export_answers(self, key: str, path: Path) -> int:
        """Write what goes home of a pack as JSON: the devices' answers and every record; how many answers."""

    async def read_device_log(
        self,
        way: HubWay,
        times: int,
        every_s: float,
        on_log: Callable[[DeviceLogFacts], None],
        on_state: Callable[[HanState], None] = ...,
    ) -> None:
        """Read the Device Log of a hub so often; the terminal comes onto its HAN for it, or is on it already."""

    @property
    def device_pages(self) -> DevicePages: ...

    @property
    def desks(self) -> Desks:
        """What is asked of the supplier's desk; its methods that are no coroutines belong into a thread."""

    def hear_desk(self, on_note: Callable[[str], None]) -> None:
        """Hear from now on what an ask means for packs that are kept. Called in the core thread."""

    async def relay_ask(
        self, reference: str, place: DeskPlace, way: PackWay, on_event: OnPack, on_report: Callable[[AskReport], None]
    ) -> AskReport:
        """Ask the desk, and bring each command that it hands over to its device by radio."""

    async def see_ask(self, reference: str) -> AskReport:
        """Read at the meter what an ask is about. Raises DeskError ``desk-not-seen`` where nothing shows it."""

    async def usual_desk(self) -> DeskPlace:
        """The desk that was chosen; in training else the emulated one of the premises in use."""

    @property
    def ground(self) -> TrainingGround:
        """The premises that can be trained with. Raises HhtError ``not-in-live-work``."""
