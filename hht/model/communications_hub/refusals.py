"""Who wanted to join and is not listed: a line of the hub's Security Log, with the Device ID.

That a hub writes one, and how often, is in no source here (0x8F3E is GBCS's code for it): ours, once an hour for each
device, for one that tries again every minute would push everything else out of a log of a hundred lines.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from hht.model.agenda import MINUTE_MS
from hht.model.alert_codes import AlertCode
from hht.model.alert_routes import LogName

if TYPE_CHECKING:
    from hht.model.device import Device

AGAIN_MS: Final = 60 * MINUTE_MS
MOST: Final = 64  # devices that are remembered; a crowd of strangers is told as it comes


class Refusals:
    """Of one hub."""

    def __init__(self, hub: Device) -> None:
        self._hub = hub
        self._told_ms: dict[str, int] = {}

    def note(self, device_id: str) -> None:
        """That device was turned away."""
        now_ms = self._hub.site.agenda.now_ms
        told_ms = self._told_ms.get(device_id)
        if told_ms is not None and now_ms - told_ms < AGAIN_MS:
            return
        if len(self._told_ms) >= MOST:
            self._told_ms.clear()
        self._told_ms[device_id] = now_ms
        log = self._hub.logs[LogName.SECURITY]
        log.add(self._hub.time_believed(), AlertCode.UNAUTHORISED_COMMUNICATION, device_id)
