"""What went over one link, both ways: found in it are frames, packets and texts, which are changed and closed again."""

from __future__ import annotations

import hmac
from collections.abc import Sequence
from typing import Final

from hht.anonymise.apdus import Apdus
from hht.anonymise.errors import not_done
from hht.anonymise.located import Located
from hht.anonymise.pseudonyms import Pseudonyms
from hht.anonymise.texts import Texts
from hht.i18n import _
from hht.protocol.cosem.security import SecurityMaterial
from hht.protocol.hdlc.fcs import fcs16_bytes
from hht.protocol.hdlc.frame import FLAG, Control, Frame, HdlcAddress
from hht.protocol.hdlc.reader import FrameReader
from hht.protocol.hdlc.station import LLC_COMMAND, LLC_RESPONSE
from hht.protocol.iec62056_21.characters import ACK, NAK, SOH, STX, without_parity
from hht.protocol.message_size import message_size, most_pending
from hht.protocol.wrapper import HEADER, VERSION
from hht.protocol.znp.frame import SOF

_USUAL_PHYSICAL: Final = 17  # and below: what makers give all their meters


class Stream:
    """Of one link. Feed it the octets of each direction in the order in which they went; then `finish`."""

    def __init__(
        self,
        stands_for: Pseudonyms,
        keys: Sequence[SecurityMaterial],
        own: SecurityMaterial | None,
        secret: bytes,
        noise: bytes,
    ) -> None:
        """As `anonymised` has them. `noise`: what chance is drawn from."""
        self._stands_for, self._noise = stands_for, noise
        self._apdus = Apdus(stands_for, keys, own, secret)
        self._texts = Texts(stands_for)
        self.out = {True: bytearray(), False: bytearray()}
        self._at = {True: 0, False: 0}  # up to where each direction has been taken apart
        self._pending = {True: Located(), False: Located()}  # of a message in several frames
        self._frames: list[tuple[bytearray, int, int, bool]] = []  # buffer, format field, closing flag, information
        self._latest: dict[bool, tuple[bytes, int]] = {}
        self._said: dict[bytes, tuple[bytearray, int]] = {}  # units that the terminal sent, and where
        self._again: list[tuple[bytearray, int, bytearray, int, int]] = []  # what is to be as another unit will be
        self.frames = 0

    def feed(self, data: bytes, *, sent: bool) -> None:
        """More octets of one direction. Raises FixtureRefused."""
        buffer = self.out[sent]
        buffer += data
        raw = bytes(buffer[self._at[sent] :])
        at = 0
        while size := _unit_size(raw, at):
            self._unit(raw[at : at + size], self._at[sent] + at, sent)
            at += size
        if len(raw) - at > most_pending(raw[at : at + 2]):  # no message begins like that, or it has no end
            self._scramble(buffer, self._at[sent] + at, len(buffer))
            at = len(raw)
        self._at[sent] += at

    def finish(self) -> None:
        """Nothing more comes: what is no message is replaced by noise, and everything is closed again."""
        for sent, buffer in self.out.items():
            if self._at[sent] < len(buffer):
                self._scramble(buffer, self._at[sent], len(buffer))
        self._apdus.seal()
        for buffer, start, end, informed in self._frames:
            _close_frame(buffer, start, end, informed=informed)
        for buffer, start, source, at, size in self._again:
            buffer[start : start + size] = source[at : at + size]

    def _unit(self, unit: bytes, start: int, sent: bool) -> None:
        self.frames += 1
        buffer = self.out[sent]
        known = self._said.get(unit) if not sent else None
        latest = self._latest.get(sent)
        if known is not None:  # an echo
            self._again.append((buffer, start, *known, len(unit)))
            return
        if latest is not None and latest[0] == unit:  # sent again
            self._again.append((buffer, start, buffer, latest[1], len(unit)))
            return
        if len(unit) > 1:
            self._latest[sent] = unit, start
        if sent and len(unit) > 1:
            self._said[unit] = buffer, start
        if unit[0] == FLAG or (unit[0] & 0xF0 == 0xA0 and unit[-1] == FLAG and self._frame_of(b"\x7e" + unit)):
            self._frame(unit, start, sent)
        elif unit[:2] == VERSION and len(unit) >= HEADER:
            self._apdus.change(Located.of(buffer, start + HEADER, start + len(unit)), sent=sent)
        elif unit[0] == SOF:
            raise not_done(_("what a radio dongle says: no recording of that is replayed"))
        elif _is_text(unit):
            buffer[start : start + len(unit)] = self._texts.change(unit)
        else:
            self._scramble(buffer, start, start + len(unit))

    @staticmethod
    def _frame_of(unit: bytes) -> Frame | None:
        found = FrameReader().feed(unit)
        frame = found[0] if len(found) == 1 else None
        return frame if isinstance(frame, Frame) else None

    def _frame(self, unit: bytes, start: int, sent: bool) -> None:
        buffer = self.out[sent]
        opening = len(unit) - len(unit.lstrip(b"\x7e")) if unit[0] == FLAG else 0
        frame = self._frame_of(b"\x7e" + unit[opening:])
        if frame is None:
            self._scramble(buffer, start + opening + 2, start + len(unit))
            return
        first, end = start + opening, start + len(unit) - 1
        self._readdress(frame, buffer, first + 2)
        self._frames.append((buffer, first, end, bool(frame.info)))
        if frame.control not in (Control.I, Control.UI) or not frame.info:
            return
        located = Located.of(buffer, end - 2 - len(frame.info), end - 2)
        message = self._pending[sent] + located if frame.control is Control.I else located
        if frame.segmented:
            self._pending[sent] = message
            return
        self._pending[sent] = Located()
        octets = bytes(message)
        for lead, by_client in ((LLC_COMMAND, True), (LLC_RESPONSE, False)):
            if octets.startswith(lead):
                self._apdus.change(message.part(len(lead)), sent=by_client)
                return
        message.write(self._noise_for(len(octets), octets))

    def _readdress(self, frame: Frame, buffer: bytearray, at: int) -> None:
        for address in (frame.destination, frame.source):
            if address.lower is not None:
                lower = self.physical_of(address.lower, address.all_stations)
                buffer[at : at + address.size] = HdlcAddress(address.upper, lower, address.size).to_bytes()
            at += address.size

    def physical_of(self, lower: int, everybody: int) -> int:
        """What stands for a physical address, which is often made of the serial number."""
        usual = not _USUAL_PHYSICAL < lower < everybody
        return lower if usual else self._stands_for.number(lower, _USUAL_PHYSICAL + 1, everybody - 1)

    def _noise_for(self, count: int, of: bytes) -> bytes:
        """Octets in place of what nobody can tell: no flags, and the same for the same."""
        drawn = b""
        while len(drawn) < count:
            drawn += hmac.digest(self._noise, len(drawn).to_bytes(8, "big") + of, "sha256")
        return drawn[:count].replace(b"\x7e", b"\x7d")

    def _scramble(self, buffer: bytearray, start: int, end: int) -> None:
        old = bytes(buffer[start:end])
        if set(old) - {FLAG, 0, ACK, NAK, 0x0D, 0x0A}:
            new = self._noise_for(len(old), old)
            buffer[start:end] = bytes(a if a in (FLAG, 0x0D, 0x0A) else b for a, b in zip(old, new, strict=True))


def _unit_size(data: bytes, at: int) -> int:
    """As `message_size`; also of a frame whose opening flag closed the frame before, and of zeros, which wake a meter
    or are somebody at a lower speed: all but the last, which may begin a packet."""
    head = data[at : at + 2]
    if head[:1] == b"\0" and head not in (b"\0", VERSION):
        zeros = len(data) - at - len(data[at:].lstrip(b"\0"))
        return zeros - (data[at + zeros : at + zeros + 1] in (b"", VERSION[1:]))
    if len(head) == 2 and head[0] & 0xF0 == 0xA0:
        size = ((head[0] & 0x07) << 8 | head[1]) + 1
        if data[at + size - 1 : at + size] == b"\x7e":
            return size
    return message_size(data, at)


def _is_text(unit: bytes) -> bool:
    text = without_parity(unit)
    begins = text[:1] in (bytes((SOH,)), bytes((STX,)), bytes((ACK,)), bytes((NAK,)))
    body = text[1:-1] if begins and len(text) > 1 else text
    return all(0x20 <= octet < 0x7F or octet in (2, 3, 4, 6, 13, 10, 21) for octet in body)


def _close_frame(buffer: bytearray, start: int, end: int, *, informed: bool) -> None:
    """Header and frame check sequences of the frame from its format field to before its closing flag."""
    if informed:
        at = start + 2
        for _address in range(2):
            while not buffer[at] & 1:
                at += 1
            at += 1
        buffer[at + 1 : at + 3] = fcs16_bytes(bytes(buffer[start : at + 1]))
    buffer[end - 2 : end] = fcs16_bytes(bytes(buffer[start : end - 2]))
