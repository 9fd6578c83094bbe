"""The three security suites: sizes, curves, hashes, and algorithm identifiers of key derivation (Green Book 9.2.3)."""

from __future__ import annotations

from dataclasses import dataclass

from hht.i18n import _
from hht.protocol.cosem.errors import ValueOutOfRange

_ALGORITHMS = bytes.fromhex("608574050803")  # 2.16.756.5.8.3.x: key derivation for an algorithm


@dataclass(frozen=True, slots=True)
class Suite:
    """One suite. `key_length` in octets; `curve_octets` is the length of a coordinate (suite 0 has no curve: 0)."""

    number: int
    key_length: int
    curve: str
    curve_octets: int
    digest: str
    gcm_algorithm: bytes

    @property
    def signature_length(self) -> int:
        """Octets of a signature in the plain form r || s."""
        return 2 * self.curve_octets


SUITES = (
    Suite(0, 16, "", 0, "", _ALGORITHMS + b"\x00"),
    Suite(1, 16, "secp256r1", 32, "sha256", _ALGORITHMS + b"\x00"),
    Suite(2, 32, "secp384r1", 48, "sha384", _ALGORITHMS + b"\x01"),
)


def suite_of(number: int) -> Suite:
    """Suite `number`. Raises ValueOutOfRange for another than 0, 1 and 2."""
    if not 0 <= number < len(SUITES):
        raise ValueOutOfRange(
            _("There is no security suite {number} here; there are 0, 1 and 2.").format(number=number),
            remedy=_("Check the security suite of this meter."),
            code="cosem-suite",
        )
    return SUITES[number]


def suite_with_curve(curve: str) -> Suite:
    """The suite whose curve this is. Raises ValueOutOfRange for a curve that no suite has."""
    for suite in SUITES:
        if suite.curve == curve and curve:
            return suite
    raise ValueOutOfRange(
        _("A key on the curve {curve}; security suites use P-256 (suite 1) and P-384 (suite 2).").format(curve=curve),
        remedy=_("Use the key that was made for this meter's security suite."),
        code="cosem-curve",
    )
