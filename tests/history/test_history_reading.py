"""What an electricity meter and the terminal's memory tell of use: nothing is read that is not needed, nothing is lost
that was kept, and what a meter cannot hold is told."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pytest

from hht.client.api import NOBODY, ClockStatus, Listeners, MeterError
from hht.client.day_buffers import BILLING, DAILY_CONSUMPTION, buffer_rows
from hht.client.object_list import ViewEntry
from hht.client.object_reader import Buffer
from hht.clock import ManualClock
from hht.history.buckets import Grain, HistoryError
from hht.history.consent import Basis, require_basis
from hht.history.merging import Source
from hht.history.rows import rows_of
from hht.protocol.cosem import data as cosem
from hht.protocol.cosem.datetime import encode_datetime
from hht.protocol.cosem.obis import Obis
from hht.readings import ProfileRow
from hht.resources import resource_text
from hht.store.profile_store import Stretch
from hht.store.store import Store
from hht.work.history_reading import KeptHistory, Wanted, read_history
from hht.work.job import parse_job
from ui.histories import forget, history_rows, kept_history
from ui.stores import open_store

NOW = datetime(2026, 6, 10, 12, 5, tzinfo=UTC)
DAY = timedelta(days=1)


class ALittleMeter:
    """Half-hours of 100 Wh since `began`, and the days of them, of which it holds the latest so many."""

    def __init__(self, now: datetime, days_held: int, shown: tuple[str, ...] = (DAILY_CONSUMPTION, *BILLING)) -> None:
        self.now, self.days_held, self.shown = now, days_held, shown
        self.asked: list[str] = []

    async def association_view(self) -> list[ViewEntry]:
        return [ViewEntry(7, 0, Obis.parse(name), {}, {}) for name in self.shown]

    async def read_buffer(self, obis: Obis) -> Buffer:
        self.asked.append(str(obis))
        if str(obis) in BILLING:
            return Buffer(("8/0-0:1.0.0.255/2", "3/1-0:1.8.0.255/2"), (None, (0, "Wh")), ())
        midnight = self.now.replace(hour=0, minute=0)
        times = [midnight - n * DAY for n in range(self.days_held, 0, -1)]
        rows = tuple((cosem.octets(encode_datetime(at)), cosem.double_long_unsigned(4800)) for at in times)
        return Buffer(("8/0-0:1.0.0.255/2", "3/0-0:96.128.2.255/2"), (None, (0, "Wh")), rows)

    async def stream_profile(
        self, start: datetime | None = None, end: datetime | None = None, listeners: Listeners = NOBODY
    ) -> int:
        self.asked.append("profile")
        assert start is not None
        at, rows = start.replace(minute=0), []
        while at <= self.now:
            if at >= start:
                kwh = Decimal(int(at.timestamp()) // 1800) / 10
                rows.append(ProfileRow(at, ClockStatus.RELIABLE.value, {"1-0:1.8.0": kwh}))
            at += timedelta(minutes=30)
        if listeners.on_rows is not None:
            listeners.on_rows(rows)
        return len(rows)


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    folder: Path = tmp_path_factory.mktemp("store")
    with open_store(folder, "", training=True, clock=ManualClock(NOW)) as found:
        yield found


@pytest.mark.requirement("PRV-02", "PRV-04")
async def test_of_months_no_half_hour_is_read() -> None:
    meter = ALittleMeter(NOW, 40)
    read = await read_history(meter, None, Wanted(Grain.MONTH, 2), NOW)
    assert meter.asked == [DAILY_CONSUMPTION, *BILLING]
    rows = rows_of(read.course, Grain.MONTH, read.span, read.now_s)
    assert [(row.amount, row.whole) for row in rows] == [(31 * 4800, True), (9 * 4800, False)]
    assert rows[-1].running


async def test_of_days_half_hours_are_read_and_days_fill_the_rest() -> None:
    meter = ALittleMeter(NOW, 500)
    read = await read_history(meter, None, Wanted(Grain.DAY, 14), NOW)
    assert meter.asked[0] == "profile"
    rows = rows_of(read.course, Grain.DAY, read.span, read.now_s)
    fine = [row for row in rows if row.sources == (Source.PROFILE,)]
    assert 395 <= len(fine) <= 398
    assert all(row.amount == row.span.length_s // 1800 * 100 for row in fine if not row.running)
    assert rows[0].sources == (Source.DAILY_LOG,)
    assert not read.course.conflicts


@pytest.mark.requirement("EED-04", "EED-03")
async def test_what_a_meter_holds_no_more_was_kept(store: Store) -> None:
    """Two years apart, a meter holds other days; the terminal has both, and says which are its own."""
    kept = kept_history(store, "00-DB-12-34-56-78-90-A0")
    then = NOW - timedelta(days=720)
    await read_history(ALittleMeter(then, 700), kept, Wanted(Grain.MONTH, 36), then)
    read = await read_history(ALittleMeter(NOW, 731), kept, Wanted(Grain.MONTH, 36), NOW)
    sources = {held.source: held.figures for held in read.held}
    assert sources[Source.DAILY_LOG] == 731
    assert sources[Source.KEPT_DAYS] > 360
    rows = rows_of(read.course, Grain.MONTH, read.span, read.now_s)
    assert len(rows) == 37
    assert all(row.whole for row in rows[1:-1])
    assert rows[-1].total == sum(row.amount or 0 for row in rows)


@pytest.mark.requirement("PRV-01", "HHT-11")
async def test_who_wants_it_has_what_is_kept_forgotten(store: Store) -> None:
    device = "00-DB-12-34-56-78-90-A1"
    await read_history(ALittleMeter(NOW, 40), kept_history(store, device), Wanted(Grain.MONTH, 2), NOW)
    kept = kept_history(store, device)
    assert isinstance(kept, KeptHistory)
    assert kept.days.covered()
    forget(store, device)
    assert not kept.days.covered()
    assert store.log_entries("history-forgotten")[-1][2] == {"device": device}
    with pytest.raises(HistoryError, match="nothing is kept"):
        forget(None, device)


async def test_a_meter_that_shows_no_days_is_told_as_that() -> None:
    read = await read_history(ALittleMeter(NOW, 3, shown=()), None, Wanted(Grain.MONTH, 1), NOW)
    assert [(held.source, held.span) for held in read.held] == [(Source.DAILY_LOG, None), (Source.BILLING_LOG, None)]
    assert all("does not show" in held.why for held in read.held)
    assert all(row.amount is None for row in rows_of(read.course, Grain.MONTH, read.span, read.now_s))


def test_a_buffer_that_is_none_is_refused() -> None:
    with pytest.raises(MeterError, match="days"):
        buffer_rows(Buffer(("8/0-0:1.0.0.255/2", "1/0-0:96.1.1.255/2"), (None, None), ()), "days")


@pytest.mark.requirement("PRV-01")
@pytest.mark.parametrize("grain", list(Grain))
def test_people_decide_who_sees_how_they_live(grain: Grain) -> None:
    """Months and years are what duties need; what is finer is read because somebody at home agreed, or for a duty."""
    coarse = grain in (Grain.MONTH, Grain.YEAR)
    for basis, stands in ((Basis(), False), (Basis(agreed="  "), False), (Basis(agreed="Mrs Jones"), True)):
        if coarse or stands:
            require_basis(grain, basis, training=False)
        else:
            with pytest.raises(HistoryError, match="they decide"):
                require_basis(grain, basis, training=False)
    require_basis(grain, Basis(duty="disputed bill"), training=False)
    require_basis(grain, Basis(), training=True)


@pytest.mark.requirement("PRV-01")
def test_with_a_job_goes_the_use_of_its_gas_too(store: Store) -> None:
    """Half-hours and days; of gas under the number of the proxy, which is no device of the job."""
    job = parse_job(resource_text("jobs", "install-dual-fuel.json"), "job.json")
    (gpf,) = [str(number.value) for number in job.numbers() if number.name == "gpf_id"]
    wanted = set()
    for device in (gpf, *(str(one.device_id) for one in job.devices)):
        kept = kept_history(store, device)
        assert kept is not None
        for part in (kept.half_hours, kept.days):
            before = {row["key"] for row in store.rows("profile_chunks")}
            part.add([], Stretch(NOW - DAY, NOW))
            wanted |= {row["key"] for row in store.rows("profile_chunks")} - before
    gone = {row["key"] for of in history_rows(store, job) for row in store.rows(of.table, "device = ?", (of.value,))}
    assert gone == wanted
    assert len(gone) == 2 * (1 + len(job.devices))
