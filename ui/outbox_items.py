"""What is in the outbox: a thing that goes home, how far it is by its records, a visit with all that is of it."""

from __future__ import annotations

import enum
import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from hht.i18n import _
from hht.work.outbox import OutKind, OutRecord


class OutState(enum.StrEnum):
    """How far an item is."""

    WAITING = "waiting"
    EXPORTED = "exported"
    RECEIPTED = "receipted"


@dataclass(frozen=True, slots=True)
class OutItem:
    """One thing that goes home. `name`: of its file; `kind`: bundle, trace or photo; `since`: when it came to its
    state, None while it waits; `by`: who receipted it."""

    name: str
    kind: str
    octets: int
    sha256: str
    state: OutState
    since: datetime | None = None
    by: str = ""


@dataclass(frozen=True, slots=True)
class OutVisit:
    """A visit with what goes home of it, in the order in which it goes. `erased`: when it was; there is nothing of it
    then but that. `unbound`: steps whose answer names a photo, while none was bound to them. `missed`: who
    receipted some of it and, after it was erased, had that no more. `list_needed`: an exchange of its hub is not over,
    and the list of devices that is kept for that goes with the visit."""

    visit_id: str
    reference: str = field(repr=False)
    number: int
    items: tuple[OutItem, ...]
    erased: datetime | None = None
    unbound: tuple[str, ...] = ()
    missed: str = ""
    list_needed: bool = False

    @property
    def receipted(self) -> bool:
        """Whether each item is."""
        return bool(self.items) and all(item.state is OutState.RECEIPTED for item in self.items)

    @property
    def warning(self) -> str:
        """What is to be known before it is erased; "": nothing."""
        if not self.list_needed:
            return ""
        return _(
            "The exchange of its hub is not over, and the list of devices kept for that is erased too. Finish it first "
            "(hht han exchange show), or leave the new hub to the copy of the log that the centre has."
        )


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


def item_of(content: Content, records: Sequence[OutRecord]) -> OutItem:
    """How far it is by these records."""
    sha256 = content.sha256
    for kind, state in ((OutKind.RECEIPTED, OutState.RECEIPTED), (OutKind.EXPORTED, OutState.EXPORTED)):
        found = latest(records, kind).get(sha256)
        if found is not None:
            by = found.payload.get("by", "")
            return OutItem(content.name, content.kind, content.octets, sha256, state, found.at, by)
    return OutItem(content.name, content.kind, content.octets, sha256, OutState.WAITING)


def looked_at(name: str, kind: str, make: Callable[[], bytes]) -> Content:
    """With its hash, by making it once."""
    octets = make()
    return Content(name, kind, len(octets), hashlib.sha256(octets).hexdigest(), make)
