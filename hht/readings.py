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
    """What the numbers of a row are: OBIS codes, and the power of ten that each number is multiplied by. `unscaled`:
    the names of those for which the meter did not tell it (their numbers are as they came)."""

    names: tuple[str, ...]
    exponents: tuple[int, ...]
    unscaled: tuple[str, ...] = ()
    factors: tuple[Decimal, ...] = field(init=False, repr=False, compare=False)  # these powers, made once

    def __post_init__(self) -> None:
        object.__setattr__(self, "factors", tuple(map(_ONE.scaleb, self.exponents)))


class _Cells(NamedTuple):
    time: datetime
    status: str
    numbers: tuple[int | Decimal | str | None, ...]  # a text: what the meter said in the place of a number
    columns: Columns


class ProfileRow(_Cells):
    """One capture of a profile. `time` is the end of the interval, UTC; `values` keyed by OBIS, scaled, and `texts`
    keyed so where the meter said something that is no number.

    A row keeps the meter's own whole numbers and makes `values` when it is asked for them: a year of rows arrives
    faster than anybody looks at it. Rows are equal where time, status, values and texts are.
    """

    __slots__ = ()

    def __new__(
        cls,
        time: datetime,
        status: str,
        values: Mapping[str, Decimal] | None = None,
        texts: Mapping[str, str] | None = None,
    ) -> ProfileRow:
        """A row from values that are scaled already, and texts."""
        cells = {**(values or {}), **(texts or {})}
        columns = Columns(tuple(cells), (0,) * len(cells))
        return tuple.__new__(cls, (time, status, tuple(cells.values()), columns))

    @property
    def values(self) -> dict[str, Decimal]:
        """The numbers, scaled, by OBIS. A cell that holds no number is left out."""
        columns = self[3]
        try:
            return dict(zip(columns.names, map(mul, columns.factors, self[2]), strict=False))
        except TypeError:  # a cell without a number
            cells = zip(columns.names, columns.factors, self[2], strict=False)
            return {name: factor * number for name, factor, number in cells if isinstance(number, int | Decimal)}

    @property
    def texts(self) -> dict[str, str]:
        """What the meter said in the place of a number, by OBIS; nothing in a row of numbers."""
        return {name: cell for name, cell in zip(self[3].names, self[2], strict=False) if isinstance(cell, str)}

    @property
    def cells(self) -> dict[str, str]:
        """Numbers (scaled) and texts as they are shown, by OBIS, in the order of the columns."""
        shown = {name: str(value) for name, value in self.values.items()}
        if len(shown) < len(self[2]):
            shown |= self.texts
            return {name: shown[name] for name in self[3].names if name in shown}
        return shown

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, ProfileRow):
            return NotImplemented
        if self.time != other.time or self.status != other.status:
            return False
        same = self.columns == other.columns and self.numbers == other.numbers
        return same or (self.values == other.values and self.texts == other.texts)

    def __ne__(self, other: object) -> bool:
        return not self == other

    def __hash__(self) -> int:
        return hash((self.time, self.status))

    def __repr__(self) -> str:
        texts = f", {self.texts!r}" if self.texts else ""
        return f"ProfileRow({self.time!r}, {self.status!r}, {self.values!r}{texts})"

    def __reduce__(self) -> tuple[type[ProfileRow], tuple[datetime, str, dict[str, Decimal], dict[str, str]]]:
        return ProfileRow, (self.time, self.status, self.values, self.texts)


_make = partial(tuple.__new__, ProfileRow)


def profile_rows(
    times: Iterable[datetime],
    statuses: Iterable[str],
    numbers: Iterable[Sequence[int | Decimal | str | None]],
    columns: Columns,
) -> list[ProfileRow]:
    """Many rows at once, from numbers as the meter states them (a text: what is no number; None: nothing)."""
    return list(map(_make, zip(times, statuses, numbers, repeat(columns))))
