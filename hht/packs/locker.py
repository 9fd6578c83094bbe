"""What may be delivered of a pack, and what has become of each command: read from the records alone.

Rules: strictly in order; each command once; an answer that did not come is an unknown outcome, settled by a read or by
the device's own late answer and never by sending again; a command with a higher counter makes lower ones of the same
originator and device void, because the device would refuse them. What a way certainly did not bring waits again.
"""

from __future__ import annotations

import base64
import enum
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Final

from hht.clock import utc_text
from hht.i18n import _
from hht.packs.acceptance import require_current
from hht.packs.errors import PackError
from hht.packs.pack import Entry, OnFailure, Pack
from hht.packs.proofs import proves
from hht.packs.records import Record, RecordKind
from hht.packs.second_proof import MOST_TRIES, code_time, codes_wanted
from hht.packs.way import Ticket
from hht.protocol.frames import ProtocolError
from hht.protocol.gbcs.clocks import CLOCK_CODES, validity_interval
from hht.protocol.gbcs.envelope import parse
from hht.protocol.gbcs.results import Operation, operations

CLOCK_PAUSE: Final = timedelta(hours=24)
Parties = tuple[bytes, bytes]  # originator and device of a command


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


_LEFT: Final = (EntryState.UNKNOWN, EntryState.DONE, EntryState.PARTLY, EntryState.FAILED, EntryState.ANSWERED)
_OF_CODES: Final = (RecordKind.CHALLENGE, RecordKind.MISREAD, RecordKind.RELEASED, RecordKind.OVER)
_NOT_DONE: Final = (EntryState.UNKNOWN, EntryState.PARTLY, EntryState.FAILED)


@dataclass(frozen=True, slots=True)
class Facts:
    """What counts at the moment of delivery. `hub_time_reliable` None: not read yet; `hub_time`: as it was read;
    `noted`: the latest time that this terminal has noted, by which a pack expires where the clock is behind it."""

    now: datetime
    hub_time_reliable: bool | None = None
    hub_time: datetime | None = None
    noted: datetime | None = None


@dataclass(frozen=True, slots=True)
class Elsewhere:
    """What other packs of this terminal did at the same devices. `clocks`: when each device's was last set."""

    counters: Mapping[Parties, int] = field(default_factory=dict)
    clocks: Mapping[bytes, datetime] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class EntryReport:
    """An entry, its state, why, and what came of each of its operations.

    `vouched`: the device's own key was held and fits its answer; without it the answer can be checked by its recipient
    alone. `ticket`: what it was known by on the way that it last took.
    """

    entry: Entry
    state: EntryState
    why: str = ""
    operations: tuple[Operation, ...] = ()
    vouched: bool = False
    ticket: Ticket | None = None


class Locker:
    """The state of a pack by its records. Immutable: a new record makes a new locker.

    `elsewhere`: the highest counters that other packs have brought to devices, and when clocks were set there.
    """

    def __init__(self, pack: Pack, records: Sequence[Record], elsewhere: Elsewhere | None = None) -> None:
        self.pack = pack
        self.frozen = ""
        self._operations: dict[str, tuple[Operation, ...]] = {}
        self._states = {entry.name: EntryState.WAITING for entry in pack.entries}
        self._why: dict[str, str] = {}
        self._tickets: dict[str, Ticket] = {}
        self._vouched: set[str] = set()
        self._asked: dict[str, tuple[str, datetime, int]] = {}  # challenge, when, wrong codes typed
        self._released: dict[str, datetime] = {}
        self._clock_set: dict[bytes, datetime] = dict(elsewhere.clocks) if elsewhere is not None else {}
        self._clock_before: dict[str, datetime | None] = {}
        for record in records:
            self._take(record)
        if elsewhere is not None:
            self._overtaken(elsewhere.counters, _("a later command of another pack has gone before it"))

    # What the records say ---------------------------------------------------------------------------------------

    def _take(self, record: Record) -> None:
        if record.kind is RecordKind.FROZEN:
            self.frozen = str(record.payload.get("why", "")) or _("the desk has to confirm it")
        elif record.kind is RecordKind.CONFIRMED:
            self.frozen = ""
            self._overtaken(reached(record), _("the desk has sent a later one over the WAN"))
        elif record.kind is RecordKind.INTENT:
            self._leaves(self.pack.entry(record.entry), record)
        elif record.kind is RecordKind.ANSWER:
            self._answered(record)
        elif record.kind is RecordKind.SILENCE:
            self._why[record.entry] = str(record.payload["why"])
        elif record.kind is RecordKind.RETURNED:
            self._returned(self.pack.entry(record.entry), record)
        elif record.kind is RecordKind.SETTLED:
            self._states[record.entry] = EntryState.DONE if record.payload["done"] else EntryState.FAILED
            self._why[record.entry] = str(record.payload["by"])
        elif record.kind in _OF_CODES:
            self._proved(record)
        elif record.kind is RecordKind.PASSED_OVER:
            self._states[record.entry] = EntryState.VOID
            self._why[record.entry] = _("passed over by {who}").format(who=record.payload["by"])

    def _proved(self, record: Record) -> None:
        """What is asked of the desk on the phone, and what it said."""
        if record.kind is RecordKind.CHALLENGE:
            self._asked[record.entry] = (str(record.payload["challenge"]), record.at, 0)
            self._released.pop(record.entry, None)
        elif record.kind is RecordKind.MISREAD:
            asked, at, wrong = self._asked[record.entry]
            self._asked[record.entry] = (asked, at, wrong + 1)
        else:
            self._asked.pop(record.entry, None)
            self._released.pop(record.entry, None)
            if record.kind is RecordKind.RELEASED:
                self._released[record.entry] = record.at

    def _leaves(self, entry: Entry, record: Record) -> None:
        self._released.pop(entry.name, None)  # a code lets it go once
        self._states[entry.name] = EntryState.UNKNOWN
        self._why.pop(entry.name, None)
        if "way" in record.payload:
            self._tickets[entry.name] = Ticket(record.payload["way"], record.payload["reference"])
        for other in self.would_void(entry):
            self._states[other.name] = EntryState.VOID
            self._why[other.name] = _("{name} has gone before it, with a higher counter").format(name=entry.name)
        if entry.message.message_code in CLOCK_CODES:
            self._clock_before[entry.name] = self._clock_set.get(entry.message.target)
            self._clock_set[entry.message.target] = record.at

    def _returned(self, entry: Entry, record: Record) -> None:
        """It never reached its device, and waits again, unless a later command has gone there meanwhile. What was void
        because of it stays void: nobody has asked the desk."""
        self._states[entry.name] = EntryState.WAITING
        self._why[entry.name] = str(record.payload["why"])
        self._overtaken({parties(entry): self._highest(entry)}, _("it was not brought, and a later one has gone"))
        if entry.message.message_code in CLOCK_CODES:
            before = self._clock_before.get(entry.name)
            if before is None:
                self._clock_set.pop(entry.message.target, None)
            else:
                self._clock_set[entry.message.target] = before

    def _highest(self, entry: Entry) -> int:
        """The highest counter of what has left for the same device, of the same originator; -1: nothing has."""
        left = (one for one in self.pack.entries if parties(one) == parties(entry))
        return max((one.message.counter for one in left if self._states[one.name] in _LEFT), default=-1)

    def _answered(self, record: Record) -> None:
        found = _operations(record.payload["response"])
        self._operations[record.entry] = found
        self._states[record.entry] = _outcome(found)
        self._why.pop(record.entry, None)
        if record.payload["vouched"]:
            self._vouched.add(record.entry)

    def _overtaken(self, counters: Mapping[Parties, int], why: str) -> None:
        """Void what waits with a counter that the device has gone past."""
        for entry in self.pack.entries:
            passed = entry.message.counter <= counters.get(parties(entry), -1)
            if passed and self._states[entry.name] is EntryState.WAITING:
                self._states[entry.name] = EntryState.VOID
                self._why[entry.name] = why

    # What that means --------------------------------------------------------------------------------------------

    def would_void(self, entry: Entry) -> tuple[Entry, ...]:
        """The commands that no device would take any more once `entry` has left."""
        return tuple(
            other
            for other in self.pack.entries
            if parties(other) == parties(entry)
            and other.message.counter < entry.message.counter
            and self._states[other.name] is EntryState.WAITING
        )

    def reports(self) -> tuple[EntryReport, ...]:
        """Every entry in its order."""
        return tuple(map(self.report, self.pack.entries))

    def report(self, entry: Entry) -> EntryReport:
        """One entry."""
        state, why = self._states[entry.name], self._why.get(entry.name, "")
        if state is EntryState.WAITING and (block := self._block(entry)):
            state, why = EntryState.BLOCKED, block
        found, vouched = self._operations.get(entry.name, ()), entry.name in self._vouched
        return EntryReport(entry, state, why, found, vouched, self._tickets.get(entry.name))

    def _block(self, entry: Entry, besides: Entry | None = None) -> str:
        """Why an entry that waits cannot go, by what became of others, `besides` apart; "": it can."""
        for name in entry.depends_on:
            proven = besides is not None and name == besides.name
            if self._states[name] not in (EntryState.DONE, EntryState.WAITING) and not proven:
                if self._states[name] is EntryState.UNKNOWN:
                    return _("nobody knows what became of {name}, which it depends on").format(name=name)
                return _("{name}, which it depends on, was not done").format(name=name)
        for before in self.pack.entries:
            if before is entry:
                return ""
            stops = before.on_failure is OnFailure.STOP
            stops = stops or (before.on_failure is OnFailure.STOP_DEVICE and before.device == entry.device)
            if stops and before is not besides and self._states[before.name] in _NOT_DONE:
                if self._states[before.name] is EntryState.UNKNOWN:
                    return _("nobody knows what became of {name}, which stands before it").format(name=before.name)
                return _("{name}, which stands before it, was not done").format(name=before.name)
        return ""

    @property
    def next(self) -> Entry | None:
        """The command that comes next in the order; None: nothing can go."""
        return next(self._waiting(), None)

    def _waiting(self) -> Iterator[Entry]:
        for entry in self.pack.entries:
            if self._states[entry.name] is EntryState.WAITING and not self._block(entry):
                yield entry

    @property
    def unknown(self) -> tuple[Entry, ...]:
        """The commands of which nobody knows what became of them: to be settled by reading."""
        return tuple(entry for entry in self.pack.entries if self._states[entry.name] is EntryState.UNKNOWN)

    def proof_of(self, unknown: Entry) -> Entry | None:
        """The read that tells what became of a command whose outcome is unknown, and could go but for that one; None:
        there is none."""
        for entry in self.pack.entries:
            waits = self._states[entry.name] is EntryState.WAITING
            if waits and proves(entry, unknown) and not self._block(entry, unknown):
                return entry
        return None

    def asked(self, entry: Entry, now: datetime) -> str:
        """The challenge that the desk may answer now. Raises PackError ``pack-no-challenge``."""
        asked, at, wrong = self._asked.get(entry.name, ("", now, 0))
        if not asked or wrong >= MOST_TRIES or not _within(at, now):
            words = _("There is no challenge of {name} to which a code would count.").format(name=entry.name)
            raise _no("pack-no-challenge", words, _("Have one made, and read it out: hht pack code."))
        return asked

    def is_over(self, entry: Entry, now: datetime) -> bool:
        """Whether a challenge or a code of it counts as it stands in the records, and its time has gone by."""
        asked, released = self._asked.get(entry.name), self._released.get(entry.name)
        then = [one for one in (asked and asked[1], released) if one is not None]
        return any(now - one > code_time() for one in then)

    def unproved(self, entry: Entry, facts: Facts) -> str:
        """Why the second proof is still to come without which a command may not go; "": it is there, or none is."""
        wanted = codes_wanted(self.pack, entry)
        released = self._released.get(entry.name)
        if not wanted or (released is not None and _within(released, facts.now)):
            return ""
        said = _("it affects the supply, and the desk's one-time code is not there; people who read one out: {count}")
        return said.format(count=wanted)

    def held(self, entry: Entry, facts: Facts) -> str:
        """Why a command that could go is kept back for now, unconsumed; "": it is not."""
        if why := self.unproved(entry, facts):
            return why
        if entry.message.message_code not in CLOCK_CODES:
            return ""
        last = self._clock_set.get(entry.message.target)
        if last is not None and facts.now < last + CLOCK_PAUSE:
            return _("this device's clock was set {hours} hours ago; it may be set once in 24").format(
                hours=int((facts.now - last) / timedelta(hours=1))
            )
        if facts.hub_time_reliable is None:
            return _("the clock is set by the hub's time, which is read right before it leaves; it is not known now")
        if not facts.hub_time_reliable:
            return _("the hub's time is not reliable, and the clock would be set by it: it has not had the time yet")
        return _outside(entry, facts.hub_time)

    def permit(self, entry: Entry, facts: Facts, proving: Entry | None = None) -> None:
        """Raises PackError with the reason why `entry` may not be delivered now. `proving`: the command of unknown
        outcome that it is to settle; it need not be the next one then."""
        report = self.report(entry)
        if self.frozen:
            words = _("The pack is frozen: {why}.").format(why=self.frozen)
            raise _no("pack-frozen", words, _("Ask the desk whether it still holds; it goes on once confirmed."))
        if proving is not None:
            if proving not in self.unknown or self.proof_of(proving) != entry:
                words = _("{name} does not tell what became of {other}.").format(name=entry.name, other=proving.name)
                raise _no("pack-no-proof", words, _settle())
            report = EntryReport(entry, EntryState.WAITING)
        if report.state is EntryState.BLOCKED:
            raise _no("pack-blocked", _("{name} cannot go: {why}.").format(name=entry.name, why=report.why), _ask())
        if report.state is not EntryState.WAITING:
            raise gone(entry, report.state)
        require_current(self.pack, facts.now, facts.noted)
        if proving is None and entry != self.next:
            words = _("{name} is not the next command of the pack.").format(name=entry.name)
            raise _no("pack-order", words, _("Deliver the commands in their order, or pass over the one that waits."))
        if why := self.unproved(entry, facts):
            said = _("{name} is held: {why}.").format(name=entry.name, why=why)
            remedy = _(
                "It is not used up. Ring the desk and read the challenge out: hht pack code {job} --entry {name}"
            )
            raise _no("pack-needs-code", said, remedy.format(job=self.pack.job, name=entry.name))
        if why := self.held(entry, facts):
            said = _("{name} is held: {why}.").format(name=entry.name, why=why)
            remedy = _("It is not used up. Wait, pass it over, or end the visit as installed, time unreliable.")
            raise _no("pack-held", said, remedy)


def _within(then: datetime, now: datetime) -> bool:
    """Whether what was said `then` still counts. A clock that was set back wins no time."""
    return timedelta() <= now - then <= code_time()


def _outside(entry: Entry, hub_time: datetime | None) -> str:
    """Why a clock would not be set by that time, though the command would be used up; "": it would."""
    try:
        interval = validity_interval(entry.message)
    except ProtocolError:
        return ""  # the device will say what it thinks of it
    if hub_time is None or interval.start <= hub_time <= interval.end:
        return ""
    said = _("the hub's time is {time}, and the command sets the clock only from {start} to {end}")
    return said.format(time=utc_text(hub_time), start=utc_text(interval.start), end=utc_text(interval.end))


def parties(entry: Entry) -> Parties:
    """Between whom a command's counter counts."""
    return entry.message.originator, entry.message.target


def reached(record: Record) -> dict[Parties, int]:
    """The counters that the desk says devices have reached, in its confirmation."""
    told = record.payload.get("reached", ())
    return {(bytes.fromhex(one["originator"]), bytes.fromhex(one["target"])): int(one["counter"]) for one in told}


@lru_cache(maxsize=2048)
def _operations(response: str) -> tuple[Operation, ...]:
    try:
        return operations(parse(base64.b64decode(response)))
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


def gone(entry: Entry, state: EntryState) -> PackError:
    """What is said of a command that cannot leave any more."""
    said = _("{name} has been delivered before or is void ({state}).").format(name=entry.name, state=state)
    return _no("pack-once", said, _settle())
