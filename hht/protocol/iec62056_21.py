"""IEC 62056-21: the opening of an optical port at 300 baud, and the switch to HDLC (mode E). Both ends, sans I/O.

Source: factbook chapter 7. The line is 300 7E1; parity is the link's business, so bytes here carry 7 bits, except in
`SignOnServer`, which sees the wire as it is and mirrors the caller: parity bits to one who sends them, bare characters
to one who does not.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from hht.i18n import _
from hht.protocol.frames import FrameError

BAUD_BY_CHAR = {"0": 300, "1": 600, "2": 1200, "3": 2400, "4": 4800, "5": 9600, "6": 19200}

ACK = 0x06
PROTOCOL_HDLC = 2
MODE_HDLC = 2
MAX_MESSAGE = 256  # a longer line is noise: an identification has at most 16 + 5 + 2 characters beside escapes

_EVEN = bytes((b & 0x7F) | (0x80 if (b & 0x7F).bit_count() & 1 else 0) for b in range(256))
_SEVEN = bytes(b & 0x7F for b in range(256))


def even_parity(data: bytes) -> bytes:
    """`data` with even parity in bit 7 of each byte: 7E1 in software over 8N1."""
    return data.translate(_EVEN)


def without_parity(data: bytes) -> bytes:
    """`data` with bit 7 cleared."""
    return data.translate(_SEVEN)


@dataclass(frozen=True, slots=True)
class Identification:
    """What a meter answers to the request message: ``/XXXZ\\2IDENT CR LF``."""

    manufacturer: str  # three letters; the third in lower case: 20 ms reaction time
    baud_char: str
    ident: str
    mode_e: bool  # the escape ``\\2`` stands in it: HDLC can be chosen

    @property
    def baud(self) -> int:
        """The fastest speed that the meter offers in mode C or E; 300 where the character stands for none."""
        return BAUD_BY_CHAR.get(self.baud_char, 300)

    @property
    def reaction_s(self) -> float:
        """The meter's shortest reaction time in seconds."""
        return 0.02 if self.manufacturer[2].islower() else 0.2


def request_message(address: str = "") -> bytes:
    """The request message; `address` is the device address, at most 32 letters, digits and spaces (FrameError)."""
    if len(address) > 32 or not all(c.isascii() and (c.isalnum() or c == " ") for c in address):
        raise FrameError(
            _("“{address}” is no IEC 62056-21 device address.").format(address=address),
            remedy=_("Use at most 32 letters and digits, or leave it out: then any meter answers."),
            code="iec-address",
        )
    return b"/?" + address.encode("ascii") + b"!\r\n"


def acknowledge(baud_char: str, *, protocol: int = PROTOCOL_HDLC, mode: int = MODE_HDLC) -> bytes:
    """The acknowledgement / option select message ``ACK V Z Y CR LF``."""
    return bytes([ACK]) + f"{protocol}{baud_char}{mode}\r\n".encode("ascii")


def parse_identification(line: bytes) -> Identification:
    """Parse one identification message (7-bit, with or without CR LF). Raises FrameError."""
    text = line.rstrip(b"\r\n")
    if not text.isascii() or not text.startswith(b"/") or not 5 <= len(text) <= MAX_MESSAGE:
        raise _not_an_identification()
    characters = text.decode("ascii")
    manufacturer, baud_char, rest = characters[1:4], characters[4], characters[5:]
    if not manufacturer.isalpha() or not manufacturer[:2].isupper() or not baud_char.isalnum():
        raise _not_an_identification()
    escapes = ""
    while rest.startswith("\\") and len(rest) >= 2:
        escapes += rest[1]
        rest = rest[2:]
    if not rest.isprintable() or "/" in rest or "!" in rest:
        raise _not_an_identification()
    return Identification(manufacturer, baud_char, rest, mode_e="2" in escapes and baud_char in BAUD_BY_CHAR)


def _not_an_identification() -> FrameError:
    return FrameError(
        _("The meter's answer to the sign-on is no identification message."),
        remedy=_("Seat the probe again and repeat the sign-on."),
        code="iec-identification",
    )


class SignOnReader:
    """Finds the identification in what a probe hears. Bounded; resynchronises on ``/``; skips the echo of `request`."""

    def __init__(self, request: bytes = b"") -> None:
        self._request = request
        self._buffer = b""
        self._heard_anything = False
        self._heard_other = self._heard_itself = False

    @property
    def heard(self) -> str:
        """What has been heard instead of an identification: "silent", "echo" (only ourselves) or "garbled"."""
        if not self._heard_anything:
            return "silent"
        heard = self._buffer.lstrip(b"\x00\x7f")
        itself = self._heard_itself or bool(heard)  # bytes of zero alone are a line held low, no echo
        echo_only = itself and not self._heard_other and self._request.startswith(heard)
        return "echo" if self._request and echo_only else "garbled"

    def feed(self, data: bytes) -> Identification | None:
        """More bytes; the identification as soon as it is whole."""
        self._heard_anything = self._heard_anything or bool(data)
        self._buffer += without_parity(data)
        while b"\n" in self._buffer:
            line, self._buffer = self._buffer.split(b"\n", 1)
            if self._request and line.strip(b"\x00\x7f") + b"\n" == self._request:
                self._heard_itself = True
                continue
            self._heard_other = True
            start = line.rfind(b"/")
            if start >= 0:
                try:
                    return parse_identification(line[start:])
                except FrameError:
                    continue
        if len(self._buffer) > MAX_MESSAGE:
            self._buffer, self._heard_other = self._buffer[-MAX_MESSAGE:], True
        return None


@dataclass(frozen=True, slots=True)
class Send:
    """Bytes for the wire, parity bits as the caller has them."""

    data: bytes


@dataclass(frozen=True, slots=True)
class SwitchLine:
    """From here on the line runs at `baud`, 8N1."""

    baud: int


@dataclass(frozen=True, slots=True)
class EnterHdlc:
    """What follows on the wire is HDLC; `rest` came after the acknowledgement in the same bytes."""

    rest: bytes


SignOnEvent = Send | SwitchLine | EnterHdlc


class SignOnServer:
    """The meter's end of the opening. `identification` is its whole line without CR LF, for example ``/HHT5\\2HT100``.

    `confirms`: send the acknowledgement back at the new speed, as the standard has it and not every meter does.
    """

    def __init__(self, identification: str, *, address: str = "", confirms: bool = True) -> None:
        self.identification = parse_identification(identification.encode("ascii"))
        self._line = identification.encode("ascii") + b"\r\n"
        self._address = address
        self._confirms = confirms
        self._buffer = b""
        self._parity = False

    def receive(self, data: bytes) -> list[SignOnEvent]:
        """Bytes as they are on the wire; what to do about them, in order."""
        self._buffer += data
        events: list[SignOnEvent] = []
        while b"\n" in self._buffer:  # line feed is the same with and without its parity bit
            line, self._buffer = self._buffer.split(b"\n", 1)
            events += self._message(line)
            if events and isinstance(events[-1], EnterHdlc):
                break
        self._buffer = self._buffer[-MAX_MESSAGE:]
        return events

    def _message(self, wire: bytes) -> list[SignOnEvent]:
        line = without_parity(wire)
        start = max(line.rfind(b"/?"), line.rfind(bytes([ACK])))
        if start < 0:
            return []
        self._parity = any(byte & 0x80 for byte in wire[start:])  # of the message, not of the noise before it
        message = line[start:].rstrip(b"\r")
        if message.startswith(b"/?") and message.endswith(b"!"):
            return self._request(message[2:-1].decode("ascii"))
        if message.startswith(bytes([ACK])) and len(message) == 4:
            return self._option(message[1:].decode("ascii"))
        return []

    def _request(self, address: str) -> list[SignOnEvent]:
        # A device address is compared without leading zeros; an empty one is for anybody.
        if address and address.lstrip("0") != self._address.lstrip("0"):
            return []
        return [self._send(self._line)]

    def _option(self, option: str) -> list[SignOnEvent]:
        protocol, baud_char, mode = option[0], option[1], option[2]
        wanted = BAUD_BY_CHAR.get(baud_char)
        if protocol != "2" or mode != "2" or wanted is None or wanted > self.identification.baud:
            return []  # an option that is not offered: the meter stays silent, the caller times out
        rest, self._buffer = self._buffer, b""
        events: list[SignOnEvent] = [SwitchLine(wanted)]
        if self._confirms:
            events.append(self._send(acknowledge(baud_char)))
        return [*events, EnterHdlc(rest)]

    def _send(self, data: bytes) -> Send:
        mirror: Callable[[bytes], bytes] = even_parity if self._parity else bytes
        return Send(mirror(data))
