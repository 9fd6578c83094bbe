"""A conversation with a meter in plain text: readout (modes A to E) and programming mode, over any link.

The terminal's end; what programming mode can do is in `hht.client.programming_mode`.
"""

from __future__ import annotations

import contextlib
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final, TypeVar

from hht.client.api import NOBODY, Listeners, MeterError, SessionCounters
from hht.client.busy_line import Rescue
from hht.client.deadlines import Timing
from hht.client.far_end import ANYBODY, FarEnd
from hht.client.farewell import said
from hht.client.plain_text_line import OnBytes, OnStopping, OnText, PlainTextLine, answers_otherwise
from hht.client.plain_text_profile import stream_plain_profile
from hht.client.probe_sense import has_one_edge
from hht.client.programming_mode import ProgrammingMode
from hht.client.remarks import OnRemark, Remark, unheard
from hht.client.sign_on import Opening, SignedOn, identify, leave_time, listen, time_for
from hht.client.speeds import STEPS, SpeedFailed, slower_than, speed_words
from hht.clock import Clock
from hht.errors import HhtError
from hht.i18n import _
from hht.link import Capability, Link, LinkState, LinkTimeout
from hht.link_remedies import Trouble, remedy_for
from hht.protocol.frames import FrameError
from hht.protocol.iec62056_21 import Identification, ProtocolMode, acknowledge
from hht.protocol.iec62056_21.characters import SIGN_ON_BAUD
from hht.protocol.iec62056_21.data_sets import DataLine, DataSet, DataSetReader, resolve
from hht.protocol.iec62056_21.messages import Message
from hht.protocol.iec62056_21.programming import Password, password_command
from hht.protocol.iec62056_21.sign_on import PROGRAMMING, PROTOCOL_NORMAL, READOUT

_BY_THEMSELVES: Final = (ProtocolMode.A, ProtocolMode.B, ProtocolMode.D)  # they read out without being told to
T = TypeVar("T")
_OF_NOISE: Final = ("iec-answer", "iec-nak")  # what a character of garbage looks like that is an ACK or a NAK
Dial = Callable[[], Link]


@dataclass(frozen=True, slots=True)
class Readout:
    """What a meter said of itself. `checked`: the block check character was right; else only the parity bits were."""

    identification: Identification
    mode: ProtocolMode
    lines: tuple[DataLine, ...]
    checked: bool

    @property
    def data_sets(self) -> list[DataSet]:
        """Every data set, in the meter's order."""
        return [entry for line in self.lines for entry in line]

    def find(self, address: str) -> list[DataSet]:
        """The data sets at an address, however it is written (1.8.0, 1-0:1.8.0)."""
        wanted = resolve(address)
        return [
            entry
            for entry in self.data_sets
            if entry.address == address or (wanted is not None and entry.obis == wanted)
        ]


class PlainTextSession:
    """One conversation. `mode`: what the terminal wants; None lets the identification decide (E is read as C).

    Every operation raises LinkError, MeterError or FrameError; after one of them a sign-on makes a new beginning.
    """

    def __init__(
        self,
        dial: Dial,
        opening: Opening | None = None,
        *,
        timing: Timing | None = None,
        mode: ProtocolMode | None = None,
        on_remark: OnRemark = unheard,
        on_stopping: OnStopping | None = None,
        clock: Clock | None = None,
        far_end: FarEnd = ANYBODY,
    ) -> None:
        """`on_stopping` as in `MeterSession`. `clock`: the terminal's, after whose time no profile has rows; None: it
        is not known how many a profile should have. `far_end` judges whom a password is told and who is changed."""
        self._far_end = far_end
        self._on_stopping, self._clock = on_stopping, clock
        self._on_remark = on_remark
        self._dial, self._timing, self._wanted = dial, timing or Timing(), mode
        self._opening = opening or Opening()
        self._link: Link | None = None
        self._signed_on: SignedOn | None = None  # and nothing chosen yet
        self._line: PlainTextLine | None = None
        self._programming: ProgrammingMode | None = None
        self.identification: Identification | None = None
        self.found: ProtocolMode | None = None  # what the meter has shown of itself, whatever is wanted
        self._held = False  # the meter may still be in a conversation, at a speed that is of no use
        self._parity_errors = 0  # of the link, before this sign-on
        self._trips = 0  # of earlier sign-ons

    # ------------------------------------------------------------------ opening and closing

    async def open(self, *, on: tuple[Link, SignedOn] | None = None) -> None:
        """Open the link and sign on (a meter of mode D is only listened to). `on`: a link where that has been done."""
        if on is not None:
            self._link = on[0]
            self._met(on[1])
            return
        self._link = self._dial()
        try:
            await self._link.open()
            if self._wanted is not ProtocolMode.D:
                await self._begin()
        except BaseException:
            link, self._link = self._link, None
            await link.close()
            raise

    async def close(self) -> None:
        """Sign off and close the link. Never raises but CancelledError; the goodbye is said all the same."""
        link, self._link = self._link, None
        if link is None:
            return
        try:
            if link.state is LinkState.UP:
                with contextlib.suppress(HhtError):
                    await said(self._sign_off(link))
        finally:
            self._line = self._signed_on = None
            await link.close()

    @property
    def mode(self) -> ProtocolMode:
        """The protocol mode of this conversation."""
        if self._wanted is not None:
            return self._wanted
        return self.found if self.found in _BY_THEMSELVES else ProtocolMode.C

    @property
    def has_programming(self) -> bool:
        """Whether the meter may have a programming mode; the others talk as soon as they are asked, or before."""
        return self.mode is ProtocolMode.C

    @property
    def counters(self) -> SessionCounters:
        """Bytes and round trips of this conversation."""
        link, trips = self._link, self._trips + (self._line.round_trips if self._line is not None else 0)
        return SessionCounters(link.bytes_tx if link else 0, link.bytes_rx if link else 0, trips)

    # ------------------------------------------------------------------ readout

    async def readout(self, on_bytes: OnBytes | None = None) -> Readout:
        """Everything that the meter reads out by itself. `on_bytes`: characters of it so far. Where the agreed speed is
        of no use, a slower one is tried."""
        return await self._slowing(lambda: self._readout(on_bytes))

    async def _readout(self, on_bytes: OnBytes | None) -> Readout:
        if self.mode is ProtocolMode.D:
            return await self._telegram(on_bytes)
        signed_on = await self._fresh()
        identification, mode = signed_on.identification, self.mode
        line = self._new_line(identification, bare=mode in (ProtocolMode.A, ProtocolMode.B))
        if mode is ProtocolMode.C:
            await self._choose(line, identification, READOUT)
        else:
            await line.set_speed(identification.baud if mode is ProtocolMode.B else SIGN_ON_BAUD)
            line.heard_already(signed_on.rest)
        message = await line.receive(_characters(on_bytes), is_text=True)
        if not isinstance(message, Message) or message.command:
            raise answers_otherwise()
        lines = await line.lines(message, on_bytes)
        if mode is ProtocolMode.C:
            await line.acknowledge()
        return Readout(identification, mode, tuple(lines), message.checked)

    async def _telegram(self, on_bytes: OnBytes | None) -> Readout:
        """Wait for what a mode D meter says by itself: identification, empty line, data."""
        link, signed_on, limit_s = self._connected(), self._signed_on, self._timing.telegram_s
        if signed_on is None:
            signed_on = await listen(link, limit_s, limit_s)
        if signed_on is None:
            raise MeterError(
                _("No telegram came from {link} within {seconds} s.").format(link=link.title, seconds=f"{limit_s:g}"),
                remedy=remedy_for(Trouble.NO_TELEGRAM, link),
                code="iec-no-telegram",
            )
        self._met(signed_on)
        identification = signed_on.identification
        line = self._new_line(identification, bare=True)
        line.heard_already(signed_on.rest)
        message = await line.receive(_characters(on_bytes))
        if not isinstance(message, Message) or message.command:
            raise answers_otherwise()
        return Readout(identification, ProtocolMode.D, tuple(DataSetReader().feed(message.text)), message.checked)

    # ------------------------------------------------------------------ programming mode

    async def program(self, password: Password | None = None, *, kind: str = "P1") -> str:
        """Enter programming mode; the operand of the meter's password request, by which it says who it is. Raises
        MeterRefused where the password is refused, OtherTrust before it is told, and before anything is sent FrameError
        for a `kind` of password other than P1."""
        wire = b"" if password is None else password_command(password, kind)
        if not self.has_programming:
            raise MeterError(
                _("A meter of mode {mode} has no programming mode.").format(mode=self.mode.value),
                remedy=_("Read it out instead: leave out the password and the command."),
                code="iec-no-programming",
            )
        line, told = await self._slowing(self._enter)
        self._programming = ProgrammingMode(line, lambda: self._far_end.check_change(told))
        if wire:
            self._far_end.check_trust(told)
            await self._programming.prove(wire)
        return told

    async def _enter(self) -> tuple[PlainTextLine, str]:
        """Ask for programming mode; the operand of the meter's password request."""
        identification = (await self._fresh()).identification
        line = self._new_line(identification)
        await self._choose(line, identification, PROGRAMMING)
        request = await line.receive(is_text=True)
        if not isinstance(request, Message) or request.command != "P0":
            raise answers_otherwise()
        return line, request.text.decode("ascii").removeprefix("(").removesuffix(")")

    @property
    def programming(self) -> ProgrammingMode:
        """What can be done in programming mode. Raises MeterError where it has not been entered, or is over."""
        if self._programming is None or self._programming.over:
            raise MeterError(
                _("The meter is not in programming mode."), remedy=_("Enter it first."), code="iec-no-programming"
            )
        return self._programming

    async def read_device_id(self) -> str:
        """In programming mode: the meter's number as it writes it; "" where it shows none."""
        return await self.programming.device_id()

    async def stream_profile(
        self,
        start: datetime | None = None,
        end: datetime | None = None,
        listeners: Listeners = NOBODY,
        *,
        only: Sequence[str] = (),
    ) -> int:
        """In programming mode: the load profile P.01, `start` inclusive, `end` exclusive, to `listeners` with the block
        that its rows come in; how many. `only` these columns (OBIS), none: all."""
        now = None if self._clock is None else self._clock.now()
        return await stream_plain_profile(
            self.programming,
            start,
            end,
            listeners,
            now=now,
            only=only,
            on_remark=self._on_remark,
            on_stopping=self._on_stopping,
        )

    # ------------------------------------------------------------------ inside

    async def _slowing(self, do: Callable[[], Awaitable[T]]) -> T:
        """What `do` gives, at a slower speed where nothing of use is heard at the one that was agreed, or the adapter
        cannot do that."""
        for _step in range(STEPS):
            try:
                return await do()
            except SpeedFailed as failure:
                told, slower = failure.told, failure.baud
            except (LinkTimeout, FrameError, MeterError) as failure:
                link = self._connected()
                found = self._slower(link, self._line)
                by_chance = failure.code in _OF_NOISE or not isinstance(failure, MeterError)
                if found is None or not by_chance or link.state is not LinkState.UP:
                    raise
                told, slower = speed_words(link.line.baud, found), found
            self._on_remark(Remark("speed-lowered", told))
            self._opening, self._held = replace(self._opening, fastest=slower), True
        return await do()

    def _slower(self, link: Link, line: PlainTextLine | None) -> int | None:
        """The speed to try next; None where it is no matter of speed."""
        is_agreed = self.mode is ProtocolMode.C and Capability.LINE in link.capabilities
        if not is_agreed or Capability.INSTANT in link.capabilities or line is None or line.has_heard:
            return None
        if not line.heard:
            return None
        return SIGN_ON_BAUD if has_one_edge(line.heard) else slower_than(link.line.baud)

    async def _choose(self, line: PlainTextLine, identification: Identification, choice: int) -> None:
        """Acknowledge the speed and say what is wanted; then both change their speed."""
        character, baud = self._opening.speed(identification)
        waited = identification.mode in (ProtocolMode.C, ProtocolMode.E)  # while it identified itself
        answer = acknowledge(character, protocol=PROTOCOL_NORMAL, mode=choice)
        await line.send(answer, at_once=waited)
        await leave_time(self._connected(), identification, len(answer))
        await line.follow_to(baud)

    def _new_line(self, identification: Identification, *, bare: bool = False) -> PlainTextLine:
        self._signed_on = self._programming = None
        self._trips += 1 + (self._line.round_trips if self._line is not None else 0)
        self._line = PlainTextLine(
            self._connected(), self._timing, identification, bare=bare, parity_errors=self._parity_errors
        )
        return self._line

    async def _fresh(self) -> SignedOn:
        """A meter that has identified itself and been told nothing yet: as it stands, or signed on to again."""
        if self._signed_on is None:
            await self._sign_off(self._connected())
            await self._begin()
        assert self._signed_on is not None
        return self._signed_on

    async def _begin(self) -> None:
        link = self._connected()
        fastest, held = self._opening.fastest, self._held
        rescue = Rescue(link, self._timing, on_remark=self._on_remark, fastest=fastest, held=held)
        self._held = False
        self._met(await identify(link, self._timing, self._opening, rescue))

    def _met(self, signed_on: SignedOn) -> None:
        self._signed_on, self.identification, self.found = signed_on, signed_on.identification, signed_on.mode
        self._parity_errors = signed_on.parity_errors
        self._timing = time_for(signed_on, self._timing, self._on_remark)

    async def _sign_off(self, link: Link) -> None:
        """Say the break, so that the meter need not wait for its inactivity time; it answers nothing."""
        programming, self._programming = self._programming, None
        if programming is not None and link.state is LinkState.UP:
            await programming.sign_off()

    def _connected(self) -> Link:
        if self._link is None:
            raise MeterError(
                _("There is no conversation with the meter."), remedy=_("Connect first."), code="not-connected"
            )
        return self._link


def _characters(on_bytes: OnBytes | None) -> OnText | None:
    return None if on_bytes is None else lambda characters, _lines, _first: on_bytes(characters)
