"""A read that breaks off in the middle of a block, over real bytes: what has come stays, only the rest is asked for."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest

from hht.client.api import Listeners, Progress
from hht.clock import ManualClock
from hht.link import LinkLost
from hht.store.profile_store import ProfileStore
from hht.store.store import Store
from hht.store.vault import KdfCost, PassPhrase
from hht.work.kept_profile import read_kept_profile
from tests.support.counted_read import CLOCK, PLAIN_ROW_BYTES, TURNAROUND_S
from tests.support.kept_rows import kept_rows
from tests.support.slow_meter import Heard, SlowMeter
from tests.support.virtual_time import in_virtual_time
from ui.pace import Pace

DAYS = 40
ROWS = DAYS * 48
ROWS_PER_S = 960 / PLAIN_ROW_BYTES  # at 9600 baud
AFTER_S = 20.0  # 14 s are one turn of the meter: this is in the second
A_FRAME_S = 2.2
WAYS: list[dict[str, Any]] = [
    {"security": "low"},
    {"security": "gmac"},
    {"security": "low", "opening": "wrapper"},
    {"security": "gmac", "opening": "wrapper", "max_pdu": 12_000},
]


@pytest.fixture
def kept(tmp_path: Path) -> ProfileStore:
    store = Store.open(
        tmp_path / "s.db",
        PassPhrase("a long enough phrase"),
        training=False,
        clock=ManualClock(CLOCK.now()),
        entropy=lambda count: bytes(count),
        cost=KdfCost(memory_kib=64, iterations=1, lanes=1),
    )
    return ProfileStore(store, "a meter")


def stored(kept: ProfileStore) -> int:
    return sum(kept.count(stretch.start, stretch.end) for stretch in kept.covered())


def goes_on(slow: SlowMeter, kept: ProfileStore, options: dict[str, Any]) -> tuple[int, int]:
    """Read it again; the rows that the meter was asked for, and the octets that came."""

    async def main() -> tuple[int, int]:
        async with slow.session(**options) as meter:
            before = meter.counters.bytes_rx
            read, rows = await kept_rows(meter, kept)
            assert read.rows == ROWS
            assert rows == await meter.read_profile()
            return read.from_meter, meter.counters.bytes_rx - before

    return in_virtual_time(main())


@pytest.mark.sampled(one_in=2)
@pytest.mark.parametrize("options", WAYS, ids=str)
def test_the_line_is_cut_in_mid_block(kept: ProfileStore, options: dict[str, Any]) -> None:
    slow = SlowMeter(DAYS)

    async def cut() -> None:
        async with slow.session(**options) as meter:
            asyncio.get_running_loop().call_later(AFTER_S, slow.cut)
            with pytest.raises(LinkLost):
                await read_kept_profile(meter, kept)

    in_virtual_time(cut())
    there = stored(kept)
    if options["security"] == "low":
        assert there > (AFTER_S - 2 * A_FRAME_S) * ROWS_PER_S  # all but the frame that was cut
    else:
        assert there > 400  # the block that had proved itself
    asked, _octets = goes_on(SlowMeter(DAYS), kept, options)
    assert asked == ROWS - there + 1  # and the row at the seam


@pytest.mark.sampled(one_in=2)
@pytest.mark.parametrize("options", WAYS, ids=str)
def test_a_cancel_in_mid_block(kept: ProfileStore, options: dict[str, Any]) -> None:
    slow, hdlc = SlowMeter(DAYS), "opening" not in options

    async def cancel() -> float:
        async with slow.session(**options) as meter:
            reading = asyncio.ensure_future(read_kept_profile(meter, kept))
            await asyncio.sleep(AFTER_S)
            reading.cancel()
            began = asyncio.get_running_loop().time()
            await asyncio.sleep(0)
            await asyncio.sleep(0)
            assert bool(slow.stopping) is hdlc  # told at once
            with pytest.raises(asyncio.CancelledError):
                await reading
            took = asyncio.get_running_loop().time() - began
            assert meter.is_open is hdlc
            if hdlc:
                assert await meter.read_clock()  # the conversation goes on
        return took

    took = in_virtual_time(cancel())
    assert not hdlc or slow.line.violations == []  # nobody spoke while the other did
    there = stored(kept)
    if hdlc:
        (limit_s,) = slow.stopping
        assert 5 < took <= limit_s < 15.1
        # Nothing of the turn is lost: under keys it ends with its block
        assert there > (AFTER_S + took - A_FRAME_S) * ROWS_PER_S * 0.98
    else:
        assert took < 0.1
        assert there > (AFTER_S - A_FRAME_S) * ROWS_PER_S if options["security"] == "low" else there > 400
    asked, _octets = goes_on(SlowMeter(DAYS), kept, options)
    assert asked == ROWS - there + 1


@pytest.mark.parametrize("security", ["low", "gmac"])
def test_whoever_cannot_wait_leaves_at_once(kept: ProfileStore, security: str) -> None:
    """As the second Ctrl+C does: everything is cancelled, the goodbye too, and the link is closed."""
    slow = SlowMeter(DAYS)

    async def main() -> None:
        async def read() -> None:
            async with slow.session(security) as meter:
                await read_kept_profile(meter, kept)

        reading = asyncio.ensure_future(read())
        await asyncio.sleep(AFTER_S + A_FRAME_S)  # far from the end of a turn, under keys too
        reading.cancel()
        await asyncio.sleep(1)
        assert not reading.done()
        began = asyncio.get_running_loop().time()
        for task in asyncio.all_tasks() - {asyncio.current_task()}:
            task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await reading
        assert asyncio.get_running_loop().time() - began < 0.1
        assert slow.links[-1].state.value == "closed"

    in_virtual_time(main())
    assert stored(kept) > 400


@pytest.mark.parametrize("security", ["low", "gmac"])
@pytest.mark.parametrize("after_s", [AFTER_S / 4, AFTER_S])  # the first turn of a block that has two, and the second
def test_a_turn_that_was_heard_out_is_not_waited_for_again(kept: ProfileStore, security: str, after_s: float) -> None:
    slow = SlowMeter(DAYS)

    async def main() -> float:
        loop = asyncio.get_running_loop()
        async with slow.session(security) as meter:
            reading = asyncio.ensure_future(read_kept_profile(meter, kept))
            await asyncio.sleep(after_s)
            reading.cancel()
            with pytest.raises(asyncio.CancelledError):
                await reading
            assert meter.is_open is (security == "gmac" or after_s == AFTER_S)  # nothing is asked amid an answer
            ended_s = loop.time()
        return loop.time() - ended_s

    assert in_virtual_time(main()) < 2 * (TURNAROUND_S + 0.1)  # at most two frames and their answers
    assert len(slow.stopping) == 1  # nor told again


@pytest.mark.parametrize("security", ["low", "gmac"])
def test_pace_and_time_left_are_right_where_most_is_kept(kept: ProfileStore, security: str) -> None:
    """The middle is kept; what is missing lies before and after it."""
    slow = SlowMeter(DAYS)

    async def main() -> None:
        loop, found = asyncio.get_running_loop(), Heard()
        async with slow.session(security) as meter:
            every = await meter.read_profile()
            await read_kept_profile(meter, kept, every[500].time, every[ROWS - 500].time)
            pace, told = Pace(), list[tuple[float, int | None, float | None]]()

            def on_progress(progress: Progress) -> None:
                pace.add(progress, loop.time())
                told.append((loop.time(), pace.left_s, pace.rows_per_s))
                found.progress.append(progress)

            listeners = Listeners(found.on_rows, on_progress, found.on_unproved)
            read, rows = await kept_rows(meter, kept, listeners=listeners, now=CLOCK.now())
            assert rows == every
            assert read.from_meter == 1000 + 2  # a row at either edge, to see that it is the same meter
            ended = loop.time()
        assert found.progress[0].kept == found.progress[0].done == ROWS - 1000
        assert [p.done for p in found.progress] == sorted(p.done for p in found.progress)
        # the row at the seam comes again, and COSEM's ranges include their end: neither is counted
        assert found.progress[-1].done == found.progress[-1].total == ROWS
        sure = [(ended - at, left_s, rate) for at, left_s, rate in told if left_s is not None and ended - at > 3]
        assert len(sure) > 5
        for truly_s, left_s, rate in sure:
            assert left_s == pytest.approx(truly_s, rel=0.2, abs=2.5)
            assert rate == pytest.approx(ROWS_PER_S, rel=0.15)

    in_virtual_time(main())


def test_a_slow_line_s_rows_are_on_disk_every_ten_seconds(kept: ProfileStore) -> None:
    slow = SlowMeter(DAYS)

    async def main() -> None:
        async with slow.session("low") as meter:
            reading = asyncio.ensure_future(read_kept_profile(meter, kept))
            await asyncio.sleep(AFTER_S)
            assert stored(kept) > (AFTER_S - 10 - 2 * A_FRAME_S) * ROWS_PER_S
            await reading

    in_virtual_time(main())
