"""The electricity meter (ESME): single element so far. Twin element and polyphase come with the complete premises."""

from __future__ import annotations

from hht.model.electricity_meter.clients import TRAINING_CLIENTS, ClientRole, Proof
from hht.model.electricity_meter.configuration import MeterConfiguration
from hht.model.electricity_meter.items import Action, Item, LocalAccess, SupplyState
from hht.model.electricity_meter.local_port import LocalPort
from hht.model.electricity_meter.meter import ElectricityMeter
from hht.model.electricity_meter.optical_head import OpticalHead, OpticalMode, ProfileForm
from hht.model.meter_clock import PresetTime, TimeStatus

__all__ = [
    "TRAINING_CLIENTS",
    "Action",
    "ClientRole",
    "ElectricityMeter",
    "Item",
    "LocalAccess",
    "LocalPort",
    "MeterConfiguration",
    "OpticalHead",
    "OpticalMode",
    "PresetTime",
    "ProfileForm",
    "Proof",
    "SupplyState",
    "TimeStatus",
]
