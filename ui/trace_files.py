"""Trace files: JSON Lines, text or pcapng, as they were on the wire or with asterisks for secrets."""

from __future__ import annotations

import io
import json
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from hht.i18n import _
from hht.link import TraceEvent, TraceKind
from hht.store.trace_capture import write_capture
from hht.store.trace_export import MASKED, header_event, header_facts, write_json_lines, write_text
from ui.trace_masking import masked_events
from ui.whole_file import whole_binary_file, whole_file

HEADER = {"type": "header", "format": "hht-trace", "version": 1, "masked": True, "replays": False}


@dataclass(frozen=True, slots=True)
class WrittenTrace:
    """A trace file: how many events it holds, and whether asterisks stand for secrets in it."""

    events: int
    masked: bool


def write_trace_file(path: Path, events: Iterable[TraceEvent], *, reveal: bool) -> WrittenTrace:
    """Events (gone through twice) as JSON Lines, or text where `path` ends with .txt, or a capture for Wireshark with
    .pcapng. Whole or not at all.

    `reveal`: exactly what was on the wire, the file that a report's SHA-256 stands for. Else secrets are masked; where
    there were any, the file says so before anything else. Raises FileNotWritten.
    """
    masked = not reveal and any(event.masked for event in masked_events(events))
    shown = map(_told, masked_events(events)) if masked else iter(events)
    if path.suffix == ".pcapng":
        with whole_binary_file(path) as capture:
            return WrittenTrace(write_capture(shown, capture, _masked_words() if masked else ""), masked)
    with whole_file(path) as file:
        if path.suffix == ".txt":
            if masked:
                file.write(f"# {MASKED}: {_masked_words()}\n")
            return WrittenTrace(write_text(shown, file), masked)
        if masked:
            file.write(json.dumps(HEADER, separators=(",", ":")) + "\n")
        return WrittenTrace(write_json_lines(shown, file), masked)


def shown_trace(events: Iterable[TraceEvent]) -> bytes:
    """Events (gone through twice) as the file of JSON Lines that `write_trace_file` makes where nothing is revealed."""
    masked = any(event.masked for event in masked_events(events))
    file = io.StringIO()
    if masked:
        file.write(json.dumps(HEADER, separators=(",", ":")) + "\n")
    write_json_lines(map(_told, masked_events(events)) if masked else iter(events), file)
    return file.getvalue().encode()


def _masked_words() -> str:
    return _("asterisks (2a) stand for secrets: no evidence, no replay")


def _told(event: TraceEvent) -> TraceEvent:
    """`event`, but a header says that what follows was masked."""
    if event.kind is not TraceKind.HEADER:
        return event
    facts = {**header_facts(event), "masked": True, "replays": False}
    return header_event(event.utc, event.monotonic_s, event.link, facts)
