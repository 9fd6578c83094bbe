"""The text form of a trace, read back: what `hht.store.trace_export.write_text` wrote for people.

It keeps milliseconds of the time and tenths of a millisecond between events, and every octet. Lines that begin with #
name the link and the day; ``# masked`` says that asterisks stand for secrets, so that nothing in it replays.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from hht.i18n import _
from hht.link import TraceEvent, TraceKind
from hht.store.trace_export import DAY, MASKED, MAX_EVENTS, MAX_NOTE, file_error

_TIME: Final = r"([0-9]{2}:[0-9]{2}:[0-9]{2}(?:\.[0-9]{3})?)"
_HEAD: Final = re.compile(_TIME + r"\s+([+-][0-9]{1,12}\.[0-9]{4}) ([a-z]{2,6}) *(.*)")
_ROW: Final = re.compile(r"((?:[0-9a-f]{2} ){0,15}[0-9a-f]{2}) *(?: .{1,16})?")
_INDENT: Final = " " * 29
_MAX_LINE: Final = 4 * MAX_NOTE


def stream_text(path: Path) -> Iterator[TraceEvent]:
    """The events in the text file at `path`. Raises TraceFileError, naming the line."""
    try:
        with path.open(encoding="utf-8") as file:
            yield from parse_text(iter(lambda: file.readline(_MAX_LINE + 1), ""), str(path))
    except UnicodeDecodeError as error:
        raise file_error(str(path), None, _("it is not UTF-8 text")) from error


def parse_text(lines: Iterable[str], source: str = "-") -> Iterator[TraceEvent]:
    """The events in `lines`, as they come. Raises TraceFileError."""
    reader = _Reader(source)
    for number, line in enumerate(lines, 1):
        yield from reader.feed(line.rstrip("\n"), number)
    yield from reader.finish()


class _Reader:
    """Line by line; an event is whole when the next one begins."""

    def __init__(self, source: str) -> None:
        self._source = source
        self._link, self._day, self._masked = "", "1970-01-01", False
        self._monotonic_s = 0.0
        self._head = ""
        self._event: TraceEvent | None = None
        self._found = 0

    def feed(self, line: str, number: int) -> Iterator[TraceEvent]:
        """One more line; the event that it ends. Raises TraceFileError."""
        if len(line) > _MAX_LINE:
            raise file_error(self._source, number, _("the line is longer than {n} characters").format(n=_MAX_LINE))
        if line.startswith("#"):
            yield from self._take()
            self._told(line[1:].strip())
        elif line.startswith(_INDENT) and self._event is not None:
            self._more(line.strip(), number)
        elif line.strip():
            yield from self._begin(line, number)

    def finish(self) -> Iterator[TraceEvent]:
        """No more lines come."""
        yield from self._take()
        if not self._found:
            raise file_error(self._source, None, _("it holds no trace events"))

    def _told(self, words: str) -> None:
        if words.startswith(MASKED):
            self._masked = True
        elif words.startswith(DAY):
            self._day = words.removeprefix(DAY).strip()
        else:
            self._link = words[:MAX_NOTE]

    def _begin(self, line: str, number: int) -> Iterator[TraceEvent]:
        found = _HEAD.fullmatch(line)
        kinds = [kind.value for kind in TraceKind]
        if found is None or found[3] not in kinds:
            raise file_error(self._source, number, _("it is no line of a trace"))
        time, step, kind, rest = found.groups()
        row = _ROW.fullmatch(rest) if kind in (TraceKind.TX, TraceKind.RX) else None
        head = f"{time} {step} {kind}"
        if self._event is not None and row and head == self._head and self._event.note and not self._event.data:
            self._more(rest, number)  # a note stands above the octets of the same event
            return
        yield from self._take()
        self._head, self._monotonic_s = head, self._monotonic_s + float(step)
        data, note = (bytes.fromhex(row[1]), "") if row else (b"", rest[:MAX_NOTE])
        if kind == TraceKind.HEADER:
            self._check_header(note, number)
        masked = self._masked and bool(data)
        utc = self._moment(time, number)
        self._event = TraceEvent(utc, round(self._monotonic_s, 6), self._link, TraceKind(kind), data, note, masked)

    def _more(self, text: str, number: int) -> None:
        row, event = _ROW.fullmatch(text), self._event
        if row is None or event is None:
            raise file_error(self._source, number, _("it is no row of octets"))
        data = event.data + bytes.fromhex(row[1])
        self._event = TraceEvent(event.utc, event.monotonic_s, event.link, event.kind, data, event.note, self._masked)

    def _take(self) -> Iterator[TraceEvent]:
        event, self._event = self._event, None
        if event is None:
            return
        self._found += 1
        if self._found > MAX_EVENTS:
            raise file_error(self._source, None, _("there are more than {n} events").format(n=MAX_EVENTS))
        yield event

    def _moment(self, time: str, number: int) -> datetime:
        try:
            return datetime.fromisoformat(f"{self._day}T{time}").replace(tzinfo=UTC)
        except ValueError:
            raise file_error(self._source, number, _("there is no such time")) from None

    def _check_header(self, note: str, number: int) -> None:
        try:
            if isinstance(json.loads(note), dict):
                return
        except (ValueError, RecursionError):
            pass
        raise file_error(self._source, number, _("a header that is not a JSON object"))
