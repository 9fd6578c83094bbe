"""What can go wrong in a COSEM conversation: broken rules (`ProtocolError`), and lawful refusals (`CosemRefusal`).

The two are kept apart: a broken rule means the bytes cannot be trusted, a refusal is the meter's answer.
"""

from __future__ import annotations

from typing import ClassVar

from hht.errors import HhtError
from hht.i18n import _
from hht.protocol.cosem.codes import (
    AccessResultWords,
    ActionResult,
    DataAccessResult,
    access_result_words,
    action_result_words,
)
from hht.protocol.frames import ProtocolError


def _remedy(kind: str) -> str:
    remedies = {
        "read-again": _("Read it again; if it comes back, export the trace and send it to the meter's maker."),
        "reconnect": _("Connect again. If it comes back, do not trust this line: export the trace and report it."),
        "trace": _("Export the trace and report it; the terminal does not understand this meter here."),
    }
    return remedies[kind]


class CosemError(ProtocolError):
    """The other end broke a rule of DLMS/COSEM."""

    default_code: ClassVar[str] = "cosem-error"
    default_remedy: ClassVar[str] = "trace"

    def __init__(self, message: str, *, remedy: str | None = None, code: str | None = None, **details: object) -> None:
        super().__init__(message, remedy=remedy or _remedy(self.default_remedy), code=code, **details)


class MalformedValue(CosemError):
    """Octets that are no A-XDR value, or no APDU."""

    default_code = "cosem-malformed"
    default_remedy = "read-again"


class Truncated(MalformedValue):
    """The value ends before its length or count says."""

    default_code = "cosem-truncated"


class LengthLies(Truncated):
    """A length or count that claims more than the octets that follow, or than the terminal takes."""

    default_code = "cosem-length"


class TrailingOctets(MalformedValue):
    """Octets left over after a whole value."""

    default_code = "cosem-trailing"


class NestingTooDeep(MalformedValue):
    """Structures inside structures beyond what any meter needs."""

    default_code = "cosem-nesting"


class UnexpectedType(CosemError):
    """A sound value of a type that this place does not take."""

    default_code = "cosem-type"


class ValueOutOfRange(CosemError):
    """A value that its type cannot hold; nothing was sent."""

    default_code = "cosem-value"


class NotSupported(CosemError):
    """A sound APDU or value of a kind that this terminal does not speak (yet)."""

    default_code = "cosem-not-supported"


class UnexpectedApdu(CosemError):
    """A sound APDU that does not answer what was asked, or an operation out of turn."""

    default_code = "cosem-unexpected"
    default_remedy = "reconnect"


class WrongInvokeId(CosemError):
    """The answer belongs to another request."""

    default_code = "cosem-invoke-id"
    default_remedy = "reconnect"


class BlockOutOfOrder(CosemError):
    """A block of a long value that is not the next one."""

    default_code = "cosem-block-number"
    default_remedy = "reconnect"


class SecurityError(CosemError):
    """A message that its protection does not vouch for. Never shown as a value."""

    default_code = "cosem-security"
    default_remedy = "reconnect"


class TagMismatch(SecurityError):
    """The authentication tag does not fit: changed on the way, or made with other keys."""

    default_code = "cosem-tag"


class CounterReplayed(SecurityError):
    """An invocation counter that did not rise: an old message again. `received` is the highest one so far."""

    default_code = "cosem-counter"

    def __init__(self, message: str, *, counter: int, received: int, remedy: str = "", code: str | None = None) -> None:
        super().__init__(message, remedy=remedy, code=code, counter=counter, received=received)
        self.received = received


class PlaintextRefused(SecurityError):
    """An unprotected (or less protected) answer inside a protected association."""

    default_code = "cosem-plaintext"


class UnprotectedRefusal(SecurityError):
    """An ExceptionResponse or ConfirmedServiceError without protection inside a protected association: anybody may have
    sent it, so it ends the exchange and tells nothing. Whether what was asked has been done is not known."""

    default_code = "cosem-unprotected-refusal"


class PeerNotProved(SecurityError):
    """The other end failed its half of the high-level security handshake."""

    default_code = "cosem-peer-not-proved"


class WrongSystemTitle(SecurityError):
    """Another system title than the one expected: another meter's keys or another meter."""

    default_code = "cosem-system-title"


class CosemRefusal(HhtError):
    """The meter understood and said no."""

    default_code = "cosem-refused"


class DataAccessError(CosemRefusal):
    """Get or set refused for one attribute; `result` says why."""

    default_code = "cosem-access"

    def __init__(self, result: DataAccessResult, *, where: str = "") -> None:
        words: AccessResultWords = access_result_words(result)
        place = _(" ({where})").format(where=where) if where else ""
        super().__init__(words.message + place, remedy=words.remedy, code=words.code, result=result.name)
        self.result = result


class MethodError(CosemRefusal):
    """A method was refused; `result` says why."""

    default_code = "cosem-method"

    def __init__(self, result: ActionResult, *, where: str = "") -> None:
        words = action_result_words(result)
        place = _(" ({where})").format(where=where) if where else ""
        super().__init__(words.message + place, remedy=words.remedy, code=words.code, result=result.name)
        self.result = result


class AssociationRejected(CosemRefusal):
    """The meter does not associate with this client. `code` tells password, client, context and others apart."""

    default_code = "cosem-association-rejected"


class ServiceRejected(CosemRefusal):
    """ExceptionResponse or ConfirmedServiceError: the request as such was not served."""

    default_code = "cosem-service-rejected"


class AccessDenied(Exception):
    """Raised by an ObjectModel (the meter's end) to refuse get, set or invoke with `result`."""

    def __init__(self, result: DataAccessResult | ActionResult = DataAccessResult.READ_WRITE_DENIED) -> None:
        super().__init__(result.name)
        self.result = result
