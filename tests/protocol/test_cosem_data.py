"""Values, names and times: round trips, limits, and hostile octets."""

from __future__ import annotations

import contextlib
import tracemalloc
from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hht.protocol.cosem import data as d
from hht.protocol.cosem.codes import ActionResult, DataAccessResult
from hht.protocol.cosem.data import CompactArray, Data, DataType, TypeDescription
from hht.protocol.cosem.datetime import NEVER, NOW, ClockStatus, decode_datetime, encode_datetime
from hht.protocol.cosem.errors import (
    CosemRefusal,
    DataAccessError,
    LengthLies,
    MalformedValue,
    MethodError,
    NestingTooDeep,
    TrailingOctets,
    Truncated,
    UnexpectedType,
    ValueOutOfRange,
)
from hht.protocol.cosem.obis import Obis
from hht.protocol.frames import ProtocolError
from tests.support.calls import calls_at_most

BITS = {
    DataType.INTEGER: (8, True), DataType.LONG: (16, True), DataType.DOUBLE_LONG: (32, True),
    DataType.LONG64: (64, True), DataType.UNSIGNED: (8, False), DataType.LONG_UNSIGNED: (16, False),
    DataType.DOUBLE_LONG_UNSIGNED: (32, False), DataType.LONG64_UNSIGNED: (64, False),
    DataType.ENUM: (8, False), DataType.BCD: (8, True),
    DataType.DELTA_INTEGER: (8, True), DataType.DELTA_LONG: (16, True), DataType.DELTA_DOUBLE_LONG: (32, True),
    DataType.DELTA_UNSIGNED: (8, False), DataType.DELTA_LONG_UNSIGNED: (16, False),
    DataType.DELTA_DOUBLE_LONG_UNSIGNED: (32, False),
}  # fmt: skip


def integers_of(tag: DataType) -> st.SearchStrategy[Data]:
    bits, signed = BITS[tag]
    low, high = (-(1 << bits - 1), (1 << bits - 1) - 1) if signed else (0, (1 << bits) - 1)
    return st.integers(low, high).map(lambda value: Data(tag, value))


latin = st.text(st.characters(max_codepoint=255), max_size=200)
scalars: st.SearchStrategy[Data] = st.one_of(
    st.just(d.null()),
    st.booleans().map(d.boolean),
    st.sampled_from(sorted(BITS)).flatmap(integers_of),
    st.binary(max_size=300).map(d.octets),
    latin.map(d.visible),
    st.text(max_size=100).map(d.utf8),
    st.text("01", max_size=70).map(d.bit_string),
    st.floats(width=32, allow_nan=False).map(d.float32),
    st.floats(allow_nan=False).map(d.float64),
    st.binary(min_size=12, max_size=12).map(d.date_time),
    st.binary(min_size=5, max_size=5).map(d.date),
    st.binary(min_size=4, max_size=4).map(d.time),
    st.just(Data(DataType.DONT_CARE)),
)
compact_numbers = st.lists(st.integers(0, 65535), max_size=20).map(
    lambda numbers: Data(
        DataType.COMPACT_ARRAY,
        CompactArray(
            TypeDescription(
                DataType.STRUCTURE,
                (
                    TypeDescription(DataType.LONG_UNSIGNED),
                    TypeDescription(DataType.ARRAY, element=TypeDescription(DataType.NULL), count=2),
                ),
            ),
            tuple(d.structure(d.long_unsigned(number), d.array([d.null(), d.null()])) for number in numbers),
        ),
    )
)
values = st.recursive(
    st.one_of(scalars, compact_numbers),
    lambda inner: st.one_of(
        st.lists(inner, max_size=5).map(d.array), st.lists(inner, max_size=5).map(lambda items: d.structure(*items))
    ),
    max_leaves=20,
)


@given(values)
@settings(max_examples=200, deadline=None)
def test_values_come_back_as_they_went(value: Data) -> None:
    octets = d.encode(value)
    assert d.decode(octets) == value
    assert d.decode_at(b"\xaa\xbb" + octets + b"\xcc", 2) == (value, 2 + len(octets))


@given(values, st.data())
@settings(max_examples=300, deadline=None)
def test_a_cut_value_is_a_clear_error(value: Data, data: st.DataObject) -> None:
    octets = d.encode(value)
    cut = data.draw(st.integers(0, len(octets) - 1))
    with pytest.raises(Truncated) as refused:
        d.decode(octets[:cut])
    assert refused.value.remedy
    with pytest.raises(TrailingOctets):
        d.decode(octets + b"\x00")


@given(st.binary(max_size=400))
@settings(max_examples=700, deadline=None)
def test_hostile_octets_are_a_value_or_a_protocol_error(octets: bytes) -> None:
    try:
        value = d.decode(octets)
    except ProtocolError:
        return
    said = d.encode(value)
    assert d.encode(d.decode(said)) == said


@pytest.mark.parametrize(("tag", "bits"), [(tag, bits) for tag, (bits, _signed) in BITS.items()])
def test_numbers_that_do_not_fit_are_refused_before_they_are_sent(tag: DataType, bits: int) -> None:
    for value in (1 << bits, -(1 << bits), 1.5, "1", None, b"1"):
        with pytest.raises(ValueOutOfRange):
            d.encode(Data(tag, value))


@pytest.mark.parametrize(
    "value",
    [
        Data(DataType.BOOLEAN, 1),
        Data(DataType.NULL, 0),
        Data(DataType.OCTET_STRING, "text"),
        Data(DataType.VISIBLE_STRING, b"x"),
        d.visible("€"),
        d.utf8("\ud800"),
        d.bit_string("012"),
        d.date_time(bytes(11)),
        d.date(bytes(4)),
        d.time(bytes(12)),
        d.float32(1e300),
        Data(DataType.ARRAY, 3),
        Data(DataType.COMPACT_ARRAY, ()),
        Data(DataType.COMPACT_ARRAY, CompactArray(TypeDescription(DataType.UNSIGNED), (d.null(),))),
    ],
)
def test_values_that_do_not_fit_their_type(value: Data) -> None:
    with pytest.raises(ValueOutOfRange) as refused:
        d.encode(value)
    assert refused.value.code == "cosem-value"


@pytest.mark.parametrize(
    ("octets", "error"),
    [
        ("", Truncated),
        ("07", MalformedValue),  # no type
        ("0984ffffffff", LengthLies),
        ("0985ffffffffff", MalformedValue),
        ("0980", MalformedValue),
        ("0184ffffffff00", LengthLies),
        ("02ff", MalformedValue),
        ("0c01ff", MalformedValue),  # no UTF-8
        ("04ff", MalformedValue),
        ("1100ff", TrailingOctets),
        ("0164" + "00" * 99, LengthLies),
        ("0101" * 17 + "00", NestingTooDeep),
        ("0101" * 100000, NestingTooDeep),
        ("0201" * 17 + "00", NestingTooDeep),
        ("13" + "0201" * 30 + "1100", NestingTooDeep),
        ("13000105", MalformedValue),  # contents of nothing
        ("13020001ff", MalformedValue),
        ("1313000100", MalformedValue),
        ("1301ffff0001ff", MalformedValue),  # contents of nothing, 65,535 times
        ("130202" + "01ffff00" + "11" + "0105", MalformedValue),  # 65,535 nulls for one octet
        ("130201" + "01ffff01ffff01ffff00" + "0101", MalformedValue),
        ("1302" + "03" + "000011" + "831cfde0" + "00" * 1_900_000, MalformedValue),  # more than anybody needs
    ],
)
def test_octets_that_lie(octets: str, error: type[Exception]) -> None:
    with pytest.raises(error):
        d.decode(bytes.fromhex(octets))


def test_sixteen_levels_are_enough_and_allowed() -> None:
    value = d.unsigned(1)
    for _level in range(d.MAX_DEPTH):
        value = d.structure(value)
    assert d.decode(d.encode(value)) == value
    with pytest.raises(NestingTooDeep):
        d.decode(d.encode(d.structure(value)))


@pytest.mark.parametrize(
    "octets",
    [
        b"\x01\x82\x40\x00" + bytes(0x4000),  # an array of nulls
        b"\x01\x82\x20\x00" + b"\x02\x00" * 0x2000,  # of empty structures
        b"\x13\x02\x02\x01\x00\x08\x00\x11\x82\x40\x00" + bytes(0x4000),  # 8 nulls to an octet
        b"\x13\x02\x02\x01\x00\x09\x00\x11\x82\x40\x00" + bytes(0x4000),  # 9: too many
        b"\x13\x02\x01\x02\x01\x02\x01\x11\x82\x40\x00" + bytes(0x4000),  # structures around each octet
    ],
)
def test_expansion_is_bounded(octets: bytes) -> None:
    tracemalloc.start()
    with calls_at_most(1_000_000), contextlib.suppress(MalformedValue):  # of 32 KiB
        d.decode(octets)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 16_000_000


def test_accessors_say_what_they_found() -> None:
    assert d.enumerated(5).as_int() == 5
    assert d.octets(b"ab").as_bytes() == b"ab"
    assert d.structure(d.null(), d.unsigned(1)).as_items(2)[1] == d.unsigned(1)
    for bad in (
        lambda: d.octets(b"").as_int(),
        lambda: d.boolean(True).as_int(),
        lambda: d.unsigned(1).as_bytes(),
        lambda: d.structure().as_items(1),
        lambda: d.null().as_items(),
    ):
        with pytest.raises(UnexpectedType) as refused:
            bad()
        assert refused.value.details["found"]


# --- OBIS


@given(st.tuples(*[st.integers(0, 255)] * 6))
def test_obis_spellings(groups: tuple[int, ...]) -> None:
    obis = Obis(*groups)
    assert Obis.parse(str(obis)) == Obis.parse(obis.full) == Obis.from_bytes(bytes(obis)) == obis
    assert Obis.parse(".".join(map(str, groups))) == obis


def test_obis_short_form() -> None:
    assert str(Obis.parse("1-0:1.8.0.255")) == "1-0:1.8.0"
    assert str(Obis.parse("0-0:94.44.34.11")) == "0-0:94.44.34.11"
    assert Obis.parse("1-0:1.8.0*255") == Obis.parse(" 1-0:1.8.0 ") == Obis.parse("1.0.1.8.0.255")


@pytest.mark.parametrize(
    "text", ["", "1-0:1.8", "1-0:1.8.0.256", "1-0:1.8.0.1.2", "a-b:c.d.e", "1-0:1.8.0.255x", "１-0:1.8.0"]
)
def test_what_is_no_obis(text: str) -> None:
    with pytest.raises(ValueOutOfRange) as refused:
        Obis.parse(text)
    assert refused.value.code == "obis"
    assert refused.value.remedy


def test_obis_of_other_lengths() -> None:
    for octets in (b"", bytes(5), bytes(7)):
        with pytest.raises(ValueOutOfRange):
            Obis.from_bytes(octets)


# --- times


@given(st.datetimes(datetime(1970, 1, 1), datetime(2100, 1, 1)), st.integers(0, 0xFE))
def test_times_come_back_to_the_hundredth(moment: datetime, status: int) -> None:
    moment = moment.replace(microsecond=moment.microsecond // 10_000 * 10_000, tzinfo=UTC)
    for deviation in (0, None):
        seen = decode_datetime(encode_datetime(moment, status=status, deviation=deviation))
        assert (seen.time, seen.status) == (moment, status)


def test_times_of_other_zones() -> None:
    summer = timezone(timedelta(hours=1))
    assert (
        encode_datetime(datetime(2026, 7, 1, 0, 30, tzinfo=summer))[:8]
        == encode_datetime(datetime(2026, 6, 30, 23, 30, tzinfo=UTC))[:8]
    )
    berlin = decode_datetime(bytes.fromhex("07e50603040e091700ffc400"))
    assert berlin.time == datetime(2021, 6, 3, 13, 9, 23, tzinfo=UTC)
    assert decode_datetime(bytes.fromhex("07e50603040e091700800000")).time == datetime(
        2021, 6, 3, 14, 9, 23, tzinfo=UTC
    )
    assert (
        decode_datetime(bytes.fromhex("07e50603040e091700800003")).flags == ClockStatus.INVALID | ClockStatus.DOUBTFUL
    )
    assert decode_datetime(bytes.fromhex("07e50603040e0917008000ff")).flags == ClockStatus(0)


def test_times_that_are_none() -> None:
    for octets in (NOW, NEVER, bytes.fromhex("ffff0603040e091700800000"), bytes.fromhex("07e5fefd040e091700800000")):
        assert decode_datetime(octets).time is None
    for hexed in (
        "07e5021f040e091700000000",
        "07e50603ff18091700000000",
        "07e50603ff0e093c00000000",
        "07e50603ff0e09170003e900",
    ):
        with pytest.raises(MalformedValue) as refused:
            decode_datetime(bytes.fromhex(hexed))
        assert refused.value.code == "cosem-date-time"
    with pytest.raises(MalformedValue):
        decode_datetime(bytes(11))
    with pytest.raises(ValueError, match="aware"):
        encode_datetime(datetime(2026, 1, 1))


@given(st.binary(min_size=12, max_size=12))
@settings(max_examples=400)
def test_any_twelve_octets(octets: bytes) -> None:
    with contextlib.suppress(MalformedValue):
        decode_datetime(octets)


@pytest.mark.parametrize("error", [*map(DataAccessError, DataAccessResult), *map(MethodError, ActionResult)], ids=repr)
def test_every_refusal_says_what_and_what_next(error: CosemRefusal) -> None:
    assert error.message.endswith(".")
    assert error.remedy.endswith(".")
    assert error.message != "Done."


@pytest.mark.parametrize(
    ("description", "sound"),
    [
        ("03", True),
        ("020103", True),
        ("0205 0300000000", True),
        ("0201020103", False),
        ("0209 03 0000000000000000", False),
    ],
)
def test_an_octet_of_a_compact_array_becomes_two_values_and_four_nulls_at_most(description: str, sound: bool) -> None:
    octets = b"\x13" + bytes.fromhex(description) + b"\x82\x40\x00" + b"\x01" * 0x4000
    if sound:
        assert len(d.decode(octets).as_items()) == 0x4000
    else:
        with pytest.raises(MalformedValue) as told:
            d.decode(octets)
        assert told.value.code == "cosem-compact-bound"
