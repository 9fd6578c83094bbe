"""What a plain-text meter reads out beside its two registers: the same objects as in COSEM, with the same numbers.

A register of energy, power or voltage, at its own address; behind a maximum demand stands the time it is of.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from hht.emulation.measuring_objects import CLASS_EXTENDED_REGISTER
from hht.emulation.object_names import CLASS_REGISTER, OBJECTS
from hht.emulation.object_parts import CosemObject
from hht.emulation.object_table import build_objects
from hht.model.electricity_meter import LocalPort
from hht.model.electricity_meter.clients import ClientRole
from hht.protocol.cosem.data import Data
from hht.protocol.cosem.datetime import NEVER, decode_datetime
from hht.protocol.cosem.obis import Obis
from hht.protocol.iec62056_21.data_sets import DataSet, Value
from hht.protocol.iec62056_21.times import write_time

_UNITS: Final = {27: "kW", 30: "kWh", 32: "kvarh", 35: "V"}  # COSEM unit: as it is written; in kilo but for the volt
_VOLT: Final = 35
_ELECTRICITY: Final = 1  # group A


class PlainRegisters:
    """The further registers of the meter behind `port`, by logical name."""

    def __init__(self, port: LocalPort) -> None:
        self._port = port
        shown_already = {name for _class, name, _attribute in OBJECTS.values()}
        self._objects = {
            entry.obis: entry
            for entry in build_objects(port.meter).values()
            if _is_measured(entry) and entry.obis.full not in shown_already
        }

    def readable(self, role: ClientRole) -> Iterator[Obis]:
        """Those that the client may read, in the meter's order."""
        return (name for name, entry in self._objects.items() if self._port.may_read(role, entry.attributes[2].item))

    def __contains__(self, name: Obis) -> bool:
        return name in self._objects

    def data_set(self, role: ClientRole, name: Obis, address: str) -> DataSet:
        """Value and unit now, and the time of a maximum. DeviceRefusal where the client may not."""
        entry = self._objects[name]
        held = self._port.read(role, entry.attributes[2].item)
        number = entry.attributes[2].read(held).as_int()
        unit = _unit(entry)
        tens = 10 if unit == _VOLT else 1000
        digits = f"{number // tens}.{number % tens}" if unit == _VOLT else f"{number // tens:06d}.{number % tens:03d}"
        values = [Value(digits, _UNITS[unit])]
        if entry.class_id == CLASS_EXTENDED_REGISTER:
            values.append(Value(_time(entry.attributes[5].read(held))))
        return DataSet(address, tuple(values))


def plain_address(obis: Obis) -> str:
    """A logical name, reduced where that is usual: 1.8.0, C.1.1."""
    if (obis.a, obis.b, obis.f) == (_ELECTRICITY, 0, 255):
        return f"{obis.c}.{obis.d}.{obis.e}"
    return f"C.{obis.d}.{obis.e}" if (obis.a, obis.b, obis.c, obis.f) == (0, 0, 96, 255) else str(obis)


def _is_measured(entry: CosemObject) -> bool:
    registers = entry.class_id in (CLASS_REGISTER, CLASS_EXTENDED_REGISTER)
    return registers and entry.obis.a == _ELECTRICITY and _unit(entry) in _UNITS


def _unit(entry: CosemObject) -> int:
    """The COSEM unit, which is the same always; 0 where the object has none."""
    _scaler, unit = entry.attributes[3].read(None).as_items()
    return unit.as_int()


def _time(octets: Data) -> str:
    """The time as plain text has it; nothing for "never"."""
    decoded = None if octets.as_bytes() == NEVER else decode_datetime(octets.as_bytes()).time
    return "" if decoded is None else write_time(decoded)
