"""How an electricity meter stands in its premises: what its file says of it, checked."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from hht.model.consumer import ApplianceShape
from hht.model.device import DeviceKind
from hht.model.electricity_meter.clients import TRAINING_CLIENTS, ClientRole
from hht.model.electricity_meter.identity import MeterIdentity
from hht.model.electricity_meter.items import LocalAccess, SupplyState
from hht.model.electricity_meter.load_control import SwitchPlan
from hht.model.electricity_meter.load_limit import LoadLimitSettings
from hht.model.electricity_meter.maximum_demand import DemandWindow
from hht.model.electricity_meter.optical_head import OpticalHead
from hht.model.electricity_meter.supply import SupplyRules
from hht.model.electricity_meter.transformers import CurrentTransformers
from hht.model.electricity_meter.variant import Capabilities, capabilities
from hht.model.electricity_meter.voltage import VoltageSettings
from hht.model.features.billing import BillingCalendar
from hht.model.features.remote_display import WIRED, WIRELESS
from hht.model.features.tariff_plan import TariffPlan
from hht.model.han.joins import offer_joins
from hht.model.household import HouseholdShape
from hht.model.hub_port import MeterPort
from hht.model.meter_clock import TimeStatus
from hht.model.prepayment import PrepaymentPlan

if TYPE_CHECKING:
    from hht.model.electricity_meter.meter import ElectricityMeter
    from hht.model.plans.han import HanPlan
    from hht.model.premises import Premises

_USUAL_SHARES = {"A": (1000,), "B": (1000, 0), "C": (480, 310, 210)}


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
    transformers: CurrentTransformers | None = None  # None: the supply's current flows through the meter
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
        from hht.model.electricity_meter.meter import ElectricityMeter

        meter = ElectricityMeter(self, premises.site, premises.mains)
        if self.han is not None:
            meter.node = self.han.node(meter)
            offer_joins(meter, meter.node)
        return meter
