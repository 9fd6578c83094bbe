"""Trace files: JSON Lines or text, as they were on the wire or with asterisks for secrets."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from hht.i18n import _
from hht.link import TraceEvent
from hht.store.trace_export import as_json, write_text
from ui.trace_masking import TraceMasker
from ui.whole_file import whole_file

HEADER = {"type": "header", "format": "hht-trace", "version": 1, "masked": True, "replays": False}


@dataclass(frozen=True, slots=True)
class WrittenTrace:
    """A trace file: how many events it holds, and whether asterisks stand for secrets in it."""

    events: int
    masked: bool


def write_trace_file(path: Path, events: Iterable[TraceEvent], *, reveal: bool) -> WrittenTrace:
    """Events (gone through twice) as JSON Lines, or text where `path` ends with .txt. Whole or not at all.

    `reveal`: exactly what was on the wire, the file that a report's SHA-256 stands for. Else secrets are masked; where
    there were any, the file says so before anything else. Raises FileNotWritten.
    """
    masked = not reveal and any(event.masked for event in map(TraceMasker(), events))
    shown = map(TraceMasker(), events) if masked else events
    with whole_file(path) as file:
        if path.suffix == ".txt":
            if masked:
                file.write("# " + _("asterisks (2a) stand for secrets: no evidence, no replay") + "\n")
            return WrittenTrace(write_text(shown, file), masked)
        count = 0
        if masked:
            file.write(_line(HEADER))
        for line in _lines(shown):
            file.write(line)
            count += 1
        return WrittenTrace(count, masked)


def _lines(events: Iterable[TraceEvent]) -> Iterator[str]:
    return (_line(as_json(event)) for event in events)


def _line(fields: dict[str, object]) -> str:
    return json.dumps(fields, separators=(",", ":")) + "\n"
