"""How a UTRN becomes credit: typed at the meter or at a PPMID, or sent by the supplier; and what is refused.

The order of checks: lock-out (typed only), form, target (sent only), authenticity, use before, Maximum Credit
Threshold, Maximum Meter Balance Threshold. A refused token is not used up. No token is ever kept or quoted.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable
from typing import TYPE_CHECKING, NoReturn

from hht.i18n import _
from hht.identifiers.errors import IdentifierError
from hht.identifiers.utrn import Utrn
from hht.model.alert_codes import AlertCode
from hht.model.features.checks import require
from hht.model.prepayment.accounts import Distribution
from hht.model.prepayment.records import DEBT_PAYMENTS_KEPT, TOP_UPS_KEPT, DebtPayment, EntryWay, TopUp
from hht.model.prepayment.settings import EntryRules, PaymentMode
from hht.model.prepayment.tokens import CounterCache, VendAccount
from hht.model.refusal import DeviceRefusal, Reason

if TYPE_CHECKING:
    from hht.model.device import Device
    from hht.model.prepayment.commands import ApplyTopUp
    from hht.model.prepayment.prepayment import Prepayment

DAY_S = 86_400
DEAD_KEY = "5"  # which key of a keypad does nothing, where one does


class TopUps:
    """The top-ups of one meter; `vend` is its account at the training vend service."""

    def __init__(self, device: Device, owner: Prepayment, rules: EntryRules) -> None:
        self._device = device
        self._owner = owner
        self.rules = rules
        self.vend = VendAccount(device.site, device.identity.device_id)
        self.counters = CounterCache()
        self.accepted: deque[TopUp] = deque(maxlen=TOP_UPS_KEPT)
        self.debt_payments: deque[DebtPayment] = deque(maxlen=DEBT_PAYMENTS_KEPT)
        self._wrong: deque[int] = deque()  # when, ms
        self._suspended_until_ms = 0
        self.week = -1  # which one the Debt Recovery Rate Cap is counted in

    @property
    def suspended_s(self) -> int:
        """For how long yet nothing can be typed, s."""
        return max(0, -(-(self._suspended_until_ms - self._device.site.now_ms) // 1000))

    def typed(self, text: str, way: EntryWay = EntryWay.KEYPAD) -> Distribution:
        """Twenty digits typed by hand. DeviceRefusal, after the alert that says why."""
        self._require_mode()
        if self.suspended_s:
            self._refuse(
                AlertCode.UTRN_ENTRY_LOCKED_OUT,
                _("Typing UTRNs is suspended for {minutes} more minutes.").format(minutes=-(-self.suspended_s // 60)),
                _("Wait, or let the supplier send the top-up."),
            )
        if "dead-key" in self._device.faults:
            text = text.replace(DEAD_KEY, "")
        try:
            utrn = Utrn.parse(text)
        except IdentifierError as error:
            self._count_wrong()
            raise DeviceRefusal(Reason.OTHER, error.message, remedy=error.remedy) from None
        counter = self.counters.complete(utrn.contents.truncated_counter)
        if not self.vend.authentic(utrn, counter):
            self._count_wrong()
            self._not_authentic()
        return self._credit(utrn, counter, way)

    def sent(self, command: ApplyTopUp) -> Distribution:
        """A top-up from the supplier, with its whole counter. DeviceRefusal, after the alert that says why."""
        self._require_mode()
        require(
            "vend-mode" not in self._device.faults,
            _("Somebody has left the keypad in vend mode: what is sent has to wait."),
            _("Leave vend mode at the meter, then send it again."),
            reason=Reason.TEMPORARY_FAILURE,
        )
        if command.target != self._device.identity.device_id:
            self._refuse(
                AlertCode.TOP_UP_FOR_ANOTHER_DEVICE,
                _("The top-up is for another device."),
                _("Send it to the device that it was bought for."),
            )
        if not self.vend.authentic(command.utrn, command.counter):
            self._not_authentic()
        return self._credit(command.utrn, command.counter, EntryWay.SUPPLIER)

    # --- checks ----------------------------------------------------------------------------------------------------

    def _credit(self, utrn: Utrn, counter: int, way: EntryWay) -> Distribution:
        if self.counters.seen(counter):
            self._refuse(
                AlertCode.TOP_UP_DUPLICATE,
                _("This top-up was used before."),
                _("Look at the last top-ups; buy another."),
            )
        amount, settings, accounts = (
            (utrn.contents.amount_pence or 0) * 1000,
            self._owner.settings,
            self._owner.accounts,
        )
        if amount > settings.max_credit:
            self._refuse(
                AlertCode.TOP_UP_EXCEEDS_MAXIMUM_CREDIT,
                _("The top-up is more than the meter takes at once."),
                _("Ask the supplier for several smaller ones."),
            )
        self._owner.settle()
        self.see_week()
        threshold = self._owner.monitor.terms.disablement_threshold
        going = accounts.distribution(amount, cap=settings.debt_recovery_rate_cap, threshold=threshold)
        if accounts.balance + going.balance > settings.max_meter_balance:
            self._refuse(
                AlertCode.TOP_UP_EXCEEDS_MAXIMUM_BALANCE,
                _("With the top-up the balance would be above the highest that the meter keeps."),
                _("Use some credit first: the top-up stays good."),
            )
        self.counters.use(counter)
        self._wrong.clear()  # only now: a card that is shown again and again would let somebody try without end
        self._take(going, counter, way)
        return going

    def _take(self, going: Distribution, counter: int, way: EntryWay) -> None:
        now_ms = self._device.site.agenda.now_ms
        self._owner.accounts.top_up(going)
        self.accepted.append(TopUp(now_ms, way, counter, self.vend.channel(counter), going))
        self._device.site.tell(self._device.name, f"top-up of {going.total // 1000} pence", way.value)
        if way is not EntryWay.SUPPLIER:
            self._device.alert(AlertCode.CREDIT_ADDED_LOCALLY)
        if going.payment_debt:
            self.debt_payments.append(DebtPayment(now_ms, going.payment_debt))
            if not self._owner.accounts.payment_debt:
                self._device.alert(AlertCode.PAYMENT_DEBT_CLEARED)
        self._owner.moved("a top-up")

    def see_week(self) -> None:
        """A new week, from Monday by the meter's clock, has a new Debt Recovery Rate Cap."""
        week = (self._owner.meter_s() // DAY_S + 3) // 7
        if week != self.week:
            self.week, self._owner.accounts.recovered = week, 0

    def go_on(self, week: int, top_ups: Iterable[TopUp], debt_payments: Iterable[DebtPayment]) -> None:
        """Go on in the place of another meter's: what was topped up there is told here."""
        self.week = week
        self.accepted = deque(top_ups, TOP_UPS_KEPT)
        self.debt_payments = deque(debt_payments, DEBT_PAYMENTS_KEPT)

    def _require_mode(self) -> None:
        require(
            self._owner.mode is PaymentMode.PREPAYMENT,
            _("The meter is in Credit mode: it takes no top-ups."),
            _("Let the supplier set Prepayment mode first."),
            reason=Reason.TEMPORARY_FAILURE,
        )

    def _count_wrong(self) -> None:
        now_ms = self._device.site.now_ms
        self._wrong.append(now_ms)
        while self._wrong[0] < now_ms - self.rules.within_s * 1000:
            self._wrong.popleft()
        if len(self._wrong) >= self.rules.tries:
            self._wrong.clear()
            self._suspended_until_ms = now_ms + self.rules.suspended_s * 1000
            self._device.alert(AlertCode.UTRN_ENTRY_SUSPENDED)

    def _not_authentic(self) -> NoReturn:
        self._refuse(
            AlertCode.TOP_UP_NOT_AUTHENTIC,
            _("The UTRN is not authentic: it is for another meter, or its counter is outside this meter's window."),
            _("Compare it with the receipt; else let the supplier send the top-up over WAN or HAN."),
        )

    def _refuse(self, code: AlertCode, message: str, remedy: str) -> NoReturn:
        self._device.alert(code)
        raise DeviceRefusal(Reason.OTHER, message, remedy=remedy)
