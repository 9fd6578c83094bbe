"""A home with a centre, and its parties' desks."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from hht.clock import ManualClock
from hht.model.premises import Premises
from hht.model.wan.centre import Centre
from hht.model.wan.desk import Desk
from tests.model.wan.homes import home_with

TOP = "[mains]\noutages = 0\n[wan]\nsearch_s = 60\nlatency_ms = 1000\n[centre]\n"


class Site:
    """A home, its centre and its desks."""

    def __init__(self, home: Premises, clock: ManualClock) -> None:
        assert home.centre is not None
        self.home, self.clock = home, clock
        self.centre: Centre = home.centre
        users = [user.party for user in home.centre.configuration.users]
        self.power, self.gas, self.network, self.pipes = [*users, users[-1], users[-1]][:4]
        self.desk, self.gas_desk, self.network_desk = (
            Desk(self.centre, party) for party in (self.power, self.gas, self.network)
        )

    def wait(self, seconds: float) -> None:
        self.clock.advance(seconds)
        self.home.site.catch_up()


@pytest.fixture
def site_with(clock: ManualClock) -> Callable[..., Site]:
    def build(centre: str = "", *, top: str = TOP, days: int = 1, first: bool = False, base: str = "dual-fuel") -> Site:
        return Site(home_with(top + centre, clock, base=base, days=days, first_generation=first), clock)

    return build


@pytest.fixture
def site(site_with: Callable[..., Site]) -> Site:
    return site_with()
