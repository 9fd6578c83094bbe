"""What tests need of GBCS that no program does: a header taken apart again, and the certification authority's end."""

from __future__ import annotations

from cryptography import x509

from hht.emulation.gbcs.pki import _for_device
from hht.protocol.gbcs.building import Header
from hht.protocol.gbcs.certificates import Certificate, KeyUsage
from hht.protocol.gbcs.certification import read_request
from hht.protocol.gbcs.envelope import Envelope
from hht.protocol.gbcs.errors import CertificateUnreadable

_ID_LENGTH = 8


def header_of(message: Envelope) -> Header:
    """The header of a message that was taken apart."""
    return Header(
        message.kind,
        message.counter,
        message.originator,
        message.target,
        message.message_code,
        message.date_time,
        message.supplementary,
    )


def issued_for(request: bytes) -> Certificate:
    """The certificate that a device asked for by `request` (CS02c). Raises CertificateUnreadable."""
    key, said = read_request(request)
    try:
        names = said.get_extension_for_class(x509.SubjectAlternativeName).value
        signing = said.get_extension_for_class(x509.KeyUsage).value.digital_signature
        entity = next(one.value for one in names if isinstance(one, x509.OtherName))[-_ID_LENGTH:]
    except (x509.ExtensionNotFound, StopIteration):
        raise CertificateUnreadable("The request does not say whose key it is, or what for.") from None
    return _for_device(entity, KeyUsage.DIGITAL_SIGNATURE if signing else KeyUsage.KEY_AGREEMENT, key)
