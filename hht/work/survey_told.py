"""A survey's places as pictures and papers show them: read back from what stands in the record."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from hht.i18n import _

DRAWN: Final = "survey"  # the kind of the fact that has the picture (`Fact.drawn`)


@dataclass(frozen=True, slots=True)
class PlaceTold:
    """A place: margins by band (dB over the least that is heard), `measured` (the LQI, or that nobody measured or
    nothing was heard), `fit`, and all of it in one line."""

    name: str
    margins: Mapping[str, float]
    measured: str
    fit: str

    @property
    def reach(self) -> str:
        """The margin of each band."""
        bands = {"2400": _("2.4 GHz"), "868": _("868 MHz")}
        return ", ".join(f"{bands.get(band, band)} {margin:+.1f} dB" for band, margin in self.margins.items())

    @property
    def figures(self) -> str:
        """All but its name."""
        return ", ".join(filter(None, (self.fit, self.reach, self.measured)))

    @property
    def words(self) -> str:
        """All of it."""
        return f"{self.name}: {self.figures}"


def survey_told(drawn: Mapping[str, Any]) -> tuple[PlaceTold, ...]:
    """The places of a picture's data."""
    found = []
    for one in drawn["places"]:
        heard = one["heard"]
        if heard is None:
            measured = _("not measured")
        else:
            measured = _("LQI {lqi}").format(lqi=heard["lqi"]) if heard["heard"] else _("not heard")
        margins = {band: float(margin) for band, margin in one["margins_db"].items()}
        found.append(PlaceTold(str(one["words"]), margins, measured, fit_words(str(one["fit"]))))
    return tuple(found)


def fit_words(fit: str) -> str:
    """What a person said of a place; "" where nobody did."""
    return {"fit": _("fit"), "fit-with": _("fit with more equipment"), "unfit": _("not fit")}.get(fit, "")


def place_words(name: str) -> str:
    """A place, for people."""
    return {
        "gas": _("gas meter"),
        "electricity": _("electricity meter"),
        "display": _("display"),
        "interface": _("PPMID"),
    }.get(name, name)
