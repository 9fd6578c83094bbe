"""The emulated premises that live in this process, and the ports of their meters: what ``emulated:`` links reach.

One premises lives once, whichever of its devices is reached and however the conversation is opened: what is written
over a link shows on its displays. It lives in the core thread; only its history may be made in another one.

Bytes take the computer's time, and so do time-outs, deadlines, journal and trace. What a meter's clock is compared with
and set to is the premises' own time: it differs from the computer's once a person has moved it.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import datetime
from typing import TYPE_CHECKING

from hht.link_url import LinkUrl, parse_link_url
from ui.system import new_id

if TYPE_CHECKING:
    from hht.clock import Clock
    from hht.emulation.desk_port import DeskPort
    from hht.emulation.port_server import PortServer
    from hht.emulation.radio.dongle_port import DonglePort
    from hht.model.premises import Premises

USUAL_HOME = "dual-fuel-connected"  # the premises of an emulated desk where nobody says which
# Options that make another life:
_SHAPING = ("seed", "days", "fault", "offers", "clients", "counters", "profiles", "notifies", "people")


class LivingPremises:
    """See the module."""

    def __init__(self, clock: Clock, new_life: Callable[[], str] = new_id) -> None:
        self.clock, self._new_life = clock, new_life
        self._lives: dict[str, str] = {}  # by its link: the name of the life that a premises lives, or will
        self._premises: dict[str, Premises] = {}
        self._ports: dict[str, PortServer] = {}
        self._dongles: dict[str, DonglePort] = {}
        self._desks: dict[str, DeskPort] = {}
        self._making = threading.Lock()

    @property
    def known(self) -> tuple[str, ...]:
        """Links to the premises that live, as `home_of` has them, in the order in which they were made."""
        return tuple(self._premises)

    def premises(self, url: LinkUrl) -> Premises:
        """The premises that `url` reaches, made with its history where it does not live yet (this takes up to seconds,
        and may be done in any thread). Raises PremisesError."""
        from hht.emulation.port_server import living

        home = home_of(url)
        with self._making:
            if str(home) not in self._premises:
                self._premises[str(home)] = living(home.target, clock=self.clock, options=home.options)
            return self._premises[str(home)]

    def life(self, url: LinkUrl) -> str:
        """The name of the life that the premises of `url` lives here: another one each time when it begins anew."""
        return self._lives.setdefault(str(home_of(url)), self._new_life())

    def port(self, url: LinkUrl) -> PortServer:
        """The port of the meter that `url` reaches. Raises PremisesError, and DeviceRefusal where it has none."""
        from hht.emulation.port_server import port_of

        key = str(url)
        if key not in self._ports:
            self._ports[key] = port_of(self.premises(url), url.options.get("device"), url.options)
        return self._ports[key]

    def dongle(self, url: LinkUrl) -> DonglePort:
        """The radio dongle at the premises that `url` reaches. Raises PremisesError, and DeviceRefusal where there is
        no hub."""
        from hht.emulation.radio.dongle_port import dongle_of

        key = str(url)
        if key not in self._dongles:
            fresh = url.option("hub", "as-it-is") == "fresh"
            firmware = url.option("firmware", "3.30")
            self._dongles[key] = dongle_of(self.premises(url), firmware=firmware, fresh=fresh)
        return self._dongles[key]

    def desk(self, url: LinkUrl, home: str = "") -> DeskPort:
        """The desk of an emulated premises: that which `url` (scheme "desk") names, else that of the link `home`, else
        the usual one. Raises PremisesError, LinkUrlError."""
        from hht.emulation.desk_port import desk_of

        there = parse_link_url(home) if home and "premises" not in url.options else None
        if there is None or there.scheme != "emulated":
            there = LinkUrl("emulated", url.option("premises", USUAL_HOME), dict(url.options))
        manner = url.option("trouble", "none"), url.option("role", "suppliers")
        key = " ".join((str(home_of(there)), *manner))
        if key not in self._desks:
            self._desks[key] = desk_of(self.premises(there), *manner)
        return self._desks[key]

    def time_at(self, url: LinkUrl) -> Clock:
        """The premises' time, and the computer's seconds."""
        return _TimeThere(self.clock, lambda: self._premises.get(str(home_of(url))))

    async def forget(self, url: LinkUrl) -> None:
        """End the life of the premises that `url` reaches, and every conversation with its meters."""
        home = str(home_of(url))
        with self._making:
            self._premises.pop(home, None)
            self._lives.pop(home, None)
        for key, port in [
            (key, port) for key, port in self._ports.items() if str(home_of(parse_link_url(key))) == home
        ]:
            del self._ports[key]
            await port.close()
        for key, dongle in [
            (key, dongle) for key, dongle in self._dongles.items() if str(home_of(parse_link_url(key))) == home
        ]:
            del self._dongles[key]
            await dongle.close()
        for key in [key for key in self._desks if key.rsplit(" ", 2)[0] == home]:
            await self._desks.pop(key).close()

    async def close(self) -> None:
        """End every life and every conversation."""
        for port in self._ports.values():
            await port.close()
        for dongle in self._dongles.values():
            await dongle.close()
        for desk in self._desks.values():
            await desk.close()
        self._desks.clear()
        self._ports.clear()
        self._dongles.clear()
        self._premises.clear()


class _TimeThere:
    """A `hht.clock.Clock`: see `LivingPremises.time_at`."""

    def __init__(self, clock: Clock, premises: Callable[[], Premises | None]) -> None:
        self._clock = clock
        self._premises = premises

    def now(self) -> datetime:
        """True time at the premises; the computer's until it lives."""
        there = self._premises()
        return self._clock.now() if there is None else there.site.clock.now()

    def monotonic(self) -> float:
        """The computer's seconds."""
        return self._clock.monotonic()


def home_of(url: LinkUrl) -> LinkUrl:
    """`url` without what says which device is meant and how to talk to it: the same for all links to one premises."""
    return LinkUrl(url.scheme, url.target, {name: url.options[name] for name in _SHAPING if name in url.options})
