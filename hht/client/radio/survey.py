"""A HAN survey: energy on each channel and networks in reach, over several looks, as figures.

A dongle tells the energy on a channel as 0 to 255, by a scale of its firmware's own, and of a network the LQI of its
beacon. It tells no dBm; RSSI by device is what a hub's Device Log has (CCS06).
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from copy import deepcopy
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from hht.client.radio.dongle import Dongle
from hht.clock import Clock
from hht.protocol.little_endian import Ieee
from hht.protocol.znp.zdo import CHANNELS, Beacon

QUIET, BUSY = 60, 140  # energy up to which a channel is quiet, and from which it is busy (our own numbers)
GOOD_LQI, MARGINAL_LQI = 200, 100  # factbook ch. 8, from memory: over is good, under is poor
FIRST_MHZ: Final = 2405
OnLook = Callable[[int, int], None]  # looks done, and in all


def channel_mhz(channel: int) -> int:
    """The middle of a 2.4 GHz channel (factbook 1.7)."""
    return FIRST_MHZ + 5 * (channel - CHANNELS[0])


@dataclass(slots=True)
class ChannelSeen:
    """One channel over all looks: energies 0 to 255."""

    channel: int
    energies: list[int] = field(default_factory=list)

    @property
    def average(self) -> int:
        """Rounded down."""
        return sum(self.energies) // len(self.energies) if self.energies else 0

    @property
    def peak(self) -> int:
        """The highest."""
        return max(self.energies, default=0)

    @property
    def verdict(self) -> str:
        """ "quiet", "in use" or "busy", by the peak."""
        return "quiet" if self.peak <= QUIET else "busy" if self.peak >= BUSY else "in use"


@dataclass(slots=True)
class NetworkSeen:
    """One network over all looks. `lqis`: by look (from 1), where it was heard; `open`: it lets devices join, at the
    last."""

    extended_pan: str  # 16 hex digits; a hub's is its GPF ID
    pan: int
    channel: int
    open: bool = False
    lqis: dict[int, int] = field(default_factory=dict)

    @property
    def gpf_id(self) -> str:
        """Its extended PAN ID as it is printed on a hub."""
        return Ieee().text(self.extended_pan)

    @property
    def average_lqi(self) -> int:
        """Rounded down."""
        return sum(self.lqis.values()) // len(self.lqis) if self.lqis else 0

    @property
    def verdict(self) -> str:
        """ "good", "marginal" or "poor", by the average."""
        return "good" if self.average_lqi > GOOD_LQI else "poor" if self.average_lqi < MARGINAL_LQI else "marginal"


@dataclass(slots=True)
class Survey:
    """What was found; `times`: when each look began (UTC)."""

    times: list[datetime]
    channels: list[ChannelSeen]
    networks: list[NetworkSeen]


OnFound = Callable[[Survey], None]


async def survey(
    dongle: Dongle,
    clock: Clock,
    *,
    looks: int = 3,
    channels: Sequence[int] = CHANNELS,
    every_s: float = 0,
    on_look: OnLook | None = None,
    on_found: OnFound | None = None,
) -> Survey:
    """Look around `looks` times, each beginning `every_s` after the one before (or right behind it). `on_found` is
    given, after each, a copy of all that is found so far. Raises DongleError, LinkError; cancelled, nothing is left
    undone in the dongle."""
    seen = {channel: ChannelSeen(channel) for channel in sorted(channels)}
    networks: dict[tuple[str, int, int], NetworkSeen] = {}
    times: list[datetime] = []
    loop = asyncio.get_running_loop()
    began = loop.time()
    for look in range(1, looks + 1):
        await asyncio.sleep(max(0.0, began + (look - 1) * every_s - loop.time()))
        times.append(clock.now())
        for channel, energy in (await dongle.energy(tuple(seen))).items():
            seen[channel].energies.append(energy)
        for beacon in await dongle.networks(tuple(seen)):
            _count(networks, beacon, look)
        if on_found is not None:
            on_found(deepcopy(_sorted(times, seen, networks)))
        if on_look is not None:
            on_look(look, looks)
    return _sorted(times, seen, networks)


def _sorted(
    times: list[datetime], seen: dict[int, ChannelSeen], networks: dict[tuple[str, int, int], NetworkSeen]
) -> Survey:
    found = sorted(networks.values(), key=lambda one: (-one.average_lqi, one.extended_pan))
    return Survey(times, list(seen.values()), found)


def _count(networks: dict[tuple[str, int, int], NetworkSeen], beacon: Beacon, look: int) -> None:
    key = beacon.extended_pan, beacon.channel, beacon.pan
    one = networks.setdefault(key, NetworkSeen(beacon.extended_pan, beacon.pan, beacon.channel))
    one.open = bool(beacon.permit_joining)
    one.lqis[look] = beacon.lqi
