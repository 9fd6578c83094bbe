"""A home of devices that read GBCS, and whoever sends them commands with every key of the training cast."""

from __future__ import annotations

from typing import Any

from hht.clock import ManualClock
from hht.emulation.gbcs.ends import GbcsEnds
from hht.emulation.gbcs.pki import ORGANISATIONS, device_certificate, organisation_certificate
from hht.model.device import Device
from hht.model.premises import Premises, load_premises
from hht.protocol.cosem.access import AccessAction, AccessGet, AccessItem, AccessRequest, AccessSet
from hht.protocol.cosem.descriptors import CosemAttribute, CosemMethod, SelectiveAccess
from hht.protocol.cosem.obis import Obis
from hht.protocol.cosem.values import NULL, Data
from hht.protocol.gbcs.building import NO_SUPPLEMENT, Header, protect
from hht.protocol.gbcs.certificates import KeyUsage
from hht.protocol.gbcs.envelope import Cra, Envelope, Supplementary, parse
from hht.protocol.gbcs.gbz import Component, Gbz
from hht.protocol.gbcs.keys import KeyRing
from hht.protocol.gbcs.messages import Role
from hht.protocol.gbcs.payload import encode_payload, long_invoke_id, parse_payload
from hht.protocol.gbcs.protection import check
from hht.protocol.gbcs.training_trust import training_key
from tests.support.radio import START

USAGES = (KeyUsage.DIGITAL_SIGNATURE, KeyUsage.KEY_AGREEMENT)


class Home:
    """A home of devices that read, and its supplier's desk with every key."""

    def __init__(self, name: str = "dual-fuel") -> None:
        self.clock = ManualClock(START)
        self.premises: Premises = load_premises(name, clock=self.clock, days=1)
        self.ends = GbcsEnds()
        self.counter = 1000

    def device(self, kind: type[Device]) -> Any:
        return self.premises.of(kind)[0]

    def command(
        self,
        device: Device,
        code: int,
        payload: str | bytes,
        *,
        role: Role = Role.SUPPLIER,
        counter: int | None = None,
        supplementary: Supplementary = NO_SUPPLEMENT,
        sign: bool | None = None,
    ) -> Envelope:
        self.counter += 1
        number = self.counter if counter is None else counter
        header = Header(
            Cra.COMMAND, number, ORGANISATIONS[role], device.identity.eui, code, supplementary=supplementary
        )
        octets = bytes.fromhex(payload) if isinstance(payload, str) else payload
        if octets[:1] == b"\xd9":
            octets = b"\xd9" + long_invoke_id(number).to_bytes(4, "big") + octets[5:]
        return parse(protect(header, octets, keys(device), sign=sign))

    def say(self, device: Device, code: int, payload: str | bytes, **how: Any) -> Envelope:
        command = self.command(device, code, payload, **how)
        response = parse(self.ends.read(device, command.raw))
        assert (response.counter, response.originator) == (command.counter, command.target)
        assert check(response, keys(device)).vouched
        return response

    def ask(self, device: Device, code: int, *asked: Any, **how: Any) -> Any:
        """The payload of the answer to items of the access service (`read`, `write`, `act`) or to ZCL commands."""
        if all(isinstance(one, Component) for one in asked):
            payload = Gbz(asked).encode()
        else:
            items = tuple(item for item, _data in asked)
            payload = encode_payload(AccessRequest(0, items, tuple(data for _item, data in asked)))
        return parse_payload(self.say(device, code, payload, **how))


def read(
    class_id: int, obis: str, attribute: int = 2, access: SelectiveAccess | None = None
) -> tuple[AccessItem, Data]:
    return AccessGet(CosemAttribute(class_id, Obis.parse(obis), attribute), access), NULL


def write(class_id: int, obis: str, data: Data, attribute: int = 2) -> tuple[AccessItem, Data]:
    return AccessSet(CosemAttribute(class_id, Obis.parse(obis), attribute)), data


def act(class_id: int, obis: str, method: int, data: Data = NULL) -> tuple[AccessItem, Data]:
    return AccessAction(CosemMethod(class_id, Obis.parse(obis), method)), data


def keys(device: Device) -> KeyRing:
    """Everybody's keys, for the two ends of a conversation with `device`."""
    ring = KeyRing()
    for role in ORGANISATIONS:
        for usage in USAGES:
            ring.add_certificate(organisation_certificate(role, usage))
            ring.add_private(ORGANISATIONS[role], usage, training_key(ORGANISATIONS[role], usage))
    for usage in USAGES:
        ring.add_certificate(device_certificate(device.identity.eui, usage))
        ring.add_private(device.identity.eui, usage, training_key(device.identity.eui, usage))
    return ring
