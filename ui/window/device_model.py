"""What the device page shows of a meter. Plain Python: values in, lines and bars out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING

from hht.client.api import ClockReading, ClockStatus, LocalAccess, ProfileRow, SupplyState
from hht.clock import utc_text
from hht.dates import date_text
from hht.i18n import _

if TYPE_CHECKING:
    from ui.services import DeviceSnapshot

HALF_HOUR = timedelta(minutes=30)
IMPORT = ("1-0:1.8.0", "1-0:1.29.0")
TOLERANCE_S = 10.0  # a clock further off than this is worth a warning (trust T21)
FactLine = tuple[str, str, str, bool]


@dataclass(frozen=True, slots=True)
class Bar:
    """One bar: an interval or a day. `energy_kwh` None where nothing is known; `doubtful` where the clock was;
    `unproved` where it came in a ciphered message whose tag is still on its way."""

    start: datetime
    energy_kwh: float | None
    doubtful: bool = False
    unproved: bool = False


def drift_words(drift_s: float) -> str:
    """How far the meter's clock is off, in words."""
    off = abs(drift_s)
    if off < 1:
        return _("right to the second")
    amount = _("{seconds:.0f} s").format(seconds=off) if off < 120 else _("{minutes:.0f} min").format(minutes=off / 60)
    if off >= 7200:
        amount = _("{hours:.1f} h").format(hours=off / 3600)
    return _("{amount} ahead").format(amount=amount) if drift_s > 0 else _("{amount} behind").format(amount=amount)


def supply_words(state: SupplyState) -> tuple[str, str]:
    """(words, tone) of the load switch."""
    return {
        SupplyState.ENABLED: (_("on"), "good"),
        SupplyState.DISABLED: (_("off"), "warn"),
        SupplyState.ARMED: (_("armed: waits for the customer to switch on"), "warn"),
    }[state]


def access_words(access: LocalAccess) -> str:
    """What this port lets an engineer do."""
    return {
        LocalAccess.NONE: _("nothing"),
        LocalAccess.READ: _("read only"),
        LocalAccess.INSTALLER: _("read and commission"),
    }[access]


def variant_words(variant: str) -> str:
    """The ESME variant in words."""
    names = {"A": _("single element"), "B": _("twin element"), "C": _("polyphase")}
    return f"{variant}, {names[variant]}" if variant in names else variant


def identity_facts(snapshot: DeviceSnapshot) -> list[FactLine]:
    """Who the meter says it is."""
    who = snapshot.identity
    return [
        (_("Device ID"), who.device_id, "plain", True),
        (_("Maker and model"), f"{who.manufacturer} {who.model}", "plain", True),
        (_("Firmware"), who.firmware, "plain", True),
        (_("Variant"), variant_words(who.variant), "plain", False),
        (_("This port may"), access_words(who.local_access), "plain", False),
    ]


def clock_verdict(clock: ClockReading) -> tuple[str, str]:
    """(tone, words) of the meter's clock: one verdict out of what the meter calls it and how far it is off."""
    if clock.status is not ClockStatus.RELIABLE:
        return {
            ClockStatus.UNRELIABLE: ("warn", _("not reliable")),
            ClockStatus.INVALID: ("bad", _("not valid")),
        }[clock.status]
    if not clock.tells(TOLERANCE_S):
        return "warn", _("give or take {seconds:.0f} s: the line is slow").format(seconds=clock.within_s)
    if abs(clock.drift_s) > TOLERANCE_S:
        return "warn", _("off by over {seconds:.0f} s").format(seconds=TOLERANCE_S)
    return "good", _("within {seconds:.0f} s").format(seconds=TOLERANCE_S)


def clock_fact(clock: ClockReading) -> FactLine:
    """What the meter itself calls its clock, set against what is seen of it."""
    own = clock.status.words
    off = abs(clock.drift_s) > TOLERANCE_S and clock.tells(TOLERANCE_S)
    if clock.status is ClockStatus.RELIABLE and off:
        own = _("reliable; by this terminal's clock it is not")
    return _("Meter calls it"), own, "plain", False


def tiles(snapshot: DeviceSnapshot) -> list[tuple[str, str, str]]:
    """(value, tone, note) of the four figures on top: clock, supply, voltage, import."""
    supply, supply_tone = supply_words(snapshot.supply)
    return [
        (drift_words(snapshot.clock.drift_s), *clock_verdict(snapshot.clock)),
        (supply, supply_tone, _("load switch")),
        _register_tile(snapshot, "32.7.0"),
        _register_tile(snapshot, "1.8.0"),
    ]


def _register_tile(snapshot: DeviceSnapshot, obis: str) -> tuple[str, str, str]:
    for reading in snapshot.registers:
        if reading.obis.endswith(":" + obis):
            if reading.value is None or reading.odd:
                return "–", "warn", _("not understood")
            return f"{reading.value} {reading.unit}", "plain", reading.obis
    return "–", "plain", _("not offered by this meter")


def state_facts(snapshot: DeviceSnapshot) -> list[FactLine]:
    """How the meter stands: clock, MPAN, offset."""
    offset = snapshot.offset
    words = _("{offset} s: limit {limit} s × number {number}")
    clock = utc_text(snapshot.clock.time)
    mpan = snapshot.import_mpan
    return [
        (_("Meter's clock"), clock, "plain", False),
        clock_fact(snapshot.clock),
        (_("Import MPAN"), mpan or _("none set"), "plain" if mpan else "warn", bool(mpan)),
        (
            _("Randomised offset"),
            words.format(offset=offset.offset_s, limit=offset.limit_s, number=offset.number),
            "plain",
            False,
        ),
    ]


class ProfileModel:
    """The half-hourly profile as it comes in: cumulative readings to energies, by half-hour and by day (UTC).

    Only the days that new rows touch are worked out again: 13 months stay quick to draw while they stream in.
    """

    def __init__(self) -> None:
        self._readings: dict[datetime, tuple[Decimal, str]] = {}
        self._unproved: dict[datetime, tuple[Decimal, str]] = {}  # shown, and never kept
        self._days: dict[date, Bar] = {}
        self._stale: set[date] = set()
        self.column = ""
        self.day: date | None = None  # the day looked at half-hourly

    def clear(self) -> None:
        """Forget everything."""
        self._readings.clear()
        self._unproved.clear()
        self._days.clear()
        self._stale.clear()
        self.column, self.day = "", None

    def add(self, rows: Sequence[ProfileRow]) -> None:
        """Take rows in, in whatever order."""
        self._put(rows, self._readings)

    def show_unproved(self, rows: Sequence[ProfileRow]) -> None:
        """These are all that nothing vouches for yet; what was shown so before and is not among them is forgotten."""
        for end in self._unproved:
            self._touched(end)
        self._unproved.clear()
        self._put(rows, self._unproved)

    def _put(self, rows: Sequence[ProfileRow], readings: dict[datetime, tuple[Decimal, str]]) -> None:
        for row in rows:
            values = row.values
            if row.columns.unscaled:  # numbers that nobody knows the unit of are no energies
                values = {name: value for name, value in values.items() if name not in row.columns.unscaled}
            if not self.column and values:
                self.column = next((name for name in IMPORT if name in values), next(iter(values)))
            if self.column in values:
                end = row.time.astimezone(UTC)
                readings[end] = (values[self.column], row.status)
                self._touched(end)

    def _touched(self, end: datetime) -> None:
        self._stale.add((end - HALF_HOUR).date())  # the half-hour that ends here,
        if self.cumulative:
            self._stale.add(end.date())  # and the one that begins

    def _reading(self, end: datetime) -> tuple[Decimal, str] | None:
        return self._readings.get(end) or self._unproved.get(end)

    def __len__(self) -> int:
        return len(self._readings)

    @property
    def cumulative(self) -> bool:
        """True when the column is a register that only grows, so that energies are differences."""
        return ".8." in self.column

    def _interval(self, start: datetime) -> Bar:
        here = self._reading(start + HALF_HOUR)
        if here is None:
            return Bar(start, None)
        doubtful = here[1].casefold() not in ("", "reliable", "0")
        unproved = start + HALF_HOUR not in self._readings
        if not self.cumulative:
            return Bar(start, float(here[0]), doubtful, unproved)
        before = self._reading(start)
        if before is None or here[0] < before[0]:
            return Bar(start, None, doubtful)
        return Bar(start, float(here[0] - before[0]), doubtful, unproved)

    def catch_up(self) -> None:
        """Work out the days that rows have touched. `days` does it too; who takes rows in and shows none for a while
        does it after each slice, or `days` has months to work out at once."""
        for day in self._stale:
            known = [bar for bar in self.of_day(day) if bar.energy_kwh is not None]
            start = datetime.combine(day, time(), UTC)
            total = sum(bar.energy_kwh or 0.0 for bar in known) if known else None
            doubtful, unproved = any(bar.doubtful for bar in known), any(bar.unproved for bar in known)
            self._days[day] = Bar(start, total, doubtful, unproved)
        self._stale.clear()

    def days(self) -> list[Bar]:
        """Energy per UTC day from the first to the last; a day without a single known half-hour has none."""
        self.catch_up()
        known_days = [day for day, bar in self._days.items() if bar.energy_kwh is not None]
        if not known_days:
            return []
        first, last = min(known_days), max(known_days)
        every = (first + timedelta(days=number) for number in range((last - first).days + 1))
        return [self._days.get(day) or Bar(datetime.combine(day, time(), UTC), None) for day in every]

    def of_day(self, day: date) -> list[Bar]:
        """The 48 half-hours of that UTC day."""
        midnight = datetime.combine(day, time(), UTC)
        return [self._interval(midnight + number * HALF_HOUR) for number in range(48)]


def nice_step(most: float, lines: int = 4) -> float:
    """A round distance between grid lines so that about `lines` of them reach `most`."""
    if most <= 0:
        return 1.0
    raw = most / lines
    power = 1.0
    while power > raw:
        power /= 10
    while power * 10 <= raw:
        power *= 10
    return next(step * power for step in (1, 2, 2.5, 5, 10) if step * power >= raw - 1e-12)


def bar_words(bar: Bar, *, daily: bool) -> str:
    """One bar, in words."""
    when = date_text(bar.start, "%a %d %b") if daily else f"{bar.start:%H:%M}–{bar.start + HALF_HOUR:%H:%M}"
    if bar.energy_kwh is None:
        return _("{when}: nothing known").format(when=when)
    words = f"{when}: {bar.energy_kwh:.2f} kWh" if daily else f"{when}: {bar.energy_kwh:.3f} kWh"
    words = _("{words}, clock in doubt").format(words=words) if bar.doubtful else words
    return _("{words}, not proved yet").format(words=words) if bar.unproved else words


def summary_words(bars: Sequence[Bar], *, daily: bool) -> str:
    """The whole plot in a sentence, for those who cannot see it."""
    known = [bar for bar in bars if bar.energy_kwh is not None]
    if not known:
        return _("No readings yet.")
    total = sum(bar.energy_kwh or 0.0 for bar in known)
    most = max(known, key=lambda bar: bar.energy_kwh or 0.0)
    return _("{total:.1f} kWh in all; most {most}").format(total=total, most=bar_words(most, daily=daily))
