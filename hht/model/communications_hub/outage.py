"""Who notices that a premises is off supply, and who tells: the hub, the meter through the hub, or the network.

The hub's usual way: after three minutes without mains it sends its last message from its reserve. Placed in the meter,
the notice is the meter's, which sensed the loss; the hub only carries it (DNO-05). Placed in the provider's network,
nothing is sent from the premises: the network misses the hub, later, and needs no reserve for it.
"""

from __future__ import annotations

import enum
from collections.abc import Callable
from typing import TYPE_CHECKING

from hht.model.agenda import MINUTE_MS, Appointment
from hht.model.alert_codes import AlertCode
from hht.model.communications_hub.power import OUTAGE_ALERT_MS
from hht.model.device import Alert, Device

if TYPE_CHECKING:
    from hht.model.communications_hub.hub import CommunicationsHub

MISSED_MS = 10 * MINUTE_MS  # our own number: after so long a provider's network misses a hub


class OutageDetection(enum.StrEnum):
    """Where it is placed."""

    HUB = "hub"
    METER = "meter"
    NETWORK = "network"


class OutageNotice:
    """One hub's. `from_network`: how the provider's network tells the centre; the WAN module sets it."""

    def __init__(self, hub: CommunicationsHub, placed: OutageDetection) -> None:
        self._hub = hub
        self.placed = placed
        self.told = False
        self.from_network: Callable[[Alert], None] | None = None
        self._due: Appointment | None = None

    def power_changed(self) -> None:
        """The hub has lost its power, or has it again."""
        hub = self._hub
        if hub.powered:
            if self._due is not None:
                self._due.cancel()
            if self.told:
                hub.send(self._alert(AlertCode.SUPPLY_OUTAGE_RESTORED_LONG))
            self.told = False
        elif self.placed is OutageDetection.NETWORK:
            self._due = hub.site.agenda.after(MISSED_MS, self._missed)
        elif hub.power.lasts_ms >= OUTAGE_ALERT_MS:
            self._due = hub.site.agenda.after(OUTAGE_ALERT_MS, self._tell)
        else:
            hub.site.tell(hub.name, "cannot tell an outage", "too little is left in its reserve")

    def _tell(self) -> None:
        """Three minutes without mains: the last message, from what the hub holds in reserve."""
        self.told = True
        self._hub.send(self._alert(AlertCode.SUPPLY_INTERRUPTED))

    def _missed(self) -> None:
        if self.from_network is not None:
            self.told = True
            self.from_network(self._alert(AlertCode.SUPPLY_INTERRUPTED))

    def _alert(self, code: AlertCode) -> Alert:
        """In the name of whoever noticed it."""
        hub = self._hub
        meter = hub.power.meter if self.placed is OutageDetection.METER else None
        noticed: Device = hub if meter is None else meter
        said = "missed by the network" if self.placed is OutageDetection.NETWORK else ""
        return Alert(noticed.name, noticed.identity.device_id, code, hub.site.agenda.now_ms, said)
