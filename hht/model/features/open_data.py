"""All that a meter holds of consumption, export and tariff, for every device on the HAN, free of charge (EED-06).

A change of tenancy hides what was recorded before it (CAD-03). Gas comes from the Gas Proxy Function, as old as that.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from hht.model.features.tariff import Tariff
from hht.model.features.tariff_plan import TariffPlan
from hht.model.han.requests import Audience, HanRequest

if TYPE_CHECKING:
    from hht.model.communications_hub.gas_proxy import GasProxyFunction
    from hht.model.electricity_meter.meter import ElectricityMeter
    from hht.model.intelligent_hub.account import AccountingGasProxy

_LAST_S = 1 << 40
DAY_S = 86_400


@dataclass(frozen=True, slots=True)
class ReadHalfHours(HanRequest):
    """Each captured half-hour from `since_s` to `until_s`: (Unix seconds by the meter's clock, import and export
    register in Wh); of gas (seconds, litres)."""

    since_s: int = 0
    until_s: int = _LAST_S
    audience: ClassVar[Audience] = Audience.EVERYBODY


@dataclass(frozen=True, slots=True)
class ReadDays(HanRequest):
    """The Daily Consumption Log: (midnight that began it, Wh), oldest first."""

    audience: ClassVar[Audience] = Audience.EVERYBODY


@dataclass(frozen=True, slots=True)
class ReadTariffInformation(HanRequest):
    """The whole tariff: a `TariffInformation`."""

    audience: ClassVar[Audience] = Audience.EVERYBODY


@dataclass(frozen=True, slots=True)
class TariffInformation:
    """`plan` with its prices, thresholds and times; Wh by register, and by (register, block) from 1. `secondary`: a
    second element's."""

    plan: TariffPlan
    tou_wh: dict[int, int]
    block_wh: dict[tuple[int, int], int]
    secondary: TariffInformation | None = None


def offer_open_data(meter: ElectricityMeter | AccountingGasProxy, *, columns: int = 3) -> None:
    """Let every device of the HAN read what this device keeps itself: an electricity meter, or a hub with the account
    of gas, whose half-hours have two `columns`."""

    def half_hours(asked: ReadHalfHours) -> tuple[tuple[int, ...], ...]:
        since_s = max(asked.since_s, -(-meter.tenancy.since_ms // 1000))
        return tuple(row[:columns] for row in meter.profile.rows_between(since_s, asked.until_s))

    def days() -> tuple[tuple[int, int], ...]:
        since_s = meter.tenancy.since_ms // 1000
        return tuple(row for row in meter.stores.daily_consumption() if row[0] >= since_s)

    def tariff() -> TariffInformation:
        beside = meter.tariff.beside
        return _information(meter.tariff, None if beside is None else _information(beside, None))

    meter.serve(
        {
            ReadHalfHours: lambda request, _asker: half_hours(request),
            ReadDays: lambda _request, _asker: days(),
            ReadTariffInformation: lambda _request, _asker: tariff(),
        }
    )


def _information(tariff: Tariff, secondary: TariffInformation | None) -> TariffInformation:
    return TariffInformation(tariff.plan, tariff.tou_wh, tariff.block_wh, secondary)


def offer_gas_open_data(proxy: GasProxyFunction) -> None:
    """Let every device of the HAN read gas: as the proxy was told at the meter's last wake."""

    def half_hours(asked: ReadHalfHours) -> tuple[tuple[int, ...], ...]:
        told = proxy.heard()
        since_s = max(asked.since_s, -(-proxy.tenancy.since_ms // 1000))
        return tuple(row[:2] for row in told.meter.profile.rows_between(since_s, min(asked.until_s, told.meter_s)))

    def days() -> tuple[tuple[int, int], ...]:
        told = proxy.heard()
        since_s, last_s = proxy.tenancy.since_ms // 1000, told.meter_s - DAY_S
        return tuple(row for row in told.meter.stores.daily_consumption() if since_s <= row[0] <= last_s)

    def tariff() -> TariffInformation:
        told = proxy.heard()
        tou = {register: energy // 3_600_000 for register, energy in sorted(told.tou_mws.items())}
        rows = sorted(told.block_mws.items())
        return TariffInformation(
            told.plan, tou, {(register, block + 1): energy // 3_600_000 for (register, block), energy in rows}
        )

    proxy.serve(
        {
            ReadHalfHours: lambda request, _asker: half_hours(request),
            ReadDays: lambda _request, _asker: days(),
            ReadTariffInformation: lambda _request, _asker: tariff(),
        }
    )
