"""Is the network that is installed fit for all that the home has? What an engineer looks at before leaving.

Every device that may be on the HAN is looked at, not only those of the installer's own fuel (HAN-16).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from hht.i18n import _
from hht.model.device import DeviceKind
from hht.model.han.network import ATTEMPTS
from hht.model.radio.bands import BANDS
from hht.model.radio.medium import RadioMedium, WiredMedium

if TYPE_CHECKING:
    from hht.model.communications_hub.hub import CommunicationsHub

_TOPS_UP = (DeviceKind.IHD, DeviceKind.PPMID)


@dataclass(frozen=True, slots=True)
class Served:
    """How the hub hears a device: dBm, LQI 0 to 255, chance of a frame in thousandths. `noisy`: requests of it that the
    hub dropped because there were too many."""

    device: str
    kind: DeviceKind
    joined: bool
    rssi_dbm: int
    lqi: int
    success: int
    noisy: int = 0
    attempts: int = ATTEMPTS

    @property
    def effective(self) -> int:
        """Chance of a message, thousandths, with what the network does about frames that are lost (HAN-15)."""
        lost = 1000
        for _attempt in range(self.attempts):
            lost = lost * (1000 - self.success) // 1000
        return 1000 - lost

    @property
    def served(self) -> bool:
        """Whether a link with it can stand."""
        return self.success >= 500


def survey(hub: CommunicationsHub) -> tuple[Served, ...]:
    """Every device that stands where it may hear the hub, joined or not."""
    network = hub.network
    found = []
    for device_id, node in network.nearby.items():
        quality = network.quality(node.device.name)
        found.append(
            Served(
                node.device.name,
                node.device.kind,
                node.joined,
                quality.rssi_dbm,
                quality.lqi,
                quality.success,
                network.containment.dropped.get(device_id, 0),
                network.attempts,
            )
        )
    return tuple(found)


def _disturbed(hub: CommunicationsHub) -> tuple[str, ...]:
    """Whose transmissions the hub's network disturbs, where there is a radio (EDG-15)."""
    medium = hub.network.medium
    radio = medium.radio if isinstance(medium, WiredMedium) else medium
    if not isinstance(radio, RadioMedium):
        return ()
    return tuple(name for name in radio.disturbed(hub.name, hub.site.now_ms) if name != hub.name)


def loss_db(radio: RadioMedium, band: str, one: str, other: str) -> int:
    """How much of the signal is lost between two devices in a band, tenths of a dB (HAN-12)."""
    return BANDS[band].transmit - radio.level(BANDS[band], one, other)


def before_leaving(hub: CommunicationsHub, *, prepaid: bool, accessible: bool) -> tuple[str, ...]:
    """What is not right yet, in sentences; empty where the engineer may go. `prepaid`: a meter here is; `accessible`:
    the people can reach the meters themselves (PPM-16)."""
    found = survey(hub)
    said = [_("{device} is not heard by the hub.").format(device=one.device) for one in found if not one.served]
    said += [
        _("{device} is heard, and has not joined.").format(device=one.device)
        for one in found
        if one.served and not one.joined
    ]
    said += [
        _("{device} asks without end: {count} requests were dropped.").format(device=one.device, count=one.noisy)
        for one in found
        if one.noisy
    ]
    said += [
        _("The network gets into what {name} sends: choose another channel there.").format(name=name)
        for name in _disturbed(hub)
    ]
    shows = any(one.served and one.joined for one in found if one.kind in _TOPS_UP)
    if prepaid and not accessible and not shows:
        said.append(_("Nobody can reach the meters, and no display that is in range shows or takes top-ups."))
    return tuple(said)
