"""The meter's COSEM objects, each attribute with the item that decides who may read it, and how its value is made."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from hht.emulation import object_names as names
from hht.emulation.value_codec import ENCODERS, clock_octets
from hht.model.electricity_meter import Action, ElectricityMeter, Item, SupplyState
from hht.model.electricity_meter.load_profile import CAPTURE_PERIOD_S, LoadProfile
from hht.model.logs import CircularLog, LogRecord
from hht.protocol.cosem import data as cosem
from hht.protocol.cosem.data import Data
from hht.protocol.cosem.datetime import encode_datetime
from hht.protocol.cosem.obis import Obis

Read = Callable[[object], Data]
Column = tuple[int, str, int]

CLOCK_COLUMN: Column = (names.CLASS_CLOCK, "0-0:1.0.0.255", 2)
PROFILE_COLUMNS: tuple[Column, ...] = (
    CLOCK_COLUMN,
    (names.CLASS_REGISTER, "1-0:1.8.0.255", 2),
    (names.CLASS_REGISTER, "1-0:2.8.0.255", 2),
)
LOG_COLUMNS: tuple[Column, ...] = (
    CLOCK_COLUMN,
    (names.CLASS_DATA, names.EVENT_CODE, 2),
    (names.CLASS_DATA, names.OTHER_INFORMATION, 2),
)
_SCALER_UNIT = {  # scaler, COSEM unit: 30 Wh, 27 W, 35 V
    Item.ACTIVE_IMPORT: (0, 30),
    Item.ACTIVE_EXPORT: (0, 30),
    Item.ACTIVE_POWER_IMPORT: (0, 27),
    Item.VOLTAGE: (-1, 35),
}
_FIFO = 1
_CLOCK_BASE_CRYSTAL = 1
_CONTROL_MODE_MANUAL_RECONNECT = 4  # remote disconnection, manual reconnection at the meter
_NEVER = bytes.fromhex("ffffffffff00000000800000")  # daylight saving begins and ends never


@dataclass(frozen=True, slots=True)
class Attribute:
    """One attribute: readable where `item` is, `read` makes its value from the item's."""

    item: Item
    read: Read
    writable: bool = False


@dataclass(frozen=True, slots=True)
class CosemObject:
    """One object. `buffer` names the item whose attribute 2 is a profile buffer, cut by selective access."""

    class_id: int
    version: int
    obis: Obis
    attributes: dict[int, Attribute]
    methods: dict[int, tuple[Item, Action]] = field(default_factory=dict)
    buffer: Item | None = None
    columns: tuple[Column, ...] = ()


def build_objects(meter: ElectricityMeter) -> dict[tuple[int, Obis], CosemObject]:
    """Every object of the meter, by class and name."""
    objects = [_data(item) for item, (class_id, _obis, _at) in names.OBJECTS.items() if class_id == names.CLASS_DATA]
    objects += [_register(item) for item in _SCALER_UNIT]
    objects += [_clock(meter), _disconnect_control()]
    for obis in (names.OBJECTS[Item.PROFILE][1], names.GENERIC_PROFILE):
        objects.append(_profile(Item.PROFILE, obis, PROFILE_COLUMNS, CAPTURE_PERIOD_S))
    for log in (Item.EVENT_LOG, Item.SECURITY_LOG):
        objects.append(_profile(log, names.OBJECTS[log][1], LOG_COLUMNS, 0))
    return {(entry.class_id, entry.obis): entry for entry in objects}


def capture_object(column: Column) -> Data:
    """A capture object definition: class, logical name, attribute, data index."""
    class_id, obis, attribute = column
    return cosem.structure(
        cosem.long_unsigned(class_id),
        cosem.octets(bytes(Obis.parse(obis))),
        cosem.integer(attribute),
        cosem.long_unsigned(0),
    )


def log_row(record: LogRecord) -> tuple[Data, ...]:
    """A log entry as its columns."""
    time = cosem.octets(encode_datetime(record.time))
    return time, cosem.long_unsigned(record.code), cosem.octets(record.information.encode("ascii"))


def _constant(value: Data) -> Read:
    return lambda _value: value


def _named(item: Item, obis: str) -> dict[int, Attribute]:
    return {1: Attribute(item, _constant(cosem.octets(bytes(Obis.parse(obis)))))}


def _data(item: Item) -> CosemObject:
    class_id, obis, _attribute = names.OBJECTS[item]
    attributes = _named(item, obis) | {2: Attribute(item, ENCODERS[item], writable=True)}
    return CosemObject(class_id, 0, Obis.parse(obis), attributes)


def _register(item: Item) -> CosemObject:
    class_id, obis, _attribute = names.OBJECTS[item]
    scaler, unit = _SCALER_UNIT[item]
    scaler_unit = cosem.structure(cosem.integer(scaler), cosem.enumerated(unit))
    attributes = _named(item, obis) | {2: Attribute(item, ENCODERS[item]), 3: Attribute(item, _constant(scaler_unit))}
    return CosemObject(class_id, 0, Obis.parse(obis), attributes)


def _clock(meter: ElectricityMeter) -> CosemObject:
    class_id, obis, _attribute = names.OBJECTS[Item.CLOCK]
    item = Item.CLOCK
    attributes = _named(item, obis) | {
        2: Attribute(item, lambda _time: clock_octets(meter.clock.now(), meter.clock.status), writable=True),
        3: Attribute(item, _constant(cosem.long(0))),
        4: Attribute(Item.CLOCK_STATUS, ENCODERS[Item.CLOCK_STATUS]),
        5: Attribute(item, _constant(cosem.octets(_NEVER))),
        6: Attribute(item, _constant(cosem.octets(_NEVER))),
        7: Attribute(item, _constant(cosem.integer(0))),
        8: Attribute(item, _constant(cosem.boolean(False))),
        9: Attribute(item, _constant(cosem.enumerated(_CLOCK_BASE_CRYSTAL))),
    }
    return CosemObject(class_id, 0, Obis.parse(obis), attributes, _methods(item))


def _disconnect_control() -> CosemObject:
    item = Item.SUPPLY_STATE
    class_id, obis, _attribute = names.OBJECTS[item]
    attributes = _named(item, obis) | {
        2: Attribute(item, lambda state: cosem.boolean(state is SupplyState.ENABLED)),
        3: Attribute(item, ENCODERS[item]),
        4: Attribute(item, _constant(cosem.enumerated(_CONTROL_MODE_MANUAL_RECONNECT))),
    }
    return CosemObject(class_id, 0, Obis.parse(obis), attributes, _methods(item))


def _profile(item: Item, obis: str, columns: tuple[Column, ...], period_s: int) -> CosemObject:
    definitions = [capture_object(column) for column in columns]
    attributes = _named(item, obis) | {
        2: Attribute(item, _constant(cosem.array(()))),  # `buffer` says that MeterObjects makes it
        3: Attribute(item, _constant(cosem.array(definitions))),
        4: Attribute(item, _constant(cosem.double_long_unsigned(period_s))),
        5: Attribute(item, _constant(cosem.enumerated(_FIFO))),
        6: Attribute(item, _constant(definitions[0])),
        7: Attribute(item, lambda store: cosem.double_long_unsigned(len(_store(store)))),
        8: Attribute(item, lambda store: cosem.double_long_unsigned(_store(store).capacity)),
    }
    return CosemObject(names.CLASS_PROFILE, 1, Obis.parse(obis), attributes, _methods(item), item, columns)


def _methods(item: Item) -> dict[int, tuple[Item, Action]]:
    return {number: pair for pair, number in names.METHODS.items() if pair[0] is item}


def _store(value: object) -> LoadProfile | CircularLog:
    assert isinstance(value, LoadProfile | CircularLog)
    return value
