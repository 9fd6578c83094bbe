"""What is in the outbox: a thing that goes home, how far it is by its records, a visit with all that is of it."""

from __future__ import annotations

import enum
import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from hht.i18n import _
from hht.plain_text import plain_text
from hht.work.outbox import OutKind, OutRecord


class OutState(enum.StrEnum):
    """How far an item is."""

    WAITING = "waiting"
    EXPORTED = "exported"
    RECEIPTED = "receipted"


@dataclass(frozen=True, slots=True)
class OutReceipt:
    """Somebody's word that they have a thing whole. `by`: who has it; `signed`: the key of the depot that signed it in
    a file, "" for what came over a line, or unsigned; `unsigned`: why a person took one that nobody signed, "" where
    none was asked for; `who`: the person at this terminal who took it in."""

    by: str = ""
    signed: str = ""
    unsigned: str = field(default="", repr=False)
    who: str = field(default="", repr=False)

    @classmethod
    def of(cls, record: OutRecord) -> OutReceipt:
        """As it was noted; what somebody else called themselves is data."""
        told = record.payload
        return cls(*(plain_text(str(told.get(name, ""))) for name in ("by", "signed", "unsigned", "who")))

    @property
    def words(self) -> str:
        """Who has it, and that nobody signed that."""
        if not self.unsigned:
            return self.by
        return _("{name} (unsigned: {reason})").format(name=self.by, reason=self.unsigned)

    @property
    def told(self) -> dict[str, str]:
        """As JSON has it."""
        return {"by": self.by, "signed": self.signed, "unsigned": self.unsigned, "who": self.who}


@dataclass(frozen=True, slots=True)
class OutItem:
    """One thing that goes home. `name`: of its file; `kind`: bundle, trace or photo; `since`: when it came to its
    state, None while it waits; `receipt`: on whose word it is receipted; `sent_to`: whoever said over a line that they
    have it, which is no receipt in live work; `who`: the person who exported it, or took that receipt in."""

    name: str
    kind: str
    octets: int
    sha256: str
    state: OutState
    since: datetime | None = None
    receipt: OutReceipt | None = None
    who: str = field(default="", repr=False)
    sent_to: str = ""

    @property
    def by(self) -> str:
        """Who receipted it."""
        return self.receipt.by if self.receipt is not None else ""


@dataclass(frozen=True, slots=True)
class OutVisit:
    """A visit with what goes home of it, in the order in which it goes. `erased`: when it was; there is nothing of it
    then but that, `erased_by` whom, and on whose `receipts`. `unbound`: steps whose answer names a photo, while none
    was bound to them. `missed`: who receipted some of it and, after it was erased, had that no more. `list_needed`: an
    exchange of its hub is not over, and the list of devices that is kept for that goes with the visit."""

    visit_id: str
    reference: str = field(repr=False)
    number: int
    items: tuple[OutItem, ...]
    erased: datetime | None = None
    unbound: tuple[str, ...] = ()
    missed: str = ""
    list_needed: bool = False
    erased_by: str = field(default="", repr=False)
    receipts: tuple[OutReceipt, ...] = ()

    @property
    def receipted(self) -> bool:
        """Whether each item is."""
        return bool(self.items) and all(item.state is OutState.RECEIPTED for item in self.items)

    @property
    def warning(self) -> str:
        """What is to be known before it is erased; "": nothing."""
        words = []
        receipts = dict.fromkeys(item.receipt for item in self.items if item.receipt is not None)
        for one in (one for one in receipts if one.unsigned):
            said = _("Nobody signed that {name} has it; the receipt was taken because: {reason}")
            words.append(said.format(name=one.by, reason=one.unsigned))
        if self.list_needed:
            words.append(_(
                "The exchange of its hub is not over, and the list of devices kept for that is erased too. Finish it "
                "first (hht han exchange show), or leave the new hub to the copy of the log that the centre has."
            ))  # fmt: skip
        return " ".join(words)


@dataclass(frozen=True, slots=True)
class Content:
    """What goes home, as it was when it was looked at. `make`: its octets, which may be many, made anew."""

    name: str
    kind: str
    octets: int
    sha256: str
    make: Callable[[], bytes] = field(repr=False)


def latest(records: Sequence[OutRecord], kind: OutKind) -> Mapping[str, OutRecord]:
    """By hash, the last record of that kind; none where whoever had it has said since that it has it no more."""
    found: dict[str, OutRecord] = {}
    for record in records:
        if record.kind is kind:
            found[record.payload["sha256"]] = record
        elif record.kind is OutKind.MISSED:
            gone = record.payload["sha256"]
            found = {sha256: one for sha256, one in found.items() if gone not in (sha256, one.payload.get("of"))}
    return found


def receipts_of(records: Sequence[OutRecord]) -> tuple[OutReceipt, ...]:
    """On whose word things of a visit were receipted, each once."""
    return tuple(dict.fromkeys(OutReceipt.of(one) for one in records if one.kind is OutKind.RECEIPTED))


def item_of(content: Content, records: Sequence[OutRecord]) -> OutItem:
    """How far it is by these records."""
    sha256 = content.sha256
    for kind, state in ((OutKind.RECEIPTED, OutState.RECEIPTED), (OutKind.EXPORTED, OutState.EXPORTED)):
        found = latest(records, kind).get(sha256)
        if found is not None:
            receipt = OutReceipt.of(found) if kind is OutKind.RECEIPTED else None
            who = str(found.payload.get("who", ""))
            sent_to = plain_text(str(found.payload.get("by", ""))) if receipt is None else ""
            return OutItem(content.name, content.kind, content.octets, sha256, state, found.at, receipt, who, sent_to)
    return OutItem(content.name, content.kind, content.octets, sha256, OutState.WAITING)


def looked_at(name: str, kind: str, make: Callable[[], bytes]) -> Content:
    """With its hash, by making it once."""
    octets = make()
    return Content(name, kind, len(octets), hashlib.sha256(octets).hexdigest(), make)
