"""The consumer bridge: on the HAN a consumer's device that reads, on the other side the home's own network (CAD-23).

What it reads it passes on; while the home's network is down it keeps so much, the oldest first to go. Nothing comes
back through it: it asks for consumption only, and the hub refuses a consumer's device anything that changes (CAD-01).
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass

from hht.model.agenda import SECOND_MS
from hht.model.consumer_devices.access_device import AccessConfiguration, AccessDevice
from hht.model.device import DeviceKind
from hht.model.site import Site

KEPT = 96  # readings, two days of half-hours: our own number


@dataclass(frozen=True, slots=True)
class Reading:
    """One meter at one moment (true time): Wh imported and exported, W drawn now."""

    time_ms: int
    meter: str
    import_wh: int
    export_wh: int
    power_w: int


class ConsumerBridge(AccessDevice):
    """A bridge. `passed_on`: what has reached the home's network, and so the owner's service."""

    kind = DeviceKind.BRIDGE

    def __init__(self, configuration: AccessConfiguration, site: Site) -> None:
        super().__init__(configuration, site)
        self.home_network = True
        self.kept: deque[Reading] = deque(maxlen=KEPT)
        self.passed_on: list[Reading] = []
        every_ms = configuration.uploads_s * SECOND_MS
        if every_ms:
            site.agenda.every(every_ms, self._pass_on, first_ms=site.agenda.now_ms + every_ms)

    def upload(self) -> None:
        """Read now, and pass it on (somebody looks at the owner's app)."""
        self.site.catch_up()
        self._pass_on()

    def network(self, up: bool) -> None:
        """The home's own network fails or comes back: what was kept goes out, in its order."""
        self.site.catch_up()
        self.home_network = up
        self.site.tell(self.name, "home network up" if up else "home network down")
        self._empty()

    def _pass_on(self) -> None:
        self.kept.extend(
            Reading(self.site.agenda.now_ms, meter, shown.import_wh, shown.export_wh, shown.import_w)
            for meter, shown in self.shown()
        )
        self._empty()

    def _empty(self) -> None:
        if self.home_network:
            self.passed_on += self.kept
            self.kept.clear()
