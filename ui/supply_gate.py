"""What left this terminal of commands that take a supply away: entries of the store's own log, so that each is
somebody's and none can be taken out unseen. Jobs and devices stand there as fingerprints."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Final

from hht.identifiers import DeviceId
from hht.packs.supply_limits import SupplyGate, TakenAway
from hht.store.errors import StoreError
from hht.work.unusual import DISABLES, note_act

if TYPE_CHECKING:
    from hht.clock import Clock
    from hht.store.store import Store
    from hht.work.job import Job

LOG_KIND: Final = "supply-taken-away"


@dataclass(frozen=True, slots=True)
class LogLedger:
    """A `hht.packs.supply_limits.Ledger` in the log of a store."""

    store: Store

    def past(self) -> Iterator[TakenAway]:
        """Everything that left."""
        for at, _kind, told in self.store.log_entries(LOG_KIND):
            yield TakenAway(datetime.fromisoformat(at), told["site"], told["device"])

    def written(self, job: str, device: DeviceId) -> tuple[str, str]:
        """As fingerprints."""
        index = self.store.blind_index
        return index("log", "site", job), index("log", "device", str(device))

    def note(self, job: str, device: DeviceId, what: str) -> None:
        """One more entry."""
        site, target = self.written(job, device)
        note_act(self.store, DISABLES, LOG_KIND, {"command": what, "site": site, "device": target})


def supply_gate(store: Store, clock: Clock) -> SupplyGate:
    """The gate of one store."""
    return SupplyGate(LogLedger(store), clock.now, lambda job: job_devices(store, job))


def job_devices(store: Store, reference: str) -> frozenset[DeviceId] | None:
    """The devices of a job, those that come off too; None: it is not in the store. Raises StoreError."""
    from hht.work.visit_store import VisitStore
    from ui.system import new_id

    try:
        job = VisitStore(store, new_id).find(reference).job
    except StoreError as error:
        if error.code != "job-unknown":
            raise
        return None
    return frozenset(_devices(job))


def _devices(job: Job) -> Iterator[DeviceId]:
    for one in job.devices:
        yield one.device_id
    for old in job.old_meters:
        if old.device_id is not None:
            yield old.device_id
