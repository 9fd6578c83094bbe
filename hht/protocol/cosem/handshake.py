"""The client's opening: AARQ, AARE, and the proofs of HLS mechanism 5 (Green Book 9.3.2 to 9.3.4, 9.2.7.4)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from hmac import compare_digest

from hht.i18n import _
from hht.protocol.cosem.acse import Aare, Aarq
from hht.protocol.cosem.action import ActionRequestNormal, ActionResponseNormal
from hht.protocol.cosem.apdu import parse_apdu
from hht.protocol.cosem.channel import Channel, wrong_title
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
from hht.protocol.cosem.errors import (
    NotSupported,
    PeerNotProved,
    PlaintextRefused,
    UnexpectedApdu,
    ValueOutOfRange,
)
from hht.protocol.cosem.initiate import (
    DLMS_VERSION,
    LN_VAA_NAME,
    ConfirmedServiceError,
    InitiateRequest,
    InitiateResponse,
)
from hht.protocol.cosem.obis import Obis
from hht.protocol.cosem.operations import check_invoke, unexpected
from hht.protocol.cosem.rejections import association_rejected
from hht.protocol.cosem.results import Associated, NextRequest
from hht.protocol.cosem.security import TITLE_LENGTH, Protection, SecurityMaterial, is_proof, prove
from hht.protocol.cosem.values import Data, octets

CHALLENGE_LENGTH = 16
MIN_CHALLENGE, MAX_CHALLENGE = 8, 64
REPLY_TO_HLS = CosemMethod(15, Obis(0, 0, 40, 0, 0), 1)
_HLS_INVOKE = 0xC1


@dataclass(frozen=True, slots=True)
class AssociationRequest:
    """How to associate. No secret shows in `repr`.

    `ciphered` None means: as the mechanism needs (gmac ciphered, others plain). `protection` is that of a ciphered
    association, both ways. `max_pdu` is the longest APDU that this end takes, 0 for no limit. Raises ValueOutOfRange
    for a password or keys that are missing or do not fit.
    """

    client_sap: int
    mechanism: Mechanism = Mechanism.NONE
    password: bytes = field(default=b"", repr=False)
    material: SecurityMaterial | None = None
    max_pdu: int = 0xFFFF
    ciphered: bool | None = None
    conformance: Conformance = FIRST_LIGHT
    protection: Protection = Protection.AUTHENTICATED_ENCRYPTED

    def __post_init__(self) -> None:
        if self.mechanism not in (Mechanism.NONE, Mechanism.LOW, Mechanism.GMAC):
            raise _unusable(_("This terminal proves itself with none, low or gmac."), "cosem-mechanism")
        if self.mechanism is Mechanism.LOW and not self.password:
            raise _unusable(_("Security low needs a password."), "cosem-password-missing")
        if not self.needs_keys:
            return
        if self.material is None or len(self.material.client_title) != TITLE_LENGTH:
            raise _unusable(_("This association needs keys and the client's system title."), "cosem-keys-missing")
        if self.material.client_title == self.material.system_title:
            raise _unusable(_("Client and meter must not have the same system title."), "cosem-system-title")

    @property
    def is_ciphered(self) -> bool:
        """Whether the ciphered application context is asked for."""
        return self.mechanism is Mechanism.GMAC if self.ciphered is None else self.ciphered

    @property
    def needs_keys(self) -> bool:
        """Whether `material` is needed."""
        return self.is_ciphered or self.mechanism is Mechanism.GMAC


def _unusable(message: str, code: str) -> ValueOutOfRange:
    return ValueOutOfRange(message, remedy=_("Check client, security, password and keys for this meter."), code=code)


class Handshake:
    """From AARQ to a standing association."""

    def __init__(self, request: AssociationRequest, random_bytes: Callable[[int], bytes] | None) -> None:
        self._request = request
        self._random_bytes = random_bytes
        self._challenge = b""
        self._answered: Associated | None = None
        self._proof_after = -1
        self.channel: Channel | None = None
        if request.is_ciphered and request.material is not None:
            material = request.material
            self.channel = Channel(material, material.client_title, material.system_title, request.protection)

    def aarq(self) -> bytes:
        """The association request."""
        request = self._request
        proposal = InitiateRequest(request.conformance, request.max_pdu).encode()
        title = request.material.client_title if request.needs_keys and request.material else None
        return Aarq(
            ApplicationContext.LN_CIPHERED if self.channel else ApplicationContext.LN,
            self.channel.seal(proposal) if self.channel else proposal,
            None if request.mechanism is Mechanism.NONE else request.mechanism,
            self._authentication(),
            title,
        ).encode()

    def _authentication(self) -> bytes | None:
        if self._request.mechanism is Mechanism.LOW:
            return self._request.password
        if self._request.mechanism is Mechanism.NONE:
            return None
        if self._random_bytes is None:
            raise ValueError("mechanism gmac needs random_bytes for its challenge")
        self._challenge = self._random_bytes(CHALLENGE_LENGTH)
        return self._challenge

    def answer(self, apdu: bytes) -> Associated | NextRequest:
        """AARE, or the answer to our proof. Raises AssociationRejected, ProtocolError."""
        if self._answered is not None:
            return self._their_proof(apdu, self._answered)
        aare = parse_apdu(apdu)
        if not isinstance(aare, Aare):
            raise unexpected(aare)
        if aare.result is not AssociationResult.ACCEPTED:
            raise association_rejected(aare)
        title = self._title(aare)
        response = self._initiate(aare)
        conformance = response.conformance & self._request.conformance
        self._answered = Associated(conformance, response.max_pdu, title)
        pending = (
            aare.source is DiagnosticSource.SERVICE_USER and aare.diagnostic is UserDiagnostic.AUTHENTICATION_REQUIRED
        )
        if self._request.mechanism is Mechanism.GMAC:
            return self._our_proof(aare) if pending else self._not_proved()
        if pending:
            raise UnexpectedApdu(_("The meter asks for another kind of security than was agreed."))
        return self._answered

    def _title(self, aare: Aare) -> bytes:
        """The meter's system title, as far as this association has one."""
        title, material = aare.server_title or b"", self._request.material
        if not self._request.needs_keys or material is None:
            return title
        if len(title) != TITLE_LENGTH:
            raise PeerNotProved(_("The meter did not give its system title."))
        if material.system_title and title != material.system_title:
            raise wrong_title(material.system_title, title)
        if title == material.client_title:
            raise PeerNotProved(_("The meter gave the terminal's own system title as its own."))
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
            raise association_rejected(aare)
        if not isinstance(response, InitiateResponse):
            raise unexpected(response)
        if response.version != DLMS_VERSION or response.vaa_name != LN_VAA_NAME:
            raise NotSupported(_("The meter speaks another version of DLMS, or short names."))
        return response

    def _not_proved(self) -> Associated:
        raise PeerNotProved(_("The meter let this client in without proof, and gives none itself; it is not trusted."))

    def _our_proof(self, aare: Aare) -> NextRequest:
        challenge, material = aare.authentication or b"", self._request.material
        if aare.mechanism is not Mechanism.GMAC or not MIN_CHALLENGE <= len(challenge) <= MAX_CHALLENGE:
            raise PeerNotProved(_("The meter's challenge is missing or of another kind than agreed."))
        if compare_digest(challenge, self._challenge):
            raise PeerNotProved(_("The meter sent the terminal's own challenge back."))
        assert material is not None
        if self.channel is None:
            self._proof_after = material.counters.received
        proof = prove(challenge, material, material.client_title)
        apdu = ActionRequestNormal(_HLS_INVOKE, REPLY_TO_HLS, octets(proof)).encode()
        return NextRequest(self.channel.seal(apdu) if self.channel else apdu)

    def _their_proof(self, apdu: bytes, answered: Associated) -> Associated:
        after, material = self._proof_after, self._request.material
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
        assert material is not None
        title = answered.system_title
        if not isinstance(proof, bytes) or not is_proof(proof, self._challenge, material, title, after):
            raise PeerNotProved(_("The meter could not prove that it holds the keys; it is not trusted."))
        return answered
