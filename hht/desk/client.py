"""The terminal's end of a conversation with a desk, over any `Link`.

What is asked is on disk before a byte leaves. A lost line, a desk that falls silent or says what cannot be makes an ask
unknown; asking again under the same reference settles it, and does nothing twice.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass

from hht.clock import Clock
from hht.desk.carriage import bring, return_of, settle
from hht.desk.course import AskReport, CommandState, Course
from hht.desk.errors import DeskError, DeskLost, MessageRefused
from hht.desk.messages import AskReach, Hello, LineReader, Message, PutAsk, Reach, Refused, Way, decode, encode
from hht.desk.parcels import Stored, send_parcel
from hht.desk.records import RecordKind, Records
from hht.i18n import _
from hht.identifiers.device_id import DeviceId
from hht.link import Link, LinkError, LinkTimeout
from hht.packs.supply_limits import SupplyGate
from hht.packs.way import CommandCarrier
from hht.protocol.gbcs.keys import KeyRing

OnReport = Callable[[AskReport], None]


@dataclass(frozen=True, slots=True)
class DeskTiming:
    """How long a desk is waited for, in seconds: until it says anything at all, and until it says how it ended (the DCC
    itself gives a device ten minutes; one that sleeps is heard of later, by asking again)."""

    answer_s: float = 30.0
    result_s: float = 660.0


class DeskClient:
    """One conversation. Open it, ask one thing after another, close it. `gate`: what commands that take a supply away
    pass before they leave; without one none does."""

    def __init__(
        self,
        link: Link,
        clock: Clock,
        *,
        training: bool,
        timing: DeskTiming | None = None,
        gate: SupplyGate | None = None,
    ) -> None:
        self._gate = gate
        self._link = link
        self._clock = clock
        self._training = training
        self._timing = timing or DeskTiming()
        self._reader = LineReader()
        self._lines: list[bytes] = []
        self._asks: dict[str, Records] = {}
        self.desk = ""  # who answers

    async def open(self) -> None:
        """Connect, and hear who is there.

        Raises LinkUnavailable, DeskLost, MessageRefused (another version, garbage), DeskError ``desk-training`` where
        one end trains and the other does not.
        """
        await self._link.open()
        try:
            await self._say(Hello("HHT", self._training))
            found = await self._hear(self._timing.answer_s)
            if not isinstance(found, Hello):
                raise _unexpected(found)
            if found.training is not self._training:
                raise DeskError(
                    _("This desk is for live work.") if not found.training else _("This desk is for training."),
                    remedy=_("Training and live work never mix: connect to the other desk."),
                    code="desk-training",
                )
        except BaseException:
            await self._link.close()
            raise
        self.desk = found.name

    async def close(self) -> None:
        """End the conversation; harmless when it has ended."""
        await self._link.close()

    async def reach(self, hub: DeviceId) -> Reach:
        """Whether the WAN reaches a hub, as the desk knows it. Raises DeskLost, MessageRefused."""
        await self._say(AskReach(hub))
        while True:
            found = await self._hear(self._timing.answer_s)
            if isinstance(found, Reach) and found.hub == hub:
                return found
            self._elsewhere(found)

    async def send(self, name: str, octets: bytes) -> None:
        """Send a file home; the desk has it whole when this returns. Raises DeskLost, MessageRefused."""

        async def hear(sha256: str) -> Stored:
            while True:
                found = await self._hear(self._timing.answer_s)
                if isinstance(found, Stored) and found.sha256 == sha256:
                    return found
                self._elsewhere(found)

        await send_parcel(name, octets, self._say, hear)

    async def put(
        self,
        records: Records,
        way: Way,
        *,
        carrier: CommandCarrier | None = None,
        keys: KeyRing | None = None,
        on_report: OnReport = lambda _report: None,
    ) -> AskReport:
        """Ask, and follow it until the desk says how it ended or its time is over; asked before: hear how it stands.

        `carrier`, `keys`: for ``Way.RELAY``. Asked again without them, a command that has left stays as it is: only the
        hub can say what became of it, and the desk is told nothing (silence would end the ask).
        Raises DeskLost and MessageRefused (the ask is unknown then, on disk too), DeskError, StoreError, and what the
        carrier raises where it is lost. What could still come is heard by asking again.
        """
        report = Course(records.all()).report()
        if not _open(report):
            return report
        if way is Way.RELAY and carrier is None and not report.commands:
            raise DeskError(
                _("There is no way to the device by which a command could be brought."),
                remedy=_("Connect the radio dongle and come onto the hub's HAN first."),
                code="desk-no-carrier",
            )
        self._asks[report.ask.reference] = records
        records.append(RecordKind.OFFERED, {"way": str(way)})
        on_report(Course(records.all()).report())
        try:
            await self._say(PutAsk(report.ask, way))
            return await self._follow(records, carrier, keys or KeyRing(), on_report)
        except (DeskLost, MessageRefused) as error:
            records.append(RecordKind.LOST, {"why": error.message})
            on_report(Course(records.all()).report())
            raise

    async def _follow(
        self, records: Records, carrier: CommandCarrier | None, keys: KeyRing, on_report: OnReport
    ) -> AskReport:
        until = self._clock.monotonic() + self._timing.result_s
        told: set[int] = set()
        while _open(report := Course(records.all()).report()):
            for command in report.commands:
                if command.state is CommandState.HERE:
                    brought = await bring(records, command.number, carrier, keys, self._gate)
                    on_report(Course(records.all()).report())
                    if not brought:
                        continue  # whoever took it up brings its answer home
                elif command.state is CommandState.UNKNOWN:
                    if carrier is None:
                        continue  # the hub knows, or who waits for the answer
                    await settle(records, command.number, carrier, keys)
                    on_report(Course(records.all()).report())
                if command.state is not CommandState.RETURNED and command.number not in told:
                    told.add(command.number)
                    await self._bring_home(records, command.number)
                    until = self._clock.monotonic() + self._timing.result_s
            left = until - self._clock.monotonic()
            if carrier is None and any(one.state is CommandState.UNKNOWN for one in report.commands):
                left = min(left, self._timing.answer_s)  # the desk itself waits for what this terminal cannot bring
            if not report.unknown and left <= 0:
                return report
            try:
                message = await self._hear(self._timing.answer_s if report.unknown else left)
            except DeskLost as error:
                if error.code == "desk-silent" and not report.unknown:
                    return Course(records.all()).report()
                raise
            self._take(message, records, on_report)
        return report

    async def _bring_home(self, records: Records, number: int) -> None:
        course = Course(records.all())
        await self._say(return_of(next(one for one in course.report().commands if one.number == number), course))

    def _take(self, message: Message, records: Records, on_report: OnReport) -> None:
        course = Course(records.all())
        if getattr(message, "reference", None) != course.ask.reference:
            self._elsewhere(message)
            return
        found = course.take(message)
        if found is not None:
            records.append(*found)
            on_report(Course(records.all()).report())

    def _elsewhere(self, message: Message) -> None:
        """Something about another ask of this conversation, or said once more. Raises MessageRefused for anything
        else."""
        if isinstance(message, Hello | Reach):
            return
        if isinstance(message, Refused) and not message.reference:
            raise MessageRefused(message.why, remedy=message.remedy, code=message.code or "desk-refused")
        records = self._asks.get(getattr(message, "reference", ""))
        if records is None:
            raise _unexpected(message)
        found = Course(records.all()).take(message)
        if found is not None:
            records.append(*found)

    # --- lines -----------------------------------------------------------------------------------------------------

    async def _say(self, message: Message) -> None:
        try:
            await self._link.write(encode(message))
        except LinkError as error:
            raise _lost(error) from error

    async def _hear(self, within_s: float) -> Message:
        """The next message. Raises DeskLost (``desk-silent`` where nothing came in time), MessageRefused."""
        until = self._clock.monotonic() + within_s
        while not self._lines:
            left = until - self._clock.monotonic()
            try:
                self._lines += self._reader.feed(await self._link.read(max(left, 0.001)))
            except LinkTimeout:
                raise DeskLost(
                    _("The desk has not answered for {seconds:.0f} seconds.").format(seconds=within_s),
                    remedy=_("Ask again later: under the same reference nothing is done twice."),
                    code="desk-silent",
                ) from None
            except LinkError as error:
                raise _lost(error) from error
        await asyncio.sleep(0)
        return decode(self._lines.pop(0))


def _open(report: AskReport) -> bool:
    """Whether anything is still to be told, by either end."""
    home = all(command.state is CommandState.RETURNED for command in report.commands)
    return not report.state.final or not home


def _unexpected(message: Message) -> MessageRefused:
    other = getattr(message, "reference", "")
    said = _("it speaks of an ask that this terminal has not made ({reference})").format(reference=other)
    return MessageRefused(
        _("What the desk says is not taken: {why}.").format(why=said if other else _("nobody asked for it")),
        remedy=_("Connect again and ask under the same reference: nothing is done twice."),
        code="desk-other-ask" if other else "desk-message",
    )


def _lost(error: LinkError) -> DeskLost:
    return DeskLost(
        _("The line to the desk is gone: {why}").format(why=error.message),
        remedy=_("Connect again and ask under the same reference: nothing is done twice."),
    )
