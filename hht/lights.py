"""What the lights of a hub or a meter mean, from ``resources/catalogue/hub_leds.toml``: tables by maker and model, each
labelled verified or not, and the pattern that somebody taps along with.

No clock is read here: a tap is a moment in seconds, of whatever clock the host passes in.
"""

from __future__ import annotations

import enum
import math
import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from functools import cache
from itertools import pairwise
from typing import Final

from hht.errors import HhtError
from hht.i18n import _
from hht.resources import resource_text

LEAST_TAPS: Final = 4
MOST_TAPS: Final = 200
LONGEST_GAP_S: Final = 60.0
_HAND_S: Final = 0.08  # our own numbers: how far a hand is from the light, and a maker's clock from its data
_RATE: Final = 0.06
_MISSED: Final = 0.05  # how often a flash is not tapped
_SLIP: Final = 0.01  # how often a tap is none at all
_WIDEST_LOG: Final = math.log(LONGEST_GAP_S / 0.05)
SURE: Final = 0.9  # below it the pattern is not told as found
HUB: Final = "hub"


class LightsError(HhtError):
    """There is no such light, pattern or table, or the taps say nothing."""

    default_code = "lights"


class Led(enum.StrEnum):
    """The labels on the box of a hub, in their order."""

    SW = "SW"
    WAN = "WAN"
    MESH = "MESH"
    HAN = "HAN"
    GAS = "GAS"


@dataclass(frozen=True, slots=True)
class Pattern:
    """`lit_ms` lit, then `dark_ms` dark, and so on. Off: never lit; solid: never dark. `flashes`: so many such, then
    `pause_ms` dark besides."""

    name: str
    lit_ms: int
    dark_ms: int
    flashes: int = 1
    pause_ms: int = 0

    def lit_at(self, time_ms: int) -> bool:
        """Whether it is lit at a moment of true time."""
        one = self.lit_ms + self.dark_ms
        if one == 0:
            return False
        at = time_ms % (one * self.flashes + self.pause_ms)
        return at < one * self.flashes and at % one < self.lit_ms

    @property
    def blinks(self) -> bool:
        """Whether it can be tapped along with."""
        return self.lit_ms > 0 and self.dark_ms > 0

    @property
    def gaps_s(self) -> tuple[tuple[float, float], ...]:
        """The seconds from one flash to the next, each with its share."""
        one = (self.lit_ms + self.dark_ms) / 1000
        if self.flashes == 1:
            return ((one + self.pause_ms / 1000, 1.0),)
        return ((one, 1 - 1 / self.flashes), (one + self.pause_ms / 1000, 1 / self.flashes))

    @property
    def words(self) -> str:
        """How it looks, for people."""
        if not self.blinks:
            return _("lit all the time") if self.lit_ms else _("dark all the time")
        if self.flashes > 1:
            return _("{count} flashes, then a pause").format(count=self.flashes)
        return _("a flash every {seconds} s").format(seconds=f"{self.gaps_s[0][0]:g}")


States = dict[str, tuple[Pattern, str]]  # state -> its pattern, and what it means


@dataclass(frozen=True, slots=True)
class LedTable:
    """How one model shows things: (colour, {state: (pattern, meaning)}) by the light's label. `device`: "hub" or
    "smets1 meter". `verified`: by the maker's text; `source` says from where."""

    verified: bool
    source: str
    leds: dict[str, tuple[str, States]]
    device: str = HUB
    manufacturer: str = "*"
    model: str = "*"

    @property
    def label(self) -> str:
        """Verified or not, and from where: beside every meaning that is told."""
        words = _("verified: {source}") if self.verified else _("unverified: {source}")
        return words.format(source=self.source)

    def states(self, led: str) -> States:
        """What a light can show. Raises LightsError."""
        for label, (_colour, states) in self.leds.items():
            if label == led.strip().upper():
                return states
        raise LightsError(
            _("There is no light “{led}” here.").format(led=led),
            remedy=_("The lights are {names}.").format(names=", ".join(self.leds)),
        )

    def patterns(self) -> dict[str, Pattern]:
        """Every pattern that the table has, by name."""
        every = [pattern for _colour, states in self.leds.values() for pattern, _meaning in states.values()]
        return {pattern.name: pattern for pattern in every}


@dataclass(frozen=True, slots=True)
class LightMeaning:
    """What one light that is seen says. `confidence` 0 to 1: that it is this pattern and no other of the table's; what
    the pattern means is as good as the table is (`label`)."""

    led: str
    state: str
    pattern: Pattern
    meaning: str
    confidence: float
    verified: bool
    label: str


def led_table(manufacturer: str, model: str, device: str = HUB) -> LedTable:
    """The table of a model: its own, or the one for all. Raises LightsError where there is none for such devices."""
    for table in led_tables():
        fits = fnmatchcase(manufacturer.lower(), table.manufacturer.lower())
        if table.device == device and fits and fnmatchcase(model.lower(), table.model.lower()):
            return table
    known = sorted({f"{table.device} ({table.manufacturer})" for table in led_tables()})
    raise LightsError(
        _("There is no table of lights for “{device}” by “{maker}”.").format(device=device, maker=manufacturer),
        remedy=_("There are tables for: {known}.").format(known=", ".join(known)),
        code="lights-table",
    )


@cache
def led_tables() -> tuple[LedTable, ...]:
    """Every table, the first that fits first."""
    raw = tomllib.loads(resource_text("catalogue", "hub_leds.toml"))
    patterns = {name: Pattern(name, *numbers) for name, numbers in raw["pattern"].items()}
    found = []
    for table in raw["table"]:
        leds: dict[str, tuple[str, States]] = {}
        for label, row in table["led"].items():
            states = {state: cell for state, cell in row.items() if state != "colour"}
            leds[label] = row["colour"], {state: (patterns[name], text) for state, (name, text) in states.items()}
        device = table.get("device", HUB)
        found.append(LedTable(table["verified"], table["source"], leds, device, table["manufacturer"], table["model"]))
    return tuple(found)


def by_description(table: LedTable, led: str, pattern: str) -> LightMeaning:
    """What a light says that shows a pattern named by a person. Raises LightsError."""
    states = table.states(led)
    for state, (one, meaning) in states.items():
        if one.name == pattern.strip().lower():
            return _meaning(table, led, state, one, meaning, 1.0)
    raise LightsError(
        _("The light {led} has no meaning for “{pattern}” in this table.").format(led=led, pattern=pattern),
        remedy=_("Known here: {names}. Watch it again for ten seconds, and tell what you see.").format(
            names=", ".join(one.name for one, _text in states.values())
        ),
        code="lights-pattern",
    )


def by_taps(table: LedTable, led: str, taps_s: Sequence[float]) -> tuple[LightMeaning, ...]:
    """What a light says that somebody tapped along with, once for each flash: the patterns it may be, the likeliest
    first, each with how sure that is. Against every one stands "none of these": with taps at random no pattern is
    sure. Raises LightsError where there are too few taps, too many, or they do not go forward."""
    gaps = _gaps(taps_s)
    states = table.states(led)
    seen = {state: cell for state, cell in states.items() if cell[0].blinks}
    logs = {state: _log_chance(pattern, gaps) for state, (pattern, _text) in seen.items()}
    none = sum(-math.log(gap * _WIDEST_LOG) for gap in gaps)
    most = max([none, *logs.values()])
    whole = sum(math.exp(one - most) for one in [none, *logs.values()])
    found = [_meaning(table, led, state, *seen[state], math.exp(log - most) / whole) for state, log in logs.items()]
    return tuple(sorted(found, key=lambda one: -one.confidence))


def likely(found: Sequence[LightMeaning]) -> LightMeaning | None:
    """The pattern that was found; None where none is sure enough to be told."""
    return found[0] if found and found[0].confidence >= SURE else None


def _gaps(taps_s: Sequence[float]) -> list[float]:
    if not LEAST_TAPS <= len(taps_s) <= MOST_TAPS:
        raise LightsError(
            _("{count} taps say nothing.").format(count=len(taps_s)),
            remedy=_("Tap once for each flash, {least} times at least and {most} at most.").format(
                least=LEAST_TAPS, most=MOST_TAPS
            ),
            code="lights-taps",
        )
    gaps = [later - before for before, later in pairwise(taps_s)]
    if not all(math.isfinite(gap) and 0 < gap <= LONGEST_GAP_S for gap in gaps):
        raise LightsError(
            _("The taps do not follow one another within {seconds} s.").format(seconds=f"{LONGEST_GAP_S:g}"),
            remedy=_("Begin anew, and tap once for each flash as it comes."),
            code="lights-taps",
        )
    return gaps


def _log_chance(pattern: Pattern, gaps: Sequence[float]) -> float:
    """The logarithm of how likely such a pattern gives these gaps: the flash, one that was missed, or a slip of the
    hand."""
    total = 0.0
    for gap in gaps:
        chance = _SLIP / (gap * _WIDEST_LOG)
        for length, share in pattern.gaps_s:
            for times, often in ((1, 1 - _MISSED), (2, _MISSED)):
                spread = math.hypot(_HAND_S, _RATE * length * times)
                off = (gap - length * times) / spread
                chance += share * often * math.exp(-off * off / 2) / (spread * math.sqrt(2 * math.pi))
        total += math.log(chance)
    return total


def _meaning(table: LedTable, led: str, state: str, pattern: Pattern, meaning: str, confidence: float) -> LightMeaning:
    return LightMeaning(led.strip().upper(), state, pattern, _(meaning), confidence, table.verified, table.label)
