"""The electricity meter (ESME): what it measures, keeps and lets a local client do.

Everything happens lazily: the meter is brought up to date whenever it is asked something, so an idle meter costs
nothing.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from hht.clock import Clock, iso_z
from hht.model.alert_codes import AlertCode
from hht.model.electricity_meter.clients import TRAINING_CLIENTS, ClientRole
from hht.model.electricity_meter.energy import EnergyRegisters
from hht.model.electricity_meter.household import HALF_HOUR_S, Household, HouseholdShape
from hht.model.electricity_meter.identity import MeterIdentity
from hht.model.electricity_meter.items import LocalAccess, SupplyState
from hht.model.electricity_meter.load_profile import (
    CAPACITY,
    CAPTURE_PERIOD_S,
    ENTRIES_PER_DAY,
    LoadProfile,
    ProfileEntry,
)
from hht.model.electricity_meter.logs import CircularLog
from hht.model.electricity_meter.meter_clock import MeterClock, TimeStatus
from hht.model.electricity_meter.optical_head import OpticalHead
from hht.model.electricity_meter.randomised_offset import RandomisedOffset
from hht.model.electricity_meter.write_ledger import WriteLedger
from hht.model.seeded import mix, subseed


@dataclass(frozen=True, slots=True)
class MeterConfiguration:
    """How a meter stands in its premises at the start of the simulation. Energies in Wh, times in s."""

    name: str
    identity: MeterIdentity
    local_access: LocalAccess
    clock_adrift_s: float = 0.0
    clock_gain_ppm: float = 0.0
    clock_status: TimeStatus = TimeStatus.RELIABLE
    import_reading_wh: int = 0
    export_reading_wh: int = 0
    import_mpan: str = ""
    export_mpan: str = ""
    offset_limit_s: int = 0
    supply: SupplyState = SupplyState.ENABLED
    contact_name: str = ""
    contact_telephone: str = ""
    household: HouseholdShape = field(default_factory=HouseholdShape)
    faults: frozenset[str] = frozenset()
    clients: tuple[ClientRole, ...] = field(default=TRAINING_CLIENTS)
    strict_counters: bool = False  # invocation counters never go back, not even in a new association
    optical: OpticalHead = field(default_factory=OpticalHead)


class ElectricityMeter:
    """A single-element electricity meter. `seed` decides its history, its randomised offset number and its flicker;
    `history_days` is how much of it there is (396 days are 13 months)."""

    def __init__(
        self, configuration: MeterConfiguration, true_time: Clock, seed: int, *, history_days: int = 396
    ) -> None:
        self.configuration = configuration
        self.identity = configuration.identity
        self.local_access = configuration.local_access
        self.clients = configuration.clients
        self.faults = set(configuration.faults)
        self.seed = subseed(seed, configuration.name)
        self.clock = MeterClock(
            true_time,
            adrift_s=configuration.clock_adrift_s,
            status=configuration.clock_status,
            gain_ppm=configuration.clock_gain_ppm,
        )
        self.supply = configuration.supply
        self.import_mpan = configuration.import_mpan
        self.export_mpan = configuration.export_mpan
        self.contact_name = configuration.contact_name
        self.contact_telephone = configuration.contact_telephone
        self.randomised_offset = RandomisedOffset(self.seed, configuration.offset_limit_s)
        self.event_log = CircularLog("event", clearable=True)
        self.security_log = CircularLog("security", clearable=False)
        self.profile = LoadProfile(max(CAPACITY, history_days * ENTRIES_PER_DAY))
        self.writes = WriteLedger()
        self._next_capture_s = 0
        self._fill_history(history_days * ENTRIES_PER_DAY)

    # --- what it measures ------------------------------------------------------------------------------------------

    def registers(self) -> tuple[int, int]:
        """(active import Wh, active export Wh) now."""
        self.catch_up()
        return self._energy.at(_unix(self.clock.true_now()))

    def power_w(self) -> int:
        """Active power import now, W: the half-hour's average with some flicker, changing every ten seconds."""
        moment = _unix(self.clock.true_now())
        self.catch_up()
        average = self._energy.half_hour(moment)[0] * 2
        return average * (850 + mix(self.seed ^ 0xF11C, moment // 10) % 301) // 1000

    def voltage_dv(self) -> int:
        """RMS voltage now, tenths of a volt: a GB network, a little lower under load."""
        moment = _unix(self.clock.true_now())
        return 2438 + mix(self.seed ^ 0x70175, moment // 10) % 61 - min(40, self.power_w() // 150)

    def catch_up(self) -> None:
        """Do what should have happened since the meter was last asked: capture the half-hours that have passed."""
        now_s = _unix(self.clock.now())
        while self._next_capture_s <= now_s:
            self._capture(self._next_capture_s)
            self._next_capture_s += CAPTURE_PERIOD_S

    def set_clock(self, time: datetime) -> timedelta:
        """Set the clock; Event Log says so. Returns how far it moved.

        Half-hours that are leapt over leave one entry, at the last boundary passed; after a step back nothing is
        captured until the clock has passed the newest entry again, so the profile always rises.
        """
        self.catch_up()
        moved = self.clock.set(time)
        now_s = _unix(self.clock.now())
        boundary = now_s - now_s % CAPTURE_PERIOD_S
        if boundary >= self._next_capture_s:
            self._capture(boundary)
            self._next_capture_s = boundary + CAPTURE_PERIOD_S
        elif moved < timedelta(0):
            self._next_capture_s = max(boundary, self.profile.last_time_s or 0) + CAPTURE_PERIOD_S
        self.event_log.add(
            self.clock.now(), AlertCode.CLOCK_ADJUSTED, f"moved {moved.total_seconds():+.0f} s to {iso_z(time)}"
        )
        return moved

    # --- how it began ----------------------------------------------------------------------------------------------

    def _fill_history(self, count: int) -> None:
        """History as if the meter had always been here, its clock adrift by as much as now."""
        now_s = _unix(self.clock.now())
        last = now_s - now_s % CAPTURE_PERIOD_S
        times = range(last - (count - 1) * CAPTURE_PERIOD_S, last + 1, CAPTURE_PERIOD_S)
        true_now_s = _unix(self.clock.true_now())
        behind = now_s - true_now_s
        first_true = times[0] - behind
        household = Household(self.configuration.household, self.seed)
        self._energy = EnergyRegisters(
            household,
            first_true - first_true % HALF_HOUR_S,
            self.configuration.import_reading_wh,
            self.configuration.export_reading_wh,
        )
        values = self._energy.series(first_true, count)
        self.profile.extend(times, values, int(TimeStatus.RELIABLE))
        self._next_capture_s = last + CAPTURE_PERIOD_S
        self._fill_logs(times[0], now_s)

    def _fill_logs(self, first_s: int, now_s: int) -> None:
        """A past: the meter was fitted, its cover closed, and now and then the street lost power."""
        self.security_log.add(_utc(first_s), AlertCode.FIRMWARE_VERIFIED, self.identity.firmware)
        self.security_log.add(_utc(first_s + 420), AlertCode.TERMINAL_COVER_REMOVED)
        self.security_log.add(_utc(first_s + 2640), AlertCode.TERMINAL_COVER_CLOSED)
        chance = subseed(self.seed, "outages")
        for number, day in enumerate(range(first_s + 86_400, now_s - 86_400, 86_400)):
            bits = mix(chance, number)
            if bits % 90:  # a few a year
                continue
            began = day + (bits >> 16) % 80_000
            lasted = 4 + (bits >> 36) % 3000
            restored = AlertCode.SUPPLY_OUTAGE_RESTORED_LONG if lasted >= 180 else AlertCode.SUPPLY_OUTAGE_RESTORED
            self.event_log.add(_utc(began), AlertCode.SUPPLY_INTERRUPTED)
            self.event_log.add(_utc(began + lasted), restored, f"{lasted} s")

    def _capture(self, meter_time_s: int) -> None:
        true_s = _unix(self.clock.true_time(_utc(meter_time_s)))
        imported, exported = self._energy.at(min(true_s, _unix(self.clock.true_now())))
        self.profile.append(ProfileEntry(meter_time_s, imported, exported, int(self.clock.status)))


def _unix(moment: datetime) -> int:
    """Whole Unix seconds."""
    return int(moment.timestamp() // 1)


def _utc(unix_s: int) -> datetime:
    return datetime.fromtimestamp(unix_s, UTC)
