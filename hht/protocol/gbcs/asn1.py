"""ASN.1 shapes: what a DER payload holds, as a description that reads, writes and shows it.

Values are plain: int, bytes, datetime, None for NULL, a list for SEQUENCE OF, a dict by field name for SEQUENCE. A
certificate is its octets. Field names are those of the specification.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Final

from hht.i18n import _
from hht.protocol.cosem.walk import masked
from hht.protocol.gbcs import der
from hht.protocol.gbcs.errors import GbcsError, MalformedPayload

Names = Mapping[int, str]
_TIME: Final = "%Y%m%d%H%M%SZ"


@dataclass(frozen=True, slots=True)
class Shape:
    """A type. `tag` is the octet that it is read and written with."""

    tag: int

    def read(self, octets: bytes, at: der.Element) -> Any:
        """The value of an element whose tag is right. Raises MalformedPayload."""
        raise NotImplementedError

    def content(self, value: Any) -> bytes:
        """The content octets of `value`. Raises GbcsError where it does not fit."""
        raise NotImplementedError

    def words(self, octets: bytes, at: der.Element) -> str:
        """The value for people; nothing for one that has parts."""
        return ""


@dataclass(frozen=True, slots=True)
class Number(Shape):
    """INTEGER or ENUMERATED, with what its values are called."""

    tag: int = der.INTEGER
    names: Names = field(default_factory=dict)

    def read(self, octets: bytes, at: der.Element) -> int:
        """See `Shape`."""
        if at.end == at.body:
            raise _misfit(at.start)
        return der.number(octets[at.body : at.end])

    def content(self, value: Any) -> bytes:
        """See `Shape`."""
        if not isinstance(value, int):
            raise _not_fitting(value)
        return value.to_bytes(value.bit_length() // 8 + 1, "big", signed=True)

    def words(self, octets: bytes, at: der.Element) -> str:
        """See `Shape`."""
        number = self.read(octets, at)
        return f"{number} = {self.names[number]}" if number in self.names else str(number)


@dataclass(frozen=True, slots=True)
class Code(Number):
    """An INTEGER of two octets that people know as four hex digits; `meaning` says what it is."""

    meaning: Callable[[int], str] = str

    def words(self, octets: bytes, at: der.Element) -> str:
        """See `Shape`."""
        number = self.read(octets, at)
        return f"{number:04X} = {self.meaning(number)}"


@dataclass(frozen=True, slots=True)
class Octets(Shape):
    """OCTET STRING or BIT STRING; `size` where it is fixed, `names` by content. `secret`: it is never shown."""

    tag: int = der.OCTET_STRING
    size: int | None = None
    names: Mapping[bytes, str] = field(default_factory=dict)
    secret: bool = False

    def read(self, octets: bytes, at: der.Element) -> bytes:
        """See `Shape`."""
        if self.size is not None and at.end - at.body != self.size:
            raise _misfit(at.start)
        return octets[at.body : at.end]

    def content(self, value: Any) -> bytes:
        """See `Shape`."""
        if not isinstance(value, bytes) or self.size not in (None, len(value)):
            raise _not_fitting(value)
        return value

    def words(self, octets: bytes, at: der.Element) -> str:
        """See `Shape`."""
        content = octets[at.body : at.end]
        if self.secret:
            return masked(content)
        shown = content[:48].hex("-" if self.size == 8 else " ").upper()
        return f"{shown} = {self.names[content]}" if content in self.names else shown


@dataclass(frozen=True, slots=True)
class Time(Shape):
    """GeneralizedTime in UTC, to the second."""

    tag: int = der.GENERALIZED_TIME

    def read(self, octets: bytes, at: der.Element) -> datetime:
        """See `Shape`."""
        try:
            return datetime.strptime(octets[at.body : at.end].decode("ascii"), _TIME).replace(tzinfo=UTC)
        except ValueError:
            raise _misfit(at.start) from None

    def content(self, value: Any) -> bytes:
        """See `Shape`."""
        if not isinstance(value, datetime) or value.tzinfo is None:
            raise _not_fitting(value)
        return value.astimezone(UTC).strftime(_TIME).rjust(15, "0").encode("ascii")

    def words(self, octets: bytes, at: der.Element) -> str:
        """See `Shape`."""
        return self.read(octets, at).strftime("%Y-%m-%d %H:%M:%SZ")


@dataclass(frozen=True, slots=True)
class Null(Shape):
    """NULL."""

    tag: int = der.NULL

    def read(self, octets: bytes, at: der.Element) -> None:
        """See `Shape`."""
        if at.end != at.body:
            raise _misfit(at.start)

    def content(self, value: Any) -> bytes:
        """See `Shape`."""
        return b""


@dataclass(frozen=True, slots=True)
class Whole(Shape):
    """A structure that others define (a certificate, a certification request): all of its octets."""

    tag: int = der.SEQUENCE

    def read(self, octets: bytes, at: der.Element) -> bytes:
        """See `Shape`."""
        return octets[at.start : at.end]

    def content(self, value: Any) -> bytes:
        """See `Shape`."""
        found = der.whole(value if isinstance(value, bytes) else b"")
        if found.tag != self.tag:
            raise _not_fitting(value)
        return bytes(value[found.body : found.end])

    def words(self, octets: bytes, at: der.Element) -> str:
        """See `Shape`."""
        return _("{count} octets").format(count=at.end - at.start)


@dataclass(frozen=True, slots=True)
class Field:
    """A field of a SEQUENCE. `tag`: of its context, where it has one."""

    name: str
    shape: Shape
    tag: int = 0
    optional: bool = False

    @property
    def read_tag(self) -> int:
        """The octet that it begins with."""
        return self.tag or self.shape.tag


@dataclass(frozen=True, slots=True)
class Structure(Shape):
    """SEQUENCE of named fields, in order."""

    tag: int = der.SEQUENCE
    fields: tuple[Field, ...] = ()

    def parts(self, octets: bytes, at: der.Element) -> list[tuple[Field, der.Element]]:
        """Each field that is there, and where. Raises MalformedPayload."""
        found = []
        left = list(self.fields)
        for one in der.elements(octets, at.body, at.end):
            while left and left[0].read_tag != one.tag and left[0].optional:
                left.pop(0)
            if not left or left[0].read_tag != one.tag:
                raise _misfit(one.start)
            found.append((left.pop(0), one))
        if any(not missing.optional for missing in left):
            raise _misfit(at.end)
        return found

    def read(self, octets: bytes, at: der.Element) -> dict[str, Any]:
        """See `Shape`."""
        return {member.name: member.shape.read(octets, place) for member, place in self.parts(octets, at)}

    def content(self, value: Any) -> bytes:
        """See `Shape`."""
        wanted = {member.name for member in self.fields}
        if not isinstance(value, dict) or not value.keys() <= wanted:
            raise _not_fitting(value)
        return b"".join(self._field(member, value) for member in self.fields)

    def _field(self, member: Field, value: dict[str, Any]) -> bytes:
        if member.name not in value:
            if member.optional:
                return b""
            raise _not_fitting(value)
        inner = value[member.name]
        if isinstance(member.shape, Whole):
            return encode(member.shape, inner)
        return der.tlv(member.read_tag, member.shape.content(inner))


@dataclass(frozen=True, slots=True)
class ListOf(Shape):
    """SEQUENCE OF."""

    tag: int = der.SEQUENCE
    item: Shape = field(default_factory=Whole)

    def read(self, octets: bytes, at: der.Element) -> list[Any]:
        """See `Shape`."""
        return [self.item.read(octets, place) for place in self.places(octets, at)]

    def places(self, octets: bytes, at: der.Element) -> list[der.Element]:
        """Where each item is. Raises MalformedPayload."""
        found = list(der.elements(octets, at.body, at.end))
        for place in found:
            if place.tag != self.item.tag:
                raise _misfit(place.start)
        return found

    def content(self, value: Any) -> bytes:
        """See `Shape`."""
        return b"".join(encode(self.item, one) for one in value)


def decode(shape: Shape, octets: bytes) -> Any:
    """The value of the shape that `octets` are. Raises MalformedPayload."""
    found = der.whole(octets)
    if found.tag != shape.tag:
        raise _misfit(0)
    return shape.read(octets, found)


def encode(shape: Shape, value: Any) -> bytes:
    """The octets of `value`. Raises GbcsError where it does not fit its shape."""
    if isinstance(shape, Whole):
        shape.content(value)
        return bytes(value)
    return der.tlv(shape.tag, shape.content(value))


def _misfit(at: int) -> MalformedPayload:
    return MalformedPayload(
        _("The payload does not hold what its message code demands, at octet {at} of it.").format(at=at),
        code="gbcs-asn1",
        at=at,
    )


def _not_fitting(value: object) -> GbcsError:
    return GbcsError(
        _("A {type} does not fit its place in the payload; nothing was made.").format(type=type(value).__name__),
        remedy=_("Check the values against the use case."),
        code="gbcs-field",
    )
