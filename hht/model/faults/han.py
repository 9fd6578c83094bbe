"""Faults between a device and its hub: the way through the air or the cable, and joining."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

from hht.i18n import _
from hht.identifiers import InstallCode
from hht.model.agenda import HOUR_MS, MINUTE_MS
from hht.model.communications_hub import CommunicationsHub
from hht.model.device import Device, DeviceKind
from hht.model.faults.kind import Amount, Effect, FaultKind, Undo, at_device, at_premises, flag
from hht.model.faults.off_han import half_joined, is_listed
from hht.model.han.medium import ClearMedium
from hht.model.han.node import HanNode, NodeState
from hht.model.radio.bands import BANDS
from hht.model.radio.interference import Source, edges_khz
from hht.model.radio.medium import RadioMedium, WiredMedium
from hht.model.repeater import Repeater
from hht.model.seeded import mix

if TYPE_CHECKING:
    from hht.model.premises import Premises

WEAK_DB = 52  # what a metal box, a mirror or a hand over the aerial takes
GONE_TENTHS_DB = 900
WIDE = "2400"
NEVER_SILENT = 900  # thousandths of the time
CROWD = 25  # devices of other people
GONE_MINUTES = 20  # of each hour, while a link comes and goes
_DEVICES = frozenset(
    {
        DeviceKind.ESME,
        DeviceKind.GSME,
        DeviceKind.IHD,
        DeviceKind.PPMID,
        DeviceKind.CAD,
        DeviceKind.BRIDGE,
        DeviceKind.HCALCS,
    }
)


def losses(premises: Premises) -> dict[str, int] | None:
    """What takes from the radio of each device, tenths of a dB; None where there is no radio."""
    medium = premises.medium
    if isinstance(medium, WiredMedium):
        return medium.radio.extra_loss if medium.radio is not None else None
    return medium.extra_loss if isinstance(medium, ClearMedium | RadioMedium) else None


def by_radio(premises: Premises, device: Device) -> bool:
    """Whether the device reaches its hub through the air."""
    medium = premises.medium
    wired = isinstance(medium, WiredMedium) and device.name in medium.members
    return device.node is not None and not wired and losses(premises) is not None


def lose(premises: Premises, device: Device, tenths_db: int) -> Undo:
    """Take so much from the device's radio, beside what others take."""
    table = losses(premises)
    if table is None:
        raise TypeError("there is no radio")
    table[device.name] = table.get(device.name, 0) + tenths_db

    def undo() -> None:
        table[device.name] -= tenths_db
        if not table[device.name]:
            del table[device.name]

    return undo


def _weak(by_db: int) -> Effect:
    return at_device(Device, lambda premises, device: lose(premises, device, by_db * 10), by_radio)


def _comes_and_goes(minutes: int) -> Effect:
    return at_device(Device, partial(_now_and_then, gone_ms=minutes * MINUTE_MS), by_radio)


def _now_and_then(premises: Premises, device: Device, gone_ms: int) -> Undo:
    agenda = premises.site.agenda
    gone: list[Undo] = []

    def go() -> None:
        gone.append(lose(premises, device, GONE_TENTHS_DB))
        agenda.after(gone_ms, come)

    def come() -> None:
        if gone:
            gone.pop()()

    beat = agenda.every(HOUR_MS, go)

    def undo() -> None:
        beat.cancel()
        come()

    return undo


def _radio(premises: Premises) -> RadioMedium | None:
    medium = premises.medium
    found = medium.radio if isinstance(medium, WiredMedium) else medium
    return found if isinstance(found, RadioMedium) else None


def _busy(band: str, fits: Callable[[Premises], bool], devices: int) -> Effect:
    """So many devices of other people on the band: with enough of them it is busy all the time."""

    def begin(premises: Premises) -> Undo:
        radio = _radio(premises)
        if radio is None:
            raise TypeError("there is no radio")
        added = radio.crowd(band, devices)
        return lambda: radio.lighten(band, added)

    return at_premises(begin, fits)


def _has_radio(premises: Premises) -> bool:
    return _radio(premises) is not None


def _never_silent(premises: Premises, hub: CommunicationsHub) -> Undo:
    """Its transmitter does not stop: its own channel is taken, and all that others send on those frequencies."""
    radio = _radio(premises)
    if radio is None:
        raise TypeError("there is no radio")
    low, high = edges_khz(BANDS[WIDE], radio.channels[hub.name, WIDE])
    spot = radio.house.spots.get(hub.name)
    itself = Source(hub.name, low, high, BANDS[WIDE].transmit, NEVER_SILENT, spot=spot)
    radio.sources.append(itself)
    return lambda: radio.sources.remove(itself)


def _has_channel(premises: Premises, hub: CommunicationsHub) -> bool:
    radio = _radio(premises)
    return radio is not None and (hub.name, WIDE) in radio.channels


def _uses_sub_ghz(premises: Premises) -> bool:
    radio = _radio(premises)
    return radio is not None and any("868" in bands for bands in radio.bands.values())


def _cut(premises: Premises, device: Device) -> Undo:
    medium = premises.medium
    if not isinstance(medium, WiredMedium):
        raise TypeError("there is no cable")
    medium.cut.add(device.name)
    return lambda: medium.cut.discard(device.name)


def _on_cable(premises: Premises, device: Device) -> bool:
    return isinstance(premises.medium, WiredMedium) and device.name in premises.medium.members


def _unplugged(_premises: Premises, repeater: Repeater) -> Undo:
    repeater.switch(False)
    return lambda: repeater.switch(True)


# --- joining ---------------------------------------------------------------------------------------------------------


def _node(device: Device) -> HanNode:
    if device.node is None:
        raise TypeError(f"{device.name} has no radio")
    return device.node


def has_code(_premises: Premises, device: Device) -> bool:
    """Whether the device joins by an install code of its own."""
    return device.node is not None and device.node.install_code is not None


def was_joined(_premises: Premises, device: Device) -> bool:
    """Whether the device is on a HAN, or was when something took it off."""
    return device.node is not None and device.node.state is not NodeState.OFF


def _forget_key(node: HanNode) -> None:
    for home in node.homes:
        entry = home.log.known(node.device.identity.device_id)
        if entry is not None:
            entry.link_key_of = None


def _wrong_code(_premises: Premises, device: Device) -> Undo:
    node = _node(device)
    _forget_key(node)
    node.leave()
    before = node.install_code
    node.install_code = InstallCode(f"{mix(device.seed, 0xC0DE):016X}{mix(device.seed, 0xC0DF):016X}")

    def undo() -> None:
        node.install_code = before

    return undo


def _test_trust(_premises: Premises, device: Device) -> Undo:
    node = _node(device)
    _forget_key(node)
    node.leave()
    before, node.trust = node.trust, "test"

    def undo() -> None:
        node.trust = before

    return undo


def _one_sided(_premises: Premises, device: Device) -> Undo:
    """The electricity meters lose the display from their partners; the display still has them."""
    node = _node(device)
    network, device_id = node.network, device.identity.device_id
    members = dict(network.members) if network is not None else {}
    lost = [
        partner
        for name, partner in members.items()
        if name in node.partners and partner.device.kind is DeviceKind.ESME and device_id in partner.partners
    ]
    for partner in lost:
        del partner.partners[device_id]

    def undo() -> None:
        for partner in lost:
            partner.partners[device_id] = device.kind

    return undo


def _on_air() -> tuple[FaultKind, ...]:
    return (
        FaultKind(
            "weak-signal",
            _("Weak signal at a device"),
            ("F-07",),
            _(
                "The hub hears the device below -90 dBm: most requests get no answer, alerts are lost, failures "
                "count up."
            ),
            _("Move hub or device, turn the aerial, or add a repeater or the other band."),
            _DEVICES,
            _weak(WEAK_DB),
            _("What was lost meanwhile, and the statistics of the Device Log."),
            Amount("dB", WEAK_DB, 1, 120, _weak),
        ),
        FaultKind(
            "link-comes-and-goes",
            _("Link comes and goes"),
            ("F-46",),
            _(
                "The device answers, and an hour later for 20 minutes it does not, again and again: each visit "
                "finds it well."
            ),
            _("Watch signal and failures over hours; move or exchange rather than come a third time."),
            _DEVICES,
            _comes_and_goes(GONE_MINUTES),
            amount=Amount(_("min of each hour"), GONE_MINUTES, 1, 59, _comes_and_goes),
        ),
        FaultKind(
            "busy-channel",
            _("Interference on the 2.4 GHz channel"),
            ("F-10",),
            _(
                "Answers take over 100 ms more on 2.4 GHz, and links that were just good enough break; 868 MHz is "
                "unharmed."
            ),
            _("Find the source (a router, a video sender); let the hub choose another channel."),
            frozenset(),
            _busy("2400", _has_radio, CROWD),
            amount=Amount(_("devices"), CROWD, 1, 200, partial(_busy, "2400", _has_radio)),
        ),
        FaultKind(
            "hub-never-silent",
            _("Hub transmits without a pause"),
            (),
            _(
                "A scan finds the hub's own 2.4 GHz channel busy nearly all the time: its HAN is slow, and so is the "
                "Wi-Fi on the same frequencies while the hub has power."
            ),
            _("Let the people's Wi-Fi take another channel; exchange the hub."),
            frozenset({DeviceKind.COMMUNICATIONS_HUB}),
            at_device(CommunicationsHub, _never_silent, _has_channel),
        ),
        FaultKind(
            "noisy-sub-ghz",
            _("Interference at 868 MHz"),
            ("F-08",),
            _("What only reaches the hub at 868 MHz answers late and now and then not at all; 2.4 GHz is unharmed."),
            _("Find the source (alarm systems, cordless headphones); let the hub choose another channel."),
            frozenset(),
            _busy("868", _uses_sub_ghz, CROWD),
            amount=Amount(_("devices"), CROWD, 1, 200, partial(_busy, "868", _uses_sub_ghz)),
        ),
        FaultKind(
            "cable-cut",
            _("Branch of the wired HAN broken"),
            ("F-07",),
            _("One device on the cable is not heard any more; its neighbours on the same cable are."),
            _("Follow the branch from the riser; repair it."),
            _DEVICES,
            at_device(Device, _cut, _on_cable),
        ),
        FaultKind(
            "repeater-unplugged",
            _("Repeater unplugged"),
            ("F-07",),
            _("Whoever was heard over the repeater alone is not heard any more; the others are."),
            _("Plug it in again; choose a socket that nobody needs."),
            frozenset({DeviceKind.REPEATER}),
            at_device(Repeater, _unplugged),
        ),
    )


def _at_joining() -> tuple[FaultKind, ...]:
    return (
        FaultKind(
            "wrong-install-code",
            _("Device holds another install code"),
            ("F-13",),
            _("The device is off the HAN, and each try to join ends with “the keys do not agree: wrong install code”."),
            _("Scan the label of the device that hangs there; list it anew with that code."),
            _DEVICES,
            at_device(Device, _wrong_code, has_code),
            _("The device is off the HAN until it joins again, which it now can."),
        ),
        FaultKind(
            "label-misprinted",
            _("Label with a wrong check sum"),
            ("F-13",),
            _("The install code printed on the device does not fit its CRC: the scan says which CRC it should be."),
            _("Scan it again; never guess a digit; have the code read from the supplier's file."),
            _DEVICES,
            flag("label-misprinted", has_code),
        ),
        FaultKind(
            "test-certificates",
            _("Device with certificates of the test trust"),
            (),
            _("The device is off the HAN, and each try to join ends with “the certificate is from another trust”."),
            _("Exchange the device for one with production certificates."),
            _DEVICES,
            at_device(Device, _test_trust, has_code),
            _("The device is off the HAN until it joins again, which it now can."),
        ),
        FaultKind(
            "half-join",
            _("Hub has it joined, the device does not"),
            ("F-01",),
            _("The Device Log lists the device as joined; the device says it is on no HAN, and answers nobody."),
            _("Compare both logs; remove it at the hub (CCS02), list it again and let it join."),
            _DEVICES,
            at_device(Device, half_joined, is_listed),
        ),
        FaultKind(
            "one-sided-join",
            _("Display not among the meter's partners"),
            ("F-10",),
            _("The display shows gas and no electricity: “the two are not joined to one another”."),
            _("Join the two again (CS03), then read the meter's partners."),
            frozenset({DeviceKind.IHD, DeviceKind.PPMID}),
            at_device(Device, _one_sided, was_joined),
        ),
        FaultKind(
            "rejoins-while-joining",
            _("Device leaves and comes again while it joins"),
            ("F-14",),
            _(
                "Half a minute into joining the device is off again, without a reason; within another minute it has "
                "joined."
            ),
            _("Nothing: it is a step of joining. Wait the defined time before trying anything."),
            _DEVICES,
            flag("rejoins-while-joining", has_code),
        ),
    )


def kinds() -> tuple[FaultKind, ...]:
    """The faults of this module."""
    return (*_on_air(), *_at_joining())
