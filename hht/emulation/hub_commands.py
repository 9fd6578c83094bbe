"""Payloads of commands for the hub's Device Log, joins and logs, as broker and training desk both make them.

Class 104 and its methods as in gbcs.md 1.3 and 1.5; joins and what a Gas Proxy Function gets back are ASN.1 (gbcs.md
1.5).
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Final

from hht.emulation.gbcs.pki import device_certificate
from hht.identifiers.device_id import DeviceId
from hht.protocol.cosem.access import AccessAction, AccessGet, AccessItem, AccessRequest, AccessSet
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
from hht.protocol.gbcs.certificates import KeyUsage
from hht.protocol.gbcs.device_types import DeviceLogType, GbcsDeviceType
from hht.protocol.gbcs.envelope import Cra
from hht.protocol.gbcs.payload import Payload, asn1_payload, long_invoke_id

Step = tuple[AccessItem, Data]  # what is asked of an object, and what is given with it

RESTORE_PARTNERS: Final = 0x008C  # GCS59
READ_PARTNERS: Final = 0x0013  # CS07
FOR_EVER: Final = 0xFFFF_FFFF  # seconds since 2000
_LOG: Final = (104, "0-0:30.3.0.255")
_HISTORIC: Final = (104, "0-0:30.3.1.255")


def read(class_id: int, obis: str, number: int, chosen: SelectiveAccess | None = None) -> Step:
    """Read an attribute, or the rows of it that are `chosen`."""
    return AccessGet(CosemAttribute(class_id, Obis.parse(obis), number), chosen), NULL


def write(class_id: int, obis: str, number: int, data: Data) -> Step:
    """Write an attribute."""
    return AccessSet(CosemAttribute(class_id, Obis.parse(obis), number)), data


def act(class_id: int, obis: str, number: int, data: Data = NULL) -> Step:
    """Call a method."""
    return AccessAction(CosemMethod(class_id, Obis.parse(obis), number)), data


def access(counter: int, steps: Iterable[Step]) -> AccessRequest:
    """One request of those steps (at least one); `counter` is the command's originator counter."""
    items, data = zip(*steps, strict=True)
    return AccessRequest(long_invoke_id(counter), items, data)


# --- the Device Log of a hub


def listed(device: DeviceId, code: bytes, kind: DeviceLogType, join_s: int) -> list[Step]:
    """CCS01: list a device with its install code (16 octets), and let it join for `join_s` seconds."""
    entry = structure(octets(device.to_bytes()), enumerated(1), octets(code), enumerated(int(kind)))
    return [act(*_LOG, 1, entry), write(*_LOG, 3, long_unsigned(join_s)), write(*_LOG, 2, boolean(True))]


def removed(device: DeviceId) -> list[Step]:
    """CCS02."""
    return [act(*_LOG, 2, octets(device.to_bytes()))]


def restored(pan: bytes, rows: Iterable[tuple[bytes, bytes]]) -> list[Step]:
    """CCS03: the Extended PAN ID of the old hub, and its devices with the hashes of their keys."""
    listing = array([structure(octets(device), octets(key)) for device, key in rows])
    return [act(*_LOG, 5, structure(octets(pan), listing))]


def log_read() -> list[Step]:
    """CCS06."""
    return [read(*_LOG, 4)]


def logs_copied() -> list[Step]:
    """CCS07: the log and the historic one, with the hashes of keys."""
    return [act(*_LOG, 4), act(*_HISTORIC, 4)]


def rows_between(since: int, until: int) -> SelectiveAccess:
    """The rows of an Event or Security Log between two times, in seconds since 2000."""
    column = structure(long_unsigned(1), octets(bytes(Obis.parse("0-0:94.44.100.255"))), integer(2), long_unsigned(0))
    return SelectiveAccess(1, structure(column, double_long_unsigned(since), double_long_unsigned(until), array(())))


def log_rows(*, secure: bool, since: int = 0, until: int = FOR_EVER) -> list[Step]:
    """The Event Log, or the Security Log (`secure`), between two times, in seconds since 2000."""
    return [read(7, "0-0:99.98.1.255" if secure else "0-0:99.98.0.255", 2, rows_between(since, until))]


# --- joins


def joined(code: int, method: int, other: DeviceId, other_type: GbcsDeviceType | int, *, certificate: bool) -> Payload:
    """CS03A, CS03B, CS03C: join `other`; `certificate`: with that of its key agreement key."""
    told: dict[str, Any] = {
        "joinMethodAndRole": method,
        "otherDeviceEntityIdentifier": other.to_bytes(),
        "otherDeviceType": int(other_type),
    }
    if certificate:
        told["otherDeviceCertificate"] = device_certificate(other.to_bytes(), KeyUsage.KEY_AGREEMENT).der
    return asn1_payload(code, Cra.COMMAND, der.SEQUENCE, told)


def unjoined(code: int, other: DeviceId) -> Payload:
    """CS04: forget `other`."""
    return asn1_payload(code, Cra.COMMAND, der.OCTET_STRING, other.to_bytes())


def nothing_given(code: int) -> Payload:
    """CS07 (whom a device is joined to), CS08 (a display's or switch's firmware): reads that say nothing else."""
    return asn1_payload(code, Cra.COMMAND, der.NULL, None)


def partners_read() -> Payload:
    """CS07: whom a device is joined to."""
    return nothing_given(READ_PARTNERS)


def partners_restored(partners: Iterable[tuple[bytes, int]]) -> Payload:
    """GCS59: whom the Gas Proxy Function of the old hub knew, as (device, type)."""
    entries = [{"deviceIdentifier": device, "deviceType": kind} for device, kind in partners]
    return asn1_payload(RESTORE_PARTNERS, Cra.COMMAND, der.SEQUENCE, {"deviceLogEntries": entries})
