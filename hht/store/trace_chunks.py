"""Chunks of a trace: a run of events as JSON Lines, compressed, chained to the one before, and sealed."""

from __future__ import annotations

import hashlib
import json
import zlib
from typing import TYPE_CHECKING

from hht.i18n import _
from hht.link import TraceEvent
from hht.store.errors import SealBroken
from hht.store.trace_export import as_json

if TYPE_CHECKING:
    from hht.store.store import Store

CHAIN_BYTES = 32
_MAX_CHUNK = 64 << 20  # bytes of one opened chunk; more is a damaged file, not a conversation


def event_line(event: TraceEvent) -> bytes:
    """One event exactly as it is exported, hashed and kept: a JSON line."""
    return (json.dumps(as_json(event), separators=(",", ":")) + "\n").encode()


def open_chunk(store: Store, session_id: str, number: int, chain: bytes | None = None) -> tuple[bytes, bytes]:
    """The chain value before a chunk, and its lines. Raises SealBroken where it is missing or was altered, or where it
    does not follow upon `chain`."""
    rows = store.rows("trace_chunks", "session_id = ? AND number = ?", (session_id, number))
    if not rows:
        raise broken(session_id, number)
    body = store.unseal("trace_chunks", "data", chunk_key(session_id, number), rows[0])
    if chain is not None and body[:CHAIN_BYTES] != chain:
        raise broken(session_id, number)
    inflater = zlib.decompressobj()
    try:
        lines = inflater.decompress(body[CHAIN_BYTES:], _MAX_CHUNK)
    except zlib.error as error:
        raise broken(session_id, number) from error
    if not inflater.eof:
        raise broken(session_id, number)
    return body[:CHAIN_BYTES], lines


def chunk_key(session_id: str, number: int) -> str:
    """The name under which a chunk (numbered from 1) is sealed: it opens nowhere else."""
    return f"{session_id}/{number}"


def chain_start(session_id: str) -> bytes:
    """What the chain of a session begins with: 32 octets."""
    return hashlib.sha256(b"hht-trace-1|" + session_id.encode()).digest()


def chain_next(chain: bytes, lines: bytes) -> bytes:
    """The chain after `lines`: 32 octets that depend on everything so far."""
    return hashlib.sha256(chain + hashlib.sha256(lines).digest()).digest()


def broken(session_id: str, number: int) -> SealBroken:
    """The error for a chunk that does not open, or does not follow the one before it."""
    return SealBroken(
        _("Chunk {number} of the trace {session} is missing or was altered.").format(number=number, session=session_id),
        remedy=_("Do not rely on this trace; copy the store for the depot."),
        code="trace-broken",
    )
