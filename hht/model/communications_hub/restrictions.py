"""How a hub's configuration may restrict what the smart metering system has to do at least (S1E-10).

A SMETS1 site whose hub does so is not migrated; any hub's restrictions are shown with its premises.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from hht.i18n import _
from hht.model.communications_hub.power import OUTAGE_ALERT_MS, Feed
from hht.model.device import Device, DeviceKind

if TYPE_CHECKING:
    from hht.model.communications_hub.hub import CommunicationsHub


def restrictions(hub: CommunicationsHub, devices: Sequence[Device]) -> tuple[str, ...]:
    """What the hub, as it is set up among these devices, keeps them from; none where it keeps them from nothing."""
    return tuple(_found(hub, [device for device in devices if device.node is not None and _outside(device)]))


def _outside(device: Device) -> bool:
    return device.kind is not DeviceKind.GPF


def _found(hub: CommunicationsHub, devices: Sequence[Device]) -> Iterator[str]:
    if hub.power.feed in (Feed.SOCKET, Feed.PORT_BEHIND):
        yield _("it is fed from {feed}: with the supply off nothing can be done from afar").format(feed=hub.power.feed)
    if hub.power.reserve_s * 1000 < OUTAGE_ALERT_MS:
        yield _("its reserve of {seconds} s does not last until the outage alert").format(seconds=hub.power.reserve_s)
    if hub.device_log.capacity < len(devices):
        yield _("its Device Log has room for {capacity} of {count} devices").format(
            capacity=hub.device_log.capacity, count=len(devices)
        )
    own = {"wired", "2400", "868"} if hub.configuration.dual_band else {"wired", "2400"}
    deaf = [device.name for device in devices if device.node is not None and not device.node.bands & own]
    if deaf:
        yield _("it has no band in common with {devices}").format(devices=", ".join(deaf))
