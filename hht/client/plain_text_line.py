"""Plain-text messages over a link: waiting, repetition, acknowledgement (IEC 62056-21)."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable
from typing import Final

from hht.client.api import MeterError
from hht.client.deadlines import Timing, Wait
from hht.client.probe_sense import after_echo
from hht.client.sign_on import SPARE_BYTES, turn_round
from hht.client.speeds import follow
from hht.errors import HhtError
from hht.i18n import _
from hht.link import Capability, Line, Link, LinkTimeout
from hht.link_remedies import Trouble, remedy_for
from hht.protocol.iec62056_21 import Identification, even_parity
from hht.protocol.iec62056_21.characters import ACK, NAK
from hht.protocol.iec62056_21.data_sets import DataLine, DataSetReader
from hht.protocol.iec62056_21.messages import Control, Damage, Event, Message, MessageReader, message_error

TRIES: Final = 3  # of one message, with the first
STRAYS: Final = 8  # control characters that are forgiven before a message
FIRST_TURN: Final = 8192  # characters that a message may have before one of them is known
WORTH_TELLING_S: Final = 1.0  # a wait that a person notices
LONG: Final = 128  # characters: of so many, a line without parity bits has a tenth "wrong" at least, by chance
OnBytes = Callable[[int], None]
OnText = Callable[[int, int, bytes], None]  # characters, line ends and first line of the message that is on its way
OnLines = Callable[[list[DataLine], int], None]  # lines of a message that came well, and its characters
OnStopping = Callable[[float], None]


class PlainTextLine:
    """One conversation's messages. `bare`: messages without block check are possible (modes A, B and D)."""

    def __init__(
        self, link: Link, timing: Timing, identification: Identification, *, bare: bool = False, parity_errors: int = 0
    ) -> None:
        """`parity_errors`: how many the link had counted before the conversation began."""
        self._link, self._timing, self._identification = link, timing, identification
        self._parity_errors = parity_errors
        self._reader = MessageReader(bare=bare)
        self._bare = bare
        self._pending: list[Event] = []
        self._sent = 0  # characters that are still to leave before an answer can come
        self._awaiting = False  # the meter has been asked, and has not answered to the end
        self._longest = 0  # characters of its messages so far
        self._sets = DataSetReader()  # of the present answer
        self._heard = self._wire = b""
        self.round_trips = 0

    @property
    def has_heard(self) -> bool:
        """Whether a sound message has come."""
        return self._longest > 0

    @property
    def heard(self) -> bytes:
        """What came, beside its echo, after the latest message of ours that was followed by anything; as it was on the
        wire."""
        return after_echo(even_parity(self._wire), self._link.heard_since_write)[1] or self._heard

    async def set_speed(self, baud: int) -> None:
        """Follow the meter to `baud`, 7E1, if that is another speed."""
        if baud != self._link.line.baud:
            await self._link.set_line(Line(baud, 7, "E", 1))

    async def follow_to(self, baud: int) -> None:
        """The same, for a speed that was agreed on and may have to be a slower one. Raises SpeedFailed."""
        if baud != self._link.line.baud:
            await follow(self._link, Line(baud, 7, "E", 1))

    async def send(self, wire: bytes, *, at_once: bool = False) -> None:
        """Send a message once the meter has had time to listen again; `at_once`: it has had it already."""
        if not at_once:
            await turn_round(self._link, self._identification)
        self._awaiting, self._heard = True, self.heard
        self._wire = wire
        await self._link.write(wire)
        self.round_trips += 1
        self._sent = len(wire)

    def heard_already(self, data: bytes) -> None:
        """Bytes of the first message that came together with something before it."""
        self._pending += self._reader.feed(data)

    async def exchange(self, wire: bytes, on_text: OnText | None = None) -> Message | Control:
        """Send a command; its answer. A damaged answer is asked for again, a command refused by NAK is repeated.

        Raises FrameError when it stays damaged, LinkTimeout when none comes, MeterError when the meter keeps refusing.
        """
        self._sets = DataSetReader()
        for _attempt in range(TRIES):
            await self.send(wire)
            answer = await self.receive(on_text)
            if answer is not Control.NAK:
                return answer
        raise MeterError(
            _("The meter does not understand the command: it asks for it again and again."),
            remedy=remedy_for(Trouble.DAMAGED, self._link),
            code="iec-nak",
        )

    async def receive(self, on_text: OnText | None = None, *, is_text: bool = False) -> Message | Control:
        """The next message; a damaged one is asked for again, where the mode knows how. `is_text`: only a message can
        come, and a control character is noise. Raises as `exchange`."""
        damage = Damage.TRUNCATED
        tries = 1 if self._bare else TRIES
        for attempt in range(tries):
            if attempt:
                await self.send(bytes([NAK]))
            noise = self._reader.noise
            try:
                event = await self._next(on_text)
                if is_text and isinstance(event, Control):
                    event = await self._past_strays(event, noise, on_text)
            except LinkTimeout:
                # Something was heard: a message whose beginning was lost while the terminal followed the meter's speed?
                if attempt + 1 == tries or self._reader.noise == noise:
                    raise
                continue
            self._awaiting = False
            if not isinstance(event, Damage):
                return event
            damage = event
        error = message_error(damage, parity_errors=self._link.parity_errors - self._parity_errors)
        error.remedy = remedy_for(Trouble.DAMAGED, self._link)
        raise error

    async def _past_strays(self, event: Event, noise: int, on_text: OnText | None) -> Event:
        """What comes after a control character that is noise; it counts where nothing comes and nothing else was heard.
        `noise`: characters outside of messages before. Raises LinkTimeout."""
        for _stray in range(STRAYS):
            if not isinstance(event, Control):
                break
            try:
                event = await self._next(on_text)
            except LinkTimeout:
                if self._reader.noise > noise:
                    raise
                break
        return event

    async def acknowledge(self) -> None:
        """Say that a message has been received well."""
        await self.send(bytes([ACK]))

    async def lines(self, first: Message, on_bytes: OnBytes | None = None) -> list[DataLine]:
        """The data lines of a message, and of the blocks that follow where it is the first of several."""
        lines: list[DataLine] = []
        received = 0

        def take(more: list[DataLine], characters: int) -> None:
            nonlocal received
            lines.extend(more)
            received += characters

        def on_text(characters: int, _lines: int, _first: bytes) -> None:
            if on_bytes is not None:
                on_bytes(received + characters)

        await self.stream(first, take, on_text)
        return lines

    async def stream(self, first: Message, take: OnLines, on_text: OnText | None = None) -> None:
        """As `lines`, message by message; the last line of one may come with the next."""
        self._sets, message = DataSetReader(), first
        while message.more:
            take(self._sets.feed(message.text), len(message.text))
            await self.acknowledge()
            answer = await self.receive(on_text, is_text=True)
            if not isinstance(answer, Message) or answer.command:
                raise answers_otherwise()
            message = answer
        take(self._sets.feed(message.text) + self._sets.finish(), len(message.text))

    async def finish_turn(self, take: OnLines, on_stopping: OnStopping | None = None) -> None:
        """After an answer's wait was cancelled: hear the message out that is on its way, so that the meter can hear the
        next word; its lines go to `take`. Nothing where it says nothing sound, or more than any message before."""
        if not self._awaiting:
            return
        self._awaiting = False
        left = max(1, max(FIRST_TURN, self._longest) - self._reader.received)
        limit_s = left * self._link.line.char_time_s + self._timing.reaction_s + self._timing.slack_s
        wired = Capability.INSTANT not in self._link.capabilities
        if on_stopping is not None and wired and limit_s >= WORTH_TELLING_S:
            on_stopping(limit_s)
        with contextlib.suppress(HhtError, TimeoutError):
            async with asyncio.timeout(limit_s):
                event = await self._next(None)
            if isinstance(event, Message) and not event.command:
                take(self._sets.feed(event.text) + ([] if event.more else self._sets.finish()), len(event.text))

    def _silent(self) -> LinkTimeout:
        return LinkTimeout(
            _("The meter {who} identified itself on {link}, and says nothing to what was asked then.").format(
                who=self._identification.ident, link=self._link.title
            ),
            remedy="{what} {modes}".format(
                what=remedy_for(Trouble.NO_DATA, self._link),
                modes=_(
                    "The identification speaks for mode {mode}; one that talks by itself is of mode D (?mode=d)."
                ).format(mode=self._identification.mode.value),
            ),
            code="iec-no-answer",
        )

    async def _next(self, on_text: OnText | None) -> Event:
        timing, character_s = self._timing, self._link.line.char_time_s
        first_s = self._sent * character_s + timing.reaction_s + timing.slack_s
        wait = Wait(self._link, first_s, 2 * first_s, SPARE_BYTES)
        self._sent, seen = 0, 0
        spoilt = self._link.parity_errors
        while not self._pending:
            try:
                self._pending += self._reader.feed(await wait.read())
            except LinkTimeout as error:
                if not self._reader.in_message:
                    raise self._silent() from error
                self._reader.reset()
                return Damage.TRUNCATED
            if self._reader.received > seen:
                wait.renew()
                seen = self._reader.received
                if on_text is not None:
                    on_text(seen, self._reader.lines, self._reader.first_line)
            wait.silence_s = timing.gap_s + timing.slack_s
        event = self._pending.pop(0)
        return self._judged(event, spoilt) if isinstance(event, Message) else event

    def _judged(self, message: Message, spoilt: int) -> Event:
        """A message, or that it is damaged after all. `spoilt`: parity errors before it."""
        self._longest = max(self._longest, len(message.text))
        if not message.checked:  # the parity bits are all there is
            return Damage.CHECK if self._link.parity_errors > self._parity_errors else message
        # Two errors can hide from a block check of seven bits, and seldom from the parity bits too. A meter that sends
        # none has half of its characters wrong.
        wrong, length = self._link.parity_errors - spoilt, len(message.text)
        return Damage.CHECK if length >= LONG and 0 < wrong < length // 10 else message


def answers_otherwise() -> MeterError:
    """The meter says something else than it was asked."""
    return MeterError(
        _("The meter answers something else than it was asked."),
        remedy=_("Try again; if it stays, keep the trace and report the meter's model."),
        code="iec-answer",
    )
