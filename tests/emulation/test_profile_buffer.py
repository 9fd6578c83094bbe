"""The pre-encoded profile buffer against a decoder written out by hand."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest

from hht.clock import ManualClock
from hht.emulation.profile_buffer import ProfileBuffer, array_head
from hht.model.electricity_meter import ElectricityMeter, TimeStatus
from hht.model.electricity_meter.load_profile import LoadProfile, ProfileEntry
from hht.model.electricity_meter.optical_head import ProfileForm
from tests.support.calls import calls_at_most

MeterOf = Callable[..., ElectricityMeter]


def decode(encoded: bytes) -> list[tuple[object, ...]]:
    """Rows of an encoded buffer; asserts every tag on the way."""
    assert encoded[0] == 1
    at = 2
    count = encoded[1]
    if count & 0x80:
        at = 2 + (count & 0x7F)
        count = int.from_bytes(encoded[2:at], "big")
    rows: list[tuple[object, ...]] = []
    for _row in range(count):
        assert encoded[at] == 2
        cells, at = encoded[at + 1], at + 2
        row: list[object] = []
        for _cell in range(cells):
            if encoded[at] == 9:
                assert encoded[at + 1] == 12
                row.append(moment(encoded[at + 2 : at + 14]))
                at += 14
            else:
                assert encoded[at] == 6
                row.append(int.from_bytes(encoded[at + 1 : at + 5], "big"))
                at += 5
        rows.append(tuple(row))
    assert at == len(encoded)
    return rows


def moment(octets: bytes) -> tuple[int, int]:
    """(Unix seconds, clock status) of a COSEM date-time whose deviation is 0."""
    assert octets[8:11] == b"\x00\x00\x00"
    year, month, day = int.from_bytes(octets[:2], "big"), octets[2], octets[3]
    time = datetime(year, month, day, octets[5], octets[6], octets[7], tzinfo=UTC)
    assert time.isoweekday() == octets[4]
    return int(time.timestamp()), octets[11]


def rows_of(entries: list[ProfileEntry]) -> list[tuple[object, ...]]:
    return [((entry.time_s, entry.status), entry.import_wh, entry.export_wh) for entry in entries]


@pytest.mark.parametrize("form", [ProfileForm.NULL, ProfileForm.DELTA, ProfileForm.COMPACT])
def test_registers_that_have_gone_round_are_written_as_the_register_is_read(form: ProfileForm) -> None:
    profile = LoadProfile()
    for number, import_wh in enumerate(((1 << 32) - 7, (1 << 32) + 5, (1 << 32) + 9)):
        profile.append(ProfileEntry(1800 * number, import_wh, 0, 0))
    buffer = ProfileBuffer(profile)
    assert [row[1] for row in decode(buffer.encoded(0, 3))] == [(1 << 32) - 7, 5, 9]
    assert buffer.encoded(0, 3, (1,), form, deltas=True).count(bytes.fromhex("00000005")) == 1


def test_thirteen_months_encode_to_what_they_are(meter_of: MeterOf) -> None:
    meter = meter_of(days=396)
    buffer = ProfileBuffer(meter.profile)
    with calls_at_most(10 * 19_008):
        encoded = buffer.encoded(0, meter.profile.end)
    assert len(encoded) == 4 + 19_008 * 26
    assert decode(encoded) == rows_of(list(meter.profile.entries(0, meter.profile.end)))


@pytest.mark.parametrize(("columns", "octets"), [((0,), 16), ((1, 2), 12), ((2, 0), 21), ((0, 1, 2), 26)])
def test_columns_are_cut_out(meter_of: MeterOf, columns: tuple[int, ...], octets: int) -> None:
    meter = meter_of()
    encoded = ProfileBuffer(meter.profile).encoded(10, 20, columns)
    assert len(encoded) == 2 + 10 * octets
    whole = rows_of(list(meter.profile.entries(10, 20)))
    assert decode(encoded) == [tuple(row[column] for column in columns) for row in whole]


def test_it_keeps_up_with_the_meter(meter_of: MeterOf, clock: ManualClock) -> None:
    meter = meter_of(days=396)
    buffer = ProfileBuffer(meter.profile)
    for days in (1, 30, 200, 400, 1):
        clock.advance(days * 86_400)
        meter.catch_up()
        newest = decode(buffer.encoded(meter.profile.end - 5, meter.profile.end + 99))
        assert newest == rows_of(list(meter.profile.entries(meter.profile.end - 5, meter.profile.end)))
        assert len(buffer.encoded(0, meter.profile.end)) == 4 + 19_056 * 26  # what GBCS ECS22b keeps


def test_a_cleared_profile_is_an_empty_array() -> None:
    profile = LoadProfile(capacity=100)
    buffer = ProfileBuffer(profile)
    assert buffer.encoded(0, 10) == b"\x01\x00"
    profile.append(ProfileEntry(int(timedelta(days=20_000).total_seconds()), 5, 6, TimeStatus.INVALID))
    assert decode(buffer.encoded(0, 10))[0][1:] == (5, 6)
    profile.clear()
    assert buffer.encoded(0, 10) == b"\x01\x00"


@pytest.mark.parametrize(
    ("count", "head"), [(0, "0100"), (127, "017f"), (128, "018180"), (255, "0181ff"), (19008, "01824a40")]
)
def test_array_head(count: int, head: str) -> None:
    assert array_head(1, count).hex() == head
