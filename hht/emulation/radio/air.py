"""What a dongle's aerial hears in a premises: networks, and the energy on each channel of 2.4 GHz."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from hht.model.communications_hub import CommunicationsHub
from hht.model.han.network import HomeAreaNetwork
from hht.model.premises import Premises
from hht.model.radio.bands import BANDS
from hht.model.radio.medium import RadioMedium, WiredMedium
from hht.model.seeded import mix, subseed
from hht.protocol.znp.zdo import CHANNELS

TERMINAL: Final = "hht"  # its name in the premises: a house plan may say where it stands
_QUIET_DBM, _LOUD_DBM = -100, 0  # our own scale: what an energy of 0 and of 255 means
_FLOOR: Final = 6  # energy that is always there, at most (our own number)


@dataclass(frozen=True, slots=True)
class Heard:
    """A network whose beacon was heard; `hub` is at its middle."""

    hub: CommunicationsHub
    network: HomeAreaNetwork
    channel: int
    pan: int
    extended_pan: str  # 16 hex digits
    lqi: int


class Air:
    """The air of one premises at the terminal called `listener`."""

    def __init__(self, premises: Premises, listener: str = TERMINAL) -> None:
        self.premises = premises
        self._listener = listener
        self._seed = subseed(premises.site.seed, f"air at {listener}")
        self._scans = 0

    @property
    def _radio(self) -> RadioMedium | None:
        medium = self.premises.medium
        if isinstance(medium, WiredMedium):
            return medium.radio
        return medium if isinstance(medium, RadioMedium) else None

    def networks(self) -> list[Heard]:
        """Every network, heard or not."""
        return [self._seen(hub, network) for hub in self.premises.of(CommunicationsHub) for network in hub.networks]

    def beacons(self, channels: tuple[int, ...]) -> list[Heard]:
        """The networks whose beacons a scan hears now: one that is weak now and then."""
        self._scans += 1
        found = []
        for number, heard in enumerate(self.networks()):
            network = heard.network
            success = self._quality(network)[0]
            lucky = mix(self._seed, 64 * self._scans + number) % 1000 < success
            if heard.channel in channels and network.powered and not network.jammed and lucky:
                found.append(heard)
        return found

    def energies(self, channels: tuple[int, ...]) -> list[int]:
        """0 (quiet) to 255 for each of the channels, now."""
        self._scans += 1
        now_ms = self.premises.site.agenda.now_ms
        radio = self._radio
        heard = {} if radio is None else {e.channel: e for e in radio.scan(BANDS["2400"], self._listener, now_ms)}
        found = []
        for channel in channels:
            floor = mix(self._seed, 64 * self._scans + channel) % _FLOOR
            energy = heard.get(channel)
            level = 0 if energy is None else max(_level(energy.strongest_dbm), energy.busy * 64 // 1000)
            found.append(min(255, max(level, floor)))
        return found

    def _seen(self, hub: CommunicationsHub, network: HomeAreaNetwork) -> Heard:
        number = mix(int(network.pan_id.replace("-", ""), 16) & (1 << 64) - 1, len(network.coordinator))
        radio = self._radio
        chosen = None if radio is None else radio.channels.get((network.coordinator, "2400"))
        channel = CHANNELS[number % len(CHANNELS)] if chosen is None else chosen
        pan = 1 + number // 16 % 0xFFFD
        return Heard(hub, network, channel, pan, network.pan_id.replace("-", ""), self._quality(network)[1])

    def _quality(self, network: HomeAreaNetwork) -> tuple[int, int]:
        """(chance of a frame in thousandths, LQI)."""
        now_ms = self.premises.site.agenda.now_ms
        quality = network.medium.quality(network.coordinator, self._listener, now_ms)
        return quality.success, quality.lqi


def _level(dbm: int) -> int:
    return max(0, min(255, 255 * (dbm - _QUIET_DBM) // (_LOUD_DBM - _QUIET_DBM)))
