"""What a radio dongle sends: frames of its line, whole and in pieces."""

from __future__ import annotations

from collections.abc import Hashable
from random import Random
from typing import Final

from hht.protocol.frames import ProtocolError
from hht.protocol.znp.frame import SOF, Frame, ZnpReader, fcs
from hht.protocol.znp.messages import command_of, frame_of
from tests.fuzz.mutation import Messages
from tests.fuzz.target import MEBIBYTE, Target
from tests.fuzz.targets.decoders import whole_tree


def repair_znp(octets: bytes, _random: Random) -> bytes:
    """The check octet of the first frame is made right."""
    start = octets.find(SOF)
    if start < 0 or start + 1 >= len(octets) or start + octets[start + 1] + 4 >= len(octets):
        return octets
    end = start + octets[start + 1] + 4
    return octets[:end] + bytes([fcs(octets[start + 1 : end])]) + octets[end + 1 :]


def znp_stream(messages: Messages) -> Hashable:
    """Frames found in a stream; a command that was understood is written as it came."""
    reader, seen = ZnpReader(), set()
    for octets in messages:
        for found in [*reader.feed(octets), *([] if octets else reader.pause())]:
            if not isinstance(found, Frame):
                seen.add(found.error.code)
                continue
            try:
                command = command_of(found)
            except ProtocolError as error:
                seen.add(error.code)
                continue
            assert frame_of(command) == found
            seen.add(type(command).__name__)
    return tuple(sorted(seen))


def dissect_znp(messages: Messages) -> Hashable:
    return whole_tree("znp", b"".join(messages))


def dissect_zcl(messages: Messages) -> Hashable:
    return whole_tree("zcl", b"".join(messages))


_WORDS: Final = (b"\xfe\x00\x21\x01", b"\xfe", b"\x45\xc1", b"\x44\x82", b"\xfa", b"\x00" * 8)

TARGETS: Final = [
    Target("znp", znp_stream, "znp", (), _WORDS, repair_znp, sample=500, longest=MEBIBYTE, stream=True),
    Target("dissect-znp", dissect_znp, "znp", (), _WORDS, repair_znp, sample=300, longest=MEBIBYTE),
    Target("dissect-zcl", dissect_zcl, "znp", (), _WORDS, sample=200, longest=MEBIBYTE),
]
