"""What goes through a tunnel to and from a gas meter that sleeps: one octet before the message (GBCS 10.2.3).

``01`` GET: what is there for me? ``02`` and how many wait besides, then a message: GET-RESPONSE. ``03`` and a message:
PUT. An electricity meter and every other device that listens all the time gets the message without such an octet.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Final

from hht.i18n import _
from hht.protocol.frames import FrameError

GET: Final = 0x01
GET_RESPONSE: Final = 0x02
PUT: Final = 0x03


class PrefixError(FrameError):
    """Octets without a prefix that a sleeping gas meter's messages have."""

    default_code: ClassVar[str] = "gas-prefix"


@dataclass(frozen=True, slots=True)
class Get:
    """Ask for what waits."""

    def encode(self) -> bytes:
        """The octets."""
        return bytes((GET,))


@dataclass(frozen=True, slots=True)
class GetResponse:
    """`remaining`: how many messages wait besides (0 to 255); `message` empty: there was none."""

    remaining: int
    message: bytes = b""

    def encode(self) -> bytes:
        """The octets."""
        return bytes((GET_RESPONSE, min(self.remaining, 0xFF))) + self.message


@dataclass(frozen=True, slots=True)
class Put:
    """Take this message."""

    message: bytes

    def encode(self) -> bytes:
        """The octets."""
        return bytes((PUT,)) + self.message


Prefixed = Get | GetResponse | Put


def parse_prefixed(data: bytes) -> Prefixed:
    """What `data` is. Raises PrefixError."""
    if data == bytes((GET,)):
        return Get()
    if len(data) >= 2 and data[0] == GET_RESPONSE:
        return GetResponse(data[1], data[2:])
    if len(data) >= 2 and data[0] == PUT:
        return Put(data[1:])
    raise PrefixError(
        _("What came of a gas meter that sleeps begins with none of 01, 02 and 03, or ends right behind it."),
        remedy=_("Collect its answer once more; if it stays, call the desk."),
    )
