"""Every message code of GBCS, and what it is for: ``resources/catalogue/gbcs_messages.json`` (facts of GBCS's tables).

Which use case it is, in words; whether it is critical; who may send it and which devices take it; whether it is
protected against replay; whether its response says when it was made.
"""

from __future__ import annotations

import enum
import json
from dataclasses import dataclass
from functools import cache
from typing import Any

from hht.i18n import _
from hht.resources import resource_text


class Role(enum.StrEnum):
    """What a remote party is to a device (the OU of its certificate, and the role of a trust anchor cell)."""

    ROOT = "root"
    RECOVERY = "recovery"
    SUPPLIER = "supplier"
    NETWORK_OPERATOR = "network-operator"
    ACCESS_CONTROL_BROKER = "access-control-broker"
    TRANSITIONAL_COS = "transitional-cos"
    WAN_PROVIDER = "wan-provider"
    ISSUING_AUTHORITY = "issuing-authority"
    LOAD_CONTROLLER = "load-controller"

    @property
    def number(self) -> int:
        """RemotePartyRole as messages and certificates have it."""
        return _ROLES.index(self)

    @classmethod
    def of_number(cls, number: int) -> Role | None:
        """The role of that number; None: there is none."""
        return _ROLES[number] if 0 <= number < len(_ROLES) else None


_ROLES = tuple(Role)


class Category(enum.StrEnum):
    """How a message is protected (gbcs.md 2.1).

    VARIANT: the sender's choice, signed or with a MAC (credentials' details). DEVICE: between two devices. ZIGBEE: by
    the HAN alone, never as a GBCS message.
    """

    CRITICAL = "critical"
    NON_CRITICAL = "non-critical"
    VARIANT = "variant"
    DEVICE = "device"
    ZIGBEE = "zigbee"


@dataclass(frozen=True, slots=True)
class UseCase:
    """One message code. `devices` as in `Role` and device names: "ESME", "CHF"; `payloads`: "dlms", "gbz", "asn1"."""

    code: int
    name: str
    title: str
    alert: bool
    category: Category
    payloads: tuple[str, ...] = ()
    roles: frozenset[Role] = frozenset()
    devices: frozenset[str] = frozenset()
    replay_protection: bool = False
    future_datable: bool = False
    timed_response: bool = False

    def __str__(self) -> str:
        return f"{self.name} {self.title}"


def use_case(code: int) -> UseCase | None:
    """What the message code is for; None: GBCS has no such code."""
    return _table().get(code)


def use_cases() -> tuple[UseCase, ...]:
    """All of them, by code."""
    return tuple(_table().values())


def describe_code(code: int) -> str:
    """A message code in words."""
    found = use_case(code)
    return str(found) if found else _("unknown message code")


@cache
def _table() -> dict[int, UseCase]:
    rows: dict[str, dict[str, Any]] = json.loads(resource_text("catalogue", "gbcs_messages.json"))
    return {int(code, 16): _row(int(code, 16), row) for code, row in rows.items()}


def _row(code: int, row: dict[str, Any]) -> UseCase:
    return UseCase(
        code,
        row["use_case"],
        row["title"],
        row["kind"] == "alert",
        Category(row["category"]),
        tuple(row.get("payloads", ())),
        frozenset(map(Role, row.get("roles", ()))),
        frozenset(row.get("devices", ())),
        row.get("replay_protection", False),
        row.get("future_datable", False),
        row.get("timed_response", False),
    )
