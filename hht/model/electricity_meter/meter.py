"""The electricity meter (ESME): what it measures, keeps and lets others do.

It is made of features, each a module of its own that registers its commands (`Device.accept`); here they are put
together, and here is what all of them share: the clock, the mains, the flow of energy and its capture each half-hour.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from hht.clock import iso_z
from hht.model.agenda import Appointment
from hht.model.alert_codes import AlertCode
from hht.model.alert_routes import LogName
from hht.model.consumer import ApplianceShape, Consumer
from hht.model.device import Device, DeviceKind
from hht.model.electricity_meter.clients import TRAINING_CLIENTS, ClientRole
from hht.model.electricity_meter.identity import MeterIdentity
from hht.model.electricity_meter.items import LocalAccess, SupplyState
from hht.model.electricity_meter.load_control import LoadControl, SwitchPlan
from hht.model.electricity_meter.load_limit import LoadLimit, LoadLimitSettings
from hht.model.electricity_meter.load_profile import CAPTURE_PERIOD_S, LoadProfile, capacity_of
from hht.model.electricity_meter.maximum_demand import DemandWindow, MaximumDemand
from hht.model.electricity_meter.measurement import Measurement
from hht.model.electricity_meter.optical_head import OpticalHead
from hht.model.electricity_meter.outages import Outages
from hht.model.electricity_meter.randomised_offset import RandomisedOffset
from hht.model.electricity_meter.readings import PowerThresholds
from hht.model.electricity_meter.reads import offer_reads
from hht.model.electricity_meter.second_element import BothElements, SecondElement
from hht.model.electricity_meter.short_profile import ShortProfile
from hht.model.electricity_meter.supply import Supply, SupplyRules
from hht.model.electricity_meter.variant import Capabilities, capabilities
from hht.model.electricity_meter.voltage import Voltage, VoltageSettings
from hht.model.electricity_meter.write_ledger import WriteLedger
from hht.model.features.alert_behaviour import AlertBehaviour
from hht.model.features.billing import BillingCalendar, BillingLog
from hht.model.features.clock_setting import offer_clock
from hht.model.features.display import Display
from hht.model.features.firmware import Firmware
from hht.model.features.local_time import show_time
from hht.model.features.notices import Notices
from hht.model.features.remote_display import WIRED, WIRELESS, RemoteDisplay
from hht.model.features.stores import DailyStores
from hht.model.features.tamper import Tamper, TamperInputs
from hht.model.features.tariff import Tariff
from hht.model.features.tariff_plan import TariffPlan
from hht.model.features.tenancy import Tenancy
from hht.model.han.joins import offer_joins
from hht.model.household import HouseholdShape
from hht.model.hub_port import MeterPort
from hht.model.mains import Mains
from hht.model.meter_clock import MeterClock, TimeStatus
from hht.model.prepayment import Prepayment, PrepaymentOffer, PrepaymentPlan, TopUpHabit
from hht.model.seeded import mix
from hht.model.site import Site

if TYPE_CHECKING:
    from hht.model.plans.han import HanPlan
    from hht.model.premises import Premises
    from hht.model.prepayment.charging import Charging

_USUAL_SHARES = {"A": (1000,), "B": (1000, 0), "C": (480, 310, 210)}
DAY_S = 86_400


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
    profile_months: int = 13  # of half-hours that it keeps: 13 or 12
    generation: bool = False  # it measures what a microgenerator makes
    enable_over: frozenset[str] = frozenset({WIRELESS, WIRED})  # media over which supply may be enabled from afar
    supply_rules: SupplyRules = SupplyRules.GBCS
    isolator: bool = False  # a double-pole switch between it and the consumer unit
    load_limit: LoadLimitSettings = field(default_factory=LoadLimitSettings)
    demand_window: DemandWindow = field(default_factory=DemandWindow)
    voltage: VoltageSettings = field(default_factory=VoltageSettings)
    contact_name: str = ""
    contact_telephone: str = ""
    household: HouseholdShape = field(default_factory=HouseholdShape)
    appliances: tuple[ApplianceShape, ...] = ()
    switches: tuple[SwitchPlan, ...] = ()
    tariff: TariffPlan = field(default_factory=TariffPlan)
    secondary_tariff: TariffPlan | None = None  # of a twin element; None: the first price of the first
    billing: BillingCalendar = field(default_factory=BillingCalendar)
    prepayment: PrepaymentPlan = field(default_factory=PrepaymentPlan)
    han: HanPlan | None = None
    clients: tuple[ClientRole, ...] = field(default=TRAINING_CLIENTS)
    strict_counters: bool = False  # invocation counters never go back, not even in a new association
    optical: OpticalHead = field(default_factory=OpticalHead)
    port: MeterPort | None = None  # for a hub at the meter's own port

    @property
    def kind(self) -> DeviceKind:
        """An ESME."""
        return DeviceKind.ESME

    @property
    def capabilities(self) -> Capabilities:
        """What a meter of this variant can do."""
        switches = tuple((one.number, "HAN" if one.device else "internal", one.rating_a) for one in self.switches)
        return capabilities(self.identity.variant, switches)

    @property
    def shares(self) -> tuple[int, ...]:
        """Thousandths of the household on each phase or element: what the file says, or what is usual."""
        channels = self.capabilities.channels
        given = self.household.shares
        return given if len(given) == channels else _USUAL_SHARES[self.identity.variant[0]]

    def build(self, premises: Premises) -> ElectricityMeter:
        """The meter, on the premises' mains."""
        meter = ElectricityMeter(self, premises.site, premises.mains)
        if self.han is not None:
            meter.node = self.han.node(meter)
            offer_joins(meter, meter.node)
        return meter


class ElectricityMeter(Device):
    """An electricity meter on a site. The site's chance and its name decide its history, its randomised offset number
    and its flicker."""

    kind = DeviceKind.ESME
    logs_kept = (LogName.EVENT, LogName.SECURITY, LogName.POWER_EVENT, LogName.ALCS_EVENT)
    identity: MeterIdentity

    def __init__(self, configuration: MeterConfiguration, site: Site, mains: Mains | None = None) -> None:
        super().__init__(site, configuration.name, configuration.identity)
        self.configuration = configuration
        self.local_access = configuration.local_access
        self.clients = configuration.clients
        self.probe_moved: list[Callable[[], None]] = []  # told when the probe is pulled out, or plugged in
        self.clock = MeterClock(
            site,
            adrift_s=configuration.clock_adrift_s,
            status=TimeStatus.RELIABLE,  # what is wrong with it now has not always been so
            gain_ppm=configuration.clock_gain_ppm,
        )
        self.import_mpan = configuration.import_mpan
        self.secondary_mpan = ""
        self.export_mpan = configuration.export_mpan
        self.notices = Notices(self, configuration.contact_name, configuration.contact_telephone)
        self.alert_behaviour = AlertBehaviour(self)
        self.firmware = Firmware(self)
        self.tenancy = Tenancy(self)
        self.display = Display(self, self.tenancy)
        show_time(site, self.clock, self.display)
        self.randomised_offset = RandomisedOffset(self.seed, configuration.offset_limit_s)
        self.profile = LoadProfile(capacity_of(configuration.profile_months, site.present_ms - site.records_from_ms))
        self.short_profile = ShortProfile(self)
        self.writes = WriteLedger()
        self.capabilities = configuration.capabilities
        self.mains = mains or Mains(site, f"{self.name} mains", phases=self.capabilities.phases)
        self.consumer = Consumer(
            site,
            configuration.household,
            self.seed,
            shares=configuration.shares,
            appliances=configuration.appliances,
        )
        self.measured = self.consumer  # whose installation hangs behind it: another's where wires are crossed
        self.measurement = Measurement(
            site.agenda.now_ms,
            len(self.consumer.shares),
            configuration.import_reading_wh,
            configuration.export_reading_wh,
        )
        self.outages = Outages(self)
        self.load_switch = Supply(self, configuration.supply, configuration.supply_rules)
        self.load_limit = LoadLimit(self, configuration.load_limit)
        self.load_control = LoadControl(self, configuration.switches)
        self.randomised_offset.offer(self)
        self.randomised_offset.listen(self.load_control.offset_changed)
        self.readings = PowerThresholds(self, generation=configuration.generation)
        self.remote_display = RemoteDisplay(self, self.display, configuration.enable_over)
        self.maximum_demand = MaximumDemand(self, configuration.demand_window)
        self.voltage = Voltage(self, configuration.voltage)
        self.second_element: SecondElement | None = None
        self.tariff = Tariff(
            self, self.clock, configuration.tariff, self._charged_mws, lambda: self.randomised_offset.offset_s
        )
        self.tariff.offer()
        if self.capabilities.elements > 1:
            self.second_element = SecondElement(self, configuration.secondary_tariff)
        self.randomised_offset.listen(self.tariff.offset_changed)
        self.billing = BillingLog(self, self.clock, self.tariff, configuration.billing, lambda: self.registers()[0])
        self.prepayment = Prepayment(
            self, self.clock, self._charging(), self.load_switch, configuration.prepayment, self._charged_w
        )
        PrepaymentOffer(self.prepayment, self.display, self.tenancy)
        if configuration.prepayment.tops_up:
            TopUpHabit(self.prepayment, self.load_switch, configuration.prepayment.tops_up)
        self.stores = DailyStores(self, self.clock, self.tenancy, lambda: self.registers()[0], self.tariff)
        self.tampers = TamperInputs(self, lambda why: self.load_switch.disable("tamper", why))
        offer_clock(self, self.clock, self.set_clock)
        offer_reads(self)
        self.consumer.attach(self.count, self._flow)
        self.mains.listen(self.count, self._mains_changed)
        self.supply_moved()
        self._next_capture_s = 0
        self._capturing: Appointment | None = None
        self._arrive()
        self._day = self._boundary() // DAY_S
        self.load_control.begin()
        self.tariff.begin()
        self.tariff.replaced = self.billing.take
        if self.second_element is not None:
            self.second_element.begin()
        self.tenancy.changed.append(lambda: self.billing.take("tenancy"))
        self.prepayment.mode_changed.append(lambda: self.billing.take("payment mode"))
        self.billing.begin()
        self.prepayment.begin()
        self.stores.begin()
        self._plan_capture(self._boundary() + CAPTURE_PERIOD_S)

    # --- what it measures ------------------------------------------------------------------------------------------

    @property
    def supply(self) -> SupplyState:
        """The Supply State."""
        return self.load_switch.state

    def time_believed(self) -> datetime:
        """The meter's own clock."""
        return self.clock.now()

    def catch_up(self) -> None:
        """Let everything happen that is due, and count the energy up to now."""
        self.site.catch_up()
        self.count()

    def count(self) -> None:
        """Count the energy up to this moment."""
        self.measurement.count(self.site.agenda.now_ms)

    def registers(self) -> tuple[int, int]:
        """(active import Wh, active export Wh) now."""
        self.catch_up()
        return self.measurement.import_wh, self.measurement.export_wh

    def _charged_mws(self) -> int:
        """The active import that the tariff is for, counted up to now: all of it, or the first of two elements'."""
        self.count()
        channels = self.measurement.channels
        if self.second_element is not None:
            return channels[0].metered_mws
        return sum([channel.import_mws + channel.forgotten_mws for channel in channels])

    def _charging(self) -> Charging:
        if self.second_element is None:
            return self.tariff
        return BothElements(self.tariff, self.second_element.tariff, lambda: self.measurement.secondary_w)

    def _charged_w(self) -> int:
        """The power that makes the registers rise now, W."""
        return 0 if self.measurement.frozen else self.measurement.power_w[0]

    def power_w(self) -> int:
        """Active power import now, W: what flows, with some flicker of the household's part every ten seconds."""
        self.catch_up()
        flowing = self.measurement.power_w[0]
        household = min(flowing, self.measured.household_w)
        return flowing + household * (mix(self.seed ^ 0xF11C, self.site.now_s // 10) % 301 - 150) // 1000

    def voltage_dv(self, phase: int = 0) -> int:
        """RMS voltage now, tenths of a volt: a GB network, a little lower under load."""
        return self.mains.voltage_dv(phase, self.power_w())

    @property
    def powered(self) -> bool:
        """Whether the mains feed the meter: any live phase does."""
        return any(self.mains.live)

    # --- its clock -------------------------------------------------------------------------------------------------

    def set_clock(self, time: datetime) -> timedelta:
        """Set the clock; Event Log says so. Returns how far it moved.

        Half-hours that are leapt over leave one entry, at the last boundary passed; after a step back nothing is
        captured until the clock has passed the newest entry again, so the profile always rises.
        """
        self.catch_up()
        moved = self.clock.set(time)
        boundary = self._boundary()
        if boundary >= self._next_capture_s:
            self._capture(boundary)
            self._plan_capture(boundary + CAPTURE_PERIOD_S)
        elif moved < timedelta(0):
            self._plan_capture(max(boundary, self.profile.last_time_s or 0) + CAPTURE_PERIOD_S)
        else:
            self._plan_capture(self._next_capture_s)
        self._retime()
        self.alert(AlertCode.CLOCK_ADJUSTED, f"moved {moved.total_seconds():+.0f} s to {iso_z(time)}")
        return moved

    def clock_disturbed(self) -> None:
        """The clock was changed by something else than `set_clock` (a fault): all that it times comes at its times."""
        self._retime()
        self._plan_capture(max(self._boundary(), self.profile.last_time_s or 0) + CAPTURE_PERIOD_S)

    def _retime(self) -> None:
        """The clock is another: what it switches stands as it is at that time, and is switched at other times."""
        self.load_control.begin()
        self.tariff.clock_changed()
        self.billing.clock_changed()
        self.prepayment.clock_changed()

    def _boundary(self) -> int:
        """The last half-hour that the meter's clock has passed, Unix seconds."""
        now_s = self.clock.meter_ms(self.site.agenda.now_ms) // 1000
        return now_s - now_s % CAPTURE_PERIOD_S

    def _plan_capture(self, meter_s: int) -> None:
        if self._capturing is not None:
            self._capturing.cancel()
        self._next_capture_s = meter_s
        self._capturing = self.site.agenda.at(self.clock.true_ms(meter_s * 1000), self._half_hour)

    def _half_hour(self) -> None:
        """The meter's own clock strikes: capture, and see to the next."""
        self._capture(self._next_capture_s)
        self._next_capture_s += CAPTURE_PERIOD_S
        self._capturing = self.site.agenda.at(self.clock.true_ms(self._next_capture_s * 1000), self._half_hour)

    def _capture(self, meter_time_s: int) -> None:
        self.count()
        into, out = self.measurement.import_wh, self.measurement.export_wh
        if self.site.agenda.now_ms > self.site.records_from_ms and "memory-fault" not in self.faults:
            self.profile.capture(meter_time_s, into, out, int(self.clock.status))
            if self.site.agenda.now_ms > self.short_profile.from_ms:
                self.short_profile.capture(meter_time_s, out)
            if self.second_element is not None:
                self.second_element.capture(meter_time_s)
        self.maximum_demand.half_hour(meter_time_s, into - self.measurement.put_wh, out)
        midnight = meter_time_s // DAY_S > self._day
        if midnight:
            self._day = meter_time_s // DAY_S
            self.tariff.midnight()
            self.stores.mark()
        self.prepayment.half_hour(meter_time_s, midnight=midnight)
        self.voltage.half_hour(meter_time_s)

    # --- mains and load switch -------------------------------------------------------------------------------------

    def measure(self, consumer: Consumer) -> None:
        """Another installation hangs behind the meter from now on: it is measured, and switched."""
        self.catch_up()
        self.measured = consumer
        consumer.attach(self.count, self._flow)
        self.supply_moved()

    def supply_moved(self) -> None:
        """The contact has moved, or the mains have changed: what stands behind the meter has a supply, or none."""
        self.measured.supply([self.load_switch.feeds and live for live in self._channels_live()])

    def _channels_live(self) -> list[bool]:
        """Which elements (all on the one phase) or phases are live."""
        count, live = len(self.consumer.shares), self.mains.live
        return live if count == len(live) else [live[0]] * count

    def _flow(self) -> None:
        self.measurement.flow(self.measured.import_w, self.measured.export_w)
        self.voltage.changed()
        if self.load_limit.settings.threshold_w:
            self.load_limit.power_changed(self.measurement.power_w[0])
        if self.prepayment.monitor.active:
            self.prepayment.power_changed()

    def _mains_changed(self) -> None:
        self.outages.mains_changed()
        self.supply_moved()
        self.voltage.changed()

    # --- how it began ----------------------------------------------------------------------------------------------

    def _arrive(self) -> None:
        """The meter is fitted: its firmware verifies, its terminal cover is off for a while."""
        agenda = self.site.agenda
        self.alert(AlertCode.FIRMWARE_VERIFIED, self.firmware.version)
        if self.configuration.clock_status is not TimeStatus.RELIABLE:
            agenda.at(self.site.present_ms, lambda: setattr(self.clock, "status", self.configuration.clock_status))
        agenda.after(420_000, lambda: self.tampers.begin(Tamper.TERMINAL_COVER))
        agenda.after(2_640_000, lambda: self.tampers.end(Tamper.TERMINAL_COVER))
