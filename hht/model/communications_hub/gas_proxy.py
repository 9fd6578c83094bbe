"""The Gas Proxy Function: what the rest of the HAN knows of the sleeping gas meter."""

from __future__ import annotations

from hht.model.device import Device, DeviceIdentity, DeviceKind
from hht.model.site import Site


class GasProxyFunction(Device):
    """The GPF of a hub. Its Device ID is the one printed for HAN use, and the Extended PAN ID (factbook 0, 8)."""

    kind = DeviceKind.GPF

    def __init__(self, site: Site, name: str, identity: DeviceIdentity) -> None:
        super().__init__(site, name, identity)
        self.refreshed_ms: int | None = None  # when the mirror was last brought up to date
