"""Device ID: the EUI-64 that names a device in the smart metering system (factbook 1.3)."""

from __future__ import annotations

import re
from dataclasses import dataclass

from hht.i18n import _
from hht.identifiers.errors import IdentifierError, hex_only, require_form, wrong_length

# What scanners, labels and copied documents put around the sixteen digits: symbology identifiers, GS, captions, quotes
_CAPTION = re.compile(r"^(?:EUI-?64|EUI|GUID|DEVICE[ _-]?ID|MAC|IEEE|ID)\s*[:=#]?\s*", re.IGNORECASE)
_SYMBOLOGY = re.compile(r"^\][A-Za-z][0-9]")
_NOISE = "\x00\x02\x03\x1d\x1e\x04\r\n\t \ufeff\u200b\u200e\u200f"
_QUOTES = _NOISE + "*\"'<>()[]{};,“”‘’"
_SEPARATORS = " -:._\u2010\u2011\u2012\u2013\u2014\u2212"  # word processors make dashes of hyphens


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
        """Parse every common spelling (hyphens, colons, dots, spaces, none; either case; ``0x``) and a scanner's noise.

        Raises IdentifierError for other characters, another length, all zeros and all ones.
        """
        left = _SYMBOLOGY.sub("", text.lstrip().lstrip(_NOISE)).lstrip(_QUOTES)
        left = _CAPTION.sub("", left).lstrip().lstrip(_QUOTES)
        if left[:2] in ("0x", "0X"):
            left = left[2:]
        bare = left.rstrip().rstrip(_QUOTES)
        value = hex_only(bare, "device-id", _("Device ID"), skip=_SEPARATORS, offset=len(text) - len(left))
        if len(value) != 16:
            raise wrong_length(
                "device-id",
                _("A Device ID has 16 hex digits; there are {count}.").format(count=len(value)),
                _("Scan or type the whole EUI-64, for example 00-DB-12-34-56-78-90-A0."),
            )
        return cls(value)

    def __str__(self) -> str:
        return "-".join(self.value[i : i + 2] for i in range(0, 16, 2))

    def to_bytes(self) -> bytes:
        """The eight octets."""
        return bytes.fromhex(self.value)
