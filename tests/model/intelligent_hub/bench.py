"""A hub with a gas account and a basic gas meter on a bench. A cubic metre costs a pound; a burner takes 450 l each
half-hour, 45 p."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime

from hht.clock import ManualClock
from hht.model.communications_hub import CommunicationsHub
from hht.model.intelligent_hub import AccountingGasProxy, BasicGasMeter
from hht.model.parties import Party, UserRole
from hht.model.premises import Premises, bring_to_life
from hht.model.premises_plan import parse_premises
from hht.model.prepayment.commands import ApplyGasTopUp, SetGasPrepaymentMode
from hht.model.prepayment.settings import ModeTerms
from hht.model.prepayment.tokens import Receipt

GAS_SUPPLIER = Party("Example Gas", UserRole.GAS_SUPPLIER)
MIDNIGHT = datetime(2026, 11, 18, 0, 0, tzinfo=UTC)  # a Wednesday
HALF_HOUR_S = 1800

TEXT = """
title = "Bench"
{top}

[[device]]
id = "hub-1"
kind = "communications-hub"
device_id = "00-DB-12-34-56-78-9A-A2"
gpf_id = "00-DB-12-34-56-78-9A-A3"
manufacturer = "HHT Training"
model = "TRAINER-IH"
firmware = "00030201"

[device.account]
timeout_half_hours = {timeout}
calorific_value = 400
conversion_factor = 100_000
{account}

[device.account.tariff]
{tariff}
standing_charge_p = {standing}

[device.account.prepayment]
{prepayment}

[[device]]
id = "gsme-1"
kind = "gas-meter"
architecture = "basic"
device_id = "00-DB-12-34-56-78-9A-A1"
manufacturer = "HHT Training"
model = "BASIC-G4"
firmware = "00010002"

[device.gas]
reading_l = 100_000
annual_kwh = 0
pilot_lh = {burner}
warns_below_l = {low}

[device.han]
install_code = "1122334455667788112233445566778A"
joined = {joined}
{more}
"""


def text(**changes: object) -> str:
    """The bench's file, with `changes` to its blanks."""
    usual: dict[str, object] = {
        "top": "",
        "timeout": 4,
        "account": "",
        "tariff": "prices_p = [9]",
        "standing": 0,
        "prepayment": "",
        "burner": 0,
        "low": 0,
        "joined": "true",
        "more": "",
    }
    assert not set(changes) - set(usual)
    return TEXT.format(**usual | changes)


@dataclass
class Bench:
    """Everything in reach. `jam` makes the HAN fail, `clear` mends it."""

    premises: Premises
    clock: ManualClock
    opening_l: int = 0

    @property
    def hub(self) -> CommunicationsHub:
        return self.premises.of(CommunicationsHub)[0]

    @property
    def account(self) -> AccountingGasProxy:
        gpf = self.hub.gpf
        assert isinstance(gpf, AccountingGasProxy)
        return gpf

    @property
    def meter(self) -> BasicGasMeter:
        return self.premises.of(BasicGasMeter)[0]

    @property
    def litres(self) -> int:
        """Since the bench was set up."""
        return self.meter.litres() - self.opening_l

    @property
    def cut_off_l(self) -> int | None:
        cut_off = self.meter.supervision.cut_off_nl
        return None if cut_off is None else cut_off // 1_000_000_000 - self.opening_l

    @property
    def balance(self) -> int:
        """Pence, rounded down."""
        self.account.prepayment.settle()
        return self.account.prepayment.accounts.balance // 1000

    @property
    def reading(self) -> str:
        """The reading now, with its check digits."""
        return self.account.codes(self.meter.identity.device_id).reading(self.meter.litres())

    @property
    def valve(self) -> str:
        """What the valve is."""
        self.premises.site.catch_up()
        valve = self.meter.valve
        return "testing" if valve.testing else "closed" if valve.closed else "open"

    def jam(self) -> None:
        self.premises.site.catch_up()
        self.hub.network.jammed = True

    def clear(self) -> None:
        self.premises.site.catch_up()
        self.hub.network.jammed = False

    def wait(self, *, half_hours: int = 0, minutes: int = 0) -> None:
        """Let time pass."""
        self.clock.advance(half_hours * HALF_HOUR_S + minutes * 60)
        self.premises.site.catch_up()

    def buy(self, pence: int) -> Receipt:
        """A token for the gas account."""
        return self.account.prepayment.top_ups.vend.mint(pence)

    def top_up(self, pence: int) -> None:
        """The supplier sends credit over the WAN."""
        receipt = self.buy(pence)
        self.account.execute(ApplyGasTopUp(receipt.utrn, receipt.counter, receipt.target), GAS_SUPPLIER)

    def prepay(self) -> None:
        """Prepayment mode from now on."""
        self.account.execute(SetGasPrepaymentMode(ModeTerms()), GAS_SUPPLIER)

    def row(self) -> str:
        """A line of a golden run: time, register and cut-off in litres, counters of meter and hub, flag, valve."""
        litres, supervision = self.litres, self.meter.supervision
        moment = f"{self.premises.site.now():%H:%M}"
        counters = f"{supervision.counter.left}/{self.account.counter.left}"
        flag = "failed" if supervision.counter.failed else "-"
        return f"{moment} {litres:5} {self.cut_off_l!s:>5} {counters:>5} {flag:6} {self.valve}"

    def run(self, half_hours: int) -> list[str]:
        """Rows at the end of each of so many half-hours."""
        rows = []
        for _number in range(half_hours):
            self.wait(half_hours=1)
            rows.append(self.row())
        return rows


def bench(pence: int | None = None, **changes: object) -> Bench:
    """Set one up; it is midnight, its day of history was in Credit mode. `pence`: Prepayment mode from now on, with so
    much credit, which the meter has just been told."""
    clock = ManualClock(MIDNIGHT)
    plan = parse_premises(text(**changes), name="bench", file="bench.toml")
    made = Bench(bring_to_life(plan, clock=clock, days=1), clock)
    made.opening_l = made.meter.litres()
    if pence is not None:
        made.prepay()
        if pence:
            made.top_up(pence)
        made.meter.display.press("contact")
    return made
