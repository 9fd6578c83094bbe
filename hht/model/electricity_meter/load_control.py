"""Auxiliary load control: up to five switches, in the meter or on the HAN, with labels, calendars, commands and boost.

Sources: factbook 2.4, 2.5; requirements ALC-01 to ALC-13. A switch follows its calendar, delayed by the Randomised
Offset; an ad hoc command overrides the calendar for its duration, and a boost overrides both.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING, ClassVar, Protocol

from hht.i18n import _
from hht.model.agenda import MINUTE_MS, SECOND_MS, Appointment
from hht.model.alert_codes import AlertCode
from hht.model.commands import DONE, Command
from hht.model.features.calendar import Calendar
from hht.model.features.checks import require, require_printable, require_range
from hht.model.features.display import Button, Page
from hht.model.features.switch_times import SwitchTimes
from hht.model.han.requests import Audience, HanRequest
from hht.model.parties import Party

if TYPE_CHECKING:
    from hht.model.device import Device
    from hht.model.electricity_meter.meter import ElectricityMeter

SWITCHES = 5
LONGEST_LABEL = 22  # DUIS schema
LONGEST_MIN = 1440  # factbook 2.5, from memory
BOOST_STEP_MIN, BOOST_TOTAL_MIN = 15, 60  # one maker's meter (factbook 2.5)


@dataclass(frozen=True, slots=True)
class SwitchPlan:
    """One auxiliary load switch. `device`: the HCALCS on the HAN that is the switch ("" for one in the meter);
    `rating_a` its rating; `boost`: the boost button closes it; `calendar` values are 1 closed, 0 open."""

    number: int
    label: str = ""
    rating_a: int = 2
    device: str = ""
    boost: bool = False
    calendar: Calendar | None = None


@dataclass(frozen=True, slots=True)
class SetLabels(Command):
    """Write the labels of switches, by number (ECS46a, critical)."""

    labels: tuple[tuple[int, str], ...]
    use_case: ClassVar[str] = "ECS46a"


@dataclass(frozen=True, slots=True)
class SetCalendar(Command):
    """Give a switch another calendar, or none (ECS46c, critical)."""

    number: int
    calendar: Calendar | None
    use_case: ClassVar[str] = "ECS46c"


@dataclass(frozen=True, slots=True)
class SetCalendars(Command):
    """Give each switch of `calendars` its own, by number, and every other one none: all, or none where one cannot be
    (ECS46c, critical)."""

    calendars: tuple[tuple[int, Calendar], ...]
    use_case: ClassVar[str] = "ECS46c"


@dataclass(frozen=True, slots=True)
class SetControllerCalendars(SetCalendars):
    """The same, as meters since SMETS2 5.1 know it: switches are a kind of auxiliary controller (ECS46d, critical)."""

    use_case: ClassVar[str] = "ECS46d"


@dataclass(frozen=True, slots=True)
class SetSwitch(Command):
    """Close or open a switch for `minutes`; None gives it back to its calendar (ECS47, critical). `randomised`: after
    the Randomised Offset; for urgent shedding it is at once (ALC-10, ALC-13)."""

    number: int
    closed: bool | None
    minutes: int = 0
    randomised: bool = False
    use_case: ClassVar[str] = "ECS47"


@dataclass(frozen=True, slots=True)
class SetBoost(Command):
    """Which switches the boost button closes (ECS62)."""

    numbers: frozenset[int]
    use_case: ClassVar[str] = "ECS62"


@dataclass(frozen=True, slots=True)
class ReadSwitches(Command):
    """Labels, states, times (ECS61a): a tuple of `SwitchState`."""

    use_case: ClassVar[str] = "ECS61a"


@dataclass(frozen=True, slots=True)
class ReadSwitchTimes(HanRequest):
    """The same, for any device on the HAN (ALC-14): an appliance that is to follow cheap hours has to know them."""

    audience: ClassVar[Audience] = Audience.EVERYBODY


@dataclass(frozen=True, slots=True)
class PollLoadControl(HanRequest):
    """What an HCALCS asks: whether its contact is to be closed (True, False, or None when it is no switch here)."""


@dataclass(frozen=True, slots=True)
class SwitchState:
    """One switch as it is read. `next_ms`: when its calendar switches it next, with the offset (true time); 0: never.
    `why`: calendar, command or boost."""

    number: int
    label: str
    closed: bool
    why: str
    next_ms: int
    offset_s: int


class RemoteSwitch(Protocol):
    """A switch on the HAN."""

    def told(self, meter: ElectricityMeter, closed: bool) -> bool:
        """Bring the contact there; whether it came there."""
        ...


class AuxiliarySwitch:
    """One switch: what the calendar wants, what overrides it, and where the contact is."""

    def __init__(self, control: LoadControl, plan: SwitchPlan) -> None:
        self.plan = plan
        self.closed = False
        self.scheduled = False
        self.commanded: bool | None = None
        self._control = control
        self._times = SwitchTimes(control.meter.site, control.meter.clock, self._strike)
        self._command: Appointment | None = None
        self._waiting: Appointment | None = None  # a command for after the Randomised Offset

    @property
    def wanted(self) -> bool:
        """Where the contact should be."""
        if self._control.boosting and self.plan.boost:
            return True
        return self.scheduled if self.commanded is None else self.commanded

    @property
    def why(self) -> str:
        """Who decides now."""
        if self._control.boosting and self.plan.boost:
            return "boost"
        return "calendar" if self.commanded is None else "command"

    def follow(self, calendar: Calendar | None) -> None:
        """Take this calendar from now on."""
        self.plan = replace(self.plan, calendar=calendar)
        notional_s = self._times.stand_at(self._control.meter.randomised_offset.offset_s)
        self.scheduled = bool(calendar is not None and calendar.at(notional_s))
        self.plan_next()
        self._control.settle(self)

    def plan_next(self) -> None:
        """See to the calendar's next switching time: at the notional time plus the offset, never earlier (ALC-09)."""
        self._times.plan(self.plan.calendar, self._control.meter.randomised_offset.offset_s)

    @property
    def next_ms(self) -> int:
        """When the calendar switches it next, true time; 0: never."""
        return self._times.next_ms

    def take(self, command: SetSwitch) -> None:
        """A command has come: carried out now or after the Randomised Offset, it cancels one that still waits."""
        if self._waiting is not None:
            self._waiting.cancel()
            self._waiting = None
        meter = self._control.meter
        if command.randomised:
            act = partial(self.command, command.closed, command.minutes)
            self._waiting = meter.site.agenda.after(meter.randomised_offset.offset_s * SECOND_MS, act)
        else:
            self.command(command.closed, command.minutes)

    def command(self, closed: bool | None, minutes: int) -> None:
        """Override the calendar for so many minutes, or stop doing so."""
        if self._command is not None:
            self._command.cancel()
            self._command = None
        self.commanded = closed
        if closed is not None:
            self._command = self._control.meter.site.agenda.after(minutes * MINUTE_MS, partial(self.command, None, 0))
        self._control.settle(self)

    def _strike(self, closed: int) -> None:
        self.scheduled = bool(closed)
        self.plan_next()
        self._control.settle(self)


class LoadControl:
    """The auxiliary load switches of one meter, and its boost button where it has one."""

    def __init__(self, meter: ElectricityMeter, plans: tuple[SwitchPlan, ...]) -> None:
        self.meter = meter
        self.switches = {plan.number: AuxiliarySwitch(self, plan) for plan in plans}
        self.reach: dict[str, RemoteSwitch] = {}  # the HCALCS by their names, where the HAN has them
        self.boost_until_ms = self._boosted_from_ms = 0
        self._boost: Appointment | None = None
        meter.accept(
            {
                SetLabels: self._label,
                SetCalendar: self._calendar,
                SetCalendars: self._calendars,
                SetControllerCalendars: self._calendars,
                SetSwitch: self._set,
                SetBoost: self._associate,
                ReadSwitches: lambda _command, _sender: self.states(),
            }
        )
        meter.serve({ReadSwitchTimes: lambda _request, _asker: self.states(), PollLoadControl: self._poll})
        if plans:
            meter.display.add(self._page)
        if meter.capabilities.boost_button:
            meter.display.offer(
                Button("boost", _("Boost, 15 minutes more"), self._can_boost, lambda _typed: self.boost())
            )
            meter.display.offer(
                Button("boost-off", _("End the boost"), lambda: self.boosting, lambda _typed: self.end_boost())
            )

    def begin(self) -> None:
        """The meter is alive, or its clock is another: every switch follows its calendar from that time on."""
        for switch in self.switches.values():
            switch.follow(switch.plan.calendar)

    def offset_changed(self) -> None:
        """The Randomised Offset is another: what is still to come comes at other times."""
        for switch in self.switches.values():
            switch.plan_next()

    def states(self) -> tuple[SwitchState, ...]:
        """Every switch."""
        offset_s = self.meter.randomised_offset.offset_s
        return tuple(
            SwitchState(number, switch.plan.label, switch.closed, switch.why, switch.next_ms, offset_s)
            for number, switch in sorted(self.switches.items())
        )

    def settle(self, switch: AuxiliarySwitch) -> None:
        """Bring the contact where it should be; the ALCS Event Log says that it came there, or did not."""
        if switch.wanted == switch.closed:
            return
        if not self._move(switch):
            self.meter.alert(AlertCode.AUXILIARY_SWITCH_FAILED, f"switch {switch.plan.number}")
            return
        switch.closed = switch.wanted
        self.meter.consumer.switch(switch.plan.number, switch.closed)
        state = "closed" if switch.closed else "open"
        self.meter.alert(AlertCode.AUXILIARY_SWITCH_CHANGED, f"switch {switch.plan.number} {state} by {switch.why}")

    def dropped_out(self, device: str) -> None:
        """The contact of a switch on the HAN has opened for want of mains: what hung on it is off."""
        for switch in self.switches.values():
            if switch.plan.device == device:
                switch.closed = False
                self.meter.consumer.switch(switch.plan.number, False)

    def _move(self, switch: AuxiliarySwitch) -> bool:
        """Whether the contact moves: a stuck one does not, and one on the HAN only when it is reached."""
        if not switch.plan.device:
            return f"stuck-switch-{switch.plan.number}" not in self.meter.faults
        device = self.reach.get(switch.plan.device)
        return device is not None and device.told(self.meter, switch.wanted)

    # --- boost -----------------------------------------------------------------------------------------------------

    @property
    def boosting(self) -> bool:
        """Whether the boost button has been pressed and its time is not over."""
        return self._boost is not None

    @property
    def boost_left_s(self) -> int:
        """Seconds for which the boost goes on."""
        return max(0, self.boost_until_ms - self.meter.site.now_ms) // 1000 if self.boosting else 0

    def boost(self) -> None:
        """The boost button: a quarter of an hour more, an hour in all at most, however often it is pressed."""
        agenda = self.meter.site.agenda
        if self._boost is None:
            self.boost_until_ms = self._boosted_from_ms = agenda.now_ms
        else:
            self._boost.cancel()
        longest_ms = self._boosted_from_ms + BOOST_TOTAL_MIN * MINUTE_MS
        self.boost_until_ms = min(self.boost_until_ms + BOOST_STEP_MIN * MINUTE_MS, longest_ms)
        self._boost = agenda.at(self.boost_until_ms, self.end_boost)
        self._settle_all()

    def end_boost(self) -> None:
        """Its time is over, or the button was pressed to end it."""
        if self._boost is not None:
            self._boost.cancel()
        self._boost = None
        self._settle_all()

    def _can_boost(self) -> bool:
        """Not where the calendar has closed every boost switch already (factbook 2.5)."""
        boosted = [switch for switch in self.switches.values() if switch.plan.boost]
        return any(not switch.closed or switch.why == "boost" for switch in boosted)

    def _settle_all(self) -> None:
        for switch in self.switches.values():
            self.settle(switch)

    # --- commands and requests -------------------------------------------------------------------------------------

    def _switch(self, number: int) -> AuxiliarySwitch:
        require(
            number in self.switches,
            _("This meter has no auxiliary load switch {number}.").format(number=number),
            _("Choose one of: {known}.").format(known=", ".join(map(str, sorted(self.switches))) or "-"),
        )
        return self.switches[number]

    def _label(self, command: SetLabels, _sender: Party) -> object:
        wanted = dict(command.labels)
        for number, label in wanted.items():
            self._switch(number)
            require_printable(_("label"), label, LONGEST_LABEL, shortest=1)
        labels = {number: wanted.get(number, switch.plan.label) for number, switch in self.switches.items()}
        given = [label for label in labels.values() if label]
        require(len(given) == len(set(given)), _("Two switches would have one label."), _("Give each another label."))
        for number, label in wanted.items():
            self.switches[number].plan = replace(self.switches[number].plan, label=label)
        return DONE

    def _calendar(self, command: SetCalendar, _sender: Party) -> object:
        self._switch(command.number).follow(command.calendar)
        return DONE

    def _calendars(self, command: SetCalendars, _sender: Party) -> object:
        wanted = {self._switch(number).plan.number: calendar for number, calendar in command.calendars}
        for number, switch in self.switches.items():
            switch.follow(wanted.get(number))
        return DONE

    def _set(self, command: SetSwitch, _sender: Party) -> object:
        switch = self._switch(command.number)
        if command.closed is not None:
            require_range(_("duration"), command.minutes, 1, LONGEST_MIN, " min")
        switch.take(command)
        return DONE

    def _associate(self, command: SetBoost, _sender: Party) -> object:
        for number in command.numbers:
            self._switch(number)
        for number, switch in self.switches.items():
            switch.plan = replace(switch.plan, boost=number in command.numbers)
        self._settle_all()
        return DONE

    def _poll(self, _request: PollLoadControl, asker: Device) -> bool | None:
        return next((switch.wanted for switch in self.switches.values() if switch.plan.device == asker.name), None)

    def _page(self) -> Page:
        lines = [
            f"{state.label or state.number}: {_('on') if state.closed else _('off')} ({state.why})"
            for state in self.states()
        ]
        if self.boosting:
            lines.append(_("Boost: {minutes} min left").format(minutes=-(-self.boost_left_s // 60)))
        return Page(_("Switched circuits"), tuple(lines))
