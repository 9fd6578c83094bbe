"""What the store keeps of a job's devices beside its visits: work at their hub, and traces of single commands.

It goes with the job's last visit. Of work at a hub that another job has too, or of which something is left to be done,
the records stay. The numbers by which messages were known at the hub are kept on: it relays each of them once.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from hht.identifiers import DeviceId
from hht.store.erasure import Rows
from hht.store.errors import SealBroken
from hht.store.trace_store import TraceReader, trace_sessions
from hht.work.hub_links import half_done
from hht.work.hub_records import HubRecordKind, HubRecords, HubWorkKind, works

if TYPE_CHECKING:
    from hht.store.store import Store
    from hht.work.job import Job

TRACE_TABLES = ("trace_chunks", "trace_gaps", "trace_sessions")  # what refers to others first


def in_clear(job: Job) -> tuple[bytes, ...]:
    """What nobody may read in the store's files: they never held it, and must not afterwards."""
    words = [job.reference, job.address, job.customer_name, *_numbers(job)]
    return tuple(word.encode() for word in words if len(word) >= 6)


def rows_beside(store: Store, job: Job, others: Iterable[Job]) -> Iterator[Rows]:
    """The rows of what is kept of the job's devices outside of visits; `others`: the store's other jobs. Raises
    StoreError."""
    hubs = hubs_of_it_alone(job, others)
    for work in works(store, HubWorkKind.LOG):
        if work.hub in hubs and _over(store, work.work_id):
            for table in ("hub_records", "hub_works"):
                yield Rows(table, "work_id", work.work_id)
    yield from traces_naming(store, _numbers(job))


def traces_naming(store: Store, numbers: Iterable[str]) -> Iterator[Rows]:
    """The rows of each trace of a single command that shows one of these numbers; of a ciphered conversation only what
    went before it was ciphered is looked at."""
    wanted = tuple({form for number in numbers for form in _forms(number)})
    for session in trace_sessions(store, ""):
        if _shows(store, session.session_id, wanted):
            yield from (Rows(table, "session_id", session.session_id) for table in TRACE_TABLES)


def hubs_of_it_alone(job: Job, others: Iterable[Job]) -> set[str]:
    """The CHF IDs of the job's hubs, old and new, that none of `others` has."""
    return set(_hubs(job)) - {hub for other in others for hub in _hubs(other)}


def _hubs(job: Job) -> list[str]:
    hub = job.device("communications-hub")
    return [
        *([str(hub.device_id)] if hub is not None else []),
        *([str(job.old_hub.chf)] if job.old_hub is not None else []),
    ]


def _numbers(job: Job) -> list[str]:
    """Every number of the job's devices, of those that come off too."""
    old = [str(one.device_id) for one in job.old_meters if one.device_id is not None]
    hub = [str(job.old_hub.chf), str(job.old_hub.gpf)] if job.old_hub is not None else []
    return [*(str(number.value) for number in job.numbers()), *old, *hub]


def _over(store: Store, work_id: str) -> bool:
    """Whether nothing is left to be done or to be found out."""
    records = HubRecords(store, work_id).all()
    asked = sum(record.kind is HubRecordKind.INTENT for record in records)
    heard = sum(record.kind in (HubRecordKind.OUTCOME, HubRecordKind.SILENCE) for record in records)
    return asked <= heard and not half_done(records)


def _forms(number: str) -> Iterator[bytes]:
    """As it may stand on a line: as it is written, and a Device ID as its octets and their digits."""
    yield number.encode()
    if len(number) == len("00-DB-12-34-56-78-90-A0") and number.count("-") == 7:
        octets = bytes.fromhex(str(DeviceId.parse(number)).replace("-", ""))
        yield from (octets, octets[::-1], octets.hex().encode(), octets.hex().upper().encode())


def _shows(store: Store, session_id: str, wanted: tuple[bytes, ...]) -> bool:
    try:
        events = list(TraceReader(store, session_id))
    except SealBroken:
        return False  # nobody can say whose it is
    said = b"".join(event.data for event in events) + b"\n".join(event.note.encode() for event in events)
    return any(form in said for form in wanted)
