"""How much of a signal arrives: the rule by which the model's radio works, and by which a place is judged beforehand.

Free space up to one metre, then 28 log10 of the distance indoors, and what each wall takes (`hht.model.radio.bands`).
The figures are training data, calibrated to the consultation's trial (HAN-11); they are no measurement of any product.
Whole tenths of a decibel on every machine.
"""

from __future__ import annotations

from collections.abc import Iterable

from hht.model.radio.bands import Band, Material
from hht.model.radio.decibels import tenths_db

SHADOW = 40  # tenths of a dB either way, for ever: what no plan tells of two places
SLOW = 15  # either way, from quarter of an hour to quarter of an hour: people move, doors open
NEAREST_MM = 300
_STEEPNESS = (  # margin over sensitivity in tenths of a dB -> chance of a frame, thousandths
    (-60, 0), (-40, 40), (-20, 200), (0, 500), (20, 800), (40, 950), (60, 990), (80, 998), (100, 1000),
)  # fmt: skip


def path_loss(band: Band, distance_mm: int, between: Iterable[Material]) -> int:
    """What is lost over a distance (at least `NEAREST_MM`) and through what stands between, tenths of a dB."""
    first = 2 * tenths_db(band.mhz) - 276  # at one metre: 27.55 dB less than 20 log10 MHz
    spread = 28 * tenths_db(max(NEAREST_MM, distance_mm), 1000) // 10
    return first + spread + sum(band.loss[material] for material in between)


def margin(band: Band, distance_mm: int, between: Iterable[Material]) -> int:
    """By how much it is heard above the band's sensitivity, tenths of a dB, but for `SHADOW` and `SLOW`."""
    return band.transmit - path_loss(band, distance_mm, between) - band.sensitivity


def chance(margin: int) -> int:
    """Chance of a frame, thousandths, by the margin over sensitivity (tenths of a dB): straight between points."""
    below = _STEEPNESS[0]
    if margin <= below[0]:
        return below[1]
    for above in _STEEPNESS[1:]:
        if margin < above[0]:
            return below[1] + (above[1] - below[1]) * (margin - below[0]) // (above[0] - below[0])
        below = above
    return 1000
