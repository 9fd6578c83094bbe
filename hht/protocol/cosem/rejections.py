"""Refused associations and refused requests as errors; the words are in `rejection_words`."""

from __future__ import annotations

from hht.i18n import _
from hht.protocol.cosem import rejection_words
from hht.protocol.cosem.acse import Aare
from hht.protocol.cosem.codes import AssociationResult, DiagnosticSource, ProviderDiagnostic, UserDiagnostic
from hht.protocol.cosem.cursor import Cursor
from hht.protocol.cosem.errors import AssociationRejected, MalformedValue, ServiceRejected, UnprotectedRefusal
from hht.protocol.cosem.initiate import ConfirmedServiceError, ExceptionResponse, parse_service_error
from hht.protocol.cosem.rejection_words import Words

_VAGUE = (UserDiagnostic.NULL, UserDiagnostic.NO_REASON_GIVEN)


def association_rejected(
    aare: Aare | None, error: ConfirmedServiceError | None = None, suite: int | None = None
) -> AssociationRejected:
    """The refusal in words; without an AARE: the meter did not accept the proof of the handshake. `error` is what came
    in the AARE's user information, where that was opened already. `suite`: that of a ciphered opening, else None."""
    if aare is None:
        words = rejection_words.user_diagnostic(UserDiagnostic.AUTHENTICATION_FAILURE)
        return _rejected(words, UserDiagnostic.AUTHENTICATION_FAILURE.name)
    if aare.source is DiagnosticSource.SERVICE_PROVIDER:
        provider = ProviderDiagnostic(aare.diagnostic)
        words, name = rejection_words.provider_diagnostic(provider), provider.name
    else:
        words, name = rejection_words.user_diagnostic(aare.diagnostic, suite), aare.diagnostic.name
    if aare.diagnostic in _VAGUE:
        error = error or _service_error(aare.user_information)
        if error is not None:
            words = rejection_words.confirmed_service_error(error.kind, error.value)
        elif aare.result is AssociationResult.REJECTED_TRANSIENT:
            words = rejection_words.transient()
    return _rejected(words, name)


def _rejected(words: Words, diagnostic: str) -> AssociationRejected:
    return AssociationRejected(words.message, remedy=words.remedy, code=words.code, diagnostic=diagnostic)


def _service_error(information: bytes) -> ConfirmedServiceError | None:
    """The unprotected ConfirmedServiceError in a refusal's user information, if that is what it is."""
    if information[:1] != bytes((ConfirmedServiceError.TAG,)):
        return None
    try:
        return parse_service_error(Cursor(information, 1))
    except MalformedValue:
        return None


def service_rejected(message: ExceptionResponse | ConfirmedServiceError) -> ServiceRejected:
    """ExceptionResponse or ConfirmedServiceError in words."""
    if isinstance(message, ConfirmedServiceError):
        words = rejection_words.confirmed_service_error(message.kind, message.value)
        return ServiceRejected(
            words.message, remedy=words.remedy, code=words.code, kind=message.kind, value=message.value
        )
    words = rejection_words.exception(message.state, message.service)
    return ServiceRejected(
        words.message, remedy=words.remedy, code=words.code, state=message.state.name, service=message.service.name
    )


def unprotected_refusal(message: ExceptionResponse | ConfirmedServiceError) -> UnprotectedRefusal:
    """The same where it came unprotected into a protected association: not what the meter says, and so no refusal."""
    said = service_rejected(message)
    return UnprotectedRefusal(
        _("An unprotected message came in place of the meter's answer and is not believed. It says: {said}").format(
            said=said.message
        ),
        remedy=_(
            "Somebody in between may have sent it, or the meter has lost its keys or this conversation and cannot "
            "answer otherwise. Connect again: what the meter holds is then read. If it comes back, check the keys of "
            "this meter, export the trace and report it."
        ),
        said=said.code,
    )
