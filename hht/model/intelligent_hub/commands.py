"""What a supplier may ask of the account in the hub beyond what any prepayment gas meter knows.

GBCS has no use cases of its own for a hub with an account: these go under those for the prepayment configuration of a
gas meter, and are for whoever may send those.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from hht.i18n import _
from hht.model.commands import DONE, Command
from hht.model.communications_hub.gas_reads import Mirrored
from hht.model.features.checks import require
from hht.model.gas_meter.mprn import ReadMprn
from hht.model.gas_meter.registers import (
    GasRegisters,
    ReadGasBlockRegisters,
    ReadGasMeterBalance,
    ReadGasRegisters,
    ReadGasTariff,
    ReadGasTouRegisters,
)
from hht.model.gas_meter.volume import NL_PER_LITRE, SetConversion, check_conversion
from hht.model.intelligent_hub.timeout import check_timeout
from hht.model.parties import Party
from hht.model.prepayment.commands import UpdateGasPrepaymentConfiguration
from hht.model.refusal import Reason

if TYPE_CHECKING:
    from hht.model.intelligent_hub.account import AccountingGasProxy


@dataclass(frozen=True, slots=True)
class SetGasTimeout(Command):
    """Set the communications-failure timeout, half-hours (IH-16; under GCS05)."""

    half_hours: int
    use_case: ClassVar[str] = "GCS05"


@dataclass(frozen=True, slots=True)
class ReadGasCommunication(Command):
    """How the gas meter is heard: a `GasCommunication` (under GCS21b)."""

    use_case: ClassVar[str] = "GCS21b"


@dataclass(frozen=True, slots=True)
class Outage:
    """From `since_ms` (true time) on, so many half-hours brought no report."""

    since_ms: int
    half_hours: int


@dataclass(frozen=True, slots=True)
class GasCommunication:
    """`timeout` and `left` in half-hours: their difference tells how long the HAN has been down (IH-18). `failed`: the
    HAN failure flag. `outages`: the last hundred, the oldest first; intermittent failures show here (IH-19)."""

    timeout: int
    left: int
    failed: bool
    outages: tuple[Outage, ...]


def offer_account(proxy: AccountingGasProxy, configure: Callable[[Command, Party], object]) -> None:
    """Register them. `configure` carries out another prepayment configuration."""

    def set_timeout(command: SetGasTimeout, _sender: Party) -> object:
        check_timeout(command.half_hours)
        proxy.timeout = command.half_hours
        return DONE

    def convert(command: SetConversion, _sender: Party) -> object:
        check_conversion(command.conversion)
        proxy.prepayment.settle()
        proxy.gas.convert(command.conversion)
        return DONE

    def update(command: UpdateGasPrepaymentConfiguration, sender: Party) -> object:
        require(
            command.settings.calendar == proxy.prepayment.settings.calendar,
            _("The gas meter's friendly hours cannot be changed from afar."),
            _("Send the same calendar as before; its hours were set when the gas meter was installed."),
            reason=Reason.OTHER,
        )
        return configure(command, sender)

    def read(_command: ReadGasCommunication, _sender: Party) -> GasCommunication:
        counter = proxy.counter
        return GasCommunication(proxy.timeout, counter.left, counter.failed, tuple(proxy.outages))

    def told(answer: Callable[[], object]) -> Callable[[Command, Party], Mirrored]:
        """What the meter's reports come to, with how old the last of them is."""

        def read(_command: Command, _sender: Party) -> Mirrored:
            heard_ms = proxy.heard_ms()
            return Mirrored(answer(), heard_ms, (proxy.site.now_ms - heard_ms) // 1000)

        return read

    proxy.accept(
        {
            ReadGasRegisters: told(
                lambda: GasRegisters(proxy.gas.volume_nl // NL_PER_LITRE, proxy.gas.energy_mws // 3_600_000)
            ),
            ReadGasTouRegisters: told(lambda: proxy.tariff.tou_wh),
            ReadGasBlockRegisters: told(lambda: proxy.tariff.block_wh),
            ReadGasTariff: lambda _command, _sender: proxy.tariff.plan,
            ReadGasMeterBalance: lambda _command, _sender: proxy.payments.balance(),
            SetGasTimeout: set_timeout,
            ReadGasCommunication: read,
            SetConversion: convert,
            UpdateGasPrepaymentConfiguration: update,
            ReadMprn: lambda _command, _sender: proxy.plan.mprn,
        }
    )
