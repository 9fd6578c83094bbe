"""The emulated supplier's desk: it prepares a visit, for training alone, as a supplier and the DCC would together.

The supplier signs what is critical, the access control broker puts its MAC on; both have the training cast's keys
(`hht.emulation.gbcs.pki`), which everybody knows. What comes out is a command pack of the training desk.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final

from hht.emulation.gbcs.pki import ORGANISATIONS, device_certificate, organisation_certificate, training_key
from hht.i18n import _
from hht.packs.envelope import close
from hht.packs.errors import PackError
from hht.packs.pack import Entry, Pack, PackDevice
from hht.packs.training_desk import training_desk_key
from hht.protocol.cosem.access import AccessGet, AccessItem, AccessRequest, AccessSet
from hht.protocol.cosem.descriptors import CosemAttribute
from hht.protocol.cosem.obis import Obis
from hht.protocol.cosem.values import NULL, Data, long_unsigned, octets
from hht.protocol.duis.values import RequestId
from hht.protocol.gbcs.building import Header, protect
from hht.protocol.gbcs.certificates import KeyUsage
from hht.protocol.gbcs.envelope import Cra, parse
from hht.protocol.gbcs.keys import KeyRing
from hht.protocol.gbcs.messages import Role
from hht.protocol.gbcs.payload import encode_payload, long_invoke_id

if TYPE_CHECKING:
    from hht.identifiers.device_id import DeviceId
    from hht.work.job import Job, JobMeter

GOOD_FOR: Final = timedelta(days=2)
_USAGES: Final = (KeyUsage.DIGITAL_SIGNATURE, KeyUsage.KEY_AGREEMENT)
_MPAN = CosemAttribute(1, Obis.parse("0-0:94.44.34.11"), 2)
_EXPORT_MPAN = CosemAttribute(1, Obis.parse("1-0:0.0.2.255"), 2)
_LIMIT = CosemAttribute(1, Obis.parse("0-0:94.44.0.1"), 2)
_SET_MPAN, _READ_MPAN, _SET_LIMIT = 0x004C, 0x004E, 0x004B  # ECS39a, ECS40, ECS38


def prepare(job: Job, now: datetime, first_counter: int) -> bytes:
    """The pack of a training job, in its envelope: what the walkthrough would write by the optical port, as commands.

    `first_counter`: the supplier's next originator counter; each command takes one. Raises PackError ``pack-training``
    for a job of live work.
    """
    if not job.training:
        raise PackError(
            _("The emulated desk prepares training alone; job {job} is live work.").format(job=job.reference),
            remedy=_("The supplier's own desk makes the pack of live work."),
            code="pack-training",
        )
    meter = job.meter
    entries = tuple(_entries(meter, first_counter))
    made = now.replace(microsecond=0)
    pack = Pack(
        f"{job.reference}/{first_counter}"[:40],
        1,
        job.reference,
        True,
        made,
        made + GOOD_FOR,
        job.supplier,
        "",
        (PackDevice(meter.device_id, "ESME", tuple(device_certificate(_octets(meter), usage) for usage in _USAGES)),),
        tuple(
            organisation_certificate(role, usage)
            for role in (Role.SUPPLIER, Role.ACCESS_CONTROL_BROKER)
            for usage in _USAGES
        ),
        entries,
    )
    return close(pack.payload(), training_desk_key())


def _octets(meter: JobMeter) -> bytes:
    return meter.device_id.to_bytes()


def _entries(meter: JobMeter, counter: int) -> Iterator[Entry]:
    """MPAN, limit, and a read that proves the MPAN."""
    ring = _ring(meter.device_id)
    told = octets(meter.mpan.core.encode("ascii"))
    steps: tuple[tuple[str, int, tuple[AccessItem, ...], tuple[Data, ...], tuple[str, ...]], ...] = (
        ("set-mpan", _SET_MPAN, (AccessSet(_MPAN),), (told,), ()),
        ("set-limit", _SET_LIMIT, (AccessSet(_LIMIT),), (long_unsigned(meter.randomised_offset_limit_s),), ()),
        ("read-mpan", _READ_MPAN, (AccessGet(_MPAN), AccessGet(_EXPORT_MPAN)), (NULL, NULL), ("set-mpan",)),
    )
    for number, (name, code, items, data, needs) in enumerate(steps, counter):
        payload = encode_payload(AccessRequest(long_invoke_id(number), items, data))
        header = Header(Cra.COMMAND, number, ORGANISATIONS[Role.SUPPLIER], _octets(meter), code)
        yield Entry(name, str(_request(meter.device_id, number)), parse(protect(header, payload, ring)), needs)


def _request(device: DeviceId, counter: int) -> RequestId:
    return RequestId(type(device)(ORGANISATIONS[Role.SUPPLIER].hex().upper()), device, counter)


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
