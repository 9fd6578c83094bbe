"""Current transformers between the supply and a meter: what is fitted, and what ratio the meter was set to.

A meter behind transformers counts what it hears times the ratio that it was programmed with: where that is not the
plates', every register is wrong by their quotient. It has no load switch: nothing of it carries the supply's current.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class CurrentTransformers:
    """`fitted`: primary and secondary current on the plates, A; `programmed`: as the meter was set."""

    fitted: tuple[int, int]
    programmed: tuple[int, int]

    def misread(self, _channel: int, import_w: int, export_w: int) -> tuple[int, int]:
        """The powers as the meter counts them."""
        above = self.programmed[0] * self.fitted[1]
        below = self.programmed[1] * self.fitted[0]
        return import_w * above // below, export_w * above // below


@dataclass(frozen=True, slots=True)
class TransformerReadings:
    """What the meter shows of them. `currents_da`: primary current on each phase, tenths of an ampere, signed: out of
    the premises is negative."""

    primary_a: int
    secondary_a: int
    currents_da: tuple[int, ...]
