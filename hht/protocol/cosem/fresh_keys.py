"""The key of a general-ciphering message: named, wrapped, or agreed on (Green Book 9.2.3.4, 9.5). Both ends.

A key made for one message protects nothing against that message coming twice: its invocation counter, which belongs to
the association's series and must rise, does.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from hht.i18n import _
from hht.protocol.cosem import ecc
from hht.protocol.cosem.envelopes import Envelope
from hht.protocol.cosem.errors import NotSupported, SecurityError, ValueOutOfRange
from hht.protocol.cosem.general import (
    MASTER_KEY,
    ONE_PASS,
    STATIC,
    UNICAST,
    AgreedKey,
    GeneralHeader,
    IdentifiedKey,
    KeyInfo,
    WrappedKey,
)
from hht.protocol.cosem.lengths import encode_length
from hht.protocol.cosem.security import SecurityMaterial

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey, EllipticCurvePublicKey


def check_material(material: SecurityMaterial, envelope: Envelope) -> None:
    """Refuse to begin with keys missing. Raises ValueOutOfRange that names what is missing."""
    if envelope is Envelope.WRAPPED_KEY and not material.kek:
        raise _missing(_("Messages under wrapped keys need the master key (kek)."))
    if envelope not in (Envelope.ONE_PASS_KEY, Envelope.STATIC_KEY):
        return
    keys = material.ecc
    if material.suite == 0:
        raise _missing(_("Keys are agreed on in security suites 1 and 2; suite 0 has no curve."))
    if keys.peer_agreement_key is None:
        raise _missing(_("Agreed keys need the other end's key-agreement certificate."))
    if envelope is Envelope.STATIC_KEY and keys.agreement_key is None:
        raise _missing(_("Agreed keys with static keys alone need the own key-agreement key."))
    if envelope is Envelope.ONE_PASS_KEY and (keys.signing_key is None or keys.agreement_key is None):
        raise _missing(_("Agreed keys with an ephemeral key need the own signing and key-agreement keys."))


def _missing(message: str) -> ValueOutOfRange:
    return ValueOutOfRange(
        message, remedy=_("Complete the keys of this meter, or choose another envelope."), code="cosem-keys-missing"
    )


def make_key(
    envelope: Envelope, material: SecurityMaterial, header: GeneralHeader, random_bytes: Callable[[int], bytes]
) -> tuple[bytes, KeyInfo]:
    """The key for a message that leaves with `header`, and what tells the other end which it is."""
    suite = material.parameters
    if envelope is Envelope.IDENTIFIED_KEY:
        return material.ek, IdentifiedKey(UNICAST)
    if envelope is Envelope.WRAPPED_KEY:
        from cryptography.hazmat.primitives.keywrap import aes_key_wrap

        key = random_bytes(suite.key_length)
        return key, WrappedKey(aes_key_wrap(material.kek, key), MASTER_KEY)
    keys = material.ecc
    assert keys.peer_agreement_key is not None  # check_material
    if envelope is Envelope.STATIC_KEY:
        assert keys.agreement_key is not None
        return _static(keys.agreement_key, keys.peer_agreement_key, material, header), AgreedKey(bytes((STATIC,)))
    assert keys.signing_key is not None
    number = int.from_bytes(random_bytes(suite.curve_octets + 8), "big")
    ephemeral = ecc.private_key_from_number(number, suite)
    octets = ecc.point_octets(ephemeral.public_key())
    z = ecc.shared_secret(ephemeral, keys.peer_agreement_key)
    key = ecc.derive_key(suite, z, header.originator, header.recipient)
    return key, AgreedKey(bytes((ONE_PASS,)), octets + ecc.sign(keys.signing_key, octets))


def find_key(info: KeyInfo | None, material: SecurityMaterial, header: GeneralHeader) -> tuple[bytes, Envelope]:
    """The key of a message that came with `header`, and the kind of envelope it is.

    Raises SecurityError (not genuine, or no key here to open it with), NotSupported.
    """
    if isinstance(info, IdentifiedKey) and info.key_id == UNICAST:
        return material.ek, Envelope.IDENTIFIED_KEY
    if isinstance(info, WrappedKey) and info.kek_id == MASTER_KEY:
        return _unwrap(info, material), Envelope.WRAPPED_KEY
    if isinstance(info, AgreedKey) and material.suite:
        return _agreed(info, material, header)
    raise NotSupported(_("A message under a key that is not known here: a broadcast key, or one it does not name."))


def _unwrap(info: WrappedKey, material: SecurityMaterial) -> bytes:
    from cryptography.hazmat.primitives.keywrap import InvalidUnwrap, aes_key_unwrap

    if not material.kek:
        raise _cannot_open(_("A message under a wrapped key came, and there is no master key here to unwrap it."))
    try:
        key = aes_key_unwrap(material.kek, info.wrapped)
    except (InvalidUnwrap, ValueError):
        key = b""
    if len(key) != material.parameters.key_length:
        raise SecurityError(_("A wrapped key does not fit the master key."), code="cosem-key-wrap")
    return key


def _agreed(info: AgreedKey, material: SecurityMaterial, header: GeneralHeader) -> tuple[bytes, Envelope]:
    keys, suite = material.ecc, material.parameters
    if keys.agreement_key is None:
        raise _cannot_open(_("A message under an agreed key came, and there is no key-agreement key here."))
    if info.parameters == bytes((STATIC,)) and not info.data:
        if keys.peer_agreement_key is None or not header.transaction_id:
            raise _cannot_open(_("A message under an agreed key lacks its transaction, or we the other end's key."))
        return _static(keys.agreement_key, keys.peer_agreement_key, material, header), Envelope.STATIC_KEY
    size = 2 * suite.curve_octets
    if info.parameters != bytes((ONE_PASS,)) or len(info.data) != size + suite.signature_length:
        raise NotSupported(_("A message under a key agreed on in a way that is not known here."))
    octets, signature = info.data[:size], info.data[size:]
    if keys.peer_signing_key is None or not ecc.is_signature(keys.peer_signing_key, signature, octets):
        raise SecurityError(_("An ephemeral key came whose signature does not fit."), code="cosem-signature")
    z = ecc.shared_secret(keys.agreement_key, ecc.point(octets, suite))
    return ecc.derive_key(suite, z, header.originator, header.recipient), Envelope.ONE_PASS_KEY


def _static(
    own: EllipticCurvePrivateKey, peer: EllipticCurvePublicKey, material: SecurityMaterial, header: GeneralHeader
) -> bytes:
    nonce = encode_length(len(header.transaction_id)) + header.transaction_id
    z = ecc.shared_secret(own, peer)
    return ecc.derive_key(material.parameters, z, header.originator + nonce, header.recipient)


def _cannot_open(message: str) -> SecurityError:
    return SecurityError(message, remedy=_("Complete the keys of this meter, then connect again."), code="cosem-no-key")
