"""The one family of errors that reach the engineer.

Every error is a sentence: what happened and where (`message`), what to do next (`remedy`), and a stable `code`
that people can quote and programs can test. Anything that is not an `HhtError` and escapes is a bug.
"""

from __future__ import annotations

from typing import ClassVar


class HhtError(Exception):
    """Something the engineer can do something about.

    `code` is stable and lower-case with hyphens (for example ``mpan-check-digit``); `details` carries machine-readable
    extras (for example ``expected``) that the command line prints beside it. Never put a secret into any of them.
    """

    default_code: ClassVar[str] = "error"

    def __init__(self, message: str, *, remedy: str, code: str | None = None, **details: object) -> None:
        super().__init__(message)
        self.message = message
        self.remedy = remedy
        self.code = code or self.default_code
        self.details = details

    def as_dict(self) -> dict[str, object]:
        """The error as the command line's JSON shape (without ``type``)."""
        return {"code": self.code, "message": self.message, "remedy": self.remedy, **self.details}


class Cancelled(HhtError):
    """The engineer stopped it; device and journal are in a known state."""

    default_code = "cancelled"
