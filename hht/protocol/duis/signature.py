"""XML signatures under DUIS documents: enveloped, ECDSA P-256 with SHA-256, the signer named by serial number.

Made and verified by `signxml`; what is read afterwards is what was signed, never the document around it. A signature
that covers anything but the whole document, or stands anywhere but under its root, is refused.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING
from xml.sax.saxutils import escape

from hht.i18n import _
from hht.protocol.duis.errors import SignatureRefused
from hht.protocol.duis.tree import DS, Element, read_xml

if TYPE_CHECKING:
    from cryptography import x509
    from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey

_SERIAL = "X509SerialNumber"


@dataclass(frozen=True, slots=True)
class Verified:
    """A document whose signature fits. `signer` is the certificate under which it does."""

    document: Element
    signer: x509.Certificate


def verify(octets: bytes, trusted: Iterable[x509.Certificate], at: datetime) -> Verified:
    """The document as it was signed by one of `trusted`, whose certificate was valid `at` that time.

    Raises XmlRefused for octets that are no document, SignatureRefused for a signature that is missing, stands
    elsewhere, is of nobody in `trusted`, does not fit, or is older or newer than its certificate.
    """
    signature = _only_signature(read_xml(octets))
    signer = _signer(signature, trusted)
    return Verified(read_xml(_signed(octets, signer, at, signature.line)), signer)


def sign(octets: bytes, key: EllipticCurvePrivateKey, certificate: x509.Certificate) -> bytes:
    """The document with an enveloped signature under its root. Raises XmlRefused for octets that are no document."""
    from lxml import etree  # type: ignore[import-untyped]
    from signxml.algorithms import (
        CanonicalizationMethod,
        DigestAlgorithm,
        SignatureConstructionMethod,
        SignatureMethod,
    )
    from signxml.signer import XMLSigner

    read_xml(octets)
    signer = XMLSigner(
        method=SignatureConstructionMethod.enveloped,
        signature_algorithm=SignatureMethod.ECDSA_SHA256,
        digest_algorithm=DigestAlgorithm.SHA256,
        c14n_algorithm=CanonicalizationMethod.EXCLUSIVE_XML_CANONICALIZATION_1_0,
    )
    root = etree.fromstring(octets, etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False))
    named = etree.fromstring(_key_info(certificate))
    signed = signer.sign(root, key=key, cert=[certificate], key_info=named, exclude_c14n_transform_element=True)
    written: bytes = etree.tostring(signed, xml_declaration=True, encoding="UTF-8")
    # A name declared but not used is left out of one of the two canonical forms: such a document does not verify.
    verify(written, [certificate], certificate.not_valid_before_utc)
    return written


def _key_info(certificate: x509.Certificate) -> str:
    issuer = escape(certificate.issuer.rfc4514_string())
    return (
        f'<ds:KeyInfo xmlns:ds="{DS}"><ds:X509Data><ds:X509IssuerSerial><ds:X509IssuerName>{issuer}</ds:X509IssuerName>'
        f"<ds:{_SERIAL}>{certificate.serial_number}</ds:{_SERIAL}></ds:X509IssuerSerial></ds:X509Data></ds:KeyInfo>"
    )


def _only_signature(document: Element) -> Element:
    found = [element for element in document.walk() if (element.name, element.namespace) == ("Signature", DS)]
    if not found:
        raise SignatureRefused(_("The document has no signature."), code="duis-unsigned")
    if len(found) > 1 or document.children[-1] is not found[0]:
        said = _("one signature is expected, at the document's end.")
        raise SignatureRefused(said, line=found[0].line, code="duis-signature-elsewhere")
    return found[0]


def _signer(signature: Element, trusted: Iterable[x509.Certificate]) -> x509.Certificate:
    serials = [element for element in signature.walk() if (element.name, element.namespace) == (_SERIAL, DS)]
    named = serials[0].text.strip() if len(serials) == 1 else ""
    for certificate in trusted:
        if str(certificate.serial_number) == named:
            return certificate
    said = _("the signature names a certificate ({serial}) that is not trusted here.").format(serial=named[:50] or "-")
    raise SignatureRefused(said, line=signature.line, code="duis-signer-unknown")


def _signed(octets: bytes, signer: x509.Certificate, at: datetime, line: int) -> bytes:
    """What the signature covers, canonical. Raises SignatureRefused."""
    from lxml import etree
    from signxml.algorithms import CanonicalizationMethod, DigestAlgorithm, SignatureMethod
    from signxml.exceptions import SignXMLException
    from signxml.verifier import SignatureConfiguration, XMLVerifier

    expected = SignatureConfiguration(
        location="./",
        signature_methods=frozenset({SignatureMethod.ECDSA_SHA256}),
        digest_algorithms=frozenset({DigestAlgorithm.SHA256}),
        default_reference_c14n_method=CanonicalizationMethod.CANONICAL_XML_1_0,
        verification_time=at,
    )
    try:
        result = XMLVerifier().verify(octets, x509_cert=signer, expect_config=expected)
    except (SignXMLException, etree.LxmlError, ValueError, TypeError, LookupError, AssertionError) as error:
        raise _refused(error, line) from None
    if isinstance(result, list):
        raise SignatureRefused(_("the signature covers more than one thing."), line=line)
    covered: bytes = result.signed_data
    return covered


def _refused(error: Exception, line: int) -> SignatureRefused:
    if "Certificate" in type(error).__name__:
        said = _("the certificate that the signature names was not valid at that time.")
        return SignatureRefused(said, line=line, code="duis-signer-expired")
    said = _("the signature does not fit: the document was changed after it was signed, or another key signed it.")
    return SignatureRefused(said, line=line)
