"""Commands that set a clock (ECS70, GCS28): the device takes the hub's time if it lies in their validity interval."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Final, NamedTuple

from hht.i18n import _
from hht.protocol.cosem.access import AccessRequest
from hht.protocol.cosem.data import Data
from hht.protocol.cosem.datetime import decode_datetime
from hht.protocol.cosem.errors import CosemError
from hht.protocol.gbcs.envelope import Envelope
from hht.protocol.gbcs.errors import MalformedPayload
from hht.protocol.gbcs.payload import Asn1, Payload, parse_payload

CLOCK_CODES: Final = frozenset({0x0062, 0x007F})  # ECS70, GCS28


class Interval(NamedTuple):
    """From when to when (UTC, both included) the hub's time is taken."""

    start: datetime
    end: datetime

    @property
    def tolerance_s(self) -> int:
        """Its length."""
        return int((self.end - self.start).total_seconds())


def validity_interval(message: Envelope) -> Interval:
    """That of a command that sets a clock. Raises MalformedPayload where it states none."""
    return interval_of(parse_payload(message))


def interval_of(payload: Payload) -> Interval:
    """As `validity_interval`, of a payload that was parsed: ECS70's structure of preset time, start and end; GCS28's
    two times."""
    if isinstance(payload, Asn1) and isinstance(payload.value, dict) and "validityIntervalStart" in payload.value:
        return Interval(payload.value["validityIntervalStart"], payload.value["validityIntervalEnd"])
    for data in payload.data if isinstance(payload, AccessRequest) else ():
        fields = data.value if isinstance(data, Data) else None
        if isinstance(fields, tuple) and len(fields) == 3:
            return Interval(_moment(fields[1]), _moment(fields[2]))
    raise MalformedPayload(_("There is no validity interval in the command."))


def _moment(data: object) -> datetime:
    octets = data.value if isinstance(data, Data) else None
    try:
        time = decode_datetime(octets).time if isinstance(octets, bytes) and len(octets) == 12 else None
    except CosemError:
        time = None
    if time is None:
        raise MalformedPayload(_("A whole time is expected."))
    return time.astimezone(UTC)
