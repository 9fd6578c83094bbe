"""The measuring elements of an electricity meter: cumulative energy per element or phase, exact and never going back.

Energies are kept in milliwatt-seconds (3,600,000 to the Wh), so that nothing is lost by rounding, however often
somebody looks. Reactive energy follows active by the household's power factor, in thousandths of that.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

Misreading = Callable[[int, int, int], tuple[int, int]]  # channel from 0, W in, W out -> W in and out as it is counted
MWS_PER_WH = 3_600_000
_MILLI = 1000


@dataclass(slots=True)
class Channel:
    """One element or phase: cumulative mW s (reactive: microvar s), and the power that flows now (W). `forgotten_mws`:
    import that was metered and does not stand in the register any more."""

    import_mws: int = 0
    export_mws: int = 0
    reactive_import_uvars: int = 0
    reactive_export_uvars: int = 0
    import_w: int = 0
    export_w: int = 0
    forgotten_mws: int = 0

    @property
    def metered_mws(self) -> int:
        """All import that was ever metered, whatever the register says."""
        return self.import_mws + self.forgotten_mws


class Measurement:
    """`channels` measuring elements. `reactive_milli`: reactive import in thousandths of the active (250: power factor
    0.97); generation gives none. `frozen`: a fault holds the registers though energy flows. `misreadings`: what is
    wrong with how it counts, applied one after the other."""

    def __init__(self, now_ms: int, channels: int, import_wh: int, export_wh: int, reactive_milli: int = 250) -> None:
        self.channels = [Channel() for _number in range(channels)]
        self.channels[0].import_mws = import_wh * MWS_PER_WH
        self.channels[0].export_mws = export_wh * MWS_PER_WH
        self.reactive_milli = reactive_milli
        self.frozen = False
        self.misreadings: list[Misreading] = []
        self.put_wh = 0  # by how much `put_register` has moved the total active import, Wh
        self._counted_ms = now_ms

    def count(self, now_ms: int) -> None:
        """Add what has flowed since the last count."""
        elapsed = now_ms - self._counted_ms
        if elapsed <= 0:
            return
        self._counted_ms = now_ms
        if self.frozen:
            return
        for channel in self.channels:
            imported = channel.import_w * elapsed
            channel.import_mws += imported
            channel.export_mws += channel.export_w * elapsed
            channel.reactive_import_uvars += imported * self.reactive_milli

    def flow(self, import_w: list[int], export_w: list[int]) -> None:
        """The powers that flow from now on, per channel; count up to now first."""
        for channel, into, out in zip(self.channels, import_w, export_w, strict=True):
            channel.import_w, channel.export_w = into, out
        for misread in self.misreadings:
            for number, channel in enumerate(self.channels):
                channel.import_w, channel.export_w = misread(number, channel.import_w, channel.export_w)

    def put_register(self, import_wh: int) -> None:
        """The import register stands at this from now on (lost from memory, or a meter that was used elsewhere); what
        was metered stays metered. Count up to now first."""
        before_wh = self.import_wh
        for number, channel in enumerate(self.channels):
            wanted = 0 if number else import_wh * MWS_PER_WH
            channel.forgotten_mws += channel.import_mws - wanted
            channel.import_mws = wanted
        self.put_wh += self.import_wh - before_wh

    @property
    def import_wh(self) -> int:
        """Total active import, Wh."""
        return sum(channel.import_mws for channel in self.channels) // MWS_PER_WH

    @property
    def export_wh(self) -> int:
        """Total active export, Wh."""
        return sum(channel.export_mws for channel in self.channels) // MWS_PER_WH

    @property
    def reactive_import_varh(self) -> int:
        """Total reactive import, varh."""
        return sum(channel.reactive_import_uvars for channel in self.channels) // (MWS_PER_WH * _MILLI)

    @property
    def reactive_export_varh(self) -> int:
        """Total reactive export, varh."""
        return sum(channel.reactive_export_uvars for channel in self.channels) // (MWS_PER_WH * _MILLI)

    @property
    def secondary_w(self) -> int:
        """Active power import of the second of two elements, W; 0 where there is none."""
        return self.channels[1].import_w if len(self.channels) == 2 else 0

    @property
    def power_w(self) -> tuple[int, int]:
        """Active power import and export now, W, over all channels."""
        return sum(channel.import_w for channel in self.channels), sum(channel.export_w for channel in self.channels)
