"""A device's end of the HAN: how it joins, what it says meanwhile, and the partners that it talks to.

Joining a HAN (with an install code, at the hub) is one thing; being joined to another device (CS03, a Join) is another:
only partners answer one another (factbook 3.2, the join matrix).
"""

from __future__ import annotations

import enum
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from hht.identifiers import InstallCode, Secret
from hht.model.device import Device, DeviceKind
from hht.model.han.profiles import default_profile

if TYPE_CHECKING:
    from hht.model.han.network import HomeAreaNetwork

CONSUMERS = (DeviceKind.IHD, DeviceKind.CAD, DeviceKind.BRIDGE)  # Type 2 devices
ASSOCIATE_MS = 3_000
KEY_ESTABLISHMENT_MS = 20_000
COMES_AGAIN_MS = 30_000  # a device that leaves during key establishment is back so soon (our own number)


class NodeState(enum.StrEnum):
    """What a device's display says of the HAN (factbook 3.2, step 5)."""

    OFF = "off"
    UNJOINED = "not joined"
    LOCATING = "locating HAN"
    SECURING = "establishing security"
    JOINED = "joined"


class JoinFailure(enum.StrEnum):
    """Why a device did not join."""

    NO_BEACON = "no network in reach lets devices join"
    NOT_LISTED = "the hub does not list this device"
    BAD_KEY = "the keys do not agree: wrong install code"
    UNKNOWN_ISSUER = "the certificate is from another trust"
    LOST = "the radio link broke off"
    OTHER_PROFILE = "it speaks another profile than the hub"


_PARTNERS = frozenset(  # the join matrix of factbook 3.2
    frozenset(pair)
    for pair in (
        (DeviceKind.ESME, DeviceKind.HCALCS),
        (DeviceKind.ESME, DeviceKind.PPMID),
        (DeviceKind.GSME, DeviceKind.PPMID),
        (DeviceKind.GSME, DeviceKind.GPF),
        (DeviceKind.PPMID, DeviceKind.GPF),
        *((consumer, meter) for consumer in CONSUMERS for meter in (DeviceKind.ESME, DeviceKind.GPF)),
    )
)


def may_be_partners(one: DeviceKind, other: DeviceKind) -> bool:
    """Whether the join matrix has a Join between these two kinds of device."""
    return frozenset((one, other)) in _PARTNERS


@dataclass(slots=True)
class HanNode:
    """`install_code` is on the device's label; the hub's own GPF has none. `trust`: production or test certificates.
    `sleepy`: its receiver is off between wakes. `type_1` devices are a supplier's; the others are consumers', and read
    only. `bands`: what its radio has ("2400", "868"), or "wired"."""

    device: Device
    install_code: InstallCode | None
    trust: str = "production"
    sleepy: bool = False
    type_1: bool = True
    bands: frozenset[str] = frozenset({"2400"})
    handheld: bool = False
    profile: str = field(default_factory=default_profile)
    state: NodeState = NodeState.UNJOINED
    failure: JoinFailure | None = None
    network: HomeAreaNetwork | None = None
    next_wake: Callable[[], int] | None = None  # of a device that sleeps: when it listens, true time in ms
    partners: dict[str, DeviceKind] = field(default_factory=dict)
    kept_off: set[object] = field(default_factory=set)  # what keeps it off a HAN that it has the keys of: faults
    _within: list[HomeAreaNetwork] = field(default_factory=list)
    _came_again: bool = False
    _attempts: int = 0

    @property
    def label(self) -> Secret | None:
        """The install code and its CRC as they are printed on the device (36 hex digits); None where there is none. On
        a misprinted label ("label-misprinted" among the faults) the CRC is another code's."""
        if self.install_code is None:
            return None
        crc = self.install_code.crc
        printed = crc[2:] + crc[:2] if crc[2:] != crc[:2] else crc[::-1]
        return Secret(self.install_code.reveal() + (printed if "label-misprinted" in self.device.faults else crc))

    def in_reach_of(self, network: HomeAreaNetwork) -> None:
        """There is a network here that this device may hear (whether it does is the medium's matter)."""
        self._within.append(network)

    @property
    def homes(self) -> list[HomeAreaNetwork]:
        """The networks here whose Device Log has it, or has lost it."""
        return [network for network in self._within if network.log.known(self.device.identity.device_id) is not None]

    @property
    def near(self) -> tuple[HomeAreaNetwork, ...]:
        """The networks here that this device may hear, whether they know it or not."""
        return tuple(self._within)

    @property
    def joined(self) -> bool:
        """It is on a HAN."""
        self.device.site.catch_up()
        return self.state is NodeState.JOINED and self.network is not None

    def people_changed(self) -> None:
        """New people live here: every device that is joined to this one hears of it."""
        for other in self.network.members.values() if self.network is not None else ():
            if self.device.identity.device_id in other.partners:
                other.device.people_changed()

    def locate(self, only: HomeAreaNetwork | None = None) -> None:
        """Somebody presses its button, or it is switched on: look for a network that lets it join. `only`: that one."""
        if self.state in (NodeState.OFF, NodeState.JOINED, NodeState.SECURING):
            return
        self.state, self.failure = NodeState.LOCATING, None
        for network in self._within if only is None else (only,):
            if network.lets_join and network.hears(self.device.name):
                self._associate(network)
                return
        self.failure = JoinFailure.NO_BEACON

    def beacon(self, network: HomeAreaNetwork) -> None:
        """A network in reach has begun to let devices join."""
        if self.state is NodeState.LOCATING and network.hears(self.device.name):
            self._associate(network)

    def fail(self, why: JoinFailure) -> None:
        """Joining came to nothing; it says so, and may try again."""
        self.state, self.failure = NodeState.UNJOINED, why
        self.device.site.tell(self.device.name, "did not join", why.value)

    def leave(self) -> None:
        """Forget the network: it was removed from it, or reset."""
        self._attempts += 1  # what is under way is over
        if self.network is not None:
            self.network.forget(self)
        self.network = None
        self.device.uplink = None
        if self.state is not NodeState.OFF:
            self.state = NodeState.UNJOINED

    def power(self, on: bool) -> None:
        """Its supply comes or goes; a device that was joined is so again (keys are kept)."""
        if not on:
            self.state = NodeState.OFF
        elif self.state is NodeState.OFF:
            self.state = NodeState.JOINED if self.network is not None else NodeState.UNJOINED

    def _associate(self, network: HomeAreaNetwork) -> None:
        self.state = NodeState.SECURING
        self.failure = None
        agenda = self.device.site.agenda
        self._attempts += 1
        attempt = self._attempts
        refusal = network.admission(self)
        if refusal is not None:
            agenda.after(ASSOCIATE_MS, lambda: self._turned_away(refusal, attempt))
            return
        agenda.after(ASSOCIATE_MS + KEY_ESTABLISHMENT_MS, lambda: self._secured(network, attempt))

    def _turned_away(self, refusal: JoinFailure, attempt: int) -> None:
        if attempt == self._attempts:
            self.fail(refusal)

    def _secured(self, network: HomeAreaNetwork, attempt: int) -> None:
        if self.state is not NodeState.SECURING or attempt != self._attempts:
            return  # switched off, or begun anew meanwhile
        if "rejoins-while-joining" in self.device.faults and not self._came_again:
            self._came_again = True
            self.state = NodeState.UNJOINED
            self.device.site.tell(self.device.name, "left while keys were agreed", "it comes again by itself")
            self.device.site.agenda.after(COMES_AGAIN_MS, self.locate)
            return
        self._came_again = False
        refusal = network.admit(self)
        if refusal is not None:
            self.fail(refusal)
