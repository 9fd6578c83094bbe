"""Which steps and asks affect somebody's supply, and for how long a pass phrase that was given counts for them."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

from hht.resources import resource_text

if TYPE_CHECKING:
    from hht.work.walkthrough import StepSpec


@dataclass(frozen=True, slots=True)
class SupplyActs:
    """``resources/catalogue/supply_acts.toml``. `minutes`: how long a pass phrase counts; `proofs`: what is asked for
    on site besides, by service request; `code_minutes`: how long the desk's one-time code holds."""

    minutes: int
    requests: frozenset[str]
    actions: frozenset[str]
    services: frozenset[str]
    asks: frozenset[str]
    code_minutes: int
    proofs: Mapping[str, str]


@cache
def supply_acts() -> SupplyActs:
    """The catalogue's."""
    plain = tomllib.loads(resource_text("catalogue", "supply_acts.toml"))
    requests, actions, services, asks = (frozenset(plain[name]) for name in ("requests", "actions", "services", "asks"))
    return SupplyActs(plain["minutes"], requests, actions, services, asks, plain["code_minutes"], plain["proofs"])


def affects_supply(spec: StepSpec) -> bool:
    """Whether a step switches a supply or a load, or has somebody else do it."""
    acts = supply_acts()
    return spec.request in acts.requests or spec.action.name in acts.actions
