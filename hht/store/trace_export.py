"""Traces as files: JSON Lines (out and back in) and text for people.

One event per line: ``{"type":"trace","utc":"...Z","monotonic_s":1.25,"link":"tcp://...","kind":"tx","data":"7ea0...",
"note":""}``. `data` is hex, exactly what was on the wire; ``"masked":true`` stands in an event in which asterisks hide
a secret. Each conversation begins with ``{"type":"header","format":"hht-trace","version":1,...}``: how it is opened.
All that is read back is checked; what is wrong is told by line number.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TextIO

from hht.clock import iso_z
from hht.errors import HhtError
from hht.i18n import _
from hht.link import TraceEvent, TraceKind
from hht.plain_text import plain_text

MAX_LINE = 1 << 20  # characters
MAX_EVENTS = 2_000_000
_MAX_SECONDS = 1e12  # also tells NaN and infinity
MAX_NOTE = 2_000  # characters of a note or a link's name
_OTHER_LINES = ("result", "progress")  # what `--json` puts around the events


DAY, MASKED = "day", "masked"  # what may stand behind the # of a line in the text form, beside a link
_FORMAT = {"type": "header", "format": "hht-trace", "version": 1}
_OF_EVENT = ("utc", "monotonic_s", "link")


class TraceFileError(HhtError):
    """The file is no trace, or a damaged one. `details`: file, line."""

    default_code = "trace-file"


def header_event(utc: datetime, monotonic_s: float, link: str, facts: Mapping[str, object]) -> TraceEvent:
    """How the conversation that begins now over `link` is opened; no secret is a fact."""
    return TraceEvent(utc, monotonic_s, link, TraceKind.HEADER, note=json.dumps(facts, separators=(",", ":")))


def header_facts(event: TraceEvent) -> dict[str, Any]:
    """The facts of a header event."""
    facts: dict[str, Any] = json.loads(event.note)
    return facts


def as_json(event: TraceEvent) -> dict[str, object]:
    """One event in the JSON shape."""
    if event.kind is TraceKind.HEADER:
        return {**_FORMAT, **_moment(event), **header_facts(event)}
    marks: dict[str, object] = {"masked": True} if event.masked else {}
    return {
        "type": "trace",
        **_moment(event),
        "kind": event.kind.value,
        "data": event.data.hex(),
        "note": event.note,
        **marks,
    }


def _moment(event: TraceEvent) -> dict[str, object]:
    return {
        "utc": event.utc.astimezone(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z"),
        "monotonic_s": round(event.monotonic_s, 6),
        "link": event.link,
    }


def write_json_lines(events: Iterable[TraceEvent], file: TextIO) -> int:
    """Write `events` to `file`, one object per line; returns how many."""
    count = 0
    for count, event in enumerate(events, 1):  # noqa: B007 - the last number is the result
        file.write(json.dumps(as_json(event), separators=(",", ":")) + "\n")
    return count


def write_text(events: Iterable[TraceEvent], file: TextIO) -> int:
    """Write `events` for people: time, seconds since the event before, kind, hex in rows of 16 with ASCII beside."""
    before_s: float | None = None
    link, day, count = "", "", 0
    for count, event in enumerate(events, 1):  # noqa: B007
        if event.link != link:
            link = event.link
            file.write(f"# {plain_text(link)}\n")
        if (today := iso_z(event.utc)[:10]) != day:
            day = today
            file.write(f"# {DAY} {day}\n")
        step_s = 0.0 if before_s is None else event.monotonic_s - before_s
        before_s = event.monotonic_s
        head = f"{iso_z(event.utc)[11:-1]:<12} {step_s:+10.4f} {event.kind.value:<5}"
        if event.note or not event.data:
            file.write(f"{head} {plain_text(event.note)}".rstrip() + "\n")
        for offset in range(0, len(event.data), 16):
            row = event.data[offset : offset + 16]
            seen = "".join(chr(byte) if 32 <= byte < 127 else "." for byte in row)
            file.write(f"{head} {row.hex(' '):<48} {seen}\n")
            head = " " * len(head)
    return count


def read_json_lines(path: Path) -> list[TraceEvent]:
    """The events in the file at `path`. Raises TraceFileError, naming the line."""
    return list(stream_json_lines(path))


def stream_json_lines(path: Path) -> Iterator[TraceEvent]:
    """The events in the file at `path`, one after the other. Raises TraceFileError, naming the line."""
    found = False
    try:
        with path.open(encoding="utf-8", newline="\n") as file:
            for event in parse_json_lines(_lines(file), str(path)):
                found = True
                yield event
    except UnicodeDecodeError as error:
        raise file_error(str(path), None, _("it is not UTF-8 text")) from error
    except OSError as error:
        message = _("Cannot read the trace {file}: {cause}.").format(file=path, cause=error.strerror or error)
        raise TraceFileError(message, remedy=_("Check the file's name and permissions."), file=str(path)) from error
    if not found:
        raise file_error(str(path), None, _("it holds no trace events"))


def parse_json_lines(lines: Iterable[str], source: str = "-") -> Iterator[TraceEvent]:
    """The events in `lines`, as they come. Empty lines and a command's own result line are passed over."""
    count = 0
    for number, line in enumerate(lines, 1):
        if len(line) > MAX_LINE:
            raise file_error(source, number, _("the line is longer than {n} characters").format(n=MAX_LINE))
        if not line.strip():
            continue
        event = _parse(line, source, number)
        if event is None:
            continue
        count += 1
        if count > MAX_EVENTS:
            raise file_error(source, number, _("there are more than {n} events").format(n=MAX_EVENTS))
        yield event


def _lines(file: TextIO) -> Iterator[str]:
    while line := file.readline(MAX_LINE + 1):
        yield line


def _parse(line: str, source: str, number: int) -> TraceEvent | None:
    try:
        fields = json.loads(line)
    except (ValueError, RecursionError) as error:
        raise file_error(source, number, _("it is not JSON")) from error
    if not isinstance(fields, dict):
        raise file_error(source, number, _("it is not a JSON object"))
    if fields.get("type") in _OTHER_LINES or _is_other_header(fields):
        return None
    try:
        if fields.get("type") == "header":
            return _header(fields)
        if fields.get("type") != "trace":
            raise ValueError(_('"type" is not "trace"'))
        return TraceEvent(
            *_moment_of(fields),
            _kind(fields.get("kind")),
            _data(fields.get("data", "")),
            _text(fields, "note", ""),
            _flag(fields, "masked"),
        )
    except ValueError as error:
        raise file_error(source, number, str(error)) from error


def _is_other_header(fields: dict[str, Any]) -> bool:
    """A header of another format, or one for a whole file: it tells nothing of a conversation."""
    return fields.get("type") == "header" and (fields.get("format") != _FORMAT["format"] or "utc" not in fields)


def _header(fields: dict[str, Any]) -> TraceEvent:
    if fields.get("version") != _FORMAT["version"]:
        raise ValueError(_("the header is of a version that is not known here"))
    facts = {key: value for key, value in fields.items() if key not in (*_FORMAT, *_OF_EVENT)}
    event = header_event(*_moment_of(fields), facts)
    if len(event.note) > MAX_NOTE:
        raise ValueError(_("the header is longer than {n} characters").format(n=MAX_NOTE))
    return event


def _moment_of(fields: dict[str, Any]) -> tuple[datetime, float, str]:
    return _time(fields.get("utc")), _seconds(fields.get("monotonic_s")), _text(fields, "link")


def _time(value: Any) -> datetime:
    problem = _('"utc" is not a UTC time such as 2026-01-31T12:00:00.123456Z')
    if not isinstance(value, str) or not value.endswith("Z"):
        raise ValueError(problem)
    try:
        return datetime.fromisoformat(value).astimezone(UTC)
    except (ValueError, OverflowError) as error:
        raise ValueError(problem) from error


def _seconds(value: Any) -> float:
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not abs(value) < _MAX_SECONDS:
        raise ValueError(_('"monotonic_s" is not a number of seconds'))
    return float(value)


def _kind(value: Any) -> TraceKind:
    try:
        if value == TraceKind.HEADER:
            raise ValueError
        return TraceKind(value)
    except ValueError:
        kinds = ", ".join(kind.value for kind in TraceKind if kind is not TraceKind.HEADER)
        raise ValueError(_('"kind" is not one of {kinds}').format(kinds=kinds)) from None


def _data(value: Any) -> bytes:
    if not isinstance(value, str) or len(value) % 2 or not all(c in "0123456789abcdefABCDEF" for c in value):
        raise ValueError(_('"data" is not an even number of hex digits'))
    return bytes.fromhex(value)


def _text(fields: dict[str, Any], key: str, default: str | None = None) -> str:
    value = fields.get(key, default)
    if not isinstance(value, str) or len(value) > MAX_NOTE:
        raise ValueError(_('"{key}" is not a text of at most {n} characters').format(key=key, n=MAX_NOTE))
    return value


def _flag(fields: dict[str, Any], key: str) -> bool:
    value = fields.get(key, False)
    if not isinstance(value, bool):
        raise ValueError(_('"{key}" is neither true nor false').format(key=key))
    return value


def file_error(source: str, number: int | None, problem: str) -> TraceFileError:
    """The refusal of a trace file, for what is wrong in line `number` (None: with all of it)."""
    if number is None:
        message = _("{file} is not a trace: {problem}.").format(file=source, problem=problem)
        return TraceFileError(message, remedy=_("Export the trace again as JSON Lines."), file=source)
    message = _("{file}, line {line}: {problem}.").format(file=source, line=number, problem=problem)
    remedy = _("Export the trace again, or take that line out if you know what it was.")
    return TraceFileError(message, remedy=remedy, file=source, line=number)
