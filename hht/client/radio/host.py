"""The host's end of the dongle's API over a `Link`: one request at a time, and what comes unasked is kept.

A request that changes nothing may be repeated where its answer is lost or damaged (`repeats`); one that does something
is never said twice. A dongle that starts anew in the middle ends whatever waits.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, TypeVar

from hht.client.radio.errors import dongle_no_znp, dongle_refused, dongle_restarted, dongle_silent, dongle_unable
from hht.link import Line, Link, LinkState, LinkTimeout
from hht.protocol.frames import FrameError
from hht.protocol.znp import Damage, Frame, ZnpReader, command_of, frame_of
from hht.protocol.znp.messages import Command, RpcError, ZnpError, answer_to
from hht.protocol.znp.status import SUCCESS
from hht.protocol.znp.sys import ResetInd

DONGLE_LINE: Final = Line(115200, 8, "N", 1)
_MOST_KEPT: Final = 256  # of what came unasked, the oldest is forgotten
_MOST_NOISE: Final = 65536  # octets without a frame: that is no dongle
C = TypeVar("C", bound=Command)


@dataclass(frozen=True, slots=True)
class RadioTiming:
    """Waiting times in seconds. `answer_s`: a dongle's own answer. `key_s`: key establishment with a hub (its two ends
    calculate for many seconds). `message_s`: from a message to a device that listens to its answer."""

    answer_s: float = 2.0
    repeats: int = 2
    reset_s: float = 5.0
    key_s: float = 60.0
    welcome_s: float = 15.0
    join_s: float = 60.0
    confirm_s: float = 10.0
    tunnel_s: float = 15.0
    message_s: float = 30.0
    scan_slack_s: float = 8.0
    poll_s: float = 20.0  # how often a sleeping meter's answer is asked for
    pause_s: float = 0.3  # a frame that has begun and is not finished


class DongleHost:
    """See the module. `damaged` counts octets that were no frame, `unread` frames that are not known here."""

    def __init__(self, link: Link, timing: RadioTiming) -> None:
        self.link = link
        self.timing = timing
        self.damaged = self.unread = 0
        self.gone: Callable[[Command], None] | None = None  # raises where what came ends the conversation
        self._reader = ZnpReader()
        self._inbox: deque[Command] = deque(maxlen=_MOST_KEPT)
        self._frames = 0
        self._resetting = False

    async def open(self) -> None:
        """Open the link, at the dongle's speed. Raises LinkUnavailable."""
        await self.link.open()
        await self.link.set_line(DONGLE_LINE)
        self.link.discard_input()

    async def close(self) -> None:
        """Close the link. Never raises."""
        await self.link.close()

    @property
    def is_up(self) -> bool:
        """Whether bytes can be exchanged."""
        return self.link.state is LinkState.UP

    async def ask(self, request: Command, *, once: bool = False, answer: type[C]) -> C:
        """The answer to a request; `once`: it does something, so it is never repeated. Raises DongleError, LinkError.

        `answer` is the type of the answer, for the type checker: it must be the request's.
        """
        if answer_to(type(request)) is not answer:
            raise TypeError(f"{answer.__name__} does not answer {type(request).__name__}")
        self.forget(answer, RpcError)  # late, to a request before this one: it would be taken for this one's
        for attempt in range(1 if once else 1 + self.timing.repeats):
            del attempt
            await self.link.write(frame_of(request).encode())
            found = await self._answer(request, answer, patient=once)
            if found is not None:
                return found
        if not self._frames and self.damaged:
            raise dongle_no_znp(self.damaged)
        raise dongle_silent(request.title)

    async def do(self, request: Command, *, once: bool = True, also: tuple[int, ...] = ()) -> int:
        """A request whose answer is a status: success, or one of `also`. Raises DongleError with any other."""
        found = await self.ask(request, once=once, answer=answer_to(type(request)))
        status = int(getattr(found, "status"))  # noqa: B009 - which type it is only the table knows
        if status != SUCCESS and status not in also:
            raise dongle_refused(request.title, status)
        return status

    async def expect(self, accept: Callable[[Command], bool], within_s: float) -> Command | None:
        """The first of what comes unasked (or has come) that `accept` takes; None where none does in time."""
        until = self._now() + within_s
        while True:
            for message in list(self._inbox):
                if accept(message):
                    self._inbox.remove(message)
                    return message
            left = until - self._now()
            if left <= 0 or not await self._hear(left):
                return None

    def forget(self, *kinds: type[Command]) -> None:
        """What has come unasked of these kinds is not waited for."""
        self._inbox = deque((one for one in self._inbox if not isinstance(one, kinds)), maxlen=_MOST_KEPT)

    async def reset(self, request: Command) -> bool:
        """Let it start anew; whether it said so itself."""
        self._inbox.clear()
        self._resetting = True
        try:
            await self.link.write(frame_of(request).encode())
            found = await self.expect(lambda one: isinstance(one, ResetInd), self.timing.reset_s)
        finally:
            self._resetting = False
        return found is not None

    # --- inside ----------------------------------------------------------------------------------------------------

    async def _answer(self, request: Command, wanted: type[C], *, patient: bool) -> C | None:
        """The answer; None where it is lost. One that may be asked for again is not waited for long behind noise, which
        it may have been."""
        until = self._now() + self.timing.answer_s
        damaged = self.damaged
        while True:
            for message in list(self._inbox):
                if isinstance(message, wanted):
                    self._inbox.remove(message)
                    return message
                if isinstance(message, RpcError) and message.header == (request.cmd0, request.cmd1):
                    self._inbox.remove(message)
                    raise dongle_unable(request.title, message.words)
            left = until - self._now()
            if left <= 0 or not await self._hear(left):
                return None
            if self.damaged > damaged and not patient:
                until = min(until, self._now() + self.timing.pause_s)
                damaged = self.damaged

    async def _hear(self, within_s: float) -> bool:
        """Read once; False where nothing comes in time. Raises LinkLost, and where the dongle has started anew."""
        pause_s = self.timing.pause_s
        wait_s = min(within_s, pause_s) if self._reader.in_frame else within_s
        try:
            data = await self.link.read(wait_s)
        except LinkTimeout:
            self._take(self._reader.pause())
            return wait_s < within_s
        self._take(self._reader.feed(data))
        return True

    def _take(self, found: list[Frame | Damage]) -> None:
        for item in found:
            if isinstance(item, Damage):
                self.damaged += len(item.octets)
                if not self._frames and self.damaged > _MOST_NOISE:
                    raise dongle_no_znp(self.damaged)
                continue
            self._frames += 1
            try:
                message = command_of(item)
            except (ZnpError, FrameError):
                self.unread += 1
                continue
            if isinstance(message, ResetInd) and not self._resetting:
                self._inbox.clear()
                raise dongle_restarted()
            if self.gone is not None:
                self.gone(message)
            self._inbox.append(message)

    @staticmethod
    def _now() -> float:
        return asyncio.get_running_loop().time()
