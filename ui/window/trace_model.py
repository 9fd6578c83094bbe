"""The trace as lines, and a frame as hex: plain Python."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import groupby
from typing import TYPE_CHECKING

from hht.i18n import _

if TYPE_CHECKING:
    from hht.work.verdict_told import Stretch
    from ui.services import TraceLine

KINDS: dict[str, tuple[str, ...]] = {
    "all": ("tx", "rx", "line", "state", "error", "header"),
    "sent": ("tx",),
    "received": ("rx",),
    "events": ("line", "state", "error", "header"),
}


def direction_words(kind: str) -> str:
    """Which way it went: glyph and word."""
    return {
        "tx": "→ " + _("sent"),
        "rx": "← " + _("received"),
        "line": "· " + _("line"),
        "state": "· " + _("state"),
        "error": "! " + _("error"),
        "header": "· " + _("opening"),
    }[kind]


def row_of_line(line: TraceLine) -> tuple[str, ...]:
    """(time, direction, bytes, summary)."""
    event = line.event
    time = f"{event.utc:%H:%M:%S}.{event.utc.microsecond // 1000:03d}"
    size = str(len(event.data)) if event.data else ""
    way = "· " + _("notice") if line.notice else direction_words(event.kind.value)
    return time, way, size, line.summary or event.note


def strip_words(line: TraceLine) -> str:
    """A line where there is room for little: time, glyph of the way, what."""
    _time, way, size, what = row_of_line(line)
    if line.notice:
        return f"{line.event.utc:%H:%M:%S}  {way}  {line.notice}"
    return f"{line.event.utc:%H:%M:%S}  {way[0]} {size:>4}  {what}"


_OCTETS = re.compile(r"(?:[0-9a-f]{2})+")


@lru_cache(maxsize=8)
def _sought(typed: str) -> tuple[tuple[tuple[str, ...], bytes | None], ...]:
    """What has to be there, each as words or as octets: words that are octets, one after the other, are one."""
    found: list[tuple[tuple[str, ...], bytes | None]] = []
    for octets, words in groupby(typed.casefold().split(), lambda word: _OCTETS.fullmatch(word) is not None):
        group = tuple(words)
        found += [(group, bytes.fromhex("".join(group)))] if octets else [((word,), None) for word in group]
    return tuple(found)


@dataclass
class TraceFilter:
    """Which lines are shown: a direction, and words that must occur in summary, note or hex. Octets that are typed one
    after the other stand so in the frame."""

    kinds: str = "all"
    words: str = ""

    def fits(self, line: TraceLine) -> bool:
        """True when the line is shown."""
        if line.event.kind.value not in KINDS[self.kinds]:
            return False
        text = f"{line.summary} {line.event.note} {line.protocol}".casefold()
        return all(
            all(word in text for word in words) or (octets is not None and octets in line.event.data)
            for words, octets in _sought(self.words)
        )

    def kept(self, lines: Sequence[TraceLine]) -> list[TraceLine]:
        """The lines that are shown."""
        return [line for line in lines if self.fits(line)]


def place_of(lines: Sequence[TraceLine], at: Stretch) -> tuple[int, int]:
    """Which of `lines` a stretch begins with, and how many belong to it; (0, 0) where none does."""
    if at.times is None:
        return 0, 0
    since, until = at.times
    found = [row for row, one in enumerate(lines) if one.event.link == at.link and since <= one.event.utc <= until]
    return (found[0], len(found)) if found else (0, 0)


PER_ROW = 16


def hex_text(data: bytes, per_row: int = PER_ROW) -> str:
    """`data` as rows: offset, bytes, and what can be printed."""
    rows = []
    for start in range(0, len(data), per_row):
        part = data[start : start + per_row]
        codes = " ".join(f"{byte:02X}" for byte in part).ljust(per_row * 3 - 1)
        seen = "".join(chr(byte) if 0x20 <= byte < 0x7F else "." for byte in part)
        rows.append(f"{start:04X}  {codes}  {seen}")
    return "\n".join(rows)


def hex_spans(start: int, end: int, total: int, per_row: int = PER_ROW) -> list[tuple[int, int]]:
    """Where bytes `start` up to `end` stand in `hex_text`: (position, length) of characters, one span per row."""
    spans = []
    end = min(end, total)
    place = max(0, start)
    while place < end:
        row = place // per_row
        stop = min(end, (row + 1) * per_row)
        # A row before the last is always full: 4 + 2 + codes + 2 + per_row + line end.
        row_at = row * (4 + 2 + per_row * 3 - 1 + 2 + per_row + 1)
        first = row_at + 6 + (place % per_row) * 3
        spans.append((first, (stop - place) * 3 - 1))
        place = stop
    return spans
