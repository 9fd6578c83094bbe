"""Text broken into lines for those who paint it themselves. Plain Python: `advance` measures, in pixels."""

from __future__ import annotations

from collections.abc import Callable


def wrapped(text: str, advance: Callable[[str], float], room: float, most: int) -> list[str]:
    """`text` in at most `most` lines (>= 1) no wider than `room`, broken between words; only what does not even then
    find room ends in "…"."""
    lines: list[str] = []
    words = text.split()
    while words and len(lines) < most:
        line = words.pop(0)
        while words and advance(f"{line} {words[0]}") <= room:
            line = f"{line} {words.pop(0)}"
        lines.append(line)
    if words:
        lines[-1] = " ".join((lines[-1], *words))
    return [_cut(line, advance, room) for line in lines]


def _cut(line: str, advance: Callable[[str], float], room: float) -> str:
    if advance(line) <= room:
        return line
    while line and advance(f"{line}…") > room:
        line = line[:-1]
    return f"{line.rstrip()}…"
