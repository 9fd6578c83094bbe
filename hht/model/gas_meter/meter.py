"""The gas meter: volume, energy, a valve, and a radio that wakes each half-hour to tell and to fetch commands."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from hht.clock import iso_z
from hht.i18n import _
from hht.model.agenda import HALF_HOUR_MS
from hht.model.alert_codes import AlertCode
from hht.model.commands import DONE
from hht.model.device import Device, DeviceIdentity, DeviceKind
from hht.model.electricity_meter.items import SupplyState
from hht.model.electricity_meter.load_profile import CAPACITY, CAPTURE_PERIOD_S, LoadProfile
from hht.model.features.alert_behaviour import AlertBehaviour
from hht.model.features.billing import BillingCalendar, BillingLog
from hht.model.features.clock_setting import offer_clock
from hht.model.features.device_type import offer_gas_meter_type
from hht.model.features.display import Display, Page
from hht.model.features.firmware import Firmware
from hht.model.features.half_hours import HalfHours
from hht.model.features.local_time import show_time
from hht.model.features.logs_read import offer_logs
from hht.model.features.notices import Notices
from hht.model.features.profile_read import ReadGasProfile, offer_profile
from hht.model.features.remote_display import RemoteDisplay
from hht.model.features.stores import DailyStores
from hht.model.features.tamper import TamperInputs
from hht.model.features.tariff import Tariff
from hht.model.features.tariff_plan import TariffPlan
from hht.model.features.tenancy import Tenancy
from hht.model.gas_meter.mprn import offer_mprn
from hht.model.gas_meter.network_log import NetworkLog
from hht.model.gas_meter.register import GasRegister
from hht.model.gas_meter.registers import FOR_ITS_SUPPLIER, offer_gas_registers
from hht.model.gas_meter.valve import FlowTest, Valve
from hht.model.gas_meter.volume import (
    Conversion,
    GasHousehold,
    GasUse,
    SetConversion,
    check_conversion,
)
from hht.model.han.joins import offer_joins
from hht.model.han.network import HanFailure, HomeAreaNetwork
from hht.model.meter_clock import MeterClock, TimeStatus
from hht.model.parties import Party, RemoteParty
from hht.model.prepayment import Prepayment, PrepaymentOffer, PrepaymentPlan, TopUpHabit
from hht.model.refusal import DeviceRefusal, Reason
from hht.model.seeded import mix
from hht.model.site import Site

if TYPE_CHECKING:
    from hht.model.plans.han import HanPlan
    from hht.model.premises import Premises

BATTERY_DAYS = 10 * 365  # of a new battery, waking every half-hour (our own number)
_LOST_AFTER = 3


@dataclass(frozen=True, slots=True)
class GasMeterConfiguration:
    """How a gas meter stands in its premises. Volumes in litres, times in s; `battery_days` left at the present."""

    name: str
    identity: DeviceIdentity
    clock_adrift_s: float = 0.0
    clock_status: TimeStatus = TimeStatus.RELIABLE
    reading_l: int = 0
    mprn: str = ""
    supply: SupplyState = SupplyState.ENABLED
    conversion: Conversion = field(default_factory=Conversion)
    use: GasUse = field(default_factory=GasUse)
    flow_test: FlowTest = field(default_factory=FlowTest)
    tariff: TariffPlan = field(default_factory=lambda: TariffPlan("standard gas", None, ((6_000,),), 29_000))
    prepayment: PrepaymentPlan = field(default_factory=PrepaymentPlan)
    billing: BillingCalendar = field(default_factory=BillingCalendar)
    contact_name: str = ""
    contact_telephone: str = ""
    battery_days: int = 3200
    valve: bool = True  # a business's meter may have none (FUN-09)
    enable_over: frozenset[str] = frozenset()  # media over which the supply may be enabled from afar
    han: HanPlan | None = None

    @property
    def kind(self) -> DeviceKind:
        """A GSME."""
        return DeviceKind.GSME

    def build(self, premises: Premises) -> GasMeter:
        """The meter; it needs no mains."""
        meter = GasMeter(self, premises.site)
        if self.han is not None:
            meter.node = self.han.node(meter, sleepy=True)
            meter.node.next_wake = meter.next_wake_ms
            offer_joins(meter, meter.node)
        return meter


def misses_wake(meter: Device) -> bool:
    """Whether the fault "misses-wakes" makes a gas meter's radio miss this half-hour's wake."""
    return "misses-wakes" in meter.faults and mix(meter.seed, meter.site.agenda.now_ms // HALF_HOUR_MS) % 3 != 0


class GasMeter(GasRegister):
    """A gas meter. `burner` asks for gas by the half-hour; what the valve lets through is what flows."""

    kind = DeviceKind.GSME

    def __init__(self, configuration: GasMeterConfiguration, site: Site) -> None:
        super().__init__(
            site,
            configuration.name,
            configuration.identity,
            reading_l=configuration.reading_l,
            battery_days=configuration.battery_days,
        )
        self.configuration = configuration
        self.clock = MeterClock(site, adrift_s=configuration.clock_adrift_s, status=TimeStatus.RELIABLE)
        self.mprn = configuration.mprn
        self.conversion = configuration.conversion
        self.notices = Notices(self, configuration.contact_name, configuration.contact_telephone)
        self.alert_behaviour = AlertBehaviour(self, gas=True)
        self.firmware = Firmware(self)
        self.tenancy = Tenancy(self)
        self.display = Display(self, self.tenancy)
        self._burnt_nl = self.volume.nl  # up to where energy has been worked out
        self._energy_mws = self._energy_rest = 0  # the rest is less than a mW s: see `Conversion.energy_and_rest`
        self.missed_wakes = 0
        self.tampers = TamperInputs(self, lambda why: self.valve.disable("tamper", why))
        self.valve = Valve(self, configuration.supply, configuration.flow_test, fitted=configuration.valve)
        self.valve.offer(self)
        self.network_log = NetworkLog(self)
        self.remote_display = RemoteDisplay(self, self.display, configuration.enable_over)
        self.profile = LoadProfile(max(CAPACITY, (site.present_ms - site.records_from_ms) // HALF_HOUR_MS))
        offer_profile(self, self.profile, ReadGasProfile)
        self.tariff = Tariff(self, self.clock, configuration.tariff, self.energy_mws)
        self.tariff.offer(gas=True)
        self.prepayment = Prepayment(
            self, self.clock, self.tariff, self.valve, configuration.prepayment, self._charged_w
        )
        self.payments = PrepaymentOffer(self.prepayment, self.display, self.tenancy, gas=True)
        if configuration.prepayment.tops_up:
            TopUpHabit(self.prepayment, self.valve, configuration.prepayment.tops_up)
        self.billing = BillingLog(self, self.clock, self.tariff, configuration.billing, lambda: self.volume.litres)
        self.stores = DailyStores(self, self.clock, self.tenancy, lambda: self.energy_mws() // 3_600_000, self.tariff)
        self.accept({SetConversion: self._set_conversion})
        offer_clock(self, self.clock, self.set_clock)
        offer_mprn(self)
        offer_gas_registers(self)
        offer_gas_meter_type(self)
        offer_logs(self)
        show_time(site, self.clock, self.display)
        self.display.add_written(self.litres, lambda litres: Page("Gas", (f"{litres / 1000:.3f} m3",)))
        self._feed = GasHousehold(configuration.use, self.seed).half_hours(site.agenda.now_ms // HALF_HOUR_MS, 1 << 40)
        self.half_hours = HalfHours(site, self.clock, self._capture, lambda: self.profile.last_time_s)
        self.half_hours.begin()
        self._begin()

    def _begin(self) -> None:
        agenda = self.site.agenda
        self._wanted_l = next(self._feed)
        self.flow_changed()
        agenda.every(HALF_HOUR_MS, self._half_hour, first_ms=(agenda.now_ms // HALF_HOUR_MS + 1) * HALF_HOUR_MS)
        if self.configuration.clock_status is not TimeStatus.RELIABLE:
            agenda.at(self.site.present_ms, lambda: setattr(self.clock, "status", self.configuration.clock_status))
        self.half_hours.plan(self.half_hours.boundary_s + CAPTURE_PERIOD_S)
        self.tariff.begin()
        self.prepayment.begin()
        self.prepayment.mode_changed.append(lambda: self.billing.take("payment mode"))
        self.tariff.replaced = self.billing.take
        self.tenancy.changed.append(lambda: self.billing.take("tenancy"))
        self.billing.begin(gas=True)
        self.stores.begin(gas=True)
        self.alert(AlertCode.FIRMWARE_VERIFIED, self.firmware.version)

    def authorise(self, use_case_name: str, sender: Party) -> None:
        """As any device; what the Gas Proxy Function tells every party, the meter itself tells its supplier alone."""
        if use_case_name in FOR_ITS_SUPPLIER and sender.remote is not RemoteParty.SUPPLIER:
            self.alert(AlertCode.SOURCE_LACKS_AUTHORITY, f"{use_case_name} {sender.role.value}")
            raise DeviceRefusal(
                Reason.ACCESS_DENIED,
                _("The gas meter itself answers {use_case} to its supplier alone.").format(use_case=use_case_name),
                remedy=_("Ask the Gas Proxy Function of the hub."),
            )
        super().authorise(use_case_name, sender)

    # --- what it measures ------------------------------------------------------------------------------------------

    def time_believed(self) -> datetime:
        """The meter's own clock."""
        return self.clock.now()

    def energy_mws(self) -> int:
        """Energy since the meter was fitted, mW s: each part of the gas at the values that held when it was burnt."""
        self.count()
        burnt_nl = self.volume.nl - self._burnt_nl
        if burnt_nl:
            energy_mws, self._energy_rest = self.conversion.energy_and_rest(burnt_nl, self._energy_rest)
            self._energy_mws += energy_mws
            self._burnt_nl = self.volume.nl
        return self._energy_mws

    def _flow_moved(self) -> None:
        if self.prepayment.monitor.active:
            self.prepayment.power_changed()

    def _charged_w(self) -> int:
        """What the gas that flows is worth, W (mW s in a ms), rounded up so that a threshold is never met late."""
        return self.conversion.energy_mws(self.volume.flow) + 1 if self.volume.flow else 0

    def _half_hour(self) -> None:
        self._wanted_l = next(self._feed)
        self.flow_changed()

    # --- its clock -------------------------------------------------------------------------------------------------

    def set_clock(self, time: datetime) -> timedelta:
        """Set the clock; Event Log says so. Returns how far it moved."""
        moved = self.clock.set(time)
        self.clock_disturbed()
        self.alert(AlertCode.CLOCK_ADJUSTED, f"moved {moved.total_seconds():+.0f} s to {iso_z(time)}")
        return moved

    def clock_disturbed(self) -> None:
        """The clock is another (it was set, or a fault put it wrong): all that it times comes at its times."""
        self.half_hours.clock_changed()
        self.tariff.clock_changed()
        self.prepayment.clock_changed()
        self.billing.clock_changed()

    def _capture(self, time_s: int) -> None:
        self.count()
        if self.site.agenda.now_ms > self.site.records_from_ms:
            self.profile.capture(time_s, self.volume.litres, 0, int(self.clock.status))
        midnight = self.half_hours.ends_day(time_s)
        if midnight:
            self._midnight()
        self.prepayment.half_hour(time_s, midnight=midnight)

    def _midnight(self) -> None:
        self.tariff.midnight()
        self.stores.mark()
        self.use_battery()

    # --- its radio -------------------------------------------------------------------------------------------------

    @property
    def wakes_after_ms(self) -> int:
        """How far into each half-hour its radio wakes: every meter at a moment of its own."""
        return mix(self.seed, 0xAA) % HALF_HOUR_MS

    def live_on(self, network: HomeAreaNetwork) -> None:
        """There is a HAN here: wake each half-hour, for as long as the meter lives."""
        agenda = self.site.agenda
        begun = agenda.now_ms // HALF_HOUR_MS * HALF_HOUR_MS + self.wakes_after_ms
        agenda.every(HALF_HOUR_MS, self.wake, first_ms=begun if begun >= agenda.now_ms else begun + HALF_HOUR_MS)

    def wake(self) -> None:
        """Its radio wakes (or somebody presses a button): tell the Gas Proxy Function, fetch what waits."""
        node = self.node
        network = node.network if node is not None and node.joined else None
        if network is None or not self.battery_days or (self.faults and self._sleeps_on()):
            return
        try:
            network.carry(self.name)
        except HanFailure:
            self._missed()
            return
        self.missed_wakes = 0
        self._tell(network)
        if network.woken is not None and network.woken(self):
            self._tell(network)  # what the commands changed is known at once

    def _tell(self, network: HomeAreaNetwork) -> None:
        """Tell the Gas Proxy Function, once the two are joined to one another."""
        proxy, node = network.gas_proxy, self.node
        if proxy is not None and node is not None and proxy.identity.device_id in node.partners:
            proxy.refresh(self)

    def _sleeps_on(self) -> bool:
        """Faults: its radio never wakes, or (`misses-wakes`) two times out of three it does not."""
        if "never-wakes" in self.faults:
            return True
        if not misses_wake(self):
            return False
        self._missed()
        return True

    def _missed(self) -> None:
        self.missed_wakes += 1
        if self.missed_wakes == _LOST_AFTER:
            self.alert(AlertCode.LOST_GSME_SEARCHES_FAILED)

    def next_wake_ms(self) -> int:
        """When its radio wakes next, true time."""
        now_ms = self.site.now_ms
        begun = now_ms // HALF_HOUR_MS * HALF_HOUR_MS + self.wakes_after_ms
        return begun if begun > now_ms else begun + HALF_HOUR_MS

    def _set_conversion(self, command: SetConversion, _sender: Party) -> object:
        check_conversion(command.conversion)
        self.tariff.give()
        self.energy_mws()
        self.conversion = command.conversion
        return DONE
