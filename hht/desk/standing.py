"""How an ask stands, in one word and in all that is known of it; what makes it so is `hht.desk.course`."""

from __future__ import annotations

import enum
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from hht.desk.asks import Ask
from hht.desk.messages import Outcome, Way


class AskState(enum.StrEnum):
    """Where an ask stands, in one word."""

    ASKED = "asked"  # kept here; nothing has left
    TAKEN = "taken"  # the desk has it
    SENT = "sent"
    ACKNOWLEDGED = "acknowledged"
    UNKNOWN = "unknown"  # it left, or was on its way, and the desk was not heard since
    DONE = "done"
    REFUSED = "refused"
    FAILED = "failed"
    UNDELIVERED = "undelivered"
    NO_RESPONSE = "no-response"

    @property
    def final(self) -> bool:
        """The desk has said how it ended."""
        return self in _FINAL


_FINAL: Final = frozenset(AskState(outcome.value) for outcome in Outcome)


class CommandState(enum.StrEnum):
    """Where a command that the terminal is to bring to a device stands."""

    HERE = "here"  # not gone yet
    UNKNOWN = "unknown"  # it left, and no answer is known: it is never sent again
    ANSWERED = "answered"  # the answer is here, and the desk has not got it yet
    SILENT = "silent"  # no answer came, and the desk does not know that yet
    RETURNED = "returned"  # the desk knows


@dataclass(frozen=True, slots=True)
class Carried:
    """One command that the desk gave to be brought to the device. `response`, `return_as`: as in `RelayCommand`;
    `ticket`: which way it left, and under which reference (`hht.packs.way.Ticket`)."""

    number: int
    state: CommandState
    response: str = field(repr=False)
    return_as: str
    answer: bytes = field(default=b"", repr=False)
    vouched: bool = False
    left: bool = False
    why: str = ""
    ticket: tuple[str, int] = ("", 0)


@dataclass(frozen=True, slots=True)
class Fact:
    """What was seen of the matter at the device or the hub. `agrees`: it is as asked; `by`: how, in words; `read`: the
    terminal itself read it, False: a person noted what they saw."""

    what: str
    agrees: bool
    by: str
    at: datetime
    read: bool = True


@dataclass(frozen=True, slots=True)
class AskReport:
    """An ask and how it stands. `since`: when each of asked, sent, acknowledged, result came; `way`: the latest;
    `code`, `alert`, `why`, `answer`: of the latest that the desk said; `unknown`: the desk was not heard since it may
    have gone on; `spoken`: the desk's references that were typed in; `contradiction`: what the desk said against its
    own first result; `secrets_erased`: what was secret in the ask is not kept any more; `read_back`: what the
    device itself showed when it was read because nobody knew what became of a command."""

    ask: Ask
    state: AskState
    since: dict[str, datetime]
    way: Way | None = None
    unknown: bool = False
    service: str = ""
    request: str = ""
    code: str = ""
    alert: str = ""
    why: str = ""
    remedy: str = ""
    answer: str = field(default="", repr=False)
    commands: tuple[Carried, ...] = ()
    spoken: tuple[str, ...] = ()
    contradiction: str = ""
    fact: Fact | None = None
    secrets_erased: bool = False
    read_back: str = field(default="", repr=False)

    @property
    def settled(self) -> bool:
        """Nothing is left to be done for it: the terminal saw the fact, the device was read because of it, or the desk
        ended it and no device was to change."""
        if self.read_back or (self.fact is not None and self.fact.agrees):
            return True
        return self.state.final and (self.state is not AskState.DONE or not self.ask.kind.changes)

    @property
    def lamps(self) -> tuple[tuple[str, bool], ...]:
        """The five of them in their order, and whether each is lit: asked, sent, acknowledged, result, and seen, by the
        terminal itself."""
        lit = [(name, name in self.since) for name in ("asked", "sent", "acknowledged", "result")]
        return (*lit, ("seen", self.fact is not None and self.fact.agrees and self.fact.read))
