"""What came of a command, operation by operation: one command can do its work in part.

The three kinds of payload say it in three ways: COSEM's access service has a result for each item, ZCL a status in a
Default Response or per attribute, ASN.1 a code among its fields.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final, NamedTuple

from hht.i18n import _
from hht.protocol.cosem.access import AccessResponse
from hht.protocol.cosem.codes import ActionResult, DataAccessResult
from hht.protocol.gbcs import asn1, zcl
from hht.protocol.gbcs.envelope import Cra, Envelope
from hht.protocol.gbcs.errors import MalformedPayload
from hht.protocol.gbcs.gbz import Component, Gbz
from hht.protocol.gbcs.payload import Asn1, parse_payload

_PROFILE_WIDE: Final = 0x03  # frame type of a ZCL header: 0 general, 1 of the cluster


class Operation(NamedTuple):
    """One thing that a command asked for: what it was, whether it was done, what the device says of it.

    `done` None: the device says it under a seal that only the recipient can open.
    """

    what: str
    done: bool | None
    words: str


# Commands of a cluster that answer with a value which says that nothing was done (ZigBee SE: Start Sampling Response,
# Clear Event Log Response); of Consumer Top Up Response any result but 0 is a refusal.
_IN_VAIN: Final = {"sampleId": 0xFFFF, "clearedEventLogs": 0}
_NOT_FOUND: Final = 0x8B  # the log or snapshot asked for has nothing in it: an answer, not a failure


def operations(response: Envelope) -> tuple[Operation, ...]:
    """What came of each operation, in the order of the command.

    Raises MalformedPayload for a payload that cannot be read, and for what is no response.
    """
    if response.kind is not Cra.RESPONSE:
        raise MalformedPayload(_("This is no response; it tells of no result."))
    payload = parse_payload(response)
    if isinstance(payload, AccessResponse):
        return tuple(_cosem(number, result) for number, result in enumerate(payload.results, 1))
    if isinstance(payload, Gbz):
        return tuple(found for component in payload.components for found in _zcl(component))
    if isinstance(payload, Asn1):
        return tuple(_asn1("", payload.shape, payload.value))
    raise MalformedPayload(_("A response has no such payload."))


def _cosem(number: int, result: DataAccessResult | ActionResult) -> Operation:
    done = result == 0
    return Operation(_("operation {number}").format(number=number), done, result.name.lower().replace("_", "-"))


def _zcl(component: Component) -> Iterator[Operation]:
    what = zcl.command_title(component.cluster, component.frame_control, component.command)
    octets = component.payload
    if component.sealed:
        yield Operation(what, None, _("sealed for its recipient"))
    elif component.frame_control & _PROFILE_WIDE:
        yield _of_cluster(component, what)
    elif component.command == zcl.DEFAULT_RESPONSE and len(octets) >= 2:
        yield _status(zcl.cluster_name(component.cluster), octets[1])
    elif component.command == zcl.WRITE_RESPONSE and octets:
        yield _status(what, octets[0])
    else:
        yield from (_status(what, status) for status in _statuses(octets))


def _status(what: str, status: int) -> Operation:
    return Operation(what, status in (0, _NOT_FOUND), zcl.status_name(status))


def _of_cluster(component: Component, what: str) -> Operation:
    """The fields of a cluster's own response, as far as any of them tells of a result."""
    layout = zcl.layout_of(component.cluster, component.frame_control, component.command)
    fields = zcl.read(layout, component.payload) if layout is not None else {}
    for name, in_vain in _IN_VAIN.items():
        if fields.get(name) == in_vain:
            return Operation(what, False, _("nothing was done"))
    refused = fields.get("resultType", 0)
    return Operation(what, refused == 0, _("refused ({code})").format(code=refused) if refused else _("done"))


def _statuses(octets: bytes) -> Iterator[int]:
    """The status of each attribute that was read, up to one whose type is not known."""
    at = 0
    while at + 3 <= len(octets):
        yield octets[at + 2]
        at += 3
        if octets[at - 1]:
            continue
        found = zcl.attribute_type(octets[at]) if at < len(octets) else None
        if found is None:
            return
        size = found[1]
        at += 1 + (size or 1 + (octets[at + 1] if at + 1 < len(octets) and octets[at + 1] != 0xFF else 0))


def _asn1(name: str, shape: asn1.Shape, value: Any) -> Iterator[Operation]:
    """Every code with words among the fields; a bare number is a refusal where data was asked for."""
    if isinstance(shape, asn1.Structure):
        for field in shape.fields:
            if field.name in value:
                yield from _asn1(field.name, field.shape, value[field.name])
    elif isinstance(shape, asn1.ListOf):
        for one in value:
            yield from _asn1(name, shape.item, one)
    elif isinstance(shape, asn1.Null):
        yield Operation(name or _("command"), True, _("accepted"))
    elif isinstance(shape, asn1.Whole) and not name:
        yield Operation(_("command"), True, _("done"))
    elif isinstance(shape, asn1.Number) and not isinstance(shape, asn1.Code):
        yield from _number(name, shape, value)


def _number(name: str, shape: asn1.Number, value: int) -> Iterator[Operation]:
    if not name and not shape.names:
        yield Operation(_("command"), False, _("refused ({code})").format(code=value))
    elif shape.names.get(0) in ("success", "reliable"):
        words = shape.names.get(value, _("unknown code {code}").format(code=value))
        yield Operation(name or _("command"), value == 0, words)
