"""Security suite 0: AES-128-GCM protection of APDUs, and the GMAC proof of HLS mechanism 5 (Green Book 9.2.7).

Nothing here says whether a message is wanted: that is the association's business. Here a message is either vouched for
by its tag and its counter, or refused.
"""

from __future__ import annotations

import enum
from dataclasses import dataclass, field
from hmac import compare_digest

from hht.i18n import _
from hht.protocol.cosem.ciphered import AUTHENTICATED, ENCRYPTED, GENERAL_GLOBAL, TAG_LENGTH, Ciphered
from hht.protocol.cosem.errors import CounterReplayed, NotSupported, SecurityError, TagMismatch, ValueOutOfRange

TITLE_LENGTH = 8
KEY_LENGTH = 16
MAX_COUNTER = 0xFFFF_FFFF
SUITE = 0


class Protection(enum.IntEnum):
    """How APDUs are protected: the security control octet of suite 0, unicast key."""

    AUTHENTICATED = AUTHENTICATED
    AUTHENTICATED_ENCRYPTED = AUTHENTICATED | ENCRYPTED


@dataclass(slots=True)
class InvocationCounters:
    """The counters of one key, both ways. Keep this object (or its numbers) for as long as the key is in use.

    `next_to_send` goes into the next protected message and must never go back. `received` is the highest counter taken
    from the other end so far (-1: none yet): a message that does not rise above it is refused.
    """

    next_to_send: int = 0
    received: int = -1

    def take(self) -> int:
        """The counter for a message that is sent now. Raises ValueOutOfRange when the key is used up."""
        counter = self.next_to_send
        if not 0 <= counter <= MAX_COUNTER:
            raise ValueOutOfRange(
                _("The invocation counter of this key is used up."),
                remedy=_("The meter needs new keys before it can be spoken to again."),
                code="cosem-counter-exhausted",
            )
        self.next_to_send = counter + 1
        return counter

    def check(self, counter: int) -> None:
        """Raises CounterReplayed unless `counter` rises."""
        if counter <= self.received:
            raise CounterReplayed(
                _("A message with the invocation counter {counter} came after {received}: it is an old one.").format(
                    counter=counter, received=self.received
                ),
                counter=counter,
                received=self.received,
            )

    def accept(self, counter: int) -> None:
        """`counter` came with a message that has proved genuine."""
        self.received = max(self.received, counter)


@dataclass(frozen=True, slots=True)
class SecurityMaterial:
    """Keys and titles of one client at one meter. No secret shows in `repr`.

    `ek` is the global unicast encryption key, `ak` the authentication key (16 octets each). `system_title` is the
    meter's (b"": learnt from its answer; otherwise another is refused), `client_title` the client's (8 octets each).
    Raises ValueOutOfRange for keys or titles of another length.
    """

    ek: bytes = field(repr=False)
    ak: bytes = field(repr=False)
    system_title: bytes = b""
    client_title: bytes = b""
    counters: InvocationCounters = field(default_factory=InvocationCounters, compare=False)

    def __post_init__(self) -> None:
        sizes = (len(self.ek), len(self.ak))
        titles = (len(self.system_title), len(self.client_title))
        if sizes == (KEY_LENGTH, KEY_LENGTH) and all(size in (0, TITLE_LENGTH) for size in titles):
            return
        raise ValueOutOfRange(
            _("These keys or titles have another length than security suite 0 asks for."),
            remedy=_("Keys are 16 octets (32 hex digits), system titles 8 octets (16 hex digits)."),
            code="cosem-key-length",
        )


def seal(apdu: bytes, tag: int, material: SecurityMaterial, own_title: bytes, protection: Protection) -> bytes:
    """`apdu` protected as wire tag `tag`; takes a counter. The general tag carries the title."""
    counter = material.counters.take()
    control = int(protection)
    body = _protect(apdu, control, counter, material, own_title)
    return Ciphered(tag, control, counter, body, own_title if tag == GENERAL_GLOBAL else None).encode()


def _nonce(title: bytes, counter: int) -> bytes:
    return title + counter.to_bytes(4, "big")


def _protect(text: bytes, control: int, counter: int, material: SecurityMaterial, title: bytes) -> bytes:
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

    gcm, nonce, head = AESGCM(material.ek), _nonce(title, counter), bytes((control,)) + material.ak
    if control & ENCRYPTED:
        return gcm.encrypt(nonce, text, head)[: len(text) + TAG_LENGTH]
    return text + gcm.encrypt(nonce, b"", head + text)[:TAG_LENGTH]


def open_sealed(message: Ciphered, material: SecurityMaterial, peer_title: bytes, minimum: Protection) -> bytes:
    """The APDU inside `message`. Its counter is not accepted yet: call ``counters.accept`` when it has been used.

    Raises SecurityError (less protection than `minimum`), CounterReplayed, TagMismatch, NotSupported.
    """
    if message.suite != SUITE or message.control & 0xC0:
        raise NotSupported(
            _("A message under security control {control:02X}; only suite 0 with unicast keys is spoken here.").format(
                control=message.control
            )
        )
    if message.control & minimum != minimum:
        raise SecurityError(
            _("The message is protected less than agreed (security control {control:02X}).").format(
                control=message.control
            ),
            code="cosem-protection-lowered",
        )
    material.counters.check(message.counter)
    return _unprotect(message, material, peer_title)


def _unprotect(message: Ciphered, material: SecurityMaterial, title: bytes) -> bytes:
    """GCM's tag is 12 octets here, so it is checked by hand: in constant time, before a plaintext octet is used."""
    from cryptography.exceptions import InvalidTag
    from cryptography.hazmat.primitives.ciphers import Cipher
    from cryptography.hazmat.primitives.ciphers.algorithms import AES
    from cryptography.hazmat.primitives.ciphers.modes import GCM

    mode = GCM(_nonce(title, message.counter), message.authentication_tag, min_tag_length=TAG_LENGTH)
    decryptor = Cipher(AES(material.ek), mode).decryptor()
    head = bytes((message.control,)) + material.ak
    decryptor.authenticate_additional_data(head if message.encrypted else head + message.text)
    text = decryptor.update(message.text) if message.encrypted else message.text
    try:
        decryptor.finalize()
    except InvalidTag:
        raise TagMismatch(
            _("The message's authentication tag does not fit: it was changed, or other keys are used.")
        ) from None
    return text


def gmac(control: int, counter: int, challenge: bytes, material: SecurityMaterial, title: bytes) -> bytes:
    """The 12-octet GMAC over a challenge (HLS mechanism 5), by the holder of `title`."""
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

    head = bytes((control,)) + material.ak + challenge
    return AESGCM(material.ek).encrypt(_nonce(title, counter), b"", head)[:TAG_LENGTH]


def prove(challenge: bytes, material: SecurityMaterial, own_title: bytes) -> bytes:
    """f(challenge): security control, invocation counter, GMAC; 17 octets. Takes a counter."""
    counter = material.counters.take()
    return (
        bytes((AUTHENTICATED,))
        + counter.to_bytes(4, "big")
        + gmac(AUTHENTICATED, counter, challenge, material, own_title)
    )


def is_proof(proof: bytes, challenge: bytes, material: SecurityMaterial, peer_title: bytes, after: int) -> bool:
    """`proof` is the other end's f(challenge), with a counter above `after`; its counter is then accepted."""
    if len(proof) != 5 + TAG_LENGTH or proof[0] != AUTHENTICATED:
        return False
    counter = int.from_bytes(proof[1:5], "big")
    expected = gmac(AUTHENTICATED, counter, challenge, material, peer_title)
    if not compare_digest(expected, proof[5:]) or counter <= after:
        return False
    material.counters.accept(counter)
    return True
