"""Prepayment, as a feature of either meter: modes, balances, emergency credit, debts, disablement and top-ups.

It is told what energy and standing charge cost (`Tariff.spent`), when a half-hour or a day has ended by the meter's
clock, and when the power is another. In Credit mode without time-based debts it does nothing at all in between; in
Prepayment mode it knows the energy before which no threshold can be reached; near that, it works out when the next one
will be at the present power, and looks again then.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from typing import TYPE_CHECKING

from hht.i18n import _
from hht.model.agenda import HALF_HOUR_MS, Appointment
from hht.model.alert_codes import AlertCode
from hht.model.electricity_meter.items import SupplyState
from hht.model.features.checks import require
from hht.model.prepayment.accounts import Accounts, TimeDebt
from hht.model.prepayment.monitor import Monitor
from hht.model.prepayment.records import DAYS_KEPT, MODES_KEPT, DailyRow, EmergencyCredit, ModeChange, Registers
from hht.model.prepayment.settings import (
    ModeTerms,
    PaymentMode,
    PrepaymentPlan,
    PrepaymentSettings,
    RecoveryPeriod,
)
from hht.model.prepayment.top_ups import TopUps
from hht.model.refusal import Reason

if TYPE_CHECKING:
    from hht.model.device import Device
    from hht.model.meter_clock import MeterClock
    from hht.model.prepayment.charging import Charging
    from hht.model.prepayment.switch import SupplySwitch

_CLEARED = (AlertCode.TIME_DEBT_1_CLEARED, AlertCode.TIME_DEBT_2_CLEARED)
_HOUR_S = 3600
_NEVER_MWS = 1 << 80


class Prepayment:
    """Prepayment of one meter. `power_w` gives the power that its tariff is charged for now, W (0 where that is not
    known: then thresholds are seen each half-hour)."""

    def __init__(
        self,
        device: Device,
        clock: MeterClock,
        tariff: Charging,
        switch: SupplySwitch,
        plan: PrepaymentPlan,
        power_w: Callable[[], int] = lambda: 0,
    ) -> None:
        self.device = device
        self._clock = clock
        self._tariff = tariff
        self._switch = switch
        self._power_w = power_w
        self.mode = PaymentMode.CREDIT
        first, second = (TimeDebt(debt.amount, debt.rate, debt.period) for debt in plan.time_debts)
        prepaid = plan.mode is PaymentMode.PREPAYMENT
        self.accounts = Accounts(
            credit_balance=0 if prepaid else plan.balance,
            balance=plan.balance if prepaid else 0,
            time_debts=(first, second),
            payment_debt=plan.payment_debt,
            per_payment=plan.per_payment,
        )
        self.monitor = Monitor(device, clock, switch, self.accounts, plan.settings, plan.reconnection)
        self.top_ups = TopUps(device, self, plan.entry)
        self.modes: deque[ModeChange] = deque(maxlen=MODES_KEPT)
        self.daily: deque[DailyRow] = deque(maxlen=DAYS_KEPT)
        self._plan = plan
        self._crossing: Appointment | None = None
        self._safe_mws = 0  # until the meter has counted so much, nothing can happen
        self.mode_changed: list[Callable[[], None]] = []
        tariff.spent = self._spent

    def begin(self) -> None:
        """The meter is alive: its first mode. The tariff began before."""
        self._tariff.changed.append(self._look_ahead)
        self.set_mode(self._plan.mode, self._plan.terms)

    @property
    def settings(self) -> PrepaymentSettings:
        """The prepayment configuration in force."""
        return self.monitor.settings

    def meter_s(self) -> int:
        """The meter's time, Unix seconds."""
        return self._clock.meter_ms(self.device.site.agenda.now_ms) // 1000

    # --- money moves -----------------------------------------------------------------------------------------------

    def settle(self) -> None:
        """Count what has been spent up to now."""
        self._tariff.give()

    def _spent(self, energy: int, standing: int) -> None:
        if self.mode is PaymentMode.CREDIT:
            self.accounts.credit_balance -= energy + standing
            return
        self.accounts.spend(energy)
        if standing:
            self.accounts.owe(standing)
            self._safe_mws = 0
        self.monitor.evaluate()

    def moved(self, why: str) -> None:
        """Amounts or limits are others, by something else than spending."""
        self.monitor.evaluate(why)
        self._look_ahead()

    def half_hour(self, meter_s: int, *, midnight: bool) -> None:
        """A half-hour has ended at `meter_s` by the meter's clock; `midnight`: a day with it, whose standing charge has
        been charged."""
        first, second = self.accounts.time_debts
        if first.amount or second.amount:
            for debt, cleared in zip((first, second), _CLEARED, strict=True):
                due = midnight if debt.period is RecoveryPeriod.DAILY else meter_s % _HOUR_S == 0
                if due and debt.amount and debt.rate:
                    self.settle()
                    self._collect(debt, cleared)
        if self.monitor.active:
            self.power_changed()
        if midnight:
            self.daily.append(DailyRow(meter_s, self.registers))

    def _collect(self, debt: TimeDebt, cleared: AlertCode) -> None:
        if self.debts_wait:
            return
        self.accounts.collect(debt, credit_mode=self.mode is PaymentMode.CREDIT)
        if not debt.amount:
            self.device.alert(cleared)
        self.moved("")

    @property
    def debts_wait(self) -> bool:
        """Whether time-based debts are not collected now: so set for a disabled supply, or for emergency credit."""
        if self.mode is PaymentMode.CREDIT:
            return False
        terms, accounts = self.monitor.terms, self.accounts
        disabled = terms.suspend_debt_disabled and self._switch.state is SupplyState.DISABLED
        return disabled or (terms.suspend_debt_emergency and accounts.granted > 0 and accounts.balance <= 0)

    # --- the next threshold ----------------------------------------------------------------------------------------

    def power_changed(self) -> None:
        """The power is another, or a half-hour has passed: see whether a threshold comes near."""
        if not self.monitor.active:
            return
        if self._tariff.metered() + self._power_w() * HALF_HOUR_MS >= self._safe_mws:
            self._look_ahead()

    def _look_ahead(self) -> None:
        """Amounts, limits or prices are others, or a threshold is near: when the next one will be reached."""
        if self.monitor.active:
            self.settle()  # which may switch the supply, and so come here too
        if self._crossing is not None:
            self._crossing.cancel()
            self._crossing = None
        if not self.monitor.active:
            return
        room = self.monitor.headroom()
        if room is None:
            self._safe_mws = _NEVER_MWS
            return
        self._safe_mws = self._tariff.out_of_reach(room)
        left_ms = self._tariff.ms_until_spent(room, self._power_w())
        if left_ms is not None and left_ms <= HALF_HOUR_MS:  # else: the next half-hour sees to it
            self._crossing = self.device.site.agenda.after(left_ms, self._look_ahead)

    def clock_changed(self) -> None:
        """The meter's clock is another: non-disablement periods begin and end at other times."""
        self.monitor.replan()
        self.moved("")

    # --- what is done to it ----------------------------------------------------------------------------------------

    def set_mode(self, mode: PaymentMode, terms: ModeTerms, who: str = "") -> None:
        """Another Payment Mode. Each mode keeps its balance while the other is in force."""
        self.settle()
        first, changed = not self.modes, self.mode is not mode
        if first or changed:
            self.modes.append(ModeChange(self.device.site.agenda.now_ms, mode, who))
        if changed:
            self.device.site.tell(self.device.name, f"payment mode {mode.value}", who)
        self.mode = mode
        if mode is PaymentMode.PREPAYMENT:
            self.monitor.start(terms)
        else:
            self.monitor.stop()
        self._look_ahead()
        if changed and not first:
            for listener in self.mode_changed:
                listener()

    def go_on(self, mode: PaymentMode, terms: ModeTerms, settings: PrepaymentSettings, accounts: Accounts) -> None:
        """Go on in the place of another meter's, with its money."""
        self.settle()
        self.monitor.settings = settings
        self.accounts.take(accounts)
        self.set_mode(mode, terms, "a copy")

    def activate_emergency(self, who: str) -> None:
        """Emergency credit, where it can be had. DeviceRefusal otherwise."""
        self.device.site.catch_up()
        self.settle()
        accounts, monitor = self.accounts, self.monitor
        require(
            monitor.emergency is EmergencyCredit.AVAILABLE,
            _("Emergency credit cannot be activated now: {state}.").format(state=monitor.emergency.value),
            _("It is there in Prepayment mode when the balance has come down to its threshold; repay what was used."),
            reason=Reason.TEMPORARY_FAILURE,
        )
        accounts.granted, accounts.used = self.settings.emergency_credit_limit, 0
        was_out = monitor.out
        self.device.site.tell(self.device.name, "emergency credit activated", who)
        self.device.alert(AlertCode.EMERGENCY_CREDIT_ACTIVATED)
        self.moved("emergency credit was activated")
        if was_out and not monitor.out:
            self.device.alert(AlertCode.ARMED_ACTIVATE_EMERGENCY_CREDIT)

    # --- what it says ----------------------------------------------------------------------------------------------

    @property
    def registers(self) -> Registers:
        """The prepayment registers, as they were counted last (`settle` first for now)."""
        accounts = self.accounts
        first, second = accounts.time_debts
        return Registers(
            mode=self.mode,
            meter_balance=accounts.credit_balance if self.mode is PaymentMode.CREDIT else accounts.balance,
            emergency_credit=accounts.emergency_left,
            emergency_credit_used=accounts.used,
            accumulated_debt=accounts.accumulated_debt,
            time_debts=(first.amount, second.amount),
            payment_debt=accounts.payment_debt,
        )
