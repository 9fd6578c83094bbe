"""The terminal's own key, for which a desk seals install codes: made once, kept sealed in the store, never shown."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from cryptography.exceptions import InternalError, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_pem_public_key

from hht.errors import HhtError
from hht.i18n import _
from hht.packs.sealing import terminal_key_name

if TYPE_CHECKING:
    from collections.abc import Callable

    from hht.store.store import Store

_SETTING = "pack-terminal-key"


@dataclass(frozen=True, slots=True)
class TerminalKey:
    """Both halves; only the public one goes anywhere."""

    private: X25519PrivateKey = field(repr=False)

    @property
    def public(self) -> X25519PublicKey:
        """What desks seal with."""
        return self.private.public_key()

    @property
    def pem(self) -> bytes:
        """The public half as a file."""
        return self.public.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)


def kept_key(store: Store, random_bytes: Callable[[int], bytes]) -> TerminalKey:
    """The store's key, made where there is none yet. Raises StoreError."""
    with store.transaction():
        kept = store.setting(_SETTING)
        if kept is None:
            kept = random_bytes(32).hex()
            store.save_setting(_SETTING, kept)
    return TerminalKey(X25519PrivateKey.from_private_bytes(bytes.fromhex(kept)))


def kept_key_name(store: Store) -> str:
    """How packs call the store's key; "" where it has none yet. Raises StoreError."""
    kept = store.setting(_SETTING)
    if kept is None:
        return ""
    return terminal_key_name(TerminalKey(X25519PrivateKey.from_private_bytes(bytes.fromhex(kept))).public)


def public_key(pem: bytes) -> X25519PublicKey:
    """The key in a file. Raises HhtError ``terminal-key``."""
    try:
        found = load_pem_public_key(pem)
    except (ValueError, TypeError, UnsupportedAlgorithm, InternalError):
        found = None
    if not isinstance(found, X25519PublicKey):
        raise HhtError(
            _("This is no key of a terminal."),
            remedy=_("Have it written on the terminal: hht pack terminal-key --out FILE."),
            code="terminal-key",
        )
    return found
