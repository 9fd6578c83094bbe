"""What parties ask of a premises over the WAN for some weeks: how many octets that is, who pays, and what it costs.

Each request is a whole GBCS message that the emulated meter carries out and answers, at its time of the premises'
clock; both are counted as they are, without what a WAN adds to carry them. How often and at what price is data
(``resources/catalogue/service_use.toml``). Figures for many homes are those of this one, times so many.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, time, timedelta
from functools import cache
from typing import Any, Final

from hht.clock import ManualClock
from hht.emulation.gbcs.ends import GbcsEnds
from hht.emulation.party_commands import COMMANDS, PartyCommand, Situation, message
from hht.errors import HhtError
from hht.i18n import _
from hht.model.device import DeviceKind
from hht.model.electricity_meter import ElectricityMeter
from hht.model.parties import UserRole
from hht.model.premises import Premises
from hht.model.refusal import DeviceRefusal
from hht.model.wan.access import services
from hht.protocol.cosem.access import AccessResponse
from hht.protocol.gbcs.envelope import parse
from hht.protocol.gbcs.payload import parse_payload
from hht.resources import resource_text

TARIFFS: Final = ("critical-peak", "real-time")
PAYERS: Final = ("supplier", "network operator", "third party", "consumer")
MONTH_DAYS: Final = 30
WEEK_DAYS: Final = 7
MOST_WEEKS: Final = 4


class UsageError(HhtError):
    """Nothing can be counted here."""

    default_code = "usage"


@dataclass(frozen=True, slots=True)
class Use:
    """One kind of request as the catalogue has it. `tariff`: it is asked under that tariff alone ("": always);
    `within_s`: how soon every home is to have it (0: nobody says)."""

    name: str
    title: str
    command: PartyCommand
    sender: UserRole
    payer: str
    charge: str
    tariff: str
    at: tuple[time, ...]
    every_days: int
    every_min: int
    within_s: int

    def times(self, begins: datetime, days: int) -> Iterator[datetime]:
        """When it is sent in the `days` behind `begins` (a midnight, UTC)."""
        if self.every_min:
            count = days * 24 * 60 // self.every_min
            yield from (begins + timedelta(minutes=self.every_min * number) for number in range(count))
            return
        for day in range(0, days, self.every_days):
            for at in self.at:
                yield begins + timedelta(days=day, hours=at.hour, minutes=at.minute)


@dataclass(frozen=True, slots=True)
class Prices:
    """Of the DCC's services, pence: for each meter and month whatever is asked, and for each answered request by what
    it is billed as. Not verified: for training."""

    standard: float
    variable: dict[str, float]


@dataclass(slots=True)
class Counted:
    """What was sent of one kind: how often, how many octets down and up, how many came to nothing, and why the last of
    those did. `longest`: octets of the longest exchange."""

    use: Use
    answered: int = 0
    refused: int = 0
    down: int = 0
    up: int = 0
    longest: int = 0
    why: str = ""

    @property
    def octets(self) -> int:
        """Both ways."""
        return self.down + self.up

    def kbit_s(self, homes: int) -> float | None:
        """What the WAN must carry while so many homes are told within the time that there is; None: no hurry."""
        sent = self.answered + self.refused
        return self.down * 8 * homes / sent / self.use.within_s / 1000 if self.down and self.use.within_s else None


@dataclass(frozen=True, slots=True)
class Charge:
    """What a payer owes for a month: `count` times `pence` of an item ("standard": the meter itself)."""

    payer: str
    item: str
    count: float
    pence: float

    @property
    def amount(self) -> float:
        """Pence."""
        return self.count * self.pence


@dataclass(slots=True)
class Usage:
    """Some weeks of one premises, in days."""

    days: int
    meters: int
    counted: list[Counted] = field(default_factory=list)

    @property
    def octets(self) -> int:
        """Of everything, both ways."""
        return sum(one.octets for one in self.counted)

    def charges(self) -> list[Charge]:
        """What these days come to in a month of 30, by payer: the standard charge is the supplier's."""
        prices = service_prices()
        found = [Charge(PAYERS[0], "standard", self.meters, prices.standard)]
        counts: dict[tuple[str, str], int] = {}
        for one in self.counted:
            key = one.use.payer, one.use.charge
            counts[key] = counts.get(key, 0) + one.answered
        for (payer, item), count in counts.items():
            if count:
                found.append(Charge(payer, item, count * MONTH_DAYS / self.days, prices.variable[item]))
        return found


@cache
def uses() -> tuple[Use, ...]:
    """The catalogue's. Raises ValueError, KeyError or TypeError for broken data: a request without a payer, say."""
    return tuple(_use(name, row) for name, row in _table()["use"].items())


@cache
def service_prices() -> Prices:
    """The catalogue's. Raises as `uses`."""
    variable = {name: float(row) for name, row in _table()["variable"].items() if name not in ("verified", "source")}
    return Prices(float(_table()["standard"]["pence"]), variable)


@cache
def _table() -> dict[str, Any]:
    return tomllib.loads(resource_text("catalogue", "service_use.toml"))


def _use(name: str, row: dict[str, Any]) -> Use:
    payer, charge = str(row["payer"]), str(row["charge"])
    if payer not in PAYERS:
        raise ValueError(f"{name}: {payer!r} pays for nothing")
    if charge not in service_prices().variable:
        raise ValueError(f"{name}: no price for {charge!r}")
    return Use(
        name,
        str(row["title"]),
        COMMANDS[str(row["request"])],
        UserRole(str(row["sender"])),
        payer,
        charge,
        str(row.get("tariff", "")),
        tuple(map(time.fromisoformat, row.get("at", ()))),
        _whole(row, "every_days", 1),
        _whole(row, "every_min", 0),
        _whole(row, "within_s", 0),
    )


def _whole(row: dict[str, Any], name: str, usual: int) -> int:
    number = row.get(name, usual)
    if not isinstance(number, int):
        raise TypeError(f"{name}: a whole number")
    return number


def count_usage(premises: Premises, clock: ManualClock, weeks: int, tariff: str = TARIFFS[0]) -> Usage:
    """Live so many whole weeks, by the premises' own `clock`, with all that parties ask in them of a home that has the
    `tariff`. UsageError where nobody can ask, or for weeks that cannot be."""
    if not 1 <= weeks <= MOST_WEEKS:
        raise UsageError(
            _("{weeks} weeks cannot be counted.").format(weeks=weeks),
            remedy=_("Say 1 to {most} weeks.").format(most=MOST_WEEKS),
        )
    meters = [one for one in premises.of(ElectricityMeter) if one.node is not None and one.node.joined]
    if premises.centre is None or premises.centre.by_own_equipment or not meters:
        raise UsageError(
            _("No party asks {name} anything by way of the DCC.").format(name=premises.name),
            remedy=_(
                "Choose a premises with a WAN, a centre and a joined electricity meter: dual-fuel-connected, say."
            ),
        )
    return _Line(premises, clock, meters[0]).live(weeks * WEEK_DAYS, tariff)


class _Line:
    """The parties' line to one meter, through the hub: what goes over it is counted."""

    def __init__(self, premises: Premises, clock: ManualClock, meter: ElectricityMeter) -> None:
        self._premises, self._clock, self._meter = premises, clock, meter
        self._ends = GbcsEnds()
        self._counter = 1000
        self._usual = meter.tariff.plan.prices

    def live(self, days: int, tariff: str) -> Usage:
        site = self._premises.site
        begins = (site.now() + timedelta(days=1)).replace(hour=0, minute=0, second=0, microsecond=0)
        meters = 1 + sum(1 for plan in self._premises.plan.devices if plan.kind is DeviceKind.GSME)
        asked = [use for use in uses() if use.tariff in ("", tariff) and use.command.possible(self._meter)]
        counted = [Counted(use) for use in asked]
        plan = sorted(((at, number) for number, one in enumerate(counted) for at in one.use.times(begins, days)))
        for at, number in plan:
            self._until(at)
            self._ask(counted[number])
        self._until(begins + timedelta(days=days))
        return Usage(days, meters, counted)

    def _until(self, at: datetime) -> None:
        self._clock.advance(max(0.0, (at - self._premises.site.now()).total_seconds()))
        self._premises.site.catch_up()

    def _ask(self, one: Counted) -> None:
        """Send one request, and count it and what comes back; what the centre does not take loads no WAN."""
        denied = self._denied(one.use)
        if denied:
            one.refused, one.why = one.refused + 1, denied
            return
        octets = self._message(one.use, one.answered + one.refused)
        one.down += len(octets)
        try:
            answer = self._ends.read(self._meter, octets)
        except DeviceRefusal as refusal:
            one.refused, one.why = one.refused + 1, refusal.message
            return
        one.up += len(answer)
        one.longest = max(one.longest, len(octets) + len(answer))
        told = parse_payload(parse(answer))
        if isinstance(told, AccessResponse) and any(told.results):
            one.refused, one.why = one.refused + 1, _("the meter did not carry it out")
        else:
            one.answered += 1

    def _denied(self, use: Use) -> str:
        """Why the access control broker does not take it; "": it does."""
        centre = self._premises.centre
        assert centre is not None
        if use.sender not in services()[use.command.service].roles:
            return _("{role} may not send {service}").format(role=use.sender.value, service=use.command.service)
        for user in centre.access.users.values():
            if user.party.role is use.sender:
                sanction = centre.access.sanction_on(user.party.name, use.command.service, self._meter.name)
                return "" if sanction is None else sanction.why
        external = use.sender is UserRole.OTHER_USER  # of those the premises' own file names none
        return "" if external else _("no party here has the role {role}").format(role=use.sender.value)

    def _message(self, use: Use, before: int) -> bytes:
        self._counter += 1
        counter, vend = self._counter, self._meter.prepayment.top_ups.vend
        if use.charge == "top-up":  # the token's counter is the upper half of the message's
            self._counter = counter = (vend.counter + 1 << 32) + (counter & 0xFFFF_FFFF)
        situation = Situation(self._meter, use.sender, counter, self._premises.site.now(), self._usual, before)
        return message(use.command, situation)
