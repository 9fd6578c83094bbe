"""Which function makes which look, and the frames that it took."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import datetime
from typing import Final

from hht.diagnosis.evidence import Frames, Observation
from hht.diagnosis.knowledge import Knowledge, Look
from hht.errors import HhtError
from hht.link import TraceEvent
from hht.work.looks import desk, probe, radio
from hht.work.looks.ways import Found, Ways

Make = Callable[[Ways, Knowledge, Look], Awaitable[Found]]
_MAKERS: Final[Mapping[str, Make]] = {
    "sign-on": probe.sign_on,
    "meter-values": probe.values,
    "meter-history": probe.history,
    "meter-logs": probe.logs,
    "load-test": probe.load_test,
    "reach": desk.reach,
    "round-trip": desk.round_trip,
    "gas-round-trip": desk.gas_round_trip,
    "device-log": desk.device_log,
    "hub-logs": desk.hub_logs,
    "gas-logs": desk.gas_logs,
    "partners": desk.partners,
    "inventory": desk.inventory,
    "join-try": desk.join_try,
    "sealed-command": desk.sealed,
    "air": radio.air,
    "window": radio.window,
}


class Tally:
    """Counts the events of each link's trace, so that an observation can say where it stands in it. A sink."""

    def __init__(self) -> None:
        self.counts: dict[str, int] = {}
        self._spans: dict[str, tuple[datetime, datetime]] = {}

    def __call__(self, event: TraceEvent) -> None:
        """One more event."""
        self.add(event.link)
        self._spans[event.link] = self._spans.get(event.link, (event.utc, event.utc))[0], event.utc

    def begin(self) -> Mapping[str, int]:
        """How it stands now, for `since`, whose times begin here."""
        self._spans.clear()
        return dict(self.counts)

    def add(self, link: str, events: int = 1) -> None:
        """So many more of a link, or of a conversation that has a record instead of a trace."""
        self.counts[link] = self.counts.get(link, 0) + events

    def since(self, before: Mapping[str, int]) -> tuple[Frames, ...]:
        """What came since."""
        return tuple(
            Frames(link, before.get(link, 0) + 1, count, *self._spans.get(link, ()))
            for link, count in self.counts.items()
            if count > before.get(link, 0)
        )


class Looking:
    """Makes looks over `ways` (`hht.diagnosis.course.Looker`). `tally` is the sink of every link in them. A look that
    cannot be made tells nothing; `trouble` has why."""

    def __init__(self, ways: Ways, known: Knowledge, tally: Tally) -> None:
        self._ways, self._known, self._tally = ways, known, tally
        self.trouble: dict[str, HhtError] = {}
        self._minutes: dict[str, float] = {}

    @property
    def home(self) -> frozenset[str]:
        """What the home has."""
        return self._ways.home.features

    def able(self, look: Look) -> bool:
        """Whether there is a way for it, and what it looks at."""
        return self._ways.has(look.means) and set(look.needs) <= self.home

    def minutes(self, look: Look) -> float:
        """What the look, made last, has cost: its minutes; where it told nothing, the time that was spent on it."""
        return self._minutes.get(look.name, 0.0)

    def why_not(self, look: Look) -> HhtError | None:
        """Why a look could not be made."""
        return self.trouble.get(look.name)

    async def look(self, look: Look) -> Sequence[Observation]:
        """Make it."""
        before, began = self._tally.begin(), self._ways.clock.monotonic()
        self.trouble.pop(look.name, None)
        make = _MAKERS.get(look.name, _by_person)
        try:
            found = await make(self._ways, self._known, look)
        except HhtError as error:
            self.trouble[look.name] = error
            found = {}
        lost = round((self._ways.clock.monotonic() - began) / 60, 1)
        self._minutes[look.name] = look.minutes if found else lost
        frames, at = self._tally.since(before), self._ways.clock.now()
        return tuple(Observation(look.name, name, value, at, shown, frames) for name, (value, shown) in found.items())


async def _by_person(ways: Ways, known: Knowledge, look: Look) -> Found:
    """Each reading is a question."""
    found: Found = {}
    for name in look.reads:
        reading = known.readings[name]
        if not set(reading.needs) <= ways.home.features:
            continue
        told = await ways.person.tell(reading)
        if told is not None and told in reading.values:
            found[name] = (told, reading.values[told])
    return found


__all__ = ["Looking", "Tally"]
