"""What the window is shown of the premises that it trains with (`ui.training_ground`): made in the core thread."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from hht.model.training.house_plan import HousePlan, LinkShown
from hht.model.training.panel import DevicePanel, DeviceState
from hht.model.training.session import Pace

if TYPE_CHECKING:
    from hht.model.faults.kind import FaultKind
    from hht.model.faults.register import FaultRegister, PlannedFault


@dataclass(frozen=True, slots=True)
class PremisesChoice:
    """A premises that comes with the program. `devices`: what stands in it, in words; `problem`: why it cannot live."""

    name: str
    title: str
    description: str
    devices: str
    problem: str = ""

    @property
    def spoken(self) -> str:
        """What a screen reader says."""
        return f"{self.title}: {self.description}"


@dataclass(frozen=True, slots=True)
class PremisesView:
    """A premises now. `link` reaches its first meter; `time_ms` is true time; `going`: on the way to a goal, `progress`
    per cent of it; `lines` how many lines the story has; `faults` that are on; `panel`: the device looked at;
    `probe`: the meter that the window's link reaches ("" none of these)."""

    link: str
    title: str
    plan: HousePlan
    time_ms: int
    pace: Pace
    going: bool
    progress: int
    remark: str
    links: tuple[LinkShown, ...]
    devices: tuple[DeviceState, ...]
    lines: int
    faults: tuple[FaultOn, ...] = ()
    plans: tuple[FaultPlanned, ...] = ()
    panel: DevicePanel | None = field(default=None, repr=False)
    probe: str = ""


@dataclass(frozen=True, slots=True)
class AmountShown:
    """How much of a fault there can be: `hht.model.faults.kind.Amount`."""

    unit: str
    usual: int
    low: int
    high: int


@dataclass(frozen=True, slots=True)
class FaultPlanned:
    """A fault that is to begin (`begins_ms` None: it has) and to end (`ends_ms` None: never), true time; `amount` in
    words ("" where it has none). `number`: by which the plan is given up."""

    number: int
    name: str
    device: str
    begins_ms: int | None
    ends_ms: int | None
    amount: str


@dataclass(frozen=True, slots=True)
class FaultShown:
    """A fault that can be switched on here. `devices`: where; empty for the premises as a whole. The words are those of
    `hht.model.faults.kind.FaultKind`."""

    name: str
    title: str
    failures: tuple[str, ...]
    symptom: str
    remedy: str
    stays: str
    devices: tuple[str, ...]
    amount: AmountShown | None = None


@dataclass(frozen=True, slots=True)
class FaultOn:
    """A fault that is on, `device` "" for the premises as a whole, since `since_ms` (true time)."""

    name: str
    device: str
    since_ms: int
    amount: int | None = None


def faults_on(register: FaultRegister) -> tuple[FaultOn, ...]:
    """Those that are on."""
    return tuple(
        FaultOn(kind.name, device or "", since_ms, register.amount(kind.name, device))
        for kind, device, since_ms in register.active()
    )


def faults_planned(register: FaultRegister) -> tuple[FaultPlanned, ...]:
    """What is to begin or end by itself."""

    def much(plan: PlannedFault) -> str:
        amount = plan.kind.amount
        return "" if amount is None else f"{amount.usual if plan.amount is None else plan.amount} {amount.unit}"

    return tuple(
        FaultPlanned(plan.number, plan.kind.name, plan.device or "", plan.begins_ms, plan.ends_ms, much(plan))
        for plan in register.planned()
    )


def amount_shown(kind: FaultKind) -> AmountShown | None:
    """How much there can be of it; None where it has no amount."""
    much = kind.amount
    return None if much is None else AmountShown(much.unit, much.usual, much.low, much.high)
