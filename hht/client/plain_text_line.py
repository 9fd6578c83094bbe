"""Plain-text messages over a link: waiting, repetition, acknowledgement (IEC 62056-21)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from hht.client.api import MeterError
from hht.client.deadlines import Timing, Wait
from hht.client.sign_on import SPARE_BYTES, turn_round
from hht.i18n import _
from hht.link import Line, Link, LinkTimeout
from hht.link_remedies import Trouble, remedy_for
from hht.protocol.iec62056_21 import Identification
from hht.protocol.iec62056_21.characters import ACK, NAK
from hht.protocol.iec62056_21.data_sets import DataLine, DataSetReader
from hht.protocol.iec62056_21.messages import Control, Damage, Event, Message, MessageReader, message_error

TRIES: Final = 3  # of one message, with the first
OnBytes = Callable[[int], None]


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
        self.round_trips = 0

    async def set_speed(self, baud: int) -> None:
        """Follow the meter to `baud`, 7E1, if that is another speed."""
        if baud != self._link.line.baud:
            await self._link.set_line(Line(baud, 7, "E", 1))

    async def send(self, wire: bytes, *, at_once: bool = False) -> None:
        """Send a message once the meter has had time to listen again; `at_once`: it has had it already."""
        if not at_once:
            await turn_round(self._link, self._identification)
        await self._link.write(wire)
        self.round_trips += 1
        self._sent = len(wire)

    def heard_already(self, data: bytes) -> None:
        """Bytes of the first message that came together with something before it."""
        self._pending += self._reader.feed(data)

    async def exchange(self, wire: bytes, on_bytes: OnBytes | None = None) -> Message | Control:
        """Send a command; its answer. A damaged answer is asked for again, a command refused by NAK is repeated.

        Raises FrameError when it stays damaged, LinkTimeout when none comes, MeterError when the meter keeps refusing.
        """
        for _attempt in range(TRIES):
            await self.send(wire)
            answer = await self.receive(on_bytes)
            if answer is not Control.NAK:
                return answer
        raise MeterError(
            _("The meter does not understand the command: it asks for it again and again."),
            remedy=remedy_for(Trouble.DAMAGED, self._link.name),
            code="iec-nak",
        )

    async def receive(self, on_bytes: OnBytes | None = None) -> Message | Control:
        """The next message; a damaged one is asked for again, where the mode knows how. Raises as `exchange`."""
        damage = Damage.TRUNCATED
        for attempt in range(1 if self._bare else TRIES):
            if attempt:
                await self.send(bytes([NAK]))
            event = await self._next(on_bytes)
            if not isinstance(event, Damage):
                return event
            damage = event
        error = message_error(damage, parity_errors=self._link.parity_errors - self._parity_errors)
        error.remedy = remedy_for(Trouble.DAMAGED, self._link.name)
        raise error

    async def acknowledge(self) -> None:
        """Say that a message has been received well."""
        await self.send(bytes([ACK]))

    async def lines(self, first: Message, on_bytes: OnBytes | None = None) -> list[DataLine]:
        """The data lines of a message, and of the blocks that follow where it is the first of several."""
        reader = DataSetReader()
        lines = reader.feed(first.text)
        message, received = first, len(first.text)
        while message.more:
            await self.acknowledge()
            answer = await self.receive(_further(on_bytes, received))
            if not isinstance(answer, Message) or answer.command:
                raise answers_otherwise()
            message, received = answer, received + len(answer.text)
            lines += reader.feed(message.text)
        return lines + reader.finish()

    def _silent(self) -> LinkTimeout:
        return LinkTimeout(
            _("The meter {who} identified itself on {link}, and says nothing to what was asked then.").format(
                who=self._identification.ident, link=self._link.name
            ),
            remedy="{what} {modes}".format(
                what=remedy_for(Trouble.NO_DATA, self._link.name),
                modes=_(
                    "The identification speaks for mode {mode}; one that talks by itself is of mode D (?mode=d)."
                ).format(mode=self._identification.mode.value),
            ),
            code="iec-no-answer",
        )

    async def _next(self, on_bytes: OnBytes | None) -> Event:
        timing, character_s = self._timing, self._link.line.char_time_s
        first_s = self._sent * character_s + timing.reaction_s + timing.slack_s
        wait = Wait(self._link, first_s, 2 * first_s, SPARE_BYTES)
        self._sent, seen = 0, 0
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
                if on_bytes is not None:
                    on_bytes(seen)
            wait.silence_s = timing.gap_s + timing.slack_s
        event = self._pending.pop(0)
        # Without a block check the parity bits are all there is.
        unchecked = isinstance(event, Message) and not event.checked
        return Damage.CHECK if unchecked and self._link.parity_errors > self._parity_errors else event


def _further(on_bytes: OnBytes | None, before: int) -> OnBytes | None:
    """`on_bytes`, counting what came before too."""
    return None if on_bytes is None else lambda count: on_bytes(before + count)


def answers_otherwise() -> MeterError:
    """The meter says something else than it was asked."""
    return MeterError(
        _("The meter answers something else than it was asked."),
        remedy=_("Try again; if it stays, keep the trace and report the meter's model."),
        code="iec-answer",
    )
