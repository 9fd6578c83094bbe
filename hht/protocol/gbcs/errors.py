"""What can be wrong with a GBCS message, and why a device refuses one."""

from __future__ import annotations

from typing import ClassVar

from hht.i18n import _
from hht.protocol.frames import FrameError, ProtocolError


class GbcsError(ProtocolError):
    """A rule of GBCS is broken."""

    default_code: ClassVar[str] = "gbcs-error"

    def __init__(self, message: str, *, remedy: str | None = None, code: str | None = None, **details: object) -> None:
        words = remedy or _("Fetch the message again from where it came; do not deliver it as it is.")
        super().__init__(message, remedy=words, code=code, **details)


class MalformedMessage(GbcsError, FrameError):
    """Octets that are no GBCS message: a lying length, a field of another size, something missing or left over."""

    default_code: ClassVar[str] = "gbcs-malformed"


class MalformedPayload(GbcsError):
    """A sound message whose payload is none: of no known kind, or not what its kind demands."""

    default_code: ClassVar[str] = "gbcs-payload"


class CertificateUnreadable(GbcsError):
    """A certificate that is none of an organisation or device of British smart metering."""

    default_code: ClassVar[str] = "gbcs-certificate"


class KeyMissing(GbcsError):
    """A message cannot be made or opened because a key for it is not held here."""

    default_code: ClassVar[str] = "gbcs-key-missing"


class SegmentRefused(GbcsError):
    """An encrypted segment whose tag does not fit: changed, or meant for other keys. Nothing of it is shown."""

    default_code: ClassVar[str] = "gbcs-segment"


def malformed(what: str, at: int) -> MalformedMessage:
    """The error for octets that are no message, `what` said for people, `at` an offset."""
    return MalformedMessage(_("This is no whole GBCS message: {what}, at octet {at}.").format(what=what, at=at), at=at)
