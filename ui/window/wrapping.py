"""Text broken into lines for those who paint it themselves. Plain Python: `advance` measures, in pixels."""

from __future__ import annotations

import re
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


BREAK = "\u200b"  # zero width space: a line may end here
WHOLE, PIECE = 30, 8  # characters of a word that stay together; of the pieces that a longer one falls into


def breakable(text: str) -> str:
    """`text` with places to break in words so long that they would not fit a line and push everything out of sight."""
    if all(len(word) <= WHOLE for word in text.split()):
        return text
    return re.sub(rf"\S{{{WHOLE + 1},}}", lambda word: re.sub(f"(.{{{PIECE}}})", rf"\1{BREAK}", word[0]), text)


def _cut(line: str, advance: Callable[[str], float], room: float) -> str:
    if advance(line) <= room:
        return line
    while line and advance(f"{line}…") > room:
        line = line[:-1]
    return f"{line.rstrip()}…"
