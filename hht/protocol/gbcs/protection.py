"""Who signs and who MACs a message, and whether they did (gbcs.md 2.1, read off 1,275 messages).

command     MAC: access control broker and device; signature, where there is one: originator
response    MAC: device and whom it answers; critical ones are signed by the device and have no MAC
alert       as a response
between two devices (PPMID to GSME): MAC of the two
"""

from __future__ import annotations

import enum
from typing import Final, NamedTuple

from hht.protocol.gbcs import crypto
from hht.protocol.gbcs.certificates import KeyUsage
from hht.protocol.gbcs.envelope import Cra, Envelope
from hht.protocol.gbcs.keys import KeyRing
from hht.protocol.gbcs.messages import Category, UseCase, use_case


class Check(enum.StrEnum):
    """What became of a check. UNCHECKED: the keys at hand cannot tell; NONE: the message has no such thing."""

    VALID = "valid"
    INVALID = "invalid"
    NONE = "none"
    UNCHECKED = "unchecked"


class Verdict(NamedTuple):
    """What MAC and signature say of a message."""

    mac: Check
    signature: Check

    @property
    def refused(self) -> bool:
        """Something is wrong with it."""
        return Check.INVALID in self

    @property
    def vouched(self) -> bool:
        """Somebody whose key is known made it just as it stands, and nothing speaks against it."""
        return Check.VALID in self and Check.INVALID not in self


class Way(NamedTuple):
    """How a message may be protected."""

    signed: bool
    mac: bool


_SIGNED, _MAC, _BOTH = Way(True, False), Way(False, True), Way(True, True)
_BY_RECOVERY: Final = frozenset({0x0108, 0x0109})  # the recovery keys' owner reaches a device without the broker
_COMMANDS: Final[dict[Category, tuple[Way, ...]]] = {
    Category.CRITICAL: (_BOTH,),
    Category.NON_CRITICAL: (_MAC,),
    Category.VARIANT: (_MAC, _SIGNED),
    Category.DEVICE: (_MAC,),
    Category.ZIGBEE: (),
}
_ANSWERS: Final[dict[Category, tuple[Way, ...]]] = _COMMANDS | {Category.CRITICAL: (_SIGNED,)}


def lawful(found: UseCase, cra: int) -> tuple[Way, ...]:
    """The ways in which a message of this use case may be protected; none: there is no such message."""
    if (cra == Cra.ALERT) is not found.alert:
        return ()
    if cra == Cra.COMMAND and found.code in _BY_RECOVERY:
        return (_SIGNED,)
    return (_COMMANDS if cra == Cra.COMMAND else _ANSWERS)[found.category]


def is_lawful(message: Envelope) -> bool:
    """Whether the message is protected as its use case demands."""
    found = use_case(message.message_code)
    return found is not None and Way(bool(message.signature), bool(message.mac)) in lawful(found, message.cra)


def between_devices(code: int) -> bool:
    """Whether messages of this code go from device to device, with nobody between."""
    found = use_case(code)
    return found is not None and found.category is Category.DEVICE


def mac_parties(message: Envelope, acb: bytes) -> tuple[bytes, bytes]:
    """The two entities whose key agreement keys make the MAC; the first is b"" where the broker is not known."""
    if message.cra == Cra.COMMAND and not between_devices(message.message_code):
        return acb, message.target
    return message.originator, message.target


def mac_key(message: Envelope, z: bytes) -> bytes:
    """The key of the message's MAC from what its two parties share."""
    raw, start = message.raw, message.start
    return crypto.derive_key(z, message.originator, raw[start + 2 : start + 11], message.target)


def check(message: Envelope, keys: KeyRing) -> Verdict:
    """Check all that the keys at hand can check. Replay and authority are a receiver's business."""
    return Verdict(check_mac(message, keys), check_signature(message, keys))


def check_mac(message: Envelope, keys: KeyRing) -> Check:
    """What the MAC says."""
    if not message.mac:
        return Check.NONE
    one, other = mac_parties(message, keys.acb)
    z = keys.secret(one, other)
    if z is None:
        return Check.UNCHECKED
    expected = crypto.mac(mac_key(message, z), message.originator, message.authenticated)
    return Check.VALID if crypto.same(expected, message.mac) else Check.INVALID


def check_signature(message: Envelope, keys: KeyRing) -> Check:
    """What the signature says; the originator's key makes it."""
    if not message.signature:
        return Check.NONE
    key = keys.public(message.originator, KeyUsage.DIGITAL_SIGNATURE)
    if key is None:
        return Check.UNCHECKED
    return Check.VALID if crypto.is_signature(key, message.signature, message.signed) else Check.INVALID
