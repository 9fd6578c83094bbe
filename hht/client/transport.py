"""APDUs over a link. What every transport gives; the TCP wrapper's. HDLC's is in `hht.client.hdlc_transport`."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable, Sequence
from typing import Final, Protocol

from hht.client.deadlines import Timing, Wait
from hht.link import Link
from hht.link_remedies import Trouble, remedy_for
from hht.protocol.frames import FrameError
from hht.protocol.wrapper import Packet, WrapperReader, wrap

PART_OCTETS: Final = 512  # of a wrapper packet: half a second at 9600 baud
MAX_PACKET: Final = 8 + 0xFFFF  # the wrapper's header and the longest APDU it can announce


OnPart = Callable[[bytes], None]
OnStopping = Callable[[float], None]  # seconds at most


class ApduTransport(Protocol):
    """Carries one APDU there and one back; what comes beyond that is kept for the next `exchange` without a message."""

    round_trips: int
    patience_s: float
    """How long a meter may say that it is not ready."""
    aside: deque[bytes]
    """APDUs that came outside the connection (HDLC UI frames), and nobody has taken yet. None of them is an answer."""

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

    async def open(self) -> None:
        """Open the link and connect. Raises LinkError or a protocol's HhtError."""
        ...

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

    async def renew(self) -> None:
        """Take the connection down and make it anew in the way that it is needed now (see `FramesDamaged`)."""
        ...

    async def close(self) -> None:
        """Disconnect and close the link, whatever state they are in. Never raises."""
        ...


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
        self.aside: deque[bytes] = deque()  # the wrapper has one way for everything
        self.round_trips = 0
        self.patience_s = timing.busy_s

    async def open(self) -> None:
        """Nothing to agree on: the wrapper has no connection of its own."""

    @property
    def has_more(self) -> bool:
        """As in `ApduTransport`."""
        return bool(self._arrived)

    @property
    def is_up(self) -> bool:
        """As in `ApduTransport`: until an exchange was broken off, whose answer would be taken for the next one's."""
        return self._in_step

    @property
    def turn_octets(self) -> int:
        """As in `ApduTransport`: over TCP both may always speak."""
        return 0

    @property
    def turn_s(self) -> float:
        """As in `ApduTransport`."""
        return 0.0

    async def finish_turn(self, on_part: OnPart | None = None) -> bytes | None:
        """As in `ApduTransport`: nobody has to wait for anybody."""
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
            error.remedy = remedy_for(Trouble.NOT_WRAPPED, self._link)
            raise

    def _is_for_us(self, packet: Packet) -> bool:
        return packet.destination == self._client_sap and packet.source == self._server

    async def renew(self) -> None:
        """Nothing to make anew: no frame is damaged here without the link being lost."""

    async def close(self) -> None:
        """Nothing to take down."""
