"""Every write and action that the meter has served, counted: what a test that kills the terminal asks afterwards."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from hht.model.electricity_meter.items import Action, Item


@dataclass(frozen=True, slots=True)
class ServedWrite:
    """One served write (`action` None) or action. `count`: how many of this item and action so far, with this one."""

    item: Item
    action: Action | None
    value: str
    time: datetime  # true time
    client: int  # SAP
    count: int


class WriteLedger:
    """The record, in order. Observers are told before the answer leaves."""

    def __init__(self) -> None:
        self._entries: list[ServedWrite] = []
        self._counts: Counter[tuple[Item, Action | None]] = Counter()
        self._observers: list[Callable[[ServedWrite], None]] = []

    @property
    def entries(self) -> tuple[ServedWrite, ...]:
        """Everything served so far, oldest first."""
        return tuple(self._entries)

    def count(self, item: Item, action: Action | None = None) -> int:
        """How often `item` was written (or `action` done to it)."""
        return self._counts[item, action]

    def observe(self, observer: Callable[[ServedWrite], None]) -> None:
        """Call `observer` with every entry from now on, synchronously."""
        self._observers.append(observer)

    def record(self, item: Item, action: Action | None, value: str, time: datetime, client: int) -> None:
        """Count one served write or action."""
        self._counts[item, action] += 1
        entry = ServedWrite(item, action, value, time, client, self._counts[item, action])
        self._entries.append(entry)
        for observer in self._observers:
            observer(entry)
