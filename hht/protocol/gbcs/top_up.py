"""UTRNs as a supplier makes them and a meter checks them (gbcs.md 2.3; factbook 1.5).

The key is agreed on between the supplier's prepayment key and the meter's; the token holds the last 32 bits of a GMAC,
and ten bits of the counter: the meter completes them to the number nearest to the highest that it accepted.
"""

from __future__ import annotations

import enum
from typing import Final

from hht.i18n import _
from hht.identifiers.utrn import COUNTER_WINDOW, PPTD_BASE, Utrn, completed_counter, utrn_check_digit
from hht.protocol.gbcs import crypto
from hht.protocol.gbcs.certificates import KeyUsage
from hht.protocol.gbcs.envelope import MAC_PREFIX
from hht.protocol.gbcs.errors import GbcsError
from hht.protocol.gbcs.keys import KeyRing, missing

MOST_VALUE: Final = 0x1FFF
_MAC_OCTETS: Final = 4


class ValueClass(enum.IntEnum):
    """What the value of a token counts."""

    PENCE = 0
    POUNDS = 1


def make_utrn(
    keys: KeyRing, supplier: bytes, meter: bytes, counter: int, value: int, value_class: ValueClass = ValueClass.POUNDS
) -> Utrn:
    """The token for `value` (0 to 8191) of the supplier with that originator counter (64 bits) for the meter.

    Raises GbcsError for a value or counter that no token can carry, KeyMissing.
    """
    if not (0 <= value <= MOST_VALUE and 0 <= counter < 1 << 64):
        raise GbcsError(
            _("No token can carry the value {value}.").format(value=value),
            remedy=_("Sell up to 8191 pence, or whole pounds up to 8191."),
            code="gbcs-token-value",
        )
    high = (counter >> 32 & COUNTER_WINDOW - 1) << 15 | value_class << 13 | value
    ptut = high << 32 | _mac(keys, supplier, meter, counter, high)
    nineteen = str(PPTD_BASE + ptut)
    return Utrn(nineteen + str(utrn_check_digit(nineteen)))


def check_utrn(keys: KeyRing, utrn: Utrn, supplier: bytes, meter: bytes, highest: int = 0) -> int | None:
    """The originator counter of a token that the supplier made for this meter; None: it is not authentic.

    `highest`: the highest counter of a token that the meter accepted. Raises KeyMissing.
    """
    ptut = int(utrn.reveal()[:19]) - PPTD_BASE
    counter = completed_counter(ptut >> 47 & COUNTER_WINDOW - 1, highest >> 32) << 32
    expected = _mac(keys, supplier, meter, counter, ptut >> 32)
    said = (ptut & 0xFFFF_FFFF).to_bytes(_MAC_OCTETS, "big")
    return counter if crypto.same(expected.to_bytes(_MAC_OCTETS, "big"), said) else None


def _mac(keys: KeyRing, supplier: bytes, meter: bytes, counter: int, high: int) -> int:
    z = keys.secret(supplier, meter, KeyUsage.PREPAYMENT)
    if z is None:
        raise missing(supplier)
    transaction = bytes((crypto.COMMAND_KEY,)) + counter.to_bytes(8, "big")
    key = crypto.derive_key(z, supplier, transaction, meter)
    covered = MAC_PREFIX + supplier + meter + transaction + high.to_bytes(4, "big")
    return int.from_bytes(crypto.gmac(key, supplier, covered)[-_MAC_OCTETS:], "big")
