"""Firmware images on their way: over the WAN to the hub, and from the hub part by part to the devices (CH-06, IDT-01).

What listens fetches its parts one after the other, as fast as its link is good; what sleeps fetches some at each wake.
A power cut stops it, and it goes on where it was. The hub's own image needs no HAN; the DCC (for the provider whose hub
it is) activates it, no supplier may; the hub then starts anew.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from hht.i18n import _
from hht.model.agenda import MINUTE_MS, Appointment
from hht.model.alert_codes import AlertCode
from hht.model.device import Device, DeviceKind
from hht.model.features.firmware import (
    ActivateFirmware,
    ActivationResult,
    Firmware,
    FirmwareImage,
    ReadFirmwareVersion,
    ReadGasFirmwareVersion,
    TransferResult,
)
from hht.model.parties import Party, RemoteParty
from hht.model.refusal import DeviceRefusal, Reason

if TYPE_CHECKING:
    from hht.model.communications_hub.hub import CommunicationsHub

OCTETS_PER_S = 500  # our own numbers: over a good link; and what a gas meter fetches while it is awake
OCTETS_PER_WAKE = 6_000
TRIES = 3
AGAIN_MS = 10 * MINUTE_MS


@dataclass(slots=True)
class ImageTransfer:
    """One image for one device. `octets`: how many have come; `result` None while it goes on."""

    image: FirmwareImage
    device_id: str
    octets: int = 0
    result: TransferResult | None = None
    tries: int = 0
    began_ms: int = 0
    ends: Appointment | None = field(default=None, repr=False)

    @property
    def percent(self) -> int:
        """How much of it has come."""
        return 100 * self.octets // max(1, self.image.octets)


class HubImages:
    """The images of one hub's premises, its own among them."""

    def __init__(self, hub: CommunicationsHub) -> None:
        self._hub = hub
        self.firmware = Firmware(hub)
        self.transfers: list[ImageTransfer] = []
        hub.allow(ActivateFirmware.use_case, RemoteParty.ACCESS_CONTROL_BROKER)
        hub.accept({ActivateFirmware: self._activate})
        hub.gpf.accept(dict.fromkeys((ReadFirmwareVersion, ReadGasFirmwareVersion), self.firmware.read))
        hub.power.changed.append(self._power_changed)

    def take(self, image: FirmwareImage, device_id: str) -> ImageTransfer:
        """An image has come over the WAN for the hub or a device of its HAN. DeviceRefusal where none such takes one;
        else follow the transfer."""
        hub = self._hub
        hub.site.catch_up()
        transfer = ImageTransfer(image, device_id)
        if device_id == hub.identity.device_id:
            transfer.octets = image.octets
            transfer.result = self.firmware.receive(image)
            return transfer
        device = self._device(device_id)
        if device is None:
            raise DeviceRefusal(
                Reason.OTHER,
                _("No device {device} on this HAN takes firmware.").format(device=device_id),
                remedy=_("Read the Device Log: consumers' devices are updated by their makers."),
            )
        self.transfers.append(transfer)
        assert device.node is not None
        if device.node.sleepy:
            hub.network.woken = self._woken
        else:
            self._go_on(transfer)
        return transfer

    def _device(self, device_id: str) -> Device | None:
        node = self._hub.network.members.get(device_id)
        return None if node is None or firmware_of(node.device) is None else node.device

    # --- to a device that listens ----------------------------------------------------------------------------------

    def _go_on(self, transfer: ImageTransfer) -> None:
        device = self._device(transfer.device_id)
        if transfer.result is not None or not self._hub.network.powered:
            return
        if device is None or not self._hub.network.hears(device.name):
            self._failed(transfer)
            return
        rate = max(1, OCTETS_PER_S * self._hub.network.quality(device.name).success // 1000)
        transfer.began_ms = self._hub.site.agenda.now_ms
        left_ms = -(-(transfer.image.octets - transfer.octets) * 1000 // rate)
        transfer.ends = self._hub.site.agenda.after(left_ms, lambda: self._come(transfer))

    def _failed(self, transfer: ImageTransfer) -> None:
        transfer.tries += 1
        if transfer.tries < TRIES:
            self._hub.site.agenda.after(AGAIN_MS, lambda: self._go_on(transfer))
        else:
            self._end(transfer, TransferResult.TRANSFER_FAILED, "the device is out of reach")

    def _come(self, transfer: ImageTransfer) -> None:
        transfer.ends = None
        device = self._device(transfer.device_id)
        if device is None or not self._hub.network.hears(device.name):
            self._failed(transfer)
            return
        self._whole(transfer, device)

    def _whole(self, transfer: ImageTransfer, device: Device) -> None:
        transfer.octets = transfer.image.octets
        firmware = firmware_of(device)
        assert firmware is not None
        self._end(transfer, firmware.receive(transfer.image), "")

    def _end(self, transfer: ImageTransfer, result: TransferResult, why: str) -> None:
        transfer.result = result
        self._hub.site.tell(transfer.device_id, f"firmware {transfer.image.version}: {result.name.lower()}", why)

    def _power_changed(self) -> None:
        now_ms = self._hub.site.agenda.now_ms
        for transfer in self.transfers:
            if transfer.ends is not None and not self._hub.powered:
                span = transfer.ends.when_ms - transfer.began_ms
                left = transfer.image.octets - transfer.octets
                transfer.octets += left * (now_ms - transfer.began_ms) // max(1, span)
                transfer.ends.cancel()
                transfer.ends = None
            elif self._hub.powered and transfer.result is None and not self._sleeps(transfer):
                self._go_on(transfer)

    def _sleeps(self, transfer: ImageTransfer) -> bool:
        node = self._hub.network.members.get(transfer.device_id)
        return node is not None and node.sleepy

    # --- to a device that sleeps -----------------------------------------------------------------------------------

    def _woken(self, device: Device) -> bool:
        """It listens for a moment: its commands first, then what it can fetch of an image."""
        something = self._hub.deliveries.woken(device)
        mine = [one for one in self.transfers if one.device_id == device.identity.device_id and one.result is None]
        for transfer in mine:
            transfer.octets = min(transfer.image.octets, transfer.octets + OCTETS_PER_WAKE)
            if transfer.octets == transfer.image.octets:
                self._whole(transfer, device)
        if not mine:
            self._hub.network.woken = self._hub.deliveries.woken
        return something

    # --- the hub's own ---------------------------------------------------------------------------------------------

    def _activate(self, command: ActivateFirmware, sender: Party) -> ActivationResult:
        hub = self._hub
        if sender.remote is not RemoteParty.ACCESS_CONTROL_BROKER:
            hub.alert(AlertCode.SOURCE_LACKS_AUTHORITY, f"{command.use_case} {sender.role.value}")
            raise DeviceRefusal(
                Reason.ACCESS_DENIED,
                _("{sender} may not activate a hub's firmware.").format(sender=sender),
                remedy=_("Leave it to the DCC, for the provider whose hub it is."),
            )
        result = self.firmware.activate(command, sender)
        if result in (ActivationResult.SUCCESS, ActivationResult.ACTIVATION_FAILED):
            hub.restart()
        return result


def firmware_of(device: Device) -> Firmware | None:
    """The firmware feature of a device; None where nobody updates it over the HAN."""
    if device.kind is DeviceKind.IHD:
        return None  # a Type 2 device: its supplier renews it (`HomeDisplay.renew`)
    found = getattr(device, "firmware", None)
    return found if isinstance(found, Firmware) else None
