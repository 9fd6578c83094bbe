"""Half-hourly export and reactive energy, three months of it, beside the thirteen of import (OLC-10, OLC-12).

GBCS keeps them as two logs of 4,464 entries (93 days): export with reactive export, and reactive import. They are
captured together here, and no earlier than they could still be kept: history costs nothing before that.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from hht.model.agenda import DAY_MS
from hht.model.commands import Command
from hht.model.electricity_meter.captured import CapturedColumns
from hht.model.features.checks import require_range
from hht.model.features.stores import DAY_S, READS_KEPT
from hht.model.parties import Party

if TYPE_CHECKING:
    from hht.model.electricity_meter.meter import ElectricityMeter

DAYS = 93
CAPACITY = DAYS * 48  # GBCS: buffer[1..4464]
_LAST_S = 1 << 40


@dataclass(frozen=True, slots=True)
class ReadExportProfile(Command):
    """(Unix seconds by the meter's clock, active export register in Wh, reactive export register in varh) of each
    captured half-hour from `since_s` to `until_s`."""

    since_s: int = 0
    until_s: int = _LAST_S
    use_case: ClassVar[str] = "ECS22a"


@dataclass(frozen=True, slots=True)
class ReadReactiveImportProfile(Command):
    """(Unix seconds by the meter's clock, reactive import register in varh) of each captured half-hour."""

    since_s: int = 0
    until_s: int = _LAST_S
    use_case: ClassVar[str] = "ECS22c"


@dataclass(frozen=True, slots=True)
class ReadExportDailyReads(Command):
    """The Daily Read Log of export: (midnight, Unix s; active export register, Wh), oldest first, 31 at most."""

    use_case: ClassVar[str] = "ECS21c"


@dataclass(frozen=True, slots=True)
class ShortEntry:
    """The registers at `time_s`, the end of a half-hour by the meter's clock."""

    time_s: int
    export_wh: int
    reactive_import_varh: int
    reactive_export_varh: int


class ShortProfile(CapturedColumns):
    """The last `CAPACITY` half-hours of one meter. `capture` is told when one has ended."""

    def __init__(self, meter: ElectricityMeter) -> None:
        super().__init__(CAPACITY, "QQQ")
        self._meter = meter
        site = meter.site
        self.from_ms = max(site.records_from_ms, site.present_ms - (DAYS + 1) * DAY_MS)
        meter.accept(
            {
                ReadExportProfile: self._export,
                ReadReactiveImportProfile: self._reactive,
                ReadExportDailyReads: self._daily,
            }
        )

    def capture(self, time_s: int, export_wh: int) -> None:
        """A half-hour has ended at `time_s` by the meter's clock; everything is counted up to now."""
        measurement = self._meter.measurement
        self.capture_row(time_s, export_wh, measurement.reactive_import_varh, measurement.reactive_export_varh)

    def entries(self, since_s: int = 0, until_s: int = _LAST_S) -> list[ShortEntry]:
        """What is kept of the time from `since_s` to `until_s`, oldest first."""
        return [ShortEntry(*row) for row in self.rows_between(since_s, until_s)]

    def _export(self, asked: ReadExportProfile, _sender: Party) -> tuple[tuple[int, int, int], ...]:
        entries = self._asked(asked.since_s, asked.until_s)
        return tuple((entry.time_s, entry.export_wh, entry.reactive_export_varh) for entry in entries)

    def _reactive(self, asked: ReadReactiveImportProfile, _sender: Party) -> tuple[tuple[int, int], ...]:
        return tuple((entry.time_s, entry.reactive_import_varh) for entry in self._asked(asked.since_s, asked.until_s))

    def _daily(self, _command: ReadExportDailyReads, _sender: Party) -> tuple[tuple[int, int], ...]:
        midnights = [(entry.time_s, entry.export_wh) for entry in self.entries() if entry.time_s % DAY_S == 0]
        return tuple(midnights[-READS_KEPT:])

    def _asked(self, since_s: int, until_s: int) -> list[ShortEntry]:
        require_range("since", since_s, 0, _LAST_S, " s")
        require_range("until", until_s, since_s, _LAST_S, " s")
        return self.entries(since_s, until_s)
