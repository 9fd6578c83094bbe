"""Messages of the HAN for whoever listens, and what they come to: sizes, frequency, throughput (CH-27).

Nobody listens unless asked to (`HomeAreaNetwork.traffic`, `WanModule.traffic`), so that it costs nothing otherwise.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple

from hht.model.agenda import HOUR_MS

if TYPE_CHECKING:
    from collections.abc import Callable

    from hht.model.device import DeviceKind
    from hht.model.han.medium import LinkQuality


class End(NamedTuple):
    """One end of a message: a device by its name, and what it is."""

    name: str
    kind: DeviceKind


@dataclass(frozen=True, slots=True)
class HanMessage:
    """One message at `time_ms` (true time), how the hub heard its far end, and the profile of the network. `content` is
    a request or answer between devices (`local`), or a remote party's command, its answer, or an alert; `answers`: what
    an answer is to."""

    time_ms: int
    source: End
    target: End
    content: object
    quality: LinkQuality
    profile: str
    local: bool = True
    answers: object = None


@dataclass(slots=True)
class TrafficMeter:
    """Sizes of messages since `since_ms` (true time). `size` gives the octets of one; `peak`: the longest; `busiest`:
    the most octets in one hour."""

    since_ms: int
    size: Callable[[object], int]
    messages: int = 0
    octets: int = 0
    peak: int = 0
    hours: dict[int, int] = field(default_factory=dict)

    def count(self, content: object, time_ms: int) -> None:
        """A message has gone by."""
        octets = self.size(content)
        self.messages += 1
        self.octets += octets
        self.peak = max(self.peak, octets)
        hour = time_ms // HOUR_MS
        self.hours[hour] = self.hours.get(hour, 0) + octets

    @property
    def busiest(self) -> int:
        """Octets of the busiest hour."""
        return max(self.hours.values(), default=0)

    def per_hour(self, now_ms: int) -> tuple[int, int]:
        """(messages, octets) per hour on average, rounded down."""
        elapsed = max(1, now_ms - self.since_ms)
        return self.messages * HOUR_MS // elapsed, self.octets * HOUR_MS // elapsed
