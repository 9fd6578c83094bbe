"""Secrets in traces: what leaves a live store shows asterisks in their place, and says that it was masked.

The dissector knows where secrets stand (passwords, keys, secret attributes); what it cannot tell it takes for one. The
checksums of what was changed are made anew, so that a masked trace still reads as frames, and they tell nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace

from hht.link import TraceEvent, TraceKind
from hht.protocol.cosem.acse import Aarq
from hht.protocol.cosem.codes import Mechanism
from hht.protocol.dissect import dissect, guess
from hht.protocol.hdlc.fcs import fcs16_bytes
from hht.protocol.hdlc.frame import FLAG
from hht.protocol.hdlc.station import LLC_COMMAND
from hht.protocol.iec62056_21.characters import EOT, ETX, SOH, STX, block_check, even_parity, without_parity
from hht.protocol.message_size import message_size, most_pending
from hht.protocol.znp.frame import SOF, fcs
from ui.trace_answers import Answers
from ui.trace_echo import MASK, MOST_PENDING, Echo, Range
from ui.trace_segments import Segments, frame_end, shifted

_MECHANISM_NAME, _AUTHENTICATION_VALUE = 0x8B, 0xAC  # fields of an AARQ (Green Book 9.4.2)


class TraceMasker:
    """Give it the events of a trace in order; it gives them back, each with asterisks for the octets of secrets.

    What was sent comes back at once. What was heard waits until the message is whole of which it is a piece, for only
    then can it be told: `feed` gives the events that are settled, `flush` what is left. Nothing is lost or reordered.
    """

    def __init__(self) -> None:
        self._conversations: dict[str, _Conversation] = {}
        self._held: list[TraceEvent] = []  # heard over one link, not settled
        self._raw = b""  # of these, what no whole message is
        self._shown = b""  # the rest of them, as it may be shown

    def feed(self, event: TraceEvent) -> list[TraceEvent]:
        """The events that can be shown now that `event` has happened."""
        if event.kind is not TraceKind.RX or not event.data:
            return [*self.flush(), self._other(event)]
        settled = self.flush() if self._held and self._held[0].link != event.link else []
        self._held.append(event)
        self._raw += event.data
        at, heard = 0, self._conversation(event.link).heard
        while size := message_size(self._raw, at):
            self._shown += heard(self._raw[at : at + size])
            at += size
        self._raw = self._raw[at:]
        return [*settled, *(self.flush() if len(self._raw) > most_pending(self._raw) else self._settled())]

    def flush(self) -> list[TraceEvent]:
        """What waits, however little of a message it is."""
        if self._raw:
            self._shown += self._conversation(self._held[0].link).heard(self._raw)
            self._raw = b""
        return self._settled()

    def _settled(self) -> list[TraceEvent]:
        """The events all of whose octets are known."""
        ready: list[TraceEvent] = []
        while self._held and len(self._shown) >= len(self._held[0].data):
            event = self._held.pop(0)
            data, self._shown = self._shown[: len(event.data)], self._shown[len(event.data) :]
            ready.append(event if data == event.data else replace(event, data=data, masked=True))
        return ready

    def _other(self, event: TraceEvent) -> TraceEvent:
        if event.kind is TraceKind.STATE:
            self._conversations.pop(event.link, None)
        if not event.data or event.kind is not TraceKind.TX:
            return event
        data = self._conversation(event.link).sent(event.data)
        return event if data == event.data else replace(event, data=data, masked=True)

    def _conversation(self, link: str) -> _Conversation:
        return self._conversations.setdefault(link, _Conversation())


def masked_events(events: Iterable[TraceEvent]) -> Iterator[TraceEvent]:
    """The events of a whole trace, masked."""
    masker = TraceMasker()
    for event in events:
        yield from masker.feed(event)
    yield from masker.flush()


def masked_bytes(data: bytes, protocol: str = "") -> bytes:
    """Whole frames with asterisks for their secret octets, their checksums made anew. `protocol`: what they are, where
    that is known."""
    return _with_asterisks(data, _secret_ranges(data, protocol or guess(data)))


def masked_apdu(apdu: bytes, secrets: Iterable[Range] = ()) -> bytes:
    """One APDU with asterisks for its secret octets, of whichever end; no check is made anew. `secrets`: where more of
    them stand."""
    out = bytearray(apdu)
    for start, end in [*_secret_ranges(apdu, "apdu"), *secrets]:
        out[start:end] = bytes((MASK,)) * (end - start)
    return bytes(out)


def _secret_ranges(data: bytes, protocol: str) -> list[Range]:
    tree = dissect(data, protocol)
    sound = next(tree.errors(), None) is None
    head = 4 if without_parity(data[:2]) == b"\x01P" else 0  # SOH P1 STX, which a message that is cut off has too
    found = [(max(head, node.start), node.end) for node in tree.secrets() if not (node.public and sound)]
    return [(start, end) for start, end in found if start < end]


def _with_asterisks(data: bytes, secrets: list[Range]) -> bytes:
    if not secrets:
        return data
    out = bytearray(data)
    begins = data[0] & 0x7F in (SOH, STX)
    parity = begins and any(byte & 0x80 for byte in data)
    for start, end in secrets:
        stars = bytes((MASK,)) * (end - start)
        out[start:end] = even_parity(stars) if parity else stars
    if out[0] == FLAG:
        _renew_frame_checks(out)
    elif begins:
        _renew_block_check(out, parity)
    elif out[0] == SOF:
        _renew_dongle_checks(out)
    return bytes(out)


def _renew_dongle_checks(frames: bytearray) -> None:
    """The check octets of a radio dongle's frames, as far as they are there."""
    at = 0
    while at + 1 < len(frames) and frames[at] == SOF and (end := at + frames[at + 1] + 5) <= len(frames):
        frames[end - 1] = fcs(bytes(frames[at + 1 : end - 1]))
        at = end


def _renew_frame_checks(frames: bytearray) -> None:
    """The frame check sequences of HDLC frames, as far as they are there."""
    at = 0
    while at + 3 <= len(frames):
        if frames[at] != FLAG or frames[at + 1] == FLAG:
            at += 1
            continue
        end = frame_end(frames, at)
        if end - at < 8 or end > len(frames) + 1:
            return
        check = fcs16_bytes(frames[at + 1 : end - 2])
        frames[end - 2 : end] = check[: len(frames) - (end - 2)]
        at = end


def _renew_block_check(command: bytearray, parity: bool) -> None:
    """An IEC 62056-21 command's, if it is there: it would tell one character of the password."""
    end = _end_of_text(command)
    if 0 < end < len(command) - 1:
        check = bytes((block_check(without_parity(bytes(command[1 : end + 1]))),))
        command[end + 1 : end + 2] = even_parity(check) if parity else check


def _end_of_text(command: bytes | bytearray) -> int:
    """Where ETX or EOT stands; -1 where neither does."""
    text = without_parity(bytes(command))
    return max(text.find(ETX), text.find(EOT))


class _Conversation:
    """What was sent over one link and not finished, what is not back as an echo, and what was asked for."""

    def __init__(self) -> None:
        self._unfinished = b""
        self._segments = Segments(LLC_COMMAND, lambda apdu, _whole: _ranges_so_far(apdu))
        self._echo = Echo()
        self._answers = Answers()

    def sent(self, data: bytes) -> bytes:
        """`data` as it may be shown."""
        joined = self._unfinished + data
        unfinished = _unfinished(joined)[-MOST_PENDING:]
        if joined[:1] == bytes((FLAG,)):
            secrets = _in_frames(joined, self._segments)
        elif unfinished and joined[:2] == b"\x00\x01":
            secrets = shifted(_ranges_so_far(joined[8:]), 8)
        else:
            secrets = _secret_ranges(joined, guess(joined))
        shown = _with_asterisks(joined, secrets)[len(self._unfinished) :]
        self._echo.expect(data, shown, shifted(secrets, -len(self._unfinished)))
        self._unfinished = unfinished
        self._answers.asked(data)
        if not unfinished:
            self._answers.commanded(without_parity(joined))
        return shown

    def heard(self, data: bytes) -> bytes:
        """A message, or what there is of it, as it may be shown."""
        echo = self._echo.heard(data)
        secrets = [(start, end) for start, end in self._answers.secrets_in(data) if start < end]
        if not secrets:
            return echo
        parts = bytearray(_with_asterisks(data, secrets))
        for at, (byte, shown) in enumerate(zip(data, echo, strict=True)):
            if byte != shown:
                parts[at] = shown
        return bytes(parts)


def _in_frames(data: bytes, segments: Segments) -> list[Range]:
    """Where secrets stand in `data`, which begins with a flag."""
    found: list[Range] = []
    at = 0
    while len(data) > at + 1:
        if data[at] != FLAG or (data[at + 1] != FLAG and data[at + 1] & 0xF0 != 0xA0):
            return found + shifted(_secret_ranges(data[at:], guess(data[at:])), at)
        if data[at + 1] == FLAG or len(data) < at + 3:
            at += 1
            continue
        end = frame_end(data, at)
        frame = data[at : end + 1]
        secrets = segments.secrets_of(frame, whole=end < len(data))
        found += shifted(_secret_ranges(frame, "hdlc") if secrets is None else secrets, at)
        at = max(end, at + 1)
    return found


def _unfinished(data: bytes) -> bytes:
    """The beginning of a message at the end of `data`; b"" where all that was sent has ended."""
    if data[0] & 0x7F == SOH:
        return b"" if 0 < _end_of_text(data) < len(data) - 1 else data
    if data[:1] == b"\x00" and len(data) < 8:
        return data
    if data[:2] == b"\x00\x01":
        return b"" if len(data) >= 8 + int.from_bytes(data[6:8], "big") else data
    at = 0
    while data[at : at + 1] == bytes((FLAG,)):
        end = frame_end(data, at) if len(data) >= at + 3 else len(data)
        if data[at + 1 : at + 2] == bytes((FLAG,)):
            at += 1
        elif end >= len(data):
            return data[at:] if len(data) > at + 1 or at == 0 else b""
        else:
            at = end
            if at == len(data) - 1:  # the closing flag
                return b""
    return b""


def _ranges_so_far(apdu: bytes) -> list[Range]:
    """Where secrets stand in an APDU that may go on: exactly in an association request, else wherever they may."""
    if apdu[:1] != bytes((Aarq.TAG,)):
        return _secret_ranges(apdu, "apdu") if apdu else []
    at, mechanism = _length_at(apdu, 1)[1], Mechanism.LOW
    while at + 1 < len(apdu):
        size, inside = _length_at(apdu, at + 1)
        if apdu[at] == _MECHANISM_NAME and len(apdu) >= inside + size > inside:
            mechanism = Mechanism(apdu[inside + size - 1])
        if apdu[at] == _AUTHENTICATION_VALUE:
            start, end = _length_at(apdu, inside + 1)[1], min(inside + size, len(apdu))
            return [(start, end)] if mechanism <= Mechanism.LOW and start < end else []
        at = inside + size
    return []


def _length_at(data: bytes, at: int) -> Range:
    """A BER length and where it ends; 0 while it is not there."""
    first = data[at] if at < len(data) else 0
    more = first & 0x7F if first & 0x80 else 0
    return int.from_bytes(data[at + 1 : at + 1 + more], "big") if more else first, at + 1 + more
