"""A write outside of any visit: its intent in the store's log before a byte leaves, its outcome before it is told.

Each append is one committed transaction, synced to the disk. A write whose outcome is missing is UNKNOWN; the next
command that speaks to the same device settles it by reading, never by writing again.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any, Protocol, runtime_checkable

from hht.access.roles import Act
from hht.client.api import (
    ClockReading,
    MeterError,
    MeterRefused,
    OnIntent,
    RandomisedOffset,
    ReadBackMismatch,
    WriteResult,
)
from hht.client.catalogue import CONTACTS
from hht.clock import iso_z
from hht.errors import HhtError
from hht.i18n import _
from hht.link import LinkError
from hht.protocol.iec62056_21.data_sets import holds

if TYPE_CHECKING:
    from hht.store.store import Store

INTENT, OUTCOME = "set-intent", "set-outcome"  # kinds of log entries
UNKNOWN = "unknown"
EXECUTED = "E2/"  # items that a plain-text meter executes: nothing of it can be read


class OutcomeUnknown(HhtError):
    """A write left, and nothing that came back tells whether it happened."""

    default_code = "outcome-unknown"


class HeldValues(Protocol):
    """What is asked of a meter to know what it holds of an item that can be set."""

    async def read_device_id(self) -> str:
        """Which device it is; "" where it does not say."""
        ...

    async def read_import_mpan(self) -> str:
        """The import MPAN; "" when none has been set."""
        ...

    async def read_clock(self) -> ClockReading:
        """Its clock beside the terminal's, in UTC."""
        ...

    async def read_randomised_offset(self) -> RandomisedOffset:
        """The limit and the offset, in seconds."""
        ...

    async def read_contact(self, item: str) -> str:
        """The supplier's name or telephone number; `item` is that of `hht set`."""
        ...


@runtime_checkable
class HeldAddresses(Protocol):
    """The same of a plain-text meter, whose items may be commands with an address too: W1/0-0:94.44.0.1."""

    async def read_device_id(self) -> str:
        """Which device it is; "" where it does not say."""
        ...

    async def read_item(self, item: str) -> str:
        """What it shows at the address of `item`, as it is written there."""
        ...


Held = HeldValues | HeldAddresses


@dataclass(frozen=True, slots=True)
class IntendedWrite:
    """A write that is about to leave. `before`: what the meter holds; `at`: when (UTC, ISO 8601), "" while not kept."""

    write: str  # an id
    device: str  # Device ID, or the link's name where the meter states none
    link: str
    item: str
    before: str = field(repr=False)
    target: str = field(repr=False)
    at: str = ""


@dataclass(frozen=True, slots=True)
class Settled:
    """An earlier write of unknown outcome, and what the meter holds now; `result` as the log has it."""

    earlier: IntendedWrite
    held: str = field(repr=False)
    result: str  # "written-earlier" | "not-written" | "holds-other" | "read" (a clock) | "not-readable" | "unknown"


async def held_value(meter: Held, item: str) -> str:
    """What the meter holds of `item` now. Raises what link and meter raise."""
    if isinstance(meter, HeldAddresses):
        return await meter.read_item(item)
    if item == "mpan":
        return await meter.read_import_mpan()
    if item == "clock":
        return iso_z((await meter.read_clock()).time)
    if item == "randomised-offset-limit":
        return str((await meter.read_randomised_offset()).limit_s)
    if item in CONTACTS:
        return await meter.read_contact(item)
    raise MeterError(
        _("{item} cannot be read of this meter.").format(item=item[:40]),
        remedy=_("Speak to it as when it was written."),
        code="not-on-this-device",
    )


def _same(item: str, held: str, wanted: str) -> bool:
    """Whether a meter holds what was wanted; behind a value at a plain-text address (W1/…) may stand its unit."""
    return holds(held, wanted) if "/" in item else held == wanted


class WriteLog:
    """The writes outside of visits that `store` knows of. Every method raises StoreError where the store fails."""

    def __init__(self, store: Store, new_id: Callable[[], str]) -> None:
        self._store = store
        self._new_id = new_id
        self.pending: IntendedWrite | None = None  # has left, and its outcome is not known

    def unsettled(self, device: str) -> list[IntendedWrite]:
        """The writes to `device` whose outcome is not known, oldest first."""
        return [write for write in self.open_writes() if write.device == device]

    def open_writes(self) -> list[IntendedWrite]:
        """The writes to any device whose outcome is not known, oldest first."""
        found: dict[str, IntendedWrite] = {}
        for at, kind, payload in self._store.log_entries(INTENT, OUTCOME):
            if kind == INTENT:
                found[payload["write"]] = IntendedWrite(**payload | {"at": at})
            else:
                found.pop(payload["write"], None)
        return list(found.values())

    async def settle(self, meter: Held, device: str) -> list[Settled]:
        """Read what became of them. What cannot be read now stays unknown; raises LinkError."""
        return [await self._settled(meter, earlier) for earlier in self.unsettled(device)]

    async def _settled(self, meter: Held, earlier: IntendedWrite) -> Settled:
        if earlier.item.startswith(EXECUTED):
            self._outcome(earlier, "not-readable")
            return Settled(earlier, "", "not-readable")
        try:
            held = await held_value(meter, earlier.item)
        except LinkError:
            raise
        except HhtError:
            return Settled(earlier, "", UNKNOWN)
        if earlier.item == "clock":
            result = "read"  # a clock goes on: what was written cannot be told from it
        elif _same(earlier.item, held, earlier.target):
            result = "written-earlier"
        else:
            result = "not-written" if _same(earlier.item, held, earlier.before) else "holds-other"
        self._outcome(earlier, result, after=held)
        return Settled(earlier, held, result)

    async def write(self, intended: IntendedWrite, send: Callable[[OnIntent], Awaitable[WriteResult]]) -> WriteResult:
        """Have `send` write; the intent is on disk before its first byte leaves, the outcome before this returns.

        Raises OutcomeUnknown where the write left and nothing tells whether it happened; else what `send` raises.
        """

        self._store.require(Act.WRITE)

        def intend() -> None:
            payload = asdict(intended)
            del payload["at"]
            self._store.log(INTENT, payload)
            self.pending = intended

        try:
            result = await send(intend)
        except (MeterRefused, ReadBackMismatch) as error:
            if self.pending is not None:
                self._outcome(intended, error.code, message=error.message)
            raise
        except HhtError as error:
            if self.pending is None:
                raise
            raise outcome_unknown(intended, error.message) from error
        self._outcome(
            intended,
            "written" if result.written else "held-already",
            before=result.before,
            after=result.after,
            authority=result.authority,
        )
        return result

    def _outcome(self, intended: IntendedWrite, result: str, **more: Any) -> None:
        known = {"write": intended.write, "device": intended.device, "item": intended.item, "target": intended.target}
        self._store.log(OUTCOME, {**known, "result": result, **more})
        self.pending = None

    def new_write(self, device: str, link: str, item: str, before: str, target: str) -> IntendedWrite:
        """A write that is about to be made."""
        return IntendedWrite(self._new_id(), device, link, item, before, target)


def outcome_unknown(intended: IntendedWrite, why: str) -> OutcomeUnknown:
    """Says that nobody knows whether `intended` happened."""
    return OutcomeUnknown(
        _("Whether {item} was written is not known: {why}").format(item=intended.item, why=why),
        remedy=_("Run the same command again: it reads the meter first, and writes only what differs."),
    )
