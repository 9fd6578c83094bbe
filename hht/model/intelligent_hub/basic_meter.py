"""The basic gas meter of document 001, appendix C: it measures volume, has a valve, and talks with the hub; no more.

It knows no money, no tariff and no supplier: it takes six messages from the hub (`messages.py`) and no command of
anybody (IH-01, IH-09). It reports at each half-hour, so that the hub can charge each half-hour at its own rate (IH-02).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from hht.i18n import _
from hht.model.agenda import DAY_MS, HALF_HOUR_MS
from hht.model.device import Device, DeviceIdentity, DeviceKind
from hht.model.electricity_meter.items import SupplyState
from hht.model.features.checks import require
from hht.model.features.display import Display, Page
from hht.model.gas_meter.meter import misses_wake
from hht.model.gas_meter.register import GasRegister
from hht.model.gas_meter.valve import FlowTest, Valve
from hht.model.gas_meter.volume import GasHousehold, GasUse
from hht.model.han.network import HanFailure, HomeAreaNetwork
from hht.model.han.requests import HanRequest
from hht.model.intelligent_hub import messages as m
from hht.model.intelligent_hub.account import AccountingGasProxy
from hht.model.intelligent_hub.codes import Reopening, SharedCodes
from hht.model.intelligent_hub.supervision import HUB, Supervision
from hht.model.refusal import Reason
from hht.model.site import Site

if TYPE_CHECKING:
    from hht.model.plans.han import HanPlan
    from hht.model.premises import Premises

USUAL_LOW_L = 2_000  # some 22 kWh: a winter's day


@dataclass(frozen=True, slots=True)
class BasicMeterConfiguration:
    """How a basic gas meter stands in its premises. Volumes in litres; `low_l`: what is left when it warns the hub;
    `battery_days` left at the present."""

    name: str
    identity: DeviceIdentity
    reading_l: int = 0
    use: GasUse = field(default_factory=GasUse)
    flow_test: FlowTest = field(default_factory=FlowTest)
    low_l: int = USUAL_LOW_L
    battery_days: int = 3200
    han: HanPlan | None = None

    @property
    def kind(self) -> DeviceKind:
        """A GSME."""
        return DeviceKind.GSME

    def build(self, premises: Premises) -> BasicGasMeter:
        """The meter; it needs no mains."""
        meter = BasicGasMeter(self, premises.site)
        if self.han is not None:
            meter.node = self.han.node(meter, sleepy=True)
            meter.node.next_wake = meter.next_wake_ms
        return meter


class BasicGasMeter(GasRegister):
    """A basic gas meter: a register, a valve, and `supervision`, the rules by which that valve closes."""

    kind = DeviceKind.GSME

    def __init__(self, configuration: BasicMeterConfiguration, site: Site) -> None:
        super().__init__(
            site,
            configuration.name,
            configuration.identity,
            reading_l=configuration.reading_l,
            battery_days=configuration.battery_days,
        )
        self.configuration = configuration
        agenda = site.agenda
        self.display = Display(self)
        self._network: HomeAreaNetwork | None = None
        self._feed = GasHousehold(configuration.use, self.seed).half_hours(agenda.now_ms // HALF_HOUR_MS, 1 << 40)
        self._wanted_l = next(self._feed)
        self._codes = SharedCodes(site, configuration.identity.device_id)
        self.display.add(self._page)
        self.valve = Valve(self, SupplyState.ENABLED, configuration.flow_test)
        self.supervision = Supervision(self, configuration.low_l * 1_000_000_000)
        self._serve_the_hub()
        agenda.at(agenda.now_ms, self.flow_changed)  # by then it has talked with the hub, where there is one
        agenda.every(HALF_HOUR_MS, self._half_hour, first_ms=(agenda.now_ms // HALF_HOUR_MS + 1) * HALF_HOUR_MS)

    # --- what it measures ------------------------------------------------------------------------------------------

    def _flow_moved(self) -> None:
        self.supervision.see()

    def _half_hour(self) -> None:
        if self._network is not None and not self.communicate():
            self.supervision.missed()
        self._wanted_l = next(self._feed)
        self.flow_changed()
        if self.site.agenda.now_ms % DAY_MS == 0:
            self.use_battery()

    def _page(self) -> Page:
        """The register; while the hub is not heard, as it can be typed there."""
        litres = self.litres()
        lines = [f"{litres / 1000:.3f} m3"]
        if self.supervision.counter.failed:
            reading = self._codes.reading(litres)
            lines.append(_("For the hub: {reading}").format(reading=f"{reading[:4]} {reading[4:8]} {reading[8:]}"))
        return Page(_("Gas"), tuple(lines))

    # --- its radio -------------------------------------------------------------------------------------------------

    def live_on(self, network: HomeAreaNetwork) -> None:
        """There is a hub's HAN here: report each half-hour, beginning with this moment."""
        self._network = network
        proxy = network.gas_proxy
        by_code = isinstance(proxy, AccountingGasProxy) and proxy.plan.reopening is Reopening.CODE
        self.supervision.offer_emergency(self._codes if by_code else None)
        if isinstance(proxy, AccountingGasProxy):
            self.supervision.friendly = proxy.prepayment.settings.calendar
        self.communicate()

    def next_wake_ms(self) -> int:
        """When its radio wakes next, true time: at each half-hour."""
        return (self.site.now_ms // HALF_HOUR_MS + 1) * HALF_HOUR_MS

    def communicate(self) -> bool:
        """Its radio wakes: tell the hub, and take what it answers. Whether that came through."""
        supervision, node = self.supervision, self.node
        network = node.network if node is not None and node.joined else None
        proxy = network.gas_proxy if network is not None else None
        supervision.online = False
        if network is None or node is None or not isinstance(proxy, AccountingGasProxy):
            return False
        if self._silent:
            return False
        # It takes no Join command: whoever let it onto the HAN is its hub.
        node.partners.setdefault(proxy.identity.device_id, proxy.kind)
        try:
            network.carry(self.name)
        except HanFailure:
            return False
        supervision.online = True
        proxy.exchange(self)
        if network.woken is not None:
            network.woken(self)  # whatever else waits for it, it refuses
        return True

    @property
    def _silent(self) -> bool:
        """Faults, or an empty battery: its radio does not wake."""
        return not self.battery_days or (bool(self.faults) and ("never-wakes" in self.faults or misses_wake(self)))

    # --- the six messages ------------------------------------------------------------------------------------------

    def status(self) -> m.PrepayStatus:
        """What the meter says of itself now."""
        self.count()
        return m.PrepayStatus(self.volume.nl, self.supervision.cut_off_nl, self.valve.state)

    def _serve_the_hub(self) -> None:
        acts: dict[type[m.HubMessage], Callable[[Any], object]] = {
            m.ReadTotalVolume: lambda _message: self.status().volume_nl,
            m.ReadCutOffVolume: lambda _message: self.supervision.cut_off_nl,
            m.ReadPrepayStatus: lambda _message: self.status(),
            m.WriteCutOff: self._write,
            m.OpenGasValve: lambda _message: self._open(),
            m.CloseGasValve: lambda _message: self._close(),
        }
        self.serve({kind: self._from_the_hub(act) for kind, act in acts.items()})

    def _from_the_hub(self, act: Callable[[Any], object]) -> Callable[[HanRequest, Device], object]:
        def answer(message: HanRequest, asker: Device) -> object:
            require(
                asker.kind is DeviceKind.GPF,
                _("The gas meter takes messages of its hub only."),
                _("Ask the hub, which mirrors the gas meter."),
                reason=Reason.ACCESS_DENIED,
            )
            return act(message)

        return answer

    def _write(self, message: m.WriteCutOff) -> m.PrepayStatus:
        self.supervision.written(message)
        return self.status()

    def _open(self) -> m.PrepayStatus:
        """Credit was topped up or emergency credit selected (IH-06). Who is armed already waits for a person: gas
        flowed when the valve was tested, and it will again."""
        if self.valve.state is SupplyState.DISABLED:
            for who in list(self.valve.holds):
                self.valve.release(who, "the hub opens the valve")
            self.valve.press("the hub opened the valve")
        return self.status()

    def _close(self) -> m.PrepayStatus:
        self.valve.disable(HUB, "the hub closes the valve")
        return self.status()
