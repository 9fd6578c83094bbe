"""The electricity meter (ESME): what it measures, keeps and lets others do.

It is made of features, each a module of its own that registers its commands (`Device.accept`); here they are put
together, and here is what all of them share: the clock, the mains, the flow of energy and its capture each half-hour.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from hht.clock import iso_z
from hht.model.alert_codes import AlertCode
from hht.model.alert_routes import LogName
from hht.model.consumer import Consumer
from hht.model.device import Device, DeviceKind
from hht.model.electricity_meter.configuration import MeterConfiguration
from hht.model.electricity_meter.identity import MeterIdentity
from hht.model.electricity_meter.image_port import ImagePort
from hht.model.electricity_meter.items import SupplyState
from hht.model.electricity_meter.load_control import LoadControl
from hht.model.electricity_meter.load_limit import LoadLimit
from hht.model.electricity_meter.load_profile import CAPTURE_PERIOD_S, LoadProfile, capacity_of
from hht.model.electricity_meter.maximum_demand import MaximumDemand
from hht.model.electricity_meter.measurement import Measurement
from hht.model.electricity_meter.outages import Outages
from hht.model.electricity_meter.randomised_offset import RandomisedOffset
from hht.model.electricity_meter.readings import PowerThresholds
from hht.model.electricity_meter.reads import offer_reads
from hht.model.electricity_meter.second_element import BothElements, SecondElement
from hht.model.electricity_meter.short_profile import ShortProfile
from hht.model.electricity_meter.supply import Supply
from hht.model.electricity_meter.voltage import Voltage
from hht.model.electricity_meter.write_ledger import WriteLedger
from hht.model.features.alert_behaviour import AlertBehaviour
from hht.model.features.billing import BillingLog
from hht.model.features.clock_setting import offer_clock
from hht.model.features.display import Display
from hht.model.features.firmware import Firmware
from hht.model.features.half_hours import HalfHours
from hht.model.features.local_time import show_time
from hht.model.features.notices import Notices
from hht.model.features.remote_display import RemoteDisplay
from hht.model.features.stores import DailyStores
from hht.model.features.tamper import Tamper, TamperInputs
from hht.model.features.tariff import Tariff
from hht.model.features.tenancy import Tenancy
from hht.model.mains import Mains
from hht.model.meter_clock import MeterClock, TimeStatus
from hht.model.prepayment import Prepayment, PrepaymentOffer, TopUpHabit
from hht.model.seeded import mix
from hht.model.site import Site

if TYPE_CHECKING:
    from hht.model.prepayment.charging import Charging


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
        self.half_hours = HalfHours(site, self.clock, self._capture, lambda: self.profile.last_time_s)
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
        self.capabilities = configuration.capabilities
        self.mains = mains or Mains(site, f"{self.name} mains", phases=self.capabilities.phases)
        self._fit_measuring()
        self._fit_switches()
        self._fit_money()
        self.tampers = TamperInputs(self, lambda why: self.load_switch.disable("tamper", why))
        offer_clock(self, self.clock, self.set_clock)
        offer_reads(self)
        self._begin()

    def _fit_measuring(self) -> None:
        """What counts, and where it is kept."""
        configuration, site = self.configuration, self.site
        self.profile = LoadProfile(capacity_of(configuration.profile_months, site.present_ms - site.records_from_ms))
        self.short_profile = ShortProfile(self)
        self.writes = WriteLedger()
        self.image_port = ImagePort(self)
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
        if configuration.transformers is not None:
            self.measurement.misreadings.append(configuration.transformers.misread)
        self.outages = Outages(self)

    def _fit_switches(self) -> None:
        """What switches loads, and what watches over the supply."""
        configuration = self.configuration
        self.load_switch = Supply(self, configuration.supply, configuration.supply_rules)
        self.load_limit = LoadLimit(self, configuration.load_limit)
        self.load_control = LoadControl(self, configuration.switches)
        self.randomised_offset.offer(self)
        self.randomised_offset.listen(self.load_control.offset_changed)
        self.readings = PowerThresholds(self, generation=configuration.generation)
        self.remote_display = RemoteDisplay(self, self.display, configuration.enable_over)
        self.maximum_demand = MaximumDemand(self, configuration.demand_window)
        self.voltage = Voltage(self, configuration.voltage)

    def _fit_money(self) -> None:
        """Tariff, bills, prepayment, and what is kept by the day."""
        configuration = self.configuration
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

    def _begin(self) -> None:
        """It is fitted, and counts from now on."""
        self.consumer.attach(self.count, self._flow)
        self.mains.listen(self.count, self._mains_changed)
        self.supply_moved()
        self._arrive()
        self.half_hours.begin()
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
        self.half_hours.plan(self.half_hours.boundary_s + CAPTURE_PERIOD_S)

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
        half_hours = self.half_hours
        boundary = half_hours.boundary_s
        if boundary >= half_hours.next_s:
            self._capture(boundary)
            half_hours.plan(boundary + CAPTURE_PERIOD_S)
        elif moved < timedelta(0):
            half_hours.clock_changed()
        else:
            half_hours.plan(half_hours.next_s)
        self._retime()
        self.alert(AlertCode.CLOCK_ADJUSTED, f"moved {moved.total_seconds():+.0f} s to {iso_z(time)}")
        return moved

    def clock_disturbed(self) -> None:
        """The clock was changed by something else than `set_clock` (a fault): all that it times comes at its times."""
        self._retime()
        self.half_hours.clock_changed()

    def _retime(self) -> None:
        """The clock is another: what it switches stands as it is at that time, and is switched at other times."""
        self.load_control.begin()
        self.tariff.clock_changed()
        self.billing.clock_changed()
        self.prepayment.clock_changed()

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
        midnight = self.half_hours.ends_day(meter_time_s)
        if midnight:
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
