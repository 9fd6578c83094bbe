"""Packs for tests: a desk, a terminal, keys of our own, commands that are whole."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from functools import cache

from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

from hht.identifiers.device_id import DeviceId
from hht.identifiers.install_code import InstallCode
from hht.packs.envelope import DeskKey
from hht.packs.pack import Entry, OnFailure, Pack, PackDevice
from hht.packs.sealing import seal_install_code, terminal_key_name
from hht.protocol.gbcs.building import Header, protect
from hht.protocol.gbcs.certificates import KeyUsage
from hht.protocol.gbcs.crypto import PrivateKey
from hht.protocol.gbcs.envelope import Cra, Envelope, parse
from hht.protocol.gbcs.gbz import PROFILE
from hht.protocol.gbcs.keys import KeyRing
from hht.protocol.gbcs.messages import Role
from hht.protocol.gbcs.payload import long_invoke_id
from tests.protocol.gbcs_vectors import training_key

SUPPLIER, BROKER = bytes.fromhex("90B3D51F30010000"), bytes.fromhex("90B3D51F30000002")
ESME, GSME = bytes.fromhex("00DB1234567890A0"), bytes.fromhex("00DB1234567890A1")
MADE = datetime(2026, 11, 21, 6, 0, tzinfo=UTC)
NOW = datetime(2026, 11, 21, 9, 30, tzinfo=UTC)
CODE = InstallCode("83FED3407A939723A5C639B26916D505")
SET_MPAN, READ_MPAN, READ_SWITCH, ARM, READ_MPRN = 0x004C, 0x004E, 0x0052, 0x0051, 0x0089
_PAYLOADS = {  # what such a command carries, behind the long invoke-id where it has one
    SET_MPAN: "00 0102 0001 00005E2C220B 02 0109 0D 31333132333435363738333333",
    READ_MPAN: "00 0101 0001 00005E2C220B 02 0100",
    ARM: "00 0103 0009 00000A006AFF 01 0112 0036",
    READ_MPRN: "0109 01 01 0702 0005 00 00 00 07 03",
}


@cache
def keys() -> KeyRing:
    """Keys of everybody."""
    ring = KeyRing(BROKER)
    roles = {SUPPLIER: Role.SUPPLIER, BROKER: Role.ACCESS_CONTROL_BROKER}
    for number, entity in enumerate((SUPPLIER, BROKER, ESME, GSME)):
        for usage in (KeyUsage.DIGITAL_SIGNATURE, KeyUsage.KEY_AGREEMENT):
            key = training_key(20 + 2 * number + (usage is KeyUsage.KEY_AGREEMENT))
            ring.add_public(entity, usage, key.public_key(), roles.get(entity))
            ring.add_private(entity, usage, key)
    return ring


def command(code: int = SET_MPAN, counter: int = 1000, target: bytes = ESME) -> Envelope:
    """A finished command of the supplier's."""
    payload = bytes.fromhex(_PAYLOADS.get(code, _PAYLOADS[READ_MPAN]))
    if payload[:2] != PROFILE:
        payload = b"\xd9" + long_invoke_id(counter).to_bytes(4, "big") + payload
    return parse(protect(Header(Cra.COMMAND, counter, SUPPLIER, target, code), payload, keys()))


def request(message: Envelope) -> str:
    """The service request it came from."""
    return ":".join((message.originator.hex("-").upper(), message.target.hex("-").upper(), str(message.counter)))


def entry(name: str, message: Envelope, *needs: str, on_failure: OnFailure = OnFailure.STOP) -> Entry:
    """One command in its place."""
    return Entry(name, request(message), message, needs, on_failure)


def desk_key() -> PrivateKey:
    """What the desk signs with."""
    return training_key(1)


def desk(*, training: bool = True) -> DeskKey:
    """The desk as the terminal knows it."""
    return DeskKey("Training desk", desk_key().public_key(), training)


def terminal_key(number: int = 1) -> X25519PrivateKey:
    """A terminal's key for what is sealed for it."""
    return X25519PrivateKey.from_private_bytes(bytes([number]) * 32)


def pack(*entries: Entry, name: str = "P-1", edition: int = 1, training: bool = True) -> Pack:
    """A pack for two meters; without `entries` one of three commands."""
    meter = DeviceId(ESME.hex().upper())
    sealed = seal_install_code(CODE, terminal_key().public_key(), name, meter)
    listed = entries or (
        entry("mpan", command()),
        entry("read-mpan", command(READ_MPAN, 1001), "mpan"),
        entry("mprn", command(READ_MPRN, 1000, GSME), on_failure=OnFailure.CONTINUE),
    )
    return Pack(
        name,
        edition,
        "J-1042",
        training,
        MADE,
        MADE + timedelta(days=2),
        "Example Energy",
        terminal_key_name(terminal_key().public_key()),
        (PackDevice(meter, "ESME", (), sealed), PackDevice(DeviceId(GSME.hex().upper()), "GSME")),
        (),
        listed,
    )
