"""A consumer's device that asks without end must not keep the hub from the meters: the hub stops listening to it.

So many requests a minute are let through; the rest is dropped, and counted where an engineer finds it (CAD-20).
"""

from __future__ import annotations

from hht.model.agenda import MINUTE_MS

REQUESTS_A_MINUTE = 600  # our own number: far beyond any display


class Containment:
    """Of one network. `dropped`: requests by Device ID that were not listened to."""

    def __init__(self) -> None:
        self.dropped: dict[str, int] = {}
        self._minutes: dict[str, tuple[int, int]] = {}  # by Device ID: the minute, and how many in it

    def lets(self, device_id: str, now_ms: int) -> bool:
        """Whether the hub listens to one more request of this device."""
        minute, count = self._minutes.get(device_id, (0, 0))
        if minute != now_ms // MINUTE_MS:
            minute, count = now_ms // MINUTE_MS, 0
        self._minutes[device_id] = minute, count + 1
        if count < REQUESTS_A_MINUTE:
            return True
        self.dropped[device_id] = self.dropped.get(device_id, 0) + 1
        return False
