"""Programming mode of a plain-text meter, from its password request to the break: read, write, execute.

The terminal's end (IEC 62056-21:2002, 6.5). Nothing is written to a meter that does not say that an installer may write
at its port; what is written is read before and read back.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from datetime import datetime
from typing import Final

from hht.client import catalogue
from hht.client.api import (
    ORDINARY_S,
    ClockReading,
    ClockStatus,
    LocalAccess,
    MeterError,
    MeterRefused,
    OnIntent,
    WriteResult,
)
from hht.client.plain_text_line import OnLines, OnStopping, OnText, PlainTextLine, answers_otherwise
from hht.client.read_back import check_set, look_at, mismatch
from hht.i18n import _
from hht.protocol.iec62056_21.data_sets import DataLine, DataSet, Value, encode_lines, holds, resolve
from hht.protocol.iec62056_21.messages import Control, Message, command
from hht.protocol.iec62056_21.programming import (
    BREAK,
    BREAKS,
    EXECUTE,
    READS,
    WRITES,
    no_command,
    partial_blocks,
    refusal,
)
from hht.protocol.iec62056_21.times import parse_time, write_time

CLOCK: Final = "0-0:1.0.0"
_LOCAL_ACCESS: Final = "C.128.0"  # 0-0:96.128.0, as training and SMETS1-class models show it


class ProgrammingMode:
    """What a meter does after its password request. Every operation raises LinkError, MeterError or FrameError."""

    def __init__(self, line: PlainTextLine, before_change: Callable[[], None]) -> None:
        """`before_change` comes before every write and execution, and may refuse it (see `far_end`)."""
        self._line, self._before_change = line, before_change
        self.over = False  # the meter has signed off

    async def prove(self, wire: bytes) -> None:
        """Give the password. Raises MeterRefused."""
        answer = await self._line.exchange(wire)
        if answer is Control.ACK:
            return
        if isinstance(answer, Message):
            self.over = answer.command in BREAKS
        raise MeterRefused(
            _("The meter refuses the password."),
            remedy=_(
                "Check the password; after some wrong ones many meters stay closed for a while. A meter that wants P2, "
                "by its maker's own algorithm, takes it from the maker's program only."
            ),
            code="iec-password-refused",
        )

    async def read(
        self, address: str, argument: str = "", *, name: str = "R1", may_be_none: bool = False
    ) -> list[DataLine]:
        """Read one address. `name`: R1 (ASCII), R2 (formatted), R3, R4 (the same in blocks), R5 (OBIS), R6 (in blocks).
        `may_be_none`: a message without a line is an answer (a time in which nothing was recorded). Raises MeterRefused
        with the meter's reason in words."""
        lines: list[DataLine] = []

        def take(more: list[DataLine], _characters: int) -> None:
            lines.extend(more)

        await self.stream(address, argument, name=name, take=take)
        if not lines and not may_be_none:
            raise answers_otherwise()
        return lines

    async def stream(
        self, address: str, argument: str = "", *, name: str, take: OnLines, on_text: OnText | None = None
    ) -> None:
        """As `read`, each message's lines going to `take` as it has come; none is an answer too."""
        if name not in READS:
            raise no_command(name, READS)
        answer = await self._line.exchange(command(name, f"{address}({argument})"), on_text)
        if not isinstance(answer, Message):
            raise answers_otherwise()
        self._still_on(answer)
        begun = False

        def taken(lines: list[DataLine], characters: int) -> None:
            nonlocal begun
            if lines and not begun:
                begun = True
                _not_refused(lines, address)
                if not _same(lines[0][0].address, address):
                    raise answers_otherwise()
            take(lines, characters)

        await self._line.stream(answer, taken, on_text)

    async def again(self, wire: bytes) -> None:
        """A command of a recording, as it went then, and all that the meter says to it. It may write, so it is for whom
        a write is. Raises as `read`, and what refuses a write."""
        self._before_change()
        answer = await self._line.exchange(wire)
        if isinstance(answer, Message) and not answer.command:
            await self._line.stream(answer, lambda _lines, _characters: None)

    async def finish_turn(self, take: OnLines, on_stopping: OnStopping | None = None) -> None:
        """After a `stream` was cancelled: hear out the message that is on its way. Its whole lines go to `take`."""
        await self._line.finish_turn(take, on_stopping)

    async def device_id(self) -> str:
        """The meter's number as it writes it; "" where it shows none at the usual addresses."""
        for address in ("C.1.1", "C.1.0", "0.0.0"):
            with contextlib.suppress(MeterRefused):
                return await self.value(address)
        return ""

    async def value(self, address: str, name: str = "R1") -> str:
        """The one value that stands at an address, as the meter writes it. Raises as `read`."""
        lines = await self.read(address, name=name)
        values = lines[0][0].values
        if len(lines) != 1 or len(lines[0]) != 1 or len(values) != 1:
            raise answers_otherwise()
        return str(values[0])

    async def write(
        self, address: str, value: str, *, name: str = "W1", before_write: OnIntent | None = None
    ) -> WriteResult:
        """Write one address, having read it before, and read it back. `name`: W1 to W5, as those of `read`.
        A unit stands in `value` behind a ``*`` and is written with it; without one the meter's own is meant.
        `before_write` is called before the first byte of the write leaves. Raises MeterRefused where the port is not
        for writing, ReadBackMismatch."""
        if name not in WRITES:
            raise no_command(name, WRITES)
        await self._may_change()
        reading = f"R{name[1]}"
        before = await self.value(address, reading)
        if holds(before, value):
            return WriteResult(address, before, before, False, _authority(address))
        await self._put(address, value, name, before_write)
        after = await self.value(address, reading)
        if not holds(after, value):
            raise mismatch(address, value, after)
        return WriteResult(address, before, after, True, _authority(address))

    async def read_clock(self) -> datetime:
        """The clock's time, UTC. Raises MeterError where the meter does not say that it is: nobody knows then which
        hour it means."""
        return _utc(await self.value(CLOCK))

    async def set_clock(
        self, now: Callable[[], datetime], tolerance_s: float = 0.0, before_write: OnIntent | None = None
    ) -> WriteResult:
        """Set the clock to `now()` (aware) unless it is within `tolerance_s` already. Raises as the others do, as
        `look_at` and as `check_set`."""
        texts: list[str] = []

        async def look() -> ClockReading:
            began = now()
            texts.append(await self.value(CLOCK))
            took = now() - began
            exchange_s = max(0.0, took.total_seconds())
            return ClockReading(_utc(texts[-1]), ClockStatus.RELIABLE, began + took / 2, exchange_s)

        await self._may_change()
        before = await look_at(look, tolerance_s)
        held = texts[-1]
        if abs(before.drift_s) <= tolerance_s:
            return WriteResult(CLOCK, held, held, False, _authority(CLOCK))
        began = now()
        await self._put(CLOCK, write_time(began), "W1", before_write)
        setting_s = (now() - began).total_seconds()
        limit_s = max(tolerance_s, ORDINARY_S)
        check_set(await look_at(look, limit_s), limit_s, setting_s, CLOCK)
        return WriteResult(CLOCK, held, texts[-1], True, _authority(CLOCK))

    async def _put(self, address: str, value: str, name: str, before_write: OnIntent | None) -> None:
        data = encode_lines([(DataSet(address, (Value(value),)),)]).decode("ascii").removesuffix("\r\n")
        wires = partial_blocks(name, data)
        if before_write is not None:
            before_write()
        for wire in wires:
            await self._done(wire, address)

    async def execute(
        self, address: str, argument: str = "", *, before_write: OnIntent | None = None
    ) -> list[DataLine]:
        """Have the meter do what stands at an address (E2); what it answers, [] where it only acknowledges. It cannot
        be read back. Raises as `write`."""
        await self._may_change()
        data = encode_lines([(DataSet(address, (Value(argument),)),)]).decode("ascii").removesuffix("\r\n")
        wire = command(EXECUTE, data)
        if before_write is not None:
            before_write()
        answer = await self._line.exchange(wire)
        if not isinstance(answer, Message):
            return []
        self._still_on(answer)
        lines = await self._line.lines(answer)
        _not_refused(lines, address)
        return lines

    async def local_access(self) -> LocalAccess:
        """What the meter says its port is for; a meter that does not say is for reading."""
        try:
            said = await self.value(_LOCAL_ACCESS, "R1")
        except MeterRefused:
            return LocalAccess.READ
        return LocalAccess(said) if said in tuple(LocalAccess) else LocalAccess.READ

    async def sign_off(self) -> None:
        """Say the break, so that the meter need not wait for its inactivity time; it answers nothing."""
        if not self.over:
            self.over = True
            await self._line.send(command(BREAK))

    # ------------------------------------------------------------------ inside

    async def _may_change(self) -> None:
        self._before_change()
        if await self.local_access() is not LocalAccess.INSTALLER:
            raise MeterRefused(
                _("This meter's optical port lets nobody write: the change is the supplier's."),
                remedy=_("Ask the desk to send the change; nothing was written."),
                code="local-access",
            )

    async def _done(self, wire: bytes, address: str) -> None:
        """Send a command that is acknowledged, or refused in a message."""
        answer = await self._line.exchange(wire)
        if isinstance(answer, Message):
            self._still_on(answer)
            _not_refused(await self._line.lines(answer), address)
            raise answers_otherwise()

    def _still_on(self, answer: Message) -> None:
        """A break instead of an answer: the meter has signed off."""
        if answer.command in BREAKS:
            self.over = True
            raise MeterError(
                _("The meter ended the conversation in the middle of the conversation."),
                remedy=_("Connect again; the terminal reads before it repeats anything."),
                code="iec-break",
            )
        if answer.command:
            raise answers_otherwise()


def _not_refused(lines: list[DataLine], address: str) -> None:
    reason = refusal(lines)
    if reason is not None:
        raise MeterRefused(
            _("The meter refuses {address}: {reason}.").format(address=address[:40], reason=reason),
            remedy=_("Check the address and the command; some need the meter's password."),
            code="iec-refused",
        )


def _utc(text: str) -> datetime:
    held = parse_time(text)
    if held is None or held.tzinfo is None:
        raise MeterError(
            _("The meter does not say that its time is UTC: nobody knows which hour it means."),
            remedy=_("Set it with the maker's program, or write the address as the maker says: hht set LINK W1/…"),
            code="iec-clock-zone",
        )
    return held


def _same(answered: str, asked: str) -> bool:
    """Whether an answer is about what was asked; many meters leave the address out."""
    return answered in ("", asked) or (resolve(asked) is not None and resolve(answered) == resolve(asked))


def _authority(address: str) -> str:
    """Whose change it is, as far as the terminal knows the item."""
    items = {catalogue.IMPORT_MPAN: "mpan", catalogue.RANDOMISED_OFFSET_LIMIT: "randomised-offset-limit"}
    items |= {catalogue.CONTACT_NAME: "contact-name", catalogue.CONTACT_TELEPHONE: "contact-telephone"}
    items[CLOCK] = "clock"
    return catalogue.AUTHORITY.get(items.get(str(resolve(address)), ""), _("Import Supplier (IS)"))
