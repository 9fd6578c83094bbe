"""From a use case's payload to a command of the model, and from what the device says to the response's payload.

A `Translation` is one use case's; the tables beside this file fill `TABLE`. What is refused is refused as the kind of
payload says it: a result for each item of an access request, a status in a Default Response, a code of ASN.1.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Final

from hht.emulation.cosem_objects import ACCESS_RESULTS
from hht.i18n import _
from hht.model.commands import Command
from hht.model.device import Device, DeviceKind
from hht.model.parties import DCC, Party, UserRole
from hht.model.refusal import DeviceRefusal, Reason
from hht.model.site import to_ms
from hht.protocol.cosem.access import AccessAction, AccessItem, AccessRequest, AccessResponse, kind_of
from hht.protocol.cosem.codes import ActionResult, DataAccessResult
from hht.protocol.cosem.datetime import NOW, decode_datetime
from hht.protocol.cosem.errors import CosemError
from hht.protocol.cosem.values import NULL, Data, Encoded
from hht.protocol.gbcs import zcl
from hht.protocol.gbcs.envelope import Cra, Envelope
from hht.protocol.gbcs.errors import MalformedPayload
from hht.protocol.gbcs.gbz import Component, Gbz
from hht.protocol.gbcs.messages import Role
from hht.protocol.gbcs.payload import Asn1, Payload, asn1_payload
from hht.protocol.gbcs.receiver import DeviceEnd, VerifiedCommand

FAILURE: Final = 0x01  # ZCL status
UNSUPPORTED_ATTRIBUTE: Final = 0x86
UNSUPPORTED_CLUSTER_COMMAND: Final = 0x81
FROM_SERVER: Final = 0x08  # frame control of a general command
OCTET_STRING, CHARACTER_STRING = 0x41, 0x42  # types of attributes
UINT16, UINT24, UINT48, ENUM8, MAP16 = 0x21, 0x22, 0x25, 0x30, 0x19
SIGNED: Final = range(0x28, 0x30)
CANCELLED: Final = -1
NEVER: Final = b"\xff" * 9 + b"\x80\x00\xff"  # as GBCS writes it: a future-dated command is cancelled


@dataclass(frozen=True, slots=True)
class Asked:
    """A verified command, the device that is to carry it out, and the device's end of GBCS. `memory`: what the end
    keeps of this device beside the model, by names of objects."""

    command: VerifiedCommand
    device: Device
    end: DeviceEnd
    memory: dict[str, Any] = field(default_factory=dict)

    @property
    def message(self) -> Envelope:
        """Its header."""
        return self.command.message

    @property
    def payload(self) -> Payload:
        """What it carries."""
        return self.command.payload


def sender_of(asked: Asked) -> Party:
    """Who asks, as the model knows parties. A supplier is the one of this device's fuel."""
    gas_side = asked.device.kind in (DeviceKind.GSME, DeviceKind.GPF)
    entity = asked.command.originator.hex("-").upper()
    if asked.command.role is Role.SUPPLIER:
        return Party("supplier", UserRole.GAS_SUPPLIER if gas_side else UserRole.IMPORT_SUPPLIER, entity)
    if asked.command.role is Role.NETWORK_OPERATOR:
        role = UserRole.GAS_TRANSPORTER if gas_side else UserRole.ELECTRICITY_DISTRIBUTOR
        return Party("network operator", role, entity)
    return DCC


def at_once(_asked: Asked) -> int | None:
    """A command that is carried out when it comes."""
    return None


@dataclass(frozen=True, slots=True)
class Translation:
    """`command`: what is asked of the device; `answer`: the payload that says what it read or did; `refusal`: the
    payload that says it did not (it raises the refusal where the device answers nothing). `at_ms`: when it is to be
    carried out, true time; None: at once; CANCELLED: what was dated ahead is not to be."""

    command: Callable[[Asked], Command]
    answer: Callable[[Asked, Any], Payload | bytes]
    refusal: Callable[[Asked, DeviceRefusal], Payload | bytes]
    at_ms: Callable[[Asked], int | None] = at_once


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
    return response_to(request, tuple(values), codes)


def done(asked: Asked, _found: object = None) -> AccessResponse:
    """The response where there is nothing to tell."""
    return told(asked, [NULL] * len(request_of(asked).items))


def refused(asked: Asked, refusal: DeviceRefusal) -> AccessResponse:
    """Every item refused for the same reason."""
    request = request_of(asked)
    code = ACCESS_RESULTS.get(refusal.reason, DataAccessResult.OTHER_REASON)
    return response_to(request, (NULL,) * len(request.items), [code] * len(request.items))


def response_to(request: AccessRequest, values: tuple[Data | Encoded, ...], codes: Sequence[int]) -> AccessResponse:
    """A response of one value and one result code for each item."""
    results = tuple(
        ActionResult(code) if isinstance(item, AccessAction) else DataAccessResult(code)
        for item, code in zip(request.items, codes, strict=True)
    )
    return AccessResponse(request.long_invoke, values, results, tuple(map(kind_of, request.items)))


def by_access(
    command: Callable[[Asked], Command],
    answer: Callable[[Asked, Any], Payload] = done,
    at_ms: Callable[[Asked], int | None] = at_once,
) -> Translation:
    """A use case of the access service."""
    return Translation(command, answer, refused, at_ms)


def name_of(item: AccessItem) -> tuple[str, int]:
    """Logical name ("0-0:96.1.4.255") and number of the attribute or method."""
    if isinstance(item, AccessAction):
        return item.method.obis.full, item.method.method
    return item.attribute.obis.full, item.attribute.attribute


def written(asked: Asked, name: str, number: int = 2) -> Any:
    """What is written to that attribute, or handed to that method: plain Python. Raises MalformedPayload."""
    for at, item in enumerate(request_of(asked).items):
        if name_of(item) == (name, number):
            return value(asked, at)
    raise MalformedPayload(_("The command says nothing of {name}.").format(name=name))


def read_items(asked: Asked, known: Mapping[tuple[str, int], Data]) -> AccessResponse:
    """The values of what is read, in the order asked; an object that is not `known` is undefined."""
    request = request_of(asked)
    found = [known.get(name_of(item)) for item in request.items]
    values = tuple(NULL if one is None else one for one in found)
    return response_to(request, values, [DataAccessResult.OBJECT_UNDEFINED if one is None else 0 for one in found])


def a_number(found: Any) -> int:
    """A whole number of the command. Raises MalformedPayload."""
    if not isinstance(found, int) or isinstance(found, bool):
        raise MalformedPayload(_("A number is expected."))
    return found


def some_octets(found: Any, size: int | None = None) -> bytes:
    """Octets of the command, `size` of them. Raises MalformedPayload."""
    if not isinstance(found, bytes) or (size is not None and len(found) != size):
        raise MalformedPayload(_("Octets are expected, or another number of them."))
    return found


def entries_of(found: Any, size: int) -> tuple[Any, ...]:
    """A structure or array of the command with `size` entries (0: any number). Raises MalformedPayload."""
    if not isinstance(found, tuple) or (size and len(found) != size):
        raise MalformedPayload(_("A structure is expected, or one of another length."))
    return found


def a_moment(found: Any) -> datetime:
    """A whole time of the command, UTC. Raises MalformedPayload."""
    try:
        time = decode_datetime(some_octets(found, 12)).time
    except CosemError:
        time = None
    if time is None:
        raise MalformedPayload(_("A whole time is expected."))
    return time.astimezone(UTC)


def activation_ms(found: Any) -> int | None:
    """When a command takes effect: as `Translation.at_ms`. Raises MalformedPayload for what is no time."""
    if found == NOW:
        return None
    return CANCELLED if found == NEVER else to_ms(a_moment(found))


# --- ZCL


def component_of(asked: Asked) -> Component:
    """The one ZCL command of the payload. Raises MalformedPayload."""
    if not isinstance(asked.payload, Gbz) or len(asked.payload.components) != 1:
        raise MalformedPayload(_("This use case has one ZCL command."))
    return asked.payload.components[0]


def components_of(asked: Asked) -> tuple[Component, ...]:
    """All of them. Raises MalformedPayload."""
    if not isinstance(asked.payload, Gbz):
        raise MalformedPayload(_("This use case has ZCL commands."))
    return asked.payload.components


def fields_of(asked: Asked) -> dict[str, Any]:
    """The fields of the one command by name. Raises MalformedPayload."""
    return fields_in(component_of(asked))


def fields_in(component: Component) -> dict[str, Any]:
    """The fields of a command by name. Raises MalformedPayload."""
    layout = zcl.layout_of(component.cluster, component.frame_control, component.command)
    if layout is None:
        raise MalformedPayload(_("This ZCL command is not known."))
    return _Fields(zcl.read(layout, component.payload))


class _Fields(dict[str, Any]):
    """A field that another command has: this one is not the use case's."""

    def __missing__(self, name: str) -> Any:
        raise MalformedPayload(_("The ZCL command has no field “{name}”.").format(name=name))


def answered(asked: Asked, frame_control: int, command: int, payload: bytes) -> Gbz:
    """A response of one ZCL command, on the same cluster with the same sequence number."""
    asked_with = component_of(asked)
    return Gbz((Component(asked_with.cluster, frame_control, asked_with.sequence, command, payload),))


def default_response(asked: Asked, status: int, frame_control: int) -> Gbz:
    """ZCL's Default Response to what was asked."""
    payload = bytes((component_of(asked).command, status))
    return answered(asked, frame_control, zcl.DEFAULT_RESPONSE, payload)


def default_responses(asked: Asked, status: int, frame_control: int) -> Gbz:
    """A Default Response to each of several commands."""
    return Gbz(
        tuple(
            Component(one.cluster, frame_control, one.sequence, zcl.DEFAULT_RESPONSE, bytes((one.command, status)))
            for one in components_of(asked)
        )
    )


def unsupported(asked: Asked) -> Gbz:
    """Attributes that are not there, and commands that are not known, one by one."""
    return Gbz(
        tuple(
            Component(one.cluster, FROM_SERVER, one.sequence, zcl.READ_RESPONSE, attributes_read(one, {}))
            if (one.frame_control & zcl.CLUSTER_COMMAND, one.command) == (0, zcl.READ_ATTRIBUTES)
            else Component(
                one.cluster,
                FROM_SERVER,
                one.sequence,
                zcl.DEFAULT_RESPONSE,
                bytes((one.command, UNSUPPORTED_CLUSTER_COMMAND)),
            )
            for one in components_of(asked)
        )
    )


Attributes = Mapping[tuple[int, int], bytes]  # (cluster, attribute): type and value, least significant octet first


def attributes_read(component: Component, known: Attributes, status: int = UNSUPPORTED_ATTRIBUTE) -> bytes:
    """The records of a Read Attributes Response: each attribute that is asked for, or `status` in its place. Raises
    MalformedPayload for what reads no attributes."""
    asked = component.payload
    if (component.frame_control & zcl.CLUSTER_COMMAND, component.command) != (0, zcl.READ_ATTRIBUTES) or len(asked) % 2:
        raise MalformedPayload(_("Attributes are to be read here."))
    records = []
    for at in range(0, len(asked), 2):
        name = asked[at : at + 2]
        found = known.get((component.cluster, int.from_bytes(name, "little")))
        records.append(name + (bytes((status,)) if found is None else b"\0" + found))
    return b"".join(records)


def reading(
    command: Callable[[Asked], Command], known: Callable[[Asked, Any], Attributes], frame_control: int = FROM_SERVER
) -> Translation:
    """A use case that reads attributes, of one cluster or several; `known` gives them."""

    def told(asked: Asked, attributes: Attributes, status: int = UNSUPPORTED_ATTRIBUTE) -> Gbz:
        return Gbz(
            tuple(
                Component(
                    one.cluster,
                    frame_control,
                    one.sequence,
                    zcl.READ_RESPONSE,
                    attributes_read(one, attributes, status),
                )
                for one in components_of(asked)
            )
        )

    return Translation(
        command,
        lambda asked, found: told(asked, known(asked, found)),
        lambda asked, refusal: told(asked, {}, zcl_status(refusal)),
    )


def attribute(kind: int, number: int, size: int) -> bytes:
    """A number as an attribute's type and value, `size` octets."""
    return bytes((kind,)) + number.to_bytes(size, "little", signed=kind in SIGNED)


def text_attribute(octets: bytes, kind: int = CHARACTER_STRING) -> bytes:
    """A text, or octets, as an attribute's type and value."""
    return bytes((kind, len(octets))) + octets


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


def asn1_answer(asked: Asked, tag: int, told: Any) -> Asn1:
    """An ASN.1 response whose outermost value has that tag."""
    return asn1_payload(asked.message.message_code, Cra.RESPONSE, tag, told)


def silent(_asked: Asked, refusal: DeviceRefusal) -> Asn1:
    """There is no such answer: a device that refuses sends an alert and stays silent."""
    raise refusal
