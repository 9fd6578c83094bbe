"""What a meter says unasked, as the trade says it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime

from hht.alerts import alert_meaning
from hht.client.interface_classes import object_name
from hht.client.object_reader import value_text
from hht.clock import utc_text
from hht.protocol.cosem.data import Data, DataType
from hht.protocol.cosem.datetime import decode_datetime
from hht.protocol.cosem.errors import MalformedValue
from hht.protocol.cosem.notifications import DataNotification, EventNotification
from hht.protocol.cosem.obis import Obis

EVENT_CODE = Obis(0, 0, 96, 11, 0)


@dataclass(frozen=True, slots=True)
class Notice:
    """`kind`: "event" (one attribute of one object) or "data" (pushed data). `time` is the meter's (UTC), None where it
    gives none. `name` says what the object is, `meaning` what an alert code means; "" where that is not known."""

    kind: str
    time: datetime | None
    value: str
    object: str = ""  # "1/0-0:96.11.0/2"
    name: str = ""
    code: int | None = None
    meaning: str = ""

    @property
    def words(self) -> str:
        """All of it on one line: the time, what it is about, what it says."""
        time = "" if self.time is None else utc_text(self.time)
        return "  ".join(filter(None, (time, self.name or self.object, self.code_text or self.value, self.meaning)))

    @property
    def code_text(self) -> str:
        """The alert code as four hex digits; "" where there is none."""
        return "" if self.code is None else f"{self.code:04X}"

    @property
    def gist(self) -> str:
        """What it comes to, where there is little room."""
        return self.meaning or self.code_text or self.name or self.value


def notice_of(message: DataNotification | EventNotification) -> Notice:
    """A notification in words."""
    if isinstance(message, DataNotification):
        return Notice("data", _time(message.date_time), value_text(message.body))
    attribute = message.attribute
    code = _code(message.value) if attribute.obis == EVENT_CODE else None
    return Notice(
        "event",
        _time(message.time or b""),
        value_text(message.value),
        f"{attribute.class_id}/{attribute.obis}/{attribute.attribute}",
        object_name(attribute.class_id, attribute.obis),
        code,
        "" if code is None else alert_meaning(code),
    )


def _time(octets: bytes) -> datetime | None:
    try:
        time = decode_datetime(octets).time
    except MalformedValue:
        return None
    return None if time is None else time.astimezone(UTC)


def _code(value: Data) -> int | None:
    return value.as_int() if value.tag in (DataType.LONG_UNSIGNED, DataType.DOUBLE_LONG_UNSIGNED) else None
