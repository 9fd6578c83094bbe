"""Times and load profiles of plain-text meters."""

from __future__ import annotations

import contextlib
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hht.protocol.frames import FrameError
from hht.protocol.iec62056_21.data_sets import DataSetReader, parse_line
from hht.protocol.iec62056_21.times import meter_time, parse_time, profile_rows

NOON = datetime(2026, 11, 21, 12, 0)


@pytest.mark.parametrize(
    ("text", "time"),
    [
        ("2611211200", NOON),
        ("261121120000", NOON),
        ("02611211200", NOON),
        ("1261121120000", NOON),
        ("2261121120000", NOON.replace(tzinfo=UTC)),
        ("2991231235959", datetime(2099, 12, 31, 23, 59, 59, tzinfo=UTC)),  # not 1999
        ("0700101000000", datetime(2070, 1, 1)),
        ("20261121120000", NOON),
        ("220261121120000", NOON.replace(tzinfo=UTC)),
        ("219991231235959", datetime(1999, 12, 31, 23, 59, 59, tzinfo=UTC)),  # the meter says so itself
        ("20261321120000", None),
        ("2026112112000", None),  # 13 digits: season, and a month 11 in 02, day 61
        ("3261121120000", None),
        ("2261321120000", None),
        ("", None),
        ("26-11-21 12", None),
        ("２６１１２１１２００", None),
    ],
)
def test_times(text: str, time: datetime | None) -> None:
    found = parse_time(text)
    assert found == time
    assert time is None or (found is not None and found.tzinfo == time.tzinfo)


@pytest.mark.parametrize(
    ("readout", "time"),
    [
        (b"0.9.1(2120000)0.9.2(2261121)", NOON.replace(tzinfo=UTC)),
        (b"0.9.1(120000)0.9.2(261121)", NOON),
        (b"0.9.1(12:00:00)0.9.2(26-11-21)", NOON),
        (b"0-0:1.0.0(2261121120000)", NOON.replace(tzinfo=UTC)),
        (b"0.9.4(2611211200)", NOON),
        (b"0.9.1(12:00:00)0.9.2(2026-11-21)", NOON),
        (b"0.9.1(2120000)0.9.2(220261121)", NOON.replace(tzinfo=UTC)),
        (b"0.9.1(120000)0.9.2(991231)", datetime(2099, 12, 31, 12)),
        (b"0.9.1(120000)0.9.2(2261121)", None),
        (b"0.9.1(1120000)0.9.2(0261121)", None),  # two seasons
        (b"0.9.1(120000)", None),
        (b"0.9.1(noon)0.9.2(today)", None),
        (b"1.8.0(1)", None),
    ],
)
def test_the_clock_in_a_readout(readout: bytes, time: datetime | None) -> None:
    found = meter_time(parse_line(readout))
    assert found == time
    assert time is None or (found is not None and found.tzinfo == time.tzinfo)


HEADER = b"P.01(2261121120000)(00000000)(30)(2)(1.5.0)(kW)(S1)()\r\n"


def test_rows_of_a_profile() -> None:
    text = HEADER + b"(1.5)(7)\r\n(1.6)(8)\r\nP.01(0261121150000)(00000080)(15)(1)(1.5.0)(kW)\r\n(2.0)\r\n"
    rows = profile_rows(DataSetReader().feed(text))
    assert [(row.time.isoformat(), row.status) for row in rows] == [
        ("2026-11-21T12:00:00+00:00", "00000000"),
        ("2026-11-21T12:30:00+00:00", "00000000"),
        ("2026-11-21T15:00:00", "00000080"),  # standard time, of a zone that nobody states
    ]
    assert {name: str(value) for name, value in rows[0].values.items()} == {"1-0:1.5.0": "1.5*kW", "S1": "7"}


def test_a_profile_without_rows() -> None:
    assert profile_rows(DataSetReader().feed(b"P.01()\r\n")) == []


@pytest.mark.parametrize(
    "text",
    [
        b"(1.5)(7)\r\n",
        HEADER + b"(1.5)\r\n",
        HEADER + b"(1.5)(7)(8)\r\n",
        b"P.01(yesterday)(0)(30)(1)(1.5.0)(kW)\r\n",
        b"P.01(2261121120000)(0)(0)(1)(1.5.0)(kW)\r\n",
        b"P.01(2261121120000)(0)(30)(2)(1.5.0)(kW)\r\n",
        b"P.01(2261121120000)(0)(30)(99999)(1.5.0)(kW)\r\n",
        b"P.01(2261121120000)(0)(30)(2)(1.5.0)(kW)(1-0:1.5.0)(kW)\r\n",
        b"P.01(2261121120000)\r\n",
        b"P.01()\r\n(1)\r\n",
    ],
)
def test_what_is_no_profile(text: bytes) -> None:
    lines = DataSetReader().feed(text)
    with pytest.raises(FrameError) as caught:
        profile_rows(lines)
    assert caught.value.code == "iec-profile"
    assert caught.value.remedy


@given(st.lists(st.text("P.01()23456789*kWh\r\n", max_size=40), max_size=8))
def test_any_text_is_a_profile_or_a_clear_error(pieces: list[str]) -> None:
    reader = DataSetReader()
    with contextlib.suppress(FrameError):
        profile_rows(line for piece in pieces for line in reader.feed(piece.encode()))
