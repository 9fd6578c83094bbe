"""Reading the logs of devices: by selective access where they speak COSEM (ECS35), by Get Event Log where they speak
ZigBee (CS10). Times count seconds since 2000; a span includes both its ends."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Final

from hht.emulation.gbcs.translation import (
    Asked,
    Translation,
    a_number,
    answered,
    by_access,
    default_response,
    entries_of,
    fields_of,
    plain,
    request_of,
    told,
    zcl_status,
)
from hht.i18n import _
from hht.identifiers.device_id import DeviceId
from hht.identifiers.errors import IdentifierError
from hht.model.commands import Command
from hht.model.features.logs_read import (
    ReadEventLog,
    ReadHubEventLog,
    ReadHubSecurityLog,
    ReadSecurityLog,
    ReadZigbeeEventLog,
    ReadZigbeeSecurityLog,
)
from hht.model.logs import LogRecord
from hht.protocol.cosem import data as cosem
from hht.protocol.cosem.access import AccessGet, AccessResponse
from hht.protocol.cosem.values import CompactArray, Data, DataType, TypeDescription
from hht.protocol.gbcs import zcl
from hht.protocol.gbcs.errors import MalformedPayload
from hht.protocol.gbcs.gbz import EPOCH, Gbz

_BY_RANGE: Final = 1  # selector of class 7
_INFORMATION: Final = 8  # octets beside a code
_EPOCH_S: Final = int(EPOCH.timestamp())
_PUBLISH, _FROM_CLUSTER, _TO_CLIENT = 0x01, 0x19, 0x08  # frame controls as the reference messages have them
_NOT_FOUND: Final = 0x8B
_OWN_EVENTS, _OWN_SECURITY = 3, 4  # log identifiers: the device's own
_ENTRY: Final = TypeDescription(
    DataType.STRUCTURE,
    tuple(
        TypeDescription(tag) for tag in (DataType.DOUBLE_LONG_UNSIGNED, DataType.LONG_UNSIGNED, DataType.OCTET_STRING)
    ),
)


def in_span(asked: Asked) -> tuple[int, int]:
    """First and last second, Unix, that a buffer is asked for. Raises MalformedPayload."""
    item = request_of(asked).items[0]
    access = item.access if isinstance(item, AccessGet) else None
    if access is None or access.selector != _BY_RANGE:
        raise MalformedPayload(_("A log is read by a range of times."))
    _object, since, until, _columns = entries_of(plain(access.parameters), 4)
    return a_number(since) + _EPOCH_S, a_number(until) + _EPOCH_S


def log_buffer(asked: Asked, rows: Iterable[tuple[int, int, bytes]]) -> AccessResponse:
    """A compact array of structure{time, code, eight octets}, of (Unix s, code, octets) each."""
    entries = tuple(
        cosem.structure(
            cosem.double_long_unsigned(max(0, time_s - _EPOCH_S)),
            cosem.long_unsigned(code),
            cosem.octets(beside[:_INFORMATION]),
        )
        for time_s, code, beside in rows
    )
    return told(asked, [Data(DataType.COMPACT_ARRAY, CompactArray(_ENTRY, entries))])


def _chosen(found: Iterable[LogRecord], since_s: int, until_s: int) -> list[LogRecord]:
    return [record for record in found if since_s <= int(record.time.timestamp()) <= until_s]


def _buffer(asked: Asked, found: tuple[LogRecord, ...]) -> AccessResponse:
    """The first eight octets of the words that the model keeps beside each code; a Device ID is eight octets itself."""
    rows = _chosen(found, *in_span(asked))
    return log_buffer(asked, [(int(row.time.timestamp()), row.code, _beside(row.information)) for row in rows])


def _beside(information: str) -> bytes:
    try:
        return DeviceId.parse(information).to_bytes()
    except IdentifierError:
        return information.encode("ascii", "replace")


def _by_range(command: type[Command]) -> Translation:
    def ask(asked: Asked) -> Command:
        in_span(asked)  # what cannot be answered is not asked
        return command()

    return by_access(ask, _buffer)


def _zigbee(command: type[Command], log: int) -> Translation:
    def ask(asked: Asked) -> Command:
        if fields_of(asked)["eventControlLogId"] & 0x0F != log:
            raise MalformedPayload(_("This use case reads another log of the device."))
        return command()

    return Translation(
        ask, _published(log), lambda asked, refusal: default_response(asked, zcl_status(refusal), _TO_CLIENT)
    )


def _published(log: int) -> Callable[[Asked, Sequence[LogRecord]], Gbz]:
    def answer(asked: Asked, found: Sequence[LogRecord]) -> Gbz:
        fields = fields_of(asked)
        rows = _chosen(found, fields["startTime"] + _EPOCH_S, fields["endTime"] + _EPOCH_S)
        rows = [row for row in rows if fields["eventId"] in (0, row.code)][fields["eventOffset"] :]
        rows = rows[: fields["numberOfEvents"] or None]
        if not rows:
            return default_response(asked, _NOT_FOUND, _TO_CLIENT)
        return answered(asked, _FROM_CLUSTER, _PUBLISH, _entries(log, rows, whole=fields["eventControlLogId"] >> 4))

    return answer


def _entries(log: int, rows: Sequence[LogRecord], *, whole: int) -> bytes:
    layout = zcl.layout_of(0x0709, _FROM_CLUSTER, _PUBLISH)
    assert layout is not None
    entries = [
        {
            "logId": log,
            "eventId": row.code,
            "eventTime": max(0, int(row.time.timestamp()) - _EPOCH_S),
            "eventData": row.information.encode("ascii", "replace")[:_INFORMATION] if whole else b"",
        }
        for row in rows
    ]
    told = {
        "totalNumberOfEvents": len(rows),
        "commandIndex": 0,
        "totalCommands": 1,
        "logPayloadControl": 0,
    }
    return zcl.write(layout, told | {"entries": entries})


TABLE: Final[dict[int, Translation]] = {
    0x0048: _by_range(ReadEventLog),
    0x0049: _by_range(ReadSecurityLog),
    0x0093: _by_range(ReadHubEventLog),
    0x0094: _by_range(ReadHubSecurityLog),
    0x0014: _zigbee(ReadZigbeeEventLog, _OWN_EVENTS),
    0x00A1: _zigbee(ReadZigbeeSecurityLog, _OWN_SECURITY),
}
