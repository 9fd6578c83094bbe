"""What an electricity meter says of energy and power to other devices of the HAN."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from hht.i18n import _
from hht.model.commands import DONE, Command
from hht.model.features.checks import require, require_range
from hht.model.features.display import Page
from hht.model.han.requests import Audience, HanRequest
from hht.model.parties import Party

if TYPE_CHECKING:
    from hht.model.electricity_meter.meter import ElectricityMeter


@dataclass(frozen=True, slots=True)
class ReadEnergy(HanRequest):
    """Registers and power now: an `EnergyShown`."""

    audience: ClassVar[Audience] = Audience.EVERYBODY


@dataclass(frozen=True, slots=True)
class EnergyShown:
    """Wh and W now. `medium_w`, `high_w`: from where on use is called medium and high (the ambient signal)."""

    device_id: str
    generation: bool
    import_wh: int
    export_wh: int
    import_w: int
    export_w: int
    medium_w: int
    high_w: int


@dataclass(frozen=True, slots=True)
class SetPowerThresholds(Command):
    """From which power on use is medium and high, W (ECS34)."""

    medium_w: int
    high_w: int
    use_case: ClassVar[str] = "ECS34"


class PowerThresholds:
    """The ambient thresholds of one meter (samples of factbook chapter 9), and what it answers to ReadEnergy."""

    def __init__(self, meter: ElectricityMeter, *, generation: bool = False) -> None:
        self._meter = meter
        self._generation = generation
        self.medium_w, self.high_w = 2300, 4600
        meter.accept({SetPowerThresholds: self._set})
        meter.serve({ReadEnergy: lambda _request, _asker: self.shown})
        meter.display.add(self._page)

    def _page(self) -> Page:
        """The meter's own registers, as its display has them."""
        shown = self.shown
        lines = [_("Import {energy:.3f} kWh").format(energy=shown.import_wh / 1000)]
        if shown.export_wh:
            lines.append(_("Export {energy:.3f} kWh").format(energy=shown.export_wh / 1000))
        lines.append(_("Now {power} W").format(power=shown.import_w))
        lines.append(f"{self._meter.time_believed():%Y-%m-%d %H:%M:%S} UTC")
        return Page(_("Electricity"), tuple(lines))

    @property
    def shown(self) -> EnergyShown:
        """Now."""
        meter = self._meter
        import_w = meter.power_w()
        return EnergyShown(
            meter.identity.device_id,
            self._generation,
            meter.measurement.import_wh,
            meter.measurement.export_wh,
            import_w,
            meter.measurement.power_w[1],
            self.medium_w,
            self.high_w,
        )

    def _set(self, command: SetPowerThresholds, _sender: Party) -> object:
        for power in (command.medium_w, command.high_w):
            require_range(_("power threshold"), power, 1, 100_000, " W")
        require(
            command.medium_w < command.high_w,
            _("The higher threshold does not exceed the lower one."),
            _("Send a lower and a higher one."),
        )
        self.medium_w, self.high_w = command.medium_w, command.high_w
        return DONE
