"""A training vend service: who makes UTRNs for an emulated meter, and how the meter knows them.

A token is built as GBCS builds it (factbook 1.5): PTUT of truncated originator counter, value class, value and MAC;
offset; check digit. Only the MAC is ours: HMAC-SHA-256 under a key made from the premises' chance and the Device ID,
which vend service and meter share. The real one (ECDH with the supplier's prepayment key, GMAC) belongs to the
protocol; so no real meter takes one of these tokens, and an emulated one takes no real one.

A typed token carries ten bits of the counter. The meter completes them to the number nearest to the highest that it
has accepted: a vendor whose counter is far ahead (counted from an epoch) is not understood, and its token looks not
authentic, until one of its top-ups has come over WAN or HAN with the whole counter (painpoints P21).
"""

from __future__ import annotations

import enum
import hashlib
import hmac
from dataclasses import dataclass

from hht.errors import HhtError
from hht.i18n import _
from hht.identifiers.utrn import PPTD_BASE, Utrn, utrn_check_digit
from hht.model.site import Site

COUNTER_BITS = 10
WINDOW = 1 << COUNTER_BITS
_VALUES = 1 << 13
_COUNTERS = 1 << 32


class VendError(HhtError):
    """An amount or a counter that no token can carry."""

    default_code = "vend"


class VendChannel(enum.StrEnum):
    """How the consumer paid (PPM-11)."""

    PHONE = "phone"
    INTERNET = "internet"
    ATM = "atm"
    CASH_OUTLET = "cash-outlet"


@dataclass(frozen=True, slots=True)
class Receipt:
    """A token that was sold. `counter`: the upper 32 bits of the originator counter; `amount`: thousandths of a
    penny; `target`: the Device ID that it is for."""

    utrn: Utrn
    counter: int
    amount: int
    channel: VendChannel
    target: str


class VendAccount:
    """The vend service's account for one emulated meter on `site`, and the key that both have."""

    def __init__(self, site: Site, device_id: str) -> None:
        self.device_id = device_id
        self._seed = site.chance("training vend").to_bytes(8, "big")
        self._key = self._sells_under = self._key_of(device_id)
        self._target = device_id
        self.counter = 0  # of the last token sold
        self.repeats = False  # a fault: the same counter is sold again
        self._channels: dict[int, VendChannel] = {}

    def mint(
        self, pence: int, channel: VendChannel = VendChannel.CASH_OUTLET, *, counter: int | None = None
    ) -> Receipt:
        """Sell a token for `pence`: up to 8191 pence, or whole pounds up to 8191. `counter`: another than the next one,
        to train with. Raises VendError."""
        value_class, value = (0, pence) if pence < _VALUES else (1, pence // 100)
        if not 0 < value < _VALUES or (value_class and pence % 100):
            raise VendError(
                _("No token can carry {pence} pence.").format(pence=pence),
                remedy=_("Sell up to 8191 pence, or whole pounds up to 8191."),
            )
        number = self.counter + (not (self.repeats and self.counter)) if counter is None else counter
        if not 0 < number < _COUNTERS:
            raise VendError(
                _("{counter} is no counter of a token.").format(counter=number),
                remedy=_("Use 1 to 4294967295."),
            )
        self.counter = number
        self._channels[number] = channel
        high = (number % WINDOW) << 15 | value_class << 13 | value
        nineteen = str(PPTD_BASE + (high << 32) + self._mac(number, high, self._sells_under))
        return Receipt(Utrn(nineteen + str(utrn_check_digit(nineteen))), number, pence * 1000, channel, self._target)

    def sell_for(self, device_id: str) -> None:
        """From now on tokens are sold for that device: another one, where somebody has mixed up two customers."""
        self._target, self._sells_under = device_id, self._key_of(device_id)

    def _key_of(self, device_id: str) -> bytes:
        eui = bytes.fromhex(device_id.replace("-", ""))
        return hmac.digest(self._seed, b"HHT training vend" + eui, hashlib.sha256)

    def authentic(self, utrn: Utrn, counter: int) -> bool:
        """Whether this account made the token, with this counter."""
        if not 0 < counter < _COUNTERS:
            return False
        ptut = int(utrn.reveal()[:19]) - PPTD_BASE
        high = ptut >> 32
        mac = self._mac(counter, high, self._key).to_bytes(4, "big")
        return high >> 15 == counter % WINDOW and hmac.compare_digest(mac, (ptut % _COUNTERS).to_bytes(4, "big"))

    def channel(self, counter: int) -> VendChannel | None:
        """How the token with this counter was paid for, as the vend service tells the supplier."""
        return self._channels.get(counter)

    @staticmethod
    def _mac(counter: int, high: int, key: bytes) -> int:
        """32 bits over originator counter and the upper half of the PTUT (the target is in the key)."""
        message = b"\x11" + (counter << 32).to_bytes(8, "big") + high.to_bytes(4, "big")
        return int.from_bytes(hmac.digest(key, message, hashlib.sha256)[-4:], "big")


class CounterCache:
    """The counters of the tokens that a meter has accepted: the last hundred, and the highest that was forgotten."""

    KEPT = 100

    def __init__(self) -> None:
        self._used: set[int] = set()
        self._floor = 0

    @property
    def highest(self) -> int:
        """The highest counter that was accepted; 0 before the first."""
        return max(self._used, default=self._floor)

    def complete(self, bits: int) -> int:
        """The counter (>= 1) that ten typed bits most likely stand for: the one nearest to the highest accepted."""
        lowest = self.highest - WINDOW // 2 + 1
        nearest = lowest + (bits - lowest) % WINDOW
        return nearest if nearest > 0 else nearest + WINDOW

    def seen(self, counter: int) -> bool:
        """Whether a token with this counter was used, or may have been and was forgotten."""
        return counter <= self._floor or counter in self._used

    def use(self, counter: int) -> None:
        """A token was accepted."""
        self._used.add(counter)
        if len(self._used) > self.KEPT:
            self._floor = min(self._used)
            self._used.remove(self._floor)
