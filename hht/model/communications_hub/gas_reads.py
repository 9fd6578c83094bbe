"""Remote reads of gas while the meter sleeps: the Gas Proxy Function answers, and says how old the answer is.

Everything is as it stood when the meter was last awake, though it has counted on since: logs end there, and registers
and balances are those of that moment. What the meter alone keeps is asked of the meter, at its next wake.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from hht.model.commands import Command
from hht.model.features.billing import ReadGasBillingCalendar, ReadGasBillingLog, Snapshot
from hht.model.features.profile_read import ReadGasProfile, check_span
from hht.model.features.stores import READS_KEPT, ReadGasDailyConsumption, ReadGasDailyReads
from hht.model.gas_meter.mprn import ReadMprn
from hht.model.gas_meter.registers import (
    GasRegisters,
    ReadGasBlockRegisters,
    ReadGasMeterBalance,
    ReadGasRegisters,
    ReadGasTariff,
    ReadGasTouRegisters,
)
from hht.model.gas_meter.valve import ReadValve
from hht.model.parties import Party
from hht.model.prepayment.commands import (
    PaymentModeRead,
    ReadGasDebtPayments,
    ReadGasPaymentMode,
    ReadGasPrepaymentConfiguration,
    ReadGasPrepaymentDaily,
    ReadGasPrepaymentRegisters,
    ReadGasTopUps,
)
from hht.model.prepayment.records import DailyRow, DebtPayment, TopUp

if TYPE_CHECKING:
    from hht.model.communications_hub.gas_proxy import GasProxyFunction, Told

DAY_S = 86_400


@dataclass(frozen=True, slots=True)
class Mirrored:
    """An answer as it stood at `told_ms` (true time), `age_s` ago."""

    answer: object
    told_ms: int
    age_s: int


def offer_gas_reads(proxy: GasProxyFunction) -> None:
    """Let remote parties read what the proxy mirrors. DeviceRefusal (temporary failure) while the meter is unheard."""

    def reading(read: Callable[[Told, Command], object]) -> Callable[[Command, Party], Mirrored]:
        def answer(command: Command, _sender: Party) -> Mirrored:
            told = proxy.heard()
            return Mirrored(read(told, command), told.time_ms, (proxy.site.now_ms - told.time_ms) // 1000)

        return answer

    reads: dict[type[Command], Callable[[Told, Command], object]] = {
        ReadGasRegisters: lambda told, _command: GasRegisters(told.litres, told.energy_mws // 3_600_000),
        ReadGasTouRegisters: _tou,
        ReadGasBlockRegisters: _blocks,
        ReadGasTariff: lambda told, _command: told.plan,
        ReadValve: lambda told, _command: told.supply,
        ReadMprn: lambda told, _command: told.mprn,
        ReadGasPrepaymentRegisters: lambda told, _command: told.meter.payments.written(told.prepayment).registers,
        ReadGasMeterBalance: lambda told, _command: (
            told.meter.payments.written(told.prepayment).registers.meter_balance
        ),
        ReadGasTopUps: _top_ups,
        ReadGasDebtPayments: _debt_payments,
        ReadGasPrepaymentConfiguration: lambda told, _command: told.settings,
        ReadGasPaymentMode: lambda told, _command: PaymentModeRead(
            told.meter.payments.written(told.prepayment).registers.mode, told.terms
        ),
        ReadGasBillingCalendar: lambda told, _command: told.billing,
        ReadGasPrepaymentDaily: _prepayment_days,
        ReadGasBillingLog: _snapshots,
        ReadGasDailyReads: _daily_reads,
        ReadGasDailyConsumption: _daily_consumption,
        ReadGasProfile: _profile,
    }
    proxy.accept({command: reading(read) for command, read in reads.items()})


def _tou(told: Told, _command: Command) -> dict[int, int]:
    return {register: energy // 3_600_000 for register, energy in sorted(told.tou_mws.items())}


def _blocks(told: Told, _command: Command) -> dict[tuple[int, int], int]:
    rows = sorted(told.block_mws.items())
    return {(register, block + 1): energy // 3_600_000 for (register, block), energy in rows}


def _daily_reads(told: Told, _command: Command) -> tuple[tuple[int, int], ...]:
    last_s = told.meter_s
    return tuple(row for row in told.meter.stores.midnights() if row[0] <= last_s)[-READS_KEPT:]


def _daily_consumption(told: Told, _command: Command) -> tuple[tuple[int, int], ...]:
    """A day is known when it has ended."""
    last_s = told.meter_s - DAY_S
    return tuple(row for row in told.meter.stores.daily_consumption() if row[0] <= last_s)


def _profile(told: Told, command: Command) -> tuple[tuple[int, int], ...]:
    assert isinstance(command, ReadGasProfile)
    check_span(command)
    rows = told.meter.profile.rows_between(command.since_s, min(command.until_s, told.meter_s))
    return tuple((row[0], row[1]) for row in rows)


def _snapshots(told: Told, _command: Command) -> tuple[Snapshot, ...]:
    last_s = told.meter_s
    return tuple(one for one in told.meter.billing.snapshots if one.time_s <= last_s)


def _prepayment_days(told: Told, _command: Command) -> tuple[DailyRow, ...]:
    last_s = told.meter_s
    return tuple(one for one in told.meter.prepayment.daily if one.time_s <= last_s)


def _top_ups(told: Told, _command: Command) -> tuple[TopUp, ...]:
    return tuple(one for one in told.meter.prepayment.top_ups.accepted if one.time_ms <= told.time_ms)


def _debt_payments(told: Told, _command: Command) -> tuple[DebtPayment, ...]:
    return tuple(one for one in told.meter.prepayment.top_ups.debt_payments if one.time_ms <= told.time_ms)
