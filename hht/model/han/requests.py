"""What one device may ask another over the HAN: frozen data, as commands are, but between devices of the premises.

A device says which requests it answers (`hht.model.device.Device.serve`); the network says who may ask.
"""

from __future__ import annotations

import enum
from dataclasses import dataclass
from typing import ClassVar


class Audience(enum.IntEnum):
    """Who may ask: everybody may have consumption and tariff (a consumer access device nothing else, CAD-01); a display
    what concerns the account; only a supplier's device the rest."""

    SUPPLIERS_DEVICES = 1
    DISPLAYS = 2
    EVERYBODY = 3


@dataclass(frozen=True, slots=True)
class HanRequest:
    """A request. `changes`: it writes or executes something, which consumer devices may never do."""

    changes: ClassVar[bool] = False
    audience: ClassVar[Audience] = Audience.DISPLAYS
