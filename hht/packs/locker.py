"""What may be delivered of a pack, and what has become of each command: read from the records alone.

Rules: strictly in order; each command once; an answer that did not come is an unknown outcome, settled by a read or by
the device's own late answer and never by sending again; a command with a higher counter makes lower ones of the same
originator and device void, because the device would refuse them.
"""

from __future__ import annotations

import base64
import enum
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from hht.i18n import _
from hht.packs.errors import PackError
from hht.packs.pack import Entry, OnFailure, Pack
from hht.packs.records import Record, RecordKind
from hht.protocol.frames import ProtocolError
from hht.protocol.gbcs.envelope import parse
from hht.protocol.gbcs.results import Operation, operations

CLOCK_CODES: Final = frozenset({0x0062, 0x007F})  # ECS70 and GCS28 set a clock by the hub's
CLOCK_PAUSE: Final = timedelta(hours=24)


class EntryState(enum.StrEnum):
    """What has become of a command."""

    WAITING = "waiting"
    UNKNOWN = "unknown"  # it left, and nothing tells whether it was carried out
    DONE = "done"
    PARTLY = "partly"  # some of its operations were refused
    FAILED = "failed"
    ANSWERED = "answered"  # the device answered under a seal: only the supplier can tell
    VOID = "void"  # a later counter has gone before it
    BLOCKED = "blocked"  # what it depends on, or what stands before it, was not done

    @property
    def final(self) -> bool:
        """Nothing changes it any more."""
        return self not in (EntryState.WAITING, EntryState.UNKNOWN, EntryState.BLOCKED)


_NOT_DONE: Final = (EntryState.UNKNOWN, EntryState.PARTLY, EntryState.FAILED)


@dataclass(frozen=True, slots=True)
class Facts:
    """What counts at the moment of delivery. `hub_time_reliable` None: not read yet."""

    now: datetime
    hub_time_reliable: bool | None = None


@dataclass(frozen=True, slots=True)
class EntryReport:
    """An entry, its state, why, and what came of each of its operations.

    `vouched`: the device's own key was held and fits its answer; without it the answer can be checked by its recipient
    alone.
    """

    entry: Entry
    state: EntryState
    why: str = ""
    operations: tuple[Operation, ...] = ()
    vouched: bool = False


class Locker:
    """The state of a pack by its records. Immutable: a new record makes a new locker."""

    def __init__(self, pack: Pack, records: Sequence[Record]) -> None:
        self.pack = pack
        self.frozen = ""
        self._operations: dict[str, tuple[Operation, ...]] = {}
        self._states = {entry.name: EntryState.WAITING for entry in pack.entries}
        self._vouched: set[str] = set()
        self._clock_set: dict[bytes, datetime] = {}
        for record in records:
            self._take(record)

    # What the records say ---------------------------------------------------------------------------------------

    def _take(self, record: Record) -> None:
        if record.kind is RecordKind.FROZEN:
            self.frozen = str(record.payload.get("why", "")) or _("the desk has to confirm it")
        elif record.kind is RecordKind.CONFIRMED:
            self.frozen = ""
        elif record.kind is RecordKind.INTENT:
            self._leaves(self.pack.entry(record.entry), record.at)
        elif record.kind is RecordKind.ANSWER:
            self._answered(record)
        elif record.kind is RecordKind.SETTLED:
            self._states[record.entry] = EntryState.DONE if record.payload["done"] else EntryState.FAILED
        elif record.kind is RecordKind.PASSED_OVER:
            self._states[record.entry] = EntryState.VOID

    def _leaves(self, entry: Entry, at: datetime) -> None:
        self._states[entry.name] = EntryState.UNKNOWN
        for other in self.would_void(entry):
            self._states[other.name] = EntryState.VOID
        if entry.message.message_code in CLOCK_CODES:
            self._clock_set[entry.message.target] = at

    def _answered(self, record: Record) -> None:
        found = _operations(base64.b64decode(record.payload["response"]))
        self._operations[record.entry] = found
        self._states[record.entry] = _outcome(found)
        if record.payload["vouched"]:
            self._vouched.add(record.entry)

    # What that means --------------------------------------------------------------------------------------------

    def would_void(self, entry: Entry) -> tuple[Entry, ...]:
        """The commands that no device would take any more once `entry` has left."""
        parties = entry.message.originator, entry.message.target
        return tuple(
            other
            for other in self.pack.entries
            if (other.message.originator, other.message.target) == parties
            and other.message.counter < entry.message.counter
            and self._states[other.name] is EntryState.WAITING
        )

    def reports(self) -> tuple[EntryReport, ...]:
        """Every entry in its order."""
        return tuple(map(self.report, self.pack.entries))

    def report(self, entry: Entry) -> EntryReport:
        """One entry."""
        state, why = self._states[entry.name], ""
        if state is EntryState.WAITING:
            why = self._block(entry)
            state = EntryState.BLOCKED if why else state
        found = self._operations.get(entry.name, ())
        return EntryReport(entry, state, why, found, entry.name in self._vouched)

    def _block(self, entry: Entry) -> str:
        """Why an entry that waits cannot go, by what became of others; "": it can."""
        for name in entry.depends_on:
            if self._states[name] not in (EntryState.DONE, EntryState.WAITING):
                return _("{name}, which it depends on, was not done").format(name=name)
        for before in self.pack.entries:
            if before is entry:
                return ""
            stops = before.on_failure is OnFailure.STOP
            stops = stops or (before.on_failure is OnFailure.STOP_DEVICE and before.device == entry.device)
            if stops and self._states[before.name] in _NOT_DONE:
                return _("{name}, which stands before it, was not done").format(name=before.name)
        return ""

    @property
    def next(self) -> Entry | None:
        """The command that comes next in the order; None: nothing can go."""
        waiting = (report.entry for report in self.reports() if report.state is EntryState.WAITING)
        return next(waiting, None)

    @property
    def unknown(self) -> tuple[Entry, ...]:
        """The commands of which nobody knows what became of them: to be settled by reading."""
        return tuple(entry for entry in self.pack.entries if self._states[entry.name] is EntryState.UNKNOWN)

    def held(self, entry: Entry, facts: Facts) -> str:
        """Why a command that could go is kept back for now, unconsumed; "": it is not."""
        if entry.message.message_code not in CLOCK_CODES:
            return ""
        if facts.hub_time_reliable is not True:
            return _("the hub's time is not known to be reliable: a clock would be set by it")
        last = self._clock_set.get(entry.message.target)
        if last is not None and facts.now < last + CLOCK_PAUSE:
            return _("this device's clock was set {hours} hours ago; it may be set once in 24").format(
                hours=int((facts.now - last) / timedelta(hours=1))
            )
        return ""

    def permit(self, entry: Entry, facts: Facts) -> None:
        """Raises PackError with the reason why `entry` may not be delivered now."""
        report = self.report(entry)
        if self.frozen:
            raise _no("pack-frozen", _("The pack is frozen: {why}.").format(why=self.frozen), _ask())
        if report.state is EntryState.BLOCKED:
            raise _no("pack-blocked", _("{name} cannot go: {why}.").format(name=entry.name, why=report.why), _ask())
        if report.state is not EntryState.WAITING:
            raise _no("pack-once", _once(entry, report.state), _settle())
        if facts.now >= self.pack.expires:
            words = _("This pack expired at {time:%Y-%m-%d %H:%M} UTC.").format(time=self.pack.expires)
            raise _no("pack-expired", words, _ask())
        if entry != self.next:
            words = _("{name} is not the next command of the pack.").format(name=entry.name)
            raise _no("pack-order", words, _("Deliver the commands in their order, or pass over the one that waits."))
        if why := self.held(entry, facts):
            said = _("{name} is held: {why}.").format(name=entry.name, why=why)
            raise _no("pack-held", said, _("It is not used up. Wait, or end the visit as installed, time unreliable."))


def _operations(response: bytes) -> tuple[Operation, ...]:
    try:
        return operations(parse(response))
    except ProtocolError as error:  # the device's own answer all the same: the supplier may know what it means
        return (Operation(_("command"), None, error.message),)


def _outcome(found: tuple[Operation, ...]) -> EntryState:
    done = {operation.done for operation in found}
    if False in done:
        return EntryState.PARTLY if True in done else EntryState.FAILED
    return EntryState.ANSWERED if None in done else EntryState.DONE


def _no(code: str, message: str, remedy: str) -> PackError:
    return PackError(message, remedy=remedy, code=code)


def _ask() -> str:
    return _("Ask the desk how to go on.")


def _settle() -> str:
    return _("A command is never sent twice. Read what the device holds to know what became of it.")


def _once(entry: Entry, state: EntryState) -> str:
    return _("{name} has been delivered before or is void ({state}).").format(name=entry.name, state=state)
