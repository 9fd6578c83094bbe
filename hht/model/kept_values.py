"""Which component of a premises keeps what: calorific value, conversion (PTZ) factor, tariff matrix, and the hour of
summer time (IDT-04, IDT-05, IDT-06).

With a gas meter of today's kind all values of gas stand in the meter, and the hub's gas proxy has copies as old as its
last wake; an intelligent hub (document 001, appendix C) keeps them itself, and its gas meter knows nothing of them.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from hht.i18n import _
from hht.model.electricity_meter import ElectricityMeter
from hht.model.features.tariff_plan import TariffPlan, TariffTimes
from hht.model.gas_meter import GasMeter
from hht.model.gas_meter.volume import Conversion
from hht.model.intelligent_hub.account import AccountingGasProxy
from hht.model.premises import Premises


@dataclass(frozen=True, slots=True)
class KeptValue:
    """`device` keeps it and works with it; `copies`: who has a copy, and works with nothing."""

    item: str
    device: str
    value: str
    copies: tuple[str, ...] = ()


def kept_values(premises: Premises) -> tuple[KeptValue, ...]:
    """Every value of the kind, with who keeps it here."""
    return tuple(_of(premises))


def _of(premises: Premises) -> Iterator[KeptValue]:
    for meter in premises.of(ElectricityMeter):
        yield KeptValue(_("electricity tariff matrix"), meter.name, _matrix(meter.tariff.plan))
    for gas in premises.of(GasMeter):
        network = gas.node.network if gas.node is not None else None
        proxy = network.gas_proxy if network is not None else None
        yield from _gas(gas.name, gas.conversion, gas.tariff.plan, () if proxy is None else (proxy.name,))
    for account in premises.of(AccountingGasProxy):
        yield from _gas(account.name, account.gas.conversion, account.tariff.plan, ())


def _gas(keeper: str, conversion: Conversion, plan: TariffPlan, copies: tuple[str, ...]) -> Iterator[KeptValue]:
    calorific = f"{conversion.calorific_value / 10:.1f} MJ/m3"
    yield KeptValue(_("calorific value"), keeper, calorific)
    yield KeptValue(_("conversion factor (PTZ)"), keeper, f"{conversion.factor / 100_000:.5f}")
    yield KeptValue(_("gas tariff matrix"), keeper, _matrix(plan), copies)


def _matrix(plan: TariffPlan) -> str:
    blocks = len(plan.thresholds_wh) + 1
    times = {
        TariffTimes.UTC: _("times in UTC all year, moved by nobody"),
        TariffTimes.LOCAL: _("times in local time, moved by the meter"),
        TariffTimes.LOCAL_BY_SUPPLIER: _("times in local time, moved by the supplier"),
    }[plan.times]
    size = _("{name}: {registers} registers, {blocks} blocks")
    shape = size.format(name=plan.name, registers=len(plan.prices), blocks=blocks)
    return f"{shape}; {times}" if plan.calendar is not None else shape
