"""Will a place be reached by radio? Predicted from distance and walls, measured by a dongle; what would help; pure.

The prediction is the model's own propagation (`hht.model.radio.propagation`): training data, no product's figures. What
was measured goes before it, in the band in which it was measured: a dongle hears 2.4 GHz alone.
"""

from __future__ import annotations

import enum
import tomllib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import cache
from typing import TYPE_CHECKING, Any, Final

from hht.client.radio.survey import GOOD_LQI, MARGINAL_LQI
from hht.i18n import _
from hht.model.radio.bands import BANDS, Material
from hht.model.radio.propagation import SHADOW, SLOW, margin
from hht.resources import resource_text

if TYPE_CHECKING:
    from hht.client.radio.survey import Survey

LOW, HIGH = "868", "2400"  # the bands that HAN equipment comes with
WELL: Final = 40  # tenths of a dB over sensitivity from which 95 frames in 100 arrive
SPREAD: Final = SHADOW + SLOW  # what no prediction can know
MATERIALS: Final = {  # code on a checklist -> what it is of
    "plasterboard": Material.PLASTERBOARD,
    "brick": Material.BRICK,
    "brick-2": Material.BRICK,
    "stone": Material.STONE,
    "stone-2": Material.STONE,
    "concrete": Material.CONCRETE,
    "wood": Material.WOOD,
    "foil": Material.FOIL,
    "metal": Material.METAL,
}


class Reach(enum.StrEnum):
    """SURE: also where everything unknown speaks against it; NO: not even where all of it speaks for it."""

    SURE = "sure"
    LIKELY = "likely"
    DOUBTFUL = "doubtful"
    NO = "no"

    @property
    def words(self) -> str:
        """For people."""
        return {
            Reach.SURE: _("reached"),
            Reach.LIKELY: _("probably reached"),
            Reach.DOUBTFUL: _("doubtful"),
            Reach.NO: _("not reached"),
        }[self]


class Option(enum.StrEnum):
    """What a HAN can be made of, the cheapest first."""

    SINGLE = "single-band"
    DUAL = "dual-band"
    REPEATER = "repeater"
    SECOND_HUB = "second-hub"
    WIRED = "wired"
    ABORT = "abort"


@cache
def survey_rules() -> dict[str, Any]:
    """The catalogue. Raises ValueError where it cannot be."""
    return tomllib.loads(resource_text("catalogue", "survey.toml"))


@dataclass(frozen=True, slots=True)
class Path:
    """From the hub to a place: straight line in metres, and what stands between, in its order."""

    metres: Decimal
    between: tuple[Material, ...]

    def margin(self, band: str) -> int:
        """By how much the place is heard in a band above its sensitivity, tenths of a dB."""
        return margin(BANDS[band], int(self.metres * 1000), self.between)

    def halves(self) -> tuple[Path, Path]:
        """Both legs over a repeater half-way, where the walls are shared out as evenly as their order allows."""
        loss = BANDS[HIGH].loss
        splits = [(self.between[:at], self.between[at:]) for at in range(len(self.between) + 1)]
        near, far = min(splits, key=lambda two: max(sum(loss[one] for one in leg) for leg in two))
        return Path(self.metres / 2, near), Path(self.metres / 2, far)


def reach_by(margin_db10: int) -> Reach:
    """What a predicted margin (tenths of a dB) is worth."""
    if margin_db10 - SPREAD >= WELL:
        return Reach.SURE
    if margin_db10 >= WELL:
        return Reach.LIKELY
    return Reach.DOUBTFUL if margin_db10 + SPREAD >= 0 else Reach.NO


@dataclass(frozen=True, slots=True)
class Heard:
    """What the dongle heard at a place: LQI of the hub's network (0: not heard) in so many of the looks; the energy of
    the hub's channel and of the quietest one (0 to 255, by the dongle's own scale)."""

    lqi: int
    heard: int
    looks: int
    channel: int
    energy: int
    quietest: tuple[int, int]  # channel, energy

    @property
    def reach(self) -> Reach:
        """By the LQI (factbook ch. 8, unverified); now and then heard is doubtful at best."""
        if not self.heard:
            return Reach.NO
        if self.heard < self.looks or self.lqi < MARGINAL_LQI:
            return Reach.DOUBTFUL
        return Reach.SURE if self.lqi > GOOD_LQI else Reach.LIKELY


def heard_of(found: Survey, gpf_id: str) -> Heard:
    """What a survey says of one hub's network."""
    network = next((one for one in found.networks if one.gpf_id == gpf_id), None)
    quiet = min(found.channels, key=lambda one: (one.peak, one.channel))
    channel = network.channel if network is not None else 0
    energy = next((one.peak for one in found.channels if one.channel == channel), 0)
    return Heard(
        network.average_lqi if network is not None else 0,
        len(network.lqis) if network is not None else 0,
        len(found.times),
        channel,
        energy,
        (quiet.channel, quiet.peak),
    )


@dataclass(frozen=True, slots=True)
class PlaceSeen:
    """A proposed place. `path` None: it stands by the hub, or nobody measured the way; `heard` None: nobody measured
    with a dongle."""

    name: str
    path: Path | None
    heard: Heard | None = None

    def reach(self, option: Option) -> Reach:
        """By what was measured where that tells, else by the prediction."""
        if self.path is None:
            return self.heard.reach if self.heard is not None else Reach.DOUBTFUL
        high = self.heard.reach if self.heard is not None else reach_by(self.path.margin(HIGH))
        match option:
            case Option.SINGLE:
                return high
            case Option.DUAL:
                return _better(high, reach_by(self.path.margin(LOW)))
            case Option.REPEATER | Option.SECOND_HUB:
                legs = [reach_by(leg.margin(HIGH)) for leg in self.path.halves()]
                return _better(high, max(legs, key=list(Reach).index))
            case Option.WIRED:
                return Reach.SURE
            case _:
                return Reach.NO


def _better(one: Reach, other: Reach) -> Reach:
    return min(one, other, key=list(Reach).index)


def options_for(places: Sequence[PlaceSeen], building: str) -> Iterator[tuple[Option, Reach]]:
    """What can be done, the cheapest first, and how the worst place is reached by it. A cable is offered in buildings
    that it is planned for."""
    for option in Option:
        if option is Option.ABORT or (option is Option.WIRED and building not in survey_rules()["wired"]["buildings"]):
            continue
        yield option, max((one.reach(option) for one in places), key=list(Reach).index, default=Reach.SURE)


def recommended(places: Sequence[PlaceSeen], building: str) -> Option:
    """The cheapest that is sure to reach every place, else probably; else that nothing is fitted."""
    found = dict(options_for(places, building))
    for wanted in (Reach.SURE, Reach.LIKELY):
        for option, reach in found.items():
            if list(Reach).index(reach) <= list(Reach).index(wanted):
                return option
    return Option.ABORT


def cost_words(option: Option) -> str:
    """What it costs, as the consultation has it; "" where no figure is known."""
    cost = survey_rules()["cost"]
    if option is Option.ABORT:
        words = _("an aborted visit £{visit:.2f}, a meter that is not smart £{least:.2f} to £{most:.2f} (2012)")
        return words.format(
            visit=cost["aborted-visit"] / 100,
            least=cost["dumb-meter-least"] / 100,
            most=cost["dumb-meter-most"] / 100,
        )
    pence = {
        Option.SINGLE: 0,
        Option.DUAL: cost["module"],
        Option.REPEATER: cost["repeater"],
        Option.SECOND_HUB: cost["second-hub"],
    }.get(option)
    if pence is None:
        return ""
    return _("nothing extra") if not pence else _("£{pounds:.2f} extra (2012)").format(pounds=pence / 100)


def option_words(option: Option) -> str:
    """For people."""
    return {
        Option.SINGLE: _("a hub with 2.4 GHz alone"),
        Option.DUAL: _("a dual-band hub: 2.4 GHz and 868 MHz"),
        Option.REPEATER: _("a repeater half-way"),
        Option.SECOND_HUB: _("a second hub half-way"),
        Option.WIRED: _("wired or Alternative HAN"),
        Option.ABORT: _("nothing is fitted on this visit"),
    }[option]
