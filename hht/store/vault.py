"""Sealing at rest: a random data key, wrapped by the pass phrase, seals each value on its own.

- Argon2id (64 MiB, 3 passes; next to nothing for the known pass phrase of training) makes a wrapping key of the pass
  phrase; AES key wrap (RFC 3394) holds the data key.
- HKDF makes of the data key one key for sealing and one for look-up, bound to the trust (training or production).
- A slot of a key store holds it too, wrapped by what HKDF makes of a random secret and whose slot it is.
- AES-256-GCM seals a value with ``table|column|key`` as associated data: a value moved to another row does not open.
- HMAC-SHA-256 makes blind indexes: look-up by a sealed value without keeping it in the clear.

Nothing here touches a file; `hht.store.store` keeps the `VaultHeader`.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Callable
from dataclasses import dataclass

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hashes, hmac
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.argon2 import Argon2id
from cryptography.hazmat.primitives.kdf.hkdf import HKDFExpand
from cryptography.hazmat.primitives.keywrap import InvalidUnwrap, aes_key_unwrap, aes_key_wrap

from hht.i18n import _
from hht.store.errors import PassPhraseError, SealBroken, StoreError

Entropy = Callable[[int], bytes]  # n -> n unpredictable bytes (secrets.token_bytes outside of tests)

_FORMAT = b"\x01"
_NONCE_BYTES = 12
_KEY_BYTES = 32
_SALT_BYTES = 16
_INDEX_BYTES = 16
MINIMUM_PASS_PHRASE = 8  # characters, for a production store


class PassPhrase:
    """What a person types to unlock the store. Never shown: masked in `repr`, refused by `str` and pickle."""

    __slots__ = ("_text",)

    def __init__(self, text: str) -> None:
        self._text = unicodedata.normalize("NFC", text)

    def reveal(self) -> bytes:
        """The phrase as UTF-8, for key derivation only."""
        return self._text.encode("utf-8", "surrogatepass")

    def __len__(self) -> int:
        return len(self._text)

    def __repr__(self) -> str:
        return "PassPhrase(…)"

    __str__ = __repr__

    def __reduce__(self) -> str:
        raise TypeError("a pass phrase is not to be stored")


class SlotSecret:
    """The 32 random octets that a key store keeps in the place of a pass phrase. Never shown, as a pass phrase."""

    __slots__ = ("_octets",)

    def __init__(self, octets: bytes) -> None:
        self._octets = octets

    def reveal(self) -> bytes:
        """The octets, for key derivation and the key store only."""
        return self._octets

    def __repr__(self) -> str:
        return "SlotSecret(…)"

    __str__ = __repr__

    def __reduce__(self) -> str:
        raise TypeError("a slot's secret is not to be stored")


TRAINING_PASS_PHRASE = PassPhrase("training")  # fixed and named: a training store protects nothing but habits


@dataclass(frozen=True, slots=True)
class KdfCost:
    """What one guess of the pass phrase costs. The default is 64 MiB and 3 passes (about 150 ms)."""

    memory_kib: int = 65536
    iterations: int = 3
    lanes: int = 1

    def check(self) -> None:
        """Raises StoreError where a (damaged) header asks for the absurd."""
        if not (8 <= self.memory_kib <= 1 << 20 and 1 <= self.iterations <= 64 and 1 <= self.lanes <= 16):
            raise StoreError(
                _("The store's header asks for an impossible key derivation."),
                remedy=_("The file is damaged: copy it for the depot and start with an empty folder."),
                code="store-damaged",
            )


TRAINING_COST = KdfCost(memory_kib=64, iterations=1)  # everybody knows that pass phrase: there is nothing to guess


@dataclass(frozen=True, slots=True)
class VaultHeader:
    """What is kept in the clear to unlock again. `wrapped_key` is useless without the pass phrase."""

    training: bool
    salt: bytes
    wrapped_key: bytes
    cost: KdfCost


class Vault:
    """An unlocked vault: seals and opens values."""

    def __init__(self, data_key: bytes, *, training: bool, entropy: Entropy) -> None:
        trust = b"training" if training else b"production"
        self._data_key = data_key
        self._aead = AESGCM(_expand(data_key, b"hht-seal-1|" + trust))
        self._index_key = _expand(data_key, b"hht-index-1|" + trust)
        self._training = training
        self._entropy = entropy

    def __repr__(self) -> str:
        return f"Vault(training={self._training}, unlocked)"

    @property
    def entropy(self) -> Entropy:
        """Where its nonces come from."""
        return self._entropy

    @classmethod
    def create(
        cls, pass_phrase: PassPhrase, *, training: bool, entropy: Entropy, cost: KdfCost | None = None
    ) -> tuple[Vault, VaultHeader]:
        """A new vault with a fresh data key. Raises PassPhraseError where a production pass phrase is too weak."""
        check_strength(pass_phrase, training=training)
        vault = cls(entropy(_KEY_BYTES), training=training, entropy=entropy)
        return vault, vault.header_for(pass_phrase, cost=cost)

    def header_for(self, pass_phrase: PassPhrase, *, cost: KdfCost | None = None) -> VaultHeader:
        """The same data key under another pass phrase. Raises PassPhraseError where it is too weak."""
        check_strength(pass_phrase, training=self._training)
        cost = cost or (TRAINING_COST if self._training else KdfCost())
        salt = self._entropy(_SALT_BYTES)
        wrapped = aes_key_wrap(_derive(pass_phrase, salt, cost), self._data_key)
        return VaultHeader(self._training, salt, wrapped, cost)

    @classmethod
    def unlock(cls, header: VaultHeader, pass_phrase: PassPhrase, *, entropy: Entropy) -> Vault:
        """The vault of `header`. Raises PassPhraseError where the pass phrase is wrong."""
        header.cost.check()
        try:
            data_key = aes_key_unwrap(_derive(pass_phrase, header.salt, header.cost), header.wrapped_key)
        except (InvalidUnwrap, ValueError) as error:
            raise PassPhraseError(
                _("The pass phrase is wrong."),
                remedy=_("Type it again; mind capital letters and the keyboard's language. It cannot be recovered."),
            ) from error
        return cls(data_key, training=header.training, entropy=entropy)

    def wrapped_for(self, secret: SlotSecret, place: bytes) -> bytes:
        """The data key, wrapped by a slot's secret for exactly this `place` (whose slot it is)."""
        return aes_key_wrap(_slot_key(secret, place), self._data_key)

    @classmethod
    def by_slot(cls, wrapped: bytes, secret: SlotSecret, place: bytes, *, entropy: Entropy) -> Vault | None:
        """A vault of live work; None where the secret is another, or the slot of another place."""
        try:
            return cls(aes_key_unwrap(_slot_key(secret, place), wrapped), training=False, entropy=entropy)
        except (InvalidUnwrap, ValueError):
            return None

    def seal(self, value: bytes, *, table: str, column: str, key: str) -> bytes:
        """`value`, sealed for exactly this place: format byte, nonce (12), ciphertext, tag (16)."""
        nonce = self._entropy(_NONCE_BYTES)
        return _FORMAT + nonce + self._aead.encrypt(nonce, value, _place(table, column, key))

    def open(self, sealed: bytes, *, table: str, column: str, key: str) -> bytes:
        """The value sealed for this place. Raises SealBroken where it was altered or belongs elsewhere."""
        nonce, body = sealed[1 : 1 + _NONCE_BYTES], sealed[1 + _NONCE_BYTES :]
        try:
            if sealed[:1] != _FORMAT or len(nonce) != _NONCE_BYTES:
                raise InvalidTag
            return self._aead.decrypt(nonce, body, _place(table, column, key))
        except InvalidTag as error:
            raise SealBroken(
                _("A sealed value ({table}, {column}) does not open: it was altered or damaged.").format(
                    table=table, column=column
                ),
                remedy=_("Do not rely on this record. Copy the store for the depot and import the job again."),
            ) from error

    def blind_index(self, value: str, *, table: str, column: str) -> str:
        """A keyed fingerprint (32 hex digits) of `value`, to find it again without keeping it in the clear."""
        mac = hmac.HMAC(self._index_key, hashes.SHA256())
        mac.update(_place(table, column, value))
        return mac.finalize()[:_INDEX_BYTES].hex()


def check_strength(pass_phrase: PassPhrase, *, training: bool) -> None:
    """Raises PassPhraseError where a production store is to get a pass phrase that protects nothing."""
    if training:
        return
    if len(pass_phrase) < MINIMUM_PASS_PHRASE:
        raise PassPhraseError(
            _("The pass phrase has {count} characters; at least {least} are needed.").format(
                count=len(pass_phrase), least=MINIMUM_PASS_PHRASE
            ),
            remedy=_("Choose a longer one: four unrelated words are easy to keep and hard to guess."),
            code="pass-phrase-weak",
        )
    if pass_phrase.reveal() == TRAINING_PASS_PHRASE.reveal():
        raise PassPhraseError(
            _("“training” is the pass phrase that everyone knows."),
            remedy=_("Choose another one for live work."),
            code="pass-phrase-weak",
        )


def _place(table: str, column: str, key: str) -> bytes:
    return f"{table}|{column}|{key}".encode()


def _derive(pass_phrase: PassPhrase, salt: bytes, cost: KdfCost) -> bytes:
    kdf = Argon2id(
        salt=salt, length=_KEY_BYTES, iterations=cost.iterations, lanes=cost.lanes, memory_cost=cost.memory_kib
    )
    return kdf.derive(pass_phrase.reveal())


def _slot_key(secret: SlotSecret, place: bytes) -> bytes:
    """The secret is random throughout: nothing has to make guesses of it costly."""
    return _expand(secret.reveal(), b"hht-slot-1|production|" + place)


def _expand(data_key: bytes, info: bytes) -> bytes:
    return HKDFExpand(algorithm=hashes.SHA256(), length=_KEY_BYTES, info=info).derive(data_key)
