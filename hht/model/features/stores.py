"""What a meter keeps by the day: registers at each midnight, and the days, weeks and months between (factbook 2.3).

Daily Consumption Log: 731 days. Daily Read Log: 31 midnights. Value stores: today and 8 days, this and 5 weeks, this
and 13 months. All of them are differences of one column of midnights, made when somebody asks.
"""

from __future__ import annotations

from array import array
from bisect import bisect_left
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from typing import TYPE_CHECKING, ClassVar, NamedTuple

from hht.model.commands import Command
from hht.model.han.requests import Audience, HanRequest

if TYPE_CHECKING:
    from hht.model.device import Device
    from hht.model.features.tariff import Tariff
    from hht.model.features.tenancy import Tenancy
    from hht.model.meter_clock import MeterClock

DAYS_KEPT, READS_KEPT = 731, 31
DAYS_SHOWN, WEEKS_SHOWN, MONTHS_SHOWN = 8, 5, 13
MONTHS_KEPT = 37  # three years, and the month that is being used up
DAY_S = 86_400
_EPOCH_DAY = date(1970, 1, 1).toordinal()


@dataclass(frozen=True, slots=True)
class ReadDailyConsumption(Command):
    """The Daily Consumption Log (ECS66): a tuple of (midnight that began it, Unix s; Wh imported), oldest first."""

    use_case: ClassVar[str] = "ECS66"


@dataclass(frozen=True, slots=True)
class ReadDailyReads(Command):
    """The Daily Read Log (ECS21a): a tuple of (midnight, Unix s; import register, Wh), oldest first."""

    use_case: ClassVar[str] = "ECS21a"


@dataclass(frozen=True, slots=True)
class ReadGasDailyConsumption(ReadDailyConsumption):
    """The same of gas, from the Gas Proxy Function (GCS61)."""

    use_case: ClassVar[str] = "GCS61"


@dataclass(frozen=True, slots=True)
class ReadGasDailyReads(ReadDailyReads):
    """The same of gas (GCS16a)."""

    use_case: ClassVar[str] = "GCS16a"


@dataclass(frozen=True, slots=True)
class ReadStores(HanRequest):
    """What a display shows of the past: a `Stores`. A change of tenancy hides what was before it."""

    audience: ClassVar[Audience] = Audience.EVERYBODY


@dataclass(frozen=True, slots=True)
class ReadMonths(HanRequest):
    """Three years by the month, or since the people moved in (EED-04): a tuple of (when it began, Unix s; Wh), oldest
    first, of whole months; the first one begins where the record does."""

    audience: ClassVar[Audience] = Audience.EVERYBODY


@dataclass(frozen=True, slots=True)
class Stores:
    """Wh: today, this week, this month so far; and whole ones before, newest first. `costs`: the same in thousandths
    of a penny, standing charges in them."""

    today: int
    week: int
    month: int
    days: tuple[int, ...]
    weeks: tuple[int, ...]
    months: tuple[int, ...]
    costs: Stores | None = None


class StoresKept(NamedTuple):
    """The columns as a copy holds them: times (Unix s), registers (Wh), what all had cost; and where months began."""

    times: array[int]
    registers: array[int]
    costs: array[int]
    months: tuple[tuple[int, int], ...]


class DailyStores:
    """One column of midnights of one meter, and beside it what all had cost. `register_wh` gives the register now."""

    def __init__(
        self, device: Device, clock: MeterClock, tenancy: Tenancy, register_wh: Callable[[], int], tariff: Tariff
    ) -> None:
        self._device = device
        self._clock = clock
        self._tenancy = tenancy
        self._register_wh = register_wh
        self._times = array("q")
        self._registers = array("Q")
        self._costs = array("q")
        self._tariff = tariff
        self._months: deque[tuple[int, int]] = deque(maxlen=MONTHS_KEPT)  # register at each month's beginning
        self.mark()
        device.forgets.append(lambda _since_ms: self.mark())

    def begin(self, *, gas: bool = False) -> None:
        """The meter is alive: answer."""
        consumption, reads = (
            (ReadGasDailyConsumption, ReadGasDailyReads) if gas else (ReadDailyConsumption, ReadDailyReads)
        )
        self._device.accept(
            {
                consumption: lambda _command, _sender: self.daily_consumption(),
                reads: lambda _command, _sender: self.midnights()[-READS_KEPT:],
            }
        )
        self._device.serve(
            {
                ReadStores: lambda _request, _asker: self.stores(since_ms=self._tenancy.since_ms),
                ReadMonths: lambda _request, _asker: self.months(since_ms=self._tenancy.since_ms),
            }
        )

    def months(self, *, since_ms: int = 0, at_ms: int | None = None) -> tuple[tuple[int, int], ...]:
        """As `ReadMonths` has them, of what is not older than `since_ms`; as they stood at `at_ms` (true time)."""
        now_s = self._clock.meter_ms(self._device.site.now_ms if at_ms is None else at_ms) // 1000
        marks = [mark for mark in self._months if since_ms // 1000 <= mark[0] <= now_s]
        return tuple((began, after - before) for (began, before), (_ended, after) in pairwise(marks))

    def kept(self) -> StoresKept:
        """All of it, as it stands."""
        return StoresKept(self._times[:], self._registers[:], self._costs[:], tuple(self._months))

    def go_on(self, kept: StoresKept) -> None:
        """Go on in the place of another meter's, whose register is counted on here."""
        self._times, self._registers, self._costs = kept.times[:], kept.registers[:], kept.costs[:]
        self._months = deque(kept.months, MONTHS_KEPT)

    def midnights(self) -> tuple[tuple[int, int], ...]:
        """(Unix seconds, register in Wh) of every midnight that is kept."""
        return tuple(
            (time, register) for time, register in zip(self._times, self._registers, strict=True) if time % DAY_S == 0
        )

    def daily_consumption(self) -> tuple[tuple[int, int], ...]:
        """Of each whole day."""
        rows = self.midnights()
        return tuple((began, after - before) for (began, before), (_ended, after) in pairwise(rows))[-DAYS_KEPT:]

    def stores(
        self, *, since_ms: int = 0, at_ms: int | None = None, register_wh: int | None = None, cost: int | None = None
    ) -> Stores:
        """Days, weeks (from Monday) and months, UTC, of what is not older than `since_ms`: up to now, or as it stood at
        `at_ms` (true time) with the register at `register_wh`, and all having cost `cost`."""
        now_s = self._clock.meter_ms(self._device.site.now_ms if at_ms is None else at_ms) // 1000
        today = datetime.fromtimestamp(now_s, UTC).date()
        since_s = since_ms // 1000
        monday = today - timedelta(days=today.weekday())
        first = today.replace(day=1)
        days = [today - timedelta(days=number) for number in range(DAYS_SHOWN + 1)]
        weeks = [monday - timedelta(weeks=number) for number in range(WEEKS_SHOWN + 1)]
        months = [first]
        while len(months) <= MONTHS_SHOWN:
            months.append((months[-1] - timedelta(days=1)).replace(day=1))
        now_wh = self._register_wh() if register_wh is None else register_wh
        now_cost = self._tariff.cost if cost is None else cost

        def of(column: array[int], now: int, costs: Stores | None) -> Stores:
            def since(moment: date) -> int:
                return now - self._at(column, max(_unix(moment), since_s))

            def whole(starts: list[date]) -> tuple[int, ...]:
                pairs = zip(starts[1:], starts, strict=False)
                return tuple(self._between(column, _unix(begun), _unix(ended), since_s) for begun, ended in pairs)

            return Stores(since(today), since(monday), since(first), whole(days), whole(weeks), whole(months), costs)

        return of(self._registers, now_wh, of(self._costs, now_cost, None))

    def _between(self, column: array[int], begun_s: int, ended_s: int, since_s: int) -> int:
        if ended_s <= since_s:
            return 0
        return max(0, self._at(column, ended_s) - self._at(column, max(begun_s, since_s)))

    def _at(self, column: array[int], time_s: int) -> int:
        """The figure at the first mark at or after `time_s`; the oldest one that is kept, where that is later."""
        index = bisect_left(self._times, time_s)
        return column[min(index, len(column) - 1)]

    def mark(self) -> None:
        """Keep the register now: a day has ended by the meter's clock, or the people have changed."""
        time_s = self._clock.meter_ms(self._device.site.agenda.now_ms) // 1000
        if self._times and time_s <= self._times[-1]:
            return  # the clock was put back
        register_wh = self._register_wh()
        if not self._times or time_s % DAY_S or date.fromordinal(_EPOCH_DAY + time_s // DAY_S).day == 1:
            self._months.append((time_s, register_wh))  # the record begins, or a tenancy, or a month
        self._times.append(time_s)
        self._registers.append(register_wh)
        cost = self._tariff.cost
        # at midnight the day that begins has already been given its standing charge: that is not yet in this mark
        self._costs.append(cost if time_s % DAY_S else cost - self._tariff.cost_today)
        if len(self._times) > 2 * DAYS_KEPT:
            del self._times[:DAYS_KEPT]
            del self._registers[:DAYS_KEPT]
            del self._costs[:DAYS_KEPT]


def _unix(moment: date) -> int:
    return int(datetime(moment.year, moment.month, moment.day, tzinfo=UTC).timestamp())
