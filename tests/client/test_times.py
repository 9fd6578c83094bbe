"""Many times at once are read as one by one; what no clock shows is told either way."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hht.client.api import MeterError
from hht.client.values import clock_status, time_of, times_of
from hht.errors import HhtError
from hht.protocol.cosem.datetime import encode_datetime

STATUS = st.integers(0, 255)
TIMES = st.builds(
    lambda time, status: encode_datetime(time, status=status),
    st.datetimes(datetime(1970, 1, 1), datetime(2099, 12, 31), timezones=st.just(UTC)),
    STATUS,
)
OCTETS = st.one_of(TIMES, TIMES.map(lambda t: t[:9] + b"\x80\x00" + t[11:]), st.binary(min_size=12, max_size=12))


def one_by_one(cells: list[object]) -> object:
    try:
        pairs = [time_of(cell, "profile") for cell in cells]
    except HhtError as error:
        return error.code
    return [time for time, _status in pairs], [clock_status(status).value for _time, status in pairs]


def at_once(cells: list[object]) -> object:
    try:
        return times_of(cells, "profile")
    except HhtError as error:
        return error.code


@given(st.lists(st.one_of(OCTETS, st.none(), st.binary(max_size=14)), max_size=6))
def test_any_cells_are_read_alike(cells: list[object]) -> None:
    assert at_once(cells) == one_by_one(cells)


@given(st.lists(TIMES, min_size=1, max_size=50))
def test_the_quick_way_is_the_same_way(cells: list[object]) -> None:
    assert at_once(cells) == one_by_one(cells)


def test_a_deviation_is_never_taken_for_utc() -> None:
    summer = encode_datetime(datetime(2026, 6, 1, 12, tzinfo=UTC))
    summer = summer[:9] + (-60).to_bytes(2, "big", signed=True) + summer[11:]
    winter = encode_datetime(datetime(2026, 1, 1, 12, tzinfo=UTC))
    times, _statuses = times_of([summer, winter], "profile")
    assert times == [datetime(2026, 6, 1, 11, tzinfo=UTC), datetime(2026, 1, 1, 12, tzinfo=UTC)]
    with pytest.raises(MeterError):
        times_of([None], "profile")
