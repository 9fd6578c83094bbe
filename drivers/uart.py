"""What a UART makes of a wire: characters as levels in time, and what a receiver at another speed samples of them.

So the garbage of two different speeds is the real one, and may be told from noise: a slow sender gives a fast receiver
characters with one edge at most (00, 80, C0 ... FF), a fast one gives a slow receiver few characters of any kind.
"""

from __future__ import annotations

from typing import Final

BITS: Final = 10  # start, eight bits (parity is one of them), stop
_DATA_BITS: Final = 8
_STOP_AT: Final = _DATA_BITS + 1.5  # bit-times from the edge of the start bit to the middle of the stop bit


class UartReceiver:
    """Samples each bit in its middle, as UARTs do. Time is in seconds of the wire, whatever pace it is simulated at."""

    def __init__(self, baud: int) -> None:
        self.baud = baud
        self._levels: list[tuple[float, int]] = []  # (when it ends, level), seconds since the oldest one began

    @property
    def waits(self) -> bool:
        """A character has begun, and its stop bit has not come."""
        return any(not level for _end, level in self._levels)

    def hear(self, data: bytes, sent_at: int, *, idle_s: float = 0.0) -> bytes:
        """The characters made of `data` sent at `sent_at` baud, after the line was idle for `idle_s`."""
        self._drive(1, idle_s)
        bit_s = 1 / max(1, sent_at)
        for byte in data:
            self._drive(0, bit_s)
            for place in range(_DATA_BITS):
                self._drive(byte >> place & 1, bit_s)
            self._drive(1, bit_s)
        return self._taken()

    def rest(self) -> bytes:
        """The line stays idle: the character that had begun, if one had."""
        self._drive(1, 2 * BITS / self.baud)
        return self._taken()

    def _drive(self, level: int, seconds: float) -> None:
        if seconds <= 0:
            return
        end = (self._levels[-1][0] if self._levels else 0.0) + seconds
        if self._levels and self._levels[-1][1] == level:
            self._levels.pop()
        self._levels.append((end, level))

    def _taken(self) -> bytes:
        characters, bit_s = bytearray(), 1 / max(1, self.baud)
        while (start := self._next_edge()) is not None:
            ends = self._levels[-1][0]
            if start + 0.5 * bit_s < ends and self._at(start + 0.5 * bit_s):
                self._forget(start + 0.5 * bit_s)  # shorter than half a bit: no start bit, as UARTs see it
                continue
            if start + _STOP_AT * bit_s >= ends:
                self._forget(start)
                break
            bits = [self._at(start + (place + 1.5) * bit_s) for place in range(_DATA_BITS)]
            characters.append(sum(bit << place for place, bit in enumerate(bits)))
            self._forget(start + _STOP_AT * bit_s)
            if self._levels and not self._levels[0][1]:  # no stop bit: it waits until the line is idle again
                self._forget(self._levels[0][0])
        else:
            self._levels.clear()
        return bytes(characters)

    def _next_edge(self) -> float | None:
        """When the line next goes low; None where it stays idle."""
        begin = 0.0
        for end, level in self._levels:
            if not level:
                return begin
            begin = end
        return None

    def _at(self, moment: float) -> int:
        return next((level for end, level in self._levels if moment < end), 1)

    def _forget(self, before: float) -> None:
        """Begin to count time at `before`."""
        self._levels = [(end - before, level) for end, level in self._levels if end > before]
