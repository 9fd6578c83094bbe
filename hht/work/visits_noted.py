"""Whether each visit that the log of live work names is there as it was when it ended.

A visit's own journal is append-only for this program, and each entry is sealed in its place; but whoever has the file
can cut rows off its end, or take a whole visit out, without any key. So the log, whose chain and sealed head show that
(`hht.store.log_chain`), has an entry of each visit that began, and one of each that ended: how many entries its journal
had then, and a hash of their places. A visit that was erased on purpose is an entry too (`OutKind.ERASING`). One that
began before the log named beginnings is not held against it.
"""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING, Final

from hht.errors import HhtError
from hht.i18n import _
from hht.work.outbox import OutKind, outbox_entry

if TYPE_CHECKING:
    from collections.abc import Iterable

    from hht.store.log_chain import LogEntry
    from hht.store.store import Store

BEGUN: Final = "visit-begun"
ENDED: Final = "visit-ended"
_ERASING: Final = outbox_entry(OutKind.ERASING)
_JOURNAL: Final = "visit_journal"


class VisitsNotWhole(HhtError):
    """A visit that the log names is gone, or its journal is cut or altered. `visits`: their ids."""

    default_code = "log-visits"

    def __init__(self, problems: list[tuple[str, str]]) -> None:
        remedy = _("Do not rely on this store. Copy it for the depot, which has what went home of these visits.")
        super().__init__(" ".join(words for _visit, words in problems), remedy=remedy)
        self.visits = tuple(visit for visit, _words in problems)


def note_begun(store: Store, visit_id: str, reference: str) -> None:
    """In the log of live work. `reference`: of the job."""
    store.note(BEGUN, {"visit": visit_id, "job": reference})


def note_ended(store: Store, visit_id: str) -> None:
    """In the log of live work, in the transaction that puts the end into the journal."""
    if not store.training:
        rows = _places(store, visit_id)
        store.note(ENDED, {"visit": visit_id, "entries": len(rows), "hash": _hash(rows)})


def require_visits(store: Store, entries: Iterable[LogEntry]) -> None:
    """Hold every visit whose beginning the log names against what is kept. What came into its journal after its end (a
    report that was written) is no concern. Raises VisitsNotWhole."""
    begun: dict[str, str] = {}
    ends: dict[str, tuple[int, str]] = {}
    for entry in entries:
        visit = str(entry.details.get("visit", ""))
        if entry.kind == BEGUN:
            begun[visit] = str(entry.details["job"])
        elif entry.kind == ENDED:
            ends[visit] = (entry.details["entries"], entry.details["hash"])
        elif entry.kind == _ERASING:
            begun.pop(visit, None)
    kept = {row["visit_id"] for row in store.rows("visits", select="visit_id")}
    problems: list[tuple[str, str]] = []
    for visit, job in begun.items():
        if visit not in kept:
            words = _("The visit {visit} of {job}, which the log names, is not in this store, and nobody erased it.")
        elif visit in ends and not _as_it_ended(store, visit, *ends[visit]):
            words = _("The journal of the visit {visit} of {job} is not as it was when that visit ended.")
        else:
            continue
        problems.append((visit, words.format(visit=visit, job=job)))
    if problems:
        raise VisitsNotWhole(problems)


def _as_it_ended(store: Store, visit_id: str, count: int, said: str) -> bool:
    rows = _places(store, visit_id)[:count]
    return (len(rows), _hash(rows)) == (count, said)


def _places(store: Store, visit_id: str) -> list[list[object]]:
    """Of each entry of the journal its place, to which its sealed content is bound. Not the content: what is a
    neighbour's goes out of it later (`hht.work.neighbours`)."""
    rows = store.rows(_JOURNAL, "visit_id = ?", (visit_id,), order="number", select="number, step, kind, at")
    return [[row["number"], row["step"], row["kind"], row["at"]] for row in rows]


def _hash(rows: list[list[object]]) -> str:
    return hashlib.sha256(json.dumps(rows, separators=(",", ":")).encode()).hexdigest()
