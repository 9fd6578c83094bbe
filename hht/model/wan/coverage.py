"""Where there is WAN, and for which hubs: regions, technologies, core and infill, the three variants of hub.

Which technology serves which region is from memory (factbook, ``mem:m``): `SERVED` is data, a premises file says what
stands at its place.
"""

from __future__ import annotations

import enum
from collections.abc import Mapping
from dataclasses import dataclass


class Region(enum.StrEnum):
    """The regions of the communications service providers (CSP)."""

    NORTH = "north"
    CENTRAL = "central"
    SOUTH = "south"


class Technology(enum.StrEnum):
    """How a hub's WAN module reaches the CSP."""

    CELLULAR = "cellular"
    MESH = "mesh"
    LONG_RANGE_RADIO = "long-range-radio"


class Service(enum.StrEnum):
    """What is there at a place: the usual WAN of the region, the infill beside it, or neither."""

    CORE = "core"
    INFILL = "infill"
    NONE = "none"


class HubVariant(enum.StrEnum):
    """What a hub's WAN module can do."""

    CELLULAR = "cellular"
    CELLULAR_AND_MESH = "cellular-and-mesh"
    LONG_RANGE_RADIO = "long-range-radio"


class Ownership(enum.StrEnum):
    """Who owns, tests and answers for a hub: the two models of the 2012 consultation (CHR-01, CHR-02)."""

    CSP = "csp"
    SUPPLIER = "supplier"


class HubDuty(enum.StrEnum):
    """The functions that somebody is responsible for (the 2012 consultation's five, with procurement apart)."""

    DESIGN = "design"
    OWNERSHIP = "ownership"
    CERTIFICATION = "certification and testing"
    INSTALLATION = "installation"
    REPLACEMENT = "replacement"
    FAULT_RETURN = "fault return"


SERVED: dict[Region, dict[Service, Technology]] = {
    Region.NORTH: {Service.CORE: Technology.LONG_RANGE_RADIO, Service.INFILL: Technology.LONG_RANGE_RADIO},
    Region.CENTRAL: {Service.CORE: Technology.CELLULAR, Service.INFILL: Technology.MESH},
    Region.SOUTH: {Service.CORE: Technology.CELLULAR, Service.INFILL: Technology.MESH},
}
SPEAKS: dict[HubVariant, frozenset[Technology]] = {
    HubVariant.CELLULAR: frozenset({Technology.CELLULAR}),
    HubVariant.CELLULAR_AND_MESH: frozenset({Technology.CELLULAR, Technology.MESH}),
    HubVariant.LONG_RANGE_RADIO: frozenset({Technology.LONG_RANGE_RADIO}),
}
LARGEST: dict[Technology, int] = {  # octets of one frame, our own numbers: only that infill takes less matters
    Technology.CELLULAR: 1200,
    Technology.LONG_RANGE_RADIO: 500,
    Technology.MESH: 128,
}
_SUPPLIERS = (HubDuty.INSTALLATION, HubDuty.REPLACEMENT)


@dataclass(frozen=True, slots=True)
class CoverageAnswer:
    """What the coverage check of a place says before the visit (SR 12.1): `likelihood` is High, Medium or None."""

    region: Region
    service: Service
    technology: Technology | None
    likelihood: str


def technology_at(region: Region, service: Service) -> Technology | None:
    """What serves a place; None where nothing does."""
    return SERVED[region].get(service)


def check_coverage(region: Region, service: Service) -> CoverageAnswer:
    """The coverage check (SR 12.1) of a place."""
    likelihood = {Service.CORE: "High", Service.INFILL: "Medium", Service.NONE: "None"}[service]
    return CoverageAnswer(region, service, technology_at(region, service), likelihood)


def suits(variant: HubVariant, region: Region, service: Service) -> bool:
    """Whether a hub of this variant can work at a place; nothing is wrong with it where nothing serves the place but
    it speaks what serves the region."""
    there = technology_at(region, service) or technology_at(region, Service.CORE)
    return there in SPEAKS[variant]


def responsible(ownership: Ownership, assigned: Mapping[HubDuty, Ownership] | None = None) -> dict[HubDuty, Ownership]:
    """Who is responsible for what. CSP-led: the CSP designs, owns, tests; the supplier installs and replaces. Supplier-
    led: the supplier has it all; the CSP only specifies the WAN module. `assigned`: what a scenario has otherwise."""
    if ownership is Ownership.SUPPLIER:
        usual = dict.fromkeys(HubDuty, Ownership.SUPPLIER)
    else:
        usual = {duty: Ownership.SUPPLIER if duty in _SUPPLIERS else Ownership.CSP for duty in HubDuty}
    return usual | dict(assigned or {})
