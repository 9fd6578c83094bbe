"""What a message carries, as values: COSEM's access service, GBZ, or ASN.1 by the message code."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any, Final, TypeAlias

from hht.i18n import _
from hht.protocol.cosem.access import AccessRequest, AccessResponse, parse_access_request, parse_access_response
from hht.protocol.cosem.axdr import encode
from hht.protocol.cosem.cursor import Cursor
from hht.protocol.cosem.errors import CosemError
from hht.protocol.cosem.lengths import encode_length
from hht.protocol.cosem.notifications import DataNotification, parse_data_notification
from hht.protocol.cosem.values import NULL, Data, Encoded
from hht.protocol.gbcs import asn1, gbz
from hht.protocol.gbcs.asn1_shapes import shape_of
from hht.protocol.gbcs.envelope import Cra, Envelope
from hht.protocol.gbcs.errors import MalformedPayload
from hht.protocol.gbcs.gbz import Gbz

INVOKE_ID_MASK: Final = 0x00FF_FFFF
_BREAK_ON_ERROR: Final = 0x2000_0000
_TRUE: Final = b"\x03\xff"


@dataclass(frozen=True, slots=True)
class Asn1:
    """An ASN.1 payload: its `value` as `asn1` has it, of the shape that code and kind demand."""

    value: Any
    shape: asn1.Shape


Payload: TypeAlias = AccessRequest | AccessResponse | DataNotification | Gbz | Asn1


def parse_payload(message: Envelope) -> Payload:
    """The payload of a message; encrypted values stay as they are. Raises MalformedPayload."""
    octets = message.payload
    try:
        if octets[:1] == b"\xd9":
            return _whole(octets, parse_access_request)
        if octets[:1] == b"\xda":
            return _whole(octets, parse_access_response)
        if octets[:1] == b"\x0f":
            return _whole(octets, parse_data_notification)
    except CosemError as error:
        raise MalformedPayload(error.message) from None
    if octets[:2] == gbz.PROFILE:
        return gbz.parse_gbz(octets, message.cra)
    shape = shape_of(message.message_code, message.cra, octets[0]) if octets else None
    if shape is None:
        raise MalformedPayload(
            _("The payload is of no kind that a message of code {code:04X} has.").format(code=message.message_code)
        )
    return Asn1(asn1.decode(shape, octets), shape)


def _whole(octets: bytes, read: Callable[[Cursor], Payload]) -> Payload:
    cursor = Cursor(octets, 1)
    found = read(cursor)
    cursor.end()
    return found


def encode_payload(payload: Payload) -> bytes:
    """The octets of a payload. Raises GbcsError, ValueOutOfRange where a value does not fit."""
    if isinstance(payload, Asn1):
        return asn1.encode(payload.shape, payload.value)
    if isinstance(payload, AccessRequest | AccessResponse):
        return replace(payload, data=tuple(Encoded(encode_value(one)) for one in payload.data)).encode()
    if isinstance(payload, DataNotification):
        head = replace(payload, body=NULL).encode()
        return head[:-1] + encode_value(payload.body)
    return payload.encode()


def encode_value(value: Data | Encoded) -> bytes:
    """A COSEM value as GBCS writes it: true is FF (COSEM takes any octet but 0). Raises ValueOutOfRange."""
    if isinstance(value, Data) and isinstance(value.value, tuple):
        items = b"".join(map(encode_value, value.value))
        return bytes((value.tag,)) + encode_length(len(value.value)) + items
    if isinstance(value, Data) and value.value is True:
        return _TRUE
    return encode(value)


def asn1_payload(code: int, cra: Cra, tag: int, value: Any) -> Asn1:
    """An ASN.1 payload to be sent. `tag`: of its outermost value. Raises MalformedPayload where there is none such."""
    shape = shape_of(code, cra, tag)
    if shape is None:
        raise MalformedPayload(_("Nothing is known of such a payload of code {code:04X}.").format(code=code))
    return Asn1(value, shape)


def long_invoke_id(counter: int) -> int:
    """The long invoke-id of a message with that originator counter: its low 24 bits, break on error."""
    return _BREAK_ON_ERROR | counter & INVOKE_ID_MASK
