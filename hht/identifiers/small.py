"""Short codes: CIN, firmware version, firmware hash (factbook 1.6)."""

from __future__ import annotations

from dataclasses import dataclass

from hht.i18n import _
from hht.identifiers.errors import digits_only, hex_only, require_form, wrong_length


@dataclass(frozen=True, slots=True)
class Cin:
    """Customer Identification Number: exactly 4 digits, shown by the meter to prove who is at the premises."""

    value: str

    def __post_init__(self) -> None:
        require_form(self.value, "[0-9]{4}", "cin", "CIN")

    @classmethod
    def parse(cls, text: str) -> Cin:
        """Parse 4 digits. Raises IdentifierError."""
        value = digits_only(text, "cin", "CIN", skip="")
        if len(value) != 4:
            raise wrong_length(
                "cin", _("4 digits needed; you typed {count}.").format(count=len(value)), _("Read it from the meter.")
            )
        return cls(value)

    def __str__(self) -> str:
        return self.value


@dataclass(frozen=True, slots=True)
class FirmwareVersion:
    """Four octets, 8 hex digits, upper case."""

    value: str

    def __post_init__(self) -> None:
        require_form(self.value, "[0-9A-F]{8}", "firmware-version", _("Firmware version"))

    @classmethod
    def parse(cls, text: str) -> FirmwareVersion:
        """Parse 8 hex digits. Raises IdentifierError."""
        value = hex_only(text, "firmware-version", _("Firmware version"), skip="")
        if len(value) != 8:
            raise wrong_length(
                "firmware-version",
                _("A firmware version has 8 hex digits; there are {count}.").format(count=len(value)),
                _("Write it as the product list has it, for example 0002012F."),
            )
        return cls(value)

    def __str__(self) -> str:
        return self.value


@dataclass(frozen=True, slots=True)
class FirmwareHash:
    """32 octets, 64 hex digits, upper case."""

    value: str

    def __post_init__(self) -> None:
        require_form(self.value, "[0-9A-F]{64}", "firmware-hash", _("Firmware hash"))

    @classmethod
    def parse(cls, text: str) -> FirmwareHash:
        """Parse 64 hex digits. Raises IdentifierError."""
        value = hex_only(text, "firmware-hash", _("Firmware hash"), skip=" :")
        if len(value) != 64:
            raise wrong_length(
                "firmware-hash",
                _("A firmware hash has 64 hex digits; there are {count}.").format(count=len(value)),
                _("Copy it whole from the product list."),
            )
        return cls(value)

    def __str__(self) -> str:
        return self.value
