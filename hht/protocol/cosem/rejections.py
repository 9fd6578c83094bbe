"""Refused associations and exceptions, in words."""

from __future__ import annotations

from hht.i18n import _
from hht.protocol.cosem.acse import Aare
from hht.protocol.cosem.codes import AssociationResult, DiagnosticSource, ServiceError, UserDiagnostic
from hht.protocol.cosem.errors import AssociationRejected, ServiceRejected
from hht.protocol.cosem.initiate import ConfirmedServiceError, ExceptionResponse

_PROOF = (
    UserDiagnostic.AUTHENTICATION_MECHANISM_NAME_NOT_RECOGNISED,
    UserDiagnostic.AUTHENTICATION_MECHANISM_NAME_REQUIRED,
    UserDiagnostic.AUTHENTICATION_FAILURE,
    UserDiagnostic.AUTHENTICATION_REQUIRED,
)
_TITLE = (UserDiagnostic.CALLING_AP_TITLE_NOT_RECOGNIZED, UserDiagnostic.CALLED_AP_TITLE_NOT_RECOGNIZED)


def association_rejected(aare: Aare | None) -> AssociationRejected:
    """The refusal in words; without an AARE: the meter did not accept the proof of the handshake."""
    by_user = aare is None or aare.source is DiagnosticSource.SERVICE_USER
    diagnostic = UserDiagnostic.AUTHENTICATION_FAILURE if aare is None else aare.diagnostic
    if by_user and diagnostic in _PROOF:
        return AssociationRejected(
            _("The meter does not accept this client's password or keys."),
            remedy=_("Do not keep trying: some meters lock. Check which password or keys belong to this meter."),
            code="cosem-authentication-failure",
            diagnostic=diagnostic.name,
        )
    if by_user and diagnostic is UserDiagnostic.APPLICATION_CONTEXT_NAME_NOT_SUPPORTED:
        return AssociationRejected(
            _("The meter does not offer this kind of association (plain or ciphered)."),
            remedy=_("Use the other kind: check the security setting for this client."),
            code="cosem-context-refused",
            diagnostic=diagnostic.name,
        )
    if by_user and diagnostic in _TITLE:
        return AssociationRejected(
            _("The meter does not know this system title."),
            remedy=_("Check the client's system title against the keys of this meter."),
            code="cosem-title-refused",
            diagnostic=diagnostic.name,
        )
    transient = aare is not None and aare.result is AssociationResult.REJECTED_TRANSIENT
    return _refused(diagnostic, transient)


def _refused(diagnostic: UserDiagnostic, transient: bool) -> AssociationRejected:
    if transient:
        return AssociationRejected(
            _("The meter is not ready for an association now."),
            remedy=_("Wait a minute, then try again."),
            code="cosem-association-transient",
            diagnostic=diagnostic.name,
        )
    return AssociationRejected(
        _("The meter refuses this client."),
        remedy=_("Check the client's number for this meter."),
        code="cosem-client-refused",
        diagnostic=diagnostic.name,
    )


def service_rejected(message: ExceptionResponse | ConfirmedServiceError) -> ServiceRejected:
    """ExceptionResponse or ConfirmedServiceError in words."""
    if isinstance(message, ConfirmedServiceError):
        return ServiceRejected(
            _("The meter could not serve the request (service error {kind}, {value}).").format(
                kind=message.kind, value=message.value
            ),
            remedy=_("Connect again; if it comes back, export the trace and report it."),
            kind=message.kind,
            value=message.value,
        )
    reason, remedy, code = _exception_words(message.service)
    return ServiceRejected(reason, remedy=remedy, code=code, state=message.state.name, service=message.service.name)


def _exception_words(error: ServiceError) -> tuple[str, str, str]:
    keys = _("Check the keys and the invocation counter of this meter, then connect again.")
    again = _("Connect again; if it comes back, export the trace and report it.")
    words = {
        ServiceError.OPERATION_NOT_POSSIBLE: (
            _("The meter does not allow this now: there may be no association, or not of this kind."),
            again,
            "cosem-not-possible",
        ),
        ServiceError.SERVICE_NOT_SUPPORTED: (
            _("The meter does not offer this service to this client."),
            _("Go on without it, or use a client that may."),
            "cosem-service-not-supported",
        ),
        ServiceError.PDU_TOO_LONG: (_("The message was too long for the meter."), again, "cosem-pdu-too-long"),
        ServiceError.DECIPHERING_ERROR: (_("The meter could not decipher the message."), keys, "cosem-deciphering"),
        ServiceError.INVOCATION_COUNTER_ERROR: (
            _("The meter has seen this invocation counter before."),
            keys,
            "cosem-counter-refused",
        ),
    }
    return words.get(error, (_("The meter could not serve the request."), again, "cosem-service-rejected"))
