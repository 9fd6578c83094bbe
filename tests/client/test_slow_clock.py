"""A clock that is set over a line that takes its time: judged with the time that each exchange took."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta

import pytest

from hht.client.api import LocalAccess, MeterError, ReadBackMismatch, WriteResult
from hht.client.meter_objects import MeterObjects
from hht.client.meter_writes import MeterWrites
from hht.clock import ManualClock
from hht.protocol.cosem.data import Data, octets
from hht.protocol.cosem.datetime import decode_datetime, encode_datetime
from hht.protocol.cosem.obis import Obis
from hht.protocol.cosem.profile import Selection

START = datetime(2026, 11, 21, 10, 12, tzinfo=UTC)


class SlowMeter(MeterObjects):
    """Its clock is `off_s` from the terminal's. `reads`, `writes`: for each exchange, the seconds before the meter
    hears it and those before the terminal has the answer; then none."""

    def __init__(
        self, off_s: float, reads: Iterable[tuple[float, float]] = (), writes: tuple[float, float] = (0, 0)
    ) -> None:
        self.clock_of_terminal = ManualClock(START)
        self._clock = self.clock_of_terminal
        self.off_s, self.keeps, self.puts = off_s, True, 0
        self._reads, self._writes = iter(reads), writes

    async def get(self, class_id: int, obis: str | Obis, attribute: int, selection: Selection | None = None) -> Data:
        there, back = next(self._reads, (0.0, 0.0))
        self._clock.advance(there)
        held = encode_datetime(self._clock.now() + timedelta(seconds=self.off_s))
        self._clock.advance(back)
        return octets(held)

    async def put(self, class_id: int, obis: str, attribute: int, value: Data) -> None:
        there, back = self._writes
        self.puts += 1
        self._clock.advance(there)
        if self.keeps:
            assert isinstance(value.value, bytes)
            told = decode_datetime(value.value).time
            assert told is not None
            self.off_s = (told - self._clock.now()).total_seconds()
        self._clock.advance(back)


def set_it(meter: SlowMeter, tolerance_s: float = 10) -> WriteResult:
    writes = MeterWrites(meter, LocalAccess.INSTALLER, meter.clock_of_terminal)
    return asyncio.run(writes.clock(tolerance_s, None))


@pytest.mark.parametrize("slow", [(0.0, 46.0), (46.0, 0.0), (23.0, 23.0)])
def test_a_read_back_that_took_long_is_looked_at_again(slow: tuple[float, float]) -> None:
    """The answer was asked for again until the light had gone: it says what the clock was somewhere in between."""
    meter = SlowMeter(-300, [(0, 0.1), slow])
    assert set_it(meter).written
    assert (meter.puts, round(meter.off_s)) == (1, 0)


def test_a_clock_that_is_right_is_not_set_because_reading_it_took_long() -> None:
    meter = SlowMeter(0, [(0, 46.0)])
    assert not set_it(meter).written
    assert meter.puts == 0


def test_a_clock_that_is_wrong_is_set_though_a_long_exchange_made_it_look_right() -> None:
    meter = SlowMeter(-20, [(40.0, 0.0)])  # 20 s behind, and half the exchange ahead of what was known
    assert set_it(meter).written
    assert round(meter.off_s) == 0


def test_what_one_long_exchange_tells_beyond_doubt_is_not_asked_again() -> None:
    meter = SlowMeter(-300, [(0, 46.0)])
    assert set_it(meter).written


@pytest.mark.parametrize(
    ("off_s", "reads", "puts"), [(-5, [(0.0, 40.0)] * 3, 0), (-30, [(0.0, 0.1), *[(0.0, 40.0)] * 3], 1)]
)
def test_where_every_look_takes_too_long_nobody_says_that_it_is_right_or_wrong(
    off_s: float, reads: list[tuple[float, float]], puts: int
) -> None:
    meter = SlowMeter(off_s, reads)
    with pytest.raises(MeterError, match="40 s over reading the clock: whether that is within 10 s") as caught:
        set_it(meter)
    assert caught.value.code == "clock-unclear"
    assert not isinstance(caught.value, ReadBackMismatch), "the outcome is not known"
    assert meter.puts == puts


def test_a_time_that_arrived_late_is_told_as_that() -> None:
    """The meter keeps what it is told: it was told 20 s too late."""
    meter = SlowMeter(-300, writes=(20.5, 0.0))
    with pytest.raises(ReadBackMismatch, match=r"took 20 s over telling .* clock is 20 s behind") as caught:
        set_it(meter)
    assert caught.value.code == "clock-set-late"
    meter = SlowMeter(-20, writes=(0.1, 0.1))
    assert set_it(meter).written


@pytest.mark.parametrize(("off_s", "writes"), [(-300, (0.0, 0.0)), (-300, (20.0, 20.0)), (60, (20.0, 20.0))])
def test_a_clock_that_does_not_keep_what_it_is_told_is_told_as_that(off_s: float, writes: tuple[float, float]) -> None:
    meter = SlowMeter(off_s, writes=writes)
    meter.keeps = False
    with pytest.raises(ReadBackMismatch) as caught:
        set_it(meter)
    assert caught.value.code == "read-back-mismatch"
