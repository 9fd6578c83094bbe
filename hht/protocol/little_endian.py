"""Little-endian records, as ZNP and Zigbee have them: one declaration is encoder, decoder, check and labelled tree.

A record is a frozen dataclass whose fields are made by `u8`, `u16`, ... below; the names of fields are those of the
specifications and are shown as they are. IEEE addresses stand on the wire with their least significant octet first; in
a record they are 16 upper-case hex digits, as they are printed on devices.
"""

from __future__ import annotations

import dataclasses
import re
from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping
from typing import Any, ClassVar, Final, Self

from hht.i18n import _
from hht.protocol.frames import FrameError, Node

_IEEE: Final = re.compile("[0-9A-F]{16}")
_LAYOUTS: dict[type[Record], tuple[tuple[str, Kind], ...]] = {}


class RecordError(FrameError):
    """Octets that are no such record, or a value that does not fit into one. Details: `record`, `field`."""

    default_code: ClassVar[str] = "record-error"


class _Misfit(ValueError):
    """A value that its kind does not allow."""


class Kind(ABC):
    """How one field stands on the wire."""

    secret: bool = False

    @abstractmethod
    def encode(self, value: Any) -> bytes:
        """The octets of `value`. Raises _Misfit."""

    @abstractmethod
    def decode(self, data: bytes, at: int, end: int) -> tuple[Any, int]:
        """The value at `at`, and where it ends. Raises _Misfit where it would go beyond `end`."""

    def text(self, value: Any) -> str:
        """`value` for people."""
        return str(value)


class Whole(Kind):
    """A whole number of `size` octets. `names` says what single values mean."""

    def __init__(self, size: int, names: Mapping[int, str] | None = None, *, signed: bool = False) -> None:
        self.size, self.names, self.signed = size, names or {}, signed

    def encode(self, value: Any) -> bytes:
        try:
            return int(value).to_bytes(self.size, "little", signed=self.signed)
        except (OverflowError, ValueError, TypeError):
            raise _Misfit from None

    def decode(self, data: bytes, at: int, end: int) -> tuple[int, int]:
        octets = _take(data, at, self.size, end)
        return int.from_bytes(octets, "little", signed=self.signed), at + self.size

    def text(self, value: Any) -> str:
        shown = str(value) if self.signed or self.size == 4 else f"0x{value:0{2 * self.size}X}"
        return f"{shown} {self.names[value]}" if value in self.names else shown


class Ieee(Kind):
    """A 64-bit IEEE address or extended PAN ID."""

    def encode(self, value: Any) -> bytes:
        if not isinstance(value, str) or not _IEEE.fullmatch(value):
            raise _Misfit
        return bytes.fromhex(value)[::-1]

    def decode(self, data: bytes, at: int, end: int) -> tuple[str, int]:
        return _take(data, at, 8, end)[::-1].hex().upper(), at + 8

    def text(self, value: Any) -> str:
        return "-".join(value[i : i + 2] for i in range(0, 16, 2))


class Fixed(Kind):
    """So many octets as they are."""

    def __init__(self, size: int, *, secret: bool = False) -> None:
        self.size, self.secret = size, secret

    def encode(self, value: Any) -> bytes:
        if len(value) != self.size:
            raise _Misfit
        return bytes(value)

    def decode(self, data: bytes, at: int, end: int) -> tuple[bytes, int]:
        return _take(data, at, self.size, end), at + self.size

    def text(self, value: Any) -> str:
        return _hex(value)


class Octets(Kind):
    """Octets behind their length, which takes `prefix` octets; 0: all that is left. `most`: the longest that is
    allowed."""

    def __init__(self, prefix: int, most: int | None = None) -> None:
        self.prefix, self.most = prefix, most

    def encode(self, value: Any) -> bytes:
        if self.most is not None and len(value) > self.most:
            raise _Misfit
        try:
            return (len(value).to_bytes(self.prefix, "little") if self.prefix else b"") + bytes(value)
        except OverflowError:
            raise _Misfit from None

    def decode(self, data: bytes, at: int, end: int) -> tuple[bytes, int]:
        if not self.prefix:
            return bytes(data[at:end]), end
        length = int.from_bytes(_take(data, at, self.prefix, end), "little")
        if self.most is not None and length > self.most:
            raise _Misfit
        at += self.prefix
        return _take(data, at, length, end), at + length

    def text(self, value: Any) -> str:
        return _hex(value)


class ListOf(Kind):
    """Values of one kind behind their number, which takes one octet."""

    def __init__(self, kind: Kind) -> None:
        self.kind = kind

    def encode(self, value: Any) -> bytes:
        if len(value) > 0xFF:
            raise _Misfit
        return bytes((len(value),)) + b"".join(self.kind.encode(item) for item in value)

    def decode(self, data: bytes, at: int, end: int) -> tuple[tuple[Any, ...], int]:
        count = _take(data, at, 1, end)[0]
        at += 1
        items = []
        for _index in range(count):
            item, at = self.kind.decode(data, at, end)
            items.append(item)
        return tuple(items), at

    def text(self, value: Any) -> str:
        return ", ".join(self.kind.text(item) for item in value)


class Within(Kind):
    """A record within a record."""

    def __init__(self, record: type[Record]) -> None:
        self.record = record

    def encode(self, value: Any) -> bytes:
        if not isinstance(value, self.record):
            raise _Misfit
        return value.encode()

    def decode(self, data: bytes, at: int, end: int) -> tuple[Record, int]:
        values = {}
        for name, kind in layout(self.record):
            values[name], at = kind.decode(data, at, end)
        return self.record(**values), at

    def text(self, value: Any) -> str:
        return ", ".join(f"{_label(name)} {kind.text(getattr(value, name))}" for name, kind in layout(self.record))


def of(kind: Kind, default: Any = dataclasses.MISSING) -> Any:
    """A field of that kind."""
    if default is dataclasses.MISSING:
        return dataclasses.field(metadata={"kind": kind})
    return dataclasses.field(default=default, metadata={"kind": kind})


def u8(names: Mapping[int, str] | None = None, default: Any = dataclasses.MISSING) -> Any:
    """A field of one octet."""
    return of(Whole(1, names), default)


def u16(names: Mapping[int, str] | None = None, default: Any = dataclasses.MISSING) -> Any:
    """A field of two octets."""
    return of(Whole(2, names), default)


def u32(default: Any = dataclasses.MISSING) -> Any:
    """A field of four octets."""
    return of(Whole(4), default)


def ieee(default: Any = dataclasses.MISSING) -> Any:
    """A field that holds an IEEE address, or an extended PAN ID."""
    return of(Ieee(), default)


class Record:
    """The base of every record."""

    __slots__ = ()

    def encode(self) -> bytes:
        """The octets. Raises RecordError for a value that does not fit."""
        out = bytearray()
        for name, kind in layout(type(self)):
            try:
                out += kind.encode(getattr(self, name))
            except _Misfit:
                raise _misfit(type(self), name) from None
        return bytes(out)

    @classmethod
    def decode(cls, data: bytes) -> Self:
        """The record that `data` is, to its last octet. Raises RecordError."""
        values, at = {}, 0
        for name, kind in layout(cls):
            try:
                values[name], at = kind.decode(data, at, len(data))
            except _Misfit:
                raise _cut(cls, name, at, len(data)) from None
        if at != len(data):
            raise _trailing(cls, at, len(data))
        return cls(**values)


def layout(record: type[Record]) -> tuple[tuple[str, Kind], ...]:
    """The fields of a record: name and kind, in order."""
    if record not in _LAYOUTS:
        found = dataclasses.fields(record)  # type: ignore[arg-type]
        _LAYOUTS[record] = tuple((field.name, field.metadata["kind"]) for field in found)
    return _LAYOUTS[record]


def record_nodes(record: type[Record], data: bytes, start: int, end: int) -> Iterator[Node]:
    """One node for each field of ``data[start:end]`` read as `record`, they tile it; what is wrong is said where it is.
    Never raises."""
    at = start
    for name, kind in layout(record):
        try:
            value, after = kind.decode(data, at, end)
        except _Misfit:
            yield _wrong(data, at, end, _label(name), _cut(record, name, at - start, end - start))
            return
        if after > at:
            shown = "" if kind.secret else kind.text(value)
            yield Node(_label(name), at, after, shown, secret=kind.secret)
        at = after
    if at < end:
        yield _wrong(data, at, end, _("Beyond its end"), _trailing(record, at - start, end - start))


def _wrong(data: bytes, start: int, end: int, label: str, error: RecordError) -> Node:
    return Node(label, start, end, _hex(data[start:end]), error=error.message, code=error.code, secret=True)


def _label(name: str) -> str:
    return name.replace("_", " ")


def _hex(octets: bytes) -> str:
    return octets[:64].hex(" ").upper() + (" …" if len(octets) > 64 else "")


def _take(data: bytes, at: int, size: int, end: int) -> bytes:
    if at + size > end:
        raise _Misfit
    return bytes(data[at : at + size])


def _misfit(record: type[Record], name: str) -> RecordError:
    return RecordError(
        _("{record} cannot be made: its field “{field}” does not fit.").format(
            record=record.__name__, field=_label(name)
        ),
        remedy=_("Report this: the terminal wanted to send what its radio cannot say."),
        code="record-value",
        record=record.__name__,
        field=name,
    )


def _cut(record: type[Record], name: str, at: int, length: int) -> RecordError:
    return RecordError(
        _("{record} of {length} bytes ends inside its field “{field}”, which begins at byte {at}.").format(
            record=record.__name__, length=length, field=_label(name), at=at
        ),
        remedy=_again(),
        code="record-cut",
        record=record.__name__,
        field=name,
    )


def _trailing(record: type[Record], at: int, length: int) -> RecordError:
    return RecordError(
        _("{record} is over at byte {at}, and {count} bytes follow.").format(
            record=record.__name__, at=at, count=length - at
        ),
        remedy=_again(),
        code="record-trailing",
        record=record.__name__,
        field="",
    )


def _again() -> str:
    return _("Have it sent again. If it comes again, the other end speaks another version of this.")
