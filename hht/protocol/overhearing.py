"""Both directions of a trace as whole messages: frames put together to APDUs, protected ones opened where keys fit."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from hht.protocol.cosem.overheard import Deciphering, Opened
from hht.protocol.cosem.security import SecurityMaterial
from hht.protocol.frames import FrameError
from hht.protocol.hdlc.frame import Control, Frame
from hht.protocol.hdlc.reader import FrameReader
from hht.protocol.hdlc.station import LLC_COMMAND, LLC_RESPONSE
from hht.protocol.wrapper import VERSION, WrapperReader

MOST_PENDING = 1 << 22  # octets of a message that has not ended


@dataclass(frozen=True, slots=True)
class Message:
    """A message of the client (`sent`) or of the server. `apdu`: as it went over the wire; `plain`: in clear, b"" where
    it stays closed; `opened`: what was protected in it."""

    sent: bool
    apdu: bytes = field(repr=False)
    plain: bytes = field(repr=False)
    opened: tuple[Opened, ...] = ()


class Overhearing:
    """Feed it what went over one link, in order; it gives messages as they become whole. Never raises."""

    def __init__(self, keys: Iterable[SecurityMaterial] = ()) -> None:
        self._deciphering = Deciphering(keys)
        self._ways = {True: _Way(), False: _Way()}

    def hear(self, data: bytes, *, sent: bool) -> list[Message]:
        """The messages that `data` completes."""
        messages = []
        for apdu, by_client in self._ways[sent].apdus(data):
            whose = sent if by_client is None else by_client  # an echo is what was sent
            plain, opened = self._deciphering.hear(apdu, sent=whose)
            messages.append(Message(whose, apdu, plain, tuple(opened)))
        return messages


class _Way:
    """One direction."""

    def __init__(self) -> None:
        self._frames = FrameReader()
        self._packets = WrapperReader()
        self._wrapped: bool | None = None
        self._pending = b""
        self._last: Frame | None = None

    def apdus(self, data: bytes) -> Iterator[tuple[bytes, bool | None]]:
        """Whole APDUs, and whether the client says them (None: the frame does not tell)."""
        if self._wrapped is None and data:
            self._wrapped = data[:2] == VERSION
        if not self._wrapped:
            for frame in self._frames.feed(data):
                if isinstance(frame, Frame) and frame.control is Control.I:
                    yield from self._information(frame)
            return
        try:
            yield from ((packet.apdu, None) for packet in self._packets.feed(data))
        except FrameError:
            self._wrapped = None

    def _information(self, frame: Frame) -> Iterator[tuple[bytes, bool | None]]:
        if frame == self._last:
            return  # sent again
        self._last = frame
        self._pending = (self._pending + frame.info)[-MOST_PENDING:]
        if frame.segmented:
            return
        message, self._pending = self._pending, b""
        for head, by_client in ((LLC_COMMAND, True), (LLC_RESPONSE, False)):
            if message.startswith(head):
                yield message[len(head) :], by_client
