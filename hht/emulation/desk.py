"""The emulated supplier's desk prepares a visit without a WAN, for training alone: a command pack of the training desk.

It asks the emulated broker for each command in DUIS (command variants 2, 4 and 6) as a supplier asks the DCC; both have
the training cast's keys (`hht.emulation.gbcs.pki`), which everybody knows.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from itertools import count
from typing import TYPE_CHECKING, Final

from hht.emulation.broker import SUPPLIER, AccessControlBroker
from hht.emulation.desk_relay import finished_command
from hht.emulation.gbcs.pki import device_certificates, organisation_certificates
from hht.emulation.pack_order import USUAL, PackOrder, PackPart, Place, places
from hht.i18n import _
from hht.identifiers.device_id import DeviceId
from hht.identifiers.install_code import InstallCode
from hht.packs.envelope import close, countersign
from hht.packs.errors import PackError
from hht.packs.pack import Entry, Pack, PackDevice
from hht.packs.sealing import seal_install_code, terminal_key_name
from hht.packs.supply_limits import takes_away
from hht.packs.training_desk import second_training_key, training_desk_key, training_people
from hht.protocol.duis.values import RequestId
from hht.protocol.gbcs.device_types import DuisDeviceType
from hht.protocol.gbcs.envelope import parse

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PublicKey

    from hht.emulation.pack_order import Step
    from hht.work.job import Job

GOOD_FOR: Final = timedelta(days=2)
_NO_CODES: Final[Mapping[DeviceId, InstallCode]] = {}


def prepare(
    job: Job,
    now: datetime,
    first_counter: int,
    parts: tuple[PackPart, ...] = USUAL,
    *,
    edition: int = 1,
    codes: Mapping[DeviceId, InstallCode] = _NO_CODES,
    terminal: X25519PublicKey | None = None,
    release: bool = False,
) -> bytes:
    """The pack of a training job, in its envelope; `release`: what affects supply goes with the desk's codes alone.

    `first_counter`: the supplier's next originator counter; each command takes one. `codes`: the devices' install
    codes, sealed for the terminal with the key `terminal` where there is one. Raises PackError ``pack-training`` for a
    job of live work, and as `PackOrder.steps`.
    """
    if not job.training:
        raise PackError(
            _("The emulated desk prepares training alone; job {job} is live work.").format(job=job.reference),
            remedy=_("The supplier's own desk makes the pack of live work."),
            code="pack-training",
        )
    name, made = f"{job.reference}/{first_counter}"[:40], now.replace(microsecond=0)
    pack = Pack(
        name,
        edition,
        job.reference,
        True,
        made,
        made + GOOD_FOR,
        job.supplier,
        "" if terminal is None else terminal_key_name(terminal),
        tuple(_device(place, name, codes.get(place.device), terminal) for place in places(job)),
        organisation_certificates(),
        tuple(_entries(job, PackOrder(job, codes).steps(parts), made, first_counter)),
        tuple(one.public_key().public_bytes_raw() for one in training_people()) if release else (),
    )
    envelope = close(pack.payload(), training_desk_key())
    takes = any(takes_away(entry.message) for entry in pack.entries)
    return countersign(envelope, second_training_key()) if takes else envelope


def _device(place: Place, pack: str, code: InstallCode | None, terminal: X25519PublicKey | None) -> PackDevice:
    sealed = b"" if code is None or terminal is None else seal_install_code(code, terminal, pack, place.device)
    return PackDevice(place.device, str(place.type), device_certificates(place.device), sealed)


def _entries(job: Job, steps: tuple[Step, ...], made: datetime, first_counter: int) -> Iterator[Entry]:
    types = {place.device: place.type for place in places(job)}

    def type_of(device: DeviceId) -> DuisDeviceType:
        return types[device]

    broker = AccessControlBroker(type_of, lambda: made)
    for step, counter in zip(steps, count(first_counter), strict=False):
        name = RequestId(SUPPLIER, step.ask.device, counter)
        _document, command = finished_command(broker, step.ask, name, made, step.ask.details.get("install_code", ""))
        yield Entry(step.name, str(name), parse(command), step.needs, step.on_failure, step.note)
