"""Code tables of xDLMS (Green Book 9.5): results of services, associations and exceptions, in words."""

from __future__ import annotations

import enum
from dataclasses import dataclass

from hht.i18n import _


class OpenEnum(enum.IntEnum):
    """An octet whose unknown numbers are kept: they become members named UNKNOWN_n."""

    @classmethod
    def _missing_(cls, value: object) -> OpenEnum | None:
        if not isinstance(value, int) or not 0 <= value <= 0xFF:
            return None
        member = int.__new__(cls, value)
        member._name_ = f"UNKNOWN_{value}"
        member._value_ = value
        return member


class DataAccessResult(OpenEnum):
    """Result of get or set for one attribute."""

    SUCCESS = 0
    HARDWARE_FAULT = 1
    TEMPORARY_FAILURE = 2
    READ_WRITE_DENIED = 3
    OBJECT_UNDEFINED = 4
    OBJECT_CLASS_INCONSISTENT = 9
    OBJECT_UNAVAILABLE = 11
    TYPE_UNMATCHED = 12
    SCOPE_OF_ACCESS_VIOLATED = 13
    DATA_BLOCK_UNAVAILABLE = 14
    LONG_GET_ABORTED = 15
    NO_LONG_GET_IN_PROGRESS = 16
    LONG_SET_ABORTED = 17
    NO_LONG_SET_IN_PROGRESS = 18
    DATA_BLOCK_NUMBER_INVALID = 19
    OTHER_REASON = 250


class ActionResult(OpenEnum):
    """Result of a method."""

    SUCCESS = 0
    HARDWARE_FAULT = 1
    TEMPORARY_FAILURE = 2
    READ_WRITE_DENIED = 3
    OBJECT_UNDEFINED = 4
    OBJECT_CLASS_INCONSISTENT = 9
    OBJECT_UNAVAILABLE = 11
    TYPE_UNMATCHED = 12
    SCOPE_OF_ACCESS_VIOLATED = 13
    DATA_BLOCK_UNAVAILABLE = 14
    LONG_ACTION_ABORTED = 15
    NO_LONG_ACTION_IN_PROGRESS = 16
    OTHER_REASON = 250


class AssociationResult(OpenEnum):
    """Outcome of AARQ."""

    ACCEPTED = 0
    REJECTED_PERMANENT = 1
    REJECTED_TRANSIENT = 2


class DiagnosticSource(enum.IntEnum):
    """Who speaks in result-source-diagnostic."""

    SERVICE_USER = 1
    SERVICE_PROVIDER = 2


class UserDiagnostic(OpenEnum):
    """acse-service-user diagnostics."""

    NULL = 0
    NO_REASON_GIVEN = 1
    APPLICATION_CONTEXT_NAME_NOT_SUPPORTED = 2
    CALLING_AP_TITLE_NOT_RECOGNIZED = 3
    CALLING_AP_INVOCATION_IDENTIFIER_NOT_RECOGNIZED = 4
    CALLING_AE_QUALIFIER_NOT_RECOGNIZED = 5
    CALLING_AE_INVOCATION_IDENTIFIER_NOT_RECOGNIZED = 6
    CALLED_AP_TITLE_NOT_RECOGNIZED = 7
    CALLED_AP_INVOCATION_IDENTIFIER_NOT_RECOGNIZED = 8
    CALLED_AE_QUALIFIER_NOT_RECOGNIZED = 9
    CALLED_AE_INVOCATION_IDENTIFIER_NOT_RECOGNIZED = 10
    AUTHENTICATION_MECHANISM_NAME_NOT_RECOGNISED = 11
    AUTHENTICATION_MECHANISM_NAME_REQUIRED = 12
    AUTHENTICATION_FAILURE = 13
    AUTHENTICATION_REQUIRED = 14


class ProviderDiagnostic(OpenEnum):
    """acse-service-provider diagnostics."""

    NULL = 0
    NO_REASON_GIVEN = 1
    NO_COMMON_ACSE_VERSION = 2


class StateError(OpenEnum):
    """First octet of ExceptionResponse."""

    SERVICE_NOT_ALLOWED = 1
    SERVICE_UNKNOWN = 2


class ServiceError(OpenEnum):
    """Second octet of ExceptionResponse."""

    OPERATION_NOT_POSSIBLE = 1
    SERVICE_NOT_SUPPORTED = 2
    OTHER_REASON = 3
    PDU_TOO_LONG = 4
    DECIPHERING_ERROR = 5
    INVOCATION_COUNTER_ERROR = 6


class Mechanism(OpenEnum):
    """Authentication mechanism: last arc of its object identifier 2.16.756.5.8.2.x."""

    NONE = 0
    LOW = 1
    HIGH = 2
    HIGH_MD5 = 3
    HIGH_SHA1 = 4
    GMAC = 5
    HIGH_SHA256 = 6
    HIGH_ECDSA = 7


class ApplicationContext(OpenEnum):
    """Application context name: last arc of its object identifier 2.16.756.5.8.1.x."""

    LN = 1
    SN = 2
    LN_CIPHERED = 3
    SN_CIPHERED = 4


class Conformance(enum.IntFlag):
    """Conformance block (24 bits; bit 0 of the standard is the most significant)."""

    NONE = 0
    GENERAL_PROTECTION = 1 << 22
    GENERAL_BLOCK_TRANSFER = 1 << 21
    READ = 1 << 20
    WRITE = 1 << 19
    UNCONFIRMED_WRITE = 1 << 18
    DELTA_VALUE_ENCODING = 1 << 17
    ATTRIBUTE0_WITH_SET = 1 << 15
    PRIORITY_MANAGEMENT = 1 << 14
    ATTRIBUTE0_WITH_GET = 1 << 13
    BLOCK_TRANSFER_WITH_GET = 1 << 12
    BLOCK_TRANSFER_WITH_SET = 1 << 11
    BLOCK_TRANSFER_WITH_ACTION = 1 << 10
    MULTIPLE_REFERENCES = 1 << 9
    INFORMATION_REPORT = 1 << 8
    DATA_NOTIFICATION = 1 << 7
    ACCESS = 1 << 6
    PARAMETERIZED_ACCESS = 1 << 5
    GET = 1 << 4
    SET = 1 << 3
    SELECTIVE_ACCESS = 1 << 2
    EVENT_NOTIFICATION = 1 << 1
    ACTION = 1 << 0


FIRST_LIGHT = (
    Conformance.GENERAL_BLOCK_TRANSFER
    | Conformance.DELTA_VALUE_ENCODING
    | Conformance.PRIORITY_MANAGEMENT
    | Conformance.BLOCK_TRANSFER_WITH_GET
    | Conformance.BLOCK_TRANSFER_WITH_SET
    | Conformance.BLOCK_TRANSFER_WITH_ACTION
    | Conformance.MULTIPLE_REFERENCES
    | Conformance.DATA_NOTIFICATION
    | Conformance.ACCESS
    | Conformance.GET
    | Conformance.SET
    | Conformance.SELECTIVE_ACCESS
    | Conformance.EVENT_NOTIFICATION
    | Conformance.ACTION
)  # what both ends of this program speak


@dataclass(frozen=True, slots=True)
class AccessResultWords:
    """A refusal as a sentence, with what to do."""

    code: str
    message: str
    remedy: str


def access_result_words(result: DataAccessResult) -> AccessResultWords:
    """A data access result in words."""
    return _words(result.name)


def action_result_words(result: ActionResult) -> AccessResultWords:
    """A method's result in words."""
    return _words(result.name)


def _words(name: str) -> AccessResultWords:
    code = "cosem-" + name.lower().replace("_", "-")
    message, remedy = _sentences().get(name) or (
        _("The meter refuses for a reason that the standard does not know ({number}).").format(
            number=name.removeprefix("UNKNOWN_")
        ),
        _again(),
    )
    return AccessResultWords(code, message, remedy)


def _again() -> str:
    return _("Try again once; if it comes back, leave it and note it for the supplier.")


def _object() -> str:
    return _("This meter has no such item; check the model and its firmware, and go on without it.")


def _sentences() -> dict[str, tuple[str, str]]:
    aborted = (_("The long transfer was broken off by the meter."), _again())
    none = (_("The meter knows of no long transfer that could go on."), _again())
    return {
        # Only told where it stands instead of a value: a refusal for no reason
        "SUCCESS": (_("The meter says that all is well, and sends no value."), _again()),
        "HARDWARE_FAULT": (_("The meter reports a hardware fault."), _("Note the fault; the meter may need changing.")),
        "TEMPORARY_FAILURE": (_("The meter cannot do this just now."), _("Wait a minute, then try again.")),
        "READ_WRITE_DENIED": (
            _("The meter does not let this client read or change this item."),
            _("This change is not the installer's here: leave it to the supplier, or use the client that may."),
        ),
        "OBJECT_UNDEFINED": (_("The meter does not know this object."), _object()),
        "OBJECT_CLASS_INCONSISTENT": (_("The meter holds this object under another class."), _object()),
        "OBJECT_UNAVAILABLE": (_("The meter does not offer this object now."), _again()),
        "TYPE_UNMATCHED": (
            _("The meter expects a value of another type."),
            _("Leave it and report the meter's model."),
        ),
        "SCOPE_OF_ACCESS_VIOLATED": (
            _("The request reaches beyond what this client may see."),
            _("Use the client that may, or ask for less."),
        ),
        "DATA_BLOCK_UNAVAILABLE": (_("The meter no longer has the next block of a long value."), _again()),
        "LONG_GET_ABORTED": aborted,
        "LONG_SET_ABORTED": aborted,
        "LONG_ACTION_ABORTED": aborted,
        "NO_LONG_GET_IN_PROGRESS": none,
        "NO_LONG_SET_IN_PROGRESS": none,
        "NO_LONG_ACTION_IN_PROGRESS": none,
        "OTHER_REASON": (_("The meter refuses, for a reason it does not name."), _again()),
        "DATA_BLOCK_NUMBER_INVALID": (_("The meter and the terminal disagree about the next block."), _again()),
    }
