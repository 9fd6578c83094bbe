"""What carries the HAN: radio, or wire. How well two devices hear one another; who may ask whom is not decided here."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

RSSI_FLOOR_DBM = -105


@dataclass(frozen=True, slots=True)
class LinkQuality:
    """`rssi_dbm` signed, `lqi` 0 to 255, `success` the chance of one frame in thousandths, `delay_ms` of one that is
    heard, `hops` 1 for a direct link."""

    rssi_dbm: int
    lqi: int
    success: int
    delay_ms: int
    hops: int = 1


NO_LINK = LinkQuality(RSSI_FLOOR_DBM, 0, 0, 0)


class Medium(Protocol):
    """Between any two devices, by their names in the premises, at a moment of true time (ms)."""

    @property
    def title(self) -> str:
        """What it is, in words ("2.4 GHz radio, channel 20", "wired HAN")."""
        ...

    @property
    def wired(self) -> bool:
        """Whether it is a wire."""
        ...

    def quality(self, sender: str, receiver: str, time_ms: int) -> LinkQuality:
        """How `receiver` hears `sender`. `NO_LINK` where it does not."""
        ...


class ClearMedium:
    """Everybody hears everybody well: a bench."""

    title = "bench"
    wired = False

    def quality(self, sender: str, receiver: str, time_ms: int) -> LinkQuality:
        """Always good."""
        return LinkQuality(-45, 240, 1000, 8)
