"""Rows of a profile: whole, in pieces of any size, irregular, hostile."""

from __future__ import annotations

import contextlib
import struct

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hht.protocol.cosem import data as d
from hht.protocol.cosem.data import CompactArray, Data, DataType, TypeDescription
from hht.protocol.cosem.descriptors import SelectiveAccess
from hht.protocol.cosem.errors import LengthLies, MalformedValue, TrailingOctets, Truncated, UnexpectedType
from hht.protocol.cosem.obis import Obis
from hht.protocol.cosem.profile import (
    CaptureObject,
    EntrySelection,
    ProfileDecoder,
    RangeSelection,
    Row,
    parse_selection,
    selective_access,
)
from hht.protocol.cosem.rows import Completion, Limits
from hht.protocol.frames import ProtocolError
from tests.support.calls import calls_at_most

TIME = bytes.fromhex("07ea0b150603082a00000000")
PLAIN_ROW = struct.Struct(">4s12sBIBI")


def plain(count: int) -> bytes:
    """A buffer of regular rows as the emulated meter has them: 26 octets each."""
    rows = (PLAIN_ROW.pack(b"\x02\x03\x09\x0c", TIME, 6, number, 6, number * 2) for number in range(count))
    return (
        b"\x01" + d.encode(d.octets(bytes(count)))[1:][: 1 if count < 128 else 2 if count < 256 else 3] + b"".join(rows)
    )


def decoded(octets: bytes, columns: int, piece: int) -> list[Row]:
    decoder = ProfileDecoder(columns)
    rows: list[Row] = []
    for at in range(0, len(octets), piece):
        rows += decoder.feed(octets[at : at + piece])
    decoder.finish()
    assert decoder.total == decoder.done == len(rows)
    return rows


@pytest.mark.parametrize("piece", [1, 7, 25, 26, 27, 100, 118, 1000, 100_000])
@pytest.mark.parametrize("count", [0, 1, 2, 127, 128, 255, 256, 1000])
def test_regular_rows_in_pieces_of_any_size(count: int, piece: int) -> None:
    rows = decoded(plain(count), 3, piece)
    assert rows == [(TIME, number, number * 2) for number in range(count)]


cells = st.one_of(
    st.just(d.null()),
    st.integers(0, 255).map(d.unsigned),
    st.integers(0, 2**32 - 1).map(d.double_long_unsigned),
    st.integers(-(2**15), 2**15 - 1).map(d.long),
    st.binary(max_size=14).map(d.octets),
    st.booleans().map(d.boolean),
    st.text("abc", max_size=3).map(d.visible),
    st.binary(min_size=12, max_size=12).map(d.date_time),
)
tables = st.integers(1, 4).flatmap(
    lambda columns: st.lists(
        st.tuples(st.lists(cells, min_size=columns, max_size=columns), st.integers(1, 40)), max_size=6
    )
)


@given(tables, st.integers(1, 300))
@settings(max_examples=300, deadline=None)
def test_rows_that_change_their_shape(table: list[tuple[list[Data], int]], piece: int) -> None:
    rows = [d.structure(*row) for row, times in table for _index in range(times)]
    columns = len(table[0][0]) if table else 1
    octets = d.encode(d.array(rows))
    assert decoded(octets, columns, piece) == [row.plain() for row in rows]


@given(st.binary(max_size=400), st.integers(1, 60), st.integers(0, 5))
@settings(max_examples=1000, deadline=None)
def test_hostile_octets(octets: bytes, piece: int, columns: int) -> None:
    with contextlib.suppress(ProtocolError):
        decoded(b"\x01\x81\xf0\x02\x02" + octets, columns, piece)
    with contextlib.suppress(ProtocolError):
        decoded(octets, columns, piece)


@given(st.integers(0, 26 * 40 + 1), st.integers(0, 255))
@settings(max_examples=300, deadline=None)
def test_a_changed_octet_is_seen_or_is_a_value(at: int, octet: int) -> None:
    """The quick way must never take for a row what the general decoder would not."""
    octets = bytearray(plain(40))
    octets[at] = octet
    try:
        expected = [row.plain() for row in d.decode(bytes(octets)).as_items()]
    except ProtocolError:
        with pytest.raises(ProtocolError):
            decoded(bytes(octets), 3, 100)
        return
    with contextlib.suppress(ProtocolError):  # a row with another number of columns is refused here, and only here
        assert decoded(bytes(octets), 3, 100) == expected


def test_a_compact_array_is_expanded() -> None:
    members = (TypeDescription(DataType.LONG_UNSIGNED), TypeDescription(DataType.DELTA_UNSIGNED))
    rows = tuple(d.structure(d.long_unsigned(n), Data(DataType.DELTA_UNSIGNED, n % 256)) for n in range(500))
    octets = d.encode(Data(DataType.COMPACT_ARRAY, CompactArray(TypeDescription(DataType.STRUCTURE, members), rows)))
    assert decoded(octets, 2, 33) == [(n, n % 256) for n in range(500)]
    with pytest.raises(TrailingOctets):
        decoded(octets + b"\x00", 2, 33)
    with pytest.raises(Truncated):
        decoded(octets[:-1], 2, 33)


def test_values_that_end_too_early_or_too_late() -> None:
    octets = plain(20)
    for size in range(len(octets)):
        with pytest.raises(Truncated):
            decoded(octets[:size], 3, 50)
    for piece in (1, 50, 10_000):
        with pytest.raises(TrailingOctets):
            decoded(octets + b"\x00", 3, piece)
    with pytest.raises(TrailingOctets):
        decoded(b"\x01\x00\x00", 3, 1)


def test_rows_of_another_kind() -> None:
    for octets, error in (
        ("0203", UnexpectedType),
        ("00", UnexpectedType),
        ("01020f010f02", MalformedValue),
        ("0101020211011102", MalformedValue),  # two columns
        ("010102041101110211031104", MalformedValue),  # four
        ("0185", MalformedValue),
        ("010107", MalformedValue),
    ):
        with pytest.raises(error):
            decoded(bytes.fromhex(octets), 3, 4)


def test_a_row_without_end_is_given_up() -> None:
    with calls_at_most(50_000), pytest.raises(LengthLies):
        decoded(b"\x01\x01\x02\x01\x09\x84\x7f\xff\xff\xff" + bytes(100_000), 1, 100)


def test_alternating_rows_take_no_more_than_their_time() -> None:
    rows = [
        d.structure(d.octets(TIME), d.double_long_unsigned(n)) if n % 2 else d.structure(d.null(), d.null())
        for n in range(9000)
    ]
    octets = d.encode(d.array(rows))
    with calls_at_most(100 * len(rows)):
        assert len(decoded(octets, 2, len(octets))) == 9000


def test_rows_come_as_soon_as_they_are_whole() -> None:
    decoder = ProfileDecoder(3)
    octets = plain(10)
    assert decoder.feed(octets[:1]) == []
    totals = [decoder.total]
    assert decoder.feed(octets[1:27]) == []
    totals.append(decoder.total)
    assert totals == [None, 10]
    assert decoder.feed(octets[27:28]) == [(TIME, 0, 0)]
    assert len(decoder.feed(octets[28 : 28 + 26 * 3])) == 3
    assert decoder.done == 4


# --- selections


COLUMN = CaptureObject(3, Obis.parse("1-0:1.8.0"), 2)


@pytest.mark.parametrize(
    "selection",
    [
        RangeSelection(d.octets(TIME), d.octets(TIME)),
        RangeSelection(d.octets(TIME), d.octets(TIME), COLUMN, (COLUMN, COLUMN)),
        EntrySelection(1),
        EntrySelection(5, 19008, 2, 3),
    ],
)
def test_selections_come_back(selection: RangeSelection | EntrySelection) -> None:
    access = selective_access(selection)
    assert access is not None
    assert parse_selection(SelectiveAccess(access.selector, d.decode(d.encode(access.parameters)))) == selection


def test_a_range_as_other_programs_write_it() -> None:
    """Gurux's and pydlms's bytes for a range by time: all columns, clock as restricting object."""
    octets = bytes.fromhex(
        "0204020412000809060000010000ff0f02120000090c07ea0b15ff00000000800000090c07ea0b16ff000000008000000100"
    )
    selection = parse_selection(SelectiveAccess(1, d.decode(octets)))
    assert isinstance(selection, RangeSelection)
    times = selection.times()
    assert times is not None
    assert [moment.isoformat() for moment in times] == ["2026-11-21T00:00:00+00:00", "2026-11-22T00:00:00+00:00"]
    assert RangeSelection(d.unsigned(1), d.octets(b"x")).times() is None


def test_other_selections_pass_as_they_are() -> None:
    access = SelectiveAccess(7, d.unsigned(1))
    assert selective_access(access) is access
    assert selective_access(None) is None
    with pytest.raises(UnexpectedType):
        parse_selection(access)


# --- rows that leave out what the row before tells


def completed(octets: bytes, columns: int, piece: int = 1000, **kwargs: object) -> list[Row]:
    decoder = ProfileDecoder(columns, completion=Completion(**kwargs))  # type: ignore[arg-type]
    rows: list[Row] = []
    for at in range(0, len(octets), piece):
        rows += decoder.feed(octets[at : at + piece])
    decoder.finish()
    return rows


def delta(tag: DataType, value: int) -> Data:
    return Data(tag, value)


DELTAS = (
    (DataType.DELTA_INTEGER, -100),
    (DataType.DELTA_LONG, -10_000),
    (DataType.DELTA_DOUBLE_LONG, -1_000_000),
    (DataType.DELTA_UNSIGNED, 200),
    (DataType.DELTA_LONG_UNSIGNED, 50_000),
    (DataType.DELTA_DOUBLE_LONG_UNSIGNED, 3_000_000_000),
)


@pytest.mark.parametrize("piece", [1, 10, 1000])
def test_null_data_is_the_row_before_and_the_time_one_period_on(piece: int) -> None:
    time_at = bytes.fromhex("07ea0b1506171e0000000004")  # 21 November 2026, 23:30:00, a Saturday; status 04
    next_at = bytes.fromhex("07ea0b160700000000000004")
    rows = [
        d.structure(d.octets(time_at), d.double_long_unsigned(5), d.null()),
        d.structure(d.null(), d.null(), d.null()),
        d.structure(d.octets(TIME), d.double_long_unsigned(7), d.unsigned(1)),
        d.structure(d.octets(TIME), d.null(), d.null()),
    ]
    octets = d.encode(d.array(rows))
    assert completed(octets, 3, piece, period_s=1800) == [
        (time_at, 5, None),
        (next_at, 5, None),
        (TIME, 7, 1),
        (TIME, 7, 1),
    ]


@pytest.mark.parametrize(("tag", "by"), DELTAS)
def test_differences_of_every_type_add_up(tag: DataType, by: int) -> None:
    rows = [d.structure(d.long64(10**10)), *[d.structure(delta(tag, by))] * 3, d.structure(d.null())]
    octets = d.encode(d.array(rows))
    expected = [10**10 + by * count for count in (0, 1, 2, 3, 3)]
    assert completed(octets, 1, 7, clock_column=None) == [(value,) for value in expected]
    description = TypeDescription(DataType.STRUCTURE, (TypeDescription(tag),))
    compact = CompactArray(description, (d.structure(delta(tag, by)),) * 4)
    octets = d.encode(Data(DataType.COMPACT_ARRAY, compact))
    assert completed(octets, 1, 3, clock_column=None) == [(by * count,) for count in (1, 2, 3, 4)]


def test_whole_rows_between_count_as_the_row_before() -> None:
    whole = [d.structure(d.octets(TIME), d.double_long_unsigned(n)) for n in range(100)]
    last = d.structure(d.octets(TIME), delta(DataType.DELTA_UNSIGNED, 1))
    rows = completed(d.encode(d.array([*whole, last, last])), 2, 64)
    assert rows[-3:] == [(TIME, 99), (TIME, 100), (TIME, 101)]


@pytest.mark.parametrize(
    ("rows", "code"),
    [
        ([d.structure(d.octets(TIME), d.null()), d.structure(d.null(), d.null())], "cosem-row-time"),
        ([d.structure(d.octets(TIME), d.null()), d.structure(d.octets(TIME), delta(*DELTAS[0]))], "cosem-delta"),
        ([d.structure(d.octets(TIME), d.octets(b"x")), d.structure(d.null(), delta(*DELTAS[0]))], "cosem-delta"),
        (
            [
                d.structure(d.octets(TIME), d.long64_unsigned(2**64 - 1)),
                d.structure(d.octets(TIME), delta(*DELTAS[3])),
            ],
            "cosem-delta",
        ),
    ],
)
def test_what_the_row_before_cannot_tell_is_an_error(rows: list[Data], code: str) -> None:
    with pytest.raises(MalformedValue) as refused:
        completed(d.encode(d.array(rows)), 2)
    assert refused.value.code in (code, "cosem-row-time")


def test_a_time_that_is_not_fully_given_has_no_successor() -> None:
    for octets in (b"\xff" * 12, TIME[:2] + b"\x0d\x01" + TIME[4:], bytes.fromhex("270f0c1f05173b0000000000")):
        rows = d.array([d.structure(d.octets(octets)), d.structure(d.null())])
        with pytest.raises(MalformedValue) as refused:
            completed(d.encode(rows), 1, period_s=1800)
        assert refused.value.code == "cosem-row-time"


def nested(levels: int, count: int) -> bytes:
    return b"\x01" + count.to_bytes(2, "big") + nested(levels - 1, count) if levels else b"\x00"


@pytest.mark.parametrize(
    "octets",
    [
        b"\x13\x02\x02\x11" + nested(2, 0xFFFF) + b"\x01\x07",  # 2^32 null-data for one octet
        b"\x13\x02\x02\x11" + nested(3, 0xFF) + b"\x01\x07",
        b"\x13\x00\x01\x07",
        b"\x13\x02\x00\x81\xff" + bytes(255),
        b"\x13\x02\x01\x11\x84\xff\xff\xff\xff",
        b"\x13\x02\x01\x13",
        b"\x13" + b"\x02\x01" * 40 + b"\x11\x01\x01",
        b"\x13\x02\x84\x7f\xff\xff\xff" + bytes(20_000),
        b"\x13\x02\x01\x09\x84\x00\x01\x00\x00\x83\x00\xff\xff" + bytes(40_000),
    ],
)
@pytest.mark.parametrize("piece", [1, 100_000])
def test_a_compact_array_without_bound_is_refused_at_once(octets: bytes, piece: int) -> None:
    with calls_at_most(2_000_000), pytest.raises(MalformedValue):
        completed(octets, 1, piece, clock_column=None)


def test_the_bounds_of_a_compact_array_can_be_set() -> None:
    description = TypeDescription(DataType.STRUCTURE, (TypeDescription(DataType.UNSIGNED),))
    octets = d.encode(Data(DataType.COMPACT_ARRAY, CompactArray(description, (d.structure(d.unsigned(1)),) * 100)))
    assert len(decoded(octets, 1, 9)) == 100
    for limits, error in ((Limits(elements=199), MalformedValue), (Limits(octets=99), LengthLies)):
        with pytest.raises(error):
            ProfileDecoder(1, limits=limits).feed(octets)
    assert len(ProfileDecoder(1, limits=Limits(elements=200, octets=100)).feed(octets)) == 100


@given(st.binary(max_size=200), st.integers(1, 60), st.integers(0, 4))
@settings(max_examples=500, deadline=None)
def test_hostile_octets_in_a_compressed_buffer(octets: bytes, piece: int, columns: int) -> None:
    for head in (b"\x13", b"\x13\x02\x03\x09\x20\x1f\x40", b"\x01\x30\x02\x03\x00\x20\x00\x01\x1f\x01"):
        with contextlib.suppress(ProtocolError):
            completed(head + octets, columns, piece, period_s=1800)
