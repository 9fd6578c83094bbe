"""How much of traces a store keeps, and what goes first where that is reached.

What was recorded during visits is evidence: a report quotes its hash, so it stays. What commands outside of visits left
goes, the oldest first, and in its place stands a gap that says how much there was. Where nothing may go, the recorder
leaves out what is new, and says so. A store therefore never grows beyond its bound, and nothing is lost in silence.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from hht.i18n import _, ngettext
from hht.link import TraceEvent, TraceKind
from hht.store.errors import StoreError
from hht.store.trace_chunks import chain_next, event_line, open_chunk
from hht.store.trace_export import parse_json_lines

if TYPE_CHECKING:
    from hht.store.store import Row, Store

DEFAULT: Final = 1 << 30  # octets of sealed chunks: years of visits at 9600 baud
LEAST: Final = 1 << 20
MOST: Final = 1 << 40
OVERHEAD: Final = 64  # octets that sealing and the row add to a chunk
_SETTING: Final = "trace-bound"


@dataclass(frozen=True, slots=True)
class Gap:
    """What is missing at the beginning of a session: chunks, events, octets; `chain` is the chain's value after them,
    `event` says so in their place."""

    chunks: int
    events: int
    octets: int
    chain: bytes
    event: TraceEvent


def bound_of(store: Store) -> int:
    """How many octets of trace `store` keeps at most."""
    value = store.setting(_SETTING)
    return value if isinstance(value, int) and LEAST <= value <= MOST else DEFAULT


def save_bound(store: Store, octets: int) -> None:
    """Keep at most `octets` from now on. Raises StoreError for an impossible bound."""
    if not LEAST <= octets <= MOST:
        raise StoreError(
            _("A store cannot keep at most {size} bytes of traces.").format(size=octets),
            remedy=_("Name a bound from {least} to {most} bytes.").format(least=LEAST, most=MOST),
            code="trace-bound",
        )
    with store.transaction():
        store.note("trace-bound", {"octets": octets, "before": bound_of(store)})
        store.save_setting(_SETTING, octets)


def kept_octets(store: Store) -> int:
    """How many octets of trace it keeps now."""
    rows = store.rows("trace_chunks", select="coalesce(sum(length(data_sealed)), 0) AS octets")
    return int(rows[0]["octets"])


def gap_of(store: Store, session_id: str) -> Gap | None:
    """What is missing of a session; None where nothing is. Raises SealBroken where that was altered."""
    rows = store.rows("trace_gaps", "session_id = ?", (session_id,))
    if not rows:
        return None
    facts: dict[str, Any] = json.loads(store.unseal("trace_gaps", "facts", session_id, rows[0]))
    (event,) = parse_json_lines([facts["event"]])
    return Gap(facts["chunks"], facts["events"], facts["octets"], bytes.fromhex(facts["chain"]), event)


def _note(events: int, octets: int) -> str:
    """The words that stand in the place of what went."""
    text = ngettext(
        "a gap: {count} older event ({size} bytes kept) was dropped, for the store keeps no more of traces",
        "a gap: {count} older events ({size} bytes kept) were dropped, for the store keeps no more of traces",
        events,
    )
    return text.format(count=events, size=octets)


class Shelf:
    """Where chunks are put: makes room for a new one within the store's bound."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._kept = -1  # not counted yet
        self.bound = DEFAULT

    def recount(self) -> None:
        """What was counted did not come to pass."""
        self._kept = -1

    def has_room_for(self, octets: int) -> bool:
        """Whether so many octets more may be kept; what may go has gone for it. Inside a transaction."""
        needed = octets + OVERHEAD
        if self._kept < 0 or self._kept + needed > self.bound:
            self.bound = bound_of(self._store)
            self._kept = kept_octets(self._store)
        over = self._kept + needed - self.bound
        if over > 0:
            self._kept -= _drop(self._store, over + self.bound // 64)
        if self._kept + needed > self.bound:
            return False
        self._kept += needed
        return True


def _drop(store: Store, octets: int) -> int:
    """Let the oldest chunks go on which nothing depends, up to `octets`; how many went."""
    rows = store.rows(
        "trace_chunks",
        "session_id IN (SELECT session_id FROM trace_sessions WHERE visit_id = '')",
        order="(SELECT number FROM trace_sessions s WHERE s.session_id = trace_chunks.session_id), number",
        select="session_id, number, events, length(data_sealed) AS octets",
    )
    gone: dict[str, list[Row]] = {}
    freed = 0
    for row in rows:
        if freed >= octets:
            break
        gone.setdefault(row["session_id"], []).append(row)
        freed += row["octets"]
    for session_id, chunks in gone.items():
        _drop_of_session(store, session_id, chunks)
    return freed


def _drop_of_session(store: Store, session_id: str, chunks: list[Row]) -> None:
    before = gap_of(store, session_id)
    last = chunks[-1]["number"]
    chain, lines = open_chunk(store, session_id, last)
    (event,) = parse_json_lines(lines.decode().splitlines()[-1:])
    events = sum(row["events"] for row in chunks) + (before.events if before else 0)
    octets = sum(row["octets"] for row in chunks) + (before.octets if before else 0)
    told = TraceEvent(event.utc, event.monotonic_s, event.link, TraceKind.ERROR, note=_note(events, octets))
    facts = {"chunks": last, "events": events, "octets": octets, "chain": chain_next(chain, lines).hex()}
    payload = json.dumps({**facts, "event": event_line(told).decode()}).encode()
    sealed = store.seal("trace_gaps", "facts", session_id, payload)
    with store.transaction() as database:
        database.execute(
            "INSERT OR REPLACE INTO trace_gaps (session_id, facts_sealed) VALUES (?, ?)", [session_id, sealed]
        )
        database.execute("DELETE FROM trace_chunks WHERE session_id = ? AND number <= ?", [session_id, last])
