"""A device's own keys and certificates: shown (CS02e), asked for anew (CS02c), taken into use (CS02d).

The response to CS02d still has the old key: whoever asked learns only by it that the new one is in force. Keys of
training follow from the device's identifier and how often they were renewed.
"""

from __future__ import annotations

from typing import Final

from hht.emulation.gbcs.pki import device_certificate
from hht.emulation.gbcs.translation import Asked, asn1_answer, asn1_of
from hht.model.alert_codes import AlertCode
from hht.protocol.gbcs import der
from hht.protocol.gbcs.certificates import Certificate, KeyUsage, read_certificate
from hht.protocol.gbcs.certification import certificate_request, is_issued
from hht.protocol.gbcs.errors import CertificateUnreadable
from hht.protocol.gbcs.messages import Role
from hht.protocol.gbcs.payload import Asn1
from hht.protocol.gbcs.training_trust import training_key
from hht.protocol.gbcs.trust_anchors import Cell

USAGES: Final = {
    bytes.fromhex("0780"): KeyUsage.DIGITAL_SIGNATURE,
    bytes.fromhex("0308"): KeyUsage.KEY_AGREEMENT,
    bytes.fromhex("0204"): KeyUsage.CERTIFICATE_SIGNING,
}
_SUCCESS, _INVALID, _OTHER_DEVICE, _WRONG_USAGE, _NO_KEY_PAIR, _WRONG_KEY = range(6)
_INVALID_KEY_USAGE: Final = 1  # of CS02c and CS02e
_ALERTS: Final = {
    KeyUsage.DIGITAL_SIGNATURE: (
        AlertCode.SIGNING_CERTIFICATE_REPLACED,
        AlertCode.SIGNING_CERTIFICATE_NOT_REPLACED,
    ),
    KeyUsage.KEY_AGREEMENT: (
        AlertCode.KEY_AGREEMENT_CERTIFICATE_REPLACED,
        AlertCode.KEY_AGREEMENT_CERTIFICATE_NOT_REPLACED,
    ),
}


def shown(asked: Asked) -> Asn1:
    """CS02e: the certificate in use."""
    usage = USAGES.get(asn1_of(asked).value["keyUsage"])
    if usage not in _ALERTS:
        return asn1_answer(asked, der.INTEGER, _INVALID_KEY_USAGE)
    found = asked.end.own.get(usage) or device_certificate(asked.end.entity, usage)
    return asn1_answer(asked, der.SEQUENCE, found.der)


def requested(asked: Asked) -> Asn1:
    """CS02c: a new key pair, and the request for its certificate. Asked again, it is another key pair."""
    usage, end = USAGES.get(asn1_of(asked).value["keyUsage"]), asked.end
    if usage not in _ALERTS:
        return asn1_answer(asked, der.INTEGER, _INVALID_KEY_USAGE)
    end.offers += 1
    key = end.offered[usage] = training_key(end.entity, usage, end.offers)
    return asn1_answer(asked, der.SEQUENCE, certificate_request(end.entity, usage, key))


def taken(asked: Asked) -> Asn1:
    """CS02d: the certificate of the key that was offered last, from now on."""
    try:
        certificate = read_certificate(asn1_of(asked).value)
    except CertificateUnreadable:
        return asn1_answer(asked, der.INTEGER, _INVALID)
    found = _judged(asked, certificate)
    if certificate.usage in _ALERTS:
        asked.device.alert(_ALERTS[certificate.usage][found != _SUCCESS])
    if found == _SUCCESS:
        asked.end.renew(certificate)
    return asn1_answer(asked, der.INTEGER, found)


def _judged(asked: Asked, certificate: Certificate) -> int:
    root = asked.end.anchors.get(Cell(Role.ROOT, KeyUsage.CERTIFICATE_SIGNING))
    if certificate.role is not None or root is None or not is_issued(certificate.der, (), root.public_key):
        return _INVALID
    if certificate.entity != asked.end.entity:
        return _OTHER_DEVICE
    if certificate.usage not in _ALERTS:
        return _WRONG_USAGE
    offered = asked.end.offered.get(certificate.usage)
    if offered is None:
        return _NO_KEY_PAIR
    return _SUCCESS if offered.public_key() == certificate.public_key else _WRONG_KEY
