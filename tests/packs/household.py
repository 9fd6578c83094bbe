"""Devices that count what they were sent and answer as devices do; a way to them that can break."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from contextlib import AbstractContextManager, nullcontext
from datetime import datetime
from typing import Any

from hht.identifiers.device_id import DeviceId
from hht.link import LinkLost
from hht.packs.records import Record, RecordKind
from hht.packs.way import Brought, Found, Ticket
from hht.protocol.gbcs.building import protect, response_header
from hht.protocol.gbcs.envelope import parse
from tests.packs.making import NOW, keys

DONE = bytes.fromhex("DA200003E80000010001 0200".replace(" ", ""))
REFUSED = bytes.fromhex("DA200003E80000010001 0203".replace(" ", ""))
PARTLY = bytes.fromhex("DA200003E8000002000002 02000203".replace(" ", ""))


def answer(command: bytes, payload: bytes = DONE) -> bytes:
    """What the device says to a command, protected as it must be."""
    return protect(response_header(parse(command)), payload, keys())


class Household:
    """A carrier to devices. `says`: by counter, what is answered instead of "done"; None: nothing; LinkLost: broken."""

    def __init__(self, says: dict[int, bytes | type[LinkLost] | None] | None = None) -> None:
        self.says = says or {}
        self.executed: list[bytes] = []
        self.tickets = 0
        self.outcomes: dict[int, Found] = {}  # what the way says of a message, by its reference

    @property
    def times(self) -> Counter[bytes]:
        return Counter(self.executed)

    async def ticket(self, device: DeviceId) -> Ticket:
        self.tickets += 1
        return Ticket("house", self.tickets)

    async def outcome(self, device: DeviceId, ticket: Ticket, *, patient: bool = False) -> Found:
        return self.outcomes.get(ticket.reference, Found(Brought.NEVER_HEARD))

    async def carry(self, device: DeviceId, command: bytes, ticket: Ticket) -> Found:
        said = self._said(device, command)
        return Found(Brought.OPEN) if said is None else Found(Brought.ANSWERED, said)

    def _said(self, device: DeviceId, command: bytes) -> bytes | None:
        message = parse(command)
        assert message.target == device.to_bytes()
        self.executed.append(command)
        said = self.says.get(message.counter, DONE)
        if said is LinkLost:
            raise LinkLost("The radio link broke.", remedy="Connect again.")
        if said is None or isinstance(said, type):
            return None
        return said if said[:1] in (b"\xdd", b"\xdf", b"?") else answer(command, said)


class Died(BaseException):
    """The process ended here."""


class Notebook:
    """Records in memory; the process dies before or after the n-th append."""

    def __init__(self, first: str, dies_at: int = -1, *, after: bool = False, now: datetime = NOW) -> None:
        self.first = first
        self.kept: list[Record] = []
        self.dies_at = dies_at
        self.after = after
        self.now = now

    def permit(self, *, supply: bool) -> None:
        """Nobody is logged in."""

    def alone(self) -> AbstractContextManager[None]:
        return nullcontext()

    def append(self, kind: RecordKind, entry: str, payload: dict[str, Any]) -> Record:
        dies = len(self.kept) == self.dies_at
        if dies and not self.after:
            raise Died
        before = self.kept[-1].hash if self.kept else self.first
        record = Record(len(self.kept) + 1, self.now, kind, entry, payload, before)
        self.kept.append(record)
        if dies:
            raise Died
        return record

    def all(self) -> Sequence[Record]:
        return self.kept
