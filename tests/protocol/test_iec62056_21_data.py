"""Data sets and messages of plain-text meters: what they mean, what is refused, whatever the bytes are."""

from __future__ import annotations

import contextlib
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hht.protocol.frames import FrameError
from hht.protocol.iec62056_21.characters import even_parity
from hht.protocol.iec62056_21.data_sets import DataSet, DataSetReader, Value, encode_lines, parse_line, resolve
from hht.protocol.iec62056_21.messages import (
    Control,
    Damage,
    Message,
    MessageReader,
    command,
    data_message,
    message_error,
)
from hht.protocol.iec62056_21.programming import Password, password_command, refusal

READOUT = (
    b"F.F(00000000)\r\nC.1.0(12345678)\r\n0.9.1(2101500)\r\n1.8.0(001234.567*kWh)\r\n1.8.1*01(000100.1*kWh)\r\n"
    b"1.6.0(0012.3*kW)(2611201730)\r\n1.6.0&02(0011.0*kW)(2610201730)\r\n!\r\n"
)


@pytest.mark.parametrize(
    ("address", "obis"),
    [
        ("1.8.0", "1-0:1.8.0"),
        ("1-0:1.8.0", "1-0:1.8.0"),
        ("1-0:1.8.0*255", "1-0:1.8.0"),
        ("1-1:2.8.1", "1-1:2.8.1"),
        ("1.8", "1-0:1.8.0"),
        ("1.8.1*01", "1-0:1.8.1.1"),
        ("1.8.1&12", "1-0:1.8.1.12"),
        ("1-0:1.8.1.12", "1-0:1.8.1.12"),
        ("F.F", "0-0:97.97.0"),
        ("C.1.0", "0-0:96.1.0"),
        ("C.128.0", "0-0:96.128.0"),
        ("0.9.1", "1-0:0.9.1"),
        ("0.0.0", "1-0:0.0.0"),
        ("P.01", "1-0:99.1.0"),
        ("P.98", "1-0:99.98.0"),
        ("0-0:94.44.34.11", "0-0:94.44.34.11"),
        ("7-0:3.0.0", "7-0:3.0.0"),
        ("", None),
        ("S96", None),
        ("1.8.0.0.0", None),
        ("256.8.0", None),
        ("1.8.0*999", None),
        ("１.8.0", None),
    ],
)
def test_addresses(address: str, obis: str | None) -> None:
    found = resolve(address)
    assert (str(found) if found else None) == obis


def test_a_readout() -> None:
    lines = DataSetReader().feed(READOUT)
    sets = [entry for line in lines for entry in line]
    assert [entry.address for entry in sets] == [
        "F.F", "C.1.0", "0.9.1", "1.8.0", "1.8.1*01", "1.6.0", "1.6.0&02",
    ]  # fmt: skip
    assert [entry.marker for entry in sets] == ["", "", "", "", "*", "", "&"]
    registers = [(str(r[0]), r[1], r[2]) for entry in sets if (r := entry.register)]
    assert registers == [
        ("1-0:1.8.0", Decimal("1234.567"), "kWh"),
        ("1-0:1.8.1.1", Decimal("100.1"), "kWh"),
        ("1-0:1.6.0", Decimal("12.3"), "kW"),
        ("1-0:1.6.0.2", Decimal("11.0"), "kW"),
    ]
    assert sets[5].values == (Value("0012.3", "kW"), Value("2611201730"))


@pytest.mark.parametrize("step", [1, 2, 7, 31])
def test_a_readout_in_pieces(step: int) -> None:
    reader = DataSetReader()
    lines = [line for at in range(0, len(READOUT), step) for line in reader.feed(READOUT[at : at + step])]
    assert lines + reader.finish() == DataSetReader().feed(READOUT)


@pytest.mark.parametrize(
    ("text", "number", "unit"),
    [
        ("0012.50*kWh", Decimal("12.50"), "kWh"),
        ("-3", Decimal(-3), ""),
        ("+3.5*A", Decimal("3.5"), "A"),
        ("12,5*kWh", None, "kWh"),
        ("1e5", None, ""),
        ("NaN", None, ""),
        ("Infinity*kWh", None, "kWh"),
        ("--", None, ""),
        ("1_000", None, ""),
        ("", None, ""),
        ("12*34*kWh", None, "34*kWh"),
        ("9" * 33, None, ""),
    ],
)
def test_numbers_are_numbers_only_where_they_are(text: str, number: Decimal | None, unit: str) -> None:
    (entry,) = parse_line(f"1.8.0({text})".encode())
    assert (entry.values[0].number, entry.values[0].unit) == (number, unit)
    assert (entry.register is None) == (number is None)


@pytest.mark.parametrize("address", ["0.9.1", "C.1.0", "F.F", "P.01", "", "S96"])
def test_what_is_measured_nowhere_is_no_register(address: str) -> None:
    assert DataSet(address, (Value("1234"),)).register is None


@pytest.mark.parametrize(
    "line",
    [
        b"1.8.0(12",
        b"1.8.0)12(",
        b"1.8.0((12))",
        b"1.8.0(12)!x",
        b"1.8.0(\x00)",
        b"1.8.0(\xb1)",
        b"a\x7f(1)",
        b"(" * 9000,
    ],
)
def test_what_is_no_data_set(line: bytes) -> None:
    with pytest.raises(FrameError) as caught:
        DataSetReader().feed(line + b"\r\n")
    assert caught.value.code == "iec-data"
    assert caught.value.remedy


def test_a_line_without_end_and_lines_after_the_end() -> None:
    reader = DataSetReader()
    assert reader.feed(b"1" * 8000) == []
    with pytest.raises(FrameError, match="no data set"):
        reader.feed(b"1" * 200)
    after = DataSetReader()
    after.feed(b"1.8.0(1)\r\n!\r\n")
    with pytest.raises(FrameError, match="no data set"):
        after.feed(b"2.8.0(1)\r\n")


_printable = st.characters(min_codepoint=0x20, max_codepoint=0x7E, exclude_characters="()!")
_value = st.builds(
    Value, st.text(_printable, max_size=32).map(lambda t: t.replace("*", "")), st.text(_printable, max_size=16)
)
_set = st.builds(
    DataSet, st.text(_printable, min_size=1, max_size=16), st.lists(_value, min_size=1, max_size=5).map(tuple)
)
_lines = st.lists(st.lists(_set, min_size=1, max_size=3).map(tuple), max_size=8)


@given(_lines, st.integers(1, 40))
def test_lines_round_trip_in_any_pieces(lines: list[tuple[DataSet, ...]], step: int) -> None:
    wire = encode_lines(lines) + b"!\r\n"
    reader = DataSetReader()
    found = [line for at in range(0, len(wire), step) for line in reader.feed(wire[at : at + step])]
    assert found + reader.finish() == lines


@given(st.lists(st.binary(max_size=200), max_size=10))
def test_any_bytes_are_data_sets_or_a_clear_error(pieces: list[bytes]) -> None:
    reader = DataSetReader()
    with contextlib.suppress(FrameError):
        for piece in pieces:
            reader.feed(piece)
        reader.finish()


def test_what_cannot_be_sent() -> None:
    for entry in (DataSet("1.8.0", (Value("a(b"),)), DataSet("1.8.0", (Value("ä"),)), DataSet("1\n8", ())):
        with pytest.raises(FrameError):
            encode_lines([(entry,)])
    for bad in (lambda: command("X1"), lambda: command("R1", "\x03"), lambda: data_message(b"\x02")):
        with pytest.raises(FrameError):
            bad()


# ---------------------------------------------------------------------------------------------------- messages


def test_messages_byte_for_byte() -> None:
    assert command("B0") == bytes.fromhex("01 42 30 03 71")  # BCC 71: as every such meter has it
    assert command("P1", "(00000000)") == b"\x01P1\x02(00000000)\x03a"
    assert command("R1", "1.8.0()") == b"\x01R1\x021.8.0()\x03Z"
    assert data_message(b"(12)", more=True)[-2] == 0x04


@given(
    st.sampled_from(["", "R1", "R5", "W1", "P0", "E2"]),
    st.text(_printable, min_size=1, max_size=100),
    st.booleans(),
    st.booleans(),
    st.integers(1, 20),
)
def test_messages_round_trip(name: str, text: str, more: bool, parity: bool, step: int) -> None:
    wire = command(name, text, more=more) if name else data_message(text.encode(), more=more)
    wire = even_parity(wire) if parity else wire
    reader = MessageReader()
    events = [event for at in range(0, len(wire), step) for event in reader.feed(wire[at : at + step])]
    assert events == [Message(text.encode(), name, more)]
    assert not reader.in_message


WIRE = data_message(READOUT)


def test_a_readout_damaged_at_every_byte_is_never_taken_for_another() -> None:
    """One flipped bit anywhere, parity bits stripped: damage, silence, or a message that is the same."""
    for at in range(len(WIRE)):
        for bit in range(7):
            wire = WIRE[:at] + bytes([WIRE[at] ^ 1 << bit]) + WIRE[at + 1 :]
            for event in MessageReader().feed(wire):
                assert isinstance(event, Damage | Control)


def test_a_readout_cut_off_at_every_byte() -> None:
    for end in range(len(WIRE)):
        reader = MessageReader()
        assert reader.feed(WIRE[:end]) == []
        assert reader.in_message == (end > 0)
        assert reader.feed(WIRE[end:]) == [Message(READOUT)]


def test_two_readouts_and_noise_between() -> None:
    reader = MessageReader()
    assert reader.feed(b"\xff\x00" + WIRE + b"\x00\x7f\r\n" + WIRE) == [Message(READOUT)] * 2
    assert reader.noise == 6


@pytest.mark.parametrize(
    ("wire", "damage"),
    [
        (b"\x02" + b"1" * 200, Damage.ENDLESS),
        (b"\x02a\x00b\x03\x01", Damage.CHECK),
        (Message(b"a\x00b").wire, Damage.CHARACTER),
        (b"\x01XX\x02a\x03\x00", Damage.HEADER),
        (b"\x01R1R", Damage.HEADER),
    ],
)
def test_damage_has_a_name_and_a_sentence(wire: bytes, damage: Damage) -> None:
    events = MessageReader(longest=100).feed(wire)
    assert damage in events
    assert not any(isinstance(event, Message) for event in events)
    error = message_error(damage)
    assert error.code == damage.value
    assert error.remedy


def test_a_bare_readout_has_no_check_and_says_so() -> None:
    reader = MessageReader(bare=True)
    assert reader.feed(b"\r\n" + READOUT) == [Message(READOUT, checked=False)]
    assert reader.feed(WIRE) == [Message(READOUT)]
    assert reader.feed(b"noise" + WIRE) == [Message(READOUT)]
    assert MessageReader().feed(READOUT) == []


@given(st.lists(st.binary(max_size=300), max_size=20), st.booleans())
def test_the_reader_survives_anything_and_stays_small(pieces: list[bytes], bare: bool) -> None:
    reader = MessageReader(bare=bare, longest=1000)
    for piece in pieces:
        for event in reader.feed(piece):
            assert isinstance(event, Message | Control | Damage)
        assert reader.received <= 1000


# ------------------------------------------------------------------------------------------------- programming


def test_passwords_do_not_show() -> None:
    password = Password("Gurux")
    message = Message(b"(Gurux)", "P1")
    assert "Gurux" not in repr(password) + str(password) + repr(message)
    assert password_command(password) == b"\x01P1\x02(Gurux)\x03" + password_command(password)[-1:]
    for bad in ("a(b", "a/b", "x" * 33, "ä", "a\nb"):
        with pytest.raises(FrameError) as caught:
            Password(bad)
        assert bad not in str(caught.value)
        assert caught.value.code == "iec-password"


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (b"(ER06)", "ER06, usually: no right to read or write this"),
        (b"(ERROR01)", "ERROR01, usually: unknown command"),
        (b"(ER99)", "ER99"),
        (b"(ER)", "ER"),
        (b"(0012.3*kWh)", None),
        (b"1.8.0(ER06)", None),
        (b"(ERNIE)", None),
    ],
)
def test_refusals_in_words(answer: bytes, words: str | None) -> None:
    assert refusal([parse_line(answer)]) == words
