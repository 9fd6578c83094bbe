"""The training desk's end of hub work: finished commands for what the terminal orders, and the centre's copy of logs.

Supplier and access control broker sign and MAC as they would (`hht.emulation.gbcs.pki`: keys that everybody knows).
What the centre knows of a hub's Device Log it has from the hub: answers of CCS07 and CS07 that were relayed.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

from hht.clock import iso_z
from hht.emulation import hub_commands
from hht.emulation.gbcs.pki import ORGANISATIONS, keys_for, organisation_certificates
from hht.emulation.hub_commands import Step
from hht.emulation.service_gas import read_attributes
from hht.i18n import _
from hht.identifiers.device_id import DeviceId
from hht.identifiers.install_code import InstallCode
from hht.protocol.cosem.access import AccessResponse
from hht.protocol.cosem.values import (
    Data,
)
from hht.protocol.gbcs.building import Header, protect
from hht.protocol.gbcs.device_types import DeviceLogType, GbcsDeviceType
from hht.protocol.gbcs.envelope import Cra, Envelope
from hht.protocol.gbcs.gbz import Gbz
from hht.protocol.gbcs.keys import KeyRing
from hht.protocol.gbcs.messages import Role, use_case
from hht.protocol.gbcs.payload import Payload, encode_payload, parse_payload
from hht.work import hub_orders
from hht.work.hub_facts import HubFactsError, fingerprint, log_copy, partners
from hht.work.hub_orders import HubOrder, OrderError
from hht.work.hub_ways import CopyStatement


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
        for certificate in organisation_certificates():
            ring.add_certificate(certificate)
        return ring

    async def command(self, order: HubOrder) -> bytes:
        """The finished command. Raises OrderError where the desk knows too little for it."""
        found = use_case(order.code)
        assert found is not None
        of_hub = order.code == hub_orders.READ_FIRMWARE and order.details["at"] == GbcsDeviceType.CHF.name
        supplier = Role.SUPPLIER in found.roles and not of_hub  # a hub has none
        role = Role.SUPPLIER if supplier else Role.ACCESS_CONTROL_BROKER
        counter = self._counter()
        header = Header(Cra.COMMAND, counter, ORGANISATIONS[role], order.target.to_bytes(), order.code)
        return protect(header, encode_payload(self._payload(order, counter)), keys_for(order.target))

    def _counter(self) -> int:
        """Above all before it: the time, in milliseconds."""
        self._last = max(self._last + 1, int(self._now().timestamp() * 1000))
        return self._last

    async def returned(self, order: HubOrder, response: Envelope) -> None:
        """An answer was relayed: the centre learns from it. Of a device that refused it learns nothing."""
        with contextlib.suppress(HubFactsError):
            if order.code == hub_orders.READ_LOGS:
                self.centre[order.target] = _record_of(response)
            elif order.code == hub_orders.READ_PARTNERS:
                known = [(one.device.to_bytes(), int(one.kind)) for one in partners(response)]
                for record in self.centre.values():
                    if record.pan == order.target.to_bytes():
                        record.partners = known

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

    # --- payloads

    def _payload(self, order: HubOrder, counter: int) -> Payload:
        if order.code in _GBZ_READS:
            return Gbz((read_attributes(*_GBZ_READS[order.code]),))
        steps = self._steps(order)
        return _asn1(order, self._gas_partners(order)) if steps is None else hub_commands.access(counter, steps)

    def _steps(self, order: HubOrder) -> list[Step] | None:
        if order.code in _DLMS_READS:
            return _DLMS_READS[order.code]
        if order.code == hub_orders.ADD:
            return self._adding(order)
        if order.code == hub_orders.REMOVE:
            return hub_commands.removed(_about(order))
        if order.code == hub_orders.RESTORE:
            record = self._record(_about(order))
            return hub_commands.restored(record.pan, record.rows)
        return None

    def _adding(self, order: HubOrder) -> list[Step]:
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
        return hub_commands.listed(device, bytes.fromhex(code.reveal()), kind, order.details["join_s"])

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


def _record_of(response: Envelope) -> CentreRecord:
    """The logs with the hashes of keys (CCS07), which the centre alone keeps. Raises HubFactsError."""
    copy, payload = log_copy(response), parse_payload(response)
    assert isinstance(payload, AccessResponse)
    assert isinstance(payload.data[0], Data)  # it has just been read
    rows = [row.as_items(2) for row in payload.data[0].as_items(3)[2].as_items()]
    listed = [(device.as_bytes(), key.as_bytes()) for device, key in rows]
    return CentreRecord(copy.taken, copy.pan.to_bytes(), listed)


def _asn1(order: HubOrder, gas_partners: list[tuple[bytes, int]]) -> Payload:
    if order.code in (hub_orders.READ_PARTNERS, hub_orders.READ_OWN_FIRMWARE):
        return hub_commands.nothing_given(order.code)
    if order.code == hub_orders.RESTORE_GPF:
        return hub_commands.partners_restored(gas_partners)
    if "method" not in order.details:
        return hub_commands.unjoined(order.code, _about(order))
    method, certificate = order.details["method"], bool(order.details["certificate"])
    kind = GbcsDeviceType[order.details["other_type"]]
    return hub_commands.joined(order.code, method, _about(order), kind, certificate=certificate)


def _about(order: HubOrder) -> DeviceId:
    assert order.about is not None
    return order.about


_DLMS_READS: Final[dict[int, list[Step]]] = {
    hub_orders.READ_LOG: hub_commands.log_read(),
    hub_orders.READ_LOGS: hub_commands.logs_copied(),
    hub_orders.READ_HUB_EVENTS: hub_commands.log_rows(secure=False),
    hub_orders.READ_SECURITY_LOG: hub_commands.log_rows(secure=True),
    hub_orders.READ_HUB_SECURITY: hub_commands.log_rows(secure=True),
    hub_orders.READ_MODE: [hub_commands.read(111, "0-0:19.0.0", 2)],
    hub_orders.READ_BALANCE: [hub_commands.read(112, "0-0:19.10.0", 2)],
    hub_orders.READ_SUPPLY: [hub_commands.read(70, "0-0:96.3.10", 3)],
    hub_orders.READ_FIRMWARE: [hub_commands.read(1, "0-0:0.2.1.255", 2)],
}
_GBZ_READS: Final = {
    hub_orders.READ_GAS_MODE: (0x0705, 0x0000),
    hub_orders.READ_VALVE: (0x0702, 0x0014),
    hub_orders.READ_GAS_FIRMWARE: (0x0702, 0x0206),
    hub_orders.READ_MPRN: (0x0702, 0x0307),
}
