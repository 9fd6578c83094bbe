"""The keys that are at hand: public ones and private ones by entity and usage, and the secrets that two of them share.

A terminal in the field holds certificates alone, so it can check signatures; an emulated centre or device also holds
private keys. A shared secret is made once and kept: making it takes longer than everything else about a message.
"""

from __future__ import annotations

from hht.i18n import _
from hht.protocol.gbcs import crypto
from hht.protocol.gbcs.certificates import Certificate, KeyUsage
from hht.protocol.gbcs.crypto import PrivateKey, PublicKey
from hht.protocol.gbcs.envelope import id_text
from hht.protocol.gbcs.errors import KeyMissing
from hht.protocol.gbcs.messages import Role

_Name = tuple[bytes, KeyUsage]
_MOST_SECRETS = 4096


class KeyRing:
    """Keys by entity (8 octets) and usage. Its `repr` shows none.

    `acb`: the access control broker, whose key pair MACs commands; without it, the one whose certificate is held.
    """

    def __init__(self, acb: bytes = b"") -> None:
        self._public: dict[_Name, PublicKey] = {}
        self._private: dict[_Name, PrivateKey] = {}
        self._roles: dict[bytes, Role | None] = {}
        self._secrets: dict[tuple[_Name, _Name], bytes] = {}
        self._acb = acb

    def __repr__(self) -> str:
        return f"KeyRing({len(self._public)} public, {len(self._private)} private)"

    @property
    def acb(self) -> bytes:
        """The access control broker's identifier; b"": not known."""
        return self._acb

    @property
    def empty(self) -> bool:
        """No key is held."""
        return not self._public

    def add_certificate(self, certificate: Certificate, usage: KeyUsage | None = None) -> None:
        """The public key of `certificate`; `usage` where a file says more than the certificate does."""
        self.add_public(certificate.entity, usage or certificate.usage, certificate.public_key, certificate.role)

    def add_public(self, entity: bytes, usage: KeyUsage, key: PublicKey, role: Role | None = None) -> None:
        """A public key; a later one takes the place of an earlier."""
        self._public[entity, usage] = key
        if role is not None or entity not in self._roles:
            self._roles[entity] = role
        if role is Role.ACCESS_CONTROL_BROKER and not self._acb:
            self._acb = entity
        self._secrets.clear()

    def add_private(self, entity: bytes, usage: KeyUsage, key: PrivateKey) -> None:
        """A private key, and the public key that belongs to it."""
        self._private[entity, usage] = key
        self.add_public(entity, usage, key.public_key(), self._roles.get(entity))

    def knows(self, entity: bytes) -> bool:
        """Whether any key of `entity` is held."""
        return entity in self._roles

    def role(self, entity: bytes) -> Role | None:
        """What `entity` is by its certificate; None: a device, or not known."""
        return self._roles.get(entity)

    def public(self, entity: bytes, usage: KeyUsage) -> PublicKey | None:
        """A public key; None: not held."""
        return self._public.get((entity, usage))

    def private(self, entity: bytes, usage: KeyUsage) -> PrivateKey:
        """A private key. Raises KeyMissing."""
        found = self._private.get((entity, usage))
        if found is None:
            raise missing(entity)
        return found

    def secret(self, one: bytes, other: bytes, usage: KeyUsage = KeyUsage.KEY_AGREEMENT) -> bytes | None:
        """What `one` (with the key of `usage`) and `other` (key agreement) share; None: no private key of either."""
        names = (one, usage), (other, KeyUsage.KEY_AGREEMENT)
        found = self._secrets.get(names)
        return found if found is not None else self._agree(*names)

    def _agree(self, one: _Name, other: _Name) -> bytes | None:
        for own, peer in ((one, other), (other, one)):
            private, public = self._private.get(own), self._public.get(peer)
            if private is not None and public is not None:
                if len(self._secrets) >= _MOST_SECRETS:
                    self._secrets.clear()
                secret = self._secrets[one, other] = crypto.shared_secret(private, public)
                return secret
        return None


def missing(entity: bytes) -> KeyMissing:
    """The error for a private key that is not held."""
    return KeyMissing(
        _("The private key of {entity} is not held here.").format(entity=id_text(entity)),
        remedy=_("Only its owner can make or open this message; give its keys where they are yours to use."),
        entity=id_text(entity),
    )
