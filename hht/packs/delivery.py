"""Brings commands to devices, one at a time: the intent on disk, the command out, the answer on disk, then the next.

How octets reach a device is the carrier's business (radio dongle, a relay by the desk). An answer is taken for the
device's only if it answers this command: same code and counter, parties swapped, and no check of it fails.
"""

from __future__ import annotations

import base64
from collections.abc import Callable
from typing import Protocol

from hht.i18n import _
from hht.identifiers.device_id import DeviceId
from hht.link import LinkError
from hht.packs.errors import PackError
from hht.packs.locker import EntryReport, Facts, Locker
from hht.packs.pack import Entry, Pack
from hht.packs.records import RecordKind, Records
from hht.protocol.gbcs.answers import AnswerRefused, read_answer
from hht.protocol.gbcs.keys import KeyRing


class CommandCarrier(Protocol):
    """A way to devices. Raises LinkError where the way is lost; None: the device did not answer in its time."""

    async def carry(self, device: DeviceId, command: bytes) -> bytes | None:
        """Bring `device` a GBCS command, octets as they are signed; its response."""
        ...


def keys_of(pack: Pack) -> KeyRing:
    """The public keys that a pack brings: enough to check what devices have signed, and nothing else."""
    ring = KeyRing()
    for certificate in pack.certificates:
        ring.add_certificate(certificate)
    for device in pack.devices:
        for certificate in device.certificates:
            ring.add_certificate(certificate)
    return ring


class Delivery:
    """Delivers a pack over a carrier. `facts` is asked right before each command."""

    def __init__(self, pack: Pack, records: Records, carrier: CommandCarrier, facts: Callable[[], Facts]) -> None:
        self._pack = pack
        self._records = records
        self._carrier = carrier
        self._facts = facts
        self._keys = keys_of(pack)

    @property
    def locker(self) -> Locker:
        """The state now."""
        return Locker(self._pack, self._records.all())

    async def deliver(self, entry: Entry) -> EntryReport:
        """Deliver one command; what became of it.

        Raises PackError where it may not go (nothing has left then), StoreError where a record cannot be kept,
        LinkError where the way is lost: the command may have arrived, and its outcome stays unknown.
        """
        self.locker.permit(entry, self._facts())
        self._records.append(RecordKind.INTENT, entry.name, {"counter": entry.message.counter})
        try:
            response = await self._carrier.carry(entry.device, entry.command)
        except LinkError as error:
            self._records.append(RecordKind.SILENCE, entry.name, {"why": error.message})
            raise
        self._keep(entry, response)
        return self.locker.report(entry)

    def _keep(self, entry: Entry, response: bytes | None) -> None:
        if response is None:
            self._records.append(RecordKind.SILENCE, entry.name, {"why": _("no answer came")})
            return
        try:
            self._answered(entry, response)
        except AnswerRefused as error:
            told = {"why": error.message, "octets": _text(response)}
            self._records.append(RecordKind.SILENCE, entry.name, told)

    def _answered(self, entry: Entry, response: bytes) -> None:
        """Raises AnswerRefused for octets that are not the device's answer, as far as that can be checked here."""
        answer = read_answer(response, entry.message, self._keys)
        told = {"response": _text(response), "vouched": answer.verdict.vouched}
        self._records.append(RecordKind.ANSWER, entry.name, told)

    def late_answer(self, entry: Entry, response: bytes) -> EntryReport:
        """The device's own answer came after all (again, or out of turn): it settles what was unknown.

        Raises PackError ``pack-not-unknown`` where nothing was unknown, AnswerRefused where it is not that answer.
        """
        self._require_unknown(entry)
        self._answered(entry, response)
        return self.locker.report(entry)

    def settle(self, entry: Entry, *, done: bool, by: str) -> EntryReport:
        """A read has told what became of a command whose outcome was unknown; `by`: what was read, in words."""
        self._require_unknown(entry)
        self._records.append(RecordKind.SETTLED, entry.name, {"done": done, "by": by})
        return self.locker.report(entry)

    def freeze(self, why: str) -> None:
        """Nothing more is delivered until the desk confirms: its own commands may have overtaken the pack's."""
        self._records.append(RecordKind.FROZEN, "", {"why": why})

    def confirm(self, reference: str) -> None:
        """The desk says, under `reference`, that the pack still holds."""
        self._records.append(RecordKind.CONFIRMED, "", {"reference": reference})

    def pass_over(self, entry: Entry, by: str) -> EntryReport:
        """A person (`by`) decided to go on without a command that waits; it cannot be delivered any more."""
        report = self.locker.report(entry)
        if report.state.final or entry in self.locker.unknown:
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


def _text(octets: bytes) -> str:
    return base64.b64encode(octets).decode("ascii")
