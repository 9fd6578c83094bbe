"""The meter as COSEM sees it: `hht.protocol.cosem.objects.ObjectModel` over the meter's local port.

Every read, write and action passes `LocalPort`, which decides by role and local access; here is only translation.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence

from hht.emulation.object_parts import CosemObject, Row, moment
from hht.emulation.object_table import build_objects, log_row
from hht.emulation.profile_buffer import ProfileBuffer
from hht.emulation.value_codec import ARGUMENTS, DECODERS
from hht.model.electricity_meter import LocalPort, ProfileForm
from hht.model.electricity_meter.clients import ClientRole
from hht.model.logs import CircularLog, LogRecord
from hht.model.refusal import DeviceRefusal, Reason
from hht.protocol.cosem import data as cosem
from hht.protocol.cosem.codes import Conformance, DataAccessResult
from hht.protocol.cosem.data import Data, Encoded
from hht.protocol.cosem.descriptors import CosemAttribute, CosemMethod
from hht.protocol.cosem.errors import AccessDenied
from hht.protocol.cosem.objects import AttributeAccess, ClientIdentity, MethodAccess, ObjectDescription
from hht.protocol.cosem.profile import CaptureObject, EntrySelection, RangeSelection, Selection

ACCESS_RESULTS = {
    Reason.ACCESS_DENIED: DataAccessResult.READ_WRITE_DENIED,
    Reason.UNKNOWN_ITEM: DataAccessResult.OBJECT_UNDEFINED,
    Reason.WRONG_TYPE: DataAccessResult.TYPE_UNMATCHED,
    Reason.OTHER: DataAccessResult.OTHER_REASON,
    Reason.HARDWARE_FAULT: DataAccessResult.HARDWARE_FAULT,
    Reason.TEMPORARY_FAILURE: DataAccessResult.TEMPORARY_FAILURE,
}


_BLANK_BEHIND = frozenset({"0-0:94.44.34.11", "1-0:0.0.2"})
_OCTET_SHORT = ("0-0:1.0.0", 6)  # when daylight saving ends


def as_written(value: Data | Encoded, attribute: CosemAttribute, faults: Collection[str]) -> Data | Encoded:
    """A value as the meter writes it: with the fault of its kind two fields in another form (HAN-22)."""
    if "fields-oddly-written" not in faults or not isinstance(value, Data) or not isinstance(value.value, bytes):
        return value
    name = str(attribute.obis)
    if name in _BLANK_BEHIND and attribute.attribute == 2:
        return cosem.octets(value.value + b" ")
    return cosem.octets(value.value[:-1]) if (name, attribute.attribute) == _OCTET_SHORT else value


class MeterObjects:
    """One logical device's objects. Shared by all conversations with the meter: it holds the encoded profile, and
    writes it as `form` says."""

    def __init__(self, port: LocalPort, form: ProfileForm = ProfileForm.PLAIN) -> None:
        self._port = port
        self._form = form
        self._objects = build_objects(port.meter)
        self._buffer = ProfileBuffer(port.meter.profile)

    def association_view(self, client: ClientIdentity) -> Sequence[ObjectDescription]:
        """Every object that the client's role may do something with, and what."""
        role = self._role(client)
        return [self._description(role, entry) for entry in self._objects.values() if self._shown(role, entry)]

    def get(self, client: ClientIdentity, attribute: CosemAttribute, selection: Selection | None) -> Data | Encoded:
        """The value; AccessDenied with the reason when there is none for this client."""
        role, entry = self._role(client), self._object(attribute.class_id, attribute)
        known = entry.attributes.get(attribute.attribute)
        if known is None:
            raise AccessDenied(DataAccessResult.READ_WRITE_DENIED)
        try:
            value = self._port.read(role, known.item)
        except DeviceRefusal as refusal:
            raise _denied(refusal) from refusal
        if attribute.attribute == 2 and entry.buffer is not None:
            return self._rows(client, entry, value, selection)
        if selection is not None:
            raise AccessDenied(DataAccessResult.OTHER_REASON)
        return as_written(known.read(value), attribute, self._port.meter.faults)

    def set(self, client: ClientIdentity, attribute: CosemAttribute, value: Data, selection: Selection | None) -> None:
        """Take the value; AccessDenied with the reason when the meter refuses. The gate logs and counts."""
        role, entry = self._role(client), self._object(attribute.class_id, attribute)
        known = entry.attributes.get(attribute.attribute)
        if known is None or selection is not None:
            raise AccessDenied(DataAccessResult.READ_WRITE_DENIED)
        try:
            if not known.writable:
                self._port.refuse_write(role, f"{entry.obis} attribute {attribute.attribute}")
            decode = DECODERS.get(known.item)
            may = self._port.may_write(role, known.item)
            self._port.write(role, known.item, decode(value) if may and decode is not None else value)
        except DeviceRefusal as refusal:
            raise _denied(refusal) from refusal

    def invoke(self, client: ClientIdentity, method: CosemMethod, parameters: Data | None) -> Data | Encoded | None:
        """Do the action; AccessDenied with the reason when the meter refuses."""
        role, entry = self._role(client), self._object(method.class_id, method)
        known = entry.methods.get(method.method)
        if known is None:
            raise AccessDenied(DataAccessResult.READ_WRITE_DENIED)
        item, action = known
        try:
            decode = ARGUMENTS.get(action)
            may = self._port.may_invoke(role, item, action)
            self._port.invoke(role, item, action, decode(parameters) if may and decode is not None else None)
        except DeviceRefusal as refusal:
            raise _denied(refusal) from refusal
        return None

    # --- profiles ----------------------------------------------------------------------------------------------------

    def _rows(
        self, client: ClientIdentity, entry: CosemObject, value: object, selection: Selection | None
    ) -> Data | Encoded:
        """The buffer's rows that `selection` asks for; an unknown selector or column is refused."""
        columns = _columns(entry, selection)
        if isinstance(value, CircularLog):
            cells = [log_row(record) for record in _records(value, selection)]
            return cosem.array([cosem.structure(*(row[column] for column in columns)) for row in cells])
        if entry.rows is not None:
            made = [(moment(time_s), *cells) for time_s, cells in _chosen(entry.rows(value), selection)]
            return cosem.array([cosem.structure(*(row[column] for column in columns)) for row in made])
        profile = self._port.meter.profile
        if isinstance(selection, RangeSelection):
            start_s, end_s = _times(selection)
            start, stop = profile.index_at_or_after(start_s), profile.index_at_or_after(end_s + 1)
        else:
            start, stop = _bounds(selection, profile.first, profile.end)
        deltas = Conformance.DELTA_VALUE_ENCODING in client.conformance
        return Encoded(self._buffer.encoded(start, stop, columns, self._form, deltas=deltas))

    # --- who and what ------------------------------------------------------------------------------------------------

    def _role(self, client: ClientIdentity) -> ClientRole:
        role = self._port.role(client.sap)
        if role is None:
            raise AccessDenied(DataAccessResult.SCOPE_OF_ACCESS_VIOLATED)
        return role

    def _object(self, class_id: int, name: CosemAttribute | CosemMethod) -> CosemObject:
        entry = self._objects.get((class_id, name.obis))
        if entry is not None:
            return entry
        other = any(obis == name.obis for _class, obis in self._objects)
        raise AccessDenied(DataAccessResult.OBJECT_CLASS_INCONSISTENT if other else DataAccessResult.OBJECT_UNDEFINED)

    def _shown(self, role: ClientRole, entry: CosemObject) -> bool:
        return any(self._port.may_read(role, known.item) for known in entry.attributes.values())

    def _description(self, role: ClientRole, entry: CosemObject) -> ObjectDescription:
        port = self._port
        attributes = tuple(
            (number, _access(port.may_read(role, known.item), known.writable and port.may_write(role, known.item)))
            for number, known in sorted(entry.attributes.items())
        )
        methods = tuple(
            (number, MethodAccess.ACCESS if port.may_invoke(role, *pair) else MethodAccess.NO_ACCESS)
            for number, pair in sorted(entry.methods.items())
        )
        return ObjectDescription(entry.class_id, entry.version, entry.obis, attributes, methods)


def _access(readable: bool, writable: bool) -> AttributeAccess:
    return AttributeAccess(int(readable) | int(writable) << 1)


def _denied(refusal: DeviceRefusal) -> AccessDenied:
    return AccessDenied(ACCESS_RESULTS[refusal.reason])


def _columns(entry: CosemObject, selection: Selection | None) -> tuple[int, ...]:
    """Column numbers from 0. AccessDenied for a column or selector that this profile does not know."""
    count = len(entry.columns)
    if selection is None:
        return tuple(range(count))
    if isinstance(selection, EntrySelection):
        last = selection.last_column or count
        if not 1 <= selection.first_column <= last <= count:
            raise AccessDenied(DataAccessResult.OTHER_REASON)
        return tuple(range(selection.first_column - 1, last))
    if not isinstance(selection, RangeSelection):
        raise AccessDenied(DataAccessResult.OTHER_REASON)
    known = [(class_id, obis, attribute) for class_id, obis, attribute in entry.columns]
    if _column(selection.restricting) != known[0]:
        raise AccessDenied(DataAccessResult.OTHER_REASON)
    try:
        return tuple(known.index(_column(column)) for column in selection.columns) or tuple(range(count))
    except ValueError:
        raise AccessDenied(DataAccessResult.OTHER_REASON) from None


def _column(column: CaptureObject) -> tuple[int, str, int]:
    return column.class_id, column.obis.full, column.attribute


def _times(selection: RangeSelection) -> tuple[int, int]:
    """Start and end in Unix seconds, both inclusive. AccessDenied where they are no times."""
    times = selection.times()
    if times is None:
        raise AccessDenied(DataAccessResult.OTHER_REASON)
    start, end = times
    return -int(-start.timestamp() // 1), int(end.timestamp() // 1)


def _chosen(rows: Sequence[Row], selection: Selection | None) -> Sequence[Row]:
    """The rows that are asked for, oldest first."""
    if isinstance(selection, RangeSelection):
        start_s, end_s = _times(selection)
        return [row for row in rows if start_s <= row[0] <= end_s]
    start, stop = _bounds(selection, 0, len(rows))
    return rows[start:stop]


def _records(log: CircularLog, selection: Selection | None) -> list[LogRecord]:
    """The log's entries that are asked for, oldest first."""
    records = list(log)
    if isinstance(selection, RangeSelection):
        start_s, end_s = _times(selection)
        return [record for record in records if start_s <= record.time.timestamp() < end_s + 1]
    start, stop = _bounds(selection, 0, len(records))
    return records[start:stop]


def _bounds(selection: Selection | None, first: int, end: int) -> tuple[int, int]:
    """Numbers of the rows that are asked for by entry, of those from `first` to `end`; all where nothing is said."""
    if not isinstance(selection, EntrySelection):
        return first, end
    if selection.first < 1 or 0 < selection.last < selection.first:
        raise AccessDenied(DataAccessResult.OTHER_REASON)
    return first + selection.first - 1, min(end, first + selection.last) if selection.last else end
