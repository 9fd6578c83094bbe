"""A meter whose profile never ends: it is told, not read for ever, and what was kept of it goes on being good."""

from __future__ import annotations

import random
import tracemalloc
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime, timedelta

import pytest

from hht.client.api import NOBODY, Listeners
from hht.client.meter_objects import MeterObjects
from hht.client.profile_reader import read_profile
from hht.client.row_bounds import MOST_ROWS, MOST_TURNS, SPARE_ROWS, RowBounds, expected_rows
from hht.protocol.cosem.data import Data, double_long_unsigned
from hht.protocol.cosem.datetime import encode_datetime
from hht.protocol.cosem.descriptors import CosemAttribute
from hht.protocol.cosem.errors import MalformedValue
from hht.protocol.cosem.lengths import encode_length
from hht.protocol.cosem.obis import Obis
from hht.protocol.cosem.profile import Selection
from hht.readings import ProfileRow
from tests.client.test_odd_answers import CLOCK, OddSession

START = datetime(2026, 1, 1, tzinfo=UTC)
HALF_HOUR = timedelta(minutes=30)
NAME = Obis.parse("0-0:99.1.0")
BLOCK = 100  # rows
Times = Callable[[], Iterator[datetime]]


def rising() -> Iterator[datetime]:
    at = START - timedelta(days=7300)
    while True:
        yield at
        at += HALF_HOUR


def repeated() -> Iterator[datetime]:
    while True:
        yield START


def to_and_fro() -> Iterator[datetime]:
    while True:
        yield START
        yield START + HALF_HOUR


class Endless(OddSession):
    """The emulated meter, but for its profile: rows of `times` in blocks, for ever; it announces `total` of them."""

    def __init__(self, times: Times, total: int, entries: int | None = None, columns: int = 2) -> None:
        super().__init__(-1, random.Random(1))
        self.times, self.total, self.entries, self.columns = times, total, entries, columns
        self.blocks = 0

    async def get(self, attribute: CosemAttribute, selection: Selection | None = None) -> Data:
        if self.entries is not None and (attribute.class_id, attribute.attribute) in ((7, 7), (7, 8)):
            return double_long_unsigned(self.entries)
        return await super().get(attribute, selection)

    async def stream(
        self,
        attribute: CosemAttribute,
        take: Callable[[bytes], None],
        selection: Selection | None = None,
        _ahead: object = None,
    ) -> None:
        take(b"\x01" + encode_length(self.total))
        times = self.times()
        cells = b"".join(b"\x06" + number.to_bytes(4, "big") for number in range(1, self.columns))
        while True:
            self.blocks += 1
            rows = (encode_datetime(next(times)) for _row in range(BLOCK))
            take(b"".join(bytes((2, self.columns, 9, 12)) + time + cells for time in rows))


async def columns_of(session: OddSession) -> int:
    return len((await session.get(CosemAttribute(7, NAME, 3))).as_items())


async def read(session: Endless, start: datetime | None = None, end: datetime | None = None) -> MalformedValue:
    """The error that ends it."""
    await session.open()
    session.columns = await columns_of(session)
    with pytest.raises(MalformedValue) as stopped:
        await read_profile(MeterObjects(session, CLOCK), start, end, NOBODY)  # type: ignore[arg-type]
    assert stopped.value.code == "profile-endless"
    assert str(NAME) in stopped.value.message
    assert "--from" in stopped.value.remedy
    return stopped.value


async def test_more_rows_are_announced_than_any_profile_holds() -> None:
    session = Endless(rising, 100_000_000)
    assert "100000000" in (await read(session)).message
    assert session.blocks == 0, "nothing is read of it"


async def test_more_rows_are_announced_than_the_meter_says_it_can_hold() -> None:
    session = Endless(rising, 20_000, entries=500)
    assert "can hold 500" in (await read(session)).message
    assert session.blocks == 0


async def test_more_rows_than_the_time_that_was_asked_for_has() -> None:
    session = Endless(lambda: (START + n * timedelta(milliseconds=10) for n in range(10**9)), 500_000)
    message = (await read(session, START, START + timedelta(days=1))).message
    assert "a time that has 49" in message
    assert session.blocks * BLOCK <= 2 * 49 + SPARE_ROWS + BLOCK


@pytest.mark.parametrize("times", [repeated, to_and_fro])
async def test_rows_that_do_not_come_on_in_time(times: Times) -> None:
    session = Endless(times, 500_000, entries=500_000)
    assert "to and fro" in (await read(session)).message
    assert session.blocks * BLOCK <= MOST_TURNS + 2 * BLOCK


def blocks(count: int) -> list[list[datetime]]:
    times = rising()
    return [[next(times) for _row in range(1000)] for _block in range(count)]


def test_no_profile_has_more_rows_than_any() -> None:
    bounds = RowBounds(NAME)
    with pytest.raises(MalformedValue):
        bounds.check_total(MOST_ROWS + 1)
    bounds.check_total(MOST_ROWS)
    bounds.check_total(None)
    whole = blocks(MOST_ROWS // 1000)
    for times in whole:
        bounds.check(times, len(times))
    with pytest.raises(MalformedValue):
        bounds.check(whole[-1][-1:], 1)


@pytest.mark.parametrize("newest_first", [False, True])
def test_sound_profiles_pass(newest_first: bool) -> None:
    bounds = RowBounds(NAME, entries=20_000, expected=20_000)
    times = [START + n * HALF_HOUR for n in range(20_000)]
    times[10_000:] = [time - timedelta(hours=3) for time in times[10_000:]]  # the clock was set back
    if newest_first:
        times.reverse()
    for at in range(0, len(times), 7):
        bounds.check(times[at : at + 7], len(times[at : at + 7]))


@pytest.mark.parametrize(("period", "rows"), [(1800, 49), (None, None), (0, None), (86_400, 2)])
def test_how_many_rows_a_time_has(period: int | None, rows: int | None) -> None:
    assert expected_rows(START, START + timedelta(days=1), period) == rows


async def test_what_came_before_is_handed_over_once_and_memory_does_not_grow_further() -> None:
    session = Endless(repeated, 500_000, entries=500_000)
    await session.open()
    session.columns = await columns_of(session)
    heard: list[ProfileRow] = []

    def on_rows(rows: Sequence[ProfileRow]) -> None:
        heard.extend(rows)

    tracemalloc.start()
    try:
        with pytest.raises(MalformedValue):
            await read_profile(MeterObjects(session, CLOCK), None, None, Listeners(on_rows))  # type: ignore[arg-type]
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert len(heard) == (session.blocks - 1) * BLOCK, "the block that was too many is not handed over"
    assert peak < 10_000_000
