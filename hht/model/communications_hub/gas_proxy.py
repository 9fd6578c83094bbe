"""The Gas Proxy Function: what the rest of the HAN knows of the sleeping gas meter, as old as its last wake (CH-04).

Nobody on the HAN reaches the gas meter itself; everybody asks here (IH-10).
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, ClassVar

from hht.i18n import _
from hht.model.device import Device, DeviceIdentity, DeviceKind
from hht.model.electricity_meter.items import SupplyState
from hht.model.features.display import Page
from hht.model.features.notices import NoticesShown
from hht.model.features.stores import Stores
from hht.model.features.tariff import TariffShown
from hht.model.features.tenancy import Tenancy
from hht.model.han.requests import Audience, HanRequest
from hht.model.prepayment.commands import ReadPrepayment
from hht.model.prepayment.records import PrepaymentShown
from hht.model.refusal import DeviceRefusal, Reason
from hht.model.site import Site

if TYPE_CHECKING:
    from hht.model.gas_meter import GasMeter


@dataclass(frozen=True, slots=True)
class ReadGas(HanRequest):
    """The mirror: a `GasMirror`. DeviceRefusal (temporary failure) while there is none."""

    audience: ClassVar[Audience] = Audience.EVERYBODY


@dataclass(frozen=True, slots=True)
class GasMirror:
    """What the gas meter said when it was last awake, at `time_ms` (true time). Volume in litres, energy in Wh. Whoever
    asks the Gas Proxy Function is given `stores` too; in `GasProxyFunction.mirror` they are empty."""

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


NO_STORES = Stores(0, 0, 0, (), (), ())


class GasProxyFunction(Device):
    """The GPF of a hub. Its Device ID is the one printed for HAN use, and the Extended PAN ID (factbook 0, 8)."""

    kind = DeviceKind.GPF

    def __init__(self, site: Site, name: str, identity: DeviceIdentity) -> None:
        super().__init__(site, name, identity)
        self.tenancy = Tenancy(self)
        self.mirror: GasMirror | None = None
        self._meter: GasMeter | None = None
        self._moved_in = False  # a change of tenancy that the meter has not heard of yet
        self.tenancy.changed.append(self._forget)
        self.serve({ReadGas: self._answer, ReadPrepayment: lambda _request, _asker: self.read_prepayment()})

    @property
    def age_s(self) -> int | None:
        """How old the mirror is, seconds; None without one."""
        return None if self.mirror is None else (self.site.now_ms - self.mirror.time_ms) // 1000

    def refresh(self, meter: GasMeter) -> None:
        """The meter is awake and tells what has changed."""
        self._meter = meter
        if self._moved_in:
            self._moved_in = False
            meter.stores.mark()
        self.mirror = GasMirror(
            self.site.agenda.now_ms,
            meter.identity.device_id,
            meter.litres(),
            meter.energy_mws() // 3_600_000,
            meter.supply,
            meter.tariff.shown,
            NO_STORES,
            meter.notices.shown,
            meter.mprn,
            meter.battery_days,
            meter.payments.kept(),
            meter.remote_display.pages() if self._has_interface else (),
        )

    def _answer(self, _request: ReadGas, asker: Device) -> GasMirror:
        """A consumer access device is told consumption and tariff, and no more (CAD-01)."""
        mirror = self.read()
        if asker.kind in (DeviceKind.CAD, DeviceKind.BRIDGE):
            return replace(mirror, notices=NoticesShown("", "", "", ""), mprn="", prepayment=0, pages=())
        return mirror

    @property
    def _has_interface(self) -> bool:
        """Somebody repeats the meter's display."""
        return self.node is not None and DeviceKind.PPMID in self.node.partners.values()

    def read(self) -> GasMirror:
        """The mirror, with the past as it stood then: made when somebody asks, because that is seldom."""
        mirror, meter = self._heard()
        stores = meter.stores.stores(since_ms=self.tenancy.since_ms, at_ms=mirror.time_ms, register_wh=mirror.energy_wh)
        return replace(mirror, stores=stores)

    def read_prepayment(self) -> PrepaymentShown:
        """The prepayment items as they stood then."""
        mirror, meter = self._heard()
        return meter.payments.as_kept(mirror.prepayment, since_ms=self.tenancy.since_ms)

    def _heard(self) -> tuple[GasMirror, GasMeter]:
        if self.mirror is None or self._meter is None:
            raise DeviceRefusal(
                Reason.TEMPORARY_FAILURE,
                _("The gas meter has not been heard yet."),
                remedy=_("Wait for its next wake, at most half an hour, or press a button on it."),
            )
        return self.mirror, self._meter

    def _forget(self) -> None:
        """New people: what the mirror says of the past is not theirs."""
        self._moved_in = True
        self.mirror = None
