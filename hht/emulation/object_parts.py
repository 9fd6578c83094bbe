"""What the meter's COSEM objects are made of: attributes, each with the item that decides who may read it, and how its
value is made; and how the usual classes are put together.

Money is counted in thousandths of a penny, 10^-5 pounds, everywhere (factbook 2.8, from memory).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Final

from hht.emulation import object_names as names
from hht.model.electricity_meter import Action, Item
from hht.protocol.cosem import data as cosem
from hht.protocol.cosem.data import Data
from hht.protocol.cosem.datetime import NEVER, encode_datetime
from hht.protocol.cosem.obis import Obis

Read = Callable[[Any], Data]
Column = tuple[int, str, int]
Row = tuple[int, tuple[Data, ...]]  # Unix seconds by the meter's clock, and the cells behind the time
ScalerUnit = tuple[int, int]  # power of ten, COSEM unit

WATT: Final[ScalerUnit] = (0, 27)
WATT_HOUR: Final[ScalerUnit] = (0, 30)
VAR_HOUR: Final[ScalerUnit] = (0, 32)
DECIVOLT: Final[ScalerUnit] = (-1, 35)
DECIAMPERE: Final[ScalerUnit] = (-1, 33)
COUNT: Final[ScalerUnit] = (0, 255)
MONEY: Final[ScalerUnit] = (-5, 10)  # Blue Book: 10 is the local currency

CLOCK_COLUMN: Final[Column] = (names.CLASS_CLOCK, "0-0:1.0.0.255", 2)
_FIFO: Final = 1
_WRAP: Final = 1 << 32


@dataclass(frozen=True, slots=True)
class Attribute:
    """One attribute: readable where `item` is, `read` makes its value from the item's."""

    item: Item
    read: Read
    writable: bool = False


@dataclass(frozen=True, slots=True)
class CosemObject:
    """One object. `buffer` names the item whose attribute 2 is a profile buffer, cut by selective access; `rows` makes
    its rows where they are not those of a `LoadProfile` or a `CircularLog`."""

    class_id: int
    version: int
    obis: Obis
    attributes: dict[int, Attribute]
    methods: dict[int, tuple[Item, Action]] = field(default_factory=dict)
    buffer: Item | None = None
    columns: tuple[Column, ...] = ()
    rows: Callable[[Any], Sequence[Row]] | None = None


def constant(value: Data) -> Read:
    """The same value always."""
    return lambda _value: value


def plain_object(item: Item, class_id: int, obis: str, reads: Mapping[int, Read], version: int = 0) -> CosemObject:
    """An object that can be read and no more; `reads` by attribute number, from 2 on."""
    name = constant(cosem.octets(bytes(Obis.parse(obis))))
    attributes = {number: Attribute(item, read) for number, read in {1: name, **reads}.items()}
    return CosemObject(class_id, version, Obis.parse(obis), attributes)


def data_object(item: Item, obis: str, read: Read) -> CosemObject:
    """Class 1."""
    return plain_object(item, names.CLASS_DATA, obis, {2: read})


def register(item: Item, obis: str, read: Callable[[Any], int], unit: ScalerUnit) -> CosemObject:
    """Class 3, a double-long-unsigned that wraps as a real one does."""
    return plain_object(item, names.CLASS_REGISTER, obis, {2: counted(read), 3: constant(scaler_unit(unit))})


def counted(read: Callable[[Any], int]) -> Read:
    """A whole number as double-long-unsigned."""
    return lambda value: cosem.double_long_unsigned(read(value) % _WRAP)


def money(read: Callable[[Any], int]) -> Read:
    """An amount as double-long; see `amount`."""
    return lambda value: amount(read(value))


def amount(thousandths: int) -> Data:
    """Thousandths of a penny as double-long. What it cannot hold (beyond 21,474 pounds) stands at its end."""
    return cosem.double_long(max(-(1 << 31), min(thousandths, (1 << 31) - 1)))


def scaler_unit(unit: ScalerUnit) -> Data:
    """structure{scaler, unit}."""
    return cosem.structure(cosem.integer(unit[0]), cosem.enumerated(unit[1]))


def value_definition(class_id: int, obis: str, attribute: int = 2) -> Data:
    """What a monitor watches: structure{class, logical name, attribute}."""
    return cosem.structure(
        cosem.long_unsigned(class_id), cosem.octets(bytes(Obis.parse(obis))), cosem.integer(attribute)
    )


def moment(time_s: int) -> Data:
    """A time in Unix seconds as date-time octets, UTC; 0 is "never"."""
    return cosem.octets(encode_datetime(datetime.fromtimestamp(time_s, UTC)) if time_s else NEVER)


def capture_object(column: Column) -> Data:
    """A capture object definition: class, logical name, attribute, data index."""
    class_id, obis, attribute = column
    return cosem.structure(
        cosem.long_unsigned(class_id),
        cosem.octets(bytes(Obis.parse(obis))),
        cosem.integer(attribute),
        cosem.long_unsigned(0),
    )


def profile_object(
    item: Item,
    obis: str,
    columns: Sequence[Column],
    *,
    period_s: Callable[[Any], int] = lambda _value: 0,
    in_use: Callable[[Any], int],
    capacity: Callable[[Any], int],
    rows: Callable[[Any], Sequence[Row]] | None = None,
) -> CosemObject:
    """Class 7; `columns` with the time's first. `period_s` 0: captured when something happens."""
    definitions = [capture_object(column) for column in columns]
    reads: dict[int, Read] = {
        2: constant(cosem.array(())),  # `buffer` says that MeterObjects makes it
        3: constant(cosem.array(definitions)),
        4: lambda value: cosem.double_long_unsigned(period_s(value)),
        5: constant(cosem.enumerated(_FIFO)),
        6: constant(definitions[0]),
        7: lambda value: cosem.double_long_unsigned(in_use(value)),
        8: lambda value: cosem.double_long_unsigned(capacity(value)),
    }
    shell = plain_object(item, names.CLASS_PROFILE, obis, reads, 1)
    return CosemObject(
        shell.class_id, shell.version, shell.obis, shell.attributes, methods_of(item), item, tuple(columns), rows
    )


def table(
    item: Item,
    obis: str,
    columns: Sequence[Column],
    rows: Callable[[Any], Sequence[Row]],
    capacity: int,
    period_s: Callable[[Any], int] = lambda _value: 0,
) -> CosemObject:
    """A profile whose `rows` are made when somebody asks."""
    return profile_object(
        item,
        obis,
        (CLOCK_COLUMN, *columns),
        period_s=period_s,
        in_use=lambda value: len(rows(value)),
        capacity=lambda _value: capacity,
        rows=rows,
    )


def methods_of(item: Item) -> dict[int, tuple[Item, Action]]:
    """The methods that do something to the item."""
    return {number: pair for pair, number in names.METHODS.items() if pair[0] is item}
