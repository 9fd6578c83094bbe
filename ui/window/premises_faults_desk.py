"""What the faults' part of the premises page asks for: switching, planning, and what can be here at all."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from ui.window.page import Host
from ui.window.premises_fault_plan import FaultPlanSheet, FaultWish
from ui.window.premises_faults import FaultsPart
from ui.window.sheet import give_keyboard

if TYPE_CHECKING:
    from hht.errors import HhtError
    from ui.services import Services
    from ui.training_ground import TrainingGround
    from ui.training_views import FaultShown, PremisesView

Ask = Callable[["Callable[[TrainingGround], PremisesView]"], None]


class FaultsDesk:
    """See the module. `ask` has something done with the premises; `now_ms` is the time there."""

    def __init__(
        self, host: Host, part: FaultsPart, ask: Ask, failed: Callable[[HhtError], None], now_ms: Callable[[], int]
    ) -> None:
        self._host, self._part, self._ask, self._failed, self._now_ms = host, part, ask, failed, now_ms
        self._to_list = False  # the keyboard goes to the list when it has come
        part.switched.connect(self.switch)
        part.wants_plan.connect(self.ask_when)
        part.given_up.connect(self.give_up)

    def look(self, *, to_list: bool = False) -> None:
        """Ask what can be here now. `to_list`: then the keyboard goes to it."""
        self._to_list = to_list or self._to_list

        async def offered(services: Services) -> tuple[FaultShown, ...]:
            return services.ground.faults()

        def came(offered: tuple[FaultShown, ...]) -> None:
            self._part.show_offered(offered)
            if self._to_list:
                self._to_list = False
                give_keyboard(self._part.list)

        self._host.bridge.call(offered, came, self._failed)

    def switch(self, name: str, device: str, on: bool, amount: int | None = None) -> None:
        """Let a fault begin or end; so much of it."""
        self._ask(lambda ground: ground.switch_fault(name, device, on, amount))
        self.look()  # what can be here may be another thing now

    def ask_when(self) -> None:
        """Ask when the fault that is marked is to begin and end."""
        fault = self._part.chosen
        if fault is not None:
            FaultPlanSheet(self._host.canvas(), fault, self._now_ms(), self.plan).open_sheet()

    def plan(self, wish: FaultWish) -> None:
        """Let a fault begin, and end, at those times."""
        self._ask(lambda ground: ground.plan_fault(wish.name, wish.device, wish.begins, wish.ends, amount=wish.amount))

    def give_up(self, number: int) -> None:
        """Let a plan come to nothing."""
        self._ask(lambda ground: ground.give_up_plan(number))
