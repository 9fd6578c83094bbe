"""A visit goes home and is erased, killed on the way: nothing of it is left in the store's files."""

from __future__ import annotations

import random
from pathlib import Path

from hht.store.erasure import PIECE
from hht.store.store import Store
from hht.work.outbox import OutboxBook, OutKind
from tests.work.test_installation_killed import Died, Reaper
from ui.outbox import Outbox
from ui.receipts import acknowledge

PERSONAL = ("visit_journal", "trace_chunks", "photos", "desk_records", "hub_records", "hub_snapshots", "jobs")
INSTANTS_OF_ERASURE = 6  # before and after: it is noted, all goes, that is noted


def sealed_now(store: Store) -> list[bytes]:
    """A piece of every sealed value that is of a visit, a job or a home."""
    rows = [row for table in PERSONAL for row in store.rows(table)]
    return [bytes(value)[:PIECE] for row in rows for name, value in row.items() if name.endswith("_sealed") and value]


def gone(store: Store, visit_id: str, folder: Path, at: int = -1, *, clear: tuple[str, ...] = ()) -> int:
    """Bring the visit home and erase it, killed once at the instant `at` of the erasure; how many instants that had.
    Nothing of what was sealed is left, and nothing of `clear` either."""
    outbox = Outbox(store, random.Random(9).randbytes)
    outbox.export(folder / "home")
    outbox.receipt(acknowledge(folder / "home", "A. Clerk"))
    before = sealed_now(store)
    reaper = Reaper(at)
    while not OutboxBook(store).last(visit_id, OutKind.ERASED):
        try:
            with reaper.over(store):
                assert outbox.erase(visit_id).found_after == 0
        except Died:
            reaper.dead, reaper.at = False, -1  # another process, which nobody kills
    assert sealed_now(store) == []
    store.checkpoint()
    octets = b"".join(
        path.read_bytes() for path in store.path.parent.iterdir() if path.name.startswith(store.path.name)
    )
    assert len(octets) > PIECE
    assert not [piece for piece in before if piece in octets]
    assert not [words for words in clear if words.encode() in octets]
    return reaper.instants


__all__ = ["INSTANTS_OF_ERASURE", "gone", "sealed_now"]
