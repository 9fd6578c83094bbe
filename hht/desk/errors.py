"""What can be wrong between terminal and desk, in sentences."""

from __future__ import annotations

from typing import ClassVar

from hht.errors import HhtError


class DeskError(HhtError):
    """Anything between terminal and desk that is not as it should be."""

    default_code: ClassVar[str] = "desk-error"


class AskRefused(DeskError):
    """What is to be asked cannot be: a value is missing, wrong, or not of this kind of ask."""

    default_code: ClassVar[str] = "desk-ask"


class MessageRefused(DeskError):
    """A line that is no message of this interface, or not one that belongs here."""

    default_code: ClassVar[str] = "desk-message"


class SpokenRefused(DeskError):
    """A read-out or a reference that was misheard or mistyped: its check characters do not fit."""

    default_code: ClassVar[str] = "desk-check"


class DeskLost(DeskError):
    """The line to the desk went away, or the desk fell silent: what became of the ask is unknown until it is asked
    again under the same reference."""

    default_code: ClassVar[str] = "desk-lost"
