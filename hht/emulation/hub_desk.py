"""The training desk's end of hub work: finished commands for what the terminal orders, and the centre's copy of logs.

Supplier and access control broker sign and MAC as they would (`hht.emulation.gbcs.pki`: keys that everybody knows).
What the centre knows of a hub's Device Log it has from the hub: answers of CCS07 and CS07 that were relayed.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

from hht.clock import iso_z
from hht.emulation.gbcs.pki import ORGANISATIONS, device_certificate, organisation_certificate
from hht.i18n import _
from hht.identifiers.device_id import DeviceId
from hht.identifiers.install_code import InstallCode
from hht.protocol.cosem.access import AccessAction, AccessGet, AccessItem, AccessRequest, AccessResponse, AccessSet
from hht.protocol.cosem.datetime import decode_datetime
from hht.protocol.cosem.descriptors import CosemAttribute, CosemMethod, SelectiveAccess
from hht.protocol.cosem.obis import Obis
from hht.protocol.cosem.values import (
    NULL,
    Data,
    array,
    boolean,
    double_long_unsigned,
    enumerated,
    integer,
    long_unsigned,
    octets,
    structure,
)
from hht.protocol.gbcs import der
from hht.protocol.gbcs.building import Header, protect
from hht.protocol.gbcs.certificates import KeyUsage
from hht.protocol.gbcs.device_types import DeviceLogType, GbcsDeviceType
from hht.protocol.gbcs.envelope import Cra, Envelope
from hht.protocol.gbcs.gbz import Component, Gbz
from hht.protocol.gbcs.keys import KeyRing
from hht.protocol.gbcs.messages import Role, use_case
from hht.protocol.gbcs.payload import Payload, asn1_payload, encode_payload, long_invoke_id, parse_payload
from hht.protocol.gbcs.training_trust import training_key
from hht.work import hub_orders
from hht.work.hub_facts import fingerprint, partners
from hht.work.hub_orders import HubOrder, OrderError
from hht.work.hub_ways import CopyStatement

_USAGES: Final = (KeyUsage.DIGITAL_SIGNATURE, KeyUsage.KEY_AGREEMENT)
_LOG, _HISTORIC = "0-0:30.3.0", "0-0:30.3.1"
_FOR_EVER: Final = 0xFFFF_FFFF
_READ_ATTRIBUTES: Final = 0x00


@dataclass(slots=True)
class CentreRecord:
    """What the centre knows of one hub: when its log was copied, the network, and the rows (device, hash of its key).
    `partners`: of its Gas Proxy Function, as (device, kind)."""

    taken: datetime
    pan: bytes
    rows: list[tuple[bytes, bytes]]
    partners: list[tuple[bytes, int]] = field(default_factory=list)


class TrainingHubDesk:
    """See the module (`hht.work.hub_ways.HubDesk`). `codes`: install codes of devices that it was told of."""

    def __init__(self, now: Callable[[], datetime], codes: Mapping[DeviceId, InstallCode] | None = None) -> None:
        self._now = now
        self._codes = dict(codes or {})
        self.centre: dict[DeviceId, CentreRecord] = {}
        self._last = 0

    @property
    def keys(self) -> KeyRing:
        """The public keys that a terminal would be given: of the organisations."""
        ring = KeyRing()
        for role in (Role.SUPPLIER, Role.ACCESS_CONTROL_BROKER):
            for usage in _USAGES:
                ring.add_certificate(organisation_certificate(role, usage))
        return ring

    async def command(self, order: HubOrder) -> bytes:
        """The finished command. Raises OrderError where the desk knows too little for it."""
        found = use_case(order.code)
        assert found is not None
        supplier = Role.SUPPLIER in found.roles
        role = Role.SUPPLIER if supplier else Role.ACCESS_CONTROL_BROKER
        counter = self._counter()
        header = Header(Cra.COMMAND, counter, ORGANISATIONS[role], order.target.to_bytes(), order.code)
        return protect(header, encode_payload(self._payload(order, counter)), _ring(order.target))

    def _counter(self) -> int:
        """Above all before it: the time, in milliseconds."""
        self._last = max(self._last + 1, int(self._now().timestamp() * 1000))
        return self._last

    async def returned(self, order: HubOrder, response: Envelope) -> None:
        """An answer was relayed: the centre learns from it."""
        if order.code == hub_orders.READ_LOGS:
            payload = parse_payload(response)
            assert isinstance(payload, AccessResponse)
            assert isinstance(payload.data[0], Data)
            taken, pan, rows = payload.data[0].as_items(3)
            moment = decode_datetime(taken.as_bytes()).time
            assert moment is not None
            listed = [(one.as_items(2)[0].as_bytes(), one.as_items(2)[1].as_bytes()) for one in rows.as_items()]
            self.centre[order.target] = CentreRecord(moment, pan.as_bytes(), listed)
        elif order.code == hub_orders.READ_PARTNERS:
            for record in self.centre.values():
                if record.pan == order.target.to_bytes():
                    record.partners = [(one.device.to_bytes(), int(one.kind)) for one in partners(response)]

    async def copy_of(self, hub: DeviceId) -> CopyStatement | None:
        """What the centre holds of a hub's Device Log; None: nothing."""
        record = self.centre.get(hub)
        if record is None:
            return None
        return CopyStatement(
            hub,
            record.taken,
            fingerprint(record.pan, list(record.rows)),
            tuple(DeviceId(one.hex().upper()) for one, _key in record.rows),
            f"TRAINING-{self._counter()}",
        )

    # --- its memory

    def memory(self) -> dict[str, Any]:
        """What it knows of hubs, in plain JSON: an emulated desk lives as long as one command, its centre longer."""
        return {
            str(hub): {
                "taken": iso_z(one.taken),
                "pan": one.pan.hex(),
                "rows": [[device.hex(), key.hex()] for device, key in one.rows],
                "partners": [[device.hex(), kind] for device, kind in one.partners],
            }
            for hub, one in self.centre.items()
        }

    def remember(self, memory: Mapping[str, Any]) -> None:
        """What `memory` gave."""
        for hub, one in memory.items():
            self.centre[DeviceId.parse(hub)] = CentreRecord(
                datetime.fromisoformat(one["taken"]),
                bytes.fromhex(one["pan"]),
                [(bytes.fromhex(device), bytes.fromhex(key)) for device, key in one["rows"]],
                [(bytes.fromhex(device), int(kind)) for device, kind in one["partners"]],
            )

    def learn(self, device: DeviceId, code: InstallCode) -> None:
        """The install code of a device was read to it."""
        self._codes[device] = code

    # --- payloads

    def _payload(self, order: HubOrder, counter: int) -> Payload:
        if order.code in _GBZ_READS:
            return Gbz(
                tuple(Component(cluster, 0, 0, _READ_ATTRIBUTES, told) for cluster, told in _GBZ_READS[order.code])
            )
        items = self._items(order)
        if items is not None:
            asked = tuple(item for item, _data in items)
            return AccessRequest(long_invoke_id(counter), asked, tuple(data for _item, data in items))
        return _asn1(order, self._gas_partners(order))

    def _items(self, order: HubOrder) -> list[tuple[AccessItem, Data]] | None:
        if order.code in _DLMS_READS:
            return _DLMS_READS[order.code]
        if order.code == hub_orders.ADD:
            return self._adding(order)
        if order.code == hub_orders.REMOVE:
            return [_act(_LOG, 2, octets(_about(order).to_bytes()))]
        if order.code == hub_orders.RESTORE:
            record = self._record(_about(order))
            rows = array([structure(octets(device), octets(key)) for device, key in record.rows])
            return [_act(_LOG, 5, structure(octets(record.pan), rows))]
        return None

    def _adding(self, order: HubOrder) -> list[tuple[AccessItem, Data]]:
        device, kind = _about(order), DeviceLogType[order.details["type"]]
        code = self._codes.get(device)
        if code is None:
            raise OrderError(
                _("The desk has no install code of {device}.").format(device=device),
                remedy=_(
                    "Read it from the device's label to the desk (hht han add … --device-code-file F), then ask again."
                ),
                code="hub-no-install-code",
            )
        entry = structure(
            octets(device.to_bytes()), enumerated(1), octets(bytes.fromhex(code.reveal())), enumerated(kind)
        )
        return [
            _act(_LOG, 1, entry),
            _set(_LOG, 3, long_unsigned(order.details["join_s"])),
            _set(_LOG, 2, boolean(True)),
        ]

    def _record(self, hub: DeviceId) -> CentreRecord:
        record = self.centre.get(hub)
        if record is None:
            raise OrderError(
                _("The centre has no copy of the Device Log of {hub}.").format(hub=hub),
                remedy=_("Nothing was sent. Read the log of the old hub while it runs, or list its devices anew."),
                code="hub-no-copy",
            )
        return record

    def _gas_partners(self, order: HubOrder) -> list[tuple[bytes, int]]:
        if order.code != hub_orders.RESTORE_GPF:
            return []
        pan = _about(order).to_bytes()
        return next((record.partners for record in self.centre.values() if record.pan == pan), [])


def _asn1(order: HubOrder, gas_partners: list[tuple[bytes, int]]) -> Payload:
    if order.code == hub_orders.READ_PARTNERS:
        return asn1_payload(order.code, Cra.COMMAND, der.NULL, None)
    if order.code == hub_orders.RESTORE_GPF:
        entries = [{"deviceIdentifier": device, "deviceType": kind} for device, kind in gas_partners]
        return asn1_payload(order.code, Cra.COMMAND, der.SEQUENCE, {"deviceLogEntries": entries})
    partner = _about(order).to_bytes()
    if "method" not in order.details:
        return asn1_payload(order.code, Cra.COMMAND, der.OCTET_STRING, partner)
    told: dict[str, Any] = {
        "joinMethodAndRole": order.details["method"],
        "otherDeviceEntityIdentifier": partner,
        "otherDeviceType": int(GbcsDeviceType[order.details["other_type"]]),
    }
    if order.details["certificate"]:
        told["otherDeviceCertificate"] = device_certificate(partner, KeyUsage.KEY_AGREEMENT).der
    return asn1_payload(order.code, Cra.COMMAND, der.SEQUENCE, told)


def _about(order: HubOrder) -> DeviceId:
    assert order.about is not None
    return order.about


def _ring(device: DeviceId) -> KeyRing:
    """The keys of supplier and broker, and the device's public ones."""
    ring = KeyRing()
    for role in (Role.SUPPLIER, Role.ACCESS_CONTROL_BROKER):
        for usage in _USAGES:
            ring.add_certificate(organisation_certificate(role, usage))
            ring.add_private(ORGANISATIONS[role], usage, training_key(ORGANISATIONS[role], usage))
    for usage in _USAGES:
        ring.add_certificate(device_certificate(device.to_bytes(), usage))
    return ring


def _get(class_id: int, obis: str, attribute: int, access: SelectiveAccess | None = None) -> tuple[AccessItem, Data]:
    return AccessGet(CosemAttribute(class_id, Obis.parse(obis), attribute), access), NULL


def _set(obis: str, attribute: int, data: Data) -> tuple[AccessItem, Data]:
    return AccessSet(CosemAttribute(104, Obis.parse(obis), attribute)), data


def _act(obis: str, method: int, data: Data = NULL) -> tuple[AccessItem, Data]:
    return AccessAction(CosemMethod(104, Obis.parse(obis), method)), data


def _all_of_it() -> SelectiveAccess:
    """A log from its beginning to its end."""
    column = structure(long_unsigned(1), octets(bytes(Obis.parse("0-0:94.44.100"))), integer(2), long_unsigned(0))
    since_until = double_long_unsigned(0), double_long_unsigned(_FOR_EVER)
    return SelectiveAccess(1, structure(column, *since_until, array(())))


_DLMS_READS: Final[dict[int, list[tuple[AccessItem, Data]]]] = {
    hub_orders.READ_LOG: [_get(104, _LOG, 4)],
    hub_orders.READ_LOGS: [_act(_LOG, 4), _act(_HISTORIC, 4)],
    hub_orders.READ_HUB_EVENTS: [_get(7, "0-0:99.98.0", 2, _all_of_it())],
    hub_orders.READ_SECURITY_LOG: [_get(7, "0-0:99.98.1", 2, _all_of_it())],
    hub_orders.READ_MODE: [_get(111, "0-0:19.0.0", 2)],
    hub_orders.READ_BALANCE: [_get(112, "0-0:19.10.0", 2)],
    hub_orders.READ_SUPPLY: [_get(70, "0-0:96.3.10", 3)],
}
_GBZ_READS: Final[dict[int, tuple[tuple[int, bytes], ...]]] = {
    hub_orders.READ_GAS_MODE: ((0x0705, bytes.fromhex("0000")),),
    hub_orders.READ_VALVE: ((0x0702, bytes.fromhex("1400")),),
}
