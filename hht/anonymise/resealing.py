"""Ciphered messages: opened under the keys of the trace, closed again under those of the fixture, octet for octet."""

from __future__ import annotations

from collections.abc import Sequence
from hashlib import sha256
from typing import Final

from hht.anonymise.errors import not_done, without_keys
from hht.anonymise.located import Located
from hht.anonymise.pseudonyms import Pseudonyms
from hht.i18n import _
from hht.protocol.cosem.apdu import parse_apdu
from hht.protocol.cosem.ciphered import AUTHENTICATED, DEDICATED_TAG, GENERAL_DEDICATED, TAG_LENGTH, Ciphered
from hht.protocol.cosem.codes import Mechanism
from hht.protocol.cosem.errors import SecurityError
from hht.protocol.cosem.security import TITLE_LENGTH, GcmKey, SecurityMaterial, gmac

_DEDICATED: Final = frozenset(DEDICATED_TAG.values()) | {GENERAL_DEDICATED}
_PROOF_HEADS: Final = {  # an octet-string: control, counter, GMAC; a digest
    Mechanism.GMAC: bytes((0x09, 5 + TAG_LENGTH)),
    Mechanism.HIGH_SHA256: bytes((0x09, 32)),
}
_PROVED: Final = frozenset(_PROOF_HEADS)


class Resealing:
    """Of one link."""

    def __init__(
        self, stands_for: Pseudonyms, keys: Sequence[SecurityMaterial], own: SecurityMaterial | None, secret: bytes
    ) -> None:
        """As `anonymised` has them."""
        self._stands_for, self._keys, self._own, self._secret = stands_for, tuple(keys), own, secret
        self._open: list[tuple[Ciphered, GcmKey, bytearray, Located]] = []
        self._challenges: dict[bool, bytes] = {}
        self._mechanism = Mechanism.NONE
        self.begin()

    def begin(self) -> None:
        """An association is asked for."""
        self._titles = {True: b"", False: b""}
        self._challenges, self._mechanism = {}, Mechanism.NONE
        self._key_of_association = b"", b""  # dedicated: then and now

    def associating(self, title: bytes, challenge: bytes, mechanism: Mechanism, *, sent: bool) -> None:
        """One end says who it is, and in high-level security what is to be proved to it."""
        self._titles[sent] = title
        self._challenges[sent] = challenge
        self._mechanism = mechanism if mechanism in _PROVED else self._mechanism

    def dedicated(self, old: bytes, new: bytes) -> None:
        """The client proposes a key for this association."""
        self._key_of_association = old, new

    def new_title(self, title: bytes) -> bytes:
        """What stands for a system title."""
        return self._stands_for.octets(title)

    def open(self, octets: bytes, located: Located, *, sent: bool) -> bytearray:
        """What a ciphered message says, to be changed there. Raises FixtureRefused where it stays closed."""
        message = parse_apdu(octets)
        assert isinstance(message, Ciphered)
        title = self._titles[sent] if message.title is None else message.title
        plain = bytearray(self._plain(message, title))
        if message.title:
            at = octets.index(message.title)
            located.part(at, at + TITLE_LENGTH).write(self.new_title(message.title))
        key = self._new_key(message, title)
        self._open.append((message, key, plain, located.part(len(octets) - len(message.body))))
        return plain

    def _plain(self, message: Ciphered, title: bytes) -> bytes:
        if len(title) != TITLE_LENGTH:
            raise not_done(_("a ciphered message before the association that it belongs to"))
        if not message.control & AUTHENTICATED:
            raise not_done(_("ciphered messages without an authentication tag"))
        for material in self._keys:
            if not material.has_keys or material.suite != message.suite:
                continue
            ek = self._key_of_association[0] if message.tag in _DEDICATED else material.ek
            try:
                return GcmKey(ek, material.ak, title).unprotect(message.body, message.control, message.counter)
            except (SecurityError, ValueError):
                continue
        raise without_keys()

    def _new_key(self, message: Ciphered, title: bytes) -> GcmKey:
        if self._own is None or self._own.suite != message.suite:
            raise not_done(_("a security suite for which there are no keys of training"))
        ek = self._key_of_association[1] if message.tag in _DEDICATED else self._own.ek
        return GcmKey(ek, self._own.ak, self.new_title(title))

    def proof(self, located: Located, *, sent: bool) -> bool:
        """Whether `located` is one end's proof over the other's challenge, which is then made anew."""
        octets = bytes(located)
        title, challenge = self._titles[sent], self._challenges.get(not sent, b"")
        if octets[:2] != _PROOF_HEADS.get(self._mechanism) or len(octets) != 2 + octets[1]:
            return False
        if not challenge:
            return False
        if self._mechanism is Mechanism.HIGH_SHA256:
            return self._digest(located, sent)
        if len(title) != TITLE_LENGTH or self._own is None:
            return False
        control, counter = octets[2], int.from_bytes(octets[3:7], "big")
        located.part(7).write(gmac(control, counter, challenge, self._own, self.new_title(title)))
        return True

    def _digest(self, located: Located, sent: bool) -> bool:
        """Under the secret of training, whatever it was before."""
        if not self._secret:
            raise not_done(_("a proof by SHA-256, for which there is no secret of training"))
        titles = self.new_title(self._titles[sent]) + self.new_title(self._titles[not sent])
        challenges = self._challenges[not sent] + self._challenges[sent]
        located.part(2).write(sha256(self._secret + titles + challenges).digest())
        return True

    def seal(self) -> None:
        """Close every message again, the inner ones first."""
        for message, key, plain, body in reversed(self._open):
            body.write(key.protect(bytes(plain), message.control, message.counter))
        self._open.clear()
