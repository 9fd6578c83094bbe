"""Reading the registers of a gas meter: at the meter by its supplier alone, of the hub's gas mirror by everybody else.

GBCS's table has the proxy as the primary target of these reads, "and for any Remote Party with access rights"; the
meter itself answers its supplier only.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from hht.model.commands import Command

if TYPE_CHECKING:
    from hht.model.gas_meter.meter import GasMeter

FOR_ITS_SUPPLIER = frozenset({"GCS13a", "GCS13c", "GCS15b", "GCS15c", "GCS16a", "GCS17"})


@dataclass(frozen=True, slots=True)
class ReadGasRegisters(Command):
    """The consumption register: a `GasRegisters` (GCS13a; service request 4.1.1)."""

    use_case: ClassVar[str] = "GCS13a"


@dataclass(frozen=True, slots=True)
class ReadGasBlockRegisters(Command):
    """Wh by (register, block), both from 1 (GCS13b)."""

    use_case: ClassVar[str] = "GCS13b"


@dataclass(frozen=True, slots=True)
class ReadGasTouRegisters(Command):
    """Wh by time-of-use register (GCS13c)."""

    use_case: ClassVar[str] = "GCS13c"


@dataclass(frozen=True, slots=True)
class ReadGasTariff(Command):
    """The tariff in force: a `TariffPlan` (GCS21f)."""

    use_case: ClassVar[str] = "GCS21f"


@dataclass(frozen=True, slots=True)
class ReadGasMeterBalance(Command):
    """The Meter Balance of the mode in force, thousandths of a penny (GCS60)."""

    use_case: ClassVar[str] = "GCS60"


@dataclass(frozen=True, slots=True)
class GasRegisters:
    """Litres and Wh."""

    litres: int
    energy_wh: int


def offer_gas_registers(meter: GasMeter) -> None:
    """Let the supplier read the meter itself."""

    def balance() -> int:
        meter.prepayment.settle()
        return meter.prepayment.registers.meter_balance

    meter.accept(
        {
            ReadGasRegisters: lambda _command, _sender: GasRegisters(meter.litres(), meter.energy_mws() // 3_600_000),
            ReadGasBlockRegisters: lambda _command, _sender: meter.tariff.block_wh,
            ReadGasTouRegisters: lambda _command, _sender: meter.tariff.tou_wh,
            ReadGasTariff: lambda _command, _sender: meter.tariff.plan,
            ReadGasMeterBalance: lambda _command, _sender: balance(),
        }
    )
