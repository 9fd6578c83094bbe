"""Is it SMETS1? What was seen on site, what the meter says, and what the product list has, each with its source.

A list weighs more than a label, a label more than lights; where what weighs the same points both ways, it is not told.
The clues are data (``resources/catalogue/smets1.toml``), most of them unverified.
"""

from __future__ import annotations

import enum
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from hht.i18n import _
from hht.resources import resource_text
from hht.work.products import Part, ProductList

LISTED_RANK = 3  # of a row of the product list


class Made(enum.StrEnum):
    """What a device was made to."""

    SMETS1 = "SMETS1"
    SMETS2 = "SMETS2+"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Clue:
    """One thing seen. `points`: "SMETS1", "SMETS2+" or "either"."""

    points: str
    rank: int
    text: str
    source: str
    verified: bool

    @property
    def label(self) -> str:
        """Where it comes from, and whether somebody's own document says so."""
        words = _("verified: {source}") if self.verified else _("unverified: {source}")
        return words.format(source=self.source)


@dataclass(frozen=True, slots=True)
class Recognised:
    """`against`: clues of any rank that point the other way."""

    made: Made
    clues: tuple[Clue, ...]
    against: tuple[Clue, ...] = ()


@cache
def _catalogue() -> dict[str, Any]:
    return tomllib.loads(resource_text("catalogue", "smets1.toml"))


def clues() -> Mapping[tuple[str, str], Clue]:
    """Every clue by item and choice of the step that asks. Raises ValueError, KeyError (held by a test)."""
    return {
        (item, choice): Clue(one["points"], one["rank"], _(one["text"]), one["source"], one["verified"])
        for item, table in _catalogue()["clue"].items()
        for choice, one in table.items()
    }


def grace() -> tuple[int, bool]:
    """How many days the other devices wait for another hub where the desk does not say it, and whether a document says
    so (S1E-20)."""
    plain = _catalogue()["grace"]
    return plain["days"], plain["verified"]


def maker_of(device_id: str) -> str:
    """Whose Device IDs begin so; "" where the table does not know it."""
    digits = "".join(char for char in device_id.upper() if char.isalnum())
    return next((str(one["name"]) for one in _catalogue()["maker"] if digits.startswith(one["prefix"])), "")


@dataclass(frozen=True, slots=True)
class Linking:
    """How a consumer's own device is linked at a SMETS1 site with that electricity meter. `way` "": nobody has said."""

    way: str
    source: str
    verified: bool

    @property
    def words(self) -> str:
        """For who stands there: SMETS1 itself says nothing of it (CAD-24)."""
        if not self.way:
            return _(
                "SMETS1 asks that it can be linked and does not say how, and there is no note on this model: try "
                "nothing, and ask its maker or the desk. A SMETS2 hub in its place has a defined way"
            )
        label = _("verified: {source}") if self.verified else _("unverified: {source}")
        told = _("SMETS1 does not say how it is linked. This model: {way} ({label})")
        return told.format(way=self.way, label=label.format(source=self.source))


def linking_of(meter: Part | None) -> Linking:
    """The note on a model; without one, that there is none. Raises KeyError for broken data (held by a test)."""
    for one in _catalogue().get("linking", ()):
        if meter is not None and (meter.manufacturer, meter.model) == (one["manufacturer"], one["model"]):
            return Linking(str(one["way"]), str(one["source"]), bool(one["verified"]))
    return Linking("", "", verified=False)


def recognise(seen: Mapping[str, str], meter: Part | None, products: ProductList | None) -> Recognised:
    """`seen`: item -> choice, as answered; `meter`: as it says itself by its port."""
    table = clues()
    found = [table[item, choice] for item, choice in seen.items() if (item, choice) in table]
    found += _listed(meter, products)
    telling = [one for one in found if one.points != "either"]
    if not telling:
        return Recognised(Made.UNKNOWN, tuple(found))
    best = max(one.rank for one in telling)
    strongest = {one.points for one in telling if one.rank == best}
    if len(strongest) > 1:
        return Recognised(Made.UNKNOWN, tuple(found), tuple(telling))
    (points,) = strongest
    against = tuple(one for one in telling if one.points != points)
    return Recognised(Made(points), tuple(found), against)


def _listed(meter: Part | None, products: ProductList | None) -> Iterator[Clue]:
    """What the product list has of the meter's model. Blanks of a SMETS1 row (no GBCS version, no assurance) are right
    (S1E-03)."""
    if meter is None or products is None:
        return
    rows = products.of_model(meter.type, meter.manufacturer, meter.model)
    points = {Made.SMETS1.value if row.first_generation else Made.SMETS2.value for row in rows}
    for one in sorted(points):
        words = _("the product list has {model} as {made}").format(model=meter.words, made=one)
        yield Clue(one, LISTED_RANK, words, products.title, verified=True)
