"""The emulated desk on an event loop: what `drivers.serve_tcp` and in-process links serve.

One desk for one premises, whoever is connected. While anybody is, the premises catches up whenever something is due.
`Fault` is what can be wrong with the line and with who sits at it, to train with and to test by.
"""

from __future__ import annotations

import asyncio
import enum
from collections import deque
from collections.abc import Callable
from dataclasses import replace
from typing import Final

from hht.desk.asks import make_reference
from hht.desk.errors import DeskError
from hht.desk.messages import VERSION, Hello, LineReader, Message, Refused, Result, Taken, decode, encode
from hht.emulation.desk_end import DeskRole, EmulatedDesk, Manner
from hht.emulation.due import WakesWhenDue
from hht.model.premises import Premises

SLOW_S: Final = 20.0
_ELSEWHERE: Final = make_reference(b"other")


class Fault(enum.StrEnum):
    """What is wrong with a desk, or the line to it."""

    NONE = "none"
    SLOW = "slow"  # it takes its time for each word
    DROPS = "drops"  # the line goes away right after the desk has taken an ask, each time but the last of three
    OTHER_JOB = "other-job"  # it answers for another ask
    REFUSES = "refuses"
    SILENT = "silent"
    TWICE = "twice"  # it says everything twice
    CONTRADICTS = "contradicts"  # after the result it says another
    GARBAGE = "garbage"
    VERSION = "version"  # it speaks a later version of the interface


_MANNERS: Final = {Fault.REFUSES: Manner.REFUSES, Fault.SILENT: Manner.SILENT}


class DeskPort:
    """A premises' desk, to be served."""

    def __init__(self, premises: Premises, fault: Fault = Fault.NONE, role: DeskRole = DeskRole.SUPPLIERS) -> None:
        self.desk = EmulatedDesk(premises, _MANNERS.get(fault, Manner.USUAL), role)
        self.fault = fault
        self.drops_left = 2
        self._heads: set[DeskHead] = set()
        self._due = WakesWhenDue(premises, lambda: bool(self._heads))

    def attach(self, send: Callable[[bytes], None]) -> DeskHead:
        """Begin a conversation; `send` hands octets to the terminal and never blocks."""
        head = DeskHead(self, send)
        self._heads.add(head)
        self._due.arm()
        return head

    async def close(self) -> None:
        """End every conversation."""
        for head in list(self._heads):
            head.closed()

    def forget(self, head: DeskHead) -> None:
        """A conversation is over."""
        self._heads.discard(head)
        self.desk.forget(head.say)
        self._due.arm()

    def arm(self) -> None:
        """Something may have become due."""
        self._due.arm()


class DeskHead:
    """One conversation with it."""

    def __init__(self, port: DeskPort, send: Callable[[bytes], None]) -> None:
        self._port = port
        self._send = send
        self._reader = LineReader()
        self._open = True
        self._pulled: Callable[[], None] | None = None
        self._later: deque[Message] = deque()
        self.say = self._say  # one and the same object each time: the desk knows a listener by it

    def receive(self, data: bytes) -> None:
        """Octets from the terminal. Never raises, never blocks."""
        if not self._open:
            return
        try:
            for line in self._reader.feed(data):
                self._port.desk.hear(decode(line), self.say)
        except DeskError as error:
            self._write(Refused("", error.code, error.message[:1000], error.remedy))
            self._hang_up()
            return
        self._port.arm()

    def line_speed(self, baud: int) -> None:
        """A desk's line has none."""

    def when_unplugged(self, tell: Callable[[], None]) -> None:
        """Call `tell` when this end hangs up (`drivers.serving.UnpluggableConnection`)."""
        self._pulled = tell

    def closed(self) -> None:
        """The conversation is over."""
        if not self._open:
            return
        self._open = False
        self._later.clear()
        self._port.forget(self)

    def _say(self, message: Message) -> None:
        fault = self._port.fault
        if fault is Fault.SLOW:
            self._later.append(message)
            asyncio.get_running_loop().call_later(SLOW_S, self._write_late)
            return
        self._write(message)
        if fault is Fault.TWICE:
            self._write(message)
        if isinstance(message, Taken):
            self._after_taking(fault, message)
        if fault is Fault.CONTRADICTS and isinstance(message, Result):
            outcome = type(message.outcome).FAILED if message.outcome == "done" else type(message.outcome).DONE
            self._write(replace(message, outcome=outcome, why="the desk has thought better of it"))

    def _after_taking(self, fault: Fault, message: Taken) -> None:
        if fault is Fault.OTHER_JOB:
            self._write(replace(message, reference=_ELSEWHERE))
        elif fault is Fault.GARBAGE:
            self._send(b"\x00\xff{]\n")
        elif fault is Fault.DROPS and self._port.drops_left:
            self._port.drops_left -= 1
            self._hang_up()

    def _write_late(self) -> None:
        if self._later:
            self._write(self._later.popleft())

    def _write(self, message: Message) -> None:
        if self._open:
            later = self._port.fault is Fault.VERSION and isinstance(message, Hello)
            self._send(encode(message, VERSION + 1 if later else VERSION))

    def _hang_up(self) -> None:
        """End it from this end, once what was said has gone."""
        if not self._open:
            return
        pulled = self._pulled
        self.closed()
        if pulled is not None:
            asyncio.get_running_loop().call_soon(pulled)


def desk_of(premises: Premises, fault: str = Fault.NONE.value, role: str = DeskRole.SUPPLIERS.value) -> DeskPort:
    """The desk of a premises that lives."""
    return DeskPort(premises, Fault(fault), DeskRole(role))
