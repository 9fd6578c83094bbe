"""Which Device IDs are of training: those of every emulated device that comes along begin alike.

The range is ours by convention, as the examples of the trade's documents have it (factbook 1.3); that no maker has
been given it is not verified. A premises file of one's own may have any other Device ID: at a link that is not
emulated its devices then count as real ones.
"""

from __future__ import annotations

from typing import Final

from hht.identifiers.device_id import DeviceId
from hht.identifiers.errors import IdentifierError

TRAINING_RANGE: Final = "00DB123456"
TRAINING_RANGE_SHOWN: Final = "00-DB-12-34-56"


def is_of_training(said: str) -> bool:
    """Whether what a device says of itself is a Device ID of training."""
    try:
        return DeviceId.parse(said).value.startswith(TRAINING_RANGE)
    except IdentifierError:
        return False
