"""A meter whose frames are damaged on their way out: by chance, or always in the same way."""

from __future__ import annotations

import random
from collections.abc import Callable

from drivers.serving import Attachable, Connection, Send
from hht.protocol.hdlc import Control, Frame
from hht.protocol.hdlc.fcs import fcs16
from hht.protocol.hdlc.reader import FrameReader

Damage = Callable[[bytes, int], bytes]
"""The octets of an information frame and its number (from 1), as they go out; both may be as they were."""

_HEADER = 7  # format, two addresses of one octet, control, header check sequence


class DamagingMeter:
    """Stands for `port`. `sent` has the octets of every information frame; `damaged` counts those that were changed."""

    def __init__(self, port: Attachable, damage: Damage) -> None:
        self._port, self._damage = port, damage
        self.sent: list[bytes] = []
        self.damaged = 0
        self.heard: list[Frame] = []

    def attach(self, send: Send) -> Connection:
        """A conversation with the meter behind."""
        reader = FrameReader()

        def through(data: bytes) -> None:
            if not data.startswith(b"\x7e"):
                send(data)  # the sign-on
                return
            for frame in reader.feed(data):
                assert isinstance(frame, Frame)
                send(self._out(frame))

        return _Heard(self, self._port.attach(through))

    def _out(self, frame: Frame) -> bytes:
        octets = frame.encode()
        if frame.control is not Control.I:
            return octets
        self.sent.append(octets)
        out = self._damage(octets, len(self.sent))
        self.damaged += out != octets
        return out


class _Heard:
    def __init__(self, meter: DamagingMeter, connection: Connection) -> None:
        self._meter, self._connection, self._reader = meter, connection, FrameReader()

    def receive(self, data: bytes) -> None:
        self._meter.heard += [frame for frame in self._reader.feed(data) if isinstance(frame, Frame)]
        self._connection.receive(data)

    def line_speed(self, baud: int) -> None:
        self._connection.line_speed(baud)

    def closed(self) -> None:
        self._connection.closed()


def wrong_length(longest: int) -> Damage:
    """Frames longer than `longest` octets say that they are 256 octets shorter; both check sequences are made for that,
    as by a meter that forgets a carry."""

    def damage(octets: bytes, _number: int) -> bytes:
        if len(octets) <= longest:
            return octets
        body = bytearray(octets[1:-1])
        body[0] -= 1
        body[_HEADER - 2 : _HEADER] = fcs16(bytes(body[: _HEADER - 2])).to_bytes(2, "little")
        body[-2:] = fcs16(bytes(body[:-2])).to_bytes(2, "little")
        return b"\x7e" + bytes(body) + b"\x7e"

    return damage


def octet_errors(rate: float, seed: int = 1) -> Damage:
    """Each octet is damaged with this probability: long frames suffer more often."""
    rng = random.Random(seed)

    def damage(octets: bytes, _number: int) -> bytes:
        changed = bytearray(octets)
        for at in range(8, len(changed) - 1):
            if rng.random() < rate:
                changed[at] ^= 1 << rng.randrange(8)
        return bytes(changed)

    return damage


def every(count: int, at: int = -4) -> Damage:
    """One frame in `count` has the octet at `at` changed."""

    def damage(octets: bytes, number: int) -> bytes:
        if number % count:
            return octets
        changed = bytearray(octets)
        changed[at] ^= 0x55
        return bytes(changed)

    return damage
