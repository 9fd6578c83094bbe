"""A supplier keeps a meter's tariff at local times: whenever the clocks go forward or back it sends another calendar.

The meter knows UTC alone (GBCS). `TariffTimes.LOCAL_BY_SUPPLIER` says so in the tariff itself (IDT-05); what the meter
was fitted with is right for the day on which the history begins.
"""

from __future__ import annotations

from dataclasses import replace

from hht.british_time import local_offset_s, next_change
from hht.model.device import DeviceKind
from hht.model.electricity_meter import ElectricityMeter
from hht.model.features.local_time import in_utc
from hht.model.features.tariff import SetGasTariff, SetTariff
from hht.model.features.tariff_plan import TariffPlan, TariffTimes
from hht.model.gas_meter import GasMeter
from hht.model.parties import UserRole
from hht.model.wan.centre import Centre
from hht.model.wan.desk import Desk
from hht.model.wan.requests import Transaction

_SETS = {DeviceKind.ESME: UserRole.IMPORT_SUPPLIER, DeviceKind.GSME: UserRole.GAS_SUPPLIER}


class TariffKeeping:
    """One meter's tariff, kept by `desk`'s supplier. `plan` has local times; `sent`: every calendar it has sent."""

    def __init__(self, desk: Desk, meter: ElectricityMeter | GasMeter) -> None:
        self.desk, self.meter = desk, meter
        self.plan = meter.tariff.plan
        self.sent: list[Transaction] = []
        now_s = meter.site.agenda.now_ms // 1000
        meter.tariff.fit(self._for(now_s))
        self._wait(now_s)

    def _for(self, time_s: int) -> TariffPlan:
        calendar = self.plan.calendar
        return replace(self.plan, calendar=in_utc(calendar, local_offset_s(time_s)) if calendar is not None else None)

    def _wait(self, time_s: int) -> None:
        self.meter.site.agenda.at(next_change(time_s) * 1000, self._change)

    def _change(self) -> None:
        now_s = self.meter.site.agenda.now_ms // 1000
        command = (SetGasTariff if isinstance(self.meter, GasMeter) else SetTariff)(self._for(now_s))
        self.sent.append(self.desk.send(self.meter.name, command))
        self._wait(now_s)


def keep_tariffs(centre: Centre) -> tuple[TariffKeeping, ...]:
    """Every meter's tariff that its supplier keeps at local times, from now on."""
    return tuple(
        TariffKeeping(Desk(centre, user.party), device)
        for device in centre.devices.values()
        if isinstance(device, ElectricityMeter | GasMeter) and device.tariff.plan.times is TariffTimes.LOCAL_BY_SUPPLIER
        for user in centre.access.users.values()
        if user.party.role is _SETS[device.kind] and user.responsible(device.kind, device.name)
    )
