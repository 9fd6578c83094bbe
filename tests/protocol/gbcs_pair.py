"""A device and a centre of our own, which speak GBCS to each other under keys that are numbers."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from hht.protocol.cosem.access import AccessRequest, AccessResponse, AccessSet
from hht.protocol.cosem.codes import DataAccessResult
from hht.protocol.cosem.data import NULL, octets
from hht.protocol.cosem.datetime import encode_datetime
from hht.protocol.cosem.descriptors import CosemAttribute
from hht.protocol.cosem.obis import Obis
from hht.protocol.gbcs import crypto
from hht.protocol.gbcs.building import Header, protect
from hht.protocol.gbcs.certificates import Certificate, KeyUsage
from hht.protocol.gbcs.envelope import Cra
from hht.protocol.gbcs.keys import KeyRing
from hht.protocol.gbcs.messages import Role
from hht.protocol.gbcs.payload import encode_payload, long_invoke_id
from hht.protocol.gbcs.receiver import DeviceEnd
from hht.protocol.gbcs.refusals import ALERT_CODES, CommandRefused, Reason
from hht.protocol.gbcs.trust_anchors import TrustAnchors
from tests.protocol.gbcs_vectors import training_key

CLOCK = 0x0062
BROKER, MINE, OTHERS = bytes.fromhex("A0" * 8), bytes.fromhex("B0" * 8), bytes.fromhex("C0" * 8)
NETWORK, DEVICE, GAS = bytes.fromhex("D0" * 8), bytes.fromhex("00DB0000000000E0"), bytes.fromhex("00DB0000000000E1")
_SIGNING, _AGREEMENT = KeyUsage.DIGITAL_SIGNATURE, KeyUsage.KEY_AGREEMENT
PARTIES = {
    BROKER: Role.ACCESS_CONTROL_BROKER, MINE: Role.SUPPLIER, OTHERS: Role.SUPPLIER, NETWORK: Role.NETWORK_OPERATOR,
}  # fmt: skip


def key(entity: bytes, usage: KeyUsage) -> crypto.PrivateKey:
    """Everybody has keys of their own, the same each time."""
    return training_key(entity[-1] * 8 + list(KeyUsage).index(usage))


def certificate(entity: bytes, usage: KeyUsage, role: Role | None = None) -> Certificate:
    return Certificate(entity, role, usage, key(entity, usage).public_key(), entity)


def device(entity: bytes = DEVICE, kind: str = "ESME") -> DeviceEnd:
    anchors = TrustAnchors.of_device(kind)
    usages = (_SIGNING, _AGREEMENT, KeyUsage.PREPAYMENT)
    for party in (BROKER, MINE, NETWORK):
        anchors.put_all(certificate(party, usage, PARTIES[party]) for usage in usages)
    return DeviceEnd(entity, kind, key(entity, _SIGNING), key(entity, _AGREEMENT), anchors)


def centre() -> KeyRing:
    """Everybody's private keys but the devices', as an emulated centre has them."""
    ring = KeyRing(BROKER)
    for entity in (BROKER, MINE, OTHERS, NETWORK):
        for usage in (_SIGNING, _AGREEMENT, KeyUsage.PREPAYMENT):
            ring.add_private(entity, usage, key(entity, usage))
    for entity in (DEVICE, GAS):
        for usage in (_SIGNING, _AGREEMENT):
            ring.add_certificate(certificate(entity, usage))
    return ring


WHEN = encode_datetime(datetime(2026, 11, 21, 3, 8, 42, tzinfo=UTC))


def set_clock(counter: int = 7) -> bytes:
    item = AccessSet(CosemAttribute(8, Obis.parse("0-0:1.0.0"), 6))
    return encode_payload(AccessRequest(long_invoke_id(counter), (item,), (octets(WHEN),)))


def command(
    code: int = CLOCK, counter: int = 7, originator: bytes = MINE, target: bytes = DEVICE, payload: bytes | None = None
) -> bytes:
    header = Header(Cra.COMMAND, counter, originator, target, code)
    return protect(header, set_clock(counter) if payload is None else payload, centre())


def refused(end: DeviceEnd, message: bytes) -> Reason:
    with pytest.raises(CommandRefused) as problem:
        end.receive(message)
    assert problem.value.alert_code == ALERT_CODES[problem.value.reason]
    assert problem.value.code == f"gbcs-{problem.value.reason.value}"
    assert problem.value.remedy
    return problem.value.reason


DONE = AccessResponse(long_invoke_id(7), (NULL,), (DataAccessResult.SUCCESS,), (2,))


def damaged(message: bytes, at: int) -> bytes:
    return message[:at] + bytes((message[at] ^ 1,)) + message[at + 1 :]
