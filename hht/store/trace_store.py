"""Every byte a link carried, kept in sealed chunks: `TraceRecorder` writes, `TraceReader` reads and proves.

A chunk is a run of events as JSON Lines (the shape of `hht.store.trace_export`), compressed, sealed, and chained: it
begins with the SHA-256 chain value of the chunks before it. The hash a report quotes is the SHA-256 of all lines in
order, which is the SHA-256 of the exported file: anybody can check it with the file alone.
"""

from __future__ import annotations

import hashlib
import logging
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from hht.access.roles import Act
from hht.i18n import _, ngettext
from hht.link import LinkState, TraceEvent, TraceKind
from hht.store.errors import StoreError
from hht.store.trace_bound import Shelf, gap_of
from hht.store.trace_chunks import broken, chain_next, chain_start, chunk_key, event_line, open_chunk
from hht.store.trace_export import parse_json_lines

if TYPE_CHECKING:
    from hht.store.store import Row, Store

_log = logging.getLogger(__name__)

_EVENT_COST = 64  # what an event takes beside its bytes, compressed
MAX_TRACE = 32 << 20  # bytes of one connection that are kept: hours of talk at 9600 baud; more is a peer that floods
_MOST_WAITING = 4  # chunks that wait where they come faster than they may be written


@dataclass(frozen=True, slots=True)
class TraceSession:
    """One run of one link. `number` counts the sessions of a visit from 1."""

    session_id: str
    visit_id: str
    number: int
    started_at: str


def trace_sessions(store: Store, visit_id: str) -> list[TraceSession]:
    """The sessions of a visit ("" for those outside of any visit), in order."""
    rows = store.rows("trace_sessions", "visit_id = ?", (visit_id,), order="number")
    return [TraceSession(r["session_id"], r["visit_id"], r["number"], r["started_at"]) for r in rows]


class TraceRecorder:
    """A `TraceSink` that batches events into sealed chunks.

    A chunk is written when `chunk_events` events or `chunk_bytes` bytes wait, but of its own accord not more often than
    every `interval_s` seconds, unless four times as much waits; and at `flush`. Called as a sink it never
    raises: where the disk refuses, events wait up to ten chunks' worth, then the oldest go and a note says how many;
    the next `flush` tells the caller by StoreError. What was flushed is readable after a kill. After `max_bytes` of
    one connection (each event counts for 64 more) no more of it is kept; what is left out is counted, and notes say so.
    All of a store's traces stay within its bound (`hht.store.trace_bound`): older ones outside of visits make room;
    where those do not suffice, what is new is left out in the same way.
    """

    def __init__(
        self,
        store: Store,
        session_id: str,
        *,
        visit_id: str = "",
        chunk_events: int = 256,
        chunk_bytes: int = 64 * 1024,
        max_bytes: int = MAX_TRACE,
        interval_s: float = 0.5,
    ) -> None:
        store.require(Act.READ_METER)
        self.session_id = session_id
        self._store = store
        self._visit_id = visit_id
        self._chunk_events = chunk_events
        self._chunk_bytes = chunk_bytes
        self._events: list[TraceEvent] = []
        self._bytes = 0
        self._dropped = 0
        self._since_attempt = 0
        self._attempt_bytes = chunk_bytes
        self._number = 0
        self._chain = chain_start(session_id)
        self._registered = False
        self._interval_s = interval_s
        self._flushed_s: float | None = None  # by the events' clock
        self._room = self._max_bytes = max_bytes
        self._left_out: TraceEvent | None = None  # the last one
        self._left_out_events = self._left_out_bytes = 0
        self._shelf = Shelf(store)
        self._full = False  # the store takes no more
        self._left_out_told = 0  # events left out, when that was said last

    def __call__(self, event: TraceEvent) -> None:
        if event.kind is TraceKind.HEADER or (event.kind is TraceKind.STATE and event.note == LinkState.OPENING.value):
            self._note_left_out()
            self._room, self._left_out_events, self._left_out_bytes = self._max_bytes, 0, 0
            self._left_out_told, self._full = 0, False
        self._room -= len(event.data) + _EVENT_COST
        if self._room < 0 or self._full:
            self._leave_out(event)
            return
        self._events.append(event)
        self._bytes += len(event.data)
        self._shed()
        self._since_attempt += 1
        if self._is_due(event.monotonic_s):
            self._flush_quietly()
            self._flushed_s = event.monotonic_s

    def _flush_quietly(self) -> None:
        try:
            self.flush()
        except StoreError as error:  # the link must go on; the caller of flush() hears of it
            _log.warning("trace not kept yet: %s", error.code)
            self._attempt_bytes = self._bytes + self._chunk_bytes

    def _is_due(self, now_s: float) -> bool:
        """Whether a chunk's worth waits, and the last one was written long enough ago."""
        chunks = max(self._since_attempt / self._chunk_events, self._bytes / self._attempt_bytes)
        soon = self._flushed_s is not None and 0 <= now_s - self._flushed_s < self._interval_s
        return chunks >= (_MOST_WAITING if soon else 1)

    @property
    def waiting(self) -> int:
        """Events that are not on disk yet."""
        return len(self._events)

    def flush(self) -> None:
        """Put everything that waits on disk, in one transaction. Raises StoreError; then it waits on."""
        self._since_attempt = 0
        self._note_left_out()
        if self._events and not self._write():
            self._store_is_full()
            self._write(always=True)

    def _write(self, *, always: bool = False) -> bool:
        """A chunk of what waits; False where the store takes no more of traces, unless it is to be there `always`."""
        lines = b"".join(event_line(event) for event in self._with_note())
        body = self._chain + zlib.compress(lines, 1)
        number = self._number + 1
        row = {"session_id": self.session_id, "number": number, "events": len(self._events) + bool(self._dropped)}
        try:
            with self._store.transaction():
                self._register()
                if not self._shelf.has_room_for(len(body)) and not always:
                    return False
                self._store.insert("trace_chunks", row, key=chunk_key(self.session_id, number), sealed={"data": body})
        except StoreError:
            self._shelf.recount()
            raise
        self._registered = True
        self._number = number
        self._chain = chain_next(self._chain, lines)
        self._events, self._bytes, self._dropped = [], 0, 0
        self._attempt_bytes = self._chunk_bytes
        return True

    def _store_is_full(self) -> None:
        """What waits is left out, and that is said: it is little, and stands on disk whatever the bound is."""
        last = self._events[-1]
        self._left_out_events += len(self._events) + self._dropped
        self._left_out_bytes += self._bytes
        self._events, self._bytes, self._dropped, self._full = [], 0, 0, True
        text = _("the store keeps no more of traces than {bound} bytes, and evidence stays: what follows is left out")
        self._note(last, text.format(bound=self._shelf.bound))

    def _leave_out(self, event: TraceEvent) -> None:
        """Count `event`; the first time say that from here on nothing is kept, for whoever reads after a crash."""
        if not self._left_out_events:
            note = _("the trace of this connection is full ({size} bytes): what follows is left out")
            self._note(event, note.format(size=self._max_bytes))
            self._flush_quietly()
        self._left_out = event
        self._left_out_events += 1
        self._left_out_bytes += len(event.data)

    def _note_left_out(self) -> None:
        event, self._left_out = self._left_out, None
        if event is None or (self._full and self._left_out_events < 2 * self._left_out_told):
            return
        self._left_out_told = self._left_out_events
        text = ngettext(
            "the trace is full: {count} event ({size} bytes) left out so far",
            "the trace is full: {count} events ({size} bytes) left out so far",
            self._left_out_events,
        )
        self._note(event, text.format(count=self._left_out_events, size=self._left_out_bytes))

    def _note(self, event: TraceEvent, text: str) -> None:
        self._events.append(TraceEvent(event.utc, event.monotonic_s, event.link, TraceKind.ERROR, note=text))

    def _register(self) -> None:
        if self._registered:
            return
        earlier = self._store.rows("trace_sessions", "visit_id = ?", (self._visit_id,))
        row = {
            "session_id": self.session_id,
            "visit_id": self._visit_id,
            "number": len(earlier) + 1,
            "started_at": self._store.now(),
        }
        self._store.insert("trace_sessions", row, key=self.session_id, sealed={})

    def _with_note(self) -> list[TraceEvent]:
        if not self._dropped:
            return self._events
        first = self._events[0]
        text = ngettext(
            "{count} event lost: the disk was full", "{count} events lost: the disk was full", self._dropped
        )
        note = TraceEvent(
            first.utc, first.monotonic_s, first.link, TraceKind.ERROR, note=text.format(count=self._dropped)
        )
        return [note, *self._events]

    def _shed(self) -> None:
        while len(self._events) > 10 * self._chunk_events or self._bytes > 10 * self._chunk_bytes:
            self._bytes -= len(self._events.pop(0).data)
            self._dropped += 1


class TraceReader:
    """The events of one or more sessions, in order. Chunks that are missing, moved or altered raise SealBroken."""

    def __init__(self, store: Store, *session_ids: str) -> None:
        self._store = store
        self._session_ids = session_ids

    @classmethod
    def of_visit(cls, store: Store, visit_id: str) -> TraceReader:
        """Everything that was recorded during a visit, however often it was resumed."""
        return cls(store, *(session.session_id for session in trace_sessions(store, visit_id)))

    def __iter__(self) -> Iterator[TraceEvent]:
        for lines in self._chunks():
            yield from parse_json_lines(lines.decode().splitlines())

    def lines(self) -> Iterator[bytes]:
        """The events as exported: runs of whole JSON lines."""
        return self._chunks()

    def sha256(self) -> str:
        """SHA-256 (hex) of all lines: of the file that `write_json_lines` makes of these events."""
        digest = hashlib.sha256()
        for lines in self._chunks():
            digest.update(lines)
        return digest.hexdigest()

    def __len__(self) -> int:
        kept: int = sum(row["events"] for session in self._session_ids for row in self._heads(session))
        return kept + sum(gap_of(self._store, session) is not None for session in self._session_ids)

    def _heads(self, session_id: str) -> list[Row]:
        return self._store.rows(
            "trace_chunks", "session_id = ?", (session_id,), order="number", select="number, events"
        )

    def _chunks(self) -> Iterator[bytes]:
        for session_id in self._session_ids:
            gap = gap_of(self._store, session_id)
            first, chain = (1, chain_start(session_id)) if gap is None else (gap.chunks + 1, gap.chain)
            if gap is not None:
                yield event_line(gap.event)
            for expected, head in enumerate(self._heads(session_id), first):
                if head["number"] != expected:
                    raise broken(session_id, expected)
                lines = open_chunk(self._store, session_id, expected, chain)[1]
                chain = chain_next(chain, lines)
                yield lines
