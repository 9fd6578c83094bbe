"""Only missing rows are asked for; what was read before an interruption stays; a meter that changed is read afresh."""

from __future__ import annotations

import itertools
import tracemalloc
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from hht.client.api import NOBODY, Listeners, MeterError, ProfileRow, Progress
from hht.clock import ManualClock
from hht.readings import Columns, profile_rows
from hht.store.profile_store import ProfileStore
from hht.store.store import Store
from hht.store.vault import KdfCost, PassPhrase
from hht.work.kept_profile import BATCH, read_kept_profile
from tests.support.kept_rows import kept_rows

HALF_HOUR = timedelta(minutes=30)
BEGIN = datetime(2026, 10, 1, tzinfo=UTC)
CLOCK = ManualClock(datetime(2026, 11, 21, tzinfo=UTC))
OBIS = "1-0:1.8.0"


class Meter:
    """Answers ranges of its rows in pieces of 100, and counts them; `breaks_after` rows it goes away."""

    def __init__(self, count: int, *, first: int = 0) -> None:
        self.rows = [self.row(i, Decimal(first + i)) for i in range(count)]
        self.answered = 0
        self.breaks_after: int | None = None
        self.piece = 100

    @staticmethod
    def row(index: int, value: Decimal) -> ProfileRow:
        return ProfileRow(BEGIN + index * HALF_HOUR, "reliable", {OBIS: value})

    def grow(self, count: int) -> None:
        begin = len(self.rows)
        self.rows += [self.row(i, self.rows[-1].values[OBIS] + 1) for i in range(begin, begin + count)]

    async def stream_profile(
        self, start: datetime | None = None, end: datetime | None = None, listeners: Listeners = NOBODY
    ) -> int:
        wanted = [r for r in self.rows if (start is None or r.time >= start) and (end is None or r.time < end)]
        for at in range(0, len(wanted), self.piece):
            if self.breaks_after is not None and at >= self.breaks_after:
                raise MeterError("gone", remedy="come back", code="gone")
            piece = wanted[at : at + self.piece]
            self.answered += len(piece)
            if listeners.on_rows:
                listeners.on_rows(piece)
            if listeners.on_progress:
                listeners.on_progress(Progress(at + len(piece), len(wanted), 0))
        return len(wanted)


@pytest.fixture
def kept(tmp_path: Path) -> Callable[[str], ProfileStore]:
    store = Store.open(
        tmp_path / "s.db",
        PassPhrase("a long enough phrase"),
        training=False,
        clock=CLOCK,
        entropy=lambda count: bytes(count),
        cost=KdfCost(memory_kib=64, iterations=1, lanes=1),
    )
    return lambda device: ProfileStore(store, device)


Kept = Callable[[str], ProfileStore]


async def test_a_second_read_a_day_later_costs_a_day(kept: Kept) -> None:
    meter = Meter(48 * 30)
    first, rows = await kept_rows(meter, kept("a"))
    assert (rows, first.from_meter) == (meter.rows, 48 * 30)
    meter.grow(48)
    meter.answered = 0
    second, rows = await kept_rows(meter, kept("a"))
    assert rows == meter.rows
    assert meter.answered == second.from_meter == 48 + 1  # the day, and the row at the seam
    assert (await read_kept_profile(meter, kept("another"))).from_meter == len(meter.rows)


async def test_an_interrupted_read_goes_on_where_it_stopped(kept: Kept) -> None:
    meter = Meter(3000)
    meter.breaks_after = 1300
    seen: list[ProfileRow] = []
    with pytest.raises(MeterError):
        await read_kept_profile(meter, kept("a"), listeners=Listeners(on_rows=seen.extend))
    assert seen == meter.rows[:1300]
    meter.breaks_after, meter.answered = None, 0
    told: list[Progress] = []
    _whole, rows = await kept_rows(meter, kept("a"), listeners=Listeners(on_progress=told.append))
    assert rows == meter.rows
    assert meter.answered == 1700 + 1
    assert told[-1].done == told[-1].total == 3000


async def test_another_meter_behind_the_same_name_is_read_afresh(kept: Kept) -> None:
    await read_kept_profile(Meter(1000), kept("a"))
    other = Meter(1100, first=5)
    assert (await kept_rows(other, kept("a")))[1] == other.rows
    shorter = Meter(10, first=7)  # lost its history
    assert (await kept_rows(shorter, kept("a")))[1] == shorter.rows
    assert (await read_kept_profile(shorter, kept("a"), fresh=True)).from_meter == 10


async def test_whoever_heard_kept_rows_is_told_that_they_are_void(kept: Kept) -> None:
    await read_kept_profile(Meter(1000), kept("a"))
    other, heard, void = Meter(1100, first=5), list[ProfileRow](), list[int]()
    listeners = Listeners(on_rows=heard.extend, on_afresh=lambda: void.append(len(heard)))
    read = await read_kept_profile(other, kept("a"), listeners=listeners)
    assert void == [1000], "the kept rows, which the other meter does not have"
    assert heard[1000:] == other.rows
    assert read.rows == 1100


@pytest.mark.parametrize("end", [600, 700, 1000, 1100])
@pytest.mark.parametrize("begin", [0, 400])
async def test_another_meter_is_found_out_from_the_left_too(kept: Kept, begin: int, end: int) -> None:
    """Kept: the rows 500 to 999 of a meter that was there before; asked for: what begins earlier."""
    first, last = BEGIN + 500 * HALF_HOUR, BEGIN + 1000 * HALF_HOUR
    await read_kept_profile(Meter(1000), kept("a"), first, last)
    other = Meter(1000, first=5)
    read, rows = await kept_rows(other, kept("a"), BEGIN + begin * HALF_HOUR, BEGIN + end * HALF_HOUR)
    assert rows == other.rows[begin:end]
    same = Meter(1000)
    await read_kept_profile(same, kept("b"), first, last)
    same.answered = 0
    told: list[Progress] = []
    listeners = Listeners(on_progress=told.append)
    read, rows = await kept_rows(
        same, kept("b"), BEGIN + begin * HALF_HOUR, BEGIN + end * HALF_HOUR, listeners=listeners
    )
    assert rows == same.rows[begin:end]
    assert same.answered == 500 - begin + 1 + (end >= 1000), "one row more at each edge"
    assert told[-1].done == read.rows


async def test_rows_without_their_scaler_are_told_and_not_kept(kept: Kept) -> None:
    meter = Meter(700)
    unscaled = Columns((OBIS,), (0,), unscaled=(OBIS,))
    meter.rows = [*profile_rows([r.time for r in meter.rows], ["reliable"] * 700, [[7]] * 700, unscaled)]
    _read, rows = await kept_rows(meter, kept("a"))
    assert rows == meter.rows
    assert kept("a").covered() == []


async def test_words_in_the_place_of_a_number_are_kept(kept: Kept) -> None:
    meter = Meter(3)
    meter.rows[1] = ProfileRow(meter.rows[1].time, "reliable", {OBIS: Decimal(2)}, {"1-0:96.5.0": "“on”"})
    for _again in range(2):
        assert (await kept_rows(meter, kept("a")))[1] == meter.rows


async def test_memory_does_not_grow_with_the_rows(kept: Kept) -> None:
    meter, heard = Meter(10_000), 0

    def count(rows: Sequence[ProfileRow]) -> None:
        nonlocal heard
        heard += len(rows)

    for _again in range(2):  # from the meter, then from the store
        tracemalloc.start()
        try:
            await read_kept_profile(meter, kept("a"), listeners=Listeners(on_rows=count))
            peak = tracemalloc.get_traced_memory()[1]
        finally:
            tracemalloc.stop()
        assert peak < 2_000_000
    assert heard == 20_000


def set_back(meter: Meter, last: int, by: timedelta) -> None:
    """The last rows were written by a clock that had been set back."""
    meter.rows[-last:] = [ProfileRow(row.time - by, row.status, row.values) for row in meter.rows[-last:]]


@pytest.mark.parametrize("piece", [1, 7, 100, 5000])
@pytest.mark.parametrize(("last", "hours"), [(20, 3), (700, 240), (700, 14 * 24), (2, 1), (1, 1)])
async def test_rows_that_go_back_in_time_are_all_shown_each_time_and_not_kept(
    kept: Kept, piece: int, last: int, hours: int
) -> None:
    meter, notes = Meter(BATCH * 3), list[str]()
    meter.piece = piece
    set_back(meter, last, timedelta(hours=hours))
    for _again in range(3):
        read, rows = await kept_rows(meter, kept("a"), listeners=Listeners(on_note=notes.append))
        assert rows == meter.rows
        assert read.from_meter == len(meter.rows)
    assert kept("a").covered() == []
    assert len(notes) == 3
    assert "do not only go forward" in notes[0]


async def test_newest_first_is_shown_as_the_meter_has_it(kept: Kept) -> None:
    meter = Meter(BATCH)
    meter.rows.reverse()
    meter.piece = 1
    meter.breaks_after = 1  # one row does not tell the order
    with pytest.raises(MeterError):
        await read_kept_profile(meter, kept("a"))
    meter.breaks_after = None
    for _again in range(2):
        assert (await kept_rows(meter, kept("a")))[1] == meter.rows


@pytest.mark.parametrize("hours", [1, 3, 24, 1000])
@pytest.mark.parametrize("new", [0, 1, 2, 5, 6, 7, 60])
async def test_a_clock_that_was_set_back_between_two_reads(kept: Kept, hours: int, new: int) -> None:
    meter, store = Meter(BATCH), kept("a")
    await read_kept_profile(meter, store)
    meter.grow(new)
    if new:
        set_back(meter, new, timedelta(hours=hours))

    async def meter_time() -> datetime:
        return meter.rows[-1].time + timedelta(minutes=5)

    rows: list[ProfileRow] = []
    listeners = Listeners(on_rows=rows.extend, on_afresh=rows.clear)
    await read_kept_profile(meter, store, listeners=listeners, meter_time=meter_time)
    assert rows == meter.rows


@settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.lists(st.tuples(st.integers(1, 80), st.integers(-200, 0)), min_size=1, max_size=6),
    st.lists(st.one_of(st.none(), st.integers(0, 400)), min_size=1, max_size=5),
    st.sampled_from([1, 3, 50, 500]),
    st.integers(0, 10_000),
)
async def test_whatever_the_clock_did_no_row_is_lost(
    kept: Kept, lives: list[tuple[int, int]], reads: list[int | None], piece: int, name: int
) -> None:
    """`lives`: rows, and by how many half-hours the clock is then set back; reads break off, or do not."""
    meter, store, moved = Meter(0), kept(f"device {name}"), 0
    meter.piece = piece
    store.forget()
    for count, step in lives:
        begin = len(meter.rows)
        meter.rows += [meter.row(begin + i + moved, Decimal(begin + i)) for i in range(count)]
        moved += step

    async def meter_time() -> datetime:
        return meter.rows[-1].time + timedelta(minutes=5)

    for breaks in [*reads, None]:
        meter.breaks_after = breaks
        rows: list[ProfileRow] = []
        listeners = Listeners(on_rows=rows.extend, on_afresh=rows.clear)
        try:
            await read_kept_profile(meter, store, listeners=listeners, meter_time=meter_time)
        except MeterError:
            continue
        assert rows == meter.rows


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.lists(
        st.tuples(st.integers(-5, 1200), st.integers(1, 700), st.integers(0, 60), st.one_of(st.none(), st.just(100))),
        max_size=6,
    ),
    st.integers(0, 10_000),
)
async def test_any_order_of_reads_gives_what_the_meter_holds(
    kept: Kept, reads: list[tuple[int, int, int, int | None]], name: int
) -> None:
    meter, store = Meter(600), kept(f"device {name}")
    store.forget()
    for begin, length, grown, breaks in reads:
        start, end = BEGIN + begin * HALF_HOUR, BEGIN + (begin + length) * HALF_HOUR
        meter.breaks_after = breaks
        try:
            got = (await kept_rows(meter, store, start, end))[1]
            assert got == [row for row in meter.rows if start <= row.time < end]
        except MeterError:
            pass
        meter.grow(grown)
    meter.breaks_after = None
    assert (await kept_rows(meter, store))[1] == meter.rows
    covered = store.covered()
    assert all(a.end < b.start for a, b in itertools.pairwise(covered))


@pytest.mark.requirement("HHT-12", "PRV-04")
def test_nothing_of_it_stands_in_the_file_in_clear(kept: Kept, tmp_path: Path) -> None:
    from hht.store.profile_store import Stretch

    canary = Decimal("918273645.546372819")
    rows = [ProfileRow(BEGIN, "reliable", {OBIS: canary})]
    kept("00-DB-12-34-56-78-90-A0").add(rows, Stretch(BEGIN, BEGIN + HALF_HOUR))
    for file in tmp_path.iterdir():
        body = file.read_bytes()
        assert b"918273645" not in body
        assert b"00-DB-12" not in body
