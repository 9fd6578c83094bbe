"""What a walkthrough may ask of a meter, whichever way it is reached, and what comes back.

`Meter` is implemented by `hht.client.meter_session.MeterSession`. Every value is what the meter said, decoded, with its
unit; nothing here is assumed or remembered.
"""

from __future__ import annotations

import enum
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Protocol

from hht.errors import HhtError
from hht.i18n import _
from hht.readings import ProfileRow as ProfileRow

if TYPE_CHECKING:
    from hht.client.meter_objects import ViewEntry
    from hht.client.object_reader import ObjectView


ORDINARY_S = 3.0  # a clock moves on between write and read-back, and an optical line takes its time


class MeterError(HhtError):
    """The meter answered, and the answer is no, or makes no sense."""

    default_code = "meter-error"


class MeterRefused(MeterError):
    """The meter understood and refused (access denied, wrong password, read-only port). Never retried by software."""

    default_code = "meter-refused"


class ReadBackMismatch(MeterError):
    """What the meter holds after a write is not what was written."""

    default_code = "read-back-mismatch"


class ClockStatus(enum.StrEnum):
    """Device Time Status (factbook 2.9)."""

    RELIABLE = "reliable"
    INVALID = "invalid"
    UNRELIABLE = "unreliable"

    @property
    def words(self) -> str:
        """For people."""
        words = {"reliable": _("reliable"), "invalid": _("invalid"), "unreliable": _("unreliable")}
        return words[self.value]


class SupplyState(enum.StrEnum):
    """State of the load switch (factbook 2.6)."""

    ENABLED = "enabled"
    DISABLED = "disabled"
    ARMED = "armed"

    @property
    def words(self) -> str:
        """For people, as the specification has it."""
        return {"enabled": _("enabled"), "disabled": _("disabled"), "armed": _("armed")}[self.value]


class LocalAccess(enum.StrEnum):
    """What the meter's optical port lets an engineer do. Only `installer` may write."""

    NONE = "none"
    READ = "read"
    INSTALLER = "installer"


@dataclass(frozen=True, slots=True)
class Identity:
    """Who the meter says it is."""

    device_id: str  # EUI-64, "00-DB-12-34-56-78-90-A0"
    model: str
    manufacturer: str
    firmware: str
    variant: str  # ESME variant: A single element, B twin element, C polyphase
    logical_name: str  # COSEM logical device name
    local_access: LocalAccess


@dataclass(frozen=True, slots=True)
class ClockReading:
    """The meter's clock, and the terminal's at the middle of the exchange that read it, which took `exchange_s`."""

    time: datetime
    status: ClockStatus
    terminal_time: datetime
    exchange_s: float = 0.0

    @property
    def drift_s(self) -> float:
        """Seconds that the meter is ahead of the terminal (negative: behind)."""
        return (self.time - self.terminal_time).total_seconds()

    @property
    def within_s(self) -> float:
        """How exact `drift_s` is: plus or minus so many seconds."""
        return self.exchange_s / 2

    @property
    def is_vague(self) -> bool:
        """The exchange took longer than any does on a good line."""
        return self.within_s > ORDINARY_S

    def tells(self, limit_s: float) -> bool:
        """Whether it says if the clock is off by more than `limit_s` seconds."""
        return not self.is_vague or abs(abs(self.drift_s) - limit_s) >= self.within_s


@dataclass(frozen=True, slots=True)
class RandomisedOffset:
    """Randomised Offset = Limit x Number (factbook 2.4)."""

    limit_s: int  # 0..1799
    number: Decimal  # 0..1
    offset_s: int


@dataclass(frozen=True, slots=True)
class RegisterReading:
    """One register as the meter states it. `odd`: why its unit is not known (`value` is not scaled then), or why there
    is no value (None); "" where all is well."""

    obis: str  # "1-0:1.8.0" (the .255 of a current value is left out)
    value: Decimal | None
    unit: str  # "kWh", "V", "W", ...
    label: str = ""
    odd: str = ""

    @property
    def text(self) -> str:
        """Value and unit in words, or what is odd about them."""
        known = "" if self.value is None else f"{self.value} {self.unit}".rstrip()
        return f"{known} ({self.odd})" if known and self.odd else known or self.odd


@dataclass(frozen=True, slots=True)
class LogEntry:
    """One entry of an event or security log."""

    time: datetime
    code: int  # alert code, for example 0x8F69
    log: str  # "event" | "security" | "power" | "switch"
    meaning: str  # in words, from the catalogue; "unknown code" if it is not there
    information: str = ""  # what the meter says beside the code, such as who spoke ("SAP 17 low"); as it says it


def log_column(log: str) -> str:
    """Which log an entry is of, for people; as wide for each of them."""
    words = {"event": _("event"), "security": _("security"), "power": _("power"), "switch": _("switch")}
    return words.get(log, log).ljust(max(map(len, words.values())))


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a long read has come. `total` is None while it is not known; `bytes` came from the device.

    Of the `done`, `kept` were known before the read began and took no time, and `unproved` came in a ciphered message
    whose tag, that will vouch for them, is still on its way.
    """

    done: int
    total: int | None
    bytes: int
    kept: int = 0
    unproved: int = 0


@dataclass(frozen=True, slots=True)
class WriteResult:
    """A write that was read before and read back after. `written` is False where the meter held the value already."""

    item: str
    before: str
    after: str
    written: bool
    authority: str


@dataclass(frozen=True, slots=True)
class SessionCounters:
    """What the conversation cost so far."""

    bytes_tx: int
    bytes_rx: int
    round_trips: int


OnRows = Callable[[Sequence[ProfileRow]], None]
OnProgress = Callable[[Progress], None]


@dataclass(frozen=True, slots=True)
class Listeners:
    """Who hears of a profile while it is read.

    `on_rows`: rows as they arrive. `on_unproved`: in a ciphered association a block's rows are proved by the tag at its
    end; on a slow line those that have come of it are told meanwhile, each time all since the last call of `on_rows`:
    for a screen, never for a store. They come again in `on_rows`, or what they stood in was not genuine and the read
    fails. `on_afresh`: rows that were handed out are void, for the meter says something else than what was kept; all
    of them come anew. `on_note`: what is odd about a column, in words.
    """

    on_rows: OnRows | None = None
    on_progress: OnProgress | None = None
    on_unproved: OnRows | None = None
    on_afresh: Callable[[], None] | None = None
    on_note: Callable[[str], None] | None = None


NOBODY = Listeners()
OnIntent = Callable[[], None]  # called synchronously, immediately before the first byte of a write leaves


class Meter(Protocol):
    """An electricity meter in conversation. All methods raise `LinkError`, `MeterError` or a protocol's `HhtError`.

    A write method reads first, writes only if the value differs, reads back, and raises `ReadBackMismatch` otherwise.
    `before_write` is called after the first read and before the write's first byte: the journal puts its intent there.
    """

    async def open(self) -> None:
        """Sign on, connect, associate."""
        ...

    async def close(self) -> None:
        """Release and close, whatever state it is in. Never raises."""
        ...

    @property
    def counters(self) -> SessionCounters:
        """What has gone over the line since `open`: bytes, round trips, frames."""
        ...

    async def identify(self) -> Identity:
        """Who the meter says it is, and what its port lets an installer do."""
        ...

    async def read_device_id(self) -> str:
        """The Device ID, or the logical device name of a meter that shows none; "" where it shows neither."""
        ...

    async def association_view(self) -> list[ViewEntry]:
        """Every object that the meter shows to this client."""
        ...

    async def read_object_view(self, entry: ViewEntry) -> ObjectView:
        """Every readable attribute of one of them. A refusal by the meter is noted at its attribute."""
        ...

    async def read_clock(self) -> ClockReading:
        """The meter's clock beside the terminal's, in UTC, with what the meter says of its reliability."""
        ...

    async def set_clock(self, *, tolerance_s: float, before_write: OnIntent | None = None) -> WriteResult:
        """Set the meter's clock to the terminal's time if it is further off than `tolerance_s`."""
        ...

    async def read_import_mpan(self) -> str:
        """The import MPAN that the meter holds; "" when none has been set."""
        ...

    async def set_import_mpan(self, mpan: str, *, before_write: OnIntent | None = None) -> WriteResult:
        """Write the import MPAN (the 13 digits of the core), unless the meter holds it, and read it back."""
        ...

    async def read_randomised_offset(self) -> RandomisedOffset:
        """The limit and the offset itself, both in seconds."""
        ...

    async def set_randomised_offset_limit(self, limit_s: int, *, before_write: OnIntent | None = None) -> WriteResult:
        """Write the limit, 0 to 1799 s, unless the meter holds it, and read it back."""
        ...

    async def read_registers(self) -> list[RegisterReading]:
        """Energy registers, power and voltage: every Register object in the association view that may be read."""
        ...

    async def read_supply_state(self) -> SupplyState:
        """Whether the load switch lets electricity through: enabled, disabled or armed."""
        ...

    async def stream_profile(
        self, start: datetime | None = None, end: datetime | None = None, listeners: Listeners = NOBODY
    ) -> int:
        """Half-hourly import profile, `start` inclusive, `end` exclusive; rows go to `listeners` as they arrive and are
        kept nowhere else; how many."""
        ...

    async def read_log(self, log: str) -> list[LogEntry]:
        """The "event", "security", "power" (interruptions) or "switch" (auxiliary load switches) log, oldest first."""
        ...
