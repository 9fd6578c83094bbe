"""The watch over a prepayment meter's credit: emergency credit to be had, low credit, disablement (factbook 2.8).

Every threshold is reached when the amount is equal to it. Disablement happens when credit comes down to the Disablement
Threshold, when a non-disablement period ends with credit there, and when the terms of Prepayment mode are set while it
is: events, not a state that is enforced for ever. GBCS keeps the threshold in a register monitor (class 21,
0-0:16.0.1.255; ECS26j, ECS03), whose script runs when the value crosses it. So what a supplier enables or arms although
credit is below stays so while it falls further, until one of these comes again.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from hht.model.agenda import Appointment
from hht.model.alert_codes import AlertCode
from hht.model.prepayment.accounts import Accounts
from hht.model.prepayment.records import EmergencyCredit
from hht.model.prepayment.settings import START, ModeTerms, PrepaymentSettings, Reconnection

if TYPE_CHECKING:
    from hht.model.device import Device
    from hht.model.meter_clock import MeterClock
    from hht.model.prepayment.switch import SupplySwitch

WHO = "credit"


class Monitor:
    """Watches `accounts` while `active` (Prepayment mode). `out`: the supply was disabled for want of credit.
    `suspended`: it would be, but for a non-disablement period (`protected`)."""

    def __init__(
        self,
        device: Device,
        clock: MeterClock,
        switch: SupplySwitch,
        accounts: Accounts,
        settings: PrepaymentSettings,
        reconnection: Reconnection,
    ) -> None:
        self._device = device
        self._clock = clock
        self._switch = switch
        self._accounts = accounts
        self.settings = settings
        self.terms = ModeTerms()
        self.reconnection = reconnection
        self.active = False
        self.emergency = EmergencyCredit.NONE
        self.low = self.out = self.suspended = self.protected = False
        self.when_low: list[Callable[[], None]] = []
        self._boundary: Appointment | None = None

    def start(self, terms: ModeTerms) -> None:
        """Prepayment mode is in force, on these terms."""
        self.terms, self.active = terms, True
        self.out = self.out and not self._overridden
        self.replan()
        self.evaluate()

    def stop(self) -> None:
        """Credit mode is in force: credit is watched no more, and does not keep the supply off."""
        self._in_credit("Credit mode")
        self.active = self.low = False
        self.emergency = EmergencyCredit.NONE
        self.replan()

    def configure(self, settings: PrepaymentSettings) -> None:
        """Other limits. A calendar that protects the consumer now also gives back what credit has disabled."""
        self.settings = settings
        self.replan()
        if self.protected:
            self._in_credit("a non-disablement period was set")
        self.evaluate()

    # --- thresholds ------------------------------------------------------------------------------------------------

    def evaluate(self, why: str = "credit was added") -> None:
        """The amounts are others: see to what follows. `why` is for people, where the supply comes back."""
        if not self.active:
            return
        self._see_emergency()
        credit = self._accounts.credit
        low = credit <= self.settings.low_credit_threshold
        if low != self.low:
            self.low = low
            if low:
                self._device.alert(AlertCode.CREDIT_LOW)
                for listener in self.when_low:
                    listener()
        if credit <= self.terms.disablement_threshold:
            self._out_of_credit()
        elif self.out or self.suspended:
            self._in_credit(why)

    def headroom(self) -> int | None:
        """The least that can be spent before something happens; None when nothing can."""
        accounts, settings, credit = self._accounts, self.settings, self._accounts.credit
        rooms = [credit - self.terms.disablement_threshold, credit - settings.low_credit_threshold]
        if self.emergency is EmergencyCredit.NONE and settings.emergency_credit_limit:
            rooms.append(accounts.balance - settings.emergency_credit_threshold)
        elif self.emergency is EmergencyCredit.ACTIVE:
            rooms.append(max(accounts.balance, 0) + accounts.emergency_left)
        return min((room for room in rooms if room > 0), default=None)

    def _see_emergency(self) -> None:
        accounts, settings = self._accounts, self.settings
        wanted = accounts.balance <= settings.emergency_credit_threshold and settings.emergency_credit_limit > 0
        if accounts.granted and accounts.used == 0 and not wanted:
            accounts.granted = 0  # it was never needed, or is repaid
        if accounts.exhausted:
            state = EmergencyCredit.EXHAUSTED
        elif accounts.granted:
            state = EmergencyCredit.ACTIVE
        else:
            state = EmergencyCredit.AVAILABLE if wanted else EmergencyCredit.NONE
        if state is self.emergency:
            return
        self.emergency = state
        if state is EmergencyCredit.EXHAUSTED:
            self._device.alert(AlertCode.EMERGENCY_CREDIT_EXHAUSTED)
        elif state is EmergencyCredit.AVAILABLE:
            self._device.alert(AlertCode.EMERGENCY_CREDIT_AVAILABLE)

    @property
    def _overridden(self) -> bool:
        """Whether a supplier has given back what credit had disabled."""
        return WHO not in self._switch.holds

    def _out_of_credit(self) -> None:
        if self.out and not (self.protected and self._overridden):
            return
        self.out = False
        if self.protected:
            if not self.suspended:
                self.suspended = True
                self._device.alert(AlertCode.DISABLEMENT_SUSPENDED)
            return
        self.out, self.suspended = True, False
        self._device.alert(AlertCode.CREDIT_BELOW_DISABLEMENT_THRESHOLD)
        self._switch.disable(WHO, "credit has come down to the disablement threshold")

    def _in_credit(self, why: str) -> None:
        self.suspended = False
        if not self.out:
            return
        self.out = False
        if WHO in self._switch.holds:
            self._switch.release(WHO, why, by_itself=self.reconnection is Reconnection.IMMEDIATE)

    # --- non-disablement calendar ----------------------------------------------------------------------------------

    def replan(self) -> None:
        """Calendar, clock or mode is another: whether a period is now, and when that changes."""
        if self._boundary is not None:
            self._boundary.cancel()
            self._boundary = None
        calendar = self.settings.calendar
        if not self.active or calendar is None:
            self.protected = False
            return
        now_s = self._clock.meter_ms(self._device.site.agenda.now_ms) // 1000
        self.protected = calendar.at(now_s) == START
        following = calendar.after(now_s)
        if following is not None:
            when_ms = self._clock.true_ms(following[0] * 1000)
            self._boundary = self._device.site.agenda.at(when_ms, self._at_boundary)

    def _at_boundary(self) -> None:
        self.replan()
        self.evaluate()
