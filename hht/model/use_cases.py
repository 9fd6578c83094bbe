"""Who may send which command: the facts of GBCS's use-case table (``resources/catalogue/use_cases.json``)."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cache

from hht.model.parties import RemoteParty
from hht.resources import resource_text


@dataclass(frozen=True, slots=True)
class UseCase:
    """One use case. `codes`: GBCS message codes (four hex digits); `devices`: its targets ("" for any when empty);
    `roles`: remote parties that a device carries it out for (empty: local devices only)."""

    name: str
    codes: tuple[str, ...]
    critical: bool
    future_datable: bool
    service_requests: tuple[str, ...]
    devices: tuple[str, ...]
    roles: frozenset[RemoteParty]


def use_case(name: str) -> UseCase:
    """The use case called `name` ("ECS42"). Raises KeyError for one that the table does not hold."""
    return _table()[name]


def use_cases() -> tuple[UseCase, ...]:
    """All of them, by name."""
    return tuple(_table().values())


@cache
def _table() -> dict[str, UseCase]:
    rows = json.loads(resource_text("catalogue", "use_cases.json"))
    return {
        name: UseCase(
            name,
            tuple(row["codes"]),
            row["critical"],
            row["future_datable"],
            tuple(row["service_requests"]),
            tuple(row["devices"]),
            frozenset(RemoteParty(role) for role in row["roles"]),
        )
        for name, row in rows.items()
    }
