"""A visit's bundle, made of what the sealed store holds, and the key that signs it. For command line and window."""

from __future__ import annotations

import base64
from collections.abc import Callable, Iterator
from datetime import datetime
from typing import TYPE_CHECKING

from hht.clock import iso_z
from hht.desk.kept import AskBook
from hht.evidence import LEVELS
from hht.packs.homebound import write_answers
from hht.packs.kept import PackStore
from hht.report.bundle_lines import SEED_OCTETS, EvidenceKey, Item, redacted, write_bundle
from hht.report.levels import UNUSUAL
from hht.report.visit_items import items_of_visit
from hht.store.trace_store import TraceReader, trace_sessions
from hht.work.outbox import PhotoStore
from hht.work.unusual import unusual_until
from hht.work.visit_store import VisitStore
from ui.system import new_id

if TYPE_CHECKING:
    from hht.store.store import Store

_SETTING = "evidence-key"


def evidence_key(store: Store, random_bytes: Callable[[int], bytes]) -> EvidenceKey:
    """The key that signs this terminal's bundles, made where there is none yet. Raises StoreError."""
    with store.transaction():
        kept = store.setting(_SETTING)
        if kept is None:
            kept = random_bytes(SEED_OCTETS).hex()
            store.save_setting(_SETTING, kept)
    return EvidenceKey(bytes.fromhex(kept))


def visit_bundle(
    store: Store, visit_id: str, key: EvidenceKey, at: datetime, level: str = LEVELS[0], *, photos: bool = True
) -> bytes:
    """The bundle of a visit, ended or not, for readers of `level`; `photos`: with their octets (their hashes are in it
    always). At the same moment it always has the same octets.

    Raises StoreError ``visit-unknown``, BundleError ``bundle-level``, PackError where a pack's records are broken.
    """
    visits = VisitStore(store, new_id)
    record, progress = visits.record(visit_id), visits.progress(visit_id)
    kept = PhotoStore(store)
    items = [
        *items_of_visit(record, progress, visits.journal(visit_id).entries()),
        *_traces(store, visit_id),
        *_desk(store, record.job.reference),
        *_packs(store, record.job.reference),
        *(Item("photo", one.told()) for one in kept.each(visit_id)),
        *(Item(UNUSUAL, told) for told in unusual_until(store, visits.journal(visit_id).entries()[-1].at)),
    ]
    octets = dict.fromkeys(one.photo.octets for one in kept.each(visit_id)) if photos else ()
    whole = write_bundle(visit_id, items, [*octets], key, at)
    return whole if level == LEVELS[0] else redacted(whole, level)


def _traces(store: Store, visit_id: str) -> Iterator[Item]:
    """Each sealed trace by the SHA-256 of what is exported of it as it was."""
    for session in trace_sessions(store, visit_id):
        reader = TraceReader(store, session.session_id)
        told = {"session": session.session_id, "started_at": session.started_at}
        yield Item("trace", {**told, "events": len(reader), "sha256": reader.sha256()})


def _desk(store: Store, job: str) -> Iterator[Item]:
    """Each ask of the job, with everything that happened to it but secrets."""
    book = AskBook(store)
    for report in book.reports(job):
        records = [
            {"number": one.number, "at": iso_z(one.at), "kind": str(one.kind), "payload": one.payload}
            for one in book.shown_records(report.ask.reference)
        ]
        yield Item("desk", {"reference": report.ask.reference, "records": records})


def _packs(store: Store, job: str) -> Iterator[Item]:
    """Each pack of the job: its file of answers, octet for octet, which can be checked against the pack."""
    packs = PackStore(store)
    for kept in reversed(packs.of_job(job)):
        octets = write_answers(kept.pack, kept.envelope, packs.records(kept).all())
        told = {"pack": kept.pack.name, "edition": kept.pack.edition, "envelope": kept.key}
        yield Item("pack", {**told, "answers": base64.b64encode(octets).decode("ascii")})
