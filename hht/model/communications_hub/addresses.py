"""The hub's one address on the network, and the table by which it tells its devices from one another (CH-14).

The centre knows a hub by a single address that never changes; what comes for a device of the HAN comes to a port of
that address, which the hub translates to the device. A device keeps its port for as long as the hub knows it.
"""

from __future__ import annotations

from dataclasses import dataclass
from ipaddress import IPv6Address
from typing import TYPE_CHECKING

from hht.model.seeded import mix

if TYPE_CHECKING:
    from hht.model.communications_hub.hub import CommunicationsHub

FIRST_PORT = 49_152  # of those that nobody has registered
_PREFIX = 0xFD << 120  # unique local addresses


@dataclass(frozen=True, slots=True)
class Translation:
    """What comes to a port of the hub's address goes to the device with this ID."""

    port: int
    device_id: str


class Addresses:
    """The address and the table of one hub."""

    def __init__(self, hub: CommunicationsHub) -> None:
        self._hub = hub
        self._ports: dict[str, int] = {}

    @property
    def own(self) -> str:
        """The hub's one address, the same for ever."""
        device_id = self._hub.identity.device_id
        network = mix(self._hub.site.chance(f"network of {device_id}"), 0) & ((1 << 40) - 1)
        return str(IPv6Address(_PREFIX | network << 80 | int(device_id.replace("-", ""), 16)))

    def table(self) -> tuple[Translation, ...]:
        """A row for the proxy and for each device that is listed, in the order in which they came."""
        hub = self._hub
        listed = [hub.gpf.identity.device_id, *(one for network in hub.networks for one in network.log.entries)]
        for device_id in listed:
            self._ports.setdefault(device_id, FIRST_PORT + len(self._ports))
        return tuple(Translation(self._ports[device_id], device_id) for device_id in listed)

    def device_at(self, port: int) -> str | None:
        """Where what comes to this port goes: a Device ID; None where nobody is behind it."""
        return next((row.device_id for row in self.table() if row.port == port), None)
