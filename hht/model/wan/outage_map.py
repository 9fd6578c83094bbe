"""A network operator's view of a street: who is off supply, who has it again, and where a second fault is likely.

Restoration alerts ("first breath") of neighbours tell that the street is fed again; who has not told stays off, by a
fault of its own (DNO-07).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from hht.model.alert_codes import AlertCode
from hht.model.wan.mailbox import OUTAGE, Notice

_LOST = frozenset(code for code in AlertCode if 0x8F57 <= code <= 0x8F5A)


@dataclass(slots=True)
class OutageMap:
    """`feeds`: premises by the feeder that they hang on; `since_ms`: who is off, since when (true time)."""

    feeds: Mapping[str, str]
    since_ms: dict[str, int] = field(default_factory=dict)
    restored_ms: dict[str, int] = field(default_factory=dict)

    def take(self, premises: str, notices: Iterable[Notice]) -> None:
        """What the operator's mailbox has of one premises, oldest first."""
        for notice in notices:
            if notice.alert.code in _LOST:
                self.since_ms.setdefault(premises, notice.alert.time_ms)
                self.restored_ms.pop(premises, None)
            elif notice.alert.code in OUTAGE:
                self.since_ms.pop(premises, None)
                self.restored_ms[premises] = notice.alert.time_ms

    def secondary_faults(self) -> tuple[str, ...]:
        """Who is still off though a neighbour on the same feeder has had its supply restored since."""
        fed: dict[str, int] = {}  # by feeder: when the last of its premises came back
        for name, time_ms in self.restored_ms.items():
            fed[self.feeds[name]] = max(time_ms, fed.get(self.feeds[name], time_ms))
        return tuple(
            name
            for name, since_ms in sorted(self.since_ms.items())
            if self.feeds[name] in fed and fed[self.feeds[name]] > since_ms
        )
