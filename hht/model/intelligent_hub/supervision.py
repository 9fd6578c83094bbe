"""What a basic gas meter decides by itself: when its valve closes, and when its emergency button does something.

The valve closes when the total register has come to the cut-off volume (IH-04), unless

* friendly credit is in force: it waits until that ends;
* the hub does not answer: it waits until the timeout has run down (IH-07). Before it closes it asks the hub, because
  only while communications work may it close for want of credit (document 001, appendix C, scenario 3).

The emergency button gives gas back while the valve is closed for want of credit, the failure flag is set and the
timeout has not run down (IH-17). It keeps to the flag, which costs a half-hour of the timeout, and not to the moment's
silence: who blocks the radio for a minute each half-hour would have gas for nothing otherwise (IH-21).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from hht.i18n import _
from hht.model.agenda import HALF_HOUR_MS, Appointment
from hht.model.alert_codes import AlertCode
from hht.model.electricity_meter.items import SupplyState
from hht.model.features.calendar import Calendar
from hht.model.features.display import Button, Page
from hht.model.intelligent_hub.codes import Keypad, SharedCodes
from hht.model.intelligent_hub.messages import WriteCutOff
from hht.model.intelligent_hub.timeout import HalfHourCounter, in_days
from hht.model.prepayment.settings import START

if TYPE_CHECKING:
    from hht.model.intelligent_hub.basic_meter import BasicGasMeter

CUT_OFF, HUB = "cut-off volume", "hub"  # who keeps the valve closed


class Supervision:
    """The rules of one meter. `cut_off_nl` None: no limit. `online`: the last attempt to talk with the hub came
    through. `friendly`: when the valve does not close, set when the meter is installed (no message carries it)."""

    def __init__(self, meter: BasicGasMeter, low_nl: int) -> None:
        self._meter = meter
        self._low_nl = low_nl
        self.cut_off_nl: int | None = meter.volume.nl  # nothing is paid for before a hub has said so
        self.change_over_nl: int | None = None
        self.counter = HalfHourCounter()
        self.online = False
        self.low = False
        self.friendly: Calendar | None = None
        self._look: Appointment | None = None
        self._codes: SharedCodes | None = None
        self._keypad = Keypad()
        meter.display.add(self._page)
        meter.display.offer(Button("contact", _("Contact the hub"), lambda: True, lambda _typed: self._contact()))

    def offer_emergency(self, codes: SharedCodes | None) -> None:
        """Let a person have gas back in an emergency: by the button, or (`codes`) with the hub's code."""
        self._codes = codes
        title = _("Emergency: restore the gas supply")
        typed = "" if codes is None else _("The hub's code, 6 digits")
        self._meter.display.offer(Button("emergency", title, lambda: self.emergency, self._press_emergency, typed))

    # --- what holds now --------------------------------------------------------------------------------------------

    @property
    def reached(self) -> bool:
        """The total register (as it was counted last) has come to the cut-off volume."""
        return self.cut_off_nl is not None and self._meter.volume.nl >= self.cut_off_nl

    @property
    def friendly_now(self) -> bool:
        """Friendly credit is in force."""
        return self.friendly is not None and self.friendly.at(self._now_s()) == START

    @property
    def emergency(self) -> bool:
        """Whether the emergency button does something: the valve is closed, communications are off line, and the
        timeout is not zero. What the supplier has closed stays closed."""
        valve = self._meter.valve
        return valve.closed and HUB not in valve.holds and self.counter.failed and self.counter.left > 0

    def _now_s(self) -> int:
        return self._meter.site.agenda.now_ms // 1000

    # --- what happens ----------------------------------------------------------------------------------------------

    def written(self, message: WriteCutOff) -> None:
        """The hub has written cut-off volume and delay."""
        self.cut_off_nl, self.change_over_nl = message.volume_nl, message.change_over_nl
        self.counter.heard(message.delay)
        self._keypad.half_hour()
        self._see_low()
        self.see()

    def missed(self) -> None:
        """A half-hour has ended without a report."""
        self._keypad.half_hour()
        first = not self.counter.failed
        self.counter.missed()
        if first:
            self._meter.site.tell(self._meter.name, "does not reach the hub", f"timeout {self.counter.left} half-hours")
        self.see()

    def see(self) -> None:
        """Something is different: close the valve if that is due, or look again when it may be."""
        if self._look is not None:
            self._look.cancel()
            self._look = None
        meter = self._meter
        valve = meter.valve
        if valve.state is not SupplyState.ENABLED and not valve.testing:
            return
        meter.count()
        if not self.reached:
            self._look_at_next_mark()
        elif self.friendly_now:
            self._look_when_friendly_credit_ends()
        elif self.online:
            valve.disable(CUT_OFF, "the register has come to the cut-off volume")
        elif not self.counter.left:
            valve.disable(CUT_OFF, "the timeout without communication has ended")

    def _look_at_next_mark(self) -> None:
        """Look again when the register comes to what matters next: low credit, the end of a block, the cut-off."""
        volume = self._meter.volume
        marks = [self.cut_off_nl, self.change_over_nl, self._low_mark()]
        room = min((mark - volume.nl for mark in marks if mark is not None and mark > volume.nl), default=None)
        if room is None or not volume.flow:
            return
        left_ms = -(-room // volume.flow)
        if left_ms <= HALF_HOUR_MS:  # else the next half-hour sees to it
            self._look = self._meter.site.agenda.after(left_ms, self._looked)

    def _look_when_friendly_credit_ends(self) -> None:
        following = self.friendly.after(self._now_s()) if self.friendly is not None else None
        if following is not None:
            self._look = self._meter.site.agenda.at(following[0] * 1000, self._looked)

    def _looked(self) -> None:
        meter = self._meter
        meter.count()
        self._see_low()
        block_ended = self.change_over_nl is not None and meter.volume.nl >= self.change_over_nl
        if block_ended:
            self.change_over_nl = None
        if block_ended or (self.reached and not self.friendly_now):
            meter.communicate()  # the hub may know of credit; and only while it answers may the valve close
        self.see()

    def _low_mark(self) -> int | None:
        return None if self.cut_off_nl is None or self.low else self.cut_off_nl - self._low_nl

    def _see_low(self) -> None:
        """Warn the hub, once, when so little is left (IH-05)."""
        low = self.cut_off_nl is not None and self._meter.volume.nl >= self.cut_off_nl - self._low_nl
        if low and not self.low:
            self._meter.alert(AlertCode.CREDIT_LOW)
        self.low = low

    # --- buttons and display ---------------------------------------------------------------------------------------

    def _contact(self) -> None:
        self._meter.communicate()
        self.see()

    def _press_emergency(self, typed: str) -> None:
        meter = self._meter
        if self._codes is not None:
            self._keypad.check(typed, self._codes.reopening(self.cut_off_nl, self.counter.left))
        if meter.communicate():
            return  # the hub answers again: it decides
        meter.site.tell(meter.name, "emergency button pressed", f"{self.counter.left} half-hours are left")
        if meter.valve.state is not SupplyState.ARMED:
            meter.valve.release(CUT_OFF, "the emergency button was pressed")
        meter.valve.press()

    def _page(self) -> Page | None:
        if self.cut_off_nl is None and not self.counter.failed:
            return None
        left_nl = 0 if self.cut_off_nl is None else max(0, self.cut_off_nl - self._meter.volume.nl)
        lines = [] if self.cut_off_nl is None else [_("Paid for: {gas:.3f} m3").format(gas=left_nl / 1e12)]
        if self.friendly_now and self.reached:
            lines.append(_("Friendly credit"))
        if self.counter.failed:
            lines.append(_("No contact with the hub: {time} left").format(time=in_days(self.counter.left)))
        if self.emergency:
            by_code = _("For gas, type the code that the hub shows")
            lines.append(_("Press the emergency button for gas") if self._codes is None else by_code)
        return Page(_("Credit"), tuple(lines))
