"""Reading the registers of an electricity meter as they are now: import (ECS17b), export (ECS17a), power (ECS17c)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from hht.model.commands import Command
from hht.model.electricity_meter.measurement import MWS_PER_WH
from hht.model.parties import Party
from hht.model.site import to_ms

if TYPE_CHECKING:
    from hht.model.electricity_meter.meter import ElectricityMeter


@dataclass(frozen=True, slots=True)
class ReadImportRegisters(Command):
    """Import registers now: a `RegistersRead` (ECS17b; service request 4.1.1)."""

    use_case: ClassVar[str] = "ECS17b"


@dataclass(frozen=True, slots=True)
class ReadExportRegisters(Command):
    """Export registers now: a `RegistersRead` (ECS17a; service request 4.2)."""

    use_case: ClassVar[str] = "ECS17a"


@dataclass(frozen=True, slots=True)
class ReadPower(Command):
    """Active power import now (ECS17c): (total W, W of the primary element or of all phases)."""

    use_case: ClassVar[str] = "ECS17c"


@dataclass(frozen=True, slots=True)
class RegistersRead:
    """`time_ms` is the meter's own clock. Wh and varh; `channels_wh`: active energy of each element or phase."""

    time_ms: int
    active_wh: int
    reactive_varh: int
    channels_wh: tuple[int, ...]


def offer_registers(meter: ElectricityMeter) -> None:
    """Let parties read the registers."""

    def imported(_command: ReadImportRegisters, _sender: Party) -> RegistersRead:
        return _read(meter, exported=False)

    def exported(_command: ReadExportRegisters, _sender: Party) -> RegistersRead:
        return _read(meter, exported=True)

    def power(_command: ReadPower, _sender: Party) -> tuple[int, int]:
        total_w = meter.power_w()
        return total_w, total_w - meter.measurement.secondary_w

    meter.accept({ReadImportRegisters: imported, ReadExportRegisters: exported, ReadPower: power})


def _read(meter: ElectricityMeter, *, exported: bool) -> RegistersRead:
    meter.count()
    measured = meter.measurement
    channels = tuple((one.export_mws if exported else one.import_mws) // MWS_PER_WH for one in measured.channels)
    active = measured.export_wh if exported else measured.import_wh
    reactive = measured.reactive_export_varh if exported else measured.reactive_import_varh
    return RegistersRead(to_ms(meter.time_believed()), active, reactive, channels)
