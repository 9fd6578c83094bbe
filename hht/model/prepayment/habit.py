"""What a household with a prepayment meter did before anybody looked: it topped up when credit was low.

Only history has a habit. From the present on, the people at the premises are those who train.
"""

from __future__ import annotations

from hht.model.agenda import HOUR_MS, Appointment
from hht.model.electricity_meter.items import SupplyState
from hht.model.prepayment.commands import ApplyTopUp
from hht.model.prepayment.prepayment import Prepayment
from hht.model.prepayment.settings import PaymentMode
from hht.model.prepayment.switch import SupplySwitch
from hht.model.prepayment.tokens import VendChannel
from hht.model.refusal import DeviceRefusal
from hht.model.seeded import mix

_CHANNELS = tuple(VendChannel)
_TYPED = (VendChannel.ATM, VendChannel.CASH_OUTLET)  # the code is on paper


class TopUpHabit:
    """Some hours after credit is low, somebody buys `amount` (thousandths of a penny) and, where the supply is off,
    switches it on."""

    def __init__(self, prepayment: Prepayment, switch: SupplySwitch, amount: int) -> None:
        self._prepayment = prepayment
        self._switch = switch
        self._pence = amount // 1000
        self._seed = prepayment.device.site.chance(f"{prepayment.device.name} top-ups")
        self._bought = 0
        self._going: Appointment | None = None
        prepayment.monitor.when_low.append(self._plan)

    def _plan(self) -> None:
        site = self._prepayment.device.site
        when_ms = site.agenda.now_ms + (1 + mix(self._seed, self._bought) % 10) * HOUR_MS
        if when_ms < site.present_ms and (self._going is None or not self._going.pending):
            self._going = site.agenda.at(when_ms, self._buy)

    def _buy(self) -> None:
        self._bought += 1
        prepayment = self._prepayment
        if prepayment.mode is not PaymentMode.PREPAYMENT:
            return
        channel = _CHANNELS[mix(self._seed, -self._bought) % len(_CHANNELS)]
        receipt = prepayment.top_ups.vend.mint(self._pence, channel)
        try:
            if channel in _TYPED:
                prepayment.top_ups.typed(receipt.utrn.reveal())
            else:
                prepayment.top_ups.sent(ApplyTopUp(receipt.utrn, receipt.counter, receipt.target))
        except DeviceRefusal:
            return  # the balance is full, or a lock-out holds: the meter has said so
        if self._switch.state is SupplyState.ARMED:
            self._switch.press()
        if prepayment.monitor.low:
            self._plan()
