"""A cursor over received octets: every read is checked, a shortage is an error that says where."""

from __future__ import annotations

from hht.i18n import _
from hht.protocol.cosem.axdr import decode_at
from hht.protocol.cosem.errors import MalformedValue, TrailingOctets
from hht.protocol.cosem.lengths import decode_length, ended
from hht.protocol.cosem.scalars import lies
from hht.protocol.cosem.values import Data


class Cursor:
    """Reads `octets` from `at` on. Its methods raise MalformedValue."""

    __slots__ = ("at", "octets")

    def __init__(self, octets: bytes, at: int = 0) -> None:
        self.octets = octets
        self.at = at

    @property
    def left(self) -> int:
        """Octets not read yet."""
        return len(self.octets) - self.at

    def take(self, count: int) -> bytes:
        """The next `count` octets."""
        end = self.at + count
        if end > len(self.octets):
            raise ended(len(self.octets))
        start, self.at = self.at, end
        return self.octets[start:end]

    def rest(self) -> bytes:
        """All that is left."""
        return self.take(self.left)

    def octet(self) -> int:
        """The next octet."""
        return self.take(1)[0]

    def signed(self) -> int:
        """The next octet as a signed number."""
        return int.from_bytes(self.take(1), "big", signed=True)

    def u16(self) -> int:
        """Two octets."""
        return int.from_bytes(self.take(2), "big")

    def u32(self) -> int:
        """Four octets."""
        return int.from_bytes(self.take(4), "big")

    def flag(self) -> bool:
        """A boolean, or the presence of an optional field."""
        return self.octet() != 0

    def count(self) -> int:
        """A number of elements, each at least an octet long."""
        at = self.at
        count, self.at = decode_length(self.octets, at)
        if count > self.left:
            raise lies(count, self.left, at)
        return count

    def counted(self) -> bytes:
        """A length and that many octets."""
        return self.take(self.count())

    def length(self) -> int:
        """A length, whether that many octets are here yet or not."""
        length, self.at = decode_length(self.octets, self.at)
        return length

    def data(self) -> Data:
        """One A-XDR value."""
        value, self.at = decode_at(self.octets, self.at)
        return value

    def end(self) -> None:
        """Nothing may be left."""
        if self.left:
            raise TrailingOctets(
                _("{count} octets are left over after the message.").format(count=self.left), at=self.at
            )

    def malformed(self, what: str) -> MalformedValue:
        """The error for a message that makes no sense here."""
        return MalformedValue(_("The message makes no sense: {what}, at octet {at}.").format(what=what, at=self.at))
