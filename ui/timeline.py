"""What expires next, gathered from the store: unfinished visits, appointments, packs, the wallet."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import TYPE_CHECKING

from hht.clock import Clock
from hht.work.progress import VisitProgress
from hht.work.timeline import Timer, in_order, worth_telling
from hht.work.timers import (
    appointment_timer,
    grace_timers,
    hub_installed_at,
    pack_timers,
    visit_timers,
    wallet_timers,
)
from hht.work.visit_store import StoredJob, VisitStore
from hht.work.wallet_store import WalletStore
from ui.system import new_id

if TYPE_CHECKING:
    from hht.store.store import Store
    from ui.packs import Packs


def timers_now(store: Store, packs: Packs, clock: Clock, job: str = "") -> tuple[Timer, ...]:
    """Everything that runs out, the nearest end first; of one job alone where `job` names it (its reference or id).
    Raises StoreError, and HhtError where there is no such job."""
    visits = VisitStore(store, new_id)
    wanted = [visits.find(job)] if job else visits.jobs()
    known = [(stored, _latest(visits, stored)) for stored in wanted]
    found = [timer for stored, progress in known for timer in _of_job(stored, progress)]
    found += _hubs_awaited(known)
    found += pack_timers(_waiting(packs, {stored.job.reference for stored in wanted} if job else None))
    found += wallet_timers(WalletStore(store).wallet())
    now = clock.now()
    return in_order(worth_telling(found, now), now)


def _latest(visits: VisitStore, stored: StoredJob) -> VisitProgress | None:
    latest = visits.latest_visit(stored.job_id)
    return visits.progress(latest.visit_id) if latest is not None else None


def _of_job(stored: StoredJob, progress: VisitProgress | None) -> Iterator[Timer]:
    yield from appointment_timer(stored.job, progress)
    if progress is not None:
        yield from visit_timers(stored.job, progress)


def _hubs_awaited(known: Iterable[tuple[StoredJob, VisitProgress | None]]) -> Iterator[Timer]:
    """Where a hub was decommissioned and no visit to the same supply has told of another one since."""
    visited = [(stored.job, progress) for stored, progress in known if progress is not None]
    fitted: dict[str, datetime] = {}
    for job, progress in visited:
        at = hub_installed_at(progress)
        if at is not None:
            fitted[job.meter.mpan.core] = max(at, fitted.get(job.meter.mpan.core, at))
    for job, progress in visited:
        yield from grace_timers(job, progress, fitted.get(job.meter.mpan.core))


def _waiting(packs: Packs, jobs: Iterable[str] | None) -> Iterator[tuple[str, datetime]]:
    for pack in packs.list():
        if not pack.over and (jobs is None or pack.job in jobs):
            yield pack.name, pack.expires
