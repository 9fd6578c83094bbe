"""Numbers: profiles, clusters, endpoints (factbook 6.2)."""

from __future__ import annotations

from typing import Final

SMART_ENERGY: Final = 0x0109  # profile
TIME: Final = 0x000A
TUNNELLING: Final = 0x0704
KEY_ESTABLISHMENT: Final = 0x0800

CLUSTERS: Final = {
    0x0000: "Basic",
    TIME: "Time",
    0x0700: "Price",
    0x0701: "Demand Response and Load Control",
    0x0702: "Metering",
    0x0703: "Messaging",
    TUNNELLING: "Tunneling",
    0x0705: "Prepayment",
    0x0707: "Calendar",
    0x0708: "Device Management",
    0x0709: "Events",
    KEY_ESTABLISHMENT: "Key Establishment",
}
