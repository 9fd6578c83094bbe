"""The opening of an optical port: request message, identification, option select; the terminal's end. Sans I/O.

Source: factbook chapter 7; IEC 62056-21:2002, 6.3. Bytes here carry 7 bits: parity is the link's business.
"""

from __future__ import annotations

from dataclasses import dataclass

from hht.i18n import _
from hht.protocol.frames import FrameError
from hht.protocol.iec62056_21.characters import (
    ACK,
    BAUD_BY_CHAR,
    BAUD_BY_LETTER,
    REACTION_S,
    SIGN_ON_BAUD,
    ProtocolMode,
    without_parity,
)

PROTOCOL_NORMAL, PROTOCOL_HDLC = 0, 2
READOUT, PROGRAMMING, MODE_HDLC = 0, 1, 2
MAX_MESSAGE = 256  # a longer line is noise: an identification has at most 16 + 5 + 2 characters beside escapes


@dataclass(frozen=True, slots=True)
class Identification:
    """What a meter answers to the request message: ``/XXXZ\\2IDENT CR LF``."""

    manufacturer: str  # three letters; the third in lower case: 20 ms reaction time
    baud_char: str
    ident: str
    mode_e: bool  # the escape ``\\2`` stands in it: HDLC can be chosen

    @property
    def mode(self) -> ProtocolMode:
        """The protocol mode that the baud rate character stands for (never D: such a meter is not asked)."""
        if self.mode_e:
            return ProtocolMode.E
        if self.baud_char.isdigit():
            return ProtocolMode.C
        return ProtocolMode.B if self.baud_char in BAUD_BY_LETTER else ProtocolMode.A

    @property
    def baud(self) -> int:
        """The fastest speed that the meter offers; 300 where the character stands for none."""
        return BAUD_BY_CHAR.get(self.baud_char) or BAUD_BY_LETTER.get(self.baud_char, SIGN_ON_BAUD)

    @property
    def reaction_s(self) -> float:
        """The meter's shortest reaction time in seconds."""
        return REACTION_S[self.manufacturer[2].islower()]


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
    if (
        not manufacturer.isalpha()
        or not manufacturer[:2].isupper()
        or not " " < baud_char < "\x7f"
        or baud_char in "/!"
    ):
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
        remedy=_("Repeat the sign-on; if it stays, mend the line between terminal and meter."),
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

    @property
    def rest(self) -> bytes:
        """What came behind the identification, 7 bits: some meters go on at once."""
        return self._buffer

    def feed(self, data: bytes) -> Identification | None:
        """More bytes; the identification as soon as it is whole."""
        self._heard_anything = self._heard_anything or bool(data)
        heard, at = self._buffer + without_parity(data), 0
        while (end := heard.find(b"\n", at)) >= 0:
            line, at = heard[at:end], end + 1
            if self._request and line.strip(b"\x00\x7f") + b"\n" == self._request:
                self._heard_itself = True
                continue
            self._heard_other = True
            start = line.rfind(b"/")
            if start >= 0:
                try:
                    found = parse_identification(line[start:])
                except FrameError:
                    continue
                self._buffer = heard[at:]
                return found
        self._buffer = heard[at:]
        if len(self._buffer) > MAX_MESSAGE:
            self._buffer, self._heard_other = self._buffer[-MAX_MESSAGE:], True
        return None
