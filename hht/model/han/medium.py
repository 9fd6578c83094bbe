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


_BENCH = LinkQuality(-45, 240, 1000, 8)
NO_LINK = LinkQuality(RSSI_FLOOR_DBM, 0, 0, 0)
WIRE = LinkQuality(0, 255, 1000, 2)


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
    """Everybody hears everybody well: a bench. Only what is put before an aerial (`extra_loss`) weakens a link."""

    title = "bench"
    wired = False

    def __init__(self) -> None:
        self.extra_loss: dict[str, int] = {}  # tenths of a dB at a device

    def quality(self, sender: str, receiver: str, time_ms: int) -> LinkQuality:
        """Good; with some 45 dB before the aerial it gets worse, with 55 dB nothing comes through."""
        if not self.extra_loss:
            return _BENCH
        loss = self.extra_loss.get(sender, 0) + self.extra_loss.get(receiver, 0)
        success = max(0, min(1000, 5500 - 10 * loss))
        if not success:
            return NO_LINK
        return LinkQuality(-45 - loss // 10, max(0, 240 - loss * 2 // 5), success, 8 + (1000 - success) // 10)
