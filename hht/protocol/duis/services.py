"""The services of the interface: ``resources/catalogue/duis.json`` (facts of the DUIS 5.4 schema)."""

from __future__ import annotations

import enum
import json
from dataclasses import dataclass
from functools import cache
from typing import Any

from hht.resources import resource_text


class Kind(enum.StrEnum):
    """What becomes of a request: a command that its originator signs, one that it does not, or none at all."""

    CRITICAL = "critical"
    NON_CRITICAL = "non-critical"
    NON_DEVICE = "non-device"


class CommandVariant(enum.IntEnum):
    """What is asked for and where the command goes (DUIS 5.4, CommandVariant; 9 is internal to the DCC)."""

    OVER_WAN = 1
    LOCAL = 2
    OVER_WAN_AND_LOCAL = 3
    TRANSFORM = 4
    SIGNED_OVER_WAN = 5
    SIGNED_LOCAL = 6
    SIGNED_OVER_WAN_AND_LOCAL = 7
    NON_DEVICE = 8

    @property
    def local(self) -> bool:
        """Whether the answer brings a command to be delivered on site."""
        return self in (self.LOCAL, self.OVER_WAN_AND_LOCAL, self.SIGNED_LOCAL, self.SIGNED_OVER_WAN_AND_LOCAL)

    @property
    def signed(self) -> bool:
        """Whether the request brings a signed pre-command instead of a service's own element."""
        return self in (self.SIGNED_OVER_WAN, self.SIGNED_LOCAL, self.SIGNED_OVER_WAN_AND_LOCAL)

    @property
    def kind(self) -> Kind:
        """The services that it goes with."""
        if self is self.NON_DEVICE:
            return Kind.NON_DEVICE
        return Kind.CRITICAL if self.signed or self is self.TRANSFORM else Kind.NON_CRITICAL


@dataclass(frozen=True, slots=True)
class Service:
    """A service request: its Service Reference Variant, the element of its body, what becomes of it."""

    variant: str
    element: str
    kind: Kind

    @property
    def reference(self) -> str:
        """The Service Reference: the first two numbers of the variant."""
        return ".".join(self.variant.split(".")[:2])


def service(variant: str) -> Service | None:
    """The service of that Service Reference Variant; None: DUIS 5.4 has none."""
    return _services().get(variant)


@cache
def response_codes() -> tuple[str, ...]:
    """Every ResponseCode of DUIS 5.4: ``I0`` done, ``I99`` taken and answered later, the others refusals."""
    return tuple(_facts()["response_codes"])


@cache
def _facts() -> dict[str, Any]:
    facts: dict[str, Any] = json.loads(resource_text("catalogue", "duis.json"))
    return facts


@cache
def _services() -> dict[str, Service]:
    rows = _facts()["services"].items()
    return {variant: Service(variant, row["element"], Kind(row["kind"])) for variant, row in rows}
