"""Every reason that an AARE, a ConfirmedServiceError or an ExceptionResponse can give, in words (Green Book 9.4, 9.5).

Each entry: stable code, what the meter says, what to do next.
"""

from __future__ import annotations

from typing import NamedTuple

from hht.i18n import _
from hht.protocol.cosem.codes import ProviderDiagnostic, ServiceError, StateError, UserDiagnostic


class Words(NamedTuple):
    """A refusal as a sentence, with a stable code and what to do."""

    code: str
    message: str
    remedy: str


def _again() -> str:
    return _("Connect again; if it comes back, export the trace and report it.")


def _report() -> str:
    return _("Leave it, export the trace, and report the meter's model and firmware.")


def user_diagnostic(diagnostic: UserDiagnostic, suite: int | None = None) -> Words:
    """What the meter's application has against this client. `suite`: that of a ciphered opening, where the refusal may
    mean another suite just as well."""
    if suite is not None and diagnostic in _MAY_MEAN_THE_SUITE:
        return _ciphered_refusal(diagnostic, suite)
    proof = _("Do not keep trying: some meters lock. Check which password or keys belong to this meter.")
    title = _("Check the client's system title against the keys of this meter.")
    refused = (_("The meter refuses this client."), _("Check the client's number for this meter."))
    unlike = _("The meter does not take {field} in this client's request.")
    known = UserDiagnostic
    words = {
        known.NULL: Words("cosem-client-refused", *refused),
        known.NO_REASON_GIVEN: Words("cosem-client-refused", *refused),
        known.APPLICATION_CONTEXT_NAME_NOT_SUPPORTED: Words(
            "cosem-context-refused",
            _("The meter does not offer this kind of association (plain or ciphered)."),
            _("Use the other kind: check the security setting for this client."),
        ),
        known.CALLING_AP_TITLE_NOT_RECOGNIZED: Words(
            "cosem-title-refused", _("The meter does not know this system title."), title
        ),
        known.CALLED_AP_TITLE_NOT_RECOGNIZED: Words(
            "cosem-title-refused", _("The meter says that the system title asked for is not its own."), title
        ),
        known.AUTHENTICATION_MECHANISM_NAME_NOT_RECOGNISED: Words(
            "cosem-authentication-failure",
            _("The meter does not know this way of proving oneself, or does not allow it to this client."),
            proof,
        ),
        known.AUTHENTICATION_MECHANISM_NAME_REQUIRED: Words(
            "cosem-authentication-failure",
            _("The meter wants a password or keys from this client."),
            proof,
        ),
        known.AUTHENTICATION_FAILURE: Words(
            "cosem-authentication-failure", _("The meter does not accept this client's password or keys."), proof
        ),
        known.AUTHENTICATION_REQUIRED: Words(
            "cosem-authentication-failure", _("The meter lets nobody in who has not proved himself."), proof
        ),
    }
    fields = {
        known.CALLING_AP_INVOCATION_IDENTIFIER_NOT_RECOGNIZED: _("the calling AP invocation identifier"),
        known.CALLING_AE_QUALIFIER_NOT_RECOGNIZED: _("the calling AE qualifier"),
        known.CALLING_AE_INVOCATION_IDENTIFIER_NOT_RECOGNIZED: _("the calling AE invocation identifier"),
        known.CALLED_AP_INVOCATION_IDENTIFIER_NOT_RECOGNIZED: _("the called AP invocation identifier"),
        known.CALLED_AE_QUALIFIER_NOT_RECOGNIZED: _("the called AE qualifier"),
        known.CALLED_AE_INVOCATION_IDENTIFIER_NOT_RECOGNIZED: _("the called AE invocation identifier"),
    }
    words |= {
        diagnostic: Words("cosem-client-refused", unlike.format(field=field), _report())
        for diagnostic, field in fields.items()
    }
    unknown = _("The meter refuses this client for a reason that the standard does not know ({number}).")
    return words.get(diagnostic) or Words("cosem-client-refused", unknown.format(number=int(diagnostic)), _report())


_MAY_MEAN_THE_SUITE = (
    UserDiagnostic.NULL,
    UserDiagnostic.NO_REASON_GIVEN,
    UserDiagnostic.AUTHENTICATION_FAILURE,
)


def _ciphered_refusal(diagnostic: UserDiagnostic, suite: int) -> Words:
    """What cannot be told apart from here: who is not known, and who is not understood."""
    if diagnostic is UserDiagnostic.AUTHENTICATION_FAILURE:
        return Words(
            "cosem-authentication-failure",
            _("The meter does not accept this client's password or keys, or it uses another security suite."),
            _(
                "Do not keep trying: some meters lock. Check which keys belong to this client of this meter, and its "
                "security suite (here {suite}). Where another terminal has used these keys, give the last invocation "
                "counter that it used as invocation_counter in the keys file: a meter may refuse one that went back."
            ).format(suite=suite),
        )
    return Words(
        "cosem-client-refused",
        _("The meter refuses this client, and does not say why: it may not know the client, its keys or its suite."),
        _("Check the client's number, its keys and its security suite (here {suite}) for this meter.").format(
            suite=suite
        ),
    )


def provider_diagnostic(diagnostic: ProviderDiagnostic) -> Words:
    """What the meter's communication layer has against the request."""
    words = {
        ProviderDiagnostic.NULL: _("The meter's communication layer refuses the association."),
        ProviderDiagnostic.NO_REASON_GIVEN: _(
            "The meter's communication layer refuses the association, without a reason."
        ),
        ProviderDiagnostic.NO_COMMON_ACSE_VERSION: _(
            "The meter speaks another version of the association protocol (ACSE)."
        ),
    }
    unknown = _("The meter's communication layer refuses for a reason that the standard does not know ({number}).")
    return Words("cosem-provider-refused", words.get(diagnostic) or unknown.format(number=int(diagnostic)), _report())


def transient() -> Words:
    """Refused for now."""
    return Words(
        "cosem-association-transient",
        _("The meter is not ready for an association now."),
        _("Wait a minute, then try again."),
    )


_INITIATE = 6
APPLICATION_REFERENCE, NOT_DECIPHERED = 0, 6  # ServiceError: application-reference, deciphering-error


def _keys() -> str:
    return _("Check the keys, the security suite and the invocation counter of this meter, then connect again.")


def confirmed_service_error(kind: int, value: int) -> Words:
    """Choice and value of a ServiceError (ConfirmedServiceError)."""
    if kind == _INITIATE:
        return _initiate_error(value)
    if (kind, value) == (APPLICATION_REFERENCE, NOT_DECIPHERED):
        return Words("cosem-deciphering", _("The meter could not decipher the message."), _keys())
    group, reasons = _service_errors().get(kind, (_("of a kind that the standard does not know"), ()))
    reason = reasons[value] if 0 < value < len(reasons) else _("number {number}").format(number=value)
    message = _("The meter could not serve the request: {group}, {reason}.").format(group=group, reason=reason)
    return Words("cosem-service-error", message, _again())


def _initiate_error(value: int) -> Words:
    words = {
        1: Words("cosem-version-refused", _("The meter speaks a newer version of DLMS than the terminal."), _report()),
        2: Words(
            "cosem-conformance-refused",
            _("The meter offers none of the services that the terminal asks for."),
            _("Use another client of this meter, or read it with its maker's program."),
        ),
        3: Words(
            "cosem-pdu-refused", _("The terminal takes only messages that are too short for the meter."), _report()
        ),
        4: Words("cosem-client-refused", _("The meter refuses to begin with this client."), _report()),
    }
    other = _("The meter could not begin the association (initiate error {number}).").format(number=value)
    return words.get(value) or Words("cosem-service-error", other, _again())


def _service_errors() -> dict[int, tuple[str, tuple[str, ...]]]:
    other = _("other")
    return {
        0: (
            _("it did not reach the meter's application"),
            (
                other, _("time elapsed"), _("application unreachable"), _("application reference invalid"),
                _("application context not supported"), _("communication error"), _("not deciphered"),
            ),
        ),
        1: (
            _("the meter's hardware is short of something"),
            (other, _("memory"), _("processor"), _("mass storage"), _("another resource")),
        ),
        2: (
            _("the meter is in another state"),
            (other, _("no DLMS context"), _("loading data"), _("no change of state"), _("out of order")),
        ),
        3: (_("the service itself"), (other, _("message too long or too short"), _("service not supported"))),
        4: (
            _("the object's definition"),
            (other, _("object undefined"), _("object of another class"), _("attribute inconsistent")),
        ),
        5: (
            _("access"),
            (other, _("out of this client's scope"), _("not allowed for this object"), _("hardware fault"),
             _("object not available now")),
        ),
        7: (
            _("loading of data"),
            (
                other, _("out of sequence"), _("not loadable"), _("too large"), _("another segment was expected"),
                _("not understood"), _("not stored"), _("not ready"),
            ),
        ),
        8: (_("change of scope"), (other,)),
        9: (
            _("a task of the meter"),
            (other, _("no remote control"), _("stopped"), _("running"), _("not usable")),
        ),
        10: (_("something else"), (other,)),
    }  # fmt: skip


def exception(state: StateError, error: ServiceError) -> Words:
    """State error and service error of an ExceptionResponse."""
    keys = _keys()
    unknown = state is StateError.SERVICE_UNKNOWN
    words = {
        ServiceError.OPERATION_NOT_POSSIBLE: Words(
            "cosem-not-possible",
            _("The meter does not allow this now: there may be no association, or not of this kind."),
            _again(),
        ),
        ServiceError.SERVICE_NOT_SUPPORTED: Words(
            "cosem-service-not-supported",
            _("The meter does not know this service.")
            if unknown
            else _("The meter does not offer this service to this client."),
            _("Go on without it, or use a client that may."),
        ),
        ServiceError.OTHER_REASON: Words(
            "cosem-service-rejected",
            _("The meter could not serve the request, and gives no reason."),
            _again(),
        ),
        ServiceError.PDU_TOO_LONG: Words("cosem-pdu-too-long", _("The message was too long for the meter."), _again()),
        ServiceError.DECIPHERING_ERROR: Words(
            "cosem-deciphering", _("The meter could not decipher the message."), keys
        ),
        ServiceError.INVOCATION_COUNTER_ERROR: Words(
            "cosem-counter-refused", _("The meter has seen this invocation counter before."), keys
        ),
    }
    other = _("The meter could not serve the request, for a reason that the standard does not know ({number}).")
    return words.get(error) or Words("cosem-service-rejected", other.format(number=int(error)), _again())
