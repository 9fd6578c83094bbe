"""The meter's objects as COSEM data, by role, without any wire."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest

from hht.clock import ManualClock
from hht.emulation.cosem_objects import MeterObjects
from hht.emulation.object_names import METHODS, OBJECTS
from hht.emulation.role_table import role_table, write_event
from hht.model.electricity_meter import ElectricityMeter, Item, LocalPort
from hht.protocol.cosem import data as cosem
from hht.protocol.cosem.codes import DataAccessResult, Mechanism
from hht.protocol.cosem.data import Data, Encoded
from hht.protocol.cosem.datetime import decode_datetime, encode_datetime
from hht.protocol.cosem.descriptors import CosemAttribute, CosemMethod, SelectiveAccess
from hht.protocol.cosem.errors import AccessDenied
from hht.protocol.cosem.obis import Obis
from hht.protocol.cosem.objects import AttributeAccess, ClientIdentity, MethodAccess
from hht.protocol.cosem.profile import CaptureObject, EntrySelection, RangeSelection
from tests.emulation.test_profile_buffer import decode as decode_rows

MeterOf = Callable[..., ElectricityMeter]
PUBLIC = ClientIdentity(16, "public", Mechanism.NONE)
PASSWORD = ClientIdentity(17, "installer", Mechanism.LOW)
KEYS = ClientIdentity(1, "installer", Mechanism.GMAC)
CLOCK = CosemAttribute(8, Obis.parse("0-0:1.0.0"), 2)
MPAN = CosemAttribute(1, Obis.parse("0-0:94.44.34.11"), 2)
LIMIT = CosemAttribute(1, Obis.parse("0-0:94.44.0.1"), 2)
PROFILES = [CosemAttribute(7, Obis.parse(name), 2) for name in ("0-0:99.1.0", "1-0:99.1.0")]
EVENTS, SECURITY = (CosemAttribute(7, Obis.parse(f"0-0:99.98.{n}"), 2) for n in (0, 1))


def objects(meter: ElectricityMeter) -> MeterObjects:
    return MeterObjects(LocalPort(meter))


def get(model: MeterObjects, attribute: CosemAttribute, client: ClientIdentity = PUBLIC) -> Data:
    value = model.get(client, attribute, None)
    assert isinstance(value, Data)
    return value


def attribute(item: Item, number: int | None = None) -> CosemAttribute:
    class_id, obis, usual = OBJECTS[item]
    return CosemAttribute(class_id, Obis.parse(obis), usual if number is None else number)


def denied(model: MeterObjects, client: ClientIdentity, where: CosemAttribute, value: Data) -> DataAccessResult:
    with pytest.raises(AccessDenied) as refused:
        model.set(client, where, value, None)
    result = refused.value.result
    assert isinstance(result, DataAccessResult)
    return result


def test_identity(meter_of: MeterOf) -> None:
    model = objects(meter_of())
    expected = {
        Item.LOGICAL_DEVICE_NAME: cosem.octets(b"HHTB1234567890A0"),
        Item.DEVICE_ID: cosem.octets(bytes.fromhex("00DB1234567890A0")),
        Item.MODEL: cosem.octets(b"TRAINER-1E"),
        Item.MANUFACTURER: cosem.octets(b"HHT Training"),
        Item.VARIANT: cosem.octets(b"A"),
        Item.FIRMWARE_VERSION: cosem.octets(bytes.fromhex("0002012F")),
        Item.LOCAL_ACCESS: cosem.visible("installer"),
    }
    for item, value in expected.items():
        assert get(model, attribute(item)) == value, item


def test_registers_with_scaler_and_unit(meter_of: MeterOf) -> None:
    meter = meter_of()
    model = objects(meter)
    imported, exported = meter.registers()
    assert get(model, attribute(Item.ACTIVE_IMPORT)) == cosem.double_long_unsigned(imported)
    assert get(model, attribute(Item.ACTIVE_EXPORT)) == cosem.double_long_unsigned(exported)
    assert get(model, attribute(Item.ACTIVE_IMPORT, 3)) == cosem.structure(cosem.integer(0), cosem.enumerated(30))
    assert get(model, attribute(Item.VOLTAGE, 3)) == cosem.structure(cosem.integer(-1), cosem.enumerated(35))
    assert 216 <= get(model, attribute(Item.VOLTAGE)).as_int() / 10 <= 253


def test_the_clock_tells_utc_and_how_far_to_trust_it(meter_of: MeterOf, clock: ManualClock) -> None:
    model = objects(meter_of())
    told = decode_datetime(get(model, CLOCK).as_bytes())
    assert told.time == clock.now() + timedelta(seconds=37)
    assert told.status == 2
    assert get(model, attribute(Item.CLOCK_STATUS)) == cosem.unsigned(2)
    model.set(PASSWORD, CLOCK, cosem.octets(encode_datetime(clock.now())), None)
    told = decode_datetime(get(model, CLOCK).as_bytes())
    assert (told.time, told.status) == (clock.now(), 0)


def test_mpan_and_offset(meter_of: MeterOf) -> None:
    meter = meter_of()
    model = objects(meter)
    assert get(model, MPAN) == cosem.octets(b"")
    model.set(KEYS, MPAN, cosem.octets(b"1200023305967"), None)
    assert get(model, MPAN) == cosem.octets(b"1200023305967")
    model.set(KEYS, LIMIT, cosem.long_unsigned(900), None)
    number = get(model, attribute(Item.RANDOMISED_OFFSET_NUMBER)).as_int()
    assert get(model, attribute(Item.RANDOMISED_OFFSET)) == cosem.long_unsigned(900 * number // 10_000)


@pytest.mark.parametrize(
    ("where", "value", "result"),
    [
        (LIMIT, cosem.long_unsigned(1800), DataAccessResult.OTHER_REASON),
        (LIMIT, cosem.unsigned(9), DataAccessResult.TYPE_UNMATCHED),
        (LIMIT, cosem.octets(b"\x03\x84"), DataAccessResult.TYPE_UNMATCHED),
        (MPAN, cosem.octets(b"12000233059"), DataAccessResult.OTHER_REASON),
        (MPAN, cosem.octets(b"\xff" * 13), DataAccessResult.OTHER_REASON),
        (MPAN, cosem.visible("1200023305967"), DataAccessResult.TYPE_UNMATCHED),
        (CLOCK, cosem.octets(b"\xff" * 12), DataAccessResult.OTHER_REASON),
        (CLOCK, cosem.octets(bytes(11)), DataAccessResult.TYPE_UNMATCHED),
        (CLOCK, cosem.octets(bytes.fromhex("07ea0d2b00193d3d00000000")), DataAccessResult.OTHER_REASON),
        (attribute(Item.DEVICE_ID), cosem.octets(bytes(8)), DataAccessResult.READ_WRITE_DENIED),
        (attribute(Item.CLOCK, 3), cosem.long(60), DataAccessResult.READ_WRITE_DENIED),
        (attribute(Item.CLOCK, 99), cosem.long(60), DataAccessResult.READ_WRITE_DENIED),
        (attribute(Item.EXPORT_MPAN), cosem.octets(b"1200023305967"), DataAccessResult.READ_WRITE_DENIED),
        (CosemAttribute(3, MPAN.obis, 2), cosem.octets(b"1"), DataAccessResult.OBJECT_CLASS_INCONSISTENT),
        (CosemAttribute(1, Obis.parse("0-0:9.9.9"), 2), cosem.octets(b"1"), DataAccessResult.OBJECT_UNDEFINED),
    ],
)
def test_what_the_installer_is_refused(
    meter_of: MeterOf, where: CosemAttribute, value: Data, result: DataAccessResult
) -> None:
    meter = meter_of()
    assert denied(objects(meter), KEYS, where, value) is result
    assert meter.writes.entries == ()


@pytest.mark.requirement("HHT-07")
@pytest.mark.parametrize("where", [MPAN, LIMIT, CLOCK])
@pytest.mark.parametrize("name", ["single-element", "smets2-read-only"])
def test_the_public_client_writes_nothing_whatever_it_sends(
    meter_of: MeterOf, name: str, where: CosemAttribute
) -> None:
    meter = meter_of(name)
    for value in (cosem.null(), cosem.octets(b"junk"), cosem.long_unsigned(900)):
        assert denied(objects(meter), PUBLIC, where, value) is DataAccessResult.READ_WRITE_DENIED
    assert meter.writes.entries == ()


@pytest.mark.parametrize("where", PROFILES)
def test_profile_by_entry_and_column(meter_of: MeterOf, where: CosemAttribute) -> None:
    meter = meter_of()
    model = objects(meter)
    whole = model.get(PUBLIC, where, None)
    assert isinstance(whole, Encoded)
    rows = decode_rows(whole.octets)
    assert len(rows) == 3 * 48 == get(model, CosemAttribute(7, where.obis, 7)).as_int()
    part = model.get(PUBLIC, where, EntrySelection(143, 0))
    assert isinstance(part, Encoded)
    assert decode_rows(part.octets) == rows[142:]
    part = model.get(PUBLIC, where, EntrySelection(1, 5, 1, 2))
    assert isinstance(part, Encoded)
    assert decode_rows(part.octets) == [row[:2] for row in rows[:5]]
    beyond = model.get(PUBLIC, where, EntrySelection(500, 600))
    assert isinstance(beyond, Encoded)
    assert decode_rows(beyond.octets) == []


def test_profile_by_range_is_inclusive_at_both_ends(meter_of: MeterOf) -> None:
    model = objects(meter_of())
    start = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)
    selection = RangeSelection.between(start, start + timedelta(hours=1))
    part = model.get(PUBLIC, PROFILES[0], selection)
    assert isinstance(part, Encoded)
    times = [row[0] for row in decode_rows(part.octets)]
    assert times == [(int(start.timestamp()) + 1800 * n, 0) for n in range(3)]
    exports = CaptureObject(3, Obis.parse("1-0:2.8.0"), 2)
    part = model.get(PUBLIC, PROFILES[0], RangeSelection.between(start, start, [exports]))
    assert isinstance(part, Encoded)
    assert [len(row) for row in decode_rows(part.octets)] == [1]


@pytest.mark.parametrize(
    "selection",
    [
        EntrySelection(0),
        EntrySelection(5, 4),
        EntrySelection(1, 0, 1, 4),
        EntrySelection(1, 0, 3, 2),
        SelectiveAccess(9, cosem.null()),
        RangeSelection(cosem.octets(b"x"), cosem.octets(b"y")),
        RangeSelection(cosem.null(), cosem.null(), CaptureObject(3, Obis.parse("1-0:1.8.0"), 2)),
    ],
)
@pytest.mark.parametrize("where", [PROFILES[0], EVENTS])
def test_selections_that_make_no_sense(meter_of: MeterOf, where: CosemAttribute, selection: object) -> None:
    assert isinstance(selection, EntrySelection | RangeSelection | SelectiveAccess)
    with pytest.raises(AccessDenied) as refused:
        objects(meter_of()).get(PUBLIC, where, selection)
    assert refused.value.result is DataAccessResult.OTHER_REASON


def test_logs_name_their_columns_and_tell_who_spoke(meter_of: MeterOf, clock: ManualClock) -> None:
    meter = meter_of()
    port = LocalPort(meter)
    model = MeterObjects(port)
    role = port.role(17)
    assert role is not None
    port.associated(17, role.proof)
    time, code, information = get(model, SECURITY).as_items()[-1].as_items(3)
    assert decode_datetime(time.as_bytes()).time == clock.now().replace(microsecond=0) + timedelta(seconds=37)
    assert code == cosem.long_unsigned(0x81A5)
    assert information == cosem.octets(b"SAP 17 low")
    columns = get(model, CosemAttribute(7, SECURITY.obis, 3)).as_items(3)
    assert [column.as_items()[0].as_int() for column in columns] == [8, 1, 1]
    last = model.get(PUBLIC, SECURITY, EntrySelection(2, 3))
    assert isinstance(last, Data)
    assert len(last.as_items()) == 2


def test_methods_by_role(meter_of: MeterOf, clock: ManualClock) -> None:
    meter = meter_of()
    model = objects(meter)
    clear = CosemMethod(7, EVENTS.obis, METHODS[next(pair for pair in METHODS if pair[0] is Item.EVENT_LOG)])
    for client in (PUBLIC, PASSWORD):
        with pytest.raises(AccessDenied):
            model.invoke(client, clear, cosem.integer(0))
    assert model.invoke(KEYS, clear, cosem.integer(0)) is None
    with pytest.raises(AccessDenied):
        model.invoke(KEYS, CosemMethod(7, SECURITY.obis, 1), cosem.integer(0))
    clock_method = CosemMethod(8, CLOCK.obis, 5)
    times = [clock.now(), clock.now() - timedelta(minutes=2), clock.now() + timedelta(minutes=2)]
    model.invoke(KEYS, clock_method, cosem.structure(*(cosem.octets(encode_datetime(time)) for time in times)))
    model.invoke(KEYS, CosemMethod(8, CLOCK.obis, 4), cosem.integer(0))
    assert meter.clock.now() == clock.now()
    model.invoke(KEYS, CosemMethod(8, CLOCK.obis, 6), cosem.long(5))
    assert meter.clock.now() == clock.now() + timedelta(seconds=5)
    for bad in (None, cosem.null(), cosem.structure(), cosem.integer(5)):
        for number in (5, 6):
            with pytest.raises(AccessDenied):
                model.invoke(KEYS, CosemMethod(8, CLOCK.obis, number), bad)


@pytest.mark.parametrize("client", [PUBLIC, PASSWORD, KEYS])
@pytest.mark.parametrize("name", ["single-element", "smets2-read-only"])
def test_the_association_view_tells_the_truth(meter_of: MeterOf, name: str, client: ClientIdentity) -> None:
    """What the view says can be read can be read; what it says can be written is what the role table says."""
    meter = meter_of(name)
    model = objects(meter)
    writable = set()
    for entry in model.association_view(client):
        for number, access in entry.attributes:
            if access in (AttributeAccess.READ_ONLY, AttributeAccess.READ_AND_WRITE):
                model.get(client, CosemAttribute(entry.class_id, entry.obis, number), None)
            if access in (AttributeAccess.WRITE_ONLY, AttributeAccess.READ_AND_WRITE):
                writable.add(str(entry.obis))
        if name == "smets2-read-only":
            assert all(access is MethodAccess.NO_ACCESS for _number, access in entry.methods)
    table = {row["sap"]: row for row in role_table(meter)}
    assert writable == set(table[client.sap]["writes"])  # type: ignore[call-overload]
    assert bool(writable) == (name == "single-element" and client is not PUBLIC)


def test_write_events_name_object_and_count(meter_of: MeterOf) -> None:
    meter = meter_of()
    model = objects(meter)
    heard: list[dict[str, object]] = []
    meter.writes.observe(lambda served: heard.append(write_event(served)))
    model.set(KEYS, LIMIT, cosem.long_unsigned(900), None)
    model.set(KEYS, LIMIT, cosem.long_unsigned(900), None)
    model.invoke(KEYS, CosemMethod(8, CLOCK.obis, 6), cosem.long(-37))
    keys = ("object", "attribute", "method", "value", "count")
    assert [tuple(event.get(key) for key in keys) for event in heard] == [
        ("0-0:94.44.0.1", 2, None, "900", 1),
        ("0-0:94.44.0.1", 2, None, "900", 2),
        ("0-0:1.0.0", None, 6, "-37", 1),
    ]
