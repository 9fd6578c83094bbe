"""HDLC frame format type 3 (DLMS Green Book 8.4, ISO/IEC 13239): one codec for both ends.

A frame is found by its length field, never by searching for the closing flag: a 7E inside a checksum is legal.
"""

from __future__ import annotations

import enum
from dataclasses import dataclass
from functools import lru_cache
from typing import Final, NamedTuple

from hht.i18n import _
from hht.protocol.frames import FrameError
from hht.protocol.hdlc.fcs import fcs16, fcs16_bytes

FLAG: Final = 0x7E
NO_STATION: Final = 0  # upper half: whom this addresses is not there
MAX_INFO: Final = 2030  # the largest information field that can be negotiated
MAX_LENGTH: Final = 2047  # 11 bits


class Control(enum.Enum):
    """Kinds of frames."""

    I = "I"  # noqa: E741 - the standard's own name
    RR = "RR"
    RNR = "RNR"
    REJ = "REJ"
    SNRM = "SNRM"
    DISC = "DISC"
    UA = "UA"
    DM = "DM"
    FRMR = "FRMR"
    UI = "UI"


_SUPERVISORY = {0x01: Control.RR, 0x05: Control.RNR, 0x09: Control.REJ}
_UNNUMBERED = {
    0x83: Control.SNRM,
    0x43: Control.DISC,
    0x63: Control.UA,
    0x0F: Control.DM,
    0x87: Control.FRMR,
    0x03: Control.UI,
}
_SUPERVISORY_CODE = {kind: code for code, kind in _SUPERVISORY.items()}
_UNNUMBERED_CODE = {kind: code for code, kind in _UNNUMBERED.items()}


@dataclass(frozen=True, slots=True)
class HdlcAddress:
    """An HDLC address: `upper` (logical device or client SAP) and, in 2 and 4 byte form, `lower` (physical device)."""

    upper: int
    lower: int | None = None
    size: int = 1

    @property
    def all_stations(self) -> int:
        """The number, in either half, that means everybody (Green Book 8.4.2.3): all hear it, nobody answers."""
        return 0x3FFF if self.size == 4 else 0x7F

    def reaches(self, upper: int, lower: int | None) -> bool:
        """Whether the station `upper`/`lower` is meant, alone or with others; `lower` None: whichever."""
        everybody = self.all_stations
        return self.upper in (upper, everybody) and (None in (lower, self.lower) or self.lower in (lower, everybody))

    @property
    def is_broadcast(self) -> bool:
        """True where more than one station is meant, which nobody answers."""
        return self.all_stations in (self.upper, self.lower)

    def check_answers(self) -> None:
        """Raises FrameError for an address that does not fit, and for one that no server answers: nobody's (0), and
        everybody's."""
        self.to_bytes()
        if self.upper != NO_STATION and not self.is_broadcast:
            return
        raise FrameError(
            _("The HDLC address {upper}/{lower} is nobody's or everybody's: no meter answers it.").format(
                upper=self.upper, lower=self.lower
            ),
            remedy=_("Name the meter's own address; the logical device is usually 1."),
            code="hdlc-address",
        )

    def to_bytes(self) -> bytes:
        """The address field: 7 bits a byte, the last with bit 0 set. Raises FrameError where it does not fit."""
        most = 0x7F if self.size < 4 else 0x3FFF
        lower = 0 if self.lower is None else self.lower
        fits = self.lower is None if self.size == 1 else self.size in (2, 4)
        if not fits or not 0 <= self.upper <= most or not 0 <= lower <= most:
            raise FrameError(
                _("An HDLC address of {size} bytes cannot hold {upper}/{lower}.").format(
                    size=self.size, upper=self.upper, lower=self.lower
                ),
                remedy=_("Check the client and server addresses."),
                code="hdlc-address",
            )
        if self.size == 1:
            return bytes([self.upper << 1 | 1])
        if self.size == 2:
            return bytes([self.upper << 1, lower << 1 | 1])
        return bytes([self.upper >> 7 << 1, (self.upper & 0x7F) << 1, lower >> 7 << 1, (lower & 0x7F) << 1 | 1])

    @classmethod
    def parse(cls, data: bytes, offset: int) -> tuple[HdlcAddress, int]:
        """The address at `offset` and where it ends. Raises FrameError for 3 or more than 4 bytes."""
        for size in (1, 2, 3, 4):
            end = offset + size
            if end > len(data):
                break
            if data[end - 1] & 1:
                groups = [byte >> 1 for byte in data[offset:end]]
                if size == 1:
                    return cls(groups[0]), end
                if size == 2:
                    return cls(groups[0], groups[1], 2), end
                if size == 4:
                    return cls(groups[0] << 7 | groups[1], groups[2] << 7 | groups[3], 4), end
                break
        raise _bad("hdlc-address", _("The address field of an HDLC frame is not 1, 2 or 4 bytes long."))


def server_address(logical: int, physical: int | None = None, size: int | None = None) -> HdlcAddress:
    """The address of a server: as many bytes as `size` says, else the shortest that holds the two."""
    if size is None:
        small = max(logical, physical or 0) <= 0x7F
        size = (1 if physical is None else 2) if small else 4
    return HdlcAddress(logical, physical if size == 1 else physical or 0, size)


def _bad(code: str, message: str) -> FrameError:
    return FrameError(
        message,
        remedy=_("The frame is dropped and asked for again. If it persists, mend the line between terminal and meter."),
        code=code,
    )


@dataclass(frozen=True, slots=True)
class Frame:
    """One frame. `final` is the P/F bit. `info` is empty for frames that carry none."""

    destination: HdlcAddress
    source: HdlcAddress
    control: Control
    final: bool = True
    send_number: int = 0  # N(S), I frames
    receive_number: int = 0  # N(R), I and supervisory frames
    segmented: bool = False
    info: bytes = b""

    @property
    def control_byte(self) -> int:
        """The control field."""
        poll = 0x10 if self.final else 0
        if self.control is Control.I:
            return self.receive_number << 5 | poll | self.send_number << 1
        if self.control in _SUPERVISORY_CODE:
            return self.receive_number << 5 | poll | _SUPERVISORY_CODE[self.control]
        return _UNNUMBERED_CODE[self.control] | poll

    def encode(self) -> bytes:
        """The frame with both flags. Raises FrameError when it is too long."""
        addresses = self.destination.to_bytes() + self.source.to_bytes()
        length = 2 + len(addresses) + 1 + 2 + (len(self.info) + 2 if self.info else 0)
        if length > MAX_LENGTH:
            raise _bad("hdlc-overlong", _("An HDLC frame of {length} bytes cannot be sent.").format(length=length))
        header = (
            (0xA000 | (0x0800 if self.segmented else 0) | length).to_bytes(2, "big")
            + addresses
            + bytes([self.control_byte])
        )
        body = header + fcs16_bytes(header) + self.info if self.info else header
        return b"\x7e" + body + fcs16_bytes(body) + b"\x7e"


def parse_frame(data: bytes) -> Frame:
    """Parse one whole frame, flags included. Raises FrameError with a code that says what is wrong with it."""
    if len(data) < 9 or data[0] != FLAG or data[-1] != FLAG:
        raise _bad("hdlc-truncated", _("These bytes are no whole HDLC frame."))
    body = data[1:-1]
    if body[0] & 0xF0 != 0xA0:
        raise _bad("hdlc-format", _("The frame format is not type 3."))
    if (body[0] & 0x07) << 8 | body[1] != len(body):
        raise _bad("hdlc-length", _("The frame's length field does not match its length."))
    if fcs16(body[:-2]) != int.from_bytes(body[-2:], "little"):
        raise _bad("hdlc-fcs", _("The frame check sequence is wrong: bits were damaged on the way."))
    _destination, offset = HdlcAddress.parse(body, 2)
    _source, offset = HdlcAddress.parse(body, offset)
    header_end = offset + 1
    left = len(body) - 2 - header_end
    if left < 0:
        raise _bad("hdlc-truncated", _("The frame ends before its control field."))
    if 0 < left < 3:
        raise _bad("hdlc-truncated", _("The frame has a header check sequence and no information."))
    if left and fcs16(body[:header_end]) != int.from_bytes(body[header_end : header_end + 2], "little"):
        raise _bad("hdlc-hcs", _("The header check sequence is wrong: bits were damaged on the way."))
    return parse_body(body, header_end)


class Header(NamedTuple):
    """What stands before the information, the control field as it came."""

    destination: HdlcAddress
    source: HdlcAddress
    control: int


def parse_header(data: bytes) -> Header:
    """The header of a whole frame, flags included, whose checksums hold. Raises FrameError for impossible addresses."""
    destination, offset = HdlcAddress.parse(data, 3)
    source, offset = HdlcAddress.parse(data, offset)
    return Header(destination, source, data[offset])


def parse_body(body: bytes, header_end: int, *, with_info: bool = True) -> Frame:
    """The frame between its flags, checksums and structure known to be right; the control field ends at `header_end`.

    Raises FrameError where the control field is none of ours.
    """
    destination, source = _two_addresses(body[2 : header_end - 1])
    control, final, send, receive = control_of(body[header_end - 1])
    info = body[header_end + 2 : -2] if with_info else b""
    return Frame(destination, source, control, final, send, receive, bool(body[0] & 0x08), info)


def control_of(byte: int) -> tuple[Control, bool, int, int]:
    """Kind, P/F bit, N(S) and N(R) of a control field. Raises FrameError where it is none of ours."""
    final = bool(byte & 0x10)
    if not byte & 0x01:
        return Control.I, final, byte >> 1 & 7, byte >> 5
    if byte & 0x0F in _SUPERVISORY:
        return _SUPERVISORY[byte & 0x0F], final, 0, byte >> 5
    unnumbered = _UNNUMBERED.get(byte & ~0x10)
    if unnumbered is None:
        raise _bad("hdlc-control", _("The control field {value:02X} is not known.").format(value=byte))
    return unnumbered, final, 0, 0


@lru_cache(maxsize=256)  # a conversation has two: not parsed anew for each of its thousands of frames
def _two_addresses(field: bytes) -> tuple[HdlcAddress, HdlcAddress]:
    destination, offset = HdlcAddress.parse(field, 0)
    source, _end = HdlcAddress.parse(field, offset)
    return destination, source
