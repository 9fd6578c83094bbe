"""An image over the optical port: it comes in blocks, is verified, and is activated (COSEM class 18, Blue Book).

The file of a training image is our own: the magic number of Zigbee OTA files (factbook 1.6), what the image is, and as
many octets as it is said to be long. What arrives is handed to the meter's own firmware, as what comes over the HAN is.
"""

from __future__ import annotations

import enum
import json
from typing import TYPE_CHECKING

from hht.i18n import _
from hht.model.features.checks import require
from hht.model.features.firmware import (
    LARGEST_OCTETS,
    ActivateFirmware,
    ActivationResult,
    FirmwareImage,
    TransferResult,
)
from hht.model.parties import Party, UserRole
from hht.model.refusal import DeviceRefusal, Reason

if TYPE_CHECKING:
    from hht.model.electricity_meter.meter import ElectricityMeter

BLOCK_OCTETS = 512  # our own number
LONGEST_IDENTIFIER = 64
_TEXTS = ("version", "manufacturer", "model", "hardware", "follows")
MAGIC = bytes.fromhex("1EF1EE0B")
_LOCAL = Party("optical port", UserRole.IMPORT_SUPPLIER)  # on whose behalf an installer at the meter acts


class TransferStatus(enum.IntEnum):
    """image_transfer_status."""

    NOT_INITIATED = 0
    INITIATED = 1
    VERIFICATION_INITIATED = 2
    VERIFIED = 3
    VERIFICATION_FAILED = 4
    ACTIVATION_INITIATED = 5
    ACTIVATED = 6
    ACTIVATION_FAILED = 7


def image_file(image: FirmwareImage) -> bytes:
    """The octets of an image, as long as it says that it is. ValueError where it says less than it holds."""
    head = {name: getattr(image, name) for name in _TEXTS} | {"works": image.works, "contents": len(image.contents)}
    said = json.dumps(head, sort_keys=True).encode()
    octets = MAGIC + len(said).to_bytes(2, "big") + said + image.contents
    if len(octets) > image.octets:
        raise ValueError("an image is as long as what it holds, or longer")
    return octets.ljust(image.octets, b"\0")


def image_in(octets: bytes) -> FirmwareImage | None:
    """The image that a file holds; None where it is none."""
    end = 6 + int.from_bytes(octets[4:6], "big")
    if octets[:4] != MAGIC:
        return None
    try:
        head = json.loads(octets[6:end])
        contents = octets[end : end + int(head["contents"])]
        version, manufacturer, model, hardware, follows = (str(head[name]) for name in _TEXTS)
        image = FirmwareImage(
            version, manufacturer, model, hardware, contents, bool(head["works"]), len(octets), follows
        )
    except (ValueError, KeyError, TypeError, OverflowError, RecursionError):
        return None
    return image if image_file(image) == octets else None


class ImagePort:
    """The image transfer of one meter. `blocks`: those that have come, by number from 0."""

    def __init__(self, meter: ElectricityMeter) -> None:
        self._meter = meter
        self.status = TransferStatus.NOT_INITIATED
        self.identifier = b""
        self.octets = 0
        self.blocks: dict[int, bytes] = {}
        self._image: FirmwareImage | None = None

    @property
    def count(self) -> int:
        """How many blocks the image has."""
        return -(-self.octets // BLOCK_OCTETS)

    @property
    def first_missing(self) -> int:
        """The first block that has not come; the number of blocks where all have."""
        return next((number for number in range(self.count) if number not in self.blocks), self.count)

    @property
    def to_activate(self) -> tuple[int, bytes, bytes] | None:
        """(octets, identifier, hash) of the image that can be activated; None where there is none."""
        image = self._image if self.status is TransferStatus.VERIFIED else None
        return None if image is None else (image.octets, self.identifier, bytes.fromhex(image.sha256))

    def initiate(self, identifier: bytes, octets: int) -> None:
        """An image of so many octets is to come; what came before is forgotten. DeviceRefusal for an impossible one."""
        require(
            1 <= octets <= LARGEST_OCTETS and 1 <= len(identifier) <= LONGEST_IDENTIFIER,
            _("The meter takes images of 1 to {largest} octets with an identifier.").format(largest=LARGEST_OCTETS),
            _("Look at the image's file."),
        )
        self.identifier, self.octets, self._image = identifier, octets, None
        self.blocks.clear()
        self.status = TransferStatus.INITIATED

    def take(self, number: int, block: bytes) -> None:
        """One block. DeviceRefusal for one that is not of this image; one that came before may come again."""
        require(
            self.status in (TransferStatus.INITIATED, TransferStatus.VERIFICATION_FAILED),
            _("No image transfer is going on."),
            _("Initiate it first."),
            reason=Reason.TEMPORARY_FAILURE,
        )
        last = number == self.count - 1
        wanted = self.octets - number * BLOCK_OCTETS if last else BLOCK_OCTETS
        require(
            0 <= number < self.count and len(block) == wanted,
            _("Block {number} is not one of this image.").format(number=number),
            _("Send blocks of {octets} octets, the last with what is left.").format(octets=BLOCK_OCTETS),
        )
        self.blocks[number] = block

    def verify(self) -> None:
        """Look whether the image is whole, and one for this meter. DeviceRefusal where it is not."""
        require(
            self.status in (TransferStatus.INITIATED, TransferStatus.VERIFIED, TransferStatus.VERIFICATION_FAILED)
            and self.first_missing == self.count,
            _("The image has not come wholly: block {number} is missing.").format(number=self.first_missing),
            _("Send the blocks that are missing."),
            reason=Reason.TEMPORARY_FAILURE,
        )
        if self.status is TransferStatus.VERIFIED:
            return
        image = image_in(b"".join(self.blocks[number] for number in range(self.count)))
        if image is None or self._meter.firmware.receive(image) is not TransferResult.COMPLETE:
            self.status = TransferStatus.VERIFICATION_FAILED
            raise DeviceRefusal(
                Reason.OTHER, _("The image is none for this meter."), remedy=_("Compare model, hardware and version.")
            )
        self._image, self.status = image, TransferStatus.VERIFIED

    def activate(self) -> None:
        """Run the image that was verified. DeviceRefusal where none was, or it does not run."""
        require(
            self.status is TransferStatus.VERIFIED and self._image is not None,
            _("There is no image to activate."),
            _("Transfer and verify one first."),
            reason=Reason.TEMPORARY_FAILURE,
        )
        assert self._image is not None
        result = self._meter.firmware.activate(ActivateFirmware(self._image.sha256), _LOCAL)
        done = result is ActivationResult.SUCCESS
        self.status = TransferStatus.ACTIVATED if done else TransferStatus.ACTIVATION_FAILED
        if not done:
            raise DeviceRefusal(
                Reason.OTHER, _("The image did not start; the meter went back."), remedy=_("Get another image.")
            )
