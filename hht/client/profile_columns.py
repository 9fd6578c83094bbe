"""What the columns of a profile hold, how their numbers are scaled, and what is shown of a column that is odd.

A column that the meter cannot explain takes nothing from the others: its numbers are shown as they came, what is no
number is shown in words, and somebody is told.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Final

from hht.client import catalogue
from hht.client.api import MeterError
from hht.client.meter_objects import MeterObjects
from hht.client.object_reader import octets_text
from hht.client.values import items_of, makes_no_sense, number_of, scaled
from hht.i18n import _
from hht.protocol.cosem.data import Data
from hht.protocol.cosem.errors import CosemRefusal, MalformedValue
from hht.protocol.cosem.obis import Obis
from hht.protocol.cosem.profile import CaptureObject
from hht.readings import Columns

_VALUE: Final = 2  # the attribute that an object is about
_NOTHING: Final = Obis.from_bytes(bytes(6))
OnNote = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a profile: what it holds, and how its numbers are scaled. `odd`: why that is not known, or what is
    wrong with the column itself; "" where all is well."""

    class_id: int
    obis: Obis
    attribute: int
    scaler: int = 0
    unit: str = ""
    name: str = ""  # as its values are keyed; no two columns of a profile have the same
    odd: str = ""

    @property
    def is_clock(self) -> bool:
        """Whether it holds the time."""
        return self.class_id == catalogue.CLASS_CLOCK

    @property
    def is_scaled(self) -> bool:
        """Whether its numbers have a scaler and a unit."""
        return self.attribute in catalogue.SCALED_ATTRIBUTES.get(self.class_id, ())


async def read_columns(meter: MeterObjects, profile: Obis, on_note: OnNote | None) -> list[Column]:
    """The columns as the meter states them. `on_note` is told what is odd about any. Raises MeterError where none of
    them holds the time."""
    captured = (await meter.get(catalogue.CLASS_PROFILE, profile, 3)).as_items()
    columns = _named([_column(item, number) for number, item in enumerate(captured, 1)])
    if not any(column.is_clock for column in columns):
        raise makes_no_sense(_("profile's columns"))
    async with meter.at_once(meter.unknown_scales((c.class_id, c.obis) for c in columns if c.is_scaled)):
        columns = [await _with_scale(meter, column) for column in columns]
    if on_note is not None:
        for column in columns:
            if column.odd:
                words = _("Column {name}: {why} Its values are shown as they came.")
                on_note(words.format(name=column.name, why=column.odd))
    return columns


def _column(item: Data, number: int) -> Column:
    try:
        class_id, obis, attribute, _index = items_of(item, 4, _("column"))
        return Column(
            number_of(class_id, _("class")), Obis.from_bytes(obis.as_bytes()), number_of(attribute, _("attribute"))
        )
    except (MeterError, MalformedValue) as error:
        return Column(0, _NOTHING, 0, name=_("column {number}").format(number=number), odd=error.message)


def _named(columns: Sequence[Column]) -> list[Column]:
    """By their OBIS codes; of those that have the same one, the value keeps it, and the others have class and attribute
    beside it, or their place."""
    taken: set[str] = set()
    named = dict.fromkeys(range(len(columns)), "")
    for place, column in sorted(enumerate(columns), key=lambda at: (at[1].attribute != _VALUE, at[0])):
        whole = f"{column.class_id}/{column.obis}/{column.attribute}"
        names = (column.name or str(column.obis), whole, f"{whole} #{place + 1}")
        named[place] = next(name for name in names if name not in taken)
        taken.add(named[place])
    return [replace(column, name=named[place]) for place, column in enumerate(columns)]


async def _with_scale(meter: MeterObjects, column: Column) -> Column:
    if not column.is_scaled:
        return column
    try:
        scaler, unit = await meter.scale(column.obis, column.class_id)
    except (CosemRefusal, MeterError, MalformedValue) as error:
        return replace(column, odd=_("scaler and unit unknown: {why}").format(why=error.message))
    return replace(column, scaler=scaler, unit=unit)


def clock_place(columns: Sequence[Column]) -> int:
    """The number of the column that holds the time."""
    return next((number for number, column in enumerate(columns) if column.is_clock), 0)


def no_such_column(missing: Sequence[str], names: Sequence[str]) -> MeterError:
    """Some of the wanted columns are none of those that the profile has (`names`)."""
    return MeterError(
        _("The profile has no column {columns}.").format(columns=", ".join(missing)),
        remedy=_("It has: {columns}.").format(columns=", ".join(names)),
        code="no-such-column",
    )


def kept_columns(columns: Sequence[Column], only: Sequence[str]) -> list[int]:
    """Numbers of the columns that are wanted (`only` their names; none: all), the time's first. Raises MeterError."""
    clock = clock_place(columns)
    others = [number for number in range(len(columns)) if number != clock]
    names = [columns[number].name for number in others]
    missing = [wanted for wanted in only if wanted not in names]
    if missing:
        raise no_such_column(missing, names)
    return [clock, *(number for number, name in zip(others, names, strict=True) if not only or name in only)]


def chosen_columns(columns: Sequence[Column]) -> tuple[CaptureObject, ...]:
    """These columns, as a meter is asked for them."""
    return tuple(CaptureObject(column.class_id, column.obis, column.attribute) for column in columns)


def heading(columns: Iterable[Column]) -> Columns:
    """Names and powers of ten for the rows' numbers."""
    shown = tuple(columns)
    unscaled = tuple(column.name for column in shown if column.odd)
    return Columns(tuple(column.name for column in shown), tuple(map(_power, shown)), unscaled)


def _power(column: Column) -> int:
    shift = -3 if scaled(0, 0, column.unit)[1] != column.unit else 0
    return column.scaler + shift


def cell_value(cell: object) -> Decimal | int | str | None:
    """A cell as it is kept: a number, or what it says in words; None where there is nothing."""
    if cell is None or (isinstance(cell, int) and not isinstance(cell, bool)):
        return cell
    if isinstance(cell, float) and math.isfinite(cell):
        return Decimal(str(cell))
    if isinstance(cell, bytes):
        return octets_text(cell)
    if isinstance(cell, tuple):
        return "{" + ", ".join(str(cell_value(inner)) for inner in cell) + "}"
    return str(cell)
