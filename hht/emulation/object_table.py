"""The meter's COSEM objects, each attribute with the item that decides who may read it, and how its value is made."""

from __future__ import annotations

from hht.emulation import object_names as names
from hht.emulation.image_objects import image_transfer
from hht.emulation.measuring_objects import FURTHER_LOGS, measuring_objects
from hht.emulation.object_parts import (
    CLOCK_COLUMN,
    DECIVOLT,
    WATT,
    WATT_HOUR,
    Attribute,
    Column,
    CosemObject,
    Read,
    ScalerUnit,
    constant,
    data_object,
    methods_of,
    plain_object,
    profile_object,
    scaler_unit,
)
from hht.emulation.prepayment_objects import prepayment_objects
from hht.emulation.switch_objects import switch_objects
from hht.emulation.tariff_objects import tariff_objects
from hht.emulation.value_codec import ENCODERS, clock_octets
from hht.model.electricity_meter import ElectricityMeter, Item, SupplyState
from hht.model.electricity_meter.load_profile import CAPTURE_PERIOD_S, LoadProfile
from hht.model.logs import CircularLog, LogRecord
from hht.protocol.cosem import data as cosem
from hht.protocol.cosem.data import Data
from hht.protocol.cosem.datetime import encode_datetime
from hht.protocol.cosem.obis import Obis

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
_SCALER_UNIT: dict[Item, ScalerUnit] = {
    Item.ACTIVE_IMPORT: WATT_HOUR,
    Item.ACTIVE_EXPORT: WATT_HOUR,
    Item.ACTIVE_POWER_IMPORT: WATT,
    Item.VOLTAGE: DECIVOLT,
}
_CLOCK_BASE_CRYSTAL = 1
_CONTROL_MODE_MANUAL_RECONNECT = 4  # remote disconnection, manual reconnection at the meter
_NEVER = bytes.fromhex("ffffffffff00000000800000")  # daylight saving begins and ends never


def build_objects(meter: ElectricityMeter) -> dict[tuple[int, Obis], CosemObject]:
    """Every object of the meter, by class and name."""
    objects = [_data(item) for item, (class_id, _obis, _at) in names.OBJECTS.items() if class_id == names.CLASS_DATA]
    objects += [_register(item) for item in _SCALER_UNIT]
    objects += [_clock(meter), image_transfer()]
    if meter.load_switch.fitted:
        objects.append(_disconnect_control())
    for obis in (names.OBJECTS[Item.PROFILE][1], names.GENERIC_PROFILE):
        objects.append(_store_object(Item.PROFILE, obis, PROFILE_COLUMNS, CAPTURE_PERIOD_S))
    logs = {Item.EVENT_LOG: "", Item.SECURITY_LOG: "", **FURTHER_LOGS}
    for log, obis in logs.items():
        objects.append(_store_object(log, obis or names.OBJECTS[log][1], LOG_COLUMNS, 0))
    objects += [*measuring_objects(meter), *tariff_objects(meter), *prepayment_objects(), *switch_objects(meter)]
    return {(entry.class_id, entry.obis): entry for entry in objects}


def log_row(record: LogRecord) -> tuple[Data, ...]:
    """A log entry as its columns."""
    time = cosem.octets(encode_datetime(record.time))
    return time, cosem.long_unsigned(record.code), cosem.octets(record.information.encode("ascii"))


def _data(item: Item) -> CosemObject:
    _class_id, obis, _attribute = names.OBJECTS[item]
    shell = data_object(item, obis, ENCODERS[item])
    shell.attributes[2] = Attribute(item, ENCODERS[item], writable=True)
    return shell


def _register(item: Item) -> CosemObject:
    class_id, obis, _attribute = names.OBJECTS[item]
    return plain_object(item, class_id, obis, {2: ENCODERS[item], 3: constant(scaler_unit(_SCALER_UNIT[item]))})


def _clock(meter: ElectricityMeter) -> CosemObject:
    class_id, obis, _attribute = names.OBJECTS[Item.CLOCK]
    item = Item.CLOCK
    reads: dict[int, Read] = {
        2: lambda _time: clock_octets(meter.clock.now(), meter.clock.status),
        3: constant(cosem.long(0)),
        5: constant(cosem.octets(_NEVER)),
        6: constant(cosem.octets(_NEVER)),
        7: constant(cosem.integer(0)),
        8: constant(cosem.boolean(False)),
        9: constant(cosem.enumerated(_CLOCK_BASE_CRYSTAL)),
    }
    shell = plain_object(item, class_id, obis, reads)
    attributes = shell.attributes | {
        2: Attribute(item, reads[2], writable=True),
        4: Attribute(Item.CLOCK_STATUS, ENCODERS[Item.CLOCK_STATUS]),
    }
    return CosemObject(class_id, 0, shell.obis, attributes, methods_of(item))


def _disconnect_control() -> CosemObject:
    item = Item.SUPPLY_STATE
    class_id, obis, _attribute = names.OBJECTS[item]
    reads: dict[int, Read] = {
        2: lambda state: cosem.boolean(state is SupplyState.ENABLED),
        3: ENCODERS[item],
        4: constant(cosem.enumerated(_CONTROL_MODE_MANUAL_RECONNECT)),
    }
    shell = plain_object(item, class_id, obis, reads)
    return CosemObject(class_id, 0, shell.obis, shell.attributes, methods_of(item))


def _store_object(item: Item, obis: str, columns: tuple[Column, ...], period_s: int) -> CosemObject:
    return profile_object(
        item,
        obis,
        columns,
        period_s=lambda _store: period_s,
        in_use=lambda store: len(_store(store)),
        capacity=lambda store: _store(store).capacity,
    )


def _store(value: object) -> LoadProfile | CircularLog:
    assert isinstance(value, LoadProfile | CircularLog)
    return value
