"""What there is of an answer before it is whole: out of its envelope, as far as it has come.

A long answer takes as long as its line: 28 KiB are half a minute at 9600 baud. In plain text its octets are as good
as they will ever be once their frame was sound. In a ciphered association nothing vouches for them before the tag at
the end: they can be deciphered on their way (GCM encrypts in counter mode), shown, and must be thrown away if the tag
does not fit. Small blocks, each with its tag, would be the other way; but each costs an envelope, a request and frames
that are not full, 5 per cent more line for rows every 2.5 s at 9600 baud, where this costs nothing.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from hht.protocol.cosem.blocks import BlockExchange
from hht.protocol.cosem.errors import Truncated
from hht.protocol.cosem.general_block import GeneralBlock
from hht.protocol.frames import ProtocolError

_GENERAL_BLOCK = bytes((GeneralBlock.TAG,))
_APDU_HEAD = 16  # octets of an APDU that tell what it answers, and how long its value or block is
_MOST_HEAD = 1024  # octets of a message in which its envelope must have begun


@dataclass(frozen=True, slots=True)
class Glimpse:
    """A look into a ciphered message: its text begins at octet `start` and has `size` octets; `decipher` takes it
    piece by piece."""

    start: int
    size: int
    decipher: Callable[[bytes], bytes]


class LooksInto(Protocol):
    """A channel."""

    def glimpse(self, head: bytes) -> Glimpse:
        """As `Channel.glimpse`."""
        ...


class Arriving:
    """One answer on its way. `plain` is what there is of the APDU inside; with a `channel`, nothing of it is proved."""

    def __init__(self, channel: LooksInto | None) -> None:
        self.plain = bytearray()
        self._shown = 0  # octets of the value in it that have been handed out
        self.read = 0  # octets of the message that have been taken
        self._channel = channel
        self._head = b""
        self._glimpse: Glimpse | None = None

    def take(self, fresh: bytes) -> None:
        """The octets after those that were taken. A message that cannot be looked into shows nothing, and is no error:
        when it is whole, it is opened by the book."""
        self.read += len(fresh)
        if self._channel is None:
            self.plain += fresh
            return
        if self._glimpse is None:
            self._head += fresh
            fresh = self._begin(self._channel)
        if self._glimpse is not None:
            self.plain += self._glimpse.decipher(fresh[: self._glimpse.size - len(self.plain)])

    def value(self, where: Callable[[bytes], tuple[int, int] | None]) -> bytes:
        """What has come since the last call of the value for which `where` tells, from the APDU's first octets, from
        where to where in it it stands (None: not known yet)."""
        place = where(bytes(self.plain[:_APDU_HEAD]))
        if place is None:
            return b""
        fresh = bytes(self.plain[place[0] + self._shown : place[1]])
        self._shown += len(fresh)
        return fresh

    def _begin(self, channel: LooksInto) -> bytes:
        """What of the text has come, once the envelope's head has."""
        try:
            self._glimpse = channel.glimpse(self._head)
        except Truncated:
            if len(self._head) <= _MOST_HEAD:
                return b""
            self._give_up()
            return b""
        except ProtocolError:
            self._give_up()
            return b""
        text, self._head = self._head[self._glimpse.start :], b""
        return text

    def _give_up(self) -> None:
        self._head, self._glimpse = b"", Glimpse(0, 0, bytes)


class Arrivals:
    """What is on its way: an answer as one APDU, or (also across notifications) one in general blocks."""

    def __init__(self) -> None:
        self.apdu: Arriving | None = None
        self.in_blocks: Arriving | None = None

    def take(self, part: bytes, exchange: BlockExchange | None, channel: LooksInto | None) -> Arriving:
        """The answer to which the APDU that begins with `part` belongs; b"": a general block has just been heard."""
        if part[:1] not in (b"", _GENERAL_BLOCK) or exchange is None or exchange.answered:
            self.apdu = self.apdu or Arriving(channel)
            self.apdu.take(part[self.apdu.read :])
            return self.apdu
        self.in_blocks = self.in_blocks or Arriving(channel)
        self.in_blocks.take(exchange.since(self.in_blocks.read, part))
        return self.in_blocks
