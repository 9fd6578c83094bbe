"""ESME variants: A single element, B twin element, C polyphase; D with auxiliary load switches, E with a boost button.

Source: factbook 2.1 (the meaning of the suffixes is from memory, so that a file may write any of them).
"""

from __future__ import annotations

import re
from dataclasses import dataclass

_CHANNELS = {"A": 1, "B": 2, "C": 3}
MEASURES = ("active import", "active export", "reactive import", "reactive export")
PATTERN = re.compile("[ABC]D?E?")


@dataclass(frozen=True, slots=True)
class Capabilities:
    """What a meter says it can do (ALC-02): what it measures, on how many elements or phases; `auxiliary_switches`:
    (number, "internal" or "HAN", rating in A); whether a boost button is fitted."""

    variant: str
    elements: int
    phases: int
    auxiliary_switches: tuple[tuple[int, str, int], ...] = ()
    boost_button: bool = False
    measures: tuple[str, ...] = MEASURES

    @property
    def channels(self) -> int:
        """Measuring elements or phases: how many sets of registers there are."""
        return max(self.elements, self.phases)


def capabilities(variant: str, switches: tuple[tuple[int, str, int], ...] = ()) -> Capabilities:
    """What a meter of this variant can do, with these auxiliary load switches. Raises ValueError for no variant."""
    if PATTERN.fullmatch(variant) is None:
        raise ValueError(f"{variant} is no ESME variant")
    channels = _CHANNELS[variant[0]]
    return Capabilities(
        variant,
        elements=channels if variant[0] == "B" else 1,
        phases=channels if variant[0] == "C" else 1,
        auxiliary_switches=switches,
        boost_button="E" in variant,
    )
