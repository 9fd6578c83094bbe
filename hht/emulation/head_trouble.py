"""What can be wrong between a probe and the meter's optical head, by the faults of the meter (`hht.model.faults.port`).

A meter without such faults is not slowed down: its set of faults is empty, and bytes pass as they are.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Final

from hht.model.electricity_meter import ElectricityMeter
from hht.model.features.display import OUT_OF_REACH

FLAG: Final = 0x7E
_DAMAGED_EVERY: Final = 7
_SILENT: Final = OUT_OF_REACH | {"port-silent"}


class HeadTrouble:
    """One conversation's way between probe and meter. `hang_up` cuts the link where it can be cut."""

    def __init__(self, meter: ElectricityMeter, send: Callable[[bytes], None]) -> None:
        self._meter = meter
        self._send = send
        self._said = 0
        self.hang_up: Callable[[], None] | None = None

    def looked_for(self) -> None:
        """The terminal turns to the probe: one that was pulled out is not there."""
        if "probe-unplugged" in self._meter.faults and self.hang_up is not None:
            self.hang_up()

    def hears(self, data: bytes) -> bytes:
        """What of `data` reaches the meter."""
        faults = self._meter.faults
        if not faults:
            return data
        self.looked_for()
        if "probe-hears-itself" in faults:
            self._send(data)
            return b""
        return b"" if "probe-unplugged" in faults or faults & _SILENT else data

    def says(self, data: bytes) -> None:
        """Bring what the meter says to the terminal, as well as it goes."""
        faults = self._meter.faults
        if "bridge-cuts-frames" in faults:
            data = cut_at_flags(data)
        if "probe-garbled" in faults:
            data = self._damage(data)
        if "answers-late" in faults:
            late_s = self._meter.fault_amounts["answers-late"] / 1000
            asyncio.get_running_loop().call_later(late_s, self._send, data)
        elif data:
            self._send(data)

    def _damage(self, data: bytes) -> bytes:
        """One bit of every seventh byte, counted over the conversation."""
        damaged = bytearray(data)
        for place in range(len(damaged)):
            self._said += 1
            if self._said % _DAMAGED_EVERY == 0:
                damaged[place] ^= 0x04
        return bytes(damaged)


def cut_at_flags(data: bytes) -> bytes:
    """Each HDLC frame as a bridge hands it on that takes any 7E for a frame's end: one with a 7E inside is cut there.

    Frames are found by their length field, as they should be; other bytes stay as they are.
    """
    out, at = bytearray(), 0
    while at < len(data):
        length = frame_length(data, at)
        if not length:
            out.append(data[at])
            at += 1
            continue
        frame = data[at : at + length]
        inner = frame.find(FLAG, 1, length - 1)
        out += frame if inner < 0 else frame[: inner + 1]
        at += length
    return bytes(out)


def frame_length(data: bytes, at: int) -> int:
    """Octets of the HDLC frame that begins at `at`, with its two flags; 0 where none does (ISO 13239, frame type 3)."""
    if len(data) < at + 4 or data[at] != FLAG or data[at + 1] >> 4 != 0xA:
        return 0
    length = ((data[at + 1] & 0x07) << 8 | data[at + 2]) + 2
    whole = len(data) >= at + length and data[at + length - 1] == FLAG
    return length if whole else 0
