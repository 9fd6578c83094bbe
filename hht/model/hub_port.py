"""A hub on a port of the electricity meter: wired (a short cable) or modular (in an aperture of the meter's).

Document 001, appendix B: the meter feeds the module from before its contactor, so that it stays on when the prepayment
switch is open; data goes over the same connector, and there is no radio between the two (ALT-20, ALT-21, ALT-22).
What a standard has to fix: connector, voltage and current, length of the cable, protocol, and for a module its size.
Our own numbers where the document gives none.
"""

from __future__ import annotations

import enum
from collections.abc import Iterator
from dataclasses import dataclass

from hht.i18n import _


class Tap(enum.StrEnum):
    """Where the meter takes the port's power from: before its contactor, as the document wants it, or behind."""

    SUPPLY_SIDE = "supply-side"
    LOAD_SIDE = "load-side"


class PortProtocol(enum.StrEnum):
    """What is spoken over the port."""

    DLMS = "dlms"
    FLAG = "flag"


@dataclass(frozen=True, slots=True)
class MeterPort:
    """What a meter offers. V, mA, cm; `aperture_mm`: width, height, depth of the space for a module (none: no such)."""

    connector: str = "RJ11"
    volts: int = 12
    maximum_ma: int = 500
    longest_cable_cm: int = 150
    protocol: PortProtocol = PortProtocol.DLMS
    aperture_mm: tuple[int, ...] = ()
    tap: Tap = Tap.SUPPLY_SIDE


@dataclass(frozen=True, slots=True)
class ModulePort:
    """What a hub needs. V, mA, cm; `size_mm` of a module."""

    connector: str = "RJ11"
    volts: int = 12
    draws_ma: int = 350
    cable_cm: int = 50
    protocol: PortProtocol = PortProtocol.DLMS
    size_mm: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class PortFit:
    """How the two go together. `power`, `data`: what keeps power, or data, from passing; none where they pass."""

    power: tuple[str, ...]
    data: tuple[str, ...]
    tap: Tap = Tap.SUPPLY_SIDE

    @property
    def problems(self) -> tuple[str, ...]:
        """All of them, in words."""
        return (*self.power, *self.data)


def fit(meter: MeterPort | None, module: ModulePort, *, modular: bool) -> PortFit:
    """Hold a hub against a meter's port. `modular`: the hub goes into the meter's aperture, without a cable."""
    if meter is None:
        nothing = (_("the meter has no port for a hub"),)
        return PortFit(nothing, nothing)
    return PortFit(
        tuple(_power(meter, module, modular=modular)), tuple(_data(meter, module, modular=modular)), meter.tap
    )


def _power(meter: MeterPort, module: ModulePort, *, modular: bool) -> Iterator[str]:
    if meter.connector != module.connector:
        yield _("the connectors are {one} and {other}").format(one=meter.connector, other=module.connector)
    if meter.volts != module.volts:
        yield _("the meter gives {given} V, the hub needs {needed} V").format(given=meter.volts, needed=module.volts)
    if module.draws_ma > meter.maximum_ma:
        yield _("the meter gives {given} mA, the hub draws {needed} mA").format(
            given=meter.maximum_ma, needed=module.draws_ma
        )
    if modular and not meter.aperture_mm:
        yield _("the meter has no aperture for a module")
    elif modular and any(size > space for size, space in zip(module.size_mm, meter.aperture_mm, strict=False)):
        yield _("the module, {size} mm, does not go into the aperture, {space} mm").format(
            size=" x ".join(map(str, module.size_mm)), space=" x ".join(map(str, meter.aperture_mm))
        )


def _data(meter: MeterPort, module: ModulePort, *, modular: bool) -> Iterator[str]:
    if meter.protocol is not module.protocol:
        yield _("the meter speaks {one} at its port, the hub {other}").format(
            one=meter.protocol.value, other=module.protocol.value
        )
    if not modular and module.cable_cm > meter.longest_cable_cm:
        yield _("the cable, {length} cm, is longer than {longest} cm").format(
            length=module.cable_cm, longest=meter.longest_cable_cm
        )
