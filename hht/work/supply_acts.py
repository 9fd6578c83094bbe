"""Which steps and asks affect somebody's supply, and for how long a pass phrase that was given counts for them."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Final

from hht.resources import resource_text

if TYPE_CHECKING:
    from hht.work.walkthrough import StepSpec


_KINDS: Final = ("back", "load", "away", "credit")  # tables of the catalogue


@dataclass(frozen=True, slots=True)
class SupplyActs:
    """``resources/catalogue/supply_acts.toml``. `minutes`: how long a pass phrase counts; `proofs`: what is asked for
    on site besides, by use case of GBCS, and every use case that affects a supply or a load; `away`: those by which a
    supply is off or may go off, and that are counted; `code_minutes`: how long the desk's one-time code holds."""

    minutes: int
    requests: frozenset[str]
    actions: frozenset[str]
    asks: frozenset[str]
    code_minutes: int
    proofs: Mapping[str, str]
    away: frozenset[str]


@cache
def supply_acts() -> SupplyActs:
    """The catalogue's."""
    plain = tomllib.loads(resource_text("catalogue", "supply_acts.toml"))
    requests, actions, asks = (frozenset(plain[name]) for name in ("requests", "actions", "asks"))
    proofs = {case: proof for kind in _KINDS for case, proof in plain[kind].items()}
    return SupplyActs(
        plain["minutes"], requests, actions, asks, plain["code_minutes"], proofs, frozenset(plain["away"])
    )


def affects_supply(spec: StepSpec) -> bool:
    """Whether a step switches a supply or a load, or has somebody else do it."""
    acts = supply_acts()
    return spec.request in acts.requests or spec.action.name in acts.actions
