"""A street of homes of one supplier behind one DCC, and what becomes of it when all are to go dark at once (SEC-23).

Every home is an emulated premises of its own, on one clock. The DCC counts a user's requests over all of them, as it
does over a country: what is beyond its limit of 24 hours is held (`hht.model.wan.anomaly`). What went wrong in the
meters themselves no command mends: that takes a visit to each. Rates are data (``resources/catalogue/
mass_disable.toml``, none verified).
"""

from __future__ import annotations

import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

from hht.clock import ManualClock
from hht.i18n import _
from hht.model.electricity_meter import ElectricityMeter
from hht.model.electricity_meter.supply import DisableSupply, EnableSupply
from hht.model.parties import Party, UserRole
from hht.model.plan_file import PremisesError
from hht.model.premises import Premises, load_premises
from hht.model.wan.access import Sanction
from hht.model.wan.anomaly import AnomalyDetection
from hht.model.wan.desk import Desk
from hht.model.wan.quarantine import Officer
from hht.model.wan.requests import Outcome, Transaction
from hht.resources import resource_text

MOST_HOMES = 1000
DAY_S, _SETTLE_S = 86_400, 60
_SWITCHING = ("7.1", "7.2", "7.3")
_WARM_UP_S = 900  # until every hub has found its WAN


@dataclass(frozen=True, slots=True)
class Rates:
    """What the catalogue says; see there."""

    limit_per_thousand: int
    crews: int
    visits_a_day: int
    days_a_week: int
    commands_a_second: int
    fails_per_thousand: int

    def limit(self, homes: int) -> int:
        """How many supplies one user may switch in 24 hours; at least one."""
        return max(1, homes * self.limit_per_thousand // 1000)

    def visit_weeks(self, homes: int) -> float:
        """Weeks until every home was visited once."""
        return homes / (self.crews * self.visits_a_day) / self.days_a_week

    def wan_hours(self, homes: int) -> float:
        """Hours until every meter was told once over the WAN."""
        return homes / self.commands_a_second / 3600


@dataclass(frozen=True, slots=True)
class Drill:
    """What a wave of requests came to: how many were sent to homes, carried out, held by the DCC, or denied; how many
    homes are without supply behind it."""

    sent: int
    carried_out: int
    held: int
    denied: int
    dark: int


@cache
def rates() -> Rates:
    """The catalogue's. Raises ValueError, KeyError or TypeError for broken data."""
    table = tomllib.loads(resource_text("catalogue", "mass_disable.toml"))
    visits = table["visits"]
    return Rates(
        int(table["limit"]["per_thousand"]),
        int(visits["crews"]),
        int(visits["a_day"]),
        int(visits["days_a_week"]),
        int(table["wan"]["commands_a_second"]),
        int(table["switch"]["fails_per_thousand_a_year"]),
    )


class Street:
    """`homes` times the premises `name`, lived in for a day. `limit`: supplies that a user may switch in 24 hours;
    None: as many as it likes. PremisesError where nobody could switch anything."""

    def __init__(self, name: str, homes: int, clock: ManualClock, *, limit: int | None) -> None:
        if not 1 <= homes <= MOST_HOMES:
            raise PremisesError(
                _("A street of {homes} homes cannot be brought to life.").format(homes=homes),
                remedy=_("Say 1 to {most} homes.").format(most=MOST_HOMES),
                code="premises-street",
            )
        self.clock = clock
        self.homes = [load_premises(name, clock=clock, seed=number, days=1) for number in range(1, homes + 1)]
        self._desks = [_desk(home) for home in self.homes]
        self._officers = tuple(_officers(desk) for desk in self._desks)
        counted = AnomalyDetection({} if limit is None else dict.fromkeys(_SWITCHING, limit))
        for desk in self._desks:  # one user of one DCC: whatever it sends is counted together
            desk.centre.anomalies[desk.party.name] = counted
        self.wait(_WARM_UP_S)

    @property
    def meters(self) -> list[ElectricityMeter]:
        """The first meter of each home."""
        return [home.of(ElectricityMeter)[0] for home in self.homes]

    @property
    def dark(self) -> int:
        """Homes without supply behind the meter."""
        return sum(not meter.load_switch.feeds for meter in self.meters)

    def wait(self, seconds: float) -> None:
        """Let time pass in every home."""
        self.clock.advance(seconds)
        for home in self.homes:
            home.site.catch_up()

    def disable_all(self) -> Drill:
        """The supplier (or whoever has its keys) has every supply switched off, those first that are on."""
        return self._wave([desk.send(meter.name, DisableSupply()) for desk, meter in self._targets(on=True)])

    def enable_all(self, *, confirmed: bool = False) -> Drill:
        """The supplier has every supply switched on, those first that are off; `confirmed`: what the DCC holds of that,
        two officers of it let go on."""
        sent = []
        for desk, meter in self._targets(on=False):
            sent.append(desk.send(meter.name, EnableSupply()))
            if confirmed and sent[-1].outcome is Outcome.QUARANTINED:
                officers = self._officers[self._desks.index(desk)]
                desk.centre.release(sent[-1], *(one.approve(sent[-1]) for one in officers))
        return self._wave(sent)

    def suspend(self, why: str) -> None:
        """The SEC Panel suspends the supplier: nothing of it is taken any more."""
        for desk in self._desks:
            desk.centre.access.sanctions.append(Sanction(desk.party.name, "SEC Panel", why))

    def break_all(self) -> None:
        """Every load switch fails, as one type of it would on one day: its contact has burnt off."""
        for home, meter in zip(self.homes, self.meters, strict=True):
            home.faults.on("contact-burnt", meter.name)

    def fail_by_chance(self, per_thousand: int) -> list[str]:
        """A year's failures: of so many in a thousand load switches the contact burns off, by each home's own chance
        (EDG-05). The names of the meters; one without a load switch has nothing that could fail so."""
        failed = []
        for number, (home, meter) in enumerate(zip(self.homes, self.meters, strict=True), 1):
            if meter.load_switch.fitted and home.site.chance(f"load switch {number}") % 1000 < per_thousand:
                home.faults.on("contact-burnt", meter.name)
                failed.append(f"{meter.name} of home {number}")
        return failed

    def visit_all(self, visits_a_day: int) -> int:
        """Mend each home by a visit, so many a day; on how many days that was."""
        days, left = 0, list(zip(self.homes, self.meters, strict=True))
        while left:
            for home, meter in left[:visits_a_day]:
                home.faults.off("contact-burnt", meter.name)
            left = left[visits_a_day:]
            days += 1
            self.wait(DAY_S)
        return days

    def _targets(self, *, on: bool) -> list[tuple[Desk, ElectricityMeter]]:
        """Every home, those first whose supply stands so."""
        every = zip(self._desks, self.meters, strict=True)
        return sorted(every, key=lambda one: one[1].load_switch.feeds is not on)

    def _wave(self, sent: Sequence[Transaction]) -> Drill:
        self.wait(_SETTLE_S)
        outcomes = [one.outcome for one in sent]
        return Drill(
            len(sent),
            outcomes.count(Outcome.ANSWERED),
            outcomes.count(Outcome.QUARANTINED),
            outcomes.count(Outcome.DENIED),
            self.dark,
        )


def _officers(desk: Desk) -> tuple[Officer, ...]:
    """Enough of the supplier's officers to let go on what is held."""
    centre = desk.centre
    names = (f"officer {number}" for number in range(1, centre.quarantine.needed + 1))
    return tuple(centre.quarantine.enrol(desk.party, name, centre.site.chance(name)) for name in names)


def _desk(home: Premises) -> Desk:
    party = _supplier(home)
    if home.centre is None or party is None or not home.of(ElectricityMeter) or not home.wan:
        raise PremisesError(
            _("No supplier can switch the supply of {name} from afar.").format(name=home.name),
            remedy=_("Choose a premises with a WAN, a centre and an electricity meter: dual-fuel-connected, say."),
            code="premises-street",
        )
    return Desk(home.centre, party)


def _supplier(home: Premises) -> Party | None:
    users = home.centre.access.users.values() if home.centre is not None else ()
    return next((user.party for user in users if user.party.role is UserRole.IMPORT_SUPPLIER), None)
