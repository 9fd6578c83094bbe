"""Keys as files: ``<EUI64>-<ds|ka|ka-pp>.pem`` (a certificate or public key), ``….key.pem`` (a private key).

What a certificate says goes before what its file is called; where the two differ, that is told.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from hht.i18n import _
from hht.protocol.cosem import ecc
from hht.protocol.cosem.errors import CosemError
from hht.protocol.gbcs.certificates import KeyUsage, read_certificate
from hht.protocol.gbcs.crypto import require_p256
from hht.protocol.gbcs.envelope import id_text
from hht.protocol.gbcs.errors import GbcsError
from hht.protocol.gbcs.keys import KeyRing

_NAME: Final = re.compile(r"([0-9A-Fa-f]{16})-(ds|ka-pp|ka)(\.key)?\.pem")


@dataclass(frozen=True, slots=True)
class KeyFileRemark:
    """Something about one file that whoever gave it should know; `used`: its key is held all the same."""

    name: str
    text: str
    used: bool


def read_key_files(files: Iterable[tuple[str, bytes]], acb: bytes = b"") -> tuple[KeyRing, list[KeyFileRemark]]:
    """The keys in files, by name and contents; files of another name are passed over. No key is ever quoted."""
    ring = KeyRing(acb)
    remarks = []
    for name, contents in sorted(files):
        found = _NAME.fullmatch(name)
        if found is None:
            continue
        try:
            remark = _add(ring, bytes.fromhex(found[1]), KeyUsage(found[2]), contents, private=bool(found[3]))
        except (GbcsError, CosemError, UnicodeDecodeError):
            words = _("it holds no key of P-256 that can be read, and was left out")
            remarks.append(KeyFileRemark(name, words, False))
        else:
            if remark:
                remarks.append(KeyFileRemark(name, remark, True))
    return ring, remarks


def _add(ring: KeyRing, entity: bytes, usage: KeyUsage, contents: bytes, *, private: bool) -> str:
    """Take one key; a remark, or nothing. Raises GbcsError, CosemError, UnicodeDecodeError for what is none."""
    if private:
        key = ecc.private_key(contents.decode("ascii"))
        require_p256(key.public_key())
        ring.add_private(entity, usage, key)
        return ""
    if b"CERTIFICATE" not in contents:
        ring.add_public(entity, usage, require_p256(ecc.public_key(contents.decode("ascii"))))
        return ""
    certificate = read_certificate(contents, prepayment=usage is KeyUsage.PREPAYMENT)
    ring.add_certificate(certificate)
    if (certificate.entity, certificate.usage) == (entity, usage):
        return ""
    return _("its certificate is {entity}'s, for {usage}, and taken as that").format(
        entity=id_text(certificate.entity), usage=certificate.usage.value
    )
