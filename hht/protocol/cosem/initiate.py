"""xDLMS InitiateRequest and InitiateResponse (user information of AARQ and AARE), and the errors beside services."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import ClassVar

from hht.i18n import _
from hht.protocol.cosem.codes import Conformance, ServiceError, StateError
from hht.protocol.cosem.cursor import Cursor
from hht.protocol.cosem.lengths import encode_length

DLMS_VERSION = 6
LN_VAA_NAME = 0x0007
_CONFORMANCE_HEAD = bytes.fromhex("5f1f0400")  # [APPLICATION 31], 4 octets, no unused bits


@dataclass(frozen=True, slots=True)
class InitiateRequest:
    """What the client proposes. `max_pdu` is the longest APDU that it takes, 0: no limit."""

    TAG: ClassVar[int] = 0x01
    conformance: Conformance
    max_pdu: int
    dedicated_key: bytes | None = field(default=None, repr=False)
    response_allowed: bool = True
    quality_of_service: int | None = None
    version: int = DLMS_VERSION

    def encode(self) -> bytes:
        """The octets."""
        key = self.dedicated_key
        return (
            bytes((self.TAG,))
            + (b"\x00" if key is None else b"\x01" + encode_length(len(key)) + key)
            + (b"\x00" if self.response_allowed else b"\x01\x00")
            + _quality(self.quality_of_service)
            + bytes((self.version,))
            + _negotiated(self.conformance, self.max_pdu)
        )


@dataclass(frozen=True, slots=True)
class InitiateResponse:
    """What the meter agrees to. `max_pdu` is the longest APDU that it takes."""

    TAG: ClassVar[int] = 0x08
    conformance: Conformance
    max_pdu: int
    quality_of_service: int | None = None
    version: int = DLMS_VERSION
    vaa_name: int = LN_VAA_NAME

    def encode(self) -> bytes:
        """The octets."""
        return (
            bytes((self.TAG,))
            + _quality(self.quality_of_service)
            + bytes((self.version,))
            + _negotiated(self.conformance, self.max_pdu)
            + self.vaa_name.to_bytes(2, "big")
        )


@dataclass(frozen=True, slots=True)
class ConfirmedServiceError:
    """A confirmed service failed: `service` (1: initiate), kind of error, its number."""

    TAG: ClassVar[int] = 0x0E
    service: int
    kind: int
    value: int

    def encode(self) -> bytes:
        """The octets."""
        return bytes((self.TAG, self.service, self.kind, self.value))


@dataclass(frozen=True, slots=True)
class ExceptionResponse:
    """The request as such cannot be served. `invocation_counter` comes with INVOCATION_COUNTER_ERROR only."""

    TAG: ClassVar[int] = 0xD8
    state: StateError
    service: ServiceError
    invocation_counter: int | None = None

    def encode(self) -> bytes:
        """The octets."""
        counter = b"" if self.invocation_counter is None else self.invocation_counter.to_bytes(4, "big")
        return bytes((self.TAG, self.state, self.service)) + counter


def _quality(value: int | None) -> bytes:
    return b"\x00" if value is None else bytes((1, value & 0xFF))


def _negotiated(conformance: Conformance, max_pdu: int) -> bytes:
    return _CONFORMANCE_HEAD + int(conformance).to_bytes(3, "big") + max_pdu.to_bytes(2, "big")


def _read_negotiated(cursor: Cursor) -> tuple[Conformance, int]:
    if cursor.octet() != 0x5F:
        raise cursor.malformed(_("the conformance block is missing"))
    if cursor.octets[cursor.at : cursor.at + 1] == b"\x1f":
        cursor.octet()  # the long form of the tag, as most write it
    block = cursor.counted()
    if len(block) != 4 or block[0] != 0:
        raise cursor.malformed(_("the conformance block is damaged"))
    return Conformance(int.from_bytes(block[1:], "big")), cursor.u16()


def parse_initiate_request(cursor: Cursor) -> InitiateRequest:
    """After the tag. Raises MalformedValue."""
    key = cursor.counted() if cursor.flag() else None
    allowed = cursor.flag() if cursor.flag() else True
    quality = cursor.signed() if cursor.flag() else None
    version = cursor.octet()
    conformance, max_pdu = _read_negotiated(cursor)
    return InitiateRequest(conformance, max_pdu, key, allowed, quality, version)


def parse_initiate_response(cursor: Cursor) -> InitiateResponse:
    """After the tag. Raises MalformedValue."""
    quality = cursor.signed() if cursor.flag() else None
    version = cursor.octet()
    conformance, max_pdu = _read_negotiated(cursor)
    return InitiateResponse(conformance, max_pdu, quality, version, cursor.u16())


def parse_service_error(cursor: Cursor) -> ConfirmedServiceError:
    """After the tag. Raises MalformedValue."""
    return ConfirmedServiceError(cursor.octet(), cursor.octet(), cursor.octet())


def parse_exception(cursor: Cursor) -> ExceptionResponse:
    """After the tag. Raises MalformedValue."""
    state, service = StateError(cursor.octet()), ServiceError(cursor.octet())
    counter = cursor.u32() if service is ServiceError.INVOCATION_COUNTER_ERROR and cursor.left else None
    return ExceptionResponse(state, service, counter)
