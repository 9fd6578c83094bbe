"""How long the terminal waits for what. Counted above the link; the link only moves bytes."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, replace
from typing import Final

from hht.i18n import _
from hht.link import Link, LinkTimeout
from hht.link_remedies import Trouble, remedy_for

BUSY_WRITING_S: Final = 60.0
_LATEST: Final = 2.5  # times the longest reaction
_PATIENCE: Final = 1.5  # times what was seen once


@dataclass(frozen=True, slots=True)
class Timing:
    """Waiting times in seconds.

    IEC 62056-21: reaction 200 ms (20 ms where the maker's third letter is lower-case), at most 1500 ms; gap between
    characters at most 1500 ms (factbook ch. 7). HDLC: no answer for `response_s` after the last byte left means the
    frame or its answer is lost; where something came and broke off, `octet_s` is enough: the inter-octet time (25 ms
    where a meter has not been told otherwise, IEC 62056-46), with room for adapters that hold bytes back.
    """

    reaction_s: float = 1.5
    gap_s: float = 1.5
    confirmation_s: float = 0.6  # mode E confirmation after the acknowledge; some meters send none
    response_s: float = 2.0
    octet_s: float = 0.2
    busy_s: float = 30.0  # a meter may say so long that it is not ready, while nothing is written
    busy_writing_s: float = BUSY_WRITING_S
    slack_s: float = 0.3  # transport: USB packets, TCP round trip
    sign_on_tries: int = 2
    packet_s: float = 90.0  # a whole wrapper packet: 64 KiB behind a modem of 9600 baud are 68 s
    listen_s: float = 6.0  # after a garbled sign-on, until a meter of mode D is heard
    telegram_s: float = 30.0  # until a meter of mode D has spoken by itself

    @property
    def latest_s(self) -> float:
        """How long an identification is waited for at last, where nothing has been heard: some meters are later than
        the standard allows."""
        return _LATEST * self.reaction_s

    def patient(self, late_s: float) -> Timing:
        """The same for a meter whose answers begin `late_s` seconds after the question."""
        wait_s = _PATIENCE * late_s
        longer = {name: max(getattr(self, name), wait_s) for name in ("reaction_s", "response_s", "confirmation_s")}
        return replace(self, **longer)

    def first_byte_s(self, sent: int, char_time_s: float) -> float:
        """Seconds until the first byte of an answer must be there after handing over `sent` bytes."""
        return sent * char_time_s + self.response_s + self.slack_s


class Wait:
    """A wait for an answer that silence ends, and noise too: what brings the answer no nearer renews nothing.

    `silence_s`: seconds without a byte. `limit_s`: seconds in all, and `limit_bytes`: bytes in all, since the wait
    began or `renew` was called. A peer that keeps sending cannot hold the terminal for longer.
    """

    def __init__(self, link: Link, silence_s: float, limit_s: float, limit_bytes: int) -> None:
        self._link = link
        self.silence_s = silence_s
        self._limit_s, self._limit_bytes = limit_s, limit_bytes
        self.renew()

    def renew(self) -> None:
        """The answer has come nearer: count from here."""
        self._until = asyncio.get_running_loop().time() + max(self._limit_s, self.silence_s)
        self._left = self._limit_bytes

    async def read(self) -> bytes:
        """At least one byte. Raises LinkTimeout as above, LinkLost when the link is gone."""
        left_s = self._until - asyncio.get_running_loop().time()
        if left_s <= 0 or self._left <= 0:
            raise self._noise()
        try:
            data = await self._link.read(min(self.silence_s, left_s))
        except LinkTimeout:
            if self.silence_s <= left_s:
                raise
            raise self._noise() from None  # something did come, less than this silence ago
        self._left -= len(data)
        return data

    def _noise(self) -> LinkTimeout:
        return LinkTimeout(
            _("{link} sends and sends, and nothing of it is an answer.").format(link=self._link.title),
            remedy=remedy_for(Trouble.NOISE, self._link),
            code="noise",
        )
