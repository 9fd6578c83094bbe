"""Secrets in traces: what leaves a live store shows asterisks in their place, and says that it was masked.

The dissector knows where secrets stand (passwords, keys, secret attributes); what it cannot tell it takes for one. The
checksums of what was changed are made anew, so that a masked trace still reads as frames, and they tell nothing.
"""

from __future__ import annotations

from dataclasses import replace

from hht.link import TraceEvent, TraceKind
from hht.protocol.cosem.acse import Aarq
from hht.protocol.cosem.codes import Mechanism
from hht.protocol.dissect import dissect, guess
from hht.protocol.frames import FrameError
from hht.protocol.hdlc.fcs import fcs16_bytes
from hht.protocol.hdlc.frame import FLAG, HdlcAddress
from hht.protocol.hdlc.station import LLC_COMMAND
from hht.protocol.iec62056_21.characters import ACK, EOT, ETX, SOH, block_check, even_parity, without_parity

MASK = 0x2A
MOST_PENDING = 1 << 16  # bytes of a message that has not ended, and of an echo that has not come
NEAR = 16  # bytes by which a damaged echo may be out of step
LEAST_ECHO = 5  # bytes that come back whole show that a link echoes
DOUBT = 3  # bytes by which what is heard may differ from what was sent before it is no echo
_MECHANISM_NAME, _AUTHENTICATION_VALUE = 0x8B, 0xAC  # fields of an AARQ (Green Book 9.4.2)
_Range = tuple[int, int]


class TraceMasker:
    """Give it the events of a trace in order; it gives each back, with asterisks for the octets of secrets.

    Secrets are found in what the terminal sent, however it was cut into writes, and in the echo that comes back.
    """

    def __init__(self) -> None:
        self._conversations: dict[str, _Conversation] = {}

    def __call__(self, event: TraceEvent) -> TraceEvent:
        if event.kind is TraceKind.STATE:
            self._conversations.pop(event.link, None)
        if not event.data or event.kind not in (TraceKind.TX, TraceKind.RX):
            return event
        conversation = self._conversations.setdefault(event.link, _Conversation())
        data = conversation.sent(event.data) if event.kind is TraceKind.TX else conversation.heard(event.data)
        return event if data == event.data else replace(event, data=data, masked=True)


def masked_bytes(data: bytes) -> bytes:
    """Whole frames with asterisks for their secret octets, their checksums made anew."""
    return _with_asterisks(data, _secret_ranges(data, guess(data)))


def masked_apdu(apdu: bytes) -> bytes:
    """One APDU with asterisks for its secret octets, of whichever end; no check is made anew."""
    out = bytearray(apdu)
    for start, end in _secret_ranges(apdu, "apdu"):
        out[start:end] = bytes((MASK,)) * (end - start)
    return bytes(out)


def _secret_ranges(data: bytes, protocol: str) -> list[_Range]:
    tree = dissect(data, protocol)
    sound = next(tree.errors(), None) is None
    head = 4 if without_parity(data[:2]) == b"\x01P" else 0  # SOH P1 STX, which a message that is cut off has too
    found = [(max(head, node.start), node.end) for node in tree.secrets() if not (node.public and sound)]
    return [(start, end) for start, end in found if start < end]


def _with_asterisks(data: bytes, secrets: list[_Range]) -> bytes:
    if not secrets:
        return data
    out = bytearray(data)
    parity = data[0] & 0x7F == SOH and any(byte & 0x80 for byte in data)
    for start, end in secrets:
        stars = bytes((MASK,)) * (end - start)
        out[start:end] = even_parity(stars) if parity else stars
    if out[0] == FLAG:
        _renew_frame_checks(out)
    elif out[0] & 0x7F == SOH:
        _renew_block_check(out, parity)
    return bytes(out)


def _renew_frame_checks(frames: bytearray) -> None:
    """The frame check sequences of HDLC frames, as far as they are there."""
    at = 0
    while at + 3 <= len(frames):
        if frames[at] != FLAG or frames[at + 1] == FLAG:
            at += 1
            continue
        end = _frame_end(frames, at)
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


def _frame_end(data: bytes | bytearray, start: int) -> int:
    """Where the closing flag of the HDLC frame that opens at `start` belongs."""
    return start + 1 + ((data[start + 1] & 0x07) << 8 | data[start + 2])


class _Conversation:
    """What was sent over one link and not finished, and what is not back as an echo."""

    def __init__(self) -> None:
        self._unfinished = b""
        self._segments = _Segments()
        self._echo = _Echo()

    def sent(self, data: bytes) -> bytes:
        """`data` as it may be shown."""
        joined = self._unfinished + data
        unfinished = _unfinished(joined)[-MOST_PENDING:]
        if joined[:1] == bytes((FLAG,)):
            secrets = self._segments.secret_ranges(joined)
        elif unfinished and joined[:2] == b"\x00\x01":
            secrets = _shifted(_ranges_so_far(joined[8:]), 8)
        else:
            secrets = _secret_ranges(joined, guess(joined))
        shown = _with_asterisks(joined, secrets)[len(self._unfinished) :]
        self._echo.expect(data, shown, _shifted(secrets, -len(self._unfinished)))
        self._unfinished = unfinished
        return shown

    def heard(self, data: bytes) -> bytes:
        """`data` as it may be shown."""
        return self._echo.heard(data)


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
        end = _frame_end(data, at) if len(data) >= at + 3 else len(data)
        if data[at + 1 : at + 2] == bytes((FLAG,)):
            at += 1
        elif end >= len(data):
            return data[at:] if len(data) > at + 1 or at == 0 else b""
        else:
            at = end
            if at == len(data) - 1:  # the closing flag
                return b""
    return b""


class _Segments:
    """An APDU that is sent over several HDLC frames: what of it the present frame carries."""

    def __init__(self) -> None:
        self._before = b""  # of the APDU (and what stands before it), in earlier frames
        self._last: tuple[bytes, bytes] = b"", b""  # the latest frame (it may be sent again), and `_before` of then

    def secret_ranges(self, data: bytes) -> list[_Range]:
        """Where secrets stand in `data`, which begins with a flag."""
        found: list[_Range] = []
        at = 0
        while len(data) > at + 1:
            if data[at] != FLAG or (data[at + 1] != FLAG and data[at + 1] & 0xF0 != 0xA0):
                return found + _shifted(_secret_ranges(data[at:], guess(data[at:])), at)
            if data[at + 1] == FLAG or len(data) < at + 3:
                at += 1
                continue
            end = _frame_end(data, at)
            found += _shifted(self._of_frame(data[at : end + 1], whole=end < len(data)), at)
            at = max(end, at + 1)
        return found

    def _of_frame(self, frame: bytes, *, whole: bool) -> list[_Range]:
        segmented = bool(frame[1] & 0x08)
        before = self._last[1] if frame == self._last[0] else self._before
        if whole and not segmented and not before:
            return _secret_ranges(frame, "hdlc")
        start = _information_at(frame)
        if start is None:
            return []
        message = before + frame[start : _frame_end(frame, 0) - 2]
        if whole:
            self._last = frame, before
            self._before = message[-MOST_PENDING:] if segmented else b""
        if LLC_COMMAND.startswith(message):
            return []
        head = len(LLC_COMMAND) if message.startswith(LLC_COMMAND) else 0
        ranges = _shifted(_ranges_so_far(message[head:]), head)
        return _shifted([(max(a, len(before)), b) for a, b in ranges if b > len(before)], start - len(before))


def _shifted(ranges: list[_Range], by: int) -> list[_Range]:
    return [(start + by, end + by) for start, end in ranges]


def _ranges_so_far(apdu: bytes) -> list[_Range]:
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


def _length_at(data: bytes, at: int) -> _Range:
    """A BER length and where it ends; 0 while it is not there."""
    first = data[at] if at < len(data) else 0
    more = first & 0x7F if first & 0x80 else 0
    return int.from_bytes(data[at + 1 : at + 1 + more], "big") if more else first, at + 1 + more


def _information_at(frame: bytes) -> int | None:
    """Where the information of an I frame begins; None in another frame, and where that is not there yet."""
    try:
        _destination, at = HdlcAddress.parse(frame, 3)
        _source, at = HdlcAddress.parse(frame, at)
    except FrameError:
        return None
    return None if at + 3 >= len(frame) or frame[at] & 1 else at + 3


class _Echo:
    """What was sent and may come back. Its secrets are masked where they should stand. Where bytes of the echo were
    lost, added or changed, so is what equals an octet of a secret near its place; and everywhere what follows on the
    octet that it follows in a secret (on a link that is known to echo, also with one octet lost or added between)."""

    def __init__(self) -> None:
        self._echoes = False  # whether something came back whole on this link
        self._last = b""  # the latest two octets heard, without parity
        self._begin()
        self._forget()

    def _begin(self) -> None:
        self._raw = self._shown = self._hot = b""  # `_hot` has a 1 for each octet of a secret
        self._at = self._same = self._other = 0  # bytes heard since it was sent
        self._is_echo = True  # as far as one can tell

    def _forget(self) -> None:
        self._secrets: list[bytes] = []
        self._octets: set[int] = set()
        self._pairs: set[bytes] = set()  # octets of secrets, each after the octet before it
        self._leaps: set[bytes] = set()  # and after the one before that
        self._tail = b""  # the latest bytes heard

    def expect(self, raw: bytes, shown: bytes, secrets: list[_Range]) -> None:
        """`raw` was sent, and `shown` may be seen of it; `secrets` stand in it, or began before it."""
        over = self._at >= len(self._raw)
        if not self._is_echo or (over and not self._other):
            self._forget()
        if not self._is_echo or over or self._other:
            self._begin()
        cut = max(0, self._at - NEAR, len(self._raw) + len(raw) - MOST_PENDING)
        before = len(self._raw) - cut
        self._raw, self._shown = self._raw[cut:] + raw, self._shown[cut:] + shown
        self._at = max(0, self._at - cut)
        hot = bytearray(self._hot[cut:] + bytes(len(raw)))
        for start, end in secrets:
            hot[max(0, before + start) : before + end] = bytes((1,)) * (before + end - max(0, before + start))
        self._hot = bytes(hot)
        seven = without_parity(self._raw)
        self._secrets += [self._raw[max(0, before + start) : before + end] for start, end in secrets]
        for at in (at for at, flag in enumerate(hot) if flag):
            self._octets.add(seven[at])
            self._pairs.add(seven[at - 1 : at + 1])
            self._leaps |= {seven[at - 2 : at - 1] + seven[at : at + 1], seven[at - 1 : at + 1]}

    def heard(self, data: bytes) -> bytes:
        """`data`, which may be an echo, as it may be shown."""
        if not self._octets and (not self._is_echo or self._at >= len(self._raw)):
            return data
        out = bytearray(self._one(byte) for byte in data)
        self._hide(data, out)
        return bytes(out)

    def _one(self, byte: int) -> int:
        at, seven, shown = self._at, byte & 0x7F, byte
        self._at += 1
        if self._is_echo and at < len(self._raw):
            alike = seven == self._raw[at] & 0x7F
            self._same, self._other = self._same + alike, self._other + (not alike)
            self._is_echo = self._other <= self._same + DOUBT
            if self._is_echo and self._shown[at] != self._raw[at]:
                shown = self._shown[at]
            self._echoes |= self._at == len(self._raw) >= LEAST_ECHO and not self._other and self._raw[0] != ACK
        if shown == byte and seven in self._octets and self._may_be_secret(at, seven):
            shown = MASK
        self._last = self._last[-1:] + bytes((seven,))
        return shown

    def _may_be_secret(self, at: int, seven: int) -> bool:
        """Whether the octet heard as number `at`, which equals one of a secret, may be that one."""
        if self._is_echo and self._other and any(self._hot[max(0, at - NEAR) : at + NEAR]):
            return True
        if self._echoes and self._other and any(bytes((one, seven)) in self._leaps for one in self._last):
            return True
        return self._last[-1:] + bytes((seven,)) in self._pairs

    def _hide(self, data: bytes, out: bytearray) -> None:
        """Asterisks for a secret wherever it stands, also one that began in earlier bytes."""
        joined = self._tail + data
        for secret in self._secrets:
            at = joined.find(secret)
            while at >= 0:
                for index in range(max(0, at - len(self._tail)), at - len(self._tail) + len(secret)):
                    out[index] = MASK if out[index] == data[index] else out[index]
                at = joined.find(secret, at + 1)
        longest = max((len(secret) for secret in self._secrets), default=0)
        self._tail = joined[-(longest - 1) :] if longest > 1 else b""
