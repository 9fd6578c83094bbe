"""COSEM values: readings, times and whatever may name somebody become others; what says how a meter is built stays."""

from __future__ import annotations

import struct
from dataclasses import dataclass
from typing import Final

from hht.anonymise.located import Located
from hht.anonymise.pseudonyms import Pseudonyms
from hht.errors import HhtError
from hht.protocol.cosem.datetime import decode_datetime
from hht.protocol.cosem.obis import Obis
from hht.protocol.cosem.secret_members import is_secret_attribute, is_secret_method
from hht.protocol.cosem.value_contents import Leaf, leaves
from hht.protocol.cosem.values import DataType

_TEXTS: Final = (DataType.OCTET_STRING, DataType.VISIBLE_STRING, DataType.UTF8_STRING)
_SIGNED: Final = {
    DataType.INTEGER, DataType.LONG, DataType.DOUBLE_LONG, DataType.LONG64, DataType.DELTA_INTEGER, DataType.DELTA_LONG,
    DataType.DELTA_DOUBLE_LONG,
}  # fmt: skip
_NUMBERS: Final = _SIGNED | {
    DataType.UNSIGNED, DataType.LONG_UNSIGNED, DataType.DOUBLE_LONG_UNSIGNED, DataType.LONG64_UNSIGNED,
    DataType.DELTA_UNSIGNED, DataType.DELTA_LONG_UNSIGNED, DataType.DELTA_DOUBLE_LONG_UNSIGNED,
}  # fmt: skip
_DELTAS: Final = {tag for tag in _NUMBERS if tag.name.startswith("DELTA")}
_FLOATS: Final = {DataType.FLOAT32: ">f", DataType.FLOAT64: ">d"}
_DATE_TIME: Final = 12
_DATE: Final = 5
_SMALL: Final = 4  # octets below which a number of an object that is no register counts something or is a code
_READINGS: Final = frozenset({3, 4, 5, 7, 111, 112, 113})  # classes whose numbers are readings or money
# (class, attribute) that describe: scalers, columns, object lists, context names
_BUILT: Final = frozenset(
    {(3, 3), (4, 3), (5, 4), *((7, number) for number in range(3, 9)), *((15, number) for number in range(2, 7))}
)
BUILT_NAMES: Final = frozenset({Obis.parse("0-0:96.128.0")})  # what a training meter's port allows
_NOBODY: Final = Obis(0, 0, 0, 0, 0)
_COUNTERS: Final = (43, 1)  # C and D of invocation counters, which the next conversation goes on from
_LOGS: Final = (99, 98)  # ... and of event logs, in whose rows numbers of two octets are codes


@dataclass(frozen=True, slots=True)
class About:
    """Of which attribute (or method) a value is; class 0: nobody said."""

    class_id: int = 0
    name: Obis = _NOBODY
    number: int = 0
    method: bool = False

    @property
    def stays(self) -> bool:
        """Whether the value says how the meter is built, and nothing of whose it is."""
        if self.method:
            return False
        built = self.number == 1 or (self.class_id, self.number) in _BUILT or self.name in BUILT_NAMES
        return built or (self.name.c, self.name.d) == _COUNTERS

    @property
    def secret(self) -> bool:
        """Whether the value is a secret."""
        known = is_secret_method if self.method else is_secret_attribute
        return known(self.class_id, self.name, self.number)

    def is_reading(self, leaf: Leaf) -> bool:
        """Whether a number of this value may be one."""
        size = leaf.end - leaf.start
        if self.class_id in _READINGS and (self.name.c, self.name.d) != _LOGS:
            return size > 1 or leaf.tag in _DELTAS
        return size >= _SMALL


def change_value(located: Located, about: About, stands_for: Pseudonyms) -> int:
    """Changes the value with which `located` begins; how many octets it has. Raises MalformedValue, FixtureRefused."""
    octets = bytes(located)
    found, end = leaves(octets, 0)
    if not about.stays:
        changed = bytearray(octets[:end])
        for leaf in found:
            changed[leaf.start : leaf.end] = _changed(leaf, octets[leaf.start : leaf.end], about, stands_for)
        located.part(0, end).write(bytes(changed))
    return end


def _changed(leaf: Leaf, octets: bytes, about: About, stands_for: Pseudonyms) -> bytes:
    tag = leaf.tag
    if tag is DataType.DATE_TIME or (tag in _TEXTS and len(octets) == _DATE_TIME and _is_moment(octets)):
        return moved(octets, stands_for)
    if tag is DataType.DATE or (tag is DataType.OCTET_STRING and len(octets) == _DATE and _is_day(octets)):
        return moved(octets, stands_for)
    if tag in _TEXTS:
        return _changed_text(tag, octets, about, stands_for)
    if tag in _NUMBERS and about.is_reading(leaf):
        return _changed_number(tag, octets, stands_for, reading=about.class_id in _READINGS)
    if tag in _FLOATS and about.is_reading(leaf):
        value = struct.unpack(_FLOATS[tag], octets)[0]
        return struct.pack(_FLOATS[tag], _changed_float(value, stands_for))
    return octets


def _changed_text(tag: DataType, octets: bytes, about: About, stands_for: Pseudonyms) -> bytes:
    if about.secret and not (len(octets) == 8 and about.method):  # of a device that joins, its id stays an id
        return stands_for.secret(octets) if octets.isascii() else stands_for.octets(octets)
    if tag is not DataType.OCTET_STRING and not octets.isascii():
        return stands_for.secret(octets)  # a text stays one
    if len(octets) == 6 and octets[5] == 0xFF:
        return octets  # a logical name
    if len(octets) == 4 and _is_time_of_day(octets):
        return octets
    return stands_for.octets(octets)


def _changed_number(tag: DataType, octets: bytes, stands_for: Pseudonyms, *, reading: bool) -> bytes:
    signed, bits = tag in _SIGNED, 8 * len(octets)
    least, most = (-(1 << bits - 1), (1 << bits - 1) - 1) if signed else (0, (1 << bits) - 1)
    value = int.from_bytes(octets, "big", signed=signed)
    if value in (least, most):
        return octets  # "not available"
    return stands_for.number(value, least, most, reading=reading).to_bytes(len(octets), "big", signed=signed)


def _changed_float(value: float, stands_for: Pseudonyms) -> float:
    text = repr(value)
    return float(stands_for.fraction(text)) if text.strip("-").replace(".", "", 1).isdigit() else 0.0


# ---------------------------------------------------------------------- times


def moved(octets: bytes, stands_for: Pseudonyms) -> bytes:
    """A date, or a date and time, by whole weeks earlier; one with wildcards stays."""
    day = stands_for.day(int.from_bytes(octets[:2], "big"), octets[2], octets[3])
    return octets if day is None else day.year.to_bytes(2, "big") + bytes((day.month, day.day)) + octets[4:]


def _is_moment(octets: bytes) -> bool:
    try:
        return decode_datetime(octets) is not None
    except HhtError:
        return False


def _is_day(octets: bytes) -> bool:
    year = int.from_bytes(octets[:2], "big")
    usual = 2000 <= year < 2100 or year == 0xFFFF
    return usual and (1 <= octets[2] <= 12 or octets[2] > 0xFC) and (1 <= octets[3] <= 31 or octets[3] > 0xFC)


def _is_time_of_day(octets: bytes) -> bool:
    return all(octet <= most or octet == 0xFF for octet, most in zip(octets, (23, 59, 59, 99), strict=True))
