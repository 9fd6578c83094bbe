"""Packs delivered over the emulated radio: a store, the service, a dongle at a living premises, virtual time."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Coroutine
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, cast

from hht.client.radio.dongle import Dongle
from hht.clock import ManualClock
from hht.emulation.gbcs.ends import GbcsEnds
from hht.emulation.gbcs.pki import ORGANISATIONS, device_certificate, organisation_certificate
from hht.identifiers import DeviceId
from hht.link import TraceSink
from hht.model.device import Device
from hht.model.electricity_meter import ElectricityMeter
from hht.packs import envelope
from hht.packs.pack import Entry, OnFailure, Pack, PackDevice
from hht.packs.training_desk import training_desk_key
from hht.protocol.cosem.access import AccessAction, AccessGet, AccessItem, AccessRequest, AccessSet
from hht.protocol.cosem.data import Data
from hht.protocol.cosem.datetime import encode_datetime
from hht.protocol.cosem.descriptors import CosemAttribute, CosemMethod
from hht.protocol.cosem.obis import Obis
from hht.protocol.cosem.values import NULL, integer, long_unsigned, octets, structure
from hht.protocol.gbcs.building import Header, protect
from hht.protocol.gbcs.certificates import KeyUsage
from hht.protocol.gbcs.envelope import Cra, Envelope, parse
from hht.protocol.gbcs.keys import KeyRing
from hht.protocol.gbcs.messages import Role
from hht.protocol.gbcs.payload import encode_payload, long_invoke_id
from hht.protocol.gbcs.training_trust import training_key
from hht.store.store import Store
from tests.packs.making import request
from tests.support.radio import CODE, ESME, GSME, Bench, play
from ui.compose import Composer
from ui.packs import HanWay, PackEvent, Packs

MPAN = CosemAttribute(1, Obis.parse("0-0:94.44.34.11"), 2)
SET_MPAN, READ_MPAN, READ_MPRN, SET_CLOCK, SET_LIMIT = 0x004C, 0x004E, 0x0089, 0x0062, 0x004B
FIRST, SECOND = "1200023305967", "2000000000015"
_USAGES = (KeyUsage.DIGITAL_SIGNATURE, KeyUsage.KEY_AGREEMENT)


def command(code: int, counter: int, payload: Callable[[int], bytes], device: DeviceId = ESME) -> Envelope:
    """A supplier's command under the keys of the training cast."""
    ring = KeyRing()
    for role in (Role.SUPPLIER, Role.ACCESS_CONTROL_BROKER):
        for usage in _USAGES:
            ring.add_certificate(organisation_certificate(role, usage))
            ring.add_private(ORGANISATIONS[role], usage, training_key(ORGANISATIONS[role], usage))
    for usage in _USAGES:
        ring.add_certificate(device_certificate(device.to_bytes(), usage))
    header = Header(Cra.COMMAND, counter, ORGANISATIONS[Role.SUPPLIER], device.to_bytes(), code)
    return parse(protect(header, payload(counter), ring))


def _access(*pairs: tuple[AccessItem, Data]) -> Callable[[int], bytes]:
    items, data = zip(*pairs, strict=True)
    return lambda counter: encode_payload(AccessRequest(long_invoke_id(counter), items, data))


def set_mpan(counter: int, mpan: str = SECOND) -> Envelope:
    """ECS39a."""
    return command(SET_MPAN, counter, _access((AccessSet(MPAN), octets(mpan.encode()))))


def set_limit(counter: int, seconds: int = 600) -> Envelope:
    """ECS38, which is critical."""
    limit = CosemAttribute(1, Obis.parse("0-0:94.44.0.1"), 2)
    return command(SET_LIMIT, counter, _access((AccessSet(limit), long_unsigned(seconds))))


def read_mpan(counter: int) -> Envelope:
    """ECS40."""
    export = CosemAttribute(1, Obis.parse("1-0:0.0.2.255"), 2)
    return command(READ_MPAN, counter, _access((AccessGet(MPAN), NULL), (AccessGet(export), NULL)))


def set_clock(counter: int, start: datetime, end: datetime) -> Envelope:
    """ECS70: the meter takes the hub's time if it lies from `start` to `end`."""
    clock = Obis.parse("0-0:1.0.0.255")
    never, first, last = (
        octets(moment) for moment in (bytes.fromhex("FF" * 9 + "8000FF"), encode_datetime(start), encode_datetime(end))
    )
    pairs = (
        (AccessAction(CosemMethod(8, clock, 5)), structure(never, first, last)),
        (AccessAction(CosemMethod(8, clock, 4)), integer(0)),
        (AccessGet(CosemAttribute(8, clock, 2)), NULL),
    )
    return command(SET_CLOCK, counter, _access(*pairs))


def read_mprn(counter: int) -> Envelope:
    """GCS46, of a gas meter that sleeps."""
    return command(READ_MPRN, counter, lambda _counter: bytes.fromhex("0109010107020005000000 0703"), GSME)


def entry(name: str, message: Envelope, *needs: str, on_failure: OnFailure = OnFailure.STOP) -> Entry:
    """One command in its place."""
    return Entry(name, request(message), message, needs, on_failure)


def pack_of(clock: ManualClock, *entries: Entry, name: str = "P-1", edition: int = 1, job: str = "J-7") -> bytes:
    """A training pack for the meters of that home, in its envelope."""
    devices = {one.device: "GSME" if one.device == GSME else "ESME" for one in entries}
    listed = tuple(
        PackDevice(device, kind, tuple(device_certificate(device.to_bytes(), usage) for usage in _USAGES))
        for device, kind in devices.items()
    )
    supplier = tuple(organisation_certificate(Role.SUPPLIER, usage) for usage in _USAGES)
    made = clock.now().replace(microsecond=0)
    pack = Pack(name, edition, job, True, made, made + timedelta(days=2), "Example", "", listed, supplier, entries)
    return envelope.close(pack.payload(), training_desk_key())


@dataclass
class Home:
    """The bench, the service, what the devices were told, and what the service said. `says`: what a device answers to a
    command, of what it should."""

    bench: Bench
    packs: Packs
    clock: ManualClock
    heard: list[bytes]
    events: list[PackEvent] = field(default_factory=list)
    says: Callable[[bytes, bytes], bytes] = field(default=lambda _command, answer: answer)

    @property
    def way(self) -> HanWay:
        return HanWay("dongle:test", self.bench.gpf_id, CODE)

    @property
    def times(self) -> Counter[bytes]:
        """How often a device was given each command."""
        return Counter(self.heard)

    @property
    def meters(self) -> tuple[ElectricityMeter, ...]:
        """The electricity meters there."""
        return tuple(self.bench.premises.of(ElectricityMeter))

    def take(self, *entries: Entry, **fields: Any) -> str:
        """Take in a pack of these; its key."""
        return self.packs.take(pack_of(self.clock, *entries, **fields), "a.pack").key

    async def deliver(self, key: str) -> list[str]:
        """Deliver it; the states of its commands."""
        facts = await self.packs.deliver(key, self.way, self.events.append)
        return [str(one.state) for one in facts.entries]

    def states(self, key: str) -> list[str]:
        """The states of its commands now."""
        return [str(one.state) for one in self.packs.show(key).entries]


@dataclass
class _OneDongle:
    """What of a composer the service uses."""

    bench: Bench

    def dongle(self, _link: str, _sink: TraceSink | None) -> Dongle:
        return self.bench.dongle


def at_home(store: Store, clock: ManualClock, story: Callable[[Home], Coroutine[Any, Any, None]]) -> None:
    """Run `story` with the packs of `store` at a dual-fuel home."""
    ends = GbcsEnds()
    homes: list[Home] = []

    def read(device: Device, octets_: bytes) -> bytes:
        homes[0].heard.append(octets_)
        return homes[0].says(octets_, ends.read(device, octets_))

    async def whole(bench: Bench) -> None:
        packs = Packs(store, clock, cast(Composer, _OneDongle(bench)))
        homes.append(Home(bench, packs, clock, []))
        await story(homes[0])

    play(whole, read=read)
