"""The centre's lists: the Central Products List, SMETS1 combinations (EPC, PPC), the Deployed Products List.

Factbook 4.2. A row of a SMETS1 device has no GBCS version and no assurance certificate; of any other, both (ASR-03).
"""

from __future__ import annotations

import enum
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date

from hht.model.device import DeviceIdentity, DeviceKind


class Generation(enum.StrEnum):
    """What a device was made to."""

    SMETS1 = "SMETS1"
    SMETS2 = "SMETS2+"


def generation(identity: DeviceIdentity) -> Generation:
    """Of which generation a device is, from what it states ("SMETS V1.58" is a version of SMETS2)."""
    first = identity.smets_version.upper().replace(" ", "").startswith("SMETS1")
    return Generation.SMETS1 if first else Generation.SMETS2


@dataclass(frozen=True, slots=True)
class Product:
    """One Device Model: a kind of device by maker, model and firmware. Another firmware is another model (SEC-07)."""

    kind: DeviceKind
    manufacturer: str
    model: str
    firmware: str


def product_of(kind: DeviceKind, identity: DeviceIdentity) -> Product:
    """The Device Model that a device is one of."""
    return Product(kind, identity.manufacturer, identity.model, identity.firmware)


@dataclass(frozen=True, slots=True)
class Listing:
    """One row of the Central Products List. `security` and `gbcs` name the two certificates; `expires` is the security
    one's; `effective` to `withdrawn`: when the row holds; `outside`: also for sites that the DCC does not serve."""

    product: Product
    generation: Generation
    gbcs_version: str = ""
    security: str = ""
    gbcs: str = ""
    expires: date | None = None
    effective: date = date.min
    withdrawn: date | None = None
    outside: bool = True

    def problem(self, on: date) -> str:
        """Why the row does not let a device connect on that day; "" where it does. Blanks are right for SMETS1."""
        if on < self.effective or (self.withdrawn is not None and on >= self.withdrawn):
            return "not listed on that day"
        if self.generation is Generation.SMETS1:
            return ""
        if not self.security or not self.gbcs:
            return "without its two certificates"
        if self.expires is not None and on >= self.expires:
            return "its security certificate has expired: it needs to be certified anew"
        return "" if self.gbcs_version else "without a GBCS version"


class CombinationStatus(enum.StrEnum):
    """What the lists say of a SMETS1 combination of hub and meters (S1E-06)."""

    ELIGIBLE = "EPC"
    PENDING = "PPC"
    NONE = "none"


Combination = frozenset[Product]


LIST_NAMES: dict[str, tuple[str, ...]] = {  # today's name, and what else it is or was called
    "Central Products List": ("CPL", "Certified Products List"),
    "Eligible Product Combinations": ("EPC",),
    "Pending Product Combinations": ("PPC",),
    "Deployed Products List": ("DPL",),
}


def list_called(text: str) -> str:
    """Today's name of the list that somebody calls `text`, by a name or a part of one; "" where no list, or several,
    are called so (S1E-02: the Certified Products List is the Central Products List)."""
    wanted = text.strip().lower()
    found = [
        name
        for name, others in LIST_NAMES.items()
        if wanted and any(wanted == other.lower() or wanted in other.lower() for other in (name, *others))
    ]
    exact = [name for name in found if wanted in (name.lower(), *(other.lower() for other in LIST_NAMES[name]))]
    return exact[0] if len(exact) == 1 else found[0] if len(found) == 1 else ""


@dataclass(slots=True)
class ProductLists:
    """All of them. `deployed` (DPL): the models that stand anywhere."""

    central: dict[Product, Listing] = field(default_factory=dict)
    eligible: set[Combination] = field(default_factory=set)
    pending: set[Combination] = field(default_factory=set)
    deployed: set[Product] = field(default_factory=set)

    def list(self, row: Listing) -> None:
        """Put a row onto the Central Products List; it replaces the model's old one."""
        self.central[row.product] = row

    def problem(self, product: Product, on: date, *, outside: bool = False) -> str:
        """Why a device of this model may not connect on that day (`outside`: at a site that the DCC does not serve);
        "" where it may."""
        row = self.central.get(product)
        if row is None:
            return "not on the Central Products List"
        if outside and not row.outside:
            return "not listed for equipment outside the DCC"
        return row.problem(on)

    def status(self, combination: Iterable[Product]) -> CombinationStatus:
        """Where a SMETS1 combination stands."""
        whole = frozenset(combination)
        if whole in self.eligible:
            return CombinationStatus.ELIGIBLE
        return CombinationStatus.PENDING if whole in self.pending else CombinationStatus.NONE

    def mismatch(self, combination: Iterable[Product]) -> tuple[Product, ...]:
        """Which parts keep a combination from the eligible one that comes nearest; none where it is eligible."""
        whole = frozenset(combination)
        apart = min((whole - listed for listed in self.eligible), key=len, default=whole)
        return tuple(sorted(apart, key=lambda part: (part.kind, part.manufacturer, part.model, part.firmware)))

    def promote(self, combination: Iterable[Product]) -> None:
        """A pending combination has passed its tests: it is eligible. ValueError when it was not pending."""
        whole = frozenset(combination)
        if whole not in self.pending:
            raise ValueError("only a pending combination becomes eligible")
        self.pending.discard(whole)
        self.eligible.add(whole)
