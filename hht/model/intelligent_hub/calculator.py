"""How far the credit goes: from money over energy to a volume on the meter's register (IH-03)."""

from __future__ import annotations

from dataclasses import dataclass

from hht.i18n import _
from hht.model.gas_meter.volume import Conversion
from hht.model.prepayment.offer import money

_PER_MJ = 1_000_000_000  # `Conversion.energy_mws` divides by it


@dataclass(slots=True)
class ReportedGas:
    """Gas as the hub knows it: the register as it was told last, and what it was worth in energy. Whole numbers
    throughout, so that a volume worked out from energy is worth exactly that energy."""

    conversion: Conversion
    volume_nl: int = 0
    energy_mws: int = 0  # since the hub first heard the meter, mW s
    _from_nl: int = 0
    _before_mws: int = 0

    def begin(self, volume_nl: int) -> None:
        """The meter is heard for the first time (or it is another meter): its register stands here."""
        self._before_mws = self.energy_mws
        self.volume_nl = self._from_nl = volume_nl

    def tell(self, volume_nl: int) -> None:
        """The meter has told its register."""
        self.volume_nl = volume_nl
        self.energy_mws = self._before_mws + self.conversion.energy_mws(volume_nl - self._from_nl)

    def convert(self, conversion: Conversion) -> None:
        """Other values from here on."""
        self._before_mws, self._from_nl, self.conversion = self.energy_mws, self.volume_nl, conversion

    def volume_after(self, energy_mws: int) -> int:
        """The least register (nl) at which `energy_mws` more than now has been used."""
        wanted = self.energy_mws + energy_mws - self._before_mws
        worth = self.conversion.factor * self.conversion.calorific_value
        return self._from_nl - (-wanted * _PER_MJ // worth)


@dataclass(frozen=True, slots=True)
class CutOff:
    """One calculation. `credit`: what may still be spent, thousandths of a penny; `price`: thousandths of a penny per
    kWh; `energy_mws` that it buys (None: no limit); volumes in nl."""

    register_nl: int
    credit: int
    price: int
    conversion: Conversion
    energy_mws: int | None
    cut_off_nl: int | None
    change_over_nl: int | None = None

    @property
    def lines(self) -> tuple[str, ...]:
        """The calculation, step by step, for people."""
        if self.energy_mws is None or self.cut_off_nl is None:
            return (_("No cut-off volume"),)
        return (
            _("{credit} at {price:.3f} p/kWh: {energy:.3f} kWh").format(
                credit=money(self.credit), price=self.price / 1000, energy=self.energy_mws / 3.6e9
            ),
            _("{energy:.3f} kWh x 3.6 / {cv:.1f} MJ/m3 / {factor:.5f}: {volume:.3f} m3").format(
                energy=self.energy_mws / 3.6e9,
                cv=self.conversion.calorific_value / 10,
                factor=self.conversion.factor / 100_000,
                volume=(self.cut_off_nl - self.register_nl) / 1e12,
            ),
            _("{register:.3f} m3 + {volume:.3f} m3: cut-off at {cut_off:.3f} m3").format(
                register=self.register_nl / 1e12,
                volume=(self.cut_off_nl - self.register_nl) / 1e12,
                cut_off=self.cut_off_nl / 1e12,
            ),
        )
