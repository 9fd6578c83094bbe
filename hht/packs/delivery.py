"""Brings commands to devices, one at a time: the intent on disk, the command out, the answer on disk, then the next.

How octets reach a device is the carrier's business (radio dongle, a relay by the desk). An answer is taken for the
device's only if it answers this command: same code and counter, parties swapped, and no check of it fails.
"""

from __future__ import annotations

import asyncio
import base64
from collections.abc import Callable, Mapping
from datetime import datetime

from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

from hht.errors import HhtError
from hht.i18n import _
from hht.packs.errors import PackError
from hht.packs.locker import Elsewhere, EntryReport, EntryState, Facts, Locker, Parties, gone
from hht.packs.pack import Entry, Pack
from hht.packs.proofs import proves, told
from hht.packs.records import RecordKind, Records
from hht.packs.second_proof import (
    Released,
    affects_supply,
    codes_wanted,
    make_challenge,
    people_of,
    wrong_code,
)
from hht.packs.supply_limits import SupplyGate, takes_away
from hht.packs.way import Bring, Brought, CommandCarrier, Found, Ticket
from hht.protocol.gbcs.answers import AnswerRefused, read_answer
from hht.protocol.gbcs.keys import KeyRing


def keys_of(pack: Pack) -> KeyRing:
    """The public keys that a pack brings: enough to check what devices have signed, and nothing else."""
    ring = KeyRing()
    for certificate in pack.certificates:
        ring.add_certificate(certificate)
    for device in pack.devices:
        for certificate in device.certificates:
            ring.add_certificate(certificate)
    return ring


class Custody:
    """A pack's records, and what may be noted in them without any way to devices. `elsewhere`: what other packs of this
    terminal did, asked anew each time."""

    def __init__(self, pack: Pack, records: Records, elsewhere: Callable[[], Elsewhere] = Elsewhere) -> None:
        self._pack = pack
        self._records = records
        self._elsewhere = elsewhere
        self._keys = keys_of(pack)

    @property
    def locker(self) -> Locker:
        """The state now."""
        return Locker(self._pack, self._records.all(), self._elsewhere())

    def late_answer(self, entry: Entry, response: bytes) -> EntryReport:
        """The device's own answer came after all (again, or out of turn): it settles what was unknown.

        Raises PackError ``pack-not-unknown`` where nothing was unknown, AnswerRefused where it is not that answer.
        """
        with self._records.alone():
            self._require_unknown(entry)
            self._answered(entry, response)
        return self.locker.report(entry)

    def _answered(self, entry: Entry, response: bytes) -> None:
        """Raises AnswerRefused for octets that are not the device's answer, as far as that can be checked here."""
        answer = read_answer(response, entry.message, self._keys)
        told = {"response": _text(response), "vouched": answer.verdict.vouched}
        self._records.append(RecordKind.ANSWER, entry.name, told)

    def settle(self, entry: Entry, *, done: bool, by: str) -> EntryReport:
        """A read has told what became of a command whose outcome was unknown; `by`: what was read, in words."""
        with self._records.alone():
            self._require_unknown(entry)
            self._records.append(RecordKind.SETTLED, entry.name, {"done": done, "by": by})
        return self.locker.report(entry)

    def conclude(self) -> tuple[Entry, ...]:
        """Settle what is unknown as far as devices' answers to later reads of the pack tell it; which those are."""
        settled = []
        with self._records.alone():
            records = self._records.all()
            answers = {one.entry: one.payload["response"] for one in records if one.kind is RecordKind.ANSWER}
            for entry in self.locker.unknown:
                told_by = self._told_by(entry, answers)
                if told_by is not None:
                    self._records.append(RecordKind.SETTLED, entry.name, told_by)
                    settled.append(entry)
        return tuple(settled)

    def _told_by(self, entry: Entry, answers: Mapping[str, str]) -> dict[str, object] | None:
        """What a read whose answer has come tells of `entry`; None: nothing."""
        for read in self._pack.entries:
            if read.name in answers and proves(read, entry):
                done = told(base64.b64decode(answers[read.name]), read, entry)
                if done is not None:
                    said = _("by {read}, the device holds it") if done else _("by {read}, the device does not hold it")
                    return {"done": done, "by": said.format(read=read.name), "read": read.name}
        return None

    def challenge(self, entry: Entry, random_bytes: Callable[[int], bytes]) -> str:
        """What is read out to the desk before this command may go; an earlier challenge of it counts no more. Raises
        PackError ``pack-no-code-needed``, ``pack-once``, AccessRefused."""
        self._records.permit(supply=True)
        with self._records.alone():
            state, wanted = self.locker.report(entry).state, codes_wanted(self._pack, entry)
            if wanted and state not in (EntryState.WAITING, EntryState.BLOCKED):
                raise gone(entry, state)
            if not wanted:
                raise PackError(
                    _("{name} needs no code from the desk.").format(name=entry.name),
                    remedy=_("Deliver the pack; what it asks for besides it says."),
                    code="pack-no-code-needed",
                )
            made = make_challenge(random_bytes)
            self._records.append(RecordKind.CHALLENGE, entry.name, {"challenge": made})
        return made

    def release(self, entry: Entry, codes: tuple[str, ...], private: X25519PrivateKey, now: datetime) -> EntryReport:
        """Take what people at the desk read out: the command may go, once, for some minutes. `private`: the terminal's
        key. Raises PackError ``pack-no-challenge``, ``pack-code``, AccessRefused."""
        self._records.permit(supply=True)
        self._note_over(entry, now)
        with self._records.alone():
            asked = self.locker.asked(entry, now)
            wanted = codes_wanted(self._pack, entry)
            people = people_of(private, self._pack, Released.of(self._pack, entry, asked), codes)
            if people is not None and len(people) == wanted:
                told = {"challenge": asked, "people": list(people)}
                self._records.append(RecordKind.RELEASED, entry.name, told)
            else:
                self._records.append(RecordKind.MISREAD, entry.name, {"challenge": asked})
        if people is None or len(people) != wanted:
            raise wrong_code(wanted)
        return self.locker.report(entry)

    def _note_over(self, entry: Entry, now: datetime) -> None:
        """A challenge or a code that was found to be over stays so: a clock that is set back wins no time."""
        with self._records.alone():  # apart from what is refused because of it, which would take the record back
            if self.locker.is_over(entry, now):
                self._records.append(RecordKind.OVER, entry.name, {})

    def freeze(self, why: str) -> None:
        """Nothing more is delivered until the desk confirms: its own commands may have overtaken the pack's."""
        self._records.append(RecordKind.FROZEN, "", {"why": why})

    def confirm(self, reference: str, reached: Mapping[Parties, int] | None = None) -> None:
        """The desk says, under `reference`, that the pack still holds. `reached`: counters that its own commands have
        brought devices to meanwhile; what waits with them or below is void."""
        told = [
            {"originator": originator.hex(), "target": target.hex(), "counter": counter}
            for (originator, target), counter in (reached or {}).items()
        ]
        with self._records.alone():
            if not self.locker.frozen:
                raise PackError(
                    _("The pack is not frozen."), remedy=_("Nothing has to be confirmed."), code="pack-not-frozen"
                )
            self._records.append(RecordKind.CONFIRMED, "", {"reference": reference, "reached": told})

    def pass_over(self, entry: Entry, by: str) -> EntryReport:
        """A person (`by`) decided to go on without a command that waits; it cannot be delivered any more."""
        with self._records.alone():
            report = self.locker.report(entry)
            if report.state not in (EntryState.WAITING, EntryState.BLOCKED):
                raise PackError(
                    _("{name} waits no more ({state}).").format(name=entry.name, state=report.state),
                    remedy=_("Only a command that has not left can be passed over."),
                    code="pack-once",
                )
            self._records.append(RecordKind.PASSED_OVER, entry.name, {"by": by})
        return self.locker.report(entry)

    def _require_unknown(self, entry: Entry) -> None:
        if entry not in self.locker.unknown:
            raise PackError(
                _("What became of {name} is not unknown.").format(name=entry.name),
                remedy=_("Nothing has to be settled."),
                code="pack-not-unknown",
            )


class Delivery(Custody):
    """Delivers a pack over a carrier. `facts` is asked right before each command, and `gate`."""

    def __init__(
        self,
        pack: Pack,
        records: Records,
        carrier: CommandCarrier,
        facts: Callable[[], Facts],
        elsewhere: Callable[[], Elsewhere] = Elsewhere,
        gate: SupplyGate | None = None,
    ) -> None:
        super().__init__(pack, records, elsewhere)
        self._carrier = carrier
        self._facts = facts
        self._gate = gate

    def permit(self, entry: Entry, facts: Facts, proving: Entry | None = None) -> None:
        """`Locker.permit`, and what the gate says of commands that take a supply away: without one, none leaves."""
        self._note_over(entry, facts.now)
        self.locker.permit(entry, facts, proving)
        if self._gate is not None:
            self._gate.require(entry.message, self._pack.job)
        elif takes_away(entry.message):
            raise PackError(
                _("{name} takes a supply away, which is not done here.").format(name=entry.name),
                remedy=_("Deliver the pack of the job, with the job on this terminal."),
                code="pack-supply-no-job",
            )

    async def deliver(self, entry: Entry, proving: Entry | None = None, *, by: Bring | None = None) -> EntryReport:
        """Deliver one command; what became of it. `proving`: see `Locker.permit`. `by`: how it is brought, else as the
        carrier carries (one that does not wait for a device that sleeps leaves the outcome unknown until `ask` tells).

        Raises PackError, AccessRefused where it may not go (nothing has left then), StoreError where no record can be
        kept, and what the way raises where it is lost: the command may have arrived, and its outcome stays unknown. So
        it is when this is cancelled.
        """
        self._records.permit(supply=affects_supply(entry))
        self.permit(entry, self._facts(), proving)
        ticket = await self._carrier.ticket(entry.device)
        with self._records.alone():  # what was noted meanwhile (frozen, passed over) holds
            self.permit(entry, self._facts(), proving)
            if self._gate is not None:
                self._gate.leaves(entry.message, self._pack.job)
            self._records.append(RecordKind.INTENT, entry.name, _leaving(entry, ticket))
        try:
            found = await (by or self._carrier.carry)(entry.device, entry.command, ticket)
        except HhtError as error:
            self._records.append(RecordKind.SILENCE, entry.name, {"why": error.message})
            raise
        except asyncio.CancelledError:
            self._records.append(RecordKind.SILENCE, entry.name, {"why": _("it was cancelled meanwhile")})
            raise
        self._keep(entry, found)
        return self.locker.report(entry)

    async def ask(self, entry: Entry, *, patient: bool = False) -> Found:
        """Ask the way what became of a command whose outcome is unknown, and note what that settles. `patient`: see
        `CommandCarrier.outcome`.

        Raises PackError ``pack-not-unknown``, and what the way raises where it is lost.
        """
        self._require_unknown(entry)
        ticket = self.locker.report(entry).ticket
        if ticket is None:
            return Found(Brought.NEVER_HEARD, why=_("the record does not say how it left"))
        found = await self._carrier.outcome(entry.device, ticket, patient=patient)
        if found.brought is Brought.NEVER_HEARD and await self._remembers(entry, ticket):
            found = await self._carrier.outcome(entry.device, ticket)  # what was heard may have been said long before
            if found.brought is Brought.NEVER_HEARD:
                said = _("the way knows an earlier message, and never heard of this one")
                found = Found(Brought.NOT_BROUGHT, why=said)
        if found.brought in (Brought.ANSWERED, Brought.NOT_BROUGHT):
            self._keep(entry, found)
        return found

    async def prove(self, unknown: Entry) -> EntryReport:
        """Deliver the read that tells what became of `unknown`; what did. Raises PackError ``pack-not-unknown``,
        ``pack-no-proof``, and as `deliver`."""
        self._require_unknown(unknown)
        read = self.locker.proof_of(unknown)
        if read is None:
            raise PackError(
                _("No command of the pack can tell what became of {name}.").format(name=unknown.name),
                remedy=_("Read the device another way, and say what was seen; or ask the desk."),
                code="pack-no-proof",
            )
        await self.deliver(read, unknown)
        self.conclude()
        return self.locker.report(unknown)

    async def _remembers(self, entry: Entry, ticket: Ticket) -> bool:
        """Whether the way still knows a message that left before this one: then it has forgotten nothing since."""
        for record in self._records.all():
            if record.kind is not RecordKind.INTENT or record.entry == entry.name or "way" not in record.payload:
                continue
            earlier = Ticket(record.payload["way"], record.payload["reference"])
            if earlier.way == ticket.way and earlier.reference < ticket.reference:
                found = await self._carrier.outcome(self._pack.entry(record.entry).device, earlier)
                if found.brought is Brought.ANSWERED:  # silence is no memory
                    return True
        return False

    def _keep(self, entry: Entry, found: Found) -> None:
        if found.brought is Brought.NOT_BROUGHT:
            self._records.append(RecordKind.RETURNED, entry.name, {"why": found.why})
        elif found.brought is not Brought.ANSWERED:
            self._records.append(RecordKind.SILENCE, entry.name, {"why": found.why or _("no answer came")})
        else:
            try:
                self._answered(entry, found.octets)
            except AnswerRefused as error:
                told = {"why": error.message, "octets": _text(found.octets)}
                self._records.append(RecordKind.SILENCE, entry.name, told)


def _leaving(entry: Entry, ticket: Ticket) -> dict[str, object]:
    message = entry.message
    return {
        "counter": message.counter,
        "originator": message.originator.hex(),
        "target": message.target.hex(),
        "code": message.message_code,
        "way": ticket.way,
        "reference": ticket.reference,
    }


def _text(octets: bytes) -> str:
    return base64.b64encode(octets).decode("ascii")
