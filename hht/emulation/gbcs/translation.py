"""From a use case's payload to a command of the model, and from what the device says to the response's payload.

A `Translation` is one use case's; the tables beside this file fill `TABLE`. What is refused is refused as the kind of
payload says it: a result for each item of an access request, a status in a Default Response, a code of ASN.1.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final, TypeAlias

from hht.emulation.cosem_objects import ACCESS_RESULTS
from hht.i18n import _
from hht.model.commands import Command
from hht.model.refusal import DeviceRefusal, Reason
from hht.protocol.cosem.access import AccessAction, AccessRequest, AccessResponse, kind_of
from hht.protocol.cosem.codes import ActionResult, DataAccessResult
from hht.protocol.cosem.values import NULL, Data, Encoded
from hht.protocol.gbcs import zcl
from hht.protocol.gbcs.errors import MalformedPayload
from hht.protocol.gbcs.gbz import Component, Gbz
from hht.protocol.gbcs.payload import Asn1, Payload
from hht.protocol.gbcs.receiver import VerifiedCommand

Asked: TypeAlias = VerifiedCommand
FAILURE: Final = 0x01  # ZCL status


@dataclass(frozen=True, slots=True)
class Translation:
    """`command`: what is asked of the device; `answer`: the payload that says what it read or did; `refusal`: the
    payload that says it did not (None: the device answers nothing, it sends an alert)."""

    command: Callable[[Asked], Command]
    answer: Callable[[Asked, Any], Payload | bytes]
    refusal: Callable[[Asked, DeviceRefusal], Payload | bytes]


# --- COSEM's access service


def request_of(asked: Asked) -> AccessRequest:
    """The payload as an access request. Raises MalformedPayload for another."""
    if not isinstance(asked.payload, AccessRequest):
        raise MalformedPayload(_("This use case has an access request."))
    return asked.payload


def value(asked: Asked, number: int) -> Any:
    """What is written, or handed to a method, by the item of that number (from 0): plain Python. Raises
    MalformedPayload where there is none."""
    data = request_of(asked).data
    found = data[number] if number < len(data) else NULL
    if not isinstance(found, Data) or found.value is None:
        raise MalformedPayload(_("A value is missing in the command."))
    return plain(found)


def plain(data: Data) -> Any:
    """Structures as tuples, everything else as it is."""
    return tuple(map(plain, data.value)) if isinstance(data.value, tuple) else data.value


def told(asked: Asked, values: Sequence[Data | Encoded], *, failed: frozenset[int] = frozenset()) -> AccessResponse:
    """The response: one of `values` for each item, all of them done but those numbered in `failed`."""
    request = request_of(asked)
    codes = [DataAccessResult.OTHER_REASON if number in failed else 0 for number in range(len(request.items))]
    return _response(request, tuple(values), codes)


def done(asked: Asked, _found: object = None) -> AccessResponse:
    """The response where there is nothing to tell."""
    return told(asked, [NULL] * len(request_of(asked).items))


def refused(asked: Asked, refusal: DeviceRefusal) -> AccessResponse:
    """Every item refused for the same reason."""
    request = request_of(asked)
    code = ACCESS_RESULTS.get(refusal.reason, DataAccessResult.OTHER_REASON)
    return _response(request, (NULL,) * len(request.items), [code] * len(request.items))


def _response(request: AccessRequest, values: tuple[Data | Encoded, ...], codes: Sequence[int]) -> AccessResponse:
    results = tuple(
        ActionResult(code) if isinstance(item, AccessAction) else DataAccessResult(code)
        for item, code in zip(request.items, codes, strict=True)
    )
    return AccessResponse(request.long_invoke, values, results, tuple(map(kind_of, request.items)))


def by_access(command: Callable[[Asked], Command], answer: Callable[[Asked, Any], Payload] = done) -> Translation:
    """A use case of the access service."""
    return Translation(command, answer, refused)


# --- ZCL


def component_of(asked: Asked) -> Component:
    """The one ZCL command of the payload. Raises MalformedPayload."""
    if not isinstance(asked.payload, Gbz) or len(asked.payload.components) != 1:
        raise MalformedPayload(_("This use case has one ZCL command."))
    return asked.payload.components[0]


def fields_of(asked: Asked) -> dict[str, Any]:
    """Its fields by name. Raises MalformedPayload."""
    component = component_of(asked)
    layout = zcl.layout_of(component.cluster, component.frame_control, component.command)
    if layout is None:
        raise MalformedPayload(_("This ZCL command is not known."))
    return zcl.read(layout, component.payload)


def answered(asked: Asked, frame_control: int, command: int, payload: bytes) -> Gbz:
    """A response of one ZCL command, on the same cluster with the same sequence number."""
    asked_with = component_of(asked)
    return Gbz((Component(asked_with.cluster, frame_control, asked_with.sequence, command, payload),))


def default_response(asked: Asked, status: int, frame_control: int) -> Gbz:
    """ZCL's Default Response to what was asked."""
    payload = bytes((component_of(asked).command, status))
    return answered(asked, frame_control, zcl.DEFAULT_RESPONSE, payload)


def zcl_status(refusal: DeviceRefusal) -> int:
    """Why, as ZCL says it."""
    return {
        Reason.ACCESS_DENIED: 0x7E,  # NOT_AUTHORIZED
        Reason.UNKNOWN_ITEM: 0x81,  # UNSUP_CLUSTER_COMMAND
        Reason.WRONG_TYPE: 0x8D,  # INVALID_DATA_TYPE
        Reason.HARDWARE_FAULT: 0xC0,  # HARDWARE_FAILURE
    }.get(refusal.reason, FAILURE)


# --- ASN.1


def asn1_of(asked: Asked) -> Asn1:
    """The payload as ASN.1. Raises MalformedPayload for another."""
    if not isinstance(asked.payload, Asn1):
        raise MalformedPayload(_("This use case has an ASN.1 payload."))
    return asked.payload
