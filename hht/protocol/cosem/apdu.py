"""Every APDU of the protocol: `parse_apdu` tells them apart; each has `.encode()`."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Final, TypeAlias

from hht.i18n import _
from hht.protocol.cosem import access, acse, action, general_block, get, initiate, notifications, put
from hht.protocol.cosem.access import AccessRequest, AccessResponse
from hht.protocol.cosem.acse import Aare, Aarq, Rlre, Rlrq
from hht.protocol.cosem.action import ActionRequest, ActionResponse
from hht.protocol.cosem.ciphered import Ciphered, parse_ciphered
from hht.protocol.cosem.cursor import Cursor
from hht.protocol.cosem.errors import NotSupported
from hht.protocol.cosem.general import GeneralCiphering, GeneralSigning, parse_general_ciphering, parse_general_signing
from hht.protocol.cosem.general_block import GeneralBlock
from hht.protocol.cosem.get import GetRequest, GetResponse
from hht.protocol.cosem.initiate import (
    ConfirmedServiceError,
    ExceptionResponse,
    InitiateRequest,
    InitiateResponse,
)
from hht.protocol.cosem.notifications import DataNotification, DataNotificationConfirm, EventNotification
from hht.protocol.cosem.put import SetRequest, SetResponse

__all__ = [
    "Aare",
    "Aarq",
    "AccessRequest",
    "AccessResponse",
    "ActionRequest",
    "ActionResponse",
    "Apdu",
    "Ciphered",
    "ConfirmedServiceError",
    "DataNotification",
    "DataNotificationConfirm",
    "EventNotification",
    "ExceptionResponse",
    "GeneralBlock",
    "GetRequest",
    "GetResponse",
    "InitiateRequest",
    "InitiateResponse",
    "Request",
    "Response",
    "Rlre",
    "Rlrq",
    "SetRequest",
    "SetResponse",
    "apdu_names",
    "not_supported",
    "parse_apdu",
    "parse_get_response_raw",
]

Request: TypeAlias = GetRequest | SetRequest | ActionRequest | AccessRequest
Response: TypeAlias = GetResponse | SetResponse | ActionResponse | AccessResponse
Apdu: TypeAlias = (
    Aarq
    | Aare
    | Rlrq
    | Rlre
    | InitiateRequest
    | InitiateResponse
    | ConfirmedServiceError
    | ExceptionResponse
    | Request
    | Response
    | Ciphered
    | GeneralCiphering
    | GeneralSigning
    | DataNotification
    | DataNotificationConfirm
    | EventNotification
    | GeneralBlock
)

_PARSERS: dict[int, Callable[[Cursor], Apdu | None]] = {
    Aarq.TAG: acse.parse_aarq,
    Aare.TAG: acse.parse_aare,
    Rlrq.TAG: acse.parse_rlrq,
    Rlre.TAG: acse.parse_rlre,
    InitiateRequest.TAG: initiate.parse_initiate_request,
    InitiateResponse.TAG: initiate.parse_initiate_response,
    ConfirmedServiceError.TAG: initiate.parse_service_error,
    ExceptionResponse.TAG: initiate.parse_exception,
    DataNotification.TAG: notifications.parse_data_notification,
    DataNotificationConfirm.TAG: notifications.parse_data_notification_confirm,
    EventNotification.TAG: notifications.parse_event_notification,
    GeneralCiphering.TAG: parse_general_ciphering,
    GeneralSigning.TAG: parse_general_signing,
    get.REQUEST: get.parse_get_request,
    get.RESPONSE: get.parse_get_response,
    put.REQUEST: put.parse_set_request,
    put.RESPONSE: put.parse_set_response,
    action.REQUEST: action.parse_action_request,
    action.RESPONSE: action.parse_action_response,
    AccessRequest.TAG: access.parse_access_request,
    AccessResponse.TAG: access.parse_access_response,
    GeneralBlock.TAG: general_block.parse_general_block,
}
_SHORT_NAMES = frozenset((0x05, 0x06, 0x0C, 0x0D, 0x16, 0x18))


_NAMES: Final[Mapping[int, str]] = MappingProxyType({
    0x01: "InitiateRequest", 0x08: "InitiateResponse", 0x0E: "ConfirmedServiceError", 0x0F: "DataNotification",
    0x10: "DataNotificationConfirm", 0x05: "ReadRequest", 0x06: "WriteRequest", 0x0C: "ReadResponse",
    0x0D: "WriteResponse", 0x16: "UnconfirmedWriteRequest", 0x18: "InformationReportRequest",
    0x60: "AARQ", 0x61: "AARE", 0x62: "RLRQ", 0x63: "RLRE",
    0x21: "glo-initiate-request", 0x28: "glo-initiate-response", 0x2E: "glo-confirmed-service-error",
    0x41: "ded-initiate-request", 0x48: "ded-initiate-response", 0x4E: "ded-confirmed-service-error",
    0xC0: "get-request", 0xC1: "set-request", 0xC2: "event-notification", 0xC3: "action-request",
    0xC4: "get-response", 0xC5: "set-response", 0xC7: "action-response",
    0xC8: "glo-get-request", 0xC9: "glo-set-request", 0xCA: "glo-event-notification", 0xCB: "glo-action-request",
    0xCC: "glo-get-response", 0xCD: "glo-set-response", 0xCF: "glo-action-response",
    0xD0: "ded-get-request", 0xD1: "ded-set-request", 0xD2: "ded-event-notification", 0xD3: "ded-action-request",
    0xD4: "ded-get-response", 0xD5: "ded-set-response", 0xD7: "ded-action-response",
    0xD8: "exception-response", 0xD9: "access-request", 0xDA: "access-response",
    0xDB: "general-glo-ciphering", 0xDC: "general-ded-ciphering", 0xDD: "general-ciphering",
    0xDF: "general-signing", 0xE0: "general-block-transfer",
})  # fmt: skip


def apdu_names() -> Mapping[int, str]:
    """What an APDU's first octet says, in the standard's words."""
    return _NAMES


def parse_apdu(octets: bytes) -> Apdu:
    """The one APDU that `octets` hold. Raises NotSupported for other kinds, MalformedValue for anything else wrong."""
    cursor = Cursor(octets)
    tag = cursor.octet()
    apdu: Apdu | None
    if tag in Ciphered.TAGS:
        apdu = parse_ciphered(tag, cursor)
    elif tag in _PARSERS:
        apdu = _PARSERS[tag](cursor)
    else:
        apdu = None
    if apdu is None:
        raise not_supported(octets)
    cursor.end()
    return apdu


def parse_get_response_raw(octets: bytes) -> GetResponse:
    """A get-response whose normal value stays encoded (`Encoded`): for values that are decoded as they arrive."""
    cursor = Cursor(octets)
    response = get.parse_get_response(cursor, raw=True) if cursor.octet() == get.RESPONSE else None
    if response is None:
        raise not_supported(octets)
    cursor.end()
    return response


def not_supported(octets: bytes) -> NotSupported:
    """The error for an APDU of a kind that is not spoken here."""
    name = apdu_names().get(octets[0], "") if octets else ""
    if octets and octets[0] in _SHORT_NAMES:
        return NotSupported(
            _("A message for short name referencing came ({kind}); only logical names are spoken here.").format(
                kind=name
            ),
            kind=name,
        )
    return NotSupported(
        _("A message of a kind that is not spoken here: {kind}.").format(kind=name or octets[:2].hex()), kind=name
    )
