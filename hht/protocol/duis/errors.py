"""What can be wrong with a DUIS document, each with the line it is on."""

from __future__ import annotations

from typing import ClassVar

from hht.i18n import _
from hht.protocol.frames import ProtocolError


class DuisError(ProtocolError):
    """A document that is none of the DCC User Interface Specification, or not one that this terminal handles.

    `details` holds ``line`` (from 1; 0 where no line is to blame).
    """

    default_code: ClassVar[str] = "duis-error"

    def __init__(self, message: str, *, line: int = 0, remedy: str | None = None, code: str | None = None) -> None:
        said = _("Line {line}: {message}").format(line=line, message=message) if line else message
        words = remedy or _("Ask the desk for the file again, and tell it this line; do not mend it by hand.")
        super().__init__(said, remedy=words, code=code, line=line)


class XmlRefused(DuisError):
    """Octets that are no XML, or XML of a kind that is never let in: entities, document types, instructions."""

    default_code: ClassVar[str] = "duis-xml"


class StructureError(DuisError):
    """XML whose elements are not those that the interface has, in their order."""

    default_code: ClassVar[str] = "duis-structure"


class ValueRefused(DuisError):
    """An element that holds what its type does not allow."""

    default_code: ClassVar[str] = "duis-value"


class SignatureRefused(DuisError):
    """An XML signature that is missing, does not fit what it stands under, or is of nobody who is trusted here."""

    default_code: ClassVar[str] = "duis-signature"
