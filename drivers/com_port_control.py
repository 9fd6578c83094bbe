"""Telnet with the COM port control option (RFC 854, RFC 2217), the client's side, without any I/O.

Our own, because pyserial's client looks for the server's answers every 50 ms: a meter that answers a change of speed
after 20 ms would be half over by then. Here the commands stand in the stream behind the bytes that they follow.
"""

from __future__ import annotations

import enum
import struct
from dataclasses import dataclass
from typing import Final

from hht.link import Line

IAC: Final = 255
_DONT, _DO, _WONT, _WILL, _SB, _SE = 254, 253, 252, 251, 250, 240
_BINARY, _SUPPRESS_GO_AHEAD, _COM_PORT = 0, 3, 44
_WE_DO = (_COM_PORT, _BINARY, _SUPPRESS_GO_AHEAD)
_THEY_DO = (_BINARY, _SUPPRESS_GO_AHEAD)
_SET_BAUD, _SET_SIZE, _SET_PARITY, _SET_STOP, _SET_CONTROL, _PURGE = 1, 2, 3, 4, 5, 12
_SERVER: Final = 100  # what the server answers has the command's number and this
_PARITIES: Final = {"N": 1, "E": 3}
_DTR, _RTS = (9, 8), (12, 11)  # off, on
_PURGE_BOTH: Final = 3
_LONGEST: Final = 64  # octets of a command: the option's own have at most five, a signature is text


class Agreement(enum.Enum):
    """Whether the server controls its port for us."""

    OPEN = "open"
    YES = "yes"
    NO = "no"


@dataclass(frozen=True, slots=True)
class Heard:
    """What a piece of the stream held: the port's bytes, and what has to be sent back for the rest."""

    data: bytes
    reply: bytes


class ComPortControl:
    """The state of one connection."""

    def __init__(self) -> None:
        self.agreement = Agreement.OPEN
        self.answers: dict[int, bytes] = {}  # by command, the last one's value
        self._rest = b""  # the beginning of a command that has not come wholly

    def greeting(self) -> bytes:
        """What a client says first."""
        return b"".join(
            [bytes((IAC, _WILL, option)) for option in _WE_DO] + [bytes((IAC, _DO, option)) for option in _THEY_DO]
        )

    @staticmethod
    def escaped(data: bytes) -> bytes:
        """Bytes for the port, as they stand in the stream."""
        return data.replace(b"\xff", b"\xff\xff")

    def line(self, line: Line) -> bytes:
        """The commands that set speed, bits, parity and stop bits; `answered` tells whether the server took them."""
        self.answers.clear()
        return b"".join(self._command(*setting) for setting in self._settings(line))

    def answered(self, line: Line) -> bool | None:
        """Whether the server set the port to `line`; None while it has not answered all."""
        if any(command not in self.answers for command, _value in self._settings(line)):
            return None
        return all(self.answers[command] == value for command, value in self._settings(line))

    def power(self, *, dtr: bool, rts: bool) -> bytes:
        """The commands that set DTR and RTS."""
        return b"".join(self._command(_SET_CONTROL, bytes((number,))) for number in (_DTR[dtr], _RTS[rts]))

    def purge(self) -> bytes:
        """The command that empties the server's buffers."""
        return self._command(_PURGE, bytes((_PURGE_BOTH,)))

    @staticmethod
    def _settings(line: Line) -> tuple[tuple[int, bytes], ...]:
        return (
            (_SET_BAUD, struct.pack(">I", line.baud)),
            (_SET_SIZE, bytes((line.bits,))),
            (_SET_PARITY, bytes((_PARITIES[line.parity],))),
            (_SET_STOP, bytes((line.stop,))),
        )

    def _command(self, number: int, value: bytes) -> bytes:
        return bytes((IAC, _SB, _COM_PORT, number)) + self.escaped(value) + bytes((IAC, _SE))

    def hear(self, piece: bytes) -> Heard:
        """Take the port's bytes out of a piece of the stream. Raises ValueError where it is no telnet."""
        stream, data, reply = self._rest + piece, bytearray(), bytearray()
        at = 0
        while (begin := stream.find(IAC, at)) >= 0:
            data += stream[at:begin]
            at = begin
            end = self._end(stream, begin)
            if end is None:
                break
            if stream[begin + 1] == IAC:
                data.append(IAC)
            else:
                reply += self._obey(stream[begin + 1 : end])
            at = end
        else:
            data += stream[at:]
            at = len(stream)
        self._rest = stream[at:]
        return Heard(bytes(data), bytes(reply))

    @staticmethod
    def _end(stream: bytes, begin: int) -> int | None:
        """Where the command that begins at `begin` ends; None where that has not come."""
        if len(stream) < begin + 2:
            return None
        if stream[begin + 1] == _SB:
            end = begin + 2
            while (end := stream.find(IAC, end)) >= 0 and stream[end + 1 : end + 2] == b"\xff":
                end += 2
            if (len(stream) if end < 0 else end) - begin > _LONGEST:
                raise ValueError("a telnet command without end")
            return end + 2 if 0 <= end < len(stream) - 1 else None
        size = 3 if stream[begin + 1] in (_DO, _DONT, _WILL, _WONT) else 2
        return begin + size if len(stream) >= begin + size else None

    def _obey(self, command: bytes) -> bytes:
        """What is answered to a command, whose IAC is taken off."""
        verb = command[0]
        if verb == _SB:
            self._answer(command[1:-2].replace(b"\xff\xff", b"\xff"))
            return b""
        if verb not in (_DO, _DONT, _WILL, _WONT):
            return b""
        option = command[1]
        if option == _COM_PORT and verb in (_DO, _DONT):
            self.agreement = Agreement.YES if verb == _DO else Agreement.NO
        if verb == _DO and option not in _WE_DO:
            return bytes((IAC, _WONT, option))
        if verb == _WILL and option not in _THEY_DO:
            return bytes((IAC, _DONT, option))
        return b""

    def _answer(self, words: bytes) -> None:
        if len(words) >= 3 and words[0] == _COM_PORT and words[1] >= _SERVER:
            self.answers[words[1] - _SERVER] = words[2:]
