"""A premises with time to move on, and what a scenario of a fault is."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TypeVar

from hht.clock import ManualClock
from hht.model.alert_codes import AlertCode
from hht.model.communications_hub import CommunicationsHub
from hht.model.device import Device
from hht.model.electricity_meter import ElectricityMeter
from hht.model.gas_meter import GasMeter
from hht.model.logs import LogRecord
from hht.model.parties import Party, UserRole
from hht.model.premises import Premises, bring_to_life
from hht.model.premises_plan import parse_premises
from hht.model.wan.desk import Desk
from hht.resources import resource_text

START = datetime(2026, 11, 21, 10, 12, 33, tzinfo=UTC)
HALF_HOUR = 1800
SUPPLIER = Party("Example Energy", UserRole.IMPORT_SUPPLIER, "90-B3-D5-1F-30-00-00-01")
GAS_SUPPLIER = Party("Example Gas", UserRole.GAS_SUPPLIER, "90-B3-D5-1F-30-00-00-02")
DCC = Party("DCC", UserRole.DCC)
D = TypeVar("D", bound=Device)


class World:
    """A premises that lives, and what has been seen of it so far."""

    def __init__(self, base: str, *, top: str = "", edit: Callable[[str], str] = str, days: int = 1) -> None:
        text = resource_text("premises", f"{base}.toml")
        head, mark, devices = text.partition("[[device]]")
        text = edit(f"{head}{top}\n{mark}{devices}")
        self.clock = ManualClock(START)
        plan = parse_premises(text, name=base, file=f"{base}.toml")
        self.home: Premises = bring_to_life(plan, clock=self.clock, days=days)
        self._read: dict[tuple[str, str], int] = {}
        self.desk: Desk | None = None  # the supplier's; its counter goes on from look to look
        self.risen: list[int] = []  # Wh by which registers rose while somebody looked

    def wait(self, seconds: float) -> None:
        """Let so much time pass."""
        self.clock.advance(seconds)
        self.home.site.catch_up()

    def one(self, kind: type[D]) -> D:
        """The first device of a class."""
        return self.home.of(kind)[0]

    @property
    def esme(self) -> ElectricityMeter:
        return self.home.device()

    @property
    def gsme(self) -> GasMeter:
        return self.one(GasMeter)

    @property
    def hub(self) -> CommunicationsHub:
        return self.one(CommunicationsHub)

    def mark(self) -> None:
        """From here on `new_codes` counts."""
        for device in self.home.devices:
            for log in device.logs.values():
                self._read[device.name, log.name] = log.written

    def new_codes(self, device: Device) -> set[int]:
        """Codes in the device's logs since the mark."""
        return {record.code for record in self.new_records(device)}

    def new_records(self, device: Device) -> list[LogRecord]:
        """What was written into the device's logs since the mark."""
        found: list[LogRecord] = []
        for log in device.logs.values():
            fresh = log.written - self._read.get((device.name, log.name), 0)
            records = list(log)
            found += records[len(records) - min(fresh, len(records)) :]
        return found

    def logs(self, device: Device, *codes: AlertCode) -> bool:
        """Whether all of these codes were logged since the mark."""
        return {int(code) for code in codes} <= self.new_codes(device)


@dataclass(frozen=True)
class Scenario:
    """`world` makes the premises; `symptom` lets happen what has to, looks, and says whether the symptom is there.
    `stays`: it is there after the fault is switched off, as its kind says. `device` where the fault can be at several.
    """

    world: Callable[[], World]
    symptom: Callable[[World], bool]
    device: str | None = None
    stays: bool = False
    first: Callable[[World], object] | None = None  # before the fault


def dual_fuel(**more: object) -> Callable[[], World]:
    return lambda: World("dual-fuel", **more)  # type: ignore[arg-type]


def named(base: str, **more: object) -> Callable[[], World]:
    return lambda: World(base, **more)  # type: ignore[arg-type]
