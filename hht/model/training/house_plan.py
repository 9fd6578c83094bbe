"""The plan of a premises for somebody who draws it: floors, rooms, where the devices are, and how their links are.

A premises that says nothing of its house is given an ordinary one, and what is assumed is said to be so.
"""

from __future__ import annotations

import enum
from dataclasses import dataclass

from hht.i18n import _
from hht.model.communications_hub import CommunicationsHub
from hht.model.device import Device, DeviceKind
from hht.model.han.medium import WIRE, LinkQuality
from hht.model.premises import Premises
from hht.model.radio.house import House, Room, Spot
from hht.model.wan import WanModule
from hht.model.wan.module import WanState

_FAIR_LQI, _GOOD_LQI = 70, 140  # of 255; below the first a link is weak (our own numbers)
_FAIR_DBM = -85
_SURE = 950  # thousandths of frames that come through on a link that is not weak


class Grade(enum.StrEnum):
    """How good a link is, for colour, line and word."""

    GOOD = "good"
    FAIR = "fair"
    WEAK = "weak"
    LOST = "lost"  # it was there, and nothing comes through now
    NONE = "not joined"


@dataclass(frozen=True, slots=True)
class Place:
    """Where a device is, mm; `room` is "" outdoors; `assumed`: the premises does not say."""

    device: str
    x: int
    y: int
    floor: int
    room: str
    boxed: bool = False
    assumed: bool = False


@dataclass(frozen=True, slots=True)
class HousePlan:
    """`floors` from the lowest up; `assumed`: the house itself is an ordinary one, because the premises says none."""

    floors: tuple[int, ...]
    rooms: tuple[Room, ...]
    places: tuple[Place, ...]
    assumed: bool


@dataclass(frozen=True, slots=True)
class LinkShown:
    """A device's link to its hub, or (`wan`) a hub's to the WAN. dBm and LQI (0 to 255) as the hub hears it now; LQI is
    0 for a wire or a WAN; `words`: how it stands, for people."""

    device: str
    hub: str
    grade: Grade
    words: str
    rssi_dbm: int = 0
    lqi: int = 0
    wired: bool = False
    wan: bool = False


def house_plan(premises: Premises) -> HousePlan:
    """The plan: the premises' own house, or an ordinary one."""
    house = premises.plan.house
    own = bool(house.rooms)
    rooms = house.rooms if own else _ordinary_rooms()
    drawn = House(rooms)
    places = tuple(
        _place(device, house.spots.get(device.name), drawn, own=own)
        for device in premises.devices
        if device.kind is not DeviceKind.GPF
    )
    floors = sorted({room.floor for room in rooms} | {place.floor for place in places})
    return HousePlan(tuple(floors), rooms, places, assumed=not own)


def links(premises: Premises) -> tuple[LinkShown, ...]:
    """Every device's link to the hub whose HAN it is on (or might be on), and the hubs' to the WAN."""
    hubs = premises.of(CommunicationsHub)
    found = [
        _han_link(device, hubs)
        for device in premises.devices
        if hubs and device.node is not None and device.kind is not DeviceKind.GPF
    ]
    modules = {module.hub.name: module for module in premises.wan}
    return (*found, *(_wan_link(hub, modules.get(hub.name)) for hub in hubs))


def grade_of(quality: LinkQuality, *, wired: bool = False) -> Grade:
    """How good a link of this quality is."""
    if not quality.success:
        return Grade.LOST
    if wired:
        return Grade.GOOD
    if quality.success < _SURE or quality.lqi < _FAIR_LQI:
        return Grade.WEAK
    return Grade.GOOD if quality.lqi >= _GOOD_LQI and quality.rssi_dbm >= _FAIR_DBM else Grade.FAIR


def _han_link(device: Device, hubs: list[CommunicationsHub]) -> LinkShown:
    node = device.node
    network = node.network if node is not None else None
    hub = next((hub for hub in hubs if network in hub.networks), hubs[0])
    if node is None or network is None or not node.joined:
        failure = node.failure if node is not None else None
        words = node.state.value if node is not None else ""
        words = f"{words}: {failure.value}" if failure is not None else words
        return LinkShown(device.name, hub.name, Grade.NONE, words)
    quality = network.quality(device.name)
    wired = quality == WIRE
    grade = grade_of(quality, wired=wired) if network.powered else Grade.LOST
    if wired:
        words = _("wired HAN") if network.medium.wired else _("by wire")
    elif not network.powered:
        words = _("the hub has no power")
    else:
        words = _("{rssi} dBm, LQI {lqi}").format(rssi=quality.rssi_dbm, lqi=quality.lqi)
        words = _("{words}, over a repeater").format(words=words) if quality.hops > 1 else words
    words = _("{words}, sleeps between wakes").format(words=words) if node.sleepy else words
    return LinkShown(device.name, hub.name, grade, words, quality.rssi_dbm, 0 if wired else quality.lqi, wired)


def _wan_link(hub: CommunicationsHub, module: WanModule | None) -> LinkShown:
    if module is None:
        return LinkShown(hub.name, hub.name, Grade.NONE, _("no WAN here"), wan=True)
    words = _("WAN {state}, {signal} dBm").format(state=module.state.value, signal=module.signal_dbm)
    if module.state is WanState.CONNECTED and not module.trouble:
        grade = Grade.GOOD if module.signal_dbm >= -95 else Grade.FAIR
    else:
        grade = Grade.WEAK if module.state is WanState.SEARCHING else Grade.LOST
        words = f"{words}: {module.trouble.value}" if module.trouble else words
    return LinkShown(hub.name, hub.name, grade, words, module.signal_dbm, wan=True)


# --- an ordinary house ------------------------------------------------------------------------------------------------


def _ordinary_rooms() -> tuple[Room, ...]:
    return (
        Room(_("meter cupboard"), 0, 0, 2_000, 2_200),
        Room(_("hall"), 0, 2_200, 2_000, 3_300),
        Room(_("kitchen"), 2_000, 0, 3_600, 2_700),
        Room(_("living room"), 2_000, 2_700, 5_000, 2_800),
        Room(_("utility"), 5_600, 0, 1_400, 2_700),
    )


_USUAL_SPOTS: dict[DeviceKind, tuple[int, int]] = {  # mm, in the ordinary house; outdoors is left of it
    DeviceKind.ESME: (1_000, 1_550),
    DeviceKind.COMMUNICATIONS_HUB: (1_000, 500),
    DeviceKind.GSME: (-1_100, 3_900),
    DeviceKind.IHD: (3_300, 1_500),
    DeviceKind.PPMID: (3_300, 4_100),
    DeviceKind.CAD: (5_700, 4_500),
    DeviceKind.BRIDGE: (6_000, 3_500),
    DeviceKind.HCALCS: (6_300, 1_300),
    DeviceKind.REPEATER: (1_000, 3_900),
}


def _place(device: Device, spot: Spot | None, house: House, *, own: bool) -> Place:
    if spot is not None:
        room = house.room_of(spot)
        boxed = spot.box is not None
        return Place(device.name, spot.x, spot.y, spot.floor, room.name if room is not None else "", boxed)
    if own:  # the radio takes a device without a place to stand at the corner of the plan
        room = house.room_of(Spot(0, 0))
        return Place(device.name, 0, 0, 0, room.name if room is not None else "", assumed=True)
    x, y = _USUAL_SPOTS.get(device.kind, (4_500, 1_300))
    room = house.room_of(Spot(x, y))
    return Place(device.name, x, y, 0, room.name if room is not None else "", assumed=True)
