"""What a meter's optical head offers, as its premises file says it. What that means on the wire is not known here."""

from __future__ import annotations

import enum
from dataclasses import dataclass


class OpticalMode(enum.StrEnum):
    """The protocol mode of IEC 62056-21 that the head offers. Older meters have A to D, and no COSEM."""

    A = "A"
    B = "B"
    C = "C"
    D = "D"
    E = "E"


class ProfileForm(enum.StrEnum):
    """How the rows of a profile are written: whole, or shorter."""

    PLAIN = "plain"
    NULL = "null"
    DELTA = "delta"
    COMPACT = "compact"


@dataclass(frozen=True, slots=True)
class OpticalHead:
    """`reaction_ms`: the shortest time to an answer, 20 ms on a fast head and 200 ms on the others. `profiles`: how
    rows of a profile are written. `notifies`: tells a client that agreed to it what enters the Event Log."""

    mode: OpticalMode = OpticalMode.E
    reaction_ms: int = 200
    profiles: ProfileForm = ProfileForm.PLAIN
    notifies: bool = False
