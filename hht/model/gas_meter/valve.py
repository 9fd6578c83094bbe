"""The valve: Supply State as at an electricity meter, and a flow test before it stays open (factbook 2.6).

Nobody opens it remotely. A person presses the button of an armed supply; the valve opens, gas settles, and if any flows
on while it is measured, somewhere a tap is open: the valve closes again and stays armed (0x81BF).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, Protocol

from hht.i18n import _
from hht.model.agenda import SECOND_MS, Appointment
from hht.model.alert_codes import AlertCode
from hht.model.commands import DONE, Command
from hht.model.electricity_meter.items import SupplyState
from hht.model.electricity_meter.supply import Hold
from hht.model.features.checks import require_range
from hht.model.features.display import Button, Display, Page
from hht.model.gas_meter.volume import Volume
from hht.model.parties import Party
from hht.model.site import Site

if TYPE_CHECKING:
    from hht.model.gas_meter.meter import GasMeter


class ValveOwner(Protocol):
    """What a valve needs of the meter that it is in."""

    site: Site
    name: str
    faults: set[str]
    volume: Volume
    display: Display

    def count(self) -> None:
        """Count the gas up to this moment."""
        ...

    def flow_changed(self) -> None:
        """Another flow from here on."""
        ...

    def alert(self, code: AlertCode, information: str = "") -> None:
        """Something happened."""
        ...


@dataclass(frozen=True, slots=True)
class CloseValve(Command):
    """Close the valve: supply Disabled (GCS32)."""

    use_case: ClassVar[str] = "GCS32"


@dataclass(frozen=True, slots=True)
class ArmValve(Command):
    """Let a person at the meter open it (GCS39)."""

    use_case: ClassVar[str] = "GCS39"


@dataclass(frozen=True, slots=True)
class ReadValve(Command):
    """The Supply State (GCS33)."""

    use_case: ClassVar[str] = "GCS33"


@dataclass(frozen=True, slots=True)
class FlowTest:
    """`rate_lh`: litres per hour that are too many; `stabilisation_s`, `measurement_s` (samples of factbook 2.6)."""

    rate_lh: int = 10
    stabilisation_s: int = 60
    measurement_s: int = 300


@dataclass(frozen=True, slots=True)
class SetFlowTest(Command):
    """Set the uncontrolled gas flow test, and whether tampering locks the supply (GCS24a, critical)."""

    test: FlowTest
    locks: bool = False
    use_case: ClassVar[str] = "GCS24a"


class Valve:
    """The valve of one meter: the same three states, holds and listeners as an electricity meter's load switch. Where
    none is `fitted` (FUN-09: in a business nobody has to), the supply is Enabled whatever happens, and no command but
    the reading of its state is known."""

    def __init__(self, meter: ValveOwner, state: SupplyState, test: FlowTest, *, fitted: bool = True) -> None:
        self._meter = meter
        self.fitted = fitted
        self.state = state
        self.closed = state is not SupplyState.ENABLED  # a closed valve lets nothing through
        self.test = test
        self.why = ""
        self.holds: dict[str, Hold] = {}
        self._listeners: list[Callable[[], None]] = []
        self._testing: Appointment | None = None
        self._opened_by = ""
        if not fitted:
            return
        meter.display.add(self._page)
        meter.display.offer(Button("enable", _("Open the gas supply"), lambda: self.armed, lambda _typed: self.press()))

    def offer(self, meter: GasMeter) -> None:
        """Let parties close and arm it, read it, and set its test."""
        if not self.fitted:
            meter.accept({ReadValve: lambda _command, _sender: self.state})
            return
        meter.accept(
            {
                CloseValve: self._close_by,
                ArmValve: self._arm_by,
                ReadValve: lambda _command, _sender: self.state,
                SetFlowTest: lambda command, _sender: self._set_test(command, meter),
            }
        )

    @property
    def armed(self) -> bool:
        """A person at the meter may open it."""
        return self.state is SupplyState.ARMED and self._testing is None

    @property
    def testing(self) -> bool:
        """The valve is open on approval."""
        return self._testing is not None

    def listen(self, listener: Callable[[], None]) -> None:
        """Call `listener` after each change of state."""
        self._listeners.append(listener)

    def disable(self, who: str, why: str) -> None:
        """Close the valve and keep it so for `who`."""
        if not self.fitted:
            return
        self.holds[who] = Hold(who, why, self._meter.site.agenda.now_ms)
        self._to(SupplyState.DISABLED, why)

    def release(self, who: str, why: str, *, by_itself: bool = False) -> None:
        """`who` no longer keeps it closed; with nothing else holding it, it is armed (gas never opens by itself)."""
        self.holds.pop(who, None)
        if not self.holds and self.fitted:
            self._to(SupplyState.ARMED, why)

    def press(self, by: str = "") -> None:
        """A person presses the button (or `by` says who opens it): open, let it settle, measure."""
        if not self.armed:
            return
        self._opened_by = by or _("a person pressed the button")
        self._testing = self._meter.site.agenda.after(self.test.stabilisation_s * SECOND_MS, self._measure)
        self._move(False)

    def _measure(self) -> None:
        self._meter.count()
        before = self._meter.volume.nl
        self._testing = self._meter.site.agenda.after(self.test.measurement_s * SECOND_MS, lambda: self._judge(before))

    def _judge(self, before_nl: int) -> None:
        self._testing = None
        self._meter.count()
        allowed_nl = self.test.rate_lh * 1_000_000_000 * self.test.measurement_s // 3600
        self._meter.alert(AlertCode.VALVE_TESTED)
        if self._meter.volume.nl - before_nl > allowed_nl:
            self._move(True)
            self._meter.alert(AlertCode.SUPPLY_ARMED_UNCONTROLLED_GAS_FLOW)
            self._meter.site.tell(self._meter.name, "valve closed again", "gas flowed while the valve was tested")
        else:
            self._to(SupplyState.ENABLED, _("{why}, and no gas flowed").format(why=self._opened_by))

    def _close_by(self, _command: CloseValve, sender: Party) -> object:
        self.disable(str(sender), str(sender))
        return DONE

    def _arm_by(self, _command: ArmValve, sender: Party) -> object:
        self.holds.clear()
        if self.state is not SupplyState.ENABLED:
            self._to(SupplyState.ARMED, str(sender))
        return DONE

    def _set_test(self, command: SetFlowTest, meter: GasMeter) -> object:
        test = command.test
        require_range(_("flow rate"), test.rate_lh, 1, 6000, " l/h")
        require_range(_("stabilisation"), test.stabilisation_s, 1, 3600, " s")
        require_range(_("measurement"), test.measurement_s, 1, 3600, " s")
        self.test = test
        meter.tampers.locks = command.locks
        return DONE

    def _to(self, state: SupplyState, why: str) -> None:
        if self._testing is not None:
            self._testing.cancel()
            self._testing = None
        if state is SupplyState.ARMED and self.state is SupplyState.ENABLED:
            return
        changed = state is not self.state
        self.state, self.why = state, why
        self._move(state is not SupplyState.ENABLED)
        self._meter.flow_changed()
        if not changed:
            return
        self._meter.site.tell(self._meter.name, f"supply {state.value}", why)
        if state is SupplyState.ARMED:
            self._meter.alert(AlertCode.SUPPLY_ARMED)
        for listener in self._listeners:
            listener()

    def _move(self, closed: bool) -> None:
        if closed == self.closed:
            return
        if "stuck-valve" in self._meter.faults:
            self._meter.alert(AlertCode.SUPPLY_DISCONNECT_FAILED if closed else AlertCode.SUPPLY_CONNECT_FAILED)
            return
        self.closed = closed
        self._meter.flow_changed()

    def _page(self) -> Page | None:
        if self.testing:
            return Page(_("Gas supply"), (_("Testing: keep all appliances off"),))
        if self.state is SupplyState.ENABLED:
            return None
        return Page(_("Gas supply"), (_("Armed: press to open") if self.armed else _("Closed"),))
