"""What every command of the API shares: which frame it is, and how a frame becomes a command.

The commands themselves stand by subsystem in `sys`, `af`, `zdo` and `util`. A request's answer carries the same cmd1.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from typing import ClassVar, Final, TypeVar

from hht.i18n import _
from hht.protocol.frames import ProtocolError
from hht.protocol.little_endian import Ieee, Kind, Record, u8, u16
from hht.protocol.znp.frame import Frame, FrameType

_ROOMS: Final = ("sys", "af", "zdo", "util")
_BY_HEADER: dict[tuple[int, int], type[Command]] = {}


class ZnpError(ProtocolError):
    """A command that is not understood, or that the dongle does not know. Details: `command`."""

    default_code: ClassVar[str] = "znp-error"


class Command(Record):
    """The base of every command; `cmd0` and `cmd1` are its two command octets, `title` its name in the API."""

    __slots__ = ()
    cmd0: ClassVar[int]
    cmd1: ClassVar[int]
    title: ClassVar[str]


C = TypeVar("C", bound=type[Command])


def command(cmd0: int, cmd1: int, title: str) -> Callable[[C], C]:
    """Says which frame a command is."""

    def register(cls: C) -> C:
        cls.cmd0, cls.cmd1, cls.title = cmd0, cmd1, title
        _BY_HEADER[cmd0, cmd1] = cls
        return cls

    return register


@cache
def commands() -> dict[tuple[int, int], type[Command]]:
    """Every command by its two octets."""
    for room in _ROOMS:
        import_module(f"hht.protocol.znp.{room}")
    return _BY_HEADER


def frame_of(message: Command) -> Frame:
    """The frame of a command. Raises RecordError for a value that does not fit."""
    return Frame(message.cmd0, message.cmd1, message.encode())


def command_of(frame: Frame) -> Command:
    """The command that a frame is. Raises ZnpError for one that is not known, RecordError for data that does not fit
    it."""
    found = commands().get((frame.cmd0, frame.cmd1))
    if found is None:
        raise ZnpError(
            _("The dongle's command {cmd0:02X} {cmd1:02X} is not known here.").format(cmd0=frame.cmd0, cmd1=frame.cmd1),
            remedy=_("Nothing has to be done; if something does not work, have the dongle's firmware updated."),
            code="znp-unknown",
            command=f"{frame.cmd0:02X} {frame.cmd1:02X}",
        )
    return found.decode(frame.data)


def answer_to(request: type[Command]) -> type[Command]:
    """What answers a synchronous request."""
    return commands()[FrameType.SRSP | request.cmd0 & 0x1F, request.cmd1]


class AddressKind(Kind):
    """Address mode and eight octets, of which a short address takes the first two."""

    def encode(self, value: Address) -> bytes:
        if value.mode == Address.IEEE:
            return bytes((value.mode,)) + Ieee().encode(value.ieee)
        return bytes((value.mode,)) + value.short.to_bytes(2, "little") + bytes(6)

    def decode(self, data: bytes, at: int, end: int) -> tuple[Address, int]:
        ieee, after = Ieee().decode(data, at + 1, end)
        mode = data[at]
        if mode == Address.IEEE:
            return Address(mode, ieee=ieee), after
        return Address(mode, int.from_bytes(data[at + 1 : at + 3], "little")), after

    def text(self, value: Address) -> str:
        return str(value)


@dataclass(frozen=True, slots=True)
class Address:
    """Whom a message is for, or from: by IEEE address, or by a 16-bit one that is good in one network."""

    GROUP: ClassVar[int] = 1
    SHORT: ClassVar[int] = 2
    IEEE: ClassVar[int] = 3

    mode: int
    short: int = 0
    ieee: str = ""

    @classmethod
    def of(cls, ieee: str) -> Address:
        """By IEEE address: 16 hex digits."""
        return cls(cls.IEEE, ieee=ieee)

    @classmethod
    def near(cls, short: int) -> Address:
        """By 16-bit address."""
        return cls(cls.SHORT, short)

    def __str__(self) -> str:
        if self.mode == self.IEEE:
            return Ieee().text(self.ieee)
        return f"0x{self.short:04X}" if self.mode == self.SHORT else f"0x{self.short:04X} (mode {self.mode})"


_ERRORS: Final = {1: "invalid subsystem", 2: "invalid command", 3: "invalid parameter", 4: "invalid length"}


@command(0x60, 0x00, "RPC error")
@dataclass(frozen=True, slots=True)
class RpcError(Command):
    """The dongle does not know a synchronous request: `code` says what of it, then its two command octets."""

    INVALID_SUBSYSTEM: ClassVar[int] = 1
    INVALID_COMMAND: ClassVar[int] = 2
    INVALID_PARAMETER: ClassVar[int] = 3
    INVALID_LENGTH: ClassVar[int] = 4

    code: int = u8(_ERRORS)
    command: int = u16()

    @property
    def header(self) -> tuple[int, int]:
        """cmd0 and cmd1 of the request."""
        return self.command & 0xFF, self.command >> 8

    @property
    def words(self) -> str:
        """What of the request was wrong."""
        return _ERRORS.get(self.code, str(self.code))
