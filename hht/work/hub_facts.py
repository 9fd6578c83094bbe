"""What a hub and its devices answered, as facts: the Device Log with signal figures, its copy, whom a device knows,
money and supply. Read from the payload of a response; what is not readable raises `HubFactsError`, never a guess.

The log's copy (CCS07) holds hashes of link keys. Such a hash lets a hub take over a device, so none of them is kept:
only the fingerprint of the whole is.
"""

from __future__ import annotations

import enum
import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from hht.clock import iso_z
from hht.errors import HhtError
from hht.i18n import _
from hht.identifiers.device_id import DeviceId
from hht.identifiers.errors import IdentifierError
from hht.protocol.cosem.access import AccessResponse
from hht.protocol.cosem.datetime import NEVER, decode_datetime
from hht.protocol.cosem.errors import CosemError
from hht.protocol.cosem.values import Data
from hht.protocol.frames import ProtocolError
from hht.protocol.gbcs.device_types import GbcsDeviceType
from hht.protocol.gbcs.envelope import Envelope, id_text
from hht.protocol.gbcs.gbz import EPOCH, Gbz
from hht.protocol.gbcs.payload import Asn1, parse_payload
from hht.protocol.gbcs.zcl import status_name

GOOD_DBM, POOR_DBM = -70, -85  # factbook ch. 8, from memory: over is good, under is poor
LOG_CHANGED, HUB_REMOVED, HUB_FITTED = 0x8F12, 0x81A3, 0x81A2
_AUTHORISED, _HEARD = 0, 1  # bits of a row's status
_READ_RESPONSE: Final = 0x01
_SUPPLY_STATUS: Final = 0x0014
_PAYMENT_CONTROL: Final = 0x0000
_PREPAYS: Final = 1 << 1
_FIRMWARE: Final = 0x0206
_MPRN: Final = 0x0307


class HubFactsError(HhtError):
    """An answer of a hub or a device that says nothing which can be read."""

    default_code = "hub-facts"


class Supply(enum.StrEnum):
    """Whether a meter lets electricity or gas through."""

    ENABLED = "enabled"
    DISABLED = "disabled"
    ARMED = "armed"


_SWITCH: Final = {0: Supply.DISABLED, 1: Supply.ENABLED, 2: Supply.ARMED}
_VALVE: Final = {0: Supply.DISABLED, 1: Supply.ARMED, 2: Supply.ENABLED}


@dataclass(frozen=True, slots=True)
class DeviceLogEntry:
    """One row of the hub's Device Log (CCS06). RSSI in dBm, LQI 0 to 255, as (least, average, most); None where the hub
    has never heard the device. `joined`: it has a key of its own; a row that is not joined and was never heard is of a
    device that was listed and never came. `heard` and `failed` count frames, 255 means that many or more."""

    device: DeviceId
    joined: bool
    last_heard: datetime | None
    rssi_dbm: tuple[int, int, int] | None
    lqi: tuple[int, int, int] | None
    hops: int
    heard: int
    failed: int

    @property
    def never_joined(self) -> bool:
        """Listed, and it has never come."""
        return not self.joined and self.last_heard is None

    @property
    def verdict(self) -> str:
        """ "good", "marginal" or "poor", by the average RSSI; "not heard"."""
        if self.rssi_dbm is None:
            return "not heard"
        average = self.rssi_dbm[1]
        return "good" if average > GOOD_DBM else "poor" if average < POOR_DBM else "marginal"

    def plain(self) -> dict[str, Any]:
        """For JSON, and for a snapshot."""
        return {
            "device": str(self.device),
            "joined": self.joined,
            "last_heard": None if self.last_heard is None else iso_z(self.last_heard),
            "rssi_dbm": None if self.rssi_dbm is None else list(self.rssi_dbm),
            "lqi": None if self.lqi is None else list(self.lqi),
            "hops": self.hops,
            "frames_heard": self.heard,
            "frames_failed": self.failed,
        }


@dataclass(frozen=True, slots=True)
class LogCopy:
    """The Device Log as a copy of the network (CCS07), without its keys. `pan`: the Extended PAN ID. `fingerprint`: 32
    hex digits over network, devices and the hashes of their keys: two copies with the same one are the same."""

    taken: datetime
    pan: DeviceId
    listed: tuple[DeviceId, ...]
    historic: tuple[DeviceId, ...]
    fingerprint: str


@dataclass(frozen=True, slots=True)
class Partner:
    """A device that another one is joined to (CS07)."""

    device: DeviceId
    kind: GbcsDeviceType


@dataclass(frozen=True, slots=True)
class LogLine:
    """A line of an Event or Security Log: the device's own time, an alert code, and what stands beside it."""

    time: datetime
    code: int
    beside: bytes = b""

    @property
    def device(self) -> DeviceId | None:
        """The device that it names; None where it names none."""
        if len(self.beside) != 8 or not any(self.beside):
            return None
        try:
            return _device(self.beside)
        except HhtError:
            return None


def device_log(response: Envelope) -> tuple[DeviceLogEntry, ...]:
    """The rows of CCS06. Raises HubFactsError."""
    with _reading(response) as payload:
        return tuple(_row(row) for row in _data(payload, 0).as_items())


def log_copy(response: Envelope) -> LogCopy:
    """What CCS07 says of a log and of the historic one. Raises HubFactsError."""
    with _reading(response) as payload:
        taken, pan, devices = _data(payload, 0).as_items(3)
        historic = _data(payload, 1).as_items(3)[2]
        return LogCopy(
            _moment(taken.as_bytes()),
            _device(pan.as_bytes()),
            tuple(_device(row.as_items(2)[0].as_bytes()) for row in devices.as_items()),
            tuple(_device(row.as_items(2)[0].as_bytes()) for row in historic.as_items()),
            fingerprint(
                pan.as_bytes(), [tuple(cell.as_bytes() for cell in row.as_items(2)) for row in devices.as_items()]
            ),
        )


def fingerprint(pan: bytes, rows: list[tuple[bytes, ...]]) -> str:
    """Of a network and its (device, hash of its key), whatever their order."""
    return hashlib.sha256(pan + b"".join(sorted(b"".join(row) for row in rows))).hexdigest()[:32]


def partners(response: Envelope) -> tuple[Partner, ...]:
    """Whom a device knows (CS07). Raises HubFactsError, ``hub-facts-refused`` where the device could not read them."""
    with _reading(response) as payload:
        if not isinstance(payload, Asn1) or payload.value["readDeviceLogResponseCode"]:
            raise HubFactsError(
                _("The device could not read whom it is joined to."),
                remedy=_("Ask the desk for another such command, and try once more."),
                code="hub-facts-refused",
            )
        entries = payload.value.get("deviceLogEntries", ())
        return tuple(Partner(_device(one["deviceIdentifier"]), GbcsDeviceType(one["deviceType"])) for one in entries)


def log_lines(response: Envelope) -> tuple[LogLine, ...]:
    """An Event or Security Log that was read by a range of times (ECS35). Raises HubFactsError."""
    with _reading(response) as payload:
        rows = (row.as_items(3) for row in _data(payload, 0).as_items())
        return tuple(
            LogLine(EPOCH + timedelta(seconds=time.as_int()), code.as_int(), beside.as_bytes())
            for time, code, beside in rows
        )


def prepays(response: Envelope) -> bool:
    """Whether a meter is in Prepayment mode (ECS26j, GCS21j). Raises HubFactsError."""
    with _reading(response) as payload:
        if isinstance(payload, Gbz):
            return bool(_attribute(payload, _PAYMENT_CONTROL) & _PREPAYS)
        return _data(payload, 0).as_items(2)[0].as_int() == 2


def balance(response: Envelope) -> int:
    """A meter's balance in 10^-5 pounds (ECS82). Raises HubFactsError."""
    with _reading(response) as payload:
        return _data(payload, 0).as_int()


def supply(response: Envelope) -> Supply:
    """Whether supply is on (ECS45, GCS33). Raises HubFactsError."""
    with _reading(response) as payload:
        if isinstance(payload, Gbz):
            return _VALVE[_attribute(payload, _SUPPLY_STATUS)]
        return _SWITCH[_data(payload, 0).as_int()]


def firmware(response: Envelope) -> str:
    """The version that runs, in hex digits (ECS52, GCS38, CS08). Raises HubFactsError, ``hub-facts-refused`` where the
    device does not tell it."""
    with _reading(response) as payload:
        if isinstance(payload, Gbz):
            return _octets(payload, _FIRMWARE).hex().upper()
        if isinstance(payload, Asn1):
            if payload.value["responseCode"]:
                raise _refused(_("The device does not tell which firmware it runs."))
            return str(payload.value["firmwareVersion"].hex().upper())
        return _data(payload, 0).as_bytes().hex().upper()


def mprn(response: Envelope) -> str:
    """The MPRN that a gas meter holds (GCS46), as it stands there; "" for none. Raises HubFactsError."""
    with _reading(response) as payload:
        return _octets(payload, _MPRN).decode("ascii")


def mpans(response: Envelope) -> tuple[str, ...]:
    """The MPANs that an electricity meter holds for import (ECS40), as they stand there, the secondary one behind; ""
    where there is none. Raises HubFactsError."""
    with _reading(response) as payload:
        return tuple(_data(payload, number).as_bytes().decode("ascii").strip() for number in range(2))


# --- inside


@contextmanager
def _reading(response: Envelope) -> Iterator[Any]:
    """The payload; whatever goes wrong while it is read says which answer it was."""
    try:
        yield parse_payload(response)
    except (ProtocolError, CosemError, IdentifierError) as error:
        raise _unreadable(response, error.message) from error
    except (LookupError, ValueError, TypeError) as error:
        raise _unreadable(response, _("a value is none that is known")) from error


def _unreadable(response: Envelope, why: str) -> HubFactsError:
    return HubFactsError(
        _("The answer of {device} (code {code:04X}) cannot be read: {why}").format(
            device=id_text(response.originator), code=response.message_code, why=why
        ),
        remedy=_("Nothing is made of it. Ask the desk for another such command; if it stays, send the desk the trace."),
    )


def _refused(message: str) -> HubFactsError:
    remedy = _("Ask the desk whether this command is right for this device.")
    return HubFactsError(message, remedy=remedy, code="hub-facts-refused")


def _data(payload: Any, number: int) -> Data:
    """What came of one item of a request. Raises HubFactsError where it was refused."""
    if not isinstance(payload, AccessResponse) or number >= len(payload.data):
        raise ValueError
    if payload.results[number]:
        why = payload.results[number].name.lower().replace("_", "-")
        raise _refused(_("The device refused to be read ({why}).").format(why=why))
    found = payload.data[number]
    if not isinstance(found, Data):
        raise ValueError
    return found


def _row(row: Data) -> DeviceLogEntry:
    device, status, *figures, last, hops, failed, heard, _app, _stack = row.as_items(14)
    bits, moment = str(status.value), last.as_bytes()
    numbers = [figure.as_int() for figure in figures]
    never = moment == NEVER
    return DeviceLogEntry(
        _device(device.as_bytes()),
        bits[_AUTHORISED] == "1",
        None if never else _moment(moment),
        None if never else (numbers[2], numbers[1], numbers[0]),
        None if never else (numbers[5], numbers[4], numbers[3]),
        hops.as_int(),
        heard.as_int(),
        failed.as_int(),
    )


def _moment(octets: bytes) -> datetime:
    found = decode_datetime(octets).time
    if found is None:
        raise ValueError
    return found.astimezone(UTC)


def _device(octets: bytes) -> DeviceId:
    return DeviceId(octets.hex().upper())


def _attribute(payload: Gbz, wanted: int) -> int:
    """A number among the attributes that a response tells. Raises KeyError, HubFactsError."""
    return int.from_bytes(_octets(payload, wanted), "little")


def _octets(payload: Gbz, wanted: int) -> bytes:
    """A text, or a number's octets. Raises KeyError, HubFactsError where the device refused it."""
    return dict(_attributes(payload, wanted))[wanted]


def _attributes(payload: Gbz, wanted: int) -> Iterator[tuple[int, bytes]]:
    """(attribute, its octets) in a Read Attributes Response: id, status, type, value, little-endian."""
    for component in payload.components:
        octets, at = component.payload, 0
        while component.command == _READ_RESPONSE and at + 3 <= len(octets):
            number, status = int.from_bytes(octets[at : at + 2], "little"), octets[at + 2]
            at += 3
            if status and number == wanted:
                raise _refused(_("The device refused to be read ({why}).").format(why=status_name(status)))
            if status:
                continue
            text = octets[at] in _TEXTS
            size = octets[at + 1] if text else _SIZES[octets[at]]
            at += 2 if text else 1
            if at + size > len(octets):
                raise ValueError
            yield number, octets[at : at + size]
            at += size


_TEXTS: Final = (0x41, 0x42)  # a length stands before them
_SIZES: Final = {0x18: 1, 0x19: 2, 0x20: 1, 0x21: 2, 0x22: 3, 0x23: 4, 0x25: 6, 0x30: 1, 0x31: 2}
