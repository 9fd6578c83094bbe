"""Whether a certificate may take another's place: issued by an authority that the root vouches for, valid now; and the
request for one, that a device makes for a new key of its own (CS02b, CS02c)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ec import ECDSA
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding

from hht.i18n import _
from hht.protocol.gbcs import der
from hht.protocol.gbcs.certificates import KeyUsage
from hht.protocol.gbcs.crypto import PrivateKey, PublicKey, require_p256
from hht.protocol.gbcs.errors import CertificateUnreadable, GbcsError

_ENDLESS: Final = 9999
_HARDWARE_MODULE_NAME: Final = x509.ObjectIdentifier("1.3.6.1.5.5.7.8.4")
_DEVICE_OID: Final = bytes.fromhex("060D2A863A0001848FB90F01020201")  # 1.2.826.0.1.8641679.1.2.2.1
_UNREADABLE: Final = (
    ValueError, TypeError, UnsupportedAlgorithm, GbcsError, x509.InvalidVersion, x509.DuplicateExtension,
)  # fmt: skip


def is_issued(octets: bytes, path: Iterable[bytes], root: PublicKey) -> bool:
    """Whether the certificate `octets` (DER) was issued by whoever has the key `root`, or by an authority in `path`
    (DER each) that was. Names no dates; `is_valid_at` does."""
    found = _loaded(octets)
    if found is None:
        return False
    if _signed_with(found, root):
        return True
    authorities = [one for one in map(_loaded, path) if one is not None and _may_issue(one) and _signed_with(one, root)]
    return any(
        one.subject == found.issuer and _signed_with(found, require_p256(one.public_key())) for one in authorities
    )


def is_valid_at(octets: bytes, moment: datetime) -> bool:
    """Whether `moment` (aware) lies within the validity of the certificate `octets` (DER)."""
    found = _loaded(octets)
    return found is not None and found.not_valid_before_utc <= moment <= found.not_valid_after_utc


@dataclass(frozen=True, slots=True)
class Terms:
    """Who issued a certificate (its issuer's name as text) and from when to when it holds; `until` None: it has no end
    (RFC 5280 4.1.2.5 writes that as the last second of the year 9999)."""

    issuer: str
    since: datetime
    until: datetime | None


def terms_of(octets: bytes) -> Terms | None:
    """The terms of the certificate `octets` (DER); None where it cannot be read."""
    found = _loaded(octets)
    if found is None:
        return None
    until = found.not_valid_after_utc
    names = [str(one.value) for one in found.issuer if isinstance(one.value, str)]
    return Terms(", ".join(names), found.not_valid_before_utc, None if until.year == _ENDLESS else until)


def device_names(entity: bytes) -> x509.SubjectAlternativeName:
    """Where a device's identifier (8 octets) stands in its certificate, and in its request for one (gbcs.md 2.2)."""
    name = der.tlv(der.SEQUENCE, _DEVICE_OID + der.tlv(der.OCTET_STRING, entity))
    return x509.SubjectAlternativeName([x509.OtherName(_HARDWARE_MODULE_NAME, name)])


def key_usage(usage: KeyUsage) -> x509.KeyUsage:
    """The extension that says what a key is for."""
    return x509.KeyUsage(
        digital_signature=usage is KeyUsage.DIGITAL_SIGNATURE,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=usage in (KeyUsage.KEY_AGREEMENT, KeyUsage.PREPAYMENT),
        key_cert_sign=usage is KeyUsage.CERTIFICATE_SIGNING,
        crl_sign=False,
        encipher_only=False,
        decipher_only=False,
    )


def certificate_request(entity: bytes, usage: KeyUsage, key: PrivateKey) -> bytes:
    """A device's request (PKCS #10, DER) for the certificate of a new key, signed with that key. Its form is the
    reference device's (CS02c): no subject, what the key is for, whose it is."""
    builder = x509.CertificateSigningRequestBuilder().subject_name(x509.Name([]))
    builder = builder.add_extension(key_usage(usage), critical=True).add_extension(device_names(entity), critical=True)
    return builder.sign(key, SHA256(), ecdsa_deterministic=True).public_bytes(Encoding.DER)


def read_request(octets: bytes) -> tuple[PublicKey, x509.Extensions]:
    """The key that a request is about, and what it says of it. Raises CertificateUnreadable, also where the request is
    not signed with that key."""
    try:
        found = x509.load_der_x509_csr(octets)
        if found.is_signature_valid:
            return require_p256(found.public_key()), found.extensions
    except _UNREADABLE:
        pass
    raise CertificateUnreadable(
        _("This is no request for a device's certificate."),
        remedy=_("Give it as the device answered it (CS02c), and ask for it again where it was changed."),
    )


def _loaded(octets: bytes) -> x509.Certificate | None:
    try:
        found = x509.load_der_x509_certificate(octets)
        require_p256(found.public_key())
    except _UNREADABLE:
        return None
    return found


def _may_issue(found: x509.Certificate) -> bool:
    try:
        return found.extensions.get_extension_for_class(x509.KeyUsage).value.key_cert_sign
    except (x509.ExtensionNotFound, *_UNREADABLE):
        return False


def _signed_with(found: x509.Certificate, key: PublicKey) -> bool:
    try:
        key.verify(found.signature, found.tbs_certificate_bytes, ECDSA(SHA256()))
    except InvalidSignature:
        return False
    return True
