"""Event Log and Security Log: circular, 100 entries each (factbook 2.3). The Security Log can never be cleared."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

LOG_ENTRIES = 100
OTHER_INFORMATION_OCTETS = 40


@dataclass(frozen=True, slots=True)
class LogRecord:
    """One entry: the meter's time, an alert code (GBCS), and a few words beside it (ASCII, at most 40 octets)."""

    time: datetime
    code: int
    information: str = ""


class CircularLog:
    """The last entries; the oldest is overwritten."""

    def __init__(self, name: str, *, clearable: bool, capacity: int = LOG_ENTRIES) -> None:
        self.name = name
        self.clearable = clearable
        self.capacity = capacity
        self.written = 0  # entries ever made, those that were overwritten or cleared too
        self._records: deque[LogRecord] = deque(maxlen=capacity)

    def __len__(self) -> int:
        return len(self._records)

    def __iter__(self) -> Iterator[LogRecord]:
        """Oldest first."""
        return iter(tuple(self._records))

    def add(self, time: datetime, code: int, information: str = "") -> None:
        """Write one entry."""
        self.written += 1
        shown = information.encode("ascii", "replace").decode("ascii")[:OTHER_INFORMATION_OCTETS]
        self._records.append(LogRecord(time, int(code), shown))

    def clear(self) -> None:
        """Forget every entry. Raises ValueError for a log that can never be cleared: the caller has to refuse first."""
        if not self.clearable:
            raise ValueError(f"the {self.name} log can never be cleared")
        self._records.clear()
