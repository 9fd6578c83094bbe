"""What a visit has of a neighbour: sealed from the first, and gone before anything else, once the supplier has it.

The customer's own evidence stays until all of it has arrived; a neighbour's numbers and readings are nobody's evidence
but the supplier's, so they go as soon as the bundle that holds them was receipted: each entry of the journal that has
one is replaced by the same entry without it, and the store's files are searched for what was there.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from typing import TYPE_CHECKING, Any, Final

from hht.store.erasure import PIECE, Erased, Rows, erase_rows, only_look, sealed_values
from hht.work.journal import Journal, JournalEntry, JournalKind
from hht.work.outbox import OutboxBook, OutKind
from hht.work.view import NOT_MEASURED

if TYPE_CHECKING:
    from collections.abc import Container, Sequence

    from hht.store.store import Store
    from hht.work.visit_store import VisitStore

ERASED: Final = "erased"  # in the place of an answer
_CLEAR: Final = 6  # characters: what is shorter stands in any file by chance


@dataclass(frozen=True, slots=True)
class OfNeighbours:
    """Entries of a visit's journal that have something of a neighbour, and each as it is without."""

    journal: Journal
    entries: tuple[JournalEntry, ...]
    without: tuple[JournalEntry, ...]
    clear: tuple[bytes, ...]  # octets that no file may hold

    def rows(self, store: Store) -> list[Rows]:
        """Where they stand."""
        numbers = {one.number for one in self.entries}
        kept = store.rows("visit_journal", "visit_id = ?", (self.journal.visit_id,), select="seq, number")
        return [Rows("visit_journal", "seq", str(row["seq"])) for row in kept if row["number"] in numbers]

    def pieces(self, store: Store) -> list[bytes]:
        """What to look for, should the terminal die before it has looked."""
        return [value[:PIECE] for value in sealed_values(store, self.rows(store))]

    def forget(self, store: Store, within: Callable[[], object]) -> Erased:
        """Put the entries without it in the place of those that have it, in one transaction in which `within` is called
        too, and search the files. Raises StoreError ``store-erasure`` where something of it is left."""

        def put() -> None:
            for entry in self.without:
                self.journal.put_again(entry)
            within()

        return erase_rows(store, self.rows(store), self.clear, put)


def of_neighbours(visits: VisitStore, visit_id: str) -> OfNeighbours | None:
    """What a visit has of a neighbour; None: nothing, or nothing any more."""
    questions = visits.walkthrough(visit_id).neighbours
    if not questions:
        return None
    journal = visits.journal(visit_id)
    told: list[str] = []
    found: list[tuple[JournalEntry, JournalEntry]] = []
    for entry in journal.entries():
        payload, values = _without(entry, questions)
        if values:
            told += values
            found.append((entry, replace(entry, payload=payload)))
    if not found:
        return None
    clear = tuple(value.encode() for value in dict.fromkeys(told) if len(value) >= _CLEAR)
    return OfNeighbours(journal, tuple(one for one, _new in found), tuple(new for _old, new in found), clear)


def forget_neighbours(visits: VisitStore, book: OutboxBook, visit_id: str, bundle: Callable[[], str]) -> None:
    """What the visit has of a neighbour goes, once its bundle is receipted; what is left of the bundle counts as
    receipted with it. `bundle`: the SHA-256 of the bundle as it is now. Raises StoreError ``store-erasure``."""
    store = visits.store
    last = book.last(visit_id, OutKind.NEIGHBOURS_ERASING, OutKind.NEIGHBOURS_ERASED)
    if last is not None and last.kind is OutKind.NEIGHBOURS_ERASING:  # the terminal died before it had looked
        noted = [bytes.fromhex(piece) for piece in last.payload["pieces"]]
        book.append(visit_id, OutKind.NEIGHBOURS_ERASED, asdict(only_look(store, *noted)))
    found = of_neighbours(visits, visit_id)
    if found is None:
        return
    pieces, receipt = found.pieces(store), book.receipt_of(visit_id, bundle())
    if receipt is None:
        return

    def note() -> None:
        book.append(visit_id, OutKind.NEIGHBOURS_ERASING, {"pieces": [one.hex() for one in pieces]})
        own = {"sha256": bundle(), "of": receipt["sha256"]}  # nobody has these octets: no depot is asked for them
        kept = {name: value for name, value in receipt.items() if name not in ("depot", "octets")}
        book.append(visit_id, OutKind.RECEIPTED, kept | own)

    with store.holding_visits():
        book.append(visit_id, OutKind.NEIGHBOURS_ERASED, asdict(found.forget(store, note)))


def _without(entry: JournalEntry, questions: Container[str]) -> tuple[dict[str, Any], Sequence[str]]:
    """An entry's payload without what is a neighbour's, and what that was."""
    payload: dict[str, Any] = json.loads(json.dumps(entry.payload))
    kept = (NOT_MEASURED, ERASED)
    if entry.kind is JournalKind.ANSWER and payload["question"] in questions and payload["value"] not in kept:
        return {**payload, "value": ERASED}, [str(payload["value"])]
    data: dict[str, Any] = payload.get("data", {}) if entry.kind is JournalKind.DONE else {}
    names = [name for name in data if f"{entry.step}/{name}" in questions and data[name] not in kept]
    values = [str(data[name]) for name in names]
    for name in names:
        data[name] = ERASED
    return payload, values


__all__ = ["ERASED", "OfNeighbours", "forget_neighbours", "of_neighbours"]
