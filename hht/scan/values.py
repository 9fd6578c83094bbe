"""What can stand on a label: which kinds there are, how each is checked, what of it may be shown."""

from __future__ import annotations

import enum
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final

from hht.i18n import _
from hht.identifiers import DeviceId, IdentifierError, InstallCode, Mpan, Mprn, Utrn
from hht.identifiers.errors import digits_only, wrong_length
from hht.identifiers.gs1 import gtin_check_digit
from hht.plain_text import plain_text


class Field(enum.StrEnum):
    """What a piece of a label is. The names are those of the table of formats."""

    DEVICE_ID = "device-id"
    CHF_ID = "chf-id"  # of the two on a hub (factbook 0.8)
    GPF_ID = "gpf-id"
    INSTALL_CODE = "install-code"
    MPAN = "mpan"
    MPRN = "mprn"
    UTRN = "utrn"
    SERIAL = "serial"
    GTIN = "gtin"
    OTHER = "other"  # something that is not looked at


DEVICE_IDS: Final = (Field.DEVICE_ID, Field.CHF_ID, Field.GPF_ID)
SECRETS: Final = (Field.INSTALL_CODE, Field.UTRN)
_SERIAL: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9 ._/#-]{0,59}")


def field_words(kind: Field) -> str:
    """It, in words."""
    return {
        Field.DEVICE_ID: _("Device ID"),
        Field.CHF_ID: _("CHF ID"),
        Field.GPF_ID: _("GPF ID"),
        Field.INSTALL_CODE: _("Install code"),
        Field.MPAN: "MPAN",
        Field.MPRN: "MPRN",
        Field.UTRN: "UTRN",
        Field.SERIAL: _("Serial number"),
        Field.GTIN: _("Product number (GTIN)"),
        Field.OTHER: _("Other text"),
    }[kind]


@dataclass(frozen=True, slots=True)
class LabelValue:
    """One piece of a label, exactly as it stands there; `error` says what is wrong with it.

    `sure`: had a character been misread, something would have told (the code's own check, a check digit, a CRC).
    """

    kind: Field
    typed: str = field(repr=False)
    error: IdentifierError | None = None
    sure: bool = True

    @property
    def secret(self) -> bool:
        """Whether nobody but the place that it is meant for may see it."""
        return self.kind in SECRETS

    @property
    def shown(self) -> str:
        """For eyes, logs and exports: the canonical spelling, or what was read where that is wrong; of a secret how
        long it is, and of an install code the CRC, to be compared with the label."""
        if not self.secret:
            return plain_text(self.typed.strip() if self.error else canonical(self.kind, self.typed))
        count = sum(character.isalnum() for character in self.typed)
        if self.kind is Field.INSTALL_CODE and self.error is None:
            crc = InstallCode.parse(self.typed).crc
            return _("{count} characters, CRC {crc}").format(count=count, crc=crc)
        return _("{count} characters").format(count=count)


def value_of(kind: Field, typed: str, *, checked: bool = True, allow_test: bool = False) -> LabelValue:
    """The value with its verdict. `checked`: the code that it was read from finds its own misreadings."""
    error = None
    try:
        _checks(allow_test)[kind](typed)
    except IdentifierError as found:
        error = found
    return LabelValue(kind, typed, error, checked or _has_check(kind, typed))


def canonical(kind: Field, typed: str) -> str:
    """As devices and jobs spell it. Raises IdentifierError. A secret stays as it is."""
    if kind in SECRETS:
        return typed
    return _checks(True)[kind](typed)


def _checks(allow_test: bool) -> dict[Field, Callable[[str], str]]:
    device = lambda typed: str(DeviceId.parse(typed))  # noqa: E731
    return {
        Field.DEVICE_ID: device,
        Field.CHF_ID: device,
        Field.GPF_ID: device,
        Field.INSTALL_CODE: lambda typed: InstallCode.parse(typed).crc,
        Field.MPAN: lambda typed: str(Mpan.parse(typed, allow_test=allow_test)),
        Field.MPRN: lambda typed: str(Mprn.parse(typed, allow_test=allow_test)),
        Field.UTRN: lambda typed: str(Utrn.parse(typed)),
        Field.SERIAL: _serial,
        Field.GTIN: _gtin,
        Field.OTHER: lambda typed: typed,
    }


def _has_check(kind: Field, typed: str) -> bool:
    """Whether the text has a check of its own, which `value_of` holds it against."""
    if kind is Field.INSTALL_CODE:
        return sum(character.isalnum() for character in typed) == 36
    return kind in (Field.MPAN, Field.MPRN, Field.UTRN, Field.GTIN)


def _serial(typed: str) -> str:
    text = typed.strip()
    if _SERIAL.fullmatch(text):
        return text
    raise IdentifierError(
        _("This is no serial number: it has 1 to 60 letters, digits, spaces and . _ / # -."),
        remedy=_("Type the serial number from the plate."),
        code="serial-form",
    )


def _gtin(typed: str) -> str:
    digits = digits_only(typed, "gtin", "GTIN")
    if len(digits) not in (8, 12, 13, 14):
        raise wrong_length("gtin", _("A GTIN has 8, 12, 13 or 14 digits; there are {count}.").format(count=len(digits)))
    whole = digits.rjust(14, "0")
    expected = gtin_check_digit(whole[:13])
    if expected != int(whole[13]):
        raise IdentifierError(
            _("The check digit of the GTIN should be {expected}, the label says {typed}.").format(
                expected=expected, typed=whole[13]
            ),
            remedy=_("Scan it again."),
            code="gtin-check-digit",
            expected=str(expected),
        )
    return digits
