"""Who may send which command: the facts of GBCS's use-case table (``resources/catalogue/use_cases.json``), and which
supplier by its service request (``resources/catalogue/service_requests.json``).
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cache

from hht.model.parties import Party, RemoteParty, UserRole
from hht.resources import resource_text


@dataclass(frozen=True, slots=True)
class UseCase:
    """One use case. `codes`: GBCS message codes (four hex digits); `devices`: its targets ("" for any when empty);
    `roles`: remote parties that a device carries it out for (empty: local devices only); `users`: roles that its
    service requests are open to (empty: ``resources/catalogue/service_requests.json`` holds none of them)."""

    name: str
    codes: tuple[str, ...]
    critical: bool
    future_datable: bool
    service_requests: tuple[str, ...]
    devices: tuple[str, ...]
    roles: frozenset[RemoteParty]
    users: frozenset[UserRole] = frozenset()

    def open_to(self, sender: Party) -> bool:
        """Whether a device carries it out for `sender`. A remote party role does not tell a supplier of electricity
        from one of gas; the service request does (7.1 Enable Supply is the import supplier's alone)."""
        if sender.remote not in self.roles:
            return False
        return sender.remote is not RemoteParty.SUPPLIER or not self.users or sender.role in self.users


def use_case(name: str) -> UseCase:
    """The use case called `name` ("ECS42"). Raises KeyError for one that the table does not hold."""
    return _table()[name]


def use_cases() -> tuple[UseCase, ...]:
    """All of them, by name."""
    return tuple(_table().values())


@cache
def _table() -> dict[str, UseCase]:
    rows = json.loads(resource_text("catalogue", "use_cases.json"))
    services = json.loads(resource_text("catalogue", "service_requests.json"))
    return {
        name: UseCase(
            name,
            tuple(row["codes"]),
            row["critical"],
            row["future_datable"],
            tuple(row["service_requests"]),
            tuple(row["devices"]),
            frozenset(RemoteParty(role) for role in row["roles"]),
            _users(services, row["service_requests"]),
        )
        for name, row in rows.items()
    }


def _users(services: dict[str, dict[str, list[str]]], requests: list[str]) -> frozenset[UserRole]:
    """Who may send any of `requests`; one that the table names in short ("6.4") stands for all under it ("6.4.1")."""
    return frozenset(
        UserRole(role)
        for code, service in services.items()
        if any(code == request or code.startswith(f"{request}.") for request in requests)
        for role in service["roles"]
    )
