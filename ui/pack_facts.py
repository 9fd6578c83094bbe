"""What command line and window show of a command pack: frozen facts, and the words for them.

`EntryFacts.may` says what a person can do with a command now, so that a page need not know the locker's rules.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from hht.clock import utc_text
from hht.errors import HhtError
from hht.i18n import _
from hht.identifiers.device_id import DeviceId
from hht.packs.acceptance import require_current
from hht.packs.locker import EntryReport, EntryState, Facts, Locker
from hht.packs.pack import Entry, Pack
from hht.packs.records import Record, RecordKind
from hht.packs.second_proof import affects_supply, codes_wanted
from hht.protocol.gbcs.results import Operation

DELIVER, PASS_OVER, SETTLE = "deliver", "pass-over", "settle"  # what a person may do with a command
SLEEPERS: Final = ("GSME",)  # kinds of devices that answer when they wake (factbook 2.3)


@dataclass(frozen=True, slots=True)
class DeviceFacts:
    """A device of a pack. `kind` as in DUIS ("ESME"); `sealed_code`: an install code for this terminal comes with it;
    `certified`: its certificates do, so that what it signs can be checked here."""

    device: DeviceId
    kind: str
    sealed_code: bool
    certified: bool


@dataclass(frozen=True, slots=True)
class EntryFacts:
    """One command and what has become of it. `words`: the state as people read it; `why`: more of it; `held`: why it is
    kept back for now, unconsumed; `voids`: of the next one, what is void once it has left; `size` in octets;
    `operations`: what came of each thing that it asks for; `may`: of DELIVER, PASS_OVER, SETTLE."""

    number: int
    name: str
    device: DeviceId
    kind: str
    request: str
    message_code: int
    use_case: str
    title: str
    critical: bool
    counter: int
    depends_on: tuple[str, ...]
    on_failure: str
    note: str
    size: int
    state: EntryState
    words: str
    why: str = ""
    held: str = ""
    voids: tuple[str, ...] = ()
    operations: tuple[Operation, ...] = ()
    vouched: bool = False
    may: frozenset[str] = frozenset()
    supply: bool = False  # it affects somebody's supply or load
    codes: int = 0  # people at the desk who are still to read out a one-time code


@dataclass(frozen=True, slots=True)
class PackFacts:
    """A pack as it stands. `key`: how the service knows it ("" while it is not kept); `desk`: who signed it ("": not
    verified); `obstacle`: why nothing of it may be delivered now; `next`: the command that goes next; `answers`: how
    many devices' answers there are to bring home; `confirmed`: the desk has said at least once that it holds."""

    key: str
    name: str
    edition: int
    job: str
    training: bool
    created: datetime
    expires: datetime
    supplier: str
    desk: str
    devices: tuple[DeviceFacts, ...]
    entries: tuple[EntryFacts, ...]
    taken: datetime | None = None
    frozen: str = ""
    obstacle: str = ""
    next: str = ""
    answers: int = 0
    confirmed: bool = False
    pack: Pack | None = field(default=None, repr=False, compare=False)

    @property
    def unknown(self) -> tuple[EntryFacts, ...]:
        """The commands of which nobody knows what became of them."""
        return tuple(entry for entry in self.entries if entry.state is EntryState.UNKNOWN)

    @property
    def done(self) -> int:
        """How many commands are carried out."""
        return sum(entry.state is EntryState.DONE for entry in self.entries)

    @property
    def over(self) -> bool:
        """Whether nothing of it waits or has to be settled any more."""
        return all(entry.state.final for entry in self.entries)

    def entry(self, name: str) -> EntryFacts:
        """The command of that name. Raises KeyError."""
        for entry in self.entries:
            if entry.name == name:
                return entry
        raise KeyError(name)


def pack_facts(
    pack: Pack,
    locker: Locker,
    moment: Facts,
    *,
    key: str = "",
    records: Sequence[Record] = (),
    newest: int = 0,
    distrusted: str = "",
) -> PackFacts:
    """The facts of a pack. `newest`: the newest edition that this terminal has seen of its job's packs; `distrusted`:
    why those who signed it count no more."""
    taken = records[0] if records else None
    following = locker.next
    obstacle = _obstacle(pack, locker, moment, newest) or (distrusted if following is not None else "")
    return PackFacts(
        key,
        pack.name,
        pack.edition,
        pack.job,
        pack.training,
        pack.created,
        pack.expires,
        pack.supplier,
        str(taken.payload.get("desk", "")) if taken is not None else "",
        tuple(DeviceFacts(d.device, d.type, bool(d.install_code), bool(d.certificates)) for d in pack.devices),
        tuple(
            _entry(number, report, locker, moment, goes=report.entry == following and not obstacle)
            for number, report in enumerate(locker.reports(), 1)
        ),
        taken.at if taken is not None else None,
        locker.frozen,
        obstacle,
        following.name if following is not None else "",
        sum(record.kind is RecordKind.ANSWER for record in records),
        any(record.kind is RecordKind.CONFIRMED for record in records),
        pack,
    )


def _obstacle(pack: Pack, locker: Locker, moment: Facts, newest: int) -> str:
    if locker.frozen:
        return _("it is frozen ({why}) until the desk confirms it").format(why=locker.frozen)
    if pack.edition < newest:
        return _("edition {newest} of the pack has been here since").format(newest=newest)
    try:
        require_current(pack, moment.now, moment.noted)
    except HhtError as error:
        return error.message
    return ""


def entry_facts(locker: Locker, entry: Entry, moment: Facts) -> EntryFacts:
    """The facts of one command of a pack that may be used."""
    return _entry(locker.pack.entries.index(entry) + 1, locker.report(entry), locker, moment, goes=entry == locker.next)


def _entry(number: int, report: EntryReport, locker: Locker, moment: Facts, *, goes: bool) -> EntryFacts:
    entry, case = report.entry, report.entry.use_case
    waits = report.state is EntryState.WAITING
    kinds = {one.device: one.type for one in locker.pack.devices}
    return EntryFacts(
        number,
        entry.name,
        entry.device,
        kinds.get(entry.device, ""),
        entry.request,
        entry.message.message_code,
        case.name if case is not None else "",
        case.title if case is not None else "",
        bool(entry.message.signature),
        entry.message.counter,
        entry.depends_on,
        str(entry.on_failure),
        entry.note,
        len(entry.command),
        report.state,
        state_words(report),
        report.why,
        locker.held(entry, moment) if waits else "",
        tuple(other.name for other in locker.would_void(entry)) if waits and entry == locker.next else (),
        report.operations,
        report.vouched,
        _may(report.state, goes=goes),
        affects_supply(entry),
        codes_wanted(locker.pack, entry) if waits and locker.unproved(entry, moment) else 0,
    )


def _may(state: EntryState, *, goes: bool) -> frozenset[str]:
    if state is EntryState.UNKNOWN:
        return frozenset({SETTLE})
    if state in (EntryState.WAITING, EntryState.BLOCKED):
        return frozenset({DELIVER, PASS_OVER} if goes else {PASS_OVER})
    return frozenset()


def state_words(report: EntryReport) -> str:
    """What has become of a command, in words."""
    names = {
        EntryState.WAITING: _("has not gone yet"),
        EntryState.UNKNOWN: _("left, and nobody knows what became of it: never send it again"),
        EntryState.DONE: _("carried out"),
        EntryState.PARTLY: _("carried out in part"),
        EntryState.FAILED: _("not carried out"),
        EntryState.ANSWERED: _("answered; only the supplier can read what"),
        EntryState.VOID: _("void"),
        EntryState.BLOCKED: _("cannot go"),
    }
    said = names[report.state]
    if report.why:
        said = _("{what} ({why})").format(what=said, why=report.why.rstrip("."))
    return said + (_("; the device's own signature fits") if report.vouched else "")


def entry_line(facts: EntryFacts) -> str:
    """A command's state on a line or more: what it is, what became of it, of each operation where they differ."""
    what = f"{facts.use_case} {facts.title}".strip()
    lines = [f"{facts.number:4}  {facts.name}: {what}, {facts.device}: {facts.words}"]
    if facts.held:
        lines.append("      " + _("held: {why}").format(why=facts.held))
    if facts.voids:
        lines.append("      " + _("once it has left, {names} can go no more").format(names=", ".join(facts.voids)))
    if len({one.done for one in facts.operations}) > 1 or facts.state is EntryState.FAILED:
        lines += [f"      {one.what}: {one.words}" for one in facts.operations]
    return "\n".join(lines)


def pack_lines(facts: PackFacts) -> str:
    """The head of a kept pack."""
    lines = [
        _("Pack {name}, edition {edition}, for job {job}").format(
            name=facts.name, edition=facts.edition, job=facts.job
        ),
        _("for training") if facts.training else _("for LIVE work"),
        _("to be used before {time}").format(time=utc_text(facts.expires)),
        _("{done} of {all} commands are carried out.").format(done=facts.done, all=len(facts.entries)),
    ]
    if facts.obstacle:
        lines.append(_("Nothing of it may be delivered now: {why}.").format(why=facts.obstacle.rstrip(".")))
    return "\n".join(lines)
