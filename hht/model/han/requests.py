"""What one device may ask another over the HAN: frozen data, as commands are, but between devices of the premises.

A device says which requests it answers (`hht.model.device.Device.serve`); the network says who may ask.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar


@dataclass(frozen=True, slots=True)
class HanRequest:
    """A request. `changes`: it writes or executes something, which consumer devices may never do."""

    changes: ClassVar[bool] = False
