"""Messages after the opening: data messages, programming commands and their answers, with the block check character.

``STX text ETX BCC``, ``SOH command STX text ETX BCC``, EOT instead of ETX where more blocks follow, ACK and NAK alone.
Source: factbook chapter 7; IEC 62056-21:2002, 6.3. Bytes carry 7 bits here.
"""

from __future__ import annotations

import enum
import re
from dataclasses import dataclass, field
from typing import Final

from hht.i18n import _
from hht.protocol.frames import FrameError
from hht.protocol.iec62056_21.characters import (
    ACK,
    EOT,
    ETX,
    NAK,
    SOH,
    STX,
    block_check,
    without_parity,
)

MAX_TEXT: Final = 4 << 20  # characters: 13 months of half-hours in one block are a tenth of it
_ENDS: Final = (ETX, EOT)
_END: Final = re.compile(rb"[\x03\x04]")
_NO_TEXT: Final = re.compile(rb"[\x00-\x09\x0b\x0c\x0e-\x1f\x7f]")


class Control(enum.Enum):
    """A message of one character."""

    ACK = ACK
    NAK = NAK


class Damage(enum.StrEnum):
    """Why a message is not accepted: the codes of the errors that are told."""

    CHECK = "iec-bcc"  # the block check character is another one
    CHARACTER = "iec-characters"  # a control character in the text
    HEADER = "iec-command"  # what follows SOH is no command
    ENDLESS = "iec-endless"  # no end within `MAX_TEXT`
    TRUNCATED = "iec-truncated"  # silence in the middle


@dataclass(frozen=True, slots=True)
class Message:
    """A message that came whole. `repr` shows no text of a password command."""

    text: bytes = field(repr=False)  # between STX and ETX or EOT
    command: str = ""  # "R1", "P0", ...; "" for a data message
    more: bool = False  # it ended with EOT: another block follows once this one is acknowledged
    checked: bool = True  # False: it had no block check character (modes A, B and D may leave it out)

    @property
    def wire(self) -> bytes:
        """The message as it is sent, 7 bits."""
        head = bytes([SOH]) + self.command.encode("ascii") if self.command else b""
        text = bytes([STX]) + self.text if self.text or not self.command else b""
        whole = head + text + bytes([EOT if self.more else ETX])
        return whole + bytes([block_check(whole[1:])])


Event = Message | Control | Damage


def is_command(text: str) -> bool:
    """A command letter and its type: R1, W5, P0, E2, B0."""
    return len(text) == 2 and text[0] in "PWREB" and text[1].isascii() and text[1].isdigit()


def command(name: str, text: str | None = None, *, more: bool = False) -> bytes:
    """A command message on the wire, 7 bits. `text`: the data set, None for a command without one (B0).

    Raises FrameError for what is no command, or a text that the wire cannot carry. Never quotes the text.
    """
    wire = _text(text or "")
    if not is_command(name):
        raise FrameError(
            _("“{name}” is no IEC 62056-21 command.").format(name=name[:8]),
            remedy=_("Use R1 to R6, W1 to W6, E2, P1, P2 or B0."),
            code="iec-command",
        )
    return Message(wire, name, more).wire


def data_message(text: bytes, *, more: bool = False) -> bytes:
    """A data message on the wire, 7 bits. Raises FrameError for control characters in `text`."""
    if damaged(text) or not text.isascii():
        raise _unsendable()
    return Message(text, more=more).wire


def damaged(text: bytes) -> bool:
    """Whether a text has characters that no data set can have."""
    return _NO_TEXT.search(text) is not None


def _text(text: str) -> bytes:
    if not text.isascii() or damaged(text.encode("ascii")):
        raise _unsendable()
    return text.encode("ascii")


def _unsendable() -> FrameError:
    return FrameError(
        _("A data set holds characters that IEC 62056-21 cannot carry."),
        remedy=_("Use printable ASCII characters."),
        code="iec-characters",
    )


class _State(enum.Enum):
    IDLE = enum.auto()
    HEADER = enum.auto()
    TEXT = enum.auto()
    CHECK = enum.auto()
    BARE = enum.auto()


class MessageReader:
    """Finds messages in what a line brings; incremental, bounded, never raises.

    `bare`: a printable character outside a message begins a readout without STX, which ends with ``!`` CR LF and has no
    block check character (modes A, B and D allow it).
    """

    def __init__(self, *, bare: bool = False, longest: int = MAX_TEXT) -> None:
        self._bare, self._longest = bare, longest
        self.noise = 0  # bytes outside messages
        self.reset()

    def reset(self) -> None:
        """Forget a message that has begun."""
        self._state = _State.IDLE
        self._text = bytearray()
        self._head = b""
        self._check = 0
        self._bad: Damage | None = None
        self._more = False
        self.lines = 0  # that the present message's text has ended so far

    @property
    def in_message(self) -> bool:
        """A message has begun and not ended."""
        return self._state is not _State.IDLE

    @property
    def received(self) -> int:
        """Characters of the present message's text so far."""
        return len(self._text)

    @property
    def first_line(self) -> bytes:
        """The first line of the present message's text, without its end; b"" before that has come."""
        return bytes(self._text[: self._text.find(b"\n")]).removesuffix(b"\r") if self.lines else b""

    def feed(self, data: bytes) -> list[Event]:
        """More bytes (bit 7 is ignored); the messages that they end."""
        events: list[Event] = []
        text, at = without_parity(data), 0
        while at < len(text):
            at = self._step(text, at, events)
        return events

    def _step(self, data: bytes, at: int, events: list[Event]) -> int:
        """Take what stands at `at`; where to go on."""
        if self._state is _State.TEXT:
            return self._in_text(data, at, events)
        if self._state is _State.BARE:
            return self._in_bare(data, at, events)
        byte = data[at]
        if self._state is _State.CHECK:
            events.append(self._checked(byte))
        elif self._state is _State.HEADER:
            self._in_header(byte, events)
        else:
            self._idle(byte, events)
        return at + 1

    def _idle(self, byte: int, events: list[Event]) -> None:
        if byte in (ACK, NAK):
            events.append(Control(byte))
        elif byte in (SOH, STX):
            self.reset()
            self._state = _State.HEADER if byte == SOH else _State.TEXT
        elif self._bare and 0x20 <= byte < 0x7F:
            self.reset()
            self._state = _State.BARE
            self._text.append(byte)
        elif byte not in b"\r\n" or not self._bare:
            self.noise += 1

    def _in_header(self, byte: int, events: list[Event]) -> None:
        """After SOH: a command, then STX and its data set, or ETX at once."""
        self._check ^= byte
        if len(self._head) < 2:
            self._head += bytes([byte])
            return
        if not is_command(self._head.decode("ascii")) or byte not in (STX, *_ENDS):
            self.reset()
            events.append(Damage.HEADER)
        elif byte == STX:
            self._state = _State.TEXT
        else:
            self._more, self._state = byte == EOT, _State.CHECK

    def _in_text(self, data: bytes, at: int, events: list[Event]) -> int:
        found = _END.search(data, at)
        end = found.start() if found else len(data)
        piece = data[at:end]
        self._add(piece, events)
        if self._state is not _State.TEXT:  # it had no end
            return end
        if damaged(piece):
            self._bad = Damage.CHARACTER
        self._check = block_check(piece, self._check)
        if found is None:
            return end
        self._check ^= data[end]
        self._more, self._state = data[end] == EOT, _State.CHECK
        return end + 1

    def _in_bare(self, data: bytes, at: int, events: list[Event]) -> int:
        """Until ``!`` CR LF at the end of a line; a STX after all begins a proper message."""
        feed = data.find(b"\n", at)
        piece = data[at:] if feed < 0 else data[at : feed + 1]
        if STX in piece:
            self.reset()
            self._state = _State.TEXT
            return at + piece.index(STX) + 1
        self._add(piece, events)
        if damaged(piece):
            self._bad = Damage.CHARACTER
        if self._state is _State.BARE and self._text.endswith(b"!\r\n"):
            events.append(self._bad or Message(bytes(self._text), checked=False))
            self.reset()
        return at + len(piece)

    def _add(self, piece: bytes, events: list[Event]) -> None:
        if len(self._text) + len(piece) > self._longest:
            self.reset()
            events.append(Damage.ENDLESS)
        else:
            self._text += piece
            self.lines += piece.count(b"\n")

    def _checked(self, byte: int) -> Event:
        found: Event = Message(bytes(self._text), self._head.decode("ascii"), self._more)
        if byte != self._check:
            found = Damage.CHECK
        elif self._bad is not None:
            found = self._bad
        self.reset()
        return found


def message_error(damage: Damage, *, parity_errors: int = 0) -> FrameError:
    """What is wrong with a message, in words. `parity_errors`: characters of it with a wrong parity bit, told too."""
    sentences = {
        Damage.CHECK: _("A message from the meter was damaged on the way: its block check character is wrong."),
        Damage.CHARACTER: _("A message from the meter holds characters that no data set can have."),
        Damage.HEADER: _("A message from the meter begins like a command and is none."),
        Damage.ENDLESS: _("A message from the meter does not end."),
        Damage.TRUNCATED: _("A message from the meter breaks off."),
    }
    also = _("{count} characters had a wrong parity bit.").format(count=parity_errors) if parity_errors else ""
    return FrameError(
        f"{sentences[damage]} {also}".rstrip(),
        parity_errors=parity_errors,
        remedy=_("Mend the line between terminal and meter, and try again."),
        code=damage.value,
    )
