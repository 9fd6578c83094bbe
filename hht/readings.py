"""What a meter has recorded, as every room speaks of it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from functools import partial
from itertools import repeat
from operator import mul
from typing import Final, NamedTuple

_ONE: Final = Decimal(1)


@dataclass(frozen=True, slots=True)
class Columns:
    """What the numbers of a row are: OBIS codes, and the power of ten that each number is multiplied by."""

    names: tuple[str, ...]
    exponents: tuple[int, ...]
    factors: tuple[Decimal, ...] = field(init=False, repr=False, compare=False)  # these powers, made once

    def __post_init__(self) -> None:
        object.__setattr__(self, "factors", tuple(map(_ONE.scaleb, self.exponents)))


class _Cells(NamedTuple):
    time: datetime
    status: str
    numbers: tuple[int | Decimal | None, ...]
    columns: Columns


class ProfileRow(_Cells):
    """One capture of a profile. `time` is the end of the interval, UTC; `values` keyed by OBIS, scaled.

    A row keeps the meter's own whole numbers and makes `values` when it is asked for them: a year of rows arrives
    faster than anybody looks at it. Rows are equal where time, status and values are.
    """

    __slots__ = ()

    def __new__(cls, time: datetime, status: str, values: Mapping[str, Decimal] | None = None) -> ProfileRow:
        """A row from values that are scaled already."""
        values = values or {}
        columns = Columns(tuple(values), (0,) * len(values))
        return tuple.__new__(cls, (time, status, tuple(values.values()), columns))

    @property
    def values(self) -> dict[str, Decimal]:
        """The numbers, scaled, by OBIS. A cell that holds no number is left out."""
        columns = self[3]
        try:
            return dict(zip(columns.names, map(mul, columns.factors, self[2]), strict=False))
        except TypeError:  # a cell without a number
            cells = zip(columns.names, columns.factors, self[2], strict=False)
            return {name: factor * number for name, factor, number in cells if number is not None}

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, ProfileRow):
            return NotImplemented
        if self.time != other.time or self.status != other.status:
            return False
        same = self.columns == other.columns and self.numbers == other.numbers
        return same or self.values == other.values

    def __ne__(self, other: object) -> bool:
        return not self == other

    def __hash__(self) -> int:
        return hash((self.time, self.status))

    def __repr__(self) -> str:
        return f"ProfileRow({self.time!r}, {self.status!r}, {self.values!r})"

    def __reduce__(self) -> tuple[type[ProfileRow], tuple[datetime, str, dict[str, Decimal]]]:
        return ProfileRow, (self.time, self.status, self.values)


_make = partial(tuple.__new__, ProfileRow)


def profile_rows(
    times: Iterable[datetime],
    statuses: Iterable[str],
    numbers: Iterable[Sequence[int | None]],
    columns: Columns,
) -> list[ProfileRow]:
    """Many rows at once, from whole numbers as the meter states them (None: the cell holds no number)."""
    return list(map(_make, zip(times, statuses, numbers, repeat(columns))))
