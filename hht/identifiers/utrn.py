"""UTRN: the 20-digit top-up token of prepayment (factbook 1.5).

The check digit is Verhoeff with GBCS's own start row and inverse table: the textbook one rejects every valid UTRN.
"""

from __future__ import annotations

from dataclasses import dataclass

from hht.i18n import _
from hht.identifiers.errors import IdentifierError, digits_only, require_form, wrong_length
from hht.identifiers.secret import Secret

_D = (
    "0123456789", "1234067895", "2340178956", "3401289567", "4012395678",
    "5987604321", "6598710432", "7659821043", "8765932104", "9876543210",
)  # fmt: skip
_P = (
    "0123456789", "1576283094", "5803796142", "8916043527",
    "9453126870", "4286573901", "2793806415", "7046913258",
)  # fmt: skip
_INVERSE = "1267583094"  # GBCS's, not the textbook's
_START_ROW = 4

PPTD_BASE = 0x669D529B714A0000  # 7394156990786306048, added to the 64-bit PTUT
PPTD_LAST = 7538272178862161919
COUNTER_WINDOW = 1 << 10  # of the originator counter a token has the last ten bits of the upper half alone


def utrn_check_digit(nineteen: str) -> int:
    """The 20th digit that belongs to `nineteen` digits."""
    row, k = 0, _START_ROW
    for digit in nineteen:
        row = int(_D[row][int(_P[k][int(digit)])])
        k = (k + 1) % 8
    return int(_INVERSE[row])


def completed_counter(bits: int, highest: int) -> int:
    """The upper 32 bits of the originator counter that ten bits of a token stand for to a meter: the number with these
    last bits that is nearest to `highest`, the highest that it accepted; never below 0 (gbcs.md 2.3)."""
    base = highest - highest % COUNTER_WINDOW + bits
    candidates = (base - COUNTER_WINDOW, base, base + COUNTER_WINDOW)
    return min((found for found in candidates if found >= 0), key=lambda found: abs(found - highest))


@dataclass(frozen=True, slots=True)
class UtrnContents:
    """What a token says of itself. The value is money for a person at the meter, not a secret."""

    truncated_counter: int  # 10 bits of the originator counter
    value_class: int  # 0 pence, 1 pounds; others are undefined
    value: int  # 0..8191

    @property
    def amount_pence(self) -> int | None:
        """The value in pence; None where its class is undefined."""
        return {0: self.value, 1: self.value * 100}.get(self.value_class)


class Utrn(Secret):
    """A plausible UTRN with a right check digit: 20 digits. Whether the meter takes it, only the meter knows."""

    __slots__ = ()

    def __init__(self, secret: str) -> None:
        require_form(secret, "[0-9]{20}", "utrn", "UTRN")
        if not PPTD_BASE <= int(secret[:19]) <= PPTD_LAST:
            raise _implausible(
                "utrn-range",
                _("This is no UTRN: the first 19 digits of every one lie between {least} and {most}.").format(
                    least=_in_fours(PPTD_BASE), most=_in_fours(PPTD_LAST)
                ),
            )
        expected = utrn_check_digit(secret[:19])
        if expected != int(secret[19]):
            raise IdentifierError(
                _("A digit of the UTRN is mistyped: after the first 19 the check digit is {expected}.").format(
                    expected=expected
                ),
                remedy=_(
                    "Any of the 20 may be the wrong one: compare all with the receipt, four at a time, and do not just "
                    "change the last. Do not try it on the meter."
                ),
                code="utrn-check-digit",
                expected=str(expected),
            )
        super().__init__(secret)
        if self.contents.amount_pence is None:
            raise _implausible("utrn-value-class", _("The UTRN's check digit fits, but its value class is undefined."))

    @classmethod
    def parse(cls, text: str) -> Utrn:
        """Parse 20 digits; spaces and hyphens are ignored. Raises IdentifierError; never quotes the token.

        Plausibility (the range of the 19 digits, a defined value class) and check digit are separate verdicts:
        codes ``utrn-range``, ``utrn-value-class`` and ``utrn-check-digit``.
        """
        value = digits_only(text, "utrn", "UTRN", skip=" -")
        if len(value) != 20:
            raise wrong_length(
                "utrn",
                _("A UTRN has 20 digits; you typed {count}.").format(count=len(value)),
                _("Type all of it, in groups of four. A wrong entry may count towards the meter's lock-out."),
            )
        return cls(value)

    @property
    def contents(self) -> UtrnContents:
        """Counter bits, value class and value."""
        ptut = int(self.reveal()[:19]) - PPTD_BASE
        return UtrnContents(ptut >> 47 & 0x3FF, ptut >> 45 & 0x3, ptut >> 32 & 0x1FFF)


def _in_fours(number: int) -> str:
    """As a receipt has it."""
    digits = str(number)
    return " ".join(digits[at : at + 4] for at in range(0, len(digits), 4))


def _implausible(code: str, message: str) -> IdentifierError:
    return IdentifierError(
        message, remedy=_("Compare it with the receipt, and ask the supplier for the token again."), code=code
    )
