"""Device ID: the EUI-64 that names a device in the smart metering system (factbook 1.3)."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

from hht.i18n import _
from hht.identifiers.errors import IdentifierError, hex_only, require_form, wrong_length
from hht.identifiers.labels import look_at


@dataclass(frozen=True, slots=True)
class DeviceId:
    """A valid EUI-64; `value` is 16 upper-case hex digits, `str` writes it in pairs with hyphens."""

    value: str

    def __post_init__(self) -> None:
        require_form(self.value, "[0-9A-F]{16}", "device-id", _("Device ID"))
        if self.value in ("0" * 16, "F" * 16):
            raise IdentifierError(
                _("A Device ID of only {digit} names no device.").format(digit=self.value[0]),
                remedy=_("Scan the label of the device itself."),
                code="device-id-void",
            )

    @classmethod
    def parse(cls, text: str) -> DeviceId:
        """Parse every common spelling (hyphens, colons, dots, spaces, none; either case; ``0x``) and what scanners read
        off labels (`hht.identifiers.labels`).

        Raises IdentifierError for other characters, another length, all zeros and all ones, and labels without one.
        """
        return _parsed(text)

    def __str__(self) -> str:
        return "-".join(self.value[i : i + 2] for i in range(0, 16, 2))

    def to_bytes(self) -> bytes:
        """The eight octets."""
        return bytes.fromhex(self.value)


@lru_cache(1024)  # the same few devices, with every look at what the desk said
def _parsed(text: str) -> DeviceId:
    label = look_at(text)
    value = hex_only(label.digits, "device-id", _("Device ID"), skip=label.skip, offset=label.offset)
    if len(value) != 16:
        raise wrong_length(
            "device-id",
            _("A Device ID has 16 hex digits; there are {count}.").format(count=len(value)),
            _("Scan or type the whole EUI-64, for example 00-DB-12-34-56-78-90-A0."),
        )
    return DeviceId(value)
