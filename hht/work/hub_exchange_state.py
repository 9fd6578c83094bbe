"""Where an exchange of a hub stands: read from its records alone, so that it is the same after a power cut."""

from __future__ import annotations

import enum
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

from hht.i18n import _
from hht.identifiers.device_id import DeviceId
from hht.store.erasure import Rows
from hht.store.store import Store
from hht.work.hub_records import HubRecord, HubRecordKind, HubRecords, HubWorkKind, works


class Phase(enum.StrEnum):
    """How far it is; each has been reached when it is named."""

    BEGUN = "begun"
    SNAPSHOT = "snapshot"  # what was on the old hub's HAN is kept, sealed
    PROVEN = "proven"  # the desk confirmed that the centre's copy of the log is as new
    CHECKED = "checked"  # money and supply of the meters were read
    EXPECTED = "expected"  # the tamper that taking the hub off will raise was announced
    SWAPPED = "swapped"  # another hub is in the place
    RESTORED = "restored"  # it has the log and the partners of the old one
    DEVICES_PROVED = "devices-proved"  # every device has been shown to talk
    FINISHED = "finished"  # the snapshot is erased
    ABANDONED = "abandoned"


_ORDER: Final = tuple(Phase)


@dataclass(frozen=True, slots=True)
class Blocker:
    """Something that speaks against taking the hub off. `answered`: what a person said to it; "": nothing yet."""

    code: str
    device: DeviceId
    words: str
    remedy: str
    answered: str = ""


@dataclass(frozen=True, slots=True)
class ExchangeState:
    """See the module. `checked_at`: when money and supply were last read; `tamper_before`: (time, code) of the lines in
    each meter's Security Log then; `proved`: how each device was shown to talk; `given_up`: which are not waited for
    any more, and why; `lost_joins`: joins that were there before and are not now; `receipt`: of the erasure."""

    work_id: str
    old_chf: DeviceId
    old_gpf: DeviceId
    by: str
    job: str
    phase: Phase
    since: dict[Phase, datetime]
    devices: int = 0
    fingerprint: str = ""
    pan: DeviceId | None = None
    last_change: datetime | None = None
    reference: str = ""
    checked_at: datetime | None = None
    blockers: tuple[Blocker, ...] = ()
    tamper_before: dict[DeviceId, tuple[tuple[str, int], ...]] = field(default_factory=dict)
    new_chf: DeviceId | None = None
    new_gpf: DeviceId | None = None
    proved: dict[DeviceId, str] = field(default_factory=dict)
    given_up: dict[DeviceId, str] = field(default_factory=dict)
    lost_joins: tuple[tuple[DeviceId, DeviceId], ...] = ()
    tampers: tuple[tuple[DeviceId, str, int], ...] = ()  # not expected: (meter, its time, alert code)
    to_add_again: tuple[DeviceId, ...] = ()  # listed before, never joined: no copy has their install codes
    hub_removed: int = 0  # how often meters raised the tamper that was announced
    erasing: str = ""  # the mark of what is being erased, hex
    receipt: dict[str, Any] = field(default_factory=dict)

    @property
    def over(self) -> bool:
        """Nothing is left to be done."""
        return self.phase in (Phase.FINISHED, Phase.ABANDONED)

    @property
    def open_blockers(self) -> tuple[Blocker, ...]:
        """What nobody has answered."""
        return tuple(one for one in self.blockers if not one.answered)

    def reached(self, phase: Phase) -> bool:
        """Whether it has come as far."""
        return phase in self.since

    @property
    def next(self) -> str:
        """What comes next, in a sentence."""
        if self.phase is Phase.CHECKED and self.open_blockers:
            return _("Answer what speaks against taking the hub off, then announce the tamper.")
        sentences = {
            Phase.BEGUN: _("Take the snapshot: read who is on the HAN of the old hub."),
            Phase.SNAPSHOT: _("Have the desk confirm that the centre's copy of the Device Log is as new."),
            Phase.PROVEN: _("Read money and supply of the meters, right before the hub is taken off."),
            Phase.CHECKED: _("Announce the tamper that taking the hub off will raise."),
            Phase.EXPECTED: _("Take the old hub off, fit the new one, and say which it is."),
            Phase.SWAPPED: _("Restore Device Log and partners to the new hub."),
            Phase.RESTORED: _("Prove that every device talks; the gas meter within its 30 minutes."),
            Phase.DEVICES_PROVED: _("Finish: the snapshot is erased, and a receipt says so."),
            Phase.FINISHED: _("Nothing: it is finished."),
            Phase.ABANDONED: _("Nothing: it was abandoned."),
        }
        return sentences[self.phase]


def rows_of_job(store: Store, job: str) -> list[Rows]:
    """What is kept of the exchanges of hubs that were made for a job, over or not: balances, devices, their joins. It
    goes with the job; `list_needed` tells beforehand. Raises StoreError, SealBroken."""
    tables = ("hub_records", "hub_snapshots", "hub_works")
    return [Rows(table, "work_id", one.work_id) for one in _of_job(store, job) for table in tables]


def list_needed(store: Store, job: str) -> bool:
    """Whether an exchange for the job is not over, and the list of the devices is kept for it. Raises StoreError,
    SealBroken."""
    return any(one.reached(Phase.SNAPSHOT) and not one.over for one in _of_job(store, job))


def _of_job(store: Store, job: str) -> list[ExchangeState]:
    made = works(store, HubWorkKind.EXCHANGE)
    states = (exchange_state(one.work_id, HubRecords(store, one.work_id).all()) for one in made)
    return [state for state in states if state.job == job]


def exchange_state(work_id: str, records: Sequence[HubRecord]) -> ExchangeState:
    """The state by its records, which begin with BEGUN."""
    return _Reading(work_id, records).state()


class _Reading:
    def __init__(self, work_id: str, records: Sequence[HubRecord]) -> None:
        self._work_id = work_id
        self._begun = records[0]
        self._told: dict[str, Any] = {}
        self._since: dict[Phase, datetime] = {Phase.BEGUN: records[0].at}
        self._proved: dict[DeviceId, str] = {}
        self._given_up: dict[DeviceId, str] = {}
        self._answers: dict[tuple[str, DeviceId], str] = {}
        self._lost: set[tuple[DeviceId, DeviceId]] = set()
        self._tampers: list[tuple[DeviceId, str, int]] = []
        self._removed: dict[DeviceId, int] = {}
        for record in records[1:]:
            self._take(record)

    def _take(self, record: HubRecord) -> None:
        told = record.payload
        if record.kind is HubRecordKind.STEP:
            self._step(record, str(told["step"]))
        elif record.kind is HubRecordKind.NOTED and "blocker" in told:
            self._answers[told["blocker"], DeviceId.parse(told["device"])] = told["why"]
        elif record.kind is HubRecordKind.NOTED and "given_up" in told:
            self._given_up[DeviceId.parse(told["given_up"])] = told["why"]
        elif record.kind is HubRecordKind.ENDED:
            self._since[Phase(told["phase"])] = record.at
            self._told["receipt"] = told["receipt"]

    def _step(self, record: HubRecord, step: str) -> None:
        told = record.payload
        if step == "device":
            self._proved[DeviceId.parse(told["device"])] = told["how"]
            mine = {pair for pair in self._lost if pair[0] == DeviceId.parse(told["device"])}
            self._lost -= mine
            self._lost |= {(DeviceId.parse(one), DeviceId.parse(other)) for one, other in told["lost_joins"]}
        elif step == "tampers":
            device = DeviceId.parse(told["device"])
            self._tampers = [one for one in self._tampers if one[0] != device]
            self._tampers += [(device, time, code) for time, code in told["unexpected"]]
            self._removed[device] = told["hub_removed"]
        elif step == "erasing":
            self._told["erasing"] = told["mark"]
        else:
            self._since[Phase(step)] = record.at
            if step == Phase.CHECKED:
                self._answers.clear()  # what was said to another reading says nothing of this one
            self._told |= {name: value for name, value in told.items() if name != "step"}

    def state(self) -> ExchangeState:
        told, begun = self._told, self._begun.payload
        phase = max(self._since, key=_ORDER.index)
        changed, new_chf, new_gpf, pan = (told.get(name) for name in ("last_change", "new_chf", "new_gpf", "pan"))
        return ExchangeState(
            self._work_id,
            DeviceId.parse(begun["old_chf"]),
            DeviceId.parse(begun["old_gpf"]),
            begun["by"],
            begun["job"],
            phase,
            dict(self._since),
            told.get("devices", 0),
            told.get("fingerprint", ""),
            None if pan is None else DeviceId.parse(pan),
            None if changed is None else datetime.fromisoformat(changed),
            told.get("reference", ""),
            self._since.get(Phase.CHECKED),
            tuple(self._blocker(one) for one in told.get("blockers", ())),
            {DeviceId.parse(one): tuple(map(tuple, lines)) for one, lines in told.get("security_logs", {}).items()},
            None if new_chf is None else DeviceId.parse(new_chf),
            None if new_gpf is None else DeviceId.parse(new_gpf),
            dict(self._proved),
            dict(self._given_up),
            tuple(sorted(self._lost, key=str)),
            tuple(self._tampers),
            tuple(map(DeviceId.parse, told.get("never_joined", ()))),
            sum(self._removed.values()),
            told.get("erasing", ""),
            told.get("receipt", {}),
        )

    def _blocker(self, told: dict[str, str]) -> Blocker:
        device = DeviceId.parse(told["device"])
        answered = self._answers.get((told["code"], device), "")
        return Blocker(told["code"], device, told["words"], told["remedy"], answered)
