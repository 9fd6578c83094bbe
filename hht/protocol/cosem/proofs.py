"""How each end of an association proves itself in high-level security: GMAC, SHA-256, ECDSA (Green Book 9.2.7.4).

All three are the same for client and meter: each answers the other's challenge, and its own title stands first, so that
a proof sent back to its maker proves nothing.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from hmac import compare_digest

from hht.protocol.cosem import ecc
from hht.protocol.cosem.codes import Mechanism
from hht.protocol.cosem.security import SecurityMaterial, is_proof, prove

HIGH_MECHANISMS = frozenset({Mechanism.GMAC, Mechanism.HIGH_SHA256, Mechanism.HIGH_ECDSA})
MIN_CHALLENGE, MAX_CHALLENGE = 8, 64
_LONG_CHALLENGE = 32


def challenge_length(mechanism: Mechanism) -> int:
    """Octets of a challenge made here: 16; 32 for ECDSA, whose challenges have 32 at least."""
    return _LONG_CHALLENGE if mechanism is Mechanism.HIGH_ECDSA else 16


def is_challenge(mechanism: Mechanism, challenge: bytes) -> bool:
    """Whether `challenge` has a length that the mechanism allows."""
    least = _LONG_CHALLENGE if mechanism is Mechanism.HIGH_ECDSA else MIN_CHALLENGE
    return least <= len(challenge) <= MAX_CHALLENGE


@dataclass(frozen=True, slots=True)
class Proofs:
    """One handshake as one end sees it. `secret` is that of SHA-256; nothing secret shows in `repr`."""

    mechanism: Mechanism
    material: SecurityMaterial
    own_title: bytes
    peer_title: bytes
    own_challenge: bytes = field(repr=False)
    peer_challenge: bytes = field(repr=False)
    secret: bytes = field(default=b"", repr=False)

    def ours(self) -> bytes:
        """f(the other end's challenge)."""
        if self.mechanism is Mechanism.GMAC:
            return prove(self.peer_challenge, self.material, self.own_title)
        text = self.own_title + self.peer_title + self.peer_challenge + self.own_challenge
        if self.mechanism is Mechanism.HIGH_SHA256:
            return hashlib.sha256(self.secret + text).digest()
        key = self.material.ecc.signing_key
        assert key is not None  # checked when the association was described
        return ecc.sign(key, text)

    def is_theirs(self, proof: bytes, after: int) -> bool:
        """Whether `proof` is f(our challenge); with GMAC its counter must be above `after`."""
        if self.mechanism is Mechanism.GMAC:
            return is_proof(proof, self.own_challenge, self.material, self.peer_title, after)
        text = self.peer_title + self.own_title + self.own_challenge + self.peer_challenge
        if self.mechanism is Mechanism.HIGH_SHA256:
            return compare_digest(hashlib.sha256(self.secret + text).digest(), proof)
        key = self.material.ecc.peer_signing_key
        return key is not None and ecc.is_signature(key, proof, text)
