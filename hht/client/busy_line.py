"""A meter that is still in a conversation whose terminal has died: heard out, hung up on, or waited for.

Such a meter does not hear a sign-on: it sends the rest of its answer, then listens at the conversation's speed until
its inactivity time is over (IEC 62056-46: 120 s unless it was told otherwise), and only then goes back to 300 baud.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from hht.client.deadlines import Timing, Wait
from hht.client.remarks import OnRemark, Remark, unheard
from hht.client.speeds import can_do
from hht.i18n import _
from hht.link import Line, Link, LinkTimeout
from hht.protocol.hdlc import Control, Frame, HdlcAddress
from hht.protocol.hdlc.frame import server_address
from hht.protocol.hdlc.reader import FrameReader

USUAL_BAUD: Final = 9600
OTHER_BAUDS: Final = (19200, 4800, 2400)
LONGEST_TURN: Final = 7 * (2030 + 16)  # bytes of a window that is as full as can be
ROUNDING_S: Final = 1.0
INACTIVITY_S: Final = 120.0  # after which a meter hangs up by itself, and ...
SPARE_S: Final = 5.0  # ... a clock that is slow
WORTH_TELLING_S: Final = 1.0
_USUAL_CLIENTS: Final = (16, 17, 1, 2, 3, 4, 5, 6, 32, 48, 64, 100)
_UNNUMBERED: Final = (Control.SNRM, Control.UI)  # frames of a terminal, or of nobody


@dataclass(frozen=True, slots=True)
class Caller:
    """As whom the terminal speaks HDLC, and to whom. The fields are those of `Association`."""

    client_sap: int = 16
    server: int = 1
    physical: int | None = None
    address_size: int | None = None


async def hear_out(link: Link, timing: Timing, on_remark: OnRemark = unheard) -> Frame | None:
    """Wait until nobody speaks any more: for as long as the longest turn takes, at most. A frame of the meter's, where
    some of what was heard is one at the line's speed. Raises LinkLost."""
    silence_s = timing.octet_s + timing.slack_s
    limit_s = LONGEST_TURN * link.line.char_time_s + ROUNDING_S
    wait = Wait(link, silence_s, limit_s, 8 * LONGEST_TURN)  # at 300 baud a fast answer looks like more of a slow one
    loop, reader, found = asyncio.get_running_loop(), FrameReader(), None
    began, told = loop.time(), False
    while True:
        try:
            data = await wait.read()
        except LinkTimeout:
            return found
        for item in reader.feed(data):
            header = item if isinstance(item, Frame) else item.header
            if header is not None and header.control not in _UNNUMBERED:
                found = header
                if isinstance(item, Frame) and item.final:
                    return found
        if not told and loop.time() - began > WORTH_TELLING_S:
            told = True
            text = _(
                "The line is busy: the meter still answers somebody who has gone; it is heard out (at most {limit} s)."
            )
            on_remark(Remark("line-busy", text.format(limit=round(limit_s))))


class Rescue:
    """Gets a meter back that does not hear a sign-on. `fastest`: the speed in baud that is not exceeded with it."""

    def __init__(
        self,
        link: Link,
        timing: Timing,
        caller: Caller | None = None,
        on_remark: OnRemark = unheard,
        *,
        fastest: int = USUAL_BAUD,
        held: bool = False,
    ) -> None:
        """`held`: the meter is known to be in a conversation, at a speed that is of no use."""
        self._held = held
        self._link, self._timing, self.remark = link, timing, on_remark
        self._caller = caller or Caller()
        self._baud = min(USUAL_BAUD, fastest)
        self.holds_on = False  # a meter is there, in HDLC, and did not let go when it was asked to

    async def regain(self, *, busy: bool) -> bool:
        """Hang up for whoever has gone. `busy`: something was heard, and it was no identification. Whether there is
        reason to sign on once more. Raises LinkLost."""
        overheard = None
        bauds = (self._baud, *OTHER_BAUDS) if busy else (self._baud,)
        if busy and await can_do(self._link, Line(self._baud)):
            overheard = await hear_out(self._link, self._timing, self.remark)
        self.holds_on = overheard is not None or self._held
        for baud in bauds if overheard is None else bauds[:1]:
            if not await can_do(self._link, Line(baud)):
                continue
            answer = await self._hang_up(overheard)
            if answer is not None:
                self.holds_on = answer is Control.DM
                text = _("A conversation that was broken off has been ended; signing on anew.")
                self.remark(Remark("conversation-ended", text))
                return True
        return busy

    async def wait_out(self) -> None:
        """Let the meter's inactivity time pass, in silence. Raises LinkLost."""
        until = asyncio.get_running_loop().time() + INACTIVITY_S + SPARE_S
        text = _(
            "The meter is still in a conversation that was broken off; waiting until it hangs up, after {seconds} s."
        )
        words = text.format(seconds=round(INACTIVITY_S))
        self.remark(Remark("waiting-for-meter", words, INACTIVITY_S + SPARE_S))
        while (left_s := until - asyncio.get_running_loop().time()) > 0:
            try:
                await self._link.read(left_s)
            except LinkTimeout:
                return

    async def _hang_up(self, overheard: Frame | None) -> Control | None:
        """DISC, as whoever was heard, or as whoever it may have been. UA: that was it. DM: a meter is there, and knows
        no such client. None: nobody is there."""
        answer = None
        for client, server in self._addresses(overheard):
            answer = await self._answer_to(Frame(server, client, Control.DISC).encode())
            if answer is not Control.DM:
                break
        return answer

    def _addresses(self, overheard: Frame | None) -> Iterator[tuple[HdlcAddress, HdlcAddress]]:
        if overheard is not None:
            yield overheard.destination, overheard.source
            return
        caller = self._caller
        server = server_address(caller.server, caller.physical, caller.address_size)
        for sap in dict.fromkeys((caller.client_sap, *_USUAL_CLIENTS)):
            yield HdlcAddress(sap), server

    async def _answer_to(self, frame: bytes) -> Control | None:
        self._link.discard_input()
        await self._link.write(frame)
        timing, char_time_s = self._timing, self._link.line.char_time_s
        silence_s = len(frame) * char_time_s + min(timing.reaction_s, timing.octet_s + timing.slack_s) + timing.slack_s
        wait, reader = Wait(self._link, silence_s, silence_s, LONGEST_TURN), FrameReader()
        while True:
            try:
                items = reader.feed(await wait.read())
            except LinkTimeout:
                return None
            for item in items:
                if isinstance(item, Frame) and item.control in (Control.UA, Control.DM):
                    return item.control
