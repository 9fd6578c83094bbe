"""What a communications hub is asked: its Device Log, its identity, restoring logs (GBCS use cases CCS…, GCS59).

Of a Device Log to be restored the message says no kinds of devices and not whose it was: the hub takes the kind of whom
it hears near by, and the old hub's Extended PAN ID for its Gas Proxy Function's identifier, which it is (factbook 0).
"""

from __future__ import annotations

from typing import Final

from hht.emulation.gbcs.joins import KINDS
from hht.emulation.gbcs.outgoing import backed_up
from hht.emulation.gbcs.translation import (
    Asked,
    Translation,
    a_number,
    asn1_answer,
    asn1_of,
    by_access,
    entries_of,
    read_items,
    silent,
    some_octets,
    told,
    value,
    written,
)
from hht.i18n import _
from hht.identifiers import InstallCode
from hht.model.communications_hub import CommunicationsHub
from hht.model.communications_hub.backup import BackedUpDevice, LogBackup, RestoreDeviceLog, RestoreGpfLog
from hht.model.communications_hub.commands import (
    AddResult,
    AddToDeviceLog,
    DeviceLogs,
    LogRow,
    ReadDeviceLog,
    ReadDeviceLogs,
    RemoveFromDeviceLog,
)
from hht.model.device import DeviceKind
from hht.model.features.device_type import DeviceType, ReadHubType
from hht.model.han.joins import JoinResult
from hht.model.site import to_datetime
from hht.protocol.cosem import data as cosem
from hht.protocol.cosem.access import AccessResponse
from hht.protocol.cosem.data import Data
from hht.protocol.cosem.datetime import NEVER as NEVER_HEARD
from hht.protocol.cosem.datetime import encode_datetime
from hht.protocol.cosem.values import NULL
from hht.protocol.gbcs import der
from hht.protocol.gbcs.device_types import DeviceLogType, GbcsDeviceType
from hht.protocol.gbcs.errors import MalformedPayload
from hht.protocol.gbcs.payload import Asn1

_LOG: Final = "0-0:30.3.0.255"
_ADD, _REMOVE, _RESTORE = 1, 2, 5  # methods
_JOINING, _TIMEOUT, _ACTIVE = 2, 3, 4  # attributes
_INSTALL_CODE: Final = 1  # the kind of key
_LISTED: Final = {
    DeviceLogType.ESME: DeviceKind.ESME,
    DeviceLogType.GSME: DeviceKind.GSME,
    DeviceLogType.HCALCS: DeviceKind.HCALCS,
    DeviceLogType.IHD: DeviceKind.IHD,
    DeviceLogType.CAD: DeviceKind.CAD,
    DeviceLogType.PPMID: DeviceKind.PPMID,
}
_NO_KEY: Final = bytes(16)  # in place of the hash of the link key, for a device that never joined
_MOST: Final = 0xFF


def _dashed(identifier: bytes) -> str:
    return identifier.hex("-").upper()


def _eui(device_id: str) -> bytes:
    return bytes.fromhex(device_id.replace("-", ""))


# --- the Device Log


def _add(asked: Asked) -> AddToDeviceLog:
    """CCS01: the device, for how many seconds devices may join, and that they may."""
    device, key_kind, key, number = entries_of(written(asked, _LOG, _ADD), 4)
    if key_kind != _INSTALL_CODE or written(asked, _LOG, _JOINING) is not True:
        raise MalformedPayload(_("A device is listed with its install code, and let join."))
    try:
        kind = _LISTED[DeviceLogType(number)]
    except ValueError:
        raise MalformedPayload(_("The Device Log knows no such kind of device.")) from None
    code = InstallCode(some_octets(key, 16).hex().upper())
    return AddToDeviceLog(_dashed(some_octets(device, 8)), kind, code, a_number(written(asked, _LOG, _TIMEOUT)))


def _added(asked: Asked, found: AddResult) -> AccessResponse:
    """Each of the three operations, done or not."""
    done = (found.registered, found.timeout_set, found.joining_enabled)
    return told(asked, [NULL] * len(done), failed=frozenset(at for at, good in enumerate(done) if not good))


def _remove(asked: Asked) -> RemoveFromDeviceLog:
    return RemoveFromDeviceLog(_dashed(some_octets(value(asked, 0), 8)))


def _rows(asked: Asked, found: tuple[LogRow, ...]) -> AccessResponse:
    return read_items(asked, {(_LOG, _ACTIVE): cosem.array([_row(row) for row in found])})


def _row(row: LogRow) -> Data:
    """What a ZigBee network control object says of an active device. Status: authorised, and heard of. How many hops
    away it is, and which versions it runs, the hub does not count."""
    heard = cosem.octets(encode_datetime(to_datetime(row.last_ms)) if row.heard else NEVER_HEARD)
    status = cosem.bit_string(f"{row.joined:d}{bool(row.heard):d}000000")
    rssi = [cosem.integer(max(-128, min(127, dbm))) for dbm in reversed(row.rssi_dbm)]
    lqi = [cosem.unsigned(quality) for quality in reversed(row.lqi)]
    counts = [cosem.unsigned(min(number, _MOST)) for number in (row.failed, row.heard)]
    return cosem.structure(
        cosem.octets(_eui(row.device_id)),
        status,
        *rssi,
        *lqi,
        heard,
        cosem.unsigned(0),
        *counts,
        cosem.unsigned(0),
        cosem.unsigned(0),
    )


def _logs(asked: Asked, found: DeviceLogs) -> AccessResponse:
    """The log and the historic log, each as a backup of the network: the hub's own, with hashes of its keys."""
    backup = _hub(asked).backups.log()
    listed = {row.device_id for row in found.listed}
    now = [one for one in backup.devices if one.device_id in listed]
    return told(asked, [backed_up(backup, now), backed_up(backup, backup.historic)])


def _hub(asked: Asked) -> CommunicationsHub:
    assert isinstance(asked.device, CommunicationsHub)
    return asked.device


# --- restoring


def _restore(asked: Asked) -> RestoreDeviceLog:
    hub = _hub(asked)
    pan, devices = entries_of(written(asked, _LOG, _RESTORE), 2)
    pan_id, nearby = _dashed(some_octets(pan, 8)), hub.network.nearby
    restored = []
    for row in entries_of(devices, 0):
        identifier, key = entries_of(row, 2)
        device_id = _dashed(some_octets(identifier, 8))
        kind = nearby[device_id].device.kind if device_id in nearby else DeviceKind.OTHER
        known = some_octets(key, 16)
        restored.append(BackedUpDevice(device_id, kind, "" if known == _NO_KEY else known.hex().upper()))
    mine = pan_id == hub.gpf.identity.device_id
    chf_id = hub.identity.device_id if mine else ""
    return RestoreDeviceLog(LogBackup(chf_id, pan_id, pan_id, hub.site.agenda.now_ms, tuple(restored), (), ()))


def _restore_partners(asked: Asked) -> RestoreGpfLog:
    network = asked.device.node.network if asked.device.node is not None else None
    pan_id = network.pan_id if network is not None else ""
    nearby = network.nearby if network is not None else {}
    partners = []
    for entry in asn1_of(asked).value["deviceLogEntries"]:
        device_id = _dashed(entry["deviceIdentifier"])
        try:
            kind = KINDS[GbcsDeviceType(entry["deviceType"])]
        except ValueError:
            raise MalformedPayload(_("Joins know no such kind of device.")) from None
        partners.append((device_id, nearby[device_id].device.kind if device_id in nearby else kind))
    taken_ms = asked.device.site.agenda.now_ms
    return RestoreGpfLog(LogBackup("", pan_id, pan_id, taken_ms, (), (), tuple(partners)))


def _outcomes(asked: Asked, _done: object) -> Asn1:
    """Whom the Gas Proxy Function knows now. The gas meter is not among them: it is joined anew."""
    known = asked.device.node.partners if asked.device.node is not None else {}
    outcomes = [
        {
            "deviceLogEntry": entry,
            "joinResponseCode": int(
                JoinResult.SUCCESS if _dashed(entry["deviceIdentifier"]) in known else JoinResult.NO_PARTNER_LINK_KEY
            ),
        }
        for entry in asn1_of(asked).value["deviceLogEntries"]
    ]
    return asn1_answer(asked, der.SEQUENCE, {"restoreOutcomes": outcomes})


# --- identity


def _identity(asked: Asked, found: DeviceType) -> AccessResponse:
    return read_items(
        asked,
        {
            ("0-0:96.1.4.255", 2): cosem.octets(found.model.encode("ascii", "replace")),
            ("0-0:96.1.6.255", 2): cosem.octets(found.manufacturer.encode("ascii", "replace")),
        },
    )


TABLE: Final[dict[int, Translation]] = {
    0x0001: by_access(_add, _added),
    0x0002: by_access(_remove),
    0x0003: by_access(_restore),
    0x010F: by_access(lambda _asked: ReadDeviceLog(), _rows),
    0x00FE: by_access(lambda _asked: ReadDeviceLogs(), _logs),
    0x00FA: by_access(lambda _asked: ReadHubType(), _identity),
    0x008C: Translation(_restore_partners, _outcomes, silent),
}
