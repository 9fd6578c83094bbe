"""What everything in a premises shares: true time, the agenda, chance and the chronicle.

Time comes from a `SimulatedClock` (which a person may pause, hasten or move ahead). Whoever asks `now` first lets
everything happen that is due: a premises that nobody looks at costs nothing.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from hht.clock import Clock
from hht.model.agenda import Agenda
from hht.model.chronicle import Chronicle
from hht.model.clock import SimulatedClock
from hht.model.seeded import subseed

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MILLISECOND = timedelta(milliseconds=1)


class Site:
    """One premises' time, order and chance. It is a `hht.clock.Clock` of true time, in whole milliseconds.

    `begins` is when its history starts; `live` lets it run up to `clock`'s time (`present_ms`), and on from then. What
    meters capture is kept from `records_from` on (default: from the beginning).
    """

    def __init__(self, clock: Clock, *, begins: datetime, seed: int = 1, records_from: datetime | None = None) -> None:
        self.clock = clock if isinstance(clock, SimulatedClock) else SimulatedClock(clock)
        self.seed = seed
        self.agenda = Agenda(to_ms(begins))
        self.present_ms = max(to_ms(self.clock.now()), self.agenda.now_ms)  # where history ends
        self.chronicle = Chronicle()
        self.alarms: list[Callable[[str, int, str], None]] = []  # told of every alert: device, code, information
        self.records_from_ms = to_ms(begins if records_from is None else records_from)
        self._alive = False

    def live(self) -> None:
        """Let history happen, and go on with the clock."""
        self._alive = True
        self.catch_up()

    def catch_up(self) -> None:
        """Let everything happen that is due by now. Inside a happening this does nothing."""
        if self._alive and not self.agenda.running:
            self.agenda.run_to(to_ms(self.clock.now()))

    @property
    def now_ms(self) -> int:
        """True time, ms since 1970; what is due has happened."""
        self.catch_up()
        return self.agenda.now_ms

    @property
    def now_s(self) -> int:
        """True time, whole Unix seconds."""
        return self.now_ms // 1000

    def now(self) -> datetime:
        """True time: aware, UTC."""
        return to_datetime(self.now_ms)

    def monotonic(self) -> float:
        """Seconds of true time; only differences mean anything."""
        return self.now_ms / 1000

    def moment_ms(self, moment: datetime | timedelta) -> int:
        """A moment of a premises file as true time, ms: a timedelta is counted from the present, where history ends."""
        if isinstance(moment, datetime):
            return to_ms(moment)
        return self.present_ms + moment // _MILLISECOND

    def chance(self, name: str) -> int:
        """An independent seed for the part called `name` (`hht.model.seeded`)."""
        return subseed(self.seed, name)

    def tell(self, where: str, what: str, why: str = "") -> None:
        """Write a line into the chronicle, at this moment."""
        self.chronicle.add(self.agenda.now_ms, where, what, why)


def to_ms(moment: datetime) -> int:
    """Whole milliseconds since 1970, rounded down. `moment` must be aware."""
    return (moment - _EPOCH) // _MILLISECOND


def to_datetime(time_ms: int) -> datetime:
    """The aware UTC time that `time_ms` milliseconds since 1970 are."""
    return _EPOCH + timedelta(milliseconds=time_ms)
