"""Traces as pcapng, the capture format of Wireshark: out and back in.

One interface per link, one Enhanced Packet Block per event, link type 250 (LINKTYPE_RTAC_SERIAL: eight octets of time,
an event type, line states, a footer, then what was on the wire). What that has no place for stands in comments: the
event's note in one, and ``hht: kind=line monotonic_s=1.250000`` in another, so that a trace comes back as it was.
Written by hand, for no kept library writes comments and flags; format: IETF draft pcapng, tcpdump.org link types.
"""

from __future__ import annotations

import re
import struct
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import BinaryIO, Final

from hht.i18n import _
from hht.link import TraceEvent, TraceKind
from hht.store.trace_export import MAX_EVENTS, MAX_NOTE, TraceFileError, header_facts, stream_json_lines
from hht.store.trace_text import stream_text

MAGIC: Final = b"\x0a\x0d\x0d\x0a"
LINK_TYPE: Final = 250
MAX_BLOCK: Final = 1 << 20  # octets
_SECTION, _INTERFACE, _PACKET = 0x0A0D0D0A, 1, 6
_END, _COMMENT, _NAME_OR_FLAGS, _RESOLUTION = 0, 1, 2, 9
_STATUS, _TX, _RX = 0, 1, 2
_INBOUND, _OUTBOUND = 1, 2
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND: Final = timedelta(microseconds=1)
_OWN = re.compile(r"hht: kind=(\w+) monotonic_s=(-?\d{1,12}\.\d{6})( masked)?")
_MOST_INTERFACES = 1_000


def write_capture(events: Iterable[TraceEvent], file: BinaryIO, comment: str = "") -> int:
    """Write `events` to `file`, `comment` for the whole of it; returns how many."""
    file.write(_block(_SECTION, struct.pack("<IHHq", 0x1A2B3C4D, 1, 0, -1) + _options(_text(_COMMENT, comment))))
    interfaces: dict[str, int] = {}
    count = 0
    for count, event in enumerate(events, 1):  # noqa: B007 - the last number is the result
        if event.link not in interfaces:
            interfaces[event.link] = len(interfaces)
            file.write(_block(_INTERFACE, struct.pack("<HHI", LINK_TYPE, 0, 0) + _options(_name(event.link))))
        file.write(_packet(interfaces[event.link], event))
    return count


def _packet(interface: int, event: TraceEvent) -> bytes:
    moment = max(0, (event.utc - _EPOCH) // _MICROSECOND)
    seconds, microseconds = divmod(moment, 1_000_000)
    kind = {TraceKind.TX: _TX, TraceKind.RX: _RX}.get(event.kind, _STATUS)
    data = struct.pack(">IIBBH", seconds & 0xFFFFFFFF, microseconds, kind, 0, 0) + event.data
    own = f"hht: kind={event.kind.value} monotonic_s={event.monotonic_s:.6f}{' masked' if event.masked else ''}"
    flags = {_TX: _OUTBOUND, _RX: _INBOUND}.get(kind, 0)
    options = _options(
        _text(_COMMENT, event.note[:MAX_NOTE]), _text(_COMMENT, own), _option(_NAME_OR_FLAGS, struct.pack("<I", flags))
    )
    head = struct.pack("<IIIII", interface, moment >> 32, moment & 0xFFFFFFFF, len(data), len(data))
    return _block(_PACKET, head + _padded(data) + options)


def _block(kind: int, body: bytes) -> bytes:
    length = struct.pack("<I", len(body) + 12)
    return struct.pack("<I", kind) + length + body + length


def _options(*options: bytes) -> bytes:
    given = b"".join(options)
    return given + _option(_END, b"") if given else b""


def _name(link: str) -> bytes:
    return _text(_NAME_OR_FLAGS, link)


def _text(code: int, text: str) -> bytes:
    return _option(code, text.encode(errors="replace")) if text else b""


def _option(code: int, value: bytes) -> bytes:
    return struct.pack("<HH", code, len(value)) + _padded(value)


def _padded(value: bytes) -> bytes:
    return value + bytes(-len(value) % 4)


def read_trace(path: Path) -> list[TraceEvent]:
    """The events in the file at `path`, pcapng, JSON Lines or text, as its first octets say. Raises TraceFileError."""
    return list(stream_trace(path))


def stream_trace(path: Path) -> Iterator[TraceEvent]:
    """As `read_trace`, one after the other: a file may be larger than the memory."""
    try:
        with path.open("rb") as file:
            begins = file.read(4)
    except OSError:
        begins = b""  # what hinders is told by whoever opens it next
    if begins == MAGIC:
        return _stream_capture(path)
    return stream_text(path) if begins[:1] == b"#" else stream_json_lines(path)


def _stream_capture(path: Path) -> Iterator[TraceEvent]:
    """Ours or another program's. An error names the octet at which the block begins that is wrong."""
    with path.open("rb") as file:
        yield from _events(file, str(path))


def parse_capture(file: BinaryIO, source: str = "-") -> list[TraceEvent]:
    """The events in `file`. Raises TraceFileError."""
    return list(_events(file, source))


def _events(file: BinaryIO, source: str) -> Iterator[TraceEvent]:
    reader, found = _Reader(file, source), False
    for event in reader.events():
        found = True
        yield event
    if not found:
        raise reader.error(_("it holds no trace events"))


class _Reader:
    """Block by block through a file."""

    def __init__(self, file: BinaryIO, source: str) -> None:
        self._file, self._source = file, source
        self._order = ""  # until a section begins
        self._links: list[tuple[str, int]] = []  # name, ticks per second
        self._at = 0  # where the block at hand begins
        self._first_s: float | None = None

    def error(self, problem: str) -> TraceFileError:
        """The refusal of this file."""
        message = _("{file}, octet {at}: {problem}.").format(file=self._source, at=self._at, problem=problem)
        return TraceFileError(message, remedy=_("Export the trace again as pcapng or JSON Lines."), file=self._source)

    def events(self) -> Iterator[TraceEvent]:
        """Every packet as an event. Raises TraceFileError."""
        count = 0
        for kind, body in self._blocks():
            try:
                if kind == _INTERFACE:
                    self._links.append(self._interface(body))
                elif kind == _PACKET:
                    count += 1
                    yield self._event(body)
            except struct.error:
                raise self.error(_("a block is cut short")) from None
            if count > MAX_EVENTS:
                raise self.error(_("there are more than {n} events").format(n=MAX_EVENTS))

    def _blocks(self) -> Iterator[tuple[int, bytes]]:
        while head := self._file.read(8):
            if head[:4] == MAGIC:
                self._section()
            elif not self._order:
                raise self.error(_("it is not a pcapng file"))
            length = self._length(head)
            body = self._file.read(length - 8)
            if len(body) != length - 8 or struct.unpack(self._order + "I", body[-4:])[0] != length:
                raise self.error(_("a block is cut short"))
            yield struct.unpack(self._order + "I", head[:4])[0], body[:-4]
            self._at += length

    def _length(self, head: bytes) -> int:
        if len(head) < 8:
            raise self.error(_("a block is cut short"))
        length: int = struct.unpack(self._order + "I", head[4:])[0]
        if length < 12 or length % 4 or length > MAX_BLOCK:
            raise self.error(_("a block says that it is {n} octets long").format(n=length))
        return length

    def _section(self) -> None:
        """A section begins: its byte order, and no interfaces yet."""
        mark = self._file.read(4)
        self._file.seek(-len(mark), 1)
        order = {b"\x4d\x3c\x2b\x1a": "<", b"\x1a\x2b\x3c\x4d": ">"}.get(mark)
        if order is None:
            raise self.error(_("it is not a pcapng file"))
        self._order, self._links = order, []

    def _interface(self, body: bytes) -> tuple[str, int]:
        (link_type,) = struct.unpack(self._order + "H", body[:2])
        if link_type != LINK_TYPE:
            problem = _("link type {number} is not 250 (serial), the only one that holds a trace")
            raise self.error(problem.format(number=link_type))
        if len(self._links) >= _MOST_INTERFACES:
            raise self.error(_("there are more than {n} interfaces").format(n=_MOST_INTERFACES))
        options = list(self._read_options(body[8:]))
        name = next((value for code, value in options if code == _NAME_OR_FLAGS), b"")
        unit = next((value for code, value in options if code == _RESOLUTION), b"\x06")
        if not unit or unit[0] > 9:  # powers of two (bit 7) and finer than nanoseconds: nobody's serial capture
            raise self.error(_("its times have a unit that is not known here"))
        return self._words(name), 10 ** unit[0]

    def _event(self, body: bytes) -> TraceEvent:
        interface, high, low, captured, _original = struct.unpack(self._order + "IIIII", body[:20])
        if interface >= len(self._links):
            raise self.error(_("a packet of an interface that the file does not describe"))
        packet, options = body[20 : 20 + captured], body[20 + captured + (-captured % 4) :]
        if len(packet) < 12 or len(packet) != captured:
            raise self.error(_("a block is cut short"))
        name, ticks = self._links[interface]
        utc = self._time((high << 32 | low) * 1_000_000 // ticks)
        comments = [self._words(value) for code, value in self._read_options(options) if code == _COMMENT]
        return self._told(utc, name, packet, comments)

    def _told(self, utc: datetime, link: str, packet: bytes, comments: list[str]) -> TraceEvent:
        own = _OWN.fullmatch(comments[-1]) if comments else None
        if own is None:
            note = "; ".join(comments)
            return TraceEvent(utc, self._since(utc), link, self._kind(packet[8]), packet[12:], note)
        note = "; ".join(comments[:-1])
        kind, monotonic, masked = own.groups()
        if kind not in [known.value for known in TraceKind]:
            raise self.error(_("a packet of a kind that is not known here"))
        event = TraceEvent(utc, float(monotonic), link, TraceKind(kind), packet[12:], note, bool(masked))
        if event.kind is TraceKind.HEADER and not self._has_facts(event):
            raise self.error(_("a header that is not a JSON object"))
        return event

    def _has_facts(self, event: TraceEvent) -> bool:
        try:
            return isinstance(header_facts(event), dict)
        except (ValueError, RecursionError):
            return False

    def _since(self, utc: datetime) -> float:
        """Seconds since the first event of a capture that keeps no other clock."""
        if self._first_s is None:
            self._first_s = utc.timestamp()
        return utc.timestamp() - self._first_s

    def _kind(self, number: int) -> TraceKind:
        return {_TX: TraceKind.TX, _RX: TraceKind.RX}.get(number, TraceKind.STATE)

    def _time(self, microseconds: int) -> datetime:
        try:
            return _EPOCH + timedelta(microseconds=microseconds)
        except OverflowError:
            raise self.error(_("a time beyond the year 9999")) from None

    def _words(self, value: bytes) -> str:
        if len(value) > 4 * MAX_NOTE:
            raise self.error(_("a text is longer than {n} characters").format(n=MAX_NOTE))
        try:
            return value.decode()
        except UnicodeDecodeError:
            raise self.error(_("a text is not UTF-8")) from None

    def _read_options(self, data: bytes) -> Iterator[tuple[int, bytes]]:
        while data:
            code, length = struct.unpack(self._order + "HH", data[:4])
            if code == _END:
                return
            if 4 + length > len(data):
                raise self.error(_("an option is cut short"))
            yield code, data[4 : 4 + length]
            data = data[4 + length + (-length % 4) :]
