"""Certificates of organisations and devices: whose they are, for what (gbcs.md 2.2).

Test certificates are long expired, and no terminal can ask whether one was revoked: nothing here judges dates. Who
vouches for a certificate is the business of whoever hands it out (a pack, a device's trust anchor cells).
"""

from __future__ import annotations

import enum
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, TypeVar

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.serialization import Encoding

from hht.i18n import _
from hht.protocol.gbcs import der
from hht.protocol.gbcs.crypto import PublicKey, require_p256
from hht.protocol.gbcs.errors import CertificateUnreadable, GbcsError
from hht.protocol.gbcs.messages import Role

if TYPE_CHECKING:
    from collections.abc import Iterable

_HARDWARE_MODULE_NAME: Final = x509.ObjectIdentifier("1.3.6.1.5.5.7.8.4")
_UNREADABLE: Final = (x509.InvalidVersion, x509.DuplicateExtension, x509.UnsupportedGeneralNameType)
_ID_LENGTH: Final = 8
_Extension = TypeVar("_Extension", bound=x509.ExtensionType)


class KeyUsage(enum.StrEnum):
    """What a key is for, as the files of keys name it. PREPAYMENT agrees on the keys of top-up tokens alone."""

    DIGITAL_SIGNATURE = "ds"
    KEY_AGREEMENT = "ka"
    PREPAYMENT = "ka-pp"
    CERTIFICATE_SIGNING = "cs"


@dataclass(frozen=True, slots=True)
class Certificate:
    """Whose key this is. `entity`: 8 octets; `role` None: a device's. `subject_key` identifies the key, or b""."""

    entity: bytes
    role: Role | None
    usage: KeyUsage
    public_key: PublicKey = field(repr=False, compare=False)
    subject_key: bytes = b""
    der: bytes = field(default=b"", repr=False)


def read_certificate(octets: bytes, *, prepayment: bool = False) -> Certificate:
    """The certificate in PEM or DER; a certificate does not say itself whether its key is for `prepayment`.

    Raises CertificateUnreadable.
    """
    try:
        if octets.lstrip()[:5] == b"-----":
            found = x509.load_pem_x509_certificate(octets)
        else:
            found = x509.load_der_x509_certificate(octets)
        public = require_p256(found.public_key())
        role, entity = _subject(found)
        usage = _usage(found)
        subject_key = _subject_key(found)
    except (ValueError, TypeError, UnsupportedAlgorithm, GbcsError, *_UNREADABLE):
        raise CertificateUnreadable(
            _("This is no certificate of a device or organisation that can be read."),
            remedy=_("Give the certificate as it was issued, as PEM or DER."),
        ) from None
    if prepayment and usage is KeyUsage.KEY_AGREEMENT:
        usage = KeyUsage.PREPAYMENT
    return Certificate(entity, role, usage, public, subject_key, found.public_bytes(Encoding.DER))


def _subject(found: x509.Certificate) -> tuple[Role | None, bytes]:
    """Role and identifier of an organisation, None and identifier of a device."""
    unique = found.subject.get_attributes_for_oid(x509.NameOID.X500_UNIQUE_IDENTIFIER)
    if not unique:
        return None, _device(found)
    value = unique[0].value
    octets = value if isinstance(value, bytes) else value.encode("latin-1")
    units = found.subject.get_attributes_for_oid(x509.NameOID.ORGANIZATIONAL_UNIT_NAME)
    role = Role.of_number(int(str(units[0].value), 16)) if units else None
    if role is None or len(octets) != _ID_LENGTH + 1:
        raise _unreadable()
    return role, octets[1:]


def _device(found: x509.Certificate) -> bytes:
    """The identifier in the hardware module name: SEQUENCE {OID, OCTET STRING}."""
    names: Iterable[x509.GeneralName] = _extension(found, x509.SubjectAlternativeName) or ()
    for name in names:
        if isinstance(name, x509.OtherName) and name.type_id == _HARDWARE_MODULE_NAME:
            octets = name.value
            outer = der.whole(octets)
            parts = list(der.elements(octets, outer.body, outer.end))
            serial = octets[parts[-1].body : parts[-1].end] if len(parts) == 2 else b""
            if len(serial) == _ID_LENGTH and parts[1].tag == der.OCTET_STRING:
                return serial
    raise _unreadable()


def _usage(found: x509.Certificate) -> KeyUsage:
    said = _extension(found, x509.KeyUsage)
    if said is not None and said.digital_signature:
        return KeyUsage.DIGITAL_SIGNATURE
    if said is not None and said.key_agreement:
        return KeyUsage.KEY_AGREEMENT
    if said is not None and said.key_cert_sign:
        return KeyUsage.CERTIFICATE_SIGNING
    raise _unreadable()


def _subject_key(found: x509.Certificate) -> bytes:
    said = _extension(found, x509.SubjectKeyIdentifier)
    return b"" if said is None else said.digest


def _extension(found: x509.Certificate, kind: type[_Extension]) -> _Extension | None:
    try:
        return found.extensions.get_extension_for_class(kind).value
    except x509.ExtensionNotFound:
        return None


def _unreadable() -> GbcsError:
    return CertificateUnreadable(_("This certificate names neither a device nor an organisation of smart metering."))
