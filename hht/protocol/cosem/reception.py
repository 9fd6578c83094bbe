"""The server's opening: who is let in, on what terms, and the proofs of high-level security."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from hmac import compare_digest

from hht.protocol.cosem.acse import Aare, Aarq
from hht.protocol.cosem.apdu import parse_apdu
from hht.protocol.cosem.channel import Channel
from hht.protocol.cosem.ciphered import Ciphered
from hht.protocol.cosem.codes import (
    ApplicationContext,
    AssociationResult,
    Conformance,
    DiagnosticSource,
    Mechanism,
    UserDiagnostic,
)
from hht.protocol.cosem.errors import SecurityError
from hht.protocol.cosem.general import GeneralCiphering
from hht.protocol.cosem.initiate import (
    DLMS_VERSION,
    ConfirmedServiceError,
    InitiateRequest,
    InitiateResponse,
)
from hht.protocol.cosem.objects import ClientIdentity, ServerAssociation
from hht.protocol.cosem.proofs import HIGH_MECHANISMS, Proofs, challenge_length, is_challenge
from hht.protocol.cosem.rejection_words import APPLICATION_REFERENCE, NOT_DECIPHERED
from hht.protocol.cosem.security import TITLE_LENGTH, Protection, SecurityMaterial
from hht.protocol.frames import ProtocolError

MIN_CLIENT_PDU = 64  # a client that takes less cannot be served in every way
_INITIATE_ERROR, _INITIATE = 1, 6  # ConfirmedServiceError: initiateError, ServiceError: initiate
_VERSION_TOO_LOW, _INCOMPATIBLE_CONFORMANCE, _PDU_TOO_SHORT = 1, 2, 3


@dataclass(frozen=True, slots=True)
class Admitted:
    """The terms of an association. `challenge` is empty where no proof is owed; `response` the InitiateResponse."""

    client: ClientIdentity
    context: ApplicationContext
    conformance: Conformance
    client_max_pdu: int
    max_pdu: int
    response: bytes
    channel: Channel | None = None
    challenge: bytes = field(default=b"", repr=False)
    client_challenge: bytes = field(default=b"", repr=False)
    client_title: bytes = b""
    proof_after: int = -1


class _No(Exception):
    """The association is refused."""

    def __init__(self, diagnostic: UserDiagnostic, information: bytes = b"") -> None:
        super().__init__(diagnostic.name)
        self.diagnostic = diagnostic
        self.information = information


class Reception:
    """Answers AARQ for one client SAP; `row` is its row in the table of associations, None: a stranger."""

    def __init__(
        self,
        row: ServerAssociation | None,
        client_sap: int,
        system_title: bytes,
        random_bytes: Callable[[int], bytes],
        max_pdu: int,
        conformance: Conformance,
    ) -> None:
        self._row = row
        self._sap = client_sap
        self._title = system_title
        self._random_bytes = random_bytes
        self._max_pdu = max_pdu
        self._conformance = conformance

    def answer(self, apdu: bytes) -> tuple[bytes, Admitted | None]:
        """AARE, and the terms where the client was let in (its proof may still be owed)."""
        try:
            request = parse_apdu(apdu)
        except ProtocolError:
            return _rejected(
                ApplicationContext.LN, UserDiagnostic.NO_REASON_GIVEN, DiagnosticSource.SERVICE_PROVIDER
            ), None
        assert isinstance(request, Aarq)
        try:
            admitted = self._admit(request)
            return self._accepted(admitted), admitted
        except _No as no:
            return _rejected(request.context, no.diagnostic, information=no.information), None
        except SecurityError:
            return _rejected(request.context, UserDiagnostic.AUTHENTICATION_FAILURE), None
        except ProtocolError:
            return _rejected(request.context, UserDiagnostic.NO_REASON_GIVEN), None

    def _admit(self, request: Aarq) -> Admitted:
        row = self._row
        if row is None:
            raise _No(UserDiagnostic.NO_REASON_GIVEN)
        ciphered = request.context is ApplicationContext.LN_CIPHERED
        if not ciphered and (request.context is not ApplicationContext.LN or row.require_ciphering):
            raise _No(UserDiagnostic.APPLICATION_CONTEXT_NAME_NOT_SUPPORTED)
        if ciphered and (row.material is None or not row.material.has_keys):
            raise _No(UserDiagnostic.APPLICATION_CONTEXT_NAME_NOT_SUPPORTED)
        self._check_mechanism(request, row)
        needs_title = ciphered or row.mechanism in HIGH_MECHANISMS
        title = self._client_title(request, row) if needs_title else b""
        if row.counters_per_association and row.material is not None:
            row.material.counters.forget()
        channel = self._channel(request, row, row.material, title) if ciphered and row.material else None
        initiate = self._initiate(request, channel)
        high = row.mechanism in HIGH_MECHANISMS
        challenge = self._random_bytes(challenge_length(row.mechanism)) if high else b""
        general = Conformance.GENERAL_PROTECTION if channel else Conformance.NONE
        conformance = initiate.conformance & (self._conformance | general)
        response = InitiateResponse(conformance, self._max_pdu)
        identity = ClientIdentity(self._sap, row.role, row.mechanism, conformance)
        return Admitted(
            identity, request.context, conformance, initiate.max_pdu, self._max_pdu,
            response.encode(), channel, challenge, request.authentication or b"", title,
            row.material.counters.received if row.material else -1,
        )  # fmt: skip

    def _check_mechanism(self, request: Aarq, row: ServerAssociation) -> None:
        mechanism = request.mechanism or Mechanism.NONE
        if mechanism is not row.mechanism:
            missing = mechanism is Mechanism.NONE
            raise _No(
                UserDiagnostic.AUTHENTICATION_MECHANISM_NAME_REQUIRED
                if missing
                else UserDiagnostic.AUTHENTICATION_MECHANISM_NAME_NOT_RECOGNISED
            )
        given = request.authentication or b""
        if mechanism is Mechanism.LOW and not compare_digest(given, row.password):
            raise _No(UserDiagnostic.AUTHENTICATION_FAILURE)
        if mechanism in HIGH_MECHANISMS and not is_challenge(mechanism, given):
            raise _No(UserDiagnostic.AUTHENTICATION_FAILURE)

    def _client_title(self, request: Aarq, row: ServerAssociation) -> bytes:
        title = request.client_title or b""
        expected = row.material.client_title if row.material else b""
        if len(title) != TITLE_LENGTH or title == self._title or (expected and title != expected):
            raise _No(UserDiagnostic.CALLING_AP_TITLE_NOT_RECOGNIZED)
        return title

    def _channel(self, request: Aarq, row: ServerAssociation, material: SecurityMaterial, title: bytes) -> Channel:
        """As protected as the client begins, and as the row demands at least."""
        first = parse_apdu(request.user_information)
        begun = first.control if isinstance(first, Ciphered | GeneralCiphering) else 0
        protection = Protection(begun & Protection.AUTHENTICATED_ENCRYPTED)
        if begun & 0x0F != material.suite:
            detail = ConfirmedServiceError(_INITIATE_ERROR, APPLICATION_REFERENCE, NOT_DECIPHERED).encode()
            raise _No(UserDiagnostic.NO_REASON_GIVEN, detail)
        if protection & row.minimum != row.minimum:
            raise _No(UserDiagnostic.AUTHENTICATION_FAILURE)
        channel = Channel(
            material, self._title, title, protection, random_bytes=self._random_bytes, answers_in_kind=True
        )
        # A signature vouches for more than a tag; where messages must be hidden it does not do.
        channel.may_sign_only = bool(material.suite) and Protection.ENCRYPTED not in row.minimum
        channel.eased = row.counters_per_association
        return channel

    def _initiate(self, request: Aarq, channel: Channel | None) -> InitiateRequest:
        information = request.user_information
        if channel is not None:
            information, _envelope = channel.open(information)
        initiate = parse_apdu(information)
        if not isinstance(initiate, InitiateRequest):
            raise _No(UserDiagnostic.NO_REASON_GIVEN)
        if channel is not None and initiate.dedicated_key is not None:
            if Protection.ENCRYPTED not in channel.protection:
                raise _No(UserDiagnostic.AUTHENTICATION_FAILURE)  # a key that everybody has read
            channel.use_dedicated_key(initiate.dedicated_key)
        error = 0
        if initiate.version < DLMS_VERSION:
            error = _VERSION_TOO_LOW
        elif not initiate.conformance & self._conformance:
            error = _INCOMPATIBLE_CONFORMANCE
        elif 0 < initiate.max_pdu < MIN_CLIENT_PDU:
            error = _PDU_TOO_SHORT
        if error:
            detail = ConfirmedServiceError(_INITIATE_ERROR, _INITIATE, error).encode()
            raise _No(UserDiagnostic.NO_REASON_GIVEN, detail)
        return initiate

    def _accepted(self, admitted: Admitted) -> bytes:
        owed = bool(admitted.challenge)
        response = admitted.channel.seal(admitted.response) if admitted.channel else admitted.response
        needs_title = owed or admitted.channel is not None
        return Aare(
            admitted.context,
            AssociationResult.ACCEPTED,
            DiagnosticSource.SERVICE_USER,
            UserDiagnostic.AUTHENTICATION_REQUIRED if owed else UserDiagnostic.NULL,
            response,
            admitted.client.mechanism if owed else None,
            admitted.challenge if owed else None,
            self._title if needs_title else None,
        ).encode()

    def proof(self, admitted: Admitted, given: bytes) -> bytes:
        """Our proof where `given` is the client's, else nothing."""
        row = self._row
        if row is None or row.material is None or not admitted.challenge:
            return b""
        proofs = Proofs(
            row.mechanism, row.material, self._title, admitted.client_title, admitted.challenge,
            admitted.client_challenge, row.password,
        )  # fmt: skip
        return proofs.ours() if proofs.is_theirs(given, admitted.proof_after) else b""


def _rejected(
    context: ApplicationContext,
    diagnostic: UserDiagnostic,
    source: DiagnosticSource = DiagnosticSource.SERVICE_USER,
    information: bytes = b"",
) -> bytes:
    known = context in (ApplicationContext.LN, ApplicationContext.LN_CIPHERED)
    named = context if known else ApplicationContext.LN
    return Aare(named, AssociationResult.REJECTED_PERMANENT, source, diagnostic, information).encode()
