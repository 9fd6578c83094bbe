"""Reading an electricity meter's objects as they stand: use cases that name nothing but attributes.

The objects are those of the optical port (`hht.emulation.object_table`); who may read, GBCS decides here and not the
port's clients. A buffer is cut by its times and written as GBCS has it, a compact array whose times count seconds
since 2000. An object that the meter has not is undefined, item by item.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import cache
from typing import Final

from hht.emulation.cosem_objects import ACCESS_RESULTS
from hht.emulation.gbcs.translation import (
    Asked,
    a_number,
    entries_of,
    plain,
    refused,
    request_of,
    response_to,
    sender_of,
)
from hht.emulation.object_parts import CosemObject, Row
from hht.emulation.object_table import build_objects
from hht.i18n import _
from hht.model.electricity_meter import ElectricityMeter
from hht.model.electricity_meter.local_port import value_of
from hht.model.logs import CircularLog, LogRecord
from hht.model.refusal import DeviceRefusal
from hht.model.use_cases import use_cases
from hht.protocol.cosem.access import AccessGet, AccessItem, AccessResponse
from hht.protocol.cosem.codes import DataAccessResult
from hht.protocol.cosem.obis import Obis
from hht.protocol.cosem.values import (
    NULL,
    CompactArray,
    Data,
    DataType,
    Encoded,
    TypeDescription,
    double_long_unsigned,
    long_unsigned,
    structure,
)
from hht.protocol.gbcs.errors import MalformedPayload
from hht.protocol.gbcs.gbz import EPOCH

OBJECT_READS: Final = (
    0x0026, 0x002B, 0x002C, 0x002E, 0x0035, 0x0036, 0x0038, 0x0039, 0x003B, 0x003C, 0x003E, 0x003F, 0x0042, 0x005E,
    0x00B9, 0x00BB, 0x00BC, 0x00BD, 0x00C6, 0x00C9, 0x00D9, 0x011C, 0x011D,
)  # fmt: skip
_BUFFER, _BY_RANGE = 2, 1
_EPOCH_S: Final = int(EPOCH.timestamp())
_WRAP: Final = 1 << 32
_Objects = dict[tuple[int, Obis], CosemObject]


def read_objects(asked: Asked) -> AccessResponse:
    """The values, item by item. Raises MalformedPayload for a command that does more than read."""
    assert isinstance(asked.device, ElectricityMeter)
    try:
        if asked.command.use_case.name in _known():
            asked.device.authorise(asked.command.use_case.name, sender_of(asked))
    except DeviceRefusal as refusal:
        return refused(asked, refusal)
    objects = build_objects(asked.device)
    found = [_read(asked.device, objects, item) for item in request_of(asked).items]
    return response_to(request_of(asked), tuple(value for value, _code in found), [code for _value, code in found])


@cache
def _known() -> frozenset[str]:
    """The use cases that the model has rules for; of the others, the trust anchor cells alone say who may."""
    return frozenset(one.name for one in use_cases())


def _read(meter: ElectricityMeter, objects: _Objects, item: AccessItem) -> tuple[Data | Encoded, int]:
    """Value and result code of one item."""
    if not isinstance(item, AccessGet):
        raise MalformedPayload(_("This use case reads, and does nothing else."))
    entry = objects.get((item.attribute.class_id, item.attribute.obis))
    known = None if entry is None else entry.attributes.get(item.attribute.attribute)
    if entry is None or known is None:
        return NULL, DataAccessResult.OBJECT_UNDEFINED
    try:
        value = value_of(meter, known.item)
    except DeviceRefusal as refusal:
        return NULL, ACCESS_RESULTS[refusal.reason]
    if entry.buffer is None or item.attribute.attribute != _BUFFER:
        return known.read(value), 0
    return _buffer(meter, entry, value, item), 0


def _buffer(meter: ElectricityMeter, entry: CosemObject, value: object, item: AccessGet) -> Data:
    if isinstance(value, CircularLog):
        rows: Iterable[Row] = [(int(one.time.timestamp()), _logged(one)) for one in value]
    elif entry.rows is not None:
        rows = entry.rows(value)
    else:
        raise MalformedPayload(_("The profile of this object is read sealed."))
    first_s, last_s = _span(item)
    chosen = [(time_s, cells) for time_s, cells in rows if first_s <= time_s <= last_s]
    kinds = chosen[0][1] if chosen else _empty(entry, value)
    members = (DataType.DOUBLE_LONG_UNSIGNED, *(cell.tag for cell in kinds))
    shape = TypeDescription(DataType.STRUCTURE, tuple(map(TypeDescription, members)))
    entries = tuple(
        structure(double_long_unsigned(max(0, time_s - _EPOCH_S)), *cells)
        for time_s, cells in chosen
        if tuple(cell.tag for cell in cells) == members[1:]
    )
    return Data(DataType.COMPACT_ARRAY, CompactArray(shape, entries))


def _logged(record: LogRecord) -> tuple[Data, ...]:
    """Code and other information, a number: that in the model's words, 0 where they have none."""
    found = re.search(r"\d+", record.information)
    return long_unsigned(record.code), double_long_unsigned(int(found.group()) % _WRAP if found else 0)


def _empty(entry: CosemObject, value: object) -> tuple[Data, ...]:
    """The kinds of cells where there are no rows to tell."""
    if isinstance(value, CircularLog):
        return long_unsigned(0), double_long_unsigned(0)
    return tuple(double_long_unsigned(0) for _column in entry.columns[1:])


def _span(item: AccessGet) -> tuple[int, int]:
    """First and last second, Unix; all there is where the command names no times."""
    if item.access is None:
        return 0, 1 << 62
    if item.access.selector != _BY_RANGE:
        raise MalformedPayload(_("A log is read by a range of times."))
    _object, since, until, _columns = entries_of(plain(item.access.parameters), 4)
    return a_number(since) + _EPOCH_S, a_number(until) + _EPOCH_S
