"""What an alert says: its code, when, and of which future-dated instruction; read from any kind of payload, and made.

The octet-string of a COSEM alert names an attribute, a GBZ alert a ZigBee command, an ASN.1 alert nothing besides.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from hht.i18n import _
from hht.protocol.cosem.datetime import decode_datetime, encode_datetime
from hht.protocol.cosem.descriptors import CosemAttribute
from hht.protocol.cosem.errors import CosemError
from hht.protocol.cosem.fields import encode_attribute
from hht.protocol.cosem.notifications import DataNotification
from hht.protocol.cosem.obis import Obis
from hht.protocol.cosem.values import Data, long_unsigned, octets, structure
from hht.protocol.gbcs import gbz
from hht.protocol.gbcs.envelope import Cra, Envelope
from hht.protocol.gbcs.errors import MalformedPayload
from hht.protocol.gbcs.gbz import FutureDated, Gbz
from hht.protocol.gbcs.payload import Asn1, long_invoke_id, parse_payload

DONE_LATER, FAILED_LATER = 0x8F66, 0x8F67  # a future-dated instruction took effect, or did not
_ABOUT: Final = struct.Struct(">HQH6sb")  # message code, originator counter, class, logical name, attribute


@dataclass(frozen=True, slots=True)
class Instruction:
    """The part of a future-dated command that an alert is about. `where`: its attribute, or ZigBee command; None:
    the command as a whole. `message_code` 0: the alert does not say which."""

    message_code: int
    counter: int
    where: CosemAttribute | FutureDated | None = None


@dataclass(frozen=True, slots=True)
class Alert:
    """`code`: see `hht.alerts`; `time` aware, None where the device does not know it."""

    code: int
    time: datetime | None
    instruction: Instruction | None = None


def read_alert(message: Envelope) -> Alert:
    """What an alert says. Raises MalformedPayload for what is no alert, or one without code and time."""
    if message.cra != Cra.ALERT:
        raise MalformedPayload(_("This is no alert."))
    payload = parse_payload(message)
    try:
        if isinstance(payload, DataNotification):
            return _cosem(payload.body)
        if isinstance(payload, Gbz) and payload.alert_code is not None:
            return Alert(payload.alert_code, gbz.zigbee_time(payload.time), _gbz(payload))
        if isinstance(payload, Asn1):
            return _asn1(payload)
    except (CosemError, KeyError, TypeError, ValueError):
        pass
    raise MalformedPayload(_("This alert does not begin with its code and time."))


def _cosem(body: Data) -> Alert:
    code, time, *rest = body.as_items()
    said = code.as_int()
    about = rest[0].value if said in (DONE_LATER, FAILED_LATER) and rest else b""
    instruction = None
    if isinstance(about, bytes) and len(about) == _ABOUT.size:
        number, counter, class_id, name, attribute = _ABOUT.unpack(about)
        instruction = Instruction(number, counter, CosemAttribute(class_id, Obis.from_bytes(name), attribute))
    return Alert(said, decode_datetime(time.as_bytes()).time, instruction)


def _gbz(payload: Gbz) -> Instruction | None:
    if payload.alert_code not in (DONE_LATER, FAILED_LATER) or not payload.about:
        return None
    found = gbz.future_dated(payload.about)
    return Instruction(found.message_code, found.counter, found)


def _asn1(payload: Asn1) -> Alert:
    fields = payload.value
    counter = fields.get("originatorCounter")
    if counter is None:
        counter = fields.get("executionOutcome", {}).get("authorisingRemotePartySeqNumber")
    instruction = None if counter is None else Instruction(0, counter)
    moment = fields["backupDateTime"] if "backupDateTime" in fields else fields["executionDateTime"]
    return Alert(fields["alertCode"], moment, instruction)


def cosem_alert(counter: int, code: int, moment: datetime, *details: Data) -> DataNotification:
    """The payload of an alert of a device that speaks COSEM; `moment` aware."""
    head = long_unsigned(code), octets(encode_datetime(moment, deviation=None, status=0xFF))
    return DataNotification(long_invoke_id(counter), b"", structure(*head, *details))


def instruction_octets(message_code: int, counter: int, attribute: CosemAttribute) -> Data:
    """What `cosem_alert` says of a future-dated instruction."""
    return octets(message_code.to_bytes(2, "big") + counter.to_bytes(8, "big") + encode_attribute(attribute))


def gbz_alert(code: int, moment: datetime, about: FutureDated | None = None) -> Gbz:
    """The payload of an alert of a device that speaks GBZ; `moment` aware."""
    seconds = int((moment - gbz.EPOCH).total_seconds())
    return Gbz((), code, seconds, b"" if about is None else about.encode(), 1)
