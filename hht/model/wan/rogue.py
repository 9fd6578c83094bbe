"""What a rogue supplier can do to a street, with and without each control (T13, T14).

It has a supplier's signing key and desk, and one of its officers. It wants every supply off: in one minute it sends one
disable to each home and agrees to whatever is held; then it switches on and off again for three rounds; at last it
sends one command to all homes at once. Homes, hubs, meters and centres are the emulation's own; the DCC's counters are
over all of them.
"""

from __future__ import annotations

import tomllib
from dataclasses import dataclass, fields, replace

from hht.clock import ManualClock
from hht.i18n import _
from hht.model.agenda import MINUTE_MS
from hht.model.commands import Command
from hht.model.electricity_meter import ElectricityMeter
from hht.model.electricity_meter.supply import DisableSupply, EnableSupply
from hht.model.parties import Party
from hht.model.plan_file import PremisesError
from hht.model.premises import Premises, bring_to_life
from hht.model.premises_plan import parse_premises
from hht.model.refusal import DeviceRefusal
from hht.model.wan.anomaly import AnomalyDetection, usual_windows
from hht.model.wan.desk import Desk
from hht.model.wan.quarantine import Officer, Quarantine
from hht.model.wan.requests import Outcome, Transaction
from hht.model.wan.sealing import SigningKey
from hht.model.wan.street import rates
from hht.resources import resource_text

MOST_HOMES = 2000
ROUNDS = 3  # of switching on and off again, behind the first wave
EVERYBODY = "FF-FF-FF-FF-FF-FF-FF-FF"
SETTLE_S, WARM_UP_S = 60, 900


@dataclass(frozen=True, slots=True)
class Controls:
    """What stands against it; each may be missing, to see what it is worth. `anomaly`: the DCC's limit of a user;
    `together`: SMETS1 and SMETS2+ count together; `two_officers`: let go on what was held; `device`: the meter's own
    limit; `no_broadcast`: no device takes a command for another address than its own."""

    anomaly: bool = True
    together: bool = True
    two_officers: bool = True
    device: bool = True
    no_broadcast: bool = True


NO_CONTROLS = Controls(*(False for _field in fields(Controls)))


@dataclass(frozen=True, slots=True)
class Radius:
    """How far it came. `sent` in the first minute; `held` of these; `released` by the one officer; `unreached`: not
    delivered (a home whose mains failed by chance); `lost`: homes without supply then. `moves`: of contacts, over all
    homes, with the rounds behind it. `broadcast`: homes that took the one command for everybody."""

    homes: int
    sent: int
    held: int
    released: int
    unreached: int
    lost: int
    moves: int
    broadcast: int


def device_limit() -> int:
    """How often a meter lets itself be disabled within 24 hours (``anomaly.toml``; our own proposal)."""
    return int(tomllib.loads(resource_text("catalogue", "anomaly.toml"))["device"]["disables_a_day"])


def drills() -> dict[str, Controls]:
    """By name: no control, each alone, all but each, all. What is left alone has the counter it is part of."""
    found = {"none": NO_CONTROLS}
    names = [one.name for one in fields(Controls)]
    for name in names:
        if name != "together":  # it is how the limit counts, and nothing without it
            found[f"only {name}"] = replace(NO_CONTROLS, **{name: True, "together": name == "anomaly"})
    for name in names:
        found[f"without {name}"] = replace(Controls(), **{name: False})
    return found | {"all": Controls()}


class RogueStreet:
    """`homes` of one supplier, every second one SMETS1, lived in for a day. PremisesError for no street."""

    def __init__(self, homes: int, clock: ManualClock, controls: Controls) -> None:
        if not 1 <= homes <= MOST_HOMES:
            raise PremisesError(
                _("A street of {homes} homes cannot be brought to life.").format(homes=homes),
                remedy=_("Say 1 to {most} homes.").format(most=MOST_HOMES),
                code="premises-street",
            )
        self._clock, self._controls = clock, controls
        self.homes = [_home(number, clock) for number in range(homes)]
        self.meters = [home.of(ElectricityMeter)[0] for home in self.homes]
        self._centres = [centre for home in self.homes if (centre := home.centre) is not None]
        (user,) = self._centres[0].access.users.values()
        self.party: Party = user.party
        self.key = SigningKey(self.homes[0].site.chance("key of the supplier"))
        self._insider = self._one_dcc()
        self.desks = [Desk(centre, self.party) for centre in self._centres]
        self.wait(WARM_UP_S)
        self._moved = sum(meter.load_switch.moves for meter in self.meters)

    def _one_dcc(self) -> Officer:
        """One user of one DCC: one key, one counter, one quarantine. The officer who is in it; another is not."""
        controls = self._controls
        windows = usual_windows(len(self.homes)) if controls.anomaly else ()
        limit = rates().limit(len(self.homes)) if controls.anomaly else None
        volumes = {} if limit is None else dict.fromkeys(("7.1", "7.2", "7.3"), limit)
        counted = AnomalyDetection(volumes, windows=windows, together=controls.together)
        quarantine = Quarantine() if controls.two_officers else Quarantine(1)
        for centre in self._centres:
            centre.anomalies[self.party.name] = counted
            centre.quarantine = quarantine
            centre.use_key(self.party, self.key)
        for meter, home in zip(self.meters, self.homes, strict=True):
            meter.load_switch.disables_a_day = device_limit() if controls.device else None
            home.guard.group = None if controls.no_broadcast else EVERYBODY
        chance = self.homes[0].site.chance
        quarantine.enrol(self.party, "Somebody honest", chance("officer 2"))
        return quarantine.enrol(self.party, "An insider", chance("officer 1"))

    def attack(self) -> Radius:
        """All of it, once; how far it came."""
        sent = self._wave(DisableSupply())
        held = sum(one.outcome is Outcome.QUARANTINED for one in sent)
        released = self._released(sent)
        unreached = sum(one.outcome in (Outcome.UNDELIVERED, Outcome.NO_RESPONSE) for one in sent)
        lost = sum(not meter.load_switch.feeds for meter in self.meters)
        for _round in range(ROUNDS):
            self._released(self._wave(EnableSupply()))
            self._released(self._wave(DisableSupply()))
        moved = sum(meter.load_switch.moves for meter in self.meters) - self._moved
        return Radius(len(self.homes), len(sent), held, released, unreached, lost, moved, self._broadcast())

    def _wave(self, command: Command) -> list[Transaction]:
        """One command to each home, all within a minute."""
        pause_s = MINUTE_MS / 1000 / len(self.homes)
        sent = []
        for desk, meter in zip(self.desks, self.meters, strict=True):
            sent.append(desk.send(meter.name, command))
            self._clock.advance(pause_s)
        self.wait(SETTLE_S)
        return sent

    def _released(self, sent: list[Transaction]) -> int:
        """The one officer agrees to whatever is held, and agrees once more."""
        released = 0
        for desk, one in zip(self.desks, sent, strict=True):
            for _again in range(2):
                if one.outcome is Outcome.QUARANTINED:
                    released += desk.centre.release(one, self._insider.approve(one))
        self.wait(SETTLE_S)
        return released

    def _broadcast(self) -> int:
        """One command for everybody: the DCC would count one, and the air brings it to all. How many take it."""
        command, taken = DisableSupply(), 0
        seal = self.key.seal(command, EVERYBODY, 1 << 32)
        for home, meter in zip(self.homes, self.meters, strict=True):
            try:
                home.guard.verify(meter, command, self.party, seal)
            except DeviceRefusal:
                continue
            taken += 1
        return taken

    def enable(self, number: int) -> None:
        """The supplier switches one home on again."""
        self.desks[number].send(self.meters[number].name, EnableSupply())
        self.wait(SETTLE_S)

    def wait(self, seconds: float) -> None:
        """Let time pass in every home."""
        self._clock.advance(seconds)
        for home in self.homes:
            home.site.catch_up()


def _home(number: int, clock: ManualClock) -> Premises:
    """A home with Device IDs of its own."""
    kind = "smets1" if number % 2 else "smets2"
    text = resource_text("street", f"{kind}.toml").replace("{number}", f"{number >> 8:02X}-{number & 255:02X}-00")
    return bring_to_life(
        parse_premises(text, name=f"home-{number}", file=f"{kind}.toml"), clock=clock, seed=number + 1, days=1
    )
