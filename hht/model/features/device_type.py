"""What a device says that it is, and what it can do: identity, type and capability data items (ECS26m, ECS26n, GCS21m).

An electricity meter's say what it measures, on how many elements or phases; how many auxiliary load switches there are,
of which type and rating; and whether a boost button is fitted (ALC-02).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from hht.model.commands import DONE, Command
from hht.model.electricity_meter.variant import Capabilities
from hht.model.han.requests import HanRequest
from hht.model.parties import Party

if TYPE_CHECKING:
    from hht.model.device import Device
    from hht.model.electricity_meter.meter import ElectricityMeter
    from hht.model.gas_meter.meter import GasMeter


@dataclass(frozen=True, slots=True)
class ReadMeterType(Command):
    """Identity and type of an electricity meter, with its Supply Tamper State: a `DeviceType` (ECS26m)."""

    use_case: ClassVar[str] = "ECS26m"


@dataclass(frozen=True, slots=True)
class SetSupplyTamperState(Command):
    """Whether a tamper cuts an electricity meter's supply (ECS81, critical)."""

    locks: bool
    use_case: ClassVar[str] = "ECS81"


@dataclass(frozen=True, slots=True)
class ReadGasMeterType(Command):
    """The same of a gas meter (GCS21m)."""

    use_case: ClassVar[str] = "GCS21m"


@dataclass(frozen=True, slots=True)
class ReadHubType(Command):
    """Manufacturer and model of a communications hub (ECS26n)."""

    use_case: ClassVar[str] = "ECS26n"


@dataclass(frozen=True, slots=True)
class ReadCapabilities(HanRequest):
    """An electricity meter's `Capabilities`, for another device of the premises."""


@dataclass(frozen=True, slots=True)
class DeviceType:
    """`variant` and `capabilities`: an electricity meter's; `locks`: a tamper cuts its supply (Supply Tamper State
    "Locked"), None for a device without one."""

    manufacturer: str
    model: str
    variant: str = ""
    capabilities: Capabilities | None = None
    locks: bool | None = None


def offer_meter_type(meter: ElectricityMeter) -> None:
    """Let parties, and devices of the premises, read what an electricity meter is."""

    def told() -> DeviceType:
        identity, capabilities = meter.identity, meter.capabilities
        return DeviceType(
            identity.manufacturer, identity.model, capabilities.variant, capabilities, meter.tampers.locks
        )

    def set_state(command: SetSupplyTamperState, _sender: Party) -> object:
        meter.tampers.locks = command.locks
        return DONE

    meter.accept({ReadMeterType: lambda _command, _sender: told(), SetSupplyTamperState: set_state})
    meter.serve({ReadCapabilities: lambda _request, _asker: meter.capabilities})


def offer_gas_meter_type(meter: GasMeter) -> None:
    """Let parties read what a gas meter is."""

    def told() -> DeviceType:
        return DeviceType(meter.identity.manufacturer, meter.identity.model, locks=meter.tampers.locks)

    meter.accept({ReadGasMeterType: lambda _command, _sender: told()})


def offer_hub_type(hub: Device) -> None:
    """Let parties read what a hub is."""
    told = DeviceType(hub.identity.manufacturer, hub.identity.model)
    hub.accept({ReadHubType: lambda _command, _sender: told})
