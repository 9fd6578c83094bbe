"""Protection of APDUs by AES-GCM in security suites 0, 1 and 2, and the GMAC proof of HLS 5 (Green Book 9.2.7).

Nothing here says whether a message is wanted: that is the association's business. Here a message is either vouched for
by its tag and its counter, or refused.
"""

from __future__ import annotations

import enum
from collections.abc import Callable
from dataclasses import dataclass, field
from hmac import compare_digest
from typing import Protocol

from hht.i18n import _
from hht.protocol.cosem.ciphered import (
    AUTHENTICATED,
    BROADCAST,
    COMPRESSED,
    ENCRYPTED,
    GENERAL_DEDICATED,
    GENERAL_GLOBAL,
    TAG_LENGTH,
    Ciphered,
)
from hht.protocol.cosem.ecc import EccKeys
from hht.protocol.cosem.errors import CounterReplayed, NotSupported, SecurityError, TagMismatch, ValueOutOfRange
from hht.protocol.cosem.suites import Suite, suite_of

TITLE_LENGTH = 8
MAX_COUNTER = 0xFFFF_FFFF

Reserve = Callable[[int], tuple[int, int]]


class SeenCounters(Protocol):
    """How far the counters of another end had come, by its system title, when it was last spoken to."""

    def highest(self, title: bytes) -> int:
        """The highest counter that it has used under this key; -1: none is known."""
        ...

    def seen(self, title: bytes, counter: int) -> None:
        """A higher one came in a message that proved genuine."""
        ...


class Protection(enum.IntFlag):
    """How APDUs are protected: the two bits of the security control octet.

    ENCRYPTED alone hides but vouches for nothing: what is changed on the way is not noticed. It is only used where it
    is asked for by name.
    """

    NOTHING = 0
    AUTHENTICATED = AUTHENTICATED
    ENCRYPTED = ENCRYPTED
    AUTHENTICATED_ENCRYPTED = AUTHENTICATED | ENCRYPTED


@dataclass(slots=True)
class InvocationCounters:
    """The counters of one key, both ways. Keep this object (or its numbers) for as long as the key is in use.

    `next_to_send` goes into the next protected message and must never go back. `received` is the highest counter taken
    from the other end so far (-1: none yet): a message that does not rise above it is refused.

    `reserve`, where given, is asked before a counter is used that it has not handed out yet: it gets the lowest number
    that will do, puts on disk that numbers up to a limit may have been used, and returns the first of them and that
    limit (exclusive). So no counter is used twice, whatever dies in between. `peers`, where given, remembers the other
    ends' counters from one conversation to the next.
    """

    next_to_send: int = 0
    received: int = -1
    reserve: Reserve | None = field(default=None, repr=False, compare=False)
    limit: int = field(default=0, compare=False)
    peers: SeenCounters | None = field(default=None, repr=False, compare=False)
    transaction: int = -1  # the highest of what came signed and not ciphered: such a message has no counter
    _peer: bytes = field(default=b"", init=False, compare=False)
    _before: int = field(default=-1, init=False, compare=False)  # of earlier conversations

    def begin(self, title: bytes) -> None:
        """The other end says that it is `title`: from here on its counters rise above those of earlier times."""
        self._peer = title
        if self.peers is not None:
            self._before = self.peers.highest(title)
            self.received = max(self.received, self._before)

    def take(self) -> int:
        """The counter for a message that is sent now. Raises ValueOutOfRange when the key is used up."""
        if self.reserve is not None and self.next_to_send >= self.limit and self.next_to_send <= MAX_COUNTER:
            self.next_to_send, self.limit = self.reserve(self.next_to_send)
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
        if counter <= self.received == self._before:
            raise counter_went_back(counter, self._before)
        if counter <= self.received:
            raise CounterReplayed(
                _("A message with the invocation counter {counter} came after {received}: it is an old one.").format(
                    counter=counter, received=self.received
                ),
                counter=counter,
                received=self.received,
            )

    def forget(self) -> None:
        """The other end may begin anew (training, where the keys are everybody's)."""
        self.received = self.transaction = -1

    def begin_transaction(self, number: int) -> None:
        """A message that is signed and not ciphered came in transaction `number`: a series of its own, which rises.
        Raises CounterReplayed."""
        if number <= self.transaction:
            raise CounterReplayed(
                _("A signed message of transaction {number} came after {last}: it is an old one.").format(
                    number=number, last=self.transaction
                ),
                counter=number,
                received=self.transaction,
            )
        self.transaction = number

    def accept(self, counter: int, *, proved: bool = True) -> None:
        """`counter` came with a message that has been taken; `proved`: its authentication tag was right. One without
        a tag is not remembered: anybody could have sent it."""
        if counter <= self.received:
            return
        self.received = counter
        if proved and self.peers is not None:
            self.peers.seen(self._peer, counter)


def counter_went_back(counter: int, before: int) -> CounterReplayed:
    """The first answer of a conversation has a counter that an earlier conversation has seen."""
    return CounterReplayed(
        _("The meter's invocation counter is {counter}; in an earlier conversation it was at {before} already.").format(
            counter=counter, before=before
        ),
        counter=counter,
        received=before,
        remedy=_(
            "Somebody may be playing back old answers: do not go on. If you know that this meter was replaced or reset "
            "under the same keys, say so once with --accept-counter-reset; a training meter needs --training."
        ),
        code="cosem-counter-went-back",
    )


@dataclass(frozen=True, slots=True)
class SecurityMaterial:
    """Keys and titles of one client at one meter. No secret shows in `repr`.

    `ek` is the global unicast encryption key, `ak` the authentication key, `kek` the master key (b"": none); each has
    the length of its `suite`: 16 octets, 32 in suite 2. Where the association only needs titles or signatures, `ek` and
    `ak` are both b"". `system_title` is the meter's (b"": learnt from its answer; otherwise another is refused),
    `client_title` the client's (8 octets each). Raises ValueOutOfRange for keys or titles of another length.
    """

    ek: bytes = field(default=b"", repr=False)
    ak: bytes = field(default=b"", repr=False)
    system_title: bytes = b""
    client_title: bytes = b""
    counters: InvocationCounters = field(default_factory=InvocationCounters, compare=False)
    suite: int = 0
    kek: bytes = field(default=b"", repr=False)
    ecc: EccKeys = field(default_factory=EccKeys)

    def __post_init__(self) -> None:
        size = suite_of(self.suite).key_length
        keys = (len(self.ek), len(self.ak))
        titles = (len(self.system_title), len(self.client_title))
        sound = keys in ((0, 0), (size, size)) and len(self.kek) in (0, size)
        if sound and all(length in (0, TITLE_LENGTH) for length in titles):
            return
        raise ValueOutOfRange(
            _("These keys or titles have another length than security suite {suite} asks for.").format(
                suite=self.suite
            ),
            remedy=_("Keys are {octets} octets ({digits} hex digits), system titles 8 octets (16 hex digits).").format(
                octets=size, digits=2 * size
            ),
            code="cosem-key-length",
        )

    @property
    def has_keys(self) -> bool:
        """There is an encryption and an authentication key."""
        return bool(self.ek)

    @property
    def parameters(self) -> Suite:
        """The suite's sizes and algorithms."""
        return suite_of(self.suite)


@dataclass(frozen=True, slots=True)
class GcmKey:
    """What one message is protected with: `ek`, `ak`, the sender's `title`, and a `header` that the tag covers too."""

    ek: bytes = field(repr=False)
    ak: bytes = field(repr=False)
    title: bytes
    header: bytes = b""

    def _nonce(self, counter: int) -> bytes:
        return self.title + counter.to_bytes(4, "big")

    def _head(self, control: int) -> bytes:
        return bytes((control,)) + self.ak + self.header

    def protect(self, text: bytes, control: int, counter: int) -> bytes:
        """`text` (octets) encrypted and with its tag, as `control` says."""
        from cryptography.hazmat.primitives.ciphers.aead import AESGCM

        gcm, nonce, head = AESGCM(self.ek), self._nonce(counter), self._head(control)
        if not control & ENCRYPTED:
            return text + gcm.encrypt(nonce, b"", head + text)[:TAG_LENGTH]
        if not control & AUTHENTICATED:
            return gcm.encrypt(nonce, text, None)[: len(text)]
        return gcm.encrypt(nonce, text, head)[: len(text) + TAG_LENGTH]

    def unprotect(self, body: bytes, control: int, counter: int) -> bytes:
        """The text in `body`. GCM's tag is 12 octets here, so it is checked by hand: in constant time, before a
        plaintext octet is used. Raises TagMismatch.
        """
        from cryptography.exceptions import InvalidTag
        from cryptography.hazmat.primitives.ciphers import Cipher
        from cryptography.hazmat.primitives.ciphers.algorithms import AES
        from cryptography.hazmat.primitives.ciphers.modes import GCM

        if not control & AUTHENTICATED:
            return self.protect(body, ENCRYPTED, counter)  # GCM's encryption is its own inverse
        text, tag = body[:-TAG_LENGTH], body[-TAG_LENGTH:]
        mode = GCM(self._nonce(counter), tag, min_tag_length=TAG_LENGTH)
        decryptor = Cipher(AES(self.ek), mode).decryptor()
        encrypted = bool(control & ENCRYPTED)
        decryptor.authenticate_additional_data(self._head(control) + (b"" if encrypted else text))
        plain = decryptor.update(text) if encrypted else text
        try:
            decryptor.finalize()
        except InvalidTag:
            raise TagMismatch(
                _("The message's authentication tag does not fit: it was changed, or other keys are used.")
            ) from None
        return plain

    def glimpse(self, control: int, counter: int) -> Callable[[bytes], bytes]:
        """Deciphers a text piece by piece, in order, while its tag has not come yet: GCM's own counter mode (NIST
        SP 800-38D 6.5). Nothing vouches for what it returns; what counts is what `unprotect` returns later."""
        from cryptography.hazmat.primitives.ciphers import Cipher
        from cryptography.hazmat.primitives.ciphers.algorithms import AES
        from cryptography.hazmat.primitives.ciphers.modes import CTR

        if not control & ENCRYPTED:
            return bytes
        first = self._nonce(counter) + (2).to_bytes(4, "big")  # block 1 is the tag's
        return Cipher(AES(self.ek), CTR(first)).decryptor().update


def seal(apdu: bytes, tag: int, material: SecurityMaterial, own_title: bytes, protection: Protection) -> bytes:
    """`apdu` protected as wire tag `tag`; takes a counter. The general tags carry the title."""
    counter = material.counters.take()
    control = int(protection) | material.suite
    body = GcmKey(material.ek, material.ak, own_title).protect(apdu, control, counter)
    title = own_title if tag in (GENERAL_GLOBAL, GENERAL_DEDICATED) else None
    return Ciphered(tag, control, counter, body, title).encode()


def check_control(control: int, suite: int, minimum: Protection) -> None:
    """Refuse a security control octet that was not agreed.

    Raises NotSupported (compressed, broadcast key, another suite), SecurityError (less protection than `minimum`).
    """
    shown = f"{control:02X}"
    if control & COMPRESSED:
        raise NotSupported(
            _("A compressed message (security control {control}); compression is not spoken here.").format(
                control=shown
            ),
            remedy=_("Switch compression off in the meter's security policy."),
            code="cosem-compressed",
        )
    if control & BROADCAST or control & 0x0F != suite:
        raise NotSupported(
            _("A message under security control {control}; agreed is suite {suite} with unicast keys.").format(
                control=shown, suite=suite
            ),
            remedy=_("Check the security suite of this meter."),
            code="cosem-suite",
        )
    if control & minimum != minimum or not control & Protection.AUTHENTICATED_ENCRYPTED:
        raise SecurityError(
            _("The message is protected less than agreed (security control {control}).").format(control=shown),
            code="cosem-protection-lowered",
        )


def open_sealed(message: Ciphered, material: SecurityMaterial, peer_title: bytes, minimum: Protection) -> bytes:
    """The APDU inside `message`. Its counter is not accepted yet: call ``counters.accept`` when it has been used.

    Raises SecurityError (less protection than `minimum`), CounterReplayed, TagMismatch, NotSupported.
    """
    check_control(message.control, material.suite, minimum)
    material.counters.check(message.counter)
    key = GcmKey(material.ek, material.ak, peer_title)
    return key.unprotect(message.body, message.control, message.counter)


def gmac(control: int, counter: int, challenge: bytes, material: SecurityMaterial, title: bytes) -> bytes:
    """The 12-octet GMAC over a challenge (HLS mechanism 5), by the holder of `title`."""
    key = GcmKey(material.ek, material.ak, title)
    return key.protect(challenge, control & ~ENCRYPTED, counter)[len(challenge) :]


def prove(challenge: bytes, material: SecurityMaterial, own_title: bytes) -> bytes:
    """f(challenge): security control, invocation counter, GMAC; 17 octets. Takes a counter."""
    counter, control = material.counters.take(), AUTHENTICATED | material.suite
    return bytes((control,)) + counter.to_bytes(4, "big") + gmac(control, counter, challenge, material, own_title)


def is_proof(proof: bytes, challenge: bytes, material: SecurityMaterial, peer_title: bytes, after: int) -> bool:
    """`proof` is the other end's f(challenge), with a counter above `after`; its counter is then accepted."""
    control = AUTHENTICATED | material.suite
    if len(proof) != 5 + TAG_LENGTH or proof[0] != control:
        return False
    counter = int.from_bytes(proof[1:5], "big")
    expected = gmac(control, counter, challenge, material, peer_title)
    if not compare_digest(expected, proof[5:]) or counter <= after:
        return False
    material.counters.accept(counter)
    return True
