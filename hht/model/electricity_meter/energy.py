"""The energy registers: cumulative import and export, at any moment of true time, never going back."""

from __future__ import annotations

from itertools import islice

from hht.model.electricity_meter.household import HALF_HOUR_S, Household


class EnergyRegisters:
    """Two cumulative registers (Wh) fed by a household. Times are Unix seconds of true time and must not go back."""

    def __init__(self, household: Household, start_s: int, import_wh: int, export_wh: int) -> None:
        self._household = household
        self._index = start_s // HALF_HOUR_S
        self._feed = household.half_hours(self._index, 1 << 40)
        self._current = next(self._feed)
        # the opening readings hold at `start_s`, which may lie inside a half-hour
        done = self._share(start_s)
        self._import_wh = import_wh - done[0]
        self._export_wh = export_wh - done[1]

    def at(self, moment_s: int) -> tuple[int, int]:
        """(import Wh, export Wh) at `moment_s`; an earlier moment than the last gives the start of the half-hour."""
        while moment_s >= (self._index + 1) * HALF_HOUR_S:
            self._import_wh += self._current[0]
            self._export_wh += self._current[1]
            self._index += 1
            self._current = next(self._feed)
        imported, exported = self._share(max(moment_s, self._index * HALF_HOUR_S))
        return self._import_wh + imported, self._export_wh + exported

    def series(self, first_s: int, count: int) -> list[tuple[int, int]]:
        """The registers at `count` moments, half an hour apart, from `first_s`: as `at` gives them, only faster."""
        values = [self.at(first_s)]
        into = first_s - self._index * HALF_HOUR_S
        base_import, base_export = self._import_wh, self._export_wh
        before = self._current
        for now in islice(self._feed, count - 1):
            base_import += before[0]
            base_export += before[1]
            values.append((base_import + now[0] * into // HALF_HOUR_S, base_export + now[1] * into // HALF_HOUR_S))
            before = now
        self._index += count - 1
        self._import_wh, self._export_wh, self._current = base_import, base_export, before
        return values

    def half_hour(self, moment_s: int) -> tuple[int, int]:
        """(import Wh, export Wh) of the whole half-hour around `moment_s`."""
        self.at(moment_s)
        return self._current

    def _share(self, moment_s: int) -> tuple[int, int]:
        into = moment_s - self._index * HALF_HOUR_S
        return self._current[0] * into // HALF_HOUR_S, self._current[1] * into // HALF_HOUR_S
