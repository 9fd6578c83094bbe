"""What a job says of its site and of the equipment there: by which rules the work stands (`hht.work.site_rules`).

All of it may be left out; what is not said is not guessed.
"""

from __future__ import annotations

import enum
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any

from hht.i18n import _


class SiteClass(enum.StrEnum):
    """Which duties apply at premises hangs on their class."""

    DOMESTIC = "domestic"
    MICRO_BUSINESS = "micro-business"
    SMALLER = "smaller-non-domestic"
    LARGER = "larger-non-domestic"

    @property
    def words(self) -> str:
        """For people."""
        return {
            SiteClass.DOMESTIC: _("domestic"),
            SiteClass.MICRO_BUSINESS: _("micro-business"),
            SiteClass.SMALLER: _("smaller non-domestic"),
            SiteClass.LARGER: _("larger non-domestic"),
        }[self]


@dataclass(frozen=True, slots=True)
class Authority:
    """An energy supplier's authority for the visit, and its number."""

    supplier: str
    number: str


@dataclass(frozen=True, slots=True)
class Installed:
    """Equipment that is there. `specification`: such as "SMETS1 V1.2", "advanced", "smart-type"; `by_supplier`: the
    job's supplier had it fitted (None: not said); `contract`: the day of the contract that it was fitted under."""

    type: str
    specification: str
    fitted: date | None = None
    by_supplier: bool | None = None
    contract: date | None = None
    updates: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class SharedSite:
    """What several suppliers know of a building that they all work in."""

    notes: str = field(default="", repr=False)
    suppliers: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Retrofit:
    """Why compliant equipment is changed in service. `outweighs`: the loss that threatens is more than the cost."""

    reason: str
    outweighs: bool


@dataclass(frozen=True, slots=True)
class Cost:
    """Who bears a cost of the visit."""

    what: str  # "installation" or "maintenance"
    borne_by: str


@dataclass(frozen=True, slots=True)
class JobSite:
    """See the module."""

    authority: Authority | None = None
    site_class: SiteClass | None = None
    gas_mwh: Decimal | None = None  # a year
    enrolled: bool | None = None  # with the DCC; None: not said
    enrolled_since: date | None = None
    installed: tuple[Installed, ...] = ()
    shared: SharedSite | None = None
    retrofit: Retrofit | None = None
    costs: tuple[Cost, ...] = ()
    exceptional: str = ""  # why somebody else than a supplier works on a hub
    specifications: tuple[tuple[str, str], ...] = ()  # (type, what it was made to) of devices that are to be fitted
    registered_at: tuple[tuple[str, str], ...] = field(default=(), repr=False)  # (type, address) where it is another


def site_of(plain: Mapping[str, Any]) -> JobSite:
    """What a checked job file says of its site."""
    premises, dcc = plain.get("premises", {}), plain.get("dcc", {})
    devices, shared, retrofit = plain.get("devices", ()), premises.get("shared"), plain.get("retrofit")
    return JobSite(
        authority=Authority(**plain["authority"]) if "authority" in plain else None,
        site_class=SiteClass(premises["class"]) if "class" in premises else None,
        gas_mwh=Decimal(premises["gas_mwh"]) if "gas_mwh" in premises else None,
        enrolled=dcc.get("enrolled"),
        enrolled_since=_day(dcc.get("since")),
        installed=tuple(_installed(one) for one in plain.get("installed", ())),
        shared=SharedSite(shared.get("notes", ""), tuple(shared.get("suppliers", ()))) if shared else None,
        retrofit=Retrofit(retrofit["reason"], retrofit["loss_outweighs_cost"]) if retrofit else None,
        costs=tuple(Cost(one["what"], one["borne_by"]) for one in plain.get("costs", ())),
        exceptional=plain.get("exceptional", ""),
        specifications=tuple((one["type"], one["specification"]) for one in devices if "specification" in one),
        registered_at=tuple((one["type"], one["registered_at"]) for one in devices if "registered_at" in one),
    )


def _installed(plain: Mapping[str, Any]) -> Installed:
    by = plain.get("fitted_by")
    return Installed(
        plain["type"],
        plain["specification"],
        _day(plain.get("fitted")),
        None if by is None else by == "supplier",
        _day(plain.get("contract")),
        tuple(plain.get("updates", ())),
    )


def _day(text: str | None) -> date | None:
    return date.fromisoformat(text) if text else None
