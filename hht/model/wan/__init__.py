"""The WAN and what stands at its other end: a hub's WAN module, the centre (DCC) with its rules, a supplier's desk."""

from __future__ import annotations

from hht.model.wan.coverage import HubVariant, Ownership, Region, Service
from hht.model.wan.module import WanConfiguration, WanModule, WanState, WanTrouble

__all__ = [
    "HubVariant",
    "Ownership",
    "Region",
    "Service",
    "WanConfiguration",
    "WanModule",
    "WanState",
    "WanTrouble",
]
