"""A conversation with a meter in plain text: readout (modes A to E) and programming mode, over any link.

The terminal's end. Nothing is written to a meter that does not say that an installer may write at its port.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from hht.client import catalogue
from hht.client.api import (
    LocalAccess,
    MeterError,
    MeterRefused,
    OnIntent,
    SessionCounters,
    WriteResult,
)
from hht.client.deadlines import Timing
from hht.client.farewell import said
from hht.client.meter_writes import mismatch
from hht.client.plain_text_line import OnBytes, PlainTextLine, answers_otherwise
from hht.client.sign_on import Opening, SignedOn, identify, listen
from hht.errors import HhtError
from hht.i18n import _
from hht.link import Link, LinkState
from hht.link_remedies import Trouble, remedy_for
from hht.protocol.iec62056_21 import Identification, ProtocolMode, acknowledge
from hht.protocol.iec62056_21.characters import SIGN_ON_BAUD
from hht.protocol.iec62056_21.data_sets import DataLine, DataSet, DataSetReader, Value, encode_lines, resolve
from hht.protocol.iec62056_21.messages import Control, Message, command
from hht.protocol.iec62056_21.programming import BREAK, READS, Password, password_command, refusal
from hht.protocol.iec62056_21.sign_on import PROGRAMMING, PROTOCOL_NORMAL, READOUT

_BY_THEMSELVES: Final = (ProtocolMode.A, ProtocolMode.B, ProtocolMode.D)  # they read out without being told to
_LOCAL_ACCESS: Final = "C.128.0"  # 0-0:96.128.0, as training and SMETS1-class models show it
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
    ) -> None:
        self._dial, self._timing, self._wanted = dial, timing or Timing(), mode
        self._opening = opening or Opening()
        self._link: Link | None = None
        self._signed_on: SignedOn | None = None  # and nothing chosen yet
        self._line: PlainTextLine | None = None
        self._programming = False
        self.identification: Identification | None = None
        self.found: ProtocolMode | None = None  # what the meter has shown of itself, whatever is wanted
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
        """Everything that the meter reads out by itself. `on_bytes`: characters of it so far."""
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
        message = await line.receive(on_bytes)
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
                _("No telegram came from {link} within {seconds} s.").format(link=link.name, seconds=f"{limit_s:g}"),
                remedy=remedy_for(Trouble.NO_TELEGRAM, link.name),
                code="iec-no-telegram",
            )
        self._met(signed_on)
        identification = signed_on.identification
        line = self._new_line(identification, bare=True)
        line.heard_already(signed_on.rest)
        message = await line.receive(on_bytes)
        if not isinstance(message, Message) or message.command:
            raise answers_otherwise()
        return Readout(identification, ProtocolMode.D, tuple(DataSetReader().feed(message.text)), message.checked)

    # ------------------------------------------------------------------ programming mode

    async def program(self, password: Password | None = None, *, kind: str = "P1") -> str:
        """Enter programming mode; the operand of the meter's password request. `kind`: P1, or P2 for the result of the
        maker's algorithm. Raises MeterRefused where the password is refused."""
        if not self.has_programming:
            raise MeterError(
                _("A meter of mode {mode} has no programming mode.").format(mode=self.mode.value),
                remedy=_("Read it out instead: leave out the password and the command."),
                code="iec-no-programming",
            )
        identification = (await self._fresh()).identification
        line = self._new_line(identification)
        await self._choose(line, identification, PROGRAMMING)
        request = await line.receive()
        if not isinstance(request, Message) or request.command != "P0":
            raise answers_otherwise()
        self._programming = True
        if password is not None:
            await self._prove(line, password_command(password, kind))
        return request.text.decode("ascii").removeprefix("(").removesuffix(")")

    async def read(self, address: str, argument: str = "", *, name: str = "R1") -> list[DataLine]:
        """Read one address in programming mode. `name`: R1 (ASCII), R5 (OBIS), R6 (in blocks), ... Raises MeterRefused
        with the meter's reason in words."""
        if name not in READS:
            raise MeterError(
                _("“{name}” is no read command.").format(name=name[:8]),
                remedy=_("Use one of: {names}.").format(names=", ".join(READS)),
                code="iec-command",
            )
        line = self._in_programming()
        answer = await line.exchange(command(name, f"{address}({argument})"))
        if not isinstance(answer, Message):
            raise answers_otherwise()
        self._still_on(answer)
        lines = await line.lines(answer)
        self._not_refused(lines, address)
        if not lines or not _same(lines[0][0].address, address):
            raise answers_otherwise()
        return lines

    async def write(self, address: str, value: str, *, before_write: OnIntent | None = None) -> WriteResult:
        """Write one address (W1), having read it before, and read it back. `before_write` is called before the first
        byte of the write leaves. Raises MeterRefused where the port is not for writing, ReadBackMismatch."""
        line = self._in_programming()
        if await self.local_access() is not LocalAccess.INSTALLER:
            raise MeterRefused(
                _("This meter's optical port lets nobody write: the change is the supplier's."),
                remedy=_("Ask the desk to send the change; nothing was written."),
                code="local-access",
            )
        before = await self._value(address)
        if before == value:
            return WriteResult(address, before, before, False, _authority(address))
        wire = command("W1", encode_lines([(DataSet(address, (Value(value),)),)]).decode("ascii").rstrip())
        if before_write is not None:
            before_write()
        answer = await line.exchange(wire)
        if isinstance(answer, Message):
            self._still_on(answer)
            self._not_refused(await line.lines(answer), address)
            raise answers_otherwise()
        after = await self._value(address)
        if after != value:
            raise mismatch(address, value, after)
        return WriteResult(address, before, after, True, _authority(address))

    async def local_access(self) -> LocalAccess:
        """What the meter says its port is for; a meter that does not say is for reading."""
        try:
            said = await self._value(_LOCAL_ACCESS)
        except MeterRefused:
            return LocalAccess.READ
        return LocalAccess(said) if said in tuple(LocalAccess) else LocalAccess.READ

    # ------------------------------------------------------------------ inside

    async def _value(self, address: str) -> str:
        lines = await self.read(address)
        values = lines[0][0].values
        if len(lines) != 1 or len(lines[0]) != 1 or len(values) != 1:
            raise answers_otherwise()
        return str(values[0])

    async def _prove(self, line: PlainTextLine, wire: bytes) -> None:
        answer = await line.exchange(wire)
        if answer is Control.ACK:
            return
        if isinstance(answer, Message):
            self._programming = answer.command != BREAK
        raise MeterRefused(
            _("The meter refuses the password."),
            remedy=_("Check the password; after some wrong ones many meters stay closed for a while."),
            code="iec-password-refused",
        )

    async def _choose(self, line: PlainTextLine, identification: Identification, choice: int) -> None:
        """Acknowledge the speed and say what is wanted; then both change their speed."""
        character, baud = self._opening.speed(identification)
        waited = identification.mode in (ProtocolMode.C, ProtocolMode.E)  # while it identified itself
        await line.send(acknowledge(character, protocol=PROTOCOL_NORMAL, mode=choice), at_once=waited)
        await line.set_speed(baud)

    def _not_refused(self, lines: list[DataLine], address: str) -> None:
        reason = refusal(lines)
        if reason is not None:
            raise MeterRefused(
                _("The meter refuses {address}: {reason}.").format(address=address[:40], reason=reason),
                remedy=_("Check the address and the command; some need the meter's password."),
                code="iec-refused",
            )

    def _still_on(self, answer: Message) -> None:
        """A break instead of an answer: the meter has signed off."""
        if answer.command == BREAK:
            self._programming = False
            raise MeterError(
                _("The meter ended the conversation in the middle of the conversation."),
                remedy=_("Connect again; the terminal reads before it repeats anything."),
                code="iec-break",
            )
        if answer.command:
            raise answers_otherwise()

    def _in_programming(self) -> PlainTextLine:
        if self._line is None or not self._programming:
            raise MeterError(
                _("The meter is not in programming mode."), remedy=_("Enter it first."), code="iec-no-programming"
            )
        return self._line

    def _new_line(self, identification: Identification, *, bare: bool = False) -> PlainTextLine:
        self._signed_on, self._programming = None, False
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
        self._met(await identify(self._connected(), self._timing, self._opening))

    def _met(self, signed_on: SignedOn) -> None:
        self._signed_on, self.identification, self.found = signed_on, signed_on.identification, signed_on.mode
        self._parity_errors = signed_on.parity_errors

    async def _sign_off(self, link: Link) -> None:
        """Say the break, so that the meter need not wait for its inactivity time; it answers nothing."""
        if self._programming and self._line is not None and link.state is LinkState.UP:
            self._programming = False
            await self._line.send(command(BREAK))

    def _connected(self) -> Link:
        if self._link is None:
            raise MeterError(
                _("There is no conversation with the meter."), remedy=_("Connect first."), code="not-connected"
            )
        return self._link


def _same(answered: str, asked: str) -> bool:
    """Whether an answer is about what was asked; many meters leave the address out."""
    return answered in ("", asked) or (resolve(asked) is not None and resolve(answered) == resolve(asked))


def _authority(address: str) -> str:
    """Whose change it is, as far as the terminal knows the item."""
    items = {catalogue.IMPORT_MPAN: "mpan", catalogue.RANDOMISED_OFFSET_LIMIT: "randomised-offset-limit"}
    items |= {catalogue.CONTACT_NAME: "contact-name", catalogue.CONTACT_TELEPHONE: "contact-telephone"}
    return catalogue.AUTHORITY.get(items.get(str(resolve(address)), ""), _("Import Supplier (IS)"))
