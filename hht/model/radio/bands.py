"""The four bands that the 2012 consultation weighed, with their bandwidths (HAN-09), and what gets through walls.

Powers, sensitivities and losses are configurable figures for training, calibrated so that a mix of British homes comes
out as the consultation's trial did (`hht.model.radio.population`); they are no measurements of any product.
"""

from __future__ import annotations

import enum
from dataclasses import dataclass


class Material(enum.StrEnum):
    """What a wall or a floor is of."""

    PLASTERBOARD = "plasterboard"
    BRICK = "brick"
    STONE = "stone"
    CONCRETE = "concrete"
    FOIL = "foil-backed insulation"
    METAL = "metal"
    WOOD = "wood"


@dataclass(frozen=True, slots=True)
class Band:
    """`mhz`: middle of the band; `bandwidth_khz` available; `channels`; powers in tenths of dBm; `loss`: tenths of a dB
    for one crossing of each material. A frame is heard with one chance in two at `sensitivity`."""

    name: str
    mhz: int
    bandwidth_khz: float
    channels: int
    transmit: int
    sensitivity: int
    loss: dict[Material, int]


def _losses(*tenths: int) -> dict[Material, int]:
    return dict(zip(Material, tenths, strict=True))


BANDS = {
    band.name: band
    for band in (
        Band("169", 169, 7.5, 1, 270, -1100, _losses(3, 15, 25, 45, 30, 120, 10)),
        Band("433", 434, 1_750, 10, 100, -1070, _losses(5, 22, 38, 65, 50, 140, 15)),
        Band("868", 868, 2_000, 10, 140, -1050, _losses(8, 30, 55, 90, 80, 160, 25)),
        Band("2400", 2440, 83_500, 16, 100, -1000, _losses(25, 68, 120, 180, 150, 250, 58)),
    )
}
HAN_OPTIONS = {  # the consultation's three (ALT-12, ALT-13, ALT-14)
    1: ("2400",),
    2: ("868",),
    3: ("2400", "868"),
}
