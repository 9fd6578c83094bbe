"""The street's supply to a premises: phases, voltage, and now and then an outage, all by the site's chance."""

from __future__ import annotations

from collections.abc import Callable

from hht.model.agenda import DAY_MS
from hht.model.seeded import mix
from hht.model.site import Site

_USUAL_DV = 2468  # tenths of a volt, where the network usually stands in Britain (nominal 230 V)
_ONE_IN_DAYS = 90  # a few outages a year
_SELDOM_DAYS = 1_000_000  # more seldom than this is never
_APART_DV = 400  # our own number
_STEP_S = 10  # voltage wanders from one of these to the next


class Mains:
    """One connection of one or three phases. Whoever depends on it is told before (`changing`) and after (`changed`).

    `outages`: how often the street fails by itself (0 never, 1 as usual, 90 and more each day). A test or a fault fails
    it on purpose.
    """

    def __init__(self, site: Site, name: str = "mains", *, phases: int = 1, outages: float = 1.0) -> None:
        self.site = site
        self.name = name
        self.live = [True] * phases
        self.offset_dv = [0] * phases  # what a fault or a heavily loaded street adds (tenths of a volt)
        self.detector = self.detected = False  # of lost neutrals, at the substation; whether it has found one
        self._off: list[set[str]] = [set() for _phase in range(phases)]  # what keeps each phase off
        self._seed = site.chance(name)
        self._changing: list[Callable[[], None]] = []
        self._changed: list[Callable[[], None]] = []
        self._every = _every_days(outages)
        if self._every:
            site.agenda.every(DAY_MS, self._day, first_ms=site.agenda.now_ms + DAY_MS)

    @property
    def phases(self) -> int:
        """1 or 3."""
        return len(self.live)

    def listen(self, changing: Callable[[], None], changed: Callable[[], None]) -> None:
        """`changing` is called before the supply changes (energy up to now is to be counted), `changed` after."""
        self._changing.append(changing)
        self._changed.append(changed)

    def switch(self, live: bool, *, phase: int | None = None, why: str = "", who: str = "street") -> None:
        """Fail or restore the supply, or one phase of it (0 to 2). `who` restores only what `who` has failed: what
        several causes keep off comes back with the last of them."""
        self.site.catch_up()
        for number, causes in enumerate(self._off):
            if phase is None or number == phase:
                (causes.discard if live else causes.add)(who)
        wanted = [not causes for causes in self._off]
        if wanted == self.live:
            return
        self._tell_all(self._changing)
        self.live = wanted
        where = "" if phase is None else f" phase {phase + 1}"
        self.site.tell(self.name, f"supply{where} {'restored' if live else 'lost'}", why)
        self._tell_all(self._changed)

    def shift_voltage(self, offset_dv: int, *, phase: int | None = None, why: str = "") -> None:
        """Let the street's voltage stand higher or lower than usual by `offset_dv` tenths of a volt."""
        self.site.catch_up()
        self._tell_all(self._changing)
        for number in range(self.phases):
            if phase is None or number == phase:
                self.offset_dv[number] = offset_dv
        self.site.tell(self.name, f"voltage shifted by {offset_dv / 10:+.1f} V", why)
        self._detect()
        self._tell_all(self._changed)

    @property
    def neutral_lost(self) -> bool:
        """Whether the phases stand further apart than uneven load explains."""
        return max(self.offset_dv) - min(self.offset_dv) >= _APART_DV

    def _detect(self) -> None:
        """The substation's detector, where it has one, tells the network operator once (DNO-30's other option)."""
        if self.detector and self.neutral_lost is not self.detected:
            self.detected = self.neutral_lost
            self.site.tell("substation", "neutral lost" if self.detected else "neutral restored", "by its detector")

    def voltage_dv(self, phase: int, load_w: int = 0) -> int:
        """RMS voltage now, tenths of a volt: wandering a little, lower under load, 0 when dead."""
        wander = mix(self._seed ^ (0x70175 + phase), self.site.now_s // _STEP_S) % 61 - 30
        return self.steady_dv(phase, load_w) + wander if self.live[phase] else 0

    def steady_dv(self, phase: int, load_w: int = 0) -> int:
        """The voltage without its wandering: what an average comes to. 0 when dead."""
        return _USUAL_DV + self.offset_dv[phase] - min(40, load_w // 150) if self.live[phase] else 0

    def _day(self) -> None:
        bits = mix(self._seed, self.site.agenda.now_ms // DAY_MS)
        if bits % self._every:
            return
        began = (bits >> 16) % 80_000 * 1000
        lasted = (4 + (bits >> 36) % 3000) * 1000
        self.site.agenda.after(began, lambda: self.switch(False, why="a fault in the street"))
        self.site.agenda.after(began + lasted, lambda: self.switch(True, why="the network operator restored it"))

    @staticmethod
    def _tell_all(listeners: list[Callable[[], None]]) -> None:
        for listener in listeners:
            listener()


def _every_days(outages: float) -> int:
    """Of how many days one has an outage; 0: none has."""
    if outages * _SELDOM_DAYS < _ONE_IN_DAYS:
        return 0
    return max(1, int(_ONE_IN_DAYS / outages))
