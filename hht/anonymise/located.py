"""Octets that know where they stand: what is changed in them is changed there, over frames and blocks."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Span:
    """``buffer[start:end]``."""

    buffer: bytearray
    start: int
    end: int


class Located:
    """Octets that are pieces of one or more buffers, in order."""

    def __init__(self, spans: Iterable[Span] = ()) -> None:
        self._spans = [span for span in spans if span.start < span.end]

    @classmethod
    def of(cls, buffer: bytearray, start: int = 0, end: int | None = None) -> Located:
        """A piece of one buffer."""
        return cls([Span(buffer, start, len(buffer) if end is None else end)])

    def __len__(self) -> int:
        return sum(span.end - span.start for span in self._spans)

    def __bytes__(self) -> bytes:
        return b"".join(bytes(span.buffer[span.start : span.end]) for span in self._spans)

    def __add__(self, other: Located) -> Located:
        return Located([*self._spans, *other._spans])

    def part(self, start: int, end: int | None = None) -> Located:
        """``self[start:end]``."""
        found, at = [], 0
        stop = len(self) if end is None else end
        for span in self._spans:
            size = span.end - span.start
            first, last = max(start - at, 0), min(stop - at, size)
            if first < last:
                found.append(Span(span.buffer, span.start + first, span.start + last))
            at += size
        return Located(found)

    def write(self, octets: bytes) -> None:
        """Put `octets`, as many as there are, in their place."""
        assert len(octets) == len(self)
        at = 0
        for span in self._spans:
            size = span.end - span.start
            span.buffer[span.start : span.end] = octets[at : at + size]
            at += size
