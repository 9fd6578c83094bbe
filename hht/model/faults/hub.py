"""Faults of the communications hub."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from hht.i18n import _
from hht.identifiers import InstallCode
from hht.lights import Led
from hht.model.alert_codes import AlertCode
from hht.model.communications_hub import CommunicationsHub
from hht.model.device import Device, DeviceKind
from hht.model.faults.han import lose, losses
from hht.model.faults.kind import Amount, Effect, FaultKind, Undo, at_device, flag, nothing
from hht.model.faults.off_han import keep_off, listed_near, lose_log
from hht.model.gas_meter import GasMeter
from hht.model.han.device_log import LogEntry
from hht.model.radio.medium import RadioMedium
from hht.model.seeded import mix

if TYPE_CHECKING:
    from hht.model.premises import Premises

SUB_GHZ = "868"
BOX_DB = 48
_HUBS = frozenset({DeviceKind.COMMUNICATIONS_HUB})


def _defect(name: str) -> Callable[[Premises, CommunicationsHub], Undo]:
    """A mark, of which the hub's radio takes notice."""

    def begin(_premises: Premises, hub: CommunicationsHub) -> Undo:
        hub.faults.add(name)
        hub.radio()

        def undo() -> None:
            hub.faults.discard(name)
            hub.radio()

        return undo

    return begin


def _one_band(premises: Premises, hub: CommunicationsHub) -> Undo:
    medium = premises.medium
    if not isinstance(medium, RadioMedium):
        raise TypeError("there is no radio")
    before = medium.bands[hub.name]
    medium.bands[hub.name] = before - {SUB_GHZ}

    def undo() -> None:
        medium.bands[hub.name] = before

    return undo


def _has_sub_ghz(premises: Premises, hub: CommunicationsHub) -> bool:
    return isinstance(premises.medium, RadioMedium) and SUB_GHZ in premises.medium.bands.get(hub.name, ())


def _mirror_stuck(_premises: Premises, hub: CommunicationsHub) -> Undo:
    hub.gpf.faults.add("mirror-stuck")
    return lambda: hub.gpf.faults.discard("mirror-stuck")


def _has_gas(premises: Premises, _hub: CommunicationsHub) -> bool:
    return bool(premises.of(GasMeter))


# --- the Device Log --------------------------------------------------------------------------------------------------


def _full(_premises: Premises, hub: CommunicationsHub) -> Undo:
    """Devices that were there once, and that nobody has removed."""
    log, number = hub.device_log, 0
    added: list[str] = []
    while not log.full:
        number += 1
        device_id = "-".join(f"{octet:02X}" for octet in mix(hub.seed, number).to_bytes(8, "big"))
        code = InstallCode(f"{mix(hub.seed, 1000 + number):016X}{mix(hub.seed, 2000 + number):016X}")
        if log.add(LogEntry(device_id, DeviceKind.IHD, code, hub.site.agenda.now_ms)):
            added.append(device_id)

    def undo() -> None:
        for device_id in added:
            log.withdraw(device_id)

    return undo


def _log_lost(_premises: Premises, hub: CommunicationsHub) -> Undo:
    found = lose_log(hub.network)
    hub.alert(AlertCode.CHF_DEVICE_LOG_CHANGED, "all")
    return found


def _upgraded(_premises: Premises, hub: CommunicationsHub) -> Undo:
    """Overnight the hub runs another version, and has lost one device: the gas meter, or whoever stands first."""
    before = hub.firmware.version
    hub.firmware.version = f"{int(before, 16) + 0x100:08X}"
    nodes = sorted(listed_near(hub.network), key=lambda node: node.device.kind is not DeviceKind.GSME)[:1]
    back = keep_off(hub.network, nodes)
    hub.alert(AlertCode.FIRMWARE_CHANGED, f"{before} to {hub.firmware.version}")
    hub.restart()

    def undo() -> None:
        hub.firmware.version = before
        back()

    return undo


def _has_members(_premises: Premises, hub: CommunicationsHub) -> bool:
    return bool(listed_near(hub.network))


# --- somebody at the box ---------------------------------------------------------------------------------------------


def _removed(_premises: Premises, hub: CommunicationsHub) -> Undo:
    hub.power.remove()
    return hub.power.fit


def _opened(_premises: Premises, hub: CommunicationsHub) -> Undo:
    hub.power.open_case()
    return nothing


def _covered(by_db: int) -> Effect:
    """In a metal box: everybody hears it worse."""
    return at_device(CommunicationsHub, lambda premises, hub: lose(premises, hub, by_db * 10), _by_air)


def _by_air(premises: Premises, _hub: Device) -> bool:
    return losses(premises) is not None


def _led(led: Led) -> FaultKind:
    return FaultKind(
        f"led-defect-{led.lower()}",
        _("LED {led} of the hub does not light").format(led=led),
        ("F-16",),
        _("{led} stays dark whatever the hub does; its other LEDs, and the logs, say that all is well.").format(
            led=led
        ),
        _("Do not guess by one LED: read the Device Log and the WAN status."),
        _HUBS,
        flag(f"led-defect-{led}"),
    )


def _of_the_box() -> tuple[FaultKind, ...]:
    return (
        FaultKind(
            "hub-defect",
            _("Hub defect"),
            ("F-37",),
            _("SW is lit all the time; no device of the HAN is reached, and the meters work on by themselves."),
            _("Exchange the hub; return it to its owner as faulty."),
            _HUBS,
            at_device(CommunicationsHub, _defect("hub-defect")),
        ),
        FaultKind(
            "hub-locked-up",
            _("Hub hangs"),
            ("F-37",),
            _(
                "The hub has power and its LEDs look as usual; no device of the HAN gets an answer until it is "
                "switched off and on."
            ),
            _("Switch the hub off and on; note when it happened."),
            _HUBS,
            at_device(CommunicationsHub, _defect("locked-up")),
        ),
        FaultKind(
            "han-radio-defect",
            _("HAN radio of the hub defect"),
            ("F-37",),
            _("HAN is lit all the time; no device hears the hub, at whatever distance."),
            _("Exchange the radio module where the hub is modular, else the hub."),
            _HUBS,
            at_device(CommunicationsHub, _defect("han-radio-defect")),
        ),
        FaultKind(
            "sub-ghz-radio-dead",
            _("868 MHz radio of the hub dead"),
            ("F-08",),
            _("Devices that only reach the hub at 868 MHz (often the gas meter) are not heard; those at 2.4 GHz are."),
            _("Exchange the hub for a working dual-band one."),
            _HUBS,
            at_device(CommunicationsHub, _one_band, _has_sub_ghz),
        ),
        FaultKind(
            "hub-in-metal-box",
            _("Hub shut into a metal box"),
            ("F-07",),
            _("Every device is heard some 48 dB weaker: those that stood far away are lost."),
            _("Fit the hub outside the box, or with an aerial."),
            _HUBS,
            _covered(BOX_DB),
            amount=Amount("dB", BOX_DB, 1, 120, _covered),
        ),
        FaultKind(
            "reserve-worn",
            _("Hub's reserve worn out"),
            (),
            _("A power cut is not told: after three minutes no outage alert goes out."),
            _("Exchange the hub."),
            _HUBS,
            flag("reserve-worn"),
        ),
        FaultKind(
            "hub-removed",
            _("Hub taken off its mount"),
            (),
            _("All LEDs are dark, no HAN, no WAN; a meter with a hot-shoe logs 0x81A3."),
            _("Fit it again; find out who took it off."),
            _HUBS,
            at_device(CommunicationsHub, _removed, lambda _premises, hub: hub.power.fitted),
            _("The log entries."),
        ),
        FaultKind(
            "hub-case-opened",
            _("Hub opened"),
            (),
            _("The hub logs tampering (0x8F3F): its case was opened."),
            _("Inspect and seal it; report it to its owner."),
            _HUBS,
            at_device(CommunicationsHub, _opened),
            _("The log entry."),
        ),
        *(_led(led) for led in Led),
    )


def _of_its_books() -> tuple[FaultKind, ...]:
    return (
        FaultKind(
            "mirror-stuck",
            _("Gas mirror does not move"),
            ("F-11",),
            _(
                "The gas meter wakes and is heard, and the mirror in the hub grows older all the same; displays "
                "show old gas."
            ),
            _("Switch the hub off and on; if it stays, join the gas meter anew."),
            _HUBS,
            at_device(CommunicationsHub, _mirror_stuck, _has_gas),
        ),
        FaultKind(
            "full-device-log",
            _("Device Log full"),
            ("F-10",),
            _("A further device is not listed (CCS01: not registered), although it stands beside the hub."),
            _("Remove devices that are no longer there (CCS02), then add it."),
            _HUBS,
            at_device(CommunicationsHub, _full),
        ),
        FaultKind(
            "device-log-lost",
            _("Device Log empty after a hub was exchanged"),
            ("F-36",),
            _("The Device Log is empty; meters and displays are on no HAN."),
            _(
                "Restore the log from its copy, or list and join every device again; compare with the snapshot from "
                "before."
            ),
            _HUBS,
            at_device(CommunicationsHub, _log_lost, _has_members),
            _("The log entry."),
        ),
        FaultKind(
            "upgrade-lost-device",
            _("Device lost by a firmware upgrade of the hub"),
            ("F-15",),
            _(
                "Since an overnight upgrade (0x8F43) the gas meter, or another device, is off the HAN, though still "
                "listed."
            ),
            _("Compare joins before and after; let the device join again; report the version."),
            _HUBS,
            at_device(CommunicationsHub, _upgraded, _has_members),
            _("The log entry of the upgrade."),
        ),
        FaultKind(
            "window-shut",
            _("Hub lets no handheld terminal in"),
            ("F-44",),
            _(
                "Within the hour from power-on a terminal's scan finds no hub; the window reads 0 s, also after "
                "switching off and on."
            ),
            _("Have the work sent over the WAN; report the hub's firmware."),
            _HUBS,
            flag("window-shut"),
        ),
    )


def kinds() -> tuple[FaultKind, ...]:
    """The faults of this module."""
    return (*_of_the_box(), *_of_its_books())
