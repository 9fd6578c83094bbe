"""The store's log as a chain: each entry's hash covers all before it, and the last one's stands sealed with the count.

Without the store's key nobody can write that head; so entries that were deleted, moved, cut off or altered in the file
are named. A store that was put back to an older copy has an older log and its head: `hht.store.log_memory` finds that.
Who has the key and the file can write both anew: against that stand the exports that are kept elsewhere.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final

from hht.errors import HhtError
from hht.i18n import _
from hht.store.errors import SealBroken

if TYPE_CHECKING:
    from hht.store.store import Row, Store

HEAD: Final = "log-head"  # the setting with count and hash of the last entry
LOGGED_IN, LOCKED = "logged-in", "locked"  # kinds of entries


class LogBroken(HhtError):
    """The log is not as it was written. `number`: of the entry that shows it, 0 where none does."""

    default_code = "log-broken"

    def __init__(self, problem: str, number: int = 0) -> None:
        remedy = _("Do not rely on this log. Copy the store for the depot, which compares it with earlier exports.")
        super().__init__(problem, remedy=remedy)
        self.number = number


@dataclass(frozen=True, slots=True)
class LogEntry:
    """An entry of the log. `at`: ISO 8601, UTC; `by`: who did it, "" in entries of versions that did not ask."""

    number: int
    at: str
    kind: str
    by: str = field(repr=False)
    details: Mapping[str, Any] = field(repr=False)


def row_hash(before: str, row: Mapping[str, Any]) -> str:
    """The hash (64 hex digits) of a row of the log, which covers the one `before` it ("" before the first)."""
    sealed = [(row[name] or b"").hex() for name in ("by_sealed", "payload_sealed")]
    body = json.dumps([before, row["key"], row["at"], row["kind"], *sealed], separators=(",", ":"))
    return hashlib.sha256(body.encode()).hexdigest()


def write_entry(store: Store, kind: str, payload: Mapping[str, Any], by: str) -> None:
    """Add an entry, and the new head, in one transaction."""
    with store.transaction() as database:
        count, head, remembered = log_head(store)
        number = str(count + 1)
        values = {"payload": json.dumps(payload).encode(), "by": by.encode()}
        sealed = {f"{name}_sealed": store.seal("log", name, number, value) for name, value in values.items()}
        row = {"at": store.now(), "kind": kind, "key": number, **sealed}
        row["hash"] = row_hash(head, row)
        names, marks = ", ".join(row), ", ".join("?" * len(row))
        database.execute(f"INSERT INTO log ({names}) VALUES ({marks})", list(row.values()))
        store.log_grew, remembered = True, remembered or store.remembers_log
        store.save_setting(HEAD, {"count": count + 1, "head": row["hash"], "remembered": remembered})


def log_head(store: Store) -> tuple[int, str, bool]:
    """How many entries there are, the hash of the last ("" where there is none), and whether that was ever remembered
    outside of the store, as its sealed head says; a chain without a head had one, which somebody took out."""
    kept = store.setting(HEAD)
    if kept is None:
        rows = store.rows("log", order="seq")
        return len(rows), _chained(rows), any(row["hash"] is not None for row in rows)
    return kept["count"], kept["head"], kept.get("remembered", False)


def note_remembered(store: Store) -> None:
    """The sealed head says from now on that it is remembered outside of the store: after it is, never before."""
    with store.transaction():
        count, head, _remembered = log_head(store)
        store.save_setting(HEAD, {"count": count, "head": head, "remembered": True})


def hash_of(store: Store, number: int) -> str:
    """The hash of that entry; "" where it is not there."""
    rows = store.rows("log", "key = ?", (str(number),))
    if rows and rows[0]["hash"] is None:  # of a version that kept none; or it was taken out of the file
        return _chained(store.rows("log", "seq <= ?", (rows[0]["seq"],), order="seq"))
    return str(rows[0]["hash"]) if rows else ""


def latest_noted(store: Store) -> datetime | None:
    """The latest time of any entry (not of the last: a clock that was set back writes on), None where there is none.
    Who only opened the store while the clock was ahead for once makes nothing expire: nothing was done then."""
    (row,) = store.rows("log", "kind NOT IN (?, ?)", (LOGGED_IN, LOCKED), select="max(at) AS at")
    try:
        found = datetime.fromisoformat(row["at"] or "")
    except ValueError:
        return None  # altered in the file: whoever reads the log is told, and the next latest is not looked for
    return found if found.tzinfo is not None else None


def latest_moment(store: Store) -> datetime:
    """Now by the store's clock, or the latest time that its log has noted where that is later: what is over stays so
    when the clock is set back."""
    now, noted = store.clock.now(), latest_noted(store)
    return now if noted is None else max(now, noted)


def _chained(rows: list[Row]) -> str:
    """The hash of the last of rows that an earlier version wrote, which kept none."""
    before = ""
    for row in rows:
        before = row_hash(before, row)
    return before


def whole_log(store: Store) -> list[LogEntry]:
    """Every entry, oldest first. Raises LogBroken, which names what was deleted, reordered, truncated or altered."""
    with store.transaction():
        rows, kept = store.rows("log", order="seq"), store.setting(HEAD)
    _in_order([row["key"] for row in rows])
    before = ""
    for number, row in enumerate(rows, 1):
        before = row_hash(before, row)
        if row["hash"] not in (None, before):
            raise _altered(number)
    head: dict[str, Any] = kept if kept is not None else {"count": 0, "head": ""}
    if len(rows) < head["count"]:
        words = _("truncated: the log had {said} entries, and {count} are here")
        raise LogBroken(words.format(said=head["count"], count=len(rows)))
    older = kept is None and all(row["hash"] is None for row in rows)  # nothing was logged since it is a chain
    if not older and (len(rows), before) != (head["count"], head["head"]):
        raise LogBroken(_("altered: the log does not end as it was written"))
    return [_entry(store, row) for row in rows]


def _in_order(keys: list[str]) -> None:
    for place, key in enumerate(keys, 1):
        if key == str(place):
            continue
        if str(place) in keys:
            raise LogBroken(_("reordered: in the place of entry {place} stands another").format(place=place), place)
        raise LogBroken(_("deleted: entry {place} is missing").format(place=place), place)


def _altered(number: int) -> LogBroken:
    return LogBroken(_("altered: entry {number} is not as it was written").format(number=number), number)


def _entry(store: Store, row: Row) -> LogEntry:
    number = row["key"]
    try:
        by = store.unseal("log", "by", number, row).decode() if row["by_sealed"] is not None else ""
        details = json.loads(store.unseal("log", "payload", number, row))
    except SealBroken as error:
        raise _altered(int(number)) from error
    return LogEntry(int(number), row["at"], row["kind"], by, details)
