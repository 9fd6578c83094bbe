"""APDUs over a link: HDLC or the TCP wrapper, with the waiting times. The codecs are in `hht.protocol`."""

from __future__ import annotations

import asyncio
import contextlib
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Final, Protocol

from hht.client.api import MeterError
from hht.client.deadlines import Timing, Wait
from hht.errors import HhtError
from hht.i18n import _
from hht.link import Capability, Link, LinkTimeout
from hht.link_remedies import Trouble, remedy_for
from hht.protocol.frames import FrameError
from hht.protocol.hdlc import (
    Connected,
    Control,
    Disconnected,
    HdlcClient,
    HdlcEvent,
    HdlcLinkError,
    HdlcParameters,
    Received,
)
from hht.protocol.hdlc.station import LLC_RESPONSE
from hht.protocol.wrapper import Packet, WrapperReader, wrap

FRAME_OVERHEAD: Final = 16  # flags, format, addresses, control, check sequences: the most a frame has beside its field
WORTH_TELLING_S: Final = 1.0  # a wait that a person notices
SPARE_BYTES: Final = 4096  # noise that is forgiven between frames
PROPOSED: Final = HdlcParameters(2030, 2030, 7, 7)  # what the terminal can do
PART_OCTETS: Final = 512  # of a wrapper packet: half a second at 9600 baud
MAX_PACKET: Final = 8 + 0xFFFF  # the wrapper's header and the longest APDU it can announce


OnPart = Callable[[bytes], None]
OnStopping = Callable[[float], None]  # seconds at most


class ApduTransport(Protocol):
    """Carries one APDU there and one back; what comes beyond that is kept for the next `exchange` without a message."""

    round_trips: int

    @property
    def has_more(self) -> bool:
        """An APDU has come that nobody has asked for yet."""
        ...

    @property
    def is_up(self) -> bool:
        """Messages can be exchanged, as far as this end knows."""
        ...

    @property
    def turn_octets(self) -> int:
        """Octets of an APDU that the meter sends at most before it listens again; 0 where it always listens."""
        ...

    @property
    def turn_s(self) -> float:
        """Seconds that such a turn takes at most on this line."""
        ...

    async def open(self) -> None: ...

    async def exchange(self, apdu: bytes, on_part: OnPart | None = None, *, further: Sequence[bytes] = ()) -> bytes:
        """Send `apdu`, and `further` in the same turn; return the answer. b"": send nothing, return what comes next.
        Raises LinkError or a protocol's HhtError.

        `on_part` is called with what there is of the answer so far, from its beginning on, each time that more of it
        has arrived in sound frames; a transport that gets answers whole never calls it.
        """
        ...

    async def finish_turn(self, on_part: OnPart | None = None) -> bytes | None:
        """After `exchange` was cancelled: hear what the meter still says in its turn, and no more. The answer, where it
        is whole then. Cancelled as well, nothing more is said or heard: only closing the link is left."""
        ...

    async def close(self) -> None: ...


class HdlcTransport:
    """HDLC over any link. `proposed` is what the terminal offers; the meter answers with what it can do. `physical` and
    `address_size` as in `HdlcClient`."""

    def __init__(
        self,
        link: Link,
        client_sap: int,
        server: int,
        physical: int | None = None,
        *,
        timing: Timing,
        proposed: HdlcParameters | None = None,
        address_size: int | None = None,
        on_stopping: OnStopping | None = None,
    ) -> None:
        """`on_stopping` is told for how many seconds at most the meter is heard out, where something was cancelled."""
        self._link = link
        self._timing = timing
        self._on_stopping = on_stopping
        self._turn_bytes = 0  # that have come in the meter's turn
        self._machine = HdlcClient(client_sap, server, physical, proposed or PROPOSED, address_size=address_size)
        self._connected = False
        self._arrived: deque[bytes] = deque()
        self.round_trips = 0

    async def open(self) -> None:
        """SNRM and UA. Raises MeterError when the meter refuses the connection."""
        self._machine.connect()
        with self._advising(Trouble.NOBODY):
            event = await self._until(Connected)
        if isinstance(event, Disconnected):
            raise MeterError(
                _("The meter refuses the connection (HDLC DM)."),
                remedy=_(
                    "Wait two minutes for an earlier conversation to lapse, then try again; check the client's address."
                ),
                code="hdlc-refused",
            )
        self._connected = True

    @property
    def has_more(self) -> bool:
        """As above."""
        return bool(self._arrived)

    @property
    def is_up(self) -> bool:
        """As above."""
        return self._connected and self._machine.connected

    @property
    def turn_octets(self) -> int:
        """As above: the fields of a window, less the LLC header."""
        parameters = self._machine.parameters
        return parameters.window_rx * parameters.max_info_rx - len(LLC_RESPONSE)

    async def exchange(self, apdu: bytes, on_part: OnPart | None = None, *, further: Sequence[bytes] = ()) -> bytes:
        """One APDU there, one back. Raises HdlcLinkError when the meter ends the connection: its words say how."""
        if apdu:
            self._machine.send(apdu, *further)
        elif self._arrived:
            return self._arrived.popleft()
        elif not self._machine.awaiting:
            self._machine.poll()
        with self._advising(Trouble.SILENT):
            event = await self._until(Received, on_part)
        if isinstance(event, Disconnected):
            if event.by is Control.DISC:  # the meter asks for it, and waits for it
                await self._farewell()
            self._connected = False
            raise _ended_by_meter(event)
        assert isinstance(event, Received)
        return event.apdu

    async def close(self) -> None:
        """DISC and UA. Where an answer is on its way (a read was cancelled) the meter finishes its turn first: two who
        speak at once on an optical line are not heard. A UA that does not come is no error, the meter's own time-out
        ends the connection."""
        if not self._connected:
            return
        self._connected = False
        try:
            await self.finish_turn()
            for _try in range(2):
                if await self._farewell():
                    return
        except HdlcLinkError:
            return

    @property
    def turn_s(self) -> float:
        """As above: a full window at the line's speed."""
        return self._window_bytes * self._link.line.char_time_s

    @property
    def _turn_left_s(self) -> float:
        return max(0, self._window_bytes - self._turn_bytes) * self._link.line.char_time_s

    async def finish_turn(self, on_part: OnPart | None = None) -> bytes | None:
        """As above. No longer than a full window takes, or until the meter falls silent."""
        if not self._machine.awaiting or not self._connected:
            return None
        left_s = self._turn_left_s
        wired = Capability.INSTANT not in self._link.capabilities
        try:
            if self._on_stopping is not None and wired and left_s >= WORTH_TELLING_S:
                self._on_stopping(left_s)
            return await self._hear_out(on_part, left_s)
        except HhtError:
            raise
        except BaseException:  # cancelled, or a second Ctrl+C wherever it struck
            self._connected = False
            raise

    async def _hear_out(self, on_part: OnPart | None, left_s: float) -> bytes | None:
        silence_s = self._timing.reaction_s
        wait = Wait(self._link, silence_s, silence_s + left_s, 2 * self._window_bytes + SPARE_BYTES)
        try:
            while self._machine.awaiting:
                gathered = self._machine.gathered
                for event in self._machine.receive(await wait.read()):
                    if isinstance(event, Received):
                        return event.apdu
                if self._machine.gathered > gathered and on_part is not None:
                    on_part(self._machine.gathered_apdu)
                if self._machine.data_to_send():
                    return None  # the turn is ours; what would be asked next is not wanted
                wait.silence_s = self._timing.gap_s
        except LinkTimeout:
            return None
        return None

    async def _farewell(self) -> bool:
        self._machine.disconnect()
        await self._link.write(self._machine.data_to_send())
        wait = self._wait(self._timing.reaction_s)
        try:
            while True:
                if any(isinstance(event, Disconnected) for event in self._machine.receive(await wait.read())):
                    return True
        except LinkTimeout:
            return False

    async def _until(
        self, wanted: type[Connected] | type[Received], on_part: OnPart | None = None
    ) -> Connected | Received | Disconnected:
        wait = self._wait(0.0)
        while True:
            out = self._machine.data_to_send()
            if out:
                self._turn_bytes = 0
                await self._link.write(out)
                self.round_trips += 1
                wait = self._wait(self._timing.first_byte_s(len(out), self._link.line.char_time_s))
            gathered = self._machine.gathered
            try:
                data = await self._read(wait)
            except LinkTimeout:
                self._machine.timeout()  # retransmits, or raises HdlcLinkError when it has tried enough
                wait.renew()
                continue
            events = deque(self._machine.receive(data))
            while events:
                event = events.popleft()
                if isinstance(event, wanted | Disconnected):
                    self._keep(events)
                    await self._rest_of_turn()
                    return event
            if self._machine.gathered > gathered:
                wait.renew()
                if on_part is not None:
                    on_part(self._machine.gathered_apdu)

    async def _read(self, wait: Wait) -> bytes:
        """What comes; with less patience where the meter's turn seems to be over."""
        patience_s = wait.silence_s
        if self._machine.cut_short:
            wait.silence_s = min(patience_s, self._timing.octet_s + self._timing.slack_s)
        try:
            data = await wait.read()
        finally:
            wait.silence_s = patience_s
        self._turn_bytes += len(data)
        return data

    @contextlib.contextmanager
    def _advising(self, no_answer: Trouble) -> Iterator[None]:
        """What fails inside says what to do about it on this kind of link; `no_answer`: what it means if none comes."""
        try:
            yield
        except HdlcLinkError as error:
            troubles = {"hdlc-no-answer": no_answer, "hdlc-damaged": Trouble.DAMAGED}
            if error.code in troubles:
                error.remedy = remedy_for(troubles[error.code], self._link.name)
            raise

    def _keep(self, events: Iterable[HdlcEvent]) -> None:
        self._arrived += [event.apdu for event in events if isinstance(event, Received)]

    async def _rest_of_turn(self) -> None:
        """What the meter sends after the answer, in the same turn: two who speak at once are not heard."""
        try:
            while self._machine.turn_is_theirs:
                self._keep(self._machine.receive(await self._wait(self._timing.slack_s).read()))
        except (LinkTimeout, HdlcLinkError):
            return  # the answer is here; if the connection is gone, the next message will say so

    def _wait(self, silence_s: float) -> Wait:
        """For one answer: the frames of a window may take as long as they are, and no longer."""
        window = self._window_bytes
        return Wait(self._link, silence_s, silence_s + window * self._link.line.char_time_s, 2 * window + SPARE_BYTES)

    @property
    def _window_bytes(self) -> int:
        """Bytes of a full window."""
        parameters = self._machine.parameters
        return parameters.window_rx * (parameters.max_info_rx + FRAME_OVERHEAD)


def _ended_by_meter(event: Disconnected) -> HdlcLinkError:
    remedy = _("Connect again; the terminal reads before it repeats anything.")
    if event.by is Control.FRMR:
        message = _("The meter rejected what it was sent, and the connection with it (HDLC FRMR: {reason}).")
        return HdlcLinkError(message.format(reason=event.reason), remedy=remedy, code="hdlc-rejected")
    how = _("it asked to be disconnected") if event.by is Control.DISC else _("it knows of no connection")
    message = _("The meter ended the connection in the middle of the conversation: {how} (HDLC {frame}).")
    frame = "RD" if event.by is Control.DISC else "DM"
    return HdlcLinkError(message.format(how=how, frame=frame), remedy=remedy, code="hdlc-disconnected")


class WrapperTransport:
    """IEC 62056-47 wrapper over TCP."""

    def __init__(self, link: Link, client_sap: int, server: int, *, timing: Timing) -> None:
        self._link = link
        self._client_sap = client_sap
        self._server = server
        self._timing = timing
        self._reader = WrapperReader()
        self._arrived: deque[bytes] = deque()
        self._in_step = True  # no answer is owed to a question that nobody asks any more
        self.round_trips = 0

    async def open(self) -> None:
        """Nothing to agree on: the wrapper has no connection of its own."""

    @property
    def has_more(self) -> bool:
        """As above."""
        return bool(self._arrived)

    @property
    def is_up(self) -> bool:
        """As above: until an exchange was broken off, whose answer would be taken for the next one's."""
        return self._in_step

    @property
    def turn_octets(self) -> int:
        """As above: over TCP both may always speak."""
        return 0

    @property
    def turn_s(self) -> float:
        """As above."""
        return 0.0

    async def finish_turn(self, on_part: OnPart | None = None) -> bytes | None:
        """As above: nobody has to wait for anybody."""
        return None

    async def exchange(self, apdu: bytes, on_part: OnPart | None = None, *, further: Sequence[bytes] = ()) -> bytes:
        """One APDU there, one back. Packets for another client are dropped."""
        if apdu:
            packets = [wrap(self._client_sap, self._server, message) for message in (apdu, *further)]
            await self._link.write(b"".join(packets))
            self.round_trips += 1
        try:
            await self._until_arrived(on_part)
        except asyncio.CancelledError:
            self._in_step = False
            raise
        return self._arrived.popleft()

    async def _until_arrived(self, on_part: OnPart | None) -> None:
        wait = Wait(self._link, self._timing.first_byte_s(0, 0.0) * 2, self._timing.packet_s, 2 * MAX_PACKET)
        parted = 0
        while not self._arrived:
            for packet in self._packets(await wait.read()):
                if self._is_for_us(packet):
                    self._arrived.append(packet.apdu)
            begun = self._reader.begun if on_part is not None and not self._arrived else None
            if on_part is not None and begun is not None and len(begun.apdu) >= parted + PART_OCTETS:
                parted = len(begun.apdu)
                if self._is_for_us(begun):
                    on_part(begun.apdu)

    def _packets(self, data: bytes) -> list[Packet]:
        try:
            return self._reader.feed(data)
        except FrameError as error:
            error.remedy = remedy_for(Trouble.NOT_WRAPPED, self._link.name)
            raise

    def _is_for_us(self, packet: Packet) -> bool:
        return packet.destination == self._client_sap and packet.source == self._server

    async def close(self) -> None:
        """Nothing to take down."""
