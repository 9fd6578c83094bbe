"""What the client's half answers with: results, and requests that must go out first."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

from hht.protocol.cosem.action import ActionOutcome
from hht.protocol.cosem.codes import ActionResult, Conformance, DataAccessResult
from hht.protocol.cosem.notifications import DataNotification, EventNotification
from hht.protocol.cosem.values import Data


@dataclass(frozen=True, slots=True)
class NextRequest:
    """Not done yet: send `apdu`, then `further` at once, and wait; b"": nothing to send, only to wait.

    `partial` is the new piece of a long value (raw A-XDR octets), `notification` what the meter sent unasked: the
    answer is still to come.
    """

    apdu: bytes = b""
    partial: bytes = b""
    further: tuple[bytes, ...] = ()
    notification: DataNotification | EventNotification | None = None


@dataclass(frozen=True, slots=True)
class Associated:
    """The association stands. `max_pdu` is the longest APDU the meter takes (0: no limit)."""

    conformance: Conformance
    max_pdu: int
    system_title: bytes = b""


@dataclass(frozen=True, slots=True)
class GetResult:
    """The whole value."""

    data: Data


@dataclass(frozen=True, slots=True)
class GetStreamed:
    """End of a value asked for with ``stream=True``: its last (or only) piece; nothing was kept or decoded here."""

    partial: bytes


@dataclass(frozen=True, slots=True)
class GetListResult:
    """One entry per attribute asked for, in order."""

    results: tuple[Data | DataAccessResult, ...]


@dataclass(frozen=True, slots=True)
class SetDone:
    """The meter took the value."""


@dataclass(frozen=True, slots=True)
class SetListResult:
    """One entry per attribute, in order."""

    results: tuple[DataAccessResult, ...]


@dataclass(frozen=True, slots=True)
class ActionDone:
    """The method ran; `data` is what it returned, if anything."""

    data: Data | None


@dataclass(frozen=True, slots=True)
class ActionListResult:
    """One entry per method, in order."""

    outcomes: tuple[ActionOutcome, ...]


@dataclass(frozen=True, slots=True)
class AccessOutcome:
    """What became of one item of an access request; `data` is null-data where nothing comes back."""

    result: DataAccessResult | ActionResult
    data: Data

    @property
    def got(self) -> Data | DataAccessResult:
        """The value that was read, or why there is none."""
        return self.result if isinstance(self.result, DataAccessResult) and self.result else self.data


@dataclass(frozen=True, slots=True)
class AccessListResult:
    """One entry per item, in order."""

    outcomes: tuple[AccessOutcome, ...]


@dataclass(frozen=True, slots=True)
class Released:
    """The association has ended in good order."""


Result: TypeAlias = (
    Associated
    | GetResult
    | GetStreamed
    | GetListResult
    | SetDone
    | SetListResult
    | ActionDone
    | ActionListResult
    | AccessListResult
    | Released
)
