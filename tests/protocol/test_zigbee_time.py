"""A hub's time over the HAN: what it says, what it does not know, what cannot be read."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hht.protocol.zigbee.time import HubTime, answer_time, read_time, time_read
from hht.protocol.zigbee.zcl import ZclError, ZclFrame

NOON = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)


def test_the_request_is_read_attributes_of_time_and_status() -> None:
    assert read_time(7) == bytes.fromhex("00 07 00 0000 0100")


@pytest.mark.parametrize(
    ("time", "octets"), [(NOON, "000000E2 40383831 010000 1801"), (None, "000000E2 FFFFFFFF 010000 1800")]
)
def test_a_hub_says_its_time_or_that_it_was_never_told(time: datetime | None, octets: str) -> None:
    answer = answer_time(ZclFrame.decode(read_time(7)), time)
    assert answer.encode() == bytes.fromhex("18 07 01" + octets)
    assert time_read(ZclFrame.decode(answer.encode())) == HubTime(time, reliable=time is not None)


@pytest.mark.parametrize(
    ("octets", "found"),
    [
        ("000000E2 40383831", HubTime(NOON, False)),  # no status: nobody vouches for it
        ("000000E2 40383831 010000 1800", HubTime(NOON, False)),
        ("000000E2 40383831 010000 1802", HubTime(NOON, True)),
        ("000000E2 40383831 010086", HubTime(NOON, False)),
    ],
)
def test_only_a_master_or_who_is_synchronised_is_reliable(octets: str, found: HubTime) -> None:
    assert time_read(ZclFrame(0, 1, 1, bytes.fromhex(octets))) == found


@pytest.mark.parametrize(
    "octets", ["", "0000", "000086", "000000E2 C0BB37", "00000023 40383831", "000000E2 40383831 02", "020000 1801"]
)
def test_what_is_no_time_is_refused(octets: str) -> None:
    with pytest.raises(ZclError):
        time_read(ZclFrame(0, 1, 1, bytes.fromhex(octets)))


@given(st.binary(max_size=24))
def test_whatever_comes_is_a_time_or_refused(octets: bytes) -> None:
    try:
        found = time_read(ZclFrame(0, 1, 1, octets))
    except ZclError:
        return
    assert found.time is not None or not found.reliable
