"""Frames of the monitor-and-test API, and how they are found again behind noise."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum
from functools import reduce
from operator import xor
from typing import ClassVar, Final

from hht.i18n import _
from hht.protocol.frames import FrameError

SOF: Final = 0xFE
LONGEST: Final = 250  # octets of data
_AROUND: Final = 5  # octets of a frame that are not data


class ZnpFrameError(FrameError):
    """Octets that are no frame of this API."""

    default_code: ClassVar[str] = "znp-frame"


class FrameType(IntEnum):
    """The upper three bits of cmd0."""

    POLL = 0x00
    SREQ = 0x20
    AREQ = 0x40
    SRSP = 0x60


class Subsystem(IntEnum):
    """The lower five bits of cmd0, as far as they are spoken here."""

    RPC_ERROR = 0
    SYS = 1
    AF = 4
    ZDO = 5
    UTIL = 7
    APP_CONFIG = 15


@dataclass(frozen=True, slots=True)
class Frame:
    """One frame: two command octets and at most 250 octets of data."""

    cmd0: int
    cmd1: int
    data: bytes = b""

    def encode(self) -> bytes:
        """As it goes onto the wire. Raises ZnpFrameError where the data is too long."""
        if len(self.data) > LONGEST:
            raise ZnpFrameError(
                _("{length} bytes of data do not fit into a frame of the dongle's.").format(length=len(self.data)),
                remedy=_("Report this: at most {longest} go into one.").format(longest=LONGEST),
                code="znp-overlong",
            )
        body = bytes((len(self.data), self.cmd0, self.cmd1)) + self.data
        return bytes((SOF,)) + body + bytes((fcs(body),))


@dataclass(frozen=True, slots=True)
class Damage:
    """Octets between frames that are none, and why."""

    octets: bytes
    error: ZnpFrameError


def fcs(body: bytes) -> int:
    """The check octet of everything between start and check."""
    return reduce(xor, body, 0)


class ZnpReader:
    """Finds frames in a stream: noise is passed over and told as `Damage`, once for all octets up to the next frame.

    A start octet may be noise too, so after a bad check the search goes on right behind it: a sound frame that a false
    start had swallowed is not lost.
    """

    def __init__(self) -> None:
        self._buffer = bytearray()
        self._noise = bytearray()
        self._why: ZnpFrameError | None = None

    @property
    def in_frame(self) -> bool:
        """A frame has begun. If nothing follows for a while, call `pause`."""
        return bool(self._buffer)

    def feed(self, data: bytes) -> list[Frame | Damage]:
        """More octets: what has become whole. Never raises."""
        self._buffer += data
        found: list[Frame | Damage] = []
        while self._buffer:
            if not self._skip_to_start() or not self._step(found):
                break
        self._tell(found)
        return found

    def pause(self) -> list[Frame | Damage]:
        """Nothing has come for long: a frame that has begun will not be finished. What of it was a frame after all."""
        found: list[Frame | Damage] = []
        while self._buffer:
            if self._skip_to_start() and not self._step(found):
                self._drop(1, _cut_off())
        self._tell(found)
        return found

    def _skip_to_start(self) -> bool:
        start = self._buffer.find(SOF)
        if start:
            self._drop(start if start > 0 else len(self._buffer), _no_start())
        return bool(self._buffer)

    def _step(self, found: list[Frame | Damage]) -> bool:
        """One frame, or one octet less; False where more must come first."""
        buffer = self._buffer
        if len(buffer) < 2:
            return False
        length = buffer[1]
        if length > LONGEST:
            self._drop(1, _bad_length(length))
            return True
        end = length + _AROUND
        if len(buffer) < end:
            return False
        expected = fcs(bytes(buffer[1 : end - 1]))
        if buffer[end - 1] != expected:
            self._drop(1, _bad_check(expected, buffer[end - 1]))
            return True
        self._tell(found)
        found.append(Frame(buffer[2], buffer[3], bytes(buffer[4 : end - 1])))
        del buffer[:end]
        return True

    def _drop(self, count: int, why: ZnpFrameError) -> None:
        self._noise += self._buffer[:count]
        del self._buffer[:count]
        if self._why is None or self._why.code == "znp-noise":
            self._why = why

    def _tell(self, found: list[Frame | Damage]) -> None:
        if self._why is not None:
            found.append(Damage(bytes(self._noise), self._why))
            self._noise.clear()
            self._why = None


def _no_start() -> ZnpFrameError:
    return ZnpFrameError(
        _("Bytes came that belong to no frame of the dongle's."),
        remedy=_("Check that it is a radio dongle with ZNP firmware, at 115200 baud."),
        code="znp-noise",
    )


def _bad_length(length: int) -> ZnpFrameError:
    return ZnpFrameError(
        _("A frame says that it has {length} bytes of data; {longest} is the most there can be.").format(
            length=length, longest=LONGEST
        ),
        remedy=_line(),
        code="znp-length",
    )


def _bad_check(expected: int, found: int) -> ZnpFrameError:
    return ZnpFrameError(
        _("A frame's check byte is {found:02X} where {expected:02X} belongs.").format(found=found, expected=expected),
        remedy=_line(),
        code="znp-check",
    )


def _cut_off() -> ZnpFrameError:
    return ZnpFrameError(_("A frame broke off in its middle."), remedy=_line(), code="znp-cut")


def _line() -> str:
    return _("Check the dongle's plug and cable, and try again.")
