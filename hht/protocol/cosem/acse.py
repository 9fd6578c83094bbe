"""APDUs that open and close an association: AARQ, AARE, RLRQ, RLRE (ACSE in BER, Green Book 9.4)."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import ClassVar

from hht.i18n import _
from hht.protocol.cosem.codes import (
    ApplicationContext,
    AssociationResult,
    DiagnosticSource,
    Mechanism,
    UserDiagnostic,
)
from hht.protocol.cosem.cursor import Cursor
from hht.protocol.cosem.lengths import encode_length

_CONTEXT_NAME = bytes.fromhex("608574050801")  # 2.16.756.5.8.1
_MECHANISM_NAME = bytes.fromhex("608574050802")  # 2.16.756.5.8.2
_REQUIREMENTS = b"\x07\x80"  # authentication functional unit
_CONTEXT, _RESULT, _DIAGNOSTIC, _USER_INFORMATION, _REASON = 0xA1, 0xA2, 0xA3, 0xBE, 0x80

Fields = dict[int, bytes]


@dataclass(frozen=True, slots=True)
class Aarq:
    """Association request. `authentication` is a password or a challenge; it does not show in `repr`.

    `extra` holds fields that have no meaning here, by BER tag.
    """

    TAG: ClassVar[int] = 0x60
    context: ApplicationContext
    user_information: bytes = b""
    mechanism: Mechanism | None = None
    authentication: bytes | None = field(default=None, repr=False)
    client_title: bytes | None = None
    qualifier: bytes | None = None
    extra: tuple[tuple[int, bytes], ...] = ()

    def encode(self) -> bytes:
        """The octets."""
        fields = {_CONTEXT: _tlv(0x06, _CONTEXT_NAME + bytes((self.context,)))}
        fields |= _titles(0xA6, self.client_title, 0xA7, self.qualifier)
        fields |= _proof(0x8A, 0x8B, 0xAC, self.mechanism, self.authentication)
        return _sequence(self.TAG, fields, self.user_information, self.extra)


@dataclass(frozen=True, slots=True)
class Aare:
    """Association response."""

    TAG: ClassVar[int] = 0x61
    context: ApplicationContext
    result: AssociationResult = AssociationResult.ACCEPTED
    source: DiagnosticSource = DiagnosticSource.SERVICE_USER
    diagnostic: UserDiagnostic = UserDiagnostic.NULL
    user_information: bytes = b""
    mechanism: Mechanism | None = None
    authentication: bytes | None = field(default=None, repr=False)
    server_title: bytes | None = None
    qualifier: bytes | None = None
    extra: tuple[tuple[int, bytes], ...] = ()

    def encode(self) -> bytes:
        """The octets."""
        fields = {
            _CONTEXT: _tlv(0x06, _CONTEXT_NAME + bytes((self.context,))),
            _RESULT: _tlv(0x02, bytes((self.result,))),
            _DIAGNOSTIC: _tlv(0xA0 | self.source, _tlv(0x02, bytes((self.diagnostic,)))),
        }
        fields |= _titles(0xA4, self.server_title, 0xA5, self.qualifier)
        fields |= _proof(0x88, 0x89, 0xAA, self.mechanism, self.authentication)
        return _sequence(self.TAG, fields, self.user_information, self.extra)


@dataclass(frozen=True, slots=True)
class _Release:
    TAG: ClassVar[int]
    reason: int | None = 0
    user_information: bytes = b""

    def encode(self) -> bytes:
        """The octets."""
        body = b"" if self.reason is None else _tlv(_REASON, bytes((self.reason,)))
        if self.user_information:
            body += _tlv(_USER_INFORMATION, _tlv(0x04, self.user_information))
        return _tlv(self.TAG, body)


@dataclass(frozen=True, slots=True)
class Rlrq(_Release):
    """Release request. `reason` 0: normal."""

    TAG: ClassVar[int] = 0x62


@dataclass(frozen=True, slots=True)
class Rlre(_Release):
    """Release response."""

    TAG: ClassVar[int] = 0x63


def _tlv(tag: int, content: bytes) -> bytes:
    return bytes((tag,)) + encode_length(len(content)) + content


def _titles(title_tag: int, title: bytes | None, qualifier_tag: int, qualifier: bytes | None) -> Fields:
    pairs = ((title_tag, title), (qualifier_tag, qualifier))
    return {tag: _tlv(0x04, value) for tag, value in pairs if value is not None}


def _proof(
    requirements: int, name: int, value: int, mechanism: Mechanism | None, authentication: bytes | None
) -> Fields:
    fields: Fields = {}
    if mechanism is not None:
        fields[requirements] = _REQUIREMENTS
        fields[name] = _MECHANISM_NAME + bytes((mechanism,))
    if authentication is not None:
        fields[value] = _tlv(0x80, authentication)
    return fields


def _sequence(tag: int, fields: Fields, user_information: bytes, extra: tuple[tuple[int, bytes], ...]) -> bytes:
    """The fields in the order of their numbers, as the standard has them."""
    every = fields | dict(extra)
    if user_information:
        every[_USER_INFORMATION] = _tlv(0x04, user_information)
    ordered = sorted(every, key=lambda field_tag: field_tag & 0x1F)
    return _tlv(tag, b"".join(_tlv(field_tag, every[field_tag]) for field_tag in ordered))


def _read_fields(cursor: Cursor) -> Fields:
    """The fields of the message at `cursor` by tag; each at most once, nothing after them."""
    inner = Cursor(cursor.counted())
    cursor.end()
    fields: Fields = {}
    while inner.left:
        tag = inner.octet()
        if tag in fields:
            raise inner.malformed(_("a field stands in it twice"))
        if tag & 0x1F == 0x1F:
            raise inner.malformed(_("a field of no known kind"))
        fields[tag] = inner.counted()
    return fields


def _inner(content: bytes, *tags: int) -> bytes:
    """The content of the one field that stands in `content`, its tag one of `tags`."""
    cursor = Cursor(content)
    if cursor.octet() not in tags:
        raise cursor.malformed(_("a field of another kind than it must be"))
    value = cursor.counted()
    cursor.end()
    return value


def _take(fields: Fields, tag: int, *inner: int) -> bytes | None:
    content = fields.pop(tag, None)
    return None if content is None else _inner(content, *inner)


def _take_context(fields: Fields) -> ApplicationContext:
    content = fields.pop(_CONTEXT, b"")
    name = _inner(content, 0x06)
    if len(name) != 7 or not name.startswith(_CONTEXT_NAME):
        raise Cursor(content).malformed(_("no application context of COSEM"))
    return ApplicationContext(name[-1])


def _take_proof(fields: Fields, requirements: int, name: int, value: int) -> tuple[Mechanism | None, bytes | None]:
    if fields.pop(requirements, _REQUIREMENTS) not in (_REQUIREMENTS, b"\x07\x00", b"\x80"):
        raise Cursor(b"").malformed(_("authentication requirements that cannot be"))
    mechanism = None
    octets = fields.pop(name, None)
    if octets is not None:
        if len(octets) != 7 or not octets.startswith(_MECHANISM_NAME):
            raise Cursor(octets).malformed(_("no authentication mechanism of COSEM"))
        mechanism = Mechanism(octets[-1])
    return mechanism, _take(fields, value, 0x80)


def _small(content: bytes | None) -> int:
    number = _inner(content or b"", 0x02)
    if len(number) != 1:
        raise Cursor(content or b"").malformed(_("a number that is too long"))
    return number[0]


def parse_aarq(cursor: Cursor) -> Aarq:
    """After the tag. Raises MalformedValue."""
    fields = _read_fields(cursor)
    context = _take_context(fields)
    title, qualifier = _take(fields, 0xA6, 0x04), _take(fields, 0xA7, 0x04)
    mechanism, authentication = _take_proof(fields, 0x8A, 0x8B, 0xAC)
    information = _take(fields, _USER_INFORMATION, 0x04) or b""
    return Aarq(context, information, mechanism, authentication, title, qualifier, tuple(sorted(fields.items())))


def parse_aare(cursor: Cursor) -> Aare:
    """After the tag. Raises MalformedValue."""
    fields = _read_fields(cursor)
    context = _take_context(fields)
    result = AssociationResult(_small(fields.pop(_RESULT, None)))
    reason = Cursor(fields.pop(_DIAGNOSTIC, b""))
    source = reason.octet()
    if source not in (0xA1, 0xA2):
        raise reason.malformed(_("a reason from nobody"))
    diagnostic = UserDiagnostic(_small(reason.counted()))
    reason.end()
    title, qualifier = _take(fields, 0xA4, 0x04), _take(fields, 0xA5, 0x04)
    mechanism, authentication = _take_proof(fields, 0x88, 0x89, 0xAA)
    information = _take(fields, _USER_INFORMATION, 0x04) or b""
    return Aare(
        context, result, DiagnosticSource(source & 0x0F), diagnostic, information, mechanism, authentication, title,
        qualifier, tuple(sorted(fields.items())),
    )  # fmt: skip


def parse_rlrq(cursor: Cursor) -> Rlrq:
    """After the tag. Raises MalformedValue."""
    return Rlrq(*_read_release(cursor))


def parse_rlre(cursor: Cursor) -> Rlre:
    """After the tag. Raises MalformedValue."""
    return Rlre(*_read_release(cursor))


def _read_release(cursor: Cursor) -> tuple[int | None, bytes]:
    fields = _read_fields(cursor)
    reason = fields.pop(_REASON, None)
    if reason is not None and len(reason) != 1:
        raise cursor.malformed(_("a release's reason that is too long"))
    return (reason[0] if reason else None), _take(fields, _USER_INFORMATION, 0x04) or b""
