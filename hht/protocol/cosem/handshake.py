"""The client's opening: AARQ, AARE, and the proofs of high-level security (Green Book 9.3.2 to 9.3.4, 9.2.7.4)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from hmac import compare_digest

from hht.i18n import _
from hht.protocol.cosem.acse import Aare, Aarq
from hht.protocol.cosem.action import ActionRequestNormal, ActionResponseNormal
from hht.protocol.cosem.apdu import parse_apdu
from hht.protocol.cosem.channel import Channel, no_random_bytes, wrong_title
from hht.protocol.cosem.codes import (
    FIRST_LIGHT,
    ActionResult,
    ApplicationContext,
    AssociationResult,
    Conformance,
    DiagnosticSource,
    Mechanism,
    UserDiagnostic,
)
from hht.protocol.cosem.descriptors import CosemMethod
from hht.protocol.cosem.envelopes import Envelope
from hht.protocol.cosem.errors import (
    NotSupported,
    PeerNotProved,
    PlaintextRefused,
    UnexpectedApdu,
    ValueOutOfRange,
)
from hht.protocol.cosem.fresh_keys import check_material
from hht.protocol.cosem.initiate import (
    DLMS_VERSION,
    LN_VAA_NAME,
    ConfirmedServiceError,
    InitiateRequest,
    InitiateResponse,
)
from hht.protocol.cosem.obis import Obis
from hht.protocol.cosem.operations import check_invoke, unexpected
from hht.protocol.cosem.proofs import HIGH_MECHANISMS, Proofs, challenge_length, is_challenge
from hht.protocol.cosem.rejections import association_rejected
from hht.protocol.cosem.results import Associated, NextRequest
from hht.protocol.cosem.security import TITLE_LENGTH, Protection, SecurityMaterial
from hht.protocol.cosem.values import Data, octets

REPLY_TO_HLS = CosemMethod(15, Obis(0, 0, 40, 0, 0), 1)
_HLS_INVOKE = 0xC1


@dataclass(frozen=True, slots=True)
class AssociationRequest:
    """How to associate. No secret shows in `repr`.

    `password` is that of security low, or the secret of SHA-256. `ciphered` None means: as the mechanism needs (gmac
    ciphered, SHA-256 and ECDSA where there are keys, others plain). `protection` is that of a ciphered association,
    both ways, `envelope` how it leaves once the association stands, `signed` adds a signature, both ways; with
    `protection` NOTHING the signature is all there is after the (ciphered) opening. `max_pdu` is
    the longest APDU that this end takes, 0 for no limit. Raises ValueOutOfRange for a password or keys that are missing
    or do not fit.
    """

    client_sap: int
    mechanism: Mechanism = Mechanism.NONE
    password: bytes = field(default=b"", repr=False)
    material: SecurityMaterial | None = None
    max_pdu: int = 0xFFFF
    ciphered: bool | None = None
    conformance: Conformance = FIRST_LIGHT
    protection: Protection = Protection.AUTHENTICATED_ENCRYPTED
    envelope: Envelope = Envelope.GLOBAL
    signed: bool = False

    def __post_init__(self) -> None:
        self._check_mechanism()
        if not self.needs_titles:
            if self.envelope is not Envelope.GLOBAL or self.signed:
                raise _unusable(_("Envelopes and signatures belong to a ciphered association."), "cosem-envelope")
            return
        material = self.material
        if material is None or len(material.client_title) != TITLE_LENGTH:
            raise _unusable(_("This association needs keys and the client's system title."), "cosem-keys-missing")
        if material.client_title == material.system_title:
            raise _unusable(_("Client and meter must not have the same system title."), "cosem-system-title")
        if (self.is_ciphered or self.mechanism is Mechanism.GMAC) and not material.has_keys:
            raise _unusable(_("This association needs an encryption and an authentication key."), "cosem-keys-missing")
        self._check_signatures(material)
        self._check_envelope(material)

    def _check_mechanism(self) -> None:
        if self.mechanism in (Mechanism.HIGH_MD5, Mechanism.HIGH_SHA1, Mechanism.HIGH):
            raise _unusable(
                _("The mechanism {name} is not used here: its proofs can be forged.").format(
                    name={3: "MD5", 4: "SHA-1"}.get(int(self.mechanism), _("of the manufacturer"))
                ),
                "cosem-mechanism",
            )
        if self.mechanism not in (Mechanism.NONE, Mechanism.LOW) and self.mechanism not in HIGH_MECHANISMS:
            raise _unusable(_("This terminal proves itself with none, low, gmac, sha256 or ecdsa."), "cosem-mechanism")
        if self.mechanism is Mechanism.LOW and not self.password:
            raise _unusable(_("Security low needs a password."), "cosem-password-missing")
        if self.mechanism is Mechanism.HIGH_SHA256 and not self.password:
            raise _unusable(_("Security sha256 needs a secret."), "cosem-password-missing")

    def _check_signatures(self, material: SecurityMaterial) -> None:
        if self.mechanism is not Mechanism.HIGH_ECDSA and not self.signed:
            return
        keys = material.ecc
        if keys.signing_key is None or keys.peer_signing_key is None:
            raise _unusable(
                _("Signatures need the client's signing key and the meter's certificate."), "cosem-keys-missing"
            )

    def _check_envelope(self, material: SecurityMaterial) -> None:
        plain = self.envelope is Envelope.GLOBAL and not self.signed
        if not self.is_ciphered and not plain:
            raise _unusable(_("Envelopes and signatures belong to a ciphered association."), "cosem-envelope")
        if self.signs_only and not (self.is_ciphered and self.signed and material.suite and not self._has_envelope):
            raise _unusable(
                _("Signatures alone belong to security suites 1 and 2, and to no envelope."), "cosem-envelope"
            )
        if self.envelope.is_dedicated and Protection.ENCRYPTED not in self.protection:
            raise _unusable(_("A dedicated key can only be sent encrypted."), "cosem-envelope")
        check_material(material, self.envelope)

    @property
    def signs_only(self) -> bool:
        """Messages are signed and not ciphered, but for the opening."""
        return self.protection is Protection.NOTHING

    @property
    def _has_envelope(self) -> bool:
        return self.envelope is not Envelope.GLOBAL

    @property
    def is_ciphered(self) -> bool:
        """Whether the ciphered application context is asked for."""
        if self.ciphered is not None:
            return self.ciphered
        return self.mechanism in HIGH_MECHANISMS and self.material is not None and self.material.has_keys

    @property
    def needs_titles(self) -> bool:
        """Whether `material` is needed, for its titles at least."""
        return self.is_ciphered or self.mechanism in HIGH_MECHANISMS


def _unusable(message: str, code: str) -> ValueOutOfRange:
    return ValueOutOfRange(message, remedy=_("Check client, security, password and keys for this meter."), code=code)


class Handshake:
    """From AARQ to a standing association."""

    def __init__(self, request: AssociationRequest, random_bytes: Callable[[int], bytes] | None) -> None:
        self._request = request
        self._random_bytes = random_bytes or no_random_bytes
        self._challenge = b""
        self._answered: Associated | None = None
        self._proofs: Proofs | None = None
        self._proof_after = -1
        self.channel: Channel | None = None
        if request.is_ciphered and request.material is not None:
            material, titles = request.material, (request.material.client_title, request.material.system_title)
            opening = Protection.AUTHENTICATED_ENCRYPTED if request.signs_only else request.protection
            self.channel = Channel(material, *titles, opening, random_bytes=self._random_bytes)
            self.channel.envelope = self.channel.opening = request.envelope.opening

    def aarq(self) -> bytes:
        """The association request."""
        request = self._request
        proposal = InitiateRequest(self._conformance, request.max_pdu, self._dedicated_key()).encode()
        title = request.material.client_title if request.needs_titles and request.material else None
        return Aarq(
            ApplicationContext.LN_CIPHERED if self.channel else ApplicationContext.LN,
            self.channel.seal(proposal) if self.channel else proposal,
            None if request.mechanism is Mechanism.NONE else request.mechanism,
            self._authentication(),
            title,
        ).encode()

    @property
    def _conformance(self) -> Conformance:
        """What is proposed; general protection with it wherever there is something to protect."""
        general = Conformance.GENERAL_PROTECTION if self.channel else Conformance.NONE
        return self._request.conformance | general

    @property
    def _suite(self) -> int | None:
        """The security suite of a ciphered opening."""
        return self.channel.material.suite if self.channel else None

    def _dedicated_key(self) -> bytes | None:
        """A key of this association's own, where its envelope needs one."""
        if self.channel is None or not self._request.envelope.is_dedicated:
            return None
        key = self._random_bytes(self.channel.material.parameters.key_length)
        self.channel.use_dedicated_key(key)
        return key

    def _authentication(self) -> bytes | None:
        mechanism = self._request.mechanism
        if mechanism is Mechanism.LOW:
            return self._request.password
        if mechanism is Mechanism.NONE:
            return None
        self._challenge = self._random_bytes(challenge_length(mechanism))
        return self._challenge

    def answer(self, apdu: bytes) -> Associated | NextRequest:
        """AARE, or the answer to our proof. Raises AssociationRejected, ProtocolError."""
        if self._answered is not None:
            return self._their_proof(apdu, self._answered)
        aare = parse_apdu(apdu)
        if not isinstance(aare, Aare):
            raise unexpected(aare)
        if aare.result is not AssociationResult.ACCEPTED:
            raise association_rejected(aare, suite=self._suite)
        title = self._title(aare)
        response = self._initiate(aare)
        conformance = response.conformance & self._conformance
        self._answered = Associated(conformance, response.max_pdu, title)
        pending = (
            aare.source is DiagnosticSource.SERVICE_USER and aare.diagnostic is UserDiagnostic.AUTHENTICATION_REQUIRED
        )
        if self._request.mechanism in HIGH_MECHANISMS:
            return self._our_proof(aare, title) if pending else self._not_proved()
        if pending:
            raise UnexpectedApdu(_("The meter asks for another kind of security than was agreed."))
        return self._established(self._answered)

    def _title(self, aare: Aare) -> bytes:
        """The meter's system title, as far as this association has one."""
        title, material = aare.server_title or b"", self._request.material
        if not self._request.needs_titles or material is None:
            return title
        if len(title) != TITLE_LENGTH:
            raise PeerNotProved(_("The meter did not give its system title."))
        if material.system_title and title != material.system_title:
            raise wrong_title(material.system_title, title)
        if title == material.client_title:
            raise PeerNotProved(_("The meter gave the terminal's own system title as its own."))
        material.counters.begin(title)
        if self.channel is not None:
            self.channel.peer_title = title
        return title

    def _initiate(self, aare: Aare) -> InitiateResponse:
        information = aare.user_information
        context = ApplicationContext.LN_CIPHERED if self.channel else ApplicationContext.LN
        if aare.context is not context and self.channel is not None:
            raise PlaintextRefused(_("The meter answered without the protection that was asked for."))
        if self.channel is not None:
            information, _envelope = self.channel.open(information)
            self._proof_after = self.channel.material.counters.received
        response = parse_apdu(information)
        if isinstance(response, ConfirmedServiceError):
            raise association_rejected(aare, response, self._suite)
        if not isinstance(response, InitiateResponse):
            raise unexpected(response)
        if response.version != DLMS_VERSION or response.vaa_name != LN_VAA_NAME:
            raise NotSupported(_("The meter speaks another version of DLMS, or short names."))
        return response

    def _not_proved(self) -> Associated:
        raise PeerNotProved(_("The meter let this client in without proof, and gives none itself; it is not trusted."))

    def _our_proof(self, aare: Aare, title: bytes) -> NextRequest:
        challenge, request = aare.authentication or b"", self._request
        if aare.mechanism is not request.mechanism or not is_challenge(request.mechanism, challenge):
            raise PeerNotProved(_("The meter's challenge is missing or of another kind than agreed."))
        if compare_digest(challenge, self._challenge):
            raise PeerNotProved(_("The meter sent the terminal's own challenge back."))
        material = request.material
        assert material is not None
        if self.channel is None:
            self._proof_after = material.counters.received
        self._proofs = Proofs(
            request.mechanism, material, material.client_title, title, self._challenge, challenge, request.password
        )
        apdu = ActionRequestNormal(_HLS_INVOKE, REPLY_TO_HLS, octets(self._proofs.ours())).encode()
        return NextRequest(self.channel.seal(apdu) if self.channel else apdu)

    def _their_proof(self, apdu: bytes, answered: Associated) -> Associated:
        after = self._proof_after
        if self.channel is not None:
            apdu, _envelope = self.channel.open(apdu)
        response = parse_apdu(apdu)
        if not isinstance(response, ActionResponseNormal):
            raise unexpected(response)
        check_invoke(_HLS_INVOKE, response.invoke)
        outcome = response.outcome
        if outcome.result is not ActionResult.SUCCESS:
            raise association_rejected(None)
        proof = outcome.returned.value if isinstance(outcome.returned, Data) else None
        assert self._proofs is not None
        if not isinstance(proof, bytes) or not self._proofs.is_theirs(proof, after):
            raise PeerNotProved(_("The meter could not prove that it holds the keys; it is not trusted."))
        return self._established(answered)

    def _established(self, answered: Associated) -> Associated:
        """From now on messages leave as was asked for."""
        request = self._request
        if self.channel is None:
            return answered
        needs_general = request.envelope.is_general or request.signed
        if needs_general and Conformance.GENERAL_PROTECTION not in answered.conformance:
            raise NotSupported(
                _("The meter did not agree to general protection, which this envelope needs."),
                remedy=_("Use the envelope glo or ded for this meter."),
                code="cosem-not-negotiated",
            )
        self.channel.envelope, self.channel.signed = request.envelope, request.signed
        self.channel.signs_only = request.signs_only
        return answered
