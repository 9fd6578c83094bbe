"""APDUs that go over several HDLC frames: what of one the present frame carries, and where secrets stand in that."""

from __future__ import annotations

from collections.abc import Callable

from hht.protocol.frames import FrameError
from hht.protocol.hdlc.frame import HdlcAddress
from ui.trace_echo import MOST_PENDING, Range

# (as much of the APDU as there is, whether that is all of it) -> where secrets stand in it
InApdu = Callable[[bytes, bool], list[Range]]


class Segments:
    """Give it the frames of one direction in order."""

    def __init__(self, lead: bytes, in_apdu: InApdu) -> None:
        """`lead` is the LLC header with which messages of this direction begin."""
        self._lead, self._in_apdu = lead, in_apdu
        self._before = b""  # of the APDU (and what stands before it), in earlier frames
        self._last: tuple[bytes, bytes] = b"", b""  # the latest frame (it may be sent again), and `_before` of then

    def secrets_of(self, frame: bytes, *, whole: bool) -> list[Range] | None:
        """Where secrets stand in `frame`, or in as much of it as there is; None where it is a whole message or none at
        all, so that nothing but the frame itself is to be looked at."""
        segmented = bool(frame[1] & 0x08)
        before = self._last[1] if frame == self._last[0] else self._before
        if whole and not segmented and not before:
            return None
        return self.secrets_in(frame, whole=whole)

    def secrets_in(self, frame: bytes, *, whole: bool) -> list[Range]:
        """As `secrets_of`, also for a message that one frame carries."""
        segmented = bool(frame[1] & 0x08)
        before = self._last[1] if frame == self._last[0] else self._before
        start = information_at(frame)
        if start is None:
            return []
        message = before + frame[start : frame_end(frame, 0) - 2]
        if whole:
            self._last = frame, before
            self._before = message[-MOST_PENDING:] if segmented else b""
        if self._lead.startswith(message):
            return []
        head = len(self._lead) if message.startswith(self._lead) else 0
        ranges = shifted(self._in_apdu(message[head:], whole and not segmented), head)
        return shifted([(max(a, len(before)), b) for a, b in ranges if b > len(before)], start - len(before))


def shifted(ranges: list[Range], by: int) -> list[Range]:
    """The ranges, `by` octets further on."""
    return [(start + by, end + by) for start, end in ranges]


def frame_end(data: bytes | bytearray, start: int) -> int:
    """Where the closing flag of the HDLC frame that opens at `start` belongs."""
    return start + 1 + ((data[start + 1] & 0x07) << 8 | data[start + 2])


def information_at(frame: bytes) -> int | None:
    """Where the information of an I frame begins; None in another frame, and where that is not there yet."""
    try:
        _destination, at = HdlcAddress.parse(frame, 3)
        _source, at = HdlcAddress.parse(frame, at)
    except FrameError:
        return None
    return None if at + 3 >= len(frame) or frame[at] & 1 else at + 3
