"""The terminal's end of a plug-in's device: its reader's generators, driven over a link, what they give checked."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Generator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any, Final, TypeVar

from hht.client.api import MeterError, SessionCounters
from hht.clock import Clock
from hht.i18n import _
from hht.link import Capability, Line, Link, LinkError
from hht.plugins import api
from hht.plugins.guard import Guard

T = TypeVar("T")
MOST_VALUES: Final = 10_000  # of registers or events in one answer
LONGEST_WORDS: Final = 200
LEAST_S, MOST_S = 0.1, 60.0
MOST_OCTETS: Final = 65_536
MOST_EXCHANGES: Final = 10_000  # of one conversation


@dataclass(frozen=True, slots=True)
class Ended:
    """A talk is over."""

    value: Any


@dataclass(frozen=True, slots=True)
class DeviceTime:
    """The device's clock, and the terminal's when it was read."""

    time: datetime
    terminal_time: datetime

    @property
    def drift_s(self) -> float:
        """Seconds that the device is ahead of the terminal."""
        return (self.time - self.terminal_time).total_seconds()


def step(guard: Guard, talk: Generator[api.Exchange, bytes, Any], answer: bytes | None) -> api.Exchange | Ended:
    """Go on with a talk: what it wants to send next, or what it found. Raises MeterError ``plugin-device`` where the
    answer makes no sense to it, PlugInError."""
    try:
        found = guard.ask(_go_on, talk, answer)
    except api.Trouble as trouble:
        raise MeterError(
            _told(guard, trouble.words), remedy=_told(guard, trouble.remedy), code="plugin-device"
        ) from None
    if isinstance(found, Ended):
        return found
    wish = guard.check(found, api.Exchange, _("what it wants to send"))
    good = isinstance(wish.send, bytes) and len(wish.send) <= MOST_OCTETS and callable(wish.is_whole)
    good = good and isinstance(wish.within_s, int | float) and LEAST_S <= wish.within_s <= MOST_S
    if not good or not isinstance(wish.most, int) or not 0 < wish.most <= MOST_OCTETS:
        raise guard.broken(_("an exchange of it is out of bounds"))
    return wish


def _go_on(talk: Generator[api.Exchange, bytes, Any], answer: bytes | None) -> object:
    try:
        return next(talk) if answer is None else talk.send(answer)
    except StopIteration as end:
        return Ended(end.value)


def is_whole(guard: Guard, wish: api.Exchange, heard: bytes) -> bool:
    """Whether the answer has all come. Raises MeterError where more came than the reader wanted, PlugInError."""
    if len(heard) > wish.most:
        raise MeterError(
            _("More than {most} octets came where an answer was expected.").format(most=wish.most),
            remedy=_("Check that it is this kind of device, and that nothing else is on the line."),
            code="plugin-device",
        )
    return guard.check(guard.call(wish.is_whole, heard), bool, "is_whole")


class DeviceSession:
    """One conversation with a device of `kind`. Raises LinkError, MeterError, and PlugInError where the plug-in itself
    fails."""

    def __init__(self, dial: Callable[[], Link], kind: api.DeviceKind, guard: Guard, clock: Clock) -> None:
        self.kind = kind
        self._dial, self._guard, self._clock = dial, guard, clock
        self._link: Link | None = None
        self._reader: api.Reader | None = None
        self._trips = 0

    async def open(self) -> None:
        """Open the link at the device's speed."""
        link = self._dial()
        self._reader = self._guard.call(self.kind.reader)
        await link.open()
        self._link = link
        try:
            if Capability.LINE in link.capabilities:
                await link.set_line(Line(self.kind.baud))
        except BaseException:
            await self.close()
            raise

    async def close(self) -> None:
        """Close it; never raises but CancelledError."""
        link, self._link = self._link, None
        if link is not None:
            await link.close()

    @property
    def counters(self) -> SessionCounters:
        """What has gone over the line."""
        link = self._link
        return SessionCounters(link.bytes_tx if link else 0, link.bytes_rx if link else 0, self._trips)

    async def identify(self) -> api.Identity:
        """Who is there."""
        return identity_of(self._guard, await self._talk(lambda reader: reader.identify()))

    async def read_clock(self) -> DeviceTime | None:
        """Its time beside the terminal's; None: it has no clock."""
        found = clock_of(self._guard, await self._talk(lambda reader: reader.clock()))
        return None if found is None else DeviceTime(found, self._clock.now())

    async def read_registers(self) -> list[api.Register]:
        """What it measures."""
        return registers_of(self._guard, await self._talk(lambda reader: reader.registers()))

    async def read_events(self) -> list[api.Event]:
        """Its log."""
        return events_of(self._guard, await self._talk(lambda reader: reader.events()))

    async def _talk(self, begin: Callable[[api.Reader], Generator[api.Exchange, bytes, Any]]) -> Any:
        link, reader = self._link, self._reader
        if link is None or reader is None:
            raise MeterError(
                _("There is no conversation with the device."), remedy=_("Connect first."), code="not-connected"
            )
        begun = self._guard.call(begin, reader)
        talk = self._guard.check(begun, Generator, _("a conversation"))  # type: ignore[type-abstract]
        wish, exchanges = step(self._guard, talk, None), 0
        while isinstance(wish, api.Exchange):
            exchanges += 1
            if exchanges > MOST_EXCHANGES:
                raise self._guard.broken(_("a conversation of it has no end"))
            wish = step(self._guard, talk, await self._exchanged(link, wish))
        return wish.value

    async def _exchanged(self, link: Link, wish: api.Exchange) -> bytes:
        """Send, and wait for the whole answer."""
        self._trips += 1
        loop = asyncio.get_running_loop()
        link.discard_input()
        heard = b""
        try:
            await link.write(wish.send)
            until = loop.time() + wish.within_s
            while True:
                heard += await link.read(until - loop.time())
                if is_whole(self._guard, wish, heard):
                    return heard
        except LinkError:
            if self._guard.failure is not None:  # the emulator, which is at the other end of it
                raise self._guard.failure from None
            raise


def identity_of(guard: Guard, found: object) -> api.Identity:
    """Checked. Raises PlugInError ``plugin-failed``."""
    one = guard.check(found, api.Identity, _("an identity"))
    for words in (one.number, one.maker, one.model, one.firmware):
        _words(guard, words)
    return one


def time_of(guard: Guard, found: object) -> datetime:
    """Checked. Raises PlugInError ``plugin-failed``."""
    one = guard.check(found, datetime, _("a time"))
    if one.tzinfo is None:
        raise guard.broken(_("a time of it says not in which zone it is"))
    return one.astimezone(UTC)


def clock_of(guard: Guard, found: object) -> datetime | None:
    """As `time_of`; None where the device has no clock."""
    return None if found is None else time_of(guard, found)


def registers_of(guard: Guard, found: object) -> list[api.Register]:
    """Checked: finite numbers, each name once. Raises PlugInError ``plugin-failed``."""
    listed = _listed(guard, found)
    names = set()
    for one in listed:
        register = guard.check(one, api.Register, _("a register"))
        for words in (register.name, register.unit, register.label):
            _words(guard, words)
        if not isinstance(register.value, Decimal) or not register.value.is_finite() or register.name in names:
            raise guard.broken(_("a register of it is no number, or there twice"))
        names.add(register.name)
    return listed


def events_of(guard: Guard, found: object) -> list[api.Event]:
    """Checked. Raises PlugInError ``plugin-failed``."""
    listed = _listed(guard, found)
    for one in listed:
        event = guard.check(one, api.Event, _("an event"))
        time_of(guard, event.time)
        _words(guard, event.code)
        _words(guard, event.meaning)
    return listed


def _listed(guard: Guard, found: object) -> list[Any]:
    listed = guard.check(found, Sequence, _("an answer"))  # type: ignore[type-abstract]
    if len(listed) > MOST_VALUES:
        raise guard.broken(_("an answer of it has no end"))
    return list(listed)


def _words(guard: Guard, words: object) -> None:
    if len(guard.check(words, str, _("a text"))) > LONGEST_WORDS:
        raise guard.broken(_("a text of it has no end"))


def _told(guard: Guard, words: object) -> str:
    """A sentence of the plug-in's."""
    return guard.check(words, str, _("a sentence"))[:LONGEST_WORDS]
