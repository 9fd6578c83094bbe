"""What would be otherwise in a premises, had smart metering been built another way (ALT rows of the requirements).

The ways are data (``resources/catalogue/alternatives.toml``); whom each would touch is found in the premises.
"""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache

from hht.model.communications_hub import CommunicationsHub, HubConfiguration
from hht.model.consumer_devices.displays import PrepaymentInterface
from hht.model.device import DeviceKind
from hht.model.electricity_meter import ElectricityMeter, MeterConfiguration
from hht.model.gas_meter import GasMeter, GasMeterConfiguration
from hht.model.plans import DevicePlan
from hht.model.premises import Premises
from hht.model.prepayment.settings import PaymentMode
from hht.resources import resource_text

_FULL_MONTHS = 13


@dataclass(frozen=True, slots=True)
class Alternative:
    """One way. `row` is its id in the requirements; `changes`: (a fact's name, what would be otherwise)."""

    row: str
    title: str
    changes: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Contrast:
    """A way and what it would change in one premises, in words; none: nothing here is touched by it."""

    row: str
    title: str
    changes: tuple[str, ...]


@cache
def alternatives() -> tuple[Alternative, ...]:
    """Every way, in the catalogue's order. Raises OSError, ValueError, KeyError or TypeError for broken data."""
    table = tomllib.loads(resource_text("catalogue", "alternatives.toml"))["alternative"]
    return tuple(
        Alternative(row, one["title"], tuple((fact, text) for fact, text in one["changes"]))
        for row, one in table.items()
    )


def contrasts(premises: Premises) -> tuple[Contrast, ...]:
    """What each way would change in these premises."""
    found = {name: tuple(fact(premises)) for name, fact in FACTS.items()}
    return tuple(
        Contrast(
            way.row,
            way.title,
            tuple(text.format(names=", ".join(found[fact])) for fact, text in way.changes if found[fact]),
        )
        for way in alternatives()
    )


# --- whom a way would touch ------------------------------------------------------------------------------------------


def _on_the_air(premises: Premises, *kinds: DeviceKind, wired: bool = True) -> Iterator[str]:
    """Who is joined to a HAN, of these kinds (none: of any). `wired`: also who needs no radio for it."""
    for hub in premises.of(CommunicationsHub):
        for network in hub.networks:
            for node in network.members.values():
                device = node.device
                if device is hub.gpf or device.name not in {plan.name for plan in premises.plan.devices}:
                    continue
                on_air = wired or bool(network.quality(device.name).rssi_dbm)
                if on_air and (not kinds or device.kind in kinds):
                    yield device.name


def _battery(premises: Premises) -> Iterator[str]:
    return _on_the_air(premises, DeviceKind.GSME)


def _mains_on_air(premises: Premises) -> Iterator[str]:
    gas = set(_battery(premises))
    return (name for name in _on_the_air(premises, wired=False) if name not in gas)


def _prepayment(premises: Premises) -> Iterator[str]:
    for plan in _meters(premises):
        if plan.prepayment.mode is PaymentMode.PREPAYMENT:
            yield plan.name


def _complex(premises: Premises) -> Iterator[str]:
    for plan in _meters(premises):
        if len(plan.tariff.prices) > 1 or plan.tariff.thresholds_wh:
            yield plan.name


def _thirteen_months(premises: Premises) -> Iterator[str]:
    for plan in premises.plan.devices:
        if isinstance(plan, MeterConfiguration) and plan.profile_months >= _FULL_MONTHS:
            yield plan.name


def _switched(premises: Premises) -> Iterator[str]:
    """Meters that can cut the supply off themselves: by a load switch, or a valve."""
    for meter in premises.of(ElectricityMeter):
        if meter.load_switch.fitted:
            yield meter.name
    for gas in premises.of(GasMeter):
        if gas.configuration.valve:
            yield gas.name


def _switched_on_credit(premises: Premises) -> Iterator[str]:
    prepaid = set(_prepayment(premises))
    return (name for name in _switched(premises) if name not in prepaid)


def _meters(premises: Premises) -> Iterator[MeterConfiguration | GasMeterConfiguration]:
    return (plan for plan in premises.plan.devices if isinstance(plan, MeterConfiguration | GasMeterConfiguration))


def _hubs(premises: Premises) -> Iterator[HubConfiguration]:
    return (plan for plan in premises.plan.devices if isinstance(plan, HubConfiguration))


def _parties(premises: Premises) -> Iterator[str]:
    if premises.centre is not None:
        yield from (str(user.party) for user in premises.centre.access.users.values())


def _makers(plans: Iterator[HubConfiguration] | tuple[DevicePlan, ...]) -> Iterator[str]:
    return iter(dict.fromkeys(plan.identity.manufacturer for plan in plans))


FACTS: dict[str, Callable[[Premises], Iterator[str]]] = {
    "han": _on_the_air,
    "mains-on-air": _mains_on_air,
    "battery": _battery,
    "display": lambda premises: _on_the_air(premises, DeviceKind.IHD, DeviceKind.PPMID),
    "electricity": lambda premises: _on_the_air(premises, DeviceKind.ESME),
    "prepayment": _prepayment,
    "complex-tariff": _complex,
    "thirteen-months": _thirteen_months,
    "hub": lambda premises: (plan.name for plan in _hubs(premises)),
    "hub-outside": lambda premises: (plan.name for plan in _hubs(premises) if plan.mounting != "modular"),
    "hub-in-meter": lambda premises: (plan.name for plan in _hubs(premises) if plan.mounting == "modular"),
    "maker-of-hub": lambda premises: _makers(_hubs(premises)),
    "maker": lambda premises: _makers(premises.plan.devices),
    "party": _parties,
    "switched": _switched,
    "switched-on-credit": _switched_on_credit,
    "interface": lambda premises: (one.name for one in premises.of(PrepaymentInterface)),
    "firmware": lambda premises: (f"{plan.name} {plan.identity.firmware}" for plan in premises.plan.devices),
}
