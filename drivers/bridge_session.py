"""How a bridge proves who it is, and how everything that follows is kept whole: both ends, sans I/O.

A bridge of this kind has an Ed25519 key for life; its code, letters of the key's SHA-256, is printed on it. At each
connect::

    terminal  HELLO   its X25519 key of this connect
    bridge    PROOF   its Ed25519 key, its X25519 key of this connect, a signature over all of that
    both      SEALED  ChaCha20-Poly1305, keys by HKDF-SHA256 of the shared secret, one for each way, numbered from 0

So whoever stands between can hold back or cut off, and change, repeat, swap or insert nothing. The bridge does not ask
who the terminal is. A record is its length (two octets, big-endian), its type and its body, over the serial service.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Callable, Iterator
from typing import Final

from cryptography.exceptions import InvalidSignature, InvalidTag
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

HELLO, PROOF, SEALED = 1, 2, 3
DATA, LINE = 0, 1  # the first octet of what is sealed: bytes of the meter's, or the line's speed (four octets)
MOST: Final = 512  # octets of the meter's in one record
_LABEL: Final = b"hht-bridge/1 "
_KEY, _SIGNATURE, _TAG = 32, 64, 16
_LENGTHS: Final = {HELLO: (_KEY, _KEY), PROOF: (2 * _KEY + _SIGNATURE,) * 2, SEALED: (_TAG + 1, _TAG + 1 + MOST)}
_CODE, _GROUP = 20, 5  # letters: 100 bits of the hash


class SessionBroken(Exception):
    """The other end is not who it should be, or what came was changed, repeated or is none of this."""


def code_of(key: bytes) -> str:
    """The code of a bridge's key, as it is printed on the bridge: ABCDE-FGHIJ-KLMNO-PQRST."""
    letters = base64.b32encode(hashlib.sha256(b"hht-bridge-key/1 " + key).digest()).decode()[:_CODE]
    return "-".join(letters[at : at + _GROUP] for at in range(0, _CODE, _GROUP))


def is_code_of(typed: str, key: bytes) -> bool:
    """Whether a code that somebody typed or scanned is this key's: capitals or not, with whatever stands between."""
    letters = "".join(one for one in typed.upper() if one.isalnum())
    return hmac.compare_digest(letters.encode(), code_of(key).replace("-", "").encode())


def training_identity() -> Ed25519PrivateKey:
    """The key of an emulated bridge: everybody has it."""
    return Ed25519PrivateKey.from_private_bytes(hashlib.sha256(b"hht training bridge").digest())


def record(kind: int, body: bytes) -> bytes:
    """A record as it is sent."""
    return (1 + len(body)).to_bytes(2, "big") + bytes([kind]) + body


class Records:
    """Takes octets as they come and gives whole records."""

    def __init__(self) -> None:
        self._held = bytearray()

    def feed(self, octets: bytes) -> Iterator[tuple[int, bytes]]:
        """The records (type, body) that are whole now. Raises SessionBroken for what is none."""
        self._held += octets
        while len(self._held) >= 3:
            length, kind = int.from_bytes(self._held[:2], "big"), self._held[2]
            least, most = _LENGTHS.get(kind, (0, -1))
            if not least <= length - 1 <= most:
                raise SessionBroken("no record of a bridge's session")
            if len(self._held) < 2 + length:
                return
            body = bytes(self._held[3 : 2 + length])
            del self._held[: 2 + length]
            yield kind, body


class _Sealed:
    """One way of a session: records are numbered, and none can be left out, repeated or swapped."""

    def __init__(self, key: bytes) -> None:
        self._cipher, self._number = ChaCha20Poly1305(key), 0

    def _next(self) -> bytes:
        nonce = self._number.to_bytes(12, "big")
        self._number += 1
        return nonce

    def close(self, kind: int, body: bytes) -> bytes:
        return record(SEALED, self._cipher.encrypt(self._next(), bytes([kind]) + body, _LABEL))

    def open(self, body: bytes) -> tuple[int, bytes]:
        try:
            plain = self._cipher.decrypt(self._next(), body, _LABEL)
        except InvalidTag:
            raise SessionBroken("a record was changed, repeated or left out") from None
        return plain[0], plain[1:]


def _keys(own: X25519PrivateKey, other: bytes, said: bytes) -> tuple[_Sealed, _Sealed]:
    """To the bridge, and from it. Raises SessionBroken for a key that gives no secret."""
    try:
        shared = own.exchange(X25519PublicKey.from_public_bytes(other))
    except ValueError:
        raise SessionBroken("its key of this connect is none") from None
    octets = HKDF(SHA256(), 2 * _KEY, hashlib.sha256(said).digest(), _LABEL).derive(shared)
    return _Sealed(octets[:_KEY]), _Sealed(octets[_KEY:])


class TerminalEnd:
    """The terminal's. `key`: the bridge's, once it has proved that it has it."""

    def __init__(self, random_bytes: Callable[[int], bytes]) -> None:
        self._own = X25519PrivateKey.from_private_bytes(random_bytes(_KEY))
        self._up: _Sealed | None = None
        self._down: _Sealed | None = None
        self.key = b""

    def hello(self) -> bytes:
        """What is said first."""
        return record(HELLO, self._own.public_key().public_bytes_raw())

    def proved(self, kind: int, body: bytes) -> bytes:
        """The key that the bridge has shown to have; whose it is, is another question. Raises SessionBroken."""
        if kind != PROOF:
            raise SessionBroken("it says something else than who it is")
        key, theirs, signature = body[:_KEY], body[_KEY : 2 * _KEY], body[2 * _KEY :]
        said = _LABEL + self._own.public_key().public_bytes_raw() + key + theirs
        try:
            Ed25519PublicKey.from_public_bytes(key).verify(signature, said)
        except (InvalidSignature, ValueError):
            raise SessionBroken("its signature does not fit") from None
        self._up, self._down = _keys(self._own, theirs, said)
        self.key = key
        return key

    def data(self, octets: bytes) -> bytes:
        """Records that carry bytes for the meter."""
        parts = (octets[at : at + MOST] for at in range(0, len(octets), MOST))
        return b"".join(self._ready(self._up).close(DATA, part) for part in parts)

    def line(self, baud: int) -> bytes:
        """A record that tells the speed of the meter's line."""
        return self._ready(self._up).close(LINE, baud.to_bytes(4, "big"))

    def heard(self, kind: int, body: bytes) -> bytes:
        """The meter's bytes in a record. Raises SessionBroken."""
        inner, octets = self._ready(self._down).open(body) if kind == SEALED else (LINE, b"")
        if inner != DATA:
            raise SessionBroken("no bytes of the meter's")
        return octets

    @staticmethod
    def _ready(way: _Sealed | None) -> _Sealed:
        if way is None:
            raise SessionBroken("it has not said who it is")
        return way


class BridgeEnd:
    """The bridge's: of an emulated one here, and for whoever writes a bridge's firmware to read."""

    def __init__(self, identity: Ed25519PrivateKey, random_bytes: Callable[[int], bytes]) -> None:
        self._identity, self._random = identity, random_bytes
        self._up: _Sealed | None = None
        self._down: _Sealed | None = None

    @property
    def key(self) -> bytes:
        """Its public key."""
        return self._identity.public_key().public_bytes_raw()

    def heard(self, kind: int, body: bytes) -> tuple[bytes, int, bytes]:
        """What a record makes it answer, and of a sealed one what was in it (its kind, its octets). A HELLO begins
        anew. Raises SessionBroken."""
        if kind == HELLO:
            own = X25519PrivateKey.from_private_bytes(self._random(_KEY))
            mine = own.public_key().public_bytes_raw()
            said = _LABEL + body + self.key + mine
            self._up, self._down = _keys(own, body, said)
            return record(PROOF, self.key + mine + self._identity.sign(said)), DATA, b""
        if kind != SEALED or self._up is None:
            raise SessionBroken("nobody has said hello")
        inner, octets = self._up.open(body)
        return b"", inner, octets

    def data(self, octets: bytes) -> bytes:
        """Records that carry the meter's bytes."""
        if self._down is None:
            return b""  # nobody is there to hear it
        parts = (octets[at : at + MOST] for at in range(0, len(octets), MOST))
        return b"".join(self._down.close(DATA, part) for part in parts)
