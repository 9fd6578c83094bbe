"""Who keeps a supply off, decided in the centre (DNO-20; the other place is the meter: `SupplyRules.MULTI_PARTY`).

The centre knows a meter's state only from what the meter has acknowledged. While an answer is missing the state is
unknown, and it says what was confirmed last and when: never a guess (DNO-21). What one party merely armed no other
enables from afar, until the meter says that the supply is enabled: a person at the button is not heard of otherwise.
What the meter does by itself (credit, load limit, tamper) it does for its supplier, as in the meter's own ledger; the
centre hears of it by alerts.
"""

from __future__ import annotations

import enum
from dataclasses import dataclass, field

from hht.i18n import _
from hht.model.alert_codes import AlertCode
from hht.model.commands import Command
from hht.model.communications_hub.delivery import DeliveryState
from hht.model.electricity_meter.items import SupplyState
from hht.model.electricity_meter.supply import ArmSupply, DisableSupply, EnableSupply, ReadSupplyState
from hht.model.parties import Party, UserRole


class Arbitration(enum.StrEnum):
    """Where several parties' disablements meet."""

    NONE = "none"
    CENTRE = "centre"


_MOVES = (EnableSupply, DisableSupply, ArmSupply)
_SWITCHED_OFF = frozenset(
    {
        AlertCode.CREDIT_BELOW_DISABLEMENT_THRESHOLD,
        AlertCode.SUPPLY_DISABLED_BY_LOAD_LIMIT,
        AlertCode.SUPPLY_LOCKED_AFTER_TAMPER,
    }
)
THE_METER = Party("the meter itself", UserRole.IMPORT_SUPPLIER)


@dataclass(slots=True)
class SupplyView:
    """What the centre knows of one meter's supply. `acknowledged`: who keeps it off by a disablement that the meter
    confirmed; `asked`: whose disablement is not answered yet, by number; `armed`: who leaves it to a person at the
    meter, as the meter confirmed; `open`: requests whose answer is missing."""

    confirmed: SupplyState | None = None
    confirmed_ms: int | None = None
    acknowledged: set[Party] = field(default_factory=set)
    asked: dict[int, Party] = field(default_factory=dict)
    armed: set[Party] = field(default_factory=set)
    open: dict[int, Command] = field(default_factory=dict)

    def lift(self, role: UserRole) -> bool:
        """A role takes back what it had disabled or armed; whether there was anything."""
        before = self.acknowledged, self.armed
        self.acknowledged = {party for party in self.acknowledged if party.role is not role}
        self.armed = {party for party in self.armed if party.role is not role}
        return before != (self.acknowledged, self.armed)

    def enabled(self, time_ms: int) -> None:
        """The meter says, at `time_ms` (true time), that it is enabled: nobody leaves it to a person any more."""
        self.confirmed, self.confirmed_ms, self.armed = SupplyState.ENABLED, time_ms, set()
        self.acknowledged.discard(THE_METER)

    def has(self, role: UserRole) -> bool:
        """Whether a role has disabled or armed it."""
        return any(party.role is role for party in self.holds | self.armed)

    @property
    def holds(self) -> set[Party]:
        """Who keeps it off, confirmed or not."""
        return self.acknowledged | set(self.asked.values())

    @property
    def state(self) -> SupplyState | None:
        """The state now; None while it is unknown."""
        return None if self.open else self.confirmed


@dataclass(frozen=True, slots=True)
class Answered:
    """What came back from a meter, at `time_ms` (true time)."""

    number: int
    device_id: str
    command: Command
    sender: Party
    state: DeliveryState
    answer: object
    time_ms: int


def _others(parties: set[Party], sender: Party) -> str:
    """Those of other roles than the sender's, for people."""
    others = [party for party in parties if party.role is not sender.role]
    return ", ".join(sorted(_("the meter itself") if party == THE_METER else str(party) for party in others))


class SupplyArbiter:
    """The ledger of all meters, by Device ID."""

    def __init__(self) -> None:
        self.views: dict[str, SupplyView] = {}

    def view(self, device_id: str) -> SupplyView:
        """What is known of one meter."""
        return self.views.setdefault(device_id, SupplyView())

    def objection(self, device_id: str, command: Command, sender: Party) -> str:
        """Why the supply is not to be enabled or armed for `sender`: another party keeps it off, or has merely armed
        it. "" if nothing. Whoever follows a supplier in its role may lift what that one left.

        Who would enable it agrees for its own part: what it had disabled or armed is lifted (else two parties would
        wait for one another for ever), and the text says so. To arm changes nothing.
        """
        enables, supplier = isinstance(command, EnableSupply), sender.role is UserRole.IMPORT_SUPPLIER
        if not enables and not isinstance(command, ArmSupply):
            return ""
        view = self.view(device_id)
        disabled, armed = _others(view.holds, sender), _others(view.armed, sender) if enables else ""
        if disabled:
            why = _("the supply is kept off by: {others}").format(others=disabled)
        elif armed:
            why = _("the supply is armed, and not enabled, by: {others}").format(others=armed)
        elif supplier or not enables or view.confirmed is SupplyState.ENABLED or view.has(sender.role):
            return ""
        else:
            return _("the supply is not kept off by {sender}").format(sender=sender)
        if enables and view.lift(sender.role):
            return _("what {sender} disabled is lifted; {why}").format(sender=sender, why=why)
        return why

    def alerted(self, device_id: str, code: int, time_ms: int) -> None:
        """The meter says what it did by itself, at `time_ms` (true time): it switched off, left it to a person,
        restored it after a load limit."""
        view = self.view(device_id)
        if code in _SWITCHED_OFF:
            view.acknowledged.add(THE_METER)
            view.confirmed, view.confirmed_ms = SupplyState.DISABLED, time_ms
        elif code == AlertCode.SUPPLY_ARMED and THE_METER in view.acknowledged:
            view.acknowledged.discard(THE_METER)
            view.armed.add(THE_METER)
            view.confirmed, view.confirmed_ms = SupplyState.ARMED, time_ms
        elif code == AlertCode.SUPPLY_RESTORED_AFTER_LOAD_LIMIT:
            view.enabled(time_ms)

    def sent(self, number: int, device_id: str, command: Command, sender: Party) -> None:
        """A request is on its way: until its answer comes, nobody knows. A disablement counts from now, an enablement
        only when it is confirmed: what errs, errs to off."""
        if not isinstance(command, _MOVES):
            return
        view = self.view(device_id)
        view.open[number] = command
        if isinstance(command, DisableSupply):
            view.asked[number] = sender

    def answered(self, answered: Answered) -> bool:
        """The answer came. Whether the meter is still to be asked for its state: an enabled supply stays enabled when
        it is armed, and some meters only arm when they are enabled."""
        view, command = self.view(answered.device_id), answered.command
        done = answered.state is DeliveryState.ANSWERED
        if isinstance(command, ReadSupplyState):
            if done and isinstance(answered.answer, SupplyState):
                view.confirmed, view.confirmed_ms = answered.answer, answered.time_ms
                view.open = {number: sent for number, sent in view.open.items() if number > answered.number}
                if view.confirmed is SupplyState.ENABLED:
                    view.enabled(answered.time_ms)
            return False
        if not isinstance(command, _MOVES):
            return False
        if isinstance(command, DisableSupply):
            self._disablement_ended(view, answered, done=done)
            return False
        if not done:
            view.open.pop(answered.number, None)
            return False
        role, number = answered.sender.role, answered.number
        view.lift(role)
        if isinstance(command, ArmSupply):
            view.armed.add(answered.sender)
        view.asked = {sent: party for sent, party in view.asked.items() if party.role is not role or sent > number}
        return True

    def _disablement_ended(self, view: SupplyView, answered: Answered, *, done: bool) -> None:
        """One that the meter did not carry out takes back no earlier one that it did."""
        view.open.pop(answered.number, None)
        view.asked.pop(answered.number, None)
        if done:
            view.armed = {party for party in view.armed if party.role is not answered.sender.role}
            view.acknowledged.add(answered.sender)
            view.confirmed, view.confirmed_ms = SupplyState.DISABLED, answered.time_ms
