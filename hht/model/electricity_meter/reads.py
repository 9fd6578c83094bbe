"""Everything of an electricity meter that is read only: put together in one place, for it changes nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hht.model.electricity_meter.registers import offer_registers
from hht.model.electricity_meter.supply_points import offer_supply_points
from hht.model.features.device_type import offer_meter_type
from hht.model.features.logs_read import offer_logs
from hht.model.features.open_data import offer_open_data
from hht.model.features.profile_read import ReadImportProfile, offer_profile

if TYPE_CHECKING:
    from hht.model.electricity_meter.meter import ElectricityMeter


def offer_reads(meter: ElectricityMeter) -> None:
    """Let parties and the devices of the premises read: supply points, registers, profile, logs, type and tariff."""
    offer_supply_points(meter)
    offer_profile(meter, meter.profile, ReadImportProfile)
    offer_registers(meter)
    offer_logs(meter)
    offer_meter_type(meter)
    offer_open_data(meter)
