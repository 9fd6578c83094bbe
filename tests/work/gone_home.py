"""A visit goes home and is erased, killed on the way: nothing of it is left in the data folder, and nothing was erased
before its receipt."""

from __future__ import annotations

import random
from pathlib import Path

from hht.store.erasure import PIECE
from hht.store.store import Store
from hht.work.outbox import OutboxBook, OutKind
from tests.work.killing import Died, Reaper
from tests.work.terminal import Terminal
from ui.outbox import Outbox
from ui.receipts import acknowledge

KEPT = {"settings", "vault", "outbox_records", "packs", "pack_records"}  # what is of no visit, or tells that it is gone
LIBRARY = {"_sqlite_migrations", "sqlite_sequence"}
WAY_HOME = 14  # instants, before and after: the key looked for, exported, receipted, all goes and is noted


def personal(store: Store) -> dict[str, int]:
    """How many rows each table has that is of a visit, a job or a home."""
    with store.transaction() as database:
        names = set(database.table_names()) - KEPT - LIBRARY
        return {name: count for name in sorted(names) if (count := database[name].count)}


def sealed_now(store: Store) -> list[bytes]:
    """A piece of every sealed value that is of a visit, a job or a home."""
    rows = [row for table in personal(store) for row in store.rows(table)]
    return [bytes(value)[:PIECE] for row in rows for name, value in row.items() if name.endswith("_sealed") and value]


def gone(terminal: Terminal, visit_id: str, folder: Path, at: int = -1, *, clear: tuple[str, ...] = ()) -> int:
    """Bring the visit home and erase it, killed once at the instant `at` of all that; how many instants it had. Nothing
    of what was sealed is left, and nothing of `clear` either."""
    before, reaper = sealed_now(terminal.store), Reaper(at)
    home = folder / "home"
    while not OutboxBook(terminal.store).last(visit_id, OutKind.ERASED):
        try:
            with reaper.over(terminal.store):
                _go_home(Outbox(terminal.store, random.Random(9).randbytes), visit_id, home)
        except Died:
            terminal.restart()
            if not personal(terminal.store):
                _receipted(terminal.store, visit_id, home)
    _receipted(terminal.store, visit_id, home)
    assert personal(terminal.store) == {}
    terminal.store.checkpoint()
    data = terminal.store.path.parent
    octets = b"".join(path.read_bytes() for path in data.rglob("*") if path.is_file())
    assert len(octets) > PIECE
    assert not [piece for piece in before if piece in octets]
    assert not [words for words in clear if words.encode() in octets]
    assert reaper.instants >= WAY_HOME
    return reaper.instants


def _go_home(outbox: Outbox, visit_id: str, home: Path) -> None:
    """What a person does who does not know what was done before: whatever the list of the outbox says is next."""
    (visit,) = outbox.list()
    if not visit.receipted and visit.items:
        outbox.export(home)
        outbox.receipt(acknowledge(home, "A. Clerk"))
    assert outbox.erase(visit_id).found_after == 0


def _receipted(store: Store, visit_id: str, home: Path) -> None:
    """Everything that went is known to have arrived."""
    told = [one for one in OutboxBook(store).of_visit(visit_id) if one.kind is OutKind.RECEIPTED]
    assert {one.payload["name"] for one in told} == {path.name for path in home.iterdir() if path.suffix != ".receipt"}


__all__ = ["WAY_HOME", "gone", "personal", "sealed_now"]
