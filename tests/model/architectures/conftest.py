"""A premises by name, alive, with its centre's parties at their desks."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

import pytest

from hht.clock import ManualClock
from hht.model.commands import Command
from hht.model.communications_hub import CommunicationsHub
from hht.model.parties import Party
from hht.model.premises import Premises, load_premises
from hht.model.wan.centre import Centre
from hht.model.wan.desk import Desk
from hht.model.wan.requests import Transaction

START = datetime(2026, 6, 17, 12, 12, 33, tzinfo=UTC)  # a working day with sun


class Lived:
    """A premises that has lived `days` days, and what a test wants of it."""

    def __init__(self, home: Premises, clock: ManualClock) -> None:
        self.home, self.clock = home, clock
        self._desks: dict[str, Desk] = {}

    @property
    def centre(self) -> Centre:
        assert self.home.centre is not None
        return self.home.centre

    @property
    def hub(self) -> CommunicationsHub:
        return self.home.of(CommunicationsHub)[0]

    def party(self, name: str) -> Party:
        return self.centre.access.users[name].party

    def desk(self, name: str) -> Desk:
        if name not in self._desks:
            self._desks[name] = Desk(self.centre, self.party(name))  # its counters only rise
        return self._desks[name]

    def wait(self, seconds: float) -> None:
        self.clock.advance(seconds)
        self.home.site.catch_up()

    def sent(self, party: str, device: str, command: Command, *, wait_s: float = 10) -> Transaction:
        """Send a request from a party's desk, and wait for what becomes of it."""
        transaction = self.desk(party).send(device, command)
        self.wait(wait_s)
        return transaction


@pytest.fixture
def lived() -> Callable[..., Lived]:
    def live(name: str, *, days: int = 2) -> Lived:
        clock = ManualClock(START)
        return Lived(load_premises(name, clock=clock, days=days), clock)

    return live
