"""The TCP wrapper of IEC 62056-47: version, source, destination, length, APDU; all 16 bits, big-endian."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from hht.i18n import _, ngettext
from hht.protocol.dissect import bounded, nested, raw
from hht.protocol.frames import FrameError, Node

HEADER = 8
VERSION = b"\x00\x01"


@dataclass(frozen=True, slots=True)
class Packet:
    """One wrapped APDU."""

    source: int
    destination: int
    apdu: bytes


def wrap(source: int, destination: int, apdu: bytes) -> bytes:
    """`apdu` with its header. Raises FrameError when it is longer than 65535 bytes."""
    if len(apdu) > 0xFFFF:
        raise FrameError(
            _("An APDU of {length} bytes does not fit into the TCP wrapper.").format(length=len(apdu)),
            remedy=_("Use block transfer."),
            code="wrapper-overlong",
        )
    header = b"".join(n.to_bytes(2, "big") for n in (source, destination, len(apdu)))
    return VERSION + header + apdu


class WrapperReader:
    """Finds packets in a stream. TCP loses nothing, so a wrong version cannot be resynchronised: it is an error."""

    def __init__(self) -> None:
        self._buffer = bytearray()

    @property
    def begun(self) -> Packet | None:
        """What there is of a packet that is still arriving; None before its header has."""
        buffer = self._buffer
        if len(buffer) < HEADER or buffer[:2] != VERSION:
            return None
        end = HEADER + int.from_bytes(buffer[6:8], "big")
        source, destination = int.from_bytes(buffer[2:4], "big"), int.from_bytes(buffer[4:6], "big")
        return Packet(source, destination, bytes(buffer[HEADER:end]))

    def feed(self, data: bytes) -> list[Packet]:
        """More bytes; the packets that are whole now. Raises FrameError when what comes is no wrapper packet."""
        buffer = self._buffer
        buffer += data
        packets: list[Packet] = []
        while len(buffer) >= HEADER:
            if buffer[:2] != VERSION:
                if packets:  # they came before it: hand them over first, the next call raises
                    break
                buffer.clear()
                raise FrameError(
                    _("What comes is not in the wrapper's format."),
                    remedy=_("Check how the other end frames what it sends."),
                    code="wrapper-version",
                )
            end = HEADER + int.from_bytes(buffer[6:8], "big")
            if len(buffer) < end:
                break
            source, destination = int.from_bytes(buffer[2:4], "big"), int.from_bytes(buffer[4:6], "big")
            packets.append(Packet(source, destination, bytes(buffer[HEADER:end])))
            del buffer[:end]
        return packets


def dissect_wrapper(data: bytes, offset: int = 0) -> Node:
    """The tree of ``data[offset:]``: one packet, or several in a stream. Never raises."""
    packets = bounded(_packets(data, offset), len(data))
    if len(packets) == 1:
        return packets[0]
    return Node(
        _("Wrapper stream"),
        offset,
        len(data),
        ngettext("{count} packet", "{count} packets", len(packets)).format(count=len(packets)),
        packets,
    )


def _packets(data: bytes, position: int) -> Iterator[Node]:
    while position < len(data):
        node = _packet_node(data, position)
        yield node
        position = node.end


def _packet_node(data: bytes, start: int) -> Node:
    if len(data) < start + HEADER or data[start : start + 2] != VERSION:
        return raw(
            data,
            start,
            len(data),
            _("Bytes outside packets"),
            error=_("Here should stand the wrapper's version, 00 01, and its header."),
            code="wrapper-version",
        )
    source, destination, length = (int.from_bytes(data[start + at : start + at + 2], "big") for at in (2, 4, 6))
    body = start + HEADER
    end = min(len(data), body + length)
    error = "" if end - body == length else _("The packet is cut off.")
    children = [
        Node(_("Version"), start, start + 2, "1"),
        Node(_("Source wPort"), start + 2, start + 4, str(source)),
        Node(_("Destination wPort"), start + 4, start + 6, str(destination)),
        Node(_("Length"), start + 6, body, str(length)),
    ]
    if end > body:
        children.append(nested(data, "apdu", body, end))
    route = f"{destination} ← {source}"
    return Node(_("Wrapper packet"), start, end, route, tuple(children), error, "wrapper-truncated" if error else "")
