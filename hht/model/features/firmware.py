"""Firmware: an image comes over the HAN, is verified, and is activated by a command that names its hash (CS06).

It comes in parts (`hht.model.communications_hub.images`), is no longer than a device can hold, and may be a step that
only the version before it can take (IDT-01).
"""

from __future__ import annotations

import enum
import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from hht.model.alert_codes import AlertCode
from hht.model.commands import Command
from hht.model.parties import Party

if TYPE_CHECKING:
    from hht.model.device import Device


@dataclass(frozen=True, slots=True)
class FirmwareImage:
    """An image as it was made: for one manufacturer, model and hardware version. `contents` stands for its octets;
    `works` is False for one that verifies and then does not run; `octets`: how long its file is; `follows`: the version
    that must run before it ("" for any)."""

    version: str
    manufacturer: str
    model: str
    hardware: str = ""
    contents: bytes = b""
    works: bool = True
    octets: int = 250_000
    follows: str = ""

    @property
    def sha256(self) -> str:
        """Its hash, 64 hex digits: what the Central Products List has, and an activation names."""
        head = "\x1f".join((self.version, self.manufacturer, self.model, self.hardware, str(self.octets), self.follows))
        return hashlib.sha256(head.encode() + self.contents).hexdigest().upper()


LARGEST_OCTETS = 750_000  # from memory (mem:m): the longest file that a device must be able to take


class TransferResult(enum.IntEnum):
    """How a firmware transfer ended (factbook 5: FW transfer)."""

    COMPLETE = 0
    DISCARDED = 1
    HARDWARE_MISMATCH = 2
    TRANSFER_FAILED = 3


class ActivationResult(enum.IntEnum):
    """What a device answers to Activate Firmware (factbook 5)."""

    SUCCESS = 0
    NO_IMAGE_HELD = 1
    HASH_MISMATCH = 2
    ACTIVATION_FAILED = 3


@dataclass(frozen=True, slots=True)
class ActivateFirmware(Command):
    """Run the image with this hash (64 hex digits)."""

    sha256: str
    use_case: ClassVar[str] = "CS06"


@dataclass(frozen=True, slots=True)
class ReadFirmwareVersion(Command):
    """The running version: 8 hex digits."""

    use_case: ClassVar[str] = "ECS52"


@dataclass(frozen=True, slots=True)
class ReadGasFirmwareVersion(ReadFirmwareVersion):
    """The same at a gas meter, or of the hub by its Gas Proxy Function (GCS38)."""

    use_case: ClassVar[str] = "GCS38"


class Firmware:
    """What runs on a device, and the one image that it may hold beside it. Faults: what arrives does not
    verify (`corrupt-firmware`); no new image runs (`firmware-does-not-start`)."""

    def __init__(self, device: Device) -> None:
        self._device = device
        self.version: str = device.identity.firmware
        self.held: FirmwareImage | None = None
        device.accept({ActivateFirmware: self.activate})
        device.accept(dict.fromkeys((ReadFirmwareVersion, ReadGasFirmwareVersion), self.read))

    def read(self, _command: ReadFirmwareVersion, _sender: Party) -> str:
        """The running version."""
        return self.version

    def receive(self, image: FirmwareImage, *, damaged: bool = False) -> TransferResult:
        """An image has arrived whole (or `damaged` on the way). Alerts 0x8F8A and 0x8F72, or 0x8F89 and 0x8F1C."""
        identity = self._device.identity
        if (image.manufacturer, image.model) != (identity.manufacturer, identity.model):
            return self._refuse(TransferResult.DISCARDED, "made for another model")
        if image.hardware and image.hardware != identity.hardware:
            return self._refuse(TransferResult.HARDWARE_MISMATCH, "made for other hardware")
        if image.octets > LARGEST_OCTETS:
            return self._refuse(TransferResult.DISCARDED, f"longer than {LARGEST_OCTETS} octets")
        if image.follows and image.follows != self.version:
            return self._refuse(TransferResult.DISCARDED, f"only version {image.follows} takes it")
        if damaged or "corrupt-firmware" in self._device.faults:
            self._device.alert(AlertCode.FIRMWARE_CHECK_FAILED, image.version)
            return self._refuse(TransferResult.TRANSFER_FAILED, "its hash is wrong")
        self.held = image
        self._device.alert(AlertCode.FIRMWARE_TRANSFER_COMPLETE, image.version)
        self._device.alert(AlertCode.FIRMWARE_VERIFIED, image.version, image)
        return TransferResult.COMPLETE

    def _refuse(self, result: TransferResult, why: str) -> TransferResult:
        self._device.alert(AlertCode.FIRMWARE_TRANSFER_FAILED, why)
        return result

    def activate(self, command: ActivateFirmware, _sender: Party) -> ActivationResult:
        """Run the image that is held, if it is the one that the command names; one that does not start is given up."""
        image = self.held
        if image is None:
            return ActivationResult.NO_IMAGE_HELD
        if image.sha256 != command.sha256.upper():
            return ActivationResult.HASH_MISMATCH
        self.held = None
        if not image.works or "firmware-does-not-start" in self._device.faults:
            self._device.site.tell(self._device.name, f"firmware {image.version} does not start", "went back")
            return ActivationResult.ACTIVATION_FAILED
        before, self.version = self.version, image.version
        self._device.alert(AlertCode.FIRMWARE_CHANGED, f"{before} to {image.version}")
        self._device.site.tell(self._device.name, f"runs firmware {image.version}", f"before: {before}")
        return ActivationResult.SUCCESS
