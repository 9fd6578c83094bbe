"""The Gas Proxy Function: what the rest of the HAN knows of the sleeping gas meter, as old as its last wake (CH-04).

Nobody on the HAN reaches the gas meter itself; everybody asks here (IH-10).
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, ClassVar, NamedTuple

from hht.i18n import _
from hht.model.device import Device, DeviceIdentity, DeviceKind
from hht.model.electricity_meter.items import SupplyState
from hht.model.features.billing import BillingCalendar
from hht.model.features.checks import require
from hht.model.features.display import KeptPages, Page
from hht.model.features.notices import NoticesShown
from hht.model.features.stores import ReadMonths, Stores
from hht.model.features.tariff import TariffShown
from hht.model.features.tariff_plan import TariffPlan
from hht.model.features.tenancy import Tenancy
from hht.model.han.requests import Audience, HanRequest
from hht.model.prepayment.commands import ReadPrepayment
from hht.model.prepayment.records import PrepaymentShown
from hht.model.prepayment.settings import ModeTerms, PrepaymentSettings
from hht.model.refusal import DeviceRefusal, Reason
from hht.model.site import Site

if TYPE_CHECKING:
    from hht.model.gas_meter import GasMeter
    from hht.model.intelligent_hub.account_copy import AccountCopy


@dataclass(frozen=True, slots=True)
class ReadGas(HanRequest):
    """The mirror: a `GasMirror`. DeviceRefusal (temporary failure) while there is none."""

    audience: ClassVar[Audience] = Audience.EVERYBODY


@dataclass(frozen=True, slots=True)
class GasMirror:
    """What the gas meter said when it was last awake, at `time_ms` (true time). Volume in litres, energy in Wh. Whoever
    asks the Gas Proxy Function is given `stores` and `pages` too; in `GasProxyFunction.mirror` they are empty."""

    time_ms: int
    meter_id: str
    litres: int
    energy_wh: int
    supply: SupplyState
    tariff: TariffShown
    stores: Stores
    notices: NoticesShown
    mprn: str
    battery_days: int
    prepayment: PrepaymentShown | int  # see `PrepaymentOffer.kept`
    pages: tuple[Page, ...] = ()  # of the meter's display, for a prepayment interface
    warning: str = ""  # what every display is to show besides


class Told(NamedTuple):
    """What is taken down at a wake: as little work as can be, for most of it is never read. `mirror` writes it out."""

    time_ms: int
    meter: GasMeter
    litres: int
    energy_mws: int
    supply: SupplyState
    tariff: tuple[str, int, int, int, int, int, int]  # as `TariffShown` has them
    notices: tuple[str, str, str, str]
    mprn: str
    battery_days: int
    prepayment: PrepaymentShown | int
    pages: KeptPages | None  # None: nobody repeats the display
    tou_mws: dict[int, int]
    block_mws: dict[tuple[int, int], int]
    cost: int  # of all since the beginning, thousandths of a penny
    plan: TariffPlan
    settings: PrepaymentSettings
    terms: ModeTerms
    billing: BillingCalendar

    @property
    def meter_s(self) -> int:
        """The meter's own clock when it told, Unix seconds."""
        return self.meter.clock.meter_ms(self.time_ms) // 1000


NO_STORES = Stores(0, 0, 0, (), (), ())


class GasProxyFunction(Device):
    """The GPF of a hub. Its Device ID is the one printed for HAN use, and the Extended PAN ID (factbook 0, 8)."""

    kind = DeviceKind.GPF

    def __init__(self, site: Site, name: str, identity: DeviceIdentity) -> None:
        super().__init__(site, name, identity)
        self.tenancy = Tenancy(self)
        self._told: Told | None = None
        self._mirror: GasMirror | None = None  # `_told`, once it was written out
        self.tenancy.changed.append(self._forget)
        self.serve({ReadGas: self._answer, ReadPrepayment: lambda _request, _asker: self.read_prepayment()})
        self.serve({ReadMonths: lambda _request, _asker: self.read_months()})

    @property
    def age_s(self) -> int | None:
        """How old the mirror is, seconds; None without one."""
        now_ms = self.site.now_ms
        return None if self._told is None else (now_ms - self._told.time_ms) // 1000

    @property
    def mirror(self) -> GasMirror | None:
        """What the meter said at its last wake; None before the first."""
        self.site.catch_up()
        told = self._told
        if self._mirror is None and told is not None:
            self._mirror = GasMirror(
                told.time_ms,
                told.meter.identity.device_id,
                told.litres,
                told.energy_mws // 3_600_000,
                told.supply,
                TariffShown(*told.tariff),
                NO_STORES,
                NoticesShown(*told.notices),
                told.mprn,
                told.battery_days,
                told.prepayment,
            )
        return self._mirror

    def refresh(self, meter: GasMeter) -> None:
        """The meter is awake and tells what has changed ("mirror-stuck" among the faults: nothing is taken in)."""
        if "mirror-stuck" in self.faults:
            return
        if meter.tenancy.since_ms < self.tenancy.since_ms:  # new people, of whom it has not heard yet
            meter.tenancy.begin(self.tenancy.since_ms)
        tariff = meter.tariff.kept()  # which counts the energy up to now
        self._mirror = None
        self._told = Told(
            self.site.agenda.now_ms,
            meter,
            meter.volume.litres,
            meter.tariff.given_mws,
            meter.valve.state,
            tariff,
            meter.notices.fields,
            meter.mprn,
            meter.battery_days,
            meter.payments.kept(),
            meter.display.kept() if self._has_interface else None,
            meter.tariff.registers.by_register.copy(),
            meter.tariff.registers.by_block.copy(),
            meter.tariff.registers.cost,
            meter.tariff.plan,
            meter.prepayment.monitor.settings,
            meter.prepayment.monitor.terms,
            meter.billing.calendar,
        )

    def _answer(self, _request: ReadGas, asker: Device) -> GasMirror:
        """A consumer access device is told consumption and tariff, and no more (CAD-01)."""
        mirror = self.read()
        if asker.kind in (DeviceKind.CAD, DeviceKind.BRIDGE):
            return replace(mirror, notices=NoticesShown("", "", "", ""), mprn="", prepayment=0, pages=(), warning="")
        return replace(mirror, prepayment=self.read_prepayment())

    @property
    def _has_interface(self) -> bool:
        """Somebody repeats the meter's display."""
        return self.node is not None and DeviceKind.PPMID in self.node.partners.values()

    def read(self) -> GasMirror:
        """The mirror, with the past as it stood then: made when somebody asks, because that is seldom."""
        mirror, told = self._heard()
        stores = told.meter.stores.stores(
            since_ms=self.tenancy.since_ms, at_ms=mirror.time_ms, register_wh=mirror.energy_wh, cost=told.cost
        )
        pages = () if told.pages is None else tuple(told.meter.display.as_kept(told.pages))
        return replace(mirror, stores=stores, pages=pages)

    def read_months(self) -> tuple[tuple[int, int], ...]:
        """Three years of gas by the month, as they stood then (EED-04)."""
        mirror, told = self._heard()
        return told.meter.stores.months(since_ms=self.tenancy.since_ms, at_ms=mirror.time_ms)

    def read_prepayment(self) -> PrepaymentShown:
        """The prepayment items as they stood then."""
        _mirror, told = self._heard()
        return told.meter.payments.as_kept(told.prepayment, since_ms=self.tenancy.since_ms)

    def _heard(self) -> tuple[GasMirror, Told]:
        mirror, told = self._mirrored(), self._told
        assert told is not None  # what the mirror was written from
        return mirror, told

    def _mirrored(self) -> GasMirror:
        mirror = self.mirror
        if mirror is None:
            raise DeviceRefusal(
                Reason.TEMPORARY_FAILURE,
                _("The gas meter has not been heard yet."),
                remedy=_("Wait for its next wake, at most half an hour, or press a button on it."),
            )
        return mirror

    def heard(self) -> Told:
        """What was taken down at the meter's last wake. DeviceRefusal (temporary failure) before the first."""
        return self._heard()[1]

    @property
    def told(self) -> Told | None:
        """What was taken down at the meter's last wake: what a copy of the hub holds of it."""
        self.site.catch_up()
        return self._told

    def take_over(self, told: Told | None, *, since_ms: int) -> None:
        """Another hub's proxy stood here before: what it was told, and since when its consumers may be told of it."""
        self.tenancy.since_ms = max(self.tenancy.since_ms, since_ms)
        self._told, self._mirror = told or self._told, None

    def copy_account(self) -> AccountCopy | None:
        """The gas account of an intelligent hub for another in its place; None: a proxy keeps none."""
        return None

    def take_account(self, copy: AccountCopy | None) -> None:
        """Another hub's proxy stood here before. DeviceRefusal where it kept an account, which needs one like it."""
        require(
            copy is None,
            _("The copy holds a gas account, and this hub can keep none."),
            _("Fit an intelligent hub in its place."),
        )

    def _forget(self) -> None:
        """New people: what the mirror says of the past is not theirs."""
        self._told = self._mirror = None
