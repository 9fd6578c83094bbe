"""SMETS1 product combinations: whether this hub and these meters are listed together, and which part keeps them apart.

Only a combination on the Eligible Product Combinations list may be enrolled (S1E-05); on the pending one it is under
test (S1E-06). A list that is too old, or past its last day, decides nothing (S1E-07), and one that is listed later is
not listed yet (S1E-08).
"""

from __future__ import annotations

import enum
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from hht.work.compatibility import Rules, rules
from hht.work.equipment import Proof
from hht.work.products import Combination, Part, ProductList

ELIGIBLE, PENDING = "EPC", "PPC"


class ListStatus(enum.StrEnum):
    """What the lists say of a combination."""

    ELIGIBLE = "EPC"
    PENDING = "PPC"
    NOT_YET = "not-yet"
    NONE = "none"
    TOO_OLD = "too-old"
    NO_LIST = "no-list"


@dataclass(frozen=True, slots=True)
class Standing:
    """`apart`: the parts that the nearest eligible combination has not; `instead`: what it has in their place. `since`:
    when it was, or will be, listed. `age_days`: of the list; None where there is none."""

    status: ListStatus
    apart: tuple[Part, ...] = ()
    instead: tuple[Part, ...] = ()
    since: date | None = None
    age_days: int | None = None
    proof: Proof | None = None  # of an eligible one

    @property
    def firmware_alone(self) -> bool:
        """Whether nothing but firmware keeps it from the nearest eligible combination (S1E-29)."""
        return bool(self.apart) and {one.model_key for one in self.apart} == {one.model_key for one in self.instead}


def standing(found: Iterable[Part], products: ProductList | None, today: date, by: Rules | None = None) -> Standing:
    """Where the devices of a site stand together."""
    if products is None:
        return Standing(ListStatus.NO_LIST)
    age, by = products.age_days(today), by or rules()
    if age < 0 or age > by.stop_age or products.is_over(today):
        return Standing(ListStatus.TOO_OLD, age_days=age)
    whole = frozenset(map(_plain, found))
    same = [one for one in products.combinations if frozenset(map(_plain, one.parts)) == whole]
    listed = [one for one in same if one.listed_from <= today]
    for status in (ELIGIBLE, PENDING):
        for one in listed:
            if one.status == status:
                return Standing(ListStatus(status), since=one.listed_from, age_days=age, proof=one.proof)
    if same:
        return Standing(ListStatus.NOT_YET, since=min(one.listed_from for one in same), age_days=age)
    apart, instead = _nearest(tuple(found), [one for one in products.combinations if one.status == ELIGIBLE])
    return Standing(ListStatus.NONE, apart, instead, age_days=age)


def _plain(part: Part) -> tuple[str, ...]:
    return (*part.model_key, part.firmware)


def _nearest(found: tuple[Part, ...], eligible: list[Combination]) -> tuple[tuple[Part, ...], tuple[Part, ...]]:
    """What parts the site from the eligible combination that comes nearest; the same models come before others."""
    whole = frozenset(map(_plain, found))

    def distance(one: Combination) -> tuple[int, int]:
        listed = frozenset(map(_plain, one.parts))
        models = {part.model_key for part in found} ^ {part.model_key for part in one.parts}
        return len(models), len(whole ^ listed)

    if not eligible:
        return tuple(sorted(found)), ()
    nearest = min(eligible, key=distance)
    listed = frozenset(map(_plain, nearest.parts))
    apart = sorted(part for part in found if _plain(part) not in listed)
    return tuple(apart), tuple(sorted(part for part in nearest.parts if _plain(part) not in whole))
