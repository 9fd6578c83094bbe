"""The load switch: Supply State Enabled, Disabled or Armed (factbook 2.6), who holds it off, and by which rules.

State and contact are two things: a stuck contactor (fault ``stuck-contactor``) leaves the contact where it was, and the
meter notices (0x81BD, 0x81C0). Three sets of rules can be chosen:

- ``gbcs``: the supplier's commands do what they say; ECS42 closes the switch, a load limit restores by itself.
- ``presence-required``: nothing but a person at the button closes it again; what would enable it only arms it.
- ``multi-party``: each party (the network operator too) lifts only what its own role disabled; while another's stands,
  the supply stays off, and the meter says whose. What one party merely armed no other enables from afar. What the meter
  itself does (credit, load limit, tamper) it does for its supplier, who may lift that too.
"""

from __future__ import annotations

import enum
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from hht.i18n import _
from hht.model.agenda import DAY_MS
from hht.model.alert_codes import AlertCode
from hht.model.commands import DONE, Command
from hht.model.electricity_meter.isolation import Isolation
from hht.model.electricity_meter.items import SupplyState
from hht.model.features.checks import require
from hht.model.features.display import Button, Page
from hht.model.han.requests import HanRequest
from hht.model.parties import Party, RemoteParty, UserRole
from hht.model.refusal import Reason

if TYPE_CHECKING:
    from hht.model.electricity_meter.meter import ElectricityMeter


class SupplyRules(enum.StrEnum):
    """Which rules a meter follows: see the module."""

    GBCS = "gbcs"
    PRESENCE_REQUIRED = "presence-required"
    MULTI_PARTY = "multi-party"


@dataclass(frozen=True, slots=True)
class EnableSupply(Command):
    """Close the load switch remotely (ECS42)."""

    use_case: ClassVar[str] = "ECS42"


@dataclass(frozen=True, slots=True)
class DisableSupply(Command):
    """Open the load switch (ECS43). `reason`: a network operator's, who needs one (tampering)."""

    reason: str = ""
    use_case: ClassVar[str] = "ECS43"


@dataclass(frozen=True, slots=True)
class ArmSupply(Command):
    """Let a person at the premises enable the supply (ECS44)."""

    use_case: ClassVar[str] = "ECS44"


@dataclass(frozen=True, slots=True)
class ReadSupplyState(Command):
    """The state of the load switch (ECS45): a SupplyState."""

    use_case: ClassVar[str] = "ECS45"


@dataclass(frozen=True, slots=True)
class ReadSupply(HanRequest):
    """What a display shows of it: a SupplyState."""


@dataclass(frozen=True, slots=True)
class Hold:
    """Somebody or something keeps the supply off, since `since_ms` (true time). `role`: for whom; the supplier's where
    the meter itself does it."""

    who: str
    why: str
    since_ms: int
    role: UserRole = UserRole.IMPORT_SUPPLIER


@dataclass(frozen=True, slots=True)
class NotYetEnabled:
    """What EnableSupply answers where the sender's own disablement is lifted, and the supply is off (or armed) still:
    others keep it so. `kept_off_by`: who disabled it; `armed_by`: roles that leave it to a person at the meter."""

    kept_off_by: tuple[str, ...] = ()
    armed_by: tuple[UserRole, ...] = ()


class Supply:
    """The load switch of one meter. `holds`: what keeps it off, by who; empty while it is enabled or armed."""

    def __init__(self, meter: ElectricityMeter, state: SupplyState, rules: SupplyRules = SupplyRules.GBCS) -> None:
        self._meter = meter
        self.rules = rules
        self.state = state
        self.closed = state is SupplyState.ENABLED  # the contact
        self.isolation = Isolation(meter, fitted=meter.configuration.isolator)
        self.why = ""  # what brought it to this state, for people
        self.disables_a_day: int | None = None  # by others, within 24 hours; no specification has it
        self.moves = 0  # of the contact, since the history began
        self._disabled_at: deque[int] = deque()
        self.holds: dict[str, Hold] = {}
        self._armed_for: set[UserRole] = set()  # who agreed to no more than that a person at the meter switches it on
        if state is SupplyState.ARMED:
            self._armed_for.add(UserRole.IMPORT_SUPPLIER)
        elif state is SupplyState.DISABLED and rules is SupplyRules.MULTI_PARTY:
            who = _("its supplier")
            self.holds[who] = Hold(who, _("before it came here"), meter.site.agenda.now_ms)
        self._listeners: list[Callable[[], None]] = []
        if rules is SupplyRules.MULTI_PARTY:
            for name in (EnableSupply.use_case, DisableSupply.use_case, ArmSupply.use_case):
                meter.allow(name, RemoteParty.NETWORK_OPERATOR)
        meter.accept(
            {
                EnableSupply: lambda _command, sender: self._enable_by(self._switched(sender)),
                DisableSupply: lambda command, sender: self._disable_by(command, self._switched(sender)),
                ArmSupply: lambda _command, sender: self._arm_by(self._switched(sender)),
                ReadSupplyState: lambda _command, _sender: self.state,
            }
        )
        meter.serve({ReadSupply: lambda _request, _asker: self.state})
        meter.display.add(self._page)
        meter.display.offer(
            Button(
                "enable",
                _("Switch the supply on"),
                lambda: self.state is SupplyState.ARMED,
                lambda _typed: self.press(),
            )
        )

    @property
    def fitted(self) -> bool:
        """Whether there is a load switch: behind current transformers there is none."""
        return self._meter.configuration.transformers is None

    def _switched(self, sender: Party) -> Party:
        """The sender, where there is something to switch."""
        require(
            self.fitted,
            _("This meter has no load switch: it stands behind current transformers."),
            _("Have the supply switched by the network operator, or at the customer's own switchgear."),
        )
        return sender

    @property
    def feeds(self) -> bool:
        """Whether what stands behind the meter is connected: the contact is closed, and the isolating switch too."""
        return self.closed and not self.isolation.open

    def listen(self, listener: Callable[[], None]) -> None:
        """Call `listener` after each change of state."""
        self._listeners.append(listener)

    # --- what the meter itself does --------------------------------------------------------------------------------

    def disable(self, who: str, why: str) -> None:
        """Open the switch and keep it off for `who` ("credit", "load limit", "tamper", a party)."""
        if not self.fitted:
            return
        self.holds[who] = Hold(who, why, self._meter.site.agenda.now_ms)
        self._to(SupplyState.DISABLED, why)

    def release(self, who: str, why: str, *, by_itself: bool = False) -> None:
        """`who` no longer keeps it off. With nothing else holding it, it is armed for a person at the button, or, where
        the rules let it (`by_itself`), enabled. What leaves it to a person does so where others outlast it, too."""
        self.holds.pop(who, None)
        if not by_itself:
            self._armed_for.add(UserRole.IMPORT_SUPPLIER)
        if self.holds:
            return
        presence = self.rules is SupplyRules.PRESENCE_REQUIRED or self._armed_by_others(UserRole.IMPORT_SUPPLIER)
        if by_itself and not presence:
            self._to(SupplyState.ENABLED, why)
        else:
            self._armed_for.add(UserRole.IMPORT_SUPPLIER)
            self._to(SupplyState.ARMED, why)

    def press(self) -> None:
        """A person at the meter, who sees that appliances are off, enables an armed supply."""
        if self.state is SupplyState.ARMED:
            self._to(SupplyState.ENABLED, _("a person pressed the button"))

    # --- commands --------------------------------------------------------------------------------------------------

    def _disable_by(self, command: DisableSupply, sender: Party) -> object:
        operator = sender.remote is RemoteParty.NETWORK_OPERATOR
        require(
            not operator or bool(command.reason),
            _("A network operator disables one meter only for a reason."),
            _("Say why (tampering), or isolate the feeder."),
            reason=Reason.ACCESS_DENIED,
        )
        self._refuse_too_often()
        who = str(sender)
        self._armed_for.discard(sender.role)
        self.holds[who] = Hold(who, command.reason or who, self._meter.site.agenda.now_ms, sender.role)
        self._to(SupplyState.DISABLED, self.holds[who].why)
        return DONE

    def _refuse_too_often(self) -> None:
        """Where the meter has a limit of its own: it stays on, whoever wants to switch it on and off again."""
        if self.disables_a_day is None or self.state is SupplyState.DISABLED:
            return
        now_ms = self._meter.site.agenda.now_ms
        while self._disabled_at and self._disabled_at[0] <= now_ms - DAY_MS:
            self._disabled_at.popleft()
        require(
            len(self._disabled_at) < self.disables_a_day,
            _("This supply was disabled {n} times within 24 hours.").format(n=len(self._disabled_at)),
            _("Wait, and ask who keeps switching it."),
            reason=Reason.TEMPORARY_FAILURE,
        )
        self._disabled_at.append(now_ms)

    def _arm_by(self, sender: Party) -> object:
        if self.state is SupplyState.ENABLED:
            return DONE  # an enabled supply needs no arming
        self._refuse_for(self._kept_off(sender))
        self._lift(sender)
        self._armed_for.add(sender.role)
        self._to(SupplyState.ARMED, str(sender))
        return DONE

    def _enable_by(self, sender: Party) -> object:
        kept_off, armed = self._kept_off(sender), self._armed_by_others(sender.role)
        if kept_off or armed:
            own = sender.role in self._armed_for or any(hold.role is sender.role for hold in self.holds.values())
            if not own:
                self._refuse_for(kept_off, armed)
            self._lift(sender)
            if not kept_off:
                self._to(SupplyState.ARMED, str(sender))
            return NotYetEnabled(kept_off, armed)
        self._lift(sender)
        presence = self.rules is SupplyRules.PRESENCE_REQUIRED  # so that a contact which stuck open stays so, too
        self._to(SupplyState.ARMED if presence else SupplyState.ENABLED, str(sender))
        return DONE

    def _kept_off(self, sender: Party) -> tuple[str, ...]:
        """Whose disablements `sender` cannot lift: with several parties, those of other roles (what a supplier did is
        the next supplier's to lift); by the usual rules a command overrides all."""
        if self.rules is not SupplyRules.MULTI_PARTY:
            return ()
        return tuple(hold.who for hold in self.holds.values() if hold.role is not sender.role)

    def _armed_by_others(self, role: UserRole) -> tuple[UserRole, ...]:
        return tuple(sorted(self._armed_for - {role})) if self.rules is SupplyRules.MULTI_PARTY else ()

    def _lift(self, sender: Party) -> None:
        """Take back what `sender`'s role disabled or armed before; by the usual rules, what anybody did."""
        several = self.rules is SupplyRules.MULTI_PARTY
        self.holds = {who: hold for who, hold in self.holds.items() if several and hold.role is not sender.role}
        self._armed_for = self._armed_for - {sender.role} if several else set()

    def _refuse_for(self, kept_off: tuple[str, ...], armed: tuple[UserRole, ...] = ()) -> None:
        others = ", ".join(kept_off)
        require(
            not kept_off,
            _("The supply is kept off by: {others}.").format(others=others),
            _("Let each of them enable it first."),
            reason=Reason.TEMPORARY_FAILURE,
        )
        require(
            not armed,
            _("The supply is armed, and not enabled, by: {roles}.").format(roles=", ".join(armed)),
            _("Let them enable it, or somebody at the meter switch it on."),
            reason=Reason.TEMPORARY_FAILURE,
        )

    # --- the switch ------------------------------------------------------------------------------------------------

    def _to(self, state: SupplyState, why: str) -> None:
        if state is SupplyState.ARMED and self.state is SupplyState.ENABLED:
            return  # an enabled supply needs no arming
        if state is self.state:
            self._move(state is SupplyState.ENABLED)  # a contact that stuck may be free by now
            return
        self.state, self.why = state, why
        if state is SupplyState.ENABLED:
            self._armed_for = set()
        self._meter.site.tell(self._meter.name, f"supply {state.value}", why)
        if state is SupplyState.ARMED:
            self._meter.alert(AlertCode.SUPPLY_ARMED)
        self._move(state is SupplyState.ENABLED)
        for listener in self._listeners:
            listener()

    def _move(self, closed: bool) -> None:
        if closed == self.closed:
            return
        if closed and "contact-burnt" in self._meter.faults:
            self._meter.alert(AlertCode.SUPPLY_CONNECT_FAILED)
            return
        if "stuck-contactor" in self._meter.faults:
            self._meter.alert(AlertCode.SUPPLY_CONNECT_FAILED if closed else AlertCode.SUPPLY_DISCONNECT_FAILED)
            return
        self.closed = closed
        self.moves += 1
        self._meter.supply_moved()

    def bounce(self, closed: bool) -> None:
        """The contact of an enabled supply moves by itself (a fault)."""
        closed = closed and "contact-burnt" not in self._meter.faults
        if self.state is SupplyState.ENABLED and self.closed is not closed:
            self.closed = closed
            self._meter.supply_moved()

    def _page(self) -> Page | None:
        if self.state is SupplyState.ENABLED:
            return None
        lines = [_("Supply is armed: press to switch on") if self.state is SupplyState.ARMED else _("Supply is off")]
        return Page(_("Supply"), (*lines, *(f"{hold.who}: {hold.why}" for hold in self.holds.values())))
