"""A hub's two numbers taken for one another: what the numbers themselves hint at (`hub_ids.toml`; factbook 0.8)."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import cache

from hht.i18n import _
from hht.identifiers import DeviceId
from hht.resources import resource_text


@dataclass(frozen=True, slots=True)
class Relation:
    """How the two are related on hubs whose ids begin with `prefix`. `first`: "chf" or "gpf", on the label."""

    prefix: str
    gpf_minus_chf: int
    first: str


@cache
def relations() -> tuple[Relation, ...]:
    """The table."""
    loaded = tomllib.loads(resource_text("catalogue", "hub_ids.toml"))
    return tuple(
        Relation(str(each["prefix"]), int(each["gpf_minus_chf"]), str(each["first"])) for each in loaded["relation"]
    )


def pair_hint(chf: DeviceId, gpf: DeviceId) -> str:
    """Why the two may have been swapped, in words; "" where nothing hints at it."""
    apart = int(gpf.value, 16) - int(chf.value, 16)
    for relation in relations():
        fits = chf.value.startswith(relation.prefix) and gpf.value.startswith(relation.prefix)
        if fits and apart and apart == -relation.gpf_minus_chf:
            first, second = (_("CHF ID"), _("GPF ID")) if relation.first == "chf" else (_("GPF ID"), _("CHF ID"))
            return _(
                "Look again: on the hubs that are known here the two differ the other way round; the {first} stands "
                "first on the label, then the {second}. They may be swapped."
            ).format(first=first, second=second)
    return ""
