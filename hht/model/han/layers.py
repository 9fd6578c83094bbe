"""HAN traffic decoded: what a message means, and how it travels, by the seven OSI layers (HAN-01).

Devices of the premises speak the ZigBee Smart Energy Profile (SEP) with one another. A remote party's message to an
electricity meter is DLMS: a SEP tunnel carries it, and ZigBee has no part in it but to set the tunnel up, to carry
octets, and to close it (HAN-02, HAN-08). Layers and profiles are data (``resources/catalogue/han_layers.toml``); no
wire format is here: what a layer holds is said in words.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from hht.model.commands import Command
from hht.model.device import Alert, DeviceKind
from hht.model.han.profiles import layer_rows, profiles
from hht.model.han.requests import HanRequest
from hht.model.han.traffic import HanMessage
from hht.model.wan.frames import octets

if TYPE_CHECKING:
    from collections.abc import Iterator

    from hht.model.han.network import HomeAreaNetwork

FRAME_OCTETS = 127
TUNNEL = "0x0704 Tunneling"
_CLUSTERS = {  # of requests between devices; the others are Metering's (factbook 6.2)
    "ReadPrices": "0x0700 Price",
    "ReadTariffInformation": "0x0700 Price",
    "ReadNotices": "0x0703 Messaging",
    "ReadPrepayment": "0x0705 Prepayment",
    "RequestEmergencyCredit": "0x0705 Prepayment",
    "EnterTopUp": "0x0705 Prepayment",
    "PollLoadControl": "0x0701 Demand Response and Load Control",
    "ReadSwitchTimes": "0x0701 Demand Response and Load Control",
    "ReadDisplay": "0x0708 Device Management",
    "PressButton": "0x0708 Device Management",
    "ReadSharedEvents": "0x0709 Events",
}
_SPEAKS_DLMS = (DeviceKind.ESME, DeviceKind.COMMUNICATIONS_HUB)


@dataclass(frozen=True, slots=True)
class Layer:
    """One layer of one message. `group`: "application" (what it means) or "physical" (medium and transport)."""

    osi: int
    name: str
    group: str
    text: str


@dataclass(frozen=True, slots=True)
class Step:
    """What SEP does with a tunnelled message; what is inside, it does not look at."""

    command: str
    content: str


def decode(message: HanMessage, network: HomeAreaNetwork) -> tuple[Layer, ...]:
    """The seven layers of a message, the application's first."""
    size = octets(message.content)
    content, tunnelled = type(message.content).__name__, is_tunnelled(message)
    values = {
        "application": _application(message, content),
        "presentation": "DLMS A-XDR" if speaks_dlms(message) else "ZigBee cluster library types",
        "session": f"SEP cluster {TUNNEL}: opaque octets" if tunnelled else f"SEP cluster {cluster(message)}",
        "octets": size,
        "pan": network.pan_id,
        "source": message.source.name,
        "target": message.target.name,
        "coordinator": network.coordinator,
        "frames": -(-size // FRAME_OCTETS),
        "quality": f"{message.quality.rssi_dbm} dBm, LQI {message.quality.lqi}, hops {message.quality.hops}",
    }
    wired = network.medium.wired
    return tuple(
        Layer(row.osi, row.name, row.group, (row.wired if wired else row.radio).format(**values))
        for row in layer_rows()
    )


def tunnel_steps(message: HanMessage) -> Iterator[Step]:
    """What SEP does for a tunnelled message: it asks whether the protocol is supported, carries octets, closes."""
    if is_tunnelled(message):
        yield Step("Request Tunnel", "is the protocol supported?")
        yield Step("Transfer Data", f"{octets(message.content)} octets")
        yield Step("Close Tunnel", "")


def is_tunnelled(message: HanMessage) -> bool:
    """Whether it is between a remote party and a device: through the hub, from end to end."""
    return not message.local


def speaks_dlms(message: HanMessage) -> bool:
    """Whether the device at the end of the tunnel speaks DLMS; what is not tunnelled never is."""
    device = message.target if isinstance(message.content, Command) else message.source
    return is_tunnelled(message) and device.kind in _SPEAKS_DLMS


def cluster(message: HanMessage) -> str:
    """The SEP cluster of a message between devices."""
    asked = message.content if isinstance(message.content, HanRequest) else message.answers
    return _CLUSTERS.get(type(asked).__name__, "0x0702 Metering")


def _application(message: HanMessage, content: str) -> str:
    protocol = "DLMS/COSEM" if speaks_dlms(message) else str(profiles()[message.profile])
    if isinstance(message.content, Command):
        return f"{protocol}: {message.content.use_case} {content}"
    if isinstance(message.content, Alert):
        return f"{protocol}: alert {message.content.code:04X}"
    if isinstance(message.content, HanRequest):
        return f"{protocol}: {content}"
    return f"{protocol}: answer to {type(message.answers).__name__}"
