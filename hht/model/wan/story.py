"""What happens at the other end of the WAN by itself, as a premises file tells it: ``[[story]]``.

A story is acts in the order of their times: a supplier changes, a SMETS1 site is authorised, tested, migrated, a site
opts in or out, a party sends a request. What came of each stands in the chronicle; an act that cannot be stays undone.
"""

from __future__ import annotations

import enum
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING

from hht.errors import HhtError
from hht.model.commands import Command
from hht.model.device import DeviceKind
from hht.model.electricity_meter.registers import ReadImportRegisters
from hht.model.electricity_meter.supply import ArmSupply, DisableSupply, EnableSupply, ReadSupplyState
from hht.model.wan.change_of_supplier import change_supplier
from hht.model.wan.configuration import Arrangement, Regime
from hht.model.wan.desk import Desk
from hht.model.wan.migration import Migration
from hht.model.wan.opting import opt
from hht.model.wan.product_lists import Generation, generation
from hht.model.wan.requests import Outcome, Transaction

if TYPE_CHECKING:
    from hht.model.wan.centre import Centre


class Act(enum.StrEnum):
    """What may happen."""

    CHANGE_OF_SUPPLIER = "change-of-supplier"
    AUTHORISE = "authorise"
    TEST = "test"
    MIGRATE = "migrate"
    OPT_IN = "opt-in"
    OPT_OUT = "opt-out"
    REQUEST = "request"


REQUESTS: dict[str, type[Command]] = {
    "read-supply": ReadSupplyState,
    "read-registers": ReadImportRegisters,
    "disable": DisableSupply,
    "arm": ArmSupply,
    "enable": EnableSupply,
}


@dataclass(frozen=True, slots=True)
class Episode:
    """One act. `at`: a moment, or so long after the present. `party` acts, or loses; `gaining` follows it, by the
    arrangement `leaves` (None: the centre's); `device` and `request` of a request; `says`: why, for who reads on."""

    at: datetime | timedelta
    act: Act
    party: str = ""
    gaining: str = ""
    leaves: Arrangement | None = None
    device: str = ""
    request: str = ""
    says: str = ""


class Story:
    """The episodes of one premises, each at its time; those before the history begins come first, in their order."""

    def __init__(self, centre: Centre, episodes: tuple[Episode, ...]) -> None:
        self.centre = centre
        self.sent: list[Transaction] = []
        self._desks: dict[str, Desk] = {}
        self._migration: Migration | None = None
        self._acts: dict[Act, Callable[[Episode], None]] = {
            Act.CHANGE_OF_SUPPLIER: self._change,
            Act.AUTHORISE: lambda episode: self.migration.authorise(centre.access.users[episode.party].party),
            Act.TEST: lambda _episode: _ignore(self.migration.test()),
            Act.MIGRATE: lambda _episode: self.migration.migrate(),
            Act.OPT_IN: lambda _episode: _ignore(opt(centre, Regime.MASS_ROLL_OUT)),
            Act.OPT_OUT: lambda _episode: _ignore(opt(centre, Regime.OPTED_OUT)),
            Act.REQUEST: self._request,
        }
        site = centre.site
        for episode in episodes:
            site.agenda.at(max(site.agenda.now_ms, site.moment_ms(episode.at)), partial(self._happen, episode))

    @property
    def migration(self) -> Migration:
        """The way of the site's SMETS1 meter into the centre."""
        if self._migration is None:
            first = next(
                device.name
                for device in self.centre.devices.values()
                if device.kind is DeviceKind.ESME and generation(device.identity) is Generation.SMETS1
            )
            self._migration = Migration(self.centre, first)
        return self._migration

    def _happen(self, episode: Episode) -> None:
        self.centre.site.tell("story", episode.act.value, episode.says)
        try:
            self._acts[episode.act](episode)
        except HhtError as error:
            self.centre.site.tell("story", f"{episode.act.value} did not happen", error.message)

    def _change(self, episode: Episode) -> None:
        change_supplier(self.centre, episode.party, episode.gaining, episode.leaves)

    def _request(self, episode: Episode) -> None:
        user = self.centre.access.users.get(episode.party)
        if user is None:
            self.centre.site.tell("story", "request not sent", f"{episode.party} is no party here any more")
            return
        desk = self._desks.setdefault(episode.party, Desk(self.centre, user.party))
        sent = desk.send(episode.device, REQUESTS[episode.request]())
        self.sent.append(sent)
        if sent.outcome is Outcome.SENT:
            sent.then(self._tell)
        else:
            self._tell(sent)

    def _tell(self, sent: Transaction) -> None:
        what = f"{sent.request.command.use_case} of {sent.request.sender} at {sent.request.device}"
        self.centre.site.tell("story", f"{what}: {sent.outcome.value}", sent.why)


def _ignore(_result: object) -> None:
    """What an act returns is told elsewhere."""
