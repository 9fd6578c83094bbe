"""Frames out of a stream of bytes, whatever the chunking and whatever else is on the line.

A frame is found by its length field, never by searching for the closing flag. The length is believed only once the
header check sequence has vouched for it (or, in a frame without information, once the header says that there is none),
so a length that lies costs a few bytes of waiting and not two thousand.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from hht.i18n import _
from hht.protocol.frames import FrameError
from hht.protocol.hdlc.fcs import fcs16
from hht.protocol.hdlc.frame import FLAG, MAX_INFO, MAX_LENGTH, Frame, parse_body

_MOST_AROUND_INFO: Final = 15  # format 2, addresses 4 + 4, control 1, both check sequences 4
_BEGUN: Final = 3  # a flag and the frame format
_MORE: Final = -1
_NOT_AN_ADDRESS: Final = -2


@dataclass(frozen=True, slots=True)
class FrameFault:
    """Bytes that were dropped, and why.

    `header` is there where only the information was damaged: the header check sequence vouches for addresses and
    control field, so a station may know whose turn it is although the frame is lost.
    """

    code: str
    message: str
    data: bytes
    header: Frame | None = None


class FrameReader:
    """Finds frames. Keeps at most one unfinished frame; the work is in proportion to the bytes."""

    def __init__(self, max_info: int = MAX_INFO) -> None:
        self._max_length = min(MAX_LENGTH, max_info + _MOST_AROUND_INFO)
        self._buffer = bytearray()
        self._need = 0  # below so many buffered bytes nothing new can be decided

    def reset(self) -> None:
        """Forget a frame that has begun: the answer that it belonged to is given up."""
        self._buffer.clear()
        self._need = 0

    @property
    def unfinished(self) -> bool:
        """More than a flag of a frame is there, and its end is not."""
        return len(self._buffer) >= _BEGUN

    def feed(self, data: bytes) -> list[Frame | FrameFault]:
        """More bytes; whole frames and faults in the order in which they ended. Never raises."""
        buffer = self._buffer
        buffer += data
        if len(buffer) < self._need:
            return []
        found: list[Frame | FrameFault] = []
        position = 0
        while True:
            position = self._opening(position, found)
            following = self._frame_at(position, found) if position < len(buffer) else None
            if following is None:
                break
            position = following
        del buffer[:position]
        return found

    def _opening(self, position: int, found: list[Frame | FrameFault]) -> int:
        """Where the next frame opens; what lies before it is noise, repeated flags are fill."""
        buffer = self._buffer
        start = buffer.find(FLAG, position)
        if start < 0:
            start = len(buffer)
        if start > position:
            found.append(
                FrameFault("hdlc-noise", _("Bytes between frames that belong to none."), bytes(buffer[position:start]))
            )
        while start + 1 < len(buffer) and buffer[start + 1] == FLAG:
            start += 1
        return start

    def _frame_at(self, start: int, found: list[Frame | FrameFault]) -> int | None:
        """Take the frame that opens at `start`. Where to go on, which is at its closing flag (that may open the next
        frame); None when more bytes are needed."""
        buffer = self._buffer
        if len(buffer) < start + 3:
            return self._wait(3)
        length = (buffer[start + 1] & 0x07) << 8 | buffer[start + 2]
        if buffer[start + 1] & 0xF0 != 0xA0 or length < 7:
            return self._fault(start, "hdlc-format", found)
        if length > self._max_length:
            return self._fault(start, "hdlc-overlong", found)
        close = start + 1 + length
        control = _control_at(buffer, start + 3, close - 2)
        if control == _MORE:
            return self._wait(len(buffer) - start + 1)
        if control == _NOT_AN_ADDRESS:
            return self._fault(start, "hdlc-address", found)
        after = close - 2 - (control + 1)  # bytes between the header and the frame check sequence
        if after:
            if after < 3:
                return self._fault(start, "hdlc-truncated", found)
            if len(buffer) < control + 3:
                return self._wait(control + 3 - start)
            if fcs16(buffer[start + 1 : control + 1]) != buffer[control + 1] | buffer[control + 2] << 8:
                return self._fault(start, "hdlc-hcs", found)
        if len(buffer) <= close:
            return self._wait(close + 1 - start)
        if buffer[close] != FLAG:
            return self._fault(start, "hdlc-length", found)
        return self._whole(start, control, close, found)

    def _whole(self, start: int, control: int, close: int, found: list[Frame | FrameFault]) -> int:
        """The frame from `start` to `close`, its header known to be sound where it carries information."""
        body = bytes(self._buffer[start + 1 : close])
        header_end = control - start
        informed = header_end < len(body) - 2
        if fcs16(body[:-2]) == body[-2] | body[-1] << 8:
            try:
                found.append(parse_body(body, header_end))
            except FrameError as error:
                found.append(FrameFault(error.code, error.message, bytes(self._buffer[start : close + 1])))
            return close
        if not informed:  # nothing vouches for the length: look for a frame inside
            return self._fault(start, "hdlc-fcs", found)
        try:
            header = parse_body(body, header_end, with_info=False)
        except FrameError:
            header = None
        found.append(FrameFault("hdlc-fcs", _FAULTS["hdlc-fcs"](), bytes(self._buffer[start : close + 1]), header))
        return close

    def _wait(self, need: int) -> int | None:
        """Nothing more to decide before `need` bytes are there, counted from the opening flag."""
        self._need = need
        return None

    def _fault(self, start: int, code: str, found: list[Frame | FrameFault]) -> int:
        """What opens at `start` is no frame; go on at the next flag."""
        self._need = 0
        following = self._buffer.find(FLAG, start + 1)
        end = len(self._buffer) if following < 0 else following
        found.append(FrameFault(code, _FAULTS[code](), bytes(self._buffer[start:end])))
        return end


def _control_at(buffer: bytearray, offset: int, limit: int) -> int:
    """Where the control field stands after the two addresses at `offset`; `limit` is where it cannot stand any more."""
    for _address in range(2):
        size = 1
        while True:
            at = offset + size - 1
            if at >= limit or size > 4:
                return _NOT_AN_ADDRESS
            if at >= len(buffer):
                return _MORE
            if buffer[at] & 1:
                break
            size += 1
        if size == 3:
            return _NOT_AN_ADDRESS
        offset += size
    return offset if offset < limit else _NOT_AN_ADDRESS


# Functions, so that the language in use is asked for when a fault happens and not when this module is loaded.
_FAULTS: Final = {
    "hdlc-format": lambda: _("After a flag comes no frame format of type 3 with a possible length."),
    "hdlc-overlong": lambda: _("A frame says that it is longer than any that was agreed on."),
    "hdlc-address": lambda: _("The address field of an HDLC frame is not 1, 2 or 4 bytes long."),
    "hdlc-truncated": lambda: _("The frame has a header check sequence and no information."),
    "hdlc-hcs": lambda: _("The header check sequence is wrong: bits were damaged on the way."),
    "hdlc-fcs": lambda: _("The frame check sequence is wrong: bits were damaged on the way."),
    "hdlc-length": lambda: _("There is no flag where the frame should end: bytes were lost or added on the way."),
}
