"""The meter's end of the opening and of a plain-text conversation, sans I/O.

It sees the wire as it is and mirrors the caller: parity bits to one who sends them, bare characters to one who does
not.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from typing import Final, Protocol

from hht.identifiers.secret import Secret
from hht.protocol.frames import FrameError
from hht.protocol.iec62056_21.characters import (
    ACK,
    BAUD_BY_CHAR,
    CHARACTER_BITS,
    NAK,
    SIGN_ON_BAUD,
    ProtocolMode,
    even_parity,
    without_parity,
)
from hht.protocol.iec62056_21.data_sets import DataLine, DataSet, Value, encode_lines, parse_line
from hht.protocol.iec62056_21.messages import Control, Message, MessageReader, command, data_message
from hht.protocol.iec62056_21.programming import BREAKS, EXECUTE, IN_BLOCKS, PASSWORD, READS, WRITES
from hht.protocol.iec62056_21.sign_on import MAX_MESSAGE, PROGRAMMING, acknowledge, parse_identification

BLOCK_S: Final = 8.0  # seconds of the line that a partial block takes: turnarounds cost little, a damaged one no more
SMALLEST_BLOCK: Final = 256  # characters
LONGEST_COMMAND: Final = 64 * 1024
TRIES: Final = 3  # wrong passwords, and repetitions of one message


@dataclass(frozen=True, slots=True)
class Send:
    """Bytes for the wire, parity bits as the caller has them."""

    data: bytes


@dataclass(frozen=True, slots=True)
class SwitchLine:
    """From here on the line runs at `baud`."""

    baud: int


@dataclass(frozen=True, slots=True)
class EnterHdlc:
    """What follows on the wire is HDLC; `rest` came after the acknowledgement in the same bytes."""

    rest: bytes


@dataclass(frozen=True, slots=True)
class EnterPlain:
    """A plain-text conversation begins, which `PlainTextServer` holds."""

    programming: bool
    parity: bool
    rest: bytes


SignOnEvent = Send | SwitchLine | EnterHdlc | EnterPlain


class CommandRefused(Exception):
    """The meter answers with an error message; `code` stands in it."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


class PlainTextMeter(Protocol):
    """What a meter shows in plain text. `read`, `write` and `execute` raise CommandRefused."""

    def readout(self) -> list[DataLine]:
        """The data lines of a readout, without the closing ``!``."""
        ...

    def operand(self) -> str:
        """What stands in the password request (P0)."""
        ...

    def password(self, given: Secret) -> bool:
        """Whether the password lets the caller in."""
        ...

    def read(self, entry: DataSet) -> Iterable[DataLine]:
        """The data lines that answer R1, R2, R3 or R5 for that address. Raises ProtocolError, whose words the
        terminal gets as an error message (IEC 62056-21, 6.5.2)."""
        ...

    def write(self, entry: DataSet) -> None:
        """Take the value of a W1. Raises ProtocolError where it is refused."""
        ...

    def execute(self, entry: DataSet) -> None:
        """Carry out an E2. Raises ProtocolError where it is refused."""
        ...

    def signed_off(self) -> None:
        """The conversation is over: what a password opened is closed."""
        ...


class SignOnServer:
    """The meter's end of the opening. `identification` is its whole line without CR LF, for example ``/HHT5\\2HT100``.

    `confirms`: send the acknowledgement back at the new speed, as the standard has it and not every meter does.
    `plain`: the meter can be read in plain text too (modes A to C, and E beside HDLC).
    """

    def __init__(self, identification: str, *, address: str = "", confirms: bool = True, plain: bool = False) -> None:
        self.identification = parse_identification(identification.encode("ascii"))
        self._line = identification.encode("ascii") + b"\r\n"
        self._address = address
        self._confirms = confirms
        self._plain = plain
        self._buffer = b""
        self._parity = False

    def receive(self, data: bytes) -> list[SignOnEvent]:
        """Bytes as they are on the wire; what to do about them, in order."""
        heard, at = self._buffer + data, 0
        events: list[SignOnEvent] = []
        while (end := heard.find(b"\n", at)) >= 0:  # line feed is the same with and without its parity bit
            events += self._message(heard[at:end])
            at = end + 1
            if events and isinstance(events[-1], EnterHdlc | EnterPlain):
                events[-1] = replace(events[-1], rest=heard[at:])
                self._buffer = b""
                return events
        self._buffer = heard[at:][-MAX_MESSAGE:]
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
        events: list[SignOnEvent] = [self._send(self._line)]
        if self._plain and self.identification.mode in (ProtocolMode.A, ProtocolMode.B):  # nobody acknowledges
            if self.identification.baud != SIGN_ON_BAUD:
                events.append(SwitchLine(self.identification.baud))
            events.append(self._enter_plain(programming=False))
        return events

    def _option(self, option: str) -> list[SignOnEvent]:
        protocol, baud_char, mode = option[0], option[1], option[2]
        wanted = BAUD_BY_CHAR.get(baud_char)
        offered = wanted is not None and wanted <= self.identification.baud
        if protocol == "2" and mode == "2" and offered and self.identification.mode_e:
            events: list[SignOnEvent] = [SwitchLine(wanted or SIGN_ON_BAUD)]
            if self._confirms:
                events.append(self._send(acknowledge(baud_char)))
            return [*events, EnterHdlc(b"")]
        if self._plain and protocol == "0" and mode in "01":
            # A speed that is not offered: the meter goes on at 300 baud (IEC 62056-21, mode C).
            baud = wanted if offered and wanted is not None else SIGN_ON_BAUD
            return [SwitchLine(baud), self._enter_plain(programming=int(mode) == PROGRAMMING)]
        return []  # an option that is not offered: the meter stays silent, the caller times out

    def _enter_plain(self, *, programming: bool) -> EnterPlain:
        return EnterPlain(programming, self._parity, b"")

    def _send(self, data: bytes) -> Send:
        mirror: Callable[[bytes], bytes] = even_parity if self._parity else bytes
        return Send(mirror(data))


class PlainTextServer:
    """A readout, or programming mode, from its first message to the sign-off. Never raises on what it hears."""

    def __init__(self, meter: PlainTextMeter, *, programming: bool, parity: bool, baud: int = SIGN_ON_BAUD) -> None:
        """`baud`: of the line, which decides how long a partial block is; no edition of the standard limits it."""
        self._meter = meter
        self._programming = programming
        self._parity = parity
        self._reader = MessageReader(longest=LONGEST_COMMAND)
        self._last = b""
        self._repeated = 0
        self._block = max(SMALLEST_BLOCK, int(baud * BLOCK_S / CHARACTER_BITS))
        self._left = b""  # of an answer in partial blocks: the text still to be sent
        self._written, self._writing = b"", ""  # of a write in partial blocks, so far, and by which command
        self._wrong_passwords = 0
        self.over = False

    @property
    def between_messages(self) -> bool:
        """No message has begun."""
        return not self._reader.in_message

    def begin(self) -> list[Send]:
        """The first message: the readout, or the password request."""
        if self._programming:
            return self._say(command("P0", f"({self._meter.operand()})"))
        return self._say(data_message(encode_lines(self._meter.readout()) + b"!\r\n"))

    def receive(self, data: bytes) -> list[Send]:
        """Bytes as they are on the wire; what to send. `over` says that the meter goes back to 300 baud."""
        out: list[Send] = []
        for event in self._reader.feed(data):
            if self.over:
                break
            if isinstance(event, Message):
                out += self._command(event) if self._programming else []
            elif event is Control.ACK:
                out += self._go_on()
            else:
                out += self._repeat() if event is Control.NAK else self._refuse_damaged()
        return out

    def close(self) -> None:
        """The conversation ends, whoever ended it."""
        if self._programming and not self.over:
            self._meter.signed_off()
        self.over = True

    def _go_on(self) -> list[Send]:
        if self._left:
            return self._next_block()
        if not self._programming:  # the readout has been received
            self.over = True
        return []

    def _repeat(self) -> list[Send]:
        self._repeated += 1
        if self._repeated > TRIES:
            self.close()
            return []
        return [self._send(self._last)]

    def _refuse_damaged(self) -> list[Send]:
        return [self._send(bytes([NAK]))] if self._programming else []

    def _command(self, message: Message) -> list[Send]:
        letter = message.command[:1]
        if message.command in BREAKS:
            self.close()
            return []
        if message.command == PASSWORD:
            return self._password(message)
        self._left = b""
        if message.command not in (*READS, *WRITES, EXECUTE):
            return self._refuse("ER01")  # reserved; and P2, whose algorithm this meter has none of
        if message.command != self._writing:
            self._written, self._writing = b"", message.command
        if message.more and message.command in IN_BLOCKS:
            self._written = (self._written + message.text)[:LONGEST_COMMAND]
            return self._say(bytes([ACK]))
        text, self._written = self._written + message.text, b""
        try:
            return self._do(letter, message.command, parse_line(text))
        except FrameError:
            return self._refuse("ER03")
        except CommandRefused as refused:
            return self._refuse(refused.code)

    def _do(self, letter: str, name: str, line: DataLine) -> list[Send]:
        if len(line) != 1 or not line[0].address:
            raise CommandRefused("ER03")
        if letter == "R":
            text = encode_lines(self._meter.read(line[0]))
            return self._answer(text, in_blocks=name in IN_BLOCKS)
        if letter == "W":
            self._meter.write(line[0])
        else:
            self._meter.execute(line[0])
        return self._say(bytes([ACK]))

    def _password(self, message: Message) -> list[Send]:
        """A right password opens, a wrong one is refused; after some of them the meter ends the conversation."""
        text = message.text.decode("ascii")
        if text.startswith("(") and text.endswith(")") and self._meter.password(Secret(text[1:-1])):
            return self._say(bytes([ACK]))
        self._wrong_passwords += 1
        if self._wrong_passwords < TRIES:
            return self._refuse("ER07")
        self.close()
        return self._say(command("B0"))

    def _answer(self, text: bytes, *, in_blocks: bool) -> list[Send]:
        text = text.removesuffix(b"\r\n")
        if not in_blocks:
            return self._say(data_message(text))
        self._left = text
        return self._next_block()

    def _next_block(self) -> list[Send]:
        """As many whole lines as a block holds; a longer line is cut."""
        end = self._left.rfind(b"\n", 0, self._block) + 1 or self._block
        text, self._left = (self._left[:end], self._left[end:]) if len(self._left) > self._block else (self._left, b"")
        return self._say(data_message(text, more=bool(self._left)))

    def _refuse(self, code: str) -> list[Send]:
        return self._say(data_message(encode_lines([(DataSet("", (Value(code),)),)]).removesuffix(b"\r\n")))

    def _say(self, message: bytes) -> list[Send]:
        self._last, self._repeated = message, 0
        return [self._send(message)]

    def _send(self, data: bytes) -> Send:
        return Send(even_parity(data) if self._parity else data)
