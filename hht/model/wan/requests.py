"""A request that a user sends to the centre, and what becomes of it."""

from __future__ import annotations

import enum
from collections.abc import Callable
from dataclasses import dataclass, field, fields, is_dataclass
from datetime import datetime

from hht.model.commands import DONE, Command
from hht.model.parties import Party
from hht.model.wan.access import Denial
from hht.model.wan.sealing import Seal


class Outcome(enum.StrEnum):
    """Where a request stands."""

    DENIED = "denied"
    QUARANTINED = "quarantined"
    STOPPED = "stopped"
    SENT = "sent"
    ANSWERED = "answered"
    REFUSED = "refused by the device"
    UNDELIVERED = "not delivered"
    NO_RESPONSE = "no response"


CODES = {  # factbook 4.5; the others are this centre's own words (`Denial`)
    Outcome.ANSWERED: "I0",
    Outcome.UNDELIVERED: "N12",
    Outcome.NO_RESPONSE: "N13",
}
INTERIM_CODE = "I99"  # painpoints P32: an interim response; I0 follows
OUTAGE_CODE = "AD1"


@dataclass(frozen=True, slots=True)
class ServiceRequest:
    """`device` is its name in the premises; `seal` for what the device takes only sealed."""

    sender: Party
    device: str
    command: Command
    seal: Seal | None = None


@dataclass(slots=True)
class Transaction:
    """One request on its way. `why` explains whatever is not a good answer; `code` is the DCC's, or a `Denial`."""

    number: int
    request: ServiceRequest
    outcome: Outcome = Outcome.SENT
    code: str = ""
    why: str = ""
    answer: object = None
    target: str = ""  # the Device ID the user meant
    released: bool = False  # a user has confirmed it after quarantine
    listeners: list[Callable[[Transaction], None]] = field(default_factory=list)

    @property
    def report(self) -> object:
        """The answer in the users' common form, whatever the device speaks (the centre's translation, DCC-01)."""
        return translated(self.answer)

    def then(self, listener: Callable[[Transaction], None]) -> None:
        """Call `listener` on every change from now on."""
        self.listeners.append(listener)

    def to(self, outcome: Outcome, why: str = "", *, code: str = "", answer: object = None) -> None:
        """It stands somewhere else now."""
        self.outcome, self.why, self.answer = outcome, why, answer
        self.code = code or CODES.get(outcome, "")
        for listener in self.listeners:
            listener(self)

    def deny(self, denial: Denial, why: str) -> None:
        """The centre does not take it."""
        self.to(Outcome.DENIED, why, code=denial.value)


def translated(answer: object) -> object:
    """Plain texts, numbers, lists and tables by field name; times as ISO text."""
    if answer is DONE:
        return "done"
    if is_dataclass(answer) and not isinstance(answer, type):
        return {part.name: translated(getattr(answer, part.name)) for part in fields(answer)}
    if isinstance(answer, enum.Enum):
        return answer.value if isinstance(answer.value, str) else answer.name.lower()
    if isinstance(answer, datetime):
        return answer.isoformat()
    if isinstance(answer, tuple | list | frozenset):
        return [translated(entry) for entry in answer]
    if isinstance(answer, dict):
        return {str(key): translated(value) for key, value in answer.items()}
    return answer if answer is None or isinstance(answer, str | int | float | bool) else str(answer)
