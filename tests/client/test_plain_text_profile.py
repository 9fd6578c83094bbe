"""A plain-text meter's load profile over a line of 9600 baud in virtual time: rows and progress while they come, what
becomes of damage, of a break and of a cancel, and what it costs."""

from __future__ import annotations

import asyncio
import random
import tracemalloc
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from drivers.in_process import InProcessLink
from drivers.line_simulator import LineSettings, LineSimulator
from hht.client.api import Listeners, MeterError
from hht.client.plain_text_session import PlainTextSession
from hht.client.remarks import Remark
from hht.clock import ManualClock
from hht.emulation.port_server import PortServer, offering
from hht.errors import HhtError
from hht.link import SIGN_ON_LINE, LinkError
from hht.model.electricity_meter import ElectricityMeter
from hht.model.premises import load_premises
from hht.readings import ProfileRow
from tests.support.counted_read import PIECE_S
from tests.support.slow_meter import Heard
from tests.support.virtual_time import in_virtual_time

NOW = datetime(2026, 11, 21, 10, 12, 33, tzinfo=UTC)
CLOCK = ManualClock(NOW)
DAYS = 20
A_BLOCK_S = 8.0 + 0.5  # and its turnaround
TRIES_OF_A_MESSAGE = 3


class Wire:
    """A meter at the end of a paced line; the session that reads it."""

    def __init__(self, days: int = DAYS, settings: LineSettings | None = None, seed: int = 1, **head: Any) -> None:
        self.meter = offering(load_premises("single-element", clock=CLOCK, days=days).device(), "C", **head)
        together = replace(settings or LineSettings(), piece_s=PIECE_S)
        self.line = LineSimulator(PortServer(self.meter), together, rng=random.Random(seed))
        self.remarks: list[Remark] = []
        self.stopping: list[float] = []
        self.links: list[InProcessLink] = []

    def link(self) -> InProcessLink:
        self.links.append(InProcessLink(self.line, clock=CLOCK, paced=True, line=SIGN_ON_LINE))
        return self.links[-1]

    def session(self) -> PlainTextSession:
        return PlainTextSession(self.link, on_remark=self.remarks.append, on_stopping=self.stopping.append, clock=CLOCK)

    def talk(self, do: Callable[[PlainTextSession], Awaitable[Any]]) -> Any:
        async def main() -> Any:
            session = self.session()
            await session.open()
            try:
                await session.program()
                return await do(session)
            finally:
                await session.close()

        return in_virtual_time(main())


def expected(meter: ElectricityMeter) -> list[tuple[datetime, dict[str, Decimal]]]:
    """The model's own rows."""
    profile = meter.profile
    first = profile.index_at_or_after(0)
    return [
        (
            datetime.fromtimestamp(entry.time_s, UTC),
            {"1-0:1.8.0": Decimal(entry.import_wh) / 1000, "1-0:2.8.0": Decimal(entry.export_wh) / 1000},
        )
        for entry in profile.entries(first, profile.end)
    ]


def seen(rows: list[ProfileRow]) -> list[tuple[datetime, dict[str, Decimal]]]:
    return [(row.time, row.values) for row in rows]


def test_rows_and_progress_come_with_every_block() -> None:
    wire, heard = Wire(), Heard()

    async def read(session: PlainTextSession) -> float:
        began = asyncio.get_running_loop().time()
        assert await session.stream_profile(listeners=heard.hearing) == len(heard.rows)
        heard.times = [at - began for at in heard.times]
        return asyncio.get_running_loop().time() - began

    took_s = wire.talk(read)
    assert seen(heard.rows) == expected(wire.meter)
    assert len(heard.rows) == DAYS * 48
    gaps = [after - before for before, after in zip([0.0, *heard.times], heard.times, strict=False)]
    assert max(gaps) < A_BLOCK_S
    assert [p.bytes for p in heard.progress] == sorted(p.bytes for p in heard.progress)
    assert [p.done for p in heard.progress] == sorted(p.done for p in heard.progress)
    assert heard.progress[-1].done == heard.progress[-1].total == DAYS * 48
    assert heard.progress[-1].unproved == 0
    assert len(heard.progress) > 100  # the counter moves between the blocks too
    assert {p.total for p in heard.progress[1:]} == {DAYS * 48}  # known as soon as the header has come
    assert len(heard.progress) < DAYS * 48 + 20  # a row, or a block, each
    characters = heard.progress[-1].bytes
    assert took_s < characters * 10 / 9600 * 1.08  # turnarounds of 0.2 s each way


@pytest.mark.parametrize("reaction_ms", [20, 200])
def test_what_it_costs(reaction_ms: int) -> None:
    wire = Wire(reaction_ms=reaction_ms, settings=LineSettings(turnaround_s=reaction_ms / 1000))
    trips = wire.talk(_counted)
    rows = DAYS * 48
    assert trips <= 4 + rows * 26 // 7680 + 1


async def _counted(session: PlainTextSession) -> int:
    await session.stream_profile()
    return session.counters.round_trips


def test_a_range_and_columns() -> None:
    wire = Wire()
    every = expected(wire.meter)
    start, end = every[10][0], every[20][0]

    async def read(session: PlainTextSession) -> tuple[list[ProfileRow], list[ProfileRow]]:
        some, one = Heard(), Heard()
        await session.stream_profile(start, end, some.hearing)
        await session.stream_profile(start + timedelta(seconds=1), end, one.hearing, only=["1-0:2.8.0"])
        return some.rows, one.rows

    some, one = wire.talk(read)
    assert seen(some) == every[10:20]
    assert seen(one) == [(time, {"1-0:2.8.0": values["1-0:2.8.0"]}) for time, values in every[11:20]]


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("rate", [0.00005, 0.0005])
def test_a_bad_line_costs_time_and_no_row(rate: float, seed: int) -> None:
    wire, heard = Wire(8, LineSettings(bit_error=rate, drop=rate / 5), seed), Heard()

    async def read(session: PlainTextSession) -> int:
        return await session.stream_profile(listeners=heard.hearing)

    try:
        count = wire.talk(read)
    except HhtError as error:  # the sign-on, at the worst
        count, ended = len(heard.rows), error.code
    else:
        ended = ""
    assert seen(heard.rows) == expected(wire.meter)[: len(heard.rows)]
    assert count == len(heard.rows)
    assert ended or count == 8 * 48
    assert not ended or rate > 0.0001


def test_a_line_that_lets_no_long_block_through_is_read_by_the_day() -> None:
    wire, heard = Wire(5), Heard()
    honest = wire.line.damage
    run, since = [0], [0.0]

    def damage(data: bytes) -> bytes:
        """Spoil what comes after 2,000 characters without a pause."""
        now = asyncio.get_running_loop().time()
        run[0] = run[0] + len(data) if now - since[0] < 0.1 else len(data)
        since[0] = now
        return bytes([data[0] ^ 0x03]) + data[1:] if run[0] > 2000 else honest(data)

    wire.line.damage = damage  # type: ignore[method-assign]
    count = wire.talk(lambda session: session.stream_profile(listeners=heard.hearing))
    assert seen(heard.rows) == expected(wire.meter)
    assert count == len(heard.rows)
    assert [remark.code for remark in wire.remarks] == ["plain-text-days"]


def test_a_break_keeps_what_came() -> None:
    wire, heard = Wire(), Heard()

    async def read(session: PlainTextSession) -> None:
        def cut(progress: Any) -> None:
            if progress.done > 500:
                wire.links[-1].drop()

        with pytest.raises(LinkError):
            await session.stream_profile(listeners=Listeners(heard.on_rows, cut))

    wire.talk(read)
    assert 100 < len(heard.rows) < 600
    assert seen(heard.rows) == expected(wire.meter)[: len(heard.rows)]


def test_a_cancel_hears_the_block_out_keeps_its_rows_and_leaves_the_meter_free() -> None:
    wire, heard = Wire(), Heard()

    async def read(session: PlainTextSession) -> int:
        reading = asyncio.ensure_future(session.stream_profile(listeners=Listeners(heard.on_rows)))
        await asyncio.sleep(11.0)  # in the middle of the second block; virtual time
        before = len(heard.rows)
        reading.cancel()
        with pytest.raises(asyncio.CancelledError):
            await reading
        return before

    before = wire.talk(read)
    assert 0 < before < len(heard.rows)
    assert seen(heard.rows) == expected(wire.meter)[: len(heard.rows)]
    (told,) = wire.stopping
    assert 1.0 < told < 10.0
    assert wire.line.violations == []

    async def again(session: PlainTextSession) -> int:
        return len((await session.readout()).data_sets)

    assert wire.talk(again) > 4  # the meter heard the break: it takes a sign-on at once
    assert [remark.code for remark in wire.remarks] == []


def test_nothing_is_heard_out_where_the_meter_says_nothing() -> None:
    wire = Wire()

    async def read(session: PlainTextSession) -> float:
        await session.stream_profile()
        began = asyncio.get_running_loop().time()
        await session.programming.finish_turn(lambda _lines, _characters: None, wire.stopping.append)
        return asyncio.get_running_loop().time() - began

    assert wire.talk(read) == 0.0
    assert wire.stopping == []


def test_thirteen_months_would_take_little_memory() -> None:
    days = 99  # a quarter of them
    meter = offering(load_premises("single-element", clock=CLOCK, days=days).device(), "C")

    async def main() -> tuple[int, int]:
        session = PlainTextSession(lambda: InProcessLink(PortServer(meter), clock=CLOCK, line=SIGN_ON_LINE))
        await session.open()
        await session.program()
        tracemalloc.start()
        try:
            rows = await session.stream_profile()
            return rows, tracemalloc.get_traced_memory()[1]
        finally:
            tracemalloc.stop()
            await session.close()

    rows, peak = asyncio.run(main())
    assert rows == days * 48
    assert peak < 20e6 * days / 396  # the meter's own share in the same process included


def test_a_meter_that_goes_on_elsewhere_is_not_believed(monkeypatch: pytest.MonkeyPatch) -> None:
    """The second block stays damaged, and the row that the rest is asked for from is another one then."""
    wire, heard = Wire(10), Heard()
    honest, spoilt = wire.line.damage, [0]
    lies = wire.meter.profile

    def damage(data: bytes) -> bytes:
        if heard.rows and spoilt[0] < TRIES_OF_A_MESSAGE and data[0] & 0x7F == 0x02:
            spoilt[0] += 1
            return b"\x82\x00"  # a control character in the text
        return honest(data)

    def other_rows(start: int, stop: int) -> Any:
        rows = type(lies).entries(lies, start, stop)
        return (replace(row, import_wh=row.import_wh + 1) for row in rows) if heard.rows else rows

    monkeypatch.setattr(wire.line, "damage", damage)
    monkeypatch.setattr(lies, "entries", other_rows)

    async def read(session: PlainTextSession) -> None:
        with pytest.raises(MeterError) as caught:
            await session.stream_profile(listeners=heard.hearing)
        assert caught.value.code == "iec-profile-changed"

    wire.talk(read)
    assert spoilt == [TRIES_OF_A_MESSAGE]
