"""The meter in plain text (IEC 62056-21 readout and programming mode), over the gate of its local port.

Who gives no password is the public client (SAP 16: reads, writes nothing), who gives the right one is SAP 17. Addresses
are those of the COSEM objects, reduced where that is usual: 1.8.0, C.1.1; times carry the season digit 2, which is UTC
(0 would be standard time, 1 summer time), because GB meters run on it.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, datetime
from typing import Final

from hht.emulation.object_names import OBJECTS
from hht.emulation.plain_registers import PlainRegisters, plain_address
from hht.identifiers.secret import Secret
from hht.model.electricity_meter import Item, LocalPort, Proof
from hht.model.electricity_meter.clients import ClientRole
from hht.model.electricity_meter.items import Action
from hht.model.electricity_meter.load_profile import CAPTURE_PERIOD_S, LoadProfile, ProfileEntry
from hht.model.refusal import DeviceRefusal, Reason
from hht.protocol.cosem.obis import Obis
from hht.protocol.iec62056_21.data_sets import DataLine, DataSet, Value, resolve
from hht.protocol.iec62056_21.server import CommandRefused
from hht.protocol.iec62056_21.times import CENTURY

PUBLIC, INSTALLER = 16, 17  # SAPs of the role table
PROFILE_ADDRESS: Final = "P.01"
TIME, DATE, DATE_TIME = "0.9.1", "0.9.2", "0-0:1.0.0"
ERRORS: Final = "F.F"  # the error register
_NO_ERROR: Final = Value("00000000")
_UTC: Final = "2"  # season digit
_CODES: Final = {
    Reason.ACCESS_DENIED: "ER07",
    Reason.UNKNOWN_ITEM: "ER02",
    Reason.WRONG_TYPE: "ER03",
    Reason.OTHER: "ER03",
    Reason.HARDWARE_FAULT: "ER09",
    Reason.TEMPORARY_FAILURE: "ER09",
}


class PlainTextView:
    """One conversation's view of the meter: `hht.protocol.iec62056_21.server.PlainTextMeter`."""

    def __init__(self, port: LocalPort) -> None:
        self._port = port
        self._sap = PUBLIC
        self._further = PlainRegisters(port)

    def readout(self) -> list[DataLine]:
        """Error register, identity, time, registers, supply: what such meters show, and the items of this one."""
        self._port.associated(PUBLIC, Proof.NONE)
        role = self._role()
        lines: list[DataLine] = [(DataSet(ERRORS, (_NO_ERROR,)),)]
        lines += [(self._shown(role, item),) for item in _READOUT if self._port.may_read(role, item)]
        lines += [(self._further.data_set(role, name, plain_address(name)),) for name in self._further.readable(role)]
        if self._port.may_read(role, Item.CLOCK):
            now = self._now(role)
            lines[1:1] = [(DataSet(TIME, (Value(_UTC + now[6:]),)),), (DataSet(DATE, (Value(_UTC + now[:6]),)),)]
        return lines

    def operand(self) -> str:
        """What stands in the password request: the device's identity, as many meters have it."""
        return self._port.meter.identity.eui.hex().upper()

    def password(self, given: Secret) -> bool:
        """Whether the password is that of the installer's low-security client."""
        role = self._port.role(INSTALLER)
        good = role is not None and role.proof is Proof.LOW and Secret(role.password) == given
        if good:
            self._sap = INSTALLER
            self._port.associated(INSTALLER, Proof.LOW)
        else:
            self._sap = PUBLIC  # whoever speaks now has proved nothing, whatever was proved before
            self._port.association_refused(INSTALLER, proof_failed=True)
        return good

    def read(self, entry: DataSet) -> Iterable[DataLine]:
        """The data set at an address; the load profile in rows, `from` and `to` (both inclusive) in brackets."""
        role = self._role()
        with _refusals():
            if resolve(entry.address) == resolve(PROFILE_ADDRESS):
                profile = self._port.read(role, Item.PROFILE)
                assert isinstance(profile, LoadProfile)
                return profile_lines(profile, *_range(entry))
            obis = resolve(entry.address)
            if obis == Obis.parse(DATE_TIME):
                return [(DataSet(entry.address, (Value(_UTC + self._now(role)),)),)]
            if obis in (resolve(TIME), resolve(DATE)):
                now = self._now(role)
                part = now[6:] if obis == resolve(TIME) else now[:6]
                return [(DataSet(entry.address, (Value(_UTC + part),)),)]
            if obis == resolve(ERRORS):
                return [(DataSet(entry.address, (_NO_ERROR,)),)]
            if obis is not None and obis in self._further:
                return [(self._further.data_set(role, obis, entry.address),)]
            item = _ITEMS.get(obis) if obis is not None else None
            if item is None:
                raise CommandRefused("ER02")
            return [(DataSet(entry.address, self._shown(role, item).values),)]

    def write(self, entry: DataSet) -> None:
        """Write one item; the gate decides, logs and counts."""
        role, obis = self._role(), resolve(entry.address)
        value = entry.values[0] if len(entry.values) == 1 else Value("")
        item = Item.CLOCK if obis == Obis.parse(DATE_TIME) else _ITEMS.get(obis) if obis is not None else None
        with _refusals():
            if item is None:
                self._port.refuse_write(role, entry.address[:20])
            held = self._decoded(item, value) if self._port.may_write(role, item) else value.text
            self._port.write(role, item, held)

    def _decoded(self, item: Item, value: Value) -> object:
        """What is to be written. CommandRefused for a unit that is not the item's (6.3.16: it may be left out)."""
        if value.unit not in ("", _UNITS.get(item, "")):
            raise CommandRefused("ER03")
        return _DECODERS.get(item, str)(value.text)

    def execute(self, entry: DataSet) -> None:
        """At the clock's address: shift it by so many seconds. Nothing else can be executed; who tries is logged."""
        role = self._role()
        with _refusals():
            if resolve(entry.address) != Obis.parse(DATE_TIME) or len(entry.values) != 1:
                self._port.refuse_write(role, f"execute {entry.address[:16]}")
            text = entry.values[0].text
            seconds = _whole(text.removeprefix("-").removeprefix("+"))
            self._port.invoke(role, Item.CLOCK, Action.SHIFT_TIME, -seconds if text.startswith("-") else seconds)

    def signed_off(self) -> None:
        """What a password opened is closed."""
        self._sap = PUBLIC

    def _role(self) -> ClientRole:
        role = self._port.role(self._sap)
        if role is None:
            raise CommandRefused("ER07")
        return role

    def _now(self, role: ClientRole) -> str:
        now = self._port.read(role, Item.CLOCK)
        assert isinstance(now, datetime)
        return f"{now:%y%m%d%H%M%S}"

    def _shown(self, role: ClientRole, item: Item) -> DataSet:
        return DataSet(address_of(item), (_ENCODERS.get(item, _text)(self._port.read(role, item)),))


@contextlib.contextmanager
def _refusals() -> Iterator[None]:
    """The gate's refusals as error messages."""
    try:
        yield
    except DeviceRefusal as refusal:
        raise CommandRefused(_CODES[refusal.reason]) from refusal


def address_of(item: Item) -> str:
    """The address of an item: its COSEM object's name, reduced where that is usual."""
    return plain_address(Obis.parse(OBJECTS[item][1]))


def profile_lines(profile: LoadProfile, start_s: int, end_s: int) -> Iterator[DataLine]:
    """The load profile from `start_s` to `end_s` (Unix seconds, both inclusive): a header where it begins and where
    time or status leap, then one row per half-hour, kWh."""
    entries = profile.entries(profile.index_at_or_after(start_s), profile.index_at_or_after(end_s + 1))
    expected = (0, -1)
    for entry in entries:
        if (entry.time_s, entry.status) != expected:
            yield (_header(entry),)
        yield (DataSet("", (Value(_kilo(entry.import_wh)), Value(_kilo(entry.export_wh)))),)
        expected = (entry.time_s + CAPTURE_PERIOD_S, entry.status)


def _header(entry: ProfileEntry) -> DataSet:
    time = f"{_UTC}{datetime.fromtimestamp(entry.time_s, UTC):%y%m%d%H%M%S}"
    columns = ("1.8.0", "kWh", "2.8.0", "kWh")
    fields = (time, f"{entry.status:08X}", str(CAPTURE_PERIOD_S // 60), str(len(columns) // 2), *columns)
    return DataSet(PROFILE_ADDRESS, tuple(Value(field) for field in fields))


def _range(entry: DataSet) -> tuple[int, int]:
    """``(from;to)`` in Unix seconds; an end that is left out is open. CommandRefused where it is no range."""
    start, _semicolon, end = (entry.values[0].text if entry.values else "").partition(";")
    first = _moment(start) if start else datetime.fromtimestamp(0, UTC)
    last = _moment(end) if end else datetime.fromtimestamp((1 << 32) - 1, UTC)
    return int(first.timestamp()), int(last.timestamp())


def _moment(text: str) -> datetime:
    """``2YYMMDDhhmm`` or ``2YYMMDDhhmmss``; CommandRefused for any other season digit: this meter has UTC only."""
    if text[:1] == _UTC and len(text) in (11, 13) and text.isascii() and text.isdigit():
        try:
            return datetime.strptime(CENTURY + text[1:].ljust(12, "0"), "%Y%m%d%H%M%S").replace(tzinfo=UTC)
        except ValueError:
            pass
    raise CommandRefused("ER03")


def _whole(text: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) <= 9):
        raise CommandRefused("ER03")
    return int(text)


def _kilo(value: object) -> str:
    assert isinstance(value, int)
    return f"{value // 1000:06d}.{value % 1000:03d}"


def _tenths(value: object) -> str:
    assert isinstance(value, int)
    return f"{value // 10}.{value % 10}"


def _text(value: object) -> Value:
    """Text as it can stand in brackets."""
    shown = str(value).encode("ascii", "replace").decode("ascii")
    return Value(shown.translate({ord("("): "[", ord(")"): "]", ord("*"): "x"}))


_ENCODERS: Final[dict[Item, Callable[[object], Value]]] = {
    Item.ACTIVE_IMPORT: lambda value: Value(_kilo(value), "kWh"),
    Item.ACTIVE_EXPORT: lambda value: Value(_kilo(value), "kWh"),
    Item.ACTIVE_POWER_IMPORT: lambda value: Value(_kilo(value), "kW"),
    Item.VOLTAGE: lambda value: Value(_tenths(value), "V"),
    Item.RANDOMISED_OFFSET: lambda value: Value(str(value), "s"),
    Item.RANDOMISED_OFFSET_LIMIT: lambda value: Value(str(value), "s"),
}
_UNITS: Final = {Item.RANDOMISED_OFFSET_LIMIT: "s"}  # of what can be written
_DECODERS: Final[dict[Item, Callable[[str], object]]] = {
    Item.CLOCK: _moment,
    Item.RANDOMISED_OFFSET_LIMIT: _whole,
}
_NOT_SHOWN: Final = (Item.CLOCK, Item.CLOCK_STATUS, Item.PROFILE, Item.EVENT_LOG, Item.SECURITY_LOG)
_READOUT: Final = tuple(item for item in OBJECTS if item not in _NOT_SHOWN)
_ITEMS: Final = {Obis.parse(OBJECTS[item][1]): item for item in _READOUT}
