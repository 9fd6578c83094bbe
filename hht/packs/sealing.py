"""What only one terminal may read in a pack: sealed with HPKE (RFC 9180: X25519, HKDF-SHA256, AES-128-GCM).

The seal names pack, device and purpose, so a sealed install code fits nowhere else.
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.hpke import AEAD, KDF, KEM, Suite

from hht.i18n import _
from hht.identifiers.device_id import DeviceId
from hht.identifiers.errors import IdentifierError
from hht.identifiers.install_code import InstallCode
from hht.packs.errors import SealError

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey

_SUITE = Suite(KEM.X25519, KDF.HKDF_SHA256, AEAD.AES_128_GCM)


def terminal_key_name(key: X25519PublicKey) -> str:
    """How a pack calls the terminal that it is sealed for: 16 hex digits."""
    return hashlib.sha256(key.public_bytes_raw()).hexdigest()[:16]


def seal_install_code(code: InstallCode, key: X25519PublicKey, pack: str, device: DeviceId) -> bytes:
    """An install code that only the owner of `key` can read, in this pack, for this device."""
    return _SUITE.encrypt(code.reveal().encode(), key, _purpose(pack, device))


def unseal_install_code(sealed: bytes, key: X25519PrivateKey, pack: str, device: DeviceId) -> InstallCode:
    """The install code. Raises SealError for one that was sealed for another terminal, pack or device, or changed."""
    try:
        return InstallCode(_SUITE.decrypt(sealed, key, _purpose(pack, device)).decode("ascii"))
    except (InvalidTag, ValueError, UnicodeDecodeError, IdentifierError):
        raise SealError(
            _("The install code of {device} is not sealed for this terminal.").format(device=device),
            remedy=_("Tell the desk the name of this terminal's key and ask for the pack again."),
        ) from None


def _purpose(pack: str, device: DeviceId) -> bytes:
    return f"hht-pack/1 install-code {pack} {device}".encode()
