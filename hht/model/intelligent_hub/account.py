"""The accounting function in the hub: it holds credit and tariff, and tells the gas meter how far the credit goes.

It is the Gas Proxy Function of an intelligent hub (document 001, appendix C): account and mirror in one. Money is the
`hht.model.prepayment` of any meter, fed by what the gas meter reports; all that a supplier sends for gas comes here.
With each report the meter is written a cut-off volume (IH-03) and the delay that is left without communication.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, NamedTuple

from hht.i18n import _
from hht.model.agenda import HALF_HOUR_MS
from hht.model.alert_codes import AlertCode
from hht.model.communications_hub.gas_proxy import NO_STORES, GasMirror, GasProxyFunction
from hht.model.device import DeviceIdentity
from hht.model.electricity_meter.items import SupplyState
from hht.model.electricity_meter.load_profile import CAPACITY, CAPTURE_PERIOD_S, LoadProfile
from hht.model.features.checks import require, require_digits
from hht.model.features.display import Page
from hht.model.features.notices import Notices
from hht.model.features.open_data import offer_open_data
from hht.model.features.profile_read import ReadGasProfile, offer_profile
from hht.model.features.remote_display import RemoteDisplay
from hht.model.features.stores import DailyStores
from hht.model.features.tariff_plan import TariffPlan
from hht.model.gas_meter.volume import NL_PER_LITRE, Conversion
from hht.model.intelligent_hub.account_copy import AccountCopy, copy_account, restore_account
from hht.model.intelligent_hub.calculator import CutOff, ReportedGas
from hht.model.intelligent_hub.codes import CHECK_DIGITS, READING_DIGITS, Keypad, Reopening, SharedCodes
from hht.model.intelligent_hub.commands import Outage, offer_account
from hht.model.intelligent_hub.messages import HubMessage, PrepayStatus, ReadPrepayStatus, WriteCutOff
from hht.model.intelligent_hub.panel import HubDisplay
from hht.model.intelligent_hub.reported_tariff import BlockStrategy, ReportedTariff
from hht.model.intelligent_hub.reported_valve import ReportedValve
from hht.model.intelligent_hub.timeout import USUAL, HalfHourCounter, in_days
from hht.model.meter_clock import MeterClock, TimeStatus
from hht.model.prepayment import Prepayment, PrepaymentOffer, PrepaymentPlan, TopUpHabit
from hht.model.prepayment.commands import UpdateGasPrepaymentConfiguration
from hht.model.prepayment.records import PrepaymentShown
from hht.model.prepayment.settings import PaymentMode
from hht.model.refusal import DeviceRefusal, Reason
from hht.model.site import Site

if TYPE_CHECKING:
    from hht.model.intelligent_hub.basic_meter import BasicGasMeter

DAY_S = 86_400
OUTAGES_KEPT, READINGS_KEPT = 100, 10


@dataclass(frozen=True, slots=True)
class AccountPlan:
    """The account as it stands when its premises begins. `timeout`: half-hours without communication until a supply
    that nothing pays for ends; `blocks`: how block tariffs are processed; `mprn` of the gas supply; `reopening`: what
    gives gas back at a meter that is not heard."""

    timeout: int = USUAL
    blocks: BlockStrategy = BlockStrategy.HALF_HOUR
    conversion: Conversion = field(default_factory=Conversion)
    tariff: TariffPlan = field(default_factory=lambda: TariffPlan("standard gas", None, ((6_000,),), 29_000))
    prepayment: PrepaymentPlan = field(default_factory=PrepaymentPlan)
    mprn: str = ""
    reopening: Reopening = Reopening.BUTTON

    def proxy(self, site: Site, name: str, identity: DeviceIdentity) -> AccountingGasProxy:
        """The Gas Proxy Function that keeps the account. A hub that is fitted later, in the place of another, knows
        nothing of the money that was in that: its supplier has to carry it over."""
        later = site.agenda.now_ms >= site.present_ms
        terms = self.prepayment
        empty = PrepaymentPlan(terms.mode, terms.terms, terms.settings, terms.entry, terms.reconnection)
        return AccountingGasProxy(site, name, identity, replace(self, prepayment=empty) if later else self)


class GasReport(NamedTuple):
    """What the mirror is written from, when somebody looks."""

    time_ms: int
    meter_id: str
    volume_nl: int
    energy_mws: int
    valve: SupplyState


class AccountingGasProxy(GasProxyFunction):
    """The GPF of an intelligent hub, with display and keypad (IH-14). `messages`: what it sent to the meter last, with
    true time; `outages`: when the meter could not be heard, and for how many half-hours."""

    def __init__(self, site: Site, name: str, identity: DeviceIdentity, plan: AccountPlan) -> None:
        super().__init__(site, name, identity)
        self.plan = plan
        self.display = HubDisplay(self)
        self.notices = Notices(self)
        self.clock = MeterClock(site, adrift_s=0.0, status=TimeStatus.RELIABLE)
        self.gas = ReportedGas(plan.conversion)
        self.tariff = ReportedTariff(self, self.clock, plan.tariff, lambda: self.gas.energy_mws)
        self.tariff.strategy = plan.blocks
        self.tariff.offer(gas=True)
        self.valve = ReportedValve(self)
        self.prepayment = Prepayment(self, self.clock, self.tariff, self.valve, plan.prepayment)
        self.payments = PrepaymentOffer(self.prepayment, self.display, self.tenancy, gas=True)
        if plan.prepayment.tops_up:
            TopUpHabit(self.prepayment, self.valve, plan.prepayment.tops_up)
        self.stores = DailyStores(self, self.clock, self.tenancy, lambda: self.gas.energy_mws // 3_600_000, self.tariff)
        self.profile = LoadProfile(max(CAPACITY, (site.present_ms - site.records_from_ms) // HALF_HOUR_MS))
        offer_profile(self, self.profile, ReadGasProfile)
        offer_open_data(self, columns=2)
        self.timeout = plan.timeout
        self.counter = HalfHourCounter(plan.timeout)
        self.outages: list[Outage] = []
        self.readings: deque[tuple[int, int]] = deque(maxlen=READINGS_KEPT)  # typed: (true time in ms, litres)
        self._keypad = Keypad()
        self.messages: list[tuple[int, HubMessage]] = []
        self.cut_off: CutOff | None = None
        self._basic: BasicGasMeter | None = None
        self.meter_id = ""  # of the gas meter that is known: its register goes on from what was told last
        self._written_nl: int | None = None  # the cut-off volume that the meter has
        self._heard_ms = -1
        self.report: GasReport | None = None
        self._told_mws = 0
        self._burnt_mws = 0  # in the half-hours of the last report
        self._turned_s = site.agenda.now_ms // 1000 // CAPTURE_PERIOD_S * CAPTURE_PERIOD_S
        offer_account(self, self._handlers[UpdateGasPrepaymentConfiguration])
        self.display.add(self._page)
        self.display.offer_reading()
        self.display.offer_electricity()
        RemoteDisplay(self, self.display, frozenset())
        self.tariff.begin()
        self.prepayment.begin()
        self.stores.begin(gas=True)

    # --- the meter -------------------------------------------------------------------------------------------------

    def exchange(self, meter: BasicGasMeter) -> None:
        """The meter is awake: what it tells is charged, and what the credit is good for is written to it."""
        if self._basic is not meter:
            self._expect(meter)
        now_ms = self.site.agenda.now_ms
        status = self._send(meter, ReadPrepayStatus())
        self.gas.tell(status.volume_nl)
        self._heard_ms = now_ms
        self._charge()
        self._heard_again()
        self.cut_off = cut_off = self.calculate()
        self._written_nl = cut_off.cut_off_nl
        status = self._send(meter, WriteCutOff(cut_off.cut_off_nl, self.counter.left, cut_off.change_over_nl))
        wanted = self.valve.wanted(status, credit=cut_off.cut_off_nl is None or cut_off.cut_off_nl > status.volume_nl)
        if wanted is not None:
            status = self._send(meter, wanted())
        self.valve.state = status.valve
        if "mirror-stuck" not in self.faults:
            self._mirror = None
            self.report = GasReport(now_ms, meter.identity.device_id, self.gas.volume_nl, self._told_mws, status.valve)

    def _charge(self) -> None:
        """The meter's register is known to be further on."""
        before, self._told_mws = self._told_mws, self.gas.energy_mws
        self._burnt_mws = self._told_mws - before
        self.prepayment.settle()
        self._turn()

    def typed_reading(self, typed: str) -> int:
        """The consumer has typed the meter's reading with its check digits (IH-22); litres. DeviceRefusal, unless it is
        one of this meter, above what is known."""
        self.site.catch_up()
        basic, digits = self._basic, typed.replace(" ", "")
        if basic is None:
            raise DeviceRefusal(
                Reason.TEMPORARY_FAILURE,
                _("The hub has never heard a gas meter."),
                remedy=_("Let the gas meter join the hub first."),
            )
        require_digits(_("reading"), digits, READING_DIGITS + CHECK_DIGITS)
        litres = int(digits[:READING_DIGITS])
        self._keypad.check(digits, self.codes(basic.identity.device_id).reading(litres))
        require(
            litres * NL_PER_LITRE > self.gas.volume_nl,
            _("The hub knows of a later reading than this."),
            _("Read the gas meter again."),
        )
        self.gas.tell(litres * NL_PER_LITRE)
        self._charge()
        self.readings.append((self.site.agenda.now_ms, litres))
        self.site.tell(self.name, f"reading of {litres} l", "typed by the consumer")
        self.report = GasReport(
            self.site.agenda.now_ms, basic.identity.device_id, self.gas.volume_nl, self._told_mws, self.valve.state
        )
        self._mirror = None
        return litres

    def codes(self, meter_id: str) -> SharedCodes:
        """The codes that this premises' meter of that Device ID and its hub share."""
        return SharedCodes(self.site, meter_id)

    def _expect(self, meter: BasicGasMeter) -> None:
        """The meter is heard for the first time: from now on it is to report at each half-hour. (It entered its own
        half-hours into the agenda before, and so has tried to report when the hub looks.)"""
        if self._basic is None:
            agenda = self.site.agenda
            first_ms = (agenda.now_ms // HALF_HOUR_MS + 1) * HALF_HOUR_MS
            agenda.every(HALF_HOUR_MS, self._half_hour, first_ms=first_ms)
        self._basic = meter
        if meter.identity.device_id != self.meter_id:
            self.meter_id = meter.identity.device_id
            self.gas.begin(meter.volume.nl)

    def _send(self, meter: BasicGasMeter, message: HubMessage) -> PrepayStatus:
        self.messages.append((self.site.agenda.now_ms, message))
        del self.messages[:-200]
        answer = meter.answer(message, self)
        assert isinstance(answer, PrepayStatus)
        return answer

    def _heard_again(self) -> None:
        if self.counter.failed:
            self.site.tell(self.name, "hears the gas meter again", f"{self.counter.left} half-hours were left")
        self.counter.heard(self.timeout if self.in_credit else min(self.counter.left, self.timeout))

    def _half_hour(self) -> None:
        """A half-hour has ended. (While the hub has no mains nothing reports to it; when it runs again it knows by its
        clock how many half-hours that were. They are counted here as they pass.)"""
        self._keypad.half_hour()
        if self._heard_ms != self.site.agenda.now_ms:
            self._missed()
        self._turn()

    def _missed(self) -> None:
        first = not self.counter.failed
        self.counter.missed()
        if first:
            self.outages.append(Outage(self.site.agenda.now_ms, 0))
            del self.outages[:-OUTAGES_KEPT]
            self.alert(AlertCode.LOST_GSME_SEARCHES_FAILED)
        self.outages[-1] = replace(self.outages[-1], half_hours=self.outages[-1].half_hours + 1)

    def _turn(self) -> None:
        """What goes by the clock: the rate, the profile, the day, debts. Once for each half-hour that has ended."""
        boundary_s = self.site.agenda.now_ms // 1000 // CAPTURE_PERIOD_S * CAPTURE_PERIOD_S
        if boundary_s <= self._turned_s:
            return
        midnight = boundary_s // DAY_S > self._turned_s // DAY_S
        self._turned_s = boundary_s
        if self.site.agenda.now_ms > self.site.records_from_ms:
            self.profile.capture(boundary_s, self.gas.volume_nl // NL_PER_LITRE, 0, int(self.clock.status))
        if midnight:
            self.tariff.midnight()
            self.stores.mark()
        self.tariff.turn()
        self.prepayment.half_hour(boundary_s, midnight=midnight)

    # --- another hub in its place ----------------------------------------------------------------------------------

    def copy_account(self) -> AccountCopy:
        """The account for another hub's (CH-22)."""
        self.site.catch_up()
        return copy_account(self)

    def take_account(self, copy: AccountCopy | None) -> None:
        """Another hub's proxy stood here before: its account, where it had one, goes on here."""
        if copy is not None:
            restore_account(self, copy)

    def go_on_with(self, meter_id: str, report: GasReport | None) -> None:
        """The meter that is known, and what it told last, are these."""
        self.meter_id, self.report, self._mirror = meter_id, report, None
        self._told_mws = self.gas.energy_mws

    # --- the account -----------------------------------------------------------------------------------------------

    @property
    def in_credit(self) -> bool:
        """The credit balance is above zero (in Credit mode there is nothing to run out of)."""
        return self.prepayment.mode is PaymentMode.CREDIT or self.prepayment.accounts.balance > 0

    def calculate(self) -> CutOff:
        """How far the credit goes, from the register that was told last (IH-03)."""
        prepayment, tariff, gas = self.prepayment, self.tariff, self.gas
        prepayment.settle()
        price, register_nl = tariff.plan.price(tariff.register, tariff.block), gas.volume_nl
        ends = tariff.block_left_mws if tariff.strategy is BlockStrategy.CHANGE_OVER else None
        change_over = None if ends is None else gas.volume_after(ends)
        credit = max(0, prepayment.accounts.credit - prepayment.monitor.terms.disablement_threshold)
        prepaid = prepayment.mode is PaymentMode.PREPAYMENT
        energy = (tariff.energy_for(credit) if credit else 0) if prepaid else None
        cut_off = None if energy is None else gas.volume_after(energy)
        return CutOff(register_nl, credit, price, gas.conversion, energy, cut_off, change_over)

    @property
    def block_error(self) -> int:
        """The most that the last half-hour can have been charged wrongly for its block, thousandths of a penny."""
        return self.tariff.error_bound(self._burnt_mws)

    # --- the mirror ------------------------------------------------------------------------------------------------

    @property
    def warning(self) -> str:
        """What is shown on every display while the meter cannot be heard (IH-15); "" while it can."""
        if not self.counter.failed:
            return ""
        if not self.counter.left:
            return _("No contact with the gas meter: the gas supply ends with the credit")
        return _("No contact with the gas meter: the gas supply stays on for {time}").format(
            time=in_days(self.counter.left)
        )

    @property
    def mirror(self) -> GasMirror | None:
        """What the meter said at its last report; None before the first. Written out when somebody looks."""
        self.site.catch_up()
        report = self.report
        if self._mirror is None and report is not None:
            self._mirror = GasMirror(
                report.time_ms,
                report.meter_id,
                report.volume_nl // NL_PER_LITRE,
                report.energy_mws // 3_600_000,
                report.valve,
                self.tariff.shown,
                NO_STORES,
                self.notices.shown,
                self.plan.mprn,
                0,  # none of the six messages tells how long its battery lasts
                0,
            )
        return self._mirror

    @property
    def age_s(self) -> int | None:
        """How old the mirror is, seconds; None without one."""
        now_ms = self.site.now_ms
        return None if self.report is None else (now_ms - self.report.time_ms) // 1000

    def _forget(self) -> None:
        super()._forget()
        self.report = None

    def heard_ms(self) -> int:
        """When the meter was heard last, true time. DeviceRefusal (temporary failure) before the first time."""
        return self._mirrored().time_ms

    def read(self) -> GasMirror:
        """The mirror, with what the hub itself knows as of now: account, messages, and the warning."""
        mirror = self._mirrored()
        stores = self.stores.stores(since_ms=self.tenancy.since_ms, at_ms=mirror.time_ms, register_wh=mirror.energy_wh)
        return replace(
            mirror,
            stores=stores,
            tariff=self.tariff.shown,
            notices=self.notices.shown,
            prepayment=self.payments.shown(),
            pages=tuple(self.display.pages()) if self._has_interface else (),
            warning=self.warning,
        )

    @property
    def _shows_code(self) -> bool:
        """Whether a code would give gas back at the meter now."""
        return self.plan.reopening is Reopening.CODE and self.counter.failed and self.counter.left > 0

    def read_prepayment(self) -> PrepaymentShown:
        """The prepayment items: the hub's own."""
        return self.payments.shown()

    def _page(self) -> Page | None:
        lines = [] if self.cut_off is None else list(self.cut_off.lines)
        lines.append(_("Valve: {state}").format(state=self.valve.state.value))
        if self.tariff.strategy is BlockStrategy.HALF_HOUR and self.tariff.plan.thresholds_wh:
            lines.append(
                _("Blocks are charged by the half-hour: up to {amount:.3f} p off").format(
                    amount=self.block_error / 1000
                )
            )
        if self.warning:
            lines.append(self.warning)
        if self._shows_code and self._basic is not None:
            code = self.codes(self._basic.identity.device_id).reopening(self._written_nl, self.counter.left)
            lines.append(_("Code for the gas meter: {code}").format(code=code))
        return Page(_("Gas credit"), tuple(lines), private=True)
